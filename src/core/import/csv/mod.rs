//! Streaming CSV reader: rows with the line numbers that they begin on.
//!
//! Fields come back byte for byte: nothing is trimmed, and what does not follow RFC 4180 is told as a problem of its row.
mod quotes;

use super::budget::{Budget, Usage, check_columns, exceeded};
use super::cell::{Cell, CellProblem, Row, RowProblem, Rows};
use super::csv_form::{Dialect, Escape};
use super::encoding::Decoder;
use super::source::{Problem, ProblemClass, Source};
use crate::core::jsonb::JsonObjectWriter;
use crate::core::work;
use csv_core::ReadRecordResult;
use memchr::{memchr, memchr_iter};
use quotes::QuoteScan;

#[cfg(test)]
mod tests;

/// Fields of one row, empty ones at its end among them, before the row is refused.
const MOST_FIELDS: usize = 64 * 1024;
const FIRST_OUTPUT: usize = 4 * 1024;

pub struct CsvReader<S> {
    decoder: Decoder<S>,
    core: csv_core::Reader,
    quotes: QuoteScan,
    quote: Option<u8>,
    budget: Budget,
    usage: Usage,
    /// Rows have at least this many cells; none until the first row was read.
    width: Option<usize>,
    least_width: usize,
    /// The next byte of the block.
    at: usize,
    lines: LineCount,
    lines_to_skip: u64,
    /// Line breaks within records so far: a spreadsheet shows a record in one row.
    breaks: u64,
    begun_line: u64,
    /// The bytes of a record with quotation marks.
    raw: Vec<u8>,
    has_header: bool,
    output: Vec<u8>,
    ends: Vec<usize>,
    problems: Vec<RowProblem>,
    returns: Returns,
}

/// Of so many line ends one is a carriage return that is out of place.
const RARE: u64 = 10;

/// Where a carriage return alone ends records of a file whose lines end with line feeds, it stands in a field that somebody forgot to quote.
#[derive(Default)]
struct Returns {
    /// Records that ended with a line feed, and with a carriage return alone.
    feeds: u64,
    alone: u64,
    /// The last record ended with one that is out of place: the next one is the rest of its row.
    is_behind: bool,
}

impl Returns {
    /// Notes the end of a record; whether the record is a part of a row.
    fn pass(&mut self, is_alone: bool, is_short: bool) -> bool {
        let is_out_of_place = is_alone && is_short && self.feeds >= RARE * (self.alone + 1);
        let is_part = is_out_of_place || self.is_behind;
        self.is_behind = is_out_of_place;
        *(if is_alone { &mut self.alone } else { &mut self.feeds }) += 1;
        is_part
    }
}

/// What one record took.
struct Record {
    /// The row of a spreadsheet that shows the file.
    row: u64,
    line: u64,
    bytes: usize,
    fields: usize,
    has_undecodable: bool,
    has_quotes: bool,
    is_last: bool,
    /// It ended with a carriage return that no line feed follows.
    ends_with_return: bool,
}

impl<S: Source> CsvReader<S> {
    pub fn new(decoder: Decoder<S>, dialect: &Dialect, budget: &Budget) -> CsvReader<S> {
        let escape = (dialect.escape == Escape::Backslash).then_some(b'\\');
        let mut builder = csv_core::ReaderBuilder::new();
        builder.delimiter(dialect.delimiter).escape(escape);
        match dialect.quote {
            Some(quote) => builder.quote(quote),
            None => builder.quoting(false),
        };
        CsvReader {
            decoder,
            core: builder.build(),
            quotes: QuoteScan::new(dialect.delimiter, dialect.quote.unwrap_or_default(), escape),
            quote: dialect.quote,
            budget: budget.clone(),
            usage: Usage::default(),
            width: None,
            least_width: dialect.columns,
            at: 0,
            lines: LineCount { line: 1, is_behind_cr: false },
            lines_to_skip: dialect.preamble,
            breaks: 0,
            begun_line: 0,
            raw: Vec::new(),
            has_header: dialect.has_header,
            output: vec![0; FIRST_OUTPUT],
            ends: vec![0; 64],
            problems: Vec::new(),
            returns: Returns::default(),
        }
    }

    /// The bytes that could not be decoded so far.
    pub fn undecodable(&self) -> &super::encoding::Undecodable {
        self.decoder.undecodable()
    }

    /// The line that the last record begins on.
    pub fn line(&self) -> u64 {
        self.begun_line
    }

    /// Whether there are bytes left; moves to the next block where this one is used up.
    fn has_bytes(&mut self) -> Result<bool, Problem> {
        while self.at >= self.decoder.text().len() {
            work::step();
            let has_more = self.decoder.advance()?;
            self.at = 0;
            if !has_more {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn skip_preamble(&mut self) -> Result<(), Problem> {
        while self.lines.line <= self.lines_to_skip && self.has_bytes()? {
            work::step();
            let rest = &self.decoder.text().as_bytes()[self.at..];
            let length = memchr::memchr2(b'\n', b'\r', rest).map_or(rest.len(), |at| at + 1);
            self.lines.pass(&rest[..length]);
            self.at += length;
        }
        self.lines_to_skip = 0;
        Ok(())
    }

    /// Skips blank lines; false at the end of the file.
    fn skip_blank_lines(&mut self) -> Result<bool, Problem> {
        while self.has_bytes()? {
            let rest = &self.decoder.text().as_bytes()[self.at..];
            let length = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
            work::bytes(length);
            self.lines.pass(&rest[..length]);
            self.at += length;
            if length < rest.len() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn read_record(&mut self) -> Result<Option<Record>, Problem> {
        self.skip_preamble()?;
        if !self.skip_blank_lines()? {
            return Ok(None);
        }
        let line = self.lines.line;
        let mut record = Record {
            row: line - self.breaks,
            line,
            bytes: 0,
            fields: 0,
            has_undecodable: false,
            has_quotes: false,
            is_last: false,
            ends_with_return: false,
        };
        self.begun_line = line;
        self.quotes.start();
        self.raw.clear();
        let mut is_begun = false;
        loop {
            work::step();
            record.is_last = !self.has_bytes()?;
            let input = &self.decoder.text().as_bytes()[self.at..];
            let (result, read, written, ended) =
                self.core.read_record(input, &mut self.output[record.bytes..], &mut self.ends[record.fields..]);
            work::bytes(read);
            let passed = &input[..read];
            let has_quotes = self.quote.is_some_and(|quote| memchr(quote, passed).is_some());
            record.has_quotes |= has_quotes;
            // Where the record goes on in another block, its state must be known there.
            if has_quotes || is_begun || !matches!(result, ReadRecordResult::Record | ReadRecordResult::End) {
                self.quotes.scan(passed);
                keep(&mut self.raw, passed);
                is_begun = true;
            }
            let replaced = self.decoder.replaced();
            let first = replaced.partition_point(|place| *place < self.at);
            record.has_undecodable |= replaced.get(first).is_some_and(|place| *place < self.at + read);
            self.lines.pass(passed);
            self.at += read;
            record.bytes += written;
            record.fields += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.grow_output(&record)?,
                ReadRecordResult::OutputEndsFull => self.grow_ends(&record)?,
                ReadRecordResult::Record => {
                    let text = self.decoder.text().as_bytes();
                    let is_return = self.at > 0 && text[self.at - 1] == b'\r';
                    record.ends_with_return = is_return && text.get(self.at) != Some(&b'\n');
                    self.breaks += (self.lines.line - line).saturating_sub(1);
                    return Ok(Some(record));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    fn grow_output(&mut self, record: &Record) -> Result<(), Problem> {
        let begun = record.fields.checked_sub(1).map_or(0, |last| self.ends[last]);
        if record.bytes - begun > self.budget.cell_bytes {
            return Err(self.cell_too_large(record.line));
        }
        if record.bytes >= self.budget.memory {
            let message = format!("Row {} has more than {} bytes.", record.line, self.budget.memory);
            return Err(exceeded("import.row_too_large", message));
        }
        let length = (2 * self.output.len()).min(self.budget.memory.max(FIRST_OUTPUT));
        work::reserve(length);
        self.output.resize(length.max(record.bytes + 1), 0);
        Ok(())
    }

    fn cell_too_large(&self, line: u64) -> Problem {
        let message = format!("A cell of row {line} has more than {} bytes.", self.budget.cell_bytes);
        exceeded("import.cell_too_large", message)
            .hint("If the cell is not meant to be that large, a quotation mark is opened there and never closed.")
    }

    fn grow_ends(&mut self, record: &Record) -> Result<(), Problem> {
        if record.fields >= MOST_FIELDS {
            let message = format!("Row {} has more than {MOST_FIELDS} fields.", record.line);
            return Err(exceeded("import.too_many_columns", message));
        }
        let length = 2 * self.ends.len();
        work::reserve(length.saturating_mul(size_of::<usize>()));
        self.ends.resize(length, 0);
        Ok(())
    }

    fn cells(&mut self, record: &Record) -> Result<Vec<Cell>, Problem> {
        let text = simdutf8::basic::from_utf8(&self.output[..record.bytes])
            .map_err(|_| Problem::new(ProblemClass::Encoding, "import.encoding", "The file cannot be decoded."))?;
        work::bytes(text.len());
        let ends = &self.ends[..record.fields];
        let is_quoted = |index: usize| record.has_quotes && self.quotes.is_quoted(index);
        let length_of = |index: usize| ends[index] - index.checked_sub(1).map_or(0, |before| ends[before]);
        let filled = (0..ends.len()).rev().find(|index| length_of(*index) > 0 || is_quoted(*index));
        let count = filled.map_or(0, |last| last + 1);
        check_columns(count, &self.budget, record.row)?;
        // A header names all columns that there are; empty names at its end are some, too.
        let widest = if self.has_header { ends.len().min(self.least_width) } else { self.least_width };
        let width = *self.width.get_or_insert(count.max(widest));
        self.usage.add_row(count.max(width), &self.budget)?;
        work::reserve(count.max(width).saturating_mul(size_of::<Cell>()).saturating_add(text.len()));
        let mut cells = Vec::with_capacity(count.max(width));
        let mut start = 0;
        for (index, end) in ends[..count].iter().enumerate() {
            if end - start > self.budget.cell_bytes {
                return Err(self.cell_too_large(record.line));
            }
            cells.push(if *end > start || is_quoted(index) {
                Cell::Text(text[start..*end].to_owned())
            } else {
                Cell::Empty
            });
            start = *end;
        }
        work::steps(count);
        cells.resize(count.max(width), Cell::Empty);
        Ok(cells)
    }

    fn find_problems(&mut self, record: &Record, cells: &mut [Cell]) {
        self.problems.clear();
        let width = self.width.unwrap_or(cells.len());
        if cells.len() > width {
            self.problems.push(too_many_fields(cells.len(), width));
        }
        if self.returns.pass(record.ends_with_return, record.fields < width) {
            let message =
                "is a part of a row that a carriage return cuts: the field with it must stand in quotation marks";
            self.problems.push(row_problem(None, "import.line_end", JsonObjectWriter::new(), message.to_owned()));
        }
        if record.has_undecodable {
            let is_replaced =
                |cell: &Cell| matches!(cell, Cell::Text(text) if text.contains(char::REPLACEMENT_CHARACTER));
            let places = cells.iter().enumerate().filter(|(_, cell)| is_replaced(cell));
            let message = "holds bytes that the file's encoding cannot read";
            let found = places.map(|(column, _)| {
                row_problem(Some(column), "import.encoding", JsonObjectWriter::new(), message.to_owned())
            });
            self.problems.extend(found);
        }
        if record.has_quotes {
            let message = "holds text behind its closing quotation mark";
            for stray in self.quotes.strays() {
                // As it stands in the file: what the parser makes of it is not what anybody wrote.
                let field = &self.raw[stray.begin..stray.end.unwrap_or(self.raw.len())];
                if let (Some(cell), Ok(field)) = (cells.get_mut(stray.field), std::str::from_utf8(field)) {
                    *cell = Cell::Text(field.trim_end_matches(['\n', '\r']).to_owned());
                }
                let params = JsonObjectWriter::new();
                self.problems.push(row_problem(Some(stray.field), "import.stray_quote", params, message.to_owned()));
            }
            if record.is_last && self.quotes.is_open() {
                let message = "begins with a quotation mark that is never closed".to_owned();
                let column = Some(record.fields.saturating_sub(1));
                self.problems.push(row_problem(column, "import.unclosed_quote", JsonObjectWriter::new(), message));
            }
        }
    }
}

impl<S: Source> Rows for CsvReader<S> {
    fn next(&mut self) -> Result<Option<Row>, Problem> {
        let Some(record) = self.read_record()? else {
            self.problems.clear();
            return Ok(None);
        };
        let mut cells = self.cells(&record)?;
        self.find_problems(&record, &mut cells);
        Ok(Some(Row { number: record.row, cells, hidden: false }))
    }

    fn problems(&self) -> &[RowProblem] {
        &self.problems
    }
}

fn keep(raw: &mut Vec<u8>, bytes: &[u8]) {
    if raw.capacity() - raw.len() < bytes.len() {
        work::reserve((2 * raw.capacity()).max(raw.len() + bytes.len()));
    }
    work::bytes(bytes.len());
    raw.extend_from_slice(bytes);
}

pub(super) fn row_problem(
    column: Option<usize>,
    code: &'static str,
    params: JsonObjectWriter,
    message: String,
) -> RowProblem {
    RowProblem { column, problem: CellProblem { at: String::new(), code, params, message } }
}

/// The problem of a row with more cells than the file has columns.
pub(super) fn too_many_fields(fields: usize, columns: usize) -> RowProblem {
    let params = JsonObjectWriter::new().json("expected", columns).json("actual", fields);
    let message = format!("has {fields} fields where the file has {columns} columns");
    row_problem(None, "import.too_many_fields", params, message)
}

/// The number of the line that the next byte stands in; CR, LF and CR LF end a line.
struct LineCount {
    line: u64,
    is_behind_cr: bool,
}

impl LineCount {
    fn pass(&mut self, bytes: &[u8]) {
        let Some(last) = bytes.last() else { return };
        let feeds = memchr_iter(b'\n', bytes).count();
        let is_half = self.is_behind_cr && bytes[0] == b'\n';
        let mut ends = feeds - usize::from(is_half);
        if memchr(b'\r', bytes).is_some() {
            ends += memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n')).count();
        }
        self.line += ends as u64;
        self.is_behind_cr = *last == b'\r';
    }
}
