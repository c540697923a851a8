//! A trigger's call, its rows and its answer.
use super::jsonb::{Json, Jsonb};
use super::spi::{self, Mode, Parameter};
use crate::error::{Error, Result};
use pgrx::callconv::{BoxRet, FcInfo};
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use pgrx::{FromDatum, pg_sys};
use std::ffi::{CStr, CString};
use std::marker::PhantomData;
use std::num::NonZeroUsize;

/// What a trigger function answers: a row to go on with, or nothing for an AFTER trigger.
pub struct Answer(pg_sys::HeapTuple);

// SAFETY: a trigger's result is a bare tuple pointer, or zero.
unsafe impl BoxRet for Answer {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        // SAFETY: the pointer is what the trigger manager expects of a trigger function.
        unsafe { fcinfo.return_raw_datum(pg_sys::Datum::from(self.0)) }
    }
}

// SAFETY: the type stands for trigger in SQL.
unsafe impl SqlTranslatable for Answer {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(Answer);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Err(ArgumentError::Datum);
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> = Ok(ReturnsRef::One(SqlMappingRef::literal("trigger")));
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Insert,
    Update,
    Delete,
    Truncate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    BeforeRow,
    AfterRow,
    BeforeStatement,
    AfterStatement,
}

/// A column of the trigger's relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    pub number: i32,
    pub kind: pg_sys::Oid,
    length: i16,
    by_value: bool,
}

impl Attribute {
    /// Reading a datum as another type than it has would read foreign memory.
    fn expect(self, kinds: &[pg_sys::Oid]) -> Attribute {
        assert!(kinds.contains(&self.kind), "column {} has another type than it is read as", self.number);
        self
    }
}

const TEXTS: &[pg_sys::Oid] = &[pg_sys::TEXTOID, pg_sys::VARCHAROID, pg_sys::BPCHAROID];

/// One call of a trigger function.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    data: &'a pg_sys::TriggerData,
}

impl<'a> Call<'a> {
    /// Checks that the server called `function` as the trigger it is meant to be.
    pub fn new(fcinfo: pg_sys::FunctionCallInfo, function: &str, timing: Timing, events: &[Event]) -> Result<Call<'a>> {
        let wrong = || {
            let (timing, level) = match timing {
                Timing::BeforeRow => ("BEFORE", "ROW"),
                Timing::AfterRow => ("AFTER", "ROW"),
                Timing::BeforeStatement => ("BEFORE", "STATEMENT"),
                Timing::AfterStatement => ("AFTER", "STATEMENT"),
            };
            let events: Vec<String> = events.iter().map(|event| format!("{event:?}").to_uppercase()).collect();
            Error::trigger_protocol(format!(
                "{function} works only as a trigger {timing} {} FOR EACH {level}",
                events.join(" OR ")
            ))
        };
        // SAFETY: the server hands every C function a valid call info; its context is a node or null.
        let data = unsafe {
            let context = (*fcinfo).context;
            if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_TriggerData {
                return Err(wrong());
            }
            &*(context as *const pg_sys::TriggerData)
        };
        let call = Call { data };
        let bits = data.tg_event;
        let is_before = bits & pg_sys::TRIGGER_EVENT_TIMINGMASK == pg_sys::TRIGGER_EVENT_BEFORE;
        let is_row = bits & pg_sys::TRIGGER_EVENT_ROW != 0;
        let is_called_right = match timing {
            Timing::BeforeRow => is_before && is_row,
            Timing::AfterRow => !is_before && is_row,
            Timing::BeforeStatement => is_before && !is_row,
            Timing::AfterStatement => !is_before && !is_row,
        };
        if is_called_right && events.contains(&call.event()) { Ok(call) } else { Err(wrong()) }
    }

    pub fn event(&self) -> Event {
        match self.data.tg_event & pg_sys::TRIGGER_EVENT_OPMASK {
            pg_sys::TRIGGER_EVENT_INSERT => Event::Insert,
            pg_sys::TRIGGER_EVENT_UPDATE => Event::Update,
            pg_sys::TRIGGER_EVENT_DELETE => Event::Delete,
            _ => Event::Truncate,
        }
    }

    pub(super) fn data(&self) -> &'a pg_sys::TriggerData {
        self.data
    }

    pub fn arguments(&self) -> Vec<String> {
        // SAFETY: tg_trigger and its tgnargs C strings live as long as the call.
        unsafe {
            let trigger = &*self.data.tg_trigger;
            (0..trigger.tgnargs as usize)
                .map(|index| CStr::from_ptr(*trigger.tgargs.add(index)).to_string_lossy().into_owned())
                .collect()
        }
    }

    /// Which trigger of all it is.
    pub fn trigger(&self) -> pg_sys::Oid {
        // SAFETY: tg_trigger lives as long as the call.
        unsafe { (*self.data.tg_trigger).tgoid }
    }

    pub fn relation(&self) -> pg_sys::Oid {
        // SAFETY: the relation is open during the call.
        unsafe { (*self.data.tg_relation).rd_id }
    }

    pub fn relation_name(&self) -> String {
        super::relation::quoted_name(self.relation())
    }

    fn descriptor(&self) -> pg_sys::TupleDesc {
        // SAFETY: the relation is open during the call.
        unsafe { (*self.data.tg_relation).rd_att }
    }

    pub fn attribute(&self, name: &str) -> Option<Attribute> {
        let name = CString::new(name).ok()?;
        // SAFETY: the descriptor is the open relation's and the name a C string.
        let number = unsafe { pg_sys::SPI_fnumber(self.descriptor(), name.as_ptr()) };
        if number <= 0 {
            return None;
        }
        // SAFETY: the number was found in this descriptor.
        let kind = unsafe { pg_sys::SPI_gettypeid(self.descriptor(), number) };
        let mut attribute = Attribute { number, kind, length: 0, by_value: false };
        // SAFETY: the type is an existing column's.
        unsafe { pg_sys::get_typlenbyval(kind, &mut attribute.length, &mut attribute.by_value) };
        Some(attribute)
    }

    /// All columns that rows hold values of, by name: not those that are computed when they are read.
    pub fn columns(&self) -> Vec<(String, Attribute)> {
        const VIRTUAL: u8 = b'v';
        // SAFETY: the descriptor is the open relation's and stays open during the call.
        let descriptor = unsafe { pgrx::PgTupleDesc::from_pg_unchecked(self.descriptor()) };
        let held = descriptor.iter().filter(|column| !column.attisdropped && column.attgenerated as u8 != VIRTUAL);
        held.map(|column| {
            let attribute = Attribute {
                number: i32::from(column.attnum),
                kind: column.atttypid,
                length: column.attlen,
                by_value: column.attbyval,
            };
            (column.name().to_owned(), attribute)
        })
        .collect()
    }

    /// Whether it is called for each row, not for a statement.
    pub fn is_for_row(&self) -> bool {
        self.data.tg_event & pg_sys::TRIGGER_EVENT_ROW != 0
    }

    pub fn is_partition(&self) -> bool {
        // SAFETY: the relation is open during the call.
        unsafe { (*(*self.data.tg_relation).rd_rel).relispartition }
    }

    /// The trigger's table: the relation, or the table that it is a partition of.
    pub fn table(&self) -> Result<pg_sys::Oid> {
        if !self.is_partition() {
            return Ok(self.relation());
        }
        let sql = "SELECT pg_catalog.pg_partition_root($1)::pg_catalog.oid";
        let found = spi::query(sql, &[Parameter::Oid(self.relation())], Mode::ReadLatest, |row| row.oid(1))?;
        Ok(found.into_iter().flatten().next().unwrap_or(self.relation()))
    }

    /// The numbers of the primary key's columns, in the key's order; none without one.
    pub fn primary_key(&self) -> Vec<i32> {
        // SAFETY: the relation is open during the call, which holds its indexes' locks or takes them here.
        unsafe {
            #[cfg(feature = "pg18")]
            let index = pg_sys::RelationGetPrimaryKeyIndex(self.data.tg_relation, true);
            #[cfg(not(feature = "pg18"))]
            let index = pg_sys::RelationGetPrimaryKeyIndex(self.data.tg_relation);
            if index == pg_sys::InvalidOid {
                return Vec::new();
            }
            let index = pgrx::PgRelation::with_lock(index, pg_sys::AccessShareLock as pg_sys::LOCKMODE);
            let form = &*index.rd_index;
            let numbers = form.indkey.values.as_ptr();
            (0..usize::from(form.indnkeyatts as u16)).map(|place| i32::from(*numbers.add(place))).collect()
        }
    }

    /// The column, which must be there.
    pub fn required_column(&self, name: &str) -> Result<Attribute> {
        self.attribute(name)
            .ok_or_else(|| Error::undefined_column(format!("{} has no column \"{name}\"", self.relation_name())))
    }

    /// The column, which must be there and of one of these types.
    pub fn required_attribute(&self, name: &str, kinds: &[pg_sys::Oid]) -> Result<Attribute> {
        let attribute = self.required_column(name)?;
        if !kinds.contains(&attribute.kind) {
            let kinds: Vec<String> = kinds.iter().map(|kind| super::relation::type_name(*kind)).collect();
            return Err(Error::datatype_mismatch(format!(
                "column \"{name}\" of {} must be of type {}, not {}",
                self.relation_name(),
                kinds.join(" or "),
                super::relation::type_name(attribute.kind)
            )));
        }
        Ok(attribute)
    }

    fn row(&self, tuple: pg_sys::HeapTuple) -> Row<'a> {
        Row { tuple, descriptor: self.descriptor(), call: PhantomData }
    }

    pub fn new_row(&self) -> Row<'a> {
        self.row(if self.event() == Event::Update { self.data.tg_newtuple } else { self.data.tg_trigtuple })
    }

    /// The row that an answer goes on with.
    pub fn answered(&self, answer: &Answer) -> Row<'a> {
        self.row(answer.0)
    }

    /// The row before an UPDATE.
    pub fn old_row(&self) -> Option<Row<'a>> {
        (self.event() == Event::Update).then(|| self.row(self.data.tg_trigtuple))
    }

    /// Goes on with the new row as it is.
    pub fn keep(&self) -> Answer {
        Answer(self.new_row().tuple)
    }

    /// Goes on with some columns replaced, in one rewrite of the row.
    pub fn replace(&self, columns: &[(Attribute, Option<pg_sys::Datum>)]) -> Answer {
        let mut numbers: Vec<i32> = columns.iter().map(|(attribute, _)| attribute.number).collect();
        let mut values: Vec<pg_sys::Datum> =
            columns.iter().map(|(_, value)| value.unwrap_or(pg_sys::Datum::from(0))).collect();
        let mut nulls: Vec<bool> = columns.iter().map(|(_, value)| value.is_none()).collect();
        // SAFETY: the three arrays have one entry a column, and the numbers are of this descriptor.
        Answer(unsafe {
            pg_sys::heap_modify_tuple_by_cols(
                self.new_row().tuple,
                self.descriptor(),
                columns.len() as i32,
                numbers.as_mut_ptr(),
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
            )
        })
    }

    /// What an AFTER trigger answers.
    pub fn nothing(&self) -> Answer {
        Answer(std::ptr::null_mut())
    }
}

/// A row in a trigger's call.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    tuple: pg_sys::HeapTuple,
    descriptor: pg_sys::TupleDesc,
    call: PhantomData<&'a ()>,
}

/// What rows of a call and rows of a transition table have in common.
pub trait Columns {
    fn datum(&self, attribute: Attribute) -> Option<pg_sys::Datum>;

    fn json(&self, attribute: Attribute) -> Option<Json> {
        self.datum(attribute).map(|datum| Json::of(attribute.kind, datum))
    }

    /// A column's value here and in the row as it is afterwards, where they differ: the same value may be stored in two ways.
    fn change(&self, after: &Self, attribute: Attribute) -> Option<(Option<Json>, Option<Json>)>
    where
        Self: Sized,
    {
        if self.same_bytes(after, attribute) {
            return None;
        }
        let (old, new) = (self.json(attribute), after.json(attribute));
        let is_same = old.as_ref().zip(new.as_ref()).is_some_and(|(old, new)| old.value().same_bytes(new.value()));
        (!is_same).then_some((old, new))
    }

    fn uuid(&self, attribute: Attribute) -> Option<[u8; 16]> {
        // SAFETY: the column is of type uuid, whose datum points to 16 bytes.
        self.datum(attribute.expect(&[pg_sys::UUIDOID])).map(|datum| unsafe { *datum.cast_mut_ptr::<[u8; 16]>() })
    }

    fn text(&self, attribute: Attribute) -> Option<String> {
        // SAFETY: the column is of a text type.
        self.datum(attribute.expect(TEXTS)).and_then(|datum| unsafe { String::from_datum(datum, false) })
    }

    fn texts(&self, attribute: Attribute) -> Vec<String> {
        let datum = self.datum(attribute.expect(&[pg_sys::TEXTARRAYOID]));
        // SAFETY: the column is of type text[].
        let texts = datum.and_then(|datum| unsafe { Vec::<Option<String>>::from_datum(datum, false) });
        texts.into_iter().flatten().flatten().collect()
    }

    fn integer(&self, attribute: Attribute) -> Option<i64> {
        let attribute = attribute.expect(&[pg_sys::INT2OID, pg_sys::INT4OID, pg_sys::INT8OID]);
        // SAFETY: the column is of the integer type that it is read as.
        self.datum(attribute).and_then(|datum| unsafe {
            match attribute.kind {
                pg_sys::INT2OID => i16::from_datum(datum, false).map(i64::from),
                pg_sys::INT4OID => i32::from_datum(datum, false).map(i64::from),
                _ => i64::from_datum(datum, false),
            }
        })
    }

    fn boolean(&self, attribute: Attribute) -> Option<bool> {
        self.datum(attribute.expect(&[pg_sys::BOOLOID])).map(|datum| datum.value() != 0)
    }

    fn jsonb(&self, attribute: Attribute) -> Option<Jsonb> {
        // SAFETY: the column is of type jsonb.
        self.datum(attribute.expect(&[pg_sys::JSONBOID])).and_then(|datum| unsafe { Jsonb::from_datum(datum, false) })
    }

    /// Whether both rows store the same bytes, without detoasting: a value that was not written is the same pointer.
    fn same_bytes(&self, other: &Self, attribute: Attribute) -> bool {
        match (self.datum(attribute), other.datum(attribute)) {
            (None, None) => true,
            (Some(left), Some(right)) => {
                left.value() == right.value()
                    || (!attribute.by_value && stored_bytes(left, attribute) == stored_bytes(right, attribute))
            }
            _ => false,
        }
    }
}

impl Columns for Row<'_> {
    fn datum(&self, attribute: Attribute) -> Option<pg_sys::Datum> {
        let number = NonZeroUsize::new(attribute.number as usize)?;
        // SAFETY: the attribute is of this row's descriptor and the tuple lives as long as the call.
        unsafe { pgrx::htup::heap_getattr_raw(self.tuple, number, self.descriptor) }
    }
}

impl Row<'_> {
    /// The row as one value of its table's row type.
    pub fn composite(&self) -> spi::Value {
        // SAFETY: the tuple is of this descriptor, which is a table's and so names its row type; the copy is the caller's.
        unsafe {
            let datum = pg_sys::heap_copy_tuple_as_datum(self.tuple, self.descriptor);
            spi::Value::of((*self.descriptor).tdtypeid, Some(datum))
        }
    }

    /// The bytes that the row stores, toasted or not; none for NULL.
    pub fn bytes(&self, attribute: Attribute) -> Option<Vec<u8>> {
        let datum = self.datum(attribute)?;
        if attribute.by_value {
            return Some(datum.value().to_ne_bytes().to_vec());
        }
        Some(stored_bytes(datum, attribute).to_vec())
    }
}

fn stored_bytes<'a>(datum: pg_sys::Datum, attribute: Attribute) -> &'a [u8] {
    let start: *const u8 = datum.cast_mut_ptr();
    // SAFETY: a value not passed by value has its type's length, or is a varlena, which states its own, toasted or not; the row
    // that holds it lives as long as the call.
    unsafe {
        let length = usize::try_from(attribute.length).unwrap_or_else(|_| pgrx::varlena::varsize_any(start.cast()));
        std::slice::from_raw_parts(start, length)
    }
}
