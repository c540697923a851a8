//! The SQL functions of sql/install/validate.sql.
use crate::core::jsonb::{JsonObjectWriter, Object, Value, to_text};
use crate::core::schema::{self, Schema};
use crate::core::validate::problem::{Problem, to_json};
use crate::core::validate::walk::{CommonValue, Depth, Record, walk};
use crate::core::validate::{cast, form};
use crate::pg::call::{FunctionCallInfo, call_site};
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Jsonb, JsonbResult};
use crate::pg::relation::Regclass;
use crate::pg::{invalidation, rights};
use crate::records::catalog::{self, TableId};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, pg_extern, pg_sys};
use std::rc::Rc;

/// What one call site looked up last: a query over many records of one table looks once.
#[derive(Default)]
struct Site {
    found: Option<Found>,
    /// The last schema document given as an argument.
    given: Option<(Vec<u8>, Rc<Schema>)>,
}

struct Found {
    table_id: TableId,
    named: Option<pg_sys::Oid>,
    tick: u64,
    user: pg_sys::Oid,
    schema: Rc<Schema>,
}

fn table_schema(fcinfo: FunctionCallInfo<'_>, table_id: Option<Uuid>, tables: Option<Regclass>) -> Result<Rc<Schema>> {
    let table_id = *table_id.ok_or_else(|| Error::required("table_id"))?.as_bytes();
    invalidation::accept();
    let (named, tick, user) = (tables.map(|tables| tables.0), invalidation::tick(), rights::current_user());
    // Reading the schema may come back here, through row security of its own.
    if let Some(found) = &call_site::<Site>(fcinfo).found
        && found.table_id == table_id
        && (found.named, found.tick, found.user) == (named, tick, user)
    {
        return Ok(Rc::clone(&found.schema));
    }
    let home = catalog::tables_relation(tables)?;
    invalidation::watch(home);
    let schema = catalog::schema_for_reading(home, &table_id)?;
    call_site::<Site>(fcinfo).found = Some(Found { table_id, named, tick, user, schema: Rc::clone(&schema) });
    Ok(schema)
}

fn given_schema(fcinfo: FunctionCallInfo<'_>, document: Option<Jsonb<'_>>) -> Result<Rc<Schema>> {
    let document = document.ok_or_else(|| Error::required("schema"))?;
    if let Some((source, schema)) = &call_site::<Site>(fcinfo).given
        && source == document.bytes()
    {
        return Ok(Rc::clone(schema));
    }
    let schema = Rc::new(schema::read(document.value())?);
    call_site::<Site>(fcinfo).given = Some((document.bytes().to_vec(), Rc::clone(&schema)));
    Ok(schema)
}

fn object<'a>(data: &'a Option<Jsonb<'_>>) -> Result<Object<'a>> {
    let data = data.as_ref().ok_or_else(|| Error::invalid_parameter("data must not be null"))?;
    let value = data.value();
    value.as_object().ok_or_else(|| {
        Error::invalid_parameter(format!("data must be a JSON object, not {}", value.kind()))
            .hint("A record is an object with a member for each column.")
    })
}

/// The problems of a document that somebody asks about: one that is no object is a problem, too.
fn problems(schema: &Schema, data: &Option<Jsonb<'_>>, depth: Depth) -> Vec<Problem> {
    let value = data.as_ref().map_or(Value::Null, Jsonb::value);
    match value.as_object() {
        Some(object) => form::problems(schema, object, depth),
        None => vec![form::no_object(value.kind())],
    }
}

fn told(problems: &[Problem]) -> JsonbResult {
    if problems.is_empty() { JsonbResult::empty_array() } else { JsonbResult::parse(&to_json(problems)) }
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn validate_record(
    table_id: Option<Uuid>,
    data: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
    fcinfo: FunctionCallInfo<'_>,
) -> Result<JsonbResult, ErrorReport> {
    let schema = table_schema(fcinfo, table_id, tables)?;
    Ok(told(&problems(&schema, &data, Depth::All)))
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn is_valid_record(
    table_id: Option<Uuid>,
    data: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
    fcinfo: FunctionCallInfo<'_>,
) -> Result<bool, ErrorReport> {
    let schema = table_schema(fcinfo, table_id, tables)?;
    Ok(problems(&schema, &data, Depth::First).is_empty())
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn validate_against_schema(
    schema: Option<Jsonb<'_>>,
    data: Option<Jsonb<'_>>,
    fcinfo: FunctionCallInfo<'_>,
) -> Result<JsonbResult, ErrorReport> {
    let schema = given_schema(fcinfo, schema)?;
    Ok(told(&problems(&schema, &data, Depth::All)))
}

#[allow(clippy::too_many_arguments, reason = "the arguments are a record's columns")]
#[pg_extern(sql = false, stable, parallel_safe)]
fn validate_stored_record(
    table_id: Option<Uuid>,
    data: Option<Jsonb<'_>>,
    name: Option<&str>,
    email: Option<&str>,
    company: Option<&str>,
    status: Option<&str>,
    tables: Option<Regclass>,
    fcinfo: FunctionCallInfo<'_>,
) -> Result<JsonbResult, ErrorReport> {
    let schema = table_schema(fcinfo, table_id, tables)?;
    let commons = [name, email, company, status].map(|text| Some(CommonValue::of_text(text, false)));
    let record = Record { commons: Some(commons), stored: true, ..Record::flat(object(&data)?) };
    Ok(told(&walk(&schema, &record, Depth::All)))
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn cast_record(
    table_id: Option<Uuid>,
    data: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
    fcinfo: FunctionCallInfo<'_>,
) -> Result<JsonbResult, ErrorReport> {
    let schema = table_schema(fcinfo, table_id, tables)?;
    let Some(given) = data.as_ref().and_then(|data| data.value().as_object()) else {
        let value = data.as_ref().map_or(Value::Null, Jsonb::value);
        let errors = to_json(&problems(&schema, &data, Depth::All));
        let answer = JsonObjectWriter::new().json("data", to_text(value)).json("changes", "{}").json("errors", errors);
        return Ok(JsonbResult::parse(&answer.object()));
    };
    let casting = cast::cast_record(&schema, given);
    let casted = Some(JsonbResult::parse(&casting.data).into_read());
    let errors = cast::errors(&schema, object(&casted)?);
    let answer =
        JsonObjectWriter::new().json("data", casting.data).json("changes", casting.changes).json("errors", errors);
    Ok(JsonbResult::parse(&answer.object()))
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn table_json_schema(
    table_id: Option<Uuid>,
    tables: Option<Regclass>,
    fcinfo: FunctionCallInfo<'_>,
) -> Result<JsonbResult, ErrorReport> {
    Ok(JsonbResult::parse(&schema::export(&*table_schema(fcinfo, table_id, tables)?)))
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn schema_to_json_schema(schema: Jsonb<'_>, fcinfo: FunctionCallInfo<'_>) -> Result<JsonbResult, ErrorReport> {
    Ok(JsonbResult::parse(&schema::export(&*given_schema(fcinfo, Some(schema))?)))
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn visible_schema(table_id: Option<Uuid>, tables: Option<Regclass>) -> Result<JsonbResult, ErrorReport> {
    let table_id = table_id.ok_or_else(|| Error::required("table_id"))?;
    let document = catalog::require_visible(catalog::tables_relation(tables)?, table_id.as_bytes())?;
    Ok(JsonbResult::document(document))
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn tables_relation() -> Result<Regclass, ErrorReport> {
    Ok(Regclass(catalog::tables_relation(None)?))
}

#[pg_extern(sql = false, parallel_restricted)]
fn schema_cache() -> JsonbResult {
    let (cached, compiled) = catalog::cache_state();
    JsonbResult::parse(&JsonObjectWriter::new().json("cached", cached).json("compiled", compiled).object())
}
