//! The rows of a deletion that the caller may not bring back: what is done to a deletion is done to all of its rows.
use super::batch::DeletionId;
use super::foreign;
use super::graph::Graph;
use super::permissions::Policies;
use super::rows::Rows;
use crate::core::lifecycle::model::{Action, Relation};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter};
use pgrx::pg_sys::Oid;

/// Every row of the deletion must be one that the caller may delete, or be below one, as its deletion would take it. A deletion may
/// hold others: a service deleted rows of several tenants at once, or a row that was below another has another parent since.
pub fn refuse(graph: &Graph, id: DeletionId) -> Result<()> {
    if !crate::core::check::in_force("restore_of_others") {
        return Ok(());
    }
    let mut others: Vec<Option<Rows>> = Vec::new();
    for place in 0..graph.relations.len() {
        work::step();
        let is_reached = graph.reached().any(|reached| reached == place);
        others.push(if is_reached { not_permitted(graph, id, &graph.relations[place])? } else { None });
    }
    loop {
        work::step();
        let mut is_changed = false;
        for place in graph.reached() {
            work::step();
            let Some(rows) = &others[place] else { continue };
            let left = not_below(graph, id, place, rows, &others)?;
            is_changed |= left.as_ref().map_or(0, |left| left.count) != rows.count;
            others[place] = left;
        }
        if !is_changed {
            break;
        }
    }
    let Some(place) = graph.reached().find(|place| others[*place].is_some()) else { return Ok(()) };
    Err(Error::insufficient_privilege(format!(
        "the deletion also took rows of {} that you may not restore",
        graph.relations[place].label
    ))
    .hint("A deletion comes back whole or not at all: it takes the right to delete each of its rows that is not below another."))
}

/// The rows of this deletion that the caller may not delete, neither as they are nor as they will be when they are live.
fn not_permitted(graph: &Graph, deletion: DeletionId, relation: &Relation) -> Result<Option<Rows>> {
    let id = Parameter::Uuid(deletion);
    let others = |among: &str, parameters: &[Parameter<'_>]| -> Result<Option<Rows>> {
        let sql = sql!(
            "lifecycle/others.sql",
            arrays = relation.handle_arrays(),
            columns = relation.handle("target"),
            relation = relation.only(),
            among = among
        );
        let found = relation
            .table()?
            .read(|| spi::query(&sql, parameters, Mode::WriteLatest, |row| Rows::read_handles(row, relation, 2)))?;
        Ok(found.into_iter().flatten().next())
    };
    // Other tables' rows come back only below rows that the caller may bring back.
    let is_asked = rights::may_ask_policies(relation.oid.into(), graph.named);
    let policies = if is_asked { Policies::find(relation)? } else { None };
    let Some(policies) = policies else { return others("", &[id]) };
    if policies.ask_nothing() {
        return Ok(None);
    }
    let alias = relation.alias();
    let sql = sql!(
        "lifecycle/permitted.sql",
        arrays = relation.handle_arrays(),
        columns = relation.handle(&alias),
        order = relation.key_order(&alias),
        relation = relation.only(),
        alias = alias,
        state = policies.of_delete()
    );
    let seen = rights::as_caller(Oid::from(relation.oid), || {
        spi::query(&sql, &[id], Mode::Write, |row| Rows::read_handles(row, relation, 2))
    })?;
    let seen = seen.into_iter().flatten().next();
    let mut parameters = vec![Parameter::Uuid(deletion)];
    parameters.extend(seen.iter().flat_map(Rows::handle_parameters));
    let among = seen.as_ref().map_or(String::new(), |_| format!("AND NOT {}", relation.is_among("target", 2)));
    let Some(rows) = others(&among, &parameters)? else { return Ok(None) };
    refused(relation, &policies, &rows)
}

/// Returns the rows of this deletion whose parents in it are all among `others`.
fn not_below(
    graph: &Graph,
    id: DeletionId,
    place: usize,
    rows: &Rows,
    others: &[Option<Rows>],
) -> Result<Option<Rows>> {
    let relation = &graph.relations[place];
    let cascades = || graph.soft_keys().filter(|key| key.child == place && key.action == Action::Cascade);
    let mut left = Rows { count: rows.count, handles: rows.handles.clone(), referenced: Vec::new() };
    for key in cascades().filter(|key| foreign::is_foreign(graph, key)) {
        work::step();
        match foreign::not_below(graph, key, id, left, others[key.parent].as_ref())? {
            Some(found) => left = found,
            None => return Ok(None),
        }
    }
    let rows = left;
    let mut parameters = vec![Parameter::Uuid(id)];
    parameters.extend(rows.handle_parameters());
    let mut conditions = Vec::new();
    for key in cascades().filter(|key| !foreign::is_foreign(graph, key)) {
        work::step();
        let parent = &graph.relations[key.parent];
        let not_other = others[key.parent].as_ref().map_or(String::new(), |rows| {
            let first = parameters.len() + 1;
            parameters.extend(rows.handle_parameters());
            format!(" AND NOT {}", parent.is_among("parent", first))
        });
        conditions.push(format!(
            "NOT EXISTS (SELECT FROM {} AS parent WHERE parent.deletion_id OPERATOR(pg_catalog.=) $1 AND {}{not_other})",
            parent.only(),
            key.pairs.joins("parent", "target")
        ));
    }
    if conditions.is_empty() {
        return Ok(Some(rows));
    }
    let sql = sql!(
        "lifecycle/not_below.sql",
        arrays = relation.handle_arrays(),
        columns = relation.handle("target"),
        relation = relation.only(),
        among = relation.is_among("target", 2),
        not_below = conditions.join(" AND ")
    );
    let found = relation
        .table()?
        .read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| Rows::read_handles(row, relation, 2)))?;
    Ok(found.into_iter().flatten().next())
}

/// Returns the rows that the policies refuse as they will be after the restore: a policy may hide them while they are deleted.
fn refused(relation: &Relation, policies: &Policies, rows: &Rows) -> Result<Option<Rows>> {
    let sql = sql!(
        "lifecycle/others_as_live.sql",
        arrays = relation.handle_arrays(),
        columns = relation.handle("target"),
        relation = relation.only(),
        among = relation.is_among("target", 1)
    );
    let handles: Vec<Parameter<'_>> = rows.handle_parameters().collect();
    let found = relation.table()?.read(|| {
        spi::query(&sql, &handles, Mode::WriteLatest, |row| {
            Rows::read_handles(row, relation, 3).map(|rows| (row.value(2), rows))
        })
    })?;
    let Some((as_live, rows)) = found.into_iter().flatten().next() else { return Ok(None) };
    let arrays: Vec<String> =
        (0..rows.handles.len()).map(|index| format!("pg_catalog.array_agg((${})[found.place])", index + 2)).collect();
    let sql =
        sql!("lifecycle/refused.sql", arrays = arrays.join(", "), alias = relation.alias(), asked = policies.asked());
    let mut parameters = vec![Parameter::Value(&as_live)];
    parameters.extend(rows.handle_parameters());
    let found = rights::reading_as_caller(Oid::from(relation.oid), || {
        spi::query(&sql, &parameters, Mode::Write, |row| Rows::read_handles(row, relation, 2))
    })?;
    Ok(found.into_iter().flatten().next())
}
