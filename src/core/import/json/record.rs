//! One record of a JSON file as cells: keys in the order of the file, numbers and nested values as they stand there.
use super::super::cell::Cell;
use crate::core::work;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;

/// A value at the top level.
pub enum Record {
    /// Keys may be there twice.
    Object(Vec<(String, Cell)>),
    Array(Vec<Cell>),
    /// A text, a number, true, false or null: no record.
    Other,
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Record, D::Error> {
        deserializer.deserialize_any(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = Record;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
            work::step();
            members.push((key, cell(value).map_err(A::Error::custom)?));
        }
        Ok(Record::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Record, A::Error> {
        let mut cells = Vec::new();
        while let Some(value) = items.next_element::<&RawValue>()? {
            work::step();
            cells.push(cell(value).map_err(A::Error::custom)?);
        }
        Ok(Record::Array(cells))
    }

    fn visit_unit<E>(self) -> Result<Record, E> {
        Ok(Record::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Record, E> {
        Ok(Record::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Record, E> {
        Ok(Record::Other)
    }
}

/// The cell of a value. A number keeps its spelling, `1E5` or `1.50`, which a column of texts stores.
fn cell(value: &RawValue) -> Result<Cell, serde_json::Error> {
    let text = value.get();
    Ok(match text.as_bytes().first() {
        Some(b'n') => Cell::Empty,
        Some(b't' | b'f') => Cell::Boolean(text == "true"),
        Some(b'"') => Cell::Text(serde_json::from_str(text)?),
        Some(b'[' | b'{') => {
            // A raw value has any depth; a parsed one is refused past serde_json's limit.
            serde_json::from_str::<Value>(text)?;
            Cell::Json(compact(text))
        }
        _ => Cell::Number { digits: text.to_owned(), percent: false },
    })
}

/// A value without the white space between its tokens, which a text column refuses where it holds line breaks. Numbers and keys stay as they are.
fn compact(text: &str) -> String {
    let mut out = String::new();
    work::reserve(text.len());
    let mut rest = text;
    while let Some(quote) = rest.find('"') {
        out.extend(rest[..quote].split_ascii_whitespace());
        let length = string_length(&rest[quote..]);
        work::bytes(quote + length);
        out.push_str(&rest[quote..quote + length]);
        rest = &rest[quote + length..];
    }
    out.extend(rest.split_ascii_whitespace());
    out
}

/// The bytes of the string that the text begins with, with its quotation marks.
fn string_length(text: &str) -> usize {
    let (bytes, mut at) = (text.as_bytes(), 1);
    while let Some(skipped) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        work::step();
        at += skipped;
        if bytes[at] == b'"' {
            return at + 1;
        }
        // What is escaped is no end.
        at += 2;
    }
    bytes.len()
}

/// Reads a record. What stands behind it is an error, too.
pub fn read(text: &str) -> Result<Record, serde_json::Error> {
    // With arbitrary precision a bare number reaches a visitor as an object.
    if text.trim_start().starts_with(['{', '[']) {
        serde_json::from_str(text)
    } else {
        serde_json::from_str::<Value>(text).map(|_| Record::Other)
    }
}

/// Whether a number stands in the text, outside its strings, that is longer than so many characters.
pub fn has_long_number(text: &str, most: usize) -> bool {
    let bytes = text.as_bytes();
    let (mut at, mut length, mut is_string) = (0, 0_usize, false);
    while let Some(&byte) = bytes.get(at) {
        work::step();
        if is_string {
            let skipped = memchr::memchr2(b'"', b'\\', &bytes[at..]).unwrap_or(bytes.len() - at);
            work::bytes(skipped);
            at += skipped;
            match bytes.get(at) {
                Some(b'"') => is_string = false,
                // What is escaped is no end.
                _ => at += 1,
            }
        } else if matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E') {
            length += 1;
            if length > most {
                return true;
            }
        } else {
            length = 0;
            is_string = byte == b'"';
        }
        at += 1;
    }
    false
}
