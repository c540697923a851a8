//! Limits of an import (settings `rowkit.import_*`).
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
        .hint("Split the file, or let a superuser raise the setting rowkit.import_* of this limit.")
}

/// Refuses a file with more columns than the limit.
pub fn check_columns(count: usize, budget: &Budget, row: u64) -> Result<(), Problem> {
    if count > budget.columns {
        let message = format!("Row {row} has {count} columns, more than {}.", budget.columns);
        return Err(exceeded("import.too_many_columns", message));
    }
    Ok(())
}
