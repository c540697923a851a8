//! The order of records under a sort list. Two records that are alike in all of it are ordered by id, so the order is total.
//!
//! What a record is sorted by are the bytes that index keys have, so a sorted result and the walk along an index are in one order.
use super::model::{Direction, FieldPath, Query, SortBy, SortEntry};
use super::operators::Family;
use super::record::{Held, Places, Record, Titles, Values, elements};
use crate::core::fields::identifier::uuid_bytes;
use crate::core::fields::{Choices, Rule};
use crate::core::index::{IndexColumn, Presence, append_text, choice_key, collation_version, integer_key};
use crate::core::jsonb::Value;
use crate::core::schema::Schema;
use crate::core::work;
use sha2::{Digest, Sha256};
use std::cmp::Ordering;
use std::collections::HashMap;

/// A query's sort list, ready for records under one schema.
pub struct Sorter<'q> {
    query: &'q Query,
    places: Places,
    orders: Vec<Order<'q>>,
    /// What tells this order from others.
    fingerprint: [u8; 8],
}

/// What a record is sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// By the entries of the sort list.
    pub parts: Vec<SortPart>,
    pub id: [u8; 16],
}

/// One entry's part of a sort key: whether there is a value, and its bytes in ascending order.
pub type SortPart = (Presence, Vec<u8>);

/// Choices by their places.
struct Options<'q> {
    choices: &'q Choices,
    ranks: HashMap<&'q str, u32>,
    /// The column whose values they are; a common field may have none.
    column: Option<IndexColumn<'q>>,
}

/// How the values of one entry are compared.
enum Order<'q> {
    /// As the keys of an index are.
    Keys(IndexColumn<'q>),
    /// By the place of the choice in its definition. Others come behind all, in the order of their keys.
    Options(Options<'q>),
    /// By the text of the choice.
    Names,
    /// By the title of the referenced record.
    Titles,
    /// A field of the relation for which the schema has no column.
    Field,
}

impl<'q> Sorter<'q> {
    /// None if the schema no longer has the columns as the query was read with: then it must be read again.
    pub fn new(query: &'q Query, schema: &'q Schema) -> Option<Sorter<'q>> {
        let places = Places::new(&query.columns, schema)?;
        let orders: Vec<Order<'q>> = query.sort.iter().map(|entry| order(query, entry, schema)).collect();
        let fingerprint = fingerprint(query, &orders);
        Some(Sorter { query, places, orders, fingerprint })
    }

    pub fn fingerprint(&self) -> [u8; 8] {
        self.fingerprint
    }

    /// What a record is sorted by. It is made once for each record, so that comparing makes nothing.
    pub fn key(&self, record: &Record<'_>, titles: &dyn Titles) -> SortKey {
        let values = self.places.read(record);
        let parts = self.query.sort.iter().zip(&self.orders);
        let parts = parts.map(|(entry, order)| self.part(entry, order, &values, titles)).collect();
        SortKey { parts, id: record.id }
    }

    pub fn compare(&self, left: &SortKey, right: &SortKey) -> Ordering {
        for (entry, (left, right)) in self.query.sort.iter().zip(left.parts.iter().zip(&right.parts)) {
            work::step();
            let byte = |part: &SortPart| part.0.byte(entry.empty_first);
            let values = left.1.cmp(&right.1);
            let values = if entry.direction == Direction::Descending { values.reverse() } else { values };
            let order = byte(left).cmp(&byte(right)).then(values);
            if order.is_ne() {
                return order;
            }
        }
        let ids = left.id.cmp(&right.id);
        if self.query.is_descending() { ids.reverse() } else { ids }
    }

    fn part(&self, entry: &SortEntry, order: &Order<'_>, values: &Values<'_>, titles: &dyn Titles) -> SortPart {
        work::step();
        let held = match (values.get(entry.column), order) {
            (None, _) => return (Presence::Empty, Vec::new()),
            (Some(Held::Instant(at)), _) => {
                return (Presence::Present, integer_key(at.since_2000()).to_vec());
            }
            (Some(Held::Id(id)), _) => return (Presence::Present, id.to_vec()),
            (Some(Held::Json(value)), Order::Keys(column)) => return column.sorted_by(Some(value)),
            (Some(Held::Json(value)), _) => value,
        };
        let family = self.query.columns[entry.column].family;
        let bytes = match order {
            Order::Options(Options { ranks, .. }) => first_text(held, family).map(|name| match ranks.get(name) {
                Some(rank) => rank.to_be_bytes().to_vec(),
                None => [&u32::MAX.to_be_bytes()[..], &choice_key(name)].concat(),
            }),
            Order::Titles => {
                let table = self.query.columns[entry.column].target.as_deref();
                let title =
                    |id: Value<'_>| titles.title(table?, &uuid_bytes(id.as_str()?)?).map(|title| text_key(&title));
                elements(held, family).find_map(title)
            }
            _ => first_text(held, family).map(text_key),
        };
        bytes.map_or((Presence::Odd, Vec::new()), |bytes| (Presence::Present, bytes))
    }

    /// The index columns of the entries, where the order is that of their keys, or, of the first entry, that of its choices.
    pub fn index_columns(&self) -> Option<Vec<IndexColumn<'q>>> {
        let columns = self.query.sort.iter().zip(&self.orders).enumerate().map(|(place, (entry, order))| {
            let column = match order {
                Order::Keys(column) => *column,
                Order::Options(Options { column: Some(column), .. }) if place == 0 => *column,
                _ => return None,
            };
            // A list has several entries.
            (!column.is_list()).then(|| directed(column, entry))
        });
        columns.collect()
    }

    /// The choices in whose order the first entry sorts.
    pub fn choices(&self) -> Option<&'q Choices> {
        match self.orders.first()? {
            Order::Options(Options { choices, .. }) => Some(choices),
            _ => None,
        }
    }
}

/// What a part of a sort key by choices is in the key of an index; none for one that no choice has.
pub fn choice_bytes(choices: &Choices, part: &[u8]) -> Option<Vec<u8>> {
    let (rank, rest) = part.split_first_chunk()?;
    match u32::from_be_bytes(*rank) {
        u32::MAX => Some(rest.to_vec()),
        rank => Some(choice_key(choices.names.get(rank as usize)?).to_vec()),
    }
}

fn directed<'s>(column: IndexColumn<'s>, entry: &SortEntry) -> IndexColumn<'s> {
    let column = if entry.direction == Direction::Descending { column.descending() } else { column };
    if entry.empty_first { column.empty_first() } else { column }
}

fn first_text(value: Value<'_>, family: Family) -> Option<&str> {
    elements(value, family).find_map(Value::as_str)
}

fn text_key(text: &str) -> Vec<u8> {
    let mut key = Vec::new();
    append_text(text, &mut key);
    key
}

fn order<'q>(query: &Query, entry: &SortEntry, schema: &'q Schema) -> Order<'q> {
    let column = &query.columns[entry.column];
    let known = column.path.column(schema);
    match column.family {
        Family::Choice | Family::Choices if entry.by == SortBy::Option => {
            let choices: &Choices = match known.map(|column| &column.rule) {
                Some(Rule::Select(choices) | Rule::MultiSelect(choices)) => choices,
                _ => &schema.statuses,
            };
            work::steps(choices.names.len());
            let ranks = choices.names.iter().map(String::as_str).zip(0..).collect();
            Order::Options(Options { choices, ranks, column: known.and_then(|column| IndexColumn::new(&column.rule)) })
        }
        Family::Choice | Family::Choices => Order::Names,
        Family::Reference | Family::References => Order::Titles,
        _ => known.and_then(|column| IndexColumn::new(&column.rule)).map_or(Order::Field, Order::Keys),
    }
}

/// A cursor of one order is none of another, and none of what a type, a list of choices or a collation became since.
fn fingerprint(query: &Query, orders: &[Order<'_>]) -> [u8; 8] {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(text);
        hash.update([0]);
    };
    add(&collation_version());
    for (entry, order) in query.sort.iter().zip(orders) {
        let column = &query.columns[entry.column];
        match &column.path {
            FieldPath::Column(id) => add(id),
            other => add(&format!("{other:?}")),
        }
        add(&format!("{:?} {:?} {:?}", entry.direction, entry.by, entry.empty_first));
        match order {
            Order::Keys(column) => add(&column.form()),
            Order::Options(Options { choices, .. }) => choices.names.iter().for_each(|name| add(name)),
            Order::Names | Order::Titles | Order::Field => add("text"),
        }
    }
    let mut fingerprint = [0; 8];
    fingerprint.copy_from_slice(&hash.finalize()[..8]);
    fingerprint
}
