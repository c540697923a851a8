//! Only in a build for the benches: JSON Schema as one writes it first, with pgrx's own `JsonB`, which is text both ways.
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::Error;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{JsonB, pg_extern};

/// The schema is taken to be the same in all calls of one query.
#[pg_extern(sql = false)]
fn json_matches_schema_by_text(
    schema: JsonB,
    instance: JsonB,
    fcinfo: FunctionCallInfo<'_>,
) -> Result<bool, ErrorReport> {
    let validator = call_site_or(fcinfo, || {
        let options = jsonschema::options().offline().should_validate_formats(true);
        options.build(&schema.0).map_err(|why| Error::invalid_parameter(why.to_string()))
    })?;
    Ok(validator.is_valid(&instance.0))
}
