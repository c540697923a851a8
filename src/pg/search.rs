//! The server's types for full-text search.
use crate::error::{Error, Result};
use pgrx::callconv::{BoxRet, FcInfo};
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use pgrx::{FromDatum, IntoDatum, pg_sys};
use std::ffi::CString;

/// A tsquery result.
pub struct TsQuery(pg_sys::Datum);

impl TsQuery {
    /// Parses a query that rowkit wrote itself.
    pub fn parse(text: &str) -> Result<TsQuery> {
        if text.is_empty() {
            // A query of no items, which matches nothing; the parser would tell it in a NOTICE.
            return Ok(TsQuery(super::relation::varlena_datum(&0_u32.to_ne_bytes())));
        }
        let text = CString::new(text).map_err(|_| Error::internal("a query held a NUL"))?;
        // SAFETY: tsqueryin takes one C string and copies what it keeps.
        let datum = unsafe {
            pgrx::direct_function_call_as_datum(pg_sys::tsqueryin, &[Some(pg_sys::Datum::from(text.as_ptr()))])
        };
        datum.map(TsQuery).ok_or_else(|| Error::internal("a query could not be read"))
    }
}

/// A tsvector result.
pub struct TsVector(pg_sys::Datum);

impl TsVector {
    /// The bytes behind the varlena header.
    pub fn from_bytes(bytes: &[u8]) -> TsVector {
        TsVector(super::relation::varlena_datum(bytes))
    }
}

macro_rules! result {
    ($type:ty, $name:literal) => {
        // SAFETY: the datum is of the SQL type, in the caller's memory context.
        unsafe impl BoxRet for $type {
            unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
                // SAFETY: such a datum is a valid result of a function that returns the type.
                unsafe { fcinfo.return_raw_datum(self.0) }
            }
        }

        // SAFETY: the type stands for the SQL type.
        unsafe impl SqlTranslatable for $type {
            const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!($type);
            const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
            const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Ok(SqlMappingRef::literal($name));
            const RETURN_SQL: Result<ReturnsRef, ReturnsError> = Ok(ReturnsRef::One(SqlMappingRef::literal($name)));
        }
    };
}
result!(TsQuery, "tsquery");
result!(TsVector, "tsvector");

/// A text search dictionary, which knows the stems of a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dictionary(pub pg_sys::Oid);

impl Dictionary {
    /// Raises when there is none of that name.
    pub fn named(name: &str) -> Result<Dictionary> {
        let name = CString::new(name).map_err(|_| Error::invalid_parameter("a dictionary's name holds a NUL"))?;
        // SAFETY: regdictionaryin takes one C string.
        let datum = unsafe {
            pgrx::direct_function_call_as_datum(pg_sys::regdictionaryin, &[Some(pg_sys::Datum::from(name.as_ptr()))])
        };
        // SAFETY: regdictionaryin answers an oid.
        let oid = datum.and_then(|datum| unsafe { pg_sys::Oid::from_datum(datum, false) });
        oid.map(Dictionary).ok_or_else(|| Error::internal("a dictionary has no oid"))
    }

    /// Dictionaries know words of letters; longer ones than this are in none.
    pub fn may_know(word: &str) -> bool {
        word.len() <= 64 && word.chars().all(char::is_alphabetic)
    }

    /// A word's stem; none for a word that the dictionary leaves out or does not know.
    pub fn stem(self, word: &str) -> Option<String> {
        if !Dictionary::may_know(word) {
            return None;
        }
        // SAFETY: ts_lexize takes a dictionary and a text and answers text[] or null.
        unsafe {
            let lexemes =
                pgrx::direct_function_call_as_datum(pg_sys::ts_lexize, &[self.0.into_datum(), word.into_datum()])?;
            Vec::<Option<String>>::from_datum(lexemes, false)?.into_iter().flatten().next()
        }
    }
}
