//! Which keys of an index hold the records that conditions of a filter ask for.
use super::model::{
    Condition, DateTest, FieldPath, Filter, InstantTest, NumberTest, Quantifier, Query, Test, TextTest,
};
use super::operators::Family;
use crate::core::fields::{Instant, Time};
use crate::core::index::{Condition as Keys, IndexColumn, KeyRange, KeyValue, RecordIndex};
use crate::core::jsonb::{Decimal, Digits};
use crate::core::work;
use std::ops::Bound::{self, Excluded, Included, Unbounded};

/// A condition with more values is evaluated on the records instead.
const MAX_RANGES: usize = 200;

/// Conditions that an index answers.
#[derive(Debug)]
pub struct Answer<'q> {
    /// In the order of keys; none overlaps another.
    pub ranges: Vec<KeyRange>,
    pub conditions: Vec<&'q Condition>,
    /// The bytes with which all these keys begin, up to each of the first columns that the filter holds to one value.
    pub prefixes: Vec<Vec<u8>>,
    /// A record may have several entries.
    pub has_lists: bool,
}

/// The conditions that every record of the result must meet.
pub fn required(query: &Query) -> Vec<&Condition> {
    fn collect<'q>(filter: &'q Filter, found: &mut Vec<&'q Condition>) {
        work::descend();
        match filter {
            Filter::And(members) => members.iter().for_each(|member| collect(member, found)),
            Filter::Condition(condition) => found.push(condition),
            Filter::Or(members) if members.len() == 1 => collect(&members[0], found),
            Filter::Or(_) | Filter::Not(_) => {}
        }
    }
    let mut found = Vec::new();
    if let Some(filter) = &query.filter {
        collect(filter, &mut found);
    }
    found
}

/// The ranges of an index, on columns with these ids, that hold all records which meet some of these conditions; none if it answers none of them.
pub fn answer<'q>(
    index: &RecordIndex<'_>,
    columns: &[String],
    query: &Query,
    required: &[&'q Condition],
) -> Option<Answer<'q>> {
    let mut equal: Vec<Keys<'q>> = Vec::new();
    let has_lists = index.columns().iter().any(IndexColumn::is_list);
    let (mut conditions, mut prefixes) = (Vec::new(), Vec::new());
    for id in columns {
        work::steps(required.len());
        let of_column = |condition: &&&'q Condition| query.columns[condition.column].path.is_column(id);
        let asked: Vec<&'q Condition> = required.iter().filter(of_column).copied().collect();
        let one = asked.iter().find_map(|condition| {
            let [Keys::Equal(value)] = keys(condition, query)?[..] else { return None };
            Some((*condition, value))
        });
        if let Some((condition, value)) = one {
            equal.push(Keys::Equal(value));
            conditions.push(condition);
            prefixes.push(index.range(&equal)?.lower);
            continue;
        }
        let several = asked.iter().find_map(|condition| Some((*condition, keys(condition, query)?)));
        let Some((condition, keys)) = several else { break };
        conditions.push(condition);
        let ranges = keys.iter().map(|last| {
            work::step();
            index.range(&[&equal[..], &[*last]].concat())
        });
        return Some(Answer { ranges: apart(ranges.collect::<Option<_>>()?), conditions, prefixes, has_lists });
    }
    if equal.is_empty() {
        return None;
    }
    Some(Answer { ranges: apart(vec![index.range(&equal)?]), conditions, prefixes, has_lists })
}

/// Ranges in order, those that meet made one.
fn apart(mut ranges: Vec<KeyRange>) -> Vec<KeyRange> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_unstable_by(|left, right| left.lower.cmp(&right.lower));
    let mut apart: Vec<KeyRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        work::step();
        match apart.last_mut() {
            Some(last) if range.lower <= last.upper => {
                last.recheck |= range.recheck;
                if range.upper > last.upper {
                    last.upper = range.upper;
                }
            }
            _ => apart.push(range),
        }
    }
    apart
}

/// Whether an index on the condition's column would answer it.
pub fn is_answerable(condition: &Condition, query: &Query) -> bool {
    keys(condition, query).is_some()
}

/// What a condition asks of the keys of its column, any of it; none where keys cannot tell.
fn keys<'q>(condition: &'q Condition, query: &Query) -> Option<Vec<Keys<'q>>> {
    let column = &query.columns[condition.column];
    if !matches!(column.path, FieldPath::Column(_)) {
        return None;
    }
    if condition.operator.is_negative() {
        return matches!(condition.test, Test::Empty).then(|| vec![Keys::Present, Keys::Odd]);
    }
    let keys = positive(&condition.test, column.family)?;
    (keys.len() <= MAX_RANGES).then_some(keys)
}

fn positive(test: &Test, family: Family) -> Option<Vec<Keys<'_>>> {
    match test {
        Test::Empty => Some(vec![Keys::Empty]),
        Test::Text(TextTest::AnyOf(texts)) => {
            Some(texts.iter().map(|text| Keys::Equal(KeyValue::Text(text))).collect())
        }
        // Telephone numbers are keyed by their normalized form, which begins otherwise.
        Test::Text(TextTest::StartsWith(text)) if family == Family::Text => Some(vec![Keys::StartsWith(text)]),
        Test::Phone { keys, .. } => Some(keys.iter().map(|key| Keys::Equal(KeyValue::PhoneKey(key))).collect()),
        Test::Number(NumberTest::Within((Included(low), Included(high)))) if low.compare(high).is_eq() => {
            Some(vec![Keys::Equal(KeyValue::Decimal(low))])
        }
        Test::Number(NumberTest::Within((low, high))) => Some(vec![Keys::Within(decimal(low), decimal(high))]),
        Test::Boolean(value) => Some(vec![Keys::Equal(KeyValue::Boolean(*value))]),
        Test::Date(DateTest::Within(bounds)) => {
            let day = |days: i64| KeyValue::Date(days.clamp(i32::MIN.into(), i32::MAX.into()) as i32);
            match *bounds {
                (Included(low), Included(high)) if low == high => Some(vec![Keys::Equal(day(low))]),
                (low, high) => Some(vec![Keys::Within(low.map(day), high.map(day))]),
            }
        }
        Test::Time(bounds) => {
            let (low, high) = *bounds;
            Some(vec![Keys::Within(low.map(time), high.map(time))])
        }
        Test::Instant(InstantTest::Within(bounds)) => {
            let (low, high) = *bounds;
            Some(vec![Keys::Within(low.map(instant), high.map(instant))])
        }
        Test::Choices(quantifier, names) => {
            Some(elements(*quantifier, names)?.iter().map(|name| Keys::Equal(KeyValue::Choice(name))).collect())
        }
        Test::Ids(quantifier, ids) => {
            Some(elements(*quantifier, ids)?.iter().map(|id| Keys::Equal(KeyValue::Uuid(*id))).collect())
        }
        _ => None,
    }
}

/// The elements of which a value must have one.
fn elements<T>(quantifier: Quantifier, all: &[T]) -> Option<&[T]> {
    match quantifier {
        Quantifier::Any => Some(all),
        // A list without elements may meet it, too.
        Quantifier::All | Quantifier::Exactly => all.get(..1),
    }
}

fn decimal(bound: &Bound<Decimal>) -> Bound<KeyValue<'_>> {
    match bound {
        Included(number) => Included(KeyValue::Decimal(number)),
        Excluded(number) => Excluded(KeyValue::Decimal(number)),
        Unbounded => Unbounded,
    }
}

fn time(at: Time) -> KeyValue<'static> {
    KeyValue::Time(at.microseconds())
}

fn instant(at: Instant) -> KeyValue<'static> {
    KeyValue::DateTime(at.microseconds())
}

/// Whether the conditions are all that the query asks, so that their keys alone tell which records it means.
pub fn is_whole_filter(query: &Query, answer: &Answer<'_>) -> bool {
    fn is_met(filter: &Filter, met: &[&Condition]) -> bool {
        work::descend();
        match filter {
            Filter::And(members) => members.iter().all(|member| is_met(member, met)),
            Filter::Or(members) => members.len() == 1 && is_met(&members[0], met),
            Filter::Not(_) => false,
            Filter::Condition(condition) => met.iter().any(|known| std::ptr::eq(*known, condition)),
        }
    }
    let is_exact = |condition: &&Condition| {
        !matches!(
            condition.test,
            Test::Choices(Quantifier::All | Quantifier::Exactly, _)
                | Test::Ids(Quantifier::All | Quantifier::Exactly, _)
        )
    };
    query.search.is_none()
        && answer.ranges.iter().all(|range| !range.recheck)
        && answer.conditions.iter().all(is_exact)
        && query.filter.as_ref().is_none_or(|filter| is_met(filter, &answer.conditions))
}
