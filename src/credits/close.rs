//! The end of an account's books, the one moment at which entries leave the ledger.
use super::account::{Account, Tables};
use crate::error::{Error, Result};
use crate::pg::call::FunctionCallInfo;
use crate::pg::operation::Operations;
use crate::pg::relation::{self, Regclass};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::trigger::{Answer, Call, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;

thread_local! {
    /// The ledger that an account just now leaves.
    static CLOSING: Operations<Oid> = const { Operations::new() };
}

#[pg_extern(sql = false)]
fn close_credit_account(account_id: Option<&str>, credits: Option<Regclass>) -> Result<Option<String>, ErrorReport> {
    let account_id = account_id.ok_or_else(|| Error::required("account_id"))?;
    let tables = Tables::find(credits)?;
    if Account::open(&tables, account_id)?.is_none() {
        return Ok(None);
    }
    let sql = tables.fill(include_str!("../../sql/queries/credits/close_account.sql"));
    let closing = Operations::begin(&CLOSING, tables.ledger()?);
    let told = spi::query(&sql, &[Parameter::Text(account_id)], Mode::WriteLatest, |row| row.text(1))?;
    drop(closing);
    Ok(told.into_iter().flatten().next())
}

#[pg_extern(sql = false)]
fn keep_credit_entries(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let events = [Event::Update, Event::Delete, Event::Truncate];
    let call = Call::new(fcinfo, "keep_credit_entries()", Timing::BeforeStatement, &events)?;
    if call.event() == Event::Delete
        && CLOSING.with(Operations::of_trigger).is_some_and(|ledger| *ledger == call.relation())
    {
        return Ok(call.nothing());
    }
    let ledger = relation::quoted_name(call.relation());
    Err(Error::prerequisite_state(format!("the ledger {ledger} only grows"))
        .hint("Correct it with a refund or a grant; rowkit.close_credit_account() ends an account and its part of the ledger.")
        .into())
}
