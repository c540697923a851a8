//! Compares the entries with those that the records should have.
use super::definition::{Definition, Usable, definitions};
use super::relations::Relations;
use crate::core::fields::identifier::uuid_text;
use crate::core::index::KeyRange;
use crate::core::sql::sql;
use crate::core::work::{self, Memory};
use crate::pg::error::Result;
use crate::pg::relation::Regclass;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter, ResultRow};
use crate::records::catalog::{self, TableId};
use crate::records::stored::{DOCUMENTS, lend, live_condition};
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
    let mut found = Found::default();
    if let Some(relations) = Relations::beside(tables)? {
        let sql = sql!("index/indexed_tables.sql", table_indexes = relations.definitions.quoted_name());
        let ids = relations.definitions.read(|| spi::query(&sql, &[], Mode::Read, |row| row.uuid(1)))?;
        for id in ids.into_iter().flatten() {
            compare(relations, &id, &mut found)?;
        }
        unowned(relations, &mut found)?;
    }
    Ok(TableIterator::new(found.rows))
}

/// What was found to differ.
#[derive(Default)]
struct Found {
    rows: Vec<Drift>,
    memory: Memory,
}

impl Found {
    fn add(&mut self, name: &str, record: &TableId, stored: i64, counted: i64) {
        self.memory.take(size_of::<Drift>() + name.len() + 40);
        self.rows.push((name.to_owned(), uuid_text(record), stored, counted));
    }
}

/// The entries of indexes that are not there.
fn unowned(relations: Relations, found: &mut Found) -> Result<()> {
    let name = relations.entries.quoted_name();
    let sql = sql!("index/unowned.sql", record_index = &name, table_indexes = relations.definitions.quoted_name());
    relations.entries.read(|| {
        spi::read_in_batches(&sql, &[], 1_000, |batch| {
            batch.each(|row| {
                if let (Some(record), Some(stored)) = (row.uuid(1), row.bigint(2)) {
                    found.add(&name, &record, stored, 0);
                }
            });
            Ok(ControlFlow::Continue(()))
        })
    })
}

/// Compares the entries of a table's indexes that are ready: the records in batches with their entries, then the entries in batches with their records.
fn compare(relations: Relations, id: &TableId, found: &mut Found) -> Result<()> {
    // As the owner, whose rights the caller has: policies on tables are nothing to a comparison.
    let schema = relations.tables.read(|| catalog::schema_for_reading(relations.tables.relation(), id))?;
    let name = relations.entries.quoted_name();
    for definition in definitions(relations.definitions, id, Mode::Read)?.into_iter().filter(|one| one.is_ready) {
        let Some(usable) = definition.usable(&schema) else { continue };
        missing(relations, id, &usable, |record, stored, counted| {
            found.add(&name, &record, stored, counted);
        })?;
        for (record, stored) in superfluous(relations, id, &definition, &usable)? {
            found.add(&name, &record, stored, 0);
        }
    }
    Ok(())
}

/// The records that lack entries: how many are there, and how many there should be.
fn missing(
    relations: Relations,
    id: &TableId,
    usable: &Usable<'_>,
    mut each: impl FnMut(TableId, i64, i64),
) -> Result<()> {
    let (records, entries) = (relations.records, relations.entries);
    let sql = sql!("index/records.sql", records = records.quoted_name(), live = live_condition(records.relation())?);
    let stored = sql!("index/stored.sql", record_index = entries.quoted_name());
    records.read(|| {
        spi::read_in_batches(&sql, &[Parameter::Uuid(*id)], DOCUMENTS, |batch| {
            let (mut keys, mut of): (Vec<Vec<u8>>, Vec<TableId>) = (Vec::new(), Vec::new());
            batch.each(|row| {
                let Some(record_id) = row.uuid(1) else { return };
                for key in lend(row, 3, |record| usable.keys(record)) {
                    work::step();
                    keys.push(key);
                    of.push(record_id);
                }
            });
            let parameters = [Parameter::ByteStrings(&keys), Parameter::Uuids(&of)];
            let there = entries.read(|| spi::query(&stored, &parameters, Mode::Read, |row| row.bigint(1)))?;
            let there: HashSet<i64> = there.into_iter().flatten().collect();
            let mut counts: BTreeMap<TableId, (i64, i64)> = BTreeMap::new();
            for (place, record_id) in (1..).zip(of) {
                work::step();
                let (stored, counted) = counts.entry(record_id).or_default();
                *counted += 1;
                *stored += i64::from(there.contains(&place));
            }
            let short = counts.into_iter().filter(|(_, (stored, counted))| stored < counted);
            short.for_each(|(record_id, (stored, counted))| each(record_id, stored, counted));
            Ok(ControlFlow::Continue(()))
        })
    })
}

/// The records that have entries which no live record of the table should have, and how many.
fn superfluous(
    relations: Relations,
    id: &TableId,
    definition: &Definition,
    usable: &Usable<'_>,
) -> Result<BTreeMap<TableId, i64>> {
    let (records, entries) = (relations.records, relations.entries);
    let range = KeyRange::of_number(definition.number);
    let sql = sql!("index/entries.sql", record_index = entries.quoted_name());
    let of_ids = sql!("index/of_ids.sql", records = records.quoted_name(), live = live_condition(records.relation())?);
    let mut found: BTreeMap<TableId, i64> = BTreeMap::new();
    let mut memory = Memory::default();
    entries.read(|| {
        spi::read_in_batches(
            &sql,
            &[Parameter::Bytes(&range.lower), Parameter::Bytes(&range.upper)],
            DOCUMENTS,
            |batch| {
                let mut of_records: BTreeMap<TableId, HashSet<Vec<u8>>> = BTreeMap::new();
                batch.each(|row| {
                    if let (Some(key), Some(id)) = (row.bytes(1), row.uuid(2)) {
                        of_records.entry(id).or_default().insert(key);
                    }
                });
                let ids: Vec<TableId> = of_records.keys().copied().collect();
                let right = |row: &ResultRow| {
                    let Some(id) = row.uuid(1) else { return };
                    let keys = lend(row, 3, |record| usable.keys(record));
                    if let Some(of_record) = of_records.get_mut(&id) {
                        work::steps(keys.len());
                        keys.iter().for_each(|key| {
                            of_record.remove(key);
                        });
                    }
                };
                let parameters = [Parameter::Uuid(*id), Parameter::Uuids(&ids)];
                records.read(|| spi::query(&of_ids, &parameters, Mode::Read, right))?;
                for (id, keys) in of_records.into_iter().filter(|(_, keys)| !keys.is_empty()) {
                    memory.take(64);
                    *found.entry(id).or_default() += keys.len() as i64;
                }
                Ok(ControlFlow::Continue(()))
            },
        )
    })?;
    Ok(found)
}
