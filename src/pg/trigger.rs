//! A trigger's call, its rows and its answer.
use super::call::FunctionCallInfo;
use super::jsonb::{Json, Jsonb};
use super::relation;
use super::rights::OwnedTable;

use super::value::{self, Field, Value};
use super::written::Form;
use crate::pg::error::{Error, Result, raise};
use pgrx::callconv::{BoxRet, FcInfo};
use pgrx::pg_sys;
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use std::ffi::{CStr, CString};
use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::ops::Deref;

/// What hints say where a trigger needs a column that its table has not.
pub const NAMED_OTHERWISE: &str = "The trigger needs it. Was it renamed? Call the function of rowkit that made the trigger again with the name of today, or \
                                   CREATE OR REPLACE TRIGGER with other arguments.";

/// What a trigger function answers: a row to go on with, or nothing for an AFTER trigger.
pub struct Answer<'a> {
    tuple: pg_sys::HeapTuple,
    call: PhantomData<&'a ()>,
}

// SAFETY: a trigger's result is a bare tuple pointer, or zero.
unsafe impl BoxRet for Answer<'_> {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        // SAFETY: the pointer is what the trigger manager expects of a trigger function.
        unsafe { fcinfo.return_raw_datum(pg_sys::Datum::from(self.tuple)) }
    }
}

// SAFETY: the type stands for trigger in SQL.
unsafe impl SqlTranslatable for Answer<'_> {
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

/// A column of the trigger's relation. What is known of it can be read, and not be made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    about: About,
    /// The column's own type, which may be a domain.
    declared: pg_sys::Oid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    pub number: i32,
    /// What its values are stored as: its type, or the base type of a domain.
    pub kind: pg_sys::Oid,
}

impl Deref for Attribute {
    type Target = About;

    fn deref(&self) -> &About {
        &self.about
    }
}

impl Attribute {
    fn new(number: i32, declared: pg_sys::Oid) -> Attribute {
        Attribute { about: About { number, kind: relation::stored_as(declared) }, declared }
    }

    /// Whether its values can be the elements of an array that `unnest` gives back as they are.
    pub fn fits_in_array(self) -> bool {
        // SAFETY: look-ups by oid in the system cache.
        unsafe {
            pg_sys::get_array_type(self.declared) != pg_sys::InvalidOid && !pg_sys::type_is_rowtype(self.declared)
        }
    }

    /// The column in a row's descriptor, which must have it: an attribute of another relation is refused.
    ///
    /// # Safety
    /// The descriptor lives as long as `'a`.
    pub(super) unsafe fn of<'a>(self, descriptor: pg_sys::TupleDesc) -> &'a pg_sys::FormData_pg_attribute {
        // SAFETY: as the caller promises.
        match unsafe { value::column_of(descriptor, self.number) } {
            Some(column) if column.atttypid == self.declared => column,
            _ => raise(
                Error::datatype_mismatch(format!("column {} is not the one that was looked up", self.number))
                    .hint("The table was changed meanwhile: try again."),
            ),
        }
    }
}

/// One call of a trigger function.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    data: &'a pg_sys::TriggerData,
    fcinfo: FunctionCallInfo<'a>,
}

impl<'a> Call<'a> {
    /// Checks that the server called `function` as the trigger it is meant to be.
    pub fn new(fcinfo: FunctionCallInfo<'a>, function: &str, timing: Timing, events: &[Event]) -> Result<Call<'a>> {
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
            let context = (*fcinfo.as_ptr()).context;
            if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_TriggerData {
                return Err(wrong());
            }
            &*(context as *const pg_sys::TriggerData)
        };
        let call = Call { data, fcinfo };
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
        relation::quoted_name(self.relation())
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
        Some(Attribute::new(number, kind))
    }

    /// All columns that rows hold values of, by name: not those that are computed when they are read.
    pub fn columns(&self) -> Vec<(String, Attribute)> {
        const VIRTUAL: u8 = b'v';
        // SAFETY: the descriptor is the open relation's and stays open during the call.
        let descriptor = unsafe { pgrx::PgTupleDesc::from_pg_unchecked(self.descriptor()) };
        let held = descriptor.iter().filter(|column| !column.attisdropped && column.attgenerated as u8 != VIRTUAL);
        held.map(|column| (column.name().to_owned(), Attribute::new(i32::from(column.attnum), column.atttypid)))
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
    pub fn table(&self) -> pg_sys::Oid {
        if self.is_partition() { relation::root(self.relation()) } else { self.relation() }
    }

    /// Whether the trigger's row is one of this table: of the relation itself, or of a partition of it.
    pub fn is_of(&self, table: pg_sys::Oid) -> bool {
        table == self.relation() || table == self.table()
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

    /// How many rows this transaction has put into the relation so far, rolled back subtransactions left out; none where the server does not count.
    /// If it is the same as in a row's BEFORE trigger, the row was not inserted.
    pub fn inserted_rows(&self) -> Option<i64> {
        // SAFETY: the relation is open during the call; its statistics, where it has some, are the session's own, and the transaction's part of them
        // is a list by subtransaction.
        unsafe {
            let relation = &*self.data.tg_relation;
            // Other access methods may not count.
            if !pg_sys::pgstat_track_counts || (*relation.rd_rel).relam != pg_sys::HEAP_TABLE_AM_OID {
                return None;
            }
            let mut part = match relation.pgstat_info.as_ref() {
                Some(statistics) => statistics.trans,
                None => std::ptr::null_mut(),
            };
            let mut count = 0_i64;
            while let Some(of_level) = part.as_ref() {
                count = count.saturating_add(of_level.tuples_inserted);
                part = of_level.upper;
            }
            Some(count)
        }
    }

    /// The column, which must be there.
    pub fn required_column(&self, name: &str) -> Result<Attribute> {
        self.attribute(name).ok_or_else(|| {
            Error::undefined_column(format!("{} has no column \"{name}\"", self.relation_name())).hint(NAMED_OTHERWISE)
        })
    }

    /// The column, which must be there and of one of these types.
    pub fn required_attribute(&self, name: &str, kinds: &[pg_sys::Oid]) -> Result<Attribute> {
        let attribute = self.required_column(name)?;
        if !kinds.contains(&attribute.kind) {
            let kinds: Vec<String> = kinds.iter().map(|kind| relation::type_name(*kind)).collect();
            return Err(Error::datatype_mismatch(format!(
                "column \"{name}\" of {} must be of type {}, not {}",
                self.relation_name(),
                kinds.join(" or "),
                relation::type_name(attribute.kind)
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
    pub fn answered(&self, answer: &Answer<'a>) -> Row<'a> {
        if answer.tuple.is_null() { self.new_row() } else { self.row(answer.tuple) }
    }

    /// The row before an UPDATE.
    pub fn old_row(&self) -> Option<Row<'a>> {
        (self.event() == Event::Update).then(|| self.row(self.data.tg_trigtuple))
    }

    fn answer(&self, tuple: pg_sys::HeapTuple) -> Answer<'a> {
        Answer { tuple, call: PhantomData }
    }

    /// Goes on with the new row as it is.
    pub fn keep(&self) -> Answer<'a> {
        self.answer(self.new_row().tuple)
    }

    /// Goes on with some columns replaced, in one rewrite of the row. A value must be of its column's type (42804).
    pub fn replace(&self, columns: &[(Attribute, Value)]) -> Answer<'a> {
        let (row, descriptor) = (self.new_row(), self.descriptor());
        if row.tuple.is_null() {
            raise(Error::trigger_protocol("a trigger for each statement has no row to change"));
        }
        let mut numbers: Vec<i32> = columns.iter().map(|(attribute, _)| attribute.number).collect();
        // SAFETY: the descriptor is the open relation's.
        let lent = columns.iter().map(|(attribute, value)| value.datum_for(unsafe { attribute.of(descriptor) }));
        let mut values: Vec<pg_sys::Datum> = lent.map(value::Lent::or_zero).collect();
        let mut nulls: Vec<bool> = columns.iter().map(|(_, value)| value.is_null()).collect();
        // SAFETY: the three arrays have one entry a column, and the numbers are of this descriptor, each with a value of its type. The new
        // row lies where the call's result must, whichever memory context is current.
        let tuple = unsafe {
            let before = pg_sys::MemoryContextSwitchTo(self.fcinfo.result_context());
            let tuple = pg_sys::heap_modify_tuple_by_cols(
                row.tuple,
                descriptor,
                columns.len() as i32,
                numbers.as_mut_ptr(),
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
            );
            pg_sys::MemoryContextSwitchTo(before);
            tuple
        };
        self.answer(tuple)
    }

    /// What a BEFORE trigger answers to leave the row out of the statement.
    pub fn skip(&self) -> Answer<'a> {
        self.nothing()
    }

    /// What an AFTER trigger answers.
    pub fn nothing(&self) -> Answer<'a> {
        self.answer(std::ptr::null_mut())
    }
}

/// A row in a trigger's call.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    tuple: pg_sys::HeapTuple,
    descriptor: pg_sys::TupleDesc,
    call: PhantomData<&'a ()>,
}

/// What rows of a call and rows of a transition table have in common. A getter that does not suit the column's type raises 42804.
pub trait Columns {
    /// The column's value, good as long as the row is.
    fn field(&self, attribute: Attribute) -> Field<'_>;

    fn is_null(&self, attribute: Attribute) -> bool {
        self.field(attribute).is_null()
    }

    /// The column's value as it is written down.
    fn written(&self, attribute: Attribute, form: Form) -> Option<Json<'_>> {
        self.field(attribute).written(form)
    }

    /// A column's value here and in the row as it is afterwards, as they are written down, where they differ: the same value may be stored in
    /// two ways.
    fn change<'r>(&'r self, after: &'r Self, attribute: Attribute) -> Option<Change<'r>>
    where
        Self: Sized,
    {
        self.change_as(after, attribute, Form::of(attribute.kind))
    }

    /// The same with the form of the column's type, where it was looked up.
    fn change_as<'r>(&'r self, after: &'r Self, attribute: Attribute, form: Form) -> Option<Change<'r>>
    where
        Self: Sized,
    {
        if self.same_bytes(after, attribute) {
            return None;
        }
        let (old, new) = (self.written(attribute, form), after.written(attribute, form));
        let is_same = old.as_ref().zip(new.as_ref()).is_some_and(|(old, new)| old.value().same_bytes(new.value()));
        (!is_same).then_some((old, new))
    }

    fn uuid(&self, attribute: Attribute) -> Option<[u8; 16]> {
        self.field(attribute).uuid()
    }

    fn text(&self, attribute: Attribute) -> Option<String> {
        self.field(attribute).text()
    }

    fn texts(&self, attribute: Attribute) -> Vec<String> {
        self.field(attribute).texts()
    }

    fn integer(&self, attribute: Attribute) -> Option<i64> {
        self.field(attribute).integer()
    }

    fn boolean(&self, attribute: Attribute) -> Option<bool> {
        self.field(attribute).boolean()
    }

    fn jsonb(&self, attribute: Attribute) -> Option<Jsonb<'_>> {
        self.field(attribute).jsonb()
    }

    /// A copy of the value, of any type.
    fn value(&self, attribute: Attribute) -> Value {
        self.field(attribute).value()
    }

    /// Whether both rows store the same bytes, without detoasting: a value that was not written is the same pointer.
    fn same_bytes(&self, other: &Self, attribute: Attribute) -> bool {
        let (left, right) = (self.field(attribute), other.field(attribute));
        match (left.datum(), right.datum()) {
            (None, None) => true,
            (Some(one), Some(another)) => {
                one.value() == another.value()
                    || (!left.is_by_value() && left.stored_bytes(one) == right.stored_bytes(another))
            }
            _ => false,
        }
    }
}

/// A column's value before and after.
pub type Change<'r> = (Option<Json<'r>>, Option<Json<'r>>);

impl<'a> Row<'a> {
    fn field_of(&self, attribute: Attribute) -> Field<'a> {
        // SAFETY: the attribute is one of this row's descriptor, which lives as long as the call, as the tuple does.
        unsafe {
            let column = attribute.of(self.descriptor);
            // A call for a statement has no row.
            let number = NonZeroUsize::new(attribute.number as usize).filter(|_| !self.tuple.is_null());
            let datum = number.and_then(|number| pgrx::htup::heap_getattr_raw(self.tuple, number, self.descriptor));
            Field::new(column, attribute.kind, datum)
        }
    }

    /// Row locator (ctid) of an existing row; NULL in a statement trigger.
    pub fn locator(&self) -> Value {
        if self.tuple.is_null() {
            return Value::null(pg_sys::TIDOID);
        }
        // SAFETY: the tuple lives as long as the call.
        Value::tid(unsafe { &(*self.tuple).t_self })
    }

    /// The row as one value of its table's row type.
    pub fn composite(&self) -> Value {
        // SAFETY: the tuple is of this descriptor, which is a table's and so names its row type; the copy is the caller's.
        unsafe {
            if self.tuple.is_null() {
                return Value::null((*self.descriptor).tdtypeid);
            }
            let datum = pg_sys::heap_copy_tuple_as_datum(self.tuple, self.descriptor);
            Value::made((*self.descriptor).tdtypeid, datum)
        }
    }

    /// The bytes that the row stores, toasted or not; none for NULL.
    pub fn bytes(&self, attribute: Attribute) -> Option<Vec<u8>> {
        let field = self.field_of(attribute);
        let datum = field.datum()?;
        if field.is_by_value() {
            return Some(datum.value().to_ne_bytes().to_vec());
        }
        Some(field.stored_bytes(datum).to_vec())
    }
}

impl Columns for Row<'_> {
    fn field(&self, attribute: Attribute) -> Field<'_> {
        self.field_of(attribute)
    }
}

impl OwnedTable {
    /// The table that a trigger hangs on, whose statement holds it.
    pub fn of_trigger(call: &Call<'_>) -> Result<OwnedTable> {
        OwnedTable::checked(call.relation(), true)
    }
}
