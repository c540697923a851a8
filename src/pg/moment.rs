//! When something is done, and in what.
use pgrx::pg_sys;
use std::cell::Cell;

thread_local! {
    static LAST: Cell<i64> = const { Cell::new(i64::MIN) };
}

/// The time of day as a timestamptz; a session never gets the same one twice.
pub fn clock() -> i64 {
    // SAFETY: reads the clock.
    let now = unsafe { pg_sys::GetCurrentTimestamp() }.max(LAST.get().saturating_add(1));
    LAST.set(now);
    now
}

/// The number of the running statement within its transaction: a statement inside another, of a trigger, has a higher one.
pub fn statement() -> i64 {
    // SAFETY: a statement that fires triggers runs under a snapshot.
    unsafe {
        let snapshot = pg_sys::GetActiveSnapshot();
        if snapshot.is_null() { 0 } else { i64::from((*snapshot).curcid) }
    }
}
