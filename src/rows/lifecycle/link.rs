//! Link tables: a deleted link gives up its primary key to a new one.
//!
//! A primary key cannot cover live rows only, as other unique keys do. What links two rows has nothing but them in its key, so that whoever links them again
//! means the same link. The deleted row is then removed for good, unless its deletion is on hold (55000). Whoever may not DELETE the row leaves it there, and gets the server's 23505.
//! Deleted rows below it go with it, as in a permanent_delete.
use super::graph::Graph;
use super::permissions::{self, Policies};
use super::purge;
use crate::core::sql::{list, quoted};
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::Result;
use crate::pg::invalidation::{self, Cache};
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::trigger::{Attribute, Call, Columns};
use pgrx::pg_sys::Oid;
use std::rc::Rc;

/// How a link is found by its key.
struct Link {
    table: Oid,
    key: Vec<String>,
    sql: String,
}

thread_local! {
    /// What was looked up for each relation, as long as it is not changed.
    static KNOWN: Cache<Link> = Cache::default();
}

/// What a statement knows.
struct Site {
    link: Rc<Link>,
    key: Vec<Attribute>,
}

/// Removes the deleted row that has the primary key of the row that a BEFORE INSERT trigger is called for.
pub fn free_key(fcinfo: FunctionCallInfo<'_>, call: &Call<'_>) -> Result<()> {
    let site = call_site_or(fcinfo, || known(call))?;
    let new = call.new_row();
    let values: Vec<Value> = site.key.iter().map(|part| new.value(*part)).collect();
    if values.iter().any(Value::is_null) {
        return Ok(());
    }
    let parameters: Vec<Parameter<'_>> = values.iter().map(Parameter::Value).collect();
    let table = OwnedTable::in_soft_delete(site.link.table)?;
    let found = table.read(|| {
        spi::query(&site.link.sql, &parameters, Mode::WriteLatest, |row| Some((row.text(1)?, row.value(2))))
    })?;
    let (ids, rows): (Vec<String>, Vec<Value>) = found.into_iter().flatten().unzip();
    if ids.is_empty() {
        return Ok(());
    }
    let graph = Graph::load(site.link.table)?;
    let may_delete = permissions::may_delete(&graph)?;
    let Some(policies) = Policies::find(graph.root())?.filter(|_| may_delete) else { return Ok(()) };
    let passing = policies.passing(graph.root(), rows)?;
    let ids: Vec<String> = passing.into_iter().filter_map(|place| ids.get(place).cloned()).collect();
    if ids.is_empty() { Ok(()) } else { purge::erase(&graph, &ids).map(|_| ()) }
}

fn known(call: &Call<'_>) -> Result<Site> {
    let link = KNOWN.with(|known| known.get(call.relation(), || look_up(call)))?;
    let key = link.key.iter().map(|name| call.required_column(name)).collect::<Result<_>>()?;
    Ok(Site { link, key })
}

fn look_up(call: &Call<'_>) -> Result<Link> {
    invalidation::watch(call.relation());
    let table = call.table();
    let graph = Graph::load(table)?;
    let root = graph.root();
    let is_key = list(&root.key, " AND ", |number, column| {
        format!("target.{} {} ${number}", quoted(&column.name), column.equals)
    });
    let sql = format!(
        "SELECT {}, pg_catalog.jsonb_populate_record(target.*, '{{}}') FROM {} AS target WHERE {is_key} AND target.deletion_id IS NOT NULL",
        root.key_text("target"),
        root.only()
    );
    Ok(Link { table, key: root.key.iter().map(|column| column.name.clone()).collect(), sql })
}
