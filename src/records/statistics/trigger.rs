//! The statement trigger that keeps the counters: it adds what a statement's rows count after it, less what they counted before.
use super::store::{Home, STATISTICS};
use crate::core::schema::Schema;
use crate::core::statistics::Tally;
use crate::core::work;
use crate::pg::call::FunctionCallInfo;
use crate::pg::error::Result;
use crate::pg::rights::OwnedTable;
use crate::pg::transition::{Side, TransitionRow, for_each_pair, for_each_row};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use crate::records::catalog::TableId;
use crate::records::validate::links::Schemas;
use crate::records::validate::record_columns::RecordColumns;
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::BTreeMap;
use std::rc::Rc;

const FUNCTION: &str = "maintain_record_statistics()";

struct Statement {
    columns: RecordColumns,
    deleted_at: Option<Attribute>,
    schemas: Schemas,
    /// Of tables that are there.
    tallies: BTreeMap<TableId, (Rc<Schema>, Tally)>,
}

#[pg_extern(sql = false)]
fn maintain_record_statistics(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let events = [Event::Insert, Event::Update, Event::Delete, Event::Truncate];
    let call = Call::new(fcinfo, FUNCTION, Timing::AfterStatement, &events)?;
    let arguments = call.arguments();
    let argument = |index: usize, default: &str| arguments.get(index).cloned().unwrap_or_else(|| default.to_owned());
    let records = OwnedTable::of_trigger(&call)?;
    let tables = records.named(&argument(0, "tables"))?;
    let home = Home { tables, records, statistics: records.named(&argument(1, STATISTICS))? };
    if call.event() == Event::Truncate {
        home.clear_all()?;
        return Ok(call.nothing());
    }
    let mut statement = Statement {
        columns: RecordColumns::find(&call)?,
        deleted_at: call.attribute("deleted_at"),
        schemas: Schemas::of_statement(tables),
        tallies: BTreeMap::new(),
    };
    match call.event() {
        Event::Insert => for_each_row(&call, Side::New, FUNCTION, |row| statement.count(row, 1))?,
        Event::Delete => for_each_row(&call, Side::Old, FUNCTION, |row| statement.count(row, -1))?,
        _ => for_each_pair(&call, FUNCTION, |old, new| {
            if statement.is_counted_alike(old, new) {
                return Ok(());
            }
            statement.count(old, -1)?;
            statement.count(new, 1)
        })?,
    }
    for (id, (schema, tally)) in &statement.tallies {
        work::step();
        home.add(id, &tally.counts(schema))?;
    }
    Ok(call.nothing())
}

impl Statement {
    /// Whether nothing that counts has changed, to the byte.
    fn is_counted_alike(&self, old: &TransitionRow, new: &TransitionRow) -> bool {
        let columns = self.columns;
        let compared = columns.commons.into_iter().flatten().chain([columns.table_id, columns.data]);
        self.is_deleted(old) == self.is_deleted(new)
            && (self.is_deleted(new) || compared.into_iter().all(|attribute| old.same_bytes(new, attribute)))
    }

    fn is_deleted(&self, row: &TransitionRow) -> bool {
        self.deleted_at.is_some_and(|deleted_at| !row.is_null(deleted_at))
    }

    fn count(&mut self, row: &TransitionRow, by: i64) -> Result<()> {
        work::step();
        let Some(table_id) = row.uuid(self.columns.table_id).filter(|_| !self.is_deleted(row)) else { return Ok(()) };
        let Some(schema) = self.schemas.find(&table_id)? else { return Ok(()) };
        let (_, tally) = self.tallies.entry(table_id).or_insert_with(|| (Rc::clone(&schema), Tally::default()));
        self.columns.lend(row, |record| tally.add(&schema, record, by));
        Ok(())
    }
}
