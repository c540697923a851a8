//! Work whose changes are taken back when it fails.
use crate::error::Result;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::{PgSqlErrorCode, PgTryBuilder, pg_sys};
use std::ffi::CStr;
use std::panic::AssertUnwindSafe;

/// What a subtransaction replaces, until it is ended.
struct Outer {
    context: pg_sys::MemoryContext,
    owner: pg_sys::ResourceOwner,
}

impl Outer {
    fn begin() -> Outer {
        // SAFETY: reads two variables and begins a subtransaction, which `end` ends whatever happens.
        unsafe {
            let outer = Outer { context: pg_sys::CurrentMemoryContext, owner: pg_sys::CurrentResourceOwner };
            pg_sys::BeginInternalSubTransaction(std::ptr::null());
            pg_sys::MemoryContextSwitchTo(outer.context);
            outer
        }
    }

    fn end(self, is_kept: bool) {
        // SAFETY: the memory context and resource owner that the subtransaction replaced are put back, as the procedural languages of
        // the server do; an error of the server was taken off its stack before it came here.
        unsafe {
            if is_kept {
                pg_sys::ReleaseCurrentSubTransaction();
            } else {
                pg_sys::RollbackAndReleaseCurrentSubTransaction();
            }
            pg_sys::MemoryContextSwitchTo(self.context);
            pg_sys::CurrentResourceOwner = self.owner;
        }
    }
}

/// Runs `work` in a subtransaction, which is rolled back when the work fails or raises; when it answers, that is kept where `is_kept` says so.
fn run<T>(is_kept: bool, work: impl FnOnce() -> Result<T>) -> std::result::Result<Result<T>, CaughtError> {
    let outer = Outer::begin();
    let outcome = PgTryBuilder::new(AssertUnwindSafe(|| Ok(work()))).catch_others(Err).catch_rust_panic(Err).execute();
    outer.end(is_kept && matches!(outcome, Ok(Ok(_))));
    outcome
}

/// The error of work that failed.
pub struct Failure {
    pub sqlstate: String,
    pub message: String,
}

impl Failure {
    fn new(code: PgSqlErrorCode, message: &str) -> Failure {
        // SAFETY: the server answers five characters in memory of its own, which are copied before it is called again.
        let sqlstate = unsafe { CStr::from_ptr(pg_sys::unpack_sql_state(code as i32)) }.to_string_lossy().into_owned();
        Failure { sqlstate, message: message.to_owned() }
    }
}

/// Runs `work` in a subtransaction that is always rolled back, and returns its answer or its error. Only what ends the statement from outside,
/// as a cancel does, is passed on.
pub fn rolled_back<T>(work: impl FnOnce() -> Result<T>) -> std::result::Result<T, Failure> {
    match run(false, work) {
        Ok(answer) => answer.map_err(|error| Failure::new(error.code(), error.message())),
        Err(caught) if is_from_outside(&caught) => caught.rethrow(),
        Err(CaughtError::PostgresError(report) | CaughtError::ErrorReport(report)) => {
            Err(Failure::new(report.sql_error_code(), report.message()))
        }
        Err(caught) => caught.rethrow(),
    }
}

/// Runs `work` in a subtransaction of its own; when it fails its changes are taken back, and the answer is none. Only what ends the
/// statement from outside, as a cancel does, is passed on.
pub fn attempted<T>(work: impl FnOnce() -> Result<T>) -> Option<T> {
    told(work).ok()
}

/// The same; when the work fails the answer is the message of its error.
pub fn told<T>(work: impl FnOnce() -> Result<T>) -> std::result::Result<T, String> {
    match run(true, work) {
        Ok(answer) => answer.map_err(|error| error.message().to_owned()),
        Err(caught) if is_from_outside(&caught) => caught.rethrow(),
        Err(CaughtError::PostgresError(report) | CaughtError::ErrorReport(report)) => Err(report.message().to_owned()),
        Err(caught) => caught.rethrow(),
    }
}

/// Runs `work` in a subtransaction of its own; where another transaction came before it (40001) its changes are taken back, and the
/// answer is none. All other errors are passed on.
pub fn unless_overtaken<T>(work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    match run(true, work) {
        Ok(answer) => answer.map(Some),
        Err(caught) if code(&caught) == Some(PgSqlErrorCode::ERRCODE_T_R_SERIALIZATION_FAILURE) => Ok(None),
        Err(caught) => caught.rethrow(),
    }
}

/// None for a panic of Rust's.
fn code(caught: &CaughtError) -> Option<PgSqlErrorCode> {
    match caught {
        CaughtError::PostgresError(report) | CaughtError::ErrorReport(report) => Some(report.sql_error_code()),
        CaughtError::RustPanic { .. } => None,
    }
}

fn is_from_outside(caught: &CaughtError) -> bool {
    let Some(code) = code(caught) else { return true };
    matches!(
        code,
        PgSqlErrorCode::ERRCODE_QUERY_CANCELED
            | PgSqlErrorCode::ERRCODE_ADMIN_SHUTDOWN
            | PgSqlErrorCode::ERRCODE_CRASH_SHUTDOWN
            | PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY
    )
}
