//! Restore: exactly what one deletion took comes back, as far as it can live.
use super::batch::{self, DeletionId};
use super::conflict::{self, OnConflict};
use super::delete;
use super::graph::Graph;
use super::hold;
use super::homes::{self, home};
use super::keyless;
use super::marked::{self, Marked};
use super::names::Names;
use super::others;
use super::parted;
use super::rows::{Rows, kept};
use crate::core::lifecycle::model::{ForeignKey, Relation};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::{Keys, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::records::validate::taken;

/// Parents of another deletion, as arrays of what a foreign key's columns hold.
struct Dead {
    deletion: DeletionId,
    parts: Vec<Value>,
    ids: Vec<String>,
}

struct Restore<'a> {
    graph: &'a Graph,
    id: DeletionId,
}

/// Restores the deletion of the named rows; returns how many of them came back. Those whose unique values are taken may be left out.
pub fn restore(graph: &Graph, marked: &Marked, on_conflict: OnConflict) -> Result<i64> {
    let id = marked.deletion;
    graph.prepare(Keys::Stay)?;
    let (deletions, references) = home(graph, graph.root, id)?;
    let sql = sql!("lifecycle/deletion.sql", deletions = deletions.quoted_name());
    let began = {
        let parameters = [Parameter::Uuid(id), Parameter::Value(&marked.keys)];
        deletions.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| (row.text(1), row.boolean(2))))?
    };
    let (began, has_keys) = began.into_iter().next().unwrap_or((None, None));
    let (began, has_keys) = (began.unwrap_or_default(), has_keys.unwrap_or(false));
    // Another session may have restored it while its record was awaited.
    let Some(marked) = marked::marked(graph, &marked.ids)?.into_iter().find(|marked| marked.deletion == id) else {
        return Ok(0);
    };
    let (is_here, whole) = whole(graph, id, &began, deletions)?;
    Restore { graph, id }.refuse_below_deleted(&marked, is_here && has_keys)?;
    let reached = whole.as_ref().unwrap_or(graph);
    let others = homes::of_others(reached, id, deletions)?;
    let left = if others.is_empty() { None } else { Some(reached.without(&others)?) };
    let restore = Restore { graph: left.as_ref().unwrap_or(reached), id };
    restore.refuse_below_others()?;
    let _marking = batch::marking(id, &restore.graph.relations);
    restore.graph.prepare(Keys::Stay)?;
    restore.hand_over()?;
    others::refuse(restore.graph, id)?;
    let back = restore.settle_conflicts(on_conflict, graph, &marked, deletions)?;
    restore.apply_set_null()?;
    restore.revive()?;
    restore.put_back(deletions, references)?;
    let sql = sql!("lifecycle/forget_references.sql", references = references.quoted_name());
    references.remove(|| spi::execute(&sql, &[Parameter::Uuid(id)], Mode::WriteLatest))?;
    let sql = sql!("lifecycle/restored.sql", deletions = deletions.quoted_name());
    deletions.write(|| spi::execute(&sql, &[Parameter::Uuid(id)], Mode::Write))?;
    Ok(back)
}

/// Whether a deletion began with rows of the graph's root, or the graph of the relation that it began with: that may be above the named
/// rows, which got other parents since.
fn whole(graph: &Graph, id: DeletionId, began: &str, deletions: OwnedTable) -> Result<(bool, Option<Graph>)> {
    let root = relation::beside(deletions.relation(), began);
    if root.is_some_and(|root| u32::from(root) == graph.root().oid) {
        return Ok((true, None));
    }
    let whole = root.map(Graph::load).transpose()?.map(|whole| Graph { named: graph.named, ..whole });
    let is_reached = |whole: &Graph| whole.reached().any(|place| whole.relations[place].oid == graph.root().oid);
    if whole.as_ref().is_some_and(is_reached) {
        return Ok((false, whole));
    }
    parted::refuse_parted(graph, id, began, deletions)?;
    Ok((true, None))
}

/// Refuses where the deletion of the named rows took others that the caller may not bring back: what is done to a deletion is done to all
/// of its rows.
pub fn refuse_others(graph: &Graph, id: DeletionId, deletions: OwnedTable) -> Result<()> {
    let sql = format!(
        "SELECT deletion.table_name FROM {} AS deletion WHERE deletion.id OPERATOR(pg_catalog.=) $1",
        deletions.quoted_name()
    );
    let began = deletions.read(|| spi::query(&sql, &[Parameter::Uuid(id)], Mode::WriteLatest, |row| row.text(1)))?;
    let began = began.into_iter().flatten().next().unwrap_or_default();
    let (_, whole) = whole(graph, id, &began, deletions)?;
    others::refuse(whole.as_ref().unwrap_or(graph), id)
}

impl Restore<'_> {
    fn relation(&self, place: usize) -> &Relation {
        &self.graph.relations[place]
    }

    /// The deleted parents that rows of this deletion refer to along a foreign key, one entry for each other deletion (or the parents
    /// in this deletion itself). What is live is held, so that it stays so.
    fn dead_parents(&self, key: &ForeignKey, among: Option<&Rows>, of_this: bool) -> Result<Vec<Dead>> {
        let (child, parent) = (self.relation(key.child), self.relation(key.parent));
        let parts = |alias: &str| {
            (1..=key.pairs.columns.len())
                .map(|number| format!("pg_catalog.array_agg({alias}.part{number})"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let sql = sql!(
            "lifecycle/referred.sql",
            arrays = parts("found"),
            parts = key.pairs.child_columns("child"),
            relation = child.only(),
            is_set = key.pairs.child_is_set("child"),
            among = among.map_or(String::new(), |_| format!("AND {}", child.is_among("child", 2)))
        );
        let mut parameters = vec![Parameter::Uuid(self.id)];
        parameters.extend(among.into_iter().flat_map(Rows::handle_parameters));
        let width = key.pairs.columns.len() as i32;
        let referred = child.table()?.read(|| {
            spi::query(&sql, &parameters, Mode::WriteLatest, |row| {
                row.bigint(1).filter(|count| *count > 0)?;
                Some((2..2 + width).map(|column| row.value(column)).collect::<Vec<Value>>())
            })
        })?;
        let Some(referred) = referred.into_iter().flatten().next() else { return Ok(Vec::new()) };
        let sql = sql!(
            "lifecycle/dead_parents.sql",
            arrays = parts("found"),
            parts = key.pairs.parent_columns("parent"),
            children = key.pairs.children(3),
            relation = parent.only(),
            is_referred = key.pairs.is_referred("parent"),
            key_text = parent.key_text("parent"),
            order = parent.key_order("parent")
        );
        let of_this = Value::boolean(Some(of_this));
        let mut parameters = vec![Parameter::Uuid(self.id), Parameter::Value(&of_this)];
        parameters.extend(referred.iter().map(Parameter::Value));
        let found = parent.table()?.read(|| {
            spi::query(&sql, &parameters, Mode::WriteLatest, |row| {
                let parts = (2..2 + width).map(|column| row.value(column)).collect();
                Some(Dead { deletion: row.uuid(1)?, parts, ids: row.texts(2 + width) })
            })
        })?;
        Ok(found.into_iter().flatten().collect())
    }

    /// A named row below a deleted parent comes back with that parent only.
    fn refuse_below_deleted(&self, marked: &Marked, is_root: bool) -> Result<()> {
        let graph = self.graph;
        let rows = graph
            .root()
            .table()?
            .read(|| delete::named(graph, &marked.ids, "deletion_id IS NOT NULL", "", Mode::WriteLatest))?;
        let Some((_, rows)) = rows else { return Ok(()) };
        for key in graph.soft_keys().filter(|key| key.child == graph.root && key.action.binds()) {
            work::step();
            let mut dead = self.dead_parents(key, Some(&rows), false)?;
            // In a cycle of foreign keys the root of a deletion is below itself.
            if !is_root {
                dead.extend(self.dead_parents(key, Some(&rows), true)?);
            }
            if let Some(found) = dead.first() {
                let (child, parent) = (&graph.root().label, &self.relation(key.parent).label);
                let ids = found.ids.join(", ");
                return Err(Error::conflict(format!(
                    "{child} ({}) cannot be restored below {parent} ({ids}), which is deleted",
                    marked.ids.iter().take(10).cloned().collect::<Vec<_>>().join(", ")
                ))
                .hint(format!("Restore {parent} first; what its deletion took comes back with it.")));
            }
        }
        Ok(())
    }

    /// Rows do not come back below rows that have the number of this deletion, but are not of it: those of a table that was left out, or that the deletion cannot have reached.
    fn refuse_below_others(&self) -> Result<()> {
        let is_reached = |place: usize| self.graph.reached().any(|reached| reached == place);
        for key in self.graph.soft_keys().filter(|key| key.action.binds() && !is_reached(key.parent)) {
            work::step();
            if let Some(found) = self.dead_parents(key, None, true)?.first() {
                let (child, parent) = (&self.relation(key.child).label, &self.relation(key.parent).label);
                return Err(Error::conflict(format!(
                    "{child} cannot be restored below {parent} ({}), which is deleted",
                    found.ids.join(", ")
                ))
                .hint(format!("Restore {parent} first.")));
            }
        }
        Ok(())
    }

    /// Rows below parents of another deletion are that one's from now on, and with them what is below them.
    fn hand_over(&self) -> Result<()> {
        let (own, _) = home(self.graph, self.graph.root, self.id)?;
        let is_on_hold = hold::is_on_hold_in(own, self.id)?;
        loop {
            work::step();
            let mut changed = 0;
            for key in self.graph.soft_keys().filter(|key| key.action.binds()) {
                work::step();
                for dead in self.dead_parents(key, None, false)? {
                    work::step();
                    let child = self.relation(key.child);
                    let sql = sql!(
                        "lifecycle/hand_over.sql",
                        relation = child.only(),
                        parents = key.pairs.parents(3),
                        refers = key.pairs.refers("child")
                    );
                    let mut parameters = vec![Parameter::Uuid(self.id), Parameter::Uuid(dead.deletion)];
                    parameters.extend(dead.parts.iter().map(Parameter::Value));
                    let moved = child.table()?.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
                    // What is on hold stays so in the other deletion.
                    if moved > 0 && is_on_hold {
                        let (other, _) = home(self.graph, key.parent, dead.deletion)?;
                        let sql = sql!("lifecycle/hold.sql", deletions = other.quoted_name());
                        let hold = Value::boolean(Some(true));
                        let parameters = [Parameter::Uuid(dead.deletion), Parameter::Value(&hold)];
                        other.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
                    }
                    changed += moved;
                }
            }
            if changed == 0 {
                return Ok(());
            }
        }
    }

    /// Unique values that others took meanwhile; returns how many of the named rows may come back.
    fn settle_conflicts(
        &self,
        on_conflict: OnConflict,
        named: &Graph,
        marked: &Marked,
        deletions: OwnedTable,
    ) -> Result<i64> {
        let mut told = Vec::new();
        let mut is_split = false;
        for place in self.graph.reached() {
            work::step();
            let relation = self.relation(place);
            for index in conflict::unique_indexes(relation)? {
                work::step();
                let mut attempt = 2;
                while let Some(found) = conflict::find(relation, &index, self.id)? {
                    work::step();
                    match on_conflict {
                        OnConflict::Refuse => {
                            told.extend(conflict::told(self.graph, relation, found.told)?);
                            break;
                        }
                        OnConflict::Rename => conflict::rename(relation, &index, &found, attempt)?,
                        OnConflict::Skip => {
                            self.split(relation, &found, deletions)?;
                            is_split = true;
                        }
                    }
                    attempt += 1;
                }
            }
            is_split |= self.settle_keys(relation, on_conflict, deletions, &mut told)?;
        }
        if !told.is_empty() {
            return Err(conflict::refusal(self.graph, told));
        }
        if !is_split {
            return Ok(marked.count);
        }
        self.hand_over()?;
        let left = marked::marked(named, &marked.ids)?;
        Ok(left.iter().find(|left| left.deletion == self.id).map_or(0, |left| left.count))
    }

    /// The same for values of custom columns, which are unique by a table of keys; whether rows stay deleted for it.
    fn settle_keys(
        &self,
        relation: &Relation,
        on_conflict: OnConflict,
        deletions: OwnedTable,
        told: &mut Vec<serde_json::Value>,
    ) -> Result<bool> {
        let Some(mut records) = taken::Records::of(relation.table()?)? else { return Ok(false) };
        let mut attempt = 2;
        loop {
            work::step();
            let taken = records.taken(self.id)?;
            if taken.is_empty() {
                return Ok(false);
            }
            match on_conflict {
                OnConflict::Refuse => {
                    told.extend(conflict::told(self.graph, relation, conflict::told_of_keys(relation, &taken))?);
                    return Ok(false);
                }
                OnConflict::Rename => records.rename(&taken, attempt)?,
                OnConflict::Skip => {
                    let found = conflict::rows_of_keys(relation, self.id, &taken)?;
                    self.split(relation, &found, deletions)?;
                    return Ok(true);
                }
            }
            attempt += 1;
        }
    }

    /// Rows in conflict stay deleted, as a deletion of their own.
    fn split(&self, relation: &Relation, found: &conflict::Conflicts, deletions: OwnedTable) -> Result<()> {
        let id = crate::pg::uuid::next()?;
        let sql = sql!("lifecycle/split.sql", deletions = deletions.quoted_name());
        let parameters = [
            Parameter::Uuid(self.id),
            Parameter::Uuid(id),
            Parameter::Text(&relation.label),
            Parameter::Value(&found.keys),
        ];
        deletions.write(|| spi::execute(&sql, &parameters, Mode::Write))?;
        let sql =
            sql!("lifecycle/hand_over_rows.sql", relation = relation.only(), among = relation.is_among("child", 3));
        let mut parameters = vec![Parameter::Uuid(self.id), Parameter::Uuid(id)];
        parameters.extend(found.rows.handle_parameters());
        relation.table()?.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest)).map(|_| ())
    }

    /// A reference to a row that was deleted meanwhile gives way, as it would have done had its row been live.
    fn apply_set_null(&self) -> Result<()> {
        for key in self.graph.soft_keys().filter(|key| !key.action.binds()) {
            work::step();
            for dead in self.dead_parents(key, None, false)? {
                work::step();
                let child = self.relation(key.child);
                let mut parameters = vec![Parameter::Uuid(self.id)];
                parameters.extend(dead.parts.iter().map(Parameter::Value));
                let of_this = "child.deletion_id OPERATOR(pg_catalog.=) $1";
                let found = batch::set_null_children(child, key, (of_this, ""), (&parameters, 2), Mode::WriteLatest)?;
                let Some((keys, held, rows)) = found else { continue };
                let (_, references) = home(self.graph, key.parent, dead.deletion)?;
                batch::apply_set_null(self.graph, key, &rows, (keys, held), dead.deletion, references)?;
            }
            // A default may be deleted, too.
            if let Some(dead) = self.dead_parents(key, None, false)?.first() {
                let (child, parent) = (&self.relation(key.child).label, &self.relation(key.parent).label);
                return Err(Error::conflict(format!(
                    "{child} cannot be restored: its default refers to {parent} ({}), which is deleted",
                    dead.ids.join(", ")
                ))
                .hint(format!("Restore {parent} first, or change the default of {}.", key.name)));
            }
        }
        Ok(())
    }

    /// All rows that are still of this deletion come back.
    fn revive(&self) -> Result<()> {
        for place in self.graph.reached() {
            work::step();
            let relation = self.relation(place);
            let rows_of = sql!(
                "lifecycle/rows_of.sql",
                arrays = relation.handle_arrays(),
                columns = relation.handle("child"),
                relation = relation.only(),
                lock = format!("ORDER BY {} FOR UPDATE OF child", relation.key_order("child"))
            );
            let unstamp = |among: &str| sql!("lifecycle/unstamp.sql", relation = relation.only(), among = among);
            let table = relation.table()?;
            let id = Parameter::Uuid(self.id);
            if !self.graph.needs_locks(place) {
                table.write(|| spi::execute(&unstamp("true"), &[id], Mode::WriteLatest))?;
                continue;
            }
            let found = table
                .read(|| spi::query(&rows_of, &[id], Mode::WriteLatest, |row| Rows::read_handles(row, relation, 2)))?;
            let Some(rows) = found.into_iter().flatten().next() else { continue };
            let mut parameters = vec![Parameter::Uuid(self.id)];
            parameters.extend(rows.handle_parameters());
            let unstamp = unstamp(&relation.is_among("target", 2));
            let count = table.write(|| spi::execute(&unstamp, &parameters, Mode::WriteLatest))?;
            if count != rows.count as u64 {
                return Err(kept(relation));
            }
        }
        Ok(())
    }

    /// References that gave way to this deletion hold again what they held, where nobody wrote since.
    fn put_back(&self, deletions: OwnedTable, references: OwnedTable) -> Result<()> {
        let sql = sql!("lifecycle/remembered.sql", references = references.quoted_name());
        let remembered = references.read(|| {
            spi::query(&sql, &[Parameter::Uuid(self.id)], Mode::WriteLatest, |row| {
                let names =
                    Names { child: row.text(1)?, foreign_key: row.text(2)?, columns: row.texts(3), key: row.texts(4) };
                Some((names, [5, 6, 7].map(|column| row.value(column))))
            })
        })?;
        let remembered: Vec<_> = remembered.into_iter().flatten().collect();
        for (names, [record_keys, held, left_as]) in &remembered {
            work::step();
            let Some(key) = self.graph.keys.iter().find(|key| names.are_of(self.graph, key)) else {
                let others = remembered.iter().map(|(others, _)| others);
                names.refuse_renamed(self.graph, others.collect(), references)?;
                continue;
            };
            let (child, parent) = (self.relation(key.child), self.relation(key.parent));
            let sql = sql!(
                "lifecycle/held_parents.sql",
                relation = parent.only(),
                is_named = key.parent_is_object("parent", "item.held")
            );
            let states = parent.table()?.read(|| {
                spi::query(&sql, &[Parameter::Value(held)], Mode::WriteLatest, |row| {
                    [row.value(1), row.value(2), row.value(3)]
                })
            })?;
            let Some([live, dead, deletions_of_dead]) = states.into_iter().next() else { continue };
            if !live.is_null() && names.are_of_image(self.graph, key) {
                keyless::put_back(self.graph, key, names, [record_keys, held, left_as], &live)?;
            } else if !live.is_null() {
                let sql = sql!(
                    "lifecycle/put_back.sql",
                    relation = child.only(),
                    set = key.put_back("remembered.held"),
                    key = child.key_is_object("target", "remembered.record_key"),
                    held = key.pairs.child_object("target")
                );
                let parameters = [record_keys, held, left_as, &live].map(Parameter::Value);
                child.table()?.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
            }
            if !dead.is_null() {
                let sql = sql!(
                    "lifecycle/remembered_elsewhere.sql",
                    references = references.quoted_name(),
                    deletions = deletions.quoted_name()
                );
                let parameters = [
                    Parameter::Uuid(self.id),
                    Parameter::Text(&names.child),
                    Parameter::Text(&names.foreign_key),
                    Parameter::Value(&dead),
                    Parameter::Value(&deletions_of_dead),
                ];
                references.write(|| spi::execute(&sql, &parameters, Mode::Write))?;
            }
        }
        Ok(())
    }
}
