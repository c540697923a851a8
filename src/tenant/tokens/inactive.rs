//! Tokens that nobody uses any more.
use super::resolve;
use crate::core::sql::sql;
use crate::pg::error::Result;
use crate::pg::relation::{self, Regclass};
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter, ResultRow, Value};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::iter::TableIterator;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, name, pg_extern};
use std::collections::HashMap;

#[pg_extern(sql = false, stable)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn inactive_api_tokens(
    days_old: Option<i32>,
    include_unused: Option<bool>,
    api_tokens: Option<Regclass>,
    users: Option<Regclass>,
) -> Result<
    TableIterator<
        'static,
        (
            name!(token_id, Option<Uuid>),
            name!(name, Option<String>),
            name!(email, Option<String>),
            name!(last_used_at, Option<TimestampWithTimeZone>),
            name!(days_inactive, Option<i32>),
        ),
    >,
    ErrorReport,
> {
    let (tokens, users) = (resolve::found(api_tokens, "api_tokens")?, resolve::found(users, "users")?);
    let sql = sql!("tokens/inactive.sql", tokens = relation::quoted_name(tokens));
    let (days, unused) = (Value::bigint(days_old.map(i64::from)), Value::boolean(include_unused));
    let parameters = [Parameter::Value(&days), Parameter::Value(&unused)];
    let read = |row: &ResultRow| {
        let days = row.bigint(5).and_then(|days| i32::try_from(days).ok());
        (row.uuid(1).map(Uuid::from_bytes), row.text(2), row.uuid(3), row.timestamptz(4), days)
    };
    let found = rights::reading_as_caller(tokens, || spi::query(&sql, &parameters, Mode::Read, read))?;
    let mut ids: Vec<[u8; 16]> = found.iter().filter_map(|token| token.2).collect();
    ids.sort_unstable();
    ids.dedup();
    let emails = emails(users, &ids)?;
    Ok(TableIterator::new(found.into_iter().map(move |(id, name, user, last_used_at, days)| {
        let email = user.and_then(|user| emails.get(&user).cloned().flatten());
        (id, name, email, last_used_at, days)
    })))
}

/// The e-mails of users, whose table may have another owner than the tokens.
fn emails(users: Oid, ids: &[[u8; 16]]) -> Result<HashMap<[u8; 16], Option<String>>> {
    let sql = format!(
        "SELECT person.id, person.email::pg_catalog.text FROM {} AS person WHERE person.id OPERATOR(pg_catalog.=) ANY ($1)",
        relation::quoted_name(users)
    );
    let read = |row: &ResultRow| row.uuid(1).map(|id| (id, row.text(2)));
    let found = rights::reading_as_caller(users, || spi::query(&sql, &[Parameter::Uuids(ids)], Mode::Read, read))?;
    Ok(found.into_iter().flatten().collect())
}
