//! The records of a page as they are returned: in flat form, with the wanted columns, references with their records.
use super::source::Source;
use crate::core::fields::Rule;
use crate::core::fields::identifier::uuid_bytes;
use crate::core::jsonb::{ArrayBuilder, Value};
use crate::core::query::Query;
use crate::core::sql::sql;
use crate::core::work::{self, Memory};
use crate::pg::error::Result;
use crate::pg::jsonb::{JsonbResult, ObjectBuilder};
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

type Documents = HashMap<TableId, Vec<u8>>;

/// The records by their ids.
pub fn documents(source: &Source, query: &Query, ids: &[TableId]) -> Result<HashMap<TableId, JsonbResult>> {
    let flat = read(source, source.table_id, ids)?;
    let named = expanded(source, query, &flat)?;
    let mut documents = HashMap::new();
    let mut memory = Memory::default();
    for (id, document) in flat {
        work::step();
        documents.insert(id, output(source, query, &document, &named, &mut memory));
    }
    Ok(documents)
}

fn read(source: &Source, table_id: TableId, ids: &[TableId]) -> Result<Documents> {
    let sql = sql!("query/flat.sql", records = source.quoted_name(), live = source.live());
    let parameters = [Parameter::Uuid(table_id), Parameter::Uuids(ids)];
    let mut memory = Memory::default();
    let found = spi::query(&sql, &parameters, Mode::Read, |row| {
        let document = row.jsonb(2)?;
        memory.take(document.len());
        Some((row.uuid(1)?, document))
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// The columns that a page shows with the records that they name, by name.
fn expanded_columns(query: &Query) -> Vec<(&str, &str)> {
    let columns = query.expand.iter().map(|column| &query.columns[*column]);
    columns.filter_map(|column| Some((column.name.as_str(), column.target.as_deref()?))).collect()
}

/// The records that the page's references name, read in one query for each table.
fn expanded(source: &Source, query: &Query, flat: &Documents) -> Result<Documents> {
    let mut wanted: BTreeMap<&str, BTreeSet<TableId>> = BTreeMap::new();
    for (name, table) in expanded_columns(query) {
        for document in flat.values() {
            work::step();
            let value = Value::root(document).as_object().and_then(|record| record.get(name));
            let ids = wanted.entry(table).or_default();
            each_id(value, |id| {
                ids.insert(id);
            });
        }
    }
    let mut found = Documents::new();
    for (table, ids) in wanted {
        let Some(table) = uuid_bytes(table) else { continue };
        let ids: Vec<TableId> = ids.into_iter().collect();
        found.extend(read(source, table, &ids)?);
    }
    Ok(found)
}

fn each_id(value: Option<Value<'_>>, mut each: impl FnMut(TableId)) {
    let mut one = |value: Value<'_>| value.as_str().and_then(uuid_bytes).into_iter().for_each(&mut each);
    match value {
        Some(Value::Array(array)) => array.iter().for_each(one),
        Some(value) => one(value),
        None => {}
    }
}

/// The columns that show what the record itself knows: their names, and its keys.
fn computed(source: &Source) -> impl Iterator<Item = (&str, &str)> {
    let columns = source.schema.columns.iter();
    let computed = columns.filter(|column| column.common.is_none() && matches!(column.rule, Rule::Computed));
    computed.map(|column| (column.name.as_str(), column.kind.as_str())).filter(|(name, key)| name != key)
}

fn output(source: &Source, query: &Query, document: &[u8], named: &Documents, memory: &mut Memory) -> JsonbResult {
    memory.take(document.len());
    let whole = Value::root(document);
    let is_changed = query.fields.is_some() || !query.expand.is_empty() || computed(source).next().is_some();
    let Some(record) = whole.as_object().filter(|_| is_changed) else {
        return JsonbResult::document(document.to_vec());
    };
    let expanded = expanded_columns(query);
    let mut builder = ObjectBuilder::new();
    let mut add = |name: &[u8], value: Value<'_>| {
        if expanded.iter().any(|(column, _)| column.as_bytes() == name) {
            builder.document(name, Some(with_records(value, named, memory)));
        } else {
            builder.member(name, value);
        }
    };
    match &query.fields {
        None => {
            record.iter().for_each(|(name, value)| add(name, value));
            for (name, key) in computed(source) {
                work::step();
                add(name.as_bytes(), record.get(key).unwrap_or(Value::Null));
            }
        }
        Some(fields) => {
            let names = fields.iter().chain(&query.expand).map(|column| query.columns[*column].name.as_str());
            for name in names.chain(["id"]) {
                work::step();
                let key = computed(source).find(|(computed, _)| *computed == name).map_or(name, |(_, key)| key);
                add(name.as_bytes(), record.get(key).unwrap_or(Value::Null));
            }
        }
    }
    builder.finish()
}

/// A reference with its record in its place, or with the id alone where the caller does not see the record.
fn with_records(value: Value<'_>, named: &Documents, memory: &mut Memory) -> Vec<u8> {
    let mut one = |value: Value<'_>| -> Option<Vec<u8>> {
        let id = value.as_str()?;
        if let Some(document) = uuid_bytes(id).and_then(|id| named.get(&id)) {
            // A page may name one record many times.
            memory.take(2 * document.len());
            return Some(document.clone());
        }
        let mut alone = ObjectBuilder::new();
        alone.member(b"id", value);
        Some(alone.finish().into_bytes())
    };
    match value {
        Value::Array(array) => {
            let mut list = ArrayBuilder::default();
            for element in array.iter() {
                work::step();
                match one(element) {
                    Some(document) => list.element(Value::root(&document)),
                    None => list.element(element),
                }
            }
            JsonbResult::array(list).into_bytes()
        }
        value => one(value).unwrap_or_else(|| value.document().into_owned()),
    }
}
