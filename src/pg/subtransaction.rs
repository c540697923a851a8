//! Work whose changes are taken back.
use pgrx::pg_sys;

/// Runs `work` in a subtransaction and rolls it back; what it answers must be its own, not the server's memory. An error
/// passes through and ends the statement, as everywhere.
pub fn rolled_back<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: the memory context and resource owner that a subtransaction replaces are put back after it, as the procedural
    // languages of the server do; after an error the server unwinds both itself.
    unsafe {
        let context = pg_sys::CurrentMemoryContext;
        let owner = pg_sys::CurrentResourceOwner;
        pg_sys::BeginInternalSubTransaction(std::ptr::null());
        pg_sys::MemoryContextSwitchTo(context);
        let result = work();
        pg_sys::RollbackAndReleaseCurrentSubTransaction();
        pg_sys::MemoryContextSwitchTo(context);
        pg_sys::CurrentResourceOwner = owner;
        result
    }
}
