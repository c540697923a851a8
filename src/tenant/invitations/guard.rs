//! Invitations are written by rowkit's and the blueprints' functions alone, for whom row security holds.
//!
//! A row that a user writes by hand could have a token, a role, an inviter and an account of the user's choice. So a function notes the hash of the token
//! that it is about to write, the table and the statement; the trigger accepts no other row.
use crate::core::fields::identifier::hex;
use crate::core::tokens::format::{self, Hash};
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::clock;
use crate::pg::error::{Error, Result};
use crate::pg::relation::{Regclass, random_bytes};
use crate::pg::rights;
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{BOOLOID, BYTEAOID, Oid, TEXTOID};
use std::cell::Cell;

/// The table that an invitation is being written to, the hash of its token, and the client's statement.
type Written = (Oid, Hash, i64);

thread_local! {
    static WRITING: Cell<Option<Written>> = const { Cell::new(None) };
}

/// While it lives, the invitation with this token's hash may be written to this table.
pub struct Writing(Option<Written>);

impl Writing {
    pub fn of(table: Oid, hash: &Hash) -> Writing {
        Writing(WRITING.replace(Some((table, *hash, clock::client_statement()))))
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
    Ok(guard(&call, &*call_site_or(fcinfo, || find_columns(&call))?)?)
}

/// What says that an invitation was answered: for its acceptance alone to write.
const ANSWER: [&str; 4] = ["accepted_at", "accepted_by", "is_claimed", "claimed_at"];

#[derive(Clone)]
struct Guarded {
    hash: Attribute,
    inviter: Option<Attribute>,
    answer: Vec<(&'static str, Attribute)>,
}

fn find_columns(call: &Call<'_>) -> Result<Guarded> {
    let arguments = call.arguments();
    let hash = match arguments.as_slice() {
        [] => "token_hash",
        [column] => column,
        _ => {
            return Err(Error::trigger_protocol(
                "guard_invitations() takes at most one argument: the column of the hash",
            )
            .hint("For example EXECUTE FUNCTION rowkit.guard_invitations('invitation_token')."));
        }
    };
    Ok(Guarded {
        hash: call.required_attribute(hash, &[BYTEAOID, TEXTOID])?,
        inviter: call.attribute("invited_by"),
        answer: ANSWER.into_iter().filter_map(|name| Some((name, call.attribute(name)?))).collect(),
    })
}

/// The column of an answer that the row is given by hand.
fn answered_by_hand(call: &Call<'_>, guarded: &Guarded) -> Option<&'static str> {
    let (new, old) = (call.new_row(), call.old_row());
    let is_given = |column: Attribute| match &old {
        Some(old) => old.change(&new, column).is_some(),
        None => !new.is_null(column) && (column.kind != BOOLOID || new.field(column).boolean() == Some(true)),
    };
    guarded.answer.iter().find(|(_, column)| is_given(*column)).map(|(name, _)| *name)
}

fn guard<'a>(call: &Call<'a>, guarded: &Guarded) -> Result<Answer<'a>> {
    if !rights::is_subject_to_rls(call.relation()) || !crate::core::check::in_force("invitations_by_function") {
        return Ok(call.keep());
    }
    let table = call.relation_name();
    if !is_written_by_function(call, guarded.hash)? {
        return Err(Error::insufficient_privilege(format!("only the function that makes invitations writes {table}"))
            .hint(
                "Call it to invite somebody, such as rowkit.create_invitation(). Delete an invitation to take it back.",
            ));
    }
    // One in nobody's name would outlive the membership of who wrote it.
    if guarded.inviter.is_some_and(|inviter| call.new_row().is_null(inviter)) {
        return Err(Error::insufficient_privilege(format!("an invitation in {table} names who invites"))
            .hint("An active member invites; a role that row security does not hold may do so in nobody's name."));
    }
    if let Some(column) = answered_by_hand(call, guarded) {
        return Err(Error::insufficient_privilege(format!("only accepting an invitation writes {column} of {table}"))
            .hint("Leave the column out; rowkit.accept_invitation() and claim_invitation() write it."));
    }
    Ok(call.keep())
}

fn is_written_by_function(call: &Call<'_>, column: Attribute) -> Result<bool> {
    // A session that drew a token in an earlier statement has no claim on this one.
    let Some((table, hash, _)) = WRITING.get().filter(|(.., statement)| *statement == clock::client_statement()) else {
        return Ok(false);
    };
    let row = call.new_row();
    let is_hash = if column.kind == TEXTOID {
        row.text(column).is_some_and(|text| text == hex(&hash))
    } else {
        row.field(column).bytes().is_some_and(|bytes| bytes == hash)
    };
    Ok(is_hash && call.table() == table)
}

/// A token for an invitation that a blueprint's function writes in the same statement.
#[pg_extern(sql = false)]
fn new_invitation_token(invitations: Option<Regclass>) -> Result<String, ErrorReport> {
    let Regclass(table) = invitations.ok_or_else(|| Error::required("invitations"))?;
    let random: [u8; 32] = random_bytes().ok_or_else(|| Error::internal("the server has no random numbers to give"))?;
    let token = hex(&random);
    WRITING.set(Some((table, format::hash(&token), clock::client_statement())));
    Ok(token)
}
