//! Purge: deleted rows go for good, children before parents, and never one that something refers to.
use super::batch::{DeletionId, REFERENCES, homes};
use super::delete::{self, Rows};
use super::foreign;
use super::graph::Graph;
use super::model::{Action, ForeignKey, Relation};
use crate::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::{Keys, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::{patience, subtransaction};
use pgrx::pg_sys::Oid;
use std::time::Duration;

/// The days that rows stay after they were deleted.
pub struct Retention {
    pub days: i64,
    /// Whether a table's own setting may also be shorter; otherwise the longer of the two counts.
    pub tables_decide: bool,
}

impl Retention {
    fn of(&self, own: Option<i64>) -> i64 {
        match own {
            Some(own) if self.tables_decide => own,
            Some(own) => own.max(self.days),
            None => self.days,
        }
    }
}

/// What one step did.
pub struct Step {
    /// Rows of the root relation, and of all.
    pub roots: i64,
    pub rows: i64,
    /// Where the next step begins.
    pub after: Option<DeletionId>,
    pub is_done: bool,
}

/// Purges at most `most` rows of the deletions after `after` whose rows the graph's root holds.
pub fn step(graph: &Graph, retention: &Retention, after: Option<DeletionId>, most: i64) -> Result<Step> {
    let root = graph.root();
    let sql = include_str!("../../sql/queries/lifecycle/next_deletions.sql").replace("@relation@", &root.only());
    let next = Value::uuid(after);
    graph.prepare(Keys::Change)?;
    let found =
        root.table()?.read(|| spi::query(&sql, &[Parameter::Value(&next)], Mode::WriteLatest, |row| row.uuid(1)))?;
    let ids: Vec<DeletionId> = found.into_iter().flatten().collect();
    let Some(last) = ids.last().copied() else {
        return Ok(Step { roots: 0, rows: 0, after, is_done: true });
    };
    let days: Vec<i64> =
        graph.relations.iter().map(|relation| Ok(retention.of(own_days(relation)?))).collect::<Result<_>>()?;
    let shortest = graph.reached().map(|place| days[place]).min().unwrap_or(retention.days);
    let homes = homes(graph)?.into_iter().map(|(deletions, _)| deletions).collect::<Vec<OwnedTable>>();
    let mut expired: Vec<(DeletionId, i64)> = expired(&homes, &ids, shortest)?;
    let mut purged = Purged { homes: &homes, roots: 0, rows: 0 };
    loop {
        purged.purge_all(graph, &expired, &days, most)?;
        if purged.rows >= most {
            break;
        }
        // What was deleted before keeps what was deleted after it.
        let known: Vec<DeletionId> = expired.iter().map(|(id, _)| *id).collect();
        let below = self::expired(&homes, &deletions_below(graph, &known)?, shortest)?;
        if below.is_empty() {
            break;
        }
        expired.extend(below);
    }
    let is_full = purged.rows >= most;
    if !is_full {
        let ids: Vec<DeletionId> = expired.iter().map(|(id, _)| *id).collect();
        finish(&homes, &ids)?;
    }
    let after = if is_full { after } else { Some(last) };
    Ok(Step { roots: purged.roots, rows: purged.rows, after, is_done: false })
}

/// Of the deletions those that are old enough, with their age in days; they are locked.
fn expired(homes: &[OwnedTable], ids: &[DeletionId], days: i64) -> Result<Vec<(DeletionId, i64)>> {
    let mut expired = Vec::new();
    for home in homes.iter().filter(|_| !ids.is_empty()) {
        let sql = include_str!("../../sql/queries/lifecycle/expired.sql").replace("@deletions@", &home.quoted_name());
        let parameters = [Parameter::Uuids(ids), Parameter::Bigint(days)];
        let found =
            home.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| Some((row.uuid(1)?, row.bigint(2)?))))?;
        expired.extend(found.into_iter().flatten());
    }
    Ok(expired)
}

/// Deletions not among these whose rows are below rows of these.
fn deletions_below(graph: &Graph, ids: &[DeletionId]) -> Result<Vec<DeletionId>> {
    let mut below = Vec::new();
    for key in graph.soft_keys().filter(|key| key.action.keeps_parent() && !ids.is_empty()) {
        if foreign::is_foreign(graph, key) {
            below.extend(foreign::deletions_below(graph, key, ids)?);
            continue;
        }
        let (child, parent) = (&graph.relations[key.child], &graph.relations[key.parent]);
        let sql = include_str!("../../sql/queries/lifecycle/deletions_below.sql")
            .replace("@child@", &child.only())
            .replace("@parent@", &parent.only())
            .replace("@refers@", &key.joins("parent", "child"));
        let found = parent
            .table()?
            .read(|| spi::query(&sql, &[Parameter::Uuids(ids)], Mode::WriteLatest, |row| row.uuid(1)))?;
        below.extend(found.into_iter().flatten());
    }
    below.sort_unstable();
    below.dedup();
    Ok(below)
}

/// The days that a table's own trigger argument sets.
fn own_days(relation: &Relation) -> Result<Option<i64>> {
    let sql = "SELECT rowkit_internal._retention_days($1)::pg_catalog.int8";
    let found = spi::query(sql, &[Parameter::Oid(Oid::from(relation.oid))], Mode::Read, |row| row.bigint(1))?;
    Ok(found.into_iter().flatten().next())
}

struct Purged<'a> {
    homes: &'a [OwnedTable],
    roots: i64,
    rows: i64,
}

impl Purged<'_> {
    /// Purges children before parents: first what nothing refers to, then cycles, whose rows go together.
    fn purge_all(&mut self, graph: &Graph, expired: &[(DeletionId, i64)], days: &[i64], most: i64) -> Result<()> {
        let places: Vec<usize> = graph.reached().collect();
        let old_enough = |place: usize| -> Vec<DeletionId> {
            expired.iter().filter(|(_, age)| *age >= days[place]).map(|(id, _)| *id).collect()
        };
        loop {
            let before = self.rows;
            for place in places.iter().rev() {
                let left = most - self.rows;
                if let Some(rows) = doomed(graph, *place, &old_enough(*place), left, true)? {
                    self.purge(graph, *place, &rows)?;
                }
            }
            if self.rows == before || self.rows >= most {
                break;
            }
        }
        if self.rows >= most {
            return Ok(());
        }
        let mut together: Vec<Option<Rows>> = Vec::new();
        for place in 0..graph.relations.len() {
            let is_reached = places.contains(&place);
            together.push(if is_reached { doomed(graph, place, &old_enough(place), most, false)? } else { None });
        }
        close(graph, &mut together)?;
        for place in places.iter().rev() {
            if let Some(rows) = &together[*place] {
                self.purge(graph, *place, rows)?;
            }
        }
        Ok(())
    }

    fn purge(&mut self, graph: &Graph, place: usize, rows: &Rows) -> Result<()> {
        let relation = &graph.relations[place];
        let purge = include_str!("../../sql/queries/lifecycle/purge.sql")
            .replace("@relation@", &relation.only())
            .replace("@among@", &relation.is_among("target", 1));
        let handles: Vec<Parameter<'_>> = rows.handle_parameters().collect();
        let purged = relation
            .table()?
            .remove(|| spi::query(&purge, &handles, Mode::WriteLatest, |row| Some((row.uuid(1)?, row.bigint(2)?))))?;
        for (id, rows) in purged.into_iter().flatten() {
            self.rows += rows;
            if place == graph.root {
                self.roots += rows;
            }
            for home in self.homes {
                let sql = include_str!("../../sql/queries/lifecycle/progress.sql")
                    .replace("@deletions@", &home.quoted_name());
                home.write(|| spi::execute(&sql, &[Parameter::Uuid(id), Parameter::Bigint(rows)], Mode::Write))?;
            }
        }
        Ok(())
    }
}

/// Rows of deletions, at most so many, held until the transaction ends: those that nothing refers to, or all.
fn doomed(graph: &Graph, place: usize, ids: &[DeletionId], most: i64, unreferenced: bool) -> Result<Option<Rows>> {
    if ids.is_empty() || most <= 0 {
        return Ok(None);
    }
    let relation = &graph.relations[place];
    let conditions: Vec<String> = graph
        .referring(place)
        .filter(|key| unreferenced && key.action.keeps_parent() && !foreign::is_foreign(graph, key))
        .map(|key| no_child(graph, key, ""))
        .collect();
    let sql = include_str!("../../sql/queries/lifecycle/doomed.sql")
        .replace("@arrays@", &relation.handle_arrays())
        .replace("@columns@", &relation.handle("target"))
        .replace("@relation@", &relation.only())
        .replace("@unreferenced@", &all_of(&conditions));
    let parameters = [Parameter::Uuids(ids), Parameter::Bigint(most)];
    let found = relation
        .table()?
        .read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| Rows::read_handles(row, relation, 2)))?;
    match found.into_iter().flatten().next() {
        Some(rows) if unreferenced => foreign::unreferred(graph, place, rows, &[]),
        rows => Ok(rows),
    }
}

/// Leaves of the rows those that can go together: nothing else refers to any of them.
fn close(graph: &Graph, together: &mut [Option<Rows>]) -> Result<()> {
    loop {
        let mut changed = false;
        for place in 0..together.len() {
            let Some(rows) = &together[place] else { continue };
            let relation = &graph.relations[place];
            let mut parameters: Vec<Parameter<'_>> = rows.handle_parameters().collect();
            let mut conditions = Vec::new();
            let keys = graph.referring(place).filter(|key| key.action.keeps_parent());
            for key in keys.filter(|key| !foreign::is_foreign(graph, key)) {
                // Only a cascade takes rows along.
                let others = together[key.child].as_ref().filter(|_| key.action == Action::Cascade);
                let outside = others.map_or(String::new(), |rows| {
                    let first = parameters.len() + 1;
                    parameters.extend(rows.handle_parameters());
                    format!(" AND NOT {}", graph.relations[key.child].is_among("child", first))
                });
                conditions.push(no_child(graph, key, &outside));
            }
            let sql = include_str!("../../sql/queries/lifecycle/closed.sql")
                .replace("@arrays@", &relation.handle_arrays())
                .replace("@columns@", &relation.handle("target"))
                .replace("@relation@", &relation.only())
                .replace("@among@", &relation.is_among("target", 1))
                .replace("@unreferenced@", &all_of(&conditions));
            let found = relation.table()?.read(|| {
                spi::query(&sql, &parameters, Mode::WriteLatest, |row| Rows::read_handles(row, relation, 2))
            })?;
            let closed = match found.into_iter().flatten().next() {
                Some(closed) => foreign::unreferred(graph, place, closed, together)?,
                None => None,
            };
            changed |= closed.as_ref().map_or(0, |closed| closed.count) != rows.count;
            together[place] = closed;
        }
        if !changed {
            return Ok(());
        }
    }
}

fn all_of(conditions: &[String]) -> String {
    if conditions.is_empty() { "true".to_owned() } else { conditions.join(" AND ") }
}

/// That no row but the target itself refers to the target along the foreign key.
fn no_child(graph: &Graph, key: &ForeignKey, more: &str) -> String {
    let child = &graph.relations[key.child];
    let itself = if key.child == key.parent && !child.is_partitioned {
        " AND NOT child.ctid OPERATOR(pg_catalog.=) target.ctid"
    } else {
        ""
    };
    let refers = key.joins("target", "child");
    format!("NOT EXISTS (SELECT FROM {} AS child WHERE {refers}{itself}{more})", child.only())
}

/// All tables with soft delete, whoever made them.
pub fn guarded() -> Result<Vec<Oid>> {
    let sql = include_str!("../../sql/queries/lifecycle/guarded.sql");
    Ok(spi::query(sql, &[], Mode::ReadLatest, |row| row.oid(1))?.into_iter().flatten().collect())
}

/// Of the deletions those of which a table holds no row.
pub fn without_rows(table: OwnedTable, ids: &[DeletionId]) -> Result<Vec<DeletionId>> {
    let sql = include_str!("../../sql/queries/lifecycle/without_rows.sql").replace("@relation@", &table.quoted_name());
    let found = table.read(|| spi::query(&sql, &[Parameter::Uuids(ids)], Mode::WriteLatest, |row| row.uuid(1)))?;
    Ok(found.into_iter().flatten().collect())
}

/// Of the deletions, which are written down in these tables, those that have no rows left anywhere. A table of somebody else's that is locked or
/// cannot be read is in nobody's way: it is left out.
fn emptied(homes: &[OwnedTable], ids: &[DeletionId]) -> Result<Vec<DeletionId>> {
    let mut left = ids.to_vec();
    for relation in guarded()? {
        if left.is_empty() {
            break;
        }
        let ask = || without_rows(OwnedTable::in_soft_delete(relation)?, &left);
        if homes.iter().any(|home| relation::owner(home.relation()) == relation::owner(relation)) {
            left = ask()?;
            continue;
        }
        let asked = subtransaction::attempted(|| {
            let asked = patience::at_most(Duration::from_millis(10), ask)?;
            asked.ok_or_else(|| Error::serialization_failure("the table is locked"))
        });
        left = asked.unwrap_or(left);
    }
    Ok(left)
}

/// Writes down which deletions have no rows left anywhere.
fn finish(homes: &[OwnedTable], ids: &[DeletionId]) -> Result<()> {
    let left = emptied(homes, ids)?;
    for home in homes.iter().filter(|_| !left.is_empty()) {
        let sql = include_str!("../../sql/queries/lifecycle/purged.sql").replace("@deletions@", &home.quoted_name());
        home.write(|| spi::execute(&sql, &[Parameter::Uuids(&left)], Mode::Write))?;
    }
    Ok(())
}

/// Deletes rows of a table of deletions of which nothing has been left for some days; answers the last one that it looked at. For a caller who has
/// the rights of the table's owner, as that owner.
pub fn forget(deletions: Oid, days: i64, after: Option<DeletionId>, most: i64) -> Result<Option<DeletionId>> {
    let home = OwnedTable::owned_by_caller(deletions)?;
    let name = home.quoted_name();
    let sql = include_str!("../../sql/queries/lifecycle/purged_before.sql").replace("@deletions@", &name);
    let next = Value::uuid(after);
    // So that the moment can be counted back to.
    let parameters = [Parameter::Bigint(days.min(1_000_000)), Parameter::Value(&next), Parameter::Bigint(most)];
    let found = home.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| row.uuid(1)))?;
    let ids: Vec<DeletionId> = found.into_iter().flatten().collect();
    let sql = include_str!("../../sql/queries/lifecycle/forget.sql").replace("@deletions@", &name);
    // A row that still has its mark, for whatever reason, keeps what can restore or purge it.
    let emptied = emptied(&[home], &ids)?;
    if let Some(references) = home.beside(REFERENCES)? {
        references.prepare(Keys::Stay)?;
    }
    home.remove(|| spi::execute(&sql, &[Parameter::Uuids(&emptied)], Mode::WriteLatest))?;
    Ok(ids.last().copied())
}

/// Removes named deleted rows, and the deleted rows below them, at once.
pub fn erase(graph: &Graph, ids: &[String]) -> Result<i64> {
    graph.prepare(Keys::Change)?;
    let found = graph
        .root()
        .table()?
        .read(|| delete::named(graph, ids, "deletion_id IS NOT NULL", "FOR UPDATE", Mode::WriteLatest))?;
    let Some((_, roots)) = found else { return Ok(0) };
    let count = roots.count;
    let doomed = delete::below(graph, roots)?;
    let mut deletions: Vec<DeletionId> = Vec::new();
    for (place, rows) in &doomed {
        let relation = &graph.relations[*place];
        let sql = include_str!("../../sql/queries/lifecycle/deletions_of.sql")
            .replace("@relation@", &relation.only())
            .replace("@among@", &relation.is_among("target", 1));
        let handles: Vec<Parameter<'_>> = rows.handle_parameters().collect();
        let found = relation.table()?.read(|| spi::query(&sql, &handles, Mode::WriteLatest, |row| row.uuid(1)))?;
        deletions.extend(found.into_iter().flatten());
    }
    deletions.sort_unstable();
    deletions.dedup();
    let homes = homes(graph)?.into_iter().map(|(deletions, _)| deletions).collect::<Vec<OwnedTable>>();
    for home in &homes {
        let sql = include_str!("../../sql/queries/lifecycle/holds.sql").replace("@deletions@", &home.quoted_name());
        let held =
            home.read(|| spi::query(&sql, &[Parameter::Uuids(&deletions)], Mode::WriteLatest, |row| row.uuid(1)))?;
        if !held.is_empty() {
            return Err(Error::prerequisite_state(format!("the deletion of {} is on hold", graph.root().label))
                .hint("rowkit.hold_deletion(…, hold => false) ends the hold."));
        }
    }
    for (place, rows) in doomed.iter().rev() {
        let relation = &graph.relations[*place];
        let sql = include_str!("../../sql/queries/lifecycle/erase.sql")
            .replace("@relation@", &relation.only())
            .replace("@among@", &relation.is_among("target", 1));
        let handles: Vec<Parameter<'_>> = rows.handle_parameters().collect();
        relation.table()?.remove(|| spi::execute(&sql, &handles, Mode::WriteLatest))?;
    }
    finish(&homes, &deletions)?;
    Ok(count)
}
