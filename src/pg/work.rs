//! Interrupts, stack depth and the limit of memory, for [`crate::core::work`].
use crate::core::work::Host;
use crate::pg::error::Error;
use crate::pg::guc;
use pgrx::pg_sys;
use pgrx::pg_sys::panic::ErrorReport;

/// What the server answers.
pub const HOST: Host = Host { check_interrupts, check_stack, room: guc::max_work_mem, refuse };

fn check_interrupts() {
    pgrx::check_for_interrupts!();
}

fn check_stack() {
    // SAFETY: compares the stack pointer with the server's limit, and raises 54001 past it.
    unsafe { pg_sys::check_stack_depth() };
}

fn refuse(message: &str, hint: &str) -> ! {
    ErrorReport::from(Error::limit_of_work(message).hint(hint)).report(pgrx::PgLogLevel::ERROR);
    unreachable!("an error does not return")
}
