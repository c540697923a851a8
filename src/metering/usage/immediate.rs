//! Counters in the owner's column alone: right for everybody from the statement on that changed them.
use super::counter::{Change, Counter, Standing, standing};
use super::order;
use crate::core::sql::sql;
use crate::pg::error::Result;
use crate::pg::spi::{self, Mode, Parameter};

/// More at once than a counter of type integer takes twice.
const LARGE: i64 = 1 << 30;

pub fn add(counter: &Counter, changes: &[Change], followed: &[String]) -> Result<usize> {
    let keys: Vec<String> = changes.iter().map(|(key, _)| key.clone()).collect();
    let amounts: Vec<i64> = changes.iter().map(|(_, amount)| *amount).collect();
    if keys.len() == 1 && order::is_in_order(counter.owner, &keys, false) {
        // The UPDATE waits for its one row by itself; of several it would take each as it meets it.
        order::note(counter.owner, &keys);
    } else {
        counter.hold(&keys)?;
    }
    // Where the sum might not fit the column, the limit is asked first: the UPDATE would only say that it does not fit.
    if amounts.iter().any(|amount| *amount > LARGE) {
        counter.hold(&keys)?;
        let sql = sql!("usage/standing.sql", ..counter);
        for (key, amount) in changes.iter().filter(|(key, _)| !followed.contains(key)) {
            for standing in spi::query(&sql, &[Parameter::Text(key)], Mode::ReadLatest, standing)? {
                counter.hold_to_limit(key, *amount, &standing)?;
            }
        }
    }
    let counted = count(counter, &keys, &amounts)?;
    for (key, amount, standing) in counted.iter().filter(|(key, ..)| !followed.contains(key)) {
        counter.hold_to_limit(key, *amount, standing)?;
    }
    Ok(counted.len())
}

/// Adds to owners that are held, whatever their limits; how each stood before.
pub fn count(counter: &Counter, keys: &[String], amounts: &[i64]) -> Result<Vec<(String, i64, Standing)>> {
    if let ([key], [amount]) = (keys, amounts) {
        // Of arrays the server cannot know how few they hold, and would plan anew each time.
        let sql = sql!("usage/count_one.sql", ..counter);
        let counted =
            spi::query(&sql, &[Parameter::Text(key), Parameter::Bigint(*amount)], Mode::WriteLatest, standing)?;
        return Ok(counted.into_iter().map(|standing| (key.clone(), *amount, standing)).collect());
    }
    let sql = sql!("usage/count.sql", ..counter);
    let parameters = [Parameter::Texts(keys), Parameter::Bigints(amounts)];
    let counted =
        spi::query(&sql, &parameters, Mode::WriteLatest, |row| Some((row.text(4)?, row.bigint(5)?, standing(row))))?;
    Ok(counted.into_iter().flatten().collect())
}
