//! Index keys: the order-preserving encoding of records' values in the side table `record_index`.
//!
//! Keys compare by bytes, as PostgreSQL compares `bytea`, in the order of the values that they were made of, and equal values have equal
//! keys. A key is the number of the index (eight bytes, the highest first), and for each column a presence byte and the value:
//!
//! | bytes | what |
//! |---|---|
//! | presence | 0 an empty value that sorts first, 1 a value, 2 an empty value that sorts last; never inverted |
//! | number | sign, power of 10,000, digits in base 100, end (`encode.rs`) |
//! | boolean | 0 or 1 |
//! | date | days since 1970-01-01 in four bytes |
//! | time, datetime | microseconds since midnight, or since 1970-01-01T00:00:00Z, in eight bytes |
//! | uuid, user, reference | its sixteen bytes |
//! | choice | what names it, and sixteen bytes: the option's id, or its name where it has no id |
//! | text | its collation sort key, end (`collation.rs`) |
//!
//! A column's bytes are inverted where it is descending. Texts and numbers are cut at [`MAX_VALUE_BYTES`]: then the end says so, and a range whose
//! bound was cut must be rechecked. No encoded value is the beginning of another, so the columns of a key compare one after the other.
mod collation;
mod encode;
mod range;
#[cfg(test)]
mod tests;
mod value;

pub use collation::collation_version;
pub use range::{Condition, KeyRange};
pub use value::{KeyType, KeyValue};

use crate::core::fields::{Choices, Rule};
use crate::core::jsonb::Value;
use crate::core::work;
use std::fmt;

/// A text's sort key and a number's digits are cut at so many bytes.
pub const MAX_VALUE_BYTES: usize = 64;

/// An index has at most so many columns: with more, a key could be too long for a B-tree (2,704 bytes).
pub const MAX_COLUMNS: usize = 16;

const EMPTY_FIRST: u8 = 0;
const PRESENT: u8 = 1;
const EMPTY_LAST: u8 = 2;

/// A column of an index: how its values are read, and how they are sorted.
#[derive(Clone, Copy, Debug)]
pub struct IndexColumn<'s> {
    rule: &'s Rule,
    key_type: KeyType<'s>,
    is_descending: bool,
    empty: u8,
}

impl<'s> IndexColumn<'s> {
    /// A column whose values have this rule, ascending, empty values last; `None` where values of the rule have no order. `statuses` are those
    /// of the column's table.
    pub fn new(rule: &'s Rule, statuses: &'s Choices) -> Option<IndexColumn<'s>> {
        Some(IndexColumn { rule, key_type: KeyType::of(rule, statuses)?, is_descending: false, empty: EMPTY_LAST })
    }

    /// The column in descending order; empty values stay where they are.
    pub fn descending(self) -> IndexColumn<'s> {
        IndexColumn { is_descending: true, ..self }
    }

    /// The column with its empty values first.
    pub fn empty_first(self) -> IndexColumn<'s> {
        IndexColumn { empty: EMPTY_FIRST, ..self }
    }

    pub fn key_type(&self) -> KeyType<'s> {
        self.key_type
    }

    /// Whether a record has an entry for each element of its value.
    pub fn is_list(&self) -> bool {
        self.rule.is_list()
    }

    /// What a stored value, or an element of a list, is compared as; `None` where it is empty or not of the column's type.
    pub fn read<'a>(&self, value: Value<'a>) -> Option<KeyValue<'a>> {
        if self.rule.is_no_value(&value) { None } else { self.key_type.read(value) }
    }

    /// Appends the presence byte and the bytes of a value; whether it was cut.
    fn append(&self, value: Option<KeyValue<'_>>, key: &mut Vec<u8>) -> bool {
        let Some(value) = value else {
            key.push(self.empty);
            return false;
        };
        key.push(PRESENT);
        let start = key.len();
        let is_cut = encode::append(value, self.key_type, key);
        self.apply_direction(&mut key[start..]);
        is_cut
    }

    /// Inverts bytes where the column is descending.
    fn apply_direction(&self, bytes: &mut [u8]) {
        if self.is_descending {
            encode::invert(bytes);
        }
    }
}

/// Why columns cannot be an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexError {
    NoColumns,
    TooManyColumns,
    /// A record would have an entry for each pair of elements.
    SeveralLists,
}

impl fmt::Display for IndexError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IndexError::NoColumns => write!(out, "an index must have a column"),
            IndexError::TooManyColumns => write!(out, "an index must have at most {MAX_COLUMNS} columns"),
            IndexError::SeveralLists => write!(out, "an index must have at most one column that holds lists"),
        }
    }
}

/// The definition of an index: its number in `table_indexes`, and its columns.
#[derive(Clone, Debug)]
pub struct RecordIndex<'s> {
    number: [u8; 8],
    columns: Vec<IndexColumn<'s>>,
}

impl<'s> RecordIndex<'s> {
    /// `number` is an identity, from 1.
    pub fn new(number: i64, columns: Vec<IndexColumn<'s>>) -> Result<RecordIndex<'s>, IndexError> {
        if columns.is_empty() {
            return Err(IndexError::NoColumns);
        }
        if columns.len() > MAX_COLUMNS {
            return Err(IndexError::TooManyColumns);
        }
        if columns.iter().filter(|column| column.is_list()).count() > 1 {
            return Err(IndexError::SeveralLists);
        }
        Ok(RecordIndex { number: number.to_be_bytes(), columns })
    }

    pub fn columns(&self) -> &[IndexColumn<'s>] {
        &self.columns
    }

    /// The keys of a record's entries, sorted, each once. `values` are the record's in the order of the columns, `None` where it has none; a
    /// value that is not of its column's type counts as empty, as the functions `field_*` read it.
    pub fn keys(&self, values: &[Option<Value<'_>>]) -> Vec<Vec<u8>> {
        let mut keys = vec![self.number.to_vec()];
        for (at, column) in self.columns.iter().enumerate() {
            work::step();
            let value = values.get(at).copied().flatten();
            match value {
                Some(Value::Array(array)) if column.is_list() => {
                    // With the columns that follow.
                    work::reserve(array.len().saturating_mul(8 + self.columns.len() * (MAX_VALUE_BYTES + 8)));
                    let elements: Vec<KeyValue<'_>> = array.iter().filter_map(|element| column.read(element)).collect();
                    keys = with_elements(&keys, column, &elements);
                }
                value => {
                    let value = value.filter(|_| !column.is_list()).and_then(|value| column.read(value));
                    for key in &mut keys {
                        work::step();
                        column.append(value, key);
                    }
                }
            }
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// Each of the keys with each element behind it, or with none where there is none.
fn with_elements(keys: &[Vec<u8>], column: &IndexColumn<'_>, elements: &[KeyValue<'_>]) -> Vec<Vec<u8>> {
    let values: Vec<Option<KeyValue<'_>>> =
        if elements.is_empty() { vec![None] } else { elements.iter().copied().map(Some).collect() };
    let with = |key: &Vec<u8>, value| {
        work::step();
        let mut key = key.clone();
        column.append(value, &mut key);
        key
    };
    keys.iter().flat_map(|key| values.iter().map(move |value| with(key, *value))).collect()
}
