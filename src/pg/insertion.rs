//! Rows put into a table without a statement, as the server's own replication does: checks and indexes, and nothing else.
use super::raised::passing;
use super::relation::quoted_name;
use super::value::{self, Value};
use crate::pg::error::{Error, Result, raise};
use pgrx::pg_sys;

/// A table that takes rows. It must be one whose rows need no more than checks and indexes: no triggers, rules, defaults
/// or generated columns, and no parts.
pub struct Insertion {
    relation: pg_sys::Relation,
    table: *mut pg_sys::ResultRelInfo,
    state: *mut pg_sys::EState,
    slot: *mut pg_sys::TupleTableSlot,
}

const LOCK: pg_sys::LOCKMODE = pg_sys::RowExclusiveLock as pg_sys::LOCKMODE;

/// Locks a table as a statement does that writes to it; what others did to it until then is known afterwards.
pub fn lock(table: pg_sys::Oid) {
    // SAFETY: a lock on a number, which need not be a table's any more.
    unsafe { pg_sys::LockRelationOid(table, LOCK) };
}

/// Runs `work` with a table that takes rows. It is lent, so that it ends before the memory and the lock that it needs.
pub fn into<T>(table: pg_sys::Oid, work: impl FnOnce(&Insertion) -> Result<T>) -> Result<T> {
    lock(table);
    // SAFETY: a look-up by oid in the system cache.
    if unsafe { pg_sys::get_rel_relkind(table) } as u8 != pg_sys::RELKIND_RELATION {
        return Err(Error::wrong_object(format!("{} is not an ordinary table", quoted_name(table)))
            .hint("rowkit puts rows only into ordinary tables."));
    }
    passing(|| work(&Insertion::open(table)))
}

impl Insertion {
    /// The caller holds RowExclusiveLock.
    fn open(table: pg_sys::Oid) -> Insertion {
        // SAFETY: the table is there, as it is locked; what is made here is ended on drop, or by the server after an error. Without
        // a place in a range table the relation is named by no query, which the server expects of such insertions.
        unsafe {
            let relation = pg_sys::table_open(table, pg_sys::NoLock as pg_sys::LOCKMODE);
            let state = pg_sys::CreateExecutorState();
            let before = pg_sys::MemoryContextSwitchTo((*state).es_query_cxt);
            let table: *mut pg_sys::ResultRelInfo = pg_sys::palloc0(size_of::<pg_sys::ResultRelInfo>()).cast();
            (*table).type_ = pg_sys::NodeTag::T_ResultRelInfo;
            pg_sys::InitResultRelInfo(table, relation, 0, std::ptr::null_mut(), 0);
            pg_sys::ExecOpenIndices(table, false);
            let slot = pg_sys::MakeSingleTupleTableSlot((*relation).rd_att, &raw const pg_sys::TTSOpsVirtual);
            pg_sys::MemoryContextSwitchTo(before);
            Insertion { relation, table, state, slot }
        }
    }

    /// Inserts a row of these columns, by number; the others are NULL. A value must be of its column's type (42804).
    pub fn insert<'v>(&self, columns: impl Iterator<Item = (i16, &'v Value)>) {
        // SAFETY: the slot has room for each column of the table, and the values outlive the insertion.
        unsafe {
            let slot = self.slot;
            let descriptor = (*self.relation).rd_att;
            let count = (*descriptor).natts as usize;
            if let Some(clear) = (*(*slot).tts_ops).clear {
                clear(slot);
            }
            std::slice::from_raw_parts_mut((*slot).tts_isnull, count).fill(true);
            for (number, value) in columns {
                let Some(column) = value::column_of(descriptor, i32::from(number)) else {
                    let name = quoted_name((*self.relation).rd_id);
                    raise(Error::undefined_column(format!("{name} has no column {number}")))
                };
                let place = number as usize - 1;
                *(*slot).tts_values.add(place) = value.datum_for(column).or_zero();
                *(*slot).tts_isnull.add(place) = value.is_null();
            }
            pg_sys::ExecStoreVirtualTuple(slot);
            if !(*descriptor).constr.is_null() {
                pg_sys::ExecConstraints(self.table, slot, self.state);
            }
            pg_sys::simple_table_tuple_insert(self.relation, slot);
            self.insert_index_entries();
            let expressions = (*self.state).es_per_tuple_exprcontext;
            if !expressions.is_null() {
                pg_sys::MemoryContextReset((*expressions).ecxt_per_tuple_memory);
            }
        }
    }

    fn insert_index_entries(&self) {
        let (table, slot, state) = (self.table, self.slot, self.state);
        let nothing = (std::ptr::null_mut(), std::ptr::null_mut());
        #[cfg(any(feature = "pg14", feature = "pg15"))]
        // SAFETY: the slot holds the row just inserted, and its place.
        unsafe {
            pg_sys::ExecInsertIndexTuples(table, slot, state, false, false, nothing.0, nothing.1);
        }
        #[cfg(any(feature = "pg16", feature = "pg17", feature = "pg18"))]
        // SAFETY: the slot holds the row just inserted, and its place.
        unsafe {
            pg_sys::ExecInsertIndexTuples(table, slot, state, false, false, nothing.0, nothing.1, false);
        }
    }
}

impl Drop for Insertion {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: nothing uses them any more; the lock stays until the transaction ends.
            unsafe {
                pg_sys::ExecCloseIndices(self.table);
                pg_sys::ExecDropSingleTupleTableSlot(self.slot);
                pg_sys::FreeExecutorState(self.state);
                pg_sys::table_close(self.relation, pg_sys::NoLock as pg_sys::LOCKMODE);
            }
        }
    }
}
