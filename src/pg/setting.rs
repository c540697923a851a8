//! Settings by name, those that no extension defines too.
use pgrx::pg_sys;
use std::ffi::{CStr, CString};

/// The setting's text; none when it is not set.
pub fn text(name: &str) -> Option<String> {
    let name = CString::new(name).ok()?;
    // SAFETY: a look-up by name; the server's text is copied before anything can change it.
    unsafe {
        let found = pg_sys::GetConfigOption(name.as_ptr(), true, false);
        (!found.is_null()).then(|| CStr::from_ptr(found).to_string_lossy().into_owned())
    }
}
