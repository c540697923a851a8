//! Reads PostgreSQL's binary jsonb in place, from the bytes behind the varlena header.
//!
//! The layout is that of `utils/jsonb.h`: a header word (kind and count), one entry word per value (for an object all
//! keys, then all values), then the data. Every 32nd entry holds an end offset, the others a length. Object keys are
//! sorted by (length, bytes), which is what lets [`crate::core::validate`] match them to columns in one pass.
//!
//! The iterators count their steps, so every loop over an array or an object can be interrupted.
mod build;
mod number;
mod text;
mod verify;

pub use build::{ArrayBuilder, EMPTY_ARRAY, ObjectBuilder};
pub use number::{Decimal, Digits, Integer, Number, Numeric};
pub use text::{JsonObjectWriter, quote, to_text, write};
pub use verify::verify;

use crate::core::work;
use std::borrow::Cow;
use std::cmp::Ordering;

const COUNT_MASK: u32 = 0x0FFF_FFFF;
const IS_SCALAR: u32 = 0x1000_0000;
const IS_OBJECT: u32 = 0x2000_0000;

const ENTRY_LENGTH: u32 = 0x0FFF_FFFF;
const ENTRY_KIND: u32 = 0x7000_0000;
const ENTRY_HAS_OFFSET: u32 = 0x8000_0000;
const KIND_STRING: u32 = 0x0000_0000;
const KIND_NUMERIC: u32 = 0x1000_0000;
const KIND_FALSE: u32 = 0x2000_0000;
const KIND_TRUE: u32 = 0x3000_0000;
const KIND_NULL: u32 = 0x4000_0000;

/// A value inside a jsonb document.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    Null,
    Bool(bool),
    Number(Number<'a>),
    /// The bytes of a string, UTF-8 as the server stores it.
    String(&'a [u8]),
    Array(Array<'a>),
    Object(Object<'a>),
}

impl<'a> Value<'a> {
    /// The document whose container begins at `bytes` (the varlena header is not part of it).
    pub fn root(bytes: &'a [u8]) -> Value<'a> {
        let container = Container::new(bytes);
        if container.header & IS_SCALAR != 0 {
            return Array(container).iter().next().unwrap_or(Value::Null);
        }
        container.into_value()
    }

    pub fn as_object(self) -> Option<Object<'a>> {
        if let Value::Object(object) = self { Some(object) } else { None }
    }

    pub fn as_array(self) -> Option<Array<'a>> {
        if let Value::Array(array) = self { Some(array) } else { None }
    }

    pub fn as_str(self) -> Option<&'a str> {
        if let Value::String(bytes) = self { std::str::from_utf8(bytes).ok() } else { None }
    }

    pub fn as_bool(self) -> Option<bool> {
        if let Value::Bool(value) = self { Some(value) } else { None }
    }

    pub fn as_number(self) -> Option<Number<'a>> {
        if let Value::Number(number) = self { Some(number) } else { None }
    }

    pub fn is_null(self) -> bool {
        matches!(self, Value::Null)
    }

    /// The value as a document of its own; a scalar gets the container that jsonb keeps a lone scalar in.
    pub fn document(self) -> Cow<'a, [u8]> {
        const SCALAR_ARRAY_OF_ONE: u32 = 0x5000_0001;
        let (entry, data): (u32, &[u8]) = match self {
            Value::Array(array) => return Cow::Borrowed(array.container()),
            Value::Object(object) => return Cow::Borrowed(object.container()),
            Value::String(bytes) => (KIND_STRING | bytes.len() as u32, bytes),
            Value::Number(number) => (KIND_NUMERIC | number.varlena().len() as u32, number.varlena()),
            Value::Bool(false) => (KIND_FALSE, &[]),
            Value::Bool(true) => (KIND_TRUE, &[]),
            Value::Null => (KIND_NULL, &[]),
        };
        let mut bytes = Vec::with_capacity(8 + data.len());
        bytes.extend_from_slice(&SCALAR_ARRAY_OF_ONE.to_ne_bytes());
        bytes.extend_from_slice(&entry.to_ne_bytes());
        bytes.extend_from_slice(data);
        Cow::Owned(bytes)
    }

    /// JSON's name of the kind, as error messages use it.
    pub fn kind(self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }

    /// Whether both are stored alike. Values that differ only in form (5 and 5.0) count as different.
    pub fn same_bytes(self, other: Value<'_>) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(left), Value::Bool(right)) => left == right,
            (Value::Number(left), Value::Number(right)) => left.varlena() == right.varlena(),
            (Value::String(left), Value::String(right)) => left == right,
            (Value::Array(left), Value::Array(right)) => left.container() == right.container(),
            (Value::Object(left), Value::Object(right)) => left.container() == right.container(),
            _ => false,
        }
    }
}

/// jsonb's order of object keys: shorter first, then by bytes.
#[inline]
pub fn compare_keys(left: &[u8], right: &[u8]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| compare_alike(left, right))
}

/// Compares keys of one length. Those of up to 16 bytes, nearly all, as two words that may overlap: this is the walker's
/// innermost step, and a call of memcmp takes longer.
#[inline]
fn compare_alike(left: &[u8], right: &[u8]) -> Ordering {
    match left.len() {
        0..4 => left.iter().cmp(right),
        4..8 => ends::<4>(left).map(words).cmp(&ends::<4>(right).map(words)),
        8..=16 => ends::<8>(left).map(long_words).cmp(&ends::<8>(right).map(long_words)),
        _ => left.cmp(right),
    }
}

#[inline]
fn ends<const N: usize>(key: &[u8]) -> Option<[&[u8; N]; 2]> {
    Some([key.first_chunk()?, key.last_chunk()?])
}

#[inline]
fn words(ends: [&[u8; 4]; 2]) -> [u32; 2] {
    ends.map(|end| u32::from_be_bytes(*end))
}

#[inline]
fn long_words(ends: [&[u8; 8]; 2]) -> [u64; 2] {
    ends.map(|end| u64::from_be_bytes(*end))
}

#[derive(Clone, Copy, Debug)]
pub struct Array<'a>(Container<'a>);

impl<'a> Array<'a> {
    pub fn len(&self) -> usize {
        self.0.count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn iter(&self) -> Values<'a> {
        Values { container: self.0, index: 0, end: self.len(), offset: 0 }
    }

    /// The container's bytes, which are a jsonb document of their own.
    pub fn container(&self) -> &'a [u8] {
        self.0.bytes
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Object<'a>(Container<'a>);

impl<'a> Object<'a> {
    pub fn len(&self) -> usize {
        self.0.count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The members in key order.
    pub fn iter(&self) -> Pairs<'a> {
        Pairs { container: self.0, index: 0, key: 0, value: self.0.offset(self.len()) }
    }

    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match compare_keys(self.0.string(middle), name.as_bytes()) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => {
                    return Some(self.0.value(self.len() + middle));
                }
            }
        }
        None
    }

    pub fn container(&self) -> &'a [u8] {
        self.0.bytes
    }
}

/// The values of an array, front to back.
#[derive(Clone, Debug)]
pub struct Values<'a> {
    container: Container<'a>,
    index: usize,
    end: usize,
    offset: usize,
}

impl<'a> Iterator for Values<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        if self.index == self.end {
            return None;
        }
        work::step();
        let (entry, start) = (self.container.entry(self.index), self.offset);
        self.offset = end_offset(entry, start);
        self.index += 1;
        Some(self.container.read(entry, start, self.offset))
    }
}

/// The members of an object, front to back.
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    container: Container<'a>,
    index: usize,
    /// Where the next key and the next value start.
    key: usize,
    value: usize,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a [u8], Value<'a>);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let (container, count) = (self.container, self.container.count());
        if self.index == count {
            return None;
        }
        work::step();
        let (key, value) = (container.entry(self.index), container.entry(count + self.index));
        let (key_start, value_start) = (self.key, self.value);
        self.key = end_offset(key, key_start);
        self.value = end_offset(value, value_start);
        self.index += 1;
        Some((container.slice(key_start, self.key), container.read(value, value_start, self.value)))
    }
}

#[derive(Clone, Copy, Debug)]
struct Container<'a> {
    bytes: &'a [u8],
    header: u32,
    data: usize,
}

impl<'a> Container<'a> {
    fn new(bytes: &'a [u8]) -> Container<'a> {
        let header = word(bytes, 0);
        let count = (header & COUNT_MASK) as usize;
        let entries = if header & IS_OBJECT != 0 { 2 * count } else { count };
        Container { bytes, header, data: 4 + 4 * entries }
    }

    fn into_value(self) -> Value<'a> {
        if self.header & IS_OBJECT != 0 { Value::Object(Object(self)) } else { Value::Array(Array(self)) }
    }

    fn count(&self) -> usize {
        (self.header & COUNT_MASK) as usize
    }

    #[inline]
    fn entry(&self, index: usize) -> u32 {
        word(self.bytes, 4 + 4 * index)
    }

    /// Where the value starts: lengths are added back to the nearest entry that holds an offset.
    fn offset(&self, index: usize) -> usize {
        let mut offset = 0;
        for entry in self.bytes[4..4 + 4 * index].rchunks_exact(4) {
            let entry = word(entry, 0);
            offset += (entry & ENTRY_LENGTH) as usize;
            if entry & ENTRY_HAS_OFFSET != 0 {
                break;
            }
        }
        offset
    }

    /// The bytes between two offsets.
    #[inline(always)]
    fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        &self.bytes[self.data + start..self.data + end]
    }

    fn string(&self, index: usize) -> &'a [u8] {
        let start = self.offset(index);
        self.slice(start, end_offset(self.entry(index), start))
    }

    fn value(&self, index: usize) -> Value<'a> {
        let (entry, start) = (self.entry(index), self.offset(index));
        self.read(entry, start, end_offset(entry, start))
    }

    #[inline(always)]
    fn read(&self, entry: u32, start: usize, end: usize) -> Value<'a> {
        // Numbers and containers are aligned to four bytes from the start of the data.
        let aligned = || self.slice(start.next_multiple_of(4), end);
        match entry & ENTRY_KIND {
            KIND_STRING => Value::String(self.slice(start, end)),
            KIND_NUMERIC => Value::Number(Number::new(aligned())),
            KIND_FALSE => Value::Bool(false),
            KIND_TRUE => Value::Bool(true),
            KIND_NULL => Value::Null,
            _ => Container::new(aligned()).into_value(),
        }
    }
}

/// Where a value ends, given its entry and where it starts.
#[inline]
fn end_offset(entry: u32, start: usize) -> usize {
    let length = (entry & ENTRY_LENGTH) as usize;
    if entry & ENTRY_HAS_OFFSET != 0 { length } else { start + length }
}

#[inline]
fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// Documents for the unit tests of the modules that read jsonb.
#[cfg(test)]
pub mod fixture {
    use serde_json::Value as Json;

    /// The container bytes of a JSON text.
    pub fn document(text: &str) -> Vec<u8> {
        let value: Json = serde_json::from_str(text).expect("the fixture is JSON");
        jsonschema_value::jsonb::encode::encode(&value)
    }
}

#[cfg(test)]
mod tests {
    use super::{Value, compare_keys, fixture::document, write};
    use crate::core::random::Random;

    fn written(text: &str) -> String {
        let bytes = document(text);
        let mut out = String::new();
        write(Value::root(&bytes), &mut out);
        out
    }

    #[test]
    fn keys_compare_by_length_then_bytes() {
        let mut random = Random(1);
        let mut key = || -> Vec<u8> {
            let length = random.next() % 20;
            (0..length).map(|_| [0, 1, 127, 128, 255, b'a'][random.next() % 6 * (random.next() % 9 / 8)]).collect()
        };
        let mut equal = 0;
        for _ in 0..1_000_000 {
            let (left, right) = (key(), key());
            let expected = left.len().cmp(&right.len()).then_with(|| left.cmp(&right));
            assert_eq!(compare_keys(&left, &right), expected, "{left:?} {right:?}");
            equal += usize::from(left == right);
        }
        assert!(equal > 1000, "{equal}");
    }

    #[test]
    fn reads_every_kind_of_value() {
        for text in [
            "null",
            "true",
            "\"a\"",
            "12345678901234567890123.5",
            "[]",
            "{}",
            r#"[1,[2,{"a":[]}],false]"#,
            r#"{"a":{"b":-0.001},"bb":"x\"\n","ccc":null}"#,
        ] {
            assert_eq!(written(text), text);
        }
    }

    #[test]
    fn finds_members_past_the_offset_stride() {
        let members: Vec<String> = (0..200).map(|n| format!("\"k{n:03}\":{{\"n\":[{n}.25]}}")).collect();
        let bytes = document(&format!("{{{}}}", members.join(",")));
        let object = Value::root(&bytes).as_object().unwrap();
        for n in 0..200 {
            let inner = object.get(&format!("k{n:03}")).unwrap().as_object().unwrap();
            let number = inner.get("n").unwrap().as_array().unwrap().iter().next().unwrap();
            assert_eq!(number.as_number().unwrap().to_string(), format!("{n}.25"));
        }
        assert!(object.get("k200").is_none());
        assert_eq!(object.iter().count(), 200);
    }
}
