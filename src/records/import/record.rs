//! Records as an import reads and writes them.
use crate::core::jsonb::{Object, Value, quote, to_text};
use crate::core::schema::Common;
use crate::core::work;
use crate::pg::jsonb::{JsonbResult, ObjectBuilder};
use crate::pg::spi::{self, ResultRow};
use crate::records::catalog::TableId;
use pgrx::pg_sys::{JSONBOID, TEXTOID, UUIDOID};
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

    /// The record with other values in some columns, as JSON; none clears a column.
    pub fn with(&self, changes: &[(&str, Option<String>)]) -> Stored {
        let changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
        let mut commons = self.commons.clone();
        let mut data = ObjectBuilder::new();
        for (key, value) in self.data().into_iter().flat_map(|data| data.iter()) {
            work::step();
            if !changed(&String::from_utf8_lossy(key)) {
                data.member(key, value);
            }
        }
        for (name, value) in changes {
            let value = value.as_deref().map(JsonbResult::parse);
            match (Common::named(name), &value) {
                (Some(common), _) => commons[common as usize] = value.and_then(|value| text_of(value.read().value())),
                (None, Some(value)) => data.member(name.as_bytes(), value.read().value()),
                (None, None) => {}
            }
        }
        Stored { id: self.id, data: data.finish().into_bytes(), commons }
    }

    /// A new record of these values.
    pub fn new(id: TableId, values: Object<'_>) -> Stored {
        let mut commons: [Option<String>; 4] = Default::default();
        let mut data = ObjectBuilder::new();
        for (key, value) in values.iter().filter(|(_, value)| !value.is_null()) {
            work::step();
            match std::str::from_utf8(key).ok().and_then(Common::named) {
                Some(common) => commons[common as usize] = text_of(value),
                None => data.member(key, value),
            }
        }
        Stored { id, data: data.finish().into_bytes(), commons }
    }
}

/// Records as the parameters of insert.sql and update.sql: ids, the common fields, and the data.
pub fn columns<'r>(records: impl Iterator<Item = &'r Stored> + Clone) -> [spi::Value; 6] {
    let common = |common: Common| {
        let texts = records.clone().map(|record| spi::Value::text(record.commons[common as usize].as_deref()));
        spi::Value::array(TEXTOID, texts)
    };
    let [name, email, company, status] = Common::ALL.map(common);
    let ids = spi::Value::array(UUIDOID, records.clone().map(|record| spi::Value::uuid(Some(record.id))));
    let data = spi::Value::array(JSONBOID, records.map(|record| spi::Value::jsonb(Some(&record.data))));
    [ids, name, email, company, status, data]
}

/// The text of a common field.
fn text_of(value: Value<'_>) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(String::from_utf8_lossy(text).into_owned()),
        other => Some(to_text(other)),
    }
}

pub fn quoted(text: &str) -> String {
    let mut out = String::new();
    quote(text, &mut out);
    out
}
