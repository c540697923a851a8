//! Takes an import back: removes what it created, and gives back what it changed.
//!
//! A record that was changed since, told by its hash, is never overwritten: the call is refused, or the record is kept and listed.
use super::functions::required;
use super::home::Home;
use super::record::{Hash, Stored};
use super::state::{Hold, Import};
use super::write::{Pending, Statement, Writer, Written, is_of_row};
use crate::core::fields::identifier::uuid_text;
use crate::core::jsonb::{JsonObjectWriter, Value, to_text};
use crate::core::sql::sql;
use crate::core::work::{self, Memory};
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::JsonbResult;
use crate::pg::relation::Regclass;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::subtransaction;
use crate::records::catalog::TableId;
use crate::records::stored::live_condition;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, pg_extern};
use std::collections::{HashMap, HashSet};

/// So many records are taken back by one statement.
const BATCH: usize = 1_000;
/// So many are listed.
const LISTED: usize = 1_000;

/// What an undo did.
#[derive(Default)]
struct Undone {
    deleted: u64,
    restored: u64,
    kept: HashSet<TableId>,
    listed: Vec<TableId>,
}

impl Undone {
    fn keep(&mut self, id: TableId) {
        if !self.kept.insert(id) {
            return;
        }
        work::reserve(self.kept.len().saturating_mul(48));
        if self.listed.len() < LISTED {
            self.listed.push(id);
        }
    }

    fn ids(&self) -> String {
        let ids: Vec<String> = self.listed.iter().map(|id| format!("\"{}\"", uuid_text(id))).collect();
        format!("[{}]", ids.join(","))
    }
}

#[pg_extern(sql = false)]
fn undo_import(
    import_id: Option<Uuid>,
    on_changed: Option<&str>,
    tables: Option<Regclass>,
) -> Result<JsonbResult, ErrorReport> {
    let id = required(import_id, "import_id")?;
    let may_keep = match on_changed.unwrap_or("refuse") {
        "refuse" => false,
        "keep" => true,
        other => {
            return Err(Error::invalid_parameter(format!(
                "on_changed cannot be \"{}\"",
                crate::core::fields::shown(other)
            ))
            .hint("It is refuse or keep.")
            .into());
        }
    };
    let home = Home::find(tables)?;
    let answer = home.as_caller(|| {
        let import = Import::required(&home, &id, Hold::Now)?;
        match import.state.as_str() {
            "running" | "done" | "cancelled" => {}
            _ => return Err(import.in_wrong_state("An import is undone once it has begun, and once.")),
        }
        let mut undone = Undone::default();
        restore(&home, &import, &mut undone)?;
        remove(&home, &import, &mut undone)?;
        let there = import.counts.created > 0 || import.counts.updated > 0;
        if there && undone.deleted + undone.restored == 0 && undone.kept.is_empty() {
            return Err(import
                .in_wrong_state("What it wrote is not kept any more: it can be undone until 30 days after it ended."));
        }
        if !undone.kept.is_empty() && !may_keep {
            let records = if undone.kept.len() == 1 { "record was" } else { "records were" };
            return Err(Error::conflict(format!("{} {records} changed since the import", undone.kept.len()))
                .detail(undone.ids())
                .hint(
                    "DETAIL lists their ids. on_changed => 'keep' leaves them as they are, and takes back the others.",
                ));
        }
        let sql = sql!("import/undone.sql", imports = home.imports());
        spi::execute(&sql, &[Parameter::Uuid(id)], Mode::Write)?;
        let answer = JsonObjectWriter::new()
            .json("deleted", undone.deleted)
            .json("restored", undone.restored)
            .json("kept", undone.kept.len())
            .json("kept_ids", undone.ids());
        Ok(answer.object())
    })?;
    Ok(JsonbResult::parse(&answer))
}

/// Records of the table as they are now, held against other writers.
fn hold(home: &Home, import: &Import, ids: &[TableId]) -> Result<HashMap<TableId, Stored>> {
    let sql = sql!("import/records.sql", records = home.records_name(), live = live_condition(home.records)?);
    let parameters = [Parameter::Uuid(import.table_id), Parameter::Uuids(ids)];
    let (_, found) = spi::once(&sql, &parameters, Stored::of_row)?;
    Ok(found.into_iter().flatten().map(|stored| (stored.id, stored)).collect())
}

/// A record that the import changed, or created and linked later.
struct Changed {
    id: TableId,
    former: Vec<u8>,
    hash: Vec<u8>,
    has_created: bool,
}

fn restore(home: &Home, import: &Import, undone: &mut Undone) -> Result<()> {
    let sql = sql!("import/undo_updated.sql", rows = home.rows());
    let mut memory = Memory::default();
    let found = spi::query(&sql, &[Parameter::Uuid(import.id)], Mode::Write, |row| {
        let changed =
            Changed { id: row.uuid(1)?, former: row.jsonb(2)?, hash: row.bytes(3)?, has_created: row.boolean(4)? };
        memory.take(changed.former.len() + 128);
        Some(changed)
    })?;
    let changed: Vec<Changed> = found.into_iter().flatten().collect();
    let mut writer = Writer::new(home, import.table_id);
    for some in changed.chunks(BATCH) {
        work::step();
        let ids: Vec<TableId> = some.iter().map(|changed| changed.id).collect();
        let held = hold(home, import, &ids)?;
        let mut pending = Vec::new();
        for (place, Changed { id, former, hash, has_created }) in some.iter().enumerate() {
            work::step();
            let stored = match held.get(id) {
                Some(stored) if stored.hash()[..] == hash[..] => stored,
                // Somebody deleted what the import created.
                None if *has_created => continue,
                _ => {
                    undone.keep(*id);
                    continue;
                }
            };
            let values: Vec<(String, Option<String>)> = Value::root(former)
                .as_object()
                .into_iter()
                .flat_map(|former| former.iter())
                .map(|(key, value)| {
                    (String::from_utf8_lossy(key).into_owned(), (!value.is_null()).then(|| to_text(value)))
                })
                .collect();
            let values: Vec<(&str, Option<String>)> =
                values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            pending.push(Pending { place, record: stored.with(&values) });
        }
        for (place, written) in writer.write(Statement::Update, &pending)? {
            match written {
                // A record that the import created is as it was before it was linked: it goes with the others.
                Written::Done(_) if some[place].has_created => {}
                Written::Done(_) => undone.restored += 1,
                // Its old value is taken by another record by now, or no longer valid.
                Written::Failed(_) => undone.keep(some[place].id),
            }
        }
    }
    Ok(())
}

fn remove(home: &Home, import: &Import, undone: &mut Undone) -> Result<()> {
    let sql = sql!("import/undo_created.sql", batches = home.batches());
    let mut memory = Memory::default();
    let found = spi::query(&sql, &[Parameter::Uuid(import.id)], Mode::Write, |row| {
        let (ids, hashes) = (row.uuids(1), row.bytes(2).unwrap_or_default());
        memory.take(ids.len() * 32);
        let hashes: Vec<Hash> = hashes
            .chunks_exact(16)
            .map(|chunk| {
                let mut hash = Hash::default();
                hash.copy_from_slice(chunk);
                hash
            })
            .collect();
        ids.into_iter().zip(hashes).collect::<Vec<_>>()
    })?;
    for created in found {
        work::step();
        let ids: Vec<TableId> = created.iter().map(|(id, _)| *id).collect();
        let held = hold(home, import, &ids)?;
        let mut unchanged = Vec::new();
        for (id, hash) in &created {
            match held.get(id) {
                Some(stored) if stored.hash() == *hash => unchanged.push(*id),
                Some(_) => undone.keep(*id),
                // Somebody deleted it already.
                None => undone.deleted += 1,
            }
        }
        delete(home, import, &unchanged, undone)?;
    }
    Ok(())
}

/// Removes records; those that something refers to, or that the caller may not delete, are kept.
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
            let left = if deleted.len() < ids.len() { hold(home, import, ids)? } else { HashMap::new() };
            for id in ids {
                if left.contains_key(id) {
                    undone.keep(*id);
                } else {
                    undone.deleted += 1;
                }
            }
        }
        Err(_) if ids.len() == 1 => ids.iter().for_each(|id| undone.keep(*id)),
        Err(_) => {
            let (first, second) = ids.split_at(ids.len() / 2);
            delete(home, import, first, undone)?;
            delete(home, import, second, undone)?;
        }
    }
    Ok(())
}
