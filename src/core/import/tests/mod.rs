//! Whole files: opened without being told anything, read, and written back.
mod files;
mod pollution;
mod tableschema;

use super::budget::Budget;
use super::cell::{Row, RowProblem};
use super::open::{Given, Opened, open};
use super::source::Problem;

fn opened(bytes: &[u8]) -> Result<Opened<'_>, Problem> {
    open(bytes, &Given::default(), u64::MAX, &Budget::default())
}

fn rows(opened: &mut Opened<'_>) -> Result<Vec<(Row, Vec<RowProblem>)>, Problem> {
    let mut rows = Vec::new();
    while let Some(row) = opened.rows.next()? {
        rows.push((row, opened.rows.problems().to_vec()));
    }
    Ok(rows)
}

fn texts(row: &Row) -> Vec<String> {
    row.cells.iter().map(|cell| cell.text().unwrap_or_default().to_owned()).collect()
}
