//! Key ranges: which keys of an index hold the values that an operator asks for.
use super::collation::sort_key_prefix;
use super::encode::successor;
use super::value::{KeyType, KeyValue};
use super::{IndexColumn, MAX_VALUE_BYTES, Presence, RecordIndex};
use crate::core::work;
use std::ops::Bound;

/// What a query asks of a column's values. Of a list, each element is asked by itself.
#[derive(Clone, Copy, Debug)]
pub enum Condition<'a> {
    Equal(KeyValue<'a>),
    Within(Bound<KeyValue<'a>>, Bound<KeyValue<'a>>),
    /// For texts only; both sides are folded with `fold_text`.
    StartsWith(&'a str),
    Empty,
    /// A value of the column's type.
    Present,
    /// A value that is not of the column's type.
    Odd,
}

/// Keys from `lower` on and below `upper`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    pub lower: Vec<u8>,
    pub upper: Vec<u8>,
    /// Whether keys of other values can be in the range, too: the records must be asked.
    pub recheck: bool,
}

impl KeyRange {
    /// All keys of the index of a number.
    pub fn of_number(number: i64) -> KeyRange {
        KeyRange::beginning_with(number.to_be_bytes().to_vec())
    }

    /// All keys that begin with these bytes.
    pub fn beginning_with(bytes: Vec<u8>) -> KeyRange {
        KeyRange { upper: successor(&bytes), lower: bytes, recheck: false }
    }

    pub fn is_empty(&self) -> bool {
        self.lower >= self.upper
    }

    pub fn contains(&self, key: &[u8]) -> bool {
        (self.lower.as_slice()..self.upper.as_slice()).contains(&key)
    }

    pub fn and(self, other: KeyRange) -> KeyRange {
        KeyRange {
            lower: self.lower.max(other.lower),
            upper: self.upper.min(other.upper),
            recheck: self.recheck || other.recheck,
        }
    }
}

/// The side of a bound on which a range lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Below,
    Above,
}

impl RecordIndex<'_> {
    /// All keys of the index.
    pub fn whole(&self) -> KeyRange {
        KeyRange::beginning_with(self.number.to_vec())
    }

    /// The keys that meet a condition on each of the first columns, whatever the others hold. `None` where the index cannot answer: a
    /// condition before the last is neither [`Condition::Equal`] nor [`Condition::Empty`], or one does not fit its column's type.
    pub fn range(&self, conditions: &[Condition<'_>]) -> Option<KeyRange> {
        let Some((last, first)) = conditions.split_last() else { return Some(self.whole()) };
        let column = self.columns.get(first.len())?;
        let (mut key, mut recheck) = (self.number.to_vec(), false);
        for (condition, column) in first.iter().zip(&self.columns) {
            work::step();
            recheck |= match condition {
                Condition::Equal(value) => column.append_bound(*value, &mut key)?,
                Condition::Empty => {
                    key.push(column.presence(Presence::Empty));
                    false
                }
                _ => return None,
            };
        }
        let range = column.range(&key, last)?;
        Some(KeyRange { recheck: recheck || range.recheck, ..range })
    }
}

impl IndexColumn<'_> {
    fn range(&self, key: &[u8], condition: &Condition<'_>) -> Option<KeyRange> {
        match *condition {
            Condition::Equal(value) => {
                let (bound, recheck) = self.bound(key, value)?;
                Some(KeyRange { recheck, ..KeyRange::beginning_with(bound) })
            }
            // Keys of choices are in no order that anybody means.
            Condition::Within(..) if matches!(self.key_type, KeyType::Choice) => None,
            Condition::Within(low, high) => {
                let side = |bound, side| match bound {
                    Bound::Included(value) => self.side(key, value, side, true),
                    Bound::Excluded(value) => self.side(key, value, side, false),
                    Bound::Unbounded => Some(self.present(key)),
                };
                Some(side(low, Side::Above)?.and(side(high, Side::Below)?))
            }
            Condition::StartsWith(prefix) => {
                let KeyType::Text = self.key_type else { return None };
                let mut letters = sort_key_prefix(prefix);
                letters.truncate(MAX_VALUE_BYTES);
                self.apply_direction(&mut letters);
                let range = KeyRange::beginning_with([key, &[self.presence(Presence::Present)], &letters].concat());
                Some(KeyRange { recheck: true, ..range })
            }
            Condition::Empty => Some(self.with(key, Presence::Empty)),
            Condition::Odd => Some(self.with(key, Presence::Odd)),
            Condition::Present => Some(self.present(key)),
        }
    }

    fn present(&self, key: &[u8]) -> KeyRange {
        self.with(key, Presence::Present)
    }

    fn with(&self, key: &[u8], presence: Presence) -> KeyRange {
        KeyRange::beginning_with([key, &[self.presence(presence)]].concat())
    }

    /// The keys of values on one side of a bound. What was cut as the bound was may be on either side, and is in both ranges.
    fn side(&self, key: &[u8], value: KeyValue<'_>, side: Side, inclusive: bool) -> Option<KeyRange> {
        let (bound, recheck) = self.bound(key, value)?;
        let all = self.present(key);
        // In a descending column smaller values have the larger keys.
        let is_before = (side == Side::Below) != self.is_descending;
        let behind = successor(&bound);
        Some(match (is_before, inclusive || recheck) {
            (true, true) => KeyRange { upper: behind, recheck, ..all },
            (true, false) => KeyRange { upper: bound, recheck, ..all },
            (false, true) => KeyRange { lower: bound, recheck, ..all },
            (false, false) => KeyRange { lower: behind, recheck, ..all },
        })
    }

    /// The key with a value behind it, and whether that was cut.
    fn bound(&self, key: &[u8], value: KeyValue<'_>) -> Option<(Vec<u8>, bool)> {
        let mut bound = key.to_vec();
        let is_cut = self.append_bound(value, &mut bound)?;
        Some((bound, is_cut))
    }

    fn append_bound(&self, value: KeyValue<'_>, key: &mut Vec<u8>) -> Option<bool> {
        // Times are cut at microseconds.
        let is_cut = matches!(value, KeyValue::Time(_) | KeyValue::DateTime(_));
        self.key_type.has(value).then(|| self.append(value, key) | is_cut)
    }
}
