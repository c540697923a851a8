//! The errors of changes of a column's definition that touched no row.
use crate::core::fields::identifier::uuid_text;
use crate::core::sql::sql;
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;
use pgrx::pg_sys::Oid;

/// The error of a change of a column's definition that touched no row: 42501 where the caller sees the definition, else 42704.
pub fn not_changed(columns: Oid, table_id: &TableId, name: &str, verb: &str) -> Result<Error> {
    let sql = sql!("columns/is_seen.sql", table_columns = relation::quoted_name(columns));
    let parameters = [Parameter::Uuid(*table_id), Parameter::Text(name)];
    let seen = rights::as_caller(columns, || spi::query(&sql, &parameters, Mode::Write, |_| ()))?;
    let table = uuid_text(table_id);
    if seen.is_empty() {
        let error = Error::undefined_object(format!("table {table} has no column \"{name}\""));
        return Ok(error.hint("Or it is not visible to you."));
    }
    let error = Error::insufficient_privilege(format!("column \"{name}\" of table {table} is not yours to {verb}"));
    let right = if verb == "delete" { "DELETE" } else { "UPDATE" };
    let columns = relation::quoted_name(columns);
    Ok(error
        .hint(format!("Row security lets you read it in {columns}; a role that may {right} the row can {verb} it.")))
}
