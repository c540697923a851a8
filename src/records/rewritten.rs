//! Records that were written again before a statement's own triggers came. A trigger FOR EACH ROW, or a function that the statement calls, may write a
//! record of that very statement, and the triggers of the inner statement come first: what follows from such a record is made from the record as it is.
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::clock;
use crate::pg::error::Result;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::transition::{Side, TransitionRow, WholeRows, for_each_pair, for_each_row};
use crate::pg::trigger::{Attribute, Call, Columns, Event};
use crate::pg::value::Value;
use crate::records::catalog::TableId;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// So many records are noted for a client's statement; more of them all count as written again.
const NOTED: usize = 100_000;
/// So many records are read at once.
const BATCH: usize = 100;

/// The records that statements within one of the client's have written.
#[derive(Default)]
struct Notes {
    client_statement: i64,
    ids: HashSet<TableId>,
}

thread_local! {
    /// By the relation of records and the trigger function that notes.
    static NOTES: RefCell<HashMap<(u32, &'static str), Notes>> = RefCell::default();
}

/// The records of a trigger's statement that others may have written since, and those whose id it changes.
#[derive(Default)]
pub struct Rewritten(HashSet<TableId>);

impl Rewritten {
    /// Finds them, and notes the records for statements around this one.
    pub fn find(call: &Call<'_>, function: &'static str, id: Attribute) -> Result<Rewritten> {
        let key = (u32::from(call.relation()), function);
        let now = clock::client_statement();
        NOTES.with_borrow_mut(|all| {
            let known = all.entry(key).or_default();
            if known.client_statement != now {
                *known = Notes { client_statement: now, ids: HashSet::new() };
            }
            let (is_full, is_first) = (known.ids.len() >= NOTED, known.ids.is_empty());
            let (mut found, mut noted) = (Rewritten::default(), Vec::new());
            let mut see = |id: Option<TableId>| {
                work::step();
                let Some(id) = id else { return };
                if is_full || !is_first && known.ids.contains(&id) {
                    found.0.insert(id);
                } else if noted.len() < NOTED {
                    noted.push(id);
                }
            };
            let side = match call.event() {
                Event::Update => {
                    let mut moved = Vec::new();
                    for_each_pair(call, function, |old, new| {
                        let (before, after) = (old.uuid(id), new.uuid(id));
                        see(after);
                        if before != after {
                            moved.extend([before, after].into_iter().flatten());
                        }
                        Ok(())
                    })?;
                    // Foreign keys have moved what names such a record; ids may be swapped among the records of one statement.
                    found.0.extend(moved);
                    known.ids.extend(noted);
                    return Ok(found);
                }
                Event::Delete => Side::Old,
                _ => Side::New,
            };
            for_each_row(call, side, function, |row| {
                see(row.uuid(id));
                Ok(())
            })?;
            known.ids.extend(noted);
            Ok(found)
        })
    }

    pub fn contains(&self, id: Option<TableId>) -> bool {
        !self.0.is_empty() && id.is_some_and(|id| self.0.contains(&id))
    }

    pub fn ids(&self) -> Vec<TableId> {
        self.0.iter().copied().collect()
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
    let sql = sql!("records/current.sql", records = records.quoted_name());
    let mut rows = WholeRows::of(call);
    for batch in ids.chunks(BATCH) {
        let parameters = [Parameter::Uuids(batch)];
        let found: Vec<Value> =
            records.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| row.value(1)))?;
        for value in &found {
            work::step();
            rows.lend(value, &mut each).transpose()?;
        }
    }
    Ok(())
}
