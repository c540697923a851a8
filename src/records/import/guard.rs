//! Trigger that guards the tables of imports: the functions of imports write them, and nobody who is subject to row security does so by hand.
//!
//! What these tables hold is later acted upon by others: an admin who undoes an import deletes the records that its batches name, and runs the file that its
//! parts hold. Row security says whose import a row may belong to, but not whether the row is true.
use crate::core::check;
use crate::pg::call::FunctionCallInfo;
use crate::pg::error::{Error, Result};
use crate::pg::operation;
use crate::pg::rights;
use crate::pg::trigger::{Answer, Call, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;

/// An import that is under way, and the tables that its statements write.
pub struct Writing(pub [Oid; 4]);

#[pg_extern(sql = false)]
fn guard_import(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "guard_import()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    let table = call.table();
    let is_own_statement = || operation::of_trigger::<Writing>().is_some_and(|writing| writing.0.contains(&table));
    // Actions of foreign keys run with the owner's rights, and the owner and roles that bypass row security restore what was dumped.
    if is_own_statement()
        || rights::is_owner_at_work(table)
        || !rights::is_subject_to_rls(table)
        || !check::in_force("guard_import")
    {
        return Ok(call.keep());
    }
    Err(Error::insufficient_privilege(format!("rows of {} are not written by hand", call.relation_name()))
        .hint("The functions of imports write them: begin_import, append_import, run_import, cancel_import and undo_import.")
        .into())
}
