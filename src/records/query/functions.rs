//! The SQL functions of sql/install/query.sql.
use super::advice::{Sorting, advised, note};
use super::count::{count, is_by_tenant};
use super::output::documents;
use super::page::{Way, Window, page};
use super::run::Run;
use super::source::{Source, now, refused};
use crate::core::fields::identifier::uuid_text;
use crate::core::jsonb::JsonObjectWriter;
use crate::core::query::aggregate::{Aggregator, Figures};
use crate::core::query::figures::{read_aggregates, read_levels};
use crate::core::query::{Grouper, Query, Reader, cursor, order_of, read_with};
use crate::core::schema::Schema;
use crate::core::work::{self, Memory};
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Jsonb, JsonbResult};
use crate::pg::relation::Regclass;
use crate::pg::rights;
use crate::pg::time_zone::ServerZones;
use crate::records::catalog::TableId;
use pgrx::iter::{SetOfIterator, TableIterator};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, name, pg_extern};
use std::time::Instant;

/// Runs `work` on a query, with the caller's rights on the records.
fn on_query<T>(
    table_id: Option<Uuid>,
    query: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
    sorting: Sorting,
    work: impl FnOnce(&Source, &Query) -> Result<T>,
) -> Result<T> {
    on_query_with(table_id, query, tables, sorting, |_| (), |source, query, ()| work(source, query))
}

/// The same with what else the function is given that names columns.
fn on_query_with<M, T>(
    table_id: Option<Uuid>,
    query: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
    sorting: Sorting,
    more: impl FnOnce(&mut Reader<'_>) -> M,
    work: impl FnOnce(&Source, &mut Query, M) -> Result<T>,
) -> Result<T> {
    let table_id = table_id.ok_or_else(|| Error::required("table_id"))?;
    let empty = JsonbResult::parse("{}").into_read();
    let document = query.as_ref().unwrap_or(&empty).value();
    let read =
        |schema: &Schema| read_with(document, schema, now(), &ServerZones, more).map_err(|faults| refused(&faults));
    let (source, mut query, more) = Source::find(tables, table_id.as_bytes(), read)?;
    let began = Instant::now();
    let answer = rights::reading_as_caller(source.records, || work(&source, &mut query, more))?;
    note(&source, &query, sorting, began.elapsed());
    Ok(answer)
}

/// The rows of a page: the record's id, the record, its cursor.
pub type Rows = Vec<(Uuid, JsonbResult, String)>;

pub fn page_of(table_id: Option<Uuid>, query: Option<Jsonb<'_>>, tables: Option<Regclass>) -> Result<Rows> {
    on_query(table_id, query, tables, Sorting::Sorts, |source, query| {
        let mut run = Run::new(source, query)?;
        let window = Window::read(&run)?;
        let (keys, _) = page(&mut run, &window)?;
        let ids: Vec<TableId> = keys.iter().map(|key| key.id).collect();
        let mut found = documents(source, query, &ids)?;
        let fingerprint = run.fingerprint();
        Ok(keys
            .iter()
            .filter_map(|key| Some((Uuid::from_bytes(key.id), found.remove(&key.id)?, cursor::write(fingerprint, key))))
            .collect::<Vec<_>>())
    })
}

#[pg_extern(sql = false, stable, parallel_restricted)]
fn query_records(
    table_id: Option<Uuid>,
    query: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<
    TableIterator<'static, (name!(record_id, Uuid), name!(record, JsonbResult), name!(cursor, String))>,
    ErrorReport,
> {
    Ok(TableIterator::new(page_of(table_id, query, tables)?))
}

#[pg_extern(sql = false, stable, parallel_restricted)]
fn count_records(
    table_id: Option<Uuid>,
    query: Option<Jsonb<'_>>,
    max_count: Option<i64>,
    tables: Option<Regclass>,
) -> Result<i64, ErrorReport> {
    let most = max_count.unwrap_or(i64::MAX);
    if most < 1 {
        return Err(Error::invalid_parameter("max_count must be 1 or more").hint("NULL counts all.").into());
    }
    Ok(on_query(table_id, query, tables, Sorting::Ignores, |source, query| count(&mut Run::new(source, query)?, most))?)
}

#[pg_extern(sql = false, stable, parallel_restricted)]
fn filter_records(
    table_id: Option<Uuid>,
    query: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<SetOfIterator<'static, Uuid>, ErrorReport> {
    let ids = on_query(table_id, query, tables, Sorting::Ignores, |source, query| {
        let mut run = Run::new(source, query)?;
        let mut ids: Vec<Uuid> = Vec::new();
        let add = |ids: &mut Vec<Uuid>, id: TableId| {
            if ids.len() == ids.capacity() {
                work::reserve(ids.len().saturating_mul(2 * size_of::<Uuid>()));
            }
            ids.push(Uuid::from_bytes(id));
        };
        run.each_match(|record, _, _| add(&mut ids, record.id))?;
        Ok(ids)
    })?;
    Ok(SetOfIterator::new(ids))
}

#[pg_extern(sql = false, stable, parallel_restricted)]
fn aggregate_records(
    table_id: Option<Uuid>,
    query: Option<Jsonb<'_>>,
    aggregates: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<JsonbResult, ErrorReport> {
    let aggregates = aggregates.ok_or_else(|| Error::required("aggregates"))?;
    let read = |reader: &mut Reader<'_>| read_aggregates(reader, aggregates.value());
    let object = on_query_with(table_id, query, tables, Sorting::Ignores, read, |source, query, aggregates| {
        let aggregator = Aggregator::new(query, &source.schema).ok_or_else(changed)?;
        let (mut figures, mut memory) = (Figures::new(&aggregates), Memory::default());
        Run::new(source, query)?.each_match(|record, _, _| aggregator.add(&mut figures, record, &mut memory))?;
        Ok(figures.object(query))
    })?;
    Ok(JsonbResult::parse(&object))
}

fn changed() -> Error {
    Error::internal("a query was read with another schema")
}

#[pg_extern(sql = false, stable, parallel_restricted)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn group_records(
    table_id: Option<Uuid>,
    query: Option<Jsonb<'_>>,
    by: Option<Jsonb<'_>>,
    aggregates: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<
    TableIterator<'static, (name!(group_values, JsonbResult), name!(record_count, i64), name!(figures, JsonbResult))>,
    ErrorReport,
> {
    let by = by.ok_or_else(|| Error::required("by"))?;
    let none = JsonbResult::parse("{}").into_read();
    let aggregates = aggregates.as_ref().unwrap_or(&none).value();
    let read = |reader: &mut Reader<'_>| (read_levels(reader, by.value()), read_aggregates(reader, aggregates));
    let groups =
        on_query_with(table_id, query, tables, Sorting::Ignores, read, |source, query, (levels, aggregates)| {
            query.sort = order_of(&levels);
            let query = &*query;
            let mut grouper = Grouper::new(query, &levels, &aggregates, &source.schema).ok_or_else(changed)?;
            Run::new(source, query)?.each_match(|record, _, titles| grouper.add(record, titles))?;
            Ok(grouper.finish())
        })?;
    Ok(TableIterator::new(
        groups
            .into_iter()
            .map(|(values, count, figures)| (JsonbResult::parse(&values), count as i64, JsonbResult::parse(&figures))),
    ))
}

#[pg_extern(sql = false, stable, parallel_restricted)]
fn explain_records(
    table_id: Option<Uuid>,
    query: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<JsonbResult, ErrorReport> {
    let answer = on_query(table_id, query, tables, Sorting::Sorts, |source, query| {
        let mut run = Run::new(source, query)?;
        let window = Window::read(&run)?;
        let (keys, way) = page(&mut run, &window)?;
        let (name, index) = match &way {
            Way::Walk(id) => ("walk", Some(*id)),
            Way::Creation => ("creation", None),
            Way::Candidates(id) => ("candidates", Some(*id)),
            Way::Search => ("search", None),
            Way::Scan => ("scan", None),
        };
        let mut answer = JsonObjectWriter::new().text("plan", name);
        if let Some(index) = index {
            answer = answer.text("index_id", &uuid_text(&index));
        }
        // An index has entries of all records, also of those that a policy of the application's own hides from the caller.
        if is_by_tenant(source.records)? {
            answer = answer.json("examined_entries", run.effort.entries);
        }
        answer = answer.json("examined_records", run.effort.records).json("returned_records", keys.len());
        if matches!(way, Way::Scan | Way::Creation)
            && let Some(column) = advised(source, query)
        {
            answer = answer.text("advice", &format!("UPDATE table_columns SET indexed = true WHERE id = '{column}'"));
        }
        Ok(JsonbResult::parse(&answer.object()))
    })?;
    Ok(answer)
}
