//! One record of a JSON file as cells: keys in the order of the file, numbers with every digit.
use super::super::cell::Cell;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
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
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            crate::core::work::step();
            members.push((key, cell(value)));
        }
        Ok(Record::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Record, A::Error> {
        let mut cells = Vec::new();
        while let Some(value) = items.next_element::<Value>()? {
            crate::core::work::step();
            cells.push(cell(value));
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

fn cell(value: Value) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::Bool(value) => Cell::Boolean(value),
        Value::Number(number) => Cell::Number { digits: number.to_string(), percent: false },
        Value::String(text) => Cell::Text(text),
        nested @ (Value::Array(_) | Value::Object(_)) => Cell::Json(nested.to_string()),
    }
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
