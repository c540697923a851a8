use super::{Reason, Target, is_known_name, suggest};
use crate::core::import::cell::Cell;
use crate::core::import::columns::{ColumnFacts, Survey};

fn target(name: &str, label: &str, field_type: &str) -> Target {
    Target { name: name.to_owned(), label: label.to_owned(), field_type: field_type.to_owned(), ..Target::default() }
}

fn facts(values: &[&str]) -> ColumnFacts {
    let mut survey = Survey::default();
    values.iter().for_each(|value| survey.add(&Cell::Text((*value).to_owned())));
    survey.finish(true)
}

fn names(headers: &[&str]) -> Vec<String> {
    headers.iter().map(|name| (*name).to_owned()).collect()
}

fn pairs(headers: &[&str], facts: &[ColumnFacts], targets: &[Target]) -> Vec<(usize, usize)> {
    suggest(&names(headers), facts, targets).iter().map(|found| (found.file_column, found.target)).collect()
}

#[test]
fn columns_are_found_by_name_label_and_synonym() {
    let targets = [
        target("name", "氏名", "text"),
        target("email", "Email", "email"),
        target("company_name", "会社", "text"),
        target("phone", "", "phone"),
        target("notes", "", "long_text"),
    ];
    for (header, expected, reason) in [
        ("name", 0, Reason::Name),
        ("氏名", 0, Reason::Label),
        ("NAME", 0, Reason::FoldedName),
        ("ｎａｍｅ", 0, Reason::FoldedName),
        ("お名前", 0, Reason::Synonym),
        ("Company Name", 2, Reason::FoldedName),
        ("会社名", 2, Reason::Synonym),
        ("メールアドレス", 1, Reason::Synonym),
        ("E-mail", 1, Reason::FoldedName),
        ("ﾒｰﾙ", 1, Reason::Synonym),
        ("TEL", 3, Reason::Synonym),
        ("電話番号", 3, Reason::Synonym),
        ("備考", 4, Reason::Synonym),
    ] {
        let found = suggest(&names(&[header]), &[], &targets);
        assert_eq!((found.len(), found[0].target, &found[0].reasons[..]), (1, expected, &[reason][..]), "{header}");
        assert!((0.0..=1.0).contains(&found[0].score));
    }
    assert!(suggest(&names(&["zzz", ""]), &[], &targets).is_empty());
    assert!(is_known_name("メールアドレス") && is_known_name("E-Mail") && !is_known_name("Ann"));
}

#[test]
fn content_helps_and_warns() {
    let targets = [target("contact", "", "email"), target("amount", "", "number"), target("memo", "", "text")];
    let mails = facts(&["a@example.com", "b@example.com"]);
    let found = suggest(&names(&["unknown"]), &[mails], &targets);
    assert_eq!((found[0].target, &found[0].reasons[..], found[0].score), (0, &[Reason::Content][..], 0.5));
    // A text says nothing about where it belongs.
    assert!(suggest(&names(&["unknown"]), &[facts(&["x", "y"])], &targets).is_empty());
    let [good, bad] =
        [["1", "2"], ["x", "y"]].map(|values| suggest(&names(&["amount"]), &[facts(&values)], &targets)[0].score);
    assert!(good > bad && bad > 0.4, "{good} {bad}");
    let stage = Target { choices: names(&["New", "Won", "Lost"]), ..target("stage_of_deal", "", "select") };
    let found = suggest(&names(&["x"]), &[facts(&["new", "WON"])], &[stage]);
    assert_eq!(found[0].reasons, [Reason::Choices]);
}

#[test]
fn no_column_is_used_twice_and_the_whole_is_best() {
    let targets = [target("email", "", "email"), target("mail", "", "email"), target("id", "", "text")];
    assert_eq!(pairs(&["mail", "email", "mail address"], &[], &targets), [(0, 1), (1, 0)]);
    // The best for one alone would leave the other without a column.
    let targets = [target("phone", "電話", "phone"), target("tel", "", "phone")];
    assert_eq!(pairs(&["TEL", "phone"], &[], &targets), [(0, 1), (1, 0)]);
    assert_eq!(pairs(&["電話番号", "tel"], &[], &targets), [(0, 0), (1, 1)]);
    let computed = Target { is_computed: true, ..target("id", "", "autonumber") };
    assert!(pairs(&["id"], &[], &[computed]).is_empty());
}

#[test]
fn many_columns_are_assigned_too() {
    let headers: Vec<String> =
        (0..300).map(|index| format!("メール{}", if index % 2 == 0 { "" } else { "アドレス" })).collect();
    let targets: Vec<Target> = (0..200).map(|_| target("email", "", "email")).collect();
    let found = suggest(&headers, &[], &targets);
    assert_eq!(found.len(), 200);
    let mut used: Vec<usize> = found.iter().map(|found| found.target).collect();
    used.sort_unstable();
    used.dedup();
    assert_eq!(used.len(), 200);
}
