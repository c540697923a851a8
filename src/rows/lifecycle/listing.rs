//! The deleted rows of a table, for whoever may restore them.
use super::batch::DeletionId;
use super::graph::Graph;
use super::homes;
use super::permissions::Policies;
use crate::core::fields::identifier::uuid_bytes;
use crate::core::lifecycle::model::Relation;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::relation::Regclass;
use crate::pg::spi::{self, Mode, Parameter, Value};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::iter::TableIterator;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, name, pg_extern};
use std::collections::HashMap;

/// A page holds no more rows than this.
const MOST_ROWS: i64 = 10_000;
/// So many rows are looked at in one query.
const BATCH: i64 = 1000;

struct Row {
    deletion: DeletionId,
    key: String,
    deleted_at: Option<TimestampWithTimeZone>,
    deleted_by: Option<[u8; 16]>,
    record: String,
}

/// What is written down of a deletion: its reason, and whether it is on hold.
type Told = (Option<String>, bool);

#[pg_extern(sql = false, stable)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn list_deleted(
    relation: Regclass,
    max_rows: Option<i64>,
    after: Option<&str>,
) -> Result<
    TableIterator<
        'static,
        (
            name!(record_key, String),
            name!(deleted_at, Option<TimestampWithTimeZone>),
            name!(deleted_by, Option<Uuid>),
            name!(deletion_id, Uuid),
            name!(reason, Option<String>),
            name!(is_on_hold, bool),
            name!(record, String),
            name!(cursor, String),
        ),
    >,
    ErrorReport,
> {
    let max_rows = max_rows.ok_or_else(|| Error::required("max_rows"))?;
    if !(1..=MOST_ROWS).contains(&max_rows) {
        return Err(Error::invalid_parameter(format!("max_rows cannot be {max_rows}"))
            .hint(format!("It is from 1 to {MOST_ROWS}; the cursor of the last row, as after, gives the next page."))
            .into());
    }
    let after = after.map(cursor).transpose()?;
    let graph = Graph::load(relation.0)?;
    let rows = page(graph.root(), max_rows as usize, after)?;
    let told = deletions(&graph, &rows)?;
    Ok(TableIterator::new(rows.into_iter().map(move |row| {
        let deletion = Uuid::from_bytes(row.deletion);
        let (reason, is_on_hold) = told.get(&row.deletion).cloned().unwrap_or_default();
        let cursor = format!("{deletion}:{}", row.key);
        let deleted_by = row.deleted_by.map(Uuid::from_bytes);
        (row.key, row.deleted_at, deleted_by, deletion, reason, is_on_hold, row.record, cursor)
    })))
}

/// Behind which row a page begins: the deletion's id and the row's key.
fn cursor(text: &str) -> Result<(DeletionId, String)> {
    let wrong = || {
        Error::invalid_parameter("after is no cursor")
            .hint("Give the column cursor of the last row of the page before.")
    };
    let (id, key) = text.split_once(':').ok_or_else(wrong)?;
    Ok((uuid_bytes(id).ok_or_else(wrong)?, key.to_owned()))
}

fn page(root: &Relation, max_rows: usize, mut after: Option<(DeletionId, String)>) -> Result<Vec<Row>> {
    let policies = Policies::of(root)?;
    let columns = readable_columns(root)?;
    let sql = sql!("lifecycle/deleted_rows.sql", key_text = root.key_text("target"), relation = root.only());
    let mut page: Vec<Row> = Vec::new();
    let mut bytes = 0;
    while page.len() < max_rows {
        let (id, key) = (Value::uuid(after.as_ref().map(|(id, _)| *id)), after.as_ref().map(|(_, key)| key.as_str()));
        let key = Value::text(key);
        let parameters =
            [Parameter::Value(&id), Parameter::Value(&key), Parameter::Bigint(BATCH), Parameter::Texts(&columns)];
        let found = root.table()?.read(|| {
            spi::query(&sql, &parameters, Mode::Read, |row| {
                let (deletion, key) = (row.uuid(1)?, row.text(2)?);
                let (deleted_at, deleted_by, record) = (row.timestamptz(3), row.uuid(4), row.text(5)?);
                Some((Row { deletion, key, deleted_at, deleted_by, record }, row.value(6)))
            })
        })?;
        let (rows, as_live): (Vec<Row>, Vec<Value>) = found.into_iter().flatten().unzip();
        let is_last = (rows.len() as i64) < BATCH;
        after = rows.last().map(|row| (row.deletion, row.key.clone()));
        let mut rows: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
        for place in policies.passing(root, as_live)? {
            work::step();
            let Some(row) = rows.get_mut(place).and_then(Option::take) else { continue };
            bytes += row.record.len();
            work::reserve(bytes);
            page.push(row);
        }
        if is_last {
            break;
        }
    }
    page.truncate(max_rows);
    Ok(page)
}

/// The columns that the caller may read.
fn readable_columns(root: &Relation) -> Result<Vec<String>> {
    let sql = include_str!("../../../sql/queries/lifecycle/readable_columns.sql");
    let found = spi::query(sql, &[Parameter::Oid(Oid::from(root.oid))], Mode::Read, |row| row.text(1))?;
    Ok(found.into_iter().flatten().collect())
}

fn deletions(graph: &Graph, rows: &[Row]) -> Result<HashMap<DeletionId, Told>> {
    let mut ids: Vec<DeletionId> = rows.iter().map(|row| row.deletion).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut told = HashMap::new();
    for home in homes::of_place(graph, graph.root)? {
        work::step();
        let sql = format!(
            "SELECT deletion.id, deletion.reason, deletion.is_on_hold FROM {} AS deletion WHERE deletion.id OPERATOR(pg_catalog.=) ANY ($1)",
            home.quoted_name()
        );
        let found = home.read(|| {
            spi::query(&sql, &[Parameter::Uuids(&ids)], Mode::Read, |row| {
                Some((row.uuid(1)?, (row.text(2), row.boolean(3).unwrap_or(false))))
            })
        })?;
        for (id, record) in found.into_iter().flatten() {
            told.entry(id).or_insert(record);
        }
    }
    Ok(told)
}
