//! Proof that a SECURITY DEFINER trigger function runs on its own tables.
//!
//! Whoever may execute a trigger function may create a trigger with it on any table of their own, a temporary one included. There
//! `TG_TABLE_SCHEMA`, the rows and the tables beside it are theirs to choose, while the function runs with its owner's rights. So such
//! a function asks first whether the table, and each table that it is going to use, belongs to its own schema and its own owner.
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::lock;
use crate::pg::relation;
use crate::pg::spi::{self, Mode, Parameter};
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Array, pg_extern};

/// Schema, owner and name of a trigger's function.
struct Function {
    schema: Oid,
    owner: Oid,
    name: String,
}

impl Function {
    fn owns(&self, table: Oid) -> bool {
        relation::is_table(table)
            && !relation::is_temporary(table)
            && relation::namespace(table) == Some(self.schema)
            && relation::owner(table) == self.owner
            || !crate::core::check::in_force("own_trigger")
    }

    fn refuse(&self, why: &str) -> Error {
        Error::insufficient_privilege(format!("{} {why}", self.name))
            .hint("It works with its owner's rights, so only on tables of its own schema and owner. Write a function of your own for other tables.")
    }
}

#[pg_extern(sql = false)]
fn assert_own_trigger(
    relid: Option<Oid>,
    trigger_name: Option<&str>,
    tables: Option<Array<'_, &str>>,
) -> Result<(), ErrorReport> {
    let relid = relid.ok_or_else(|| Error::required("relid"))?;
    let trigger_name = trigger_name.ok_or_else(|| Error::required("trigger_name"))?;
    let tables = tables.ok_or_else(|| Error::required("tables"))?;
    // The running statement holds a lock on the trigger's own table.
    let function = trigger_function(relid, trigger_name)?;
    if !function.owns(relid) {
        return Err(function.refuse(&format!("cannot be a trigger on {}", relation::quoted_name(relid))).into());
    }
    for name in tables.iter() {
        work::step();
        let name = name.ok_or_else(|| function.refuse("is not told which table it works on"))?;
        let found = relation::beside(relid, name);
        if let Some(found) = found {
            // From here on nobody drops it, renames it or gives it to another owner until the transaction ends.
            lock::keep_relation(found);
        }
        if !relation::beside(relid, name).is_some_and(|table| found == Some(table) && function.owns(table)) {
            return Err(function.refuse(&format!("has no table \"{name}\" of its own")).into());
        }
    }
    Ok(())
}

fn trigger_function(relid: Oid, trigger_name: &str) -> Result<Function> {
    let sql = include_str!("../../../sql/queries/tenancy/trigger_function.sql");
    let parameters = [Parameter::Oid(relid), Parameter::Text(trigger_name)];
    let found = spi::query(sql, &parameters, Mode::ReadLatest, |row| {
        Some(Function { schema: row.oid(1)?, owner: row.oid(2)?, name: row.text(3)? })
    })?;
    found.into_iter().flatten().next().ok_or_else(|| {
        Error::insufficient_privilege("this is not called by a trigger")
            .hint("A trigger function passes its TG_RELID and TG_NAME.")
    })
}
