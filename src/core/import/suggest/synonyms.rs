//! Words that name the same thing in the headers of English and Japanese files.
use crate::core::fields::fold::fold_text;

/// Each list holds names of one thing, folded and without blanks and marks; the first stands for the list.
const SYNONYMS: [&[&str]; 26] = [
    &[
        "name",
        "fullname",
        "contactname",
        "personname",
        "customername",
        "氏名",
        "名前",
        "お名前",
        "姓名",
        "担当者名",
        "顧客名",
    ],
    &["firstname", "givenname", "forename", "名", "ファーストネーム"],
    &["lastname", "surname", "familyname", "姓", "苗字", "名字"],
    &["kana", "furigana", "フリガナ", "ふりがな", "カナ", "氏名カナ", "氏名フリガナ"],
    &["email", "mail", "emailaddress", "mailaddress", "メール", "メールアドレス", "eメール", "電子メール"],
    &["phone", "tel", "telephone", "phonenumber", "telephonenumber", "telno", "電話", "電話番号", "連絡先電話番号"],
    &["mobile", "cell", "cellphone", "mobilephone", "mobilenumber", "携帯", "携帯電話", "携帯番号", "携帯電話番号"],
    &["fax", "faxnumber", "ファックス", "ファクス", "fax番号"],
    &[
        "company",
        "companyname",
        "organization",
        "organisation",
        "organizationname",
        "employer",
        "account",
        "accountname",
        "会社",
        "会社名",
        "企業名",
        "法人名",
        "取引先",
        "取引先名",
        "所属",
        "勤務先",
    ],
    &["department", "dept", "division", "部署", "部署名", "部門"],
    &["jobtitle", "position", "role", "役職", "職位", "肩書"],
    &["address", "streetaddress", "住所", "所在地", "ご住所"],
    &["zip", "zipcode", "postalcode", "postcode", "郵便番号", "〒"],
    &["state", "prefecture", "province", "都道府県", "県"],
    &["city", "town", "市区町村", "市"],
    &["country", "国", "国名"],
    &["date", "日付", "年月日", "日時"],
    &["createdat", "created", "createddate", "creationdate", "作成日", "作成日時", "登録日", "登録日時"],
    &["updatedat", "updated", "modified", "lastmodified", "modifieddate", "更新日", "更新日時", "最終更新日"],
    &["birthday", "birthdate", "dateofbirth", "dob", "生年月日", "誕生日"],
    &["amount", "price", "total", "sum", "金額", "価格", "合計", "売上", "売上金額", "請求金額"],
    &["quantity", "qty", "count", "数量", "個数"],
    &["status", "stage", "state_of_deal", "ステータス", "状態", "状況", "フェーズ"],
    &[
        "notes",
        "note",
        "memo",
        "remarks",
        "comment",
        "comments",
        "description",
        "備考",
        "メモ",
        "コメント",
        "説明",
        "摘要",
    ],
    &["url", "website", "homepage", "web", "site", "ホームページ", "ウェブサイト", "webサイト"],
    &["number", "id", "identifier", "no", "code", "番号", "コード", "管理番号"],
];

/// A name without what people write differently: width, case, blanks and marks between words.
pub fn plain(name: &str) -> String {
    let folded = fold_text(name);
    folded.chars().filter(|c| !matches!(c, ' ' | '_' | '-' | '.' | '/' | ':' | '*' | '(' | ')' | '・' | '#')).collect()
}

/// The list that a plain name is in.
pub fn group(plain: &str) -> Option<usize> {
    SYNONYMS.iter().position(|names| names.contains(&plain))
}

/// Longer than any name above.
const LONGEST: usize = 64;

/// Whether a text is a usual name of a column.
pub fn is_known_name(text: &str) -> bool {
    usual_name(text).is_some()
}

/// What columns are usually called that go by this name: a word in ASCII.
pub fn usual_name(text: &str) -> Option<&'static str> {
    let place = if text.len() <= LONGEST { group(&plain(text)) } else { None };
    place.map(|place| SYNONYMS[place][0])
}
