//! Adds to a counter, in the way in which it is stored.
use super::counter::{Change, Counter};
use super::sharded::Check;
use super::{immediate, sharded};
use crate::core::usage::definition::Storage;
use crate::pg::error::{Error, Result};
use crate::pg::lock_wait;

/// Adds to each owner, the keys in ascending order; how many owners there are. Refused where a limit would be passed, but for owners whose rows followed
/// a change of their key.
pub fn add(counter: &Counter, changes: &[Change], followed: &[String]) -> Result<usize> {
    let added = lock_wait::past_aborting_writers(|| match counter.definition.storage {
        Storage::Immediate => immediate::add(counter, changes, followed),
        Storage::Sharded(most) => {
            let mut found = 0;
            for (key, amount) in changes {
                let check = if followed.contains(key) { Check::Nothing } else { Check::Limit };
                found += usize::from(sharded::add(counter, most, key, *amount, check)?);
            }
            Ok(found)
        }
    })?;
    added.ok_or_else(|| {
        Error::serialization_failure("an account was just given up by another transaction")
            .hint("Retry the transaction.")
    })
}
