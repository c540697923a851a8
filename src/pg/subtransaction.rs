//! Work whose changes are taken back, always or when it fails.
use crate::error::Result;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::{PgSqlErrorCode, PgTryBuilder, pg_sys};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Runs `work` in a subtransaction and rolls it back; what it answers must be its own, not the server's memory. An error is passed
/// on, once the subtransaction is closed: whoever catches it expects to stand in their own.
pub fn rolled_back<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: reads two variables and begins a subtransaction, which is ended below whatever happens.
    let (context, owner) = unsafe {
        let kept = (pg_sys::CurrentMemoryContext, pg_sys::CurrentResourceOwner);
        pg_sys::BeginInternalSubTransaction(std::ptr::null());
        pg_sys::MemoryContextSwitchTo(kept.0);
        kept
    };
    let result = catch_unwind(AssertUnwindSafe(work));
    // SAFETY: the memory context and resource owner that the subtransaction replaced are put back, as the procedural languages of the
    // server do; an error of the server was taken off its stack before it became a panic.
    unsafe {
        pg_sys::RollbackAndReleaseCurrentSubTransaction();
        pg_sys::MemoryContextSwitchTo(context);
        pg_sys::CurrentResourceOwner = owner;
    }
    result.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Runs `work` in a subtransaction of its own; when it fails its changes are taken back, and the answer is none. Only what ends the
/// statement from outside, as a cancel does, is passed on.
pub fn attempted<T>(work: impl FnOnce() -> Result<T>) -> Option<T> {
    // SAFETY: reads two variables and begins a subtransaction, which is ended below whatever happens.
    let (context, owner) = unsafe {
        let kept = (pg_sys::CurrentMemoryContext, pg_sys::CurrentResourceOwner);
        pg_sys::BeginInternalSubTransaction(std::ptr::null());
        pg_sys::MemoryContextSwitchTo(kept.0);
        kept
    };
    let outcome = PgTryBuilder::new(AssertUnwindSafe(|| Ok(work()))).catch_others(Err).catch_rust_panic(Err).execute();
    // SAFETY: as in `rolled_back`; work that answered can be kept.
    unsafe {
        match &outcome {
            Ok(Ok(_)) => pg_sys::ReleaseCurrentSubTransaction(),
            _ => pg_sys::RollbackAndReleaseCurrentSubTransaction(),
        }
        pg_sys::MemoryContextSwitchTo(context);
        pg_sys::CurrentResourceOwner = owner;
    }
    match outcome {
        Ok(answer) => answer.ok(),
        Err(caught) if is_from_outside(&caught) => caught.rethrow(),
        Err(_) => None,
    }
}

fn is_from_outside(caught: &CaughtError) -> bool {
    let report = match caught {
        CaughtError::PostgresError(report) | CaughtError::ErrorReport(report) => report,
        CaughtError::RustPanic { .. } => return true,
    };
    matches!(
        report.sql_error_code(),
        PgSqlErrorCode::ERRCODE_QUERY_CANCELED
            | PgSqlErrorCode::ERRCODE_ADMIN_SHUTDOWN
            | PgSqlErrorCode::ERRCODE_CRASH_SHUTDOWN
            | PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY
    )
}
