//! jsonb arguments and results that are not converted.
use crate::jsonb::{Number, Value};
use pgrx::callconv::{Arg, ArgAbi, BoxRet, FcInfo};
use pgrx::pg_sys;
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use pgrx::{FromDatum, IntoDatum};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CString;

/// A detoasted varlena.
struct Varlena {
    varlena: *mut pg_sys::varlena,
    /// Detoasting made a copy that is ours to free.
    copied: bool,
}

impl Varlena {
    /// # Safety
    /// The datum is a varlena, which lives as long as what is made of it.
    unsafe fn of(datum: pg_sys::Datum) -> Varlena {
        let stored: *mut pg_sys::varlena = datum.cast_mut_ptr();
        // SAFETY: as the caller promises.
        let varlena = unsafe { pg_sys::pg_detoast_datum_packed(stored) };
        Varlena { varlena, copied: varlena != stored }
    }

    /// Made in the current memory context, which frees it.
    fn own(varlena: *mut pg_sys::varlena) -> Varlena {
        Varlena { varlena, copied: false }
    }

    /// With its header.
    fn whole(&self) -> &[u8] {
        // SAFETY: the varlena states its length, and lives as long as `self`.
        unsafe { std::slice::from_raw_parts(self.varlena.cast(), pgrx::varlena::varsize_any(self.varlena)) }
    }

    /// What is behind the header.
    fn bytes(&self) -> &[u8] {
        // SAFETY: the varlena was detoasted and lives as long as `self`.
        unsafe { pgrx::varlena::varlena_to_byte_slice(self.varlena) }
    }
}

impl Drop for Varlena {
    fn drop(&mut self) {
        // An error's unwinding may come after the memory context is gone.
        if self.copied && !std::thread::panicking() {
            // SAFETY: the copy was allocated by detoasting and nothing else points to it.
            unsafe { pg_sys::pfree(self.varlena.cast()) }
        }
    }
}

/// A jsonb datum; its bytes are read where they lie.
pub struct Jsonb(Varlena);

impl Jsonb {
    /// The container, without the varlena header.
    pub fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    pub fn value(&self) -> Value<'_> {
        Value::root(self.bytes())
    }
}

impl FromDatum for Jsonb {
    unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _: pg_sys::Oid) -> Option<Jsonb> {
        // SAFETY: the datum is a jsonb, which is a varlena.
        (!is_null).then(|| Jsonb(unsafe { Varlena::of(datum) }))
    }
}

// SAFETY: the type reads a jsonb argument's datum and nothing else.
unsafe impl<'fcx> ArgAbi<'fcx> for Jsonb {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: the caller promises an argument that is not null.
        unsafe { arg.unbox_arg_using_from_datum::<Jsonb>() }.expect("the argument is not null")
    }

    unsafe fn unbox_nullable_arg(arg: Arg<'_, 'fcx>) -> pgrx::nullable::Nullable<Self> {
        // SAFETY: as above; null is answered with none.
        unsafe { arg.unbox_arg_using_from_datum::<Jsonb>() }.into()
    }
}

/// A jsonb result.
pub struct JsonbResult(pg_sys::Datum);

impl JsonbResult {
    /// Parses JSON text that rowkit wrote itself; numbers keep their digits.
    pub fn parse(text: &str) -> JsonbResult {
        let text = CString::new(text).expect("JSON text escapes NUL");
        // SAFETY: jsonb_in takes one C string; it copies what it keeps.
        let datum = unsafe {
            pgrx::direct_function_call_as_datum(pg_sys::jsonb_in, &[Some(pg_sys::Datum::from(text.as_ptr()))])
        };
        JsonbResult(datum.expect("jsonb_in never answers null"))
    }

    /// A document's container bytes as a jsonb of its own.
    pub fn from_document(bytes: &[u8]) -> JsonbResult {
        JsonbResult(super::relation::varlena_datum(bytes))
    }

    pub fn empty_array() -> JsonbResult {
        const EMPTY_ARRAY: u32 = 0x4000_0000;
        JsonbResult::from_document(&EMPTY_ARRAY.to_ne_bytes())
    }

    pub fn datum(&self) -> pg_sys::Datum {
        self.0
    }

    /// The result as an argument, to go on reading it.
    pub fn read(&self) -> Jsonb {
        Jsonb(Varlena::own(self.0.cast_mut_ptr()))
    }
}

impl IntoDatum for JsonbResult {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        Some(self.0)
    }

    fn type_oid() -> pg_sys::Oid {
        pg_sys::JSONBOID
    }
}

// SAFETY: the datum is a jsonb in the caller's memory context.
unsafe impl BoxRet for JsonbResult {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        // SAFETY: a jsonb datum is a valid result of a function that returns jsonb.
        unsafe { fcinfo.return_raw_datum(self.0) }
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
sql_jsonb!(Jsonb);
sql_jsonb!(JsonbResult);

thread_local! {
    /// The server's to_jsonb, told the type of its argument; looked up once a type and session.
    static TO_JSONB: RefCell<HashMap<pg_sys::Oid, Box<pg_sys::FmgrInfo>>> = RefCell::default();
}

/// What to_jsonb answers of a value, without a document for a mere text, integer or boolean.
pub struct Json(Kind);

enum Kind {
    Boolean(bool),
    /// A numeric.
    Integer(Varlena),
    Text(Varlena),
    Document(Jsonb),
}

impl Json {
    /// Of any value that is not NULL.
    pub fn of(kind: pg_sys::Oid, datum: pg_sys::Datum) -> Json {
        // SAFETY: the server makes a numeric in the current memory context.
        let integer = |number: i64| Kind::Integer(Varlena::own(unsafe { pg_sys::int64_to_numeric(number) }.cast()));
        Json(match kind {
            pg_sys::BOOLOID => Kind::Boolean(datum.value() != 0),
            pg_sys::INT2OID => integer(i64::from(datum.value() as i16)),
            pg_sys::INT4OID => integer(i64::from(datum.value() as i32)),
            pg_sys::INT8OID => integer(datum.value() as i64),
            // SAFETY: the datum is of this type, which is a varlena, and its row outlives what is read of it.
            pg_sys::TEXTOID | pg_sys::VARCHAROID => Kind::Text(unsafe { Varlena::of(datum) }),
            _ => Kind::Document(to_jsonb(kind, datum).read()),
        })
    }

    pub fn value(&self) -> Value<'_> {
        match &self.0 {
            Kind::Boolean(truth) => Value::Bool(*truth),
            Kind::Integer(numeric) => Value::Number(Number::new(numeric.whole())),
            Kind::Text(text) => Value::String(text.bytes()),
            Kind::Document(document) => document.value(),
        }
    }
}

/// to_jsonb of any value that is not NULL.
fn to_jsonb(kind: pg_sys::Oid, datum: pg_sys::Datum) -> JsonbResult {
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
    JsonbResult(unsafe { pg_sys::FunctionCall1Coll(known, pg_sys::InvalidOid, datum) })
}

/// Writes an object member by member with the server's own builder.
pub struct ObjectBuilder(*mut pg_sys::JsonbParseState);

impl ObjectBuilder {
    pub fn new() -> ObjectBuilder {
        let mut builder = ObjectBuilder(std::ptr::null_mut());
        builder.push(pg_sys::JsonbIteratorToken::WJB_BEGIN_OBJECT, std::ptr::null_mut());
        builder
    }

    fn push(
        &mut self,
        token: pg_sys::JsonbIteratorToken::Type,
        value: *mut pg_sys::JsonbValue,
    ) -> *mut pg_sys::JsonbValue {
        // SAFETY: the state is the builder's own, and a value outlives the call, which copies it.
        unsafe { pg_sys::pushJsonbValue(&mut self.0, token, value) }
    }

    pub fn member(&mut self, key: &[u8], value: Value<'_>) {
        let mut name = string(key);
        self.push(pg_sys::JsonbIteratorToken::WJB_KEY, &mut name);
        let mut value = server_value(value);
        self.push(pg_sys::JsonbIteratorToken::WJB_VALUE, &mut value);
    }

    pub fn finish(mut self) -> JsonbResult {
        let value = self.push(pg_sys::JsonbIteratorToken::WJB_END_OBJECT, std::ptr::null_mut());
        // SAFETY: the finished object belongs to the state, which lives in this memory context.
        JsonbResult(pg_sys::Datum::from(unsafe { pg_sys::JsonbValueToJsonb(value) }))
    }
}

fn empty(kind: pg_sys::jbvType::Type) -> pg_sys::JsonbValue {
    // SAFETY: a JsonbValue is plain C data for which zero is a valid pattern.
    let mut value: pg_sys::JsonbValue = unsafe { std::mem::zeroed() };
    value.type_ = kind;
    value
}

fn string(bytes: &[u8]) -> pg_sys::JsonbValue {
    let mut value = empty(pg_sys::jbvType::jbvString);
    value.val.string.len = bytes.len() as i32;
    value.val.string.val = aligned_copy(bytes).cast();
    value
}

/// The builder keeps pointers and wants numbers and containers aligned, so it gets copies of its own.
fn aligned_copy(bytes: &[u8]) -> *mut u8 {
    // SAFETY: palloc answers maximally aligned memory of the asked length, or raises.
    unsafe {
        let copy: *mut u8 = pg_sys::palloc(bytes.len().max(1)).cast();
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), copy, bytes.len());
        copy
    }
}

fn server_value(value: Value<'_>) -> pg_sys::JsonbValue {
    let binary = |container: &[u8]| {
        let mut value = empty(pg_sys::jbvType::jbvBinary);
        value.val.binary.len = container.len() as i32;
        value.val.binary.data = aligned_copy(container).cast();
        value
    };
    match value {
        Value::Null => empty(pg_sys::jbvType::jbvNull),
        Value::Bool(truth) => {
            let mut value = empty(pg_sys::jbvType::jbvBool);
            value.val.boolean = truth;
            value
        }
        Value::Number(number) => {
            let mut value = empty(pg_sys::jbvType::jbvNumeric);
            value.val.numeric = aligned_copy(number.varlena()).cast();
            value
        }
        Value::String(bytes) => string(bytes),
        Value::Array(array) => binary(array.container()),
        Value::Object(object) => binary(object.container()),
    }
}
