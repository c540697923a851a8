//! Numbers of rows, for whom row security holds: they are given out by the column's sequence, and a row's audited past stays its own.
//!
//! Who reads a row reads what the log tells of its number. So nobody may choose the number of a row that was somebody else's.
use super::definition::LOG;
use crate::error::{Error, Result};
use crate::fields::identifier::uuid_text;
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::relation;
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{INT2OID, INT4OID, INT8OID, UUIDOID};

struct Numbered {
    number: Attribute,
    number_name: String,
    /// The column that says whose row it is.
    owner: Attribute,
    owner_name: String,
    log: OwnedTable,
    table_name: String,
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
            .hint("rowkit.enable_audit_log() makes it.")
    })?;
    Ok(Numbered {
        number: call.required_attribute(number_name, &[INT2OID, INT4OID, INT8OID])?,
        number_name: number_name.clone(),
        owner: call.required_attribute(owner_name, &[UUIDOID, INT8OID])?,
        owner_name: owner_name.clone(),
        log,
        table_name: relation::name_beside(call.table()?, log.relation()),
        sql: include_str!("../../sql/queries/audit/number.sql").replace("@log@", &log.quoted_name()),
    })
}

fn guard<'a>(call: &Call<'a>, numbered: &Numbered) -> Result<Answer<'a>> {
    let new = call.new_row();
    let Some(number) = new.integer(numbered.number) else { return Ok(call.keep()) };
    if !rights::is_held(call.relation()) {
        return Ok(call.keep());
    }
    let owner = match numbered.owner.kind {
        UUIDOID => new.uuid(numbered.owner).map(|id| uuid_text(&id)),
        _ => new.integer(numbered.owner).map(|number| number.to_string()),
    };
    let table = relation::quoted_name(call.table()?);
    let parameters = [
        Parameter::Text(&table),
        Parameter::Text(&numbered.number_name),
        Parameter::Bigint(number),
        Parameter::Text(&numbered.table_name),
        Parameter::Text(&numbered.owner_name),
    ];
    let found = numbered.log.read(|| {
        spi::query(&numbered.sql, &parameters, Mode::ReadLatest, |row| {
            (row.boolean(1) == Some(true), row.boolean(2) == Some(true), row.text(3))
        })
    })?;
    let (is_given_out, has_past, last_owner) = found.into_iter().next().unwrap_or_default();
    if is_given_out && (!has_past || (last_owner.is_some() && last_owner == owner)) {
        return Ok(call.keep());
    }
    let name = call.relation_name();
    Err(Error::insufficient_privilege(format!("{} {number} of {name} is not free to take", numbered.number_name))
        .hint("Leave it out: numbers are given out. A deleted row can come back under its number to whom it belonged."))
}
