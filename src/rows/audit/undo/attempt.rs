//! Undo of a transaction: its statements are taken back from the last to the first, in an order that foreign keys and unique keys allow.
//!
//! The events of a statement are taken back one by one, in a subtransaction. If a key constraint refuses that, they are taken back as one
//! statement, whose foreign keys are checked at its end. If that fails too, the statement before it is added, because a deferred foreign key
//! may have been checked only then.
use super::events::{Event, rows_before};
use super::rows::{Outcome, Table};
use crate::core::audit::history::Row;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::operation::{self, OperationGuard};
use crate::pg::rights;
use crate::pg::spi::Mode;
use crate::pg::statement;
use crate::pg::subtransaction::{self, Failure};
use std::collections::{BTreeMap, BTreeSet};

/// The largest number of statements that are taken back as one.
const STATEMENTS_AT_ONCE: usize = 64;

/// A row, by its table and key.
pub type Place = (String, String);

/// What was done so far.
#[derive(Default)]
pub struct Progress {
    pub changed: i64,
    pub conflicts: BTreeSet<Place>,
    /// New rows that were taken back; false for those that are there again.
    gone: BTreeMap<Place, bool>,
    /// The columns of rows that a trigger set by itself when the row was taken back: later events do not compare them.
    adopted: BTreeMap<Place, BTreeSet<String>>,
}

impl Progress {
    fn absorb(&mut self, more: Progress) {
        self.changed += more.changed;
        self.conflicts.extend(more.conflicts);
        self.gone.extend(more.gone);
        for (place, columns) in more.adopted {
            work::step();
            self.adopted.entry(place).or_default().extend(columns);
        }
    }
}

/// How the events of a statement are taken back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    OneByOne,
    /// One statement for each table and command of the original statement.
    ByTable,
    /// All as one statement; rows that triggers deleted are inserted afterwards, unless triggers restored them.
    AsOne,
    /// All as one statement, including the rows that triggers deleted.
    AsOneWithAll,
}

/// How the events of a statement are taken back where they cannot be one by one.
const ALL_WAYS: [Way; 3] = [Way::ByTable, Way::AsOne, Way::AsOneWithAll];

/// Why an undo failed, and the HINT.
struct Explained {
    what: String,
    hint: &'static str,
    /// Whether the reason is a value that no longer fits its column.
    names_column: bool,
}

pub struct Undo<'a> {
    pub tables: BTreeMap<String, Table>,
    pub known: Progress,
    groups: &'a [Vec<Event>],
}

/// Whether the SQLSTATE is that of a violated foreign key, unique or exclusion constraint.
fn is_key(sqlstate: &str) -> bool {
    ["23001", "23503", "23505", "23P01"].contains(&sqlstate)
}

/// Whether the SQLSTATE means that an event no longer fits the table's definition or its present rows.
fn is_misfit(sqlstate: &str) -> bool {
    sqlstate.starts_with("22") || sqlstate.starts_with("23") || ["42804", "42846", "428C9"].contains(&sqlstate)
}

fn place(table: &str, key: &str) -> Place {
    (table.to_owned(), key.to_owned())
}

impl<'a> Undo<'a> {
    pub fn new(tables: BTreeMap<String, Table>, groups: &'a [Vec<Event>]) -> Undo<'a> {
        Undo { tables, known: Progress::default(), groups }
    }

    pub fn run(&mut self) -> Result<()> {
        let mut next = 0;
        while next < self.groups.len() {
            work::step();
            let outcome = self.tried(&self.groups[next..=next], Way::OneByOne)?;
            let (done, taken) = match outcome {
                Ok(done) if done.conflicts.is_empty() => (done, 1),
                first => match self.as_one(next, &first)? {
                    Some(found) => found,
                    None => (self.failed(next, first)?, 1),
                },
            };
            self.known.absorb(done);
            next += taken;
        }
        Ok(())
    }

    /// Takes the statement back as one, alone or with those before it; none if that fails, too.
    fn as_one(&self, next: usize, first: &Result<Progress, Failure>) -> Result<Option<(Progress, usize)>> {
        // Conflicts are only gathered once there are some.
        let is_key = first.as_ref().err().is_none_or(|failure| is_key(&failure.sqlstate));
        if !is_key || !self.known.conflicts.is_empty() {
            return Ok(None);
        }
        // A row that was changed since stays a conflict, so earlier statements need not be added.
        let most = if first.is_ok() { 1 } else { STATEMENTS_AT_ONCE };
        for taken in 1..=most.min(self.groups.len() - next) {
            work::step();
            let groups = &self.groups[next..next + taken];
            if !is_apart(groups) {
                break;
            }
            let ways = if taken == 1 { &ALL_WAYS[..] } else { &ALL_WAYS[1..] };
            for way in ways.iter().copied() {
                work::step();
                match self.tried(groups, way)? {
                    Ok(done) if done.conflicts.is_empty() => return Ok(Some((done, taken))),
                    _ => (),
                }
            }
        }
        Ok(None)
    }

    /// Raises the error of a statement that cannot be taken back, or returns its conflicts.
    fn failed(&self, next: usize, first: Result<Progress, Failure>) -> Result<Progress> {
        let group = &self.groups[next];
        match first {
            // The other events are tried as well, so that the error lists all conflicts.
            Ok(_) => self.take_back(group.iter(), Way::OneByOne),
            Err(failure) if self.known.conflicts.is_empty() => {
                let Explained { what, hint, names_column } = self.explained(group);
                // A violated constraint or a trigger's error is passed on. A value or key that no longer fits gets an error that names the event.
                let is_value = names_column || failure.sqlstate.starts_with("22");
                if !is_value || failure.sqlstate.starts_with("23") {
                    let hint = format!("The transaction cannot be taken back: {what}. {hint}");
                    return subtransaction::hinted(&hint, || self.take_back(group.iter(), Way::OneByOne));
                }
                let (message, detail) = (failure.message, failure.detail);
                let raw = detail.map_or_else(|| message.clone(), |detail| format!("{message}: {detail}"));
                Err(Error::conflict(format!("the transaction cannot be taken back: {what}")).detail(raw).hint(hint))
            }
            Err(_) => Ok(Progress::default()),
        }
    }

    /// Which of the events does not fit the table of today, where it can be found out, and what to do.
    fn explained(&self, group: &[Event]) -> Explained {
        let fits = |event: &Event, name: &str, row: &Row| {
            let Some(table) = self.tables.get(&event.table) else { return true };
            let read = || table.audited.typed(row, std::iter::once(name)).map(|_| ());
            subtransaction::rolled_back(read).is_ok()
        };
        let found = group.iter().find_map(|event| {
            let column = self.tables.get(&event.table)?.misfit(event, |name, row| fits(event, name, row))?;
            Some((event, column))
        });
        let what = match (&found, group) {
            (Some((event, column)), _) => format!("{column} in {} does not fit the table any more", event.title()),
            (None, [event]) => format!("{} does not fit what is there now", event.title()),
            (None, _) => {
                let names: BTreeSet<&str> = group.iter().map(|event| event.table.as_str()).collect();
                let names: Vec<&str> = names.into_iter().collect();
                format!("what a statement did to {} does not fit what is there now", names.join(", "))
            }
        };
        let hint = match &found {
            Some(_) => {
                "The column was changed since: give it its former type and values for the moment, or take the transaction back by hand; \
                 row_history() tells what it did."
            }
            None => "Take newer transactions back first, or this one by hand: row_history() tells what it did.",
        };
        Explained { what, hint, names_column: found.is_some() }
    }

    fn tried(&self, groups: &[Vec<Event>], way: Way) -> Result<Result<Progress, Failure>> {
        let work = || {
            if way == Way::OneByOne {
                return self.take_back(groups.iter().flatten(), way);
            }
            let names: BTreeSet<&str> = groups.iter().flatten().map(|event| event.table.as_str()).collect();
            let tables: Vec<_> =
                names.iter().filter_map(|name| self.tables.get(*name)).map(|rows| rows.audited.table).collect();
            let together = rights::as_caller_of_all(&tables, || self.take_back(groups.iter().flatten(), way))?;
            together.ok_or_else(|| Error::foreign_key_violation("rows of several owners refer to each other"))
        };
        subtransaction::tried(|done: &Progress| done.conflicts.is_empty(), is_misfit, work)
    }

    fn is_gone(&self, done: &Progress, place: &Place) -> bool {
        done.gone.get(place).or_else(|| self.known.gone.get(place)).copied().unwrap_or(false)
    }

    fn adopted(&self, done: &Progress, place: &Place) -> BTreeSet<String> {
        let all = [&self.known, done].into_iter().filter_map(|progress| progress.adopted.get(place));
        all.flatten().cloned().collect()
    }

    fn take_back<'e>(&self, events: impl Iterator<Item = &'e Event> + Clone, way: Way) -> Result<Progress> {
        let mut done = Progress::default();
        let is_later = |event: &&Event| match event.action.as_str() {
            "UPDATE" => event.is_nested,
            "DELETE" => event.is_nested && way == Way::AsOne,
            _ => event.is_nested && way == Way::ByTable,
        };
        if way == Way::OneByOne {
            self.each(&mut done, events.clone(), Mode::Write)?;
        } else {
            let mut together: Vec<&Event> = events.clone().filter(|event| !is_later(event)).collect();
            // The reverse order does not violate a unique key either.
            together.sort_by_key(|event| match event.action.as_str() {
                "INSERT" => (0, -(event.place as i64)),
                "UPDATE" => (1, -(event.place as i64)),
                _ => (2, event.place as i64),
            });
            for part in parts(together, way) {
                work::step();
                let tables = part.iter().filter_map(|event| self.tables.get(&event.table));
                let _working =
                    OperationGuard::begin(operation::Undo(tables.map(|table| table.audited.table).collect()));
                statement::as_one(|| self.each(&mut done, part.iter().copied(), Mode::WriteTogether))?;
            }
            // Triggers may have reversed their own changes already; the rest is taken back here.
            self.each(&mut done, events.clone().filter(is_later), Mode::Write)?;
        }
        // Triggers may have changed what was taken back before.
        for ((table, key), row) in rows_before(events) {
            work::step();
            let at = place(table, key);
            if done.conflicts.contains(&at) || self.known.conflicts.contains(&at) {
                continue;
            }
            let (rows, adopted) = (&self.tables[table], self.adopted(&done, &at));
            let more = rights::as_caller(rows.audited.table, || rows.put_right(key, &row, &adopted))?;
            done.adopted.entry(at).or_default().extend(more);
        }
        Ok(done)
    }

    fn each<'e>(&self, done: &mut Progress, events: impl Iterator<Item = &'e Event>, mode: Mode) -> Result<()> {
        for event in events {
            work::step();
            let (before, after) = event.keys();
            let (from, at) = (place(&event.table, before), place(&event.table, after));
            match event.action.as_str() {
                "INSERT" => _ = done.gone.insert(from.clone(), true),
                "DELETE" => _ = done.gone.insert(from.clone(), false),
                // What a trigger did to a new row went with it.
                _ if self.is_gone(done, &at) => continue,
                _ => (),
            }
            let (rows, mut adopted) = (&self.tables[&event.table], self.adopted(done, &at));
            match rights::as_caller(rows.audited.table, || rows.take_back(event, &adopted, mode))? {
                Outcome::Done(columns) => {
                    done.changed += 1;
                    adopted.extend(columns);
                    done.adopted.entry(from).or_default().extend(adopted);
                }
                Outcome::Unchanged => (),
                Outcome::Changed => _ = done.conflicts.insert(from),
            }
        }
        Ok(())
    }
}

/// The events that are taken back as one statement each, in the order in which the first of each comes.
fn parts(events: Vec<&Event>, way: Way) -> Vec<Vec<&Event>> {
    if way != Way::ByTable {
        return vec![events];
    }
    let mut parts: Vec<Vec<&Event>> = Vec::new();
    for event in events {
        work::step();
        let of = |event: &Event| (event.table.clone(), event.action.clone());
        match parts.iter_mut().find(|part| part.first().is_some_and(|first| of(first) == of(event))) {
            Some(part) => part.push(event),
            None => parts.push(vec![event]),
        }
    }
    parts
}

/// Whether each row is in one of the statements only, and once but for what triggers did to it: one statement does one thing to a row.
fn is_apart(groups: &[Vec<Event>]) -> bool {
    let mut known: BTreeSet<(&str, &str)> = BTreeSet::new();
    for group in groups {
        work::step();
        let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
        for event in group.iter().filter(|event| !(event.is_nested && event.action == "UPDATE")) {
            work::step();
            let (from, to) = event.keys();
            let (table, action) = (event.table.as_str(), event.action.as_str());
            let is_new = (action == "INSERT" || before.insert((table, from)))
                && (action == "DELETE" || after.insert((table, to)));
            if !is_new || known.contains(&(table, from)) || known.contains(&(table, to)) {
                return false;
            }
        }
        known.extend(before);
        known.extend(after);
    }
    true
}
