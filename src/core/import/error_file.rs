//! The error file: rows that failed, as they came, with what is wrong with them, to be mended and imported again.
use super::cell::{Cell, Row};
use super::write::{CsvOptions, CsvWriter, undo_guard};
use crate::core::fields::fold::fold_text;
use crate::core::work;
use std::borrow::Cow;

/// The columns that an error file has more than the file itself.
pub const ROW_COLUMN: &str = "_row";
pub const PROBLEMS_COLUMN: &str = "_problems";

/// Writes an error file: the file's columns, `_row` and `_problems`.
#[derive(Debug)]
pub struct ErrorFile {
    writer: CsvWriter,
    columns: usize,
}

impl ErrorFile {
    /// Begins the file with its header. A row that has more cells than the header adds columns without a name.
    pub fn new(header: &[Cell], widest: usize, bom: bool) -> ErrorFile {
        let mut writer = CsvWriter::new(CsvOptions { bom, guard: true });
        let columns = header.len().max(widest);
        let texts: Vec<Option<Cow<'_, str>>> = (0..columns).map(|index| header.get(index).and_then(text)).collect();
        let names = texts.iter().map(Option::as_deref).chain([Some(ROW_COLUMN), Some(PROBLEMS_COLUMN)]);
        writer.row(names);
        ErrorFile { writer, columns }
    }

    /// Writes one row and its problems, a sentence each.
    pub fn row(&mut self, row: &Row, problems: &[String]) {
        work::steps(row.cells.len());
        let texts: Vec<Option<Cow<'_, str>>> =
            (0..self.columns).map(|index| row.cells.get(index).and_then(text)).collect();
        let (number, problems) = (row.number.to_string(), problems.join("; ").replace('\0', "\u{2400}"));
        self.writer.row(texts.iter().map(Option::as_deref).chain([Some(&*number), Some(&*problems)]));
    }

    /// What was written since the last call.
    pub fn take(&mut self) -> String {
        self.writer.take()
    }
}

/// A cell's text; a text of PostgreSQL shows NUL by its symbol.
fn text(cell: &Cell) -> Option<Cow<'_, str>> {
    cell.text().map(|text| {
        work::bytes(text.len());
        if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{2400}")) } else { Cow::Borrowed(text) }
    })
}

/// Whether a header is that of an error file: its guarded cells are given back, and its two columns are not imported.
pub fn is_error_file(names: &[String]) -> bool {
    [ROW_COLUMN, PROBLEMS_COLUMN].iter().all(|own| names.iter().any(|name| fold_text(name) == *own))
}

/// Gives the cells of an error file's row back as they were before they were guarded.
pub fn undo_row(row: &mut Row) {
    for cell in &mut row.cells {
        work::step();
        if let Cell::Text(text) = cell {
            let given = undo_guard(text);
            if given.len() < text.len() {
                *text = given.to_owned();
            }
        }
    }
}
