//! A call of a function by the server, and state that lives as long as its call site: an expression in a running query, or a trigger in a statement.
use pgrx::callconv::{Arg, ArgAbi};
use pgrx::pg_sys;
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use std::any::TypeId;
use std::cell::{RefCell, RefMut};
use std::marker::PhantomData;
use std::ptr::NonNull;

/// The call at hand. The server alone makes one, and nothing that is read through it outlives the call.
#[derive(Clone, Copy)]
pub struct FunctionCallInfo<'a> {
    fcinfo: NonNull<pg_sys::FunctionCallInfoBaseData>,
    /// The memory context that the call's result must lie in.
    result_context: pg_sys::MemoryContext,
    call: PhantomData<&'a ()>,
}

// SAFETY: the server's own call info, which lives as long as the call.
unsafe impl<'fcx> ArgAbi<'fcx> for FunctionCallInfo<'fcx> {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: a virtual argument of pgrx's own.
        let fcinfo = unsafe { <pg_sys::FunctionCallInfo as ArgAbi>::unbox_arg_unchecked(arg) };
        // SAFETY: reads a variable.
        let result_context = unsafe { pg_sys::CurrentMemoryContext };
        FunctionCallInfo {
            fcinfo: NonNull::new(fcinfo).expect("the server passes a call info"),
            result_context,
            call: PhantomData,
        }
    }

    fn is_virtual_arg() -> bool {
        true
    }
}

// SAFETY: the type is no argument in SQL.
unsafe impl SqlTranslatable for FunctionCallInfo<'_> {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(pg_sys::FunctionCallInfoBaseData);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Ok(SqlMappingRef::Skip);
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> = Ok(ReturnsRef::One(SqlMappingRef::Skip));
}

/// What `fn_extra` points to. The type of the state is looked at before the state is.
#[repr(C)]
struct Slot<T> {
    kind: TypeId,
    state: RefCell<T>,
}

/// # Safety
/// The call info is valid for `'a`.
unsafe fn slot<'a, T: Default + 'static>(fcinfo: pg_sys::FunctionCallInfo) -> &'a RefCell<T> {
    // SAFETY: the server sets flinfo for the call of a function by its oid, and flinfo outlives the call. A function that returns no set
    // uses fn_extra as it likes, and this one uses it here alone.
    unsafe {
        let info = (*fcinfo).flinfo;
        if info.is_null() || (*info).fn_retset {
            pgrx::error!("a function without a call site, or one that returns a set, keeps no state");
        }
        if (*info).fn_extra.is_null() {
            let slot = Slot { kind: TypeId::of::<T>(), state: RefCell::new(T::default()) };
            (*info).fn_extra = pgrx::PgMemoryContexts::For((*info).fn_mcxt).leak_and_drop_on_delete(slot).cast();
        }
        if *(*info).fn_extra.cast::<TypeId>() != TypeId::of::<T>() {
            pgrx::error!("a call site keeps state of one type");
        }
        &(*(*info).fn_extra.cast::<Slot<T>>()).state
    }
}

/// The state for the call at hand alone: a call of the same site inside it would change what this one holds.
fn borrowed<T>(state: &RefCell<T>) -> RefMut<'_, T> {
    state.try_borrow_mut().unwrap_or_else(|_| pgrx::error!("a call site was entered again while it was at work"))
}

impl<'a> FunctionCallInfo<'a> {
    pub(super) fn as_ptr(self) -> pg_sys::FunctionCallInfo {
        self.fcinfo.as_ptr()
    }

    pub(super) fn result_context(self) -> pg_sys::MemoryContext {
        self.result_context
    }

    /// An argument of any type: the type that the call gives it, and the value, none for NULL.
    pub(super) fn argument(self, place: usize) -> (pg_sys::Oid, Option<pg_sys::Datum>) {
        // SAFETY: the call info is valid as long as the call, and has as many arguments as the function.
        unsafe {
            let call = self.as_ptr();
            let kind = pg_sys::get_fn_expr_argtype((*call).flinfo, place as i32);
            if kind == pg_sys::InvalidOid || place >= (*call).nargs as usize {
                pgrx::error!("the type of an argument is not known");
            }
            let argument = (*call).args.as_slice((*call).nargs as usize)[place];
            (kind, (!argument.isnull).then_some(argument.value))
        }
    }

    fn slot<T: Default + 'static>(self) -> &'a RefCell<T> {
        // SAFETY: the call info is valid as long as the call.
        unsafe { slot(self.as_ptr()) }
    }
}

/// The state of this call site, made on its first call and dropped with the server's memory for it.
pub fn call_site<'a, T: Default + 'static>(fcinfo: FunctionCallInfo<'a>) -> RefMut<'a, T> {
    borrowed(fcinfo.slot())
}

/// The same for what is looked up on the first call, which may fail.
pub fn call_site_or<'a, T: 'static, E>(
    fcinfo: FunctionCallInfo<'a>,
    look_up: impl FnOnce() -> Result<T, E>,
) -> Result<RefMut<'a, T>, E> {
    let site = fcinfo.slot::<Option<T>>();
    if borrowed(site).is_none() {
        let found = look_up()?;
        *borrowed(site) = Some(found);
    }
    Ok(RefMut::filter_map(borrowed(site), Option::as_mut).unwrap_or_else(|_| unreachable!("it was filled above")))
}
