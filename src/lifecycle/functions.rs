//! The SQL functions of sql/install/lifecycle.sql.
use super::batch::Batch;
use super::conflict::OnConflict;
use super::delete::{self, Unmanaged};
use super::graph::Graph;
use super::model::Action;
use super::purge::{self, Retention};
use super::restore;
use crate::error::{Error, Result};
use crate::pg::relation::Regclass;
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::tenancy::identity::Identity;
use crate::tokens::place;
use pgrx::iter::TableIterator;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Array, Uuid, name, pg_extern};

fn graph_and_ids(relation: Regclass, ids: Option<Array<'_, &str>>) -> Result<(Graph, Vec<String>)> {
    let ids = ids.ok_or_else(|| Error::required("ids"))?;
    let graph = Graph::load(relation.0)?;
    let ids: Vec<String> = ids.iter().flatten().map(str::to_owned).collect();
    let root = graph.root();
    if root.key.len() > 1 {
        let names: Vec<&str> = root.key.iter().map(|column| column.name.as_str()).collect();
        for id in &ids {
            let value: Option<serde_json::Value> = serde_json::from_str(id).ok();
            let is_key = |value: &serde_json::Value| {
                value.as_object().is_some_and(|object| {
                    object.len() == names.len()
                        && names.iter().all(|name| object.get(*name).is_some_and(|part| !part.is_null()))
                })
            };
            if !value.as_ref().is_some_and(is_key) {
                let example: Vec<String> = names.iter().map(|name| format!("\"{name}\": …")).collect();
                return Err(Error::invalid_parameter(format!("the key of {} is not in {id}", root.label))
                    .hint(format!("Give all of it as JSON: {{{}}}.", example.join(", "))));
            }
        }
    }
    Ok((graph, ids))
}

#[pg_extern(sql = false)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn soft_delete_rows(
    relation: Regclass,
    ids: Option<Array<'_, &str>>,
    deleted_by: Option<Uuid>,
    reason: Option<&str>,
    without_soft_delete: Option<&str>,
) -> Result<TableIterator<'static, (name!(table_name, String), name!(rows, i64), name!(roots, i64))>, ErrorReport> {
    let unmanaged = match without_soft_delete.ok_or_else(|| Error::required("without_soft_delete"))? {
        "refuse" => Unmanaged::Refuse,
        "leave" => Unmanaged::Leave,
        other => {
            return Err(Error::invalid_parameter(format!("without_soft_delete cannot be \"{other}\""))
                .hint("It is 'refuse' or 'leave'.")
                .into());
        }
    };
    // Nobody is named where nobody is known; who is named must be who asks.
    let deleted_by = match deleted_by {
        Some(named) => place::on_behalf_of(Some(*named.as_bytes()), "deleted_by")?,
        None => Identity::current().user_id(),
    };
    let (graph, ids) = graph_and_ids(relation, ids)?;
    let batch = Batch::new(&graph, deleted_by, reason)?;
    let outcome = delete::delete(&graph, &ids, Some(&batch), unmanaged)?;
    if !outcome.blockers.is_empty() {
        return Err(delete::refusal(&graph, &outcome.blockers).into());
    }
    let roots = outcome.roots;
    Ok(TableIterator::new(outcome.deleted.into_iter().map(move |(label, rows)| (label, rows, roots))))
}

#[pg_extern(sql = false)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn explain_delete_rows(
    relation: Regclass,
    ids: Option<Array<'_, &str>>,
) -> Result<
    TableIterator<
        'static,
        (name!(table_name, String), name!(effect, &'static str), name!(rows, i64), name!(ids, Vec<String>)),
    >,
    ErrorReport,
> {
    let (graph, ids) = graph_and_ids(relation, ids)?;
    let outcome = delete::delete(&graph, &ids, None, Unmanaged::Refuse)?;
    let mut told: Vec<(String, &'static str, i64, Vec<String>)> = Vec::new();
    told.extend(outcome.deleted.into_iter().map(|(label, rows)| (label, "delete", rows, Vec::new())));
    for (label, action, rows) in outcome.giving_way {
        let effect = if action == Action::SetDefault { "set default" } else { "set null" };
        match told.iter_mut().find(|line| line.0 == label && line.1 == effect) {
            Some(line) => line.2 += rows,
            None => told.push((label, effect, rows, Vec::new())),
        }
    }
    told.extend(outcome.blockers.into_iter().map(|blocker| (blocker.relation, "refuse", blocker.rows, blocker.ids)));
    Ok(TableIterator::new(told))
}

#[pg_extern(sql = false)]
fn restore_rows(
    relation: Regclass,
    ids: Option<Array<'_, &str>>,
    on_conflict: Option<&str>,
) -> Result<i64, ErrorReport> {
    let on_conflict = OnConflict::named(on_conflict.ok_or_else(|| Error::required("on_conflict"))?)?;
    let (graph, ids) = graph_and_ids(relation, ids)?;
    let mut restored = 0;
    // The latest deletion first: what was deleted before may lie below it.
    for marked in restore::marked(&graph, &ids)?.iter().rev() {
        if restore::may_restore(&graph, marked)? {
            restored += restore::restore(&graph, marked, on_conflict)?;
        }
    }
    Ok(restored)
}

#[pg_extern(sql = false)]
fn hold_rows(relation: Regclass, ids: Option<Array<'_, &str>>, hold: Option<bool>) -> Result<i64, ErrorReport> {
    let (graph, ids) = graph_and_ids(relation, ids)?;
    let hold = hold.ok_or_else(|| Error::required("hold"))?;
    let mut held = 0;
    for marked in restore::marked(&graph, &ids)? {
        if restore::may_restore(&graph, &marked)? {
            let (deletions, _) = restore::home(&graph, marked.deletion)?;
            restore::refuse_others(&graph, marked.deletion, deletions)?;
            let sql =
                include_str!("../../sql/queries/lifecycle/hold.sql").replace("@deletions@", &deletions.quoted_name());
            let hold = Value::boolean(Some(hold));
            // With the caller's rights: whether somebody may keep rows from being purged is for a GRANT to say.
            let parameters = [Parameter::Uuid(marked.deletion), Parameter::Value(&hold)];
            rights::as_caller(deletions.relation(), || spi::execute(&sql, &parameters, Mode::Write))?;
            held += marked.count;
        }
    }
    Ok(held)
}

#[pg_extern(sql = false)]
fn erase_rows(relation: Regclass, ids: Option<Array<'_, &str>>) -> Result<i64, ErrorReport> {
    let (graph, ids) = graph_and_ids(relation, ids)?;
    let sql = "SELECT pg_catalog.has_table_privilege($1, 'DELETE')";
    let may_delete = spi::query(sql, &[Parameter::Oid(relation.0)], Mode::Read, |row| row.boolean(1))?;
    if may_delete != [Some(true)] {
        return Err(Error::insufficient_privilege(format!("no right to delete from {}", graph.root().label))
            .hint("permanent_delete() takes the DELETE privilege, and a row that the caller may update.")
            .into());
    }
    let mut allowed: Vec<String> = Vec::new();
    for marked in restore::marked(&graph, &ids)? {
        if restore::may_restore(&graph, &marked)? {
            allowed.extend(marked.ids);
        }
    }
    Ok(if allowed.is_empty() { 0 } else { purge::erase(&graph, &allowed)? })
}

#[pg_extern(sql = false)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn purge_step(
    relation: Regclass,
    days: Option<i32>,
    tables_decide: Option<bool>,
    after: Option<Uuid>,
    most: Option<i64>,
) -> Result<
    TableIterator<'static, (name!(roots, i64), name!(rows, i64), name!(after, Option<Uuid>), name!(done, bool))>,
    ErrorReport,
> {
    let days = days.ok_or_else(|| Error::required("days_old"))?;
    let tables_decide = tables_decide.ok_or_else(|| Error::required("tables_decide"))?;
    let most = most.ok_or_else(|| Error::required("rows_at_once"))?;
    let graph = Graph::load(relation.0)?;
    if days < 0 || most < 1 {
        return Err(Error::invalid_parameter("days cannot be negative, and a batch holds a row at least")
            .hint("0 days purges all that is deleted and not on hold.")
            .into());
    }
    let sql = include_str!("../../sql/queries/lifecycle/may_purge.sql");
    let may_purge = spi::query(sql, &[Parameter::Oid(relation.0)], Mode::Read, |row| row.boolean(1))?;
    if may_purge != [Some(true)] {
        return Err(Error::insufficient_privilege(format!("no right to purge {}", graph.root().label))
            .hint("Its owner may, and a role with BYPASSRLS and the DELETE privilege: a purge minds no policy.")
            .into());
    }
    let retention = Retention { days: days.into(), tables_decide };
    let step = purge::step(&graph, &retention, after.map(|id| *id.as_bytes()), most)?;
    Ok(TableIterator::once((step.roots, step.rows, step.after.map(Uuid::from_bytes), step.is_done)))
}

#[pg_extern(sql = false)]
fn deleted_counts(
    relation: Regclass,
) -> Result<TableIterator<'static, (name!(live, i64), name!(deleted, i64))>, ErrorReport> {
    let table = OwnedTable::owned_by_caller(relation.0)?;
    let sql =
        include_str!("../../sql/queries/lifecycle/deleted_counts.sql").replace("@relation@", &table.quoted_name());
    let found = table.read(|| spi::query(&sql, &[], Mode::Read, |row| Some((row.bigint(1)?, row.bigint(2)?))))?;
    Ok(TableIterator::new(found.into_iter().flatten()))
}

#[pg_extern(sql = false)]
fn forget_step(
    deletions: Regclass,
    days: Option<i32>,
    after: Option<Uuid>,
    most: Option<i64>,
) -> Result<Option<Uuid>, ErrorReport> {
    let days = days.ok_or_else(|| Error::required("days"))?;
    let most = most.ok_or_else(|| Error::required("most"))?;
    let last = purge::forget(deletions.0, days.into(), after.map(|id| *id.as_bytes()), most)?;
    Ok(last.map(Uuid::from_bytes))
}
