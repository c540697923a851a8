//! Unique values that were freed by a delete and taken by others before the restore.
use super::batch::DeletionId;
use super::caller as permissions;
use super::delete::Rows;
use super::graph::Graph;
use super::model::{Relation, list, literal, quoted};
use crate::error::{Error, Result};
use crate::pg::setting;
use crate::pg::spi::{self, Mode, Parameter, ResultRow, Value};
use pgrx::pg_sys::Oid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    Error,
    Skip,
    Rename,
}

impl OnConflict {
    pub fn named(name: &str) -> Result<OnConflict> {
        match name {
            "error" => Ok(OnConflict::Error),
            "skip" => Ok(OnConflict::Skip),
            "rename" => Ok(OnConflict::Rename),
            _ => Err(Error::invalid_parameter(format!("on_conflict cannot be \"{name}\""))
                .hint("It is 'error', 'skip' or 'rename'.")),
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
    let sql = include_str!("../../sql/queries/lifecycle/unique_indexes.sql");
    let read = |row: &ResultRow| {
        Some(Index {
            name: row.text(1)?,
            expressions: row.texts(2),
            operators: row.texts(3),
            condition: row.text(4)?,
            columns: row.texts(5),
            text_column: row.text(6),
            nulls_are_equal: row.boolean(7).unwrap_or(false),
        })
    };
    let found = setting::with_qualified_names(|| {
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
    let sql = include_str!("../../sql/queries/lifecycle/conflicts.sql")
        .replace("@arrays@", &relation.handle_arrays())
        .replace("@label@", &literal(&relation.label))
        .replace("@index@", &literal(&index.name))
        .replace("@handle@", &relation.handle("held").replace("held.ctid", "held.rowkit_ctid"))
        .replace("@key_text@", &relation.key_text("held"))
        .replace("@key_object@", &relation.key_object("held"))
        .replace("@values@", &list(&index.expressions, ", ", |number, text| format!("({text}) AS value{number}")))
        .replace("@as_live@", &as_live)
        .replace("@condition@", &index.condition)
        .replace("@relation@", &relation.only())
        .replace("@equal@", &equal);
    let found = relation.table()?.read(|| {
        spi::query(&sql, &[Parameter::Uuid(id)], Mode::WriteLatest, |row| {
            let rows = Rows::read_handles(row, relation, 4)?;
            let told = serde_json::from_str(&row.text(3)?).unwrap_or_default();
            Some(Conflicts { keys: row.value(2), told, rows })
        })
    })?;
    Ok(found.into_iter().flatten().next())
}

/// Gives the rows another value of their text column: the old one and a number.
pub fn rename(relation: &Relation, index: &Index, found: &Conflicts, attempt: usize) -> Result<()> {
    let column = index.text_column.as_ref().filter(|_| attempt <= RENAMES).ok_or_else(|| {
        Error::unique_violation(format!(
            "no other name was found under unique index {} of {}",
            index.name, relation.label
        ))
        .hint("Rename the rows that took the values, or restore with on_conflict => 'skip'.")
    })?;
    let sql = include_str!("../../sql/queries/lifecycle/rename.sql")
        .replace("@relation@", &relation.only())
        .replace("@column@", &quoted(column))
        .replace("@among@", &relation.is_among("target", 2));
    let suffix = format!(" ({attempt})");
    let mut parameters = vec![Parameter::Text(&suffix)];
    parameters.extend(found.rows.handle_parameters());
    relation.table()?.remove(|| spi::execute(&sql, &parameters, Mode::WriteLatest)).map(|_| ())
}

/// What is told of the rows in conflict: the other row's key only where the caller sees that row.
pub fn told(relation: &Relation, mut conflicts: Vec<serde_json::Value>) -> Result<Vec<serde_json::Value>> {
    const OTHER: &str = "conflicts_with";
    let other = |conflict: &serde_json::Value| conflict.get(OTHER).and_then(|id| id.as_str()).map(str::to_owned);
    let seen = permissions::visible(relation, conflicts.iter().filter_map(other).collect())?;
    for conflict in &mut conflicts {
        let is_seen = other(conflict).is_none_or(|id| seen.contains(&id));
        if let Some(conflict) = conflict.as_object_mut().filter(|_| !is_seen) {
            conflict.insert(OTHER.to_owned(), serde_json::Value::Null);
        }
    }
    Ok(conflicts)
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
