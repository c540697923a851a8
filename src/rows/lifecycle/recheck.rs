//! Checks at COMMIT: no live row may refer to a soft-deleted row then.
//!
//! The guard of a child holds its parent while it checks it. Where there is no parent to hold yet, because a deferrable foreign key lets it come later, where a
//! deleted parent gets another key, and where a deferred foreign key lets children go after their parent, the check waits here. A deferred constraint trigger on
//! rowkit's own table `checks_at_commit` runs it, among the deferred triggers of the server: its queries run code of the tables' owners, in indexes, and only there the
//! server still fires and closes what that code leaves. It holds every parent that it finds live until the transaction has ended.
use crate::core::lifecycle::model::{self, ColumnPairs};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::call::FunctionCallInfo;
use crate::pg::deferral;
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::{self, OwnedTable};
use crate::pg::snapshot::{self, WHOLE_TRANSACTION};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::trigger::{Answer, Call, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

/// The two ends of a foreign key.
#[derive(Clone, Debug)]
pub struct Ends {
    pub child: Oid,
    pub parent: Oid,
    pub pairs: ColumnPairs,
}

impl Ends {
    /// Whether values of the key can travel in arrays; what cannot is no parent that soft delete deletes.
    fn is_simple(&self) -> bool {
        !self.pairs.columns.iter().any(|column| column.is_structured)
    }
}

struct Check {
    ends: Ends,
    /// For each column of the key an array with the values of some parents.
    parents: Vec<Value>,
    /// Whether live children of a parent that is not there are wrong, too: the foreign key, which refuses them at COMMIT, may be checked later than this.
    wants_parents: bool,
}

/// A single key that waits, so that it waits once: of which foreign key, its values, and whether their parent must be there.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    child: Oid,
    parent: Oid,
    columns: Vec<String>,
    parent_columns: Vec<String>,
    values: Vec<Vec<u8>>,
    wants_parent: bool,
}

impl Key {
    fn of(ends: &Ends, values: &[Vec<u8>], wants_parent: bool) -> Key {
        Key {
            child: ends.child,
            parent: ends.parent,
            columns: ends.pairs.columns.iter().map(|column| column.name.clone()).collect(),
            parent_columns: ends.pairs.parent_columns.clone(),
            values: values.to_vec(),
            wants_parent,
        }
    }
}

struct Waiting {
    check: Rc<Check>,
    key: Option<Rc<Key>>,
    /// What it takes of the memory.
    bytes: usize,
    /// The subtransaction in which it was noted.
    noted: u32,
    /// The one in which it was checked: where that is rolled back it waits again, as the server fires the trigger again.
    checked: Option<u32>,
}

#[derive(Default)]
struct Pending {
    checks: Vec<Waiting>,
    known: HashSet<Rc<Key>>,
    bytes: usize,
    /// The subtransaction in which the trigger's event was queued; none where no event waits.
    queued: Option<u32>,
    /// The last subtransaction in which checks were done that may have to be done again.
    last_checked: u32,
}

thread_local! {
    static PENDING: RefCell<Pending> = RefCell::default();
}

/// What an entry takes besides its values.
const ENTRY: usize = 256;

impl Pending {
    fn note(&mut self, check: Check, key: Option<Rc<Key>>) {
        if key.as_ref().is_some_and(|key| self.known.contains(key)) {
            return;
        }
        let of_key = key.as_ref().map_or(0, |key| key.values.iter().map(Vec::len).sum());
        let bytes = ENTRY + of_key + check.parents.iter().map(Value::size).sum::<usize>();
        // Raises an error where there is no room: nothing is noted then.
        work::reserve(self.bytes.saturating_add(bytes));
        self.bytes += bytes;
        self.known.extend(key.clone());
        self.checks.push(Waiting {
            check: Rc::new(check),
            key,
            bytes,
            noted: snapshot::subtransaction(),
            checked: None,
        });
    }

    /// Takes what waits, as it is checked now.
    fn take(&mut self) -> Vec<Rc<Check>> {
        let here = snapshot::subtransaction();
        self.queued = None;
        self.known.clear();
        if here == WHOLE_TRANSACTION {
            self.bytes = 0;
            let waiting = std::mem::take(&mut self.checks).into_iter();
            return waiting.filter(|waiting| waiting.checked.is_none()).map(|waiting| waiting.check).collect();
        }
        self.last_checked = self.last_checked.max(here);
        let waiting = self.checks.iter_mut().filter(|waiting| waiting.checked.is_none());
        waiting
            .map(|waiting| {
                waiting.checked = Some(here);
                waiting.check.clone()
            })
            .collect()
    }

    /// Forgets what was noted in a subtransaction that is rolled back, or in one after it. What was checked there waits again.
    fn roll_back(&mut self, subtransaction: u32) {
        // Those noted since it began are the last.
        while let Some(waiting) = self.checks.pop_if(|waiting| waiting.noted >= subtransaction) {
            self.bytes = self.bytes.saturating_sub(waiting.bytes);
            if let Some(key) = waiting.key {
                self.known.remove(&key);
            }
        }
        self.queued = self.queued.filter(|queued| *queued < subtransaction);
        if self.last_checked < subtransaction {
            return;
        }
        self.last_checked = 0;
        for waiting in &mut self.checks {
            waiting.checked = waiting.checked.filter(|checked| *checked < subtransaction);
            self.last_checked = self.last_checked.max(waiting.checked.unwrap_or(0));
        }
    }
}

/// Checks at COMMIT that no live child refers to one of these parents while it is deleted.
pub fn at_commit(ends: &Ends, parents: Vec<Value>) -> Result<()> {
    if !ends.is_simple() {
        return Ok(());
    }
    PENDING.with_borrow_mut(|pending| {
        pending.note(Check { ends: ends.clone(), parents, wants_parents: false }, None);
    });
    queue()
}

/// The same for one parent, by the values of its key and their bytes; `wants_parent` where the foreign key, too, waits for it.
pub fn one_at_commit(ends: &Ends, key: &[Vec<u8>], values: Vec<Value>, wants_parent: bool) -> Result<()> {
    if !ends.is_simple() {
        return Ok(());
    }
    let parents = values.into_iter().map(|value| Value::array(value.kind(), std::iter::once(value))).collect();
    let check = Check { ends: ends.clone(), parents, wants_parents: wants_parent };
    // Here the server defers nothing, the foreign key neither.
    if rights::is_restricted() {
        return run(&check);
    }
    let entry = Rc::new(Key::of(ends, key, wants_parent));
    PENDING.with_borrow_mut(|pending| pending.note(check, Some(entry)));
    queue()
}

/// Queues the trigger that checks what waits, unless its event waits already.
fn queue() -> Result<()> {
    if PENDING.with_borrow(|pending| pending.queued.is_some()) {
        return Ok(());
    }
    let Some(table) = relation::in_schema(c"rowkit_internal", c"checks_at_commit") else {
        return Err(Error::undefined_object("there is no rowkit_internal.checks_at_commit")
            .hint("The library is newer than the extension: ALTER EXTENSION rowkit UPDATE;"));
    };
    // Whatever SET CONSTRAINTS ALL said before.
    spi::execute("SET CONSTRAINTS rowkit_internal.check_at_commit DEFERRED", &[], Mode::Write)?;
    deferral::queue(table)?;
    PENDING.with_borrow_mut(|pending| pending.queued = Some(snapshot::subtransaction()));
    Ok(())
}

#[pg_extern(sql = false)]
fn check_at_commit(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "_check_at_commit()", Timing::AfterRow, &[Event::Insert])?;
    for check in PENDING.with_borrow_mut(Pending::take) {
        work::step();
        run(&check)?;
    }
    Ok(call.nothing())
}

/// Nothing waits any more: the transaction has ended.
pub fn forget_checks() {
    PENDING.with_borrow_mut(|pending| *pending = Pending::default());
}

pub fn forget_uncommitted_checks(subtransaction: u32) {
    PENDING.with_borrow_mut(|pending| pending.roll_back(subtransaction));
}

/// An error where something still waits: the trigger was taken away, or switched off.
pub fn require_checked() -> Result<()> {
    let is_left = PENDING.with_borrow(|pending| pending.checks.iter().any(|waiting| waiting.checked.is_none()));
    if !is_left {
        return Ok(());
    }
    Err(Error::prerequisite_state("the check of soft-deleted parents at COMMIT did not run").hint(
        "The trigger check_at_commit on rowkit_internal.checks_at_commit must be enabled: ALTER TABLE rowkit_internal.checks_at_commit ENABLE ALWAYS TRIGGER check_at_commit;",
    ))
}

fn run(check: &Check) -> Result<()> {
    let Check { ends, parents, wants_parents } = check;
    // A table that is gone by now holds no row.
    if !relation::is_table(ends.child) || !relation::is_table(ends.parent) {
        return Ok(());
    }
    let found = find_parents(ends, parents)?;
    let count = match &found.deleted {
        Some(deleted) => live_children(ends, deleted)?,
        None if *wants_parents && found.count == 0 => live_children(ends, parents)?,
        None => 0,
    };
    if count == 0 {
        return Ok(());
    }
    let (child, parent) = (relation::quoted_name(ends.child), relation::quoted_name(ends.parent));
    let rows = if count == 1 { "row" } else { "rows" };
    if found.deleted.is_none() {
        return Err(Error::foreign_key_violation(format!(
            "{count} live {rows} of {child} would refer to a row of {parent} that is not there"
        ))
        .hint("Insert the referenced row before SET CONSTRAINTS … IMMEDIATE."));
    }
    Err(Error::foreign_key_violation(format!(
        "{count} live {rows} of {child} would refer to rows of {parent} that are deleted"
    ))
    .hint("The foreign key is checked at COMMIT: before it, delete those rows, let them refer to another row, or restore what they refer to."))
}

fn live_children(ends: &Ends, parents: &[Value]) -> Result<i64> {
    let live = if relation::column(ends.child, "deletion_id").is_some() { "child.deletion_id IS NULL" } else { "true" };
    let sql = sql!(
        "lifecycle/recheck_children.sql",
        relation = only(ends.child),
        parents = ends.pairs.parents(1),
        live = live,
        refers = ends.pairs.refers("child")
    );
    let parameters: Vec<Parameter<'_>> = parents.iter().map(Parameter::Value).collect();
    let child = OwnedTable::in_soft_delete(ends.child)?;
    let found = child.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| row.bigint(1)))?;
    Ok(found.into_iter().flatten().next().unwrap_or(0))
}

struct Parents {
    count: i64,
    /// Those that are deleted, as arrays.
    deleted: Option<Vec<Value>>,
}

/// Looks for parents. They stay locked until the transaction ends.
fn find_parents(ends: &Ends, parents: &[Value]) -> Result<Parents> {
    let width = ends.pairs.columns.len();
    let found = |number: usize| format!("pg_catalog.array_agg(found.part{number}) FILTER (WHERE found.is_deleted)");
    let sql = sql!(
        "lifecycle/recheck_parents.sql",
        found = (1..=width).map(found).collect::<Vec<_>>().join(", "),
        columns = ends.pairs.parent_columns("parent"),
        relation = only(ends.parent),
        children = ends.pairs.children(1),
        is_referred = ends.pairs.is_referred("parent")
    );
    let parameters: Vec<Parameter<'_>> = parents.iter().map(Parameter::Value).collect();
    let table = OwnedTable::in_soft_delete(ends.parent)?;
    let found = table.read(|| {
        spi::query(&sql, &parameters, Mode::WriteLatest, |row| {
            let deleted = row.bigint(2).filter(|count| *count > 0);
            let values = || (3..3 + width as i32).map(|column| row.value(column)).collect::<Vec<Value>>();
            Parents { count: row.bigint(1).unwrap_or(0), deleted: deleted.map(|_| values()) }
        })
    })?;
    Ok(found.into_iter().next().unwrap_or(Parents { count: 0, deleted: None }))
}

fn only(table: Oid) -> String {
    model::only(&relation::quoted_name(table), relation::is_partitioned(table))
}
