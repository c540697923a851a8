//! A counter whose tables and columns are found.
use super::lock_order::{self, Attempt, Wait};
use crate::core::sql::{SharedFragments, sql};
use crate::core::usage::definition::{Definition, Limit, Storage};
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::relation::quoted_identifier as quoted;
use crate::pg::rights::{self, Keys, OwnedTable, Privilege};
use crate::pg::spi::{self, Mode, Parameter};
use pgrx::pg_sys::{INT4OID, INT8OID, Oid};

/// So much more (or less) for an owner, by its key's text.
pub type Change = (String, i64);

/// The table of a sharded counter's slots, in the owner's schema.
pub const SLOTS: &str = "usage_slots";

pub struct Counter {
    pub definition: Definition,
    pub owner: Oid,
    key_type: Oid,
    /// None until a counter of the schema is sharded.
    pub slots: Option<Oid>,
}

/// How an owner stands.
pub struct UsageState {
    pub used: i64,
    pub limit: Option<i64>,
    pub plan: Option<String>,
}

impl Counter {
    /// `near` is the table in whose schema a bare name is looked for.
    pub fn new(definition: Definition, near: Oid) -> Result<Counter> {
        let owner = relation::named(near, &definition.owner)?;
        Counter::of(definition, owner)
    }

    /// The tables that the counter's queries change: the owner's and the slots.
    fn prepare(&self, owner: OwnedTable) -> Result<()> {
        owner.prepare(Keys::Stay)?;
        self.slots.map_or(Ok(()), |slots| owner.of_same_owner(slots)?.prepare(Keys::Stay))
    }

    /// Runs `work`, which changes the counter, with the rights of the owner's table's owner.
    pub fn change<T>(&self, owner: OwnedTable, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.prepare(owner)?;
        owner.read(work)
    }

    pub fn of(definition: Definition, owner: Oid) -> Result<Counter> {
        let column_of = |table: Oid, name: &str| {
            relation::column_type(table, name).ok_or_else(|| {
                Error::undefined_column(format!("{} has no column \"{name}\"", relation::quoted_name(table)))
                    .hint("The usage counter's trigger names it; rowkit.enable_usage_counter() makes the trigger anew.")
            })
        };
        let column = |name: &str| column_of(owner, name);
        let key_type = column(&definition.key)?;
        let kind = column(&definition.counter).map_err(|missing| {
            missing.hint(format!(
                "Was it renamed? Call rowkit.disable_usage_counter(…, {}) and rowkit.enable_usage_counter() with the name of today.",
                crate::core::sql::literal(&definition.counter)
            ))
        })?;
        if kind != INT4OID && kind != INT8OID {
            return Err(Error::datatype_mismatch(format!(
                "column \"{}\" of {} must be of type integer or bigint, not {}",
                definition.counter,
                relation::quoted_name(owner),
                relation::type_name(kind)
            )));
        }
        if let Limit::Column(name) = &definition.limit {
            column(name)?;
        }
        if let Some(name) = &definition.plan {
            column(name)?;
        }
        // Where a counter needs no slots, another relation of the name is nobody's concern.
        let slots = match definition.storage {
            Storage::Immediate => {
                relation::beside(owner, SLOTS).filter(|slots| rights::is_of_same_owner(*slots, owner))
            }
            Storage::Sharded(_) => rights::beside(owner, SLOTS)?,
        };
        if let Limit::Plan { plans, column: limit, key } = &definition.limit {
            let plans = relation::named(owner, plans)?;
            rights::require_same_owner(plans, owner)?;
            column_of(plans, limit)?;
            column_of(plans, key)?;
        }
        if slots.is_none() && definition.storage != Storage::Immediate {
            return Err(Error::undefined_object(format!(
                "there is no table {SLOTS} beside {}",
                relation::quoted_name(owner)
            ))
            .hint("rowkit.enable_usage_counter(…, mode => 'sharded') makes it."));
        }
        Ok(Counter { definition, owner, key_type, slots })
    }

    /// The counter's name in the slots: its table's and its own. The slots lie in the table's schema, which may get another name.
    pub fn name(&self) -> String {
        let table = relation::name(self.owner).unwrap_or_default();
        format!("{}.{}", quoted(&table), quoted(&self.definition.counter))
    }
}

/// The counter's names in a query: its table, columns and slots.
impl SharedFragments for Counter {
    const NAMES: &'static [&'static str] = &["owner", "key", "type", "counter", "limit", "plan", "slots"];

    fn fragments(&self) -> Vec<String> {
        let definition = &self.definition;
        let limit = match &definition.limit {
            Limit::None => "NULL".to_owned(),
            Limit::Column(column) => format!("owner.{}", quoted(column)),
            Limit::Plan { column, plans, key } => format!(
                "(SELECT plan.{} FROM {} AS plan WHERE plan.{} OPERATOR(pg_catalog.=) owner.{})",
                quoted(column),
                relation::named(self.owner, plans).map_or_else(|_| quoted(plans), relation::quoted_name),
                quoted(key),
                definition.plan.as_deref().map_or_else(String::new, quoted)
            ),
        };
        let plan = definition.plan.as_ref().map_or_else(|| "NULL".to_owned(), |name| format!("owner.{}", quoted(name)));
        vec![
            relation::quoted_name(self.owner),
            quoted(&definition.key),
            relation::qualified_type_name(self.key_type),
            quoted(&definition.counter),
            limit,
            plan,
            self.slots.map_or_else(String::new, relation::quoted_name),
        ]
    }
}

impl Counter {
    /// Holds owners, the keys in ascending order, until the transaction ends; how many there are.
    pub fn hold(&self, keys: &[String]) -> Result<usize> {
        lock_order::locking(self.owner, keys, false, |wait| self.try_hold(keys, wait))
    }

    /// One attempt at that.
    pub fn try_hold(&self, keys: &[String], wait: Wait) -> Result<Attempt<usize>> {
        let sql = sql!("usage/hold_owners.sql", ..self, wait = wait.clause());
        let held = spi::execute(&sql, &[Parameter::Texts(keys)], Mode::WriteLatest)?;
        let has_all = wait == Wait::Long || held == self.count(keys)?;
        Ok(if has_all { Attempt::Done(held as usize) } else { Attempt::Stuck })
    }

    /// How many of these owners there are.
    pub fn count(&self, keys: &[String]) -> Result<u64> {
        let sql = sql!("usage/owners.sql", ..self);
        spi::execute(&sql, &[Parameter::Texts(keys)], Mode::ReadLatest)
    }

    /// Runs what reads a key that a caller gave as text; one that is no value of the key's type gets a HINT.
    pub fn reading_key<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let (owner, key) = (relation::quoted_name(self.owner), &self.definition.key);
        let kind = relation::qualified_type_name(self.key_type);
        let kind = kind.trim_start_matches("pg_catalog.");
        spi::hinting(&format!("The key of {owner} is column \"{key}\" of type {kind}."), work)
    }

    /// How an owner stands, with what its slots hold, with the caller's rights; none when the caller does not see the owner.
    pub fn read(&self, key: &str) -> Result<Option<UsageState>> {
        rights::as_caller(self.owner, || self.reading_key(|| self.read_here(key)))
    }

    fn read_here(&self, key: &str) -> Result<Option<UsageState>> {
        let (parameters, name) = ([Parameter::Text(key)], self.name());
        let found = spi::query(&sql!("usage/state.sql", ..self), &parameters, Mode::Read, state)?;
        let Some(mut state) = found.into_iter().next() else { return Ok(None) };
        if self.slots.is_some() {
            let sql = sql!("usage/slots_used.sql", ..self);
            let parameters = [Parameter::Text(&name), Parameter::Text(key)];
            // The slots of an owner that the caller sees.
            let owner = OwnedTable::granted(self.owner, Privilege::Select)?;
            let used = owner.read(|| spi::query(&sql, &parameters, Mode::Read, |row| row.bigint(1)))?;
            state.used = sum(state.used, used.into_iter().flatten().next().unwrap_or(0))?;
        }
        Ok(Some(state))
    }

    /// Refuses so much more for an owner that would stand above its limit.
    pub fn hold_to_limit(&self, key: &str, amount: i64, state: &UsageState) -> Result<()> {
        let after = i128::from(state.used) + i128::from(amount);
        let Some(limit) = state.limit.filter(|limit| amount > 0 && after > i128::from(*limit)) else {
            return Ok(());
        };
        let Definition { resource_type, limit: source, .. } = &self.definition;
        let owner = relation::quoted_name(self.owner);
        let plan = state.plan.as_deref().map_or_else(String::new, |plan| format!(" on plan \"{plan}\""));
        let raise = match source {
            Limit::Plan { column, plans, .. } => {
                format!("raise {column} of the plan in {plans}, or choose another plan")
            }
            Limit::Column(column) => format!("raise {column} of {owner}"),
            Limit::None => String::new(),
        };
        let detail = serde_json::json!({
            "account_id": key, "resource_type": resource_type, "limit": limit, "used": state.used, "requested": amount, "plan": state.plan,
        });
        Err(Error::limit_exceeded(format!(
            "{owner} {key} may have {limit} {resource_type}{plan}: {} in use, {amount} more asked for",
            state.used
        ))
        .detail(detail.to_string())
        .hint(format!("Delete some {resource_type}, or {raise}.")))
    }
}

/// Both together, or 22003.
pub fn sum(used: i64, more: i64) -> Result<i64> {
    if !crate::core::check::in_force("sums") {
        return Ok(used.wrapping_add(more));
    }
    used.checked_add(more).ok_or_else(|| Error::out_of_range("a usage counter"))
}

/// Reads used, limit and plan from the first columns of a row.
pub fn state(row: &spi::ResultRow) -> UsageState {
    UsageState { used: row.bigint(1).unwrap_or(0), limit: row.bigint(2), plan: row.text(3) }
}
