//! Streaming JSON reader: an array of objects or of arrays, values one after the other, and JSON lines.
//!
//! Objects give columns in the order of their keys; a key that appears later is a new column at the end.
mod record;
mod split;

use super::budget::{Budget, Usage, check_columns, exceeded};
use super::cell::{Cell, Row, RowProblem, Rows};
use super::csv::row_problem;
use super::dialect::{SAMPLE_BYTES, SAMPLE_ROWS};
use super::encoding::Decoder;
use super::header::MOST_NAME;
use super::source::{Problem, ProblemClass, Source};
use crate::core::jsonb::JsonObjectWriter;
use crate::core::work::{self, Memory};
use record::Record;
use split::Splitter;
use std::collections::{HashMap, VecDeque};

#[cfg(test)]
mod tests;

/// What a parser makes of the smallest value.
const VALUE_BYTES: usize = 48;
/// PostgreSQL's numbers have so many digits behind the point at most.
const MOST_DIGITS: usize = 16_384;
/// The memory of the rows of the sample, but for the last one, which may be a long one.
const WAITING_BYTES: usize = 8 << 20;

/// How the records stand in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Array,
    /// One value a line; a line that is no JSON is a problem of its row.
    Lines,
    /// Values one after the other, over any number of lines.
    Values,
}

pub struct JsonReader<S> {
    decoder: Decoder<S>,
    budget: Budget,
    usage: Usage,
    shape: Shape,
    at: usize,
    line: u64,
    records: u64,
    is_ended: bool,
    value: String,
    has_replaced: bool,
    columns: Vec<String>,
    positions: HashMap<String, usize>,
    /// What the keys take.
    keys: Memory,
    has_objects: bool,
    waiting: VecDeque<(Row, Vec<RowProblem>)>,
    problems: Vec<RowProblem>,
}

impl<S: Source> JsonReader<S> {
    /// Reads a sample, whose keys are the columns.
    pub fn open(decoder: Decoder<S>, budget: &Budget) -> Result<JsonReader<S>, Problem> {
        let mut reader = JsonReader {
            decoder,
            budget: budget.clone(),
            usage: Usage::default(),
            shape: Shape::Values,
            at: 0,
            line: 1,
            records: 0,
            is_ended: false,
            value: String::new(),
            has_replaced: false,
            columns: Vec::new(),
            positions: HashMap::new(),
            keys: Memory::default(),
            has_objects: false,
            waiting: VecDeque::new(),
            problems: Vec::new(),
        };
        reader.find_shape()?;
        let (mut bytes, mut held, mut memory) = (0, 0_usize, Memory::default());
        while reader.waiting.len() < SAMPLE_ROWS && bytes < SAMPLE_BYTES && held < WAITING_BYTES {
            work::step();
            let Some(row) = reader.read_row()? else { break };
            bytes += reader.value.len();
            memory.take(row.held());
            held = held.saturating_add(row.held());
            reader.waiting.push_back((row, std::mem::take(&mut reader.problems)));
        }
        Ok(reader)
    }

    pub fn shape(&self) -> Shape {
        self.shape
    }

    fn find_shape(&mut self) -> Result<(), Problem> {
        self.skip_blanks()?;
        let rest = self.rest();
        let first = rest.as_bytes().first().copied();
        if !matches!(first, Some(b'{' | b'[')) {
            return Err(self.malformed("The file does not begin with an array or an object."));
        }
        let (line, behind) = rest.split_once(['\n', '\r']).unwrap_or((rest, ""));
        work::bytes(line.len());
        let is_value = serde_json::from_str::<serde::de::IgnoredAny>(line.trim()).is_ok();
        let has_more =
            behind.trim_start().starts_with(['{', '[', '"']) || behind.trim_start().starts_with(char::is_alphanumeric);
        self.shape = match first {
            Some(b'[') if !(is_value && has_more) => Shape::Array,
            _ if is_value => Shape::Lines,
            _ => Shape::Values,
        };
        if self.shape == Shape::Array {
            self.at += 1;
        }
        Ok(())
    }

    fn rest(&self) -> &str {
        &self.decoder.text()[self.at..]
    }

    fn malformed(&self, message: &str) -> Problem {
        Problem::new(ProblemClass::Malformed, "import.json", format!("{message} (line {})", self.line))
            .hint("Give an array of objects, or one object a line.")
    }

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

    fn pass(&mut self, length: usize) {
        let passed = &self.decoder.text().as_bytes()[self.at..self.at + length];
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.at += length;
    }

    /// Skips white space; the next byte, if there is one.
    fn skip_blanks(&mut self) -> Result<Option<u8>, Problem> {
        while self.has_bytes()? {
            work::step();
            let rest = self.rest().as_bytes();
            let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
            let next = rest.get(blanks).copied();
            self.pass(blanks);
            if next.is_some() {
                return Ok(next);
            }
        }
        Ok(None)
    }

    /// Appends the next bytes of the block to the value.
    fn append(&mut self, length: usize) -> Result<(), Problem> {
        let (start, end) = (self.at, self.at + length);
        if self.value.len() + length > self.budget.cell_bytes {
            let message = format!("The record in line {} has more than {} bytes.", self.line, self.budget.cell_bytes);
            return Err(exceeded("import.row_too_large", message));
        }
        self.has_replaced |= self.decoder.replaced().iter().any(|place| (start..end).contains(place));
        work::push_str(&mut self.value, &self.decoder.text()[start..end]);
        self.pass(length);
        Ok(())
    }

    /// Reads the next value as text; its number in the file.
    fn read_value(&mut self) -> Result<Option<u64>, Problem> {
        self.value.clear();
        self.has_replaced = false;
        let Some(next) = self.skip_to_value()? else { return Ok(None) };
        self.records += 1;
        let number = if self.shape == Shape::Array { self.records } else { self.line };
        if self.shape == Shape::Lines {
            self.read_line()?;
            return Ok(Some(number));
        }
        if matches!(next, b'}' | b']' | b',') {
            return Err(self.malformed("A value is missing."));
        }
        let mut splitter = Splitter::default();
        while self.has_bytes()? {
            let (length, is_whole) = splitter.take(self.rest().as_bytes());
            self.append(length)?;
            if is_whole {
                break;
            }
        }
        work::reserve(splitter.marks.saturating_mul(VALUE_BYTES).saturating_add(self.value.len()));
        Ok(Some(number))
    }

    fn read_line(&mut self) -> Result<(), Problem> {
        while self.has_bytes()? {
            work::step();
            let rest = self.rest().as_bytes();
            let end = memchr::memchr2(b'\n', b'\r', rest);
            let length = end.unwrap_or(rest.len());
            self.append(length)?;
            if end.is_some() {
                break;
            }
        }
        let marks = self.value.bytes().filter(|byte| matches!(byte, b'{' | b'[' | b',' | b':')).count();
        work::bytes(self.value.len());
        work::reserve(marks.saturating_mul(VALUE_BYTES).saturating_add(self.value.len()));
        Ok(())
    }

    /// Moves to the first byte of the next value; none at the end.
    fn skip_to_value(&mut self) -> Result<Option<u8>, Problem> {
        let next = self.skip_blanks()?;
        if self.shape != Shape::Array {
            return Ok(next);
        }
        match next {
            None if self.is_ended => return Ok(None),
            None => return Err(self.malformed("The array does not end.")),
            Some(_) if self.is_ended => return Err(self.malformed("Something stands behind the array.")),
            Some(b']') => {
                self.is_ended = true;
                self.pass(1);
                return self.skip_to_value();
            }
            Some(b',') if self.records > 0 => self.pass(1),
            Some(_) if self.records > 0 => return Err(self.malformed("A comma is missing between two values.")),
            Some(_) => return Ok(next),
        }
        match self.skip_blanks()? {
            None | Some(b']') => Err(self.malformed("A value is missing behind a comma.")),
            next => Ok(next),
        }
    }

    fn read_row(&mut self) -> Result<Option<Row>, Problem> {
        self.problems.clear();
        let Some(number) = self.read_value()? else { return Ok(None) };
        let read =
            if record::has_long_number(&self.value, MOST_DIGITS) { None } else { Some(record::read(&self.value)) };
        let cells = match read {
            None => {
                let message = format!("holds a number of more than {MOST_DIGITS} digits");
                self.problems.push(row_problem(None, "import.json", JsonObjectWriter::new(), message));
                vec![Cell::Text(self.value.clone())]
            }
            Some(read) => self.cells_of(read, number)?,
        };
        check_columns(cells.len(), &self.budget, number)?;
        self.usage.add_row(cells.len(), &self.budget)?;
        if self.has_replaced {
            let message = "holds bytes that the file's encoding cannot read".to_owned();
            self.problems.push(row_problem(None, "import.encoding", JsonObjectWriter::new(), message));
        }
        Ok(Some(Row { number, cells, hidden: false }))
    }

    fn cells_of(&mut self, read: serde_json::Result<Record>, number: u64) -> Result<Vec<Cell>, Problem> {
        Ok(match read {
            Ok(Record::Object(members)) => self.cells_of_object(members, number)?,
            Ok(Record::Array(cells)) => cells,
            Ok(Record::Other) => {
                let message = "is neither an object nor an array".to_owned();
                self.problems.push(row_problem(None, "import.json", JsonObjectWriter::new(), message));
                vec![Cell::Text(self.value.clone())]
            }
            Err(error) if error.is_eof() && self.shape != Shape::Lines => {
                return Err(self.malformed(&format!("Record {} does not end.", self.records)));
            }
            // Its brackets and quotes are in order, so that the next value is found.
            Err(error) => {
                let message = format!("is not valid JSON: {error}");
                self.problems.push(row_problem(None, "import.json", JsonObjectWriter::new(), message));
                vec![Cell::Text(self.value.clone())]
            }
        })
    }

    fn cells_of_object(&mut self, members: Vec<(String, Cell)>, number: u64) -> Result<Vec<Cell>, Problem> {
        self.has_objects = true;
        let mut cells = vec![Cell::Empty; self.columns.len()];
        let mut is_given = vec![false; self.columns.len()];
        for (key, cell) in members {
            work::step();
            let position = match self.positions.get(&key) {
                Some(position) => *position,
                None => {
                    check_columns(self.columns.len() + 1, &self.budget, number)?;
                    if key.len() > MOST_NAME {
                        let message = format!("A key of the object {number} has more than {MOST_NAME} bytes.");
                        return Err(exceeded("import.limit", message).hint("Shorten it, or leave it out."));
                    }
                    self.keys.take(key.len().saturating_mul(2));
                    self.positions.insert(key.clone(), self.columns.len());
                    self.columns.push(key.clone());
                    cells.push(Cell::Empty);
                    is_given.push(false);
                    self.columns.len() - 1
                }
            };
            if is_given[position] {
                let params = JsonObjectWriter::new().text("key", &crate::core::fields::shown(&key));
                let message = "has its key twice in one object".to_owned();
                self.problems.push(row_problem(Some(position), "import.duplicate_key", params, message));
            }
            cells[position] = match is_given[position] {
                true => both(&cells[position], &cell),
                false => cell,
            };
            is_given[position] = true;
        }
        Ok(cells)
    }
}

/// The values of a key that an object has twice, as one text.
fn both(first: &Cell, second: &Cell) -> Cell {
    let [first, second] = [first, second].map(|cell| cell.text().unwrap_or("null"));
    work::reserve(first.len() + second.len());
    Cell::Text(format!("\"{first}\", \"{second}\""))
}

impl<S: Source> Rows for JsonReader<S> {
    fn next(&mut self) -> Result<Option<Row>, Problem> {
        let mut row = match self.waiting.pop_front() {
            Some((row, problems)) => {
                self.problems = problems;
                row
            }
            None => match self.read_row()? {
                Some(row) => row,
                None => return Ok(None),
            },
        };
        if self.has_objects && row.cells.len() < self.columns.len() {
            row.cells.resize(self.columns.len(), Cell::Empty);
        }
        Ok(Some(row))
    }

    fn problems(&self) -> &[RowProblem] {
        &self.problems
    }

    /// The keys of the objects that were read so far; none for arrays of arrays.
    fn columns(&self) -> Option<&[String]> {
        self.has_objects.then_some(&self.columns)
    }
}
