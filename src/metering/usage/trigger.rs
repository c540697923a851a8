//! The statement triggers that count.
use super::add::add;
use super::changes::Changes;
use super::counter::{Change, Counter};
use super::key_change;
use super::maintained::definition;
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::Result;
use crate::pg::rights::OwnedTable;
use crate::pg::trigger::{Answer, Call, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;

struct UsageTriggerState {
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

fn count<'a>(fcinfo: FunctionCallInfo<'a>, function: &str, thing: Option<&str>) -> Result<Answer<'a>> {
    const EVENTS: [Event; 3] = [Event::Insert, Event::Update, Event::Delete];
    // The rows that TRUNCATE takes are there only before it.
    let call = Call::new(fcinfo, function, Timing::AfterStatement, &EVENTS)
        .or_else(|wrong| Call::new(fcinfo, function, Timing::BeforeStatement, &[Event::Truncate]).map_err(|_| wrong))?;
    let lookups = call_site_or(fcinfo, || look_up(&call, function, thing))?;
    let changes = lookups.changes.read(&call, function)?;
    if !changes.is_empty() {
        let counter = &lookups.counter;
        let is_expected = |(key, amount): &&Change| {
            call.event() == Event::Update
                && key_change::is_expected(counter.owner, &counter.definition.counter, key, *amount)
        };
        let followed: Vec<String> = changes.iter().filter(is_expected).map(|(key, _)| key.clone()).collect();
        // Like a foreign key's own queries: who may write the row need not be able to write its owner.
        counter.change(lookups.owners, || add(counter, &changes, &followed))?;
    }
    Ok(call.nothing())
}

fn look_up(call: &Call<'_>, function: &str, thing: Option<&str>) -> Result<UsageTriggerState> {
    let definition = definition(function, call.relation(), &call.arguments(), thing)?;
    let changes = Changes::look_up(call, &definition)?;
    let owners = OwnedTable::of_trigger(call)?.named(&definition.owner)?;
    Ok(UsageTriggerState { owners, counter: Counter::of(definition, owners.relation())?, changes })
}
