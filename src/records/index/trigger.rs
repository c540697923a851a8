//! Keeps the entries of records: once a statement, sorted by key.
use super::definition::{DEFINITIONS, Definition, Usable, definitions_for_writing};
use super::store::{self, ENTRIES, Entries, Entry};
use crate::core::schema::{Column, Schema};
use crate::core::work;
use crate::pg::call::FunctionCallInfo;
use crate::pg::error::Result;
use crate::pg::rights::{self, OwnedTable};
use crate::pg::transition::{Side, TransitionRow, for_each_pair, for_each_row};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use crate::records::catalog::TableId;
use crate::records::rewritten::{Rewritten, for_each_current};
use crate::records::under_way::{self, Carry};
use crate::records::validate::links::Schemas;
use crate::records::validate::record_columns::RecordColumns;
use pgrx::pg_extern;
use pgrx::pg_sys::UUIDOID;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

const FUNCTION: &str = "maintain_record_index()";

#[pg_extern(sql = false)]
fn maintain_record_index(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let events = [Event::Insert, Event::Update, Event::Delete, Event::Truncate];
    let call = Call::new(fcinfo, FUNCTION, Timing::AfterStatement, &events)?;
    let records = OwnedTable::of_trigger(&call)?;
    let index = records.named(ENTRIES)?;
    if call.event() == Event::Truncate {
        store::clear(index)?;
        return Ok(call.nothing());
    }
    let statement = Statement::begin(&call, records)?;
    let mut changes = Changes { index, stale: Entries::default(), fresh: Entries::default() };
    statement.collect(&mut changes)?;
    changes.write()?;
    Ok(call.nothing())
}

/// Rewritten records, and the entries that they had on the way.
#[derive(Default)]
struct Again {
    ids: HashSet<TableId>,
    had: Entries,
}

/// What a statement changes in the entries.
struct Changes {
    index: OwnedTable,
    stale: Entries,
    fresh: Entries,
}

impl Changes {
    /// Between records: no record's entries are both stale and fresh, so pieces may be written one after the other.
    fn write_if_full(&mut self) -> Result<()> {
        if self.stale.is_full() || self.fresh.is_full() { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<()> {
        store::remove(self.index, &mut self.stale)?;
        store::insert(self.index, &mut self.fresh)
    }
}

/// What the indexes of one table read from its records.
struct Table {
    schema: Rc<Schema>,
    definitions: Rc<Vec<Definition>>,
    carry: Option<Rc<Carry>>,
}

struct TableIndex<'t> {
    usable: Usable<'t>,
    is_ready: bool,
}

type Indexes<'t> = HashMap<TableId, (&'t Table, Vec<TableIndex<'t>>)>;

struct Statement<'a> {
    call: Call<'a>,
    columns: RecordColumns,
    id: Attribute,
    organization_id: Attribute,
    deleted_at: Option<Attribute>,
    tables: HashMap<TableId, Table>,
    rewritten: Rewritten,
    records: OwnedTable,
}

impl<'a> Statement<'a> {
    /// Finds the tables whose records the statement wrote, and their indexes.
    fn begin(call: &Call<'a>, records: OwnedTable) -> Result<Statement<'a>> {
        let columns = RecordColumns::find(call)?;
        let (tables, definitions) = (records.named("tables")?, records.named(DEFINITIONS)?);
        let mut ids = BTreeSet::new();
        for (side, absent) in [(Side::Old, Event::Insert), (Side::New, Event::Delete)] {
            if call.event() != absent {
                let mut last = None;
                for_each_row(call, side, FUNCTION, |row| {
                    let id = row.uuid(columns.table_id);
                    if id != last {
                        work::step();
                        ids.extend(id);
                        last = id;
                    }
                    Ok(())
                })?;
            }
        }
        let mut schemas = Schemas::of_statement(tables);
        let mut known = HashMap::new();
        for id in ids {
            // A table that is going has none; its indexes go with it.
            let Some(schema) = schemas.find(&id)? else { continue };
            let found = definitions_for_writing(tables, definitions, &id)?;
            if !found.is_empty() {
                let carry = under_way::carry(tables.relation(), &id);
                known.insert(id, Table { schema, definitions: found, carry });
            }
        }
        let id = call.required_attribute("id", &[UUIDOID])?;
        Ok(Statement {
            call: *call,
            columns,
            id,
            // Also without an index: a statement within this one may make the first.
            rewritten: Rewritten::find(call, FUNCTION, id)?,
            records,
            organization_id: call.required_attribute("organization_id", &[UUIDOID])?,
            deleted_at: if rights::has_deleted_rows(call.relation())? { call.attribute("deleted_at") } else { None },
            tables: known,
        })
    }

    fn collect(&self, changes: &mut Changes) -> Result<()> {
        let mut indexes: Indexes<'_> = HashMap::new();
        for (id, table) in &self.tables {
            let usable = table.definitions.iter().filter_map(|definition| {
                Some(TableIndex { usable: definition.usable(&table.schema)?, is_ready: definition.is_ready })
            });
            indexes.insert(*id, (table, usable.collect()));
        }
        if indexes.is_empty() {
            return Ok(());
        }
        let mut again = Again::default();
        match self.call.event() {
            Event::Update => for_each_pair(&self.call, FUNCTION, |old, new| {
                work::step();
                let is_again = self.note(&indexes, Side::Old, old, &mut again);
                if self.note(&indexes, Side::New, new, &mut again) || is_again {
                    return self.settle_if_full(&indexes, &mut again, changes);
                }
                self.changed(&indexes, old, new, changes);
                changes.write_if_full()
            })?,
            Event::Delete => for_each_row(&self.call, Side::Old, FUNCTION, |row| {
                if self.note(&indexes, Side::Old, row, &mut again) {
                    return self.settle_if_full(&indexes, &mut again, changes);
                }
                self.entries(Side::Old, &indexes, row, |_, entry| changes.stale.push(entry));
                changes.write_if_full()
            })?,
            _ => for_each_row(&self.call, Side::New, FUNCTION, |row| {
                if self.note(&indexes, Side::New, row, &mut again) {
                    return self.settle_if_full(&indexes, &mut again, changes);
                }
                self.entries(Side::New, &indexes, row, |_, entry| changes.fresh.push(entry));
                changes.write_if_full()
            })?,
        }
        self.settle(&indexes, &mut again, changes)
    }

    /// Whether the record is rewritten; what entries the row had are noted then.
    fn note(&self, indexes: &Indexes<'_>, side: Side, row: &TransitionRow, again: &mut Again) -> bool {
        let id = row.uuid(self.id);
        let is_again = self.rewritten.contains(id);
        if is_again {
            again.ids.extend(id);
            self.entries(side, indexes, row, |_, entry| again.had.push(entry));
        }
        is_again
    }

    fn settle_if_full(&self, indexes: &Indexes<'_>, again: &mut Again, changes: &mut Changes) -> Result<()> {
        if again.had.is_full() { self.settle(indexes, again, changes) } else { Ok(()) }
    }

    /// Gives rewritten records the entries that they have now.
    fn settle(&self, indexes: &Indexes<'_>, again: &mut Again, changes: &mut Changes) -> Result<()> {
        let Again { ids, had } = std::mem::take(again);
        let mut had = had.into_set();
        for_each_current(&self.call, self.records, ids.into_iter().collect(), |row| {
            self.entries(Side::New, indexes, row, |_, entry| {
                had.remove(&entry);
                changes.fresh.push(entry);
            });
            Ok(())
        })?;
        had.into_iter().for_each(|entry| changes.stale.push(entry));
        changes.write()
    }

    /// The entries that a change of a record takes and makes.
    fn changed(&self, indexes: &Indexes<'_>, old: &TransitionRow, new: &TransitionRow, changes: &mut Changes) {
        let after = new.uuid(self.columns.table_id).and_then(|id| indexes.get(&id));
        let is_building = after.is_some_and(|(_, all)| all.iter().any(|index| !index.is_ready));
        if !is_building && self.is_unchanged(old, new) {
            return;
        }
        let mut before: HashMap<Entry, bool> = HashMap::new();
        self.entries(Side::Old, indexes, old, |_, entry| {
            before.insert(entry, false);
        });
        self.entries(Side::New, indexes, new, |is_ready, entry| match before.get_mut(&entry) {
            Some(stays) => {
                *stays = true;
                // A build may not have come by yet.
                if !is_ready {
                    changes.fresh.push(entry);
                }
            }
            None => changes.fresh.push(entry),
        });
        before.into_iter().filter(|(_, stays)| !stays).for_each(|(entry, _)| changes.stale.push(entry));
    }

    /// Whether nothing that an index reads has changed.
    fn is_unchanged(&self, old: &TransitionRow, new: &TransitionRow) -> bool {
        let same = |attribute: Attribute| new.same_bytes(old, attribute);
        [self.columns.table_id, self.organization_id, self.id, self.columns.data].into_iter().all(same)
            && self.columns.commons.into_iter().flatten().chain(self.deleted_at).all(same)
    }

    /// The entries of a record; a deleted one has none.
    fn entries(&self, side: Side, indexes: &Indexes<'_>, row: &TransitionRow, mut each: impl FnMut(bool, Entry)) {
        let found = row.uuid(self.columns.table_id).and_then(|id| indexes.get(&id));
        let Some((table, indexes)) = found else { return };
        if self.deleted_at.is_some_and(|attribute| !row.is_null(attribute)) {
            return;
        }
        let (Some(record_id), Some(organization_id)) = (row.uuid(self.id), row.uuid(self.organization_id)) else {
            return;
        };
        // Before a rename was carried into the record the value was under the former key.
        let carried = table.carry.as_ref().filter(|_| side == Side::Old);
        self.columns.lend(row, |record| {
            let held = |column: &Column| match carried
                .and_then(|carry| carry.former(&column.name))
                .filter(|_| column.common.is_none())
            {
                Some(former) => record.data?.get(former),
                None => column.held_in(record),
            };
            for TableIndex { usable, is_ready } in indexes {
                work::step();
                for key in usable.keys_of(held) {
                    each(*is_ready, Entry { key, record_id, organization_id });
                }
            }
        });
    }
}
