//! Names that changed between a delete and its restore: what cannot be found again refuses the restore, and is never left out in silence.
use super::batch::DeletionId;
use super::graph::Graph;
use super::model::{Column, ForeignKey};
use crate::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter};
use pgrx::pg_sys::Oid;

/// By what names a reference that gave way was written down.
pub struct Names {
    pub child: String,
    pub foreign_key: String,
    pub columns: Vec<String>,
    /// Of the child's primary key.
    pub key: Vec<String>,
}

impl Names {
    pub fn are_of(&self, graph: &Graph, key: &ForeignKey) -> bool {
        let are = |names: &[String], columns: &[Column]| {
            names.len() == columns.len() && columns.iter().all(|column| names.contains(&column.name))
        };
        let child = &graph.relations[key.child];
        self.foreign_key == key.name
            && self.child == child.name
            && are(&self.columns, &key.columns)
            && are(&self.key, &child.key)
    }

    /// 55000 when another foreign key may be the one that is meant, under names of today; one that was dropped has nothing to put back.
    pub fn refuse_renamed(&self, graph: &Graph, remembered: Vec<&Names>, references: Oid) -> Result<()> {
        let is_known = |key: &ForeignKey| remembered.iter().any(|names| names.are_of(graph, key));
        let may_be =
            |key: &&ForeignKey| !key.action.binds() && key.columns.len() == self.columns.len() && !is_known(key);
        let Some(key) = graph.keys.iter().find(may_be) else { return Ok(()) };
        let Names { child, foreign_key, .. } = self;
        let told = |columns: &[String]| columns.join(", ");
        Err(Error::prerequisite_state(format!(
            "{} cannot be restored: references of {child} ({}) gave way by {foreign_key}, and no foreign key has these names now",
            graph.root().label,
            told(&self.columns)
        ))
        .hint(format!(
            "It may be {} of {} now: give the table, its columns ({}; key {}) and the foreign key their names back for the restore, or DELETE FROM {} \
             what is to stay as it is.",
            key.name,
            graph.relations[key.child].name,
            told(&self.columns),
            told(&self.key),
            relation::quoted_name(references)
        )))
    }
}

/// 55000 when rows of the deletion lie where nothing leads to from the named rows: the table that it began with has another name now, or
/// a foreign key is gone.
pub fn refuse_parted(graph: &Graph, id: DeletionId, began: &str, deletions: Oid) -> Result<()> {
    let guarded =
        spi::query(include_str!("../../sql/queries/lifecycle/guarded.sql"), &[], Mode::ReadLatest, |row| row.oid(1))?;
    let is_reached = |relation: Oid| graph.reached().any(|place| graph.relations[place].oid == u32::from(relation));
    for relation in guarded.into_iter().flatten().filter(|relation| !is_reached(*relation)) {
        let name = relation::quoted_name(relation);
        let sql = include_str!("../../sql/queries/lifecycle/without_rows.sql").replace("@relation@", &name);
        let without = rights::as_owner(relation, || {
            spi::query(&sql, &[Parameter::Uuids(&[id])], Mode::WriteLatest, |row| row.uuid(1))
        })?;
        if without.is_empty() {
            let (label, deletions) = (&graph.root().label, relation::quoted_name(deletions));
            return Err(Error::prerequisite_state(format!(
                "{label} cannot be restored: its deletion began with {began}, and took rows of {name} that are not below it"
            ))
            .hint(format!(
                "Where {began} has another name now, say it: UPDATE {deletions} SET relation = … WHERE relation = '{began}'."
            )));
        }
    }
    Ok(())
}
