//! Unique values that were freed by a delete and taken by others before the restore.
use super::batch::DeletionId;
use super::graph::Graph;
use super::permissions;
use super::rows::Rows;
use crate::core::fields::identifier::uuid_text;
use crate::core::lifecycle::model::Relation;
use crate::core::sql::{Identifier, Literal, list, quoted, sql};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::spi::{self, Mode, Parameter, ResultRow, Value};
use crate::pg::written;
use crate::records::validate::taken::Taken;
use pgrx::pg_sys::Oid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    Refuse,
    Skip,
    Rename,
}

impl OnConflict {
    pub fn named(name: &str) -> Result<OnConflict> {
        match name {
            "refuse" => Ok(OnConflict::Refuse),
            "skip" => Ok(OnConflict::Skip),
            "rename" => Ok(OnConflict::Rename),
            _ => Err(Error::invalid_parameter(format!("on_conflict cannot be \"{name}\""))
                .hint("It is 'refuse', 'skip' or 'rename'.")),
        }
    }
}

/// A unique index of live rows.
pub struct Index {
    name: String,
    expressions: Vec<String>,
    operators: Vec<String>,
    condition: String,
    columns: Vec<String>,
    /// The last of its text columns, which a rename may change.
    text_column: Option<String>,
    /// How many characters the column holds, where that has an end.
    most: Option<i64>,
    /// Whether it is of type name, which holds 63 bytes.
    is_name: bool,
    nulls_are_equal: bool,
}

pub struct Conflicts {
    pub keys: Value,
    pub told: Vec<serde_json::Value>,
    pub rows: Rows,
}

/// How many names are tried for one row.
const RENAMES: usize = 100;

pub fn unique_indexes(relation: &Relation) -> Result<Vec<Index>> {
    let sql = include_str!("../../../sql/queries/lifecycle/unique_indexes.sql");
    let read = |row: &ResultRow| {
        Some(Index {
            name: row.text(1)?,
            expressions: row.texts(2),
            operators: row.texts(3),
            condition: row.text(4)?,
            columns: row.texts(5),
            text_column: row.text(6),
            nulls_are_equal: row.boolean(7).unwrap_or(false),
            most: row.bigint(8),
            is_name: row.boolean(9).unwrap_or(false),
        })
    };
    let found = written::with_qualified_names(|| {
        spi::query(sql, &[Parameter::Oid(Oid::from(relation.oid))], Mode::ReadLatest, read)
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// The rows of the deletion whose values other rows have.
pub fn find(relation: &Relation, index: &Index, id: DeletionId) -> Result<Option<Conflicts>> {
    let as_live = list(&index.columns, ", ", |_, column| match column.as_str() {
        "deleted_at" => "NULL::pg_catalog.timestamptz AS deleted_at".to_owned(),
        other => format!("target.{}", quoted(other)),
    });
    let as_live = format!(
        "SELECT {as_live}, target.ctid AS rowkit_ctid FROM {} AS target WHERE target.deletion_id OPERATOR(pg_catalog.=) $1",
        relation.only()
    );
    let equal = list(&index.operators, " AND ", |number, operator| {
        let equal = format!("other.value{number} {operator} restored.value{number}");
        if index.nulls_are_equal {
            format!("({equal} OR (other.value{number} IS NULL AND restored.value{number} IS NULL))")
        } else {
            equal
        }
    });
    let sql = sql!(
        "lifecycle/conflicts.sql",
        arrays = relation.handle_arrays(),
        label = Literal(&relation.label),
        index = Literal(&index.name),
        handle = relation.handle("held").replace("held.ctid", "held.rowkit_ctid"),
        key_text = relation.key_text("held"),
        key_object = relation.key_object("held"),
        values = list(&index.expressions, ", ", |number, text| format!("({text}) AS value{number}")),
        as_live = as_live,
        condition = index.condition,
        relation = relation.only(),
        equal = equal
    );
    let found = relation.table()?.read(|| {
        spi::query(&sql, &[Parameter::Uuid(id)], Mode::WriteLatest, |row| {
            let rows = Rows::read_handles(row, relation, 4)?;
            let told = serde_json::from_str(&row.text(3)?).unwrap_or_default();
            Some(Conflicts { keys: row.value(2), told, rows })
        })
    })?;
    Ok(found.into_iter().flatten().next())
}

/// Gives the rows another value of their text column: the old one and a number, which takes the place of a number that a restore added before. The old value
/// is cut where both do not fit the column.
pub fn rename(relation: &Relation, index: &Index, found: &Conflicts, attempt: usize) -> Result<()> {
    let suffix = format!(" ({attempt})");
    let room = index.most.map(|most| most - suffix.len() as i64);
    let can_be_tried = attempt <= RENAMES && room.is_none_or(|room| room > 0);
    let column = index.text_column.as_ref().filter(|_| can_be_tried).ok_or_else(|| {
        Error::unique_violation(format!(
            "no other name was found under unique index {} of {}",
            index.name, relation.label
        ))
        .hint(
            "Rename the rows that took the values. on_conflict => 'skip' leaves these rows deleted and restores the others.",
        )
    })?;
    let name = format!(
        "pg_catalog.regexp_replace(target.{}::pg_catalog.text, ' \\([1-9][0-9]{{0,2}}\\)$', '')",
        quoted(column)
    );
    let renamed = match room {
        _ if index.is_name => format!("rowkit_internal._fitting_name({name}, $1)::pg_catalog.name"),
        Some(room) => format!("pg_catalog.concat(pg_catalog.left({name}, {room}), $1)"),
        None => format!("pg_catalog.concat({name}, $1)"),
    };
    let sql = sql!(
        "lifecycle/rename.sql",
        relation = relation.only(),
        renamed = renamed,
        column = Identifier(column),
        among = relation.is_among("target", 2)
    );
    let mut parameters = vec![Parameter::Text(&suffix)];
    parameters.extend(found.rows.handle_parameters());
    relation.table()?.change_keys(|| spi::execute(&sql, &parameters, Mode::WriteLatest)).map(|_| ())
}

/// What is told of records whose unique values in custom columns are taken.
pub fn told_of_keys(relation: &Relation, taken: &[Taken]) -> Vec<serde_json::Value> {
    let told = |taken: &Taken| {
        let (id, other) = (uuid_text(&taken.record_id), uuid_text(&taken.by));
        serde_json::json!({ "table": relation.label, "column": taken.column, "id": id, "conflicts_with": other })
    };
    taken.iter().map(told).collect()
}

/// The records of the deletion whose unique values in custom columns are taken.
pub fn rows_of_keys(relation: &Relation, id: DeletionId, taken: &[Taken]) -> Result<Conflicts> {
    let sql = sql!(
        "lifecycle/rows_by_id.sql",
        arrays = relation.handle_arrays(),
        columns = relation.handle("held"),
        key_object = relation.key_object("held"),
        relation = relation.only()
    );
    let mut ids: Vec<[u8; 16]> = taken.iter().map(|taken| taken.record_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = relation.table()?.read(|| {
        spi::query(&sql, &[Parameter::Uuid(id), Parameter::Uuids(&ids)], Mode::WriteLatest, |row| {
            Some(Conflicts { keys: row.value(2), told: Vec::new(), rows: Rows::read_handles(row, relation, 3)? })
        })
    })?;
    found.into_iter().flatten().next().ok_or_else(|| Error::serialization_failure("the deleted records have changed"))
}

/// What is told of the rows in conflict: the other row's key only where the caller sees that row.
pub fn told(
    graph: &Graph,
    relation: &Relation,
    mut conflicts: Vec<serde_json::Value>,
) -> Result<Vec<serde_json::Value>> {
    const OTHER: &str = "conflicts_with";
    let other = |conflict: &serde_json::Value| conflict.get(OTHER).and_then(|id| id.as_str()).map(str::to_owned);
    let seen = permissions::visible(graph, relation, conflicts.iter().filter_map(other).collect())?;
    for conflict in &mut conflicts {
        work::step();
        let is_seen = other(conflict).is_none_or(|id| seen.contains(&id));
        if let Some(conflict) = conflict.as_object_mut().filter(|_| !is_seen) {
            conflict.insert(OTHER.to_owned(), serde_json::Value::Null);
        }
    }
    Ok(conflicts)
}

/// The error of a restore that leaves out all of the named rows.
pub fn left_out(graph: &Graph, ids: &[String]) -> Error {
    let ids = ids.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
    Error::unique_violation(format!(
        "{} ({ids}) cannot be restored: other rows have the unique values of these rows, or of rows above them",
        graph.root().label
    ))
    .hint("on_conflict => 'skip' left out every named row. Change the conflicting rows first; on_conflict => 'refuse' lists them in DETAIL.")
}

pub fn refusal(graph: &Graph, told: Vec<serde_json::Value>) -> Error {
    let count = told.len();
    let rows = if count == 1 { "unique value has" } else { "unique values have" };
    Error::unique_violation(format!(
        "{} cannot be restored: {count} {rows} been taken by other rows",
        graph.root().label
    ))
    .detail(serde_json::Value::from(told).to_string())
    .hint("Restore with on_conflict => 'rename' or 'skip', or change those rows first.")
}
