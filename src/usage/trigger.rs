//! The statement triggers that count.
use super::counter::{Change, Counter};
use super::definition::Definition;
use crate::error::{Error, Result};
use crate::pg::call::call_site_or;
use crate::pg::relation::{self, quoted_identifier as quoted};
use crate::pg::rights;
use crate::pg::setting;
use crate::pg::spi::{self, Mode};
use crate::pg::trigger::{Answer, Call, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{FunctionCallInfo, INT2OID, INT4OID, INT8OID, Oid};

/// A trigger's counter and the query that answers what its statement changes.
struct Lookups {
    counter: Counter,
    changes: String,
}

#[pg_extern(sql = false)]
fn maintain_usage_counter(fcinfo: FunctionCallInfo) -> Result<Answer, ErrorReport> {
    Ok(count(fcinfo, "maintain_usage_counter()", None)?)
}

#[pg_extern(sql = false)]
fn update_account_user_count(fcinfo: FunctionCallInfo) -> Result<Answer, ErrorReport> {
    Ok(count(fcinfo, "update_account_user_count()", Some("user"))?)
}

#[pg_extern(sql = false)]
fn update_account_project_count(fcinfo: FunctionCallInfo) -> Result<Answer, ErrorReport> {
    Ok(count(fcinfo, "update_account_project_count()", Some("project"))?)
}

#[pg_extern(sql = false)]
fn update_account_dataset_count(fcinfo: FunctionCallInfo) -> Result<Answer, ErrorReport> {
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

fn count(fcinfo: FunctionCallInfo, function: &str, thing: Option<&str>) -> Result<Answer> {
    const EVENTS: [Event; 3] = [Event::Insert, Event::Update, Event::Delete];
    // The rows that TRUNCATE takes are there only before it.
    let call = Call::new(fcinfo, function, Timing::AfterStatement, &EVENTS)
        .or_else(|wrong| Call::new(fcinfo, function, Timing::BeforeStatement, &[Event::Truncate]).map_err(|_| wrong))?;
    let lookups = call_site_or(fcinfo, || look_up(&call, function, thing))?;
    let changes = changes(&call, lookups)?;
    if !changes.is_empty() {
        // Like a foreign key's own queries: who may write the row need not be able to write its owner.
        rights::as_owner(call.relation(), || lookups.counter.add(&changes))?;
    }
    Ok(call.nothing())
}

fn look_up(call: &Call<'_>, function: &str, thing: Option<&str>) -> Result<Lookups> {
    let definition = definition(function, call.relation(), &call.arguments(), thing)?;
    if call.attribute(&definition.foreign_key).is_none() {
        return Err(Error::undefined_column(format!(
            "{} has no column \"{}\"",
            call.relation_name(),
            definition.foreign_key
        )));
    }
    if let Some(sum) = &definition.sum {
        call.required_attribute(sum, &[INT2OID, INT4OID, INT8OID])?;
    }
    let is_soft = call.attribute("deleted_at").is_some();
    let rows = |rows: &str, sign: &str| changed_rows(&definition, rows, sign, is_soft);
    let sources = match call.event() {
        Event::Insert => rows("new_rows", ""),
        Event::Delete => rows("old_rows", "-"),
        Event::Update => format!("{} UNION ALL {}", rows("new_rows", ""), rows("old_rows", "-")),
        Event::Truncate => rows(&format!("ONLY {}", call.relation_name()), "-"),
    };
    // The relation's number: a plan over new_rows serves one relation only.
    let changes =
        format!("/* {} */ {}", u32::from(call.relation()), include_str!("../../sql/queries/usage/changes.sql"));
    Ok(Lookups { counter: Counter::new(definition, call.relation())?, changes: changes.replace("@sources@", &sources) })
}

/// A query for what these rows count: those with an owner, not deleted, and as the counter's condition says.
pub fn changed_rows(definition: &Definition, rows: &str, sign: &str, is_soft: bool) -> String {
    let owner = quoted(&definition.foreign_key);
    let amount = definition.sum.as_ref().map_or_else(
        || "1::pg_catalog.int8".to_owned(),
        |sum| format!("COALESCE({}, 0)::pg_catalog.int8", quoted(sum)),
    );
    let live = if is_soft { " AND deleted_at IS NULL" } else { "" };
    let condition = definition.condition.as_ref().map_or_else(String::new, |condition| format!(" AND ({condition})"));
    format!(
        "SELECT {owner} AS owner_key, {sign}{amount} AS amount FROM {rows} AS counted WHERE {owner} IS NOT NULL{live}{condition}"
    )
}

fn changes(call: &Call<'_>, lookups: &Lookups) -> Result<Vec<Change>> {
    let read = |row: &spi::ResultRow| Some((row.text(1)?, row.bigint(2)?));
    let query = || match call.event() {
        Event::Truncate => {
            rights::as_owner(call.relation(), || spi::query(&lookups.changes, &[], Mode::ReadLatest, read))
        }
        _ => spi::query_touched(call, &lookups.changes, read),
    };
    let changes = match &lookups.counter.definition.condition {
        // What the condition means must not depend on who writes.
        Some(_) => setting::with(c"search_path", "pg_catalog, pg_temp", query)?,
        None => query()?,
    };
    Ok(changes.into_iter().flatten().collect())
}
