//! The error file: rows that failed, as they came, with what is wrong with them, to be mended and imported again.
//!
//! What could not be read fails again until it is mended: cells beyond the header stand in columns of their own, and a cell whose bytes, quotes or value
//! the file did not have in order stands there with a mark. Cells that look like a mark have an apostrophe in front, as formulas have.
use super::cell::{Cell, Row, RowProblem};
use super::columns::{Plan, is_error_value, spelled};
use super::csv::row_problem;
use super::write::{CsvOptions, CsvWriter, guard, needs_guard};
use crate::core::fields::fold::fold_text;
use crate::core::jsonb::JsonObjectWriter;
use crate::core::work;
use std::borrow::Cow;

/// The columns that an error file has more than the file itself.
pub const ROW_COLUMN: &str = "_row";
pub const PROBLEMS_COLUMN: &str = "_problems";
/// Beginning of the names of columns for cells beyond the header: _extra_1.
const EXTRA_COLUMN: &str = "_extra_";

const FORMULA: &str = "#FORMULA!";
const NUL_SYMBOL: char = '\u{2400}';

/// Writes an error file: the file's columns, those beyond its header, `_row` and `_problems`.
#[derive(Debug)]
pub struct ErrorFile {
    writer: CsvWriter,
    columns: usize,
}

impl ErrorFile {
    /// Begins the file with its header. Rows have at most so many cells more than it.
    pub fn new(header: &[String], extras: usize) -> ErrorFile {
        let mut writer = CsvWriter::new(CsvOptions { bom: true, guard: false });
        let known = header.iter().filter(|name| is_extra(name)).count();
        let extra: Vec<String> = (1..=extras).map(|index| format!("{EXTRA_COLUMN}{}", known + index)).collect();
        let names: Vec<Cow<'_, str>> = header.iter().chain(&extra).map(|name| guard(name)).collect();
        writer.row(names.iter().map(|name| Some(&**name)).chain([Some(ROW_COLUMN), Some(PROBLEMS_COLUMN)]));
        ErrorFile { writer, columns: header.len() + extras }
    }

    /// Writes one row and its problems, a sentence each. `is_unread` says which of its cells could not be read as they were meant, `plan` by which plan
    /// the file that is mended will be read.
    pub fn row<'p>(
        &mut self,
        row: &Row,
        is_unread: impl Fn(usize) -> bool,
        plan: impl Fn(usize) -> Option<&'p Plan>,
        problems: &[String],
    ) {
        work::steps(row.cells.len());
        let text = |index: usize| row.cells.get(index).and_then(|cell| text(cell, plan(index), is_unread(index)));
        let texts: Vec<Option<Cow<'_, str>>> = (0..self.columns).map(text).collect();
        let (number, problems) = (row.number.to_string(), problems.join("; ").replace('\0', "\u{2400}"));
        self.writer.row(texts.iter().map(Option::as_deref).chain([Some(&*number), Some(&*guard(&problems))]));
    }

    /// What was written since the last call.
    pub fn take(&mut self) -> String {
        self.writer.take()
    }
}

/// A cell's text, made harmless; a text of PostgreSQL shows NUL by its symbol.
fn text<'c>(cell: &'c Cell, plan: Option<&Plan>, is_unread: bool) -> Option<Cow<'c, str>> {
    let text = match cell {
        Cell::Text(text) => text,
        Cell::Formula => return Some(Cow::Borrowed(FORMULA)),
        _ => {
            return spelled(cell, plan).map(|text| match text {
                Cow::Borrowed(text) => guard(text),
                Cow::Owned(text) => Cow::Owned(guard(&text).into_owned()),
            });
        }
    };
    work::bytes(text.len());
    work::reserve(text.len());
    let has_nul = text.contains('\0');
    let text = if has_nul { Cow::Owned(text.replace('\0', "\u{2400}")) } else { Cow::Borrowed(text.as_str()) };
    Some(match has_nul || is_unread {
        true if is_marked(&text) && !needs_guard(&text) => text,
        true => Cow::Owned(format!("\"{text}")),
        false if is_guarded(&text) => Cow::Owned(format!("'{text}")),
        false => text,
    })
}

/// Whether a text has an apostrophe more in the file. Apostrophes in front do not count, so that it can be taken away again.
fn is_guarded(text: &str) -> bool {
    needs_guard(text) || is_marked(text.trim_start_matches('\''))
}

fn is_marked(text: &str) -> bool {
    text.starts_with('"')
        || text.contains([NUL_SYMBOL, char::REPLACEMENT_CHARACTER])
        || text == FORMULA
        || is_error_value(text)
}

fn is_extra(name: &str) -> bool {
    let folded = fold_text(name);
    let digits = folded.strip_prefix(EXTRA_COLUMN).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a column of an error file is one that the file itself did not have.
pub fn is_own(name: &str) -> bool {
    is_note(name) || is_extra(name)
}

/// Whether a column says which row stands there, and what is wrong with it.
pub fn is_note(name: &str) -> bool {
    let folded = fold_text(name);
    folded == ROW_COLUMN || folded == PROBLEMS_COLUMN
}

/// Whether a header is that of an error file: its guarded cells are given back, and its own columns are not imported.
pub fn is_error_file(names: &[String]) -> bool {
    [ROW_COLUMN, PROBLEMS_COLUMN].iter().all(|own| names.iter().any(|name| fold_text(name) == *own))
}

/// Gives the cells of an error file's row back as they were before they were guarded. Returns the problems that nobody mended.
pub fn undo_row(names: &[String], row: &mut Row) -> Vec<RowProblem> {
    let mut problems = Vec::new();
    let is_surplus = |(name, cell): &(&String, &Cell)| is_extra(name) && !cell.is_blank();
    if let Some((name, _)) = names.iter().zip(&row.cells).find(is_surplus) {
        let params = JsonObjectWriter::new().text("column", name);
        let message = format!("has a value in {name}, which the table has no column for: move it, and empty the cell");
        problems.push(row_problem(None, "import.too_many_fields", params, message));
    }
    for (place, cell) in row.cells.iter_mut().enumerate() {
        work::step();
        let Cell::Text(text) = cell else { continue };
        if names.get(place).is_some_and(|name| is_own(name)) {
            continue;
        }
        work::bytes(text.len());
        if let Some(given) = text.strip_prefix('\'').filter(|rest| is_guarded(rest)) {
            *text = given.to_owned();
        } else if is_marked(text) {
            let (code, message) = if text == FORMULA {
                *cell = Cell::Formula;
                continue;
            } else if is_error_value(text) {
                *cell = Cell::Error(std::mem::take(text));
                continue;
            } else if text.contains(NUL_SYMBOL) {
                ("import.nul_character", "still holds ␀, which stands for the character NUL")
            } else if text.contains(char::REPLACEMENT_CHARACTER) {
                ("import.encoding", "still holds \u{FFFD}, which stands for bytes that the file's encoding cannot read")
            } else {
                ("import.stray_quote", "still begins with a quotation mark, as the file had it: write what is meant")
            };
            problems.push(row_problem(Some(place), code, JsonObjectWriter::new(), message.to_owned()));
        }
    }
    problems
}
