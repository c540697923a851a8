//! Runs several statements as one: their AFTER triggers, including foreign keys, fire after the last.
//!
//! Foreign keys are AFTER triggers, so that rows which refer to each other can be written in any order. The server fires the referential actions of a
//! statement's rows in the same way.
use crate::pg::error::Result;
use pgrx::pg_sys;
use std::cell::Cell;

thread_local! {
    /// The command id at which [`as_one`] began; none outside it.
    static BEGAN: Cell<Option<pg_sys::CommandId>> = const { Cell::new(None) };
}

/// Returns the command id before any change of these statements, whose triggers have not counted it yet; never later than the given one.
pub(super) fn unchanged_until(command: pg_sys::CommandId) -> pg_sys::CommandId {
    BEGAN.get().map_or(command, |began| began.min(command))
}

/// Puts back what was there before.
struct Together(Option<pg_sys::CommandId>);

impl Drop for Together {
    fn drop(&mut self) {
        BEGAN.set(self.0);
    }
}

/// Runs `work`, whose statements are those of [`super::spi::Mode::WriteTogether`], and then their triggers. After an error the server's queue of
/// trigger events is not empty: the caller runs this in a subtransaction, whose rollback clears it.
pub fn as_one<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // SAFETY: reads the transaction's state.
    let _together = Together(BEGAN.replace(Some(unsafe { pg_sys::GetCurrentCommandId(true) })));
    // SAFETY: opens a level of triggers, which is ended below, or by the server with the subtransaction.
    unsafe { pg_sys::AfterTriggerBeginQuery() };
    let answer = work()?;
    let _passing = super::raised::Passing::begin();
    // SAFETY: as the server's own COPY does it: the triggers see what the statements did, in a snapshot that is there until they are done, and open
    // relations in a state of their own, which is freed afterwards.
    unsafe {
        pg_sys::CommandCounterIncrement();
        pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
        let state = pg_sys::CreateExecutorState();
        pg_sys::AfterTriggerEndQuery(state);
        pg_sys::ExecCloseResultRelations(state);
        pg_sys::ExecResetTupleTable((*state).es_tupleTable, false);
        pg_sys::FreeExecutorState(state);
        pg_sys::PopActiveSnapshot();
    }
    Ok(answer)
}
