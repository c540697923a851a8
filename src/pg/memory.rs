//! The server's memory for work that repeats.
use pgrx::pg_sys;

/// Memory that is emptied after each piece of work.
pub struct Scratch(pg_sys::MemoryContext);

impl Scratch {
    pub fn new() -> Scratch {
        // SAFETY: a child of the current context, which takes it along when an error ends that.
        Scratch(unsafe {
            pg_sys::AllocSetContextCreateInternal(
                pg_sys::CurrentMemoryContext,
                c"rowkit".as_ptr(),
                pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            )
        })
    }

    /// Runs `work`, whose answer must be its own, not the server's memory.
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        // SAFETY: the context lives as long as `self`; an error's handler sets its own.
        let before = unsafe { pg_sys::MemoryContextSwitchTo(self.0) };
        let result = work();
        // SAFETY: nothing points into the context any more.
        unsafe {
            pg_sys::MemoryContextSwitchTo(before);
            pg_sys::MemoryContextReset(self.0);
        }
        result
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // After an error the server deletes it with its parent.
        if !std::thread::panicking() {
            // SAFETY: made by `new` and nobody else's.
            unsafe { pg_sys::MemoryContextDelete(self.0) };
        }
    }
}
