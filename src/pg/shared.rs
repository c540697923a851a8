//! Counters in memory: from PostgreSQL 17 on shared by all sessions of the server, and gone when it restarts; before, of one session.
use std::cell::Cell;
use std::sync::atomic::AtomicU64;

/// So many counters there are.
pub const WORDS: usize = 1 << 18;

#[derive(Clone, Copy)]
enum State {
    Unknown,
    /// The server could not share memory: the session does without.
    Failed,
    Found(&'static [AtomicU64]),
}

thread_local! {
    static STATE: Cell<State> = const { Cell::new(State::Unknown) };
}

/// All counters, zero at first; none where the server has no memory for them.
pub fn words() -> Option<&'static [AtomicU64]> {
    match STATE.get() {
        State::Found(words) => Some(words),
        State::Failed => None,
        State::Unknown => {
            // An error of the look-up is raised once in a session.
            STATE.set(State::Failed);
            let words = found();
            STATE.set(State::Found(words));
            Some(words)
        }
    }
}

#[cfg(any(feature = "pg17", feature = "pg18"))]
fn found() -> &'static [AtomicU64] {
    use pgrx::pg_sys;
    use std::ffi::c_void;

    unsafe extern "C-unwind" fn begin(memory: *mut c_void) {
        // SAFETY: the server calls it with the new segment, which nobody else sees yet.
        unsafe { std::ptr::write_bytes(memory.cast::<AtomicU64>(), 0, WORDS) };
    }
    let mut is_known = false;
    // SAFETY: the segment has room for the words, is aligned as the server aligns memory, was filled with zeros before anyone got it, and stays mapped as
    // long as the session lives; all write it by atomic operations alone.
    unsafe {
        let size = WORDS * size_of::<AtomicU64>();
        let memory = pg_sys::GetNamedDSMSegment(c"rowkit query counts".as_ptr(), size, Some(begin), &raw mut is_known);
        std::slice::from_raw_parts(memory.cast(), WORDS)
    }
}

#[cfg(not(any(feature = "pg17", feature = "pg18")))]
fn found() -> &'static [AtomicU64] {
    let words: Vec<AtomicU64> = std::iter::repeat_with(AtomicU64::default).take(WORDS).collect();
    Vec::leak(words)
}
