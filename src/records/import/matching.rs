//! The records that the rows of a batch are about, looked up once a batch.
use super::home::{Home, refused};
use super::record::Stored;
use crate::core::fields::fold::fold_text;
use crate::core::fields::identifier::uuid_text;
use crate::core::import::mapping::matched_columns;
use crate::core::jsonb::{Object, Value, to_text};
use crate::core::schema::Schema;
use crate::core::sql::sql;
use crate::core::work::{self, Memory};
use crate::pg::error::Result;
use crate::pg::rights;
use crate::pg::spi::{self, Parameter};
use crate::records::catalog::TableId;
use crate::records::stored::live_condition;
use crate::records::validate::keys::holders;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

/// What a key finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    One(TableId),
    Many,
}

impl Hit {
    pub fn one(&self) -> Option<TableId> {
        match self {
            Hit::One(id) => Some(*id),
            Hit::Many => None,
        }
    }
}

/// By what records are looked up.
pub struct Matcher {
    columns: Vec<String>,
    /// The key id of the one column, where it is unique: its values are looked up in record_keys.
    unique: Option<String>,
    /// All keys of the table, where no index holds them.
    all: Option<HashMap<[u8; 16], Hit>>,
    /// The records that the running batch created.
    pub created: HashSet<TableId>,
}

/// The form under which the values of a column are compared.
pub fn column_key(schema: &Schema, name: &str, value: Value<'_>) -> Option<String> {
    match schema.column(name) {
        Some(column) if column.rule.is_no_value(&value) => None,
        Some(column) => Some(column.rule.unique_key(value).unwrap_or_else(|| to_text(value))),
        None => value.as_str().filter(|text| !text.is_empty()).map(fold_text),
    }
}

/// The records that have these keys in a unique column, whoever may see them.
pub fn unique_holders(
    home: &Home,
    table_id: &TableId,
    key_id: &str,
    keys: &[String],
) -> Result<HashMap<String, TableId>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let hint = "Unique columns keep their values in record_keys beside the records.";
    let stored = rights::required_beside(home.tables, "record_keys", hint)?;
    holders(home.records, stored, table_id, key_id, keys)
}

/// Those of the records that the caller sees.
pub fn visible(home: &Home, table_id: &TableId, ids: &[TableId]) -> Result<HashSet<TableId>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let sql = sql!("import/visible.sql", records = home.records_name(), live = live_condition(home.records)?);
    let parameters = [Parameter::Uuid(*table_id), Parameter::Uuids(ids)];
    let (_, found) = spi::once(&sql, &parameters, |row| row.uuid(1))?;
    Ok(found.into_iter().flatten().collect())
}

fn digest(key: &str) -> [u8; 16] {
    let mut digest = [0; 16];
    digest.copy_from_slice(&Sha256::digest(key.as_bytes())[..16]);
    digest
}

impl Matcher {
    /// None where rows are matched by nothing.
    pub fn new(schema: &Schema, match_on: &[String], by_id: bool) -> Result<Option<Matcher>> {
        if match_on.is_empty() && !by_id {
            return Ok(None);
        }
        let columns = matched_columns(schema, match_on).map_err(refused)?;
        let unique = match &columns[..] {
            [name] => schema.column(name).filter(|column| column.unique).map(|column| column.key_id.clone()),
            _ => None,
        };
        Ok(Some(Matcher { columns, unique, all: None, created: HashSet::new() }))
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The key of a record; none where it has no value in any of the columns.
    pub fn key(&self, schema: &Schema, values: Object<'_>) -> Option<String> {
        self.key_of(schema, |name| values.get(name))
    }

    fn key_of<'v>(&self, schema: &Schema, get: impl Fn(&str) -> Option<Value<'v>>) -> Option<String> {
        let keys = self.columns.iter().map(|name| get(name).and_then(|value| column_key(schema, name, value)));
        let keys: Vec<Option<String>> = keys.collect();
        if keys.iter().all(Option::is_none) {
            return None;
        }
        Some(keys.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join("\u{1f}"))
    }

    /// Looks up the keys of a batch.
    pub fn find(
        &mut self,
        home: &Home,
        table_id: &TableId,
        schema: &Schema,
        keys: &[String],
    ) -> Result<HashMap<String, Hit>> {
        if let Some(key_id) = &self.unique {
            let found = unique_holders(home, table_id, key_id, keys)?;
            let ids: Vec<TableId> = found.values().copied().collect();
            let seen = visible(home, table_id, &ids)?;
            return Ok(found
                .into_iter()
                .filter(|(_, id)| seen.contains(id))
                .map(|(key, id)| (key, Hit::One(id)))
                .collect());
        }
        if self.all.is_none() && !self.columns.is_empty() {
            self.all = Some(self.read_all(home, table_id, schema)?);
        }
        let Some(all) = &self.all else { return Ok(HashMap::new()) };
        Ok(keys.iter().filter_map(|key| Some((key.clone(), *all.get(&digest(key))?))).collect())
    }

    /// Looks up keys once more, after another transaction took them.
    pub fn find_again(
        &mut self,
        home: &Home,
        table_id: &TableId,
        schema: &Schema,
        keys: &[String],
    ) -> Result<HashMap<String, Hit>> {
        self.all = None;
        self.find(home, table_id, schema, keys)
    }

    fn read_all(&self, home: &Home, table_id: &TableId, schema: &Schema) -> Result<HashMap<[u8; 16], Hit>> {
        const ENTRY_BYTES: usize = 72;
        const ROWS_AT_ONCE: usize = 1_024;
        let sql = sql!("import/all_records.sql", records = home.records_name(), live = live_condition(home.records)?);
        let (mut all, mut memory) = (HashMap::new(), Memory::default());
        spi::read_in_batches(&sql, &[Parameter::Uuid(*table_id)], ROWS_AT_ONCE, |batch| {
            memory.take(batch.len() * ENTRY_BYTES);
            batch.each(|row| {
                work::step();
                let Some(record) = Stored::of_row(row) else { return };
                let Some(key) = self.key_of(schema, |name| record.get(name)) else { return };
                all.entry(digest(&key)).and_modify(|hit| *hit = Hit::Many).or_insert(Hit::One(record.id));
            });
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(all)
    }

    /// A record was created for a key.
    pub fn note_created(&mut self, key: Option<&str>, id: TableId) {
        self.created.insert(id);
        if let (Some(all), Some(key)) = (&mut self.all, key) {
            all.entry(digest(key)).and_modify(|hit| *hit = Hit::Many).or_insert(Hit::One(id));
        }
    }
}

/// The message of a row whose record is not there.
pub fn no_record(id: &TableId) -> String {
    format!("names record {}, which is not there or not yours to see", uuid_text(id))
}
