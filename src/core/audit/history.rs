//! A row's events in order, across changes of its key; the row as it was; the order in which changes are taken back. Pure.
use crate::core::jsonb::{ObjectBuilder, Value};
use crate::core::work::{self, Memory};
use std::collections::{BTreeMap, BTreeSet, HashSet};

pub type EventId = [u8; 16];

/// What a row holds, by its columns: each value as a jsonb document of its own.
pub type Row = BTreeMap<String, Vec<u8>>;

/// The members of a document that holds a row; none of another document. Each is a document of its own beside its name, which takes about four times the memory.
pub fn members(document: &[u8], memory: &mut Memory) -> Row {
    memory.take(document.len().saturating_mul(4));
    let members = Value::root(document).as_object().into_iter().flat_map(|object| object.iter());
    members.map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), value.document().into_owned())).collect()
}

/// The row as one document; none when it is larger than a document can be.
pub fn document(row: &Row) -> Option<Vec<u8>> {
    let mut builder = ObjectBuilder::default();
    for (name, value) in row {
        work::step();
        builder.member(name.as_bytes(), Value::root(value));
    }
    builder.finish()
}

/// Whether a value is there and is not null.
pub fn is_set(value: Option<&Vec<u8>>) -> bool {
    value.is_some_and(|value| !Value::root(value).is_null())
}

/// The columns that a table had from a moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub since: i64,
    pub columns: BTreeSet<String>,
}

/// The action of the event that tells which columns a table has since; no row's history has it.
pub const COLUMNS: &str = "COLUMNS";

/// The action of an event of the records that an import wrote, and the member under which its old and new values have what it changed of each.
pub const IMPORT: &str = "IMPORT";
pub const RECORDS: &str = "records";

/// An event of a row, of a batch that the row is in, or of its whole table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    pub id: EventId,
    /// In microseconds, as the server counts them.
    pub at: i64,
    pub action: String,
    pub record_id: Option<String>,
    /// The key that the row has since.
    pub new_record_id: Option<String>,
    pub old: Row,
    pub new: Row,
}

impl Event {
    fn is_of_table(&self) -> bool {
        matches!(self.action.as_str(), "TRUNCATE" | "ENABLE" | "DISABLE")
    }

    /// Of a record that an import created the event holds nothing but its key.
    fn has_created(&self) -> bool {
        self.action == "INSERT" || (self.action == IMPORT && self.new.is_empty())
    }

    fn leaves(&self, key: &str) -> bool {
        self.record_id.as_deref() == Some(key) && self.new_record_id.is_some()
    }

    fn arrives(&self, key: &str) -> bool {
        self.new_record_id.as_deref() == Some(key)
    }
}

/// The events of the row that has this key, or had it last, the oldest first, and the key that it has now, unless another row has that by
/// now. `events_of` answers those of a key in order: of rows while they had it, when they got it, when they lost it, and of the table.
pub fn walk<E>(
    key: &str,
    mut events_of: impl FnMut(&str) -> Result<Vec<Event>, E>,
) -> Result<(Vec<Event>, Option<String>), E> {
    let mut key = key.to_owned();
    let mut events = events_of(&key)?;
    let mut is_now = true;
    let mut followed = HashSet::new();
    let mut left = events.iter().rposition(|event| !event.is_of_table()).filter(|last| events[*last].leaves(&key));
    while let Some(place) = left.take() {
        work::step();
        let (id, to) = (events[place].id, events[place].new_record_id.clone().unwrap_or_default());
        if !followed.insert(id) {
            break;
        }
        key = to;
        events = events_of(&key)?;
        let came = events.iter().position(|event| event.id == id).map_or(events.len(), |came| came + 1);
        let next = events[came..].iter().position(|event| event.leaves(&key) || event.arrives(&key));
        match next.map(|next| came + next) {
            Some(next) if events[next].leaves(&key) => left = Some(next),
            // The row was gone, and another one took its key.
            Some(next) => {
                events.truncate(next);
                is_now = false;
            }
            None => (),
        }
    }
    let (now, mut history) = (is_now.then(|| key.clone()), Vec::new());
    loop {
        work::step();
        let mut came = None;
        while let Some(event) = events.pop() {
            work::step();
            if event.arrives(&key) {
                came = event.record_id.clone().map(|before| (before, event.id));
                history.push(event);
                break;
            }
            // Another row had the key before.
            if event.leaves(&key) {
                break;
            }
            history.push(event);
        }
        let Some((before, id)) = came else { break };
        key = before;
        events = events_of(&key)?;
        events.truncate(events.iter().position(|event| event.id == id).unwrap_or(events.len()));
    }
    history.reverse();
    Ok((history, now))
}

/// What is told as the history of a row: a TRUNCATE only where it took the row, and not when audit began and ended.
pub fn told(history: Vec<Event>) -> Vec<Event> {
    let mut is_there = history.iter().find(|event| !event.is_of_table()).is_some_and(|first| !first.has_created());
    let mut told = history;
    told.retain(|event| match event.action.as_str() {
        "ENABLE" | "DISABLE" => false,
        "TRUNCATE" => std::mem::replace(&mut is_there, false),
        action => {
            is_there = action != "DELETE";
            true
        }
    });
    told
}

#[derive(Clone, Debug, PartialEq)]
pub enum State {
    There(Row),
    Absent,
    /// The log does not say.
    Unknown,
}

impl State {
    fn with(self, columns: &Row) -> State {
        match self {
            State::There(mut row) => {
                row.extend(columns.clone());
                State::There(row)
            }
            _ => State::Unknown,
        }
    }
}

/// The row at a moment: back from what it is now, else on from where it began. What was before the first event is only known if the log
/// knows the table since then. `layouts`, in order, say which columns the table had when: those that came later are left out, and those
/// that are gone are taken from the events.
pub fn as_of(history: &[Event], now: Option<Row>, at: i64, known_since: Option<i64>, layouts: &[Layout]) -> State {
    let is_before_all = history.first().is_none_or(|first| at < first.at && !first.has_created());
    if is_before_all && known_since.is_none_or(|since| at < since) {
        return State::Unknown;
    }
    let known = layouts.partition_point(|layout| layout.since <= at);
    let on = onwards(history, at);
    let mut row = match (backwards(history, now, at, layouts, known), &on) {
        (State::There(row), _) => row,
        (State::Unknown, State::There(row)) => row.clone(),
        (State::Absent, _) => return State::Absent,
        (State::Unknown, _) => return on,
    };
    let on = if let State::There(on) = on { Some(on) } else { None };
    let has = |name: &String| match (known.checked_sub(1), &on) {
        (Some(last), _) => layouts[last].columns.contains(name),
        (None, Some(on)) => on.contains_key(name),
        (None, None) => true,
    };
    row.retain(|name, _| has(name));
    for (name, value) in on.iter().flatten().filter(|(name, _)| has(name)) {
        work::step();
        row.entry(name.clone()).or_insert_with(|| value.clone());
    }
    State::There(row)
}

/// Back from what the row is now; past each change of the table's columns without those that came with it.
fn backwards(history: &[Event], now: Option<Row>, at: i64, layouts: &[Layout], known: usize) -> State {
    let mut state = now.map_or(State::Absent, State::There);
    let mut later = layouts.len();
    let mut pass = |state: &mut State, moment: i64| {
        while later > known && layouts[later - 1].since > moment {
            work::step();
            later -= 1;
            if let (State::There(row), Some(before)) = (&mut *state, later.checked_sub(1)) {
                row.retain(|name, _| layouts[before].columns.contains(name));
            }
        }
    };
    for event in history.iter().rev().filter(|event| event.at > at) {
        work::step();
        pass(&mut state, event.at);
        state = match event.action.as_str() {
            _ if event.has_created() => State::Absent,
            "DELETE" => State::There(event.old.clone()),
            "TRUNCATE" | "ENABLE" | "DISABLE" => State::Unknown,
            _ => state.with(&event.old),
        };
    }
    pass(&mut state, at);
    state
}

/// On from where the row began, or from the last that the log holds of it as a whole.
fn onwards(history: &[Event], at: i64) -> State {
    let mut state = State::Unknown;
    for event in history.iter().filter(|event| event.at <= at) {
        work::step();
        state = match event.action.as_str() {
            "INSERT" => State::There(event.new.clone()),
            "DELETE" | "TRUNCATE" => State::Absent,
            "ENABLE" | "DISABLE" => State::Unknown,
            _ if event.has_created() => State::Unknown,
            _ => state.with(&event.new),
        };
    }
    state
}

/// A place in the order in which events are taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The event's, in the order given.
    pub place: usize,
    /// The statement that it belongs to, of the client or of a function.
    pub statement: i64,
    /// Whether a trigger within that statement did it.
    pub is_nested: bool,
}

/// The order in which a transaction's events, given in the order they were written with the number of their statement, are taken back:
/// the last statement first. What a statement inside another did, of a trigger, was written before it and is taken back after it, since
/// the trigger takes it back itself. Within a statement new rows go first, the last one first; then a cascade from its top.
pub fn undo_order(events: &[(i64, bool)]) -> Vec<Step> {
    let mut least = i64::MAX;
    let mut steps: Vec<Step> = Vec::with_capacity(events.len());
    for (place, (statement, _)) in events.iter().enumerate().rev() {
        work::step();
        least = least.min(*statement);
        steps.push(Step { place, statement: least, is_nested: *statement != least });
    }
    steps.sort_by_key(|step| {
        let (own, is_insert) = events[step.place];
        let place = step.place as i64;
        let within = if is_insert || step.is_nested { -place } else { place };
        (-step.statement, step.is_nested, if step.is_nested { -own } else { 0 }, !is_insert, within)
    });
    steps
}

/// Rows for the unit tests of the modules that read events.
#[cfg(test)]
pub mod fixture {
    use super::{Row, document, members};
    use crate::core::jsonb::{Value, fixture, write};
    use crate::core::work::Memory;

    pub fn row(value: &serde_json::Value) -> Row {
        members(&fixture::document(&value.to_string()), &mut Memory::default())
    }

    pub fn json_of(row: &Row) -> serde_json::Value {
        let mut text = String::new();
        write(Value::root(&document(row).expect("a small row")), &mut text);
        serde_json::from_str(&text).expect("the row is JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Layout, State, as_of, fixture, told, walk};
    use serde_json::json;
    use std::convert::Infallible;

    fn row(value: serde_json::Value) -> super::Row {
        fixture::row(&value)
    }

    fn event(number: u8, action: &str, ids: (&str, &str), old: serde_json::Value, new: serde_json::Value) -> Event {
        let some = |id: &str| (!id.is_empty()).then(|| id.to_owned());
        Event {
            id: [number; 16],
            at: i64::from(number) * 10,
            action: action.to_owned(),
            record_id: some(ids.0),
            new_record_id: some(ids.1),
            old: row(old),
            new: row(new),
        }
    }

    fn history(log: &[Event], key: &str) -> (Vec<u8>, Option<String>, Vec<Event>) {
        let events_of = |key: &str| -> Result<Vec<Event>, Infallible> {
            let of_key = |event: &&Event| {
                event.is_of_table()
                    || event.record_id.as_deref() == Some(key)
                    || event.new_record_id.as_deref() == Some(key)
            };
            Ok(log.iter().filter(of_key).cloned().collect())
        };
        let Ok((events, now)) = walk(key, events_of);
        (events.iter().map(|event| event.id[0]).collect(), now, events)
    }

    #[test]
    fn a_row_is_followed_across_its_keys() {
        let none = json!(null);
        let log = [
            event(1, "INSERT", ("a", ""), none.clone(), json!({"k": "a", "v": 1})),
            event(2, "UPDATE", ("a", "b"), json!({"k": "a"}), json!({"k": "b"})),
            event(3, "INSERT", ("a", ""), none.clone(), json!({"k": "a", "v": 9})),
            event(4, "UPDATE", ("b", ""), json!({"v": 1}), json!({"v": 2})),
            event(5, "TRUNCATE", ("", ""), none.clone(), none.clone()),
            event(6, "INSERT", ("b", ""), none.clone(), json!({"k": "b", "v": 3})),
            event(7, "UPDATE", ("b", "c"), json!({"k": "b"}), json!({"k": "c"})),
        ];
        assert_eq!(history(&log, "c").0, [1, 2, 4, 5, 6, 7]);
        assert_eq!((history(&log, "b").0, history(&log, "b").1), (vec![1, 2, 4, 5, 6, 7], Some("c".to_owned())));
        assert_eq!(history(&log, "a").0, [3, 5]);
        assert_eq!(history(&log, "x").0, [5]);
        assert!(told(history(&log, "x").2).is_empty());
        let events = history(&log, "c").2;
        let now = || Some(row(json!({"k": "c", "v": 3})));
        for (at, there) in [
            (70, Some(json!({"k": "c", "v": 3}))),
            (60, Some(json!({"k": "b", "v": 3}))),
            (50, None),
            (40, Some(json!({"k": "b", "v": 2}))),
            (20, Some(json!({"k": "b", "v": 1}))),
            (10, Some(json!({"k": "a", "v": 1}))),
            (9, None),
        ] {
            assert_eq!(
                as_of(&events, now(), at, None, &[]),
                there.map_or(State::Absent, |there| State::There(row(there))),
                "{at}"
            );
        }
    }

    #[test]
    fn a_key_that_another_row_took_is_not_the_row_s() {
        let none = json!(null);
        let log = [
            event(1, "INSERT", ("a", ""), none.clone(), json!({})),
            event(2, "UPDATE", ("a", "b"), json!({}), json!({})),
            event(3, "UPDATE", ("b", "c"), json!({}), json!({})),
            event(4, "INSERT", ("b", ""), none.clone(), json!({})),
            event(5, "DELETE", ("c", ""), json!({}), none.clone()),
            event(6, "UPDATE", ("b", "c"), json!({}), json!({})),
        ];
        let told = |key: &str| (history(&log, key).0, history(&log, key).1);
        assert_eq!(told("a"), (vec![1, 2, 3, 5], None));
        assert_eq!(told("c"), (vec![4, 6], Some("c".to_owned())));
        assert_eq!(told("b"), (vec![4, 6], Some("c".to_owned())));
    }

    #[test]
    fn a_gap_is_not_told_as_knowledge() {
        let none = json!(null);
        let log = [
            event(1, "UPDATE", ("a", ""), json!({"v": 1}), json!({"v": 2})),
            event(2, "DISABLE", ("", ""), none.clone(), none.clone()),
            event(3, "ENABLE", ("", ""), none.clone(), none.clone()),
            event(4, "UPDATE", ("a", ""), json!({"v": 3}), json!({"v": 4})),
        ];
        let events = history(&log, "a").2;
        let now = || Some(row(json!({"k": "a", "v": 4})));
        assert_eq!(as_of(&events, now(), 30, None, &[]), State::There(row(json!({"k": "a", "v": 3}))));
        assert_eq!(as_of(&events, now(), 25, None, &[]), State::Unknown);
        assert_eq!(as_of(&events, now(), 15, None, &[]), State::Unknown);
        // Nothing is known of the time before the first event, unless the log knows the table since then.
        let changed = history(&log[3..], "a").2;
        let was = || State::There(row(json!({"k": "a", "v": 3})));
        assert_eq!(as_of(&changed, now(), 30, None, &[]), State::Unknown);
        assert_eq!(as_of(&changed, now(), 30, Some(31), &[]), State::Unknown);
        assert_eq!(as_of(&changed, now(), 30, Some(30), &[]), was());
        assert_eq!(as_of(&[], now(), 30, None, &[]), State::Unknown);
        assert_eq!(as_of(&[], now(), 30, Some(20), &[]), State::There(now().unwrap_or_default()));
        // Keys that go round do not go round for ever.
        let round = [
            event(1, "UPDATE", ("a", "b"), json!({}), json!({})),
            event(2, "UPDATE", ("b", "a"), json!({}), json!({})),
        ];
        assert_eq!((history(&round, "b").0, history(&round, "b").1), (vec![1, 2], Some("a".to_owned())));
    }

    #[test]
    fn a_record_that_an_import_created_is_known_from_what_it_is_now() {
        let none = json!(null);
        let log = [
            event(1, "IMPORT", ("a", ""), none.clone(), none.clone()),
            event(2, "IMPORT", ("a", ""), json!({"v": 1}), json!({"v": 2})),
            event(3, "UPDATE", ("a", ""), json!({"v": 2}), json!({"v": 3})),
            event(4, "DELETE", ("a", ""), json!({"k": "a", "v": 3}), none.clone()),
        ];
        let events = history(&log[..3], "a").2;
        assert_eq!(told(events.clone()).len(), 3);
        let now = || Some(row(json!({"k": "a", "v": 3})));
        for (at, there) in [(30, Some(3)), (20, Some(2)), (10, Some(1)), (9, None)] {
            let there = there.map_or(State::Absent, |v| State::There(row(json!({"k": "a", "v": v}))));
            assert_eq!(as_of(&events, now(), at, None, &[]), there, "{at}");
        }
        let deleted = history(&log, "a").2;
        assert_eq!(as_of(&deleted, None, 10, None, &[]), State::There(row(json!({"k": "a", "v": 1}))));
        assert_eq!(as_of(&deleted, None, 5, None, &[]), State::Absent);
        // A TRUNCATE leaves nothing to go back from.
        let emptied = [
            event(1, "IMPORT", ("a", ""), none.clone(), none.clone()),
            event(2, "TRUNCATE", ("", ""), none.clone(), none),
        ];
        assert_eq!(as_of(&history(&emptied, "a").2, None, 10, None, &[]), State::Unknown);
    }

    #[test]
    fn a_row_has_the_columns_of_its_time() {
        let none = json!(null);
        let log = [
            event(1, "INSERT", ("1", ""), none.clone(), json!({"gone": 9, "id": 1, "a": "x"})),
            event(3, "UPDATE", ("1", ""), json!({"a": "x"}), json!({"a": "y"})),
            event(5, "UPDATE", ("1", ""), json!({"b": 5}), json!({"b": 6})),
        ];
        let events = history(&log, "1").2;
        let layout = |since: i64, names: &[&str]| Layout {
            since,
            columns: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        let layouts =
            [layout(1, &["gone", "id", "a"]), layout(29, &["id", "a", "b"]), layout(49, &["id", "a", "b", "gone"])];
        let now = || Some(row(json!({"id": 1, "a": "y", "b": 6, "gone": "other"})));
        for (at, layouts, there) in [
            (50, &layouts[..], json!({"id": 1, "a": "y", "b": 6, "gone": "other"})),
            (30, &layouts, json!({"id": 1, "a": "y", "b": 5})),
            (28, &layouts, json!({"id": 1, "a": "x", "gone": 9})),
            (10, &layouts, json!({"id": 1, "a": "x", "gone": 9})),
            // Without word of the columns, those that the events have.
            (10, &[], json!({"id": 1, "a": "x", "gone": "other"})),
        ] {
            assert_eq!(as_of(&events, now(), at, None, layouts), State::There(row(there)), "{at}");
        }
        // A row that the log does not know the beginning of.
        let changed = history(&log[1..2], "1").2;
        let was = State::There(row(json!({"id": 1, "a": "x"})));
        assert_eq!(as_of(&changed, now(), 28, Some(1), &layouts), was);
    }

    #[test]
    fn the_last_is_taken_back_first_and_triggers_work_after_their_statement() {
        let undo_order = |events: &[(i64, bool)]| -> Vec<usize> {
            super::undo_order(events).iter().map(|step| step.place).collect()
        };
        // Two statements; the second's first event is of a trigger inside it.
        assert_eq!(undo_order(&[(1, true), (1, true), (3, false), (2, true)]), [3, 2, 1, 0]);
        // A cascade is taken back from its top.
        assert_eq!(undo_order(&[(5, false), (5, false)]), [0, 1]);
        assert_eq!(undo_order(&[(1, false), (2, false)]), [1, 0]);
    }
}
