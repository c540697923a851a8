//! Rows as they are put together from cells, within the limits on columns, cells, rows and memory.
use super::problem::{limit, malformed, size};
use crate::core::import::budget::Budget;
use crate::core::import::cell::{Cell, Row};
use crate::core::import::source::Problem;
use crate::core::work;

pub struct RowBuffer {
    budget: Budget,
    cells: Vec<Cell>,
    /// Bytes of the texts of this row.
    held: usize,
    /// What earlier rows took.
    rows: u64,
    taken: u64,
}

impl RowBuffer {
    pub fn new(budget: &Budget) -> Self {
        Self { budget: budget.clone(), cells: Vec::new(), held: 0, rows: 0, taken: 0 }
    }

    /// Puts a cell into its column, counted from 0. Empty cells take no room.
    pub fn place(&mut self, column: usize, cell: Cell) -> Result<(), Problem> {
        work::step();
        if cell == Cell::Empty {
            return Ok(());
        }
        if column >= self.budget.columns {
            return Err(limit(
                format!("the sheet has more than {} columns", self.budget.columns),
                "Delete the columns that are not imported, or raise what limits it: the option limits if it was given, and the setting rowkit.import_columns (a superuser).",
            ));
        }
        let bytes = cell.bytes();
        work::bytes(bytes);
        self.held = self.held.saturating_add(bytes);
        if self.held > self.budget.memory {
            return Err(limit(
                format!("a row holds more than {}", size(self.budget.memory as u64)),
                "Shorten its texts.",
            ));
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, Cell::Empty);
        }
        let place = &mut self.cells[column];
        if *place != Cell::Empty {
            return Err(malformed("the file is damaged: two cells are at one place"));
        }
        *place = cell;
        Ok(())
    }

    /// The row, if it has a cell that is not empty. The next one begins.
    pub fn take(&mut self, number: u64, hidden: bool) -> Result<Option<Row>, Problem> {
        self.held = 0;
        if self.cells.is_empty() {
            return Ok(None);
        }
        self.count(self.cells.len())?;
        let cells = std::mem::take(&mut self.cells);
        self.cells.reserve(cells.len());
        Ok(Some(Row { number, cells, hidden }))
    }

    /// Counts a row of so many cells.
    pub fn count(&mut self, cells: usize) -> Result<(), Problem> {
        self.rows += 1;
        self.taken += cells as u64;
        let hint = "Split the file, or raise what limits it: the option limits if it was given, and the setting";
        if self.rows > self.budget.rows {
            let message = format!("the sheet has more than {} rows", self.budget.rows);
            return Err(limit(message, &format!("{hint} rowkit.import_rows (a superuser).")));
        }
        if self.taken > self.budget.cells {
            let message = format!("the sheet has more than {} cells", self.budget.cells);
            return Err(limit(message, &format!("{hint} rowkit.import_cells (a superuser).")));
        }
        Ok(())
    }
}
