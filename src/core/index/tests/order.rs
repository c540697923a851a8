//! Keys sort as values do.
use super::samples::{Sample, TYPES, drawn};
use super::{SORT_ORDERS, column, directed, is_cut, key, rule};
use crate::core::index::{IndexColumn, RecordIndex};
use crate::core::jsonb::Value;
use crate::core::jsonb::fixture::document;
use crate::core::random::Random;
use std::cmp::Ordering;

#[test]
fn keys_sort_as_values_do() {
    for (kind, can_be_cut) in TYPES {
        let (rule, mut samples) = drawn(kind, 1_000, 18);
        samples.sort_by_key(|sample| sample.ordinal);
        for (is_descending, is_empty_first) in SORT_ORDERS {
            let column = column(&rule, is_descending, is_empty_first);
            let index = RecordIndex::new(3, vec![column]).unwrap();
            let keys: Vec<Vec<u8>> = samples.iter().map(|sample| key(&index, &[Some(sample.value())])).collect();
            let (mut equal, mut cut) = (0, 0);
            for (samples, keys) in samples.windows(2).zip(keys.windows(2)) {
                let order = directed(samples[0].ordinal.cmp(&samples[1].ordinal), is_descending);
                equal += usize::from(order.is_eq());
                if keys[0] == keys[1] && order.is_ne() {
                    cut += 1;
                    for sample in samples {
                        assert!(is_cut(&column, column.read(sample.value()).unwrap()), "{}", sample.text);
                    }
                } else {
                    assert_eq!(keys[0].cmp(&keys[1]), order, "{} {}", samples[0].text, samples[1].text);
                }
            }
            assert!(equal > 10 && (cut > 10) == can_be_cut, "{kind}: {equal} equal, {cut} cut");
            let empty = key(&index, &[None]);
            assert!(keys.iter().all(|key| (*key < empty) != is_empty_first), "{kind}");
        }
    }
}

#[test]
fn one_value_in_many_forms_is_one_key() {
    for (kind, texts) in [
        ("number", &["1", "1.0", "1.000", "10e-1", "0.1e1"][..]),
        ("number", &["0", "-0", "0.0", "-0.000", "0e5"]),
        ("integer", &["120000", "1.2e5", "120000.0"]),
        ("uuid", &[r#""0190163D-8694-739B-AEA5-966C26F8AD91""#, r#""0190163d-8694-739b-aea5-966c26f8ad91""#]),
        ("datetime", &[r#""2024-01-01T00:00:00Z""#, r#""2024-01-01T09:00:00.000+09:00""#, r#""2023-12-31t23:59:60z""#]),
        ("time", &[r#""09:30""#, r#""09:30:00""#, r#""09:30:00.0000009""#]),
        ("text", &[r#""㈱サトウ　ＡＢＣ""#, r#""(株)ｻﾄｳ abc ""#]),
    ] {
        let rule = rule(kind, "{}");
        let index = RecordIndex::new(1, vec![column(&rule, false, false)]).unwrap();
        let keys: Vec<Vec<u8>> = texts.iter().map(|text| key(&index, &[Some(Value::root(&document(text)))])).collect();
        assert!(keys.windows(2).all(|keys| keys[0] == keys[1]), "{texts:?}");
    }
}

/// A record of three columns, some of them empty.
type Row<'a> = [Option<&'a Sample>; 3];

fn uncut<'a>(column: &IndexColumn<'_>, samples: impl Iterator<Item = &'a Sample>) -> Vec<&'a Sample> {
    samples.filter(|sample| !is_cut(column, column.read(sample.value()).unwrap())).take(6).collect()
}

#[test]
fn several_columns_sort_one_after_the_other() {
    let (numbers, texts, dates) = (drawn("number", 60, 1), drawn("text", 200, 2), drawn("date", 8, 3));
    let mut random = Random(4);
    for _ in 0..6 {
        let orders = [(); 3].map(|()| SORT_ORDERS[random.next() % 4]);
        let rules = [&numbers.0, &texts.0, &dates.0];
        let columns: Vec<_> = rules.iter().zip(orders).map(|(rule, (desc, first))| column(rule, desc, first)).collect();
        let index = RecordIndex::new(5, columns.clone()).unwrap();
        // Behind a value that is cut the next column would decide.
        let pools = [&numbers.1, &texts.1, &dates.1].map(|samples| samples.iter());
        let pools: Vec<Vec<&Sample>> =
            columns.iter().zip(pools).map(|(column, samples)| uncut(column, samples)).collect();
        let mut rows: Vec<Row<'_>> = (0..1_500)
            .map(|_| [0, 1, 2].map(|at| pools[at].get(random.next() % (pools[at].len() + 1)).copied()))
            .collect();
        let compare = |left: &Row<'_>, right: &Row<'_>| {
            (0..3).fold(Ordering::Equal, |order, at| {
                let (is_descending, is_empty_first) = orders[at];
                order.then_with(|| match (left[at], right[at]) {
                    (None, None) => Ordering::Equal,
                    (None, Some(_)) => directed(Ordering::Greater, is_empty_first),
                    (Some(_), None) => directed(Ordering::Less, is_empty_first),
                    (Some(left), Some(right)) => directed(left.ordinal.cmp(&right.ordinal), is_descending),
                })
            })
        };
        rows.sort_by(compare);
        let keys: Vec<Vec<u8>> =
            rows.iter().map(|row| key(&index, &row.map(|sample| sample.map(Sample::value)))).collect();
        for (rows, keys) in rows.windows(2).zip(keys.windows(2)) {
            assert_eq!(keys[0].cmp(&keys[1]), compare(&rows[0], &rows[1]));
        }
    }
}

#[test]
fn indexes_lie_apart() {
    let (rule, samples) = drawn("text", 200, 5);
    let numbers = [1, 2, 254, 255, 256, 65_535, 65_536, i64::MAX - 1, i64::MAX];
    let indexes = numbers.map(|number| RecordIndex::new(number, vec![column(&rule, true, true)]).unwrap());
    for (at, index) in indexes.iter().enumerate() {
        for value in samples.iter().map(|sample| Some(sample.value())).chain([None]) {
            let key = key(index, &[value]);
            for (other, range) in indexes.iter().map(RecordIndex::whole).enumerate() {
                assert_eq!(range.contains(&key), at == other);
                assert_eq!(key < range.lower, at < other);
            }
        }
    }
}
