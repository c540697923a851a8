//! `created_by` and `updated_by`, filled from the claims of the request.
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::{Error, Result};
use crate::pg::operation;
use crate::pg::rights;
use crate::pg::spi::Value;
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::UUIDOID;
use pgrx::pg_sys::panic::ErrorReport;

struct ActorTriggerState {
    created_by: Option<Attribute>,
    updated_by: Option<Attribute>,
    /// Columns whose change sets updated_by.
    watched: Vec<Attribute>,
}

#[pg_extern(sql = false)]
fn set_row_actor(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "set_row_actor()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    // What is restored or brought back is as it was; a vector made anew is no change that anyone made.
    let is_own = crate::rows::lifecycle::batch::is_marking(&call)
        || crate::records::search::functions::is_rebuilding_search_vectors(&call)
        || (call.event() == Event::Insert && operation::is_undo(&call)?);
    let lookups = call_site_or(fcinfo, || find_columns(&call))?;
    if is_own {
        return Ok(call.keep());
    }
    let user = crate::identity::claims::user();
    // A backend that names nobody in its claims says itself who did it; an end user that they do not name is nobody.
    if user.is_none() && !rights::is_subject_to_rls(call.relation()) {
        return Ok(call.keep());
    }
    let user = Value::uuid(user.map(|user| *user.as_bytes()));
    let (created_by, updated_by) = match call.old_row() {
        None => (user.clone(), user),
        Some(old) => {
            let new = call.new_row();
            let is_changed = lookups.watched.iter().any(|column| !new.same_bytes(&old, *column));
            let was = |column: Option<Attribute>| column.map_or(Value::null(UUIDOID), |column| old.value(column));
            (was(lookups.created_by), if is_changed { user } else { was(lookups.updated_by) })
        }
    };
    let columns = [(lookups.created_by, created_by), (lookups.updated_by, updated_by)];
    let columns: Vec<_> =
        columns.into_iter().filter_map(|(column, value)| column.map(|column| (column, value))).collect();
    Ok(call.replace(&columns))
}

fn find_columns(call: &Call<'_>) -> Result<ActorTriggerState> {
    let arguments = call.arguments();
    let of_type = |name: &str| call.required_attribute(name, &[UUIDOID]);
    let (created_by, updated_by) = match &arguments[..] {
        [] => {
            let found = |name: &str| call.attribute(name).map(|_| of_type(name)).transpose();
            (found("created_by")?, found("updated_by")?)
        }
        [created_by, updated_by] => (Some(of_type(created_by)?), Some(of_type(updated_by)?)),
        _ => {
            return Err(Error::trigger_protocol("set_row_actor() takes two arguments or none: the names of columns")
                .hint("For example EXECUTE FUNCTION rowkit.set_row_actor('created_by', 'updated_by')."));
        }
    };
    if created_by.is_none() && updated_by.is_none() {
        return Err(Error::undefined_column(format!("{} has neither created_by nor updated_by", call.relation_name()))
            .hint("Name the columns: EXECUTE FUNCTION rowkit.set_row_actor('author', 'editor')."));
    }
    let watched = call
        .columns()
        .into_iter()
        .filter(|(name, column)| name != "updated_at" && Some(*column) != created_by && Some(*column) != updated_by);
    Ok(ActorTriggerState { created_by, updated_by, watched: watched.map(|(_, column)| column).collect() })
}
