//! The switch to another user, and back. Only the doors of [`super`] reach it.
use super::confinement::Confinement;
use crate::core::check;
use crate::pg::error::Result;
use crate::pg::raised;
use crate::pg::setting::set_in_level;
use pgrx::pg_sys::panic::{CaughtError, ErrorReport};
use pgrx::{PgLogLevel, PgSqlErrorCode, PgTryBuilder, pg_sys};
use std::cell::Cell;
use std::ffi::CStr;
use std::panic::AssertUnwindSafe;

const SEARCH_PATH: &CStr = c"pg_catalog, pg_temp";

thread_local! {
    /// The user who called rowkit first, and the table that this user named, or else the one whose owner works in the first of the switches that are under way.
    static CALLER: Cell<Option<(pg_sys::Oid, Option<pg_sys::Oid>)>> = const { Cell::new(None) };
}

/// The user who called rowkit first, and the table that this user named.
pub(super) fn first_caller() -> Option<(pg_sys::Oid, Option<pg_sys::Oid>)> {
    CALLER.get()
}

/// Keeps the user who called rowkit first, until it is dropped; also after an error.
#[must_use]
pub struct Called(Option<(pg_sys::Oid, Option<pg_sys::Oid>)>);

impl Called {
    /// A call of the user whose rights count now, for a table: what rowkit does for it may switch users many times.
    pub fn for_table(relation: pg_sys::Oid) -> Called {
        Called::note(Before::now().user, Some(relation))
    }

    fn note(user: pg_sys::Oid, relation: Option<pg_sys::Oid>) -> Called {
        let before = CALLER.get();
        CALLER.set(before.or(Some((user, relation))));
        Called(before)
    }
}

impl Drop for Called {
    fn drop(&mut self) {
        CALLER.set(self.0);
    }
}

/// The user before a switch.
struct Before {
    user: pg_sys::Oid,
    context: i32,
}

impl Before {
    fn now() -> Before {
        let mut before = Before { user: pg_sys::InvalidOid, context: 0 };
        // SAFETY: reads two variables.
        unsafe { pg_sys::GetUserIdAndSecContext(&mut before.user, &mut before.context) };
        before
    }

    fn put_back(&self) {
        // SAFETY: sets two variables back to what they were.
        unsafe { pg_sys::SetUserIdAndSecContext(self.user, self.context) };
    }
}

impl Drop for Before {
    fn drop(&mut self) {
        self.put_back();
    }
}

/// Settings that are changed until this ends, whatever they are changed to. After an error the server ends the level.
pub(super) struct Settings(i32);

impl Settings {
    pub(super) fn begin() -> Settings {
        // SAFETY: opens a level of settings.
        Settings(unsafe { pg_sys::NewGUCNestLevel() })
    }

    pub(super) fn set(&self, name: &CStr, value: &CStr, context: pg_sys::GucContext::Type) {
        set_in_level(name, value, context);
    }

    pub(super) fn end(self) {
        // SAFETY: closes the level, which puts back what was set in it.
        unsafe { pg_sys::AtEOXact_GUC(false, self.0) };
    }
}

fn has_safe_path() -> bool {
    // SAFETY: the setting's text, which is never null; nothing changes it while it is compared.
    unsafe { CStr::from_ptr(pg_sys::namespace_search_path) == SEARCH_PATH }
}

/// As whom work runs.
pub(super) enum Switch<'a> {
    /// A table's owner, without row security of the owner's own tables.
    Owner,
    /// A table's owner, whom policies hold as they hold a caller with the owner's rights.
    HeldOwner,
    /// A role that SET ROLE could choose, with the claims of a request.
    Role { name: &'a CStr, claims: &'a CStr },
}

/// Runs `work` as a user, under the fixed search_path.
pub(super) fn switched<T>(
    user: pg_sys::Oid,
    relation: Option<pg_sys::Oid>,
    switch: &Switch<'_>,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let restricted = if check::in_force("restricted_operation") { pg_sys::SECURITY_RESTRICTED_OPERATION } else { 0 };
    let before = Before::now();
    let _called = Called::note(before.user, relation);
    let switches = (pg_sys::SECURITY_LOCAL_USERID_CHANGE | restricted) as i32;
    let unheld = pg_sys::SECURITY_NOFORCE_RLS as i32;
    let mut context = match switch {
        Switch::Owner => before.context | switches | unheld,
        Switch::HeldOwner | Switch::Role { .. } => (before.context | switches) & !unheld,
    };
    let is_other = user != before.user;
    let confinement = Confinement::begin(before.user, user);
    let settings = Settings::begin();
    if let Switch::Role { name, claims } = switch {
        // Raises 42501 within another switch, and for a session whose user may not become this role.
        settings.set(c"role", name, pg_sys::GucContext::PGC_USERSET);
        settings.set(c"request.jwt.claims", claims, pg_sys::GucContext::PGC_USERSET);
        settings.set(c"row_security", c"on", pg_sys::GucContext::PGC_USERSET);
        // `is_confinement` reads the messages.
        settings.set(c"lc_messages", c"C", pg_sys::GucContext::PGC_SUSET);
        if !check::in_force("acting_role") {
            context = before.context;
        }
    }
    if !has_safe_path() {
        settings.set(c"search_path", SEARCH_PATH, pg_sys::GucContext::PGC_USERSET);
    }
    // SAFETY: `before` puts back what is replaced here, and the server does so after an error.
    unsafe { pg_sys::SetUserIdAndSecContext(user, context) };
    let result = PgTryBuilder::new(AssertUnwindSafe(work))
        .catch_others(|caught| {
            if is_other && check::in_force("uncatchable_errors") {
                raised::contain(&caught);
            }
            explained(caught)
        })
        .execute();
    // To take back the setting `role` is to switch users, too: before it nothing may be switched, and after it the user is the one before.
    before.put_back();
    settings.end();
    drop(before);
    confinement.end();
    result
}

/// Whether an error says that the work tried what a switched user may not: to become another user, to defer a trigger or to make a temporary table.
pub fn is_confinement(message: &str) -> bool {
    message.contains("within security-definer function") || message.contains("within security-restricted operation")
}

/// Raises an error of the work again, and says what is different here where that may be the cause.
fn explained(caught: CaughtError) -> ! {
    let CaughtError::PostgresError(report) = &caught else { caught.rethrow() };
    let why = match report.sql_error_code() {
        PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE
        | PgSqlErrorCode::ERRCODE_UNDEFINED_FUNCTION
        | PgSqlErrorCode::ERRCODE_INVALID_SCHEMA_NAME => {
            "A table's triggers and policies run here with search_path pg_catalog, pg_temp: qualify the names in their functions, or SET search_path \
             on the functions."
        }
        PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE if report.message().contains("security-restricted") => {
            "A table's triggers run here with its owner's rights, and leave nothing behind: SET CONSTRAINTS … IMMEDIATE first or make them NOT DEFERRABLE, \
             and use no temporary tables in them."
        }
        _ => caught.rethrow(),
    };
    let hint = match report.hint() {
        Some(hint) if hint.contains(why) => caught.rethrow(),
        Some(hint) => format!("{hint} {why}"),
        None => why.to_owned(),
    };
    if raised::set_hint(report.message(), &hint) {
        caught.rethrow();
    }
    let mut told = ErrorReport::new(report.sql_error_code(), report.message().to_owned(), "rowkit").set_hint(hint);
    if let Some(detail) = report.detail() {
        told = told.set_detail(detail);
    }
    told.report(PgLogLevel::ERROR);
    caught.rethrow()
}
