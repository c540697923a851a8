//! Ranges hold the values that an operator means; where they may hold more, they say so.
use super::samples::{Sample, TYPES, drawn};
use super::{SORT_ORDERS, column, is_cut, key, rule};
use crate::core::fields::fold::fold_text;
use crate::core::index::{Condition, KeyType, KeyValue, RecordIndex};
use crate::core::jsonb::fixture::document;
use crate::core::jsonb::{ArrayBuilder, Integer, Value};
use crate::core::random::Random;
use std::ops::Bound::{Excluded, Included, Unbounded};

/// A condition, and whether a value meets it.
type Operator = (for<'a> fn(KeyValue<'a>, KeyValue<'a>) -> Condition<'a>, fn(usize, usize, usize) -> bool);

const OPERATORS: [Operator; 6] = [
    (|low, _| Condition::Equal(low), |value, low, _| value == low),
    (|low, _| Condition::Within(Unbounded, Excluded(low)), |value, low, _| value < low),
    (|low, _| Condition::Within(Unbounded, Included(low)), |value, low, _| value <= low),
    (|low, _| Condition::Within(Excluded(low), Unbounded), |value, low, _| value > low),
    (|low, _| Condition::Within(Included(low), Unbounded), |value, low, _| value >= low),
    (|low, high| Condition::Within(Included(low), Included(high)), |value, low, high| value >= low && value <= high),
];

#[test]
fn ranges_hold_what_operators_mean() {
    for (kind, can_be_cut) in TYPES {
        let (rule, samples) = drawn(kind, 150, 31);
        let is_time = matches!(kind, "time" | "datetime");
        for (is_descending, is_empty_first) in SORT_ORDERS {
            let column = column(&rule, is_descending, is_empty_first);
            let index = RecordIndex::new(255, vec![column]).unwrap();
            let keys: Vec<Vec<u8>> = samples.iter().map(|sample| key(&index, &[Some(sample.value())])).collect();
            let empty = key(&index, &[None]);
            let value = |sample| column.read(Sample::value(sample)).unwrap();
            let cut: Vec<bool> = samples.iter().map(|sample| is_cut(&column, value(sample))).collect();
            let mut rechecked = 0;
            for (bounds, bounds_cut) in samples.windows(2).zip(cut.windows(2)).take(60) {
                for (condition, meets) in OPERATORS {
                    let condition = condition(value(&bounds[0]), value(&bounds[1]));
                    let range = index.range(&[condition]).unwrap();
                    let is_cut = match condition {
                        Condition::Within(Included(_), Included(_)) => bounds_cut[0] || bounds_cut[1],
                        _ => bounds_cut[0],
                    };
                    assert_eq!(range.recheck, is_cut || is_time);
                    rechecked += usize::from(is_cut);
                    let mut held = 0;
                    for ((sample, key), cut) in samples.iter().zip(&keys).zip(&cut) {
                        let (holds, meets) =
                            (range.contains(key), meets(sample.ordinal, bounds[0].ordinal, bounds[1].ordinal));
                        held += usize::from(holds);
                        // More than asked for are only values that are cut as a bound is, and times that are the bound but for less than a microsecond.
                        let is_bound = sample.ordinal == bounds[0].ordinal || sample.ordinal == bounds[1].ordinal;
                        let is_alike = range.recheck && (*cut || is_time && is_bound);
                        assert!(holds == meets || holds && is_alike, "{} {condition:?} {holds}", sample.text);
                    }
                    assert!(!range.is_empty() || held == 0);
                    assert!(!range.contains(&empty));
                }
            }
            assert_eq!(rechecked > 20, can_be_cut, "{kind} {rechecked}");
            let [is_empty, is_present] =
                [Condition::Empty, Condition::Present].map(|condition| index.range(&[condition]).unwrap());
            assert!(is_empty.contains(&empty) && !is_present.contains(&empty));
            assert!(!is_empty.recheck && !is_present.recheck);
            assert!(keys.iter().all(|key| is_present.contains(key) && !is_empty.contains(key)));
            assert!(keys.iter().chain([&empty]).all(|key| index.whole().contains(key)));
        }
    }
}

#[test]
fn a_bound_that_is_cut_adds_only_what_is_cut_alike() {
    let rule = rule("text", "{}");
    let long = "株式会社サトウ製作所 ".repeat(9);
    let texts = [
        format!("{long}a"),
        format!("{long}b"),
        long.clone(),
        "株式会社サトウ製作所".to_owned(),
        long.clone(),
        "株".to_owned(),
    ];
    for (is_descending, is_empty_first) in SORT_ORDERS {
        let index = RecordIndex::new(1, vec![column(&rule, is_descending, is_empty_first)]).unwrap();
        let keys: Vec<Vec<u8>> =
            texts.iter().map(|text| key(&index, &[Some(Value::String(text.as_bytes()))])).collect();
        let held = |condition: Condition<'_>| -> Vec<bool> {
            let range = index.range(&[condition]).unwrap();
            assert!(range.recheck);
            keys.iter().map(|key| range.contains(key)).collect()
        };
        let bound = KeyValue::Text(&texts[0]);
        assert_eq!(held(Condition::Equal(bound)), [true, true, true, false, true, false]);
        assert_eq!(held(Condition::Within(Unbounded, Excluded(bound))), [true; 6]);
        assert_eq!(held(Condition::Within(Excluded(bound), Unbounded)), [true, true, true, false, true, false]);
    }
}

#[test]
fn ranges_of_several_columns() {
    let (texts, numbers, days) = (drawn("text", 20, 7), drawn("number", 20, 8), drawn("date", 3, 9));
    let mut random = Random(10);
    for (is_descending, is_empty_first) in SORT_ORDERS {
        let columns = vec![
            column(&texts.0, !is_descending, is_empty_first),
            column(&numbers.0, is_descending, is_empty_first),
            column(&days.0, is_descending, !is_empty_first),
        ];
        let index = RecordIndex::new(9, columns.clone()).unwrap();
        let mut pick = |samples: &Vec<Sample>| random.next() % (samples.len() + 1);
        let rows: Vec<[usize; 3]> = (0..400).map(|_| [pick(&texts.1), pick(&numbers.1), pick(&days.1)]).collect();
        let samples = |row: &[usize; 3]| [texts.1.get(row[0]), numbers.1.get(row[1]), days.1.get(row[2])];
        let keys: Vec<Vec<u8>> =
            rows.iter().map(|row| key(&index, &samples(row).map(|sample| sample.map(Sample::value)))).collect();
        let mut found = 0;
        for bounds in rows.windows(2).take(30) {
            let ([text, low, _], [_, high, _]) = (samples(&bounds[0]), samples(&bounds[1]));
            let (Some(low), Some(high)) = (low, high) else { continue };
            let first = text.map_or(Condition::Empty, |text| Condition::Equal(columns[0].read(text.value()).unwrap()));
            let is_first = |row: &[usize; 3]| match (text, samples(row)[0]) {
                (Some(text), Some(other)) => text.ordinal == other.ordinal,
                (text, other) => text.is_none() && other.is_none(),
            };
            let mut check = |condition, meets: &dyn Fn(Option<&Sample>) -> bool| {
                let range = index.range(&[first, condition]).unwrap();
                for (row, key) in rows.iter().zip(&keys) {
                    let (meets, holds) = (is_first(row) && meets(samples(row)[1]), range.contains(key));
                    assert!(holds == meets || holds && range.recheck);
                    found += usize::from(meets);
                }
            };
            let bounds = [low.value(), high.value()].map(|value| columns[1].read(value).unwrap());
            for (condition, meets) in OPERATORS {
                let meets = |number: Option<&Sample>| {
                    number.is_some_and(|number| meets(number.ordinal, low.ordinal, high.ordinal))
                };
                check(condition(bounds[0], bounds[1]), &meets);
            }
            check(Condition::Empty, &|number| number.is_none());
            check(Condition::Present, &|number| number.is_some());
        }
        assert!(found > 100, "{found}");
    }
}

#[test]
fn a_list_has_an_entry_for_each_element() {
    let tags = rule("multi_select", r#"{"choices":["a","b","c","d"]}"#);
    let people = rule("user", r#"{"multiple":true}"#);
    let number = rule("number", "{}");
    let mut random = Random(12);
    for (is_descending, is_empty_first) in SORT_ORDERS {
        let list = column(&tags, is_descending, is_empty_first);
        let index = RecordIndex::new(2, vec![column(&number, is_descending, false), list]).unwrap();
        for _ in 0..300 {
            let chosen: Vec<&str> = (0..random.next() % 6).map(|_| ["a", "b", "c", "d"][random.next() % 4]).collect();
            let mut builder = ArrayBuilder::default();
            chosen.iter().for_each(|name| builder.element(Value::String(name.as_bytes())));
            let array = builder.finish().unwrap();
            let count = Integer::new((random.next() % 3) as i64);
            let keys = index.keys(&[Some(Value::Number(count.number())), Some(Value::root(&array))]);
            let distinct: std::collections::BTreeSet<&str> = chosen.iter().copied().collect();
            assert_eq!(keys.len(), distinct.len().max(1));
            assert!(keys.windows(2).all(|keys| keys[0] < keys[1]));
            let equal = Condition::Equal(KeyValue::Number(count.number()));
            let held = |condition| {
                let range = index.range(&[equal, condition]).unwrap();
                assert!(!range.recheck);
                keys.iter().filter(|key| range.contains(key)).count()
            };
            for name in ["a", "b", "c", "d", "e"] {
                assert_eq!(held(Condition::Equal(KeyValue::Choice(name))), usize::from(distinct.contains(name)));
            }
            assert_eq!(held(Condition::Empty), usize::from(chosen.is_empty()));
            assert_eq!(held(Condition::Present), distinct.len());
        }
    }
    let index = RecordIndex::new(2, vec![column(&people, false, false)]).unwrap();
    let ids = r#"["0190163d-8694-739b-aea5-966c26f8ad91", "0190163D-8694-739B-AEA5-966C26F8AD91", null, "", "x", 5]"#;
    assert_eq!(index.keys(&[Some(Value::root(&document(ids)))]).len(), 1);
    let empty = index.keys(&[None]);
    assert_eq!(index.keys(&[Some(Value::root(&document("[]")))]), empty);
    let odd = index.range(&[Condition::Odd]).unwrap();
    for none in ["[null]", r#"["", 7]"#, "7"] {
        assert!(index.keys(&[Some(Value::root(&document(none)))]).iter().all(|key| odd.contains(key)), "{none}");
    }
    let one = r#""0190163d-8694-739b-aea5-966c26f8ad91""#;
    assert_eq!(index.keys(&[Some(Value::root(&document(one)))]), index.keys(&[Some(Value::root(&document(ids)))]));
}

#[test]
fn texts_that_begin_with_another() {
    let (rule, samples) = drawn("text", 700, 40);
    let mut random = Random(41);
    for (is_descending, is_empty_first) in SORT_ORDERS {
        let column = column(&rule, is_descending, is_empty_first);
        let KeyType::Text = column.key_type() else { panic!("a text is a text") };
        let index = RecordIndex::new(2, vec![column]).unwrap();
        let texts: Vec<&str> = samples.iter().filter_map(|sample| sample.value().as_str()).collect();
        let keys: Vec<Vec<u8>> = samples.iter().map(|sample| key(&index, &[Some(sample.value())])).collect();
        let folded: Vec<String> = texts.iter().map(|text| fold_text(text)).collect();
        let (mut meet, mut held) = (0, 0);
        for _ in 0..150 {
            let of = random.next() % texts.len();
            let source = if random.next().is_multiple_of(2) { texts[of] } else { &folded[of] };
            let prefix: String = source.chars().take(random.next() % 12).collect();
            let range = index.range(&[Condition::StartsWith(&prefix)]).unwrap();
            assert!(range.recheck);
            let begin = fold_text(&prefix);
            for (folded, key) in folded.iter().zip(&keys) {
                let (meets, holds) = (folded.starts_with(&begin), range.contains(key));
                assert!(holds || !meets, "{prefix:?} {folded:?}");
                meet += usize::from(meets);
                held += usize::from(holds);
            }
            assert!(!range.contains(&key(&index, &[None])));
        }
        // Not much more than what is meant.
        assert!(held < 2 * meet, "{held} for {meet}");
    }
    let index = RecordIndex::new(2, vec![column(&rule, false, false)]).unwrap();
    let held = |prefix: &str, text: &str| {
        let range = index.range(&[Condition::StartsWith(prefix)]).unwrap();
        range.contains(&key(&index, &[Some(Value::String(text.as_bytes()))]))
    };
    for (prefix, text) in [
        ("item 1", "Item 100"),
        ("ｻﾄｳ", "サトウ商店"),
        ("株式会社　サ", "株式会社 サトウ"),
        ("и", "Иван"),
        ("", "x"),
        (&"株式会社サトウ製作所 ".repeat(8), &"株式会社サトウ製作所 ".repeat(9)),
        ("เ", "เก"),
    ] {
        assert!(held(prefix, text), "{prefix} {text}");
    }
    for (prefix, text) in [("サ", "サトウ商店"), ("item 1", "itex 1"), ("佐藤", "佐々木")] {
        assert_eq!(held(prefix, text), prefix == "サ", "{prefix} {text}");
    }
}
