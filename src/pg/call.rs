//! State that lives as long as one call site: an expression in a running query, or a trigger in a statement.
use pgrx::pg_sys;

/// The state of this call site, made on its first call and dropped with the server's memory for it.
pub fn call_site<'a, T: Default + 'static>(fcinfo: pg_sys::FunctionCallInfo) -> &'a mut T {
    // SAFETY: the server hands every C function a call info whose flinfo outlives the call; one function keeps one type.
    unsafe { &mut *pgrx::pg_func_extra(fcinfo, T::default).as_ptr() }
}

/// The same for what is looked up on the first call, which may fail.
pub fn call_site_or<'a, T: 'static, E>(
    fcinfo: pg_sys::FunctionCallInfo,
    look_up: impl FnOnce() -> Result<T, E>,
) -> Result<&'a mut T, E> {
    match call_site::<Option<T>>(fcinfo) {
        Some(known) => Ok(known),
        empty => Ok(empty.insert(look_up()?)),
    }
}
