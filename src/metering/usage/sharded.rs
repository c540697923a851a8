//! Counters in slots, so that the writers of one owner pass each other.
//!
//! A writer takes a slot that nobody holds and adds to it. With a limit, what the limit still allows is shared out among the slots as
//! their room, and a writer takes a slot with room enough: the column, what the slots used and their room are always the limit that was
//! shared out. When no slot will do, the writer gathers them: it holds the owner and all slots, adds up, and shares out anew.
use super::counter::{Counter, state, sum};
use super::lock_order::{self, Attempt, Wait};
use crate::core::sql::sql;
use crate::pg::error::{Error, Result};
use crate::pg::lock_wait;
use crate::pg::setting;
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::subtransaction;
use std::time::{Duration, Instant};

/// A plan is made while the slots are few, when reading all of them looks cheap, and kept when they are many.
fn by_index<T>(query: impl FnOnce() -> T) -> T {
    setting::with(c"enable_seqscan", "off", query)
}

/// Adds to an owner; false when there is no such owner.
pub fn add(counter: &Counter, most: u32, key: &str, amount: i64, check: Check) -> Result<bool> {
    let keys = [key.to_owned()];
    if take(counter, key, amount)? {
        lock_order::note(counter.owner, &keys);
        return Ok(true);
    }
    let began = Instant::now();
    lock_order::locking(counter.owner, &keys, true, |wait| {
        if take(counter, key, amount)? {
            return Ok(Attempt::Done(true));
        }
        let slots = Slots::of(counter, key, amount)?;
        // A slot that filled up between a look at it and its lock stays locked: a gathering may be waiting for it.
        let wait = if slots.held > 0 { Wait::Never } else { wait };
        if wait == Wait::Long && slots.are_worth_waiting(most) {
            if began.elapsed() >= lock_order::lock_wait() {
                wait_for_slot(counter, key, amount)?;
            }
            return Ok(Attempt::Busy);
        }
        gather(counter, most, key, amount, wait, check)
    })
}

/// Adds to one slot with room enough that nobody holds.
fn take(counter: &Counter, key: &str, amount: i64) -> Result<bool> {
    let sql = sql!("usage/take_slot.sql", ..counter);
    let name = counter.name();
    let parameters = [Parameter::Text(&name), Parameter::Text(key), Parameter::Bigint(amount)];
    Ok(by_index(|| spi::execute(&sql, &parameters, Mode::WriteLatest))? > 0)
}

/// Waits for a moment for one of the slots that would do, as the server waits: so it sees whether whoever holds the slot waits for this transaction, directly
/// or through others, and then this one ends with 40001.
fn wait_for_slot(counter: &Counter, key: &str, amount: i64) -> Result<()> {
    const WAIT: Duration = Duration::from_millis(100);
    const LOOK_AFTER: u64 = 20;
    let sql = sql!("usage/wait_for_slot.sql", ..counter);
    let name = counter.name();
    let parameters = [Parameter::Text(&name), Parameter::Text(key), Parameter::Bigint(amount)];
    // What it locks it gives back: whether the slot will do is asked anew, by everybody who waits for it.
    let waited = subtransaction::rolled_back(|| {
        setting::with_deadlock_timeout(LOOK_AFTER, || {
            lock_wait::at_most(WAIT, || by_index(|| spi::execute(&sql, &parameters, Mode::WriteLatest)))
        })
    });
    match waited {
        Err(failure) if failure.sqlstate == "40P01" => Err(Error::serialization_failure(format!(
            "account {key} is counted by another transaction, which waits for this one"
        ))
        .hint("Retry the transaction. It does best to change what others change, too, in the same order, or after what is counted.")),
        Err(failure) if failure.sqlstate == "40001" => Err(Error::serialization_failure(failure.message)),
        Err(failure) => Err(Error::internal(failure.message)),
        Ok(_) => Ok(()),
    }
}

/// An owner's slots, as they are committed.
#[derive(Default)]
struct Slots {
    count: i64,
    room: Option<i64>,
    /// Those that would do, were they free.
    usable: i64,
    /// Those that this subtransaction holds.
    held: i64,
}

impl Slots {
    fn of(counter: &Counter, key: &str, amount: i64) -> Result<Slots> {
        let sql = sql!("usage/slots.sql", ..counter);
        let (name, transaction) = (counter.name(), lock_wait::subtransaction().to_string());
        let parameters =
            [Parameter::Text(&name), Parameter::Text(key), Parameter::Bigint(amount), Parameter::Text(&transaction)];
        let read = |row: &spi::ResultRow| Slots {
            count: row.bigint(1).unwrap_or(0),
            room: row.bigint(2),
            usable: row.bigint(3).unwrap_or(0),
            held: row.bigint(4).unwrap_or(0),
        };
        let found = by_index(|| spi::query(&sql, &parameters, Mode::ReadLatest, read))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// Unless a gathering could make more of them.
    fn are_worth_waiting(&self, most: u32) -> bool {
        self.usable > 0 && !(self.count < i64::from(most) && self.room.is_some_and(|room| room > self.count))
    }
}

/// Whether to enforce the limit. A correction of drift does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    Limit,
    Nothing,
}

/// Holds the owner and all its slots, adds up, and shares out what is left; false when there is no such owner.
pub fn gather(counter: &Counter, most: u32, key: &str, amount: i64, wait: Wait, check: Check) -> Result<Attempt<bool>> {
    let name = counter.name();
    let of_key = [Parameter::Text(&name), Parameter::Text(key)];
    let hold = sql!("usage/hold_owner.sql", ..counter, wait = wait.clause());
    let owner = spi::query(&hold, &[Parameter::Text(key)], Mode::WriteLatest, state)?.into_iter().next();
    if owner.is_none() && wait == Wait::Never && counter.count(&[key.to_owned()])? > 0 {
        return Ok(Attempt::Stuck);
    }
    let hold = sql!("usage/hold_slots.sql", ..counter, wait = wait.clause());
    let used = by_index(|| spi::query(&hold, &of_key, Mode::WriteLatest, |row| row.bigint(1).unwrap_or(0)))?;
    if wait == Wait::Never && (used.len() as i64) < Slots::of(counter, key, 0)?.count {
        return Ok(Attempt::Stuck);
    }
    let clear = sql!("usage/clear_slots.sql", ..counter);
    let Some(mut owner) = owner else {
        spi::execute(&clear, &of_key, Mode::WriteLatest)?;
        return Ok(Attempt::Done(false));
    };
    owner.used = used.into_iter().try_fold(owner.used, sum)?;
    if check == Check::Limit {
        counter.hold_to_limit(key, amount, &owner)?;
    }
    owner.used = sum(owner.used, amount)?;
    let update = sql!("usage/set_counter.sql", ..counter);
    spi::execute(&update, &[Parameter::Text(key), Parameter::Bigint(owner.used)], Mode::WriteLatest)?;
    by_index(|| spi::execute(&clear, &of_key, Mode::WriteLatest))?;
    let room = owner.limit.map(|limit| limit.saturating_sub(owner.used));
    let slots = room.map_or(i64::from(most), |room| room.clamp(1, i64::from(most)));
    let (limit, room) = (Value::bigint(owner.limit), Value::bigint(room));
    let parameters = [
        Parameter::Text(&name),
        Parameter::Text(key),
        Parameter::Bigint(slots),
        Parameter::Value(&limit),
        Parameter::Value(&room),
    ];
    spi::execute(&sql!("usage/share_out.sql", ..counter), &parameters, Mode::WriteLatest)?;
    Ok(Attempt::Done(true))
}
