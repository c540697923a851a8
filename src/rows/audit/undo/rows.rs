//! A table whose rows are taken back: which of its columns an event may write and compare, and the statements that do it.
use super::events::Event;
use crate::core::audit::definition;
use crate::core::audit::history::{self, Row};
use crate::core::sql::{Literal, literal, quoted, sql};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::operation::{self, OperationGuard};
use crate::pg::relation;
use crate::pg::rights::{self, OwnedTable, Privilege};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::rows::audit::maintained;
use crate::rows::audit::table::{Audited, Typed};
use crate::rows::lifecycle;
use pgrx::pg_sys::Oid;
use std::collections::BTreeSet;

pub struct Table {
    pub audited: Audited,
    /// Columns that follow the rows of other tables.
    counters: BTreeSet<String>,
    /// Columns that other triggers of rowkit's keep.
    kept: BTreeSet<String>,
    /// Whether rows are deleted softly.
    is_soft: bool,
}

pub enum Outcome {
    /// The columns that a trigger of the table's set to something else by itself.
    Done(Vec<String>),
    /// Nothing to do: a trigger or somebody else took it back already.
    Unchanged,
    /// The row holds something else by now.
    Changed,
}

/// Outcome of setting a column.
const IS_SET: i64 = 0;
const IS_LEFT: i64 = 1;

impl Table {
    pub fn find(log: Oid, label: &str) -> Result<Table> {
        let is_gone = |wrong: Error| {
            Error::prerequisite_state(format!(
                "the transaction cannot be taken back: {label} is no table with a primary key any more"
            ))
            .detail(wrong.message())
            .hint(
                "It was renamed, moved, dropped or changed since. After a rename rowkit.rebind_audit_events() takes its events along.",
            )
        };
        let audited = relation::named(log, label).and_then(Audited::find).map_err(is_gone)?;
        // A user who can write their own log must not use it to undo other users' changes.
        if audited.log.oid != log {
            return Err(Error::conflict(format!(
                "{} is not audited in {}",
                relation::quoted_name(audited.table),
                relation::quoted_name(log)
            ))
            .hint("A transaction is taken back by the log that the table's audit writes to."));
        }
        // The caller named the log. What another owner hangs on a table that is audited in it would run with the caller's rights.
        if !rights::may_ask_policies(audited.table, log) {
            let (table, log) = (relation::quoted_name(audited.table), relation::quoted_name(log));
            return Err(Error::insufficient_privilege(format!(
                "the transaction changed {table}, which is not of the owner of {log}"
            ))
            .hint(format!("The owner of {table} can take it back there.")));
        }
        relation::refuse_rules(audited.table)?;
        let is_soft = ["deleted_at", "deletion_id"].iter().all(|mark| audited.column(mark).is_some());
        Ok(Table {
            counters: maintained::counters(audited.table)?,
            kept: maintained::columns(audited.table)?,
            audited,
            is_soft,
        })
    }

    /// Whether the table has the column, and it can be written.
    fn is_written(&self, name: &str) -> bool {
        self.audited.column(name).is_some_and(|column| !column.is_generated)
    }

    fn is_ignored(&self, name: &str) -> bool {
        let is_key = self.audited.key.iter().any(|column| column.name == *name);
        let ignored = || self.audited.definition.ignore.iter().any(|ignored| ignored == name);
        !is_key && (self.counters.contains(name) || self.kept.contains(name) || ignored())
    }

    /// Refuses a change of a column that was renamed or dropped: without it the undo would be incomplete. Also refuses changes by
    /// soft delete that changed other columns of the row, too.
    pub fn refuse(&self, event: &Event) -> Result<()> {
        let table = &event.table;
        let refused = |what: String| Error::conflict(format!("the transaction cannot be taken back: {what}"));
        let is_marked = history::is_set(event.old.get("deletion_id"));
        if self.is_soft && event.action == "DELETE" && is_marked {
            return Err(refused(format!("it removed rows of {table} that had been deleted softly"))
                .hint("They were purged. row_history() tells what they held: insert it anew."));
        }
        if self.is_soft && event.action == "UPDATE" && event.changed().any(|name| name == "deletion_id") {
            return Err(refused(format!("it deleted or restored rows of {table}"))
                .hint("rowkit.restore_deleted() takes back a soft delete, and rowkit.soft_delete() its restore."));
        }
        let is_gone = |name: &&String| self.audited.column(name).is_none();
        // Undoing an INSERT deletes the whole row. A NULL of a deleted row needs no column.
        let is_needed = |name: &&String| match event.action.as_str() {
            "INSERT" => false,
            "DELETE" => history::is_set(event.old.get(*name)),
            _ => !self.is_ignored(name),
        };
        let gone = event.changed().filter(is_needed).find(is_gone);
        let Some(name) = gone else { return Ok(()) };
        Err(refused(format!("{table} has no column {name} any more")).hint(
            "It was renamed or dropped since: name it so again for the moment, or take the transaction back by hand.",
        ))
    }

    /// Whether an undo writes and compares the column. False for generated and ignored columns, and those that rowkit's triggers keep.
    fn is_undone(&self, name: &str) -> bool {
        self.is_written(name) && !self.is_ignored(name)
    }

    /// The event's values of the columns that [`Table::is_undone`] and `is_meant` both accept.
    fn minded(&self, row: &Row, is_meant: impl Fn(&String) -> bool) -> Result<Typed> {
        self.audited.typed(row, row.keys().filter(|name| self.is_undone(name) && is_meant(name)).map(String::as_str))
    }

    /// Returns the first column whose logged value no longer fits its type.
    pub fn misfit(&self, event: &Event, is_fit: impl Fn(&str, &Row) -> bool) -> Option<String> {
        let rows = [(&event.old, event.action != "INSERT"), (&event.new, event.action == "UPDATE")];
        let held = rows
            .into_iter()
            .filter(|(_, is_used)| *is_used)
            .flat_map(|(row, _)| row.keys().map(move |name| (name, row)));
        let changed: BTreeSet<&String> = event.changed().collect();
        held.filter(|(name, _)| changed.contains(name) && self.is_undone(name))
            .find(|(name, row)| !is_fit(name, row))
            .map(|(name, _)| name.clone())
    }

    /// Gives a row that was there before what it held then, where a trigger has changed it meanwhile; but for the columns that a trigger sets by itself.
    pub fn put_right(&self, key: &str, row: &Row, adopted: &BTreeSet<String>) -> Result<Vec<String>> {
        let was = self.minded(row, |name| !adopted.contains(name))?;
        let mut sql = Statement::default();
        let (set, is_held) = (self.set(&mut sql, &was), sql.is_held(&self.audited, &was));
        if set.is_empty() {
            return Ok(Vec::new());
        }
        let has_key = sql.has_key(&self.audited, key)?;
        let outcome = self.told(&mut sql, &was, &Typed::new());
        let text = self.update(&set, &has_key, &format!("NOT ({is_held})"), &outcome);
        let _working = OperationGuard::begin(operation::Undo(vec![self.audited.table]));
        Ok(self.adopted(&was, sql.query(&text, Mode::Write)?.first().map_or(&[], Vec::as_slice)))
    }

    fn can_set(&self, name: &str) -> bool {
        self.audited.column(name).is_some_and(|column| !column.is_identity)
    }

    /// SQL that gives the columns these values, as far as they can be set.
    fn set(&self, sql: &mut Statement, values: &Typed) -> String {
        let set = values.iter().filter(|(name, _)| self.can_set(name));
        set.map(|(name, value)| format!("{} = {}", quoted(name), sql.parameter(value))).collect::<Vec<_>>().join(", ")
    }

    /// SQL for the outcome of each column: the new value, the old value, or a value that a trigger set.
    fn told(&self, sql: &mut Statement, values: &Typed, before: &Typed) -> String {
        let outcome = |(name, value): (&String, &Value)| {
            let is_set = sql.is_equal(&self.audited, name, value);
            let left = before.get(name).map(|held| sql.is_equal(&self.audited, name, held));
            let left = left.map(|is_left| format!(" WHEN {is_left} THEN {IS_LEFT}"));
            format!("CASE WHEN {is_set} THEN {IS_SET}{} ELSE 2 END", left.unwrap_or_default())
        };
        let told: Vec<String> = values.iter().filter(|(name, _)| self.can_set(name)).map(outcome).collect();
        format!("ARRAY[{}]::pg_catalog.int8[]", told.join(", "))
    }

    /// The columns that a trigger set to a value of its own.
    fn adopted(&self, values: &Typed, outcomes: &[i64]) -> Vec<String> {
        let set = values.keys().filter(|name| self.can_set(name)).zip(outcomes);
        set.filter(|(_, outcome)| **outcome > IS_LEFT).map(|(name, _)| name.clone()).collect()
    }

    fn update(&self, set: &str, has_key: &str, is_held: &str, outcome: &str) -> String {
        let table = self.table();
        sql!("audit/undo_update.sql", table = table, set = set, has_key = has_key, is_held = is_held, outcome = outcome)
    }

    fn table(&self) -> String {
        relation::quoted_name(self.audited.table)
    }

    /// How many rows have the key and hold these values, as the caller sees it.
    fn count(&self, key: &str, held: &Typed) -> Result<u64> {
        let mut sql = Statement::default();
        let is_held = sql.is_held(&self.audited, held);
        let has_key = sql.has_key(&self.audited, key)?;
        let text = sql!("audit/undo_find.sql", table = self.table(), has_key = has_key, is_held = is_held);
        sql.run(&text, Mode::Write)
    }

    /// Whether no row has the key, as the table's owner sees it. One that was deleted softly counts as gone; but not one that went with another row before
    /// this transaction, as it comes back with that.
    fn is_gone(&self, key: &str) -> Result<bool> {
        let mut sql = Statement::default();
        let has_key = sql.has_key(&self.audited, key)?;
        let owned = OwnedTable::granted(self.audited.table, Privilege::Select)?;
        let deletions = if self.is_soft { owned.beside("deletions")? } else { None };
        let text = match deletions {
            None => sql!("audit/undo_find.sql", table = self.table(), has_key = has_key, is_held = "true"),
            Some(deletions) => {
                let members = self.audited.key.iter().map(|column| {
                    let name = &column.name;
                    format!("{}, rowkit_internal._value_json(target.{})", literal(name), quoted(name))
                });
                let record_key = format!("pg_catalog.jsonb_build_object({})", members.collect::<Vec<_>>().join(", "));
                sql!(
                    "audit/undo_is_there.sql",
                    table = self.table(),
                    has_key = has_key,
                    deletions = deletions.quoted_name(),
                    relation = Literal(&relation::name(self.audited.table).unwrap_or_default()),
                    record_key = record_key
                )
            }
        };
        Ok(owned.read(|| sql.run(&text, Mode::WriteLatest))? == 0)
    }

    /// Takes an event back; `adopted` are columns that a trigger has set by itself since.
    pub fn take_back(&self, event: &Event, adopted: &BTreeSet<String>, mode: Mode) -> Result<Outcome> {
        let Some(before) = event.record_id.as_deref() else { return Ok(Outcome::Unchanged) };
        let after = event.new_record_id.as_deref().unwrap_or(before);
        match event.action.as_str() {
            "UPDATE" => self.take_back_update(event, (before, after), adopted, mode),
            "INSERT" => self.take_back_insert(event, after, adopted, mode),
            "DELETE" => self.take_back_delete(event, before, mode),
            _ => Ok(Outcome::Unchanged),
        }
    }

    fn take_back_update(
        &self,
        event: &Event,
        (before, after): (&str, &str),
        adopted: &BTreeSet<String>,
        mode: Mode,
    ) -> Result<Outcome> {
        let changed: BTreeSet<&String> = event.changed().filter(|name| !adopted.contains(*name)).collect();
        let was = self.minded(&event.old, |name| changed.contains(name))?;
        let mut sql = Statement::default();
        let set = self.set(&mut sql, &was);
        if set.is_empty() {
            return Ok(Outcome::Unchanged);
        }
        let held = self.minded(&event.new, |name| changed.contains(name))?;
        let is_held = sql.is_held(&self.audited, &held);
        let has_key = sql.has_key(&self.audited, after)?;
        let outcome = self.told(&mut sql, &was, &held);
        let text = self.update(&set, &has_key, &is_held, &outcome);
        let told = {
            let _working = OperationGuard::begin(operation::Undo(vec![self.audited.table]));
            sql.query(&text, mode)?
        };
        let Some(told) = told.first() else {
            return Ok(if self.count(before, &was)? > 0 { Outcome::Unchanged } else { Outcome::Changed });
        };
        let names = was.keys().filter(|name| self.can_set(name));
        if let Some((name, _)) = names.zip(told).find(|(_, outcome)| **outcome == IS_LEFT) {
            return Err(Error::prerequisite_state(format!(
                "the transaction cannot be taken back: a trigger of {} keeps what {name} holds",
                event.table
            ))
            .detail(event.title())
            .hint("If the trigger sets the column by itself, let the audit ignore it: enable_audit(…, ignore => …)."));
        }
        Ok(Outcome::Done(self.adopted(&was, told)))
    }

    fn take_back_insert(&self, event: &Event, key: &str, adopted: &BTreeSet<String>, mode: Mode) -> Result<Outcome> {
        // What is secret is not in the log.
        let secrets = definition::covered(&event.new);
        let mut sql = Statement::default();
        let is_meant = |name: &String| !secrets.contains(&name.as_str()) && !adopted.contains(name);
        let given = self.minded(&event.new, is_meant)?;
        let mut later = Vec::with_capacity(event.afterwards.len());
        for row in &event.afterwards {
            work::step();
            later.push(self.minded(row, is_meant)?);
        }
        let is_held = |(name, value): (&String, &Value)| {
            let values = std::iter::once(value).chain(later.iter().filter_map(|row| row.get(name)));
            let any: Vec<String> = values.map(|value| sql.is_equal(&self.audited, name, value)).collect();
            format!("({})", any.join(" OR "))
        };
        let all: Vec<String> = given.iter().map(is_held).collect();
        let is_held = if all.is_empty() { "true".to_owned() } else { all.join(" AND ") };
        let has_key = sql.has_key(&self.audited, key)?;
        let text = sql!("audit/undo_insert.sql", table = self.table(), has_key = has_key, is_held = is_held);
        if self.change(&sql, &text, mode)? > 0 {
            return Ok(Outcome::Done(Vec::new()));
        }
        // A row that the caller does not see is there all the same.
        Ok(if self.is_gone(key)? { Outcome::Unchanged } else { Outcome::Changed })
    }

    fn take_back_delete(&self, event: &Event, key: &str, mode: Mode) -> Result<Outcome> {
        // A row comes back without what is below it, which its counters follow.
        let is_kept = |name: &&String| self.is_written(name) && !self.counters.contains(*name);
        let was = self.audited.typed(&event.old, event.old.keys().filter(is_kept).map(String::as_str))?;
        let mut sql = Statement::default();
        let mut names: Vec<String> = was.keys().map(|name| quoted(name)).collect();
        let mut values: Vec<String> = was.values().map(|value| sql.parameter(value)).collect();
        let is_required = |name: &&String| self.audited.column(name).is_some_and(|column| column.is_required);
        for counter in self.counters.iter().filter(is_required) {
            work::step();
            names.push(quoted(counter));
            values.push("0".to_owned());
        }
        let text =
            sql!("audit/undo_delete.sql", table = self.table(), columns = names.join(", "), values = values.join(", "));
        if self.change(&sql, &text, mode)? > 0 {
            return Ok(Outcome::Done(Vec::new()));
        }
        let was = self.minded(&event.old, |_| true)?;
        Ok(if self.count(key, &was)? > 0 { Outcome::Unchanged } else { Outcome::Changed })
    }

    /// Runs an undo's own statement; rowkit's triggers can recognise it while it runs.
    fn change(&self, sql: &Statement, text: &str, mode: Mode) -> Result<u64> {
        let _working = OperationGuard::begin(operation::Undo(vec![self.audited.table]));
        // A DELETE may delete softly, which the server counts as nothing.
        let turned = lifecycle::turned_rows();
        let changed = sql.run(text, mode)?;
        Ok(changed + u64::from(lifecycle::turned_rows() > turned))
    }
}

/// A statement that is being put together, with the values of its parameters.
#[derive(Default)]
struct Statement(Vec<Value>);

impl Statement {
    fn parameter(&mut self, value: &Value) -> String {
        self.0.push(value.clone());
        format!("${}", self.0.len())
    }

    /// SQL for whether `target` holds a value: as both are written down, so that what JSON cannot tell apart is the same.
    fn is_equal(&mut self, audited: &Audited, name: &str, value: &Value) -> String {
        let Some(column) = audited.column(name) else { return "true".to_owned() };
        let held = self.parameter(value);
        let column_held = column.written(&format!("target.{}", quoted(name)));
        format!("{column_held} OPERATOR(pg_catalog.=) {}", column.written(&held))
    }

    /// SQL for whether `target` holds these values.
    fn is_held(&mut self, audited: &Audited, values: &Typed) -> String {
        let all: Vec<String> = values.iter().map(|(name, value)| self.is_equal(audited, name, value)).collect();
        if all.is_empty() { "true".to_owned() } else { all.join(" AND ") }
    }

    fn has_key(&mut self, audited: &Audited, key: &str) -> Result<String> {
        let has_key = audited.has_key(self.0.len() + 1);
        self.0.extend(audited.key_values(key)?);
        Ok(has_key)
    }

    fn parameters(&self) -> Vec<Parameter<'_>> {
        self.0.iter().map(Parameter::Value).collect()
    }

    fn run(&self, sql: &str, mode: Mode) -> Result<u64> {
        spi::execute(sql, &self.parameters(), mode)
    }

    /// The lists of numbers that it answers.
    fn query(&self, sql: &str, mode: Mode) -> Result<Vec<Vec<i64>>> {
        spi::query(sql, &self.parameters(), mode, |row| row.bigints(1))
    }
}
