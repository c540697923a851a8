//! Where deletions are written down: in `deletions` beside the table that a deletion began with.
//!
//! Every owner of a table with soft delete owns such a table of records, and can write there what they like. So a record counts for the rows of a table only where it stands beside this
//! table, in a table of the same owner, or above it, from where the deletion came down; the nearest counts. What stands beside a table below is the word of those whose rows a deletion took along.
use super::batch::{DELETIONS, DeletionId, REFERENCES, beside};
use super::graph::Graph;
use crate::core::work;
use crate::pg::allowance::{Allowance, Trust};
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::subtransaction;
use pgrx::pg_sys::Oid;
use std::collections::HashSet;
use std::time::Duration;

/// So long code of untrusted owners runs while their tables of records are asked.
const FOREIGN_TIME: Duration = Duration::from_secs(1);

/// The tables with soft delete that foreign keys lead up to from a table, through all levels, the nearest first: those along cascades alone, by which a deletion comes down, and then the others, by
/// which only what was deleted before is handed over.
fn above(table: Oid) -> Result<Vec<Oid>> {
    let sql = include_str!("../../../sql/queries/lifecycle/guarded_above.sql");
    let found =
        spi::query(sql, &[Parameter::Oid(table)], Mode::ReadLatest, |row| Some((row.oid(1)?, row.boolean(2)?)))?;
    let (cascades, others): (Vec<_>, Vec<_>) = found.into_iter().flatten().partition(|(_, is_cascade)| *is_cascade);
    Ok(cascades.into_iter().chain(others).map(|(table, _)| table).collect())
}

/// The tables of records that count for the rows of a table: those of its own owner, and then those above it, the nearest first.
pub fn of_table(table: Oid) -> Result<Vec<OwnedTable>> {
    with_above(Vec::new(), table)
}

/// The same for one relation of a graph. 42704 where its own owner's records are gone.
pub fn of_place(graph: &Graph, place: usize) -> Result<Vec<OwnedTable>> {
    let relation = &graph.relations[place];
    let of_owner = graph.relations.iter().filter(|other| other.owner() == relation.owner());
    let mut homes: Vec<OwnedTable> = Vec::new();
    for near in std::iter::once(relation).chain(of_owner).filter(|near| near.has_soft_delete) {
        work::step();
        let home = beside(near, DELETIONS)?;
        if !homes.contains(&home) {
            homes.push(home);
        }
    }
    with_above(homes, Oid::from(relation.oid))
}

/// Tables of records, and behind them those of a table and of what is above it.
fn with_above(mut homes: Vec<OwnedTable>, table: Oid) -> Result<Vec<OwnedTable>> {
    let own = relation::owner(table);
    let (same, others): (Vec<Oid>, Vec<Oid>) =
        above(table)?.into_iter().partition(|above| relation::owner(*above) == own);
    for found in same.into_iter().chain(others) {
        work::step();
        let home = match OwnedTable::in_soft_delete(found).and_then(|found| found.beside(DELETIONS)) {
            // Another owner's table without its records is one that no deletion began with.
            Err(_) if relation::owner(found) != own => None,
            home => home?,
        };
        homes.extend(home.filter(|home| !homes.contains(home)));
    }
    Ok(homes)
}

/// Those of the deletions that are written down in a table of records.
fn written(home: OwnedTable, ids: &[DeletionId]) -> Result<HashSet<DeletionId>> {
    let sql = format!(
        "SELECT deletion.id FROM {} AS deletion WHERE deletion.id OPERATOR(pg_catalog.=) ANY ($1)",
        home.quoted_name()
    );
    let found = home.read(|| spi::query(&sql, &[Parameter::Uuids(ids)], Mode::WriteLatest, |row| row.uuid(1)))?;
    Ok(found.into_iter().flatten().collect())
}

/// Which of the tables of records counts for each of the deletions. Tables of owners who are not trusted, and that cannot be read, have no records. One table counts for all of them, whether they are written down or not.
pub fn assigned(
    homes: &[OwnedTable],
    ids: &[DeletionId],
    trust: Option<Trust<'_>>,
) -> Result<Vec<(OwnedTable, Vec<DeletionId>)>> {
    if let [home] = homes {
        return Ok(vec![(*home, ids.to_vec())]);
    }
    let (mut assigned, mut left) = (Vec::new(), ids.to_vec());
    for home in homes {
        work::step();
        if left.is_empty() {
            break;
        }
        let read = || written(*home, &left);
        let here = match trust {
            Some(trust) => trust.run(*home, read)?,
            None => Some(read()?),
        };
        let Some(here) = here else { continue };
        let (found, others): (Vec<_>, Vec<_>) = left.into_iter().partition(|id| here.contains(id));
        left = others;
        assigned.push((*home, found));
    }
    Ok(assigned)
}

/// The relations of a graph whose rows of this deletion another table of records counts for than this one: whoever may write there said what they like of these rows.
pub fn of_others(graph: &Graph, id: DeletionId, deletions: OwnedTable) -> Result<Vec<usize>> {
    let (mut others, allowance) = (Vec::new(), Allowance::of(FOREIGN_TIME));
    for place in graph.reached().filter(|place| *place != graph.root) {
        work::step();
        let relation = &graph.relations[place];
        let counts = || {
            let homes = of_place(graph, place)?;
            Ok(assigned(&homes, &[id], None)?.into_iter().find(|(_, ids)| !ids.is_empty()).map(|(home, _)| home))
        };
        let counts = if relation.owner() == graph.root().owner() {
            counts()?
        } else {
            // Where what another owner wrote down cannot be read, it is not known that the rows are of this deletion.
            subtransaction::attempted(|| allowance.spend_unless_trusted(Oid::from(relation.oid), counts)).flatten()
        };
        if counts != Some(deletions) {
            others.push(place);
        }
    }
    Ok(others)
}

/// The tables of records and references where a deletion that took rows of this relation is written down.
pub fn home(graph: &Graph, place: usize, id: DeletionId) -> Result<(OwnedTable, OwnedTable)> {
    for deletions in of_place(graph, place)? {
        work::step();
        if !written(deletions, &[id])?.is_empty() {
            let references = deletions.beside(REFERENCES)?.ok_or_else(|| {
                Error::undefined_object(format!("there is no {REFERENCES} beside {}", deletions.quoted_name()))
                    .hint("rowkit.enable_soft_delete() makes it again.")
            })?;
            return Ok((deletions, references));
        }
    }
    let name = &graph.relations[place].name;
    let id = pgrx::Uuid::from_bytes(id);
    Err(Error::undefined_object(format!("deletion {id} of {name} is not written down"))
        .hint("deletions may have been emptied by hand; rowkit.permanent_delete() can still remove its rows."))
}
