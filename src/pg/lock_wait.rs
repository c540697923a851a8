//! Lock timeouts, sleeping, transaction ids.
use super::{raised, setting};
use crate::pg::error::{Error, Result, raise};
use pgrx::pg_sys::panic::CaughtError;
use pgrx::{PgSqlErrorCode, pg_sys};
use std::time::Duration;

/// A hot standby gives no numbers to transactions.
fn require_primary() {
    // SAFETY: reads the server's state.
    if unsafe { pg_sys::RecoveryInProgress() } {
        raise(Error::read_only("a hot standby is read only").hint("Connect to the primary."));
    }
}

/// The transaction's own number, which it gets by asking.
pub fn transaction() -> u64 {
    require_primary();
    // SAFETY: assigns a number to the running transaction, as a write does.
    unsafe { pg_sys::GetTopFullTransactionId() }.value
}

/// The number of the running subtransaction, or of the transaction outside savepoints, as a row's xmax has it.
pub fn subtransaction() -> u32 {
    require_primary();
    // SAFETY: assigns a number, as above.
    unsafe { pg_sys::GetCurrentTransactionId() }.into_inner()
}

/// After so many milliseconds of waiting for a lock the server looks for a deadlock.
pub fn deadlock_timeout() -> u64 {
    // SAFETY: reads a variable.
    u64::try_from(unsafe { pg_sys::DeadlockTimeout }).unwrap_or(0)
}

/// How long the user lets a statement wait for a lock; none without a limit.
pub fn lock_timeout() -> Option<Duration> {
    // SAFETY: reads a variable.
    u64::try_from(unsafe { pg_sys::LockTimeout }).ok().filter(|most| *most > 0).map(Duration::from_millis)
}

/// Sleeps, unless the statement is cancelled.
pub fn pause(time: Duration) {
    // SAFETY: sleeps; a signal ends it early.
    unsafe { pg_sys::pg_usleep(i64::try_from(time.as_micros()).unwrap_or(i64::MAX)) };
    pgrx::check_for_interrupts!();
}

/// Runs `work` with no wait for a lock longer than this; none when one was, and then the caller must raise an error.
pub fn at_most<T>(time: Duration, work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    let most = lock_timeout().map_or(time, |own| own.min(time)).as_millis();
    setting::with(c"lock_timeout", &most.max(1).to_string(), || {
        raised::none_at(PgSqlErrorCode::ERRCODE_LOCK_NOT_AVAILABLE, |_| true, work)
    })
}

/// While rowkit waits for a lock, the server looks for a deadlock this early, so that of the transactions in a cycle it is rowkit's wait that ends.
const DEADLOCK_CHECK: u64 = 100;

/// Runs `work`, which waits for locks; none when a wait would have closed a cycle of waiting transactions. The caller must raise an error: 40001,
/// which says to retry.
pub fn unless_deadlocked<T>(work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    setting::with_deadlock_timeout(deadlock_timeout().min(DEADLOCK_CHECK), || {
        raised::none_at(PgSqlErrorCode::ERRCODE_T_R_DEADLOCK_DETECTED, |_| true, work)
    })
}

/// Runs `work`; none when it met a row that an aborting transaction had changed and foreign keys hold, in the moment when that transaction is
/// already aborted and still running: the server then stops with an internal error. The caller must raise an error.
pub fn past_aborting_writers<T>(work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    let is_meant = |caught: &CaughtError| {
        matches!(caught, CaughtError::PostgresError(report)
            if report.message().starts_with("new multixact has more than one updating member"))
    };
    raised::none_at(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, is_meant, work)
}
