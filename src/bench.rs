//! Only in a build for the benches: JSON Schema as one writes it first, with pgrx's own `JsonB`, which is text both ways.
use crate::error::Error;
use crate::pg::call::call_site;
use jsonschema::Validator;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{JsonB, pg_extern, pg_sys};

#[derive(Default)]
struct Site(Option<Validator>);

/// The schema is taken to be the same in all calls of one query.
#[pg_extern(sql = false)]
fn json_matches_schema_by_text(
    schema: JsonB,
    instance: JsonB,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<bool, ErrorReport> {
    let site: &mut Site = call_site(fcinfo);
    if site.0.is_none() {
        let validator = jsonschema::options()
            .offline()
            .should_validate_formats(true)
            .build(&schema.0)
            .map_err(|why| Error::invalid_parameter(why.to_string()))?;
        site.0 = Some(validator);
    }
    Ok(site.0.as_ref().is_some_and(|validator| validator.is_valid(&instance.0)))
}
