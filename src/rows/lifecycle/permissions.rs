//! What the caller may do with rows: a soft delete takes the right to write the marks, and what row security asks of an UPDATE and of a
//! DELETE. A restore takes the same.
use super::graph::Graph;
use crate::core::lifecycle::model::Relation;
use crate::core::sql::sql;
use crate::pg::error::{Error, Result};
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::written;
use pgrx::pg_sys::Oid;

/// What row security asks of a row, as SQL over the relation under its own name; empty where it does not hold the caller.
pub struct Policies(Vec<String>);

impl Policies {
    /// 42501 when the caller may not write the marks.
    pub fn of(relation: &Relation) -> Result<Policies> {
        Policies::find(relation)?.ok_or_else(|| {
            Error::insufficient_privilege(format!("no right to delete or restore rows of {}", relation.label)).hint(
                "It takes the UPDATE privilege on the table, or on its columns deleted_at, deleted_by and deletion_id.",
            )
        })
    }

    /// None when the caller may not write the marks.
    pub fn find(relation: &Relation) -> Result<Option<Policies>> {
        let sql = include_str!("../../../sql/queries/lifecycle/caller.sql");
        let found = written::with_qualified_names(|| {
            spi::query(sql, &[Parameter::Oid(Oid::from(relation.oid))], Mode::ReadLatest, |row| {
                (row.boolean(1), row.texts(2))
            })
        })?;
        let (may_write, policies) = found.into_iter().next().unwrap_or_default();
        Ok((may_write == Some(true)).then_some(Policies(policies)))
    }

    /// Whether row security does not hold the caller in the relation.
    pub fn ask_nothing(&self) -> bool {
        self.0.is_empty()
    }

    /// What all policies ask of a row.
    pub fn asked(&self) -> String {
        if self.0.is_empty() { "true".to_owned() } else { self.0.join(" AND ") }
    }

    /// What a DELETE asks besides; those of SELECT and UPDATE hold in a query that locks rows anyway.
    pub fn of_delete(&self) -> &str {
        self.0.last().map_or("true", String::as_str)
    }

    /// The places, from 0, of those rows that all policies let pass. The rows are of the relation's type.
    pub fn passing(&self, relation: &Relation, rows: Vec<Value>) -> Result<Vec<usize>> {
        let Some(kind) = rows.first().map(Value::kind).filter(|_| !self.0.is_empty()) else {
            return Ok((0..rows.len()).collect());
        };
        let sql = sql!("lifecycle/passing.sql", alias = relation.alias(), asked = self.asked());
        let rows = Value::array(kind, rows.into_iter());
        let found = rights::reading_as_caller(Oid::from(relation.oid), || {
            spi::query(&sql, &[Parameter::Value(&rows)], Mode::Read, |row| row.bigint(1))
        })?;
        Ok(found.into_iter().flatten().filter_map(|place| usize::try_from(place - 1).ok()).collect())
    }
}

/// Whether the caller has the DELETE privilege on the graph's root.
pub fn may_delete(graph: &Graph) -> Result<bool> {
    let sql = "SELECT pg_catalog.has_table_privilege($1, 'DELETE')";
    let root = Parameter::Oid(Oid::from(graph.root().oid));
    Ok(spi::query(sql, &[root], Mode::Read, |row| row.boolean(1))? == [Some(true)])
}

/// Returns the keys that the caller may read, of rows that row security shows the caller: a message must not name the others. Keys are as callers write them. None of a table
/// whose policies the caller did not ask for: they would run with the caller's rights.
pub fn visible(graph: &Graph, relation: &Relation, ids: Vec<String>) -> Result<Vec<String>> {
    let oid = Oid::from(relation.oid);
    if ids.is_empty() || relation.key.is_empty() {
        return Ok(ids);
    }
    let key: Vec<String> = relation.key.iter().map(|column| column.name.clone()).collect();
    let sql = include_str!("../../../sql/queries/lifecycle/may_read_key.sql");
    let may_read = spi::query(sql, &[Parameter::Oid(oid), Parameter::Texts(&key)], Mode::Read, |row| row.boolean(1))?;
    if may_read != [Some(true)] {
        return Ok(Vec::new());
    }
    if !rights::has_row_security(oid) {
        return Ok(ids);
    }
    if !rights::may_ask_policies(oid, graph.named) {
        return Ok(Vec::new());
    }
    let alias = relation.alias();
    let sql = format!(
        "SELECT {} FROM {} AS {alias} WHERE EXISTS (SELECT FROM pg_catalog.unnest($1) AS \"rowkit.given\"(id) WHERE {}) ORDER BY {}",
        relation.key_text(&alias),
        relation.only(),
        relation.key_is(&alias, "\"rowkit.given\".id"),
        relation.key_order(&alias),
    );
    let found =
        rights::reading_as_caller(oid, || spi::query(&sql, &[Parameter::Texts(&ids)], Mode::Read, |row| row.text(1)))?;
    Ok(found.into_iter().flatten().collect())
}
