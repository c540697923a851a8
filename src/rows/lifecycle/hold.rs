//! Deletions on hold: their rows are neither purged nor erased, no DELETE or TRUNCATE removes them, and only the table's owner may UPDATE them.
use super::batch::DeletionId;
use super::homes;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use pgrx::pg_sys::Oid;
use std::collections::HashMap;

/// Whether the deletion is on hold, by the nearest record; it is locked then, so that it stays so.
pub fn is_on_hold(table: Oid, id: DeletionId) -> Result<bool> {
    match homes::assigned(&homes::of_table(table)?, &[id], None)?.into_iter().find(|(_, ids)| !ids.is_empty()) {
        Some((home, _)) => is_on_hold_in(home, id),
        None => Ok(false),
    }
}

/// Whether the deletion is on hold by what this table of deletions says.
pub fn is_on_hold_in(deletions: OwnedTable, id: DeletionId) -> Result<bool> {
    let sql = sql!("lifecycle/holds.sql", deletions = deletions.quoted_name());
    let found =
        deletions.read(|| spi::query(&sql, &[Parameter::Uuids(&[id])], Mode::WriteLatest, |row| row.uuid(1)))?;
    Ok(!found.is_empty())
}

/// So many deletions are remembered.
const MOST_KNOWN: usize = 10_000;

/// Which deletions are on hold, the last ones that a statement looked up.
#[derive(Default)]
pub struct Holds(HashMap<DeletionId, bool>);

impl Holds {
    /// 55000 where the deletion is on hold.
    pub fn refuse(&mut self, table: Oid, id: DeletionId) -> Result<()> {
        let is_held = match self.0.get(&id) {
            Some(known) => *known,
            None => is_on_hold(table, id)?,
        };
        if self.0.len() == MOST_KNOWN {
            self.0.clear();
        }
        self.0.insert(id, is_held);
        if is_held { Err(refusal(table)) } else { Ok(()) }
    }
}

/// 55000 where the table has rows of deletions on hold.
pub fn refuse_truncate(table: Oid) -> Result<()> {
    for home in homes::of_table(table)? {
        work::step();
        let sql = sql!("lifecycle/all_holds.sql", deletions = home.quoted_name());
        let held = home.read(|| spi::query(&sql, &[], Mode::ReadLatest, |row| row.uuid(1)))?;
        let held: Vec<DeletionId> = held.into_iter().flatten().collect();
        if held.is_empty() {
            continue;
        }
        let rows = OwnedTable::in_soft_delete(table)?;
        let sql = format!(
            "SELECT FROM {} AS held WHERE held.deletion_id OPERATOR(pg_catalog.=) ANY ($1) LIMIT 1",
            rows.quoted_name()
        );
        if rows.read(|| spi::execute(&sql, &[Parameter::Uuids(&held)], Mode::ReadLatest))? > 0 {
            return Err(refusal(table));
        }
    }
    Ok(())
}

/// What a command that would remove or change rows on hold says.
pub fn refusal(table: Oid) -> Error {
    let name = relation::quoted_name(table);
    Error::conflict(format!("a row of {name} belongs to a deletion that is on hold"))
        .hint("rowkit.hold_deletion(…, hold => false) ends the hold.")
}
