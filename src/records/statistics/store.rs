//! The rows of `record_statistics`: slots that hold counters, and slot 0, which says that a table is still to be counted.
use crate::core::jsonb;
use crate::core::schema::{Schema, Stored};
use crate::core::sql::sql;
use crate::core::statistics::{Counts, Tally, form};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter, ResultRow, Value};
use crate::pg::{relation, snapshot};
use crate::records::catalog::{self, TableId};
use crate::records::stored::{self, live_condition};
use pgrx::pg_sys::Oid;

/// The table of counters beside the records.
pub const STATISTICS: &str = "record_statistics";

/// A table with more records is not counted while its schema is edited, as its writers wait for that.
const MAX_AT_ONCE: i64 = 50_000;

/// So many records are read at a time.
const BATCH: usize = 1_000;

/// The tables that statistics are made of and kept in, which have one owner.
#[derive(Clone, Copy)]
pub struct Home {
    pub tables: OwnedTable,
    pub records: OwnedTable,
    pub statistics: OwnedTable,
}

impl Home {
    /// None where no statistics are kept.
    pub fn beside(tables: OwnedTable) -> Result<Option<Home>> {
        let (records, statistics) = (tables.beside("records")?, tables.beside(STATISTICS)?);
        Ok(records.zip(statistics).map(|(records, statistics)| Home { tables, records, statistics }))
    }

    fn write(self, sql: &str, parameters: &[Parameter<'_>]) -> Result<u64> {
        self.statistics.write_and_remove(|| spi::execute(sql, parameters, Mode::WriteNow))
    }

    /// Adds to a slot of the table that nobody holds, or makes a new one; nothing where the table is gone.
    pub fn add(self, id: &TableId, change: &Counts) -> Result<()> {
        if change.is_empty() {
            return Ok(());
        }
        let document = document(change)?;
        let parameters = [Parameter::Uuid(*id), Parameter::Value(&document)];
        let (statistics, tables) = (self.statistics.quoted_name(), self.tables.quoted_name());
        if self.write(&sql!("statistics/add.sql", statistics = statistics), &parameters)? == 0 {
            self.write(&sql!("statistics/make_slot.sql", statistics = statistics, tables = tables), &parameters)?;
        }
        Ok(())
    }

    /// The counters of a table, and whether they are complete.
    pub fn stored(self, id: &TableId, mode: Mode) -> Result<(Counts, bool)> {
        let sql = sql!("statistics/stored.sql", statistics = self.statistics.quoted_name());
        let read = |row: &ResultRow| (row.bigint(1), row.jsonb(2));
        let slots = self.statistics.read(|| spi::query(&sql, &[Parameter::Uuid(*id)], mode, read))?;
        let mut counts = Counts::default();
        for (_, document) in &slots {
            work::step();
            let read = document.as_ref().map(|document| Counts::read(jsonb::Value::root(document)));
            counts.add(&read.unwrap_or_default());
        }
        Ok((counts, slots.iter().all(|(slot, _)| *slot != Some(0))))
    }

    /// Counts a table's records anew; none where there are more than `most`.
    pub fn counted(self, id: &TableId, schema: &Schema, mode: Mode, most: i64) -> Result<Option<Counts>> {
        let mut tally = Tally::default();
        let mut count = 0;
        let is_whole = self.records.read(|| {
            for_each_live_record(self.records.relation(), id, mode, |record| {
                count += 1;
                tally.add(schema, record, 1);
                count < most
            })
        })?;
        Ok(is_whole.then(|| tally.counts(schema)))
    }

    /// Marks a table as still to be counted, and holds the mark until the transaction ends.
    fn mark(self, id: &TableId) -> Result<()> {
        let (statistics, tables) = (self.statistics.quoted_name(), self.tables.quoted_name());
        let sql = sql!("statistics/mark.sql", statistics = statistics, tables = tables);
        self.write(&sql, &[Parameter::Uuid(*id)]).map(|_| ())
    }

    /// Counts a table anew while others write its records; false when there is no such table. The mark is held, so that one transaction at a time counts,
    /// and the schema stays as it is. Records and counters are read with one snapshot that is younger: what others commit later is in neither.
    pub fn rebuild(self, id: &TableId) -> Result<bool> {
        if spi::keeps_snapshot() {
            return Err(Error::prerequisite_state("records are counted only with a snapshot of the moment")
                .hint("Call it in a READ COMMITTED transaction."));
        }
        let Some(schema) = catalog::schema_for_writing(self.tables, id)? else { return Ok(false) };
        self.mark(id)?;
        let change = snapshot::with_transaction(|| {
            let counted = self.counted(id, &schema, Mode::Read, i64::MAX)?.unwrap_or_default();
            Ok::<_, Error>(counted.less(&self.stored(id, Mode::Read)?.0))
        })?;
        self.add(id, &change)?;
        let sql = sql!("statistics/unmark.sql", statistics = self.statistics.quoted_name());
        self.write(&sql, &[Parameter::Uuid(*id)])?;
        Ok(true)
    }

    /// Takes out the counters of a table.
    fn clear(self, id: &TableId) -> Result<()> {
        let sql = sql!("statistics/clear.sql", statistics = self.statistics.quoted_name());
        self.write(&sql, &[Parameter::Uuid(*id)]).map(|_| ())
    }

    /// The same for all tables.
    pub fn clear_all(self) -> Result<()> {
        self.write(&sql!("statistics/clear_all.sql", statistics = self.statistics.quoted_name()), &[]).map(|_| ())
    }

    /// The tables that are still to be counted.
    pub fn marked(self) -> Result<Vec<TableId>> {
        let sql = sql!(
            "statistics/marked.sql",
            tables = self.tables.quoted_name(),
            statistics = self.statistics.quoted_name(),
            records = self.records.quoted_name(),
            live = live_condition(self.records.relation())?
        );
        let found = self.statistics.read(|| spi::query(&sql, &[], Mode::ReadLatest, |row| row.uuid(1)))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// All tables.
    pub fn tables(self) -> Result<Vec<TableId>> {
        let sql = sql!("statistics/tables.sql", tables = self.tables.quoted_name());
        let found = self.tables.read(|| spi::query(&sql, &[], Mode::Read, |row| row.uuid(1)))?;
        Ok(found.into_iter().flatten().collect())
    }
}

fn document(counts: &Counts) -> Result<Value> {
    let document =
        counts.document().ok_or_else(|| Error::limit_reached("the counters of a table are larger than 256 MB"))?;
    Ok(Value::jsonb(Some(&document)))
}

/// After a schema edit: counts the table's records anew where the schema counts them otherwise. The editor's lock keeps writers of the table's records off
/// meanwhile, so a large table is only marked.
pub fn rebuild_if_needed(tables: OwnedTable, id: &TableId, old: Option<&Schema>, new: &Schema) -> Result<()> {
    if old.is_some_and(|old| form(old) == form(new)) {
        return Ok(());
    }
    let Some(home) = Home::beside(tables)? else { return Ok(()) };
    let (stored, is_complete) = home.stored(id, Mode::ReadLatest)?;
    if !is_complete {
        return Ok(());
    }
    let counted = match stored.records() {
        ..=MAX_AT_ONCE => home.counted(id, new, Mode::ReadLatest, MAX_AT_ONCE + 1)?,
        _ => None,
    };
    let Some(counted) = counted else { return home.mark(id) };
    if counted == stored {
        return Ok(());
    }
    home.clear(id)?;
    home.add(id, &counted)
}

/// Lends every live record of a table, newest first, until `each` answers false; whether all were lent. Records are read in batches.
pub fn for_each_live_record(
    records: Oid,
    id: &TableId,
    mode: Mode,
    mut each: impl FnMut(&Stored<'_>) -> bool,
) -> Result<bool> {
    let live = live_condition(records)?;
    let name = relation::quoted_name(records);
    let first = sql!("statistics/records.sql", records = &name, live = live, after = "");
    let after = "AND ROW(record.created_at, record.id) OPERATOR(pg_catalog.<) ROW($2, $3)";
    let next = sql!("statistics/records.sql", records = &name, live = live, after = after);
    let mut last: Option<(Value, TableId)> = None;
    loop {
        let mut goes_on = true;
        let mut reached = None;
        let mut read = |row: &ResultRow| {
            work::step();
            goes_on = goes_on && stored::lend(row, 3, &mut each);
            reached = row.uuid(2).map(|id| (row.value(1), id));
        };
        let found = match &last {
            None => spi::query(&first, &[Parameter::Uuid(*id)], mode, &mut read)?,
            Some((created_at, after)) => {
                let parameters = [Parameter::Uuid(*id), Parameter::Value(created_at), Parameter::Uuid(*after)];
                spi::query(&next, &parameters, mode, &mut read)?
            }
        };
        last = reached;
        if !goes_on || found.len() < BATCH || last.is_none() {
            return Ok(goes_on);
        }
    }
}
