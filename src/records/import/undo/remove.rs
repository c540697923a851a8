//! Removes the records that an import created, a page at a time.
use super::references::referred;
use super::{BATCH, Undone};
use crate::core::sql::sql;
use crate::core::work::{self, Memory};
use crate::pg::error::Result;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::subtransaction;
use crate::records::catalog::TableId;
use crate::records::import::held::{Purpose, hold};
use crate::records::import::home::Home;
use crate::records::import::record::Hash;
use crate::records::import::state::Import;
use crate::records::import::write::is_of_row;
use std::collections::HashMap;

/// So many rows of import_batches are read at once.
const BATCHES: i64 = 100;

/// Removes what the import created, from the last batch to the first: rows name records of batches before, so what names a record and goes has gone by
/// then. What still names it stays, and so does the record.
pub(super) fn remove(home: &Home, import: &Import, undone: &mut Undone) -> Result<()> {
    let mut before = i64::MAX;
    loop {
        let Some(page) = created_page(home, import, before)? else { return Ok(()) };
        before = page.first_row;
        for some in page.created.chunks(BATCH) {
            work::step();
            remove_some(home, import, some, undone)?;
        }
    }
}

/// What some batches created, the last record first, and where the first of these batches began.
struct Page {
    first_row: i64,
    created: Vec<(TableId, Hash)>,
}

fn created_page(home: &Home, import: &Import, before: i64) -> Result<Option<Page>> {
    let sql = sql!("import/undo_created.sql", batches = home.batches(), imports = home.imports());
    let parameters = [Parameter::Uuid(import.id), Parameter::Bigint(before), Parameter::Bigint(BATCHES)];
    let (mut first, mut created, mut memory) = (None, Vec::<(TableId, Hash)>::new(), Memory::default());
    spi::query(&sql, &parameters, Mode::Write, |row| {
        work::step();
        let Some(first_row) = row.bigint(1).filter(|_| created.len() < BATCH) else { return };
        first = Some(first_row);
        let (ids, hashes) = (row.uuids(2), row.bytes(3).unwrap_or_default());
        memory.take(ids.len() * 32);
        let hashes = hashes.chunks_exact(16).map(|chunk| {
            let mut hash = Hash::default();
            hash.copy_from_slice(chunk);
            hash
        });
        let of_batch: Vec<(TableId, Hash)> = ids.into_iter().zip(hashes).collect();
        created.extend(of_batch.into_iter().rev());
    })?;
    Ok(first.map(|first_row| Page { first_row, created }))
}

fn remove_some(home: &Home, import: &Import, created: &[(TableId, Hash)], undone: &mut Undone) -> Result<()> {
    let ids: Vec<TableId> = created.iter().map(|(id, _)| *id).collect();
    let held = hold(home, &import.table_id, &ids, Purpose::Removal)?;
    let mut unchanged = Vec::new();
    for (id, hash) in created {
        work::step();
        match held.get(id) {
            Some(stored) if stored.hash() == *hash => unchanged.push(*id),
            Some(_) => undone.kept.add(*id),
            // Somebody deleted it already.
            None => undone.deleted += 1,
        }
    }
    // What a record names that is kept is kept, too.
    loop {
        work::step();
        let referred = referred(home, &unchanged)?;
        if referred.is_empty() {
            break;
        }
        unchanged.retain(|id| !referred.contains(id));
        referred.into_iter().for_each(|id| undone.kept.add(id));
    }
    delete(home, import, &unchanged, undone)
}

/// Removes records; those that a foreign key or a trigger holds, or that the caller may not delete, are kept.
fn delete(home: &Home, import: &Import, ids: &[TableId], undone: &mut Undone) -> Result<()> {
    work::descend();
    if ids.is_empty() {
        return Ok(());
    }
    let sql = sql!("import/delete.sql", records = home.records_name());
    let parameters = [Parameter::Uuid(import.table_id), Parameter::Uuids(ids)];
    let run = || spi::query(&sql, &parameters, Mode::Write, |row| row.uuid(1));
    match subtransaction::tried(|_| true, is_of_row, run)? {
        Ok(deleted) => {
            let deleted: Vec<TableId> = deleted.into_iter().flatten().collect();
            // With soft delete a record that was marked is not returned: it is gone all the same.
            let is_whole = deleted.len() >= ids.len();
            let left = if is_whole { HashMap::new() } else { hold(home, &import.table_id, ids, Purpose::Removal)? };
            for id in ids {
                if left.contains_key(id) {
                    undone.kept.add(*id);
                } else {
                    undone.deleted += 1;
                }
            }
        }
        Err(_) if ids.len() == 1 => ids.iter().for_each(|id| undone.kept.add(*id)),
        Err(_) => {
            let (first, second) = ids.split_at(ids.len() / 2);
            delete(home, import, first, undone)?;
            delete(home, import, second, undone)?;
        }
    }
    Ok(())
}
