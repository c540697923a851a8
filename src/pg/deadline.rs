//! A limit of time for work that runs code of others.
use super::{clock, raised};
use crate::pg::error::Result;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::{PgSqlErrorCode, pg_sys};
use std::ffi::c_int;
use std::time::Duration;

/// The server's own clock for `statement_timeout`, by its number in utils/timeout.h, which is the same in all versions from 9.3 on.
const STATEMENT_TIMEOUT: c_int = 3;

unsafe extern "C-unwind" {
    fn get_timeout_active(id: c_int) -> bool;
    fn get_timeout_indicator(id: c_int, reset_indicator: bool) -> bool;
    fn get_timeout_finish_time(id: c_int) -> pg_sys::TimestampTz;
    fn enable_timeout_after(id: c_int, delay_ms: c_int);
    fn enable_timeout_at(id: c_int, fin_time: pg_sys::TimestampTz);
    fn disable_timeout(id: c_int, keep_indicator: bool);
}

/// How long the user lets a statement run; none without a limit.
pub fn statement_timeout() -> Option<Duration> {
    // SAFETY: reads a variable.
    u64::try_from(unsafe { pg_sys::StatementTimeout }).ok().filter(|most| *most > 0).map(Duration::from_millis)
}

/// The clock while it is set to another time; put back when it is dropped.
struct Clock {
    own: Option<pg_sys::TimestampTz>,
}

impl Clock {
    fn set(delay: Duration, own: Option<pg_sys::TimestampTz>) -> Clock {
        // The server counts milliseconds. Rounded down, the clock would run out before the time that is asked for, and its cancel pass for the session's own.
        let milliseconds = c_int::try_from(delay.as_micros().div_ceil(1000)).unwrap_or(c_int::MAX);
        // SAFETY: sets a clock of the server's, which cancels the running statement when it has run out.
        unsafe { enable_timeout_after(STATEMENT_TIMEOUT, milliseconds) };
        Clock { own }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        // SAFETY: as above. What ran out after the work had ended cancels nothing.
        unsafe {
            if get_timeout_indicator(STATEMENT_TIMEOUT, true) {
                pg_sys::QueryCancelPending = 0;
            }
            disable_timeout(STATEMENT_TIMEOUT, false);
            if let Some(own) = self.own {
                enable_timeout_at(STATEMENT_TIMEOUT, own);
            }
        }
    }
}

/// Runs `work` for no longer than this; none when it was stopped, and then the caller must raise an error. The session's own `statement_timeout` stays in force.
pub fn within<T>(limit: Duration, work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    let end = clock::now().saturating_add(i64::try_from(limit.as_micros()).unwrap_or(i64::MAX));
    // SAFETY: reads the server's clocks.
    let own = unsafe { get_timeout_active(STATEMENT_TIMEOUT).then(|| get_timeout_finish_time(STATEMENT_TIMEOUT)) };
    if own.is_some_and(|own| own <= end) {
        return work().map(Some);
    }
    let clock = Clock::set(limit, own);
    let is_over = |caught: &CaughtError| raised::is_cancel(caught) && clock::now() >= end;
    let outcome = raised::none_at(PgSqlErrorCode::ERRCODE_QUERY_CANCELED, is_over, work);
    drop(clock);
    outcome
}
