//! Records as they are now, held until the transaction ends.
use super::home::Home;
use super::record::Stored;
use crate::core::sql::sql;
use crate::pg::error::Result;
use crate::pg::spi::{self, Parameter};
use crate::records::catalog::TableId;
use crate::records::stored::live_condition;
use std::collections::HashMap;

/// For what records are held.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be changed: other writers of them wait.
    Change,
    /// To be removed: who wants to refer to them waits, too.
    Removal,
}

/// The live records among these that the caller may change.
pub fn hold(home: &Home, table_id: &TableId, ids: &[TableId], purpose: Purpose) -> Result<HashMap<TableId, Stored>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let lock = match purpose {
        Purpose::Change => "FOR NO KEY UPDATE",
        Purpose::Removal => "FOR UPDATE",
    };
    let sql =
        sql!("import/records.sql", records = home.records_name(), live = live_condition(home.records)?, lock = lock);
    let (_, found) = spi::once(&sql, &[Parameter::Uuid(*table_id), Parameter::Uuids(ids)], Stored::of_row)?;
    Ok(found.into_iter().flatten().map(|stored| (stored.id, stored)).collect())
}
