//! The trigger that keeps live rows from under deleted parents, and the marks of deletions from other hands.
use super::batch::{self, DeletionId};
use super::graph::{Graph, KEY_COLUMNS, columns};
use super::hold::Holds;
use super::homes;
use super::link;
use super::recheck::{self, Ends};
use crate::core::check;
use crate::core::lifecycle::model::ColumnPairs;
use crate::core::sql::{list, quoted, sql};
use crate::core::work;
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::{Error, Result};
use crate::pg::invalidation::{self, Cache};
use crate::pg::relation;
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Row, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{Oid, TIMESTAMPOID, TIMESTAMPTZOID, UUIDOID};
use std::collections::HashSet;
use std::rc::Rc;

/// A foreign key to a relation with soft delete.
struct Parent {
    relation: Oid,
    sql: String,
    key: Vec<Attribute>,
    /// The foreign key, where its parent may come later.
    deferrable: Option<Ends>,
}

/// A foreign key from a relation with soft delete to this one.
struct Child {
    ends: Ends,
    /// The columns that it refers to.
    key: Vec<Attribute>,
}

struct SoftDeleteTriggerState {
    deleted_at: Attribute,
    deletion_id: Attribute,
    deleted_by: Option<Attribute>,
    parents: Vec<Parent>,
    children: Vec<Child>,
}

/// What a statement knows.
struct Site {
    lookups: Rc<SoftDeleteTriggerState>,
    /// For each parent the last keys that this statement found live, and holds.
    live: Vec<Live>,
    holds: Holds,
}

/// Keys of live parents, not to be looked up again; it begins anew when it is full.
#[derive(Default)]
struct Live {
    keys: HashSet<Vec<Vec<u8>>>,
    bytes: usize,
}

impl Live {
    fn note(&mut self, key: Vec<Vec<u8>>) {
        const MOST_BYTES: usize = 1 << 20;
        const ENTRY: usize = 128;
        let bytes = ENTRY + key.iter().map(Vec::len).sum::<usize>();
        if self.bytes.saturating_add(bytes) > MOST_BYTES {
            *self = Live::default();
        }
        self.bytes += bytes;
        self.keys.insert(key);
    }
}

thread_local! {
    /// What was looked up for each relation, as long as neither it nor what it refers to is changed.
    static KNOWN: Cache<SoftDeleteTriggerState> = Cache::default();
}

#[pg_extern(sql = false)]
fn guard_soft_delete(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    // Of a partitioned table: a row that moves is inserted where it goes, and after that nobody knows its marks as they were.
    if let Ok(call) = Call::new(fcinfo, "guard_soft_delete()", Timing::BeforeRow, &[Event::Insert]) {
        link::free_key(fcinfo, &call)?;
        return Ok(call.keep());
    }
    if let Ok(call) = Call::new(fcinfo, "guard_soft_delete()", Timing::BeforeRow, &[Event::Update]) {
        guard_marks(&call, &call_site_or(fcinfo, || known(&call))?.lookups)?;
        return Ok(call.keep());
    }
    let call = Call::new(fcinfo, "guard_soft_delete()", Timing::AfterRow, &[Event::Insert, Event::Update])?;
    guard(&call, &mut *call_site_or(fcinfo, || known(&call))?)?;
    Ok(call.nothing())
}

/// Asked in the trigger's WHEN, so that a deletion of very many rows queues no events.
#[pg_extern(sql = false, parallel_safe)]
fn is_own_mark(old_deletion: Option<pgrx::Uuid>, new_deletion: Option<pgrx::Uuid>) -> bool {
    batch::is_marked_now([old_deletion, new_deletion].map(|mark| mark.map(|mark| *mark.as_bytes())))
}

fn known(call: &Call<'_>) -> Result<Site> {
    // No lock on a parent tells that it has soft delete by now: a writer of rows below it may hold one since before.
    invalidation::accept();
    let lookups = KNOWN.with(|known| known.get(call.relation(), || look_up(call)))?;
    Ok(Site { live: lookups.parents.iter().map(|_| Live::default()).collect(), lookups, holds: Holds::default() })
}

fn look_up(call: &Call<'_>) -> Result<SoftDeleteTriggerState> {
    let sql = sql!("lifecycle/guarded_parents.sql", columns = KEY_COLUMNS);
    invalidation::watch(call.relation());
    let found = loop {
        work::step();
        // A transaction that keeps its snapshot must see a foreign key that is younger, as it is enforced too.
        let found = spi::query(&sql, &[Parameter::Oid(call.relation())], Mode::ReadLatest, |row| {
            let name = (row.oid(1), row.text(2), row.boolean(3).unwrap_or(false));
            let kinds = (row.texts(8), row.texts(9), row.boolean(10).unwrap_or(false));
            ((name, row.texts(4), row.texts(5), row.texts(6), kinds), row.boolean(7).unwrap_or(false))
        })?;
        // What changed while nobody listened is asked for again.
        let news = found.iter().filter_map(|((name, ..), _)| name.0).filter(|parent| !invalidation::watch(*parent));
        if news.count() == 0 {
            break found;
        }
    };
    let found = found.into_iter().filter(|(_, is_guarded)| *is_guarded).map(|(key, _)| key);
    let mut parents = Vec::new();
    for ((oid, name, is_partitioned), names, referred, operators, (kinds, structures, is_deferrable)) in found {
        work::step();
        let (Some(relation), Some(name)) = (oid, name) else { continue };
        let only = if is_partitioned { "" } else { "ONLY " };
        let told = list(&referred, ", ", |_, column| format!("parent.{}", quoted(column)));
        let named = list(&referred, " AND ", |number, column| {
            format!("parent.{} {} ${number}", quoted(column), operators[number - 1])
        });
        parents.push(Parent {
            relation,
            sql: format!(
                "SELECT parent.deletion_id IS NOT NULL, pg_catalog.concat_ws(', ', {told}) FROM {only}{name} AS parent \
                 WHERE {named} FOR KEY SHARE OF parent"
            ),
            key: names.iter().filter_map(|column| call.attribute(column)).collect(),
            deferrable: is_deferrable.then(|| Ends {
                child: call.relation(),
                parent: relation,
                pairs: ColumnPairs {
                    columns: columns([names, kinds, operators, structures]),
                    parent_columns: referred,
                },
            }),
        });
    }
    let sql = sql!("lifecycle/guarded_children.sql", columns = KEY_COLUMNS);
    let children = spi::query(&sql, &[Parameter::Oid(call.relation())], Mode::ReadLatest, |row| {
        let parent_columns = row.texts(6);
        Some(Child {
            key: parent_columns.iter().filter_map(|column| call.attribute(column)).collect(),
            ends: Ends {
                child: row.oid(1)?,
                parent: call.relation(),
                pairs: ColumnPairs { columns: columns([2, 3, 4, 5].map(|column| row.texts(column))), parent_columns },
            },
        })
    })?;
    let children: Vec<Child> = children.into_iter().flatten().collect();
    for child in &children {
        work::step();
        invalidation::watch(child.ends.child);
    }
    Ok(SoftDeleteTriggerState {
        deleted_at: call.required_attribute("deleted_at", &[TIMESTAMPTZOID, TIMESTAMPOID])?,
        deletion_id: call.required_attribute("deletion_id", &[UUIDOID])?,
        deleted_by: call.attribute("deleted_by"),
        parents,
        children,
    })
}

/// rowkit's own marks do not come here; what it restores it has held against its parents before.
fn guard_marks(call: &Call<'_>, lookups: &SoftDeleteTriggerState) -> Result<()> {
    let (new, old) = (call.new_row(), call.old_row());
    let is_written = |mark: Attribute| match &old {
        Some(old) => !new.same_bytes(old, mark),
        None => !new.is_null(mark),
    };
    let is_marked = [lookups.deleted_at, lookups.deletion_id].into_iter().any(is_written);
    // A foreign key of the application's may empty it when the user goes, and a service may correct it.
    let is_forged = || lookups.deleted_by.is_some_and(is_written) && rights::is_subject_to_rls(call.relation());
    if !is_marked && is_forged() {
        return Err(Error::conflict(format!("deleted_by of {} is set only by a soft delete", call.relation_name()))
            .hint("Use rowkit.soft_delete(): it writes down who deletes the row."));
    }
    if is_marked && check::in_force("deletion_marks") && !has_moved(call, &new, lookups)? {
        return Err(Error::conflict(format!(
            "deleted_at and deletion_id of {} change only by a soft delete",
            call.relation_name()
        ))
        .hint("Use rowkit.soft_delete() and rowkit.restore_deleted(), or DELETE from the view of active rows."));
    }
    Ok(())
}

/// 55000 for a change of a row whose deletion is on hold. Referential actions and rowkit itself run as the table's owner, who may.
fn refuse_held(call: &Call<'_>, new: &Row<'_>, mark: Attribute, holds: &mut Holds) -> Result<()> {
    match new.uuid(mark).filter(|_| !rights::is_owner(call.relation())) {
        Some(id) => holds.refuse(call.table(), id),
        None => Ok(()),
    }
}

/// Whether a row with marks may have come from another partition: it is of a deletion that is written down, and was not restored.
fn has_moved(call: &Call<'_>, new: &Row<'_>, lookups: &SoftDeleteTriggerState) -> Result<bool> {
    let mark = new.bytes(lookups.deletion_id).and_then(|bytes| DeletionId::try_from(bytes).ok());
    let Some(id) = mark.filter(|_| call.event() == Event::Insert && call.is_partition()) else { return Ok(false) };
    let graph = Graph::load(call.table())?;
    for deletions in homes::of_place(&graph, graph.root)? {
        work::step();
        let sql = sql!("lifecycle/open.sql", deletions = deletions.quoted_name());
        let found =
            deletions.read(|| spi::query(&sql, &[Parameter::Uuid(id)], Mode::WriteLatest, |row| row.uuid(1)))?;
        if !found.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn guard(call: &Call<'_>, site: &mut Site) -> Result<()> {
    let Site { lookups, live, holds } = site;
    guard_marks(call, lookups)?;
    let (new, old) = (call.new_row(), call.old_row());
    if !new.is_null(lookups.deletion_id) {
        refuse_held(call, &new, lookups.deletion_id, holds)?;
        // A deleted row with another key may take the place of a live one that others refer to; one that comes from another partition has no old row here.
        for child in &lookups.children {
            work::step();
            let is_moved = old.is_none_or(|old| child.key.iter().any(|part| !new.same_bytes(&old, *part)));
            if is_moved && let Some(key) = key_of(&new, &child.key) {
                let values = child.key.iter().map(|part| new.value(*part)).collect();
                recheck::one_at_commit(&child.ends, &key, values, false)?;
            }
        }
        return Ok(());
    }
    for (parent, live) in lookups.parents.iter().zip(live) {
        work::step();
        let is_kept = old.is_some_and(|old| parent.key.iter().all(|part| new.same_bytes(&old, *part)));
        if !is_kept {
            hold(call, &new, parent, live)?;
        }
    }
    Ok(())
}

/// The bytes of a key's values; none where one of them is NULL.
fn key_of(row: &Row<'_>, key: &[Attribute]) -> Option<Vec<Vec<u8>>> {
    key.iter().map(|part| row.bytes(*part)).collect()
}

/// Holds the parent until the transaction ends, so that nobody deletes it meanwhile. A row that is not there is the foreign key's affair; where that waits for it,
/// it is asked for again at COMMIT.
fn hold(call: &Call<'_>, new: &Row<'_>, parent: &Parent, live: &mut Live) -> Result<()> {
    let Some(key) = key_of(new, &parent.key) else { return Ok(()) };
    if live.keys.contains(&key) {
        return Ok(());
    }
    let values: Vec<Value> = parent.key.iter().map(|part| new.value(*part)).collect();
    let parameters: Vec<Parameter<'_>> = values.iter().map(Parameter::Value).collect();
    let table = OwnedTable::referenced(call.relation(), parent.relation)?;
    let found =
        table.read(|| spi::query(&parent.sql, &parameters, Mode::WriteLatest, |row| (row.boolean(1), row.text(2))))?;
    if let (true, Some(ends)) = (found.is_empty(), &parent.deferrable) {
        return recheck::one_at_commit(ends, &key, values, true);
    }
    if let Some((Some(true), told)) = found.into_iter().next() {
        let name = relation::quoted_name(parent.relation);
        let told = told.unwrap_or_default();
        return Err(Error::foreign_key_violation(format!(
            "{} refers to {name} ({told}), which is deleted",
            call.relation_name()
        ))
        .hint("Restore it with rowkit.restore_deleted(), or refer to another row."));
    }
    live.note(key);
    Ok(())
}
