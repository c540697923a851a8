//! How well a dialect fits a sample: rows of one width, and cells that look like values.
use super::super::budget::Budget;
use super::super::cell::{Cell, Row, Rows};
use super::super::columns::looks_like_value;
use super::super::csv::CsvReader;
use super::super::encoding::{Decoder, Detected, Evidence, Undecodable};
use super::super::source::Problem;
use super::{DELIMITERS, Dialect, Escape, LineEnd, SAMPLE_ROWS};
use crate::core::work;

/// The kinds of cells are looked at in so many rows.
const ROWS_FOR_KINDS: usize = 100;
/// What a file of one column scores at most: any delimiter that splits all lines alike is better.
const SINGLE_COLUMN: f64 = 0.1;

#[derive(Clone, Copy)]
pub struct Candidate {
    pub delimiter: u8,
    pub quote: Option<u8>,
    pub escape: Escape,
    pub preamble: u64,
}

pub struct Scored {
    pub candidate: Candidate,
    pub value: f64,
    pub rows: Vec<Row>,
    pub columns: usize,
    pub preamble: u64,
    /// Rows that have quotation marks in the wrong place.
    pub problems: usize,
    /// Cells that need their quotation marks: without these they would be several.
    pub quoted: usize,
}

pub fn score(sample: &str, candidate: Candidate) -> Result<Scored, Problem> {
    let (rows, problems, quoted) = read(sample, candidate)?;
    // The last cell of a row that is there; rows are as wide as the widest before them.
    let widths: Vec<usize> = rows.iter().map(|row| width(&row.cells)).collect();
    let columns = common_width(&widths);
    let fitting = widths.iter().filter(|width| **width <= columns && **width * 2 >= columns && **width > 0).count();
    let consistency = fitting as f64 / widths.len().max(1) as f64;
    let shape = if columns <= 1 { SINGLE_COLUMN } else { 1.0 - 1.0 / (1.0 + columns as f64) };
    let exact = widths.iter().filter(|width| **width == columns).count() as f64 / widths.len().max(1) as f64;
    let order = 1.0 - problems as f64 / (rows.len() + 1) as f64;
    let kinds = kinds(&rows, candidate);
    let is_meant = candidate.quote != Some(b'\'') || are_apostrophes_marks(sample, &rows, candidate.delimiter);
    let value = if is_meant { shape * (consistency + exact) / 2.0 * kinds * order.max(0.0) } else { 0.0 };
    Ok(Scored { candidate, value, rows, columns, preamble: candidate.preamble, problems, quoted })
}

/// Whether apostrophes enclose cells: in half of the lines, or in some that have the delimiter. Single ones are inches, dittos and shortened words.
fn are_apostrophes_marks(sample: &str, rows: &[Row], delimiter: u8) -> bool {
    work::bytes(sample.len());
    let bytes = sample.as_bytes();
    let is_start = |at: usize| at == 0 || bytes[at - 1] == delimiter || matches!(bytes[at - 1], b'\n' | b'\r');
    let opened = memchr::memchr_iter(b'\'', bytes).filter(|at| is_start(*at)).count();
    let needs_them = |text: &str| text.as_bytes().contains(&delimiter) && !text.contains(['\n', '\r']);
    let mut cells = rows.iter().flat_map(|row| &row.cells).filter_map(Cell::text);
    opened * 2 >= sample.lines().count() || cells.any(needs_them)
}

/// The rows, how many have quotation marks in the wrong place, and how many cells need theirs.
fn read(sample: &str, candidate: Candidate) -> Result<(Vec<Row>, usize, usize), Problem> {
    let detected = Detected {
        encoding: encoding_rs::UTF_8,
        evidence: Evidence::Given,
        bom_length: 0,
        undecodable: Undecodable::default(),
        examined: sample.len() as u64,
    };
    let dialect = Dialect {
        delimiter: candidate.delimiter,
        quote: candidate.quote,
        escape: candidate.escape,
        line_end: LineEnd::Mixed,
        preamble: candidate.preamble,
        has_header: false,
        columns: 0,
    };
    let budget = Budget { columns: usize::MAX, ..Budget::default() };
    let mut reader = CsvReader::new(Decoder::new(sample.as_bytes(), &detected, &budget)?, &dialect, &budget);
    let (mut rows, mut problems, mut quoted) = (Vec::new(), 0, 0);
    let needs_quotes = |cell: &&Cell| {
        let needs = |byte| byte == candidate.delimiter || matches!(byte, b'\n' | b'\r');
        cell.text().is_some_and(|text| text.bytes().any(needs))
    };
    while rows.len() < SAMPLE_ROWS {
        work::step();
        let Some(mut row) = reader.next()? else { break };
        // Preambles are counted in lines.
        row.number = reader.line();
        let has_problem = reader.problems().iter().any(|found| found.problem.code.ends_with("_quote"));
        problems += usize::from(has_problem);
        if !has_problem && candidate.quote.is_some() {
            quoted += row.cells.iter().filter(needs_quotes).count();
        }
        rows.push(row);
    }
    Ok((rows, problems, quoted))
}

fn width(cells: &[Cell]) -> usize {
    cells.iter().rposition(|cell| *cell != Cell::Empty).map_or(0, |last| last + 1)
}

/// The width of most rows; rows whose last cells are empty count for the widths above theirs, too.
fn common_width(widths: &[usize]) -> usize {
    let mut counts = std::collections::BTreeMap::new();
    for width in widths {
        work::step();
        *counts.entry(*width).or_insert(0_usize) += 1;
    }
    let most = counts.values().copied().max().unwrap_or(0);
    // A wider one that many rows have is the width: the narrower rows end with empty cells.
    counts.iter().rev().find(|(_, count)| **count * 4 >= most && **count * 10 >= widths.len()).map_or(1, |(w, _)| *w)
}

/// The share of cells that look like a value of some kind; a cell that holds other delimiters or a stray quotation mark was cut in the wrong place.
fn kinds(rows: &[Row], candidate: Candidate) -> f64 {
    let (mut cells, mut good) = (0.0, 0.0);
    for text in rows.iter().take(ROWS_FOR_KINDS).flat_map(|row| &row.cells).filter_map(Cell::text) {
        work::step();
        cells += 1.0;
        let is_odd = text.bytes().any(|byte| DELIMITERS.contains(&byte) && byte != candidate.delimiter)
            || text.starts_with(['"', '\''])
            || text.ends_with(['"', '\'']);
        good += match (looks_like_value(text), is_odd) {
            (true, _) => 1.0,
            (false, true) => 0.3,
            (false, false) => 0.8,
        };
    }
    if cells > 0.0 { good / cells } else { 0.0 }
}
