//! A trigger's call, its rows and its answer.
use super::jsonb::Jsonb;
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
    AfterStatement,
}

/// A column of the trigger's relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    pub number: i32,
    pub kind: pg_sys::Oid,
}

/// One call of a trigger function.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    data: &'a pg_sys::TriggerData,
}

impl<'a> Call<'a> {
    /// Checks that the server called `function` as the trigger it is meant to be.
    pub fn new(fcinfo: pg_sys::FunctionCallInfo, function: &str, timing: Timing, events: &[Event]) -> Result<Call<'a>> {
        let wrong = |what: &str| Error::trigger_protocol(format!("{function} must be called {what}"));
        // SAFETY: the server hands every C function a valid call info; its context is a node or null.
        let data = unsafe {
            let context = (*fcinfo).context;
            if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_TriggerData {
                return Err(wrong("as a trigger"));
            }
            &*(context as *const pg_sys::TriggerData)
        };
        let call = Call { data };
        let bits = data.tg_event;
        let is_before = bits & pg_sys::TRIGGER_EVENT_TIMINGMASK == pg_sys::TRIGGER_EVENT_BEFORE;
        let is_row = bits & pg_sys::TRIGGER_EVENT_ROW != 0;
        match timing {
            Timing::BeforeRow if !(is_before && is_row) => return Err(wrong("BEFORE, FOR EACH ROW")),
            Timing::AfterStatement if is_before || is_row => return Err(wrong("AFTER, FOR EACH STATEMENT")),
            _ => {}
        }
        if !events.contains(&call.event()) {
            return Err(wrong(&format!("on {events:?}").to_uppercase()));
        }
        Ok(call)
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
        Some(Attribute { number, kind })
    }

    /// The column, which must be there and of one of these types.
    pub fn required_attribute(&self, name: &str, kinds: &[pg_sys::Oid]) -> Result<Attribute> {
        let attribute = self
            .attribute(name)
            .ok_or_else(|| Error::undefined_column(format!("{} has no column \"{name}\"", self.relation_name())))?;
        if !kinds.contains(&attribute.kind) {
            return Err(Error::datatype_mismatch(format!(
                "column \"{name}\" of {} is not of the type that the trigger works on",
                self.relation_name()
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

    fn uuid(&self, attribute: Attribute) -> Option<[u8; 16]> {
        // SAFETY: the caller asks for a uuid column, whose datum points to 16 bytes.
        self.datum(attribute).map(|datum| unsafe { *datum.cast_mut_ptr::<[u8; 16]>() })
    }

    fn text(&self, attribute: Attribute) -> Option<String> {
        // SAFETY: the caller asks for a column of a text type.
        self.datum(attribute).and_then(|datum| unsafe { String::from_datum(datum, false) })
    }

    fn boolean(&self, attribute: Attribute) -> Option<bool> {
        self.datum(attribute).map(|datum| datum.value() != 0)
    }

    fn jsonb(&self, attribute: Attribute) -> Option<Jsonb> {
        // SAFETY: the caller asks for a jsonb column.
        self.datum(attribute).and_then(|datum| unsafe { Jsonb::from_datum(datum, false) })
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
    /// Whether both rows store the same bytes, without detoasting: a value that was not written is the same pointer.
    pub fn same_bytes(&self, other: &Row<'_>, attribute: Attribute) -> bool {
        match (self.datum(attribute), other.datum(attribute)) {
            (None, None) => true,
            (Some(left), Some(right)) => {
                let (left, right): (*const u8, *const u8) = (left.cast_mut_ptr(), right.cast_mut_ptr());
                // SAFETY: watched columns are uuid, of 16 bytes, or varlena, which state their length, toasted or not.
                let bytes = |start: *const u8| unsafe {
                    let length =
                        if attribute.kind == pg_sys::UUIDOID { 16 } else { pgrx::varlena::varsize_any(start.cast()) };
                    std::slice::from_raw_parts(start, length)
                };
                left == right || bytes(left) == bytes(right)
            }
            _ => false,
        }
    }
}
