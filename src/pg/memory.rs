//! A memory context for work that repeats.
use pgrx::pg_sys;

/// A memory context that is emptied after each piece of work.
///
/// It hangs below no other context, so that it lives until it is dropped, whatever error ends meanwhile.
pub struct Scratch(pg_sys::MemoryContext);

/// Switches back, after an error as well.
struct Switched {
    before: pg_sys::MemoryContext,
    scratch: pg_sys::MemoryContext,
}

impl Drop for Switched {
    fn drop(&mut self) {
        // SAFETY: the context that was current before outlives the work; of what the work allocated nothing is left that safe Rust can
        // reach: what it can hold is Rust's own memory or belongs to the call, whose memory lies elsewhere.
        unsafe {
            pg_sys::MemoryContextSwitchTo(self.before);
            pg_sys::MemoryContextReset(self.scratch);
        }
    }
}

impl Scratch {
    pub fn new() -> Scratch {
        // SAFETY: makes a context, which only `drop` deletes.
        Scratch(unsafe {
            pg_sys::AllocSetContextCreateInternal(
                pg_sys::TopMemoryContext,
                c"rowkit".as_ptr(),
                pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            )
        })
    }

    /// Runs `work` and empties the memory that the server allocated in it. The answer borrows nothing, and no type of `crate::pg` that
    /// borrows nothing points to the server's memory.
    pub fn run<T: 'static>(&mut self, work: impl FnOnce() -> T) -> T {
        // SAFETY: the context lives as long as `self`.
        let _switched = Switched { before: unsafe { pg_sys::MemoryContextSwitchTo(self.0) }, scratch: self.0 };
        work()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // SAFETY: made by `new` and nobody else's; `run` has switched away from it.
        unsafe { pg_sys::MemoryContextDelete(self.0) };
    }
}
