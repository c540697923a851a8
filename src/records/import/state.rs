//! The row of an import: what was chosen, and how far it has come.
use super::home::Home;
use crate::core::fields::identifier::uuid_text;
use crate::core::jsonb::{JsonObjectWriter, Value, to_text};
use crate::core::sql::sql;
use crate::pg::error::{Error, Result};
use crate::pg::lock_wait;
use crate::pg::spi::{self, Mode, Parameter, ResultRow};
use crate::records::catalog::TableId;
use std::time::Duration;

/// How long a call waits for another one on the same import.
const LOCK_WAIT: Duration = Duration::from_secs(1);

/// How many rows came to which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub created: i64,
    pub updated: i64,
    pub unchanged: i64,
    pub skipped: i64,
    pub failed: i64,
}

impl Counts {
    /// Both added up; None where a sum does not fit.
    pub fn and(&self, more: &Counts) -> Option<Counts> {
        Some(Counts {
            created: self.created.checked_add(more.created)?,
            updated: self.updated.checked_add(more.updated)?,
            unchanged: self.unchanged.checked_add(more.unchanged)?,
            skipped: self.skipped.checked_add(more.skipped)?,
            failed: self.failed.checked_add(more.failed)?,
        })
    }

    pub fn write(&self, writer: JsonObjectWriter) -> JsonObjectWriter {
        writer
            .json("created", self.created)
            .json("updated", self.updated)
            .json("unchanged", self.unchanged)
            .json("skipped", self.skipped)
            .json("failed", self.failed)
    }
}

pub struct Import {
    pub id: TableId,
    pub table_id: TableId,
    pub state: String,
    pub options: Option<Vec<u8>>,
    pub reading: Option<String>,
    pub header: Vec<String>,
    pub mapping: Option<Vec<u8>>,
    pub byte_count: i64,
    pub row_count: Option<i64>,
    pub next_row: i64,
    /// How many rows wait to be linked, and up to which one those that waited are.
    pub waiting: i64,
    pub linked_row: i64,
    pub counts: Counts,
}

/// Whether an import is to be changed, and whether others are waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    No,
    Wait,
    /// 55P03 where another transaction has it.
    Now,
}

impl Import {
    fn of_row(id: TableId, row: &ResultRow) -> Option<Import> {
        let count = |column| row.bigint(column).unwrap_or(0);
        Some(Import {
            id,
            table_id: row.uuid(1)?,
            state: row.text(2)?,
            options: row.jsonb(3),
            reading: row.text(4),
            header: row.texts(5),
            mapping: row.jsonb(6),
            byte_count: count(7),
            row_count: row.bigint(8),
            next_row: count(9),
            counts: Counts {
                created: count(10),
                updated: count(11),
                unchanged: count(12),
                skipped: count(13),
                failed: count(14),
            },
            waiting: count(15),
            linked_row: count(16),
        })
    }

    /// The import, where the caller sees it, and may change it where it is held.
    pub fn find(home: &Home, id: &TableId, hold: Hold) -> Result<Option<Import>> {
        let (lock, mode) = match hold {
            Hold::No => ("", Mode::Read),
            Hold::Wait | Hold::Now => ("FOR UPDATE", Mode::Write),
        };
        let sql = sql!("import/import.sql", imports = home.imports(), lock = lock);
        let read = || spi::query(&sql, &[Parameter::Uuid(*id)], mode, |row| Import::of_row(*id, row));
        let found = match hold {
            // Who cancels it lets go at once; who runs it does not.
            Hold::Now => lock_wait::at_most(LOCK_WAIT, read)?.ok_or_else(|| {
                Error::lock_not_available(format!("another session runs import {}", uuid_text(id)))
                    .hint("import_progress tells how far it has come.")
            })?,
            _ => read()?,
        };
        Ok(found.into_iter().flatten().next())
    }

    /// The same; 42704 where there is none.
    pub fn required(home: &Home, id: &TableId, hold: Hold) -> Result<Import> {
        Import::find(home, id, hold)?.ok_or_else(|| {
            Error::undefined_object(format!("import {} does not exist", uuid_text(id)))
                .hint("Or it is not yours: an import is run by whoever began it, or by an admin.")
        })
    }

    /// The error of a call for which the import is in the wrong state.
    pub fn in_wrong_state(&self, hint: &str) -> Error {
        Error::conflict(format!("import {} is {}", uuid_text(&self.id), self.state)).hint(hint)
    }

    pub fn progress(&self) -> String {
        self.progress_members().object()
    }

    pub fn progress_members(&self) -> JsonObjectWriter {
        let number = |number: Option<i64>| number.map_or_else(|| "null".to_owned(), |number| number.to_string());
        let writer = JsonObjectWriter::new().text("import_id", &uuid_text(&self.id)).text("state", &self.state);
        let writer = self.counts.write(writer);
        let mapping = self.mapping.as_ref().map_or_else(|| "null".to_owned(), |mapping| to_text(Value::root(mapping)));
        writer
            .json("rows", number(self.row_count))
            .json("next_row", self.next_row)
            .json("waiting", self.waiting)
            .json("bytes", self.byte_count)
            .json("mapping", mapping)
            .json("is_done", self.state != "receiving" && self.state != "running")
    }
}
