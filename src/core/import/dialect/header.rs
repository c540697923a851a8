//! The header row: where it stands below titles, and whether there is one.
use super::super::cell::{Cell, Row};
use super::super::columns::looks_like_value;
use super::super::suggest::is_known_name;
use crate::core::fields::fold::fold_text;
use crate::core::work;
use std::collections::HashSet;

/// Titles above the header have at most so many rows.
const MOST_TITLES: usize = 20;
/// Rows below the header that are compared with it.
const ROWS_BELOW: usize = 50;

pub struct Head {
    /// The row that is the header, or the first row of data.
    pub row: usize,
    pub is_header: bool,
    pub confidence: f64,
}

pub fn find_header(rows: &[Row], columns: usize) -> Head {
    let judged = |row: usize| {
        let (is_header, confidence) = rows.get(row).map_or((false, 0.0), |header| judge(header, &rows[row + 1..]));
        Head { row, is_header, confidence }
    };
    let first = first_row(rows, columns);
    let head = judged(first);
    // Rows are only passed over for a header: the first rows of data may have empty cells.
    let needed = if columns <= 2 { 0.9 } else { 0.5 };
    let is_found = head.is_header && head.confidence >= needed;
    let full = below_titles(rows, columns).filter(|row| *row > first).map(judged);
    match full.filter(|full| full.is_header && full.confidence >= 0.9 && !(is_found && head.confidence >= 0.9)) {
        Some(full) => full,
        None if first == 0 || is_found => head,
        None => judged(0),
    }
}

/// The first row that fills all columns, where a title stands in the first row: titles such as `Created by` and a name fill two cells.
fn below_titles(rows: &[Row], columns: usize) -> Option<usize> {
    let is_title = |row: &Row| columns > 2 && filled(row) * 2 <= columns;
    let full = rows.iter().take(MOST_TITLES + 1).position(|row| filled(row) >= columns)?;
    (full > 0 && is_title(&rows[0])).then_some(full)
}

/// So many bytes of a cell are compared.
const COMPARED: usize = 1_024;

/// The beginning of a cell's text.
fn text(cell: &Cell) -> Option<&str> {
    cell.text().map(|text| work::beginning(text, COMPARED))
}

fn filled(row: &Row) -> usize {
    row.cells.iter().filter(|cell| text(cell).is_some_and(|text| !text.trim().is_empty())).count()
}

/// The first row that is no title: titles fill a cell or two of a file with more columns.
fn first_row(rows: &[Row], columns: usize) -> usize {
    let needed = if columns <= 2 { columns } else { (columns * 6).div_ceil(10) };
    let found = rows.iter().take(MOST_TITLES + 1).position(|row| filled(row) >= needed).unwrap_or(0);
    let is_title = |row: &Row| filled(row) * 2 <= columns;
    if rows[..found].iter().all(is_title) { found } else { 0 }
}

fn judge(header: &Row, below: &[Row]) -> (bool, f64) {
    let names: Vec<&str> = header.cells.iter().map(|cell| text(cell).unwrap_or_default().trim()).collect();
    let written: Vec<&str> = names.iter().copied().filter(|name| !name.is_empty()).collect();
    if written.is_empty() {
        return (false, 0.5);
    }
    let values = written.iter().filter(|name| looks_like_value(name)).count();
    let known = written.iter().filter(|name| is_known_name(name)).count();
    if values > 0 && known == 0 {
        return (false, if values * 2 >= written.len() { 0.95 } else { 0.7 });
    }
    let distinct: HashSet<String> = written.iter().map(|name| fold_text(name)).collect();
    if distinct.len() < written.len() && known == 0 {
        return (false, 0.6);
    }
    if known * 2 >= written.len() {
        return (true, 0.99);
    }
    let (mut unlike, mut repeated) = (0, 0);
    for (index, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        work::step();
        let column = || {
            below.iter().take(ROWS_BELOW).filter_map(|row| text(row.cells.get(index)?)).filter(|text| !text.is_empty())
        };
        let filled = column().count();
        unlike += usize::from(filled > 0 && column().filter(|text| looks_like_value(text)).count() * 2 > filled);
        repeated += usize::from(column().any(|text| text == *name));
    }
    match (known, unlike, repeated) {
        (0, 0, 1..) => (false, 0.7),
        (0, 0, 0) => (true, 0.5),
        _ => (true, 0.9),
    }
}
