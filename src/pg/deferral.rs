//! Deferred triggers: how an event is queued that the server fires before COMMIT.
//!
//! SQL that can run code of users has no place in a transaction callback: when the server calls it, it has fired the deferred triggers and closed the cursors, and does neither again.
//! An event that is queued here is fired in the server's own loop, which goes on until there is nothing left to fire or to close.
use super::raised::passing;
use crate::pg::error::Result;
use pgrx::pg_sys;

const LOCK: pg_sys::LOCKMODE = pg_sys::RowExclusiveLock as pg_sys::LOCKMODE;

/// Queues the AFTER triggers of a row that is put into the table, and removes the row: the server finds it by its place, removed or not. Nobody's rights are asked for. The table
/// must be an ordinary one without columns, indexes and BEFORE triggers.
pub fn queue(table: pg_sys::Oid) -> Result<()> {
    passing(|| {
        // SAFETY: the relation is open and locked while it is used, and what is made here is ended below, or by the server after an error.
        unsafe {
            let relation = pg_sys::table_open(table, LOCK);
            let state = pg_sys::CreateExecutorState();
            let before = pg_sys::MemoryContextSwitchTo((*state).es_query_cxt);
            let target: *mut pg_sys::ResultRelInfo = pg_sys::palloc0(size_of::<pg_sys::ResultRelInfo>()).cast();
            (*target).type_ = pg_sys::NodeTag::T_ResultRelInfo;
            pg_sys::InitResultRelInfo(target, relation, 0, std::ptr::null_mut(), 0);
            let slot = pg_sys::MakeSingleTupleTableSlot((*relation).rd_att, &raw const pg_sys::TTSOpsVirtual);
            pg_sys::MemoryContextSwitchTo(before);
            pg_sys::ExecStoreAllNullTuple(slot);
            pg_sys::AfterTriggerBeginQuery();
            pg_sys::simple_table_tuple_insert(relation, slot);
            pg_sys::ExecARInsertTriggers(state, target, slot, std::ptr::null_mut(), std::ptr::null_mut());
            pg_sys::AfterTriggerEndQuery(state);
            // The row is there for the next command.
            pg_sys::CommandCounterIncrement();
            pg_sys::simple_table_tuple_delete(relation, &raw mut (*slot).tts_tid, &raw mut pg_sys::SnapshotAnyData);
            pg_sys::ExecDropSingleTupleTableSlot(slot);
            pg_sys::FreeExecutorState(state);
            pg_sys::table_close(relation, pg_sys::NoLock as pg_sys::LOCKMODE);
        }
        Ok(())
    })
}
