//! Runs work in the server's read-only mode, the code of other owners included.
use pgrx::pg_sys;

/// Whether the transaction was read-only before; put back when this ends, also after an error.
struct Before(bool);

impl Drop for Before {
    fn drop(&mut self) {
        // SAFETY: sets a variable of the session back.
        unsafe { pg_sys::XactReadOnly = self.0 };
    }
}

/// Runs `work` as in a read-only transaction. Once a query has run, the server lets nobody make such a transaction read-write again.
pub fn reading<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: reads and sets a variable of the session.
    let _before = unsafe {
        let before = Before(pg_sys::XactReadOnly);
        pg_sys::XactReadOnly = true;
        before
    };
    work()
}
