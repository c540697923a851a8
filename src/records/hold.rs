//! Locking a table's records and its schema against each other's writers without a deadlock.
//!
//! A writer locks a row first and the schema of its table second, and an UPDATE of several rows goes on to the next row with the schema locked.
//! So whoever needs all rows and the schema cannot wait for either while it holds the other. [`records`] waits for nothing: it takes the rows that
//! nobody holds, looks again for the others, takes the schema when no writer has it, and gives everything back when it does not come by all of it
//! soon. When that failed often it asks the writers to step aside: they get 40001 until it has what it needs.
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::rights::OwnedTable;
use crate::pg::{lock, lock_wait, subtransaction};
use crate::records::catalog::TableId;
use pgrx::pg_sys::Oid;
use std::time::{Duration, Instant};

/// So often everything is tried without disturbing a writer.
const ATTEMPTS: u32 = 12;
/// So many looks for what others hold, in one attempt.
const LOOKS: u32 = 60;
const LOCK_NOT_AVAILABLE: &str = "55P03";
const PAUSE: Duration = Duration::from_millis(3);
/// So long it waits for a transaction that holds a record and writes none, such as SELECT … FOR UPDATE.
const LAST_PATIENCE: Duration = Duration::from_secs(30);

/// The records in question: how many there are, and how many of them this transaction holds after it took those that nobody else holds.
pub trait Records {
    fn count(&self) -> Result<i64>;
    fn take(&self) -> Result<i64>;
}

/// Locks the records and the table's schema until the transaction ends.
pub fn records(tables: Oid, table_id: &TableId, owner: OwnedTable, of: &impl Records) -> Result<()> {
    for attempt in 1..=ATTEMPTS {
        work::step();
        if subtransaction::kept_if(|| owner.read(|| try_to_hold(tables, table_id, of)))? {
            return Ok(());
        }
        lock_wait::pause(PAUSE * attempt);
    }
    let _evicting = lock::Eviction::begin(tables, table_id);
    lock::for_editing_schema(tables, table_id);
    let began = Instant::now();
    while !owner.read(|| takes_all(of))? {
        work::step();
        if began.elapsed() > LAST_PATIENCE {
            return Err(Error::lock_not_available("some records of the table are locked by another transaction")
                .hint("Try again when it has ended. Nothing was renamed."));
        }
        lock_wait::pause(PAUSE);
    }
    Ok(())
}

fn takes_all(of: &impl Records) -> Result<bool> {
    // In this order: a record that comes in between is one too many.
    let held = of.take()?;
    Ok(held >= of.count()?)
}

fn try_to_hold(tables: Oid, table_id: &TableId, of: &impl Records) -> Result<bool> {
    let mut looks = 0..LOOKS;
    let mut again = || {
        let has_patience = looks.next().is_some();
        if has_patience {
            lock_wait::pause(PAUSE);
        }
        has_patience
    };
    while !takes_all(of)? {
        work::step();
        if !again() {
            return Ok(false);
        }
    }
    while !lock::for_editing_schema_now(tables, table_id) {
        work::step();
        if !again() {
            return Ok(false);
        }
    }
    // What came before the schema was locked.
    takes_all(of)
}

/// How long a schema editor waits in the lock queue behind a writer. Long enough for the server's deadlock check.
const IN_QUEUE: Duration = Duration::from_millis(150);
/// After so long it stays in the queue: writers that follow one another without a gap would keep it out for good.
const MOST_POLITE: Duration = Duration::from_secs(10);
const OUT_OF_QUEUE: Duration = Duration::from_millis(100);

/// Locks the table's schema for an edit. New writers queue behind a waiting editor, so the editor waits in the lock queue for a short
/// time only, then leaves it and tries again.
pub fn schema(tables: Oid, table_id: &TableId) -> Result<()> {
    let began = Instant::now();
    while !takes_schema(tables, table_id)? {
        work::step();
        if began.elapsed() > MOST_POLITE {
            lock::for_editing_schema(tables, table_id);
            break;
        }
        if lock_wait::lock_timeout().is_some_and(|most| began.elapsed() > most) {
            return Err(Error::lock_not_available(
                "the schema of the table is locked by a transaction that writes its records",
            )
            .hint("lock_timeout ended the wait. Try again when that transaction has ended."));
        }
        lock_wait::pause(OUT_OF_QUEUE);
    }
    Ok(())
}

fn takes_schema(tables: Oid, table_id: &TableId) -> Result<bool> {
    if lock::for_editing_schema_now(tables, table_id) {
        return Ok(true);
    }
    let wait = || {
        lock::for_editing_schema(tables, table_id);
        Ok(())
    };
    let taken = subtransaction::tried(
        |()| true,
        |sqlstate| sqlstate == LOCK_NOT_AVAILABLE,
        || lock_wait::at_most(IN_QUEUE, wait)?.ok_or_else(|| Error::lock_not_available("a writer goes on")),
    )?;
    Ok(taken.is_ok())
}
