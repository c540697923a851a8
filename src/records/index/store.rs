//! The rows of `record_index`.
use crate::core::index::KeyRange;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::Result;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;
use std::collections::HashSet;

/// The table of entries beside the records.
pub const ENTRIES: &str = "record_index";

/// At most so many entries go into one query.
const BATCH: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    pub key: Vec<u8>,
    pub record_id: TableId,
    pub organization_id: TableId,
}

/// Entries of so many bytes are written at once; the next ones are collected anew.
const FULL: usize = 16 * 1024 * 1024;

/// Collects entries that are to be written.
#[derive(Default)]
pub struct Entries {
    all: Vec<Entry>,
    bytes: usize,
}

impl Entries {
    pub fn push(&mut self, entry: Entry) {
        self.bytes += size_of::<Entry>() + entry.key.len();
        self.all.push(entry);
    }

    /// Whether it is time to write them.
    pub fn is_full(&self) -> bool {
        self.bytes >= FULL
    }

    pub fn into_set(self) -> HashSet<Entry> {
        work::steps(self.all.len());
        self.all.into_iter().collect()
    }

    fn take_sorted(&mut self) -> Vec<Entry> {
        let mut all = std::mem::take(self).all;
        all.sort_unstable();
        all
    }
}

/// Writes the entries and forgets them.
pub fn insert(index: OwnedTable, entries: &mut Entries) -> Result<()> {
    let sql = sql!("index/insert.sql", record_index = index.quoted_name());
    each_batch(entries, |keys, records, organizations| {
        let parameters = [Parameter::ByteStrings(keys), Parameter::Uuids(records), Parameter::Uuids(organizations)];
        index.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))
    })
}

/// Writes the entries if they are many.
pub fn insert_if_full(index: OwnedTable, entries: &mut Entries) -> Result<()> {
    if entries.is_full() { insert(index, entries) } else { Ok(()) }
}

/// Removes the entries and forgets them.
pub fn remove(index: OwnedTable, entries: &mut Entries) -> Result<()> {
    let sql = sql!("index/remove.sql", record_index = index.quoted_name());
    each_batch(entries, |keys, records, _| {
        let parameters = [Parameter::ByteStrings(keys), Parameter::Uuids(records)];
        index.write_and_remove(|| spi::execute(&sql, &parameters, Mode::WriteLatest))
    })
}

fn each_batch(
    entries: &mut Entries,
    mut write: impl FnMut(&[Vec<u8>], &[TableId], &[TableId]) -> Result<u64>,
) -> Result<()> {
    for batch in entries.take_sorted().chunks(BATCH) {
        work::steps(batch.len());
        let keys: Vec<Vec<u8>> = batch.iter().map(|entry| entry.key.clone()).collect();
        let ids = |of: fn(&Entry) -> TableId| batch.iter().map(of).collect::<Vec<_>>();
        write(&keys, &ids(|entry| entry.record_id), &ids(|entry| entry.organization_id))?;
    }
    Ok(())
}

pub fn remove_range(index: OwnedTable, range: &KeyRange) -> Result<()> {
    let sql = sql!("index/remove_range.sql", record_index = index.quoted_name());
    let parameters = [Parameter::Bytes(&range.lower), Parameter::Bytes(&range.upper)];
    index.write_and_remove(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
    Ok(())
}

pub fn clear(index: OwnedTable) -> Result<()> {
    let sql = sql!("index/clear.sql", record_index = index.quoted_name());
    index.write_and_remove(|| spi::execute(&sql, &[], Mode::WriteLatest))?;
    Ok(())
}
