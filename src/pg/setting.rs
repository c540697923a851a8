//! Settings by name, those that no extension defines too.
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting, pg_guard, pg_sys};
use std::ffi::{CStr, CString, c_char, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What `read` makes of the setting's text; none when it is not set.
fn read<T>(name: &CStr, read: impl FnOnce(Option<&CStr>) -> T) -> T {
    // SAFETY: a look-up by name; nothing changes the server's text while `read` looks at it.
    unsafe {
        let found = pg_sys::GetConfigOption(name.as_ptr(), true, false);
        read((!found.is_null()).then(|| CStr::from_ptr(found)))
    }
}

/// The setting's text; none when it is not set.
pub fn text(name: &CStr) -> Option<String> {
    read(name, |text| text.map(|text| text.to_string_lossy().into_owned()))
}

/// Whether the setting's text is still this.
pub fn is(name: &CStr, known: Option<&str>) -> bool {
    read(name, |text| text.map(CStr::to_bytes) == known.map(str::as_bytes))
}

static ASSIGNMENTS: AtomicU64 = AtomicU64::new(0);

/// Rises whenever a watched setting is assigned: while it stays, each watched setting has the text that it had.
pub fn assignments() -> u64 {
    ASSIGNMENTS.load(Relaxed)
}

unsafe extern "C-unwind" fn on_assigned(_value: *const c_char, _extra: *mut c_void) {
    ASSIGNMENTS.fetch_add(1, Relaxed);
}

/// The server's record of a setting; null when nobody set or defined it.
#[cfg(not(any(feature = "pg14", feature = "pg15")))]
fn record_of(name: &CStr) -> *mut pg_sys::config_generic {
    // SAFETY: a look-up by name, which makes nothing and raises nothing.
    unsafe { pg_sys::find_option(name.as_ptr(), false, true, 0) }
}

#[cfg(any(feature = "pg14", feature = "pg15"))]
fn record_of(name: &CStr) -> *mut pg_sys::config_generic {
    // SAFETY: the server's own list, of as many records as it says, whose names are C strings.
    unsafe {
        let records = std::slice::from_raw_parts(pg_sys::get_guc_variables(), pg_sys::GetNumConfigOptions() as usize);
        let found = records.iter().find(|record| CStr::from_ptr((***record).name) == name);
        found.copied().unwrap_or(std::ptr::null_mut())
    }
}

/// Lets [`assignments`] rise with every change of a setting that no library defines; false for any other, and for one that is not set. Whoever
/// relies on it asks again in each statement, as a library that is loaded may define the setting.
pub fn watch(name: &CStr) -> bool {
    let record = record_of(name);
    // SAFETY: the server's record of a setting; what no library defines is a text, whose record is larger.
    unsafe {
        if record.is_null() || (*record).flags as u32 & pg_sys::GUC_CUSTOM_PLACEHOLDER == 0 {
            return false;
        }
        let hook = &mut (*record.cast::<pg_sys::config_string>()).assign_hook;
        std::ptr::fn_addr_eq(*hook.get_or_insert(on_assigned), on_assigned as unsafe extern "C-unwind" fn(_, _))
    }
}

/// Runs `work` with a setting changed, for this session alone; an error puts it back with its transaction.
pub fn with<T>(name: &CStr, value: &str, work: impl FnOnce() -> T) -> T {
    with_rights(pg_sys::GucContext::PGC_USERSET, name, value, work)
}

/// Runs `work` with a shorter `deadlock_timeout`: after that time of waiting for a lock the server looks for a deadlock.
pub fn with_deadlock_timeout<T>(milliseconds: u64, work: impl FnOnce() -> T) -> T {
    // The setting is a superuser's, as looking often costs something; rowkit looks often for a moment only.
    with_rights(pg_sys::GucContext::PGC_SUSET, c"deadlock_timeout", &milliseconds.to_string(), work)
}

/// Changes a setting with the rights of `context` until the innermost open level of settings ends; raises what the setting's own check raises.
pub(super) fn set_in_level(name: &CStr, value: &CStr, context: pg_sys::GucContext::Type) {
    // SAFETY: both texts are C strings, which the server copies.
    unsafe {
        pg_sys::set_config_option(
            name.as_ptr(),
            value.as_ptr(),
            context,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_SAVE,
            true,
            0,
            false,
        );
    }
}

fn with_rights<T>(context: pg_sys::GucContext::Type, name: &CStr, value: &str, work: impl FnOnce() -> T) -> T {
    let value = CString::new(value).unwrap_or_default();
    // SAFETY: opens a level of settings, closed below.
    let level = unsafe { pg_sys::NewGUCNestLevel() };
    set_in_level(name, &value, context);
    let result = work();
    // SAFETY: closes the level opened above.
    unsafe { pg_sys::AtEOXact_GUC(true, level) };
    result
}

/// What the text of a setting must meet.
type Check = fn(&str) -> bool;

/// That of the one setting that has such a check.
static CHECK: OnceLock<Check> = OnceLock::new();

#[pg_guard]
unsafe extern "C-unwind" fn check_text(
    value: *mut *mut c_char,
    _extra: *mut *mut c_void,
    _source: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: the server hands over the place of the new text, which is a C string or null.
    let text = unsafe { if (*value).is_null() { None } else { Some(CStr::from_ptr(*value).to_string_lossy()) } };
    text.is_none_or(|text| CHECK.get().is_none_or(|check| check(&text)))
}

/// Defines the one setting whose text is checked when it is set: 22023 for what `check` refuses.
pub fn define_checked_text(
    name: &'static CStr,
    short: &'static CStr,
    long: &'static CStr,
    setting: &'static GucSetting<Option<CString>>,
    context: GucContext,
    check: Check,
) {
    if CHECK.set(check).is_err() {
        pgrx::error!("rowkit has one setting whose text is checked");
    }
    // SAFETY: the hook is guarded, and called with what the server hands to hooks of text settings.
    unsafe {
        GucRegistry::define_string_guc_with_hooks(
            name,
            short,
            long,
            setting,
            context,
            GucFlags::default(),
            Some(check_text),
            None,
            None,
        );
    }
}

/// Keeps others from defining settings under rowkit's name.
pub fn reserve_setting_prefix(prefix: &CStr) {
    #[cfg(any(feature = "pg15", feature = "pg16", feature = "pg17", feature = "pg18"))]
    // SAFETY: called once, while the library is loaded.
    unsafe {
        pg_sys::MarkGUCPrefixReserved(prefix.as_ptr());
    }
    #[cfg(feature = "pg14")]
    // SAFETY: called once, while the library is loaded.
    unsafe {
        pg_sys::EmitWarningsOnPlaceholders(prefix.as_ptr());
    }
}
