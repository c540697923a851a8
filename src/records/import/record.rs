//! Records as an import reads and writes them.
use crate::core::jsonb::{JsonObjectWriter, Object, Value, quote, to_text};
use crate::core::schema::Common;
use crate::core::work;
use crate::pg::spi::ResultRow;
use crate::records::catalog::TableId;
use sha2::{Digest, Sha256};

/// A hash of what a record holds.
pub type Hash = [u8; 16];

/// A stored record.
pub struct Stored {
    pub id: TableId,
    data: Vec<u8>,
    commons: [Option<String>; 4],
}

impl Stored {
    /// Of a row with the id, the data and the common fields.
    pub fn of_row(row: &ResultRow) -> Option<Stored> {
        let commons = [3, 4, 5, 6].map(|column| row.text(column));
        Some(Stored { id: row.uuid(1)?, data: row.jsonb(2)?, commons })
    }

    fn data(&self) -> Option<Object<'_>> {
        if self.data.is_empty() { None } else { Value::root(&self.data).as_object() }
    }

    /// The value of a column, or of a common field.
    pub fn get(&self, name: &str) -> Option<Value<'_>> {
        match Common::named(name) {
            Some(common) => self.commons[common as usize].as_ref().map(|text| Value::String(text.as_bytes())),
            None => self.data()?.get(name),
        }
    }

    pub fn hash(&self) -> Hash {
        let mut hasher = Sha256::new();
        for common in &self.commons {
            hasher.update([u8::from(common.is_some())]);
            if let Some(text) = common {
                hasher.update((text.len() as u64).to_le_bytes());
                hasher.update(text);
            }
        }
        work::bytes(self.data.len());
        hasher.update(&self.data);
        let mut hash = Hash::default();
        hash.copy_from_slice(&hasher.finalize()[..16]);
        hash
    }

    /// The record with other values in some columns, for insert.sql and update.sql; none clears a column.
    pub fn with(&self, changes: &[(&str, Option<String>)]) -> String {
        let changed = |name: &str| changes.iter().find(|(changed, _)| *changed == name);
        let mut writer = JsonObjectWriter::new().text("id", &crate::core::fields::identifier::uuid_text(&self.id));
        for common in Common::ALL {
            let value = match changed(common.name()) {
                Some((_, value)) => value.clone(),
                None => self.commons[common as usize].as_deref().map(quoted),
            };
            writer = writer.json(common.name(), value.as_deref().unwrap_or("null"));
        }
        let mut data = JsonObjectWriter::new();
        for (key, value) in self.data().into_iter().flat_map(|data| data.iter()) {
            work::step();
            let name = String::from_utf8_lossy(key);
            if changed(&name).is_none() {
                data = data.json(&name, to_text(value));
            }
        }
        for (name, value) in changes.iter().filter(|(name, _)| Common::named(name).is_none()) {
            if let Some(value) = value {
                data = data.json(name, value);
            }
        }
        writer.json("data", data.object()).object()
    }
}

/// A new record of these values.
pub fn new_record(id: &TableId, values: Object<'_>) -> String {
    let empty = Stored { id: *id, data: Vec::new(), commons: Default::default() };
    let values: Vec<(String, Option<String>)> = values
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| (String::from_utf8_lossy(key).into_owned(), Some(to_text(value))))
        .collect();
    let values: Vec<(&str, Option<String>)> =
        values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    empty.with(&values)
}

pub fn quoted(text: &str) -> String {
    let mut out = String::new();
    quote(text, &mut out);
    out
}
