//! Nested statements: a trigger FOR EACH ROW, or a function that a statement calls, may write a record again that the statement itself wrote. The triggers of
//! the inner statement come first, so the outer one's rows are out of date by then: for rewritten records its triggers read the record as it is now.
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::clock;
use crate::pg::error::{Error, Result};
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::transition::{Side, TransitionRow, WholeRows, for_each_pair, for_each_row};
use crate::pg::trigger::{Attribute, Call, Columns, Event};
use crate::pg::value::Value;
use crate::records::catalog::TableId;
use crate::records::stored::DOCUMENTS;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// Past this many, all records count as rewritten until the client's statement ends: that costs reading them again, and memory stays bounded.
const MAX_NOTED: usize = 100_000;

/// The records that the statements within one statement of the client have written.
#[derive(Default)]
struct Notes {
    client_statement: i64,
    /// By the relation of records and the trigger function that notes.
    written: HashMap<(u32, &'static str), HashSet<TableId>>,
}

thread_local! {
    static NOTES: RefCell<Notes> = RefCell::default();
}

/// Called at the end of each transaction: no statement goes on past it.
pub fn end_transaction() {
    NOTES.with(|notes| {
        if let Ok(mut notes) = notes.try_borrow_mut() {
            notes.written.clear();
        }
    });
}

/// The rewritten records of a trigger's statement.
#[derive(Default)]
pub struct Rewritten {
    ids: HashSet<TableId>,
    is_all: bool,
}

impl Rewritten {
    /// Finds them, and notes the statement's records for statements around it. A record whose id changes counts, too: foreign keys have moved what names it.
    pub fn find(call: &Call<'_>, function: &'static str, id: Attribute) -> Result<Rewritten> {
        NOTES.with_borrow_mut(|notes| {
            let now = clock::client_statement();
            if notes.client_statement != now {
                *notes = Notes { client_statement: now, ..Notes::default() };
            }
            let earlier = notes.written.entry((u32::from(call.relation()), function)).or_default();
            let mut found = Rewritten { ids: HashSet::new(), is_all: earlier.len() >= MAX_NOTED };
            if found.is_all {
                return Ok(found);
            }
            let mut noted: HashSet<TableId> = HashSet::new();
            let mut see = |id: Option<TableId>| {
                work::step();
                let Some(id) = id else { return };
                // Several actions of foreign keys on a record stand in one transition table.
                if earlier.contains(&id) || noted.contains(&id) {
                    found.ids.insert(id);
                } else if noted.len() < MAX_NOTED {
                    noted.insert(id);
                } else {
                    found.is_all = true;
                }
            };
            match call.event() {
                Event::Update => {
                    let mut moved = Vec::new();
                    for_each_pair(call, function, |old, new| {
                        let (before, after) = (old.uuid(id), new.uuid(id));
                        see(after);
                        if before != after {
                            see(before);
                            moved.extend([before, after].into_iter().flatten());
                        }
                        Ok(())
                    })?;
                    found.ids.extend(moved);
                }
                event => {
                    let side = if event == Event::Delete { Side::Old } else { Side::New };
                    for_each_row(call, side, function, |row| {
                        see(row.uuid(id));
                        Ok(())
                    })?;
                }
            }
            earlier.extend(noted);
            Ok(found)
        })
    }

    pub fn is_empty(&self) -> bool {
        !self.is_all && self.ids.is_empty()
    }

    pub fn contains(&self, id: Option<TableId>) -> bool {
        id.is_some_and(|id| self.is_all || !self.ids.is_empty() && self.ids.contains(&id))
    }
}

/// Calls `each` for those of the trigger's records that are there, as they are now.
pub fn for_each_current(
    call: &Call<'_>,
    records: OwnedTable,
    mut ids: Vec<TableId>,
    mut each: impl FnMut(&TransitionRow) -> Result<()>,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    ids.sort_unstable();
    ids.dedup();
    let sql = sql!("records/current.sql", records = records.quoted_name());
    let mut rows = WholeRows::of(call);
    for batch in ids.chunks(DOCUMENTS) {
        let parameters = [Parameter::Uuids(batch)];
        let found: Vec<Value> =
            records.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| row.value(1)))?;
        for value in &found {
            work::step();
            let lent = rows.lend(value, &mut each);
            lent.unwrap_or_else(|| Err(Error::internal("a record was not read as a row of its table")))?;
        }
    }
    Ok(())
}
