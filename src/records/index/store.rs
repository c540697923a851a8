//! The rows of `record_index`.
use crate::core::index::KeyRange;
use crate::core::sql::sql;
use crate::core::work::{self, Memory};
use crate::pg::error::Result;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;

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

/// Collects entries; more than one piece of work may hold are refused.
#[derive(Default)]
pub struct Entries {
    pub all: Vec<Entry>,
    memory: Memory,
}

impl Entries {
    pub fn push(&mut self, entry: Entry) {
        self.memory.take(size_of::<Entry>() + entry.key.len());
        self.all.push(entry);
    }

    fn sorted(&mut self) -> &[Entry] {
        self.all.sort_unstable();
        &self.all
    }
}

pub fn insert(index: OwnedTable, entries: &mut Entries) -> Result<()> {
    let sql = sql!("index/insert.sql", record_index = index.quoted_name());
    each_batch(entries, |keys, records, organizations| {
        let parameters = [Parameter::ByteStrings(keys), Parameter::Uuids(records), Parameter::Uuids(organizations)];
        index.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))
    })
}

pub fn remove(index: OwnedTable, entries: &mut Entries) -> Result<()> {
    let sql = sql!("index/remove.sql", record_index = index.quoted_name());
    each_batch(entries, |keys, records, _| {
        let parameters = [Parameter::ByteStrings(keys), Parameter::Uuids(records)];
        index.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))
    })
}

fn each_batch(
    entries: &mut Entries,
    mut write: impl FnMut(&[Vec<u8>], &[TableId], &[TableId]) -> Result<u64>,
) -> Result<()> {
    for batch in entries.sorted().chunks(BATCH) {
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
    index.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
    Ok(())
}

pub fn clear(index: OwnedTable) -> Result<()> {
    let sql = sql!("index/clear.sql", record_index = index.quoted_name());
    index.write(|| spi::execute(&sql, &[], Mode::WriteLatest))?;
    Ok(())
}
