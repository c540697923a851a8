//! The rows a statement touched, read from its transition tables without a query.
use super::spi::{self, ResultRow};
use super::trigger::{Attribute, Call, Columns};
use super::value::{Field, Value};
use crate::core::work;
use crate::pg::error::{Error, Result};
use pgrx::pg_sys;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Old,
    New,
}

/// A row of a transition table. Who gets one gets it lent, until the next one is read.
pub struct TransitionRow {
    slot: *mut pg_sys::TupleTableSlot,
}

impl Columns for TransitionRow {
    fn field(&self, attribute: Attribute) -> Field<'_> {
        // SAFETY: the attribute is one of the slot's descriptor, and the slot holds a row as long as it is lent.
        unsafe {
            let slot = self.slot;
            let column = attribute.of((*slot).tts_tupleDescriptor);
            if i32::from((*slot).tts_nvalid) < attribute.number {
                pg_sys::slot_getsomeattrs_int(slot, attribute.number);
            }
            let index = attribute.number as usize - 1;
            let datum = (!*(*slot).tts_isnull.add(index)).then(|| *(*slot).tts_values.add(index));
            Field::new(column, attribute.kind, datum)
        }
    }
}

/// The rows of one side, one after the other.
struct Rows {
    store: *mut pg_sys::Tuplestorestate,
    row: TransitionRow,
}

impl Rows {
    fn open(call: &Call<'_>, side: Side, function: &str) -> Result<Rows> {
        let data = call.data();
        let store = if side == Side::Old { data.tg_oldtable } else { data.tg_newtable };
        if store.is_null() {
            let clause = if side == Side::Old { "OLD TABLE AS old_rows" } else { "NEW TABLE AS new_rows" };
            return Err(Error::trigger_protocol(format!("{function} needs a transition table"))
                .hint(format!("Create the trigger with REFERENCING {clause}.")));
        }
        // SAFETY: the descriptor is the open relation's; the slot is freed on drop, or by the server after an error; the tuplestore
        // belongs to the running statement.
        let slot = unsafe {
            pg_sys::tuplestore_rescan(store);
            pg_sys::MakeSingleTupleTableSlot((*data.tg_relation).rd_att, &raw const pg_sys::TTSOpsMinimalTuple)
        };
        Ok(Rows { store, row: TransitionRow { slot } })
    }

    fn count(&self) -> i64 {
        // SAFETY: the tuplestore belongs to the running statement.
        unsafe { pg_sys::tuplestore_tuple_count(self.store) }
    }

    fn next(&mut self) -> Option<&TransitionRow> {
        work::step();
        // SAFETY: store and slot are alive.
        unsafe { pg_sys::tuplestore_gettupleslot(self.store, true, false, self.row.slot) }.then_some(&self.row)
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: nothing uses the slot any more.
            unsafe { pg_sys::ExecDropSingleTupleTableSlot(self.row.slot) };
        }
    }
}

/// Calls `each` for every row; `function` names who asks when the trigger was made without the table.
pub fn for_each_row(
    call: &Call<'_>,
    side: Side,
    function: &str,
    mut each: impl FnMut(&TransitionRow) -> Result<()>,
) -> Result<()> {
    let mut rows = Rows::open(call, side, function)?;
    while let Some(row) = rows.next() {
        each(row)?;
    }
    Ok(())
}

/// Calls `each` for every row of an UPDATE, as it was and as it is: the server writes the two tables in step.
pub fn for_each_pair(
    call: &Call<'_>,
    function: &str,
    mut each: impl FnMut(&TransitionRow, &TransitionRow) -> Result<()>,
) -> Result<()> {
    let (mut before, mut after) = (Rows::open(call, Side::Old, function)?, Rows::open(call, Side::New, function)?);
    if before.count() != after.count() {
        return Err(Error::not_supported(format!(
            "{function} cannot follow rows that left {} on their way to another partition",
            call.relation_name()
        ))
        .hint("A BEFORE INSERT trigger of the partition answered NULL: DELETE the rows instead."));
    }
    while let (Some(old), Some(new)) = (before.next(), after.next()) {
        each(old, new)?;
    }
    Ok(())
}

/// Rows of the trigger's table that a query returned whole, each as one value.
pub struct WholeRows {
    kind: pg_sys::Oid,
    row: TransitionRow,
}

impl WholeRows {
    pub fn of(call: &Call<'_>) -> WholeRows {
        let relation = call.data().tg_relation;
        // SAFETY: type and descriptor are the open relation's; the slot is freed on drop, or by the server after an error.
        unsafe {
            let slot = pg_sys::MakeSingleTupleTableSlot((*relation).rd_att, &raw const pg_sys::TTSOpsVirtual);
            WholeRows { kind: (*(*relation).rd_rel).reltype, row: TransitionRow { slot } }
        }
    }

    /// Lends a row to `read`; none for a value that is not of the table's type.
    pub fn lend<T>(&mut self, value: &Value, read: impl FnOnce(&TransitionRow) -> T) -> Option<T> {
        let datum = value.datum().get().filter(|_| value.kind() == self.kind)?;
        // SAFETY: the datum is a row of the slot's table; the slot points into it while it is lent, and is read at no other time.
        unsafe {
            let header: pg_sys::HeapTupleHeader = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast();
            let mut tuple = pg_sys::HeapTupleData {
                t_len: pgrx::varlena::varsize(header.cast()) as u32,
                t_data: header,
                ..Default::default()
            };
            pg_sys::ExecForceStoreHeapTuple(&raw mut tuple, self.row.slot, false);
        }
        Some(read(&self.row))
    }
}

impl Drop for WholeRows {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: nothing uses the slot any more.
            unsafe { pg_sys::ExecDropSingleTupleTableSlot(self.row.slot) };
        }
    }
}

/// Runs a query in which `new_rows` and `old_rows` are what the trigger's statement touched.
pub fn query_touched<T>(call: &Call<'_>, sql: &str, read: impl FnMut(&ResultRow) -> T) -> Result<Vec<T>> {
    let register = || {
        // SAFETY: the trigger's data lives as long as the call, and the query's connection ends before it.
        let code = unsafe { pg_sys::SPI_register_trigger_data(std::ptr::from_ref(call.data()).cast_mut()) };
        if code < 0 {
            return Err(Error::internal(format!("the rows of a statement cannot be read: code {code}")));
        }
        Ok(())
    };
    // What old_rows and new_rows are is the table's.
    spi::query_prepared(sql, call.relation(), register, read)
}
