//! Upserts: the records that have the same value in a unique column as given ones.
use super::keys::{holders, unique_key};
use crate::core::fields::identifier::uuid_text;
use crate::core::jsonb::{Array, ArrayBuilder, Object, Value};
use crate::core::schema::Column;
use crate::core::validate::form::{self, Unclear};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Jsonb, JsonbResult};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::{self, TableId};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, pg_extern};
use std::collections::HashSet;

/// The given records, flat or nested, with their custom fields under "data": what is matched, checked and written is the same.
#[pg_extern(sql = false, stable)]
fn nested_records(
    table_id: Option<Uuid>,
    records: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<JsonbResult, ErrorReport> {
    let table_id = *table_id.ok_or_else(|| Error::required("table_id"))?.as_bytes();
    let given = records.ok_or_else(|| Error::required("records"))?;
    let schema = catalog::schema_for_reading(catalog::tables_relation(tables)?, &table_id)?;
    let list = list(given.value())?;
    let mut builder = ArrayBuilder::default();
    for (place, item) in list.iter().enumerate() {
        work::step();
        let record = form::nested(&schema, record(place, item)?).map_err(|unclear| match unclear {
            Unclear::NoObject(kind) => {
                Error::invalid_parameter(format!("\"data\" of record {} must be a JSON object, not {kind}", place + 1))
                    .hint("It holds the custom fields of a record that is not flat.")
            }
            Unclear::TwoValues(name) => {
                Error::invalid_parameter(format!("record {} has two values in \"{name}\"", place + 1))
                    .hint("One stands in \"data\" and another beside it. Give one of them.")
            }
        })?;
        work::reserve(record.len());
        builder.element(Value::root(&record));
    }
    Ok(JsonbResult::array(builder))
}

fn list(given: Value<'_>) -> Result<Array<'_>> {
    given.as_array().ok_or_else(|| {
        Error::invalid_parameter(format!("records must be a JSON array, not {}", given.kind()))
            .hint("Each of its elements is a record, an object with a member for each column.")
    })
}

fn record(place: usize, item: Value<'_>) -> Result<Object<'_>> {
    item.as_object().ok_or_else(|| {
        Error::invalid_parameter(format!("record {} must be a JSON object, not {}", place + 1, item.kind()))
            .hint("A record is an object with a member for each column.")
    })
}

#[pg_extern(sql = false)]
fn matched_records(
    table_id: Option<Uuid>,
    match_on: Option<&str>,
    records: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<Vec<Option<Uuid>>, ErrorReport> {
    let table_id = *table_id.ok_or_else(|| Error::required("table_id"))?.as_bytes();
    let match_on = match_on.ok_or_else(|| Error::required("match_on"))?;
    let given = records.ok_or_else(|| Error::required("records"))?;
    let found = matched(&table_id, match_on, given.value(), tables)?;
    Ok(found.into_iter().map(|id| id.map(Uuid::from_bytes)).collect())
}

fn matched(
    table_id: &TableId,
    match_on: &str,
    given: Value<'_>,
    tables: Option<Regclass>,
) -> Result<Vec<Option<TableId>>> {
    let tables = catalog::tables_relation(tables)?;
    let schema = catalog::schema_for_reading(tables, table_id)?;
    let column = schema.column(match_on).or_else(|| schema.column_formerly(match_on)).ok_or_else(|| {
        Error::undefined_object(format!("table {} has no column \"{match_on}\"", uuid_text(table_id)))
            .hint("match_on is the name of a unique column of the table.")
    })?;
    if !column.unique {
        return Err(Error::invalid_parameter(format!("column \"{match_on}\" is not unique"))
            .hint("Two records may have the same value in it. UPDATE table_columns SET is_unique = true first."));
    }
    let keys = keys_of(column, given)?;
    let hint = "Upserts are for the tables of the blueprint custom_tables.";
    let beside = |name: &str| rights::required_beside(tables, name, hint);
    let (records, stored) = (beside("records")?, beside("record_keys")?);
    let found = holders(records, stored, table_id, &column.key_id, &keys)?;
    let ids: Vec<TableId> = found.values().copied().collect();
    let sql = format!("SELECT id FROM {} WHERE id OPERATOR(pg_catalog.=) ANY ($1)", relation::quoted_name(records));
    let read = || spi::query(&sql, &[Parameter::Uuids(&ids)], Mode::ReadLatest, |row| row.uuid(1));
    let visible = rights::reading_as_caller(records, read)?;
    let visible: HashSet<TableId> = visible.into_iter().flatten().collect();
    Ok(keys.iter().map(|key| found.get(key).copied().filter(|id| visible.contains(id))).collect())
}

/// The compared form of each given record's value.
fn keys_of(column: &Column, given: Value<'_>) -> Result<Vec<String>> {
    let list = list(given)?;
    work::reserve(list.len().saturating_mul(2 * size_of::<String>()));
    let (mut keys, mut known) = (Vec::new(), HashSet::new());
    for (place, item) in list.iter().enumerate() {
        work::step();
        let record = record(place, item)?;
        let custom = record.get(form::NESTED).and_then(Value::as_object);
        let holder = if column.common.is_some() { Some(record) } else { custom };
        let value = holder.and_then(|holder| column.value_in(holder));
        let value = value.filter(|value| !column.rule.is_no_value(value));
        let key = value.and_then(|value| unique_key(column, value)).ok_or_else(|| {
            Error::invalid_parameter(format!("record {} has no value in \"{}\"", place + 1, column.name))
                .hint("match_on names a column in which each given record has a value of the column's type.")
        })?;
        if !known.insert(key.clone()) {
            return Err(Error::cardinality_violation(format!(
                "two of the given records have the same value in \"{}\"",
                column.name
            ))
            .hint("Values are compared without regard to case and width; telephone numbers in international form."));
        }
        keys.push(key);
    }
    Ok(keys)
}
