//! The events of a transaction, in the order in which they are taken back.
use super::missing;
use crate::core::audit::definition;
use crate::core::audit::history::{self, IMPORT, Row, undo_order};
use crate::core::fields::identifier::uuid_text;
use crate::core::sql::sql;
use crate::core::work::{self, Memory};
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::{self, OwnedTable, Privilege};
use crate::pg::spi::{self, Mode, Parameter, ResultRow};
use pgrx::pg_sys::Oid;
use std::collections::BTreeMap;

pub struct Event {
    pub action: String,
    pub table: String,
    pub record_id: Option<String>,
    pub new_record_id: Option<String>,
    pub old: Row,
    pub new: Row,
    statement: i64,
    /// Its position in the transaction's events.
    pub place: usize,
    /// Whether a trigger within the statement did it.
    pub is_nested: bool,
    /// The versions of a new row that triggers wrote in the same statement.
    pub afterwards: Vec<Row>,
}

/// Groups the events by statement, in the order of the undo. What triggers did to a row within a statement is merged into one event,
/// because the undo's own triggers may reverse those changes in another order.
pub fn groups(events: Vec<Event>) -> Vec<Vec<Event>> {
    let statements: Vec<(i64, bool)> = events.iter().map(|event| (event.statement, event.action == "INSERT")).collect();
    let mut events: Vec<Option<Event>> = events.into_iter().map(Some).collect();
    let mut sums: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
    let mut groups: Vec<Vec<Event>> = Vec::new();
    let mut statement = None;
    for step in undo_order(&statements) {
        work::step();
        let Some(mut event) = events[step.place].take() else { continue };
        (event.place, event.is_nested) = (step.place, step.is_nested);
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
                work::step();
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
    groups.into_iter().map(merged).collect()
}

/// Merges the events that several referential actions of a statement wrote for one row into one event. The log does not keep the order
/// between the UPDATEs of a table and its DELETEs. Later versions of a new row, written by triggers, are not merged.
fn merged(group: Vec<Event>) -> Vec<Event> {
    let mut order: Vec<usize> = (0..group.len()).collect();
    order.sort_by_key(|index| (group[*index].action != "UPDATE", group[*index].place));
    let mut events: Vec<Option<Event>> = group.into_iter().map(Some).collect();
    // By table and the key that the row has by now: the UPDATE.
    let mut updated: BTreeMap<(String, String), usize> = BTreeMap::new();
    for index in order {
        work::step();
        let Some(event) = events[index].take() else { continue };
        let (from, to) = event.keys();
        let (row, now) = ((event.table.clone(), from.to_owned()), (event.table.clone(), to.to_owned()));
        let known = updated.get(&row).copied().and_then(|known| events[known].take().map(|first| (known, first)));
        let is_update = event.action == "UPDATE";
        events[index] = match known {
            _ if event.is_nested && event.action != "INSERT" => {
                if let Some((known, first)) = known {
                    events[known] = Some(first);
                }
                Some(event)
            }
            // A statement itself gives a row one new key.
            Some((known, mut first))
                if is_update && !(first.new_record_id.is_some() && event.new_record_id.is_some()) =>
            {
                for (name, value) in event.old {
                    work::step();
                    first.old.entry(name).or_insert(value);
                }
                first.new.extend(event.new);
                first.new_record_id = first.new_record_id.or(event.new_record_id);
                events[known] = Some(first);
                updated.remove(&row);
                updated.insert(now, known);
                continue;
            }
            Some((_, first)) if event.action == "DELETE" && first.new_record_id.is_none() => {
                let mut event = event;
                event.old.extend(first.old);
                Some(event)
            }
            Some((_, first)) if event.action == "INSERT" && first.new_record_id.is_none() => {
                let mut event = event;
                event.afterwards.extend([first.new, first.old]);
                Some(event)
            }
            Some((known, first)) => {
                events[known] = Some(first);
                Some(event)
            }
            None => Some(event),
        };
        if is_update && !events[index].as_ref().is_some_and(|event| event.is_nested) {
            updated.insert(now, index);
        }
    }
    let mut events: Vec<Event> = events.into_iter().flatten().collect();
    add_afterwards(&mut events);
    events
}

/// Adds to each new row the versions that triggers wrote in its statement.
fn add_afterwards(events: &mut [Event]) {
    let mut made: BTreeMap<(String, String), Vec<Row>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.is_nested && event.action == "UPDATE") {
        work::step();
        let row = (event.table.clone(), event.keys().0.to_owned());
        made.entry(row).or_default().extend([event.new.clone(), event.old.clone()]);
    }
    for event in events.iter_mut().filter(|event| event.action == "INSERT") {
        work::step();
        let row = (event.table.clone(), event.keys().0.to_owned());
        event.afterwards.extend(made.remove(&row).unwrap_or_default());
    }
}

/// The changed columns of each row as they were before the statements, by table and key. Leaves out rows that the statements inserted.
pub fn rows_before<'e>(steps: impl Iterator<Item = &'e Event>) -> BTreeMap<(&'e str, &'e str), Row> {
    let mut rows: BTreeMap<(&'e str, &'e str), Row> = BTreeMap::new();
    for event in steps {
        work::step();
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

/// All events of a transaction. A partial undo would be a different change, so it is refused. A caller who sees no event
/// gets 42704, which does not reveal that the transaction exists.
pub fn read(transaction: [u8; 16], log: Oid) -> Result<Vec<Event>> {
    let name = relation::quoted_name(log);
    let sql = sql!("audit/transaction.sql", log = name);
    let parameters = [Parameter::Uuid(transaction)];
    let mut memory = Memory::default();
    let mut members = |document: Option<Vec<u8>>| {
        document.map(|document| history::members(&document, &mut memory)).unwrap_or_default()
    };
    let mut event = |row: &ResultRow| Event {
        action: row.text(1).unwrap_or_default(),
        table: row.text(2).unwrap_or_default(),
        record_id: row.text(3),
        new_record_id: row.text(4),
        old: members(row.jsonb(5)),
        new: members(row.jsonb(6)),
        statement: row.bigint(7).unwrap_or(0),
        place: 0,
        is_nested: false,
        afterwards: Vec::new(),
    };
    let events = rights::as_caller(log, || spi::query(&sql, &parameters, Mode::Read, &mut event))?;
    if events.is_empty() {
        return Err(missing(&uuid_text(&transaction), log));
    }
    let all = OwnedTable::granted(log, Privilege::Select)?.read(|| spi::execute(&sql, &parameters, Mode::Read))?;
    if all != events.len() as u64 {
        return Err(Error::insufficient_privilege(format!("the transaction changed more than you may see in {name}"))
            .hint("It is taken back whole or not at all: by somebody who sees all of its events."));
    }
    Ok(events)
}

impl Event {
    /// The key of its row, before it and after it.
    pub fn keys(&self) -> (&str, &str) {
        let before = self.record_id.as_deref().unwrap_or_default();
        (before, self.new_record_id.as_deref().unwrap_or(before))
    }

    /// As an error names it.
    pub fn title(&self) -> String {
        format!("the {} of {} {}", self.action, self.table, crate::core::work::beginning(self.keys().0, 100))
    }

    /// The columns that it changed: all that an INSERT or DELETE holds.
    pub fn changed(&self) -> impl Iterator<Item = &String> {
        let is_update = self.action == "UPDATE";
        let held = if self.action == "INSERT" { &self.new } else { &self.old };
        held.keys().filter(move |name| !is_update || self.old.get(*name) != self.new.get(*name))
    }

    /// Refuses events whose old values the log does not hold.
    pub fn refuse(&self) -> Result<()> {
        let table = &self.table;
        let wrong = |what: String, hint: &str| {
            Err(Error::conflict(format!("the transaction cannot be taken back: {what}")).hint(hint))
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
            IMPORT => {
                return wrong(
                    format!("it imported records into {table}, audited by batch"),
                    "undo_import() of the import that new_data of its events names takes it back.",
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
