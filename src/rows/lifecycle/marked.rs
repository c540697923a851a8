//! The deleted rows that a caller names: to which deletions they belong, and which of them are the caller's to restore.
use super::batch::DeletionId;
use super::graph::Graph;
use super::permissions::Policies;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::Result;
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter, Value};
use std::collections::HashSet;

/// Named rows of one deletion.
pub struct Marked {
    pub deletion: DeletionId,
    pub count: i64,
    pub ids: Vec<String>,
    pub keys: Value,
}

/// The deletions that the named rows belong to.
pub fn marked(graph: &Graph, ids: &[String]) -> Result<Vec<Marked>> {
    let root = graph.root();
    let sql = sql!(
        "lifecycle/marked.sql",
        relation = root.only(),
        given = root.key_is("marked", "given.id"),
        key_text = root.key_text("marked"),
        key_object = root.key_object("marked")
    );
    let found = root.table()?.read(|| {
        spi::query(&sql, &[Parameter::Texts(ids)], Mode::WriteLatest, |row| {
            Some(Marked { deletion: row.uuid(1)?, count: row.bigint(2)?, ids: row.texts(3), keys: row.value(4) })
        })
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// The named rows of a deletion that the caller may delete, and therefore may restore. A policy may hide them while they are deleted: then it is asked of what
/// they will be. What the answer says depends on these rows alone, not on what else was named.
pub fn permitted(graph: &Graph, marked: Marked) -> Result<Option<Marked>> {
    let root = graph.root();
    let policies = Policies::of(root)?;
    let alias = root.alias();
    let sql = sql!(
        "lifecycle/permitted_keys.sql",
        key_text = root.key_text(&alias),
        given = root.key_is(&alias, "\"rowkit.given\".id"),
        order = root.key_order(&alias),
        relation = root.only(),
        alias = alias,
        state = format!("{alias}.deletion_id IS NOT NULL AND {}", policies.of_delete())
    );
    let seen = || spi::query(&sql, &[Parameter::Texts(&marked.ids)], Mode::Write, |row| row.text(1));
    let mut permitted: HashSet<String> = rights::as_caller(root.oid.into(), seen)?.into_iter().flatten().collect();
    let mut others: Vec<String> = marked.ids.iter().filter(|id| !permitted.contains(*id)).cloned().collect();
    if others.is_empty() {
        return Ok(Some(marked));
    }
    // Rows that the caller may not restore are not locked: others would wait for the caller, and the caller for them. What passes is locked and
    // asked again.
    for lock in ["", "FOR UPDATE OF target"] {
        work::step();
        if others.is_empty() {
            break;
        }
        let sql = sql!(
            "lifecycle/as_live.sql",
            key_text = root.key_text("target"),
            relation = root.only(),
            order = root.key_order("target"),
            given = root.key_is("target", "given.id"),
            lock = lock
        );
        let parameters = [Parameter::Uuid(marked.deletion), Parameter::Texts(&others)];
        let found = root
            .table()?
            .read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| Some((row.text(1)?, row.value(2)))))?;
        let (keys, rows): (Vec<String>, Vec<Value>) = found.into_iter().flatten().unzip();
        others = policies.passing(root, rows)?.into_iter().filter_map(|place| keys.get(place).cloned()).collect();
    }
    permitted.extend(others);
    let permitted: Vec<String> = marked.ids.iter().filter(|id| permitted.contains(*id)).cloned().collect();
    if permitted.is_empty() {
        return Ok(None);
    }
    Ok(self::marked(graph, &permitted)?.into_iter().find(|found| found.deletion == marked.deletion))
}
