//! Trigger on owners. A new owner's counter begins with 0, even if its row was given another number. When an owner's key changes,
//! its counter is recounted ([`super::key_change`]).
//!
//! The first is done after the row is there. A trigger before it would change what an upsert calls EXCLUDED, and with it the counter of an owner that
//! is there already.
use super::key_change::{self, KeyChange};
use super::maintained::{MaintainedCounter, fed_counter};
use crate::core::sql::{Identifier, quoted, sql};
use crate::core::usage::definition::Storage;
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::{Error, Result};
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{INT4OID, INT8OID};

struct Begin {
    table: OwnedTable,
    counter: Attribute,
    /// The primary key; none where the row is known by its place.
    key: Vec<Attribute>,
    sql: String,
    /// What the slots of a key hold of an owner that had it before, with the key.
    slots: Option<(MaintainedCounter, Attribute)>,
}

#[pg_extern(sql = false)]
fn keep_usage_counter(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let name = "keep_usage_counter()";
    let call = Call::new(fcinfo, name, Timing::AfterRow, &[Event::Insert])
        .or_else(|wrong| Call::new(fcinfo, name, Timing::BeforeRow, &[Event::Update]).map_err(|_| wrong))?;
    match &*call_site_or(fcinfo, || Keep::look_up(&call))? {
        Keep::Begin(begin) => {
            take_back(&call, begin)?;
            Ok(call.nothing())
        }
        Keep::KeyChange(change) => Ok(change.count_anew(&call)?),
    }
}

enum Keep {
    Begin(Begin),
    KeyChange(KeyChange),
}

impl Keep {
    fn look_up(call: &Call<'_>) -> Result<Keep> {
        let arguments = call.arguments();
        let [name] = &arguments[..] else {
            return Err(Error::trigger_protocol("keep_usage_counter() takes the column that counts")
                .hint("For example EXECUTE FUNCTION rowkit.keep_usage_counter('current_project_count')."));
        };
        match call.event() {
            Event::Update => KeyChange::look_up(call, name).map(Keep::KeyChange),
            _ => look_up(call, name).map(Keep::Begin),
        }
    }
}

fn look_up(call: &Call<'_>, name: &str) -> Result<Begin> {
    let counter = call.required_attribute(name, &[INT4OID, INT8OID])?;
    let columns = call.columns();
    let by_number = |number: &i32| columns.iter().find(|(_, column)| column.number == *number);
    let (names, key): (Vec<&String>, Vec<Attribute>) =
        call.primary_key().iter().filter_map(by_number).map(|(name, column)| (name, *column)).unzip();
    let is_row: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(place, name)| format!("owner.{} OPERATOR(pg_catalog.=) ${}", quoted(name), place + 2))
        .collect();
    let is_row =
        if is_row.is_empty() { "owner.ctid OPERATOR(pg_catalog.=) $2".to_owned() } else { is_row.join(" AND ") };
    let table = OwnedTable::of_trigger(call)?;
    let sql = sql!("usage/begin.sql", owner = table.quoted_name(), counter = Identifier(name), is_row = is_row);
    let fed = fed_counter(call.table(), name)?;
    let slots = match fed.filter(|fed| fed.counter.definition.storage != Storage::Immediate) {
        Some(fed) => Some(call.required_column(&fed.counter.definition.key).map(|key| (fed, key))?),
        None => None,
    };
    Ok(Begin { table, counter, key, sql, slots })
}

/// Subtracts the number that the row was given, and deletes slots left by a former owner of the key. Keeps counts from triggers.
fn take_back(call: &Call<'_>, begin: &Begin) -> Result<()> {
    let new = call.new_row();
    let key: Vec<Value> = match &begin.key[..] {
        [] => vec![new.locator()],
        key => key.iter().map(|part| new.value(*part)).collect(),
    };
    if let Some((fed, key)) = &begin.slots {
        key_change::clear_slots(begin.table, fed, &new.value(*key), &new.value(*key))?;
    }
    if new.integer(begin.counter) == Some(0) {
        return Ok(());
    }
    let given = new.value(begin.counter);
    let parameters: Vec<Parameter<'_>> = std::iter::once(&given).chain(&key).map(Parameter::Value).collect();
    begin.table.write(|| spi::execute(&begin.sql, &parameters, Mode::WriteLatest)).map(|_| ())
}
