//! The rows a statement touched, read from its transition tables without a query.
use super::trigger::{Attribute, Call, Columns};
use crate::error::{Error, Result};
use pgrx::pg_sys;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Old,
    New,
}

/// A row of a transition table; good until the next one is read.
pub struct TransitionRow {
    slot: *mut pg_sys::TupleTableSlot,
}

impl Columns for TransitionRow {
    fn datum(&self, attribute: Attribute) -> Option<pg_sys::Datum> {
        // SAFETY: the slot holds a row of the relation that the attribute was found in.
        unsafe {
            let slot = self.slot;
            if i32::from((*slot).tts_nvalid) < attribute.number {
                pg_sys::slot_getsomeattrs_int(slot, attribute.number);
            }
            let index = attribute.number as usize - 1;
            (!*(*slot).tts_isnull.add(index)).then(|| *(*slot).tts_values.add(index))
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
    let data = call.data();
    let store = if side == Side::Old { data.tg_oldtable } else { data.tg_newtable };
    if store.is_null() {
        let clause = if side == Side::Old { "OLD TABLE AS old_rows" } else { "NEW TABLE AS new_rows" };
        return Err(Error::trigger_protocol(format!("{function} needs a transition table"))
            .hint(format!("Create the trigger with REFERENCING {clause}.")));
    }
    // SAFETY: the descriptor is the open relation's; the slot is freed below, or by the server after an error.
    let slot =
        unsafe { pg_sys::MakeSingleTupleTableSlot((*data.tg_relation).rd_att, &raw const pg_sys::TTSOpsMinimalTuple) };
    let row = TransitionRow { slot };
    // SAFETY: the tuplestore belongs to the running statement.
    unsafe { pg_sys::tuplestore_rescan(store) };
    let mut outcome = Ok(());
    // SAFETY: store and slot are alive.
    while unsafe { pg_sys::tuplestore_gettupleslot(store, true, false, row.slot) } {
        outcome = each(&row);
        if outcome.is_err() {
            break;
        }
    }
    // SAFETY: nothing uses the slot any more.
    unsafe { pg_sys::ExecDropSingleTupleTableSlot(row.slot) };
    outcome
}
