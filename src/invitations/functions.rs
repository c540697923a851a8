//! The SQL functions of sql/install/invitations.sql.
use crate::error::{Error, Result};
use crate::fields::contact::email_key;
use crate::pg::relation::{self, Regclass};
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::tenancy::identity::current_claim;
use crate::tokens::place::{self, Id};
use crate::tokens::{format, new_invitation};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::iter::TableIterator;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{Oid, TIMESTAMPTZOID};
use pgrx::{Array, IntoDatum, Uuid, name, pg_extern};

/// Roles, the lowest first.
struct Roles(Vec<String>);

impl Roles {
    fn new(roles: Option<Array<'_, &str>>) -> Result<Roles> {
        let roles: Vec<String> = roles.iter().flat_map(Array::iter).flatten().map(str::to_owned).collect();
        if roles.is_empty() { Err(Error::required("roles")) } else { Ok(Roles(roles)) }
    }

    fn rank(&self, role: &str) -> Option<usize> {
        self.0.iter().position(|known| known == role)
    }

    /// Whether one role is at least another; one that is not among them is below all.
    fn is_at_least(&self, role: &str, other: &str) -> bool {
        self.rank(role).is_some_and(|rank| self.rank(other).is_some_and(|other| rank >= other))
    }
}

fn not_valid() -> Error {
    Error::invalid_parameter("the invitation is not valid")
        .hint("It was accepted, replaced or taken back, has expired, or never was: ask for a new one.")
}

/// The e-mail of the claims, unless they say that nobody checked it.
fn verified_email() -> Option<String> {
    let is_unverified = current_claim("email_verified").is_some_and(|verified| verified != "true");
    current_claim("email").filter(|email| !email.is_empty() && !is_unverified)
}

/// An invitation is for one address; who is known by another must not take it.
fn check_email(invited: &str) -> Result<()> {
    match verified_email() {
        Some(email) if email_key(&email) != email_key(invited) => {
            Err(Error::insufficient_privilege("the invitation is for another e-mail address")
                .hint("Sign in with the address that was invited, or ask for an invitation of this one."))
        }
        _ => Ok(()),
    }
}

/// Until the end of the transaction nobody else does the same for the same.
fn alone_with(table: Oid, account: Id, with: &str) -> Result<()> {
    let key = format!("rowkit:{}:{}:{with}", u32::from(table), place::text(account));
    let sql = "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))";
    spi::query(sql, &[Parameter::Text(&key)], Mode::Write, |_| ()).map(|_| ())
}

fn hex_hash(token: &str) -> String {
    format::hex(&format::hash(token))
}

#[pg_extern(sql = false)]
#[allow(clippy::too_many_arguments, reason = "the arguments of the SQL function")]
fn create_invitation(
    account_id: Option<Uuid>,
    email: Option<&str>,
    role: Option<&str>,
    expires_at: Option<TimestampWithTimeZone>,
    invited_by: Option<Uuid>,
    roles: Option<Array<'_, &str>>,
    invitations: Option<Regclass>,
    membership: Option<Regclass>,
) -> Result<TableIterator<'static, (name!(invitation_id, Uuid), name!(token, String))>, ErrorReport> {
    let account = *account_id.ok_or_else(|| Error::required("account_id"))?.as_bytes();
    let email = email.map(str::trim).filter(|email| !email.is_empty()).ok_or_else(|| Error::required("email"))?;
    let role = role.ok_or_else(|| Error::required("role"))?;
    let roles = Roles::new(roles)?;
    if roles.rank(role).is_none() {
        return Err(Error::invalid_parameter(format!("there is no role {role}"))
            .hint(format!("The roles, from the lowest, are {}.", roles.0.join(", ")))
            .into());
    }
    let table = place::found(invitations, "invitations", "invitations")?;
    let inviter = place::on_behalf_of(invited_by.map(|id| *id.as_bytes()), "invited_by")?;
    if let Some(inviter) = inviter {
        let membership = place::membership(table, membership)?;
        let own = place::role(membership, account, inviter, Mode::Read)?;
        if !own.as_deref().is_some_and(|own| roles.is_at_least(own, role)) {
            let why = own.map_or("who is no active member of the account cannot invite".to_owned(), |own| {
                format!("the role {own} cannot give the role {role}")
            });
            return Err(Error::insufficient_privilege(why).hint("Nobody gives a role above their own.").into());
        }
    }
    alone_with(table, account, &email_key(email))?;
    let fill = |sql: &str| {
        sql.replace("@invitations@", &relation::quoted_name(table)).replace("@live@", &place::live(table, "invitation"))
    };
    let token = new_invitation()?;
    let (inviter, expires_at) =
        (Value::uuid(inviter), Value::of(TIMESTAMPTZOID, expires_at.and_then(IntoDatum::into_datum)));
    let hash = hex_hash(&token);
    let given = |id: Id| {
        [
            Parameter::Uuid(id),
            Parameter::Uuid(account),
            Parameter::Text(email),
            Parameter::Text(role),
            Parameter::Text(&hash),
            Parameter::Value(&inviter),
            Parameter::Value(&expires_at),
        ]
    };
    // The one that waits for the same address is replaced: its token is worth nothing from now on.
    let replace = fill(include_str!("../../sql/queries/invitations/replace.sql"));
    let id = crate::uuid::next()?;
    let replaced = spi::query(&replace, &given(id)[1..], Mode::Write, |row| row.uuid(1))?;
    let id = match replaced.into_iter().flatten().next() {
        Some(replaced) => replaced,
        None => {
            spi::execute(&fill(include_str!("../../sql/queries/invitations/make.sql")), &given(id), Mode::Write)?;
            id
        }
    };
    Ok(TableIterator::once((Uuid::from_bytes(id), token)))
}

/// Makes the user a member, or gives a member the role if it is higher than theirs; answers the role.
fn join(membership: Oid, account: Id, user: Id, role: String, roles: &Roles) -> Result<String> {
    alone_with(membership, account, &place::text(user))?;
    let has_state = relation::column(membership, "is_active").is_some();
    let fill = |sql: &str| {
        sql.replace("@membership@", &relation::quoted_name(membership))
            .replace(
                "@deleted@",
                if relation::column(membership, "deleted_at").is_some() {
                    " AND member.deleted_at IS NULL"
                } else {
                    ""
                },
            )
            .replace("@is_active@", if has_state { "member.is_active" } else { "true" })
            .replace("@activate@", if has_state { ", is_active = true" } else { "" })
    };
    let (find, who) = (
        fill(include_str!("../../sql/queries/invitations/member.sql")),
        [Parameter::Uuid(account), Parameter::Uuid(user)],
    );
    let known = spi::query(&find, &who, Mode::ReadLatest, |row| {
        (row.text(1).unwrap_or_default(), row.boolean(2) == Some(true))
    })?;
    let given = |role| [Parameter::Uuid(account), Parameter::Uuid(user), Parameter::Text(role)];
    match known.into_iter().next() {
        Some((own, true)) if roles.is_at_least(&own, &role) => return Ok(own),
        Some(_) => spi::execute(
            &fill(include_str!("../../sql/queries/invitations/raise.sql")),
            &given(&role),
            Mode::WriteLatest,
        )?,
        None => spi::execute(
            &fill(include_str!("../../sql/queries/invitations/join.sql")),
            &given(&role),
            Mode::WriteLatest,
        )?,
    };
    Ok(role)
}

#[pg_extern(sql = false)]
fn accept_invitation(
    token: Option<&str>,
    user_id: Option<Uuid>,
    roles: Option<Array<'_, &str>>,
    invitations: Option<Regclass>,
    membership: Option<Regclass>,
) -> Result<TableIterator<'static, (name!(account_id, Uuid), name!(role, String))>, ErrorReport> {
    let token = token.filter(|token| format::parse(token).is_some()).ok_or_else(not_valid)?;
    let user =
        place::on_behalf_of(user_id.map(|id| *id.as_bytes()), "user_id")?.ok_or_else(|| Error::required("user_id"))?;
    let roles = Roles::new(roles)?;
    let table = place::found(invitations, "invitations", "invitations")?;
    let membership = place::membership(table, membership)?;
    let accept = include_str!("../../sql/queries/invitations/accept.sql")
        .replace("@invitations@", &relation::quoted_name(table))
        .replace("@live@", &place::live(table, "invitation"));
    let (account, role) = rights::as_owner(table, || {
        // Of two at once one waits here, and finds it accepted.
        let parameters = [Parameter::Text(&hex_hash(token)), Parameter::Uuid(user)];
        let taken = spi::query(&accept, &parameters, Mode::WriteLatest, |row| {
            Some((row.uuid(1)?, row.text(2)?, row.text(3)?, row.uuid(4)))
        })?;
        let (account, email, role, inviter) = taken.into_iter().flatten().next().ok_or_else(not_valid)?;
        check_email(&email)?;
        if let Some(inviter) = inviter {
            let own = place::role(membership, account, inviter, Mode::ReadLatest)?;
            if !own.is_some_and(|own| roles.is_at_least(&own, &role)) {
                return Err(Error::insufficient_privilege(format!("who invited can no longer give the role {role}"))
                    .hint("Ask for a new invitation."));
            }
        }
        Ok((account, join(membership, account, user, role, &roles)?))
    })?;
    Ok(TableIterator::once((Uuid::from_bytes(account), role)))
}

#[pg_extern(sql = false)]
fn claim_client_invitation(
    token: Option<&str>,
    invitations: Option<Regclass>,
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
    let table = place::found(invitations, "invitations", "client_invitations")?;
    let claim = include_str!("../../sql/queries/invitations/claim.sql")
        .replace("@invitations@", &relation::quoted_name(table))
        .replace("@live@", &place::live(table, "invitation"));
    let (id, organization, email) = rights::as_owner(table, || {
        let parameters = [Parameter::Text(token), Parameter::Text(&hex_hash(token))];
        let taken =
            spi::query(&claim, &parameters, Mode::WriteLatest, |row| Some((row.uuid(1)?, row.uuid(2)?, row.text(3)?)))?;
        let taken = taken.into_iter().flatten().next().ok_or_else(not_valid)?;
        check_email(&taken.2)?;
        Ok::<_, Error>(taken)
    })?;
    Ok(TableIterator::once((Uuid::from_bytes(id), Uuid::from_bytes(organization), email)))
}
