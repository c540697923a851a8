//! Deletions of which no table holds a row any more.
//!
//! Only tables that a deletion can have reached are asked. A table that any role made elsewhere is not read: planning a query on it can already run its owner's code.
use super::batch::DeletionId;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::allowance::Allowance;
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::{lock_wait, subtransaction};
use pgrx::pg_sys::Oid;
use std::time::Duration;

/// So long one table's lock is waited for.
const LOCK_WAIT: Duration = Duration::from_millis(10);

/// So long tables of other owners are asked, all together.
const FOREIGN_TIME: Duration = Duration::from_secs(1);

/// All tables with soft delete, whoever made them.
pub fn guarded() -> Result<Vec<Oid>> {
    let sql = include_str!("../../../sql/queries/lifecycle/guarded.sql");
    Ok(spi::query(sql, &[], Mode::ReadLatest, |row| row.oid(1))?.into_iter().flatten().collect())
}

/// Returns the deletions of which a table holds no row.
pub fn without_rows(table: OwnedTable, ids: &[DeletionId]) -> Result<Vec<DeletionId>> {
    let sql = sql!("lifecycle/without_rows.sql", relation = table.quoted_name());
    let found = table.read(|| spi::query(&sql, &[Parameter::Uuids(ids)], Mode::WriteLatest, |row| row.uuid(1)))?;
    Ok(found.into_iter().flatten().collect())
}

/// The deletions, written down in this table, without a row in any table that they can have reached. Waits for no table that is locked: such a table of
/// another owner is skipped, as is one that cannot be read; if the owner is the same the result is empty, because the table may hold rows of any deletion.
pub fn emptied(home: OwnedTable, ids: &[DeletionId]) -> Result<Vec<DeletionId>> {
    let mut left = ids.to_vec();
    if left.is_empty() {
        return Ok(left);
    }
    let owner = relation::owner(home.relation());
    let (own, others): (Vec<Oid>, Vec<Oid>) =
        guarded()?.into_iter().partition(|table| relation::owner(*table) == owner);
    for table in &own {
        work::step();
        match subtransaction::attempted(|| ask(OwnedTable::in_soft_delete(*table)?, &left)) {
            Some(asked) => left = asked,
            None => return Ok(Vec::new()),
        }
    }
    if left.is_empty() || others.is_empty() {
        return Ok(left);
    }
    let (below, allowance) = (below(&own)?, Allowance::of(FOREIGN_TIME));
    for table in others.into_iter().filter(|table| below.contains(table)) {
        work::step();
        let asked = subtransaction::attempted(|| {
            let table = OwnedTable::in_soft_delete(table)?;
            allowance.spend(table.relation(), || ask(table, &left))
        });
        left = asked.unwrap_or(left);
    }
    Ok(left)
}

fn ask(table: OwnedTable, ids: &[DeletionId]) -> Result<Vec<DeletionId>> {
    let asked = lock_wait::at_most(LOCK_WAIT, || without_rows(table, ids))?;
    asked.ok_or_else(|| Error::lock_not_available("the table is locked"))
}

/// The tables that foreign keys lead to from these, downwards: a deletion takes no other way.
fn below(tables: &[Oid]) -> Result<Vec<Oid>> {
    let sql = include_str!("../../../sql/queries/lifecycle/below.sql");
    let found = spi::query(sql, &[Parameter::Oids(tables)], Mode::ReadLatest, |row| row.oid(1))?;
    Ok(found.into_iter().flatten().collect())
}
