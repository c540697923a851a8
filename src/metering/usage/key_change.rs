//! Recounts an owner's usage counter when the owner's key changes.
//!
//! The rows that referred to the old key are counted when they change: a foreign key with ON UPDATE CASCADE gives them the new key after the owner
//! has it, and their own trigger takes them from the old key, which has no owner any more, and adds them to the new one. So the owner must not bring
//! along what it had counted under its old key.
use super::maintained::{MaintainedCounter, fed_counter};
use crate::core::sql::sql;
use crate::pg::error::Result;
use crate::pg::relation;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::trigger::{Answer, Attribute, Call, Columns};
use crate::pg::{clock, invalidation, lock_wait, written};
use pgrx::pg_sys::{INT4OID, INT8OID, Oid};
use std::cell::RefCell;
use std::collections::HashMap;

/// A counter of the table that the trigger hangs on.
pub struct KeyChange {
    table: OwnedTable,
    counter: Attribute,
    key: Attribute,
    /// None where no table's rows are counted.
    fed: Option<MaintainedCounter>,
    /// SQL: the usage of all rows that refer to the key `$1`.
    sql: String,
    /// Whether a foreign key takes the rows along.
    is_cascading: bool,
}

impl KeyChange {
    pub fn look_up(call: &Call<'_>, name: &str) -> Result<KeyChange> {
        let table = OwnedTable::of_trigger(call)?;
        let owner = call.table();
        let fed = fed_counter(owner, name)?;
        let key = fed.as_ref().map_or("id", |fed| &fed.counter.definition.key);
        let counted = fed.as_ref().map_or(Ok(Vec::new()), MaintainedCounter::counted)?;
        let of_key =
            |rows| format!("SELECT part.amount FROM ({rows}) AS part WHERE part.owner_key OPERATOR(pg_catalog.=) $1");
        let parts: Vec<String> = counted.into_iter().map(of_key).collect();
        let counter = call.required_attribute(name, &[INT4OID, INT8OID])?;
        let sql = sql!(
            "usage/count_rows.sql",
            parts = parts.join(" UNION ALL "),
            key_type = relation::qualified_type_name(counter.kind)
        );
        let mut is_cascading = false;
        for (child, definition) in fed.iter().flat_map(|fed| &fed.sources) {
            let parameters = [Parameter::Oid(*child), Parameter::Oid(owner), Parameter::Text(&definition.foreign_key)];
            let found = include_str!("../../../sql/queries/usage/cascading.sql");
            is_cascading |= spi::execute(found, &parameters, Mode::Read)? > 0;
        }
        Ok(KeyChange { table, counter, key: call.required_column(key)?, fed, sql, is_cascading })
    }

    /// Returns the new row with its counter set to the usage of the new key.
    pub fn count_anew<'a>(&self, call: &Call<'a>) -> Result<Answer<'a>> {
        let (Some(fed), Some(old)) = (&self.fed, call.old_row()) else { return Ok(call.keep()) };
        let new = call.new_row();
        if old.same_bytes(&new, self.key) {
            return Ok(call.keep());
        }
        let (before, after) = (old.value(self.key), new.value(self.key));
        let in_slots = clear_slots(self.table, fed, &before, &after)?;
        let had = old.integer(self.counter).unwrap_or(0).saturating_add(in_slots);
        let read = |row: &spi::ResultRow| (row.value(1), row.text(2));
        // The search_path of the writer must not change the meaning of the condition.
        let count = || spi::query(&self.sql, &[Parameter::Value(&after)], Mode::ReadBefore, read);
        let counted = self.table.read(|| written::with_qualified_names(count))?.into_iter().next();
        let Some((counted, key)) = counted else { return Ok(call.keep()) };
        if self.is_cascading {
            expect(fed, key.as_deref().unwrap_or_default(), had);
        }
        Ok(call.replace(&[(self.counter, counted)]))
    }
}

/// Deletes the slots of both keys and returns the amount in the old key's slots.
pub fn clear_slots(table: OwnedTable, fed: &MaintainedCounter, before: &Value, after: &Value) -> Result<i64> {
    let Some(slots) = fed.counter.slots else { return Ok(0) };
    let sql = sql!("usage/clear_slots_of_keys.sql", ..fed.counter);
    let name = fed.counter.name();
    let parameters = [Parameter::Text(&name), Parameter::Value(before), Parameter::Value(after)];
    let clear = || spi::query(&sql, &parameters, Mode::WriteLatest, |row| row.bigint(1));
    let used = table.of_same_owner(slots)?.write_and_remove(clear)?;
    Ok(used.into_iter().flatten().fold(0, i64::saturating_add))
}

/// What owners had counted under their old keys, and a foreign key is about to bring to the new ones: within which transaction and statement of the
/// client's, and by counter and new key how much is still to come.
#[derive(Default)]
struct Expected {
    place: (u64, i64, u64),
    amounts: HashMap<(Oid, String, String), i64>,
}

thread_local! {
    static EXPECTED: RefCell<Expected> = RefCell::default();
}

fn with_expected<T>(look: impl FnOnce(&mut HashMap<(Oid, String, String), i64>) -> T) -> T {
    // A savepoint that is rolled back takes the change of the key with it.
    let place = (lock_wait::transaction(), clock::client_statement(), invalidation::savepoint_rollbacks());
    EXPECTED.with_borrow_mut(|expected| {
        if expected.place != place {
            *expected = Expected { place, amounts: HashMap::new() };
        }
        look(&mut expected.amounts)
    })
}

fn expect(fed: &MaintainedCounter, key: &str, amount: i64) {
    let place = (fed.counter.owner, fed.counter.definition.counter.clone(), key.to_owned());
    with_expected(|amounts| _ = amounts.insert(place, amount));
}

/// Whether this increase is rows that followed the owner's key change. They are counted even above the limit. Each is expected once.
pub fn is_expected(owner: Oid, counter: &str, key: &str, amount: i64) -> bool {
    with_expected(|amounts| {
        if amounts.is_empty() {
            return false;
        }
        let left = amounts.get_mut(&(owner, counter.to_owned(), key.to_owned()));
        let left = left.filter(|left| amount > 0 && **left >= amount);
        left.map(|left| *left -= amount).is_some()
    })
}
