//! The rows of an xls worksheet. Cells are indexed by row and column first, as records may come in any order.
use super::SheetRows;
use super::bytes::{f64_at, u8_at, u16_at, u32_at};
use super::facts::{Facts, Range};
use super::number::{from_double, from_rk};
use super::problem::{malformed, truncated};
use super::row::RowBuffer;
use super::serial::{self, Epoch};
use super::xls_globals::Globals;
use super::xls_records::{Continued, Record, record, record_at};
use super::xlsb::error_name;
use crate::core::import::cell::{Cell, Row, Rows};
use crate::core::import::source::Problem;
use crate::core::work;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Where a cell's record is. The stream has at most 16 MiB, so that an offset takes 32 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    row: u16,
    column: u16,
    offset: u32,
    /// One of the cells of a record of several, from whose offset the packed numbers lie as from the record's own for the first.
    is_packed: bool,
}

pub struct XlsRows {
    globals: Rc<Globals>,
    places: Vec<Place>,
    hidden: BTreeSet<u16>,
    at: usize,
    row: RowBuffer,
    facts: Facts,
}

impl XlsRows {
    pub fn new(globals: Rc<Globals>, start: usize) -> Result<Self, Problem> {
        let facts = Facts { is_1904: globals.epoch == Epoch::Of1904, ..Facts::default() };
        let row = RowBuffer::new(&globals.budget);
        let mut rows =
            Self { globals: globals.clone(), places: Vec::new(), hidden: BTreeSet::new(), at: 0, row, facts };
        rows.index(&globals.stream, start)?;
        if !rows.places.is_sorted() {
            work::steps(rows.places.len());
            rows.places.sort_unstable();
        }
        Ok(rows)
    }

    fn index(&mut self, stream: &[u8], start: usize) -> Result<(), Problem> {
        let (mut at, mut inner) = (start, 0);
        while let Some(record) = record_at(stream, at)? {
            work::step();
            at = record.end;
            match record.id {
                // Charts within the sheet.
                record::BEGIN => inner += 1,
                record::END if inner == 0 => break,
                record::END => inner -= 1,
                _ if inner > 0 => (),
                record::ROW if u8_at(record.data, 12)? & 0x20 != 0 => {
                    self.facts.hidden_rows += u64::from(self.hidden.insert(u16_at(record.data, 0)?));
                }
                record::COLUMN if u16_at(record.data, 8)? & 1 == 1 => {
                    let (first, last) = (u16_at(record.data, 0)?, u16_at(record.data, 2)?.min(255));
                    self.facts.add_hidden_columns(u32::from(first) + 1, u32::from(last) + 1);
                }
                record::MERGED => {
                    for range in 0..usize::from(u16_at(record.data, 0)?) {
                        work::step();
                        let [first_row, last_row, first_column, last_column] =
                            [2, 4, 6, 8].map(|at| u16_at(record.data, 8 * range + at));
                        self.facts.add_merged(Range {
                            first_row: u64::from(first_row?) + 1,
                            last_row: u64::from(last_row?) + 1,
                            first_column: u32::from(first_column?) + 1,
                            last_column: u32::from(last_column?) + 1,
                        });
                    }
                }
                record::MULTIPLE_RK => {
                    let first = u16_at(record.data, 2)?;
                    for number in 0..record.data.len().saturating_sub(6) / 6 {
                        work::step();
                        self.add(record, u32::from(first) + number as u32, 6 * number)?;
                    }
                }
                record::FORMULA
                | record::RICH_TEXT
                | record::SHARED_TEXT
                | record::NUMBER
                | record::TEXT
                | record::BOOLEAN_OR_ERROR
                | record::RK => self.add(record, u32::from(u16_at(record.data, 2)?), 0)?,
                _ => (),
            }
        }
        Ok(())
    }

    /// Notes a cell; `within` is where a record of several cells has it.
    fn add(&mut self, record: Record<'_>, column: u32, within: usize) -> Result<(), Problem> {
        let column = u16::try_from(column).map_err(|_| malformed("the file is damaged: a cell's column is wrong"))?;
        if self.places.len() == self.places.capacity() {
            let more = (self.places.len() / 2).max(1024);
            work::reserve(size_of::<Place>() * (self.places.len() + more));
            self.places.reserve_exact(more);
        }
        let offset = u32::try_from(record.at + within).map_err(|_| malformed("the file is damaged: it is too long"))?;
        let is_packed = record.id == record::MULTIPLE_RK;
        self.places.push(Place { row: u16_at(record.data, 0)?, column, offset, is_packed });
        Ok(())
    }

    fn number(&self, digits: String, style: u16) -> Cell {
        serial::cell(digits, self.globals.styles.shape(u32::from(style)), self.globals.epoch)
    }

    fn double(&self, value: f64, style: u16) -> Cell {
        match from_double(value) {
            Some(digits) => self.number(digits, style),
            None => Cell::Error("#NUM!".to_owned()),
        }
    }

    fn cell(&mut self, place: Place) -> Result<Cell, Problem> {
        let globals = self.globals.clone();
        let stream = globals.stream.as_slice();
        let offset = place.offset as usize;
        if place.is_packed {
            return Ok(self.number(from_rk(u32_at(stream, offset + 10)?), u16_at(stream, offset + 8)?));
        }
        let record = record_at(stream, offset)?.ok_or_else(truncated)?;
        let data = record.data;
        let style = u16_at(data, 4)?;
        Ok(match record.id {
            record::RK => self.number(from_rk(u32_at(data, 6)?), style),
            record::NUMBER => self.double(f64_at(data, 6)?, style),
            record::BOOLEAN_OR_ERROR if u8_at(data, 7)? == 0 => Cell::Boolean(u8_at(data, 6)? != 0),
            record::BOOLEAN_OR_ERROR => Cell::Error(error_name(u8_at(data, 6)?)),
            record::SHARED_TEXT => {
                let text = globals.strings.get(u32_at(data, 6)? as usize).ok_or_else(|| {
                    let row = u32::from(place.row) + 1;
                    malformed(format!("the file is damaged: row {row} has a text that the file does not hold"))
                })?;
                work::reserve(text.len());
                Cell::Text(text.to_owned())
            }
            record::FORMULA => {
                self.facts.formulas += 1;
                self.formula(stream, record, style)?
            }
            _ => Cell::Text(Continued::new(stream, record, 6).text(globals.budget.cell_bytes)?),
        })
    }

    fn formula(&self, stream: &[u8], record: Record<'_>, style: u16) -> Result<Cell, Problem> {
        let data = record.data;
        if u16_at(data, 12)? != u16::MAX {
            return Ok(self.double(f64_at(data, 6)?, style));
        }
        Ok(match u8_at(data, 6)? {
            0 => {
                // The text follows, after the records of shared and array formulas.
                let mut at = record.end;
                for _ in 0..4 {
                    work::step();
                    match record_at(stream, at)? {
                        Some(next) if next.id == record::FORMULA_TEXT => {
                            return Continued::new(stream, next, 0)
                                .text(self.globals.budget.cell_bytes)
                                .map(Cell::Text);
                        }
                        Some(next) if !is_cell(next.id) => at = next.end,
                        _ => break,
                    }
                }
                Cell::Empty
            }
            1 => Cell::Boolean(u8_at(data, 8)? != 0),
            2 => Cell::Error(error_name(u8_at(data, 8)?)),
            _ => Cell::Empty,
        })
    }
}

fn is_cell(id: u16) -> bool {
    matches!(
        id,
        record::FORMULA
            | record::RICH_TEXT
            | record::SHARED_TEXT
            | record::NUMBER
            | record::TEXT
            | record::BOOLEAN_OR_ERROR
            | record::RK
            | record::MULTIPLE_RK
    )
}

impl Rows for XlsRows {
    fn next(&mut self) -> Result<Option<Row>, Problem> {
        loop {
            work::step();
            let Some(first) = self.places.get(self.at).copied() else {
                return Ok(None);
            };
            while let Some(place) = self.places.get(self.at).copied().filter(|place| place.row == first.row) {
                work::step();
                let cell = self.cell(place)?;
                self.row.place(usize::from(place.column), cell)?;
                self.at += 1;
            }
            let hidden = self.hidden.contains(&first.row);
            if let Some(row) = self.row.take(u64::from(first.row) + 1, hidden)? {
                return Ok(Some(row));
            }
        }
    }
}

impl SheetRows for XlsRows {
    fn facts(&self) -> &Facts {
        &self.facts
    }
}
