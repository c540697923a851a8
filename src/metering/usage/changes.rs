//! What a statement changes of a counter.
use super::counter::Change;
use crate::core::fields::identifier::uuid_text;
use crate::core::sql::{quoted, sql};
use crate::core::usage::definition::Definition;
use crate::pg::error::{Error, Result};
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode};
use crate::pg::transition::{Side, TransitionRow, for_each_row};
use crate::pg::trigger::{Attribute, Call, Columns, Event};
use crate::pg::{transition, written};
use pgrx::pg_sys::{INT2OID, INT4OID, INT8OID, UUIDOID};
use std::collections::{BTreeMap, HashMap};

/// How a trigger adds up its statement's rows.
pub enum Changes {
    /// By reading them, for keys that are equal when they read the same.
    Walked { key: Attribute, sum: Option<Attribute>, deleted_at: Option<Attribute> },
    /// By a query, for other keys, for conditions, and for the rows that TRUNCATE takes.
    Queried { sql: String, has_condition: bool },
}

impl Changes {
    pub fn look_up(call: &Call<'_>, definition: &Definition) -> Result<Changes> {
        let integers = [INT2OID, INT4OID, INT8OID];
        let key = call.required_column(&definition.foreign_key)?;
        let sum = definition.sum.as_ref().map(|sum| call.required_attribute(sum, &integers)).transpose()?;
        let deleted_at = call.attribute("deleted_at");
        let is_plain = key.kind == UUIDOID || integers.contains(&key.kind);
        if is_plain && definition.condition.is_none() && call.event() != Event::Truncate {
            return Ok(Changes::Walked { key, sum, deleted_at });
        }
        let rows = |rows: &str, sign: &str| counted_rows(definition, rows, sign, deleted_at.is_some());
        let sources = match call.event() {
            Event::Insert => rows("new_rows", ""),
            Event::Delete => rows("old_rows", "-"),
            Event::Update => format!("{} UNION ALL {}", rows("new_rows", ""), rows("old_rows", "-")),
            Event::Truncate => rows(&format!("ONLY {}", call.relation_name()), "-"),
        };
        let query = sql!("usage/changes.sql", sources = sources);
        // The relation's number: a plan over new_rows serves one relation only.
        let sql = format!("/* {} */ {query}", u32::from(call.relation()));
        Ok(Changes::Queried { sql, has_condition: definition.condition.is_some() })
    }

    /// By owner, in the order of their keys; owners whose rows come to nothing are left out.
    pub fn read(&self, call: &Call<'_>, function: &str) -> Result<Vec<Change>> {
        let (sql, has_condition) = match self {
            Changes::Walked { key, sum, deleted_at } => return walk(call, function, *key, *sum, *deleted_at),
            Changes::Queried { sql, has_condition } => (sql, *has_condition),
        };
        let read = |row: &spi::ResultRow| Some((row.text(1)?, row.bigint(2)?));
        let query = || match call.event() {
            Event::Truncate => OwnedTable::of_trigger(call)?.read(|| spi::query(sql, &[], Mode::ReadLatest, read)),
            _ => transition::query_touched(call, sql, read),
        };
        // What a condition means must not depend on who writes.
        let changes = if has_condition { written::with_qualified_names(query)? } else { query()? };
        Ok(changes.into_iter().flatten().collect())
    }
}

#[derive(PartialEq, Eq, Hash)]
enum Key {
    Integer(i64),
    Uuid([u8; 16]),
}

fn walk(
    call: &Call<'_>,
    function: &str,
    key: Attribute,
    sum: Option<Attribute>,
    deleted_at: Option<Attribute>,
) -> Result<Vec<Change>> {
    // No statement has rows enough to leave these.
    let mut amounts: HashMap<Key, i128> = HashMap::new();
    let mut add = |row: &TransitionRow, sign: i128| {
        if deleted_at.is_some_and(|deleted_at| !row.is_null(deleted_at)) {
            return;
        }
        let owner = if key.kind == UUIDOID { row.uuid(key).map(Key::Uuid) } else { row.integer(key).map(Key::Integer) };
        let amount = sum.map_or(1, |sum| row.integer(sum).unwrap_or(0));
        if let Some(owner) = owner {
            *amounts.entry(owner).or_default() += sign * i128::from(amount);
        }
    };
    let event = call.event();
    if event != Event::Delete {
        for_each_row(call, Side::New, function, |row| {
            add(row, 1);
            Ok(())
        })?;
    }
    if event != Event::Insert {
        for_each_row(call, Side::Old, function, |row| {
            add(row, -1);
            Ok(())
        })?;
    }
    let sorted = amounts.into_iter().filter(|(_, amount)| *amount != 0).map(|(owner, amount)| {
        let amount = match i64::try_from(amount) {
            Err(_) if !crate::core::check::in_force("sums") => amount as i64,
            amount => amount.map_err(|_| Error::out_of_range("the sum of what a statement counts"))?,
        };
        let owner = match owner {
            Key::Integer(number) => number.to_string(),
            Key::Uuid(bytes) => uuid_text(&bytes),
        };
        Ok((owner, amount))
    });
    let sorted = sorted.collect::<Result<BTreeMap<String, i64>>>()?;
    Ok(sorted.into_iter().collect())
}

/// A query for what these rows count: those with an owner, not deleted, and as the counter's condition says.
pub fn counted_rows(definition: &Definition, rows: &str, sign: &str, is_soft: bool) -> String {
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
