//! The SQL functions of sql/install/json_schema.sql.
use crate::core::fields::{Fault, Faults, to_json};
use crate::core::json_schema::{Validator, compile};
use crate::core::jsonb::Value;
use crate::pg::call::{FunctionCallInfo, call_site, call_site_or};
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Jsonb, JsonbResult};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::JSONBOID;
use pgrx::pg_sys::panic::ErrorReport;
use std::cell::RefCell;
use std::rc::Rc;

/// A constraint's schema is compiled once a session, not once a statement.
const KEPT: usize = 64;

thread_local! {
    /// The latest first.
    static COMPILED: RefCell<Vec<(Vec<u8>, Rc<Validator>)>> = const { RefCell::new(Vec::new()) };
}

fn compiled(document: &[u8]) -> Result<Rc<Validator>> {
    let known = COMPILED.with_borrow_mut(|list| {
        let at = list.iter().position(|(source, _)| source == document)?;
        list[..=at].rotate_right(1);
        Some(Rc::clone(&list[0].1))
    });
    if let Some(validator) = known {
        return Ok(validator);
    }
    let validator =
        compile(Value::root(document)).map_err(|why| Error::invalid_parameter(format!("the schema {why}")))?;
    let validator = Rc::new(validator);
    COMPILED.with_borrow_mut(|list| {
        list.truncate(KEPT - 1);
        list.insert(0, (document.to_vec(), Rc::clone(&validator)));
    });
    Ok(validator)
}

#[derive(Default)]
struct Site(Option<(Vec<u8>, Rc<Validator>)>);

fn site_validator(fcinfo: FunctionCallInfo<'_>, json_schema: Option<Jsonb<'_>>) -> Result<Rc<Validator>> {
    let schema = json_schema.ok_or_else(|| Error::required("json_schema"))?;
    if let Some((source, validator)) = &call_site::<Site>(fcinfo).0
        && source == schema.bytes()
    {
        return Ok(Rc::clone(validator));
    }
    let validator = compiled(schema.bytes())?;
    call_site::<Site>(fcinfo).0 = Some((schema.bytes().to_vec(), Rc::clone(&validator)));
    Ok(validator)
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn is_valid_json(
    json_schema: Option<Jsonb<'_>>,
    instance: Option<Jsonb<'_>>,
    fcinfo: FunctionCallInfo<'_>,
) -> Result<Option<bool>, ErrorReport> {
    let validator = site_validator(fcinfo, json_schema)?;
    Ok(instance.map(|instance| validator.is_valid(instance.value())))
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn validate_json(
    json_schema: Option<Jsonb<'_>>,
    instance: Option<Jsonb<'_>>,
    fcinfo: FunctionCallInfo<'_>,
) -> Result<Option<JsonbResult>, ErrorReport> {
    let validator = site_validator(fcinfo, json_schema)?;
    Ok(instance.map(|instance| JsonbResult::parse(&to_json(&faults(&validator, instance.value())))))
}

fn faults(validator: &Validator, value: Value<'_>) -> Vec<Fault> {
    let mut faults = Faults::all();
    validator.check(value, &mut faults);
    faults.split_off(0)
}

/// What one statement looks up once.
struct JsonSchemaTriggerState {
    column: String,
    attribute: Attribute,
    validator: Rc<Validator>,
}

fn look_up(call: &Call<'_>) -> Result<JsonSchemaTriggerState> {
    let [column, schema] = <[String; 2]>::try_from(call.arguments()).map_err(|_| {
        Error::trigger_protocol("enforce_json_schema() takes a column and a JSON Schema")
            .hint("For example EXECUTE FUNCTION rowkit.enforce_json_schema('address', '{\"type\": \"object\"}').")
    })?;
    let attribute = call.required_attribute(&column, &[JSONBOID])?;
    Ok(JsonSchemaTriggerState { column, attribute, validator: compiled(&JsonbResult::parse(&schema).into_bytes())? })
}

#[pg_extern(sql = false)]
fn enforce_json_schema(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "enforce_json_schema()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    let site = call_site_or(fcinfo, || look_up(&call))?;
    let JsonSchemaTriggerState { column, attribute, validator } = &*site;
    let new = call.new_row();
    if call.old_row().is_some_and(|old| new.same_bytes(&old, *attribute)) {
        return Ok(call.keep());
    }
    if let Some(value) = new.jsonb(*attribute)
        && !validator.is_valid(value.value())
    {
        let faults = faults(validator, value.value());
        let first = faults.first().map_or("does not match its schema", |fault| fault.message.as_str());
        Err(Error::check_violation(format!("column \"{column}\" of {}: {first}", call.relation_name()))
            .detail(to_json(&faults))
            .hint("DETAIL lists every error as JSON; rowkit.validate_json() tells them without an error."))?;
    }
    Ok(call.keep())
}
