//! Where deletions are written down: in `deletions` beside the table that a deletion began with.
//!
//! Every owner of a table with soft delete owns such a table of records, and can write there what they like. So a record counts for the rows of a table only where it stands beside this
//! table, in a table of the same owner, or above it, from where the deletion came down; the nearest counts. What stands beside a table below is the word of those whose rows a deletion took along.
use super::batch::{DELETIONS, DeletionId, REFERENCES, beside};
use super::graph::Graph;
use crate::core::lifecycle::model::Action;
use crate::core::work;
use crate::pg::allowance::Trust;
use crate::pg::error::{Error, Result};
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use std::collections::HashSet;

/// The relations with soft delete that foreign keys of some actions lead up to, level by level.
fn above(graph: &Graph, place: usize, is_followed: impl Fn(Action) -> bool) -> Vec<usize> {
    let (mut places, mut next) = (vec![place], 0);
    while let Some(from) = places.get(next).copied() {
        work::step();
        next += 1;
        for key in graph.keys.iter().filter(|key| key.child == from && is_followed(key.action)) {
            work::step();
            if graph.relations[key.parent].has_soft_delete && !places.contains(&key.parent) {
                places.push(key.parent);
            }
        }
    }
    places
}

/// The tables of records that count for the rows of one relation: those of its own owner, and then those above it, the nearest first.
pub fn of_place(graph: &Graph, place: usize) -> Result<Vec<OwnedTable>> {
    let own = graph.relations[place].owner();
    let is_own = |other: &usize| graph.relations[*other].owner() == own;
    let mut places = vec![place];
    places.extend((0..graph.relations.len()).filter(is_own));
    // A deletion comes down along cascades; along other keys only what was deleted before is handed over to it.
    places.extend(above(graph, place, |action| action == Action::Cascade));
    places.extend(above(graph, place, Action::binds));
    let mut homes: Vec<OwnedTable> = Vec::new();
    for relation in places.into_iter().map(|place| &graph.relations[place]).filter(|found| found.has_soft_delete) {
        work::step();
        let home = match beside(relation, DELETIONS) {
            Ok(home) => home,
            // Without its records another owner's table is one that no deletion began with.
            Err(_) if relation.owner() != own => continue,
            Err(wrong) => return Err(wrong),
        };
        if !homes.contains(&home) {
            homes.push(home);
        }
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
