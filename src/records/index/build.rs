//! Puts in the entries of the records that were there before an index.
use super::definition::{Definition, Usable};
use super::relations::Relations;
use super::store::{self, Entries, Entry};
use crate::core::fields::identifier::uuid_text;
use crate::core::index::{KeyRange, collation_version};
use crate::core::schema::Schema;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Notice, Result};
use crate::pg::relation::Regclass;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter, ResultRow};
use crate::pg::value;
use crate::pg::{invalidation, lock, subtransaction};
use crate::records::catalog::{self, TableId};
use crate::records::stored::{self, DOCUMENTS, live_condition};
use pgrx::iter::TableIterator;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{name, pg_extern};

/// A table of at most so many records gets its entries in the transaction that makes the index.
const SMALL: usize = 5_000;
/// So many records that others held are looked at again later.
const MOST_LEFT_OVER: usize = 10_000;

/// The entries of a row of records.sql or held.sql.
fn entries(row: &ResultRow, usable: &Usable<'_>, into: &mut Entries) {
    let (Some(record_id), Some(organization_id)) = (row.uuid(1), row.uuid(2)) else { return };
    for key in stored::lend(row, 3, |record| usable.keys(record)) {
        work::step();
        into.push(Entry { key, record_id, organization_id });
    }
}

/// Builds an index of a table whose schema the transaction holds, if it has few records.
pub fn at_once_if_small(relations: Relations, id: &TableId, definition: &Definition, schema: &Schema) -> Result<()> {
    let Some(usable) = definition.usable(schema) else { return Ok(()) };
    let (records, live) = (relations.records, live_condition(relations.records.relation())?);
    let sql = sql!("index/ids.sql", records = records.quoted_name(), live = live);
    let parameters = [Parameter::Uuid(*id), Parameter::Bigint(SMALL as i64 + 1)];
    let ids = records.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| row.uuid(1)))?;
    let ids: Vec<TableId> = ids.into_iter().flatten().collect();
    if ids.len() > SMALL {
        return Ok(());
    }
    let mut all = Entries::default();
    let sql = sql!("index/of_ids.sql", records = records.quoted_name(), live = live);
    for some in ids.chunks(DOCUMENTS) {
        work::step();
        let parameters = [Parameter::Uuid(*id), Parameter::Uuids(some)];
        let collect = |row: &ResultRow| entries(row, &usable, &mut all);
        records.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, collect))?;
        store::insert_if_full(relations.entries, &mut all)?;
    }
    store::insert(relations.entries, &mut all)?;
    finish(relations, definition.id)
}

/// Gives an index a new number for the keys of this schema, and builds it at once where the table is small.
pub fn renew(relations: Relations, id: &TableId, mut definition: Definition, schema: &Schema) -> Result<()> {
    store::remove_range(relations.entries, &KeyRange::of_number(definition.number))?;
    definition.form = definition.form_under(schema);
    let sql = sql!("index/renew.sql", table_indexes = relations.definitions.quoted_name());
    let parameters = [Parameter::Uuid(definition.id), Parameter::Text(&definition.form)];
    let number =
        relations.definitions.write(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| row.bigint(1)))?;
    let Some(number) = number.into_iter().flatten().next() else { return Ok(()) };
    definition.number = number;
    if !definition.form.is_empty() {
        at_once_if_small(relations, id, &definition, schema)?;
    }
    Ok(())
}

fn finish(relations: Relations, id: TableId) -> Result<()> {
    let sql = sql!("index/ready.sql", table_indexes = relations.definitions.quoted_name());
    relations.definitions.write(|| spi::execute(&sql, &[Parameter::Uuid(id)], Mode::WriteLatest))?;
    invalidation::send(relations.tables.relation());
    Ok(())
}

/// Where a build stands: the moment and the id of the last record, and the records that it passed over.
struct Progress {
    definition: Definition,
    at: value::Value,
    id: Option<TableId>,
    left_over: Vec<TableId>,
}

/// One step of a build: how many records it read, and whether anything is left to build, now or when others let go of records.
#[derive(Default)]
struct Step {
    records: i64,
    is_left: bool,
}

#[pg_extern(sql = false)]
fn build_record_indexes(
    batch_size: i64,
    tables: Regclass,
) -> Result<TableIterator<'static, (name!(records, i64), name!(is_left, bool))>, ErrorReport> {
    if batch_size < 1 {
        return Err(Error::invalid_parameter("batch_size must be 1 or more").into());
    }
    let tables = OwnedTable::owned_by_caller(catalog::tables_relation(Some(tables))?)?;
    let mut step = Step::default();
    if let Some(relations) = Relations::beside(tables)? {
        let sql = sql!("index/unbuilt.sql", table_indexes = relations.definitions.quoted_name());
        let version = collation_version();
        let found = relations.definitions.read(|| {
            spi::query(&sql, &[Parameter::Text(&version)], Mode::ReadLatest, |row| Some((row.uuid(1)?, row.uuid(2)?)))
        })?;
        let mut failures: Vec<(TableId, String)> = Vec::new();
        for (id, table_id) in found.into_iter().flatten() {
            work::step();
            // One index that cannot be built keeps nobody else's from being ready.
            match subtransaction::told(|| advance(relations, id, &table_id, batch_size)) {
                Ok(Some(records)) => {
                    step = Step { records, is_left: true };
                    break;
                }
                Ok(None) => step.is_left = true,
                Err(message) => failures.push((id, message)),
            }
        }
        if !step.is_left {
            let removed = remove_unowned(relations, batch_size)?;
            step = Step { records: removed, is_left: removed == batch_size };
        }
        // Told once, when the others are built.
        if !step.is_left {
            for (id, message) in failures {
                work::step();
                Notice::new(format!("index {} was not built: {message}", uuid_text(&id)))
                    .hint("Set indexed of its column to false, or delete its row in table_indexes where is_automatic is false. The other indexes are built.")
                    .warn();
            }
        }
    }
    Ok(TableIterator::once((step.records, step.is_left)))
}

/// Removes entries of indexes that are not there; how many.
fn remove_unowned(relations: Relations, most: i64) -> Result<i64> {
    let (entries, definitions) = (relations.entries, relations.definitions);
    let sql = sql!(
        "index/remove_unowned.sql",
        numbers = sql!("index/numbers.sql", record_index = entries.quoted_name()),
        record_index = entries.quoted_name(),
        table_indexes = definitions.quoted_name()
    );
    entries
        .write_and_remove(|| spi::execute(&sql, &[Parameter::Bigint(most)], Mode::WriteLatest))
        .map(|removed| removed as i64)
}

/// Builds the next part of an index; none where others are in the way.
fn advance(relations: Relations, id: TableId, table_id: &TableId, most: i64) -> Result<Option<i64>> {
    // As a writer of records: the schema stays as it is.
    let Some(schema) = catalog::schema_for_writing(relations.tables, table_id)? else {
        return Err(Error::prerequisite_state(format!("its table {} is not there", uuid_text(table_id))));
    };
    let sql = sql!("index/hold.sql", table_indexes = relations.definitions.quoted_name());
    let progress = |row: &ResultRow| {
        let definition = Definition::of_row(row)?;
        Some(Progress { definition, at: row.value(7), id: row.uuid(8), left_over: row.uuids(9) })
    };
    let held = relations.definitions.write(|| spi::query(&sql, &[Parameter::Uuid(id)], Mode::WriteLatest, progress))?;
    let Some(progress) = held.into_iter().flatten().next() else { return Ok(None) };
    let usable = progress.definition.usable(&schema);
    // Another session has built it meanwhile.
    if progress.definition.is_ready && usable.is_some() {
        return Ok(None);
    }
    let Some(usable) = usable else {
        // Of another collation: writers have to know the new number before its entries are built.
        if !lock::for_editing_schema_now(relations.tables.relation(), table_id) {
            return Ok(None);
        }
        renew(relations, table_id, progress.definition, &schema)?;
        invalidation::send(relations.tables.relation());
        return Ok(Some(0));
    };
    build_part(relations, &Part { table_id, usable, most }, &progress)
}

struct Part<'p> {
    table_id: &'p TableId,
    usable: Usable<'p>,
    most: i64,
}

fn build_part(relations: Relations, part: &Part<'_>, progress: &Progress) -> Result<Option<i64>> {
    let (records, live) = (relations.records, live_condition(relations.records.relation())?);
    let sql = sql!("index/next.sql", records = records.quoted_name(), live = live);
    let (at, id) = match progress.id {
        Some(id) => (progress.at.clone(), id),
        None => (value::Value::timestamptz(i64::MAX), [u8::MAX; 16]),
    };
    let place =
        [Parameter::Uuid(*part.table_id), Parameter::Value(&at), Parameter::Uuid(id), Parameter::Bigint(part.most)];
    let next: Vec<(TableId, value::Value)> = if progress.left_over.len() >= MOST_LEFT_OVER {
        Vec::new()
    } else {
        let found =
            records.read(|| spi::query(&sql, &place, Mode::WriteLatest, |row| Some((row.uuid(1)?, row.value(2)))))?;
        found.into_iter().flatten().collect()
    };
    let is_end = next.len() < part.most as usize && progress.left_over.len() < MOST_LEFT_OVER;
    let again = progress.left_over.iter().copied().take(part.most as usize);
    let mut ids: Vec<TableId> = next.iter().map(|(id, _)| *id).chain(again).collect();
    ids.sort_unstable();
    let mut all = Entries::default();
    let sql = sql!("index/held.sql", records = records.quoted_name(), live = live);
    let mut held: Vec<TableId> = Vec::new();
    for some in ids.chunks(DOCUMENTS) {
        work::step();
        let collect = |row: &ResultRow| {
            held.extend(row.uuid(1));
            entries(row, &part.usable, &mut all);
        };
        let parameters = [Parameter::Uuid(*part.table_id), Parameter::Uuids(some)];
        records.write(|| spi::query(&sql, &parameters, Mode::WriteLatest, collect))?;
        store::insert_if_full(relations.entries, &mut all)?;
    }
    store::insert(relations.entries, &mut all)?;
    held.sort_unstable();
    let is_missed = |id: &TableId| held.binary_search(id).is_err();
    let later = progress.left_over.iter().skip(part.most as usize).copied();
    let mut left_over: Vec<TableId> = later.chain(ids.iter().copied().filter(is_missed)).collect();
    // Records that are gone by now have no entries.
    if !left_over.is_empty() {
        left_over = existing(relations, part.table_id, &left_over)?;
    }
    if is_end && left_over.is_empty() {
        finish(relations, progress.definition.id)?;
        return Ok(Some(held.len() as i64));
    }
    let (at, id) = match next.last() {
        Some((id, at)) => (at.clone(), *id),
        None => (at, id),
    };
    let sql = sql!("index/built.sql", table_indexes = relations.definitions.quoted_name());
    let parameters = [
        Parameter::Uuid(progress.definition.id),
        Parameter::Value(&at),
        Parameter::Uuid(id),
        Parameter::Uuids(&left_over),
    ];
    relations.definitions.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
    Ok((!held.is_empty()).then_some(held.len() as i64))
}

/// Those of the records that are live, whoever holds them.
fn existing(relations: Relations, table_id: &TableId, ids: &[TableId]) -> Result<Vec<TableId>> {
    let records = relations.records;
    let sql = sql!("index/existing.sql", records = records.quoted_name(), live = live_condition(records.relation())?);
    let parameters = [Parameter::Uuid(*table_id), Parameter::Uuids(ids)];
    let found = records.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| row.uuid(1)))?;
    Ok(found.into_iter().flatten().collect())
}
