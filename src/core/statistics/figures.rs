//! Figures of one column over many records: how many have a value, how many different ones there are, the lowest, the highest and the most frequent.
//!
//! Memory is bounded: past its share a column first forgets the values and keeps a digest of each, so that there are no most frequent ones, and then
//! stops telling them apart, so that the number of different ones is not known either.
use super::{common_value, is_counted, value};
use crate::core::index::{IndexColumn, KeyType, Presence};
use crate::core::jsonb::{ArrayBuilder, Integer, ObjectBuilder, Value};
use crate::core::schema::{Column, Common, Stored};
use crate::core::work;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// So many of the most frequent values are told.
pub const TOP: usize = 10;

/// What an entry of a table of values takes beside its bytes, and what one of digests takes.
const ENTRY_BYTES: usize = 96;
const DIGEST_BYTES: usize = 40;

/// The different values of a column.
#[derive(Debug)]
enum Values {
    /// By what they are compared by: how often each was met, and the value as it was met first.
    Counted(HashMap<Vec<u8>, (i64, Vec<u8>)>),
    Digests(HashSet<[u8; 16]>),
    TooMany,
}

/// A value's order, then its text; and the value.
type Bound = (Vec<u8>, Vec<u8>);

#[derive(Debug)]
pub struct Figures {
    pub filled: i64,
    values: Values,
    used: usize,
    room: usize,
    min: Option<Bound>,
    max: Option<Bound>,
}

impl Figures {
    /// For a column that may use so many bytes.
    pub fn new(room: usize) -> Figures {
        Figures { filled: 0, values: Values::Counted(HashMap::new()), used: 0, room, min: None, max: None }
    }

    /// Adds the value of a record; each element of a list counts for itself.
    pub fn add(&mut self, column: &Column, record: &Stored<'_>) {
        let Some(value) = value(record, column).filter(|_| is_counted(column)) else { return };
        self.filled += 1;
        match value {
            Value::Array(array) if column.rule.is_list() => {
                for element in array.iter() {
                    work::step();
                    self.add_value(column, element);
                }
            }
            _ => {
                self.add_value(column, value);
                self.add_bound(column, value);
            }
        }
    }

    /// The same of a common field that no column defines.
    pub fn add_common(&mut self, common: Common, record: &Stored<'_>) {
        if let Some(value) = common_value(record, common) {
            self.filled += 1;
            self.add_key(value.as_str().unwrap_or_default().as_bytes().to_vec(), value);
        }
    }

    fn add_value(&mut self, column: &Column, value: Value<'_>) {
        // Values that a unique column would not tell apart are one.
        let key = column.rule.unique_key(value).map_or_else(|| value.document().into_owned(), String::into_bytes);
        self.add_key(key, value);
    }

    fn add_key(&mut self, key: Vec<u8>, value: Value<'_>) {
        work::bytes(key.len());
        work::step();
        match &mut self.values {
            Values::Counted(values) => {
                if let Some((count, _)) = values.get_mut(&key) {
                    *count += 1;
                    return;
                }
                let document = value.document();
                self.used = self.used.saturating_add(key.len() + document.len() + ENTRY_BYTES);
                if self.used <= self.room {
                    values.insert(key, (1, document.into_owned()));
                    return;
                }
                let mut digests: HashSet<[u8; 16]> = values.keys().map(|key| digest(key)).collect();
                digests.insert(digest(&key));
                self.used = digests.len() * DIGEST_BYTES;
                self.values = Values::Digests(digests);
            }
            Values::Digests(digests) => {
                if digests.insert(digest(&key)) {
                    self.used += DIGEST_BYTES;
                }
            }
            Values::TooMany => (),
        }
        if self.used > self.room {
            self.values = Values::TooMany;
        }
    }

    fn add_bound(&mut self, column: &Column, value: Value<'_>) {
        let Some(index_column) = IndexColumn::new(&column.rule) else { return };
        let has_order = match index_column.key_type() {
            KeyType::Number | KeyType::Date | KeyType::Time | KeyType::DateTime | KeyType::Phone(_) | KeyType::Text => {
                true
            }
            KeyType::Boolean | KeyType::Uuid | KeyType::Choice => false,
        };
        if !has_order {
            return;
        }
        // A value that is none of the column's type has no place in the order.
        let (Presence::Present, mut order) = index_column.sorted_by(Some(value)) else { return };
        // Long texts are cut in an index: equal ones compare by themselves.
        order.extend(value.as_str().unwrap_or_default().bytes());
        if self.min.as_ref().is_none_or(|(min, _)| order < *min) {
            self.min = Some((order.clone(), value.document().into_owned()));
        }
        if self.max.as_ref().is_none_or(|(max, _)| order > *max) {
            self.max = Some((order, value.document().into_owned()));
        }
    }

    /// How many different values there are; none where they are too many to be told apart.
    pub fn unique(&self) -> Option<i64> {
        match &self.values {
            Values::Counted(values) => i64::try_from(values.len()).ok(),
            Values::Digests(digests) => i64::try_from(digests.len()).ok(),
            Values::TooMany => None,
        }
    }

    pub fn min(&self) -> Option<&[u8]> {
        self.min.as_ref().map(|(_, document)| document.as_slice())
    }

    pub fn max(&self) -> Option<&[u8]> {
        self.max.as_ref().map(|(_, document)| document.as_slice())
    }

    /// The most frequent values as `[{"value", "count"}]`, of equally frequent ones the lower; none where there are too many different ones.
    pub fn top(&self) -> Option<Vec<u8>> {
        let Values::Counted(values) = &self.values else { return None };
        let mut top: Vec<_> = values.iter().map(|(key, (count, document))| (-count, key, document)).collect();
        work::steps(top.len());
        top.sort_unstable();
        let mut list = ArrayBuilder::default();
        for (count, _, document) in top.into_iter().take(TOP) {
            let mut entry = ObjectBuilder::default();
            entry.member(b"value", Value::root(document));
            entry.member(b"count", Value::Number(Integer::new(-count).number()));
            list.element(Value::root(&entry.finish()?));
        }
        list.finish()
    }
}

fn digest(key: &[u8]) -> [u8; 16] {
    let mut first = [0; 16];
    first.copy_from_slice(&Sha256::digest(key)[..16]);
    first
}
