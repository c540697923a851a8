//! The commands of the proof of isolation, as whose they are: as the table's owner, or as the role that tries. sql/install/tenancy_proof.sql words them.
//!
//! For a caller whom row security does not hold and who has the rights of the table's owner: the commands do nothing that this caller could not do.
use crate::error::{Error, Result};
use crate::pg::jsonb::Jsonb;
use crate::pg::relation::Regclass;
use crate::pg::rights::{self, ActingRole, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter, Value};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;

/// The table, whose owner's rights the caller has.
fn proven(relation: Regclass) -> Result<OwnedTable> {
    if !rights::bypasses_row_security() {
        return Err(Error::insufficient_privilege("the proof needs a role that passes row security")
            .hint("Run it as a superuser: it makes canaries, and takes them back."));
    }
    OwnedTable::owned_by_caller(relation.0)
}

#[pg_extern(sql = false)]
fn count_as(
    actor: Option<&str>,
    relation: Regclass,
    command: &str,
    arguments: Option<Jsonb>,
) -> Result<i64, ErrorReport> {
    let table = proven(relation)?;
    let arguments = Value::jsonb(arguments.as_ref().map(Jsonb::bytes));
    let work = || spi::execute(command, &[Parameter::Value(&arguments)], Mode::Write);
    let count = match actor {
        Some(actor) => ActingRole::of_caller(actor)?.run(work)?,
        None => table.remove(work)?,
    };
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

#[pg_extern(sql = false)]
fn answer_as_owner(relation: Regclass, command: &str, arguments: Option<Jsonb>) -> Result<Option<String>, ErrorReport> {
    let arguments = Value::jsonb(arguments.as_ref().map(Jsonb::bytes));
    let work = || spi::query(command, &[Parameter::Value(&arguments)], Mode::Write, |row| row.text(1));
    Ok(proven(relation)?.write(work)?.into_iter().flatten().next())
}
