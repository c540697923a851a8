//! What queries ask for, counted by column, and which index would help.
use super::count::is_by_tenant;
use super::source::{Selection, Source, now, refused};
use crate::core::index::{IndexColumn, RecordIndex};
use crate::core::jsonb::{Value, to_text};
use crate::core::query::ranges::{is_answerable, required};
use crate::core::query::use_counts::{UseCounts, Uses};
use crate::core::query::{MAX_VALUES, Query, read};
use crate::core::schema::{Column, Stored};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::JsonbResult;
use crate::pg::relation::{self, Regclass};
use crate::pg::rights;
use crate::pg::shared;
use crate::pg::time_zone::ServerZones;
use crate::records::catalog::TableId;
use crate::records::stored::lend;
use pgrx::iter::TableIterator;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, name, pg_extern};
use sha2::{Digest, Sha256};
use std::cell::OnceCell;
use std::ops::ControlFlow;
use std::time::Duration;

/// The size of an index is estimated by so many records.
const SAMPLE: i64 = 1_000;
/// What an entry takes beside its key, in the table and in its index.
const ENTRY: usize = 128;

thread_local! {
    /// Found when the first query is counted; none where the server has no memory for it.
    static COUNTS: OnceCell<Option<UseCounts<'static>>> = const { OnceCell::new() };
}

/// So many counters are shared: of some ten thousand columns. A session that counts for itself needs few.
const COUNT: usize = if cfg!(any(feature = "pg17", feature = "pg18")) { 1 << 18 } else { 1 << 13 };

fn counts() -> Option<UseCounts<'static>> {
    COUNTS.with(|counts| *counts.get_or_init(|| shared::words::<COUNT>(c"rowkit query counts 1").map(UseCounts::of)))
}

/// What a function does with the sort list of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorting {
    Sorts,
    Ignores,
}

/// The columns of the conditions that every record must meet and that an index could answer.
fn filtered<'s>(source: &'s Source, query: &Query) -> Vec<&'s Column> {
    let asked = required(query).into_iter().filter(|condition| is_answerable(condition, query));
    let mut found: Vec<&Column> = Vec::new();
    for condition in asked {
        work::step();
        let column = query.columns[condition.column].path.column(&source.schema);
        found.extend(column.filter(|column| !found.iter().any(|known| known.key_id == column.key_id)));
    }
    found
}

/// What tells a column from all others of the server.
fn key(source: &Source, column: &Column) -> u64 {
    let mut hash = Sha256::new();
    hash.update(relation::database().to_be_bytes());
    hash.update(u32::from(source.records).to_be_bytes());
    hash.update(source.table_id);
    hash.update(column.key_id.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    u64::from_be_bytes(first).max(1)
}

/// Counts a query that has run.
pub fn note(source: &Source, query: &Query, sorting: Sorting, took: Duration) {
    let mut asked = filtered(source, query);
    let sorted = query.sort.first().filter(|_| sorting == Sorting::Sorts && query.search.is_none());
    let sorted = sorted.and_then(|entry| query.columns[entry.column].path.column(&source.schema));
    asked.extend(sorted.filter(|column| !asked.iter().any(|known| known.key_id == column.key_id)));
    let Some(counts) = (if asked.is_empty() { None } else { counts() }) else { return };
    let effort = source.effort.get();
    let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    for column in asked {
        work::step();
        counts.add(key(source, column), effort.records, effort.found, microseconds);
    }
}

/// The column that an index would help: of the conditions of a query that read all records, none of whose columns has one.
pub fn advised(source: &Source, query: &Query) -> Option<String> {
    let asked = filtered(source, query);
    if asked.iter().any(|column| column.indexed) {
        return None;
    }
    asked.into_iter().find(|column| column.uuid().is_some()).map(|column| column.key_id.clone())
}

type Advice = (Uuid, String, bool, i64, Option<i64>, Option<i64>, f64, i64);

#[pg_extern(sql = false, stable, parallel_restricted)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn index_advice(
    table_id: Option<Uuid>,
    tables: Option<Regclass>,
) -> Result<
    TableIterator<
        'static,
        (
            name!(column_id, Uuid),
            name!(column_name, String),
            name!(is_indexed, bool),
            name!(query_count, i64),
            name!(examined_records, Option<i64>),
            name!(returned_records, Option<i64>),
            name!(p95_ms, f64),
            name!(estimated_bytes, i64),
        ),
    >,
    ErrorReport,
> {
    let table_id = table_id.ok_or_else(|| Error::required("table_id"))?;
    let (source, ..) = Source::find(tables, table_id.as_bytes(), |schema| {
        // A query that reads what any index would.
        let names = schema.columns.iter().map(|column| to_text(Value::String(column.name.as_bytes())));
        let names: Vec<String> = names.take(MAX_VALUES).collect();
        let document = JsonbResult::parse(&format!("{{\"fields\":[{}]}}", names.join(","))).into_read();
        let query = read(document.value(), schema, now(), &ServerZones).map_err(|faults| refused(&faults))?;
        Ok((query, ()))
    })?;
    let rows = rights::reading_as_caller(source.records, || rows(&source))?;
    Ok(TableIterator::new(rows))
}

/// A row for each column that is indexed or that was asked for, those first that cost most.
fn rows(source: &Source) -> Result<Vec<Advice>> {
    let counts = counts();
    let uses = |column: &Column| counts.map_or_else(Uses::default, |counts| counts.of_key(key(source, column)));
    // The counts are of all callers: they must not tell one of records that policies hide.
    let is_told = is_by_tenant(source.records)?;
    let mut found: Vec<(&Column, TableId, Uses)> = Vec::new();
    for column in &source.schema.columns {
        work::step();
        let Some(id) = column.uuid().filter(|_| IndexColumn::new(&column.rule).is_some()) else { continue };
        let counted = uses(column);
        if column.indexed || counted.calls > 0 {
            found.push((column, id, counted));
        }
    }
    let columns: Vec<&Column> = found.iter().map(|(column, ..)| *column).collect();
    let sizes = sizes(source, &columns)?;
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let mut rows: Vec<Advice> = found
        .into_iter()
        .zip(sizes)
        .map(|((column, id, uses), size)| {
            let milliseconds = uses.p95 as f64 / 1_000.0;
            let told = |count: u64| is_told.then(|| number(count));
            let (calls, examined, returned) = (number(uses.calls), told(uses.examined), told(uses.returned));
            let name = column.name.clone();
            (Uuid::from_bytes(id), name, column.indexed, calls, examined, returned, milliseconds, size)
        })
        .collect();
    rows.sort_by(|left, right| {
        left.2.cmp(&right.2).then(right.4.cmp(&left.4)).then(right.3.cmp(&left.3)).then_with(|| left.1.cmp(&right.1))
    });
    Ok(rows)
}

/// The bytes that an index of each column takes, by the keys of some records.
fn sizes(source: &Source, columns: &[&Column]) -> Result<Vec<i64>> {
    let mut bytes = vec![0_usize; columns.len()];
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let indexes: Vec<Option<RecordIndex<'_>>> =
        columns.iter().map(|column| RecordIndex::new(1, vec![IndexColumn::new(&column.rule)?]).ok()).collect();
    let (mut seen, order) = (0_i64, format!("LIMIT {SAMPLE}"));
    let sample = Selection { order: &order, ..Selection::ALL };
    source.each_batch(&sample, |batch| {
        seen += batch.len() as i64;
        batch.each(|row| {
            lend(row, 2, |record: &Stored<'_>| {
                for ((column, index), sum) in columns.iter().zip(&indexes).zip(&mut bytes) {
                    work::step();
                    let keys = index.iter().flat_map(|index| index.keys(&[column.held_in(record)]));
                    *sum += keys.map(|key| 2 * key.len() + ENTRY).sum::<usize>();
                }
            });
        });
        Ok(ControlFlow::Continue(()))
    })?;
    let count = if seen < SAMPLE { seen } else { source.count(i64::MAX)? };
    Ok(bytes.into_iter().map(|sum| (sum as i64).saturating_mul(count) / seen.max(1)).collect())
}
