//! Takes an import back: removes what it created, and gives back what it changed.
//!
//! A record that was changed since, told by its hash, is never overwritten: the call is refused, or the record is kept and listed.
mod references;
mod remove;
mod restore;

use super::functions::required;
use super::home::Home;
use super::state::{Hold, Import};
use crate::core::fields::identifier::uuid_text;
use crate::core::jsonb::JsonObjectWriter;
use crate::core::sql::sql;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::JsonbResult;
use crate::pg::relation::Regclass;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::subtransaction;
use crate::records::catalog::TableId;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, pg_extern};
use references::{keep_linked, kept_linked};
use remove::remove;
use restore::{Pass, restore, restore_again, retry};

/// So many records are taken back by one statement.
const BATCH: usize = 1_000;
/// So many are listed.
const LISTED: usize = 1_000;

/// Records: how many they are, and the first of them.
#[derive(Clone, Default)]
struct Listed {
    count: u64,
    first: Vec<TableId>,
}

impl Listed {
    fn add(&mut self, id: TableId) {
        self.count += 1;
        if self.first.len() < LISTED {
            self.first.push(id);
        }
    }

    fn append(&mut self, other: Listed) {
        self.count += other.count;
        let room = LISTED - self.first.len();
        self.first.extend(other.first.into_iter().take(room));
    }

    fn ids(&self) -> String {
        let ids: Vec<String> = self.first.iter().map(|id| format!("\"{}\"", uuid_text(id))).collect();
        format!("[{}]", ids.join(","))
    }
}

/// What an undo did.
#[derive(Clone, Default)]
struct Undone {
    deleted: u64,
    restored: u64,
    kept: Listed,
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
        let undone = undo(&home, &import)?;
        let there = import.counts.created > 0 || import.counts.updated > 0;
        if there && undone.deleted + undone.restored + undone.kept.count == 0 {
            return Err(import
                .in_wrong_state("What it wrote is not kept any more: it can be undone until 30 days after it ended."));
        }
        if undone.kept.count > 0 && !may_keep {
            let records = if undone.kept.count == 1 { "record" } else { "records" };
            return Err(Error::conflict(format!("{} {records} cannot be taken back", undone.kept.count))
                .detail(undone.kept.ids())
                .hint("They were changed since the import, other records refer to them, or their former values are taken or not valid any more. DETAIL lists the first 1,000 ids. on_changed => 'keep' leaves them as they are, and takes back the others."));
        }
        let sql = sql!("import/undone.sql", imports = home.imports());
        spi::execute(&sql, &[Parameter::Uuid(id)], Mode::Write)?;
        let answer = JsonObjectWriter::new()
            .json("deleted", undone.deleted)
            .json("restored", undone.restored)
            .json("kept", undone.kept.count)
            .json("kept_ids", undone.kept.ids());
        Ok(answer.object())
    })?;
    Ok(JsonbResult::parse(&answer))
}

/// Takes an import back. A record that it created and linked to later rows, and that stays, stays with its links: which ones stay is known once all is
/// taken back, so where there are such records it is done once more without theirs.
fn undo(home: &Home, import: &Import) -> Result<Undone> {
    let (mut undone, mut staying) = (Undone::default(), Vec::new());
    let is_over = subtransaction::kept_if(|| {
        home.writing(|| {
            undone = take_back(home, import)?;
            if undone.kept.count > 0 {
                staying = kept_linked(home, import)?;
            }
            Ok(staying.is_empty())
        })
    })?;
    if is_over {
        return Ok(undone);
    }
    keep_linked(home, import, &staying)?;
    take_back(home, import)
}

/// Gives back what the import changed and removes what it created, which in turn may free unique values that records had before.
fn take_back(home: &Home, import: &Import) -> Result<Undone> {
    let mut undone = Undone::default();
    let failed = restore(home, import, Pass::First, &mut undone)?;
    if failed.count == 0 {
        remove(home, import, &mut undone)?;
        return Ok(undone);
    }
    // A record that must wait for its unique value may refer to the record that has the value, which is kept for that: its references go back first.
    // Taken back where a record has to keep its unique value all the same: it then keeps the others, too.
    let mut attempt = undone.clone();
    let is_whole = subtransaction::kept_if(|| {
        home.writing(|| {
            let left = restore_again(home, import, Pass::InPart, failed.count, &mut attempt)?;
            remove(home, import, &mut attempt)?;
            Ok(retry(home, import, left, &mut attempt)?.count == 0)
        })
    })?;
    if is_whole {
        return Ok(attempt);
    }
    remove(home, import, &mut undone)?;
    let left = retry(home, import, failed, &mut undone)?;
    undone.kept.append(left);
    Ok(undone)
}
