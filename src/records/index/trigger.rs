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
use crate::records::under_way::{self, Carry};
use crate::records::validate::links::Schemas;
use crate::records::validate::record_columns::RecordColumns;
use pgrx::pg_extern;
use pgrx::pg_sys::UUIDOID;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::{BTreeSet, HashMap};
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
    let (mut stale, mut fresh) = (Entries::default(), Entries::default());
    statement.collect(&mut stale, &mut fresh)?;
    store::remove(index, &mut stale)?;
    store::insert(index, &mut fresh)?;
    Ok(call.nothing())
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

struct Statement<'a> {
    call: Call<'a>,
    columns: RecordColumns,
    id: Attribute,
    organization_id: Attribute,
    deleted_at: Option<Attribute>,
    tables: HashMap<TableId, Table>,
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
        let mut schemas = Schemas::of(tables);
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
        Ok(Statement {
            call: *call,
            columns,
            id: call.required_attribute("id", &[UUIDOID])?,
            organization_id: call.required_attribute("organization_id", &[UUIDOID])?,
            deleted_at: if rights::has_deleted_rows(call.relation())? { call.attribute("deleted_at") } else { None },
            tables: known,
        })
    }

    fn collect(&self, stale: &mut Entries, fresh: &mut Entries) -> Result<()> {
        let mut indexes: HashMap<TableId, (&Table, Vec<TableIndex<'_>>)> = HashMap::new();
        for (id, table) in &self.tables {
            let usable = table.definitions.iter().filter_map(|definition| {
                Some(TableIndex { usable: definition.usable(&table.schema)?, is_ready: definition.is_ready })
            });
            indexes.insert(*id, (table, usable.collect()));
        }
        if indexes.is_empty() {
            return Ok(());
        }
        let of = |row: &TransitionRow| row.uuid(self.columns.table_id).and_then(|id| indexes.get(&id));
        match self.call.event() {
            Event::Update => for_each_pair(&self.call, FUNCTION, |old, new| {
                work::step();
                let (before, after) = (of(old), of(new));
                let is_building = after.is_some_and(|(_, all)| all.iter().any(|index| !index.is_ready));
                if !is_building && self.is_unchanged(old, new) {
                    return Ok(());
                }
                let mut entries: Vec<Entry> = Vec::new();
                self.entries(Side::Old, before, old, |_, entry| entries.push(entry));
                self.entries(Side::New, after, new, |is_ready, entry| {
                    match entries.iter().position(|known| *known == entry) {
                        // A build may not have come by yet.
                        Some(at) => {
                            let kept = entries.swap_remove(at);
                            if !is_ready {
                                fresh.push(kept);
                            }
                        }
                        None => fresh.push(entry),
                    }
                });
                entries.into_iter().for_each(|entry| stale.push(entry));
                Ok(())
            }),
            Event::Delete => for_each_row(&self.call, Side::Old, FUNCTION, |row| {
                self.entries(Side::Old, of(row), row, |_, entry| stale.push(entry));
                Ok(())
            }),
            _ => for_each_row(&self.call, Side::New, FUNCTION, |row| {
                self.entries(Side::New, of(row), row, |_, entry| fresh.push(entry));
                Ok(())
            }),
        }
    }

    /// Whether nothing that an index reads has changed.
    fn is_unchanged(&self, old: &TransitionRow, new: &TransitionRow) -> bool {
        let same = |attribute: Attribute| new.same_bytes(old, attribute);
        [self.columns.table_id, self.organization_id, self.id, self.columns.data].into_iter().all(same)
            && self.columns.commons.into_iter().flatten().chain(self.deleted_at).all(same)
    }

    /// The entries of a record; a deleted one has none.
    fn entries(
        &self,
        side: Side,
        table: Option<&(&Table, Vec<TableIndex<'_>>)>,
        row: &TransitionRow,
        mut each: impl FnMut(bool, Entry),
    ) {
        let Some((table, indexes)) = table else { return };
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
