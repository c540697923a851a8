//! rename_column: the definition and the key in every record, in one transaction.
use crate::catalog::{self, TableId};
use crate::error::{Error, Result};
use crate::fields::identifier::uuid_text;
use crate::pg::operation::Operations;
use crate::pg::relation::{self, Regclass};
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter};
use crate::schema::Common;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, pg_extern};
use std::rc::Rc;

/// A rename under way: the relation of schemas, the table, the names.
#[derive(Debug)]
pub struct Rename {
    tables: Oid,
    table_id: TableId,
    pub from: String,
    pub to: String,
}

thread_local! {
    static RENAMING: Operations<Rename> = const { Operations::new() };
}

/// The rename whose own UPDATE called the trigger for a record of this table: a value that only moved is no change, so it is not looked
/// at.
pub fn under_way(tables: Oid, table_id: &TableId) -> Option<Rc<Rename>> {
    let rename = RENAMING.with(Operations::of_trigger);
    rename.filter(|rename| rename.tables == tables && rename.table_id == *table_id)
}

#[pg_extern(sql = false)]
fn rename_column(
    table_id: Option<Uuid>,
    from_name: Option<&str>,
    to_name: Option<&str>,
    tables: Option<Regclass>,
) -> Result<i64, ErrorReport> {
    let required = |name: &str| Error::invalid_parameter(format!("{name} must not be null"));
    let table_id = *table_id.ok_or_else(|| required("table_id"))?.as_bytes();
    let from = from_name.ok_or_else(|| required("from_name"))?;
    let to = to_name.ok_or_else(|| required("to_name"))?;
    Ok(rename(catalog::tables_relation(tables)?, table_id, from, to)?)
}

fn rename(tables: Oid, table_id: TableId, from: &str, to: &str) -> Result<i64> {
    if [from, to].into_iter().any(|name| Common::named(name).is_some()) {
        return Err(Error::not_supported(format!("column \"{from}\" cannot become \"{to}\""))
            .hint("name, email, company and status are columns of the records table, not keys of data."));
    }
    let beside = |name: &str| {
        rights::beside(tables, name)?.map(relation::quoted_name).ok_or_else(|| {
            Error::undefined_object(format!("there is no {name} beside {}", relation::quoted_name(tables)))
                .hint("rename_column is for the tables of the blueprint custom_tables.")
        })
    };
    let (columns, records) = (beside("table_columns")?, beside("records")?);
    let parameters = [Parameter::Uuid(table_id), Parameter::Text(from), Parameter::Text(to)];
    let define = include_str!("../../sql/queries/rename_definition.sql").replace("@table_columns@", &columns);
    if spi::query(&define, &parameters, Mode::Write, |_| ())?.is_empty() {
        let id = uuid_text(&table_id);
        return Err(Error::undefined_column(format!("table {id} has no column \"{from}\""))
            .hint("Or it is not visible to you."));
    }
    // The edit above holds writers off until the transaction ends.
    let collide = include_str!("../../sql/queries/rename_collisions.sql").replace("@records@", &records);
    let collisions = spi::query(&collide, &parameters, Mode::Write, |row| row.bigint(1))?;
    if let Some(count) = collisions.into_iter().flatten().next().filter(|count| *count > 0) {
        return Err(Error::unique_violation(format!("{count} records have a value under \"{to}\" already"))
            .hint("Move or remove those values first; nothing was renamed."));
    }
    let rename = Rename { tables, table_id, from: from.to_owned(), to: to.to_owned() };
    let _renaming = Operations::begin(&RENAMING, rename);
    let move_keys = include_str!("../../sql/queries/rename_keys.sql").replace("@records@", &records);
    Ok(spi::query(&move_keys, &parameters, Mode::Write, |row| row.bigint(1))?.into_iter().flatten().next().unwrap_or(0))
}
