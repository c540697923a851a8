//! Edits of the table that an import makes before its first row: new columns, and what all such edits have in common.
//!
//! They are made by statements of the caller's, like any edit of table_columns: with the caller's rights and row security, under the lock that the trigger of an
//! edit takes, and in the transaction in which the import begins.
use super::home::Home;
use crate::core::import::new_column::NewColumn;
use crate::core::jsonb::Value;
use crate::core::schema::{self, Schema};
use crate::core::sql::sql;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::JsonbResult;
use crate::pg::relation;
use crate::pg::rights::{OwnedTable, Privilege};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::subtransaction::{self, Failure};
use crate::records::catalog::{self, TableId};
use std::rc::Rc;

const HINT: &str = "Leave create_columns out, or ask a member who may edit the table.";

/// Runs an edit. Where the caller has no right to it the error says what to do instead.
pub fn edited<T>(hint: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let is_refusal = |sqlstate: &str| sqlstate == "42501";
    let refusal = |failure: Failure| Error::insufficient_privilege(failure.message).hint(hint);
    subtransaction::tried(|_| true, is_refusal, work)?.map_err(refusal)
}

/// The error of rows that an INSERT … ON CONFLICT DO NOTHING left out.
pub fn not_made(what: &str) -> Error {
    Error::serialization_failure(format!("another transaction makes a {what} of the same name")).hint("Try again.")
}

/// The table's schema, as this transaction has made it.
pub fn latest_schema(home: &Home, table_id: &TableId) -> Result<Rc<Schema>> {
    let stored = catalog::latest_schema(OwnedTable::granted(home.tables, Privilege::Select)?, table_id)?;
    let document = stored.ok_or_else(|| Error::internal("the table of an import is gone"))?;
    Ok(Rc::new(schema::read(Value::root(&document))?))
}

/// Makes the columns, and returns the schema that has them.
pub fn create(home: &Home, table_id: &TableId, new: &[NewColumn]) -> Result<Rc<Schema>> {
    let sql = sql!("import/columns.sql", columns = relation::quoted_name(home.columns()?));
    let rows: Vec<String> = new.iter().map(NewColumn::to_row).collect();
    let rows = JsonbResult::parse(&format!("[{}]", rows.join(","))).to_value();
    let parameters = [Parameter::Uuid(*table_id), Parameter::Value(&rows)];
    let made = edited(HINT, || spi::query(&sql, &parameters, Mode::Write, |row| row.uuid(1)))?;
    if made.len() < new.len() {
        return Err(not_made("column"));
    }
    latest_schema(home, table_id)
}
