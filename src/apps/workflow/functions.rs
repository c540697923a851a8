//! The SQL functions of sql/install/workflow.sql.
use crate::core::fields::{Fault, Faults, to_json};
use crate::core::jsonb::Value;
use crate::core::workflow::check;
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Jsonb, JsonbResult};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::JSONBOID;
use pgrx::pg_sys::panic::ErrorReport;

fn faults(nodes: Value<'_>, edges: Value<'_>) -> Vec<Fault> {
    let mut faults = Faults::all();
    check(nodes, edges, &mut faults);
    faults.split_off(0)
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn validate_workflow(nodes: Option<Jsonb<'_>>, edges: Option<Jsonb<'_>>) -> Result<JsonbResult, ErrorReport> {
    let nodes = nodes.ok_or_else(|| Error::required("nodes"))?;
    let edges = edges.ok_or_else(|| Error::required("edges"))?;
    Ok(JsonbResult::parse(&to_json(&faults(nodes.value(), edges.value()))))
}

fn find_columns(call: &Call<'_>) -> Result<[Attribute; 2]> {
    let arguments = call.arguments();
    let names = match &arguments[..] {
        [] => ["nodes", "edges"],
        [nodes, edges] => [nodes.as_str(), edges.as_str()],
        _ => {
            return Err(Error::trigger_protocol(
                "enforce_workflow() takes no argument, or two: the columns of nodes and edges",
            )
            .hint("For example EXECUTE FUNCTION rowkit.enforce_workflow('steps', 'links')."));
        }
    };
    Ok([call.required_attribute(names[0], &[JSONBOID])?, call.required_attribute(names[1], &[JSONBOID])?])
}

#[pg_extern(sql = false)]
fn enforce_workflow(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "enforce_workflow()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    let columns = *call_site_or(fcinfo, || find_columns(&call))?;
    let new = call.new_row();
    if call.old_row().is_some_and(|old| columns.iter().all(|column| new.same_bytes(&old, *column))) {
        return Ok(call.keep());
    }
    // What may be NULL is for NOT NULL to say.
    if let [Some(nodes), Some(edges)] = columns.map(|column| new.jsonb(column)) {
        let faults = faults(nodes.value(), edges.value());
        if let Some(first) = faults.first() {
            Err(Error::check_violation(format!(
                "the workflow is not a directed acyclic graph: {} {}",
                first.at, first.message
            ))
            .detail(to_json(&faults))
            .hint("DETAIL lists every error as JSON; rowkit.validate_workflow() tells them without an error."))?;
        }
    }
    Ok(call.keep())
}
