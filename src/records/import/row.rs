//! A row of a batch on its way, and what became of it.
use super::record::Hash;
use crate::core::import::cell::Cell;
use crate::core::import::mapping::Mapping;
use crate::core::import::problem::ImportProblem;
use crate::core::import::stored_row::StoredRow;
use crate::core::jsonb::{Object, Value};
use crate::records::catalog::TableId;

/// What became of a row.
pub enum End {
    Created { id: TableId, hash: Hash },
    Updated { id: TableId, hash: Hash, former: String, written: String },
    Unchanged(TableId),
    Skipped(Option<TableId>),
    Failed,
}

/// A row of the batch on its way.
pub struct Row {
    pub stored: StoredRow,
    pub problems: Vec<ImportProblem>,
    pub end: Option<End>,
    /// The texts of references, by column, whose records a later row may make.
    pub waiting: Vec<(String, String)>,
    /// What its record held, where the row waits and leaves it as it is.
    pub held: Option<Hash>,
    /// Its values by columns, as a jsonb object.
    pub(super) values: Vec<u8>,
    /// Mapped columns whose cells are blank.
    pub(super) blanks: Vec<String>,
    pub(super) key: Option<String>,
    pub(super) record_id: Option<TableId>,
    /// The values that a new record would lack.
    pub(super) missing: Vec<ImportProblem>,
}

impl Row {
    pub fn new(stored: StoredRow) -> Row {
        Row {
            stored,
            problems: Vec::new(),
            end: None,
            waiting: Vec::new(),
            held: None,
            values: Vec::new(),
            blanks: Vec::new(),
            key: None,
            record_id: None,
            missing: Vec::new(),
        }
    }

    /// The id that the file gives for its record.
    pub(super) fn given_id(&self, mapping: &Mapping) -> Option<&str> {
        let text = mapping.record_id.and_then(|cell| self.stored.row.cells.get(cell)).and_then(Cell::text);
        text.map(str::trim).filter(|text| !text.is_empty())
    }

    pub(super) fn values(&self) -> Option<Object<'_>> {
        if self.values.is_empty() { None } else { Value::root(&self.values).as_object() }
    }

    pub(super) fn fail(&mut self, problems: Vec<ImportProblem>) {
        self.problems.extend(problems);
        self.end = Some(End::Failed);
    }
}
