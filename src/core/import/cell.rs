//! Cells and rows of a file, whatever its format.
//!
//! A cell holds exactly what the file says; a later step gives it the type of its column.
use super::source::Problem;
use crate::core::fields::Fault;
use crate::core::fields::fold::is_invisible;

/// What one cell of a file holds, as exactly as the file says.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Empty,
    /// A text, byte for byte (CSV: every cell).
    Text(String),
    /// The digits of a number as a workbook stores it or JSON has it; never through a float where the file has digits. Percent: the cell's number format
    /// shows one (0.12 is shown as 12 %). Zeros in front are there where the cell's number format shows them, as of a postal code.
    Number {
        digits: String,
        percent: bool,
    },
    Boolean(bool),
    /// ISO 8601: a date, a date and time without zone, or a time of day, from a workbook's serial number with a date format (1900 and 1904 systems, serial
    /// 60, float seconds rounded to milliseconds).
    Date(String),
    DateTime(String),
    Time(String),
    /// An error such as #N/A.
    Error(String),
    /// A formula whose value the file does not hold.
    Formula,
    /// JSON only: an array or object, as JSON text.
    Json(String),
}

impl Cell {
    /// Whether the cell holds nothing that can be seen. A quoted empty text (`""` in CSV) and a text of blanks count, too.
    pub fn is_blank(&self) -> bool {
        match self {
            Cell::Empty => true,
            Cell::Text(text) => is_blank(text),
            _ => false,
        }
    }

    /// The cell as text, as a CSV file shows it; none for a cell without a value.
    pub fn text(&self) -> Option<&str> {
        match self {
            Cell::Empty | Cell::Formula => None,
            Cell::Text(text) | Cell::Date(text) | Cell::DateTime(text) | Cell::Time(text) => Some(text),
            Cell::Error(text) | Cell::Json(text) | Cell::Number { digits: text, .. } => Some(text),
            Cell::Boolean(value) => Some(if *value { "true" } else { "false" }),
        }
    }

    /// The bytes of the cell's text.
    pub fn bytes(&self) -> usize {
        self.text().map_or(0, str::len)
    }
}

/// Whether a number is shown with zeros in front: a code that a workbook stores as a number.
pub fn is_padded(digits: &str) -> bool {
    digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number without them.
pub fn unpadded(digits: &str) -> &str {
    if !is_padded(digits) {
        return digits;
    }
    let rest = digits.trim_start_matches('0');
    if rest.is_empty() { "0" } else { rest }
}

/// Whether a text has no character that can be seen: blanks of any width, line breaks and marks of no width.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        crate::core::work::step();
        c.is_whitespace() || is_invisible(c)
    })
}

/// One row: its number in the file (1 is the first line or row), its cells, and what is wrong with it as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub number: u64,
    pub cells: Vec<Cell>,
    pub hidden: bool,
}

impl Row {
    /// The bytes of the texts of its cells.
    pub fn text_bytes(&self) -> usize {
        self.cells.iter().map(Cell::bytes).sum()
    }

    /// The memory that the row takes.
    pub fn held(&self) -> usize {
        self.text_bytes().saturating_add(self.cells.capacity().saturating_mul(size_of::<Cell>()))
    }

    /// Cuts the text of each cell to so many characters, and gives the rest of its memory back.
    pub fn cut(&mut self, most: usize) {
        for cell in &mut self.cells {
            crate::core::work::step();
            if let Cell::Text(text)
            | Cell::Number { digits: text, .. }
            | Cell::Date(text)
            | Cell::DateTime(text)
            | Cell::Time(text)
            | Cell::Error(text)
            | Cell::Json(text) = cell
                && let Some((end, _)) = crate::core::work::beginning(text, most.saturating_add(1).saturating_mul(4))
                    .char_indices()
                    .nth(most)
            {
                text.truncate(end);
                text.shrink_to_fit();
            }
        }
    }
}

/// What is wrong with one cell: code, parameters and message as rowkit's own rules give them.
pub type CellProblem = Fault;

/// What is wrong with a row, or with one of its cells, that its cells do not show.
#[derive(Clone, Debug, PartialEq)]
pub struct RowProblem {
    /// Counted from 0; none where the row as a whole is meant.
    pub column: Option<usize>,
    pub problem: CellProblem,
}

/// A reader gives rows one after the other.
pub trait Rows {
    fn next(&mut self) -> Result<Option<Row>, Problem>;

    /// The problems of the row that was given last.
    fn problems(&self) -> &[RowProblem] {
        &[]
    }

    /// The names of the columns where the file names them other than in a row (the keys of JSON objects). The list may grow at its end.
    fn columns(&self) -> Option<&[String]> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Row};

    #[test]
    fn blanks_of_any_kind_are_no_value() {
        for text in ["", " ", "\t", "\r\n", "\u{A0}", "\u{3000} ", "\u{2009}\u{202F}", "\u{200B}", "\u{FEFF} \u{1680}"]
        {
            assert!(Cell::Text(text.to_owned()).is_blank(), "{text:?}");
        }
        for text in ["-", "\0", ".", "ㅤ", "\u{200D}"] {
            assert!(!Cell::Text(text.to_owned()).is_blank(), "{text:?}");
        }
        assert!(Cell::Empty.is_blank() && !Cell::Formula.is_blank());
    }

    #[test]
    fn rows_that_are_shown_hold_little() {
        let number = Cell::Number { digits: "1".repeat(300), percent: false };
        let cells = vec![Cell::Text("é".repeat(1 << 20)), number, Cell::Text("あ".repeat(200)), Cell::Empty];
        let mut row = Row { number: 1, cells, hidden: false };
        assert_eq!((row.text_bytes(), row.held() > row.text_bytes()), ((2 << 20) + 300 + 600, true));
        row.cut(200);
        assert_eq!(row.cells[0], Cell::Text("é".repeat(200)));
        assert_eq!(row.cells[1].bytes(), 200);
        assert_eq!(row.cells[2], Cell::Text("あ".repeat(200)));
        let Cell::Text(text) = &row.cells[0] else { panic!() };
        assert!(text.capacity() < 1000);
    }
}
