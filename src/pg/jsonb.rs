//! jsonb arguments and results that are not converted.
use super::raised;
use super::value::{self, Field};
use crate::core::fields::identifier::uuid_text;
use crate::core::jsonb::{self, Integer, Value};
use crate::core::work;
use crate::pg::error::{Error, raise};
use pgrx::callconv::{Arg, ArgAbi, BoxRet, FcInfo};
use pgrx::pg_sys;
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use pgrx::{FromDatum, IntoDatum};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, CString};

/// What is behind the header of a detoasted varlena.
enum Bytes<'a> {
    /// Borrowed from the row or the call.
    Lent(&'a [u8]),
    /// Detoasting made a copy.
    Own(Vec<u8>),
}

impl<'a> Bytes<'a> {
    /// # Safety
    /// The datum is a varlena, which lives as long as `'a`.
    unsafe fn of(datum: pg_sys::Datum) -> Bytes<'a> {
        let stored: *mut pg_sys::varlena = datum.cast_mut_ptr();
        // SAFETY: as the caller promises; a copy is the server's, and freed when it is copied: its memory context may end before `'a`.
        unsafe {
            let detoasted = pg_sys::pg_detoast_datum_packed(stored);
            let bytes = pgrx::varlena::varlena_to_byte_slice(detoasted);
            if detoasted == stored {
                return Bytes::Lent(bytes);
            }
            let copy = copied(bytes);
            pg_sys::pfree(detoasted.cast());
            Bytes::Own(copy)
        }
    }

    fn get(&self) -> &[u8] {
        match self {
            Bytes::Lent(bytes) => bytes,
            Bytes::Own(bytes) => bytes,
        }
    }

    fn into_owned(self) -> Vec<u8> {
        match self {
            Bytes::Lent(bytes) => copied(bytes),
            Bytes::Own(bytes) => bytes,
        }
    }
}

/// A copy in Rust's memory, within the limit: an allocation of Rust's that fails ends the backend.
fn copied(bytes: &[u8]) -> Vec<u8> {
    work::reserve(bytes.len());
    bytes.to_vec()
}

/// A jsonb document; its bytes are read where they lie.
pub struct Jsonb<'a>(Bytes<'a>);

impl<'a> Jsonb<'a> {
    /// # Safety
    /// The datum is a jsonb, which lives as long as `'a`.
    pub(super) unsafe fn of(datum: pg_sys::Datum) -> Jsonb<'a> {
        // SAFETY: as the caller promises.
        Jsonb(unsafe { Bytes::of(datum) })
    }

    /// The container, without the varlena header.
    pub fn bytes(&self) -> &[u8] {
        self.0.get()
    }

    /// The same in memory of its own.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_owned()
    }

    pub fn value(&self) -> Value<'_> {
        Value::root(self.bytes())
    }
}

impl FromDatum for Jsonb<'_> {
    unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _: pg_sys::Oid) -> Option<Self> {
        // SAFETY: the datum is a jsonb, and the caller bounds its lifetime.
        (!is_null).then(|| unsafe { Jsonb::of(datum) })
    }
}

// SAFETY: the type reads a jsonb argument's datum and nothing else; arguments live as long as the call.
unsafe impl<'fcx> ArgAbi<'fcx> for Jsonb<'fcx> {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: the caller promises an argument that is not null.
        unsafe { arg.unbox_arg_using_from_datum::<Jsonb<'fcx>>() }.expect("the argument is not null")
    }

    unsafe fn unbox_nullable_arg(arg: Arg<'_, 'fcx>) -> pgrx::nullable::Nullable<Self> {
        // SAFETY: as above; null is answered with none.
        unsafe { arg.unbox_arg_using_from_datum::<Jsonb<'fcx>>() }.into()
    }
}

impl<'a> Field<'a> {
    /// The document, read where it lies.
    pub fn jsonb(self) -> Option<Jsonb<'a>> {
        let (_, datum) = self.of(&[pg_sys::JSONBOID]);
        // SAFETY: the value is a jsonb, which lives as long as the row.
        datum.map(|datum| unsafe { Jsonb::of(datum) })
    }
}

impl value::Value {
    /// The container bytes of a jsonb document; none for NULL and for other types.
    pub fn jsonb_bytes(&self) -> Option<Vec<u8>> {
        let datum = self.datum().get().filter(|_| self.kind() == pg_sys::JSONBOID)?;
        // SAFETY: the value is a jsonb, which lives as long as `self`.
        Some(unsafe { Jsonb::of(datum) }.into_bytes())
    }
}

/// A jsonb result, in memory of its own.
pub struct JsonbResult {
    /// The container's.
    bytes: Cow<'static, [u8]>,
    /// The server laid them out, or they are a constant; others are looked through before it gets them.
    is_trusted: bool,
}

impl JsonbResult {
    /// Parses JSON text that rowkit wrote itself; numbers keep their digits.
    pub fn parse(text: &str) -> JsonbResult {
        let text = CString::new(text).expect("JSON text escapes NUL");
        // SAFETY: jsonb_in takes one C string; it copies what it keeps.
        let datum = unsafe {
            pgrx::direct_function_call_as_datum(pg_sys::jsonb_in, &[Some(pg_sys::Datum::from(text.as_ptr()))])
        };
        // SAFETY: jsonb_in answers a jsonb of its own.
        unsafe { JsonbResult::made(datum.expect("jsonb_in never answers null")) }
    }

    /// # Safety
    /// The datum is a jsonb that the server made just now, and nothing else points to it.
    unsafe fn made(datum: pg_sys::Datum) -> JsonbResult {
        // SAFETY: as the caller promises; it is freed once it is copied.
        let bytes = unsafe {
            let varlena: *mut pg_sys::varlena = datum.cast_mut_ptr();
            let bytes = copied(pgrx::varlena::varlena_to_byte_slice(varlena));
            pg_sys::pfree(varlena.cast());
            bytes
        };
        JsonbResult { bytes: Cow::Owned(bytes), is_trusted: true }
    }

    pub fn empty_array() -> JsonbResult {
        JsonbResult { bytes: Cow::Borrowed(crate::core::jsonb::EMPTY_ARRAY), is_trusted: true }
    }

    /// A document that was read from a row.
    pub fn document(bytes: Vec<u8>) -> JsonbResult {
        JsonbResult { bytes: Cow::Owned(bytes), is_trusted: false }
    }

    pub fn array(elements: jsonb::ArrayBuilder) -> JsonbResult {
        match elements.finish() {
            Some(bytes) => JsonbResult { bytes: Cow::Owned(bytes), is_trusted: false },
            None => raise(
                Error::limit_reached("the elements of a jsonb array are larger than 256 MB")
                    .hint("Give fewer at once."),
            ),
        }
    }

    /// The result as an argument, to go on reading it.
    pub fn read(&self) -> Jsonb<'_> {
        Jsonb(Bytes::Lent(&self.bytes))
    }

    /// The same, when nothing else is to be done with it.
    pub fn into_read(self) -> Jsonb<'static> {
        Jsonb(Bytes::Own(self.into_bytes()))
    }

    /// The container's bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes.into_owned()
    }

    pub fn to_value(&self) -> value::Value {
        if self.is_trusted {
            // SAFETY: the server laid the document out, or it is the constant.
            return unsafe { value::Value::trusted(pg_sys::JSONBOID, &self.bytes) };
        }
        value::Value::jsonb(Some(&self.bytes))
    }
}

impl IntoDatum for JsonbResult {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        self.to_value().copied_out()
    }

    fn type_oid() -> pg_sys::Oid {
        pg_sys::JSONBOID
    }
}

// SAFETY: the datum is a jsonb in the caller's memory context.
unsafe impl BoxRet for JsonbResult {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        // SAFETY: a jsonb is a valid result of a function that returns jsonb.
        unsafe { self.to_value().boxed(fcinfo) }
    }
}

macro_rules! sql_jsonb {
    ($type:ty) => {
        // SAFETY: the type stands for jsonb in SQL.
        unsafe impl SqlTranslatable for $type {
            const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!($type);
            const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
            const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Ok(SqlMappingRef::literal("jsonb"));
            const RETURN_SQL: Result<ReturnsRef, ReturnsError> = Ok(ReturnsRef::One(SqlMappingRef::literal("jsonb")));
        }
    };
}
sql_jsonb!(Jsonb<'_>);
sql_jsonb!(JsonbResult);

thread_local! {
    /// The server's to_jsonb, told the type of its argument; looked up once a type and session.
    static TO_JSONB: RefCell<HashMap<pg_sys::Oid, Box<pg_sys::FmgrInfo>>> = RefCell::default();
}

/// What to_jsonb answers of a value, without a document for what is a mere text, integer or boolean in JSON.
pub struct Json<'a>(Kind<'a>);

enum Kind<'a> {
    Boolean(bool),
    Integer(Integer),
    Text(Bytes<'a>),
    Document(Jsonb<'a>),
}

impl<'a> Json<'a> {
    /// Converts any value that is not NULL to jsonb.
    ///
    /// # Safety
    /// The datum is of this type and lives as long as `'a`.
    pub(super) unsafe fn of(kind: pg_sys::Oid, datum: pg_sys::Datum) -> Json<'a> {
        let integer = |number: i64| Kind::Integer(Integer::new(number));
        Json(match kind {
            pg_sys::BOOLOID => Kind::Boolean(datum.value() as u8 != 0),
            pg_sys::INT2OID => integer(i64::from(datum.value() as i16)),
            pg_sys::INT4OID => integer(i64::from(datum.value() as i32)),
            pg_sys::INT8OID => integer(datum.value() as i64),
            // SAFETY: as the caller promises.
            pg_sys::TEXTOID | pg_sys::VARCHAROID => Kind::Text(unsafe { Bytes::of(datum) }),
            pg_sys::UUIDOID => {
                // SAFETY: as the caller promises; a uuid is sixteen bytes.
                let bytes = unsafe { &*datum.cast_mut_ptr::<[u8; 16]>() };
                Kind::Text(Bytes::Own(uuid_text(bytes).into_bytes()))
            }
            // SAFETY: as the caller promises.
            pg_sys::JSONBOID => Kind::Document(unsafe { Jsonb::of(datum) }),
            pg_sys::DATEOID | pg_sys::TIMESTAMPOID | pg_sys::TIMESTAMPTZOID => {
                // SAFETY: as the caller promises.
                Kind::Text(Bytes::Own(unsafe { iso_text(kind, datum) }))
            }
            // SAFETY: as above; the answer is the server's own.
            _ => Kind::Document(unsafe { to_jsonb(kind, datum) }.into_read()),
        })
    }

    /// A text of its own, as a JSON string.
    pub(super) fn text(text: Vec<u8>) -> Json<'static> {
        Json(Kind::Text(Bytes::Own(text)))
    }

    /// The value as a document of its own.
    pub(super) fn document(&self) -> JsonbResult {
        JsonbResult { bytes: Cow::Owned(self.value().document().into_owned()), is_trusted: false }
    }

    pub fn value(&self) -> Value<'_> {
        match &self.0 {
            Kind::Boolean(truth) => Value::Bool(*truth),
            Kind::Integer(integer) => Value::Number(integer.number()),
            Kind::Text(text) => Value::String(text.get()),
            Kind::Document(document) => document.value(),
        }
    }
}

/// A date or a moment as JSON has it.
///
/// # Safety
/// The datum is of this type: date, timestamp or timestamptz.
unsafe fn iso_text(kind: pg_sys::Oid, datum: pg_sys::Datum) -> Vec<u8> {
    let mut text = [0_u8; pg_sys::MAXDATELEN as usize + 1];
    // SAFETY: the server writes a C string of at most so many bytes.
    unsafe {
        pg_sys::JsonEncodeDateTime(text.as_mut_ptr().cast(), datum, kind, std::ptr::null());
        CStr::from_ptr(text.as_ptr().cast()).to_bytes().to_vec()
    }
}

/// to_jsonb of any value that is not NULL.
///
/// # Safety
/// The datum is of this type.
unsafe fn to_jsonb(kind: pg_sys::Oid, datum: pg_sys::Datum) -> JsonbResult {
    let known = TO_JSONB.with_borrow_mut(|known| {
        let function = known.entry(kind).or_insert_with(|| {
            let function = pg_sys::Oid::from(pg_sys::F_TO_JSONB);
            // SAFETY: the call's expression, which tells the argument's type, is made in memory that lives as long as the session.
            unsafe {
                let mut info = Box::new(pg_sys::FmgrInfo::default());
                pg_sys::fmgr_info_cxt(function, &mut *info, pg_sys::TopMemoryContext);
                let before = pg_sys::MemoryContextSwitchTo(pg_sys::TopMemoryContext);
                let argument = pg_sys::makeNullConst(kind, -1, pg_sys::InvalidOid);
                let arguments = pg_sys::lappend(std::ptr::null_mut(), argument.cast());
                let none = pg_sys::InvalidOid;
                let form = pg_sys::CoercionForm::COERCE_EXPLICIT_CALL;
                info.fn_expr = pg_sys::makeFuncExpr(function, pg_sys::JSONBOID, arguments, none, none, form).cast();
                pg_sys::MemoryContextSwitchTo(before);
                info
            }
        });
        &raw mut **function
    });
    // SAFETY: entries are never removed, and boxed ones do not move; the datum is of this type; to_jsonb never answers NULL for a value.
    raised::passing(|| unsafe { JsonbResult::made(pg_sys::FunctionCall1Coll(known, pg_sys::InvalidOid, datum)) })
}

/// Writes an object member by member.
#[derive(Default)]
pub struct ObjectBuilder(jsonb::ObjectBuilder);

impl ObjectBuilder {
    pub fn new() -> ObjectBuilder {
        ObjectBuilder::default()
    }

    pub fn member(&mut self, key: &[u8], value: Value<'_>) {
        self.0.member(key, value);
    }

    /// A member that is a document of its own; `None` is a document larger than jsonb allows.
    pub fn document(&mut self, key: &[u8], document: Option<Vec<u8>>) {
        match document {
            Some(document) => self.member(key, Value::root(&document)),
            None => refuse_size(),
        }
    }

    pub fn finish(self) -> JsonbResult {
        match self.0.finish() {
            Some(bytes) => JsonbResult { bytes: Cow::Owned(bytes), is_trusted: false },
            None => refuse_size(),
        }
    }
}

fn refuse_size() -> ! {
    raise(
        Error::limit_reached("the members of a jsonb object are larger than 256 MB")
            .hint("Keep large texts in columns of their own."),
    )
}
