//! The SQL functions of sql/install/lifecycle.sql.
use super::batch::Batch;
use super::conflict::{self, OnConflict};
use super::delete::{self, Unmanaged};
use super::graph::Graph;
use super::homes::home;
use super::marked;
use super::permissions;
use super::purge::{self, Retention};
use super::restore;
use crate::core::fields::identifier::uuid_bytes;
use crate::core::lifecycle::model::{Action, Relation};
use crate::core::sql::sql;
use crate::core::work;
use crate::identity::claims;
use crate::identity::claims::Identity;
use crate::pg::error::{Error, Result};
use crate::pg::relation::{Regclass, quoted_name};
use crate::pg::rights::{self, Called, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::{allowance, deadline, lock_wait};
use crate::records::validate::links::explain::explain;
use pgrx::iter::TableIterator;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Array, Uuid, name, pg_extern};
use std::time::Duration;

fn graph_and_ids(relation: Regclass, ids: Option<Array<'_, &str>>) -> Result<(Graph, Vec<String>)> {
    let ids = ids.ok_or_else(|| Error::required("record_keys"))?;
    let graph = Graph::load(relation.0)?;
    let ids: Vec<String> = ids.iter().flatten().map(str::to_owned).collect();
    let root = graph.root();
    if root.key.len() > 1 {
        let names: Vec<&str> = root.key.iter().map(|column| column.name.as_str()).collect();
        for id in &ids {
            work::step();
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
    require_keys(root, &ids)?;
    Ok((graph, ids))
}

/// The server's 22P02 for a text that is no value of the key's type, with a HINT that says which type that is.
fn require_keys(root: &Relation, ids: &[String]) -> Result<()> {
    let columns: Vec<String> =
        root.key.iter().map(|column| format!("column \"{}\" of type {}", column.name, column.kind)).collect();
    let hint = format!("The key of {} is {}.", root.label, columns.join(" and "));
    let sql = format!("SELECT FROM pg_catalog.unnest($1) AS given(id) WHERE {} IS NULL", root.key_of("given.id"));
    // The type may be anybody's, and so is the code that reads its values.
    let read = || spi::hinting(&hint, || spi::execute(&sql, &[Parameter::Texts(ids)], Mode::Read));
    rights::as_caller(root.oid.into(), read).map(|_| ())
}

#[pg_extern(sql = false)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn soft_delete_rows(
    relation: Regclass,
    ids: Option<Array<'_, &str>>,
    deleted_by: Option<Uuid>,
    reason: Option<&str>,
    on_unsupported: Option<&str>,
) -> Result<TableIterator<'static, (name!(table_name, String), name!(rows, i64), name!(roots, i64))>, ErrorReport> {
    let _called = Called::for_table(relation.0);
    let unmanaged = match on_unsupported.ok_or_else(|| Error::required("on_unsupported"))? {
        "refuse" => Unmanaged::Refuse,
        "leave" => Unmanaged::Leave,
        other => {
            return Err(Error::invalid_parameter(format!("on_unsupported cannot be \"{other}\""))
                .hint("It is 'refuse' or 'leave'.")
                .into());
        }
    };
    // Nobody is named where nobody is known; who is named must be who asks.
    let deleted_by = match deleted_by {
        Some(named) => claims::on_behalf_of(Some(*named.as_bytes()), "deleted_by")?,
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

#[pg_extern(sql = false, stable)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn preview_delete_rows(
    relation: Regclass,
    ids: Option<Array<'_, &str>>,
) -> Result<
    TableIterator<
        'static,
        (name!(table_name, String), name!(effect, &'static str), name!(rows, i64), name!(record_keys, Vec<String>)),
    >,
    ErrorReport,
> {
    let _called = Called::for_table(relation.0);
    let (graph, ids) = graph_and_ids(relation, ids)?;
    let outcome = delete::delete(&graph, &ids, None, Unmanaged::Refuse)?;
    let mut told: Vec<(String, &'static str, i64, Vec<String>)> = Vec::new();
    told.extend(outcome.deleted.into_iter().map(|(label, rows)| (label, "delete", rows, Vec::new())));
    for (label, action, rows) in outcome.set_null_children {
        work::step();
        let effect = if action == Action::SetDefault { "set default" } else { "set null" };
        match told.iter_mut().find(|line| line.0 == label && line.1 == effect) {
            Some(line) => line.2 += rows,
            None => told.push((label, effect, rows, Vec::new())),
        }
    }
    told.extend(outcome.blockers.into_iter().map(|blocker| (blocker.relation, "refuse", blocker.rows, blocker.ids)));
    if outcome.roots > 0 {
        // Only what the caller sees of the root: the others were not found either.
        let ids = permissions::visible(&graph, graph.root(), ids)?;
        let ids: Vec<_> = ids.iter().filter_map(|id| uuid_bytes(id)).collect();
        for relation in graph.relations.iter().filter(|relation| relation.is_reached && !ids.is_empty()) {
            work::step();
            for references in explain(relation.table()?, graph.root().oid.into(), &ids)? {
                work::step();
                let effect = if references.is_refused { "refuse" } else { "clear reference" };
                let ids = permissions::visible(&graph, relation, references.ids)?;
                told.push((relation.label.clone(), effect, references.records, ids));
            }
        }
    }
    Ok(TableIterator::new(told))
}

#[pg_extern(sql = false)]
fn restore_rows(
    relation: Regclass,
    ids: Option<Array<'_, &str>>,
    on_conflict: Option<&str>,
) -> Result<i64, ErrorReport> {
    let _called = Called::for_table(relation.0);
    let on_conflict = OnConflict::named(on_conflict.ok_or_else(|| Error::required("on_conflict"))?)?;
    let (graph, ids) = graph_and_ids(relation, ids)?;
    let mut restored = 0;
    let mut left_out: Vec<String> = Vec::new();
    // The latest deletion first: what was deleted before may lie below it.
    for marked in marked::marked(&graph, &ids)?.into_iter().rev() {
        work::step();
        if let Some(marked) = marked::permitted(&graph, marked)? {
            let back = restore::restore(&graph, &marked, on_conflict)?;
            if back == 0 {
                left_out.extend(marked.ids);
            }
            restored += back;
        }
    }
    // Somebody else may have restored them at the same time, which is no conflict.
    if restored == 0 && on_conflict == OnConflict::Skip && !marked::marked(&graph, &left_out)?.is_empty() {
        return Err(conflict::left_out(&graph, &left_out).into());
    }
    Ok(restored)
}

#[pg_extern(sql = false)]
fn hold_rows(relation: Regclass, ids: Option<Array<'_, &str>>, hold: Option<bool>) -> Result<i64, ErrorReport> {
    let _called = Called::for_table(relation.0);
    let (graph, ids) = graph_and_ids(relation, ids)?;
    let hold = hold.ok_or_else(|| Error::required("hold"))?;
    let mut held = 0;
    for marked in marked::marked(&graph, &ids)? {
        work::step();
        if let Some(marked) = marked::permitted(&graph, marked)? {
            let (deletions, _) = home(&graph, graph.root, marked.deletion)?;
            restore::refuse_others(&graph, marked.deletion, deletions)?;
            require_hold(deletions, graph.named)?;
            let sql = sql!("lifecycle/hold.sql", deletions = deletions.quoted_name());
            let hold = Value::boolean(Some(hold));
            // With the caller's rights: whether somebody may keep rows from being purged is for a GRANT to say.
            let parameters = [Parameter::Uuid(marked.deletion), Parameter::Value(&hold)];
            if rights::as_caller(deletions.relation(), || spi::execute(&sql, &parameters, Mode::Write))? == 0 {
                let name = deletions.quoted_name();
                // Nothing hides it from this caller but a snapshot that is older than the deletion.
                if !rights::has_row_security(deletions.relation()) {
                    return Err(Error::serialization_failure(format!("{name} has changed")).hint("Try again.").into());
                }
                return Err(Error::insufficient_privilege(format!("the deletion is not yours to hold in {name}"))
                    .hint(format!(
                        "Row security of {name} must let you SELECT and UPDATE its row: CREATE POLICY … ON {name} …"
                    ))
                    .into());
            }
            held += marked.count;
        }
    }
    Ok(held)
}

/// 42501 for a caller who has no right to write the column of `deletions` that says what is on hold.
fn require_hold(deletions: OwnedTable, named: Oid) -> Result<()> {
    let sql = include_str!("../../../sql/queries/lifecycle/may_hold.sql");
    let may = spi::query(sql, &[Parameter::Oid(deletions.relation())], Mode::Read, |row| row.boolean(1))?;
    if may == [Some(true)] {
        // What the other owner hangs on that table would run with the caller's rights.
        if rights::may_ask_policies(deletions.relation(), named) {
            return Ok(());
        }
        let (name, of) = (deletions.quoted_name(), quoted_name(named));
        return Err(Error::insufficient_privilege(format!(
            "the deletion is written down in {name}, which is not of the owner of {of}"
        ))
        .hint("It began with a table of that owner, who can hold it."));
    }
    let name = deletions.quoted_name();
    Err(Error::insufficient_privilege(format!("no right to hold deletions in {name}")).hint(format!(
        "Whoever may say what is on hold needs it: GRANT SELECT (id), UPDATE (is_on_hold) ON {name} TO …, and a policy there."
    )))
}

#[pg_extern(sql = false)]
fn erase_rows(relation: Regclass, ids: Option<Array<'_, &str>>) -> Result<i64, ErrorReport> {
    let _called = Called::for_table(relation.0);
    let (graph, ids) = graph_and_ids(relation, ids)?;
    if !permissions::may_delete(&graph)? {
        return Err(Error::insufficient_privilege(format!("no right to delete from {}", graph.root().label))
            .hint("permanent_delete() takes the DELETE privilege, and a row that the caller may update.")
            .into());
    }
    let mut allowed: Vec<String> = Vec::new();
    for marked in marked::marked(&graph, &ids)? {
        work::step();
        if let Some(marked) = marked::permitted(&graph, marked)? {
            allowed.extend(marked.ids);
        }
    }
    Ok(if allowed.is_empty() { 0 } else { purge::erase(&graph, &allowed)? })
}

/// Runs work that no lock and no code of a table's owner may hold up for longer than these milliseconds.
fn bounded<T>(lock_wait: Option<i64>, within: Option<i64>, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let time = |milliseconds: i64| Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0));
    let locked = || match lock_wait {
        None => work(),
        Some(wait) => lock_wait::at_most(time(wait), work)?.ok_or_else(|| {
            Error::lock_not_available(format!("a lock on it was not to be had within {wait} ms"))
                .hint("Somebody holds it; what was left out is done by the next run.")
        }),
    };
    match within {
        None => locked(),
        Some(limit) => deadline::within(time(limit), locked)?.ok_or_else(|| {
            Error::limit_of_work(format!("a batch of it was not done within {limit} ms"))
                .hint("Its triggers may take their time; smaller batches need less, and its owner can purge it alone.")
        }),
    }
}

#[pg_extern(sql = false)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn purge_step(
    relation: Regclass,
    days_old: Option<i32>,
    tables_decide: Option<bool>,
    after: Option<Uuid>,
    batch_size: Option<i64>,
    lock_wait: Option<i64>,
    within: Option<i64>,
) -> Result<
    TableIterator<'static, (name!(roots, i64), name!(rows, i64), name!(next, Option<Uuid>), name!(done, bool))>,
    ErrorReport,
> {
    let days_old = days_old.ok_or_else(|| Error::required("days_old"))?;
    let tables_decide = tables_decide.ok_or_else(|| Error::required("tables_decide"))?;
    let batch_size = batch_size.ok_or_else(|| Error::required("batch_size"))?;
    if days_old < 0 || batch_size < 1 {
        return Err(Error::invalid_parameter("days_old cannot be negative, and batch_size must be at least 1")
            .hint("0 days purges all that is deleted and not on hold.")
            .into());
    }
    let _called = Called::for_table(relation.0);
    let sql = include_str!("../../../sql/queries/lifecycle/may_purge.sql");
    let retention = Retention { days: days_old.into(), tables_decide };
    let step = bounded(lock_wait, within, || {
        let graph = Graph::load(relation.0)?;
        let may_purge = spi::query(sql, &[Parameter::Oid(relation.0)], Mode::Read, |row| row.boolean(1))?;
        if may_purge != [Some(true)] {
            return Err(Error::insufficient_privilege(format!("no right to purge {}", graph.root().label))
                .hint("Its owner may, and a role with BYPASSRLS and the DELETE privilege: a purge minds no policy."));
        }
        purge::step(&graph, &retention, after.map(|id| *id.as_bytes()), batch_size)
    })?;
    Ok(TableIterator::once((step.roots, step.rows, step.after.map(Uuid::from_bytes), step.is_done)))
}

#[pg_extern(sql = false, stable)]
fn deleted_counts(
    relation: Regclass,
) -> Result<TableIterator<'static, (name!(live, i64), name!(deleted, i64))>, ErrorReport> {
    let sql = sql!("lifecycle/deleted_counts.sql", relation = quoted_name(relation.0));
    let count = || spi::query(&sql, &[], Mode::Read, |row| Some((row.bigint(1)?, row.bigint(2)?)));
    let found = allowance::shared(relation.0, |table| table.read(count))?;
    Ok(TableIterator::new(found.into_iter().flatten()))
}

#[pg_extern(sql = false, stable)]
fn has_marked_rows(relation: Regclass) -> Result<bool, ErrorReport> {
    let sql = format!("SELECT FROM {} AS held WHERE held.deletion_id IS NOT NULL LIMIT 1", quoted_name(relation.0));
    Ok(!rights::reading_as_caller(relation.0, || spi::query_planned(&sql, &[], |_| ()))?.is_empty())
}

#[pg_extern(sql = false)]
fn forget_step(
    deletions: Regclass,
    days_old: Option<i32>,
    after: Option<Uuid>,
    batch_size: Option<i64>,
    lock_wait: Option<i64>,
    within: Option<i64>,
) -> Result<Option<Uuid>, ErrorReport> {
    let days_old = days_old.ok_or_else(|| Error::required("days_old"))?;
    let batch_size = batch_size.ok_or_else(|| Error::required("batch_size"))?;
    let after = after.map(|id| *id.as_bytes());
    let last = bounded(lock_wait, within, || purge::forget(deletions.0, days_old.into(), after, batch_size))?;
    Ok(last.map(Uuid::from_bytes))
}
