//! Invitations are written by `create_invitation()` alone, for whom row security holds.
//!
//! A row that somebody writes by hand has a token of their own, and whatever role, inviter and account they please.
use crate::error::{Error, Result};
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::rights;
use crate::pg::trigger::{Answer, Attribute, Call, Event, Timing};
use crate::tokens::format::Hash;
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{BYTEAOID, Oid};
use std::cell::Cell;

thread_local! {
    /// The table that `create_invitation()` is writing to, and the hash of the token that it made.
    static WRITING: Cell<Option<(Oid, Hash)>> = const { Cell::new(None) };
}

/// While it lives, the invitation with this hash may be written to this table.
pub struct Writing(Option<(Oid, Hash)>);

impl Writing {
    pub fn of(table: Oid, hash: &Hash) -> Writing {
        Writing(WRITING.replace(Some((table, *hash))))
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        WRITING.set(self.0);
    }
}

#[pg_extern(sql = false)]
fn guard_invitations(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "guard_invitations()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    Ok(guard(&call, *call_site_or(fcinfo, || call.required_attribute("token_hash", &[BYTEAOID]))?)?)
}

fn guard<'a>(call: &Call<'a>, token_hash: Attribute) -> Result<Answer<'a>> {
    if !rights::is_held(call.relation()) || is_written_by_function(call, token_hash)? {
        return Ok(call.keep());
    }
    Err(Error::insufficient_privilege(format!(
        "{} is written by rowkit.create_invitation() alone",
        call.relation_name()
    ))
    .hint("Call it to invite somebody, or to replace an invitation. Delete an invitation to take it back."))
}

fn is_written_by_function(call: &Call<'_>, token_hash: Attribute) -> Result<bool> {
    let Some((table, hash)) = WRITING.get() else { return Ok(false) };
    // The stored bytes are a header of at most four bytes and the hash.
    let is_hash = |stored: Vec<u8>| stored.len() <= hash.len() + 4 && stored.ends_with(&hash);
    Ok(call.new_row().bytes(token_hash).is_some_and(is_hash) && call.table()? == table)
}
