//! The SQL functions of sql/install/invitations.sql.
use crate::core::fields::email::email_key;
use crate::core::fields::identifier::{hex, uuid_text};
use crate::core::sql::{SharedFragments, sql};
use crate::core::tokens::format;
use crate::identity::claims;
use crate::identity::claims::{ClaimedEmail, claimed_email};
use crate::identity::membership::{Membership, registered};
use crate::pg::error::{Error, Result};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights::{self, Keys, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::tenant::tokens::new_invitation;
use crate::tenant::tokens::resolve::{self, Id};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::iter::TableIterator;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, name, pg_extern};
use std::rc::Rc;

/// The membership that an invitation leads into. Neither it nor the order of its roles is the caller's to say: its owner, who must be that
/// of the invitations, registered both.
fn membership(invitations: Oid) -> Result<Rc<Membership>> {
    let sql = include_str!("../../../sql/queries/invitations/memberships.sql");
    let beside = spi::query(sql, &[Parameter::Oid(invitations)], Mode::Read, |row| Some((row.oid(1)?, row.text(2)?)))?;
    let beside: Vec<(Oid, String)> = beside.into_iter().flatten().collect();
    let one = match beside.as_slice() {
        [one] => Some(one),
        several => several.iter().find(|(_, name)| name == "account_users"),
    };
    let Some((relation, _)) = one else {
        let name = relation::quoted_name(invitations);
        return Err(Error::prerequisite_state(match beside.len() {
            0 => format!("no membership is registered beside {name}"),
            _ => format!("several memberships are registered beside {name}, and none of them is account_users"),
        })
        .hint("Its owner registers one in the same schema: rowkit.register_membership('app.account_users', role_column => 'role', roles => '{viewer,member,admin,owner}')."));
    };
    let membership = registered(*relation)?;
    if membership.role.is_none() {
        return Err(Error::prerequisite_state(format!("{} has no roles", relation::quoted_name(*relation)))
            .hint("Name its role column and roles in rowkit.register_membership()."));
    }
    Ok(membership)
}

fn not_valid() -> Error {
    Error::invalid_parameter("the invitation is not valid")
        .hint("It was accepted, replaced or taken back, has expired, or never was: ask for a new one.")
}

/// An invitation is for one address. A user who is known by another, or by one that nobody checked, must not take it.
fn check_email(invited: &str) -> Result<()> {
    match claimed_email() {
        ClaimedEmail::Unverified => {
            Err(Error::insufficient_privilege("the e-mail address of the claims is not verified")
                .hint("Have it verified, and sign in again."))
        }
        ClaimedEmail::Verified(email) if email_key(&email) != email_key(invited) => {
            Err(Error::insufficient_privilege("the invitation is for another e-mail address")
                .hint("Sign in with the address that was invited, or ask for an invitation of this one."))
        }
        ClaimedEmail::Verified(_) | ClaimedEmail::None => Ok(()),
    }
}

/// Until the end of the transaction nobody else does the same for the same.
fn alone_with(table: Oid, account: Id, with: &str) -> Result<()> {
    let key = format!("rowkit:{}:{}:{with}", u32::from(table), uuid_text(&account));
    let sql = "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))";
    spi::query(sql, &[Parameter::Text(&key)], Mode::Write, |_| ()).map(|_| ())
}

fn hex_hash(token: &str) -> String {
    hex(&format::hash(token))
}

#[pg_extern(sql = false)]
fn create_invitation(
    account_id: Option<Uuid>,
    email: Option<&str>,
    role: Option<&str>,
    expires_at: Option<TimestampWithTimeZone>,
    invited_by: Option<Uuid>,
    invitations: Option<Regclass>,
) -> Result<TableIterator<'static, (name!(invitation_id, Uuid), name!(token, String))>, ErrorReport> {
    let account = *account_id.ok_or_else(|| Error::required("account_id"))?.as_bytes();
    let email = email.map(str::trim).filter(|email| !email.is_empty()).ok_or_else(|| Error::required("email"))?;
    let role = role.ok_or_else(|| Error::required("role"))?;
    let table = resolve::found(invitations, "invitations")?;
    let membership = membership(table)?;
    if !membership.roles.iter().any(|known| known == role) {
        return Err(Error::invalid_parameter(format!("there is no role {role}"))
            .hint(format!("The roles, from the lowest, are {}.", membership.roles.join(", ")))
            .into());
    }
    let inviter = claims::on_behalf_of(invited_by.map(|id| *id.as_bytes()), "invited_by")?;
    let expires_at = Value::moment(expires_at);
    let invited = rights::as_caller(table, || invite(table, &membership, account, email, role, inviter, &expires_at))?;
    Ok(TableIterator::once(invited))
}

/// Writes the invitation, and answers its id and token.
fn invite(
    table: Oid,
    membership: &Membership,
    account: Id,
    email: &str,
    role: &str,
    inviter: Option<Id>,
    expires_at: &Value,
) -> Result<(Uuid, String)> {
    if let Some(inviter) = inviter {
        let own = membership.role_of(account, inviter)?;
        if !own.as_deref().is_some_and(|own| membership.is_at_least(own, role)) {
            let why = own.map_or("who is no active member of the account cannot invite".to_owned(), |own| {
                format!("the role {own} cannot give the role {role}")
            });
            return Err(Error::insufficient_privilege(why).hint("Nobody gives a role above their own."));
        }
    }
    alone_with(table, account, &email_key(email))?;
    let live = resolve::live(table, "invitation")?;
    let invitations = relation::quoted_name(table);
    let token = new_invitation()?;
    let inviter = Value::uuid(inviter);
    let hash = hex_hash(&token);
    let given = |id: Id| {
        [
            Parameter::Uuid(id),
            Parameter::Uuid(account),
            Parameter::Text(email),
            Parameter::Text(role),
            Parameter::Text(&hash),
            Parameter::Value(&inviter),
            Parameter::Value(expires_at),
        ]
    };
    let _writing = super::guard::Writing::of(table, &format::hash(&token));
    // The one that waits for the same address is replaced: its token is worth nothing from now on.
    let replace = sql!("invitations/replace.sql", invitations = invitations, live = live);
    let id = crate::pg::uuid::next()?;
    let replaced = spi::query(&replace, &given(id)[1..], Mode::Write, |row| row.uuid(1))?;
    let id = match replaced.into_iter().flatten().next() {
        Some(replaced) => replaced,
        None => {
            spi::execute(&sql!("invitations/make.sql", invitations = invitations), &given(id), Mode::Write)?;
            id
        }
    };
    Ok((Uuid::from_bytes(id), token))
}

/// SQL on the row of a member.
struct Member<'m> {
    membership: &'m Membership,
    deleted: &'static str,
    is_active: String,
    activate: String,
}

impl SharedFragments for Member<'_> {
    const NAMES: &'static [&'static str] =
        &["deleted", "is_active", "activate", "membership", "tenant", "user", "role"];

    fn fragments(&self) -> Vec<String> {
        let Membership { relation, tenant, user, role, .. } = self.membership;
        let (deleted, role) = (self.deleted.to_owned(), role.clone().unwrap_or_default());
        let names = [relation::quoted_name(*relation), tenant.clone(), user.clone(), role];
        [deleted, self.is_active.clone(), self.activate.clone()].into_iter().chain(names).collect()
    }
}

/// Makes the user a member, or gives a member the role if it is higher than theirs; answers the role.
fn join(membership: &Membership, account: Id, user: Id, role: String) -> Result<String> {
    let table = membership.relation;
    alone_with(table, account, &uuid_text(&user))?;
    let (is_active, activate) = match &membership.active {
        Some(active) => (format!("member.{active}"), format!(", {active} = true")),
        None => ("true".to_owned(), String::new()),
    };
    let deleted = if rights::has_deleted_rows(table)? { " AND member.deleted_at IS NULL" } else { "" };
    let member = Member { membership, deleted, is_active, activate };
    let (find, who) = (sql!("invitations/member.sql", ..member), [Parameter::Uuid(account), Parameter::Uuid(user)]);
    let known = spi::query(&find, &who, Mode::ReadLatest, |row| {
        (row.text(1).unwrap_or_default(), row.boolean(2) == Some(true))
    })?;
    let given = |role| [Parameter::Uuid(account), Parameter::Uuid(user), Parameter::Text(role)];
    match known.into_iter().next() {
        Some((own, true)) if membership.is_at_least(&own, &role) => return Ok(own),
        Some(_) => spi::execute(&sql!("invitations/raise.sql", ..member), &given(&role), Mode::WriteLatest)?,
        None => spi::execute(&sql!("invitations/join.sql", ..member), &given(&role), Mode::WriteLatest)?,
    };
    Ok(role)
}

#[pg_extern(sql = false)]
fn accept_invitation(
    token: Option<&str>,
    user_id: Option<Uuid>,
    invitations: Option<Regclass>,
) -> Result<TableIterator<'static, (name!(account_id, Uuid), name!(role, String))>, ErrorReport> {
    let token = token.filter(|token| format::parse(token).is_some()).ok_or_else(not_valid)?;
    let user =
        claims::on_behalf_of(user_id.map(|id| *id.as_bytes()), "user_id")?.ok_or_else(|| Error::required("user_id"))?;
    let table = resolve::found(invitations, "invitations")?;
    let membership = membership(table)?;
    let accept = sql!(
        "invitations/accept.sql",
        invitations = relation::quoted_name(table),
        live = resolve::live(table, "invitation")?
    );
    let own = OwnedTable::with_secrets(table, "token_hash")?;
    own.of_same_owner(membership.relation)?.prepare(Keys::Stay)?;
    let (account, role) = own.write(|| {
        // Of two at once one waits here, and finds it accepted.
        let parameters = [Parameter::Text(&hex_hash(token)), Parameter::Uuid(user)];
        let taken = spi::query(&accept, &parameters, Mode::WriteLatest, |row| {
            Some((row.uuid(1)?, row.text(2)?, row.text(3)?, row.uuid(4)))
        })?;
        let (account, email, role, inviter) = taken.into_iter().flatten().next().ok_or_else(not_valid)?;
        check_email(&email)?;
        if let Some(inviter) = inviter {
            let own = membership.role_of(account, inviter)?;
            if !own.is_some_and(|own| membership.is_at_least(&own, &role)) {
                return Err(Error::insufficient_privilege(format!("who invited can no longer give the role {role}"))
                    .hint("Ask for a new invitation."));
            }
        }
        Ok((account, join(&membership, account, user, role)?))
    })?;
    Ok(TableIterator::once((Uuid::from_bytes(account), role)))
}

#[pg_extern(sql = false)]
fn claim_client_invitation(
    token: Option<&str>,
    client_invitations: Option<Regclass>,
) -> Result<
    TableIterator<'static, (name!(invitation_id, Uuid), name!(organization_id, Uuid), name!(email, String))>,
    ErrorReport,
> {
    let token = token.ok_or_else(not_valid)?;
    let is_hash = token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    // What is stored of a token opens nothing, should anybody read it.
    if is_hash {
        return Err(not_valid().into());
    }
    let table = resolve::found(client_invitations, "client_invitations")?;
    let claim = sql!(
        "invitations/claim.sql",
        invitations = relation::quoted_name(table),
        live = resolve::live(table, "invitation")?
    );
    let (id, organization, email) = OwnedTable::with_secrets(table, "invitation_token")?.write(|| {
        let parameters = [Parameter::Text(token), Parameter::Text(&hex_hash(token))];
        let taken =
            spi::query(&claim, &parameters, Mode::WriteLatest, |row| Some((row.uuid(1)?, row.uuid(2)?, row.text(3)?)))?;
        let taken = taken.into_iter().flatten().next().ok_or_else(not_valid)?;
        check_email(&taken.2)?;
        Ok::<_, Error>(taken)
    })?;
    Ok(TableIterator::once((Uuid::from_bytes(id), Uuid::from_bytes(organization), email)))
}
