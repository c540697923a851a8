//! The statement triggers that count.
use super::changes::Changes;
use super::counter::Counter;
use super::definition::Definition;
use crate::error::{Error, Result};
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::relation;
use crate::pg::rights::OwnedTable;
use crate::pg::trigger::{Answer, Call, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;

struct Lookups {
    /// The table of the owners, which is of the same owner as the table that is counted.
    owners: OwnedTable,
    counter: Counter,
    changes: Changes,
}

#[pg_extern(sql = false)]
fn maintain_usage_counter(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    Ok(count(fcinfo, "maintain_usage_counter()", None)?)
}

#[pg_extern(sql = false)]
fn update_account_user_count(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    Ok(count(fcinfo, "update_account_user_count()", Some("user"))?)
}

#[pg_extern(sql = false)]
fn update_account_project_count(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    Ok(count(fcinfo, "update_account_project_count()", Some("project"))?)
}

#[pg_extern(sql = false)]
fn update_account_dataset_count(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    Ok(count(fcinfo, "update_account_dataset_count()", Some("dataset"))?)
}

/// The arguments of a trigger that counts an account's things of this name: its own are further options.
pub fn of_account(near: Oid, thing: &str, options: &[String]) -> Vec<String> {
    let mut arguments = vec!["accounts".to_owned(), "account_id".to_owned(), format!("current_{thing}_count")];
    let accounts = relation::named(near, "accounts").ok();
    let has = |name: &str| accounts.is_some_and(|accounts| relation::column(accounts, name).is_some());
    let limit = format!("max_{thing}s");
    if has(&limit) {
        arguments.push(format!("limit={limit}"));
    }
    if has("subscription_tier") {
        arguments.push("plan=subscription_tier".to_owned());
    }
    arguments.extend_from_slice(options);
    arguments
}

/// What a trigger's arguments say, those of a trigger of accounts with what its name says.
pub fn definition(function: &str, near: Oid, arguments: &[String], thing: Option<&str>) -> Result<Definition> {
    let named = thing.map(|thing| of_account(near, thing, arguments));
    Definition::read(named.as_deref().unwrap_or(arguments)).map_err(|wrong| {
        Error::trigger_protocol(format!("{function}: {wrong}"))
            .hint("rowkit.enable_usage_counter() makes the trigger; for example maintain_usage_counter('accounts', 'account_id', 'current_project_count', 'limit=max_projects').")
    })
}

fn count<'a>(fcinfo: FunctionCallInfo<'a>, function: &str, thing: Option<&str>) -> Result<Answer<'a>> {
    const EVENTS: [Event; 3] = [Event::Insert, Event::Update, Event::Delete];
    // The rows that TRUNCATE takes are there only before it.
    let call = Call::new(fcinfo, function, Timing::AfterStatement, &EVENTS)
        .or_else(|wrong| Call::new(fcinfo, function, Timing::BeforeStatement, &[Event::Truncate]).map_err(|_| wrong))?;
    let lookups = call_site_or(fcinfo, || look_up(&call, function, thing))?;
    let changes = lookups.changes.read(&call, function)?;
    if !changes.is_empty() {
        // Like a foreign key's own queries: who may write the row need not be able to write its owner.
        lookups.counter.change(lookups.owners, || lookups.counter.add(&changes))?;
    }
    Ok(call.nothing())
}

fn look_up(call: &Call<'_>, function: &str, thing: Option<&str>) -> Result<Lookups> {
    let definition = definition(function, call.relation(), &call.arguments(), thing)?;
    let changes = Changes::look_up(call, &definition)?;
    let owners = OwnedTable::of_trigger(call)?.named(&definition.owner)?;
    Ok(Lookups { owners, counter: Counter::of(definition, owners.relation())?, changes })
}
