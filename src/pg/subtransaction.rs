//! Work whose changes are taken back.
use pgrx::pg_sys;
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
