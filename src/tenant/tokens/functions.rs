//! The SQL functions of sql/install/tokens.sql.
use super::resolve::{self, Id};
use crate::core::check;
use crate::core::fields::identifier::{hex, uuid_text};
use crate::core::jsonb::Value as Json;
use crate::core::sql::sql;
use crate::core::tokens::format::{self, Hash, RANDOM_BYTES};
use crate::core::tokens::scope;
use crate::identity::claims;
use crate::identity::origin::origin;
use crate::pg::error::{Error, Result};
use crate::pg::guc;
use crate::pg::relation::{self, Regclass, random_bytes};
use crate::pg::rights::{self, OwnedTable, Privilege};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::{lock_wait, subtransaction};
use pgrx::datum::{Inet, Interval, TimestampWithTimeZone};
use pgrx::iter::TableIterator;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Array, Uuid, name, pg_extern};
use std::time::Duration;

/// Nobody learns whether a token never was, was taken away, or has expired.
const INVALID: &str = "invalid or expired token";

/// A token's row, as it stands beside its user, membership and account.
struct Found {
    id: Id,
    account: Id,
    user: Option<Id>,
    scopes: Vec<u8>,
    hash: Vec<u8>,
    is_live: bool,
    is_use_due: bool,
    role: Option<String>,
    /// What `token_scopes` gives the role; none without that table.
    allowed: Option<Vec<String>>,
}

/// Max 24 bytes; invitations append `_invite`.
fn token_prefix() -> Result<String> {
    let prefix = guc::api_token_prefix();
    if prefix.len() <= 24 && format::is_prefix(&prefix) {
        return Ok(prefix);
    }
    Err(Error::invalid_parameter(format!("tokens cannot begin with \"{prefix}\""))
        .hint("rowkit.api_token_prefix is small letters, digits and single underscores, from a letter, at most 24: 'rk', 'acme_live'."))
}

fn new_token(prefix: &str) -> Result<String> {
    let random: [u8; RANDOM_BYTES] =
        random_bytes().ok_or_else(|| Error::internal("the server has no random numbers to give"))?;
    Ok(format::make(prefix, &random))
}

#[pg_extern(sql = false, parallel_safe)]
fn generate_api_token() -> Result<String, ErrorReport> {
    Ok(new_token(&token_prefix()?)?)
}

/// For invitations: a token that cannot be taken for one of the API.
pub fn new_invitation() -> Result<String> {
    new_token(&format!("{}_invite", token_prefix()?))
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn hash_api_token(token: &str) -> String {
    hex(&format::hash(token))
}

fn find(tokens: Oid, membership: Option<Oid>, key_id: &str) -> Result<Option<Found>> {
    let table = |name: &str| resolve::neighbour(tokens, None, name);
    let (users, accounts, scopes) = (table("users")?, table("accounts")?, table("token_scopes")?);
    let mut live = String::new();
    if let Some(accounts) = accounts {
        let (name, clause) = (relation::quoted_name(accounts), resolve::live(accounts, "account")?);
        live += &format!(
            " AND EXISTS (SELECT FROM {name} AS account WHERE account.id OPERATOR(pg_catalog.=) token.account_id{clause})"
        );
    }
    if let Some(users) = users {
        let (name, clause) = (relation::quoted_name(users), resolve::live(users, "person")?);
        live += &format!(
            " AND (token.user_id IS NULL OR EXISTS (SELECT FROM {name} AS person WHERE person.id OPERATOR(pg_catalog.=) token.user_id{clause}))"
        );
    }
    let counts = membership.map(resolve::in_force).transpose()?.unwrap_or_default();
    let members = membership.map(|membership| {
        let role = sql!(
            "tokens/role.sql",
            account = "token.account_id",
            user = "token.user_id",
            live = counts,
            membership = relation::quoted_name(membership)
        );
        format!("LEFT JOIN LATERAL ({role}) AS membership ON true")
    });
    let role = if members.is_some() { "membership.role" } else { "NULL::pg_catalog.text" };
    let allowed = scopes.map(|scopes| {
        let sql = sql!("tokens/role_scopes.sql", role = role, scopes = relation::quoted_name(scopes));
        format!("ARRAY({sql})")
    });
    let sql = sql!(
        "tokens/find.sql",
        tokens = relation::quoted_name(tokens),
        live = live,
        role = role,
        scopes = allowed.as_deref().unwrap_or("NULL::pg_catalog.text[]"),
        members = members.as_deref().unwrap_or_default()
    );
    // A token that was taken away is so at once, whatever snapshot the transaction keeps.
    let found = spi::query(&sql, &[Parameter::Text(key_id)], Mode::ReadLatest, |row| {
        Some(Found {
            id: row.uuid(1)?,
            account: row.uuid(2)?,
            user: row.uuid(3),
            scopes: row.jsonb(4)?,
            hash: row.bytes(5)?,
            is_live: row.boolean(6)?,
            is_use_due: row.boolean(7)?,
            role: row.text(8),
            allowed: scopes.map(|_| row.texts(9)),
        })
    })?;
    Ok(found.into_iter().flatten().next())
}

fn listed(scopes: &[u8]) -> Vec<String> {
    let list = Json::root(scopes).as_array().map(|array| array.iter().filter_map(Json::as_str).map(str::to_owned));
    list.map(Iterator::collect).unwrap_or_default()
}

/// What a role may by `token_scopes`, or by what rowkit says of it.
fn of_role(tokens: Oid, role: &str) -> Result<Vec<String>> {
    let Some(scopes) = resolve::neighbour(tokens, None, "token_scopes")? else {
        return Ok(scope::of_role(role).iter().map(|&scope| scope.to_owned()).collect());
    };
    let sql = sql!("tokens/role_scopes.sql", role = "$1", scopes = relation::quoted_name(scopes));
    // They are not the caller's to see, and tell no more than the refusal would.
    let scopes = OwnedTable::granted(tokens, Privilege::Insert)?.of_same_owner(scopes)?;
    let found = scopes.read(|| spi::query(&sql, &[Parameter::Text(role)], Mode::ReadLatest, |row| row.text(1)))?;
    Ok(found.into_iter().flatten().collect())
}

/// A valid token and what it may, or none.
fn check(tokens: Oid, membership: Option<Oid>, key_id: &str, hash: &Hash) -> Result<Option<(Found, Vec<String>)>> {
    let found = find(tokens, membership, key_id)?;
    // The same work whether there is a row or not.
    let is_same = format::is_same(hash, found.as_ref().map_or(&[0; 32], |found| &found.hash));
    let Some(found) = found.filter(|found| is_same && found.is_live) else { return Ok(None) };
    let scopes = listed(&found.scopes);
    if found.user.is_none() {
        return Ok(Some((found, scopes)));
    }
    let Some(role) = &found.role else { return Ok(None) };
    let allowed = found.allowed.clone();
    let allowed = allowed.unwrap_or_else(|| scope::of_role(role).iter().map(|&scope| scope.to_owned()).collect());
    let narrowed = scope::narrowed(&scopes, &allowed);
    Ok(Some((found, narrowed)))
}

/// Notes a use, at most once a minute. It never waits, and nothing that goes wrong here is the caller's concern.
fn note_use(tokens: OwnedTable, id: Id, ip: Option<&str>, user_agent: Option<&str>) {
    // A serializable transaction could fail for it when it commits.
    if !spi::may_write() || spi::is_serializable() {
        return;
    }
    let sql = sql!("tokens/note_use.sql", tokens = tokens.quoted_name());
    let (ip, user_agent) = (Value::text(ip), Value::text(user_agent));
    let parameters = [Parameter::Uuid(id), Parameter::Value(&ip), Parameter::Value(&user_agent)];
    // SKIP LOCKED does not wait for the row; for the table somebody may build an index on it.
    subtransaction::attempted(|| {
        let noted = lock_wait::at_most(Duration::from_millis(1), || {
            tokens.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))
        })?;
        noted.ok_or_else(|| Error::serialization_failure("the table of tokens is locked"))
    });
}

type Validated = (Option<Uuid>, Option<Uuid>, Option<Uuid>, Option<Vec<String>>, bool, Option<&'static str>);

fn validate(
    token: Option<&str>,
    ip: Option<Inet>,
    user_agent: Option<&str>,
    api_tokens: Option<Regclass>,
    membership: Option<Regclass>,
) -> Result<Validated> {
    const REFUSED: Validated = (None, None, None, None, false, Some(INVALID));
    let Some((token, parsed)) = token.and_then(|token| Some((token, format::parse(token)?))) else {
        return Ok(REFUSED);
    };
    let hash = format::hash(token);
    let tokens = resolve::found(api_tokens, "api_tokens")?;
    let membership = resolve::membership_beside(tokens, membership)?;
    let table = OwnedTable::with_secrets(tokens, "token_hash")?;
    let Some((found, scopes)) = table.read(|| check(tokens, membership, parsed.key_id, &hash))? else {
        return Ok(REFUSED);
    };
    if found.is_use_due {
        // A thief of a token must not be able to claim the owner's address.
        let believed = rights::bypasses_row_security() || !check::in_force("address_by_service");
        let ip = if believed { ip.map(|ip| ip.0) } else { origin().map(|address| address.to_string()) };
        note_use(table, found.id, ip.as_deref(), user_agent);
    }
    let id = |id: Id| Uuid::from_bytes(id);
    Ok((Some(id(found.id)), Some(id(found.account)), found.user.map(id), Some(scopes), true, None))
}

#[pg_extern(sql = false)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn validate_api_token(
    token: Option<&str>,
    ip: Option<Inet>,
    user_agent: Option<&str>,
    api_tokens: Option<Regclass>,
    membership: Option<Regclass>,
) -> Result<
    TableIterator<
        'static,
        (
            name!(token_id, Option<Uuid>),
            name!(account_id, Option<Uuid>),
            name!(user_id, Option<Uuid>),
            name!(scopes, Option<Vec<String>>),
            name!(is_valid, bool),
            name!(error, Option<&'static str>),
        ),
    >,
    ErrorReport,
> {
    Ok(TableIterator::once(validate(token, ip, user_agent, api_tokens, membership)?))
}

/// Refuses scopes that are more than the user's role gives.
fn bound(tokens: Oid, membership: Oid, account: Id, user: Id, scopes: &[String]) -> Result<()> {
    let role = resolve::role(membership, account, user, Mode::Read)?.ok_or_else(|| {
        Error::insufficient_privilege(format!(
            "user {} is no active member of account {}",
            uuid_text(&user),
            uuid_text(&account)
        ))
        .hint("A token of a user works while the user is a member.")
    })?;
    let allowed = of_role(tokens, &role)?;
    let beyond = scope::beyond(scopes, &allowed);
    if beyond.is_empty() {
        return Ok(());
    }
    Err(Error::insufficient_privilege(format!("the role {role} does not give {}", beyond.join(", ")))
        .hint(format!("It gives {}.", if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") })))
}

fn moment(at: Option<TimestampWithTimeZone>) -> Value {
    Value::moment(at)
}

#[pg_extern(sql = false)]
#[allow(clippy::too_many_arguments, reason = "the arguments of the SQL function")]
fn create_api_token(
    account_id: Option<Uuid>,
    name: Option<&str>,
    scopes: Option<Array<'_, &str>>,
    expires_at: Option<TimestampWithTimeZone>,
    user_id: Option<Uuid>,
    api_tokens: Option<Regclass>,
    membership: Option<Regclass>,
) -> Result<TableIterator<'static, (name!(token_id, Uuid), name!(token, String))>, ErrorReport> {
    let account = *account_id.ok_or_else(|| Error::required("account_id"))?.as_bytes();
    let name = name.ok_or_else(|| Error::required("name"))?;
    let scopes: Vec<String> =
        scopes.iter().flat_map(Array::iter).map(|scope| scope.unwrap_or_default().to_owned()).collect();
    if let Some(scope) = scopes.iter().find(|scope| !scope::is_scope(scope)) {
        return Err(Error::invalid_parameter(format!("\"{scope}\" is no scope"))
            .hint("Scopes are words with colons between them, such as read:tables; the last may be *.")
            .into());
    }
    let tokens = resolve::found(api_tokens, "api_tokens")?;
    let user = claims::on_behalf_of(user_id.map(|id| *id.as_bytes()), "user_id")?;
    let membership = user.map(|_| resolve::membership(tokens, membership)).transpose()?;
    let (id, token) = (crate::pg::uuid::next()?, new_token(&token_prefix()?)?);
    let key_id = format::parse(&token).map(|token| token.key_id).unwrap_or_default();
    let sql = sql!("tokens/make.sql", tokens = relation::quoted_name(tokens));
    let (user_value, expires_at) = (Value::uuid(user), moment(expires_at));
    let parameters = [
        Parameter::Uuid(id),
        Parameter::Uuid(account),
        Parameter::Value(&user_value),
        Parameter::Text(name),
        Parameter::Text(key_id),
        Parameter::Text(&hex(&format::hash(&token))),
        Parameter::Texts(&scopes),
        Parameter::Value(&expires_at),
    ];
    rights::as_caller(tokens, || {
        if let Some((user, membership)) = user.zip(membership) {
            bound(tokens, membership, account, user, &scopes)?;
        }
        spi::execute(&sql, &parameters, Mode::Write)
    })?;
    Ok(TableIterator::once((Uuid::from_bytes(id), token)))
}

#[pg_extern(sql = false)]
fn rotate_api_token(
    token_id: Option<Uuid>,
    overlap_for: Option<Interval>,
    expires_at: Option<TimestampWithTimeZone>,
    api_tokens: Option<Regclass>,
    membership: Option<Regclass>,
) -> Result<TableIterator<'static, (name!(token_id, Uuid), name!(token, String))>, ErrorReport> {
    let old = *token_id.ok_or_else(|| Error::required("token_id"))?.as_bytes();
    let overlap_for = overlap_for.ok_or_else(|| Error::required("overlap_for"))?;
    if overlap_for.months() < 0 || overlap_for.days() < 0 || overlap_for.micros() < 0 {
        return Err(Error::invalid_parameter("overlap_for must not be negative")
            .hint("'0' ends the old token at once.")
            .into());
    }
    let overlap_for = Value::interval(overlap_for);
    let tokens = resolve::found(api_tokens, "api_tokens")?;
    let expires_at = moment(expires_at);
    let current = claims::acting_user()?;
    let membership = || resolve::membership(tokens, membership);
    let (id, token) =
        rights::as_caller(tokens, || rotated(tokens, membership, old, current, &overlap_for, &expires_at))?;
    Ok(TableIterator::once((Uuid::from_bytes(id), token)))
}

/// Makes the new token in the place of the old.
fn rotated(
    tokens: Oid,
    membership: impl Fn() -> Result<Oid>,
    old: Id,
    current: Option<Id>,
    overlap_for: &Value,
    expires_at: &Value,
) -> Result<(Id, String)> {
    let name = relation::quoted_name(tokens);
    let held = spi::query(&sql!("tokens/hold.sql", tokens = name), &[Parameter::Uuid(old)], Mode::Write, |row| {
        Some((row.uuid(1)?, row.uuid(2), listed(&row.jsonb(3)?), row.boolean(4)?))
    })?;
    let Some((account, user, scopes, is_live)) = held.into_iter().flatten().next() else {
        return Err(Error::undefined_object(format!("there is no token {}", uuid_text(&old)))
            .hint("Or the caller may not update it."));
    };
    // Whoever rotates holds the new token: it must be their own.
    if current.is_some_and(|current| user != Some(current)) {
        return Err(Error::insufficient_privilege("the token is somebody else's")
            .hint("Its user can rotate it; others can revoke it."));
    }
    let successor = spi::query(
        &sql!("tokens/successor.sql", tokens = name),
        &[Parameter::Uuid(account), Parameter::Uuid(old), Parameter::Value(&Value::uuid(user))],
        Mode::ReadLatest,
        |row| row.uuid(1),
    )?;
    if !is_live || !successor.is_empty() {
        let state = if successor.is_empty() { "is no longer valid" } else { "was rotated already" };
        return Err(
            Error::conflict(format!("the token {state}")).hint("Rotate the newest of its line, or create a token.")
        );
    }
    if let Some(user) = user {
        bound(tokens, membership()?, account, user, &scopes)?;
    }
    let (id, token) = (crate::pg::uuid::next()?, new_token(&token_prefix()?)?);
    let key_id = format::parse(&token).map(|token| token.key_id).unwrap_or_default();
    let parameters = [
        Parameter::Uuid(old),
        Parameter::Uuid(id),
        Parameter::Text(key_id),
        Parameter::Text(&hex(&format::hash(&token))),
        Parameter::Value(expires_at),
    ];
    spi::execute(&sql!("tokens/succeed.sql", tokens = name), &parameters, Mode::Write)?;
    let parameters = [Parameter::Uuid(old), Parameter::Value(overlap_for)];
    spi::execute(&sql!("tokens/retire.sql", tokens = name), &parameters, Mode::Write)?;
    Ok((id, token))
}

#[pg_extern(sql = false)]
fn revoke_api_token(token_id: Option<Uuid>, api_tokens: Option<Regclass>) -> Result<bool, ErrorReport> {
    let id = *token_id.ok_or_else(|| Error::required("token_id"))?.as_bytes();
    let tokens = resolve::found(api_tokens, "api_tokens")?;
    let sql = sql!("tokens/revoke.sql", tokens = relation::quoted_name(tokens));
    let revoked = rights::as_caller(tokens, || spi::execute(&sql, &[Parameter::Uuid(id)], Mode::Write))?;
    Ok(revoked > 0)
}
