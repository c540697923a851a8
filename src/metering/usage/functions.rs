//! The SQL functions of sql/install/usage.sql.
use super::add::add;
use super::counter::Counter;
use super::lock_order::Attempt;
use super::maintained::{MaintainedCounter, counted_tables, fed_counters, fed_counters_named};
use super::sharded::Check;
use super::{immediate, lock_order, sharded};
use crate::core::sql::{literal, sql};
use crate::core::usage::definition::{Definition, Limit, Storage, counts, resource_of};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights::{self, OwnedTable, Privilege};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::{allowance, subtransaction};
use pgrx::iter::{SetOfIterator, TableIterator};
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{name, pg_extern};

/// A difference between what a counter says and what its tables hold.
struct Drift {
    key: String,
    /// None where the column is NULL, which is drift, too: it must hold a number.
    stored: Option<i64>,
    used: i64,
    counted: i64,
}

/// The table of the owners: the one that is named, else `accounts` on the search_path.
fn owners(accounts: Option<Regclass>) -> Result<Oid> {
    let found = accounts.map(|named| named.0).or_else(|| relation::on_path("accounts"));
    found.filter(|found| relation::is_table(*found)).ok_or_else(|| {
        Error::undefined_object("there is no table accounts on the search_path")
            .hint("Name the table whose rows have the counters: accounts => 'app.accounts'.")
    })
}

/// The counters that triggers keep, and the columns current_… that nothing but functions changes.
fn counters(owner: Oid) -> Result<Vec<MaintainedCounter>> {
    let mut fed = fed_counters(owner)?;
    let columns = spi::query(
        include_str!("../../../sql/queries/usage/counter_columns.sql"),
        &[Parameter::Oid(owner)],
        Mode::Read,
        |row| row.text(1),
    )?;
    let columns: Vec<String> = columns.into_iter().flatten().collect();
    // Accounts are named by the key that rows refer to.
    let key = fed.first().map_or_else(|| "id".to_owned(), |fed| fed.counter.definition.key.clone());
    if relation::column(owner, &key).is_none() {
        return Ok(fed);
    }
    for column in columns.iter().filter(|column| column.starts_with("current_")) {
        if fed.iter().any(|known| known.counter.definition.counter == *column) {
            continue;
        }
        let limit = columns.iter().find(|limit| limit.starts_with("max_") && resource_of(limit) == resource_of(column));
        let plan = Some("subscription_tier".to_owned()).filter(|name| relation::column(owner, name).is_some());
        let definition = Definition {
            owner: relation::quoted_name(owner),
            foreign_key: String::new(),
            counter: column.clone(),
            key: key.clone(),
            resource_type: resource_of(column),
            condition: None,
            sum: None,
            limit: limit.map_or(Limit::None, |limit| Limit::Column(limit.clone())),
            plan,
            storage: Storage::Immediate,
        };
        fed.push(MaintainedCounter { counter: Counter::of(definition, owner)?, sources: Vec::new() });
    }
    Ok(fed)
}

fn counter_of(owner: Oid, resource_type: &str) -> Result<MaintainedCounter> {
    let mut counters = counters(owner)?;
    let place = counters.iter().position(|fed| {
        let definition = &fed.counter.definition;
        definition.resource_type == resource_type || counts(&definition.counter, resource_type)
    });
    place.map(|place| counters.swap_remove(place)).ok_or_else(|| {
        let known: Vec<&str> = counters.iter().map(|fed| fed.counter.definition.resource_type.as_str()).collect();
        Error::invalid_parameter(format!("{} has no counter of {resource_type}", relation::quoted_name(owner)))
            .hint(format!("It counts {}.", if known.is_empty() { "nothing".to_owned() } else { known.join(", ") }))
    })
}

/// Whether the caller may change the owner's row; it is held then, unless the caller owns its table and needs no such proof.
fn may_change(counter: &Counter, key: &str) -> Result<bool> {
    if rights::is_owner(counter.owner) {
        return Ok(true);
    }
    Ok(counter.reading_key(|| counter.hold(&[key.to_owned()]))? > 0)
}

#[pg_extern(sql = false)]
fn change_usage(
    accounts: Option<Regclass>,
    account_id: Option<&str>,
    resource_type: Option<&str>,
    amount: Option<i64>,
) -> Result<bool, ErrorReport> {
    let account_id = account_id.ok_or_else(|| Error::required("account_id"))?;
    let resource_type = resource_type.ok_or_else(|| Error::required("resource_type"))?;
    let amount = amount.ok_or_else(|| Error::required("amount"))?;
    let owner = owners(accounts)?;
    let MaintainedCounter { counter, sources } = counter_of(owner, resource_type)?;
    // As guard_usage_counter() has it; slots have no such guard.
    if !sources.is_empty() && rights::is_subject_to_rls(owner) {
        let (column, owner) = (&counter.definition.counter, relation::quoted_name(owner));
        return Err(Error::insufficient_privilege(format!("column \"{column}\" of {owner} is not yours to write"))
            .hint("Triggers count; rowkit.sync_usage_counters() puts right what is wrong.")
            .into());
    }
    let change = [(account_id.to_owned(), amount)];
    let found = match counter.definition.storage {
        Storage::Immediate => rights::as_caller(owner, || counter.reading_key(|| add(&counter, &change, &[])))?,
        Storage::Sharded(_) if may_change(&counter, account_id)? => counter
            .change(OwnedTable::granted(owner, Privilege::Update(&counter.definition.counter))?, || {
                counter.reading_key(|| add(&counter, &change, &[]))
            })?,
        Storage::Sharded(_) => 0,
    };
    Ok(found > 0)
}

#[pg_extern(sql = false, stable)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn account_usage(
    account_id: Option<&str>,
    accounts: Option<Regclass>,
) -> Result<
    TableIterator<
        'static,
        (name!(resource_type, String), name!(used, i64), name!(usage_limit, Option<i64>), name!(plan, Option<String>)),
    >,
    ErrorReport,
> {
    let account_id = account_id.ok_or_else(|| Error::required("account_id"))?;
    let owner = owners(accounts)?;
    let read = |counter: &Counter| counter.read(account_id);
    let mut rows = Vec::new();
    for MaintainedCounter { counter, .. } in counters(owner)? {
        if let Some(state) = read(&counter)? {
            rows.push((counter.definition.resource_type, state.used, state.limit, state.plan));
        }
    }
    Ok(TableIterator::new(rows))
}

#[pg_extern(sql = false, stable)]
fn read_usage_counter(
    account_id: Option<&str>,
    resource_type: Option<&str>,
    accounts: Option<Regclass>,
) -> Result<Option<i64>, ErrorReport> {
    let account_id = account_id.ok_or_else(|| Error::required("account_id"))?;
    let resource_type = resource_type.ok_or_else(|| Error::required("resource_type"))?;
    let owner = owners(accounts)?;
    let MaintainedCounter { counter, .. } = counter_of(owner, resource_type)?;
    Ok(counter.read(account_id)?.map(|state| state.used))
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn usage_resource(counter: &str) -> String {
    resource_of(counter)
}

#[pg_extern(sql = false, stable)]
fn usage_resources(accounts: Regclass) -> Result<SetOfIterator<'static, String>, ErrorReport> {
    let counters = counters(owners(Some(accounts))?)?;
    Ok(SetOfIterator::new(counters.into_iter().map(|fed| fed.counter.definition.resource_type)))
}

#[pg_extern(sql = false, stable)]
fn check_usage_available(
    account_id: Option<&str>,
    resource_type: Option<&str>,
    amount: Option<i64>,
    accounts: Option<Regclass>,
) -> Result<bool, ErrorReport> {
    let account_id = account_id.ok_or_else(|| Error::required("account_id"))?;
    let resource_type = resource_type.ok_or_else(|| Error::required("resource_type"))?;
    let amount = amount.ok_or_else(|| Error::required("amount"))?;
    let owner = owners(accounts)?;
    let MaintainedCounter { counter, .. } = counter_of(owner, resource_type)?;
    let state = counter.read(account_id)?;
    Ok(state.is_some_and(|state| counter.hold_to_limit(account_id, amount, &state).is_ok()))
}

/// What the counter says and its tables hold, of one owner or all, and of all or those that differ. Nobody feeds it: none.
fn compare(fed: &MaintainedCounter, key: Option<&str>, only_wrong: bool, mode: Mode) -> Result<Vec<Drift>> {
    if fed.sources.is_empty() {
        return Ok(Vec::new());
    }
    let sources = fed.counted()?;
    let counter = &fed.counter;
    let used = match counter.slots {
        Some(slots) => format!(
            "SELECT slot.owner_key, pg_catalog.sum(slot.used)::pg_catalog.int8 AS used FROM {} AS slot \
             WHERE slot.counter OPERATOR(pg_catalog.=) {} GROUP BY slot.owner_key",
            relation::quoted_name(slots),
            literal(&counter.name())
        ),
        None => "SELECT NULL::pg_catalog.text AS owner_key, 0::pg_catalog.int8 AS used WHERE false".to_owned(),
    };
    let sql = sql!("usage/drift.sql", ..counter, sources = sources.join(" UNION ALL "), used = used);
    let (key, only_wrong) = (Value::text(key), Value::boolean(Some(only_wrong)));
    let found = OwnedTable::granted(counter.owner, Privilege::Select)?.read(|| {
        spi::query(&sql, &[Parameter::Value(&key), Parameter::Value(&only_wrong)], mode, |row| {
            Some(Drift { key: row.text(1)?, stored: row.bigint(2), used: row.bigint(3)?, counted: row.bigint(4)? })
        })
    })?;
    Ok(found.into_iter().flatten().collect())
}

#[pg_extern(sql = false, stable)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn usage_drift(
    accounts: Option<Regclass>,
) -> Result<
    TableIterator<
        'static,
        (
            name!(table_name, Oid),
            name!(record_key, String),
            name!(stored, Option<i64>),
            name!(counted, i64),
            name!(resource_type, String),
        ),
    >,
    ErrorReport,
> {
    let named = if accounts.is_some() { vec![owners(accounts)?] } else { counted_tables()? };
    let (own, others): (Vec<Oid>, Vec<Oid>) = named.into_iter().partition(|owner| rights::is_owner(*owner));
    if let (true, Some(other)) = (own.is_empty(), others.first()) {
        return Err(Error::insufficient_privilege(format!(
            "only the owner of {} may compare all its counters",
            relation::quoted_name(*other)
        ))
        .hint("account_usage() and calculate_account_usage() answer for one account that the caller sees.")
        .into());
    }
    let of_owner = |owner: Oid| {
        let mut rows = Vec::new();
        for fed in fed_counters(owner)? {
            work::step();
            for drift in compare(&fed, None, true, Mode::Read)? {
                work::step();
                rows.push((
                    owner,
                    drift.key,
                    drift.stored,
                    drift.counted,
                    fed.counter.definition.resource_type.clone(),
                ));
            }
        }
        Ok::<_, Error>(rows)
    };
    if let (true, [owner]) = (accounts.is_some(), own.as_slice()) {
        return Ok(TableIterator::new(of_owner(*owner)?));
    }
    // The tables are those of many roles, and none of them holds up the others: those of untrusted owners come last.
    let is_trusted = |owner: &Oid| subtransaction::attempted(|| allowance::is_trusted(*owner));
    let (trusted, untrusted): (Vec<Oid>, Vec<Oid>) =
        own.into_iter().partition(|owner| is_trusted(owner).unwrap_or(false));
    let mut rows = Vec::new();
    for owner in trusted.into_iter().chain(untrusted) {
        work::step();
        let compared = subtransaction::told(|| allowance::shared(owner, |_| of_owner(owner)));
        match compared {
            Ok(found) => rows.extend(found),
            Err(why) => {
                pgrx::warning!("counters of {} were not compared: {why}", relation::quoted_name(owner));
            }
        }
    }
    Ok(TableIterator::new(rows))
}

#[pg_extern(sql = false, stable)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn counted_usage(
    account_id: Option<&str>,
    accounts: Option<Regclass>,
) -> Result<TableIterator<'static, (name!(resource_type, String), name!(counted, i64))>, ErrorReport> {
    let account_id = account_id.ok_or_else(|| Error::required("account_id"))?;
    let mut rows = Vec::new();
    for fed in counters(owners(accounts)?)? {
        work::step();
        let Some(state) = fed.counter.read(account_id)? else { continue };
        let counted = compare(&fed, Some(account_id), false, Mode::Read)?;
        rows.push((
            fed.counter.definition.resource_type,
            counted.first().map_or(state.used, |counted| counted.counted),
        ));
    }
    Ok(TableIterator::new(rows))
}

/// Puts right what an owner's counters say, or all owners'; how many were wrong.
#[pg_extern(sql = false)]
fn sync_usage(account_id: Option<&str>, accounts: Option<Regclass>, counter: Option<&str>) -> Result<i64, ErrorReport> {
    let owner = owners(accounts)?;
    let mut corrected = 0;
    // Another counter of the table may have to be enabled again, too.
    let counters = if counter.is_some() { fed_counters_named(owner, counter)? } else { counters(owner)? };
    for fed in &counters {
        work::step();
        let wrong = match account_id {
            Some(key) if may_change(&fed.counter, key)? => vec![key.to_owned()],
            None if rights::is_owner(owner) => {
                compare(fed, None, true, Mode::ReadLatest)?.into_iter().map(|drift| drift.key).collect()
            }
            _ => {
                return Err(Error::undefined_object(format!(
                    "{} has no such row that the caller may change",
                    relation::quoted_name(owner)
                ))
                .into());
            }
        };
        for key in wrong {
            work::step();
            corrected += correct(fed, &key)?;
        }
    }
    Ok(corrected)
}

/// Adds what an owner's counter lacks. The owner is held first, so that nobody else corrects it; who writes meanwhile is not in the way.
fn correct(fed: &MaintainedCounter, key: &str) -> Result<i64> {
    let counter = &fed.counter;
    let keys = [key.to_owned()];
    let again = counter.definition.storage != Storage::Immediate;
    let owner = OwnedTable::granted(counter.owner, Privilege::Update(&counter.definition.counter))?;
    let corrected = lock_order::locking(counter.owner, &keys, again, |wait| {
        let held = owner.read(|| counter.try_hold(&keys, wait))?;
        if !matches!(held, Attempt::Done(_)) {
            return Ok(Attempt::Stuck);
        }
        let drifts = compare(fed, Some(key), true, Mode::ReadLatest)?;
        for drift in &drifts {
            work::step();
            let lacks =
                drift.counted.checked_sub(drift.used).ok_or_else(|| Error::out_of_range("a counter's correction"))?;
            let done = counter.change(owner, || match counter.definition.storage {
                Storage::Sharded(most) => sharded::gather(counter, most, key, lacks, wait, Check::Nothing),
                Storage::Immediate => immediate::count(counter, &keys, &[lacks]).map(|_| Attempt::Done(true)),
            })?;
            if done != Attempt::Done(true) {
                return Ok(Attempt::Stuck);
            }
        }
        Ok(Attempt::Done(drifts))
    })?;
    for drift in &corrected {
        work::step();
        let stored = drift.stored.map_or_else(|| "NULL".to_owned(), |stored| stored.to_string());
        pgrx::warning!(
            "{} of {} {key} were counted as {stored} and are {}",
            counter.definition.resource_type,
            relation::quoted_name(counter.owner),
            drift.counted
        );
    }
    Ok(i64::try_from(corrected.len()).unwrap_or(i64::MAX))
}
