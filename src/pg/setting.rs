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

/// Runs `work` with a setting changed, for this session alone; an error puts it back with its transaction.
pub fn with<T>(name: &CStr, value: &str, work: impl FnOnce() -> T) -> T {
    let value = CString::new(value).unwrap_or_default();
    // SAFETY: opens a level of settings, closed below; both texts are C strings that outlive the call, which copies the value.
    let level = unsafe {
        let level = pg_sys::NewGUCNestLevel();
        pg_sys::set_config_option(
            name.as_ptr(),
            value.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_SAVE,
            true,
            0,
            false,
        );
        level
    };
    let result = work();
    // SAFETY: closes the level opened above.
    unsafe { pg_sys::AtEOXact_GUC(true, level) };
    result
}
