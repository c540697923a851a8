//! Purge: deleted rows go for good, children before parents, and never one that something refers to.
use super::batch::{self, DeletionId, REFERENCES};
use super::delete;
use super::doomed::{Climb, close, doomed, trust};
use super::emptied::emptied;
use super::foreign;
use super::graph::Graph;
use super::homes;
use super::rows::Rows;
use crate::core::lifecycle::model::{ForeignKey, Relation};
use crate::core::sql::{quoted, sql};
use crate::core::work;
use crate::pg::allowance::{Allowance, Trust};
use crate::pg::error::{Error, Result};
use crate::pg::relation;
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
    let mut purged = Purged::new(graph)?;
    purged.read(graph, &ids, shortest)?;
    let mut has_below = false;
    loop {
        work::step();
        purged.purge_all(graph, &days, most)?;
        if purged.rows >= most {
            break;
        }
        // What was deleted before keeps what was deleted after it.
        let known = purged.expired();
        let below = deletions_below(graph, &known, &purged.asking)?;
        if !purged.read(graph, &below, shortest)? {
            break;
        }
        has_below = true;
    }
    let is_full = purged.rows >= most;
    // A later step meets a deletion again while the root holds rows of it, and only then. Where none can have lost its last row, nothing is looked for: each look
    // into a table passes all rows that were purged and not yet vacuumed.
    if !is_full || purged.roots > 0 || has_below {
        for (home, ids) in purged.own_records(graph) {
            work::step();
            finish(home, &ids)?;
        }
    }
    let after = if is_full { after } else { Some(last) };
    Ok(Step { roots: purged.roots, rows: purged.rows, after, is_done: false })
}

/// Returns the deletions of a table of records that are old enough, locked, with their age in days.
fn expired(home: OwnedTable, ids: &[DeletionId], days: i64) -> Result<Vec<(DeletionId, i64)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = sql!("lifecycle/expired.sql", deletions = home.quoted_name());
    let parameters = [Parameter::Uuids(ids), Parameter::Bigint(days)];
    let found =
        home.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| Some((row.uuid(1)?, row.bigint(2)?))))?;
    Ok(found.into_iter().flatten().collect())
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
        let table = parent.table()?;
        let ask = || spi::query(&sql, &[Parameter::Uuids(ids)], Mode::WriteLatest, |row| row.uuid(1));
        let found = trust(graph, allowance).run(table, || table.read(ask))?;
        below.extend(found.into_iter().flatten().flatten());
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

/// What is written down of deletions, as it counts for the rows of some relations.
struct Records {
    homes: Vec<OwnedTable>,
    places: Vec<usize>,
    /// Deletions that are old enough, with the table where they are written down and their age in days.
    expired: Vec<(DeletionId, OwnedTable, i64)>,
}

struct Purged {
    records: Vec<Records>,
    /// The time that the code of other tables' untrusted owners has: when these are asked, when rows of theirs change, and when what they wrote down of deletions is read. One that is used up
    /// keeps nothing back that needs another.
    asking: Allowance,
    changing: Allowance,
    recording: Allowance,
    roots: i64,
    rows: i64,
}

impl Purged {
    fn new(graph: &Graph) -> Result<Purged> {
        let mut records: Vec<Records> = Vec::new();
        for place in graph.reached() {
            work::step();
            let homes = match homes::of_place(graph, place) {
                // Without records of its own the table of another owner keeps its rows.
                Err(_) if graph.relations[place].owner() != graph.root().owner() => continue,
                homes => homes?,
            };
            match records.iter_mut().find(|known| known.homes == homes) {
                Some(known) => known.places.push(place),
                None => records.push(Records { homes, places: vec![place], expired: Vec::new() }),
            }
        }
        let [asking, changing, recording] = [(); 3].map(|()| Allowance::of(FOREIGN_TIME));
        Ok(Purged { records, asking, changing, recording, roots: 0, rows: 0 })
    }

    /// Reads what is written down of more deletions; whether one of them is old enough.
    fn read(&mut self, graph: &Graph, ids: &[DeletionId], days: i64) -> Result<bool> {
        let (mut has_more, owner) = (false, graph.root().owner());
        for records in &mut self.records {
            work::step();
            // Rows of another owner's table are that owner's to keep or give up: their records may be, too.
            let is_own = |place: &usize| graph.relations[*place].owner() == owner;
            let own = if records.places.iter().any(is_own) { owner } else { Oid::INVALID };
            let trust = Trust { own, allowance: &self.recording };
            for (home, ids) in homes::assigned(&records.homes, ids, Some(trust))? {
                work::step();
                let found = trust.run(home, || expired(home, &ids, days))?.unwrap_or_default();
                has_more |= !found.is_empty();
                records.expired.extend(found.into_iter().map(|(id, age)| (id, home, age)));
            }
        }
        Ok(has_more)
    }

    /// All that are old enough for one of the tables.
    fn expired(&self) -> Vec<DeletionId> {
        let mut ids: Vec<DeletionId> =
            self.records.iter().flat_map(|records| records.expired.iter().map(|(id, ..)| *id)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// What is old enough by what counts for the rows of a relation.
    fn expired_of(&self, place: usize) -> impl Iterator<Item = &(DeletionId, OwnedTable, i64)> {
        let of_place = move |records: &&Records| records.places.contains(&place);
        self.records.iter().filter(of_place).flat_map(|records| &records.expired)
    }

    /// Those that are old enough for how long the relation keeps its deleted rows.
    fn old_enough(&self, place: usize, days: &[i64]) -> Vec<DeletionId> {
        self.expired_of(place).filter(|(_, _, age)| *age >= days[place]).map(|(id, ..)| *id).collect()
    }

    /// The deletions by the tables of records of the root's owner. Other owners' own purges end what is written down there.
    fn own_records(&self, graph: &Graph) -> Vec<(OwnedTable, Vec<DeletionId>)> {
        let mut found: Vec<(OwnedTable, Vec<DeletionId>)> = Vec::new();
        for (id, home, _) in self.records.iter().flat_map(|records| &records.expired) {
            work::step();
            match found.iter_mut().find(|(known, _)| known == home) {
                Some((_, ids)) => ids.push(*id),
                None => found.push((*home, vec![*id])),
            }
        }
        found.retain(|(home, _)| relation::owner(home.relation()) == graph.root().owner());
        found
    }

    /// The tables where deletions of a relation's rows are written down.
    fn homes(&self, place: usize) -> Vec<OwnedTable> {
        let mut homes: Vec<OwnedTable> = Vec::new();
        for (_, home, _) in self.expired_of(place) {
            work::step();
            if !homes.contains(home) {
                homes.push(*home);
            }
        }
        homes
    }

    /// Purges children before parents: first what nothing refers to, then cycles, whose rows go together, and then what they referred to.
    fn purge_all(&mut self, graph: &Graph, days: &[i64], most: i64) -> Result<()> {
        loop {
            work::step();
            self.purge_leaves(graph, days, most)?;
            if self.rows >= most {
                return Ok(());
            }
            let before = self.rows;
            self.purge_cycles(graph, days, most)?;
            if self.rows == before || self.rows >= most {
                return Ok(());
            }
        }
    }

    fn purge_leaves(&mut self, graph: &Graph, days: &[i64], most: i64) -> Result<()> {
        let places: Vec<usize> = graph.reached().collect();
        loop {
            work::step();
            let before = self.rows;
            for place in places.iter().rev() {
                work::step();
                let ids = self.old_enough(*place, days);
                let mut climbs: Vec<Climb<'_>> = Vec::new();
                if let Some(rows) = doomed(graph, *place, &ids, most - self.rows, true, &self.asking)? {
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

    fn purge_cycles(&mut self, graph: &Graph, days: &[i64], most: i64) -> Result<()> {
        let places: Vec<usize> = graph.reached().collect();
        let mut together: Vec<Option<Rows>> = Vec::new();
        for place in 0..graph.relations.len() {
            work::step();
            let ids = if places.contains(&place) { self.old_enough(place, days) } else { Vec::new() };
            let rows = doomed(graph, place, &ids, most, false, &self.asking)?;
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
        let (table, unused) = (relation.table()?, foreign::asked(graph));
        let purged = trust(graph, &self.changing).run(table, || {
            // Within the subtransaction in which the statement runs.
            let _erasing = batch::erasing(relation);
            table.remove_referred(&unused, || {
                spi::query(&purge, &handles, Mode::WriteLatest, |row| {
                    let count = row.bigint(3).filter(|count| *count > 0)?;
                    let parts: Vec<Value> = (4..4 + width).map(|column| row.value(column)).collect();
                    Some((row.value(1), row.value(2), count, parts))
                })
            })
        })?;
        // Rows that their owner's code keeps stay, and with them what they refer to.
        let Some((ids, counts, count, parts)) = purged.into_iter().flatten().flatten().next() else {
            return Ok(Vec::new());
        };
        let sql = |home: &OwnedTable| sql!("lifecycle/progress.sql", deletions = home.quoted_name());
        for home in self.homes(place) {
            work::step();
            let parameters = [Parameter::Value(&ids), Parameter::Value(&counts)];
            trust(graph, &self.recording)
                .run(home, || home.write(|| spi::execute(&sql(&home), &parameters, Mode::Write)))?;
        }
        self.rows += count;
        if place == graph.root {
            self.roots += count;
        }
        let mut parts = parts.into_iter();
        Ok(own
            .into_iter()
            .map(|key| Climb { key, parents: parts.by_ref().take(key.pairs.columns.len()).collect() })
            .collect())
    }
}

/// Writes down which deletions have no rows left in any table that they can have reached.
fn finish(home: OwnedTable, ids: &[DeletionId]) -> Result<()> {
    let left = emptied(home, ids)?;
    if !left.is_empty() {
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
    finish(home, &open)?;
    let sql = sql!("lifecycle/forget.sql", deletions = name);
    // A row that still has its mark, for whatever reason, keeps what can restore or purge it.
    let emptied = emptied(home, &purged)?;
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
    let mut records: Vec<(OwnedTable, Vec<DeletionId>)> = Vec::new();
    for (place, rows) in &doomed {
        work::step();
        let relation = &graph.relations[*place];
        let sql =
            sql!("lifecycle/deletions_of.sql", relation = relation.only(), among = relation.is_among("target", 1));
        let handles: Vec<Parameter<'_>> = rows.handle_parameters().collect();
        let found = relation.table()?.read(|| spi::query(&sql, &handles, Mode::WriteLatest, |row| row.uuid(1)))?;
        let mut ids: Vec<DeletionId> = found.into_iter().flatten().collect();
        ids.sort_unstable();
        ids.dedup();
        if !ids.is_empty() {
            records.extend(homes::assigned(&homes::of_place(graph, *place)?, &ids, None)?);
        }
    }
    for (home, ids) in &records {
        work::step();
        let sql = sql!("lifecycle/holds.sql", deletions = home.quoted_name());
        let held = home.read(|| spi::query(&sql, &[Parameter::Uuids(ids)], Mode::WriteLatest, |row| row.uuid(1)))?;
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
        let unused = foreign::asked(graph);
        relation.table()?.remove_referred(&unused, || spi::execute(&sql, &handles, Mode::WriteLatest))?;
    }
    for (home, ids) in &records {
        work::step();
        finish(*home, ids)?;
    }
    Ok(count)
}
