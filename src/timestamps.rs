//! `updated_at`, kept by the server.
use crate::error::{Error, Result};
use crate::pg::relation::{local_transaction_timestamp, transaction_timestamp};
use crate::pg::trigger::{Answer, Call, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{self, TIMESTAMPOID, TIMESTAMPTZOID};

#[pg_extern(sql = false)]
fn set_updated_at(fcinfo: pg_sys::FunctionCallInfo) -> Result<Answer, ErrorReport> {
    let call = Call::new(fcinfo, "set_updated_at()", Timing::BeforeRow, &[Event::Update])?;
    let arguments = call.arguments();
    let name = arguments.first().map_or("updated_at", String::as_str);
    let attribute = call.required_attribute(name, &[TIMESTAMPTZOID, TIMESTAMPOID])?;
    let now =
        if attribute.kind == TIMESTAMPTZOID { Some(transaction_timestamp()) } else { local_transaction_timestamp() };
    let now = now.ok_or_else(|| Error::datatype_mismatch("the transaction's time has no local form"))?;
    Ok(call.replace(&[(attribute, Some(now))]))
}
