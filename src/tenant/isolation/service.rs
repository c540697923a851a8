//! Columns of a tenant's rows that are the service's to write.
use crate::core::check;
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::{Error, Result};
use crate::pg::rights;
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;

type Kept = Vec<(String, Attribute)>;

#[pg_extern(sql = false)]
fn guard_service_columns(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "guard_service_columns()", Timing::BeforeRow, &[Event::Update])?;
    Ok(guard(&call, &*call_site_or(fcinfo, || kept(&call))?)?)
}

fn kept(call: &Call<'_>) -> Result<Kept> {
    let names = call.arguments();
    if names.is_empty() {
        return Err(Error::trigger_protocol("guard_service_columns() takes the columns that it keeps")
            .hint("For example EXECUTE FUNCTION rowkit.guard_service_columns('plan', 'max_users')."));
    }
    let find = |name: String| call.required_column(&name).map(|attribute| (name, attribute));
    names.into_iter().map(find).collect()
}

fn guard<'a>(call: &Call<'a>, kept: &Kept) -> Result<Answer<'a>> {
    let Some(old) = call.old_row() else { return Ok(call.keep()) };
    let new = call.new_row();
    let changed = kept.iter().filter(|(_, column)| old.change(&new, *column).is_some()).map(|(name, _)| name.as_str());
    let changed: Vec<&str> = changed.collect();
    // In the owner's name counters and limits follow.
    let is_guarded = rights::is_subject_to_rls(call.relation()) && check::in_force("service_columns");
    if changed.is_empty() || !is_guarded {
        return Ok(call.keep());
    }
    let (columns, table) = (changed.join(", "), call.relation_name());
    Err(Error::insufficient_privilege(format!("only the service changes {columns} of {table}"))
        .hint("Use a role that row security does not hold, such as service_role."))
}
