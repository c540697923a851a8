//! Limits of an import: settings `rowkit.import_*`, and the option `limits`.
use super::source::{Problem, ProblemClass};

/// What a file may take at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    pub file_bytes: u64,
    pub expanded_bytes: u64,
    pub cells: u64,
    pub rows: u64,
    /// After empty ones at the end are trimmed.
    pub columns: usize,
    pub cell_bytes: usize,
    pub shared_string_bytes: usize,
    pub memory: usize,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget {
            file_bytes: 512 << 20,
            expanded_bytes: 2 << 30,
            cells: 50_000_000,
            rows: 4 * 1_048_576,
            columns: 1_000,
            cell_bytes: 16 << 20,
            shared_string_bytes: 64 << 20,
            memory: 64 << 20,
        }
    }
}

/// What the caller allows a file, where that is less than the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    pub file_bytes: Option<u64>,
    pub expanded_bytes: Option<u64>,
    pub rows: Option<u64>,
    pub columns: Option<u64>,
    pub cells: Option<u64>,
}

impl Limits {
    pub const NAMES: [&'static str; 5] = ["file_bytes", "expanded_bytes", "rows", "columns", "cells"];

    /// The limit of a name; none for a name that is none of them.
    pub fn named(&mut self, name: &str) -> Option<&mut Option<u64>> {
        Some(match name {
            "file_bytes" => &mut self.file_bytes,
            "expanded_bytes" => &mut self.expanded_bytes,
            "rows" => &mut self.rows,
            "columns" => &mut self.columns,
            "cells" => &mut self.cells,
            _ => return None,
        })
    }
}

impl Budget {
    /// The same, but for limits that are lower.
    pub fn within(self, limits: &Limits) -> Budget {
        let least = |own: u64, limit: Option<u64>| limit.map_or(own, |limit| own.min(limit));
        let columns = limits.columns.and_then(|columns| usize::try_from(columns).ok());
        Budget {
            file_bytes: least(self.file_bytes, limits.file_bytes),
            expanded_bytes: least(self.expanded_bytes, limits.expanded_bytes),
            rows: least(self.rows, limits.rows),
            columns: columns.map_or(self.columns, |columns| self.columns.min(columns)),
            cells: least(self.cells, limits.cells),
            ..self
        }
    }
}

/// Counts the rows and cells that were read.
#[derive(Debug, Default)]
pub struct Usage {
    rows: u64,
    cells: u64,
}

impl Usage {
    /// Counts one row, before its cells are made.
    pub fn add_row(&mut self, cells: usize, budget: &Budget) -> Result<(), Problem> {
        self.rows += 1;
        self.cells += cells as u64;
        if self.rows > budget.rows {
            return Err(exceeded("import.too_many_rows", format!("The file has more than {} rows.", budget.rows)));
        }
        if self.cells > budget.cells {
            return Err(exceeded("import.too_many_cells", format!("The file has more than {} cells.", budget.cells)));
        }
        Ok(())
    }
}

/// A limit that a file goes beyond.
pub fn exceeded(code: &'static str, message: String) -> Problem {
    Problem::new(ProblemClass::Limit, code, message)
        .hint("Split the file, or raise what limits it: the option limits if it was given, and the setting rowkit.import_* (a superuser).")
}

/// Refuses a file with more columns than the limit.
pub fn check_columns(count: usize, budget: &Budget, row: u64) -> Result<(), Problem> {
    if count > budget.columns {
        let message = format!("Row {row} has {count} columns, more than {}.", budget.columns);
        return Err(exceeded("import.too_many_columns", message));
    }
    Ok(())
}
