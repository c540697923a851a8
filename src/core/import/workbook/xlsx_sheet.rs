//! The rows of an xlsx worksheet, from its XML as it is inflated.
use super::facts::{Facts, read_range, read_reference};
use super::number::plain;
use super::problem::malformed;
use super::row::RowBuffer;
use super::serial::{self, Epoch};
use super::strings::unescape;
use super::xlsx_shared::{Shared, rich_text};
use super::xml::{Node, Xml, is_true};
use super::zip::{Meter, Stream};
use super::{SheetRows, column_name};
use crate::core::import::budget::Budget;
use crate::core::import::cell::{Cell, Row, Rows};
use crate::core::import::source::Problem;
use crate::core::work;

/// `worksheet`, `sheetData`, `row`: the depth of what a sheet is made of.
const ROW_DEPTH: usize = 3;
const LAST_ROW: u64 = 1_048_576;

/// The type of a cell's value.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Type {
    #[default]
    Number,
    SharedString,
    InlineString,
    FormulaString,
    Boolean,
    Error,
    Date,
}

impl Type {
    fn read(name: &str) -> Self {
        match name {
            "s" => Self::SharedString,
            "inlineStr" => Self::InlineString,
            "str" => Self::FormulaString,
            "b" => Self::Boolean,
            "e" => Self::Error,
            "d" => Self::Date,
            _ => Self::Number,
        }
    }
}

/// The attributes of a cell.
#[derive(Default)]
struct Head {
    place: Option<(u64, u32)>,
    style: u32,
    kind: Type,
}

pub struct XlsxRows<'a> {
    xml: Xml<'a>,
    meter: Meter,
    shared: Shared<'a>,
    most_text: usize,
    row: RowBuffer,
    facts: Facts,
    last_row: u64,
}

impl<'a> XlsxRows<'a> {
    pub fn new(stream: Stream<'a>, meter: Meter, shared: Shared<'a>, budget: &Budget) -> Self {
        let is_1904 = shared.epoch == Epoch::Of1904;
        let facts = Facts { is_1904, is_recalculated: shared.is_recalculated, ..Facts::default() };
        let xml = Xml::new(stream, budget.cell_bytes);
        Self { xml, meter, shared, most_text: budget.cell_bytes, row: RowBuffer::new(budget), facts, last_row: 0 }
    }

    /// Reads the cells of the row that was opened last.
    fn read_row(&mut self, number: Option<u64>, hidden: bool) -> Result<Option<Row>, Problem> {
        let number = number.unwrap_or(self.last_row + 1);
        if number <= self.last_row || number > LAST_ROW {
            return Err(malformed(format!("the file is damaged: row {number} comes after row {}", self.last_row)));
        }
        self.last_row = number;
        self.facts.hidden_rows += u64::from(hidden);
        let mut next_column = 1;
        loop {
            work::step();
            match self.xml.next()? {
                Node::Open(tag) if tag.local() == "c" => {
                    let mut head = Head::default();
                    tag.each(|name, value| {
                        match name {
                            "r" => {
                                let place = read_reference(value).filter(|(row, _)| *row == number);
                                head.place = Some(place.ok_or_else(|| wrong_place(number))?);
                            }
                            // A style past the last one is the general one.
                            "s" => head.style = value.parse().unwrap_or(u32::MAX),
                            "t" => head.kind = Type::read(value),
                            _ => (),
                        }
                        Ok(())
                    })?;
                    let column = head.place.map_or(next_column, |(_, column)| column);
                    next_column = column + 1;
                    let cell = self.read_cell(&head, column)?;
                    self.row.place(column as usize - 1, cell)?;
                }
                Node::Open(_) => self.xml.skip()?,
                Node::Close(end) if end.depth < ROW_DEPTH => return self.row.take(number, hidden),
                Node::End => return self.row.take(number, hidden),
                _ => (),
            }
        }
    }

    fn read_cell(&mut self, head: &Head, column: u32) -> Result<Cell, Problem> {
        let (mut value, mut inline, mut has_formula) = (None, None, false);
        let inside = self.xml.depth();
        loop {
            work::step();
            match self.xml.next()? {
                Node::Open(tag) => match tag.local() {
                    "v" => {
                        let mut text = String::new();
                        self.xml.text(&mut text)?;
                        value = Some(text);
                    }
                    "is" => inline = Some(rich_text(&mut self.xml, self.most_text)?),
                    "f" => {
                        has_formula = true;
                        self.xml.skip()?;
                    }
                    _ => self.xml.skip()?,
                },
                Node::Close(end) if end.depth < inside => break,
                Node::End => break,
                _ => (),
            }
        }
        self.facts.formulas += u64::from(has_formula);
        // A formula that gives an empty text has an empty value; one that was not calculated has none, or an empty number.
        let is_calculated = value.as_ref().is_some_and(|value| !value.is_empty() || head.kind == Type::FormulaString);
        if has_formula && !is_calculated && inline.is_none() {
            self.facts.formulas_without_value += 1;
            return Ok(Cell::Formula);
        }
        self.cell(head, column, value, inline, has_formula)
    }

    fn cell(
        &self,
        head: &Head,
        column: u32,
        value: Option<String>,
        inline: Option<String>,
        has_formula: bool,
    ) -> Result<Cell, Problem> {
        if let Some(text) = inline {
            return Ok(Cell::Text(text));
        }
        let Some(value) = value else {
            return Ok(Cell::Empty);
        };
        Ok(match head.kind {
            Type::SharedString | Type::Number if value.is_empty() => Cell::Empty,
            Type::SharedString => {
                let index = value.trim().parse().ok();
                let text = match index {
                    Some(index) => self.shared.strings.borrow_mut().get(index, &self.meter)?,
                    None => None,
                };
                Cell::Text(text.ok_or_else(|| {
                    let place = format!("{}{}", column_name(column), self.last_row);
                    malformed(format!("the file is damaged: cell {place} has a text that the file does not hold"))
                })?)
            }
            Type::FormulaString | Type::InlineString if value.is_empty() && has_formula => Cell::Empty,
            Type::FormulaString | Type::InlineString => Cell::Text(unescape(value)),
            Type::Boolean => Cell::Boolean(is_true(value.trim())),
            Type::Error => Cell::Error(value),
            Type::Date => serial::iso(value, self.shared.styles.shape(head.style)),
            Type::Number => match plain(&value) {
                Some(digits) => serial::cell(digits, self.shared.styles.shape(head.style), self.shared.epoch),
                None => Cell::Text(value),
            },
        })
    }
}

fn wrong_place(row: u64) -> Problem {
    malformed(format!("the file is damaged: row {row} has a cell whose place is wrong"))
}

impl Rows for XlsxRows<'_> {
    fn next(&mut self) -> Result<Option<Row>, Problem> {
        loop {
            work::step();
            match self.xml.next()? {
                Node::Open(tag) if tag.depth == ROW_DEPTH => match tag.local() {
                    "row" => {
                        let (mut number, mut hidden) = (None, false);
                        tag.each(|name, value| {
                            match name {
                                "r" => number = Some(value.parse().map_err(|_| wrong_row())?),
                                "hidden" => hidden = is_true(value),
                                _ => (),
                            }
                            Ok(())
                        })?;
                        if let Some(row) = self.read_row(number, hidden)? {
                            return Ok(Some(row));
                        }
                    }
                    "col" => {
                        let (mut first, mut last, mut hidden) = (0, 0, false);
                        tag.each(|name, value| {
                            match name {
                                "min" => first = value.parse().unwrap_or(0),
                                "max" => last = value.parse().unwrap_or(0),
                                "hidden" => hidden = is_true(value),
                                _ => (),
                            }
                            Ok(())
                        })?;
                        if hidden && first > 0 {
                            self.facts.add_hidden_columns(first, last);
                        }
                    }
                    "mergeCell" => {
                        let range = tag.attribute("ref")?.and_then(|reference| read_range(&reference));
                        self.facts.add_merged(
                            range.ok_or_else(|| malformed("the file is damaged: merged cells have no place"))?,
                        );
                    }
                    _ => (),
                },
                Node::End => return Ok(None),
                _ => (),
            }
        }
    }
}

fn wrong_row() -> Problem {
    malformed("the file is damaged: a row has no number")
}

impl SheetRows for XlsxRows<'_> {
    fn facts(&self) -> &Facts {
        &self.facts
    }
}
