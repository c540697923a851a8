//! The SQL functions of sql/install/credits.sql.
use super::account::{Account, Id, Operation, Tables, balance, total};
use crate::core::credits::allocation;
use crate::core::fields::identifier::uuid_text;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::relation::Regclass;
use crate::pg::spi::{self, Mode, Parameter, Value};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, pg_extern};
use serde_json::json;

fn new_id() -> Result<Id> {
    let id = spi::query("SELECT rowkit.uuidv7()", &[], Mode::Read, |row| row.uuid(1))?;
    id.into_iter().flatten().next().ok_or_else(|| Error::internal("uuidv7() answers nothing"))
}

fn positive(amount: i64) -> Result<i64> {
    if amount > 0 {
        return Ok(amount);
    }
    Err(Error::invalid_parameter(format!("amount must be positive, not {amount}"))
        .hint("Credits are whole numbers from 1."))
}

#[pg_extern(sql = false)]
#[allow(clippy::too_many_arguments, reason = "the arguments of the SQL function")]
fn grant_credits(
    credit_accounts: Option<Regclass>,
    account_id: Option<&str>,
    amount: Option<i64>,
    priority: Option<i64>,
    expires_at: Option<&str>,
    period: Option<&str>,
    source: Option<&str>,
    idempotency_key: Option<&str>,
) -> Result<String, ErrorReport> {
    let account_id = account_id.ok_or_else(|| Error::required("account_id"))?;
    let amount = positive(amount.ok_or_else(|| Error::required("amount"))?)?;
    let priority = priority.ok_or_else(|| Error::required("priority"))?;
    if period.is_some_and(|period| !["day", "week", "month"].contains(&period)) {
        return Err(Error::invalid_parameter("period must be day, week or month")
            .hint("NULL is a grant that is given once.")
            .into());
    }
    let tables = Tables::find(credit_accounts)?;
    let request = json!({"kind": "grant", "amount": amount, "priority": priority, "expires_at": expires_at, "period": period, "source": source});
    let request = request.to_string();
    Ok(tables.as_caller(|| {
        let account = Account::make(&tables, account_id)?;
        if let Some(answer) = account.known(idempotency_key, &request)? {
            return Ok(answer);
        }
        let (id, grant) = (new_id()?, new_id()?);
        let (expires_at, period, source_value) = (Value::text(expires_at), Value::text(period), Value::text(source));
        let sql = sql!("credits/make_grant.sql", ..tables);
        let parameters = [
            Parameter::Uuid(grant),
            Parameter::Text(account_id),
            Parameter::Bigint(amount),
            Parameter::Bigint(priority),
            Parameter::Value(&expires_at),
            Parameter::Value(&period),
            Parameter::Value(&source_value),
        ];
        spi::execute(&sql, &parameters, Mode::WriteLatest)?;
        account.record(&Operation {
            id,
            kind: "grant",
            amount,
            action: source,
            key: idempotency_key,
            request: &request,
            status: None,
            hold_for: None,
            of: None,
        })?;
        account.enter(Some(id), grant, amount, "grant")?;
        account.change_balance(amount)?;
        account.answer(id, ("grant_id", grant), amount)
    })?)
}

/// Takes credits for good, or holds them for a time.
#[pg_extern(sql = false)]
fn spend_credits(
    credit_accounts: Option<Regclass>,
    account_id: Option<&str>,
    amount: Option<i64>,
    action: Option<&str>,
    idempotency_key: Option<&str>,
    hold_for: Option<&str>,
) -> Result<String, ErrorReport> {
    let account_id = account_id.ok_or_else(|| Error::required("account_id"))?;
    let amount = positive(amount.ok_or_else(|| Error::required("amount"))?)?;
    let action = action.ok_or_else(|| Error::required("action"))?;
    let tables = Tables::find(credit_accounts)?;
    let kind = if hold_for.is_some() { "reserve" } else { "consume" };
    let request = json!({"kind": kind, "amount": amount, "action": action, "hold_for": hold_for}).to_string();
    Ok(tables.as_caller(|| {
        let account = Account::open(&tables, account_id)?;
        if let Some(answer) = account.as_ref().map_or(Ok(None), |account| account.known(idempotency_key, &request))? {
            return Ok(answer);
        }
        let usable = account.as_ref().map_or(Ok(Vec::new()), Account::usable)?;
        let (Some(account), Some(parts)) = (account.as_ref(), allocation::take(&usable, amount)) else {
            let there = total(usable.iter().map(|part| part.amount))?;
            let granted = account.as_ref().map_or(Ok(0), Account::granted)?;
            let detail = json!({
                "account_id": account_id, "resource_type": "credits", "limit": granted, "used": granted - there, "requested": amount,
                "plan": null,
            });
            return Err(Error::credits_exceeded(format!(
                "account {account_id} has {there} credits, and {action} takes {amount}"
            ))
            .detail(detail.to_string())
            .hint("Grant credits with rowkit.grant_credits(), or wait for the next period."));
        };
        let id = new_id()?;
        account.record(&Operation {
            id,
            kind,
            amount,
            action: Some(action),
            key: idempotency_key,
            request: &request,
            status: hold_for.map(|_| "held"),
            hold_for,
            of: None,
        })?;
        account.move_parts(id, &parts, -1, kind)?;
        account.answer(id, (if hold_for.is_some() { "reservation_id" } else { "operation_id" }, id), amount)
    })?)
}

/// Gives back what an operation took: a refund of it, the release of a reservation, or what its settlement left.
#[pg_extern(sql = false)]
fn return_credits(
    credit_accounts: Option<Regclass>,
    operation: Option<Uuid>,
    amount: Option<i64>,
    kind: Option<&str>,
    idempotency_key: Option<&str>,
) -> Result<String, ErrorReport> {
    let kind = kind.ok_or_else(|| Error::required("kind"))?;
    let tables = Tables::find(credit_accounts)?;
    let operation = *operation.ok_or_else(|| Error::required("operation_id"))?.as_bytes();
    Ok(tables.as_caller(|| give_back(&tables, operation, amount, kind, idempotency_key))?)
}

fn give_back(
    tables: &Tables,
    operation: Id,
    amount: Option<i64>,
    kind: &str,
    idempotency_key: Option<&str>,
) -> Result<String> {
    let find = sql!("credits/find_operation.sql", ..tables);
    let look = || {
        let found = spi::query(&find, &[Parameter::Uuid(operation)], Mode::ReadLatest, |row| {
            (row.text(1), row.text(2), row.text(3), row.bigint(4).unwrap_or(0), row.text(5))
        })?;
        let missing = || {
            Error::undefined_object(format!("there is no operation {} in {}", uuid_text(&operation), tables.label()))
        };
        found.into_iter().next().ok_or_else(missing)
    };
    let account_id = look()?.0.unwrap_or_default();
    let request = json!({"kind": kind, "amount": amount, "of": uuid_text(&operation)}).to_string();
    let account = Account::open(tables, &account_id)?
        .ok_or_else(|| Error::undefined_object(format!("account {account_id} has no credits")))?;
    if let Some(answer) = account.known(idempotency_key, &request)? {
        return Ok(answer);
    }
    // What it is now that it is held.
    let (_, of_kind, status, taken, action) = look()?;
    let is_reservation = of_kind.as_deref() == Some("reserve");
    let most = match kind {
        "refund" if of_kind.as_deref() == Some("consume") || status.as_deref() == Some("settled") => {
            amount.map_or(Ok(i64::MAX), positive)?
        }
        "release" | "settle" if is_reservation && status.as_deref() == Some("held") => match amount {
            Some(used) if used < 0 || used > taken => {
                return Err(Error::invalid_parameter(format!(
                    "a reservation of {taken} cannot be settled with {used}"
                ))
                .hint("Settle at most what was reserved, and consume the rest."));
            }
            used => taken - used.unwrap_or(if kind == "settle" { taken } else { 0 }),
        },
        _ => {
            let state = status.or(of_kind).unwrap_or_default();
            return Err(Error::conflict(format!("an operation with status {state} does not allow: {kind}"))
                .hint("What was consumed or settled can be refunded; what is held can be settled or released."));
        }
    };
    let id = new_id()?;
    let refundable = total(account.taken(operation)?.iter().map(|taken| taken.part.amount))?;
    if kind == "refund" && (refundable == 0 || amount.is_some_and(|amount| amount > refundable)) {
        return Err(Error::invalid_parameter(format!("{refundable} credits of the operation can be refunded"))
            .hint("No more comes back than was taken."));
    }
    let back = most.min(refundable);
    account.record(&Operation {
        id,
        kind,
        amount: back,
        action: action.as_deref(),
        key: idempotency_key,
        request: &request,
        status: None,
        hold_for: None,
        of: Some(operation),
    })?;
    account.give_back(operation, id, back, kind)?;
    if kind != "refund" {
        account.end_reservation(operation, if kind == "settle" { "settled" } else { "released" })?;
    }
    account.answer(id, ("operation_id", id), back)
}

#[pg_extern(sql = false, stable)]
fn credit_balance(account_id: Option<&str>, credit_accounts: Option<Regclass>) -> Result<i64, ErrorReport> {
    let account_id = account_id.ok_or_else(|| Error::required("account_id"))?;
    let tables = Tables::find(credit_accounts)?;
    Ok(tables.as_caller(|| balance(&tables, account_id, Mode::Read))?)
}

/// Brings accounts up to date: those with grants of this period, or all.
#[pg_extern(sql = false)]
fn renew_credits(credit_accounts: Option<Regclass>, period: Option<&str>) -> Result<i64, ErrorReport> {
    let tables = Tables::find(credit_accounts)?;
    let period = Value::text(period);
    let sql = sql!("credits/stale_accounts.sql", ..tables);
    Ok(tables.as_caller(|| {
        let stale = spi::query(&sql, &[Parameter::Value(&period)], Mode::ReadLatest, |row| row.text(1))?;
        let mut renewed = 0;
        for id in stale.into_iter().flatten() {
            work::step();
            renewed += i64::from(Account::open(&tables, &id)?.is_some());
        }
        Ok(renewed)
    })?)
}
