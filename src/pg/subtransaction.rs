//! Work whose changes are taken back when it fails.
use super::raised;
use crate::pg::error::{Error, Result};
use pgrx::pg_sys::panic::CaughtError;
use pgrx::{PgSqlErrorCode, PgTryBuilder, pg_sys};
use std::panic::AssertUnwindSafe;

/// Saved memory context and resource owner of the surrounding transaction.
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

/// Runs `work` in a subtransaction, which is rolled back when the work fails or raises, or when `is_kept` says so of its answer.
fn run<T>(
    is_kept: impl FnOnce(&T) -> bool,
    work: impl FnOnce() -> Result<T>,
) -> std::result::Result<Result<T>, CaughtError> {
    let outer = Outer::begin();
    let outcome = PgTryBuilder::new(AssertUnwindSafe(|| Ok(work()))).catch_others(Err).catch_rust_panic(Err).execute();
    raised::settle();
    outer.end(matches!(&outcome, Ok(Ok(answer)) if is_kept(answer)));
    outcome
}

/// The error of work that failed.
pub struct Failure {
    pub sqlstate: String,
    pub message: String,
    pub detail: Option<String>,
}

impl Failure {
    fn new(code: PgSqlErrorCode, message: &str, detail: Option<&str>) -> Failure {
        let detail = detail.map(str::to_owned);
        Failure { sqlstate: raised::sqlstate(code, message), message: message.to_owned(), detail }
    }

    fn of(error: &Error) -> Failure {
        Failure::new(error.code(), error.message(), error.details())
    }
}

/// Runs `work` in a subtransaction that is always rolled back, and returns its answer or its error. Only what ends the statement from outside,
/// as a cancel does, is passed on.
pub fn rolled_back<T>(work: impl FnOnce() -> Result<T>) -> std::result::Result<T, Failure> {
    match run(|_| false, work) {
        Ok(answer) => answer.map_err(|error| Failure::of(&error)),
        Err(caught) if is_from_outside(&caught) => raised::rethrow(caught),
        Err(CaughtError::PostgresError(report) | CaughtError::ErrorReport(report)) => {
            Err(Failure::new(report.sql_error_code(), report.message(), report.detail()))
        }
        Err(caught) => raised::rethrow(caught),
    }
}

/// Runs `work` in a subtransaction of its own; when it fails its changes are taken back, and the answer is none. Only what ends the
/// statement from outside, as a cancel does, is passed on.
pub fn attempted<T>(work: impl FnOnce() -> Result<T>) -> Option<T> {
    told(work).ok()
}

/// The same; when the work fails the answer is the message of its error.
pub fn told<T>(work: impl FnOnce() -> Result<T>) -> std::result::Result<T, String> {
    match run(|_| true, work) {
        Ok(answer) => answer.map_err(|error| error.message().to_owned()),
        Err(caught) if is_from_outside(&caught) => raised::rethrow(caught),
        Err(CaughtError::PostgresError(report) | CaughtError::ErrorReport(report)) => Err(report.message().to_owned()),
        Err(caught) => raised::rethrow(caught),
    }
}

/// Runs `work` in a subtransaction of its own; where another transaction came before it (40001) its changes are taken back, and the
/// answer is none. All other errors are passed on.
pub fn unless_overtaken<T>(work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    match run(|_| true, work) {
        Ok(answer) => answer.map(Some),
        Err(caught) if code(&caught) == Some(PgSqlErrorCode::ERRCODE_T_R_SERIALIZATION_FAILURE) => Ok(None),
        Err(caught) => raised::rethrow(caught),
    }
}

/// Runs `work` in a subtransaction of its own, which is rolled back where it answers false. Its errors are passed on.
pub fn kept_if(work: impl FnOnce() -> Result<bool>) -> Result<bool> {
    run(|is_kept| *is_kept, work).unwrap_or_else(|caught| raised::rethrow(caught))
}

/// Runs `work` in a subtransaction of its own, which is rolled back when `is_kept` does not say so of its answer, or when it fails in a way that
/// `is_expected` picks by the SQLSTATE: that is answered. Other errors are passed on.
pub fn tried<T>(
    is_kept: impl FnOnce(&T) -> bool,
    is_expected: impl Fn(&str) -> bool,
    work: impl FnOnce() -> Result<T>,
) -> Result<std::result::Result<T, Failure>> {
    let failure = match run(is_kept, work) {
        Ok(Ok(answer)) => return Ok(Ok(answer)),
        Ok(Err(error)) => {
            let failure = Failure::of(&error);
            return if is_expected(&failure.sqlstate) { Ok(Err(failure)) } else { Err(error) };
        }
        Err(caught) if is_from_outside(&caught) => raised::rethrow(caught),
        Err(caught) => match &caught {
            CaughtError::PostgresError(report) | CaughtError::ErrorReport(report) => {
                let failure = Failure::new(report.sql_error_code(), report.message(), report.detail());
                if !is_expected(&failure.sqlstate) {
                    raised::rethrow(caught);
                }
                failure
            }
            CaughtError::RustPanic { .. } => raised::rethrow(caught),
        },
    };
    Ok(Err(failure))
}

/// Runs `work`, whose errors pass on as they are, with one more sentence in HINT.
pub fn hinted<T>(hint: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let with = |own: Option<&str>| own.map_or_else(|| hint.to_owned(), |own| format!("{own} {hint}"));
    let work = || {
        work().map_err(|error| {
            let hint = with(error.hints());
            error.hint(hint)
        })
    };
    PgTryBuilder::new(AssertUnwindSafe(work))
        .catch_others(|caught| {
            if let CaughtError::PostgresError(report) = &caught {
                raised::set_hint(report.message(), &with(report.hint()));
            }
            raised::rethrow(caught)
        })
        .execute()
}

/// None for a panic of Rust's.
fn code(caught: &CaughtError) -> Option<PgSqlErrorCode> {
    match caught {
        CaughtError::PostgresError(report) | CaughtError::ErrorReport(report) => Some(report.sql_error_code()),
        CaughtError::RustPanic { .. } => None,
    }
}

/// A cancel of the session's own, or a panic of rowkit's. Other errors, whatever their SQLSTATE, are those of the work.
fn is_from_outside(caught: &CaughtError) -> bool {
    matches!(caught, CaughtError::RustPanic { .. }) || raised::is_cancel(caught)
}
