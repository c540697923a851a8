//! Restores refused because foreign keys no longer reach all rows of the deletion.
use super::batch::DeletionId;
use super::emptied;
use super::graph::Graph;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::OwnedTable;
use pgrx::pg_sys::Oid;

/// Raises 55000 if no path of foreign keys leads from the named rows to some rows of the deletion: its root table was renamed, or
/// a foreign key is gone. Only tables of the owners that the graph has are asked: others do not keep rows from being restored.
pub fn refuse_parted(graph: &Graph, id: DeletionId, began: &str, deletions: OwnedTable) -> Result<()> {
    let is_reached = |relation: Oid| graph.reached().any(|place| graph.relations[place].oid == u32::from(relation));
    let owners: Vec<Oid> = graph.reached().map(|place| graph.relations[place].owner()).collect();
    let is_asked = |relation: &Oid| !is_reached(*relation) && owners.contains(&relation::owner(*relation));
    for relation in emptied::guarded()?.into_iter().filter(is_asked) {
        work::step();
        let name = relation::quoted_name(relation);
        if emptied::without_rows(OwnedTable::in_soft_delete(relation)?, &[id])?.is_empty() {
            let (label, deletions) = (&graph.root().label, deletions.quoted_name());
            return Err(Error::prerequisite_state(format!(
                "{label} cannot be restored: its deletion started at {began} and also deleted rows of {name}, which no foreign key connects with the named rows"
            ))
            .hint(format!(
                "If {began} was renamed, record its new name: UPDATE {deletions} SET table_name = … WHERE table_name = '{began}'."
            )));
        }
    }
    Ok(())
}
