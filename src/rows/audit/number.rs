//! Numbers of rows, for whom row security holds: they are given out by the column's sequence, and a row's audited past stays its own.
//!
//! Who reads a row reads what the log tells of its number. So nobody may choose the number of a row that was somebody else's.
use crate::core::audit::definition::LOG;
use crate::core::check;
use crate::core::fields::identifier::uuid_text;
use crate::core::sql::{Identifier, literal, sql};
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use crate::pg::value::Value;
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{INT8OID, UUIDOID};

struct Numbered {
    number: Attribute,
    /// The column that says whose row it is.
    owner: Attribute,
    owner_name: String,
    log: OwnedTable,
    /// The table's name in the log.
    label: String,
    sql: String,
}

#[pg_extern(sql = false)]
fn guard_record_number(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "guard_record_number()", Timing::BeforeRow, &[Event::Insert])?;
    Ok(guard(&call, &*call_site_or(fcinfo, || look_up(&call))?)?)
}

fn look_up(call: &Call<'_>) -> Result<Numbered> {
    let arguments = call.arguments();
    let [number_name, owner_name] = arguments.as_slice() else {
        return Err(Error::trigger_protocol(
            "guard_record_number() takes the column of the number and the column that says whose row it is",
        )
        .hint("For example EXECUTE FUNCTION rowkit.guard_record_number('id', 'created_by')."));
    };
    let log = OwnedTable::of_trigger(call)?.beside(LOG)?.ok_or_else(|| {
        Error::undefined_object(format!("there is no table {LOG} beside {}", call.relation_name()))
            .hint("rowkit.create_audit_log() makes it.")
    })?;
    let number = call.required_attribute(number_name, &[INT8OID])?;
    let owner = call.required_attribute(owner_name, &[UUIDOID, INT8OID])?;
    let table = call.table();
    let name = relation::quoted_name(table);
    let sql = sql!(
        "audit/number.sql",
        sequence = format!("{}::pg_catalog.regclass", literal(&sequence(&name, number_name)?)),
        number = Identifier(number_name),
        log = log.quoted_name(),
        table = name
    );
    Ok(Numbered {
        number,
        owner,
        owner_name: owner_name.clone(),
        log,
        label: relation::name_beside(table, log.relation()),
        sql,
    })
}

fn sequence(table: &str, column: &str) -> Result<String> {
    let sql = "SELECT pg_catalog.pg_get_serial_sequence($1, $2)";
    let found = spi::query(sql, &[Parameter::Text(table), Parameter::Text(column)], Mode::Read, |row| row.text(1))?;
    found.into_iter().flatten().next().ok_or_else(|| {
        Error::undefined_object(format!("column \"{column}\" of {table} has no sequence"))
            .hint("It must be an identity column, or own the sequence that numbers it.")
    })
}

fn guard<'a>(call: &Call<'a>, numbered: &Numbered) -> Result<Answer<'a>> {
    let new = call.new_row();
    let Some(number) = new.integer(numbered.number) else { return Ok(call.keep()) };
    if !rights::is_subject_to_rls(call.relation()) || !check::in_force("record_number") {
        return Ok(call.keep());
    }
    let owner = match numbered.owner.kind {
        UUIDOID => new.uuid(numbered.owner).map(|id| uuid_text(&id)),
        _ => new.integer(numbered.owner).map(|number| number.to_string()),
    };
    let parameters = [
        Parameter::Text(&numbered.label),
        Parameter::Bigint(number),
        Parameter::Text(&numbered.owner_name),
        Parameter::Text(owner.as_deref().unwrap_or_default()),
    ];
    let other =
        numbered.log.write(|| spi::query(&numbered.sql, &parameters, Mode::WriteLatest, |row| row.bigint(1)))?;
    Ok(match other.into_iter().flatten().next() {
        Some(other) => call.replace(&[(numbered.number, Value::bigint(Some(other)))]),
        None => call.keep(),
    })
}
