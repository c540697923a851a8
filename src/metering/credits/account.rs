//! An account's credits, held by one writer.
use crate::core::credits::allocation::Part;
use crate::core::fields::identifier::uuid_text;
use crate::core::sql::{SharedFragments, sql};
use crate::core::work;
use crate::metering::usage::lock_order::{self, Attempt, Wait};
use crate::pg::error::{Error, Result};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter, Value};
use pgrx::pg_sys::Oid;

pub type Id = [u8; 16];

/// The four tables that enable_credits makes.
pub struct Tables {
    accounts: Oid,
    names: [String; 4],
    key_type: String,
}

impl Tables {
    /// Those of the accounts named, or found on the search_path.
    pub fn find(credit_accounts: Option<Regclass>) -> Result<Tables> {
        let missing = || {
            Error::undefined_object("there is no table credit_accounts on the search_path")
                .hint("Name it: credit_accounts => 'app.credit_accounts'; rowkit.enable_credits makes it.")
        };
        let accounts = credit_accounts
            .map(|named| named.0)
            .or_else(|| relation::on_path("credit_accounts"))
            .ok_or_else(missing)?;
        // All of one owner: another's table among them would have that role's triggers run with the caller's rights.
        let beside = |name: &str| rights::beside(accounts, name)?.map(relation::quoted_name).ok_or_else(missing);
        let key_type = relation::column_type(accounts, "account_id").map(relation::type_name).ok_or_else(missing)?;
        let names = [
            relation::quoted_name(accounts),
            beside("credit_grants")?,
            beside("credit_operations")?,
            beside("credit_entries")?,
        ];
        Ok(Tables { accounts, names, key_type })
    }

    pub fn ledger(&self) -> Result<Oid> {
        relation::beside(self.accounts, "credit_entries").ok_or_else(|| Error::internal("the ledger is gone"))
    }

    /// Runs `work` on them with the caller's rights, or with their owner's where the caller has those.
    pub fn as_caller<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        rights::as_caller(self.accounts, work)
    }

    pub fn label(&self) -> String {
        relation::quoted_name(self.accounts)
    }
}

impl SharedFragments for Tables {
    const NAMES: &'static [&'static str] = &["accounts", "grants", "operations", "entries", "type"];

    fn fragments(&self) -> Vec<String> {
        self.names.iter().chain([&self.key_type]).cloned().collect()
    }
}

/// What is written down of a call.
pub struct Operation<'a> {
    pub id: Id,
    pub kind: &'a str,
    pub amount: i64,
    pub action: Option<&'a str>,
    pub key: Option<&'a str>,
    pub request: &'a str,
    pub status: Option<&'a str>,
    /// As an interval's text.
    pub hold_for: Option<&'a str>,
    pub of: Option<Id>,
}

/// What an operation took of one grant.
pub struct Taken {
    pub part: Part,
    /// Whether the grant's period is still the one it was taken in.
    pub is_current: bool,
}

pub struct Account<'a> {
    pub tables: &'a Tables,
    pub id: &'a str,
}

impl<'a> Account<'a> {
    /// Holds the account and brings it up to date; none when it has no credits yet.
    pub fn open(tables: &'a Tables, id: &'a str) -> Result<Option<Account<'a>>> {
        let exists = sql!("credits/account.sql", ..tables);
        let is_there = lock_order::locking(tables.accounts, &[id.to_owned()], false, |wait| {
            let hold = sql!("credits/hold_account.sql", ..tables, wait = wait.clause());
            let held = spi::execute(&hold, &[Parameter::Text(id)], Mode::WriteLatest)?;
            let is_passed_over = held == 0
                && wait == Wait::Never
                && spi::execute(&exists, &[Parameter::Text(id)], Mode::ReadLatest)? > 0;
            Ok(if is_passed_over { Attempt::Stuck } else { Attempt::Done(held > 0) })
        })?;
        if !is_there {
            return Ok(None);
        }
        let account = Account { tables, id };
        if spi::keeps_snapshot() {
            // Whatever changes credits changes this row: a newer one than the snapshot's is a serialization failure here, before foreign
            // keys miss rows that the snapshot does not show.
            account.change_balance(0)?;
        }
        account.update()?;
        Ok(Some(account))
    }

    /// The same for an account that may be new.
    pub fn make(tables: &'a Tables, id: &'a str) -> Result<Account<'a>> {
        let make = sql!("credits/make_account.sql", ..tables);
        spi::execute(&make, &[Parameter::Text(id)], Mode::WriteLatest)?;
        Account::open(tables, id)?.ok_or_else(|| Error::internal(format!("the account {id} is not there")))
    }

    /// Gives back what reservations hold that lapsed, takes what ended, and begins the periods that have come.
    pub fn update(&self) -> Result<()> {
        let sql = sql!("credits/lapsed_reservations.sql", ..self.tables);
        let lapsed = spi::query(&sql, &[Parameter::Text(self.id)], Mode::ReadLatest, |row| row.uuid(1))?;
        for reservation in lapsed.into_iter().flatten() {
            work::step();
            self.give_back(reservation, reservation, i64::MAX, "release")?;
            self.end_reservation(reservation, "expired")?;
        }
        let sql = sql!("credits/lapsed_grants.sql", ..self.tables);
        let lapsed = spi::query(&sql, &[Parameter::Text(self.id)], Mode::ReadLatest, |row| {
            Some((row.uuid(1)?, row.bigint(2)?, row.bigint(3)?))
        })?;
        for (grant, left, renewed) in lapsed.into_iter().flatten() {
            work::step();
            self.enter(None, grant, -left, "lapse")?;
            let renew = sql!("credits/renew_grant.sql", ..self.tables);
            spi::execute(&renew, &[Parameter::Uuid(grant), Parameter::Bigint(renewed)], Mode::WriteLatest)?;
            self.enter(None, grant, renewed, "renew")?;
            self.change_balance(total([renewed, -left])?)?;
        }
        Ok(())
    }

    /// A line in the ledger for what a grant's remainder already shows.
    pub fn enter(&self, operation: Option<Id>, grant: Id, amount: i64, kind: &str) -> Result<()> {
        if amount == 0 {
            return Ok(());
        }
        let operation = Value::uuid(operation);
        let sql = sql!("credits/enter.sql", ..self.tables);
        let parameters =
            [Parameter::Value(&operation), Parameter::Uuid(grant), Parameter::Bigint(amount), Parameter::Text(kind)];
        spi::execute(&sql, &parameters, Mode::WriteLatest).map(|_| ())
    }

    pub fn change_balance(&self, amount: i64) -> Result<()> {
        let sql = sql!("credits/set_balance.sql", ..self.tables);
        spi::execute(&sql, &[Parameter::Text(self.id), Parameter::Bigint(amount)], Mode::WriteLatest).map(|_| ())
    }

    /// The grants that can give, in the order in which they do.
    pub fn usable(&self) -> Result<Vec<Part>> {
        let sql = sql!("credits/usable_grants.sql", ..self.tables);
        let found = spi::query(&sql, &[Parameter::Text(self.id)], Mode::ReadLatest, |row| {
            Some(Part { grant: row.uuid(1)?, amount: row.bigint(2)? })
        })?;
        Ok(found.into_iter().flatten().collect())
    }

    /// How many credits its grants gave that have not ended.
    pub fn granted(&self) -> Result<i64> {
        let sql = sql!("credits/granted.sql", ..self.tables);
        let found = spi::query(&sql, &[Parameter::Text(self.id)], Mode::ReadLatest, |row| row.bigint(1))?;
        Ok(found.into_iter().flatten().next().unwrap_or(0))
    }

    /// Adds to the grants (or takes from them), writes it into the ledger, and changes the balance.
    pub fn move_parts(&self, operation: Id, parts: &[Part], sign: i64, kind: &str) -> Result<()> {
        let grants: Vec<Id> = parts.iter().map(|part| part.grant).collect();
        let amounts: Vec<i64> = parts.iter().map(|part| sign * part.amount).collect();
        let sql = sql!("credits/move_parts.sql", ..self.tables);
        let parameters = [
            Parameter::Text(self.id),
            Parameter::Uuid(operation),
            Parameter::Uuids(&grants),
            Parameter::Bigints(&amounts),
            Parameter::Text(kind),
        ];
        spi::execute(&sql, &parameters, Mode::WriteLatest)?;
        self.change_balance(total(amounts)?)
    }

    /// What an operation took and was not given back yet, the last first.
    pub fn taken(&self, operation: Id) -> Result<Vec<Taken>> {
        let sql = sql!("credits/taken_parts.sql", ..self.tables);
        let taken = spi::query(&sql, &[Parameter::Uuid(operation)], Mode::ReadLatest, |row| {
            Some(Taken { part: Part { grant: row.uuid(1)?, amount: row.bigint(2)? }, is_current: row.boolean(3)? })
        })?;
        Ok(taken.into_iter().flatten().collect())
    }

    /// Gives back at most so much of what `from` took, to the grants it came from. What came from a period that has passed is gone with
    /// it: it is written down as given back and lapsed.
    pub fn give_back(&self, from: Id, operation: Id, most: i64, kind: &str) -> Result<()> {
        let (mut left, mut parts) = (most, Vec::new());
        for Taken { part, is_current } in self.taken(from)? {
            let part = Part { grant: part.grant, amount: part.amount.min(left) };
            left -= part.amount;
            if is_current {
                parts.push(part);
            } else {
                self.enter(Some(operation), part.grant, part.amount, kind)?;
                self.enter(None, part.grant, -part.amount, "lapse")?;
            }
        }
        parts.retain(|part| part.amount > 0);
        if parts.is_empty() { Ok(()) } else { self.move_parts(operation, &parts, 1, kind) }
    }

    /// Brings the account up to date once more, and answers the caller: the same as often as the same is asked.
    pub fn answer(&self, operation: Id, (name, id): (&str, Id), amount: i64) -> Result<String> {
        self.update()?;
        self.change_balance(0)?;
        let id = uuid_text(&id);
        let balance = balance(self.tables, self.id, Mode::ReadLatest)?;
        let answer = serde_json::json!({name: id, "amount": amount, "balance": balance}).to_string();
        let sql = sql!("credits/answer.sql", ..self.tables);
        spi::execute(&sql, &[Parameter::Uuid(operation), Parameter::Text(&answer)], Mode::WriteLatest)?;
        Ok(answer)
    }

    pub fn end_reservation(&self, reservation: Id, status: &str) -> Result<()> {
        let sql = sql!("credits/end_reservation.sql", ..self.tables);
        spi::execute(&sql, &[Parameter::Uuid(reservation), Parameter::Text(status)], Mode::WriteLatest).map(|_| ())
    }

    /// The answer that was given under this key, if it was asked the same.
    pub fn known(&self, key: Option<&str>, request: &str) -> Result<Option<String>> {
        let Some(key) = key else { return Ok(None) };
        let sql = sql!("credits/known_operation.sql", ..self.tables);
        let parameters = [Parameter::Text(self.id), Parameter::Text(key), Parameter::Text(request)];
        let found = spi::query(&sql, &parameters, Mode::ReadLatest, |row| (row.boolean(1), row.text(2)))?;
        match found.into_iter().next() {
            None => Ok(None),
            Some((Some(true), answer)) => Ok(answer),
            Some(_) => Err(Error::invalid_parameter(format!("the idempotency key {key} was used for another request"))
                .hint("A key stands for one request: the same account, amount and action. Use a new key.")),
        }
    }

    pub fn record(&self, operation: &Operation<'_>) -> Result<()> {
        let action = Value::text(operation.action);
        let key = Value::text(operation.key);
        let status = Value::text(operation.status);
        let hold_for = Value::text(operation.hold_for);
        let of = Value::uuid(operation.of);
        let sql = sql!("credits/record_operation.sql", ..self.tables);
        let parameters = [
            Parameter::Uuid(operation.id),
            Parameter::Text(self.id),
            Parameter::Text(operation.kind),
            Parameter::Bigint(operation.amount),
            Parameter::Value(&action),
            Parameter::Value(&key),
            Parameter::Text(operation.request),
            Parameter::Value(&status),
            Parameter::Value(&hold_for),
            Parameter::Value(&of),
        ];
        spi::execute(&sql, &parameters, Mode::WriteLatest).map(|_| ())
    }
}

/// All of them together, or 22003.
pub fn total(amounts: impl IntoIterator<Item = i64>) -> Result<i64> {
    let sum = amounts.into_iter().try_fold(0_i64, i64::checked_add);
    sum.ok_or_else(|| Error::out_of_range("a sum of credits"))
}

/// What an account has, as it would stand once brought up to date; 0 without credits.
pub fn balance(tables: &Tables, id: &str, mode: Mode) -> Result<i64> {
    let sql = sql!("credits/balance.sql", ..tables);
    let found = spi::query(&sql, &[Parameter::Text(id)], mode, |row| row.bigint(1))?;
    Ok(found.into_iter().flatten().next().unwrap_or(0))
}
