//! Times of the clock, the statement and the transaction; the current command.
use pgrx::pg_sys;
use std::cell::Cell;

thread_local! {
    static LAST: Cell<i64> = const { Cell::new(i64::MIN) };
}

/// The time of day as a timestamptz; a session never gets the same one twice.
pub fn now() -> i64 {
    // SAFETY: reads the clock.
    let now = unsafe { pg_sys::GetCurrentTimestamp() }.max(LAST.get().saturating_add(1));
    LAST.set(now);
    now
}

/// The start of the client's statement, which no earlier statement of the session shares.
pub fn client_statement() -> i64 {
    // SAFETY: reads a variable.
    unsafe { pg_sys::GetCurrentStatementStartTimestamp() }
}

/// The number of the running statement within its transaction: a statement inside another, of a trigger, has a higher one.
pub fn statement() -> i64 {
    // SAFETY: the active snapshot is asked for only where there is one.
    unsafe { if pg_sys::ActiveSnapshotSet() { i64::from((*pg_sys::GetActiveSnapshot()).curcid) } else { 0 } }
}

/// The beginning of the transaction.
pub fn transaction() -> i64 {
    // SAFETY: reads the transaction's state.
    unsafe { pg_sys::GetCurrentTransactionStartTimestamp() }
}

/// The microseconds from 1970 to 2000.
const YEARS: i64 = 946_684_800_000_000;

/// The server counts microseconds since 2000; this is the same since 1970.
pub fn since_1970(moment: i64) -> i64 {
    moment.saturating_add(YEARS)
}

/// The number of the cluster, which its physical replicas share.
pub fn cluster() -> u64 {
    // SAFETY: reads what the server read from its control file.
    unsafe { pg_sys::GetSystemIdentifier() }
}
