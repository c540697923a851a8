//! Compares the entries with those that the records should have.
use super::definition::{Definition, definitions};
use super::relations::Relations;
use crate::core::fields::identifier::uuid_text;
use crate::core::index::KeyRange;
use crate::core::sql::sql;
use crate::core::work::Memory;
use crate::pg::error::{Error, Result};
use crate::pg::relation::Regclass;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::{self, TableId};
use crate::records::stored::{lend, live_condition};
use pgrx::iter::TableIterator;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{name, pg_extern};
use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

type Drift = (String, String, i64, i64);

#[pg_extern(sql = false, stable)]
fn record_index_drift(
    tables: Option<Regclass>,
) -> Result<
    TableIterator<
        'static,
        (name!(table_name, String), name!(record_key, String), name!(stored, i64), name!(counted, i64)),
    >,
    ErrorReport,
> {
    let tables = OwnedTable::owned_by_caller(catalog::tables_relation(tables)?)?;
    let mut found = Vec::new();
    if let Some(relations) = Relations::beside(tables)? {
        let sql = sql!("index/indexed_tables.sql", table_indexes = relations.definitions.quoted_name());
        let ids = relations.definitions.read(|| spi::query(&sql, &[], Mode::Read, |row| row.uuid(1)))?;
        for id in ids.into_iter().flatten() {
            compare(relations, &id, &mut found)?;
        }
    }
    Ok(TableIterator::new(found))
}

/// Compares the entries of a table's indexes that are ready. The entries of one index are in memory at once.
fn compare(relations: Relations, id: &TableId, found: &mut Vec<Drift>) -> Result<()> {
    let Ok(schema) = catalog::schema_for_reading(relations.tables.relation(), id) else {
        return Err(Error::undefined_object(format!("table {} has indexes and is not there", uuid_text(id))));
    };
    let name = relations.entries.quoted_name();
    for definition in definitions(relations.definitions, id, Mode::Read)?.into_iter().filter(|one| one.is_ready) {
        let Some(usable) = definition.usable(&schema) else { continue };
        let mut stored = entries(relations, &definition)?;
        let records = relations.records;
        let sql =
            sql!("index/records.sql", records = records.quoted_name(), live = live_condition(records.relation())?);
        records.read(|| {
            spi::read_in_batches(&sql, &[Parameter::Uuid(*id)], 1_000, |batch| {
                batch.each(|row| {
                    let Some(record_id) = row.uuid(1) else { return };
                    let keys = lend(row, 3, |record| usable.keys(record));
                    let mut of_record = stored.remove(&record_id).unwrap_or_default();
                    let counted = keys.len() as i64;
                    let right = keys.into_iter().filter(|key| of_record.remove(key)).count() as i64;
                    if right < counted {
                        found.push((name.clone(), uuid_text(&record_id), right, counted));
                    }
                    if !of_record.is_empty() {
                        found.push((name.clone(), uuid_text(&record_id), of_record.len() as i64, 0));
                    }
                });
                Ok(ControlFlow::Continue(()))
            })
        })?;
        found.extend(stored.into_iter().map(|(id, keys)| (name.clone(), uuid_text(&id), keys.len() as i64, 0)));
    }
    Ok(())
}

fn entries(relations: Relations, definition: &Definition) -> Result<BTreeMap<TableId, HashSet<Vec<u8>>>> {
    let range = KeyRange::of_number(definition.number);
    let sql = sql!("index/entries.sql", record_index = relations.entries.quoted_name());
    let parameters = [Parameter::Bytes(&range.lower), Parameter::Bytes(&range.upper)];
    let mut all: BTreeMap<TableId, HashSet<Vec<u8>>> = BTreeMap::new();
    let mut memory = Memory::default();
    relations.entries.read(|| {
        spi::read_in_batches(&sql, &parameters, 1_000, |batch| {
            batch.each(|row| {
                if let (Some(key), Some(id)) = (row.bytes(1), row.uuid(2)) {
                    memory.take(key.len() + 64);
                    all.entry(id).or_default().insert(key);
                }
            });
            Ok(ControlFlow::Continue(()))
        })
    })?;
    Ok(all)
}
