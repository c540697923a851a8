//! xlsb workbooks: the binary form of Office Open XML, with the same sheets, styles and shared strings.
use super::biff12::{Records, style, wide_string};
use super::bytes::{SharedSource, f64_at, u8_at, u16_at, u32_at};
use super::facts::{Facts, Range};
use super::format::Styles;
use super::number::{from_double, from_rk};
use super::package::{Package, SharedStrings, StringReader};
use super::problem::malformed;
use super::row::RowBuffer;
use super::serial::{self, Epoch};
use super::xlsx_shared::Shared;
use super::zip::{Meter, Stream};
use super::{Sheet, SheetRows, Visibility, add_sheet};
use crate::core::import::budget::Budget;
use crate::core::import::cell::{Cell, Row, Rows};
use crate::core::import::source::Problem;
use crate::core::work;
use std::cell::RefCell;
use std::rc::Rc;

const MOST_TOKEN: usize = 64 << 10;

pub struct Xlsb<'a> {
    package: Package<'a>,
    parts: Vec<String>,
    shared: Shared<'a>,
}

impl<'a> Xlsb<'a> {
    pub fn open(source: SharedSource<'a>, budget: &Budget) -> Result<(Self, Vec<Sheet>), Problem> {
        let meter = Meter::new(budget.expanded_bytes);
        let package = Package::open(source, budget, "xl/workbook.bin", &meter)?;
        let (mut sheets, mut parts) = (Vec::new(), Vec::new());
        let mut is_1904 = false;
        let mut records = Records::new(package.archive.needed(&package.workbook, &meter)?, MOST_TOKEN);
        while let Some((id, data)) = records.next()? {
            work::step();
            match id {
                record::WORKBOOK_PROPERTIES => is_1904 = u32_at(data, 0)? & 1 == 1,
                record::SHEET => {
                    let visibility = match u32_at(data, 0)? {
                        0 => Visibility::Visible,
                        1 => Visibility::Hidden,
                        _ => Visibility::VeryHidden,
                    };
                    let (relation, end) = wide_string(data, 8, MOST_TOKEN)?;
                    let (name, _) = wide_string(data, end, MOST_TOKEN)?;
                    if let Some(part) = package.worksheet(&relation) {
                        add_sheet(&mut sheets, Sheet::new(name, visibility))?;
                        parts.push(part.to_owned());
                    }
                }
                _ => (),
            }
        }
        let styles = match package.part("styles", &meter)? {
            Some(stream) => read_styles(stream)?,
            None => Styles::default(),
        };
        let strings = package.part("sharedStrings", &Meter::new(budget.expanded_bytes))?;
        let reader = strings.map(|stream| {
            let records = Records::new(stream, budget.cell_bytes);
            Box::new(BinaryStrings { records, most: budget.cell_bytes }) as Box<dyn StringReader + 'a>
        });
        let shared = Shared {
            styles: Rc::new(styles),
            strings: Rc::new(RefCell::new(SharedStrings::new(budget, reader))),
            epoch: Epoch::new(is_1904),
            is_recalculated: false,
        };
        Ok((Self { package, parts, shared }, sheets))
    }

    pub fn rows(&self, index: usize) -> Result<XlsbRows<'a>, Problem> {
        let budget = &self.package.budget;
        let meter = Meter::new(budget.expanded_bytes);
        let part = self.parts.get(index).ok_or_else(|| malformed("the workbook has no such sheet"))?;
        let records = Records::new(self.package.archive.needed(part, &meter)?, budget.cell_bytes);
        let facts = Facts { is_1904: self.shared.epoch == Epoch::Of1904, ..Facts::default() };
        Ok(XlsbRows {
            records,
            values: Values { meter, shared: self.shared.clone(), most_text: budget.cell_bytes },
            row: RowBuffer::new(budget),
            facts,
            number: 0,
            hidden: false,
            next_column: 0,
        })
    }
}

/// Numbers of records ([MS-XLSB] 2.3).
mod record {
    pub const ROW: u16 = 0;
    pub const CELL_RK: u16 = 2;
    pub const CELL_ERROR: u16 = 3;
    pub const CELL_BOOLEAN: u16 = 4;
    pub const CELL_REAL: u16 = 5;
    pub const CELL_TEXT: u16 = 6;
    pub const CELL_SHARED_TEXT: u16 = 7;
    pub const FORMULA_TEXT: u16 = 8;
    pub const FORMULA_NUMBER: u16 = 9;
    pub const FORMULA_BOOLEAN: u16 = 10;
    pub const FORMULA_ERROR: u16 = 11;
    pub const SHARED_STRING: u16 = 19;
    pub const FORMAT: u16 = 44;
    pub const CELL_STYLE: u16 = 47;
    pub const COLUMN: u16 = 60;
    pub const CELL_RICH_TEXT: u16 = 62;
    pub const WORKBOOK_PROPERTIES: u16 = 153;
    pub const SHEET: u16 = 156;
    pub const MERGED: u16 = 176;
    pub const BEGIN_CELL_STYLES: u16 = 617;
    pub const END_CELL_STYLES: u16 = 618;
}

/// Rows and columns from 0, as a record has them.
fn range(data: &[u8]) -> Result<Range, Problem> {
    let [first_row, last_row, first_column, last_column] = [0, 4, 8, 12].map(|at| u32_at(data, at));
    Ok(Range {
        first_row: u64::from(first_row?) + 1,
        last_row: u64::from(last_row?) + 1,
        first_column: first_column?.saturating_add(1),
        last_column: last_column?.saturating_add(1),
    })
}

fn read_styles(stream: Stream<'_>) -> Result<Styles, Problem> {
    let mut styles = Styles::default();
    let mut records = Records::new(stream, MOST_TOKEN);
    let mut in_cells = false;
    while let Some((id, data)) = records.next()? {
        work::step();
        match id {
            record::FORMAT => styles.add_format(u32::from(u16_at(data, 0)?), &wide_string(data, 2, MOST_TOKEN)?.0)?,
            record::BEGIN_CELL_STYLES => in_cells = true,
            record::END_CELL_STYLES => in_cells = false,
            record::CELL_STYLE if in_cells => styles.add_cell(u32::from(u16_at(data, 2)?))?,
            _ => (),
        }
    }
    Ok(styles)
}

struct BinaryStrings<'a> {
    records: Records<'a>,
    most: usize,
}

impl StringReader for BinaryStrings<'_> {
    fn next(&mut self) -> Result<Option<String>, Problem> {
        while let Some((id, data)) = self.records.next()? {
            work::step();
            if id == record::SHARED_STRING {
                return Ok(Some(wide_string(data, 1, self.most)?.0));
            }
        }
        Ok(None)
    }
}

/// The name of an error by its number in BIFF.
pub fn error_name(code: u8) -> String {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0F => "#VALUE!",
        0x17 => "#REF!",
        0x1D => "#NAME?",
        0x24 => "#NUM!",
        0x2A => "#N/A",
        0x2B => "#GETTING_DATA",
        _ => "#UNKNOWN!",
    }
    .to_owned()
}

pub struct XlsbRows<'a> {
    records: Records<'a>,
    values: Values<'a>,
    row: RowBuffer,
    facts: Facts,
    /// The row that is being read, from 1; 0 before the first.
    number: u64,
    hidden: bool,
    next_column: u32,
}

/// What the records of a cell have in common.
struct Head {
    column: u32,
    style: u32,
    /// Where the value begins.
    value_at: usize,
}

/// Reads the beginning of a cell's record. Records 12 to 18 are those of 1 to 7 without the column, which is the next one.
fn head(id: u16, data: &[u8], next_column: u32) -> Result<(u16, Head), Problem> {
    Ok(match id {
        12..=18 => (id - 11, Head { column: next_column, style: style(data, 0)?, value_at: 4 }),
        _ => (id, Head { column: u32_at(data, 0)?, style: style(data, 4)?, value_at: 8 }),
    })
}

fn number(digits: Option<String>, style: u32, shared: &Shared) -> Cell {
    match digits {
        Some(digits) => serial::cell(digits, shared.styles.shape(style), shared.epoch),
        None => Cell::Error("#NUM!".to_owned()),
    }
}

/// What the values of cells are read with.
struct Values<'a> {
    meter: Meter,
    shared: Shared<'a>,
    most_text: usize,
}

impl Values<'_> {
    fn cell(&self, id: u16, head: &Head, data: &[u8], row: u64) -> Result<Cell, Problem> {
        let at = head.value_at;
        Ok(match id {
            record::CELL_RK => number(Some(from_rk(u32_at(data, at)?)), head.style, &self.shared),
            record::CELL_REAL | record::FORMULA_NUMBER => {
                number(from_double(f64_at(data, at)?), head.style, &self.shared)
            }
            record::CELL_ERROR | record::FORMULA_ERROR => Cell::Error(error_name(u8_at(data, at)?)),
            record::CELL_BOOLEAN | record::FORMULA_BOOLEAN => Cell::Boolean(u8_at(data, at)? != 0),
            record::CELL_TEXT => Cell::Text(wide_string(data, at, self.most_text)?.0),
            record::CELL_RICH_TEXT => Cell::Text(wide_string(data, at + 1, self.most_text)?.0),
            record::FORMULA_TEXT => match wide_string(data, at, self.most_text)?.0 {
                text if text.is_empty() => Cell::Empty,
                text => Cell::Text(text),
            },
            record::CELL_SHARED_TEXT => {
                let text = self.shared.strings.borrow_mut().get(u32_at(data, at)? as usize, &self.meter)?;
                Cell::Text(text.ok_or_else(|| {
                    malformed(format!("the file is damaged: row {row} has a text that the file does not hold"))
                })?)
            }
            _ => Cell::Empty,
        })
    }
}

impl Rows for XlsbRows<'_> {
    fn next(&mut self) -> Result<Option<Row>, Problem> {
        loop {
            work::step();
            let Some((id, data)) = self.records.next()? else {
                return self.row.take(self.number, self.hidden);
            };
            match id {
                record::ROW => {
                    let next = u64::from(u32_at(data, 0)?) + 1;
                    let is_hidden = u8_at(data, 11)? & 0x10 != 0;
                    if next <= self.number || next > 1_048_576 {
                        let message = format!("the file is damaged: row {next} comes after row {}", self.number);
                        return Err(malformed(message));
                    }
                    let row = self.row.take(self.number, self.hidden)?;
                    (self.number, self.hidden, self.next_column) = (next, is_hidden, 0);
                    self.facts.hidden_rows += u64::from(is_hidden);
                    if row.is_some() {
                        return Ok(row);
                    }
                }
                1..=18 | record::CELL_RICH_TEXT => {
                    let (id, head) = head(id, data, self.next_column)?;
                    self.next_column = head.column.saturating_add(1);
                    self.facts.formulas += u64::from((record::FORMULA_TEXT..=record::FORMULA_ERROR).contains(&id));
                    let cell = self.values.cell(id, &head, data, self.number)?;
                    self.row.place(head.column as usize, cell)?;
                }
                record::COLUMN if u16_at(data, 16)? & 1 == 1 => {
                    let (first, last) = (u32_at(data, 0)?, u32_at(data, 4)?);
                    self.facts.add_hidden_columns(first.saturating_add(1), last.saturating_add(1));
                }
                record::MERGED => self.facts.add_merged(range(data)?),
                _ => (),
            }
        }
    }
}

impl SheetRows for XlsbRows<'_> {
    fn facts(&self) -> &Facts {
        &self.facts
    }
}
