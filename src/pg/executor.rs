//! How many statements run within each other.
//!
//! A trigger tells rowkit's own statement by it from those of functions that the statement calls: in a DEFAULT, a CHECK, a generated column or an expression of an index.
//! The server has no such count, so it is kept in the executor's hooks. An error leaves the hooks without a word: the rollback of the subtransaction in which it is caught takes
//! back the levels that were begun in it. A level also ends when somebody asks from a place on the stack above it.
use pgrx::pg_sys;
use std::cell::RefCell;
use std::ffi::c_void;

unsafe extern "C-unwind" {
    // An error goes through the hooks as through any function of the server's: nothing in them is to be undone. pgrx's guard would cost more than they do.
    #[cfg(not(feature = "pg18"))]
    fn standard_ExecutorRun(
        query: *mut pg_sys::QueryDesc,
        direction: pg_sys::ScanDirection::Type,
        count: u64,
        execute_once: bool,
    );
    #[cfg(feature = "pg18")]
    fn standard_ExecutorRun(query: *mut pg_sys::QueryDesc, direction: pg_sys::ScanDirection::Type, count: u64);
    fn standard_ExecutorFinish(query: *mut pg_sys::QueryDesc);
}

thread_local! {
    /// Where on the stack the statements stand that are under way, the innermost last.
    static LEVELS: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    /// How many there were when each of the open subtransactions began.
    static SUBTRANSACTIONS: RefCell<Vec<(pg_sys::SubTransactionId, usize)>> = const { RefCell::new(Vec::new()) };
}

/// An address on the stack: those of callers are higher.
#[inline(never)]
fn here() -> usize {
    let here = 0_u8;
    std::hint::black_box(&raw const here) as usize
}

/// Takes away the levels that an error ended.
fn settle(levels: &mut Vec<usize>, here: usize) {
    while levels.last().is_some_and(|level| *level <= here) {
        levels.pop();
    }
}

/// How many statements are under way, one within the other.
pub fn depth() -> usize {
    let here = here();
    LEVELS.with_borrow_mut(|levels| {
        settle(levels, here);
        levels.len()
    })
}

/// Begins a level; answers how many there were.
fn enter(here: usize) -> usize {
    LEVELS.with_borrow_mut(|levels| {
        settle(levels, here);
        levels.push(here);
        levels.len() - 1
    })
}

fn leave(level: usize) {
    LEVELS.with_borrow_mut(|levels| levels.truncate(level));
}

/// The hooks that were there before.
static mut RUN: pg_sys::ExecutorRun_hook_type = None;
static mut FINISH: pg_sys::ExecutorFinish_hook_type = None;

#[cfg(not(feature = "pg18"))]
unsafe extern "C-unwind" fn run(
    query: *mut pg_sys::QueryDesc,
    direction: pg_sys::ScanDirection::Type,
    count: u64,
    execute_once: bool,
) {
    let level = enter(here());
    // SAFETY: what the server handed over goes on as it came.
    unsafe {
        match RUN {
            Some(next) => next(query, direction, count, execute_once),
            None => standard_ExecutorRun(query, direction, count, execute_once),
        }
    }
    leave(level);
}

#[cfg(feature = "pg18")]
unsafe extern "C-unwind" fn run(query: *mut pg_sys::QueryDesc, direction: pg_sys::ScanDirection::Type, count: u64) {
    let level = enter(here());
    // SAFETY: what the server handed over goes on as it came.
    unsafe {
        match RUN {
            Some(next) => next(query, direction, count),
            None => standard_ExecutorRun(query, direction, count),
        }
    }
    leave(level);
}

/// AFTER triggers fire when a statement finishes.
unsafe extern "C-unwind" fn finish(query: *mut pg_sys::QueryDesc) {
    let level = enter(here());
    // SAFETY: what the server handed over goes on as it came.
    unsafe {
        match FINISH {
            Some(next) => next(query),
            None => standard_ExecutorFinish(query),
        }
    }
    leave(level);
}

unsafe extern "C-unwind" fn on_subtransaction(
    event: pg_sys::SubXactEvent::Type,
    id: pg_sys::SubTransactionId,
    _parent: pg_sys::SubTransactionId,
    _argument: *mut c_void,
) {
    if event == pg_sys::SubXactEvent::SUBXACT_EVENT_START_SUB {
        let depth = depth();
        return SUBTRANSACTIONS.with_borrow_mut(|open| open.push((id, depth)));
    }
    if !matches!(event, pg_sys::SubXactEvent::SUBXACT_EVENT_COMMIT_SUB | pg_sys::SubXactEvent::SUBXACT_EVENT_ABORT_SUB)
    {
        return;
    }
    SUBTRANSACTIONS.with_borrow_mut(|open| {
        while let Some((ended, depth)) = open.pop_if(|(open, _)| *open >= id) {
            if ended == id && event == pg_sys::SubXactEvent::SUBXACT_EVENT_ABORT_SUB {
                LEVELS.with_borrow_mut(|levels| levels.truncate(depth));
            }
        }
    });
}

unsafe extern "C-unwind" fn on_transaction(event: pg_sys::XactEvent::Type, _argument: *mut c_void) {
    if matches!(event, pg_sys::XactEvent::XACT_EVENT_COMMIT | pg_sys::XactEvent::XACT_EVENT_ABORT) {
        SUBTRANSACTIONS.with_borrow_mut(Vec::clear);
    }
    if event == pg_sys::XactEvent::XACT_EVENT_ABORT {
        LEVELS.with_borrow_mut(Vec::clear);
    }
}

/// Called once, when the server loads the library.
pub fn register() {
    // SAFETY: the backend has one thread, and no statement of rowkit's runs yet. The callbacks raise nothing.
    unsafe {
        pg_sys::RegisterSubXactCallback(Some(on_subtransaction), std::ptr::null_mut());
        pg_sys::RegisterXactCallback(Some(on_transaction), std::ptr::null_mut());
        RUN = pg_sys::ExecutorRun_hook;
        pg_sys::ExecutorRun_hook = Some(run);
        FINISH = pg_sys::ExecutorFinish_hook;
        pg_sys::ExecutorFinish_hook = Some(finish);
    }
}
