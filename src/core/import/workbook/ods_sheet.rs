//! The rows of an ods sheet. Repeated cells and rows are repeated only where they hold something.
use super::SheetRows;
use super::facts::{Facts, Range};
use super::format::Shape;
use super::number::plain;
use super::row::RowBuffer;
use super::serial;
use super::xml::{Node, Tag, Xml, is_true, push, too_long};
use super::zip::Meter;
use crate::core::import::budget::Budget;
use crate::core::import::cell::{Cell, Row, Rows, is_padded, unpadded};
use crate::core::import::source::Problem;
use crate::core::work;

/// `document-content`, `body`, `spreadsheet`, `table`: the depth of a sheet. Tables elsewhere are no sheets.
pub const TABLE_DEPTH: usize = 4;

pub struct OdsRows<'a> {
    xml: Xml<'a>,
    /// The sheets to pass over before the wanted one; none when it has been reached.
    before: Option<usize>,
    ended: bool,
    meter: Meter,
    most_text: usize,
    row: RowBuffer,
    /// A row and how often it comes again.
    repeated: Option<(Row, u64)>,
    next_row: u64,
    next_column: u32,
    facts: Facts,
}

/// The type of a cell's value.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Type {
    #[default]
    None,
    Number,
    Percent,
    Date,
    Time,
    Boolean,
    Text,
    Error,
}

struct Head {
    kind: Type,
    value: String,
    has_formula: bool,
    repeated: u64,
    columns: u64,
    rows: u64,
}

impl Head {
    fn read(tag: &Tag) -> Result<Self, Problem> {
        let mut head =
            Self { kind: Type::None, value: String::new(), has_formula: false, repeated: 1, columns: 1, rows: 1 };
        let (mut value, mut is_error, mut has_text) = (String::new(), false, false);
        tag.each(|name, text| {
            match name {
                "office:value-type" => {
                    head.kind = match text {
                        "float" | "currency" => Type::Number,
                        "percentage" => Type::Percent,
                        "date" => Type::Date,
                        "time" => Type::Time,
                        "boolean" => Type::Boolean,
                        _ => Type::Text,
                    }
                }
                "calcext:value-type" => is_error = text == "error",
                "office:value" | "office:date-value" | "office:time-value" | "office:boolean-value" => {
                    text.clone_into(&mut value);
                }
                "office:string-value" => has_text = true,
                "table:formula" => head.has_formula = true,
                "table:number-columns-repeated" => head.repeated = count(text),
                "table:number-columns-spanned" => head.columns = count(text),
                "table:number-rows-spanned" => head.rows = count(text),
                _ => (),
            }
            Ok(())
        })?;
        head.value = value;
        if is_error {
            head.kind = Type::Error;
        } else if has_text && head.kind == Type::Text {
            head.value = tag.attribute("office:string-value")?.unwrap_or_default();
        }
        Ok(head)
    }
}

fn count(text: &str) -> u64 {
    text.parse().unwrap_or(1).max(1)
}

impl<'a> OdsRows<'a> {
    pub fn new(xml: Xml<'a>, index: usize, meter: Meter, budget: &Budget) -> Self {
        Self {
            xml,
            before: Some(index),
            ended: false,
            meter,
            most_text: budget.cell_bytes,
            row: RowBuffer::new(budget),
            repeated: None,
            next_row: 1,
            next_column: 1,
            facts: Facts::default(),
        }
    }

    /// Goes to the beginning of the sheet.
    fn seek(&mut self) -> Result<(), Problem> {
        while let Some(before) = self.before {
            work::step();
            match self.xml.next()? {
                Node::Open(tag) if tag.depth == TABLE_DEPTH && tag.local() == "table" => match before.checked_sub(1) {
                    Some(before) => {
                        self.before = Some(before);
                        self.xml.skip()?;
                    }
                    None => self.before = None,
                },
                Node::End => {
                    self.ended = true;
                    self.before = None;
                }
                _ => (),
            }
        }
        Ok(())
    }

    fn read_row(&mut self, repeated: u64, hidden: bool) -> Result<(), Problem> {
        let inside = self.xml.depth();
        let mut column: u64 = 0;
        loop {
            work::step();
            match self.xml.next()? {
                Node::Open(tag) if matches!(tag.local(), "table-cell" | "covered-table-cell") => {
                    let is_covered = tag.local() == "covered-table-cell";
                    let head = Head::read(&tag)?;
                    let cell = if is_covered {
                        self.xml.skip()?;
                        Cell::Empty
                    } else {
                        self.cell(&head)?
                    };
                    if head.columns > 1 || head.rows > 1 {
                        self.facts.add_merged(Range {
                            first_row: self.next_row,
                            first_column: u32::try_from(column.saturating_add(1)).unwrap_or(u32::MAX),
                            last_row: self.next_row.saturating_add(head.rows - 1),
                            last_column: u32::try_from(column.saturating_add(head.columns)).unwrap_or(u32::MAX),
                        });
                    }
                    if cell != Cell::Empty {
                        for at in column..column.saturating_add(head.repeated) {
                            work::step();
                            if at > column {
                                self.meter.take(cell.bytes())?;
                            }
                            self.row.place(usize::try_from(at).unwrap_or(usize::MAX), cell.clone())?;
                        }
                    }
                    column = column.saturating_add(head.repeated);
                }
                Node::Open(_) => self.xml.skip()?,
                Node::Close(end) if end.depth < inside => break,
                Node::End => break,
                _ => (),
            }
        }
        self.facts.hidden_rows = self.facts.hidden_rows.saturating_add(if hidden { repeated } else { 0 });
        self.repeated = self.row.take(self.next_row, hidden)?.map(|row| (row, repeated - 1));
        self.next_row = self.next_row.saturating_add(repeated);
        Ok(())
    }

    fn cell(&mut self, head: &Head) -> Result<Cell, Problem> {
        self.facts.formulas += u64::from(head.has_formula);
        let has_own_value = !matches!(head.kind, Type::None | Type::Text | Type::Error);
        let text = if head.kind == Type::Number {
            self.paragraphs()?
        } else if has_own_value || !head.value.is_empty() {
            self.xml.skip()?;
            None
        } else {
            self.paragraphs()?
        };
        let value = head.value.clone();
        // Zeros in front are in what is shown alone.
        let shown = |digits: String| match &text {
            Some(text) if is_padded(text) && unpadded(text) == digits => text.clone(),
            _ => digits,
        };
        let number = |percent| match plain(&value) {
            Some(digits) => Cell::Number { digits: shown(digits), percent },
            None if value.is_empty() => Cell::Empty,
            None => Cell::Text(value.clone()),
        };
        let cell = match head.kind {
            Type::None => text.clone().map_or(Cell::Empty, Cell::Text),
            Type::Number => number(false),
            Type::Percent => number(true),
            Type::Date => serial::iso(value.clone(), Shape::DateTime),
            Type::Time => serial::iso_duration(&value).map_or_else(|| Cell::Text(value.clone()), Cell::Time),
            Type::Boolean => Cell::Boolean(is_true(&value)),
            Type::Error => Cell::Error(text.clone().unwrap_or_default()),
            Type::Text => Cell::Text(if value.is_empty() { text.clone().unwrap_or_default() } else { value.clone() }),
        };
        Ok(match cell {
            Cell::Empty if head.has_formula => {
                self.facts.formulas_without_value += 1;
                Cell::Formula
            }
            Cell::Text(text) if head.has_formula && text.is_empty() => Cell::Empty,
            cell => cell,
        })
    }

    /// The paragraphs of the cell that was opened last, joined by line ends. None where it has none.
    fn paragraphs(&mut self) -> Result<Option<String>, Problem> {
        let inside = self.xml.depth();
        let mut text: Option<String> = None;
        loop {
            work::step();
            match self.xml.next()? {
                Node::Open(tag) if matches!(tag.name(), "text:p" | "text:h") => {
                    if let Some(text) = &mut text {
                        push(text, "\n", self.most_text)?;
                    }
                    paragraph(&mut self.xml, text.get_or_insert_default(), self.most_text, &self.meter)?;
                }
                Node::Open(_) => self.xml.skip()?,
                Node::Close(end) if end.depth < inside => return Ok(text),
                Node::End => return Ok(text),
                _ => (),
            }
        }
    }

    fn column(&mut self, hidden: bool, repeated: u64) {
        let last = u64::from(self.next_column).saturating_add(repeated - 1).min(16_384) as u32;
        if hidden {
            self.facts.add_hidden_columns(self.next_column, last);
        }
        self.next_column = last + 1;
    }
}

/// Appends a paragraph. As in HTML, white space is collapsed; spaces that count are elements.
fn paragraph(xml: &mut Xml, text: &mut String, most: usize, meter: &Meter) -> Result<(), Problem> {
    let inside = xml.depth();
    let start = text.len();
    let mut pending_space = false;
    loop {
        let added = match xml.next()? {
            Node::Text(part) => {
                work::bytes(part.len());
                for (number, word) in part.split([' ', '\t', '\r', '\n']).enumerate() {
                    pending_space |= number > 0;
                    if !word.is_empty() {
                        if std::mem::take(&mut pending_space) && text.len() > start {
                            push(text, " ", most)?;
                        }
                        push(text, word, most)?;
                    }
                }
                continue;
            }
            Node::Open(tag) => match tag.local() {
                "s" => {
                    let count = tag.attribute("text:c")?.map_or(1, |count| self::count(&count));
                    let room = most.saturating_sub(text.len()) as u64;
                    let count = usize::try_from(count).ok().filter(|_| count <= room).ok_or_else(|| too_long(most))?;
                    // A few bytes of the file may stand for many spaces.
                    meter.take(count)?;
                    work::reserve(count);
                    " ".repeat(count)
                }
                "tab" => "\t".to_owned(),
                "line-break" => "\n".to_owned(),
                "annotation" | "ruby-text" | "note" | "frame" => {
                    xml.skip()?;
                    continue;
                }
                _ => continue,
            },
            Node::Close(end) if end.depth < inside => return Ok(()),
            Node::End => return Ok(()),
            _ => continue,
        };
        if std::mem::take(&mut pending_space) && text.len() > start {
            push(text, " ", most)?;
        }
        push(text, &added, most)?;
    }
}

impl Rows for OdsRows<'_> {
    fn next(&mut self) -> Result<Option<Row>, Problem> {
        self.seek()?;
        loop {
            if let Some((row, left)) = self.repeated.take() {
                if let Some(fewer) = left.checked_sub(1) {
                    self.row.count(row.cells.len())?;
                    self.meter.take(row.text_bytes())?;
                    work::reserve(row.held());
                    self.repeated = Some((Row { number: row.number.saturating_add(1), ..row.clone() }, fewer));
                }
                return Ok(Some(row));
            }
            if self.ended {
                return Ok(None);
            }
            match self.xml.next()? {
                Node::Open(tag) => match tag.local() {
                    "table-row" => {
                        let repeated = tag.attribute("table:number-rows-repeated")?.map_or(1, |text| count(&text));
                        let hidden = is_collapsed(&tag)?;
                        self.read_row(repeated, hidden)?;
                    }
                    "table-column" => {
                        let repeated = tag.attribute("table:number-columns-repeated")?.map_or(1, |text| count(&text));
                        let hidden = is_collapsed(&tag)?;
                        self.column(hidden, repeated);
                    }
                    "table-rows"
                    | "table-header-rows"
                    | "table-row-group"
                    | "table-columns"
                    | "table-header-columns"
                    | "table-column-group" => (),
                    _ => self.xml.skip()?,
                },
                Node::Close(end) if end.depth < TABLE_DEPTH => self.ended = true,
                Node::End => self.ended = true,
                _ => (),
            }
        }
    }
}

fn is_collapsed(tag: &Tag) -> Result<bool, Problem> {
    Ok(matches!(tag.attribute("table:visibility")?.as_deref(), Some("collapse" | "filter")))
}

impl SheetRows for OdsRows<'_> {
    fn facts(&self) -> &Facts {
        &self.facts
    }
}
