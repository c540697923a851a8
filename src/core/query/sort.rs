//! The order of records under a sort list. Two records that are alike in all of it are ordered by id, so the order is total.
use super::model::{Direction, Query, SortBy, SortEntry};
use super::operators::Family;
use super::record::{Held, Places, Record, Titles, elements};
use crate::core::fields::fold::fold_into;
use crate::core::fields::identifier::uuid_bytes;
use crate::core::fields::time::{parse_date, parse_datetime, parse_time};
use crate::core::fields::{Choices, Instant, Rule, Time};
use crate::core::jsonb::{Decimal, Digits, Value};
use crate::core::schema::Schema;
use crate::core::work;
use std::cmp::Ordering;
use std::collections::HashMap;

/// A query's sort list, ready for records under one schema.
pub struct Sorter<'q> {
    query: &'q Query,
    places: Places,
    /// The places of choices in their definitions, by the entries of the sort list.
    ranks: Vec<HashMap<String, usize>>,
    folded: String,
}

/// What a record is sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// By the entries of the sort list; none where the record has no value that can be sorted.
    parts: Vec<Option<Part>>,
    id: [u8; 16],
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Boolean(bool),
    Number(Exact),
    Date(i64),
    Time(Time),
    Instant(Instant),
    Id([u8; 16]),
    Text(Vec<u8>),
    /// The elements of a list, or one.
    Choices(Vec<Choice>),
    Ids(Vec<[u8; 16]>),
    Titles(Vec<Vec<u8>>),
}

/// A choice's place, or behind all places its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Choice {
    Known(usize),
    Other(Vec<u8>),
}

/// A number in the order of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Exact(Decimal);

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Exact) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Exact) -> Ordering {
        self.0.compare(&other.0)
    }
}

impl<'q> Sorter<'q> {
    /// None if the schema no longer has the columns as the query was read with: then it must be read again.
    pub fn new(query: &'q Query, schema: &Schema) -> Option<Sorter<'q>> {
        let places = Places::new(&query.columns, schema)?;
        let ranks = query.sort.iter().map(|entry| ranks(query, entry, schema)).collect();
        Some(Sorter { query, places, ranks, folded: String::new() })
    }

    /// What a record is sorted by. It is made once for each record, so that comparing makes nothing.
    pub fn key(&mut self, record: &Record<'_>, titles: &dyn Titles) -> SortKey {
        let values = self.places.read(record);
        let query = self.query;
        let mut parts = Vec::with_capacity(query.sort.len());
        for (index, entry) in query.sort.iter().enumerate() {
            work::step();
            parts.push(values.get(entry.column).and_then(|held| self.part(index, entry, held, titles)));
        }
        SortKey { parts, id: record.id }
    }

    pub fn compare(&self, left: &SortKey, right: &SortKey) -> Ordering {
        let parts = self.query.sort.iter().zip(left.parts.iter().zip(&right.parts));
        for (entry, (left, right)) in parts {
            work::step();
            let empty = if entry.empty_first { Ordering::Less } else { Ordering::Greater };
            let order = match (left, right) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => empty,
                (Some(_), None) => empty.reverse(),
                (Some(left), Some(right)) if entry.direction == Direction::Descending => right.cmp(left),
                (Some(left), Some(right)) => left.cmp(right),
            };
            if order.is_ne() {
                return order;
            }
        }
        left.id.cmp(&right.id)
    }

    fn part(&mut self, index: usize, entry: &SortEntry, held: Held<'_>, titles: &dyn Titles) -> Option<Part> {
        let column = &self.query.columns[entry.column];
        let value = match held {
            Held::Json(value) => value,
            Held::Instant(at) => return Some(Part::Instant(at)),
            Held::Id(id) => return Some(Part::Id(id)),
        };
        let text = value.as_str();
        match column.family {
            Family::Text | Family::Phone => text.map(|text| Part::Text(self.natural(text))),
            Family::Number => value.as_number().map(|number| Part::Number(Exact(number.read().to_decimal()))),
            Family::Boolean => value.as_bool().map(Part::Boolean),
            Family::Date => text.and_then(parse_date).map(|date| Part::Date(date.days())),
            Family::Time => text.and_then(parse_time).map(Part::Time),
            Family::Instant => text.and_then(parse_datetime).map(Part::Instant),
            Family::Choice | Family::Choices => {
                let names = elements(value).filter_map(Value::as_str);
                let choices: Vec<Choice> = names.map(|name| self.choice(index, name)).collect();
                (!choices.is_empty()).then_some(Part::Choices(choices))
            }
            Family::Id | Family::Ids => {
                let ids: Vec<[u8; 16]> = elements(value).filter_map(|id| uuid_bytes(id.as_str()?)).collect();
                (!ids.is_empty()).then_some(Part::Ids(ids))
            }
            Family::Reference | Family::References => {
                let table = column.target.as_deref()?;
                let titles = elements(value).filter_map(|id| titles.title(table, &uuid_bytes(id.as_str()?)?));
                let keys: Vec<Vec<u8>> = titles.map(|title| self.natural(&title)).collect();
                (!keys.is_empty()).then_some(Part::Titles(keys))
            }
            Family::Attachment | Family::Opaque => None,
        }
    }

    fn choice(&mut self, index: usize, name: &str) -> Choice {
        match self.ranks[index].get(name) {
            Some(rank) => Choice::Known(*rank),
            None => Choice::Other(self.natural(name)),
        }
    }

    fn natural(&mut self, text: &str) -> Vec<u8> {
        fold_into(text, &mut self.folded);
        natural_key(&self.folded)
    }
}

/// The places of the choices of a column that is sorted by them.
fn ranks(query: &Query, entry: &SortEntry, schema: &Schema) -> HashMap<String, usize> {
    if entry.by != SortBy::Option {
        return HashMap::new();
    }
    let column = schema.columns.iter().find(|column| query.columns[entry.column].path.is_column(&column.key_id));
    let choices: &Choices = match column.map(|column| &column.rule) {
        Some(Rule::Select(choices) | Rule::MultiSelect(choices)) => choices,
        _ => &schema.statuses,
    };
    work::steps(choices.names.len());
    choices.names.iter().enumerate().map(|(rank, name)| (name.clone(), rank)).collect()
}

/// Bytes in whose order folded texts are in natural order: numbers inside them by what they count, so "file 2" comes before "file 10".
/// Not the order of index keys (src/core/index/collation.rs): a query must not mix the two.
///
/// A run of digits becomes a zero, the number of its digits without leading zeros, and these digits.
fn natural_key(folded: &str) -> Vec<u8> {
    // What a run of digits adds: its mark and its length.
    const RUN_HEADER: usize = 5;
    work::reserve(folded.len().saturating_mul(RUN_HEADER + 1));
    let mut key = Vec::with_capacity(folded.len() + RUN_HEADER);
    let mut rest = folded.as_bytes();
    while let Some(byte) = rest.first() {
        work::step();
        if !byte.is_ascii_digit() {
            key.push(*byte);
            rest = &rest[1..];
            continue;
        }
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (run, behind) = rest.split_at(length);
        let zeros = run.iter().take_while(|digit| **digit == b'0').count();
        key.push(b'0');
        key.extend_from_slice(&((length - zeros) as u32).to_be_bytes());
        key.extend_from_slice(&run[zeros..]);
        rest = behind;
    }
    key
}
