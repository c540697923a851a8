//! DELETE by the roles that may not delete for good: the rows are deleted softly.
//!
//! A statement is one deletion. The trigger BEFORE each row locks it, leaves it out of the statement and notes it; the trigger AFTER the statement deletes all
//! that were noted. What a foreign key's own action deletes is never turned, or rows would be left without their parents. Rows of a deletion on hold are kept
//! from every DELETE and TRUNCATE.
use super::batch::{self, Batch};
use super::delete::{self, Located};
use super::graph::Graph;
use super::hold::{self, Holds};
use crate::core::work;
use crate::identity::claims::Identity;
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::{Error, Result};
use crate::pg::operation::Frame;
use crate::pg::relation::{self, Regclass};
use crate::pg::rights::{self, Called, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use std::cell::{Cell, RefCell};

const FUNCTION: &str = "guard_hard_delete()";

/// Who may delete rows for good by a plain DELETE, as the trigger's argument says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Allowed {
    /// The table's owner and services.
    Service,
    Everyone,
    /// No one: rows go by permanent_delete() and the purge only.
    Nobody,
}

impl Allowed {
    fn of(call: &Call<'_>) -> Result<Allowed> {
        match call.arguments().first().map_or("service", String::as_str) {
            "service" => Ok(Allowed::Service),
            "everyone" => Ok(Allowed::Everyone),
            "nobody" => Ok(Allowed::Nobody),
            other => Err(Error::trigger_protocol(format!("{FUNCTION} does not know \"{other}\"")).hint(
                "Its argument is 'service', 'everyone' or 'nobody', as hard_delete of rowkit.enable_soft_delete().",
            )),
        }
    }

    /// Whether this DELETE may remove rows for good. Referential actions and rowkit itself run as the table's owner.
    fn is_met(self, table: Oid) -> Result<bool> {
        match self {
            _ if rights::is_owner_at_work(table) || !crate::core::check::in_force("hard_delete") => Ok(true),
            Allowed::Everyone => Ok(true),
            Allowed::Nobody => Ok(false),
            Allowed::Service => is_service(table),
        }
    }
}

/// Whether the caller is the table's owner or a service: row security does not hold them, or a policy of rowkit's lets the role pass.
fn is_service(table: Oid) -> Result<bool> {
    if rights::is_owner(table) || rights::bypasses_row_security() {
        return Ok(true);
    }
    let sql = include_str!("../../../sql/queries/lifecycle/is_service.sql");
    // A policy may ask in a parallel worker.
    let found = spi::query(sql, &[Parameter::Oid(table)], Mode::ReadNow, |row| row.boolean(1))?;
    Ok(found.into_iter().flatten().next().unwrap_or(false))
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn is_service_of(table: Regclass) -> Result<bool, ErrorReport> {
    Ok(is_service(table.0)?)
}

/// A DELETE under way, and the rows of it that are to be deleted softly.
struct Running {
    frame: Frame,
    table: Oid,
    /// Whether it is a foreign key's own action, or rowkit's: the server tells of the end of the first kind later, and elsewhere.
    is_action: bool,
    /// For each column of a locator the values of all rows.
    locators: Vec<Vec<Value>>,
    /// Whether a locator is the row's primary key, or its place.
    by_key: bool,
}

thread_local! {
    /// The innermost last.
    static RUNNING: RefCell<Vec<Running>> = const { RefCell::new(Vec::new()) };
    static TURNED: Cell<u64> = const { Cell::new(0) };
}

/// How many rows of DELETEs this session has deleted softly so far: the server counts none of them.
pub fn turned_rows() -> u64 {
    TURNED.get()
}

/// What a statement knows.
struct Site {
    is_allowed: bool,
    table: Oid,
    /// The relation and the tables that it is a partition of.
    ancestors: Vec<Oid>,
    /// One of them that was made after enable_soft_delete and has no triggers for its own statements.
    unguarded: Option<Oid>,
    /// The primary key, by which rows are found again: a trigger may change a row after it was noted. None where the key cannot travel in an array.
    key: Vec<Attribute>,
    holds: Holds,
    deletion_id: Attribute,
}

#[pg_extern(sql = false)]
fn guard_hard_delete(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    if let Ok(call) = Call::new(fcinfo, FUNCTION, Timing::BeforeStatement, &[Event::Delete]) {
        begin(&call);
        return Ok(call.nothing());
    }
    if let Ok(call) = Call::new(fcinfo, FUNCTION, Timing::AfterStatement, &[Event::Delete]) {
        end(&call)?;
        return Ok(call.nothing());
    }
    if let Ok(call) = Call::new(fcinfo, FUNCTION, Timing::BeforeStatement, &[Event::Truncate]) {
        hold::refuse_truncate(call.table())?;
        return Ok(call.nothing());
    }
    let call = Call::new(fcinfo, FUNCTION, Timing::BeforeRow, &[Event::Delete])?;
    let is_kept = guard(&call, &mut *call_site_or(fcinfo, || look_up(&call))?)?;
    Ok(if is_kept { call.skip() } else { call.keep() })
}

fn look_up(call: &Call<'_>) -> Result<Site> {
    let table = call.table();
    let columns = call.columns();
    let named = |number: &i32| columns.iter().map(|(_, column)| *column).find(|column| column.number == *number);
    let key: Vec<Attribute> = call.primary_key().iter().filter_map(named).collect();
    let mut unguarded = None;
    let ancestors = if call.is_partition() {
        let sql = include_str!("../../../sql/queries/lifecycle/deletes_above.sql");
        // As the owner: the caller may have no right to use the schema that the query names.
        let found = OwnedTable::of_trigger(call)?.read(|| {
            spi::query(sql, &[Parameter::Oid(call.relation())], Mode::ReadLatest, |row| {
                Some((row.oid(1)?, row.boolean(2)?))
            })
        })?;
        let found: Vec<(Oid, bool)> = found.into_iter().flatten().collect();
        unguarded = found.iter().find(|(_, is_guarded)| !is_guarded).map(|(above, _)| *above);
        found.into_iter().map(|(above, _)| above).collect()
    } else {
        vec![table]
    };
    Ok(Site {
        is_allowed: Allowed::of(call)?.is_met(table)?,
        table,
        ancestors,
        unguarded,
        key: if key.iter().all(|part| part.fits_in_array()) { key } else { Vec::new() },
        holds: Holds::default(),
        deletion_id: call.required_attribute("deletion_id", &[pgrx::pg_sys::UUIDOID])?,
    })
}

/// Whether the row stays.
fn guard(call: &Call<'_>, site: &mut Site) -> Result<bool> {
    let row = call.new_row();
    let deletion = row.uuid(site.deletion_id);
    if let Some(id) = deletion {
        if batch::is_erasing(call) {
            return Ok(false);
        }
        if call.is_partition() && !is_running(site) {
            return moves(site);
        }
        site.holds.refuse(site.table, id)?;
        return Ok(!site.is_allowed);
    }
    if site.is_allowed {
        return Ok(false);
    }
    let locator: Vec<Value> = match &site.key[..] {
        [] => vec![row.locator()],
        key => key.iter().map(|part| row.value(*part)).collect(),
    };
    let Some(locator) = note(site, locator) else { return Ok(true) };
    if call.is_partition() {
        return moves(site);
    }
    // Its trigger for the statement is not there.
    turn(call.relation(), locator.into_iter().map(|part| vec![part]).collect(), !site.key.is_empty())?;
    Ok(true)
}

/// A row of a partition that goes while no DELETE is under way moves to another partition: it is deleted where it was. A DELETE of a partition without
/// triggers for its own statements looks the same, and is refused.
fn moves(site: &Site) -> Result<bool> {
    let Some(unguarded) = site.unguarded else { return Ok(false) };
    let (table, name) = (relation::quoted_name(site.table), relation::quoted_name(unguarded));
    Err(Error::prerequisite_state(format!("{name} became a partition of {table} after soft delete was enabled"))
        .hint(format!("Run rowkit.enable_soft_delete('{table}') again: it guards the new partition.")))
}

fn begin(call: &Call<'_>) {
    let (frame, is_action) = (Frame::current(), spi::is_owner_unheld());
    RUNNING.with_borrow_mut(|running| {
        running.retain(|known| known.frame.may_go_on_in(&frame) && !(known.is_action && known.frame == frame));
        running.push(Running { frame, table: call.relation(), is_action, locators: Vec::new(), by_key: false });
    });
}

/// Whether a DELETE from the row's table, or of a table that it is a partition of, is under way.
fn is_running(site: &Site) -> bool {
    let frame = Frame::current();
    RUNNING.with_borrow(|running| running.iter().any(|known| is_of(known, &frame, site)))
}

fn is_of(known: &Running, frame: &Frame, site: &Site) -> bool {
    known.frame == *frame && site.ancestors.contains(&known.table)
}

/// Notes a row of the statement that is under way; answers the row again where none is.
fn note(site: &Site, locator: Vec<Value>) -> Option<Vec<Value>> {
    const ENTRY: usize = 64;
    let frame = Frame::current();
    RUNNING.with_borrow_mut(|running| {
        let Some(statement) = running.iter_mut().rev().find(|known| is_of(known, &frame, site)) else {
            return Some(locator);
        };
        if statement.locators.is_empty() {
            statement.locators = locator.iter().map(|_| Vec::new()).collect();
            statement.by_key = !site.key.is_empty();
        }
        work::reserve(ENTRY * (statement.locators[0].len() + 1) * locator.len());
        for (column, part) in statement.locators.iter_mut().zip(locator) {
            column.push(part);
        }
        None
    })
}

fn end(call: &Call<'_>) -> Result<()> {
    let frame = Frame::current();
    let ended = RUNNING.with_borrow_mut(|running| {
        let place = running.iter().rposition(|known| known.frame == frame && known.table == call.relation())?;
        let ended = running.remove(place);
        // One statement may hold several DELETEs, which end one after the other. Those below its triggers have ended.
        running.retain(|known| known.frame.may_go_on_in(&frame));
        Some(ended)
    });
    match ended {
        Some(ended) if !ended.locators.is_empty() => turn(call.table(), ended.locators, ended.by_key),
        _ => Ok(()),
    }
}

/// Forgets the DELETEs that began in a subtransaction that is rolled back, or in one after it.
pub fn forget_deletes(subtransaction: u32) {
    RUNNING.with_borrow_mut(|running| running.retain(|known| known.frame.began_before(subtransaction)));
}

/// Deletes rows softly, for whoever may DELETE them.
fn turn(table: Oid, locators: Vec<Vec<Value>>, by_key: bool) -> Result<()> {
    let _called = Called::for_table(table);
    let graph = Graph::load(table)?;
    let batch = Batch::new(&graph, Identity::current().user_id(), None)?;
    let array = |column: Vec<Value>| Some(Value::array(column.first()?.kind(), column.into_iter()));
    let mut arrays = locators.into_iter().filter_map(array);
    let located = match (by_key, arrays.next()) {
        (true, first) => Located::Keys(first.into_iter().chain(arrays).collect()),
        (false, Some(places)) => Located::Places(places),
        (false, None) => return Ok(()),
    };
    let outcome = delete::delete_located(&graph, &located, &batch)?;
    if !outcome.blockers.is_empty() {
        return Err(delete::refusal(&graph, &outcome.blockers));
    }
    TURNED.set(TURNED.get().saturating_add(u64::try_from(outcome.roots).unwrap_or(0)));
    Ok(())
}
