//! The end of an account's books, the one moment at which entries leave the ledger.
use super::account::{Account, Tables};
use crate::core::sql::sql;
use crate::pg::call::FunctionCallInfo;
use crate::pg::error::{Error, Result};
use crate::pg::operation::{self, OperationGuard};
use crate::pg::relation::{self, Regclass};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::trigger::{Answer, Call, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;

/// The ledger that an account just now leaves.
struct Closing(Oid);

#[pg_extern(sql = false)]
fn close_credit_account(
    account_id: Option<&str>,
    credit_accounts: Option<Regclass>,
) -> Result<Option<String>, ErrorReport> {
    let account_id = account_id.ok_or_else(|| Error::required("account_id"))?;
    let tables = Tables::find(credit_accounts)?;
    let close = || {
        if Account::open(&tables, account_id)?.is_none() {
            return Ok(None);
        }
        let sql = sql!("credits/close_account.sql", ..tables);
        let closing = OperationGuard::begin(Closing(tables.ledger()?));
        let told = spi::query(&sql, &[Parameter::Text(account_id)], Mode::WriteLatest, |row| row.text(1))?;
        drop(closing);
        Ok(told.into_iter().flatten().next())
    };
    Ok(tables.as_caller(close)?)
}

#[pg_extern(sql = false)]
fn keep_credit_entries(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let events = [Event::Update, Event::Delete, Event::Truncate];
    let call = Call::new(fcinfo, "keep_credit_entries()", Timing::BeforeStatement, &events)?;
    if call.event() == Event::Delete
        && operation::of_trigger::<Closing>().is_some_and(|closing| closing.0 == call.relation())
    {
        return Ok(call.nothing());
    }
    let ledger = relation::quoted_name(call.relation());
    Err(Error::conflict(format!("the ledger {ledger} only grows"))
        .hint("Correct it with a refund or a grant; rowkit.close_credit_account() ends an account and its part of the ledger.")
        .into())
}
