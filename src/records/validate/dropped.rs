//! The keys that a statement dropped because no column has them (`unknown_keys` = strip), told in one NOTICE at its end.
use crate::core::fields::shown;
use crate::core::work;
use crate::pg::error::Notice;
use crate::pg::relation;
use crate::pg::spi::{self, Mode, Parameter};
use pgrx::pg_sys::Oid;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// So many keys are named.
const NAMED: usize = 20;

/// What a statement dropped so far.
#[derive(Default)]
struct Dropped {
    keys: BTreeSet<String>,
    /// There were more than are kept.
    more: bool,
    /// Somebody tells at the end of the statement; else each row is told of.
    has_end: bool,
}

thread_local! {
    /// By the relation of the records; at most one statement of each is under way that has not been told of.
    static DROPPED: RefCell<BTreeMap<u32, Dropped>> = const { RefCell::new(BTreeMap::new()) };
}

/// Notes keys that a row lost.
pub fn note<'a>(records: Oid, keys: impl Iterator<Item = &'a [u8]>) -> crate::pg::error::Result<()> {
    let id = u32::from(records);
    if !DROPPED.with_borrow(|all| all.contains_key(&id)) {
        let has_end = tells_at_the_end(records)?;
        DROPPED.with_borrow_mut(|all| all.entry(id).or_default().has_end = has_end);
    }
    let has_end = DROPPED.with_borrow_mut(|all| {
        let dropped = all.entry(id).or_default();
        for key in keys {
            work::step();
            let key = shown(&String::from_utf8_lossy(key)).into_owned();
            if dropped.keys.len() < NAMED {
                dropped.keys.insert(key);
            } else {
                dropped.more |= !dropped.keys.contains(&key);
            }
        }
        dropped.has_end
    });
    if !has_end {
        tell(records);
    }
    Ok(())
}

/// Tells what was dropped, at the end of a statement.
pub fn tell(records: Oid) {
    let dropped = DROPPED.with_borrow_mut(|all| all.remove(&u32::from(records)));
    let Some(Dropped { keys, more, .. }) = dropped.filter(|dropped| !dropped.keys.is_empty()) else { return };
    let names: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
    let count = if more { "more than ".to_owned() } else { String::new() } + &names.len().to_string();
    Notice::new(format!(
        "dropped {count} {} that no column has: {}{}",
        if keys.len() == 1 && !more { "key" } else { "keys" },
        names.join(", "),
        if more { ", …" } else { "" }
    ))
    .hint(format!(
        "tables.unknown_keys of {} says strip; allow keeps such keys, strict refuses them.",
        relation::quoted_name(records)
    ))
    .send();
}

/// A transaction that ended or was rolled back tells nothing more.
pub fn forget() {
    DROPPED.with_borrow_mut(BTreeMap::clear);
}

fn tells_at_the_end(records: Oid) -> crate::pg::error::Result<bool> {
    let sql = include_str!("../../../sql/queries/records_end_trigger.sql");
    let found = spi::query(sql, &[Parameter::Oid(records)], Mode::Read, |row| row.boolean(1))?;
    Ok(found.into_iter().flatten().next().unwrap_or(false))
}
