//! A uuid[] that outlives the call which answers it, so that every row of a scan gets the same one.
use super::call::{FunctionCallInfo, call_site};
use super::value::MOST_BYTES;
use crate::pg::error::{Error, Result, raise};
use pgrx::callconv::{BoxRet, FcInfo};
use pgrx::pg_sys;
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use std::marker::PhantomData;
use std::rc::Rc;

/// The array as the server lays it out, in words so that it is aligned.
#[derive(Debug)]
pub struct Uuids(Vec<u64>);

impl Uuids {
    pub fn new(ids: &[[u8; 16]]) -> Uuids {
        // Length, dimensions, no nulls, element type; then extent and lower bound of the one dimension, unless it is empty.
        const EMPTY: usize = 16;
        const HEADER: usize = 24;
        let length = if ids.is_empty() { EMPTY } else { HEADER + 16 * ids.len() };
        if length > MOST_BYTES {
            raise(
                Error::limit_reached(format!("an array of {} ids is larger than any value can be", ids.len()))
                    .hint("A value has less than 1 GB."),
            );
        }
        let mut bytes = Vec::with_capacity(length);
        let word = |bytes: &mut Vec<u8>, value: u32| bytes.extend(value.to_ne_bytes());
        for value in [0, u32::from(!ids.is_empty()), 0, u32::from(pg_sys::UUIDOID)] {
            word(&mut bytes, value);
        }
        if !ids.is_empty() {
            word(&mut bytes, ids.len() as u32);
            word(&mut bytes, 1);
        }
        ids.iter().for_each(|id| bytes.extend(id));
        let mut words: Vec<u64> =
            bytes.chunks_exact(8).map(|chunk| u64::from_ne_bytes(chunk.try_into().expect("eight bytes"))).collect();
        // SAFETY: the words begin with the four bytes of a varlena's header.
        unsafe { pgrx::varlena::set_varsize_4b(words.as_mut_ptr().cast(), length as i32) };
        Uuids(words)
    }

    pub fn contains(&self, id: &[u8; 16]) -> bool {
        // Behind the header, two words each.
        const HEADER: usize = 3;
        let (first, second) = id.split_at(8);
        let word = |half: &[u8]| u64::from_ne_bytes(half.try_into().expect("eight bytes"));
        let wanted = [word(first), word(second)];
        self.0.get(HEADER..).is_some_and(|ids| ids.chunks_exact(2).any(|id| *id == wanted))
    }
}

/// A uuid[] result, which its call site keeps alive until it answers another one.
pub struct UuidsResult<'a> {
    words: *const u64,
    call: PhantomData<&'a ()>,
}

/// What a call site answered last, and what that answer holds for.
type Answered<T> = Option<(T, Rc<Uuids>)>;

impl<'a> UuidsResult<'a> {
    fn of(ids: &Rc<Uuids>) -> UuidsResult<'a> {
        UuidsResult { words: ids.0.as_ptr(), call: PhantomData }
    }

    /// The call site's last answer where it still `holds`, else the one that `find` makes.
    pub fn of_site<T: 'static>(
        fcinfo: FunctionCallInfo<'a>,
        holds: impl FnOnce(&mut T) -> bool,
        find: impl FnOnce() -> Result<(T, Rc<Uuids>)>,
    ) -> Result<UuidsResult<'a>> {
        if let Some((about, ids)) = call_site::<Answered<T>>(fcinfo).as_mut()
            && holds(about)
        {
            return Ok(UuidsResult::of(ids));
        }
        // The call site is not held meanwhile: the search may run any query.
        let (about, ids) = find()?;
        let result = UuidsResult::of(&ids);
        *call_site::<Answered<T>>(fcinfo) = Some((about, ids));
        Ok(result)
    }
}

// SAFETY: the datum is a uuid[] that lives as long as the call site.
unsafe impl BoxRet for UuidsResult<'_> {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        // SAFETY: the call site keeps the words, which do not move; such a datum is a valid result of a function that returns uuid[].
        unsafe { fcinfo.return_raw_datum(pg_sys::Datum::from(self.words)) }
    }
}

// SAFETY: the type stands for uuid[] in SQL.
unsafe impl SqlTranslatable for UuidsResult<'_> {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(UuidsResult);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Err(ArgumentError::Datum);
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> = Ok(ReturnsRef::One(SqlMappingRef::literal("uuid[]")));
}
