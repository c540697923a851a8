//! `updated_at`, kept by the server.
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::{Error, Result};
use crate::pg::spi::Value;
use crate::pg::trigger::{Answer, Attribute, Call, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{TIMESTAMPOID, TIMESTAMPTZOID};

#[pg_extern(sql = false)]
fn update_updated_at(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "update_updated_at()", Timing::BeforeRow, &[Event::Update])?;
    // A vector made anew is no change that anyone made, and what is restored is as it was.
    if crate::records::search::functions::is_rebuilding_search_vectors(&call)
        || crate::rows::lifecycle::batch::is_marking(&call)
    {
        return Ok(call.keep());
    }
    let attribute = *call_site_or(fcinfo, || find_column(&call))?;
    let now = if attribute.kind == TIMESTAMPTZOID { Value::now() } else { Value::local_now() };
    Ok(call.replace(&[(attribute, now)]))
}

fn find_column(call: &Call<'_>) -> Result<Attribute> {
    let arguments = call.arguments();
    let name = match &arguments[..] {
        [] => "updated_at",
        [name] => name,
        _ => {
            return Err(Error::trigger_protocol(
                "update_updated_at() takes at most one argument: the name of a column",
            )
            .hint("For example EXECUTE FUNCTION rowkit.update_updated_at('changed_at')."));
        }
    };
    call.required_attribute(name, &[TIMESTAMPTZOID, TIMESTAMPOID])
}
