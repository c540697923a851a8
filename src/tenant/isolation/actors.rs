//! Columns that name a person, for whom row security holds: who writes a row names themselves or a member of its tenant.
//!
//! A policy's WITH CHECK does not see the row as it was, so it cannot keep such a column from being changed. These triggers can.
use crate::core::check;
use crate::core::fields::email::email_key;
use crate::core::fields::identifier::uuid_text;
use crate::core::work;
use crate::identity::claims::{self, ClaimedEmail};
use crate::identity::membership::{Membership, registered};
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::{Error, Result};
use crate::pg::operation;
use crate::pg::relation;
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{BPCHAROID, TEXTOID, UUIDOID, VARCHAROID};
use std::rc::Rc;

/// A column that names who wrote the row.
struct Actor {
    name: String,
    column: Attribute,
    /// The table whose rows the column refers to, and a query for the ids of the caller's rows there ($1 is the caller). Without it
    /// the column holds the caller's own id.
    rows: Option<(OwnedTable, String)>,
}

#[pg_extern(sql = false)]
fn guard_actor_columns(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "guard_actor_columns()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    Ok(guard_actors(&call, &call_site_or(fcinfo, || find_actors(&call))?)?)
}

fn find_actors(call: &Call<'_>) -> Result<Vec<Actor>> {
    let arguments = call.arguments();
    if arguments.is_empty() {
        return Err(Error::trigger_protocol("guard_actor_columns() takes the columns that name who writes the row")
            .hint("For example EXECUTE FUNCTION rowkit.guard_actor_columns('invited_by')."));
    }
    let find = |argument: String| match argument.split_once(':') {
        None => Ok(Actor { column: call.required_attribute(&argument, &[UUIDOID])?, name: argument, rows: None }),
        Some((name, rows)) => Ok(Actor {
            name: name.to_owned(),
            column: call.required_attribute(name, &[UUIDOID])?,
            rows: Some(rows_of_caller(call, rows)?),
        }),
    };
    arguments.into_iter().map(find).collect()
}

/// `table.user column`: the table's ids of those rows whose user column holds the caller's id.
fn rows_of_caller(call: &Call<'_>, argument: &str) -> Result<(OwnedTable, String)> {
    let (table, user) = argument.rsplit_once('.').ok_or_else(|| {
        Error::trigger_protocol(format!("guard_actor_columns() cannot read \"{argument}\""))
            .hint("For example rowkit.guard_actor_columns('user_id:users.auth_user_id').")
    })?;
    let table = OwnedTable::of_trigger(call)?.named(table)?;
    for column in ["id", user] {
        work::step();
        if relation::column_type(table.relation(), column) != Some(UUIDOID) {
            let table = table.quoted_name();
            return Err(Error::undefined_column(format!("{table} has no column \"{column}\" of type uuid"))
                .hint(crate::pg::trigger::NAMED_OTHERWISE));
        }
    }
    let (name, user) = (table.quoted_name(), relation::quoted_identifier(user));
    Ok((table, format!("SELECT person.id FROM {name} AS person WHERE person.{user} OPERATOR(pg_catalog.=) $1")))
}

fn guard_actors<'a>(call: &Call<'a>, actors: &[Actor]) -> Result<Answer<'a>> {
    let (new, old) = (call.new_row(), call.old_row());
    let is_written = |actor: &&Actor| match &old {
        Some(old) => old.uuid(actor.column) != new.uuid(actor.column),
        None => new.uuid(actor.column).is_some(),
    };
    let written: Vec<&Actor> = actors.iter().filter(is_written).collect();
    if written.is_empty()
        || !rights::is_subject_to_rls(call.relation())
        || !crate::core::check::in_force("actor_columns")
    {
        return Ok(call.keep());
    }
    let refusal = |names: &str, why: &str| {
        let table = call.relation_name();
        Err(Error::insufficient_privilege(format!("{names} of {table} {why}"))
            .hint("It says who wrote the row. Use a role that row security does not hold, such as service_role, to write it for somebody else."))
    };
    if old.is_some() {
        let names: Vec<&str> = written.iter().map(|actor| actor.name.as_str()).collect();
        return refusal(&names.join(", "), "cannot be changed");
    }
    // A row that is brought back names who made it.
    if operation::is_undo(call)? {
        return Ok(call.keep());
    }
    let user = claims::user().map(|id| *id.as_bytes());
    for actor in written {
        work::step();
        let named = new.uuid(actor.column);
        let is_caller = match (&actor.rows, user) {
            (_, None) => false,
            (None, user) => named == user,
            (Some((table, sql)), Some(user)) => {
                let rows =
                    table.read(|| spi::query(sql, &[Parameter::Uuid(user)], Mode::ReadLatest, |row| row.uuid(1)))?;
                rows.contains(&named)
            }
        };
        if !is_caller {
            return refusal(&actor.name, "names somebody else than the user of the claims");
        }
    }
    Ok(call.keep())
}

/// Columns that name members of the row's tenant.
struct MemberColumns {
    membership: Rc<Membership>,
    tenant: Attribute,
    columns: Vec<(String, Attribute)>,
}

#[pg_extern(sql = false)]
fn guard_member_columns(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    // As a foreign key: after row security has refused what is not the writer's.
    let call = Call::new(fcinfo, "guard_member_columns()", Timing::AfterRow, &[Event::Insert, Event::Update])?;
    if check::in_force("member_columns") {
        guard_members(&call, &*call_site_or(fcinfo, || find_members(&call))?)?;
    }
    Ok(call.nothing())
}

fn find_members(call: &Call<'_>) -> Result<MemberColumns> {
    let arguments = call.arguments();
    let [membership, tenant, columns @ ..] = arguments.as_slice() else {
        return Err(Error::trigger_protocol(
            "guard_member_columns() takes a membership, the tenant column and the columns that name members",
        )
        .hint("For example EXECUTE FUNCTION rowkit.guard_member_columns('account_users', 'account_id', 'owner_id')."));
    };
    let uuid = |name: &String| call.required_attribute(name, &[UUIDOID]);
    Ok(MemberColumns {
        membership: registered(OwnedTable::of_trigger(call)?.named(membership)?.relation())?,
        tenant: uuid(tenant)?,
        columns: columns.iter().map(|name| Ok((name.clone(), uuid(name)?))).collect::<Result<_>>()?,
    })
}

fn guard_members(call: &Call<'_>, members: &MemberColumns) -> Result<()> {
    let (new, old) = (call.new_row(), call.old_row());
    let Some(tenant) = new.uuid(members.tenant) else { return Ok(()) };
    for (name, column) in &members.columns {
        work::step();
        let Some(named) = new.uuid(*column) else { continue };
        if old.is_some_and(|old| old.uuid(*column) == Some(named)) || !rights::is_subject_to_rls(call.relation()) {
            continue;
        }
        if !members.membership.is_member(tenant, named)? && !operation::is_undo(call)? {
            let (table, named) = (call.relation_name(), uuid_text(&named));
            // The same for a user of another tenant as for none.
            return Err(Error::foreign_key_violation(format!(
                "{name} of {table} names {named}, who is no active member of the row's tenant"
            ))
            .hint("Make them a member first, or name somebody who is."));
        }
    }
    Ok(())
}

#[pg_extern(sql = false)]
fn guard_email_column(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "guard_email_column()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    Ok(guard_email(&call, *call_site_or(fcinfo, || find_email(&call))?)?)
}

fn find_email(call: &Call<'_>) -> Result<Attribute> {
    match call.arguments().as_slice() {
        [column] => call.required_attribute(column, &[TEXTOID, VARCHAROID, BPCHAROID]),
        _ => Err(Error::trigger_protocol("guard_email_column() takes the column that holds a user's own address")
            .hint("For example EXECUTE FUNCTION rowkit.guard_email_column('email').")),
    }
}

fn guard_email<'a>(call: &Call<'a>, column: Attribute) -> Result<Answer<'a>> {
    let (new, old) = (call.new_row(), call.old_row());
    let Some(email) = new.text(column) else { return Ok(call.keep()) };
    if old.is_some_and(|old| old.same_bytes(&new, column)) || !rights::is_subject_to_rls(call.relation()) {
        return Ok(call.keep());
    }
    match claims::claimed_email() {
        ClaimedEmail::Verified(own) if email_key(&own) == email_key(&email) => Ok(call.keep()),
        _ if !crate::core::check::in_force("own_email") => Ok(call.keep()),
        _ => Err(Error::insufficient_privilege(format!(
            "the address in {} is not the verified one of the claims",
            call.relation_name()
        ))
        .hint("Sign in with the address, and have it verified.")),
    }
}
