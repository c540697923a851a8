//! Rows from all over a CSV file, for columns whose first rows decide nothing.
//!
//! A part of the file is read from its first line end on. Rows that do not have the file's columns are left out, as the part may begin within quotes.
use super::budget::Budget;
use super::cell::{Row, Rows};
use super::csv::CsvReader;
use super::dialect::Dialect;
use super::encoding::{Decoder, Detected, Evidence, Undecodable};
use super::source::{Problem, Source};
use crate::core::work;

const PARTS: u64 = 50;
const PART_BYTES: u64 = 16 * 1024;
const ROWS_A_PART: usize = 20;

/// At most a thousand rows from behind `start`. Their numbers are those within their part.
pub fn spread_rows<S: Source>(
    source: &mut S,
    detected: &Detected,
    dialect: &Dialect,
    start: u64,
    budget: &Budget,
) -> Result<Vec<Row>, Problem> {
    let (end, mut rows) = (source.len(), Vec::new());
    let step = end.saturating_sub(start) / PARTS;
    if step < PART_BYTES {
        return Ok(rows);
    }
    for part in 0..PARTS {
        work::step();
        // Units of UTF-16 have two bytes.
        let offset = (start + part * step - detected.bom_length) / 2 * 2 + detected.bom_length;
        let text = part_text(source, detected, offset)?;
        let Some((_, lines)) = text.split_once(['\n', '\r']) else { continue };
        let plain = Detected {
            encoding: encoding_rs::UTF_8,
            evidence: Evidence::Given,
            bom_length: 0,
            undecodable: Undecodable::default(),
            examined: 0,
        };
        let dialect = Dialect { preamble: 0, ..dialect.clone() };
        let mut reader = CsvReader::new(Decoder::new(lines.as_bytes(), &plain, budget)?, &dialect, budget);
        let mut found = Vec::new();
        while found.len() <= ROWS_A_PART {
            // A part that is read from the middle of a cell may be anything.
            let Ok(Some(row)) = reader.next() else { break };
            let is_whole = row.cells.len() == dialect.columns && reader.problems().is_empty();
            found.push(Some(row).filter(|_| is_whole));
        }
        // The last one is cut.
        found.pop();
        rows.extend(found.into_iter().flatten());
    }
    Ok(rows)
}

fn part_text<S: Source>(source: &mut S, detected: &Detected, offset: u64) -> Result<String, Problem> {
    let mut decoder = Decoder::within(source, detected, offset, offset + PART_BYTES);
    let mut text = String::new();
    while decoder.advance()? {
        work::push_str(&mut text, decoder.text());
    }
    Ok(text)
}
