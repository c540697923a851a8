//! Index keys: the order-preserving encoding of records' values in the side table `record_index`.
//!
//! Keys compare by bytes, as PostgreSQL compares `bytea`, in the order of the values that they were made of, and equal values have equal
//! keys. A key is the number of the index (eight bytes, the highest first), and for each column a presence byte and the value:
//!
//! | bytes | what |
//! |---|---|
//! | presence | 2 a value; 3 an empty value, and 4 one that is not of the column's type, where those sort last; 1 and 0 where they sort first; never inverted |
//! | number | sign, power of 10,000, digits in base 100, end (`encode.rs`) |
//! | boolean | 0 or 1 |
//! | date | days since 1970-01-01 in four bytes |
//! | time, datetime | microseconds since midnight, or since 1970-01-01T00:00:00Z, in eight bytes |
//! | uuid, user, reference | its sixteen bytes |
//! | choice | the first sixteen bytes of the SHA-256 of its name |
//! | text | its collation sort key, end (`collation.rs`) |
//! | phone | the same of the normalized number |
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
#[cfg(test)]
pub use collation::sort_key;
pub use encode::{append_text, choice_key, integer_key, integer_of};
pub use range::{Condition, KeyRange};
pub use value::{KeyType, KeyValue};

use crate::core::fields::Rule;
use crate::core::jsonb::Value;
use crate::core::work;

/// A text's sort key and a number's digits are cut at so many bytes.
pub const MAX_VALUE_BYTES: usize = 64;

/// An index has at most so many columns: with more, a key could be too long for a B-tree (2,704 bytes).
pub const MAX_COLUMNS: usize = 16;

/// Whether a record has a value in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Present,
    /// No value, as [`Rule::is_no_value`] has it.
    Empty,
    /// A value that is not of the column's type, as a change of the type leaves behind.
    Odd,
}

impl Presence {
    /// The byte before a value. Empty values stand before or behind all others, and odd ones outside them.
    pub fn byte(self, is_empty_first: bool) -> u8 {
        match (self, is_empty_first) {
            (Presence::Odd, true) => 0,
            (Presence::Empty, true) => 1,
            (Presence::Present, _) => 2,
            (Presence::Empty, false) => 3,
            (Presence::Odd, false) => 4,
        }
    }
}

/// A column of an index: how its values are read, and how they are sorted.
#[derive(Clone, Copy, Debug)]
pub struct IndexColumn<'s> {
    rule: &'s Rule,
    key_type: KeyType<'s>,
    is_descending: bool,
    is_empty_first: bool,
}

/// What a record holds in a column, as an index sees it.
#[derive(Clone, Debug)]
enum Held<'a> {
    Empty,
    Odd,
    Value(KeyValue<'a>),
    /// The elements of a list that are of the column's type; there is one or more.
    List(Vec<KeyValue<'a>>),
}

impl<'s> IndexColumn<'s> {
    /// A column whose values have this rule, ascending, empty values last; `None` where values of the rule have no order.
    pub fn new(rule: &'s Rule) -> Option<IndexColumn<'s>> {
        Some(IndexColumn { rule, key_type: KeyType::of(rule)?, is_descending: false, is_empty_first: false })
    }

    /// The column in descending order; empty values stay where they are.
    pub fn descending(self) -> IndexColumn<'s> {
        IndexColumn { is_descending: true, ..self }
    }

    /// The column with its empty values first.
    pub fn empty_first(self) -> IndexColumn<'s> {
        IndexColumn { is_empty_first: true, ..self }
    }

    pub fn key_type(&self) -> KeyType<'s> {
        self.key_type
    }

    /// Whether a record has an entry for each element of its value.
    pub fn is_list(&self) -> bool {
        self.rule.is_list()
    }

    pub fn is_descending(&self) -> bool {
        self.is_descending
    }

    pub fn is_empty_first(&self) -> bool {
        self.is_empty_first
    }

    /// What tells the keys of one definition of a column from those of another.
    pub fn form(&self) -> String {
        let keeps_empty = !self.rule.is_no_value(&Value::String(b""));
        let region = if let KeyType::Phone(region) = self.key_type { region.unwrap_or("none") } else { "" };
        format!(
            "{} {region} {} {keeps_empty} {} {}",
            self.key_type.name(),
            self.is_list(),
            self.is_descending,
            self.is_empty_first
        )
    }

    /// What a stored value, or an element of a list, is compared as; `None` where it is empty or not of the column's type.
    pub fn read<'a>(&self, value: Value<'a>) -> Option<KeyValue<'a>> {
        if self.rule.is_no_value(&value) { None } else { self.key_type.read(value) }
    }

    fn held<'a>(&self, value: Option<Value<'a>>) -> Held<'a> {
        let Some(value) = value.filter(|value| !self.rule.is_no_value(value)) else { return Held::Empty };
        let elements: Vec<KeyValue<'a>> = match value {
            Value::Array(array) if self.is_list() => {
                work::reserve(array.len().saturating_mul(size_of::<KeyValue<'_>>()));
                array.iter().filter_map(|element| self.read(element)).collect()
            }
            // A value from before the column took several.
            value if self.is_list() => self.read(value).into_iter().collect(),
            value => return self.key_type.read(value).map_or(Held::Odd, Held::Value),
        };
        if elements.is_empty() { Held::Odd } else { Held::List(elements) }
    }

    fn presence(&self, presence: Presence) -> u8 {
        presence.byte(self.is_empty_first)
    }

    /// Appends the presence byte and the bytes of a value; whether it was cut.
    fn append(&self, value: KeyValue<'_>, key: &mut Vec<u8>) -> bool {
        key.push(self.presence(Presence::Present));
        let start = key.len();
        let is_cut = encode::append(value, self.key_type, key);
        self.apply_direction(&mut key[start..]);
        is_cut
    }

    /// What a record is sorted by in this column, without its direction: a list by its first element that has the column's type.
    pub fn sorted_by(&self, value: Option<Value<'_>>) -> (Presence, Vec<u8>) {
        let value = match self.held(value) {
            Held::Empty => return (Presence::Empty, Vec::new()),
            Held::Odd => return (Presence::Odd, Vec::new()),
            Held::Value(value) => value,
            Held::List(elements) => elements[0],
        };
        let mut bytes = Vec::new();
        encode::append(value, self.key_type, &mut bytes);
        (Presence::Present, bytes)
    }

    /// Appends what a record is sorted by, as it stands in a key of this column.
    pub fn append_sorted(&self, presence: Presence, value: &[u8], key: &mut Vec<u8>) {
        key.push(self.presence(presence));
        let start = key.len();
        key.extend(value);
        self.apply_direction(&mut key[start..]);
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

    /// The bytes with which each of its keys begins.
    pub fn number(&self) -> &[u8; 8] {
        &self.number
    }

    /// The keys of a record's entries, sorted, each once. `values` are the record's in the order of the columns, `None` where it has none.
    pub fn keys(&self, values: &[Option<Value<'_>>]) -> Vec<Vec<u8>> {
        let mut keys = vec![self.number.to_vec()];
        for (at, column) in self.columns.iter().enumerate() {
            work::step();
            let push = |keys: &mut Vec<Vec<u8>>, byte: u8| keys.iter_mut().for_each(|key| key.push(byte));
            match column.held(values.get(at).copied().flatten()) {
                Held::Empty => push(&mut keys, column.presence(Presence::Empty)),
                Held::Odd => push(&mut keys, column.presence(Presence::Odd)),
                Held::Value(value) => {
                    for key in &mut keys {
                        work::step();
                        column.append(value, key);
                    }
                }
                Held::List(elements) => {
                    // With the columns that follow.
                    work::reserve(elements.len().saturating_mul(8 + self.columns.len() * (MAX_VALUE_BYTES + 8)));
                    keys = with_elements(&keys, column, &elements);
                }
            }
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// Each of the keys with each element behind it.
fn with_elements(keys: &[Vec<u8>], column: &IndexColumn<'_>, elements: &[KeyValue<'_>]) -> Vec<Vec<u8>> {
    let with = |key: &Vec<u8>, value| {
        work::step();
        let mut key = key.clone();
        column.append(value, &mut key);
        key
    };
    keys.iter().flat_map(|key| elements.iter().map(move |value| with(key, *value))).collect()
}
