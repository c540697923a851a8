//! Interrupts, stack depth and the limit of memory, for [`crate::work`].
use crate::error::Error;
use crate::guc;
use pgrx::pg_sys;
use pgrx::pg_sys::panic::ErrorReport;
use std::sync::atomic::{AtomicUsize, Ordering};

pub fn check_interrupts() {
    pgrx::check_for_interrupts!();
}

/// The lowest address at which the server found the stack shallow enough. What lies above it needs no second look: the
/// stack grows downwards, and only a superuser changes max_stack_depth.
static SHALLOW_DOWN_TO: AtomicUsize = AtomicUsize::new(usize::MAX);

#[inline]
pub fn check_stack(address: usize) {
    if address < SHALLOW_DOWN_TO.load(Ordering::Relaxed) {
        look_at_stack(address);
    }
}

#[cold]
#[inline(never)]
fn look_at_stack(address: usize) {
    // SAFETY: compares the stack pointer with the server's limit, and raises 54001 past it.
    unsafe { pg_sys::check_stack_depth() };
    SHALLOW_DOWN_TO.store(address, Ordering::Relaxed);
}

pub fn room() -> usize {
    guc::max_work_mem()
}

pub fn refuse(message: &str, hint: &str) -> ! {
    ErrorReport::from(Error::limit_of_work(message).hint(hint)).report(pgrx::PgLogLevel::ERROR);
    unreachable!("an error does not return")
}
