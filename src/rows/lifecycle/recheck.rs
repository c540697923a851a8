//! Checks at COMMIT: no live row may refer to a soft-deleted row then.
//!
//! The guard of a child holds its parent while it checks it. Where there is no parent to hold yet, because a deferrable foreign key lets it come later, where a
//! deleted parent gets another key, and where a deferred foreign key lets children go after their parent, the check waits here. It runs after the deferred
//! triggers of the server, and holds every parent that it finds live until the transaction has ended.
use crate::core::lifecycle::model::{self, ColumnPairs};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::OwnedTable;
use crate::pg::snapshot;
use crate::pg::spi::{self, Mode, Parameter, Value};
use pgrx::pg_sys::Oid;
use std::cell::RefCell;
use std::collections::HashSet;

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
}

#[derive(Default)]
struct Pending {
    checks: Vec<Check>,
    /// The single keys among the checks, so that each waits once.
    known: HashSet<(u32, u32, Vec<Vec<u8>>)>,
    bytes: usize,
}

thread_local! {
    static PENDING: RefCell<Pending> = RefCell::default();
}

/// What an entry takes besides its values.
const ENTRY: usize = 256;

/// Checks at COMMIT that no live child refers to one of these parents while it is deleted.
pub fn at_commit(ends: &Ends, parents: Vec<Value>) {
    if !ends.is_simple() {
        return;
    }
    PENDING.with_borrow_mut(|pending| {
        pending.bytes += ENTRY;
        work::reserve(pending.bytes);
        pending.checks.push(Check { ends: ends.clone(), parents });
    });
}

/// The same for one parent, by the values of its key and their bytes.
pub fn one_at_commit(ends: &Ends, key: &[Vec<u8>], values: Vec<Value>) {
    let entry = (u32::from(ends.child), u32::from(ends.parent), key.to_vec());
    let length = ENTRY + key.iter().map(Vec::len).sum::<usize>();
    let is_new = PENDING.with_borrow_mut(|pending| {
        if pending.known.contains(&entry) {
            return false;
        }
        pending.bytes += length;
        work::reserve(pending.bytes);
        pending.known.insert(entry)
    });
    if is_new && ends.is_simple() {
        at_commit(ends, values.into_iter().map(|value| Value::array(value.kind(), std::iter::once(value))).collect());
    }
}

/// Nothing waits any more: the transaction has ended.
pub fn forget_checks() {
    PENDING.with_borrow_mut(|pending| {
        if pending.bytes > 0 {
            *pending = Pending::default();
        }
    });
}

/// What waits is checked now. A savepoint that was rolled back leaves checks behind that find nothing.
pub fn check_before_commit() -> Result<()> {
    let checks = PENDING.with_borrow_mut(std::mem::take).checks;
    if checks.is_empty() {
        return Ok(());
    }
    snapshot::with_transaction(|| checks.iter().try_for_each(run))
}

fn run(check: &Check) -> Result<()> {
    let Check { ends, parents } = check;
    // A table that is gone by now holds no row.
    if !relation::is_table(ends.child) || !relation::is_table(ends.parent) {
        return Ok(());
    }
    let Some(deleted) = deleted_parents(ends, parents)? else { return Ok(()) };
    let child = OwnedTable::in_soft_delete(ends.child)?;
    let live = if relation::column(ends.child, "deletion_id").is_some() { "child.deletion_id IS NULL" } else { "true" };
    let sql = sql!(
        "lifecycle/recheck_children.sql",
        relation = only(ends.child),
        parents = ends.pairs.parents(1),
        live = live,
        refers = ends.pairs.refers("child")
    );
    let parameters: Vec<Parameter<'_>> = deleted.iter().map(Parameter::Value).collect();
    let found = child.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| row.bigint(1)))?;
    let count = found.into_iter().flatten().next().unwrap_or(0);
    if count == 0 {
        return Ok(());
    }
    let (child, parent) = (relation::quoted_name(ends.child), relation::quoted_name(ends.parent));
    let rows = if count == 1 { "row" } else { "rows" };
    Err(Error::foreign_key_violation(format!(
        "{count} live {rows} of {child} would refer to rows of {parent} that are deleted"
    ))
    .hint("The foreign key is checked at COMMIT: before it, delete those rows, let them refer to another row, or restore what they refer to."))
}

/// Returns the parents that are deleted, as arrays. All parents stay locked until the transaction ends.
fn deleted_parents(ends: &Ends, parents: &[Value]) -> Result<Option<Vec<Value>>> {
    let width = ends.pairs.columns.len();
    let found = |number: usize| format!("pg_catalog.array_agg(found.part{number})");
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
            row.bigint(1).filter(|count| *count > 0)?;
            Some((2..2 + width as i32).map(|column| row.value(column)).collect::<Vec<Value>>())
        })
    })?;
    Ok(found.into_iter().flatten().next())
}

fn only(table: Oid) -> String {
    model::only(&relation::quoted_name(table), relation::is_partitioned(table))
}
