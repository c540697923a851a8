//! The nesting depth of statements: what the server runs within each other.
//!
//! A function in a DEFAULT, a CHECK, a generated column or an index expression runs its own statements within the statement that evaluates it, and also while that one is planned
//! and started. Triggers compare depths to tell rowkit's own statements from these. PostgreSQL keeps no such count, so the hooks of the planner, of the executor and of utility
//! statements do; whatever else may run users' code for rowkit is called by [`within`]. An error skips the end of a hook. The rollback of the subtransaction that catches the error
//! therefore removes the levels that began in it, and a level whose stack frame is gone does not count.
use pgrx::pg_sys;
use std::cell::RefCell;
use std::ffi::{c_char, c_int};

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
    fn standard_ExecutorStart(query: *mut pg_sys::QueryDesc, flags: c_int);
    fn standard_planner(
        query: *mut pg_sys::Query,
        text: *const c_char,
        options: c_int,
        parameters: pg_sys::ParamListInfo,
    ) -> *mut pg_sys::PlannedStmt;
}

/// A call of a hook that has not returned.
struct Level {
    /// The address of its hook's stack frame.
    frame: usize,
    subtransaction: pg_sys::SubTransactionId,
    /// A statement that runs or finishes: what fires there is fired by it. Whatever is planned or called is not.
    is_statement: bool,
}

/// Within how many calls code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NestingLevel {
    /// How many levels are under way, one within the other.
    pub depth: usize,
    /// Whether the innermost is a statement that runs.
    pub is_in_statement: bool,
}

thread_local! {
    /// The innermost is last.
    static LEVELS: RefCell<Vec<Level>> = const { RefCell::new(Vec::new()) };
}

/// An address on the stack: those of callers are higher.
#[inline(never)]
fn here() -> usize {
    let here = 0_u8;
    std::hint::black_box(&raw const here) as usize
}

/// Removes the levels whose stack frame is gone.
fn settle(levels: &mut Vec<Level>, here: usize) {
    while levels.pop_if(|level| level.frame <= here).is_some() {}
}

pub fn place() -> NestingLevel {
    let here = here();
    LEVELS.with_borrow_mut(|levels| {
        settle(levels, here);
        NestingLevel { depth: levels.len(), is_in_statement: levels.last().is_some_and(|level| level.is_statement) }
    })
}

/// Begins a level, and returns how many there were.
fn enter(here: usize, is_statement: bool) -> usize {
    // SAFETY: reads a variable.
    let subtransaction = unsafe { pg_sys::GetCurrentSubTransactionId() };
    LEVELS.with_borrow_mut(|levels| {
        settle(levels, here);
        levels.push(Level { frame: here, subtransaction, is_statement });
        levels.len() - 1
    })
}

/// Calls the server where it may run users' code outside of any statement, such as a type's input function or a domain's CHECK.
pub(super) fn within<T>(call: impl FnOnce() -> T) -> T {
    let level = enter(here(), false);
    let result = call();
    leave(level);
    result
}

fn leave(level: usize) {
    LEVELS.with_borrow_mut(|levels| levels.truncate(level));
}

/// The hooks that were there before.
static mut RUN: pg_sys::ExecutorRun_hook_type = None;
static mut FINISH: pg_sys::ExecutorFinish_hook_type = None;
static mut START: pg_sys::ExecutorStart_hook_type = None;
static mut PLAN: pg_sys::planner_hook_type = None;

#[cfg(not(feature = "pg18"))]
unsafe extern "C-unwind" fn run(
    query: *mut pg_sys::QueryDesc,
    direction: pg_sys::ScanDirection::Type,
    count: u64,
    execute_once: bool,
) {
    let level = enter(here(), true);
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
    let level = enter(here(), true);
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
    let level = enter(here(), true);
    // SAFETY: what the server handed over goes on as it came.
    unsafe {
        match FINISH {
            Some(next) => next(query),
            None => standard_ExecutorFinish(query),
        }
    }
    leave(level);
}

/// Partitions are left out when a statement starts, by what functions answer.
unsafe extern "C-unwind" fn start(query: *mut pg_sys::QueryDesc, flags: c_int) {
    // SAFETY: what the server handed over goes on as it came.
    within(|| unsafe {
        match START {
            Some(next) => next(query, flags),
            None => standard_ExecutorStart(query, flags),
        }
    });
}

/// The planner evaluates IMMUTABLE functions, those of indexes, CHECKs and partition keys among them.
unsafe extern "C-unwind" fn plan(
    query: *mut pg_sys::Query,
    text: *const c_char,
    options: c_int,
    parameters: pg_sys::ParamListInfo,
) -> *mut pg_sys::PlannedStmt {
    // SAFETY: what the server handed over goes on as it came.
    within(|| unsafe {
        match PLAN {
            Some(next) => next(query, text, options, parameters),
            None => standard_planner(query, text, options, parameters),
        }
    })
}

/// Forgets the levels that were begun in a subtransaction that is rolled back, or in one after it.
pub fn forget(subtransaction: pg_sys::SubTransactionId) {
    LEVELS.with_borrow_mut(|levels| while levels.pop_if(|level| level.subtransaction >= subtransaction).is_some() {});
}

/// Called once, when the server loads the library.
pub fn register() {
    // SAFETY: the backend has one thread, and no statement of rowkit's runs yet.
    unsafe {
        RUN = pg_sys::ExecutorRun_hook;
        pg_sys::ExecutorRun_hook = Some(run);
        FINISH = pg_sys::ExecutorFinish_hook;
        pg_sys::ExecutorFinish_hook = Some(finish);
        START = pg_sys::ExecutorStart_hook;
        pg_sys::ExecutorStart_hook = Some(start);
        PLAN = pg_sys::planner_hook;
        pg_sys::planner_hook = Some(plan);
    }
}
