//! Typed values: rows whose getters check the column's type, and values passed from one query to another.
use super::raised::passing;
use super::relation::{self, stored_as};
use crate::core::jsonb::verify;
use crate::pg::error::{Error, Result, raise};
use pgrx::callconv::FcInfo;
use pgrx::datum::{Interval, TimestampWithTimeZone};
use pgrx::{FromDatum, IntoDatum, pg_sys};
use std::ffi::{CStr, CString};
use std::marker::PhantomData;
use std::rc::Rc;

const TEXTS: &[pg_sys::Oid] = &[pg_sys::TEXTOID, pg_sys::VARCHAROID, pg_sys::BPCHAROID];
const INTEGERS: &[pg_sys::Oid] = &[pg_sys::INT8OID, pg_sys::INT4OID, pg_sys::INT2OID];
const OIDS: &[pg_sys::Oid] = &[
    pg_sys::OIDOID,
    pg_sys::REGCLASSOID,
    pg_sys::REGTYPEOID,
    pg_sys::REGPROCOID,
    pg_sys::REGPROCEDUREOID,
    pg_sys::REGOPEROID,
    pg_sys::REGOPERATOROID,
    pg_sys::REGROLEOID,
    pg_sys::REGNAMESPACEOID,
    pg_sys::REGCONFIGOID,
    pg_sys::REGDICTIONARYOID,
];
const TEXT_ARRAYS: &[pg_sys::Oid] = &[pg_sys::TEXTARRAYOID, pg_sys::VARCHARARRAYOID];

/// The column of a row's descriptor, counted from 1; none past its end.
///
/// # Safety
/// The descriptor lives as long as `'a`.
pub(super) unsafe fn column_of<'a>(
    descriptor: pg_sys::TupleDesc,
    number: i32,
) -> Option<&'a pg_sys::FormData_pg_attribute> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    // SAFETY: the descriptor has natts columns.
    unsafe {
        let count = (*descriptor).natts as usize;
        if index >= count {
            return None;
        }
        #[cfg(not(feature = "pg18"))]
        let first = (*descriptor).attrs.as_ptr();
        #[cfg(feature = "pg18")]
        let first = (*descriptor).compact_attrs.as_ptr().add(count).cast::<pg_sys::FormData_pg_attribute>();
        Some(&*first.add(index))
    }
}

/// The value of one column of a row, good as long as the row is. A getter that the column's type does not suit raises 42804.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    column: &'a pg_sys::FormData_pg_attribute,
    /// What the column's values are stored as, where it was looked up; else the column's own type.
    kind: pg_sys::Oid,
    datum: Option<pg_sys::Datum>,
}

impl<'a> Field<'a> {
    /// # Safety
    /// The datum is of the column's type, which is stored as `kind` is; column and datum live as long as `'a`.
    pub(super) unsafe fn new(
        column: &'a pg_sys::FormData_pg_attribute,
        kind: pg_sys::Oid,
        datum: Option<pg_sys::Datum>,
    ) -> Field<'a> {
        Field { column, kind, datum }
    }

    /// What the column is stored as, and the value.
    pub(super) fn stored(self) -> (pg_sys::Oid, Option<pg_sys::Datum>) {
        (self.kind, self.datum)
    }

    pub fn is_null(self) -> bool {
        self.datum.is_none()
    }

    /// The value, of one of these types, and which of them.
    #[inline]
    pub(super) fn of(self, kinds: &[pg_sys::Oid]) -> (pg_sys::Oid, Option<pg_sys::Datum>) {
        if kinds.contains(&self.kind) {
            return (self.kind, self.datum);
        }
        let kind = stored_as(self.kind);
        if !kinds.contains(&kind) && crate::core::check::in_force("column_types") {
            self.refuse(kinds[0]);
        }
        (kind, self.datum)
    }

    #[cold]
    fn refuse(self, wanted: pg_sys::Oid) -> ! {
        // SAFETY: a column's name is a C string.
        let name = unsafe { CStr::from_ptr(self.column.attname.data.as_ptr()) }.to_string_lossy();
        let of = match self.column.attrelid {
            pg_sys::InvalidOid => String::new(),
            relation => format!(" of {}", relation::quoted_name(relation)),
        };
        let (wanted, found) = (relation::type_name(wanted), relation::type_name(self.column.atttypid));
        raise(Error::datatype_mismatch(format!("column \"{name}\"{of} must be of type {wanted}, not {found}")).hint(
            format!(
                "Give the column the type {wanted} again, or rename the table that stands in the way of rowkit's own."
            ),
        ))
    }

    pub fn uuid(self) -> Option<[u8; 16]> {
        let (_, datum) = self.of(&[pg_sys::UUIDOID]);
        // SAFETY: a uuid's datum points to 16 bytes.
        datum.map(|datum| unsafe { *datum.cast_mut_ptr::<[u8; 16]>() })
    }

    pub fn text(self) -> Option<String> {
        let (_, datum) = self.of(TEXTS);
        // SAFETY: the value is a text.
        datum.and_then(|datum| unsafe { String::from_datum(datum, false) })
    }

    pub fn bytes(self) -> Option<Vec<u8>> {
        let (_, datum) = self.of(&[pg_sys::BYTEAOID]);
        // SAFETY: the value is a bytea.
        datum.and_then(|datum| unsafe { Vec::<u8>::from_datum(datum, false) })
    }

    /// The value of any integer type.
    pub fn integer(self) -> Option<i64> {
        let (kind, datum) = self.of(INTEGERS);
        datum.map(|datum| match kind {
            pg_sys::INT2OID => i64::from(datum.value() as i16),
            pg_sys::INT4OID => i64::from(datum.value() as i32),
            _ => datum.value() as i64,
        })
    }

    pub fn boolean(self) -> Option<bool> {
        self.of(&[pg_sys::BOOLOID]).1.map(|datum| datum.value() as u8 != 0)
    }

    pub fn timestamptz(self) -> Option<TimestampWithTimeZone> {
        let (_, datum) = self.of(&[pg_sys::TIMESTAMPTZOID]);
        // SAFETY: the value is a timestamptz.
        datum.and_then(|datum| unsafe { TimestampWithTimeZone::from_datum(datum, false) })
    }

    pub fn oid(self) -> Option<pg_sys::Oid> {
        self.of(OIDS).1.map(|datum| pg_sys::Oid::from(datum.value() as u32))
    }

    /// The elements, without the NULLs.
    pub fn uuids(self) -> Vec<[u8; 16]> {
        let (_, datum) = self.of(&[pg_sys::UUIDARRAYOID]);
        // SAFETY: the value is a uuid[].
        let ids = datum.and_then(|datum| unsafe { Vec::<Option<pgrx::Uuid>>::from_datum(datum, false) });
        ids.into_iter().flatten().flatten().map(|id| *id.as_bytes()).collect()
    }

    /// The elements, without the NULLs.
    pub fn bigints(self) -> Vec<i64> {
        let (_, datum) = self.of(&[pg_sys::INT8ARRAYOID]);
        // SAFETY: the value is a bigint[].
        let numbers = datum.and_then(|datum| unsafe { Vec::<Option<i64>>::from_datum(datum, false) });
        numbers.into_iter().flatten().flatten().collect()
    }

    /// The elements, without the NULLs.
    pub fn texts(self) -> Vec<String> {
        let (_, datum) = self.of(TEXT_ARRAYS);
        // SAFETY: the value is a text[].
        let texts = datum.and_then(|datum| unsafe { Vec::<Option<String>>::from_datum(datum, false) });
        texts.into_iter().flatten().flatten().collect()
    }

    /// A copy that outlives the row.
    pub fn value(self) -> Value {
        // SAFETY: the value is of the column's type.
        unsafe { Value::copied(self.column.atttypid, self.column.attlen, self.column.attbyval, self.datum) }
    }

    /// Whether the column's values are passed as themselves, not by a pointer.
    pub(super) fn is_by_value(self) -> bool {
        self.column.attbyval
    }

    pub(super) fn datum(self) -> Option<pg_sys::Datum> {
        self.datum
    }

    /// The bytes that the row stores, toasted or not, of a value that is passed by a pointer.
    pub(super) fn stored_bytes(self, datum: pg_sys::Datum) -> &'a [u8] {
        // SAFETY: a value not passed by value has its type's length, or states its own; the row that holds it lives as long as `'a`.
        unsafe { stored_bytes(self.column.attlen, datum) }
    }
}

/// # Safety
/// The datum is a pointer to a value of a type of this length, and is alive for `'a`.
unsafe fn stored_bytes<'a>(length: i16, datum: pg_sys::Datum) -> &'a [u8] {
    const C_STRING: i16 = -2;
    let start: *const u8 = datum.cast_mut_ptr();
    // SAFETY: as the caller promises.
    unsafe {
        let length = match length {
            C_STRING => CStr::from_ptr(start.cast()).to_bytes_with_nul().len(),
            _ => usize::try_from(length).unwrap_or_else(|_| pgrx::varlena::varsize_any(start.cast())),
        };
        std::slice::from_raw_parts(start, length)
    }
}

/// A value of any type that came out of one query and goes into another, or NULL. It lies in memory of its own.
#[derive(Clone, Debug)]
pub struct Value {
    kind: pg_sys::Oid,
    held: Held,
}

/// A value's datum, which is good as long as the value is where it is.
#[derive(Clone, Copy)]
pub(super) struct Lent<'a> {
    datum: Option<pg_sys::Datum>,
    value: PhantomData<&'a Value>,
}

impl Lent<'_> {
    /// For a call of the server, before the value goes.
    pub(super) fn get(self) -> Option<pg_sys::Datum> {
        self.datum
    }

    /// The datum, zero for NULL: the caller passes NULL separately.
    pub(super) fn or_zero(self) -> pg_sys::Datum {
        self.datum.unwrap_or(pg_sys::Datum::from(0))
    }
}

#[derive(Clone, Debug)]
enum Held {
    Null,
    /// Passed as itself.
    Word(pg_sys::Datum),
    /// Uuids, intervals and varlenas as short.
    Short([u64; 2]),
    /// In words, so that it is aligned.
    Long(Rc<Vec<u64>>),
}

/// Room for so many bytes, filled with zeros.
fn room(length: usize) -> Vec<u64> {
    let count = length.div_ceil(8);
    let mut words = Vec::new();
    if words.try_reserve_exact(count).is_err() {
        raise(Error::out_of_memory(format!("a value of {length} bytes does not fit in memory")));
    }
    words.resize(count, 0);
    words
}

fn as_bytes(words: &mut [u64]) -> &mut [u8] {
    // SAFETY: words are bytes, and bytes need no alignment.
    unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), 8 * words.len()) }
}

fn held(bytes: &[u8]) -> Held {
    if bytes.len() <= 16 {
        let mut words = [0; 2];
        as_bytes(&mut words)[..bytes.len()].copy_from_slice(bytes);
        return Held::Short(words);
    }
    let mut words = room(bytes.len());
    as_bytes(&mut words)[..bytes.len()].copy_from_slice(bytes);
    Held::Long(Rc::new(words))
}

/// The largest that the server allocates.
pub(super) const MOST_BYTES: usize = 0x3FFF_FFFF;

/// The bytes as a varlena, with a header of four bytes.
fn held_varlena(bytes: &[u8]) -> Held {
    let length = bytes.len() + pg_sys::VARHDRSZ;
    if length > MOST_BYTES {
        raise(
            Error::limit_reached(format!("a value of {length} bytes is larger than any value can be"))
                .hint("A value has less than 1 GB."),
        );
    }
    if length <= 16 {
        let mut words = [0; 2];
        fill_varlena(&mut words, bytes);
        return Held::Short(words);
    }
    let mut words = room(length);
    fill_varlena(&mut words, bytes);
    Held::Long(Rc::new(words))
}

/// Writes the header and the bytes, for which there is room.
fn fill_varlena(words: &mut [u64], bytes: &[u8]) {
    let length = bytes.len() + pg_sys::VARHDRSZ;
    as_bytes(words)[pg_sys::VARHDRSZ..length].copy_from_slice(bytes);
    // SAFETY: the words begin with the four bytes of a varlena's header.
    unsafe { pgrx::varlena::set_varsize_4b(words.as_mut_ptr().cast(), length as i32) };
}

impl Value {
    /// NULL of a type.
    pub fn null(kind: pg_sys::Oid) -> Value {
        Value { kind, held: Held::Null }
    }

    /// # Safety
    /// The datum is of this type, which has this length and is passed so.
    unsafe fn copied(kind: pg_sys::Oid, length: i16, by_value: bool, datum: Option<pg_sys::Datum>) -> Value {
        const VARLENA: i16 = -1;
        let held = match datum {
            None => Held::Null,
            Some(datum) if by_value => Held::Word(datum),
            Some(datum) if length == VARLENA => {
                let stored: *mut pg_sys::varlena = datum.cast_mut_ptr();
                // SAFETY: a varlena. What it holds elsewhere, in a toast table or in an expanded form, does not outlive the row and is
                // brought here; the copy is the server's, and freed once it is copied.
                unsafe {
                    if pgrx::varlena::varatt_is_1b_e(stored) {
                        let flat = pg_sys::detoast_external_attr(stored);
                        let copy = held(stored_bytes(length, pg_sys::Datum::from(flat)));
                        if flat != stored {
                            pg_sys::pfree(flat.cast());
                        }
                        copy
                    } else {
                        held(stored_bytes(length, datum))
                    }
                }
            }
            // SAFETY: as the caller promises.
            Some(datum) => held(unsafe { stored_bytes(length, datum) }),
        };
        Value { kind, held }
    }

    /// What a function of the server made, which is freed.
    ///
    /// # Safety
    /// The datum is of this type, and nothing else points to it.
    pub(super) unsafe fn made(kind: pg_sys::Oid, datum: pg_sys::Datum) -> Value {
        let (mut length, mut by_value) = (0, false);
        // SAFETY: as the caller promises.
        unsafe {
            pg_sys::get_typlenbyval(kind, &mut length, &mut by_value);
            let value = Value::copied(kind, length, by_value, Some(datum));
            if !by_value {
                pg_sys::pfree(datum.cast_mut_ptr());
            }
            value
        }
    }

    fn word(kind: pg_sys::Oid, datum: Option<pg_sys::Datum>) -> Value {
        Value { kind, held: datum.map_or(Held::Null, Held::Word) }
    }

    fn varlena(kind: pg_sys::Oid, bytes: Option<&[u8]>) -> Value {
        Value { kind, held: bytes.map_or(Held::Null, held_varlena) }
    }

    pub fn uuid(id: Option<[u8; 16]>) -> Value {
        Value { kind: pg_sys::UUIDOID, held: id.map_or(Held::Null, |id| held(&id)) }
    }

    pub fn bigint(number: Option<i64>) -> Value {
        Value::word(pg_sys::INT8OID, number.and_then(IntoDatum::into_datum))
    }

    pub fn boolean(truth: Option<bool>) -> Value {
        Value::word(pg_sys::BOOLOID, truth.and_then(IntoDatum::into_datum))
    }

    pub fn oid(oid: Option<pg_sys::Oid>) -> Value {
        Value::word(pg_sys::OIDOID, oid.map(pg_sys::Datum::from))
    }

    /// The locator of a stored row, as its `ctid` is.
    pub(super) fn tid(locator: &pg_sys::ItemPointerData) -> Value {
        // SAFETY: a tid is passed by a pointer to these six bytes.
        unsafe { Value::copied(pg_sys::TIDOID, 6, false, Some(pg_sys::Datum::from(std::ptr::from_ref(locator)))) }
    }

    pub fn text(text: Option<&str>) -> Value {
        Value::varlena(pg_sys::TEXTOID, text.map(str::as_bytes))
    }

    /// A moment as the server counts it.
    pub fn timestamptz(moment: i64) -> Value {
        Value::word(pg_sys::TIMESTAMPTZOID, moment.into_datum())
    }

    pub fn moment(moment: Option<TimestampWithTimeZone>) -> Value {
        Value::word(pg_sys::TIMESTAMPTZOID, moment.and_then(IntoDatum::into_datum))
    }

    /// The start of the transaction, as `now()` has it.
    pub fn now() -> Value {
        // SAFETY: reads the transaction's state.
        Value::timestamptz(unsafe { pg_sys::GetCurrentTransactionStartTimestamp() })
    }

    /// `now()` as a timestamp without time zone, in the session's zone.
    pub fn local_now() -> Value {
        // SAFETY: the function takes one timestamptz and answers a timestamp, both passed as themselves.
        let local = unsafe {
            let now = pg_sys::Datum::from(pg_sys::GetCurrentTransactionStartTimestamp());
            pgrx::direct_function_call_as_datum(pg_sys::timestamptz_timestamp, &[Some(now)])
        };
        Value::word(pg_sys::TIMESTAMPOID, local)
    }

    pub fn interval(interval: Interval) -> Value {
        match interval.into_datum() {
            // SAFETY: an interval's datum, made just now.
            Some(datum) => unsafe { Value::made(pg_sys::INTERVALOID, datum) },
            None => Value::null(pg_sys::INTERVALOID),
        }
    }

    /// A jsonb document by its container bytes, which are looked through first: the server trusts them.
    pub fn jsonb(document: Option<&[u8]>) -> Value {
        if document.is_some_and(|document| !verify(document)) {
            raise(Error::internal("a jsonb document is not as the server lays one out"));
        }
        Value::varlena(pg_sys::JSONBOID, document)
    }

    /// # Safety
    /// The bytes are those of a value of the type, which is a varlena, behind its header.
    pub(super) unsafe fn trusted(kind: pg_sys::Oid, bytes: &[u8]) -> Value {
        Value::varlena(kind, Some(bytes))
    }

    /// What a type's text stands for; raises what the type raises.
    pub fn parsed(kind: pg_sys::Oid, modifier: i32, text: &str) -> Result<Value> {
        let text = CString::new(text).map_err(|_| Error::invalid_parameter("a text must not contain NUL"))?;
        Ok(Value::read(kind, modifier, &text))
    }

    /// The same of a C string.
    pub(super) fn read(kind: pg_sys::Oid, modifier: i32, text: &CStr) -> Value {
        let (mut function, mut parameter) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
        let (mut length, mut by_value) = (0, false);
        // SAFETY: the type's own input function reads a C string, which it does not change, and answers a value of the type.
        unsafe {
            pg_sys::getTypeInputInfo(kind, &mut function, &mut parameter);
            let datum =
                passing(|| pg_sys::OidInputFunctionCall(function, text.as_ptr().cast_mut(), parameter, modifier));
            pg_sys::get_typlenbyval(kind, &mut length, &mut by_value);
            Value::copied(kind, length, by_value, Some(datum))
        }
    }

    /// The address that the session came from; none for a socket.
    pub fn client_address() -> Value {
        // SAFETY: the function takes nothing and reads the connection.
        match unsafe { pgrx::direct_function_call_as_datum(pg_sys::inet_client_addr, &[]) } {
            // SAFETY: the function answers an inet of its own.
            Some(datum) => unsafe { Value::made(pg_sys::INETOID, datum) },
            None => Value::null(pg_sys::INETOID),
        }
    }

    /// Values of one type as an array.
    pub fn array(kind: pg_sys::Oid, values: impl Iterator<Item = Value>) -> Value {
        let values: Vec<Value> = values.collect();
        if let Some(other) = values.iter().find(|value| value.kind != kind) {
            let (kind, other) = (relation::type_name(kind), relation::type_name(other.kind));
            raise(Error::datatype_mismatch(format!("an array of {kind} holds no {other}")));
        }
        let mut datums: Vec<pg_sys::Datum> = values.iter().map(|value| value.datum().or_zero()).collect();
        let mut nulls: Vec<bool> = values.iter().map(Value::is_null).collect();
        let (mut length, mut by_value, mut alignment) = (0, false, 0);
        let (mut count, mut from) = (datums.len() as i32, 1);
        // SAFETY: datums and nulls have one entry a value; the values are of this type and outlive the call, which copies them.
        unsafe {
            pg_sys::get_typlenbyvalalign(kind, &mut length, &mut by_value, &mut alignment);
            let array = pg_sys::construct_md_array(
                datums.as_mut_ptr(),
                nulls.as_mut_ptr(),
                1,
                &mut count,
                &mut from,
                kind,
                i32::from(length),
                by_value,
                alignment,
            );
            Value::made(pg_sys::get_array_type(kind), pg_sys::Datum::from(array))
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.held, Held::Null)
    }

    pub fn kind(&self) -> pg_sys::Oid {
        self.kind
    }

    /// The bytes that it holds.
    pub fn size(&self) -> usize {
        match &self.held {
            Held::Long(words) => size_of_val(&***words),
            _ => 0,
        }
    }

    pub(super) fn datum(&self) -> Lent<'_> {
        let datum = match &self.held {
            Held::Null => None,
            Held::Word(datum) => Some(*datum),
            Held::Short(words) => Some(pg_sys::Datum::from(words.as_ptr())),
            Held::Long(words) => Some(pg_sys::Datum::from(words.as_ptr())),
        };
        Lent { datum, value: PhantomData }
    }

    /// The datum for a column: of the column's type, or of what a domain is stored as, whose constraints are checked. Raises 42804 for a
    /// value of another type.
    pub(super) fn datum_for(&self, column: &pg_sys::FormData_pg_attribute) -> Lent<'_> {
        if self.kind != column.atttypid {
            let base = stored_as(column.atttypid);
            if base != self.kind && !(TEXTS.contains(&base) && TEXTS.contains(&self.kind)) {
                self.refused_by(column);
            }
            if base != column.atttypid {
                let lent = self.datum();
                // SAFETY: the datum is of what the domain is stored as.
                passing(|| unsafe {
                    pg_sys::domain_check(
                        lent.or_zero(),
                        self.is_null(),
                        column.atttypid,
                        std::ptr::null_mut(),
                        std::ptr::null_mut(),
                    );
                });
            }
        }
        self.datum()
    }

    #[cold]
    fn refused_by(&self, column: &pg_sys::FormData_pg_attribute) -> ! {
        // SAFETY: a column's name is a C string.
        let name = unsafe { CStr::from_ptr(column.attname.data.as_ptr()) }.to_string_lossy();
        let (own, given) = (relation::type_name(column.atttypid), relation::type_name(self.kind));
        raise(
            Error::datatype_mismatch(format!("column \"{name}\" is of type {own}, and its new value of type {given}"))
                .hint(format!("Give the column the type {given}.")),
        )
    }

    /// A copy in the memory context that is current.
    pub(super) fn copied_out(&self) -> Option<pg_sys::Datum> {
        let words = match &self.held {
            Held::Null => return None,
            Held::Word(datum) => return Some(*datum),
            Held::Short(words) => &words[..],
            Held::Long(words) => &words[..],
        };
        // SAFETY: palloc answers aligned memory of the asked length, or raises.
        unsafe {
            let copy: *mut u64 = pg_sys::palloc(8 * words.len()).cast();
            std::ptr::copy_nonoverlapping(words.as_ptr(), copy, words.len());
            Some(pg_sys::Datum::from(copy))
        }
    }

    /// The value as a function's result, in the memory of whoever called.
    ///
    /// # Safety
    /// The function returns this type.
    pub(super) unsafe fn boxed<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        match self.copied_out() {
            // SAFETY: a datum of the function's type is a valid result.
            Some(datum) => unsafe { fcinfo.return_raw_datum(datum) },
            None => fcinfo.return_null(),
        }
    }
}
