//! The SQL functions of sql/install/template.sql.
use crate::core::fields::{Faults, to_json};
use crate::pg::error::Error;
use crate::pg::jsonb::Jsonb;
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;

fn malformed(why: String) -> Error {
    Error::invalid_parameter(format!("the template cannot be read: {why}"))
        .hint("A variable stands as {{name}}: a letter or _, then letters, digits, _, - and dots.")
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn template_variables(template: &str) -> Result<Vec<String>, ErrorReport> {
    Ok(crate::core::template::variables(template).map_err(malformed)?.into_iter().map(str::to_owned).collect())
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn render_text(template: &str, variables: Jsonb<'_>) -> Result<String, ErrorReport> {
    let object = variables.value().as_object().ok_or_else(|| {
        Error::invalid_parameter(format!("variables must be a JSON object, not {}", variables.value().kind()))
            .hint("For example {\"name\": \"Ann\"}.")
    })?;
    let mut faults = Faults::all();
    let text = crate::core::template::render(template, object, &mut faults).map_err(malformed)?;
    if faults.is_empty() {
        return Ok(text);
    }
    let faults = faults.split_off(0);
    let named: Vec<String> =
        faults.iter().take(3).map(|fault| format!("{{{{{}}}}} {}", &fault.at[1..], fault.message)).collect();
    let more = if faults.len() > 3 { format!(" and {} more", faults.len() - 3) } else { String::new() };
    Err(Error::invalid_parameter(format!("the template cannot be filled: {}{more}", named.join(", ")))
        .detail(to_json(&faults))
        .hint("Give every variable a value; rowkit.template_variables() lists them."))?
}
