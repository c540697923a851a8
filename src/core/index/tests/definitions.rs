//! Definitions of indexes, the layout of keys, and what no index can answer.
use super::super::encode::successor;
use super::{SORT_ORDERS, column, key, rule};
use crate::core::fields::TYPES;
use crate::core::fields::identifier::hex;
use crate::core::index::{Condition, IndexColumn, IndexError, KeyValue, MAX_COLUMNS, RecordIndex};
use crate::core::jsonb::fixture::document;
use crate::core::jsonb::{Integer, Value};
use std::ops::Bound::{Excluded, Included, Unbounded};

/// The options that a type cannot be without.
fn options(kind: &str) -> &'static str {
    match kind {
        "select" | "multi_select" => r#"{"choices":["a"]}"#,
        "reference" => r#"{"table_id":"0190163d-8694-739b-aea5-966c26f8ad91"}"#,
        _ => "{}",
    }
}

#[test]
fn every_type_has_keys_or_none() {
    let without: Vec<&str> =
        TYPES.into_iter().filter(|kind| IndexColumn::new(&rule(kind, options(kind))).is_none()).collect();
    assert_eq!(without, ["json", "attachment", "address", "created_at", "updated_at", "created_by"]);
}

#[test]
fn keys_have_this_layout() {
    for (kind, text, expected) in [
        ("number", "0", "01"),
        ("number", "1", "0280020300"),
        ("number", "-1", "007ffdfcff"),
        ("number", "120000", "0281020e00"),
        ("number", "-12.5", "007ffdf1cbff"),
        ("number", "0.05", "027f0700"),
        ("boolean", "true", "01"),
        ("date", r#""1970-01-02""#, "80000001"),
        ("time", r#""00:00:01""#, "80000000000f4240"),
        ("datetime", r#""1969-12-31T23:59:59.999999Z""#, "7fffffffffffffff"),
        ("uuid", r#""0190163D-8694-739b-aea5-966c26f8ad91""#, "0190163d8694739baea5966c26f8ad91"),
        ("status", r#""Won""#, "acdf2907db3d0f909496a419f8e7c003"),
        ("text", r#""A1""#, "2b1003010601060101926200"),
    ] {
        let rule = rule(kind, "{}");
        let value = document(text);
        let of = |is_descending, is_empty_first| {
            let index = RecordIndex::new(258, vec![column(&rule, is_descending, is_empty_first)]).unwrap();
            (hex(&key(&index, &[Some(Value::root(&value))])), hex(&key(&index, &[None])))
        };
        assert_eq!(
            of(false, false),
            (format!("000000000000010202{expected}"), "000000000000010203".to_owned()),
            "{text}"
        );
        assert_eq!(of(true, true).1, "000000000000010201");
        let inverted = |digits: &str| {
            digits.chars().map(|c| char::from_digit(15 - c.to_digit(16).unwrap(), 16).unwrap()).collect::<String>()
        };
        assert_eq!(of(true, false).0, format!("000000000000010202{}", inverted(expected)));
    }
}

/// A value ends in 0 where all of it is in the key, and in 1 where it is cut.
#[test]
fn keys_say_what_is_cut() {
    let (text, number) = (rule("text", "{}"), rule("number", "{}"));
    let (whole, more) = ("a".repeat(29), "a".repeat(30));
    let texts = [&whole, &more].map(|text| format!("\"{text}\""));
    let digits = ["12".repeat(64), format!("{}.1", "12".repeat(64)), format!("{}.2", "12".repeat(64))];
    for (rule, texts) in [(&text, &texts[..]), (&number, &digits[..])] {
        for is_descending in [false, true] {
            let column = column(rule, is_descending, false);
            let index = RecordIndex::new(1, vec![column]).unwrap();
            let documents: Vec<Vec<u8>> = texts.iter().map(|text| document(text)).collect();
            let keys: Vec<Vec<u8>> = documents.iter().map(|value| key(&index, &[Some(Value::root(value))])).collect();
            for (at, (value, key)) in documents.iter().zip(&keys).enumerate() {
                let is_cut = at > 0;
                assert_eq!(key.last().copied(), Some(u8::from(is_cut) ^ if is_descending { 255 } else { 0 }));
                let range = index.range(&[Condition::Equal(column.read(Value::root(value)).unwrap())]).unwrap();
                assert_eq!(range.recheck, is_cut);
            }
            assert!(keys.windows(2).skip(1).all(|keys| keys[0] == keys[1]));
            assert!((keys[0] < keys[1]) != is_descending, "what is cut is more than what is as long");
        }
    }
}

#[test]
fn no_key_is_too_long_for_a_btree() {
    let (text, number) = (rule("long_text", "{}"), rule("decimal", "{}"));
    let (long, digits) =
        (document(&format!("\"{}\"", "株".repeat(3_000))), document(&format!("-{}.5e-9000", "12".repeat(5_000))));
    let columns: Vec<_> =
        (0..MAX_COLUMNS).map(|at| column(if at % 2 == 0 { &text } else { &number }, true, false)).collect();
    let values: Vec<_> =
        (0..MAX_COLUMNS).map(|at| Some(Value::root(if at % 2 == 0 { &long } else { &digits }))).collect();
    let length = key(&RecordIndex::new(1, columns).unwrap(), &values).len();
    assert!((1_000..1_300).contains(&length), "{length}");
}

#[test]
fn a_choice_is_its_name() {
    let before =
        rule("select", r#"{"choices":[{"id":"won_1","name":"Won"},"Open",{"id":"old","name":"Old","archived":true}]}"#);
    let after = rule("select", r#"{"choices":["Open","old",{"id":"l","name":"Won"}]}"#);
    let indexes = [&before, &after].map(|rule| RecordIndex::new(1, vec![column(rule, false, false)]).unwrap());
    let keys = |at: usize, name: &str| key(&indexes[at], &[Some(Value::String(name.as_bytes()))]);
    let distinct = ["Won", "won", "won_1", "Open", "Old", "old", "unknown", "unseen", &"long ".repeat(99)];
    for (at, name) in distinct.into_iter().enumerate() {
        assert_eq!(keys(0, name), keys(1, name), "no definition of choices is in a key");
        assert!(distinct[..at].iter().all(|other| keys(0, other) != keys(0, name)), "{name}");
        assert_eq!(keys(0, name).len(), 8 + 1 + 16);
    }
}

#[test]
fn a_telephone_number_is_its_normalized_form() {
    let (japan, nowhere) = (rule("phone", r#"{"default_region":"JP"}"#), rule("phone", "{}"));
    let [japan, nowhere] =
        [&japan, &nowhere].map(|rule| RecordIndex::new(1, vec![column(rule, false, false)]).unwrap());
    let text = |index: &RecordIndex<'_>, text: &str| key(index, &[Some(Value::String(text.as_bytes()))]);
    assert_eq!(text(&japan, "03-1234-5678"), text(&japan, "+81 3 1234 5678"));
    assert_eq!(text(&japan, "+81312345678"), text(&nowhere, "+81 3 1234 5678"));
    assert_ne!(text(&nowhere, "03-1234-5678"), text(&nowhere, "+81 3 1234 5678"));
}

/// A value that is not of the column's type lies beside the empty ones, apart from them.
#[test]
fn what_is_no_value_of_the_type_is_odd() {
    for (kind, values) in [
        ("number", &[r#""12""#, "true", "[1]"][..]),
        ("boolean", &["1", r#""true""#]),
        ("date", &[r#""2024-02-30""#, r#""2024-01-05T00:00:00Z""#, "5"]),
        ("datetime", &[r#""2024-01-05""#, r#""2024-01-05T09:30:00""#]),
        ("time", &[r#""24:00""#]),
        ("uuid", &[r#""0190163d""#, r#"["0190163d-8694-739b-aea5-966c26f8ad91"]"#, "[]"]),
        ("text", &["5", "{}", "[]"]),
    ] {
        let rule = rule(kind, "{}");
        for (is_descending, is_empty_first) in SORT_ORDERS {
            let index = RecordIndex::new(1, vec![column(&rule, is_descending, is_empty_first)]).unwrap();
            let empty = key(&index, &[None]);
            assert_eq!(key(&index, &[]), empty);
            for text in ["null", r#""""#] {
                assert_eq!(key(&index, &[Some(Value::root(&document(text)))]), empty, "{kind} {text}");
            }
            let [odd, of_none] = [Condition::Odd, Condition::Empty].map(|condition| index.range(&[condition]).unwrap());
            for text in values {
                let key = key(&index, &[Some(Value::root(&document(text)))]);
                assert!(odd.contains(&key) && !of_none.contains(&key) && of_none.contains(&empty), "{kind} {text}");
                assert_eq!(key < empty, is_empty_first);
            }
        }
    }
}

#[test]
fn what_tells_definitions_apart() {
    let form = |kind: &str, options: &str| column(&rule(kind, options), false, false).form();
    let user = r#"{"multiple":true}"#;
    for (one, other) in [
        (("text", "{}"), ("text", r#"{"keep_empty":true}"#)),
        (("phone", "{}"), ("phone", r#"{"default_region":"JP"}"#)),
        (("user", "{}"), ("user", user)),
        (("date", "{}"), ("datetime", "{}")),
        (("text", "{}"), ("phone", "{}")),
    ] {
        assert_ne!(form(one.0, one.1), form(other.0, other.1), "{one:?} {other:?}");
    }
    for (one, other) in [
        (("text", "{}"), ("email", "{}")),
        (("integer", "{}"), ("decimal", r#"{"max":5}"#)),
        (("uuid", "{}"), ("reference", options("reference"))),
        (("select", options("select")), ("status", "{}")),
    ] {
        assert_eq!(form(one.0, one.1), form(other.0, other.1), "{one:?} {other:?}");
    }
    let text = rule("text", "{}");
    let forms: std::collections::HashSet<String> =
        SORT_ORDERS.into_iter().map(|(desc, first)| column(&text, desc, first).form()).collect();
    assert_eq!(forms.len(), SORT_ORDERS.len());
}

#[test]
fn columns_that_are_no_index() {
    let (tags, text) = (rule("multi_select", r#"{"choices":["a"]}"#), rule("text", "{}"));
    let [tags, text] = [&tags, &text].map(|rule| column(rule, false, false));
    let refused = |columns: &[IndexColumn<'_>]| RecordIndex::new(1, columns.to_vec()).err();
    assert_eq!(refused(&[]), Some(IndexError::NoColumns));
    assert_eq!(refused(&[tags, text, tags]), Some(IndexError::SeveralLists));
    assert_eq!(refused(&[text; MAX_COLUMNS + 1]), Some(IndexError::TooManyColumns));
    assert_eq!(refused(&[text; MAX_COLUMNS]), None);
}

#[test]
fn conditions_that_no_range_answers() {
    let (number, text) = (rule("number", "{}"), rule("text", "{}"));
    let [number, text] = [&number, &text].map(|rule| column(rule, false, false));
    let index = RecordIndex::new(1, vec![number, text]).unwrap();
    let five = Integer::new(5);
    let (five, a) = (KeyValue::Number(five.number()), KeyValue::Text("a"));
    for (conditions, is_answered) in [
        (&[][..], true),
        (&[Condition::Equal(five)], true),
        (&[Condition::Equal(five), Condition::StartsWith("a")], true),
        (&[Condition::Empty, Condition::Within(Unbounded, Excluded(a))], true),
        (&[Condition::Within(Unbounded, Excluded(five)), Condition::Equal(a)], false),
        (&[Condition::Present, Condition::Equal(a)], false),
        (&[Condition::Odd, Condition::Equal(a)], false),
        (&[Condition::Equal(a)], false),
        (&[Condition::Within(Included(five), Included(a))], false),
        (&[Condition::StartsWith("5")], false),
        (&[Condition::Equal(five), Condition::Equal(a), Condition::Empty], false),
    ] {
        assert_eq!(index.range(conditions).is_some(), is_answered, "{conditions:?}");
    }
    let four = Integer::new(4);
    let nothing = index.range(&[Condition::Within(Included(five), Included(KeyValue::Number(four.number())))]).unwrap();
    assert!(nothing.is_empty() && !index.whole().is_empty());
}

#[test]
fn what_follows_all_that_begins_alike() {
    assert_eq!(successor(&[1, 2]), [1, 3]);
    assert_eq!(successor(&[1, 255, 255]), [2]);
    assert_eq!(successor(&[0, 0]), [0, 1]);
}
