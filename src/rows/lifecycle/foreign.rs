//! Children in tables of another owner than their parents'.
//!
//! Whether such children refer to a row is asked in two steps: the values of the row are read as the parent's owner, and the children as theirs; and the other way round for the
//! parents of a row. In one query the policies, operators and casts of one owner would run with the rights of the other.
use super::batch::DeletionId;
use super::graph::Graph;
use super::rows::Rows;
use crate::core::lifecycle::model::{Action, ForeignKey, Relation};
use crate::core::sql::{list, quoted, sql};
use crate::core::work;
use crate::pg::allowance::Allowance;
use crate::pg::error::Result;
use crate::pg::read_only;
use crate::pg::rights::{OwnedTable, Unused};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::subtransaction;
use pgrx::pg_sys::Oid;

/// Whether the tables of a foreign key have different owners.
pub fn is_foreign(graph: &Graph, key: &ForeignKey) -> bool {
    graph.relations[key.child].owner() != graph.relations[key.parent].owner()
}

fn numbered(prefix: &str, count: usize) -> String {
    (1..=count).map(|number| format!("{prefix}{number}")).collect::<Vec<_>>().join(", ")
}

fn unnests(first: usize, count: usize) -> String {
    (first..first + count).map(|number| format!("pg_catalog.unnest(${number})")).collect::<Vec<_>>().join(", ")
}

/// The row locators that the parameters hold, as rows.
fn handles(relation: &Relation) -> String {
    format!("ROWS FROM ({})", unnests(1, relation.handle_width()))
}

/// The foreign keys of other owners that refer to relations with soft delete: [`untouched`] asks them all before rows of these go, children first.
pub fn asked(graph: &Graph) -> Unused {
    let is_asked = |key: &&ForeignKey| is_foreign(graph, key) && graph.relations[key.parent].has_soft_delete;
    let foreign = graph.keys.iter().filter(is_asked).map(|key| Oid::from(key.oid));
    Unused(foreign.chain(graph.left_out.iter().map(|left_out| left_out.constraint)).collect())
}

/// Leaves of the rows of one table those that no child of another owner refers to in a way that keeps a purge from removing them.
pub fn unreferred(graph: &Graph, place: usize, rows: Rows, purge: Option<&Allowance>) -> Result<Option<Rows>> {
    let keys = graph.referring(place).filter(|key| key.action.keeps_parent() && is_foreign(graph, key));
    left(graph, place, keys, rows, purge)
}

/// Runs work on a child's table. In a purge, which has an allowance for the code of untrusted owners, an error of that code is no error of the purge: the answer is none.
fn on_child<T>(
    child: &Relation,
    purge: Option<&Allowance>,
    work: impl FnOnce(OwnedTable) -> Result<T>,
) -> Result<Option<T>> {
    let table = child.table()?;
    let Some(allowance) = purge else { return work(table).map(Some) };
    Ok(subtransaction::attempted(|| allowance.spend_unless_trusted(table.relation(), || work(table))))
}

/// Leaves of the rows those that no child of another owner refers to in any way: the server's own referential actions have nothing to do then. Code of the child's owner that runs
/// while this is asked, in an index, changes nothing, so that it holds of all of them at the end.
pub fn untouched(graph: &Graph, place: usize, rows: Rows, purge: Option<&Allowance>) -> Result<Option<Rows>> {
    graph.relations[place].table()?.keep_strangers_out()?;
    if graph.is_of_one_owner() {
        return Ok((!is_referred_by_strangers(graph, place, purge)?).then_some(rows));
    }
    read_only::reading(|| {
        if is_referred_by_strangers(graph, place, purge)? {
            return Ok(None);
        }
        left(graph, place, graph.referring(place).filter(|key| is_foreign(graph, key)), rows, purge)
    })
}

/// Whether there is a foreign key of another owner's table that the graph does not have: code of that owner may have made it since, or rows that refer along one that was left out.
fn is_referred_by_strangers(graph: &Graph, place: usize, purge: Option<&Allowance>) -> Result<bool> {
    for stranger in graph.relations[place].table()?.strangers()? {
        work::step();
        // What does not act on rows keeps those that are referred to by itself.
        if !stranger.follows_delete {
            continue;
        }
        let constraint = stranger.constraint;
        if graph.keys.iter().any(|key| Oid::from(key.oid) == constraint) {
            continue;
        }
        let Some(left_out) = graph.left_out.iter().find(|left_out| left_out.constraint == constraint) else {
            return Ok(true);
        };
        // Of what cannot be asked it is not known that it refers to none.
        if on_child(&left_out.child, purge, |_| left_out.refers())?.unwrap_or(true) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Does what ON DELETE SET NULL says, and for `also_defaults` SET DEFAULT, to children of other owners, as each child's owner: the server's own action would run their triggers with the
/// rights of whoever removes the rows. In a purge children whose owner's code raises an error, or takes too long, stay as they are.
pub fn let_go(graph: &Graph, place: usize, rows: &Rows, also_defaults: bool, purge: Option<&Allowance>) -> Result<()> {
    let is_let_go = |action: Action| action == Action::SetNull || also_defaults && action == Action::SetDefault;
    for key in graph.referring(place).filter(|key| is_let_go(key.action) && is_foreign(graph, key)) {
        work::step();
        // A table in which no row refers to these is not written: what it is like hinders nobody.
        if matches!(referred(graph, key, rows, purge)?, Some(None)) {
            continue;
        }
        let Some((_, values)) = values(graph, key, rows)? else { continue };
        let child = &graph.relations[key.child];
        let sql = sql!(
            "lifecycle/foreign_let_go.sql",
            relation = child.only(),
            set = key.apply_set_null(),
            parents = key.pairs.parents(1),
            refers = key.pairs.refers("child")
        );
        let parameters: Vec<Parameter<'_>> = values.iter().map(Parameter::Value).collect();
        on_child(child, purge, |table| table.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest)))?;
    }
    Ok(())
}

/// Leaves of the rows those that no child refers to along these keys.
fn left<'k>(
    graph: &Graph,
    place: usize,
    keys: impl Iterator<Item = &'k ForeignKey>,
    rows: Rows,
    purge: Option<&Allowance>,
) -> Result<Option<Rows>> {
    let mut left = rows;
    for key in keys {
        work::step();
        // Of what cannot be asked it is not known that it refers to none of them.
        let Some(found) = referred(graph, key, &left, purge)? else { return Ok(None) };
        let Some(places) = found else { continue };
        match without(&graph.relations[place], &left, &places)? {
            Some(found) => left = found,
            None => return Ok(None),
        }
    }
    Ok(Some(left))
}

/// The rows without those at these places.
fn without(relation: &Relation, rows: &Rows, places: &Value) -> Result<Option<Rows>> {
    let width = relation.handle_width();
    let sql = sql!(
        "lifecycle/foreign_left.sql",
        arrays = relation.handle_arrays(),
        handles = handles(relation),
        names = numbered("handle", width),
        places = format!("${}", width + 1)
    );
    let mut parameters: Vec<Parameter<'_>> = rows.handle_parameters().collect();
    parameters.push(Parameter::Value(places));
    let found = spi::query(&sql, &parameters, Mode::Read, |row| Rows::read_handles(row, relation, 2))?;
    Ok(found.into_iter().flatten().next())
}

/// Leaves of a deletion's rows, children along the key, those that are below no row of the same deletion but for the `others` of the parents' table.
pub fn not_below(
    graph: &Graph,
    key: &ForeignKey,
    id: DeletionId,
    rows: Rows,
    others: Option<&Rows>,
) -> Result<Option<Rows>> {
    let (child, parent) = (&graph.relations[key.child], &graph.relations[key.parent]);
    let width = key.pairs.columns.len();
    let Some((places, values)) = parts_of(child, &key.pairs.child_columns("target"), width, &rows)? else {
        return Ok(Some(rows));
    };
    let mut parameters = vec![Parameter::Uuid(id), Parameter::Value(&places)];
    parameters.extend(values.iter().map(Parameter::Value));
    let not_other = others.map_or(String::new(), |_| format!("AND NOT {}", parent.is_among("parent", 3 + width)));
    parameters.extend(others.into_iter().flat_map(Rows::handle_parameters));
    let sql = sql!(
        "lifecycle/foreign_above.sql",
        arrays = unnests(3, width),
        parts = numbered("part", width),
        relation = parent.only(),
        is_referred = key.pairs.is_referred("parent"),
        not_other = not_other
    );
    let found = parent.table()?.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| row.value(1)))?;
    match found.into_iter().find(|places| !places.is_null()) {
        Some(places) => without(child, &rows, &places),
        None => Ok(Some(rows)),
    }
}

/// What a foreign key refers to in the rows: each row's place among them, and for each column of the key an array; none where the rows are gone.
fn values(graph: &Graph, key: &ForeignKey, rows: &Rows) -> Result<Option<(Value, Vec<Value>)>> {
    parts_of(&graph.relations[key.parent], &key.pairs.parent_columns("target"), key.pairs.columns.len(), rows)
}

/// Parts of the rows, SQL over `target`: each row's place among them, and for each part an array; none where the rows are gone.
fn parts_of(relation: &Relation, parts: &str, width: usize, rows: &Rows) -> Result<Option<(Value, Vec<Value>)>> {
    let is_handle = if relation.is_partitioned {
        list(&relation.key, " AND ", |number, column| {
            format!("target.{} {} handle.handle{number}", quoted(&column.name), column.equals)
        })
    } else {
        "target.ctid OPERATOR(pg_catalog.=) handle.handle1".to_owned()
    };
    let arrays = |number: &usize| format!("pg_catalog.array_agg(found.part{number} ORDER BY found.place)");
    let arrays: Vec<String> = (1..=width).map(|number| arrays(&number)).collect();
    let sql = sql!(
        "lifecycle/foreign_values.sql",
        arrays = arrays.join(", "),
        parts = parts,
        handles = handles(relation),
        names = numbered("handle", relation.handle_width()),
        is_handle = is_handle,
        relation = relation.only()
    );
    let parameters: Vec<Parameter<'_>> = rows.handle_parameters().collect();
    let found = relation.table()?.read(|| {
        spi::query(&sql, &parameters, Mode::WriteLatest, |row| {
            row.bigint(1).filter(|count| *count > 0)?;
            Some((row.value(2), (3..3 + width as i32).map(|column| row.value(column)).collect::<Vec<Value>>()))
        })
    })?;
    Ok(found.into_iter().flatten().next())
}

/// The places among the rows of those that children refer to, as an array, if there are any; none where the children cannot be asked.
fn referred(graph: &Graph, key: &ForeignKey, rows: &Rows, purge: Option<&Allowance>) -> Result<Option<Option<Value>>> {
    let child = &graph.relations[key.child];
    let width = key.pairs.columns.len();
    let Some((places, values)) = values(graph, key, rows)? else { return Ok(Some(None)) };
    let mut parameters = vec![Parameter::Value(&places)];
    parameters.extend(values.iter().map(Parameter::Value));
    let sql = sql!(
        "lifecycle/foreign_referred.sql",
        arrays = unnests(2, width),
        parts = numbered("part", width),
        relation = child.only(),
        refers = key.pairs.refers("child")
    );
    let ask = |table: OwnedTable| table.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| row.value(1)));
    let found = on_child(child, purge, ask)?;
    Ok(found.map(|found| found.into_iter().find(|places| !places.is_null())))
}

/// Deletions not among these whose rows, of another owner than their parents, are below rows of these.
pub fn deletions_below(
    graph: &Graph,
    key: &ForeignKey,
    ids: &[DeletionId],
    purge: &Allowance,
) -> Result<Vec<DeletionId>> {
    let (child, parent) = (&graph.relations[key.child], &graph.relations[key.parent]);
    let width = key.pairs.columns.len();
    let arrays: Vec<String> = (1..=width).map(|number| format!("pg_catalog.array_agg(found.part{number})")).collect();
    let sql = sql!(
        "lifecycle/foreign_parents.sql",
        arrays = arrays.join(", "),
        parts = key.pairs.parent_columns("target"),
        relation = parent.only()
    );
    let found = parent.table()?.read(|| {
        spi::query(&sql, &[Parameter::Uuids(ids)], Mode::WriteLatest, |row| {
            row.bigint(1).filter(|count| *count > 0)?;
            Some((2..2 + width as i32).map(|column| row.value(column)).collect::<Vec<Value>>())
        })
    })?;
    let Some(values) = found.into_iter().flatten().next() else { return Ok(Vec::new()) };
    let mut parameters = vec![Parameter::Uuids(ids)];
    parameters.extend(values.iter().map(Parameter::Value));
    let sql = sql!(
        "lifecycle/foreign_below.sql",
        relation = child.only(),
        parents = key.pairs.parents(2),
        refers = key.pairs.refers("child")
    );
    let ask = |table: OwnedTable| table.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| row.uuid(1)));
    Ok(on_child(child, Some(purge), ask)?.into_iter().flatten().flatten().collect())
}
