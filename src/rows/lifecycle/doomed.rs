//! The deleted rows that may go for good: those that nothing refers to, and cycles of rows that refer to each other alone.
use super::batch::DeletionId;
use super::foreign;
use super::graph::Graph;
use super::rows::Rows;
use crate::core::lifecycle::model::{Action, ForeignKey};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::allowance::{Allowance, Trust};
use crate::pg::error::Result;
use crate::pg::setting;
use crate::pg::spi::{self, Mode, Parameter, Value};

/// From rows of a table that refers to itself to the rows that they referred to: a long chain is purged link by link, and its table is not searched for each.
pub struct Climb<'a> {
    pub key: &'a ForeignKey,
    /// For each column of the key an array with what the purged rows held.
    pub parents: Vec<Value>,
}

impl Climb<'_> {
    /// Those of the parents that are rows of the deletions, and that nothing refers to any more.
    pub fn doomed(&self, graph: &Graph, ids: &[DeletionId], most: i64, allowance: &Allowance) -> Result<Option<Rows>> {
        let place = self.key.parent;
        let relation = &graph.relations[place];
        let of_deletions = format!(
            "ARRAY[target.deletion_id] OPERATOR(pg_catalog.<@) $1 AND EXISTS (SELECT FROM {} WHERE {})",
            self.key.pairs.children(3),
            self.key.pairs.is_referred("target")
        );
        let mut parameters = vec![Parameter::Uuids(ids), Parameter::Bigint(most)];
        parameters.extend(self.parents.iter().map(Parameter::Value));
        if most <= 0 {
            return Ok(None);
        }
        let sql = doomed_sql(graph, place, &of_deletions, true);
        // By the index of the key, whatever the server knows of a table that nobody analyzed since it was filled.
        let ask = || spi::query(&sql, &parameters, Mode::WriteLatest, |row| Rows::read_handles(row, relation, 2));
        let table = relation.table()?;
        let found = trust(graph, allowance).run(table, || {
            table.read(|| {
                setting::with(c"enable_seqscan", "off", || {
                    setting::with(c"enable_hashjoin", "off", || setting::with(c"enable_mergejoin", "off", ask))
                })
            })
        })?;
        match found.into_iter().flatten().flatten().next() {
            Some(rows) => foreign::unreferred(graph, place, rows, Some(allowance)),
            None => Ok(None),
        }
    }
}

/// Whom a purge of the graph's root trusts.
pub fn trust<'a>(graph: &Graph, allowance: &'a Allowance) -> Trust<'a> {
    Trust { own: graph.root().owner(), allowance }
}

/// A query for rows of deletions, at most so many: those that nothing refers to, or all.
fn doomed_sql(graph: &Graph, place: usize, of_deletions: &str, unreferenced: bool) -> String {
    let relation = &graph.relations[place];
    let conditions: Vec<String> = graph
        .referring(place)
        .filter(|key| unreferenced && key.action.keeps_parent() && !foreign::is_foreign(graph, key))
        .map(|key| no_child(graph, key, ""))
        .collect();
    sql!(
        "lifecycle/doomed.sql",
        arrays = relation.handle_arrays(),
        columns = relation.handle("target"),
        relation = relation.only(),
        of_deletions = of_deletions,
        unreferenced = all_of(&conditions)
    )
}

/// Rows of deletions, at most so many, held until the transaction ends: those that nothing refers to, or all. Code of other owners is asked within an allowance.
pub fn doomed(
    graph: &Graph,
    place: usize,
    ids: &[DeletionId],
    most: i64,
    unreferenced: bool,
    allowance: &Allowance,
) -> Result<Option<Rows>> {
    if ids.is_empty() || most <= 0 {
        return Ok(None);
    }
    let relation = &graph.relations[place];
    let sql = doomed_sql(graph, place, "target.deletion_id OPERATOR(pg_catalog.=) ANY ($1)", unreferenced);
    let parameters = [Parameter::Uuids(ids), Parameter::Bigint(most)];
    let table = relation.table()?;
    let found = trust(graph, allowance).run(table, || {
        table.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| Rows::read_handles(row, relation, 2)))
    })?;
    match found.into_iter().flatten().flatten().next() {
        Some(rows) if unreferenced => foreign::unreferred(graph, place, rows, Some(allowance)),
        rows => Ok(rows),
    }
}

/// Leaves of the rows those that can go together: nothing else refers to any of them.
pub fn close(graph: &Graph, together: &mut [Option<Rows>], allowance: &Allowance) -> Result<()> {
    loop {
        work::step();
        let mut changed = false;
        for place in 0..together.len() {
            work::step();
            let Some(rows) = &together[place] else { continue };
            let relation = &graph.relations[place];
            let mut parameters: Vec<Parameter<'_>> = rows.handle_parameters().collect();
            let mut conditions = Vec::new();
            let keys = graph.referring(place).filter(|key| key.action.keeps_parent());
            for key in keys.filter(|key| !foreign::is_foreign(graph, key)) {
                work::step();
                // Only a cascade takes rows along.
                let others = together[key.child].as_ref().filter(|_| key.action == Action::Cascade);
                let outside = others.map_or(String::new(), |rows| {
                    let first = parameters.len() + 1;
                    parameters.extend(rows.handle_parameters());
                    format!(" AND NOT {}", graph.relations[key.child].is_among("child", first))
                });
                conditions.push(no_child(graph, key, &outside));
            }
            let sql = sql!(
                "lifecycle/closed.sql",
                arrays = relation.handle_arrays(),
                columns = relation.handle("target"),
                relation = relation.only(),
                among = relation.is_among("target", 1),
                unreferenced = all_of(&conditions)
            );
            let table = relation.table()?;
            let found = trust(graph, allowance).run(table, || {
                table.read(|| {
                    spi::query(&sql, &parameters, Mode::WriteLatest, |row| Rows::read_handles(row, relation, 2))
                })
            })?;
            let closed = match found.into_iter().flatten().flatten().next() {
                Some(closed) => foreign::untouched(graph, place, closed, Some(allowance))?,
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
    let refers = key.pairs.joins("target", "child");
    format!("NOT EXISTS (SELECT FROM {} AS child WHERE {refers}{itself}{more})", child.only())
}
