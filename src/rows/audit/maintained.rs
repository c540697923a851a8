//! The columns of a table that rowkit's own triggers keep: an undo leaves them to those.
use crate::pg::error::Result;
use crate::pg::spi::{self, Mode, Parameter};
use pgrx::pg_sys::Oid;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Answers the columns of a table that follow the rows of other tables. A layer above has the triggers that keep them.
type Counters = fn(Oid) -> Result<Vec<String>>;

static COUNTERS: OnceLock<Counters> = OnceLock::new();

/// Called once, when the library is loaded.
pub fn register_counters(columns: Counters) {
    let _ = COUNTERS.set(columns);
}

/// Those that follow the rows of other tables.
pub fn counters(table: Oid) -> Result<BTreeSet<String>> {
    COUNTERS.get().map_or(Ok(BTreeSet::new()), |columns| Ok(columns(table)?.into_iter().collect()))
}

/// Those that hold search vectors.
pub fn search_vectors(table: Oid) -> Result<Vec<String>> {
    let sql = include_str!("../../../sql/queries/audit/search_vectors.sql");
    let found = spi::query(sql, &[Parameter::Oid(table)], Mode::ReadLatest, |row| row.text(1))?;
    Ok(found.into_iter().flatten().collect())
}

/// Those that follow the row itself: search vectors, when it was changed and by whom, and the schema of a table of records.
pub fn columns(table: Oid) -> Result<BTreeSet<String>> {
    let sql = include_str!("../../../sql/queries/audit/maintained.sql");
    let found = spi::query(sql, &[Parameter::Oid(table)], Mode::Read, |row| row.text(1))?;
    Ok(found.into_iter().flatten().collect())
}
