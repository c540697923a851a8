//! The server's types for full-text search.
use super::value::Value;
use crate::core::search::verify;
use crate::pg::error::{Error, Result};
use pgrx::callconv::{BoxRet, FcInfo};
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use pgrx::{FromDatum, IntoDatum, pg_sys};
use std::ffi::CString;

/// A tsquery result.
pub struct TsQuery(Value);

impl TsQuery {
    /// Parses a query that rowkit wrote itself.
    pub fn parse(text: &str) -> Result<TsQuery> {
        if text.is_empty() {
            // A query of no items, which matches nothing; the parser would tell it in a NOTICE.
            // SAFETY: its bytes are the number of its items.
            return Ok(TsQuery(unsafe { Value::trusted(pg_sys::TSQUERYOID, &0_u32.to_ne_bytes()) }));
        }
        let text = CString::new(text).map_err(|_| Error::internal("a query held a NUL"))?;
        // SAFETY: tsqueryin takes one C string, copies what it keeps, and answers a tsquery of its own.
        unsafe {
            let datum =
                pgrx::direct_function_call_as_datum(pg_sys::tsqueryin, &[Some(pg_sys::Datum::from(text.as_ptr()))]);
            datum
                .map(|datum| TsQuery(Value::made(pg_sys::TSQUERYOID, datum)))
                .ok_or_else(|| Error::internal("a query could not be read"))
        }
    }
}

impl TsQuery {
    pub fn into_value(self) -> Value {
        self.0
    }
}

/// A tsvector result.
pub struct TsVector(Value);

impl TsVector {
    /// The bytes behind the varlena header, which are looked through first: the server trusts them.
    pub fn from_bytes(bytes: &[u8]) -> Result<TsVector> {
        if !verify(bytes) {
            return Err(Error::internal("a tsvector is not as the server lays one out"));
        }
        // SAFETY: every lexeme and position lies within the bytes.
        Ok(TsVector(unsafe { Value::trusted(pg_sys::TSVECTOROID, bytes) }))
    }

    pub fn into_value(self) -> Value {
        self.0
    }
}

macro_rules! result {
    ($type:ty, $name:literal) => {
        // SAFETY: the datum is of the SQL type, in the caller's memory context.
        unsafe impl BoxRet for $type {
            unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
                // SAFETY: such a datum is a valid result of a function that returns the type.
                unsafe { self.0.boxed(fcinfo) }
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
        // A number is taken for an oid, of whatever it is.
        Dictionary::known(pg_sys::Oid::from(datum.map_or(0, |datum| datum.value() as u32)))
    }

    /// The dictionary of this oid, which must be there.
    pub fn known(oid: pg_sys::Oid) -> Result<Dictionary> {
        let cache = pg_sys::SysCacheIdentifier::TSDICTOID as i32;
        let key = pg_sys::Datum::from(oid);
        let none = pg_sys::Datum::from(0);
        // SAFETY: a look-up by oid in the system cache.
        if unsafe { pg_sys::SearchSysCacheExists(cache, key, none, none, none) } {
            return Ok(Dictionary(oid));
        }
        Err(Error::undefined_object(format!("there is no text search dictionary {}", u32::from(oid)))
            .hint("\\dFd in psql lists them."))
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
        // SAFETY: ts_lexize takes a dictionary and a text and answers text[] or null; it looks the dictionary up.
        unsafe {
            let lexemes =
                pgrx::direct_function_call_as_datum(pg_sys::ts_lexize, &[self.0.into_datum(), word.into_datum()])?;
            Vec::<Option<String>>::from_datum(lexemes, false)?.into_iter().flatten().next()
        }
    }
}
