//! Where deletions are written down: in `deletions` beside the table that a deletion began with.
//!
//! Every owner of a table with soft delete owns such a table of records, and can write there what they like. So a record counts for the rows of a table only where it stands beside this
//! table or one above it, from which the deletion came down; the nearest counts. What stands beside a table below is the word of those whose rows a deletion took along.
use super::batch::{DELETIONS, DeletionId, REFERENCES, beside};
use super::graph::Graph;
use crate::core::lifecycle::model::Relation;
use crate::core::work;
use crate::pg::allowance::Trust;
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use pgrx::pg_sys::Oid;
use std::collections::HashSet;

fn owner(relation: &Relation) -> Oid {
    relation::owner(relation.oid.into())
}

/// The tables of records that count for the rows of one relation, the nearest first.
pub fn of_place(graph: &Graph, place: usize) -> Result<Vec<OwnedTable>> {
    let own = owner(&graph.relations[place]);
    let mut places = vec![place];
    let mut next = 0;
    while let Some(from) = places.get(next).copied() {
        work::step();
        next += 1;
        let above = graph.keys.iter().filter(|key| key.child == from && graph.relations[key.parent].has_soft_delete);
        for key in above {
            work::step();
            if !places.contains(&key.parent) {
                places.push(key.parent);
            }
        }
    }
    // Tables of the same owner that no foreign key connects any more.
    let others = (0..graph.relations.len()).filter(|other| owner(&graph.relations[*other]) == own);
    places.extend(others.collect::<Vec<_>>());
    let mut homes: Vec<OwnedTable> = Vec::new();
    for relation in places.into_iter().map(|place| &graph.relations[place]).filter(|found| found.has_soft_delete) {
        work::step();
        let home = match beside(relation, DELETIONS) {
            Ok(home) => home,
            // Without its records another owner's table is one that no deletion began with.
            Err(_) if owner(relation) != own => continue,
            Err(wrong) => return Err(wrong),
        };
        if !homes.contains(&home) {
            homes.push(home);
        }
    }
    Ok(homes)
}

/// Those of the deletions that are written down in a table of records.
pub fn written(home: OwnedTable, ids: &[DeletionId]) -> Result<HashSet<DeletionId>> {
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
