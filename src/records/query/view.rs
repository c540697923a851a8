//! Views of custom tables: queries that are kept.
use super::functions::{Rows, page_of};
use super::source::{now, refused};
use crate::core::fault::{Fault, to_json};
use crate::core::fields::identifier::uuid_text;
use crate::core::jsonb::{JsonObjectWriter, Value, to_text};
use crate::core::query::figures::read_levels;
use crate::core::query::{Reader, read_with, stored};
use crate::core::schema::Schema;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::call::FunctionCallInfo;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Jsonb, JsonbResult};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::time_zone::ServerZones;
use crate::pg::trigger::{Answer, Call, Columns, Event, Timing};
use crate::records::catalog::{self, Home, TableId};
use pgrx::iter::TableIterator;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{JSONBOID, Oid, UUIDOID};
use pgrx::{Uuid, name, pg_extern};

/// The keys that only a call of a view can say.
const OF_CALLS: [&str; 2] = ["after", "before"];

/// Checks the query of a view, and stores it by ids.
#[pg_extern(sql = false)]
fn guard_table_view(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "guard_table_view()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    let row = call.new_row();
    let json = |name: &str| call.required_attribute(name, &[JSONBOID]);
    let (query, group_by) = (json("query")?, json("group_by")?);
    let table_id = call.required_attribute("table_id", &[UUIDOID])?;
    let (Some(given), Some(levels), Some(id)) = (row.jsonb(query), row.jsonb(group_by), row.uuid(table_id)) else {
        return Ok(call.keep());
    };
    if let Some(old) = call.old_row()
        && [query, group_by, table_id].into_iter().all(|attribute| row.same_bytes(&old, attribute))
    {
        return Ok(call.keep());
    }
    let tables = OwnedTable::of_trigger(&call)?.named("tables")?;
    // A table that is not there, or is another tenant's, is for the foreign key to refuse.
    let home = Home::find(&call, tables, "table_id")?;
    let Some(schema) = home.schema_for_writing(&row, &id)? else { return Ok(call.keep()) };
    if let Some(key) = given
        .value()
        .as_object()
        .and_then(|object| OF_CALLS.into_iter().find(|key| object.get(key).is_some_and(|value| !value.is_null())))
    {
        return Err(Error::invalid_parameter(format!("a view must not have \"{key}\""))
            .hint("Give a cursor to query_view.")
            .into());
    }
    check(given.value(), levels.value(), &schema).map_err(|faults| refused(&faults))?;
    let kept = |document: &Jsonb<'_>| JsonbResult::parse(&stored::by_ids(document.value(), &schema)).to_value();
    Ok(call.replace(&[(query, kept(&given)), (group_by, kept(&levels))]))
}

/// All problems of a view under a schema.
fn check(query: Value<'_>, group_by: Value<'_>, schema: &Schema) -> std::result::Result<(), Vec<Fault>> {
    let is_grouped = !group_by.as_array().is_some_and(|levels| levels.is_empty());
    let more = |reader: &mut Reader<'_>| {
        if is_grouped {
            read_levels(reader, group_by);
        }
    };
    read_with(query, schema, now(), &ServerZones, more).map(|_| ())
}

struct View {
    table_id: TableId,
    query: Vec<u8>,
    group_by: Vec<u8>,
}

/// A view that the caller sees.
fn find(view_id: &TableId, table_views: Oid) -> Result<View> {
    let sql = sql!("query/view.sql", table_views = relation::quoted_name(table_views));
    let found = rights::reading_as_caller(table_views, || {
        spi::query(&sql, &[Parameter::Uuid(*view_id)], Mode::Read, |row| {
            Some(View { table_id: row.uuid(1)?, query: row.jsonb(2)?, group_by: row.jsonb(3)? })
        })
    })?;
    found.into_iter().flatten().next().ok_or_else(|| {
        Error::undefined_object(format!("view {} does not exist", uuid_text(view_id)))
            .hint("Or it is not visible to you.")
    })
}

/// The relation of views, and that of schemas beside it.
fn relations(table_views: Option<Regclass>) -> Result<(Oid, Oid)> {
    let hint = "Views come with the blueprint custom_tables.";
    match table_views {
        Some(Regclass(views)) => Ok((views, rights::required_beside(views, "tables", hint)?)),
        None => {
            let tables = catalog::tables_relation(None)?;
            Ok((rights::required_beside(tables, "table_views", hint)?, tables))
        }
    }
}

/// The query of a call: both filters hold, and what the call says else counts in place of what the view says.
fn merged(kept: Value<'_>, given: Value<'_>) -> String {
    let (Some(kept), Some(given)) = (kept.as_object(), given.as_object()) else { return to_text(given) };
    // No filter is written in three ways: as null, as {}, and not at all.
    let is_said = |value: &Value<'_>| !value.is_null() && value.as_object().is_none_or(|object| !object.is_empty());
    let own = |name: &str| given.get(name).filter(is_said);
    let mut writer = JsonObjectWriter::new();
    for (key, value) in kept.iter() {
        work::step();
        let key = String::from_utf8_lossy(key);
        let value = match (key.as_ref(), own(&key)) {
            ("filter", Some(filter)) if is_said(&value) => {
                format!("{{\"and\":[{},{}]}}", to_text(value), to_text(filter))
            }
            (_, Some(other)) => to_text(other),
            (_, None) => to_text(value),
        };
        writer = writer.json(&key, value);
    }
    for (key, value) in given.iter() {
        work::step();
        let key = String::from_utf8_lossy(key);
        if kept.get(&key).is_none() {
            writer = writer.json(&key, to_text(value));
        }
    }
    writer.object()
}

#[pg_extern(sql = false, stable, parallel_restricted)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn query_view(
    view_id: Option<Uuid>,
    query: Option<Jsonb<'_>>,
    table_views: Option<Regclass>,
) -> Result<
    TableIterator<'static, (name!(record_id, Uuid), name!(record, JsonbResult), name!(cursor, String))>,
    ErrorReport,
> {
    let view_id = view_id.ok_or_else(|| Error::required("view_id"))?;
    let (views, tables) = relations(table_views)?;
    let view = find(view_id.as_bytes(), views)?;
    let none = JsonbResult::parse("{}").into_read();
    let given = query.as_ref().unwrap_or(&none).value();
    let query = JsonbResult::parse(&merged(Value::root(&view.query), given)).into_read();
    let rows: Rows = page_of(Some(Uuid::from_bytes(view.table_id)), Some(query), Some(Regclass(tables)))?;
    Ok(TableIterator::new(rows))
}

#[pg_extern(sql = false, stable, parallel_restricted)]
fn view_problems(view_id: Option<Uuid>, table_views: Option<Regclass>) -> Result<JsonbResult, ErrorReport> {
    let view_id = view_id.ok_or_else(|| Error::required("view_id"))?;
    let (views, tables) = relations(table_views)?;
    let view = find(view_id.as_bytes(), views)?;
    let schema = catalog::schema_for_reading(tables, &view.table_id)?;
    let problems = match check(Value::root(&view.query), Value::root(&view.group_by), &schema) {
        Ok(()) => "[]".to_owned(),
        Err(faults) => to_json(&faults),
    };
    Ok(JsonbResult::parse(&problems))
}
