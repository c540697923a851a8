//! Counters that triggers keep, and the tables whose rows they count.
use super::changes::counted_rows;
use super::counter::Counter;
use crate::core::usage::definition::Definition;
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::trigger::NAMED_OTHERWISE;
use pgrx::pg_sys::Oid;
use std::collections::BTreeMap;

/// A counter of an owner's table and the tables that feed it; none do when only functions change it.
pub struct MaintainedCounter {
    pub counter: Counter,
    pub sources: Vec<(Oid, Definition)>,
}

impl MaintainedCounter {
    /// SQL for the counted rows of each table.
    pub fn counted(&self) -> Result<Vec<String>> {
        let counted = |(table, definition): &(Oid, Definition)| {
            let name = relation::quoted_name(*table);
            let mut columns = definition.sum.iter().chain([&definition.foreign_key]);
            if let Some(column) = columns.find(|column| relation::column(*table, column).is_none()) {
                return Err(Error::undefined_column(format!("{name} has no column \"{column}\"")).hint(NAMED_OTHERWISE));
            }
            Ok(counted_rows(definition, &name, "", rights::has_deleted_rows(*table)?))
        };
        self.sources.iter().map(counted).collect()
    }
}

/// The columns of an owner's table that the rows of other tables keep.
pub fn counter_columns(owner: Oid) -> Result<Vec<String>> {
    let fed = fed_counters(owner)?;
    Ok(fed.into_iter().map(|fed| fed.counter.definition.counter).collect())
}

/// The arguments of a trigger that counts an account's things of this name: its own are further options.
fn of_account(near: Oid, thing: &str, options: &[String]) -> Vec<String> {
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

/// Parses a trigger's arguments. For `_update_account_…_count` the owner, foreign key, counter, limit and plan come from the function's name.
pub fn definition(function: &str, near: Oid, arguments: &[String], thing: Option<&str>) -> Result<Definition> {
    let named = thing.map(|thing| of_account(near, thing, arguments));
    Definition::read(named.as_deref().unwrap_or(arguments)).map_err(|wrong| {
        Error::trigger_protocol(format!("{function}: {wrong}"))
            .hint("rowkit.enable_usage_counter() makes the trigger; for example maintain_usage_counter('accounts', 'account_id', 'current_project_count', 'limit=max_projects').")
    })
}

/// The triggers that keep counters, of one owner's table or of any: their tables and what their arguments say.
fn feeding(owner: Option<Oid>) -> Result<Vec<(Oid, Definition)>> {
    let found = spi::query(
        include_str!("../../../sql/queries/usage/counters.sql"),
        &[Parameter::Value(&Value::oid(owner))],
        Mode::Read,
        |row| Some((row.oid(1)?, row.text(2)?, row.texts(3))),
    )?;
    let definition = |(table, function, arguments): (Oid, String, Vec<String>)| {
        let thing = function.strip_prefix("_update_account_").and_then(|name| name.strip_suffix("_count"));
        // A trigger whose arguments are wrong says so when it fires.
        definition(&function, table, &arguments, thing).ok().map(|definition| (table, definition))
    };
    Ok(found.into_iter().flatten().filter_map(definition).collect())
}

/// The tables whose rows have counters that triggers keep.
pub fn counted_tables() -> Result<Vec<Oid>> {
    let found = feeding(None)?;
    let owners = found.iter().filter_map(|(table, definition)| relation::named(*table, &definition.owner).ok());
    let by_name: BTreeMap<String, Oid> = owners.map(|owner| (relation::quoted_name(owner), owner)).collect();
    Ok(by_name.into_values().collect())
}

/// Returns the counter that is stored in this column.
pub fn fed_counter(owner: Oid, column: &str) -> Result<Option<MaintainedCounter>> {
    Ok(fed_counters(owner)?.into_iter().find(|fed| fed.counter.definition.counter == column))
}

/// Returns the counters of a table that triggers maintain.
pub fn fed_counters(owner: Oid) -> Result<Vec<MaintainedCounter>> {
    let fed = fed_counters_named(owner, None)?;
    // The triggers on the owner are there under whatever name it has; those that count find it by its name.
    let sql = include_str!("../../../sql/queries/usage/kept_counters.sql");
    let kept = spi::query(sql, &[Parameter::Oid(owner)], Mode::Read, |row| row.text(1))?;
    let is_fed = |name: &String| fed.iter().any(|known| known.counter.definition.counter == *name);
    let lost: Vec<String> = kept.into_iter().flatten().filter(|name| !is_fed(name)).collect();
    if lost.is_empty() {
        return Ok(fed);
    }
    for (table, definition) in feeding(Some(owner))? {
        if lost.contains(&definition.counter) && relation::named(table, &definition.owner).is_err() {
            let (table, name) = (relation::quoted_name(table), relation::quoted_name(owner));
            return Err(Error::prerequisite_state(format!(
                "{table} is counted in \"{}\" of {}, which is not there",
                definition.counter, definition.owner
            ))
            .hint(format!(
                "If that table is now {name}, call rowkit.enable_usage_counter() again with the present names."
            )));
        }
    }
    Ok(fed)
}

/// Returns all maintained counters of a table, or the one in this column.
pub fn fed_counters_named(owner: Oid, column: Option<&str>) -> Result<Vec<MaintainedCounter>> {
    let mut fed: Vec<MaintainedCounter> = Vec::new();
    for (table, definition) in feeding(Some(owner))? {
        let is_wanted = column.is_none_or(|column| definition.counter == column);
        if !is_wanted || relation::named(table, &definition.owner).ok() != Some(owner) {
            continue;
        }
        match fed.iter_mut().find(|known| known.counter.definition.counter == definition.counter) {
            Some(known) => known.sources.push((table, definition)),
            None => {
                let counter = Counter::new(definition.clone(), table)?;
                fed.push(MaintainedCounter { counter, sources: vec![(table, definition)] });
            }
        }
    }
    Ok(fed)
}
