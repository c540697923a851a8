//! Errors of others on their way through rowkit: they reach the client with the SQLSTATE and the names that they were raised with.
//!
//! pgrx turns an error of the server into a panic, and raises it again where rowkit's function ends. The panic keeps the message, the detail,
//! the hint and a SQLSTATE of the server's own list. What it loses is read by an error context callback when the error is raised, and given back
//! by another one when the error is raised again: any SQLSTATE, and the names of the schema, table, column, data type and constraint.
use pgrx::pg_sys::panic::CaughtError;
use pgrx::pg_sys::{self, ErrorContextCallback};
use pgrx::{PgSqlErrorCode, PgTryBuilder, pg_guard};
use std::cell::{RefCell, UnsafeCell};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, Location, RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

unsafe extern "C-unwind" {
    fn errcode(sqlstate: c_int) -> c_int;
    fn errhint(format: *const c_char, ...) -> c_int;
}

/// The names that an error can have, as the protocol numbers them.
const NAMES: [u8; 5] = [
    pg_sys::PG_DIAG_SCHEMA_NAME,
    pg_sys::PG_DIAG_TABLE_NAME,
    pg_sys::PG_DIAG_COLUMN_NAME,
    pg_sys::PG_DIAG_DATATYPE_NAME,
    pg_sys::PG_DIAG_CONSTRAINT_NAME,
];

/// An error as it was raised.
struct Raised {
    sqlstate: c_int,
    message: CString,
    detail_log: Option<CString>,
    names: [Option<CString>; NAMES.len()],
    /// In place of the error's own.
    hint: Option<CString>,
}

thread_local! {
    /// The last error that was raised inside a call of rowkit's.
    static LAST: RefCell<Option<Rc<Raised>>> = const { RefCell::new(None) };
    /// The callback that says again what the last error had; it is on the server's stack while that error is on its way as a panic.
    static AGAIN: UnsafeCell<ErrorContextCallback> =
        const { UnsafeCell::new(ErrorContextCallback { previous: std::ptr::null_mut(), callback: None, arg: std::ptr::null_mut() }) };
}

/// # Safety
/// Null, or a C string.
unsafe fn copied(text: *const c_char) -> Option<CString> {
    // SAFETY: as the caller promises.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_owned())
}

/// What `read` makes of the error that is being raised. Only for error context callbacks.
fn current<T>(read: impl FnOnce(&pg_sys::ErrorData) -> T) -> T {
    // SAFETY: within a callback an error is being raised; its copy lies in memory of the session and is freed once it is read.
    unsafe {
        let before = pg_sys::MemoryContextSwitchTo(pg_sys::TopMemoryContext);
        let copy = pg_sys::CopyErrorData();
        pg_sys::MemoryContextSwitchTo(before);
        let answer = read(&*copy);
        pg_sys::FreeErrorData(copy);
        answer
    }
}

impl Raised {
    fn of(error: &pg_sys::ErrorData) -> Raised {
        let names =
            [error.schema_name, error.table_name, error.column_name, error.datatype_name, error.constraint_name];
        // SAFETY: the texts of an error are C strings or null.
        unsafe {
            Raised {
                sqlstate: error.sqlerrcode,
                message: copied(error.message).unwrap_or_default(),
                detail_log: copied(error.detail_log),
                names: names.map(|name| copied(name)),
                hint: None,
            }
        }
    }

    fn is(&self, message: &[u8]) -> bool {
        self.message.as_bytes() == message
    }
}

/// Whether an error of this SQLSTATE is none, only a warning, or leaves no memory to copy it.
fn is_passed_over(sqlstate: c_int) -> bool {
    // The two characters of a class, six bits each.
    let class = |first: u8, second: u8| c_int::from(first - b'0') | c_int::from(second - b'0') << 6;
    let own = sqlstate & 0xFFF;
    [class(b'0', b'0'), class(b'0', b'1'), class(b'0', b'2'), class(b'5', b'3')].contains(&own)
}

#[pg_guard]
unsafe extern "C-unwind" fn on_raised(_argument: *mut c_void) {
    // SAFETY: within a callback an error is being raised.
    if is_passed_over(unsafe { pg_sys::geterrcode() }) {
        return;
    }
    let raised = Rc::new(current(Raised::of));
    LAST.with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            *last = Some(raised);
        }
    });
}

fn last() -> Option<Rc<Raised>> {
    LAST.with(|last| last.try_borrow().ok().and_then(|last| last.clone()))
}

#[pg_guard]
unsafe extern "C-unwind" fn on_raised_again(_argument: *mut c_void) {
    let Some(raised) = last() else { return };
    // SAFETY: an error's message is a C string or null.
    let is_same =
        current(|error| unsafe { copied(error.message) }.is_some_and(|message| raised.is(message.as_bytes())));
    if !is_same {
        return;
    }
    // SAFETY: these set fields of the error that is being raised; the texts are C strings, which the server copies.
    unsafe {
        errcode(raised.sqlstate);
        for (field, name) in NAMES.iter().zip(&raised.names) {
            if let Some(name) = name {
                pg_sys::err_generic_string(c_int::from(*field), name.as_ptr());
            }
        }
        if let Some(detail) = &raised.detail_log {
            pg_sys::errdetail_log(c"%s".as_ptr(), detail.as_ptr());
        }
        if let Some(hint) = &raised.hint {
            errhint(c"%s".as_ptr(), hint.as_ptr());
        }
    }
}

fn again() -> *mut ErrorContextCallback {
    AGAIN.with(UnsafeCell::get)
}

/// Takes the callback that says an error again off the server's stack, wherever it is there.
fn remove_again() {
    let again = again();
    // SAFETY: the server's stack is a list of callbacks, each alive as long as it is on it.
    unsafe {
        let mut place: *mut *mut ErrorContextCallback = &raw mut pg_sys::error_context_stack;
        while !(*place).is_null() {
            if *place == again {
                *place = (*again).previous;
            } else {
                place = &raw mut (**place).previous;
            }
        }
    }
}

fn put_again() {
    remove_again();
    let again = again();
    // SAFETY: the callback lives as long as the thread, and is on the stack once. Whoever catches an error puts back the stack that it knows.
    unsafe {
        (*again).previous = pg_sys::error_context_stack;
        (*again).callback = Some(on_raised_again);
        pg_sys::error_context_stack = again;
    }
}

/// While this lives, errors that are raised are passed on whole.
pub(super) struct Passing(*mut ErrorContextCallback);

impl Passing {
    pub(super) fn begin() -> Passing {
        // SAFETY: the callback is put on the server's stack, and taken off it on drop.
        unsafe {
            let previous = pg_sys::error_context_stack;
            let own = ErrorContextCallback { previous, callback: Some(on_raised), arg: std::ptr::null_mut() };
            let own = Box::into_raw(Box::new(own));
            pg_sys::error_context_stack = own;
            Passing(own)
        }
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        // SAFETY: made by `begin`; what was put on the stack since was taken off it, by its own end or by who caught the error.
        unsafe {
            let own = Box::from_raw(self.0);
            pg_sys::error_context_stack = own.previous;
        }
        if std::thread::panicking() {
            put_again();
        }
    }
}

/// Runs a call of the server's in which code of others may raise errors.
pub(super) fn passing<T>(work: impl FnOnce() -> T) -> T {
    let _passing = Passing::begin();
    super::executor::within(work)
}

/// The error goes no further: it was caught, and the work goes on.
pub(super) fn settle() {
    remove_again();
}

/// Runs `work`; none when it raised an error of this SQLSTATE that `is_expected` accepts. What the work changed is not rolled back: the caller must
/// raise an error of its own.
pub(super) fn none_at<T, E>(
    code: PgSqlErrorCode,
    is_expected: impl Fn(&CaughtError) -> bool + UnwindSafe + RefUnwindSafe,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<Option<T>, E> {
    PgTryBuilder::new(AssertUnwindSafe(|| work().map(Some)))
        .catch_when(code, move |caught| {
            if !is_expected(&caught) {
                rethrow(caught);
            }
            settle();
            Ok(None)
        })
        .execute()
}

/// Runs `work`; its error of this SQLSTATE is passed on with the HINT, unless it has one.
pub(super) fn hinting<T, E>(code: PgSqlErrorCode, hint: &str, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let hint = hint.to_owned();
    PgTryBuilder::new(AssertUnwindSafe(work))
        .catch_when(code, move |caught| {
            if let CaughtError::PostgresError(report) = &caught
                && report.hint().is_none()
            {
                set_hint(report.message(), &hint);
            }
            rethrow(caught)
        })
        .execute()
}

/// Whether the session itself was cancelled, by a user or by a clock of the server's. Code of others can raise the same SQLSTATE, but not from that place in the
/// server's source.
pub(super) fn is_cancel(caught: &CaughtError) -> bool {
    matches!(caught, CaughtError::PostgresError(report)
        if report.sql_error_code() == PgSqlErrorCode::ERRCODE_QUERY_CANCELED
            && report.function_name() == Some("ProcessInterrupts")
            && report.file().ends_with("postgres.c"))
}

/// Raises an error that another user's code raised by the name query_canceled or assert_failure again as an ordinary one (P0001): `WHEN OTHERS` catches
/// everything else, and whoever works on the tables of many roles relies on it.
pub(super) fn contain(caught: &CaughtError) {
    let CaughtError::PostgresError(report) = caught else { return };
    let is_uncatchable = match report.sql_error_code() {
        PgSqlErrorCode::ERRCODE_QUERY_CANCELED => !is_cancel(caught),
        PgSqlErrorCode::ERRCODE_ASSERT_FAILURE => true,
        _ => false,
    };
    if is_uncatchable {
        settle();
        let hint = "The code of a table's owner raised it with an SQLSTATE that cannot be caught by WHEN OTHERS, so rowkit raises it as P0001.";
        raise("P0001", report.message(), report.detail(), Some(report.hint().unwrap_or(hint)), Location::caller());
    }
}

/// Passes a caught error on.
pub(super) fn rethrow(caught: CaughtError) -> ! {
    put_again();
    caught.rethrow()
}

/// Replaces the HINT of the error that is being propagated; false where no such error was recorded.
pub(super) fn set_hint(message: &str, hint: &str) -> bool {
    let (Some(raised), Ok(hint)) = (last().filter(|raised| raised.is(message.as_bytes())), CString::new(hint)) else {
        return false;
    };
    let told = Raised {
        sqlstate: raised.sqlstate,
        message: raised.message.clone(),
        detail_log: raised.detail_log.clone(),
        names: raised.names.clone(),
        hint: Some(hint),
    };
    LAST.with_borrow_mut(|last| *last = Some(Rc::new(told)));
    true
}

/// The server's number for five characters of an SQLSTATE, six bits each: its macro MAKE_SQLSTATE.
fn packed(sqlstate: &str) -> c_int {
    sqlstate.bytes().rev().fold(0, |packed, character| packed << 6 | c_int::from(character.wrapping_sub(b'0') & 0x3F))
}

/// The five characters of a number.
fn unpacked(sqlstate: c_int) -> String {
    // SAFETY: the server answers five characters in memory of its own, which are copied before it is called again.
    unsafe { CStr::from_ptr(pg_sys::unpack_sql_state(sqlstate)) }.to_string_lossy().into_owned()
}

/// The module that is in a file of rowkit's source.
fn module(file: &str) -> String {
    let path = file.strip_prefix("src/").unwrap_or(file);
    format!("rowkit::{}", path.strip_suffix(".rs").unwrap_or(path).replace('/', "::"))
}

/// Raises an error of any SQLSTATE, from a place in rowkit's source.
pub fn raise(sqlstate: &str, message: &str, detail: Option<&str>, hint: Option<&str>, place: &Location<'_>) -> ! {
    let copied = |text: &str| CString::new(text.replace('\0', "")).unwrap_or_default();
    let (message, detail, hint) = (copied(message), detail.map(copied), hint.map(copied));
    // Of the file the server keeps the last part alone.
    let (file, module) = (copied(place.file()), copied(&module(place.file())));
    let pointer = |text: &Option<CString>| text.as_ref().map_or(std::ptr::null_mut(), |text| text.as_ptr().cast_mut());
    let mut error = pg_sys::ErrorData {
        elevel: pgrx::PgLogLevel::ERROR as c_int,
        sqlerrcode: packed(sqlstate),
        message: message.as_ptr().cast_mut(),
        detail: pointer(&detail),
        hint: pointer(&hint),
        filename: file.as_ptr(),
        funcname: module.as_ptr(),
        lineno: c_int::try_from(place.line()).unwrap_or_default(),
        ..Default::default()
    };
    // SAFETY: all other fields are null or zero, which is that they are not given. The server copies the message, DETAIL and HINT; file and module live until the error was caught as a panic.
    passing(|| unsafe { pg_sys::ThrowErrorData(&raw mut error) });
    unreachable!("an error does not come back")
}

/// The five characters of an SQLSTATE of the server's list.
pub fn code_text(code: PgSqlErrorCode) -> String {
    unpacked(code as c_int)
}

/// The five characters of an error's SQLSTATE.
pub(super) fn sqlstate(code: PgSqlErrorCode, message: &str) -> String {
    let own = last().filter(|raised| raised.is(message.as_bytes())).map(|raised| raised.sqlstate);
    unpacked(own.unwrap_or(code as c_int))
}
