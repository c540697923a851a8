//! Security checks by name, so that a test build can leave one out.
//!
//! Without the feature `mutation`, which no release has, every check is in force and asking costs nothing.

/// Whether the check of this name is in force. pg_test/mutation lists the names, each with an attack that succeeds without the check.
#[cfg(not(feature = "mutation"))]
#[inline(always)]
pub const fn in_force(_name: &str) -> bool {
    true
}

#[cfg(feature = "mutation")]
pub fn in_force(name: &str) -> bool {
    !LEFT_OUT.get().is_some_and(|left_out| left_out(name))
}

/// Who says which checks are left out: the setting `rowkit.test_without`.
#[cfg(feature = "mutation")]
pub static LEFT_OUT: std::sync::OnceLock<fn(&str) -> bool> = std::sync::OnceLock::new();
