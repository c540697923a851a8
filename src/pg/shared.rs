//! Counters in memory: from PostgreSQL 17 on shared by all sessions of the server until it restarts, on older servers of one session.
use std::ffi::CStr;
use std::sync::atomic::AtomicU64;

/// Counters under a name, zero at first; none where the server has no memory to share. The name says which layout they have: an updated library must not read
/// what another one wrote.
#[cfg(any(feature = "pg17", feature = "pg18"))]
pub fn words<const COUNT: usize>(name: &CStr) -> Option<&'static [AtomicU64]> {
    use crate::pg::subtransaction;
    use pgrx::pg_sys;
    use std::ffi::c_void;

    unsafe extern "C-unwind" fn begin<const COUNT: usize>(memory: *mut c_void) {
        // SAFETY: the server calls it with the new segment, which has room for the words and which nobody else sees yet.
        unsafe { std::ptr::write_bytes(memory.cast::<AtomicU64>(), 0, COUNT) };
    }
    // What is counted for information must not end a query.
    subtransaction::attempted(|| {
        let mut is_known = false;
        // SAFETY: the segment has room for the words, is aligned as the server aligns memory, was filled with zeros before anyone got it, and stays mapped as
        // long as the session lives; all write it by atomic operations alone.
        unsafe {
            let size = COUNT * size_of::<AtomicU64>();
            let memory = pg_sys::GetNamedDSMSegment(name.as_ptr(), size, Some(begin::<COUNT>), &raw mut is_known);
            Ok(std::slice::from_raw_parts(memory.cast(), COUNT))
        }
    })
}

#[cfg(not(any(feature = "pg17", feature = "pg18")))]
pub fn words<const COUNT: usize>(_name: &CStr) -> Option<&'static [AtomicU64]> {
    let words: Vec<AtomicU64> = std::iter::repeat_with(AtomicU64::default).take(COUNT).collect();
    Some(Vec::leak(words))
}
