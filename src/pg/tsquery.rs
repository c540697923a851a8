//! Matching a tsquery without telling of rows: what can go wrong goes wrong for every row alike.
//!
//! The server evaluates a query recursively, and stops where the row has decided it. A deep query, or a shallow one near
//! the end of the stack, would raise an error only for rows that hold some word, and an error tells of rows that row
//! security hides. So the whole depth is asked for before the first row is looked at.
use super::call::FunctionCallInfo;
use crate::core::work;
use crate::pg::error::{Error, Result};
use pgrx::callconv::{BoxRet, FcInfo};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use pgrx::{pg_extern, pg_sys};
use std::mem::MaybeUninit;

/// Words and operators of a query. What search_query() makes of a thousand characters has fewer.
const MOST_NODES: usize = 16_384;
const DEEPEST: usize = 2_000;
/// Up to so many nodes a query is taken to be as deep as it has nodes.
const FEW: usize = 64;
/// The stack that the server takes for a level, and for what lies between: an index looks at a query at other depths of
/// the stack than a scan does.
const LEVEL_BYTES: usize = 512;
const AROUND_BYTES: usize = 96 * 1024;

/// An item of a query takes twelve bytes: a value's kind is 1, an operator's 2, and then come which one and where its left
/// side begins, counted in items.
const ITEM_BYTES: usize = 12;
const OPERATOR: u8 = 2;
const NOT: u8 = 1;

/// A result that the server reads without looking at its type.
struct Internal(pg_sys::Datum);

// SAFETY: the datum is the result of the server's own function of the same SQL type.
unsafe impl BoxRet for Internal {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        // SAFETY: as above.
        unsafe { fcinfo.return_raw_datum(self.0) }
    }
}

// SAFETY: the type stands for internal in SQL.
unsafe impl SqlTranslatable for Internal {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(Internal);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Err(ArgumentError::Datum);
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> = Ok(ReturnsRef::One(SqlMappingRef::literal("internal")));
}

/// tsvector @@ tsquery. It stands here, as what follows: no safe function may take a call's arguments on trust.
#[pg_extern(sql = false, immutable, parallel_safe)]
fn search_matches(fcinfo: FunctionCallInfo<'_>) -> Result<bool, ErrorReport> {
    admit(fcinfo, 1)?;
    // SAFETY: the call has the arguments of the server's function.
    Ok(unsafe { pg_sys::ts_match_vq(fcinfo.as_ptr()) }.value() != 0)
}

/// gin_extract_tsquery.
#[pg_extern(sql = false, immutable, parallel_safe)]
fn search_extract_query(fcinfo: FunctionCallInfo<'_>) -> Result<Internal, ErrorReport> {
    admit(fcinfo, 0)?;
    // SAFETY: the call has the arguments of the server's function.
    Ok(Internal(unsafe { pg_sys::gin_extract_tsquery(fcinfo.as_ptr()) }))
}

/// Refuses a query that is too large or too deep, and asks for the stack that its evaluation may take.
fn admit(fcinfo: FunctionCallInfo<'_>, argument: usize) -> Result<()> {
    // SAFETY: the server hands a strict function as many arguments as it was declared with, none of them null; this one is
    // a tsquery, which is a varlena that outlives the call.
    let query = unsafe {
        let arguments = (*fcinfo.as_ptr()).args.as_slice(argument + 1);
        let varlena = pg_sys::pg_detoast_datum(arguments[argument].value.cast_mut_ptr());
        pgrx::varlena::varlena_to_byte_slice(varlena)
    };
    let count = query.first_chunk().map_or(0, |count| u32::from_ne_bytes(*count) as usize);
    if count > MOST_NODES {
        return Err(refused(&format!("the search query has {count} words and operators, more than {MOST_NODES}")));
    }
    let depth = if count <= FEW { FEW } else { depth(query, count) };
    if !crate::core::check::in_force("search_depth") {
        return Ok(());
    }
    if depth > DEEPEST {
        return Err(refused(&format!("the search query is nested {depth} levels deep, more than {DEEPEST}")));
    }
    ask_for_stack(depth * LEVEL_BYTES + AROUND_BYTES);
    Ok(())
}

fn refused(message: &str) -> Error {
    Error::limit_of_work(message).hint("Look for fewer words at once.")
}

/// How deep the query's tree is: an operator lies before its right side, which lies before its left.
fn depth(query: &[u8], count: usize) -> usize {
    let item =
        |index: usize| query.get(4 + ITEM_BYTES * index..4 + ITEM_BYTES * (index + 1)).unwrap_or(&[0; ITEM_BYTES]);
    let mut depths = vec![1_usize; count + 1];
    for index in (0..count).rev() {
        work::step();
        let item = item(index);
        if item[0] == OPERATOR {
            let left = u32::from_ne_bytes([item[4], item[5], item[6], item[7]]) as usize;
            let left = if item[1] == NOT { 1 } else { left };
            let below = |at: usize| depths.get(at).copied().unwrap_or(1);
            depths[index] = 1 + below(index + 1).max(below(index.saturating_add(left)));
        }
    }
    depths[0]
}

/// Raises 54001 unless the stack has so many bytes left.
#[inline(never)]
fn ask_for_stack(bytes: usize) {
    const FRAME: usize = 8 * 1024;
    let frame = MaybeUninit::<[u8; FRAME]>::uninit();
    std::hint::black_box(&frame);
    work::descend();
    if bytes > FRAME {
        ask_for_stack(bytes - FRAME);
    }
    std::hint::black_box(&frame);
}
