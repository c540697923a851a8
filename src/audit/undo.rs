//! Taking back what a transaction changed: with the caller's rights, all of it or nothing.
use super::definition::{self, LOG};
use super::functions::{Audited, members};
use super::trail::{Row, undo_order};
use crate::error::{Error, Result};
use crate::pg::operation::Operations;
use crate::pg::patience;
use crate::pg::relation::{self, Regclass, quoted_identifier as quoted};
use crate::pg::rights::{OwnedTable, Privilege};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::trigger::Call;
use crate::usage::functions::kept_columns;
use pgrx::pg_extern;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use serde_json::{Value, json};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// So many rows are named in an error.
const ROWS_TOLD: usize = 100;

thread_local! {
    /// The table whose rows are just now being taken back.
    static AT_WORK: Operations<Oid> = const { Operations::new() };
}

/// Whether an undo's own statement called the trigger, for a row of the table that it takes rows back in. What triggers write meanwhile,
/// here or elsewhere, was never there.
pub fn is_at_work_on(call: &Call<'_>) -> Result<bool> {
    let Some(table) = AT_WORK.with(Operations::of_trigger) else { return Ok(false) };
    Ok(*table == call.table()?)
}

struct Event {
    action: String,
    table: String,
    record_id: Option<String>,
    new_record_id: Option<String>,
    old: Row,
    new: Row,
    statement: i64,
}

struct Table {
    audited: Audited,
    /// Those that can be written.
    columns: BTreeSet<String>,
    /// Columns that are not audited and follow the rows of other tables.
    counters: BTreeSet<String>,
    /// Those that only INSERT can write.
    identities: BTreeSet<String>,
    /// Those that nobody can write.
    generated: BTreeSet<String>,
}

#[pg_extern(sql = false)]
fn undo_transaction(transaction: Option<i64>, log: Option<Regclass>) -> Result<i64, ErrorReport> {
    let transaction = transaction.ok_or_else(|| Error::required("transaction_id"))?;
    let log = log.map(|log| log.0).or_else(|| relation::on_path(LOG)).ok_or_else(|| {
        Error::undefined_object(format!("there is no table {LOG} on the search_path"))
            .hint(format!("Name it: log => 'app.{LOG}'."))
    })?;
    Ok(undo(transaction, log)?)
}

fn undo(transaction: i64, log: Oid) -> Result<i64> {
    if patience::transaction() as i64 == transaction {
        return Err(Error::prerequisite_state("a transaction cannot take back itself")
            .hint("ROLLBACK does, and ROLLBACK TO a savepoint."));
    }
    let events = read(transaction, log)?;
    for event in &events {
        event.refuse()?;
    }
    let groups = groups(events);
    let mut tables: BTreeMap<&str, Table> = BTreeMap::new();
    for event in groups.iter().flatten() {
        if let Entry::Vacant(unknown) = tables.entry(event.table.as_str()) {
            unknown.insert(Table::find(log, &event.table)?);
        }
        tables[event.table.as_str()].refuse(event)?;
    }
    let mut conflicts: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut changed = 0;
    // New rows that are taken back.
    let mut gone: BTreeSet<(&str, &str)> = BTreeSet::new();
    for group in &groups {
        for event in group {
            let (table, before) = (event.table.as_str(), event.record_id.as_deref().unwrap_or_default());
            match event.action.as_str() {
                "INSERT" => _ = gone.insert((table, before)),
                "DELETE" => _ = gone.remove(&(table, before)),
                // What a trigger did to a new row went with it.
                _ if gone.contains(&(table, event.new_record_id.as_deref().unwrap_or(before))) => continue,
                _ => (),
            }
            match tables[table].take_back(event)? {
                Outcome::Done => changed += 1,
                Outcome::WasSo => (),
                Outcome::Changed => _ = conflicts.insert((table, before)),
            }
        }
        // Triggers may have changed what was taken back before.
        for ((table, key), row) in rows_before(group).iter().filter(|(place, _)| !conflicts.contains(*place)) {
            tables[table].put_right(key, row)?;
        }
    }
    if conflicts.is_empty() {
        return Ok(changed);
    }
    let rows: Vec<Value> =
        conflicts.iter().take(ROWS_TOLD).map(|(table, id)| json!({"table_name": table, "record_id": id})).collect();
    Err(Error::prerequisite_state(format!(
        "the transaction cannot be taken back: {} of its rows changed since, or are not yours to change",
        conflicts.len()
    ))
    .detail(Value::from(rows).to_string())
    .hint("record_history() tells who changed them; take newer transactions back first."))
}

/// The events in the order in which they are taken back, those of a statement together. What triggers within it did to a row is one step:
/// its sum, since they may take it back in another order.
fn groups(events: Vec<Event>) -> Vec<Vec<Event>> {
    let statements: Vec<(i64, bool)> = events.iter().map(|event| (event.statement, event.action == "INSERT")).collect();
    let mut events: Vec<Option<Event>> = events.into_iter().map(Some).collect();
    let mut sums: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
    let mut groups: Vec<Vec<Event>> = Vec::new();
    let mut statement = None;
    for step in undo_order(&statements) {
        let Some(event) = events[step.place].take() else { continue };
        if statement.replace(step.statement) != Some(step.statement) {
            groups.push(Vec::new());
            sums.clear();
        }
        let Some(group) = groups.last_mut() else { continue };
        let row = (event.table.clone(), event.record_id.clone());
        let is_sum = step.is_nested && event.action == "UPDATE" && event.new_record_id.is_none();
        if let Some(later) = sums.get(&row).filter(|_| is_sum).map(|later| &mut group[*later]) {
            later.old.extend(event.old);
            for (name, value) in event.new {
                later.new.entry(name).or_insert(value);
            }
            continue;
        }
        if is_sum {
            sums.insert(row, group.len());
        } else {
            sums.remove(&row);
        }
        group.push(event);
    }
    groups
}

/// What each row that was there before a statement held, as far as it was changed, by its table and key.
fn rows_before(steps: &[Event]) -> BTreeMap<(&str, &str), Row> {
    let mut rows: BTreeMap<(&str, &str), Row> = BTreeMap::new();
    for event in steps {
        let Some(before) = event.record_id.as_deref() else { continue };
        let after = event.new_record_id.as_deref().unwrap_or(before);
        let mut row = rows.remove(&(event.table.as_str(), after)).unwrap_or_default();
        match event.action.as_str() {
            "UPDATE" => row.extend(event.old.clone()),
            "DELETE" => row = event.old.clone(),
            _ => continue,
        }
        rows.insert((&event.table, before), row);
    }
    rows
}

/// All events of a transaction; an undo of only those that the caller sees would be another change.
fn read(transaction: i64, log: Oid) -> Result<Vec<Event>> {
    let name = relation::quoted_name(log);
    let sql = include_str!("../../sql/queries/audit/transaction.sql").replace("@log@", &name);
    let parameters = [Parameter::Bigint(transaction)];
    let members_of = |json: Option<String>| json.map(|json| members(&json)).unwrap_or_default();
    let events = spi::query(&sql, &parameters, Mode::Read, |row| Event {
        action: row.text(1).unwrap_or_default(),
        table: row.text(2).unwrap_or_default(),
        record_id: row.text(3),
        new_record_id: row.text(4),
        old: members_of(row.text(5)),
        new: members_of(row.text(6)),
        statement: row.bigint(7).unwrap_or(0),
    })?;
    let sql = format!("SELECT FROM {name} AS event WHERE event.transaction_id OPERATOR(pg_catalog.=) $1");
    let all = OwnedTable::granted(log, Privilege::Select)?.read(|| spi::execute(&sql, &parameters, Mode::Read))?;
    if all != events.len() as u64 {
        return Err(Error::insufficient_privilege(format!("the transaction changed more than you may see in {name}"))
            .hint("It is taken back whole or not at all: by somebody who sees all of its events."));
    }
    if events.is_empty() {
        return Err(Error::undefined_object(format!("transaction {transaction} is not in {name}"))
            .hint("The log names it in transaction_id."));
    }
    Ok(events)
}

impl Event {
    /// The columns that it changed: all that an INSERT or DELETE holds.
    fn changed(&self) -> impl Iterator<Item = &String> {
        let is_update = self.action == "UPDATE";
        let held = if self.action == "INSERT" { &self.new } else { &self.old };
        held.keys().filter(move |name| !is_update || self.old.get(*name) != self.new.get(*name))
    }

    /// Refuses what the log does not hold enough of.
    fn refuse(&self) -> Result<()> {
        let table = &self.table;
        let wrong = |what: String, hint: &str| {
            Err(Error::prerequisite_state(format!("the transaction cannot be taken back: {what}")).hint(hint))
        };
        match self.action.as_str() {
            "TRUNCATE" => return wrong(format!("it truncated {table}"), "The log does not hold the rows."),
            "SOFT_DELETE" | "RESTORE" => {
                return wrong(
                    format!("it deleted or restored rows of {table}"),
                    "rowkit.restore_deleted() takes back a soft delete, and rowkit.soft_delete() its restore.",
                );
            }
            "UPDATE" if self.record_id.is_none() => {
                return wrong(
                    format!("it moved rows of {table} from one deletion to another"),
                    "Restore that deletion.",
                );
            }
            "INSERT" => return Ok(()),
            _ => (),
        }
        let secrets = [definition::covered(&self.old), definition::covered(&self.new)].concat();
        match self.changed().find(|name| secrets.contains(&name.as_str())) {
            Some(column) => wrong(
                format!("what {column} of {table} held is not in the log"),
                "The column is redacted: set it by hand.",
            ),
            None => Ok(()),
        }
    }
}

enum Outcome {
    Done,
    /// Nothing to do: a trigger or somebody else took it back already.
    WasSo,
    /// The row holds something else by now.
    Changed,
}

impl Table {
    fn find(log: Oid, label: &str) -> Result<Table> {
        let audited = Audited::find(
            relation::named(log, label)
                .map_err(|wrong| wrong.hint("The log names a table that is no longer there."))?,
        )?;
        // Who can write a log of their own must not say with it what others did.
        if audited.log.oid != log {
            return Err(Error::prerequisite_state(format!(
                "{} is not audited in {}",
                relation::quoted_name(audited.table),
                relation::quoted_name(log)
            ))
            .hint("A transaction is taken back by the log that the table's audit writes to."));
        }
        let sql = include_str!("../../sql/queries/audit/columns.sql");
        let found = spi::query(sql, &[Parameter::Oid(audited.table)], Mode::Read, |row| {
            (row.text(1).unwrap_or_default(), row.boolean(2).unwrap_or(false), row.boolean(3).unwrap_or(false))
        })?;
        let identities = found.iter().filter(|column| column.1).map(|column| column.0.clone()).collect();
        let (generated, written): (Vec<_>, Vec<_>) = found.into_iter().partition(|column| column.2);
        let names = |columns: Vec<(String, bool, bool)>| columns.into_iter().map(|column| column.0).collect();
        let ignored = |name: &String| audited.definition.ignore.contains(name);
        let counters = kept_columns(audited.table)?.into_iter().filter(ignored).collect();
        Ok(Table { audited, columns: names(written), identities, generated: names(generated), counters })
    }

    /// Refuses a change of a column that has another name by now, or is gone: to leave it out would be to take back a part.
    fn refuse(&self, event: &Event) -> Result<()> {
        let is_gone = |name: &&String| !self.columns.contains(*name) && !self.generated.contains(*name);
        // What an INSERT gave goes with the row, and what a deleted row did not hold is not missed.
        let is_needed = |name: &&String| match event.action.as_str() {
            "INSERT" => false,
            "DELETE" => event.old.get(*name).is_some_and(|value| !value.is_null()),
            _ => true,
        };
        let gone = event.changed().filter(is_needed).find(is_gone);
        let Some(name) = gone else { return Ok(()) };
        let table = &event.table;
        Err(Error::prerequisite_state(format!(
            "the transaction cannot be taken back: {table} has no column {name} any more"
        ))
        .hint(
            "It was renamed or dropped since: name it so again for the moment, or take the transaction back by hand.",
        ))
    }

    /// Whether the column can be told apart from what else happens to a row.
    fn is_minded(&self, name: &String) -> bool {
        let is_key = self.audited.key.iter().any(|column| column.name == *name);
        self.columns.contains(name) && (is_key || !self.audited.definition.ignore.contains(name))
    }

    /// SQL that gives these columns what `was` holds.
    fn set<'a>(&self, columns: impl Iterator<Item = &'a String>) -> String {
        let can_set = |name: &&String| self.columns.contains(*name) && !self.identities.contains(*name);
        let set = columns.filter(can_set).map(|name| format!("{0} = was.{0}", quoted(name)));
        set.collect::<Vec<_>>().join(", ")
    }

    /// SQL for whether `target` holds in these columns what `held` does.
    fn is_held<'a>(&self, columns: impl Iterator<Item = &'a String>) -> String {
        let json = |alias: &str, name: &str| {
            format!("COALESCE(pg_catalog.to_jsonb({alias}.{}), 'null'::pg_catalog.jsonb)", quoted(name))
        };
        let equal = |name: &String| format!("{} OPERATOR(pg_catalog.=) {}", json("target", name), json("held", name));
        let all: Vec<String> = columns.filter(|name| self.is_minded(name)).map(equal).collect();
        if all.is_empty() { "true".to_owned() } else { all.join(" AND ") }
    }

    /// Gives a row that was there before what it held then, where a trigger has changed it meanwhile.
    fn put_right(&self, key: &str, row: &Row) -> Result<()> {
        let minded = || row.keys().filter(|name| self.is_minded(name));
        let set = self.set(minded());
        if set.is_empty() {
            return Ok(());
        }
        let is_held = format!("NOT ({})", self.is_held(minded()));
        let sql = include_str!("../../sql/queries/audit/undo_update.sql").replace("@set@", &set);
        let (held, key) = (Value::from(row.clone()).to_string(), self.audited.key_object(key)?);
        let parameters = [Parameter::Text(&held), Parameter::Text(&held), Parameter::Text(&key)];
        let _working = Operations::begin(&AT_WORK, self.audited.table);
        spi::execute(&self.fill(&sql, &is_held), &parameters, Mode::Write).map(|_| ())
    }

    /// The query with the table's names filled in; was, held and key are its first three parameters.
    fn fill(&self, sql: &str, is_held: &str) -> String {
        sql.replace("@table@", &relation::quoted_name(self.audited.table))
            .replace("@was@", &self.audited.record(1))
            .replace("@held@", &self.audited.record(2))
            .replace("@key@", &self.audited.record(3))
            .replace("@has_key@", &self.audited.has_key())
            .replace("@is_held@", is_held)
    }

    fn take_back(&self, event: &Event) -> Result<Outcome> {
        let _working = Operations::begin(&AT_WORK, self.audited.table);
        let Some(before) = event.record_id.as_deref() else { return Ok(Outcome::WasSo) };
        let after = event.new_record_id.as_deref().unwrap_or(before);
        let (old, new) = (Value::from(event.old.clone()).to_string(), Value::from(event.new.clone()).to_string());
        let (before, after) = (self.audited.key_object(before)?, self.audited.key_object(after)?);
        let (sql, held) = match event.action.as_str() {
            "UPDATE" => {
                let set = self.set(event.changed());
                if set.is_empty() {
                    return Ok(Outcome::WasSo);
                }
                let is_held = self.is_held(event.changed());
                let sql = include_str!("../../sql/queries/audit/undo_update.sql").replace("@set@", &set);
                (self.fill(&sql, &is_held), is_held)
            }
            "INSERT" => {
                // What is secret is not in the log.
                let secrets = definition::covered(&event.new);
                let is_held = self.is_held(event.new.keys().filter(|name| !secrets.contains(&name.as_str())));
                (self.fill(include_str!("../../sql/queries/audit/undo_insert.sql"), &is_held), is_held)
            }
            "DELETE" => {
                // A row comes back without what is below it, which its counters follow.
                let is_kept = |name: &&String| self.columns.contains(*name) && !self.counters.contains(*name);
                let names = event.old.keys().filter(is_kept);
                let names: Vec<String> = names.map(|name| quoted(name)).collect();
                let values: Vec<String> = names.iter().map(|name| format!("was.{name}")).collect();
                let sql = include_str!("../../sql/queries/audit/undo_delete.sql")
                    .replace("@columns@", &names.join(", "))
                    .replace("@values@", &values.join(", "));
                (self.fill(&sql, ""), self.is_held(event.old.keys()))
            }
            _ => return Ok(Outcome::WasSo),
        };
        let parameters = [Parameter::Text(&old), Parameter::Text(&new), Parameter::Text(&after)];
        if spi::execute(&sql, &parameters, Mode::Write)? > 0 {
            return Ok(Outcome::Done);
        }
        let found = self.fill(
            "SELECT FROM @table@ AS target, @was@ AS was, @held@ AS held, @key@ AS key WHERE @has_key@ AND @is_held@",
            &held,
        );
        let was_so = if event.action == "INSERT" {
            // A row that the caller does not see is there all the same.
            let found = self
                .fill("SELECT FROM @table@ AS target, @was@ AS was, @held@ AS held, @key@ AS key WHERE @has_key@", "");
            let table = OwnedTable::granted(self.audited.table, Privilege::Select)?;
            table.read(|| spi::execute(&found, &parameters, Mode::WriteLatest))? == 0
        } else {
            let parameters = [Parameter::Text(&old), Parameter::Text(&old), Parameter::Text(&before)];
            spi::execute(&found, &parameters, Mode::Write)? > 0
        };
        Ok(if was_so { Outcome::WasSo } else { Outcome::Changed })
    }
}
