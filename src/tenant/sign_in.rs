//! Logins that failed, counted in the user's row, or by a hash for names that no user has. sql/install/sign_in.sql words the answer.
//!
//! Whoever counts must know what others counted a moment ago, whatever snapshot the transaction keeps: each query has one of its own.
use crate::core::sql::{SharedFragments, sql};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::{clock, subtransaction};
use crate::tenant::tokens::resolve;
use pgrx::datum::{Interval, TimestampWithTimeZone};
use pgrx::iter::TableIterator;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{name, pg_extern};

#[cfg(feature = "pg_test")]
mod server_tests;

/// What is locked stays as it is: no attempt makes it longer.
const IS_LOCKED: &str = "COALESCE(entry.locked_until OPERATOR(pg_catalog.>) $1, false)";
/// Those that count: after a lock, and when the last is too long ago, it begins anew.
const FAILURES: &str = "(CASE WHEN entry.locked_until IS NOT NULL OR entry.last_failed_login_at OPERATOR(pg_catalog.<=) ($1 OPERATOR(pg_catalog.-) $5) \
    THEN 0 ELSE entry.failed_login_attempts END)";
const OF_EMAIL: &str = "rowkit.email_key(entry.email::pg_catalog.text) OPERATOR(pg_catalog.=) rowkit.email_key($6)";
const OF_ID: &str = "entry.id OPERATOR(pg_catalog.=) $6::pg_catalog.uuid";
const KEY: &str = "pg_catalog.sha256(pg_catalog.convert_to(rowkit.email_key(COALESCE($6, '')), 'UTF8'))";

/// How often a count that others came before is done anew. Each time somebody else's was committed, so that only a storm, or a trigger
/// that always fails, comes to the end.
const TRIES: usize = 1000;

struct Attempt {
    succeeded: Option<bool>,
    most: i64,
    lock_for: Value,
    within: Value,
    login: Value,
    who: &'static str,
}

struct State {
    failures: i64,
    locked_until: Option<TimestampWithTimeZone>,
}

/// The table that is counted in, and what its queries share.
struct Table(Oid);

impl SharedFragments for Table {
    const NAMES: &'static [&'static str] = &["table", "is_locked", "failures"];

    fn fragments(&self) -> Vec<String> {
        vec![relation::quoted_name(self.0), IS_LOCKED.to_owned(), FAILURES.to_owned()]
    }
}

impl Attempt {
    /// Runs one of the queries; none when it found nobody.
    fn run(&self, sql: &str, at: i64, mode: Mode) -> Result<Option<State>> {
        let (at, succeeded) = (Value::timestamptz(at), Value::boolean(self.succeeded));
        let parameters = [
            Parameter::Value(&at),
            Parameter::Value(&succeeded),
            Parameter::Bigint(self.most),
            Parameter::Value(&self.lock_for),
            Parameter::Value(&self.within),
            Parameter::Value(&self.login),
        ];
        let found = spi::query(sql, &parameters, mode, |row| {
            let state = State { failures: row.bigint(2).unwrap_or_default(), locked_until: row.timestamptz(3) };
            (row.bigint(1) > Some(0)).then_some(state)
        })?;
        Ok(found.into_iter().next().flatten())
    }

    fn ask(&self, users: Oid, unknown: Option<Oid>) -> Result<Option<State>> {
        let at = clock::now();
        if let Some(state) = self.run(&sql!("sign_in/ask.sql", ..Table(users), who = self.who), at, Mode::ReadLatest)? {
            return Ok(Some(state));
        }
        let Some(unknown) = unknown else { return Ok(None) };
        let of_key = format!("entry.login_hash OPERATOR(pg_catalog.=) {KEY}");
        self.run(&sql!("sign_in/ask.sql", ..Table(unknown), who = of_key), at, Mode::ReadLatest)
    }

    fn count(&self, users: Oid, unknown: Option<Oid>) -> Result<Option<State>> {
        let at = clock::now();
        let counted = sql!("sign_in/counted.sql", is_locked = IS_LOCKED, failures = FAILURES);
        let has_login_time = relation::column(users, "last_login_at").is_some();
        let signed_in =
            if has_login_time { sql!("sign_in/signed_in.sql", is_locked = IS_LOCKED) } else { String::new() };
        let count = sql!("sign_in/count.sql", ..Table(users), counted = counted, signed_in = signed_in, who = self.who);
        if let Some(state) = self.run(&count, at, Mode::WriteNow)? {
            return Ok(Some(state));
        }
        let Some(unknown) = unknown else {
            let failures = i64::from(self.succeeded == Some(false));
            return Ok(Some(State { failures, locked_until: None }));
        };
        let count = sql!("sign_in/count_unknown.sql", ..Table(unknown), counted = counted, key = KEY);
        let state = self.run(&count, at, Mode::WriteNow)?;
        let forget = sql!("sign_in/forget.sql", table = relation::quoted_name(unknown));
        let at = Value::timestamptz(at);
        spi::execute(&forget, &[Parameter::Value(&at), Parameter::Value(&self.within)], Mode::WriteNow)?;
        Ok(state)
    }
}

/// Does it again when somebody else's change of the same row was committed between its snapshot and its turn. READ COMMITTED goes on to
/// the newest row by itself; a SERIALIZABLE transaction that met another may not go on at all.
fn in_turn<T>(work: impl Fn() -> Result<T>) -> Result<T> {
    if spi::keeps_snapshot() && !spi::is_serializable() {
        for _ in 0..TRIES {
            work::step();
            if let Some(done) = subtransaction::unless_overtaken(&work)? {
                return Ok(done);
            }
        }
    }
    work()
}

#[pg_extern(sql = false)]
#[allow(clippy::too_many_arguments, reason = "the arguments of the SQL function")]
fn count_login_attempt(
    users: Regclass,
    login: Option<&str>,
    is_email: Option<bool>,
    succeeded: Option<bool>,
    max_failures: Option<i32>,
    lock_for: Option<Interval>,
    within: Option<Interval>,
) -> Result<
    TableIterator<'static, (name!(failed_attempts, i64), name!(locked_until, Option<TimestampWithTimeZone>))>,
    ErrorReport,
> {
    let is_email = is_email.ok_or_else(|| Error::required("is_email"))?;
    let max_failures = max_failures.ok_or_else(|| Error::required("max_failures"))?;
    let lock_for = lock_for.ok_or_else(|| Error::required("lock_for"))?;
    let within = within.ok_or_else(|| Error::required("within"))?;
    let users = users.0;
    let unknown = resolve::neighbour(users, None, "login_failures")?;
    if relation::column(users, "failed_login_attempts").is_none() {
        let name = relation::quoted_name(users);
        return Err(Error::prerequisite_state(format!("{name} does not count failed logins"))
            .hint(format!("Its owner calls rowkit.enable_login_lockout('{name}') once."))
            .into());
    }
    let attempt = Attempt {
        succeeded,
        most: i64::from(max_failures),
        lock_for: Value::interval(lock_for),
        within: Value::interval(within),
        login: Value::text(login),
        who: if is_email { OF_EMAIL } else { OF_ID },
    };
    let state = rights::as_caller(users, || match succeeded {
        None => attempt.ask(users, unknown),
        Some(_) => in_turn(|| attempt.count(users, unknown)),
    })?;
    let state = state.unwrap_or(State { failures: 0, locked_until: None });
    Ok(TableIterator::once((state.failures, state.locked_until)))
}
