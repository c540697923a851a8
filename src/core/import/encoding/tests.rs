use super::{Decoder, Detected, Evidence, Undecodable, detect};
use crate::core::import::budget::Budget;
use crate::core::import::source::{Problem, ProblemClass, Source};
use crate::core::random::Random;
use encoding_rs::Encoding;

const ALL: u64 = u64::MAX;

fn detected(bytes: &[u8]) -> Detected {
    detect(&mut &*bytes, None, ALL).unwrap()
}

fn name(bytes: &[u8]) -> (&'static str, &'static str) {
    let detected = detected(bytes);
    (detected.encoding.name(), detected.evidence.name())
}

fn decode(bytes: &[u8], detected: &Detected) -> (String, Vec<usize>, Undecodable) {
    let mut decoder = Decoder::new(bytes, detected, &Budget::default()).unwrap();
    let (mut text, mut replaced) = (String::new(), Vec::new());
    while decoder.advance().unwrap() {
        replaced.extend(decoder.replaced().iter().map(|place| place + text.len()));
        text.push_str(decoder.text());
    }
    (text, replaced, decoder.undecodable().clone())
}

fn encode(text: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "UTF-16LE" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "UTF-16BE" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => {
            let (bytes, _, has_errors) = Encoding::for_label(encoding.as_bytes()).unwrap().encode(text);
            assert!(!has_errors, "{encoding} {text}");
            bytes.into_owned()
        }
    }
}

const JAPANESE: &str = "氏名,会社名,電話番号,住所\r\n佐藤 花子,株式会社青空商事,03-1234-5678,東京都千代田区丸の内1-2-3\r\n\
    田中 一郎,有限会社みどり,06-9876-5432,大阪府大阪市北区梅田4-5\r\n鈴木 さくら,ヤマト電機,052-111-2222,愛知県名古屋市中村区\r\n";
const CP932: &str = "氏名,会社名,備考\r\n髙橋 美咲,㈱サクラ,①確認～済み\r\n山﨑 健,ﾃｽﾄ工業,Ⅳ期・№12\r\n";
const CHINESE: &str = "姓名,公司,电话,地址\n王小明,北京科技有限公司,010-12345678,北京市海淀区中关村大街\n李华,上海贸易公司,021-87654321,上海市浦东新区世纪大道\n张伟,广州电子厂,020-11112222,广州市天河区体育西路\n";
const TAIWANESE: &str = "姓名,公司,電話,地址\n陳小明,台北科技股份有限公司,02-12345678,台北市信義區市府路\n林美華,高雄貿易公司,07-8765432,高雄市前鎮區中山路\n";
const KOREAN: &str = "이름,회사,전화,주소\n김철수,서울전자주식회사,02-123-4567,서울특별시 강남구 테헤란로\n이영희,부산무역,051-765-4321,부산광역시 해운대구\n";
const GERMAN: &str = "Name;Straße;Ort;Betrag\r\nMüller;Schloßallee 5;Köln;1.234,56\r\nSchröder;Grüner Weg 3;München;12,50\r\nBäcker;Äußere Straße 7;Nürnberg;0,99\r\n";
const FRENCH: &str = "Prénom;Société;Ville\r\nHélène;Café de la Gare;Orléans\r\nFrançois;L’Épicerie;Besançon\r\nZoé;Forêt & Cie;Nîmes\r\n";
const RUSSIAN: &str = "Имя;Компания;Город\r\nИванов Пётр;ООО Ромашка;Москва\r\nСмирнова Анна;ЗАО Берёза;Санкт-Петербург\r\nКузнецов Олег;Завод;Казань\r\n";
const POLISH: &str = "Imię;Nazwisko;Miasto\r\nŁukasz;Wiśniewski;Łódź\r\nZofia;Dąbrowska;Kraków\r\nŚwiętosław;Żółkiewski;Gdańsk\r\nMałgorzata;Kaźmierczak;Białystok\r\n";

#[test]
fn encodings_are_told_apart() {
    let mut wrong = Vec::new();
    for (text, encoding) in [
        (JAPANESE, "Shift_JIS"),
        (CP932, "Shift_JIS"),
        (JAPANESE, "EUC-JP"),
        (JAPANESE, "ISO-2022-JP"),
        (CHINESE, "GBK"),
        (TAIWANESE, "Big5"),
        (KOREAN, "EUC-KR"),
        (GERMAN, "windows-1252"),
        (FRENCH, "windows-1252"),
        (RUSSIAN, "windows-1251"),
        (POLISH, "windows-1250"),
        ("氏名,住所\r\n佐藤花子,東京都千代田区丸内\r\n田中一郎,大阪府大阪市北区梅田\r\n", "Shift_JIS"),
        ("氏名,住所\r\n佐藤花子,東京都千代田区丸内\r\n田中一郎,大阪府大阪市北区梅田\r\n", "EUC-JP"),
        ("ID,ｶﾅ\r\n1,ｻﾄｳ ﾊﾅｺ\r\n2,ﾀﾅｶ ｲﾁﾛｳ\r\n", "Shift_JIS"),
        ("名前\r\n髙橋\r\n", "Shift_JIS"),
        ("name,company\n髙橋,㈱山田\n", "Shift_JIS"),
        ("name,memo\n山田,㈱\n", "Shift_JIS"),
        ("id,memo\n1,①\n2,②\n", "Shift_JIS"),
        ("id,name\n1,髙\n", "Shift_JIS"),
        ("id,name\n1,山﨑\n", "Shift_JIS"),
        ("id,term\n1,Ⅳ期\n", "Shift_JIS"),
        ("name;city\nNuñez;según\nZoë;Málaga\n", "windows-1252"),
        ("név;város\nŐry;Hódmezővásárhely\nSzűcs;Győr\nTündér;Fűzfő\n", "windows-1250"),
        ("имя;город\nМалыш;Алушта\nСмирнов;Выборг\n", "windows-1251"),
        ("name;city\r\nMüller;Köln\r\n", "windows-1252"),
        ("name,city\nZoé,Orléans\n", "windows-1252"),
        (JAPANESE, "UTF-16LE"),
        (JAPANESE, "UTF-16BE"),
        (GERMAN, "UTF-16LE"),
        (GERMAN, "UTF-16BE"),
    ] {
        let bytes = encode(text, encoding);
        let found = name(&bytes);
        if found != (encoding, "guessed") {
            wrong.push((encoding, found.0, text));
            continue;
        }
        let found = detected(&bytes);
        assert_eq!(found.undecodable, Undecodable::default(), "{encoding}");
        assert_eq!(decode(&bytes, &found).0, text, "{encoding}");
    }
    assert_eq!(wrong, []);
    for text in [JAPANESE, CHINESE, GERMAN, RUSSIAN, "", "a,b\n1,2\n", "é"] {
        assert_eq!(name(text.as_bytes()), ("UTF-8", "valid"), "{text}");
    }
}

#[test]
fn a_byte_order_mark_decides_and_is_no_text() {
    for (mark, encoding) in [("\u{FEFF}", "UTF-8"), ("\u{FEFF}", "UTF-16LE"), ("\u{FEFF}", "UTF-16BE")] {
        let bytes = encode(&format!("{mark}a,あ\n"), encoding);
        assert_eq!(name(&bytes), (encoding, "bom"));
        assert_eq!(decode(&bytes, &detected(&bytes)).0, "a,あ\n");
    }
    // Even where the rest is not valid.
    let bytes = b"\xEF\xBB\xBFa\xFFb";
    let found = detected(bytes);
    assert_eq!((found.encoding.name(), found.undecodable.offsets.as_slice()), ("UTF-8", &[4][..]));
    for bytes in [&b"\xFF\xFE\0\0a\0\0\0"[..], b"\0\0\xFE\xFF\0\0\0a"] {
        let problem = detect(&mut &*bytes, None, ALL).unwrap_err();
        assert_eq!((problem.class, problem.code), (ProblemClass::Encoding, "import.encoding"));
    }
}

#[test]
fn a_name_that_is_given_is_followed() {
    let bytes = encode(CP932, "Shift_JIS");
    for label in ["cp932", "SJIS", "Shift_JIS", "Windows-31J", " ms932 "] {
        let found = detect(&mut &*bytes, Some(label), ALL).unwrap();
        assert_eq!((found.encoding.name(), found.evidence), ("Shift_JIS", Evidence::Given), "{label}");
        assert_eq!(decode(&bytes, &found).0, CP932);
    }
    let problem = |label| detect(&mut &*bytes, Some(label), ALL).unwrap_err();
    for label in ["", "klingon", "iso-2022-kr"] {
        assert_eq!(problem(label).code, "import.unknown_encoding", "{label}");
    }
    // The mark of another encoding is bytes like others.
    let found = detect(&mut &b"\xEF\xBB\xBFa"[..], Some("windows-1252"), ALL).unwrap();
    assert_eq!(decode(b"\xEF\xBB\xBFa", &found).0, "ï»¿a");
}

#[test]
fn damaged_utf_8_stays_utf_8() {
    let mut bytes = JAPANESE.as_bytes().repeat(10);
    bytes[100] = 0xFF;
    let found = detected(&bytes);
    assert_eq!((found.encoding.name(), found.evidence), ("UTF-8", Evidence::Guessed));
    let (text, replaced, undecodable) = decode(&bytes, &found);
    assert_eq!(undecodable, found.undecodable);
    assert!(undecodable.count >= 1 && undecodable.offsets[0] <= 100 && undecodable.offsets[0] >= 98);
    assert!(replaced.iter().all(|place| text[*place..].starts_with('\u{FFFD}')));
    assert_eq!(replaced.len() as u64, undecodable.count);
    // Cut within a character, at the end of the file and at the limit.
    let cut = &JAPANESE.as_bytes()[..JAPANESE.find('花').unwrap() + 1];
    assert_eq!(name(cut).0, "UTF-8");
    let limit = JAPANESE.find('花').unwrap() as u64 + 1;
    let found = detect(&mut JAPANESE.as_bytes(), None, limit).unwrap();
    assert_eq!((found.encoding.name(), found.evidence, found.examined), ("UTF-8", Evidence::Valid, limit));
}

/// Old programs cut fields at so many bytes, within a character.
#[test]
fn a_character_that_is_cut_changes_no_encoding() {
    for (encoding, line, expected) in [
        ("Shift_JIS", "高橋,東京都港区\n", "Shift_JIS"),
        ("EUC-JP", "高橋 花子,東京都港区,佐藤さんの会社\n", "EUC-JP"),
        ("GBK", "张伟,北京市朝阳区,有限责任公司\n", "GBK"),
    ] {
        let whole = encode(line, encoding);
        for rows in [3, 10, 300] {
            let mut file = encode("name,memo\n", encoding);
            for _ in 0..rows {
                file.extend_from_slice(&whole);
            }
            // The row without its last byte but for the line feed.
            file.extend_from_slice(&whole[..whole.len() - 2]);
            file.push(b'\n');
            assert_eq!(name(&file).0, expected, "{encoding} {rows}");
        }
    }
    let rows = |good: usize, bad: usize| ["Müller\n".as_bytes().repeat(good), b"M\xFCller\n".repeat(bad)].concat();
    assert_eq!((name(&rows(3, 1)).0, name(&rows(1, 3)).0), ("UTF-8", "windows-1252"));
    let western: Vec<u8> = encode("Müller,Grün,Straße,Café,Señor\nBögel,Fähre,naïve\n", "windows-1252").repeat(20);
    assert_eq!(name(&western).0, "windows-1252");
}

#[test]
fn evidence_far_behind_the_beginning_counts() {
    let mut bytes = b"id,name\r\n1,abc\r\n".repeat(20_000);
    bytes.extend(encode(JAPANESE, "Shift_JIS"));
    assert_eq!(name(&bytes), ("Shift_JIS", "guessed"));
    // A line that is longer than a block, with characters that blocks cut.
    let long = "あ".repeat(100_000);
    assert_eq!(name(long.as_bytes()), ("UTF-8", "valid"));
    assert_eq!(name(&[b"a", long.as_bytes()].concat()), ("UTF-8", "valid"));
    assert_eq!(name(&[b"ab", long.as_bytes()].concat()), ("UTF-8", "valid"));
}

#[test]
fn nuls_alone_make_no_utf_16() {
    for text in ["a,b\n1,\0\n", "\0", "a\0b\0c,\n1,2\n", "a,b\n\0\0\0\0,1\n2,3\n"] {
        assert_eq!(name(text.as_bytes()), ("UTF-8", "valid"), "{text:?}");
        assert_eq!(decode(text.as_bytes(), &detected(text.as_bytes())).0, text);
    }
    let text = "日本語の長い文章が続いていて区切りはほとんどない。".repeat(3) + "\r\n";
    assert_eq!(name(&encode(&text, "UTF-16LE")).0, "UTF-16LE");
}

#[test]
fn what_is_no_text_is_refused() {
    let mut random = Random(5);
    let noise: Vec<u8> = (0..4_000).map(|_| random.next() as u8).collect();
    let workbook = [&b"PK\x03\x04\x14\0\x06\0\x08\0\0\0"[..], &noise].concat();
    for bytes in [&noise, &workbook] {
        assert_eq!(detect(&mut &bytes[..], None, ALL).unwrap_err().code, "import.not_text");
    }
}

#[test]
fn blocks_end_behind_a_line_and_hold_all_of_the_text() {
    let mut random = Random(9);
    for encoding in ["UTF-8", "Shift_JIS", "ISO-2022-JP", "UTF-16LE"] {
        let lines: Vec<String> = (0..6_000)
            .map(|_| {
                let length = random.next() % 40;
                random.text(&["あ", "髙橋", "x", "、", "12", "ｱ"], length)
            })
            .collect();
        let text = if encoding == "ISO-2022-JP" {
            lines.join("\n").replace("髙", "高").replace('ｱ', "ア")
        } else {
            lines.join("\n")
        };
        let bytes = encode(&text, encoding);
        let found = detect(&mut &*bytes, Some(encoding), 0).unwrap();
        let mut decoder = Decoder::new(&*bytes, &found, &Budget::default()).unwrap();
        let mut whole = String::new();
        while decoder.advance().unwrap() {
            assert!(decoder.text().len() < 300_000);
            whole.push_str(decoder.text());
            assert!(decoder.text().ends_with('\n') || whole.len() == text.len(), "{encoding}");
        }
        assert!(whole == text, "{encoding}");
    }
    let long = "x".repeat(1_000_000);
    assert_eq!(decode(long.as_bytes(), &detected(long.as_bytes())).0, long);
}

#[test]
fn undecodable_places_are_counted_with_their_offsets() {
    let bytes = b"a\x81\n\xFF,\x82\xA0\xFD".repeat(8_000);
    let found = detect(&mut &*bytes, Some("cp932"), ALL).unwrap();
    let (text, replaced, undecodable) = decode(&bytes, &found);
    assert_eq!(found.undecodable, undecodable);
    assert_eq!((undecodable.count, undecodable.offsets.len()), (24_000, 10));
    assert_eq!(undecodable.offsets[..4], [1, 3, 7, 9]);
    assert_eq!((replaced.len(), text.matches('\u{FFFD}').count()), (24_000, 24_000));
    assert!(replaced.iter().all(|place| text[*place..].starts_with('\u{FFFD}')));
    // What the file itself says is no replacement.
    let own = "a\u{FFFD}b";
    assert_eq!(decode(own.as_bytes(), &detected(own.as_bytes())), (own.to_owned(), vec![], Undecodable::default()));
}

#[test]
fn large_files_are_refused() {
    let budget = Budget { file_bytes: 3, ..Budget::default() };
    let problem: Problem = Decoder::new(&b"abcd"[..], &detected(b"abcd"), &budget).err().unwrap();
    assert_eq!((problem.class, problem.code), (ProblemClass::Limit, "import.file_too_large"));
    assert!(Decoder::new(&b"abc"[..], &detected(b"abc"), &budget).is_ok());
}

/// Gives a few bytes at a time, as parts of a file in a table do.
struct Parts<'a>(&'a [u8]);

impl Source for Parts<'_> {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize, Problem> {
        let most = buffer.len().min(1_000);
        (&mut self.0).read_at(offset, &mut buffer[..most])
    }
}

#[test]
fn sources_may_give_less_than_was_asked_for() {
    let bytes = encode(&JAPANESE.repeat(300), "Shift_JIS");
    let found = detect(&mut Parts(&bytes), None, ALL).unwrap();
    assert_eq!(found.encoding.name(), "Shift_JIS");
    let mut decoder = Decoder::new(Parts(&bytes), &found, &Budget::default()).unwrap();
    let mut text = String::new();
    while decoder.advance().unwrap() {
        text.push_str(decoder.text());
    }
    assert!(text == JAPANESE.repeat(300));
    assert!(!Parts(&bytes).is_empty() && Parts(&[]).is_empty());
}
