//! Names that changed between a delete and its restore: what cannot be found again refuses the restore, and is never left out in silence.
use super::batch::DeletionId;
use super::graph::Graph;
use super::model::{Column, ForeignKey};
use super::purge;
use crate::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::OwnedTable;
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
    pub fn refuse_renamed(&self, graph: &Graph, remembered: Vec<&Names>, references: OwnedTable) -> Result<()> {
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
            references.quoted_name()
        )))
    }
}

/// 55000 when rows of the deletion lie where nothing leads to from the named rows: the table that it began with has another name now, or
/// a foreign key is gone. Only tables of the owners that the graph has are asked: others do not keep rows from being restored.
pub fn refuse_parted(graph: &Graph, id: DeletionId, began: &str, deletions: OwnedTable) -> Result<()> {
    let is_reached = |relation: Oid| graph.reached().any(|place| graph.relations[place].oid == u32::from(relation));
    let owners: Vec<Oid> = graph.reached().map(|place| relation::owner(graph.relations[place].oid.into())).collect();
    let is_asked = |relation: &Oid| !is_reached(*relation) && owners.contains(&relation::owner(*relation));
    for relation in purge::guarded()?.into_iter().filter(is_asked) {
        let name = relation::quoted_name(relation);
        if purge::without_rows(OwnedTable::in_soft_delete(relation)?, &[id])?.is_empty() {
            let (label, deletions) = (&graph.root().label, deletions.quoted_name());
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
