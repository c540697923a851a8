//! Names that changed between a delete and its restore: what cannot be found again refuses the restore, and is never left out in silence.
use super::graph::Graph;
use crate::core::lifecycle::model::{Column, ForeignKey};
use crate::pg::error::{Error, Result};
use crate::pg::rights::OwnedTable;

/// By what names a reference that gave way was written down.
pub struct Names {
    pub child: String,
    pub foreign_key: String,
    pub columns: Vec<String>,
    /// The columns of the child's primary key; all its columns if it has none.
    pub key: Vec<String>,
}

impl Names {
    pub fn are_of(&self, graph: &Graph, key: &ForeignKey) -> bool {
        self.are_of_key(graph, key) || self.are_of_image(graph, key)
    }

    fn are_of_reference(&self, graph: &Graph, key: &ForeignKey) -> bool {
        let child = &graph.relations[key.child];
        self.foreign_key == key.name && self.child == child.name && are(&self.columns, &key.pairs.columns)
    }

    /// Whether the row was written down by its primary key.
    fn are_of_key(&self, graph: &Graph, key: &ForeignKey) -> bool {
        self.are_of_reference(graph, key) && are(&self.key, &graph.relations[key.child].key)
    }

    /// Whether the row was written down by all that it held: the referring columns are among that.
    pub fn are_of_image(&self, graph: &Graph, key: &ForeignKey) -> bool {
        self.are_of_reference(graph, key)
            && !self.are_of_key(graph, key)
            && self.columns.iter().all(|column| self.key.contains(column))
    }

    /// 55000 when another foreign key may be the one that is meant, under names of today; one that was dropped has nothing to put back.
    pub fn refuse_renamed(&self, graph: &Graph, remembered: Vec<&Names>, references: OwnedTable) -> Result<()> {
        let is_known = |key: &ForeignKey| remembered.iter().any(|names| names.are_of(graph, key));
        let may_be =
            |key: &&ForeignKey| !key.action.binds() && key.pairs.columns.len() == self.columns.len() && !is_known(key);
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

fn are(names: &[String], columns: &[Column]) -> bool {
    names.len() == columns.len() && columns.iter().all(|column| names.contains(&column.name))
}
