//! Purge: deleted rows go for good, children before parents, and never one that something refers to.
use super::batch::{self, DeletionId, REFERENCES, homes};
use super::delete;
use super::doomed::{Climb, close, doomed};
use super::emptied::emptied;
use super::foreign;
use super::graph::Graph;
use super::rows::Rows;
use crate::core::lifecycle::model::{ForeignKey, Relation};
use crate::core::sql::{quoted, sql};
use crate::core::work;
use crate::pg::allowance::Allowance;
use crate::pg::error::{Error, Result};
use crate::pg::rights::{Keys, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter, Value};
use pgrx::pg_sys::Oid;
use std::time::Duration;

/// The days that rows stay after they were deleted.
pub struct Retention {
    pub days: i64,
    /// Whether a table's own setting may also be shorter; otherwise the longer of the two counts.
    pub tables_decide: bool,
}

/// So long the code of other tables' untrusted owners runs in one batch.
const FOREIGN_TIME: Duration = Duration::from_secs(1);

/// As far back as a moment can be counted: what stays longer stays.
const MOST_DAYS: i64 = 1_000_000;

impl Retention {
    fn of(&self, own: Option<i64>) -> i64 {
        let days = match own {
            Some(own) if self.tables_decide => own,
            Some(own) => own.max(self.days),
            None => self.days,
        };
        days.min(MOST_DAYS)
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
    let sql = sql!("lifecycle/next_deletions.sql", relation = root.only());
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
    let shortest = graph.reached().map(|place| days[place]).min().unwrap_or(MOST_DAYS);
    let homes = homes(graph)?.into_iter().map(|(deletions, _)| deletions).collect::<Vec<OwnedTable>>();
    let mut expired: Vec<(DeletionId, i64)> = expired(&homes, &ids, shortest)?;
    let mut purged = Purged {
        homes: &homes,
        asking: Allowance::of(FOREIGN_TIME),
        changing: Allowance::of(FOREIGN_TIME),
        roots: 0,
        rows: 0,
    };
    loop {
        work::step();
        purged.purge_all(graph, &expired, &days, most)?;
        if purged.rows >= most {
            break;
        }
        // What was deleted before keeps what was deleted after it.
        let known: Vec<DeletionId> = expired.iter().map(|(id, _)| *id).collect();
        let below = self::expired(&homes, &deletions_below(graph, &known, &purged.asking)?, shortest)?;
        if below.is_empty() {
            break;
        }
        expired.extend(below);
    }
    let is_full = purged.rows >= most;
    // Of some of them nothing is left even where the batch was full, and no later step meets those.
    let ids: Vec<DeletionId> = expired.iter().map(|(id, _)| *id).collect();
    finish(&homes, &ids)?;
    let after = if is_full { after } else { Some(last) };
    Ok(Step { roots: purged.roots, rows: purged.rows, after, is_done: false })
}

/// Returns the deletions that are old enough, locked, with their age in days.
fn expired(homes: &[OwnedTable], ids: &[DeletionId], days: i64) -> Result<Vec<(DeletionId, i64)>> {
    let mut expired = Vec::new();
    for home in homes.iter().filter(|_| !ids.is_empty()) {
        work::step();
        let sql = sql!("lifecycle/expired.sql", deletions = home.quoted_name());
        let parameters = [Parameter::Uuids(ids), Parameter::Bigint(days)];
        let found =
            home.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| Some((row.uuid(1)?, row.bigint(2)?))))?;
        expired.extend(found.into_iter().flatten());
    }
    Ok(expired)
}

/// Deletions not among these whose rows are below rows of these.
fn deletions_below(graph: &Graph, ids: &[DeletionId], allowance: &Allowance) -> Result<Vec<DeletionId>> {
    let mut below = Vec::new();
    for key in graph.soft_keys().filter(|key| key.action.keeps_parent() && !ids.is_empty()) {
        work::step();
        if foreign::is_foreign(graph, key) {
            below.extend(foreign::deletions_below(graph, key, ids, allowance)?);
            continue;
        }
        let (child, parent) = (&graph.relations[key.child], &graph.relations[key.parent]);
        let sql = sql!(
            "lifecycle/deletions_below.sql",
            child = child.only(),
            parent = parent.only(),
            refers = key.pairs.joins("parent", "child")
        );
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
    /// The time that the code of other tables' untrusted owners has when they are asked, and another when rows of theirs change: triggers that take their time keep no other rows.
    asking: Allowance,
    changing: Allowance,
    roots: i64,
    rows: i64,
}

/// The deletions that are old enough for a table that keeps its deleted rows for so many days.
fn old_enough(expired: &[(DeletionId, i64)], days: i64) -> Vec<DeletionId> {
    expired.iter().filter(|(_, age)| *age >= days).map(|(id, _)| *id).collect()
}

impl Purged<'_> {
    /// Purges children before parents: first what nothing refers to, then cycles, whose rows go together, and then what they referred to.
    fn purge_all(&mut self, graph: &Graph, expired: &[(DeletionId, i64)], days: &[i64], most: i64) -> Result<()> {
        loop {
            work::step();
            self.purge_leaves(graph, expired, days, most)?;
            if self.rows >= most {
                return Ok(());
            }
            let before = self.rows;
            self.purge_cycles(graph, expired, days, most)?;
            if self.rows == before || self.rows >= most {
                return Ok(());
            }
        }
    }

    fn purge_leaves(&mut self, graph: &Graph, expired: &[(DeletionId, i64)], days: &[i64], most: i64) -> Result<()> {
        let places: Vec<usize> = graph.reached().collect();
        loop {
            work::step();
            let before = self.rows;
            for place in places.iter().rev() {
                work::step();
                let ids = old_enough(expired, days[*place]);
                let mut climbs: Vec<Climb<'_>> = Vec::new();
                if let Some(rows) = doomed(graph, *place, &ids, most - self.rows, Some(&self.asking))? {
                    climbs.extend(self.release(graph, *place, rows)?);
                }
                while let Some(climb) = climbs.pop() {
                    work::step();
                    if let Some(rows) = climb.doomed(graph, &ids, most - self.rows, &self.asking)? {
                        climbs.extend(self.release(graph, *place, rows)?);
                    }
                }
            }
            if self.rows == before || self.rows >= most {
                return Ok(());
            }
        }
    }

    fn purge_cycles(&mut self, graph: &Graph, expired: &[(DeletionId, i64)], days: &[i64], most: i64) -> Result<()> {
        let places: Vec<usize> = graph.reached().collect();
        let mut together: Vec<Option<Rows>> = Vec::new();
        for (place, days) in days.iter().enumerate() {
            work::step();
            let is_reached = places.contains(&place);
            let rows = if is_reached { doomed(graph, place, &old_enough(expired, *days), most, None)? } else { None };
            if let Some(rows) = &rows {
                foreign::let_go(graph, place, rows, false, Some(&self.changing))?;
            }
            together.push(rows);
        }
        close(graph, &mut together, &self.asking)?;
        for (place, rows) in places.iter().rev().filter_map(|place| Some((*place, together[*place].take()?))) {
            work::step();
            let count = rows.count;
            let Some(rows) =
                foreign::untouched(graph, place, rows, Some(&self.asking))?.filter(|rows| rows.count == count)
            else {
                return Err(referred_again(&graph.relations[place]));
            };
            self.purge(graph, place, &rows)?;
        }
        Ok(())
    }

    /// Removes those of the rows that children of other owners let go.
    fn release<'g>(&mut self, graph: &'g Graph, place: usize, rows: Rows) -> Result<Vec<Climb<'g>>> {
        foreign::let_go(graph, place, &rows, false, Some(&self.changing))?;
        match foreign::untouched(graph, place, rows, Some(&self.asking))? {
            Some(rows) => self.purge(graph, place, &rows),
            None => Ok(Vec::new()),
        }
    }

    /// Removes rows; answers what they referred to in their own table, which nothing may refer to now.
    fn purge<'g>(&mut self, graph: &'g Graph, place: usize, rows: &Rows) -> Result<Vec<Climb<'g>>> {
        let relation = &graph.relations[place];
        let own: Vec<&ForeignKey> =
            graph.referring(place).filter(|key| key.child == place && key.action.keeps_parent()).collect();
        let columns = || own.iter().flat_map(|key| &key.pairs.columns).enumerate();
        let purge = sql!(
            "lifecycle/purge.sql",
            relation = relation.only(),
            among = relation.is_among("target", 1),
            parts = columns().fold(String::new(), |text, (number, column)| {
                format!("{text}, target.{} AS part{number}", quoted(&column.name))
            }),
            arrays = columns().fold(String::new(), |text, (number, _)| {
                format!("{text},\n    (SELECT pg_catalog.array_agg(purged.part{number}) FROM purged)")
            })
        );
        let width = columns().count() as i32;
        let handles: Vec<Parameter<'_>> = rows.handle_parameters().collect();
        let _erasing = batch::erasing(relation);
        let purged = relation.table()?.remove_referred(&foreign::children(graph, place)?, || {
            spi::query(&purge, &handles, Mode::WriteLatest, |row| {
                let count = row.bigint(3).filter(|count| *count > 0)?;
                let parts: Vec<Value> = (4..4 + width).map(|column| row.value(column)).collect();
                Some((row.value(1), row.value(2), count, parts))
            })
        })?;
        let Some((ids, counts, count, parts)) = purged.into_iter().flatten().next() else { return Ok(Vec::new()) };
        self.rows += count;
        if place == graph.root {
            self.roots += count;
        }
        for home in self.homes {
            work::step();
            let sql = sql!("lifecycle/progress.sql", deletions = home.quoted_name());
            let parameters = [Parameter::Value(&ids), Parameter::Value(&counts)];
            home.write(|| spi::execute(&sql, &parameters, Mode::Write))?;
        }
        let mut parts = parts.into_iter();
        Ok(own
            .into_iter()
            .map(|key| Climb { key, parents: parts.by_ref().take(key.pairs.columns.len()).collect() })
            .collect())
    }
}

/// Writes down which deletions have no rows left in any table that they can have reached.
fn finish(homes: &[OwnedTable], ids: &[DeletionId]) -> Result<()> {
    let left = emptied(homes, ids)?;
    for home in homes.iter().filter(|_| !left.is_empty()) {
        work::step();
        let sql = sql!("lifecycle/purged.sql", deletions = home.quoted_name());
        home.write(|| spi::execute(&sql, &[Parameter::Uuids(&left)], Mode::Write))?;
    }
    Ok(())
}

/// Deletes rows of `deletions` that were purged `days` ago, and records as purged the deletions whose rows were removed in another way. Returns the id of the
/// last deletion it examined. The caller must have the rights of the table's owner; it runs as that owner.
pub fn forget(deletions: Oid, days: i64, after: Option<DeletionId>, most: i64) -> Result<Option<DeletionId>> {
    let home = OwnedTable::owned_by_caller(deletions)?;
    let name = home.quoted_name();
    let sql = sql!("lifecycle/purged_before.sql", deletions = name);
    let next = Value::uuid(after);
    let parameters = [Parameter::Bigint(days.min(MOST_DAYS)), Parameter::Value(&next), Parameter::Bigint(most)];
    let found = home.read(|| {
        spi::query(&sql, &parameters, Mode::WriteLatest, |row| Some((row.uuid(1)?, row.boolean(2).unwrap_or(false))))
    })?;
    let found: Vec<(DeletionId, bool)> = found.into_iter().flatten().collect();
    let of = |is_purged: bool| found.iter().filter(|(_, purged)| *purged == is_purged).map(|(id, _)| *id).collect();
    let (purged, open): (Vec<DeletionId>, Vec<DeletionId>) = (of(true), of(false));
    finish(&[home], &open)?;
    let sql = sql!("lifecycle/forget.sql", deletions = name);
    // A row that still has its mark, for whatever reason, keeps what can restore or purge it.
    let emptied = emptied(&[home], &purged)?;
    if let Some(references) = home.beside(REFERENCES)? {
        references.prepare(Keys::Stay)?;
    }
    home.remove(|| spi::execute(&sql, &[Parameter::Uuids(&emptied)], Mode::WriteLatest))?;
    Ok(found.last().map(|(id, _)| *id))
}

/// Tables of other owners still refer to rows that are to go.
fn referred_again(relation: &Relation) -> Error {
    Error::foreign_key_violation(format!("rows of {} are still referred to by a table of another owner", relation.label))
        .hint("A trigger of that table keeps its rows as they are, or their foreign keys form a cycle: its owner must change or delete them first.")
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
        work::step();
        let relation = &graph.relations[*place];
        let sql =
            sql!("lifecycle/deletions_of.sql", relation = relation.only(), among = relation.is_among("target", 1));
        let handles: Vec<Parameter<'_>> = rows.handle_parameters().collect();
        let found = relation.table()?.read(|| spi::query(&sql, &handles, Mode::WriteLatest, |row| row.uuid(1)))?;
        deletions.extend(found.into_iter().flatten());
    }
    deletions.sort_unstable();
    deletions.dedup();
    let homes = homes(graph)?.into_iter().map(|(deletions, _)| deletions).collect::<Vec<OwnedTable>>();
    for home in &homes {
        work::step();
        let sql = sql!("lifecycle/holds.sql", deletions = home.quoted_name());
        let held =
            home.read(|| spi::query(&sql, &[Parameter::Uuids(&deletions)], Mode::WriteLatest, |row| row.uuid(1)))?;
        if !held.is_empty() {
            return Err(Error::conflict(format!("the deletion of {} is on hold", graph.root().label))
                .hint("rowkit.hold_deletion(…, hold => false) ends the hold."));
        }
    }
    for (place, rows) in doomed.into_iter().rev() {
        work::step();
        let relation = &graph.relations[place];
        foreign::let_go(graph, place, &rows, true, None)?;
        let count = rows.count;
        let Some(rows) = foreign::untouched(graph, place, rows, None)?.filter(|rows| rows.count == count) else {
            return Err(referred_again(relation));
        };
        let sql = sql!("lifecycle/erase.sql", relation = relation.only(), among = relation.is_among("target", 1));
        let handles: Vec<Parameter<'_>> = rows.handle_parameters().collect();
        let _erasing = batch::erasing(relation);
        let children = foreign::children(graph, place)?;
        relation.table()?.remove_referred(&children, || spi::execute(&sql, &handles, Mode::WriteLatest))?;
    }
    finish(&homes, &deletions)?;
    Ok(count)
}
