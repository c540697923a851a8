//! A counter whose tables and columns are found.
use super::definition::{Definition, Limit, Storage};
use super::order::{self, Attempt, Wait};
use super::{immediate, sharded};
use crate::error::{Error, Result};
use crate::pg::patience;
use crate::pg::relation::{self, quoted_identifier as quoted};
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
pub struct Standing {
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
        let column = |name: &str| {
            relation::column_type(owner, name).ok_or_else(|| {
                Error::undefined_column(format!("{} has no column \"{name}\"", relation::quoted_name(owner)))
                    .hint("The usage counter's trigger names it; rowkit.enable_usage_counter() makes the trigger anew.")
            })
        };
        let key_type = column(&definition.key)?;
        let kind = column(&definition.counter)?;
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
        if let Limit::Plan { plans, .. } = &definition.limit {
            rights::require_same_owner(relation::named(owner, plans)?, owner)?;
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

    /// The counter's name in the slots: its table's and its own.
    pub fn name(&self) -> String {
        format!("{}.{}", relation::quoted_name(self.owner), quoted(&self.definition.counter))
    }

    /// A query with the counter's names filled in.
    pub fn fill(&self, sql: &str) -> String {
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
        sql.replace("@owner@", &relation::quoted_name(self.owner))
            .replace("@key@", &quoted(&definition.key))
            .replace("@type@", &relation::qualified_type_name(self.key_type))
            .replace("@counter@", &quoted(&definition.counter))
            .replace("@limit@", &limit)
            .replace(
                "@plan@",
                &definition.plan.as_ref().map_or_else(|| "NULL".to_owned(), |name| format!("owner.{}", quoted(name))),
            )
            .replace("@slots@", &self.slots.map_or_else(String::new, relation::quoted_name))
    }

    /// Holds owners, the keys in ascending order, until the transaction ends; how many there are.
    pub fn hold(&self, keys: &[String]) -> Result<usize> {
        order::locking(self.owner, keys, false, |wait| self.try_hold(keys, wait))
    }

    /// One attempt at that.
    pub fn try_hold(&self, keys: &[String], wait: Wait) -> Result<Attempt<usize>> {
        let sql = self.fill(include_str!("../../sql/queries/usage/hold_owners.sql")).replace("@wait@", wait.clause());
        let held = spi::execute(&sql, &[Parameter::Texts(keys)], Mode::WriteLatest)?;
        let has_all = wait == Wait::Long || held == self.count(keys)?;
        Ok(if has_all { Attempt::Done(held as usize) } else { Attempt::Stuck })
    }

    /// How many of these owners there are.
    pub fn count(&self, keys: &[String]) -> Result<u64> {
        let sql = self.fill("SELECT FROM @owner@ AS owner WHERE owner.@key@ OPERATOR(pg_catalog.=) ANY ($1::@type@[])");
        spi::execute(&sql, &[Parameter::Texts(keys)], Mode::ReadLatest)
    }

    /// Adds to each owner, the keys in ascending order; how many owners there are. Refused where a limit would be passed.
    pub fn add(&self, changes: &[Change]) -> Result<usize> {
        let added = patience::past_aborting_writers(|| match self.definition.storage {
            Storage::Immediate => immediate::add(self, changes),
            Storage::Sharded(most) => {
                let mut found = 0;
                for (key, amount) in changes {
                    found += usize::from(sharded::add(self, most, key, *amount)?);
                }
                Ok(found)
            }
        })?;
        added.ok_or_else(|| {
            Error::serialization_failure("an account was just given up by another transaction")
                .hint("Retry the transaction.")
        })
    }

    /// How an owner stands, with what its slots hold; none when the caller does not see the owner.
    pub fn read(&self, key: &str) -> Result<Option<Standing>> {
        let (parameters, name) = ([Parameter::Text(key)], self.name());
        let found = spi::query(
            &self.fill(include_str!("../../sql/queries/usage/standing.sql")),
            &parameters,
            Mode::Read,
            standing,
        )?;
        let Some(mut standing) = found.into_iter().next() else { return Ok(None) };
        if self.slots.is_some() {
            let sql = self.fill(include_str!("../../sql/queries/usage/slots_used.sql"));
            let parameters = [Parameter::Text(&name), Parameter::Text(key)];
            // The slots of an owner that the caller sees.
            let owner = OwnedTable::granted(self.owner, Privilege::Select)?;
            let used = owner.read(|| spi::query(&sql, &parameters, Mode::Read, |row| row.bigint(1)))?;
            standing.used = sum(standing.used, used.into_iter().flatten().next().unwrap_or(0))?;
        }
        Ok(Some(standing))
    }

    /// Refuses so much more for an owner that would stand above its limit.
    pub fn hold_to_limit(&self, key: &str, amount: i64, standing: &Standing) -> Result<()> {
        let after = i128::from(standing.used) + i128::from(amount);
        let Some(limit) = standing.limit.filter(|limit| amount > 0 && after > i128::from(*limit)) else {
            return Ok(());
        };
        let Definition { resource, limit: source, .. } = &self.definition;
        let owner = relation::quoted_name(self.owner);
        let plan = standing.plan.as_deref().map_or_else(String::new, |plan| format!(" on plan \"{plan}\""));
        let raise = match source {
            Limit::Plan { column, plans, .. } => {
                format!("raise {column} of the plan in {plans}, or choose another plan")
            }
            Limit::Column(column) => format!("raise {column} of {owner}"),
            Limit::None => String::new(),
        };
        let detail = serde_json::json!({
            "resource": resource, "limit": limit, "usage": standing.used, "requested": amount, "plan": standing.plan, "owner": key,
        });
        Err(Error::limit_exceeded(format!(
            "{owner} {key} may have {limit} {resource}{plan}: {} in use, {amount} more asked for",
            standing.used
        ))
        .detail(detail.to_string())
        .hint(format!("Delete some {resource}, or {raise}.")))
    }
}

/// Both together, or 22003.
pub fn sum(used: i64, more: i64) -> Result<i64> {
    if !crate::check::in_force("sums") {
        return Ok(used.wrapping_add(more));
    }
    used.checked_add(more).ok_or_else(|| Error::out_of_range("a usage counter"))
}

/// Reads used, limit and plan from the first columns of a row.
pub fn standing(row: &spi::ResultRow) -> Standing {
    Standing { used: row.bigint(1).unwrap_or(0), limit: row.bigint(2), plan: row.text(3) }
}
