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
            work::step();
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
    let numbers = sql!("index/numbers.sql", record_index = &name);
    let sql = sql!(
        "index/unowned.sql",
        numbers = numbers,
        record_index = &name,
        table_indexes = relations.definitions.quoted_name()
    );
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

/// Compares the entries of a table's indexes that are ready: the records with their entries, then the number of entries of each record with its keys.
fn compare(relations: Relations, id: &TableId, found: &mut Found) -> Result<()> {
    // As the owner, whose rights the caller has: policies on tables are nothing to a comparison.
    let schema = relations.tables.read(|| catalog::schema_for_reading(relations.tables.relation(), id))?;
    let name = relations.entries.quoted_name();
    for definition in definitions(relations.definitions, id, Mode::Read)?.into_iter().filter(|one| one.is_ready) {
        work::step();
        let Some(usable) = definition.usable(&schema) else { continue };
        missing(relations, id, &usable, |record, stored, counted| {
            found.add(&name, &record, stored, counted);
        })?;
        superfluous(relations, id, &definition, &usable, |record, stored| found.add(&name, &record, stored, 0))?;
    }
    Ok(())
}

/// The keys of some records, and whose each is.
#[derive(Default)]
struct Keys {
    keys: Vec<Vec<u8>>,
    of: Vec<TableId>,
    organizations: Vec<TableId>,
    memory: Memory,
}

impl Keys {
    fn add(&mut self, row: &ResultRow, usable: &Usable<'_>) {
        let (Some(record_id), Some(organization)) = (row.uuid(1), row.uuid(2)) else { return };
        for key in lend(row, 3, |record| usable.keys(record)) {
            work::step();
            self.memory.take(key.len() + size_of::<Vec<u8>>() + 2 * size_of::<TableId>());
            self.keys.push(key);
            self.of.push(record_id);
            self.organizations.push(organization);
        }
    }

    /// Each key's record, and whether the entry is there.
    fn are_stored(self, entries: OwnedTable) -> Result<Vec<(TableId, bool)>> {
        let stored = sql!("index/stored.sql", record_index = entries.quoted_name());
        let parameters =
            [Parameter::ByteStrings(&self.keys), Parameter::Uuids(&self.of), Parameter::Uuids(&self.organizations)];
        let there = entries.read(|| spi::query(&stored, &parameters, Mode::Read, |row| row.bigint(1)))?;
        let there: HashSet<i64> = there.into_iter().flatten().collect();
        work::steps(self.of.len());
        Ok((1..).zip(self.of).map(|(place, record_id)| (record_id, there.contains(&place))).collect())
    }
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
    records.read(|| {
        spi::read_in_batches(&sql, &[Parameter::Uuid(*id)], DOCUMENTS, |batch| {
            let mut keys = Keys::default();
            batch.each(|row| keys.add(row, usable));
            let mut counts: BTreeMap<TableId, (i64, i64)> = BTreeMap::new();
            for (record_id, is_stored) in keys.are_stored(entries)? {
                work::step();
                let (stored, counted) = counts.entry(record_id).or_default();
                *counted += 1;
                *stored += i64::from(is_stored);
            }
            let short = counts.into_iter().filter(|(_, (stored, counted))| stored < counted);
            short.for_each(|(record_id, (stored, counted))| each(record_id, stored, counted));
            Ok(ControlFlow::Continue(()))
        })
    })
}

/// The records that have entries which no live record of the table should have, and how many: all of a record's entries but those of its keys.
fn superfluous(
    relations: Relations,
    id: &TableId,
    definition: &Definition,
    usable: &Usable<'_>,
    mut each: impl FnMut(TableId, i64),
) -> Result<()> {
    let (records, entries) = (relations.records, relations.entries);
    let range = KeyRange::of_number(definition.number);
    let sql = sql!("index/entries_by_record.sql", record_index = entries.quoted_name());
    let of_ids = sql!("index/of_ids.sql", records = records.quoted_name(), live = live_condition(records.relation())?);
    let bounds = [Parameter::Bytes(&range.lower), Parameter::Bytes(&range.upper)];
    entries.read(|| {
        spi::read_in_batches(&sql, &bounds, DOCUMENTS, |batch| {
            let mut left: BTreeMap<TableId, i64> = BTreeMap::new();
            batch.each(|row| {
                if let (Some(record_id), Some(stored)) = (row.uuid(1), row.bigint(2)) {
                    left.insert(record_id, stored);
                }
            });
            let ids: Vec<TableId> = left.keys().copied().collect();
            let mut keys = Keys::default();
            let parameters = [Parameter::Uuid(*id), Parameter::Uuids(&ids)];
            records.read(|| spi::query(&of_ids, &parameters, Mode::Read, |row| keys.add(row, usable)))?;
            for (record_id, is_stored) in keys.are_stored(entries)? {
                work::step();
                if let Some(left) = left.get_mut(&record_id) {
                    *left -= i64::from(is_stored);
                }
            }
            left.into_iter().filter(|(_, stored)| *stored > 0).for_each(|(record_id, stored)| each(record_id, stored));
            Ok(ControlFlow::Continue(()))
        })
    })
}
