//! Lock order: transactions lock owners in one order, so that waiting never closes a cycle.
//!
//! A transaction that holds nothing, or only owners before the one it wants, waits as long as it takes. One that asks out of order never
//! waits: it polls for half of `deadlock_timeout`, at most half a second, which is enough for writers that are about to commit, and then
//! fails with 40001. A transaction that waits for an owner's slots in order polls for as long, too; after that it waits for a row lock, so that the server's
//! deadlock detector sees a cycle through other locks ([`super::sharded`]).
use crate::pg::error::{Error, Result};
use crate::pg::{invalidation, lock_wait};
use pgrx::pg_sys::Oid;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How a lock is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Until it is free.
    Long,
    /// Not at all.
    Never,
}

impl Wait {
    /// What stands behind FOR UPDATE.
    pub fn clause(self) -> &'static str {
        match self {
            Wait::Long => "",
            Wait::Never => "SKIP LOCKED",
        }
    }
}

type Place = (u32, String);

/// The owners that a transaction holds. After a savepoint was rolled back it may hold fewer than are noted here.
#[derive(Default)]
struct Held {
    transaction: u64,
    savepoint_rollbacks: u64,
    owners: BTreeSet<Place>,
}

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

fn with_held<T>(look: impl FnOnce(&mut Held) -> T) -> T {
    let transaction = lock_wait::transaction();
    HELD.with_borrow_mut(|held| {
        if held.transaction != transaction {
            *held =
                Held { transaction, savepoint_rollbacks: invalidation::savepoint_rollbacks(), owners: BTreeSet::new() };
        }
        look(held)
    })
}

/// Whether these owners, sorted, come after all that this transaction holds; `again` says that even an owner held already may have to
/// be waited for, as its other slots are.
pub fn is_in_order(owner: Oid, keys: &[String], again: bool) -> bool {
    with_held(|held| {
        let again = again || held.savepoint_rollbacks != invalidation::savepoint_rollbacks();
        let places = keys.iter().map(|key| (u32::from(owner), key.clone()));
        let mut wanted = places.filter(|place| again || !held.owners.contains(place));
        match (wanted.next(), held.owners.last()) {
            (Some(first), Some(last)) => first > *last,
            _ => true,
        }
    })
}

/// Notes owners as held.
pub fn note(owner: Oid, keys: &[String]) {
    with_held(|held| held.owners.extend(keys.iter().map(|key| (u32::from(owner), key.clone()))));
}

/// What an attempt to lock came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt<T> {
    Done(T),
    /// Another transaction is in the way, which waits for nothing of this one.
    Busy,
    /// Another transaction is in the way, and may be waiting for what this one holds.
    Stuck,
}

/// How long to try again and again before something else is done: half of `deadlock_timeout`, and no more than half a second.
pub fn lock_wait() -> Duration {
    Duration::from_millis((lock_wait::deadlock_timeout() / 2).min(500))
}

/// Runs `attempt`, which locks these owners, sorted, until it has them all.
pub fn locking<T>(
    owner: Oid,
    keys: &[String],
    again: bool,
    mut attempt: impl FnMut(Wait) -> Result<Attempt<T>>,
) -> Result<T> {
    let in_order = is_in_order(owner, keys, again);
    note(owner, keys);
    let lock_wait = self::lock_wait();
    let began = Instant::now();
    loop {
        let outcome = match in_order {
            true => Some(attempt(Wait::Long)?),
            // Now and then SKIP LOCKED waits all the same, for a newer version of a row that foreign keys hold, too.
            false => lock_wait::at_most(Duration::from_millis(10), || attempt(Wait::Never))?,
        };
        if let Some(Attempt::Done(done)) = outcome {
            return Ok(done);
        }
        let is_patient = in_order && matches!(outcome, Some(Attempt::Busy));
        if outcome.is_none() || (!is_patient && began.elapsed() >= lock_wait) {
            return Err(Error::serialization_failure(format!(
                "account {} is held by another transaction, and waiting for it could be a deadlock",
                keys.join(", ")
            ))
            .hint(
                "Retry the transaction. One that changes the usage or credits of several accounts does best in the order of their keys, \
                 or with mode=sharded.",
            ));
        }
        lock_wait::pause(Duration::from_millis(2));
    }
}
