//! Counters in the owner's column alone: right for everybody from the statement on that changed them.
use super::counter::{Change, Counter, UsageState, state};
use super::lock_order;
use crate::core::sql::sql;
use crate::pg::error::Result;
use crate::pg::spi::{self, Mode, Parameter};

/// More at once than a counter of type integer takes twice.
const LARGE: i64 = 1 << 30;

pub fn add(counter: &Counter, changes: &[Change], followed: &[String]) -> Result<usize> {
    let keys: Vec<String> = changes.iter().map(|(key, _)| key.clone()).collect();
    let amounts: Vec<i64> = changes.iter().map(|(_, amount)| *amount).collect();
    if keys.len() == 1 && lock_order::is_in_order(counter.owner, &keys, false) {
        // The UPDATE waits for its one row by itself; of several it would take each as it meets it.
        lock_order::note(counter.owner, &keys);
    } else {
        counter.hold(&keys)?;
    }
    // Where the sum might not fit the column, the limit is asked first: the UPDATE would only say that it does not fit.
    if amounts.iter().any(|amount| *amount > LARGE) {
        counter.hold(&keys)?;
        let sql = sql!("usage/state.sql", ..counter);
        for (key, amount) in changes.iter().filter(|(key, _)| !followed.contains(key)) {
            for state in spi::query(&sql, &[Parameter::Text(key)], Mode::ReadLatest, state)? {
                counter.hold_to_limit(key, *amount, &state)?;
            }
        }
    }
    let counted = count(counter, &keys, &amounts)?;
    for (key, amount, state) in counted.iter().filter(|(key, ..)| !followed.contains(key)) {
        counter.hold_to_limit(key, *amount, state)?;
    }
    Ok(counted.len())
}

/// Adds to owners that are held, whatever their limits; how each stood before.
pub fn count(counter: &Counter, keys: &[String], amounts: &[i64]) -> Result<Vec<(String, i64, UsageState)>> {
    if let ([key], [amount]) = (keys, amounts) {
        // Of arrays the server cannot know how few they hold, and would plan anew each time.
        let sql = sql!("usage/count_one.sql", ..counter);
        let counted = spi::query(&sql, &[Parameter::Text(key), Parameter::Bigint(*amount)], Mode::WriteLatest, state)?;
        return Ok(counted.into_iter().map(|state| (key.clone(), *amount, state)).collect());
    }
    let sql = sql!("usage/count.sql", ..counter);
    let parameters = [Parameter::Texts(keys), Parameter::Bigints(amounts)];
    let counted =
        spi::query(&sql, &parameters, Mode::WriteLatest, |row| Some((row.text(4)?, row.bigint(5)?, state(row))))?;
    Ok(counted.into_iter().flatten().collect())
}
