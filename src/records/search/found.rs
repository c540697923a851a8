//! What a query finds in a table, and the state of the table's vectors: read with the caller's rights.
//!
//! The tables are anybody's. A superuser who names another role's table reads it as that role, whose code can run when the server plans the query.
use super::functions::{require_table_of_records, setting_of, wanted};
use crate::core::search::Folding;
use crate::core::sql::sql;
use crate::core::work::Memory;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::JsonbResult;
use crate::pg::relation::{self, Regclass, quoted_identifier};
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter, Value};
use pgrx::iter::TableIterator;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, name, pg_extern};

/// The last lexeme of a vector that does not hold all of the text.
const CUT: &str = "'\u{1}cut'";

/// The condition that leaves out soft-deleted rows.
fn live_condition(relation: Oid, alias: &str) -> Result<String> {
    let sql = "SELECT rowkit_internal._live_condition($1, $2)";
    let found = spi::query(sql, &[Parameter::Oid(relation), Parameter::Text(alias)], Mode::Read, |row| row.text(1))?;
    Ok(found.into_iter().flatten().next().unwrap_or_default())
}

/// Behind which record a page begins: its level and its id.
fn cursor(after: Option<&str>) -> Result<(i64, Value)> {
    let Some(after) = after else { return Ok((-1, Value::uuid(Some([0xFF; 16])))) };
    let wrong = || {
        Error::invalid_parameter("this is no cursor of search_records")
            .hint("Give after the cursor of the last row, or NULL for the first page.")
    };
    let (level, id) = after.split_once(':').ok_or_else(wrong)?;
    let is_level = matches!(level.as_bytes(), [b'0'..=b'3']);
    let id = crate::core::fields::identifier::uuid_bytes(id).filter(|_| is_level).ok_or_else(wrong)?;
    Ok((level.parse().map_err(|_| wrong())?, Value::uuid(Some(id))))
}

fn limit(rows: Option<i32>) -> Value {
    Value::bigint(rows.map(i64::from))
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn find_records(
    table_id: Option<Uuid>,
    query: Option<&str>,
    max_rows: Option<i32>,
    after: Option<&str>,
    max_candidates: Option<i32>,
    records: Option<Regclass>,
) -> Result<TableIterator<'static, (name!(record_id, Uuid), name!(match_level, i32), name!(cursor, String))>, ErrorReport>
{
    require_table_of_records(table_id, records)?;
    let table_id = table_id.ok_or_else(|| Error::required("table_id"))?;
    let records = records.ok_or_else(|| Error::required("records"))?.0;
    let (after_level, after_id) = cursor(after)?;
    let setting = setting_of(records)?;
    let query = query.unwrap_or_default();
    let Some(wanted) = wanted(&setting, query, Some(table_id))? else { return Ok(TableIterator::new(Vec::new())) };
    let sql =
        sql!("search/records.sql", records = relation::quoted_name(records), live = live_condition(records, "record")?);
    let (candidates, rows) = (limit(max_candidates), limit(max_rows));
    let aggressive = Value::boolean(Some(setting.folding == Folding::Aggressive));
    let parameters = [
        Parameter::Uuid(*table_id.as_bytes()),
        Parameter::Value(&wanted),
        Parameter::Value(&candidates),
        Parameter::Text(query),
        Parameter::Bigint(after_level),
        Parameter::Value(&after_id),
        Parameter::Value(&rows),
        Parameter::Value(&aggressive),
    ];
    let read = || spi::query_planned(&sql, &parameters, |row| Some((row.uuid(1)?, row.bigint(2)? as i32)));
    let found: Vec<([u8; 16], i32)> = rights::reading_as_caller(records, read)?.into_iter().flatten().collect();
    Ok(TableIterator::new(found.into_iter().map(|(id, level)| {
        let id = Uuid::from_bytes(id);
        (id, level, format!("{level}:{id}"))
    })))
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn search_rows(
    relation: Option<Regclass>,
    query: Option<&str>,
    max_rows: Option<i32>,
    max_candidates: Option<i32>,
) -> Result<TableIterator<'static, (name!(row_data, JsonbResult), name!(match_level, i32))>, ErrorReport> {
    let relation = relation.ok_or_else(|| Error::required("table_name"))?.0;
    let setting = setting_of(relation)?;
    let query = query.unwrap_or_default();
    let Some(wanted) = wanted(&setting, query, None)? else { return Ok(TableIterator::new(Vec::new())) };
    let sql = sql!(
        "search/rows.sql",
        relation = relation::quoted_name(relation),
        vector = quoted_identifier(&setting.target),
        live = live_condition(relation, "found")?
    );
    let (candidates, rows) = (limit(max_candidates), limit(max_rows));
    let aggressive = Value::boolean(Some(setting.folding == Folding::Aggressive));
    let parameters = [
        Parameter::Value(&wanted),
        Parameter::Value(&candidates),
        Parameter::Text(query),
        Parameter::Value(&rows),
        Parameter::Value(&aggressive),
        Parameter::Text(&setting.target),
    ];
    let mut memory = Memory::default();
    let read = || {
        spi::query_planned(&sql, &parameters, |row| {
            let document = row.jsonb(1)?;
            memory.take(document.len());
            Some((document, row.bigint(2)? as i32))
        })
    };
    let found: Vec<(Vec<u8>, i32)> = rights::reading_as_caller(relation, read)?.into_iter().flatten().collect();
    Ok(TableIterator::new(found.into_iter().map(|(document, level)| (JsonbResult::document(document), level))))
}

#[pg_extern(sql = false, stable)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn search_vector_status(
    relation: Option<Regclass>,
) -> Result<
    TableIterator<
        'static,
        (name!(table_id, Option<Uuid>), name!(row_count, i64), name!(stale_count, i64), name!(cut_count, i64)),
    >,
    ErrorReport,
> {
    let relation = relation.ok_or_else(|| Error::required("table_name"))?.0;
    let setting = setting_of(relation)?;
    let part = if relation::column(relation, "table_id").is_some() { "held.table_id" } else { "NULL::pg_catalog.uuid" };
    let sql = sql!(
        "search/vector_status.sql",
        relation = relation::quoted_name(relation),
        vector = quoted_identifier(&setting.target),
        table_id = part
    );
    let read = |row: &spi::ResultRow| {
        Some((row.uuid(1).map(Uuid::from_bytes), row.bigint(2)?, row.bigint(3)?, row.bigint(4)?))
    };
    let parameters = [Parameter::Oid(relation), Parameter::Text(CUT)];
    let found = rights::reading_as_caller(relation, || spi::query_planned(&sql, &parameters, read))?;
    Ok(TableIterator::new(found.into_iter().flatten()))
}

#[pg_extern(sql = false, stable)]
fn has_rows(relation: Regclass) -> Result<bool, ErrorReport> {
    let sql = format!("SELECT FROM {} LIMIT 1", relation::quoted_name(relation.0));
    Ok(!rights::reading_as_caller(relation.0, || spi::query_planned(&sql, &[], |_| ()))?.is_empty())
}
