//! Invitations are written by rowkit's and the blueprints' functions alone, for whom row security holds.
//!
//! A row that a user writes by hand could have a token, a role, an inviter and an account of the user's choice. So a function notes the hash of the token
//! that it is about to write, the table and the statement; the trigger accepts no other row.
use crate::error::{Error, Result};
use crate::fields::identifier::hex;
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::moment;
use crate::pg::relation::{Regclass, random_bytes};
use crate::pg::rights;
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use crate::tokens::format::{self, Hash};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{BYTEAOID, Oid, TEXTOID};
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
        Writing(WRITING.replace(Some((table, *hash, moment::client_statement()))))
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
    Ok(guard(&call, *call_site_or(fcinfo, || find_columns(&call))?)?)
}

/// The columns of the hash and, where there is one, of who invited.
type Guarded = (Attribute, Option<Attribute>);

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
    Ok((call.required_attribute(hash, &[BYTEAOID, TEXTOID])?, call.attribute("invited_by")))
}

fn guard<'a>(call: &Call<'a>, (hash, inviter): Guarded) -> Result<Answer<'a>> {
    if !rights::is_held(call.relation()) || !crate::check::in_force("invitations_by_function") {
        return Ok(call.keep());
    }
    let table = call.relation_name();
    if !is_written_by_function(call, hash)? {
        return Err(Error::insufficient_privilege(format!("only the function that makes invitations writes {table}"))
            .hint(
                "Call it to invite somebody, such as rowkit.create_invitation(). Delete an invitation to take it back.",
            ));
    }
    // One in nobody's name would outlive the membership of who wrote it.
    if inviter.is_some_and(|inviter| call.new_row().is_null(inviter)) {
        return Err(Error::insufficient_privilege(format!("an invitation in {table} names who invites"))
            .hint("An active member invites; a role that row security does not hold may do so in nobody's name."));
    }
    Ok(call.keep())
}

fn is_written_by_function(call: &Call<'_>, column: Attribute) -> Result<bool> {
    // A session that drew a token in an earlier statement has no claim on this one.
    let Some((table, hash, _)) = WRITING.get().filter(|(.., statement)| *statement == moment::client_statement())
    else {
        return Ok(false);
    };
    let row = call.new_row();
    let is_hash = if column.kind == TEXTOID {
        row.text(column).is_some_and(|text| text == hex(&hash))
    } else {
        row.field(column).bytes().is_some_and(|bytes| bytes == hash)
    };
    Ok(is_hash && call.table()? == table)
}

/// A token for an invitation that a blueprint's function writes in the same statement.
#[pg_extern(sql = false)]
fn new_invitation_token(invitations: Option<Regclass>) -> Result<String, ErrorReport> {
    let Regclass(table) = invitations.ok_or_else(|| Error::required("invitations"))?;
    let random: [u8; 32] = random_bytes().ok_or_else(|| Error::internal("the server has no random numbers to give"))?;
    let token = hex(&random);
    WRITING.set(Some((table, format::hash(&token), moment::client_statement())));
    Ok(token)
}
