//! What a sheet has that its cells do not show: hidden rows and columns, merged cells, formulas.

/// The merged ranges and hidden columns of which facts give the places; all are counted.
const TOLD: usize = 20;

/// A rectangle of cells. Rows and columns are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub first_row: u64,
    pub first_column: u32,
    pub last_row: u64,
    pub last_column: u32,
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (first, last) = (column_name(self.first_column), column_name(self.last_column));
        write!(f, "{first}{}:{last}{}", self.first_row, self.last_row)
    }
}

/// The letters of a column, counted from 1.
pub fn column_name(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column;
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// Row and column, counted from 1, of a reference such as `B12`. None past the last cell of a sheet, XFD1048576.
pub fn read_reference(reference: &str) -> Option<(u64, u32)> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (name, row) = reference.split_at(letters);
    if !(1..=3).contains(&letters) || !(1..=7).contains(&row.len()) || !row.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let column = name.bytes().fold(0, |column, letter| 26 * column + u32::from(letter.to_ascii_uppercase() - b'A') + 1);
    let row = row.parse().ok()?;
    ((1..=1_048_576).contains(&row) && column <= 16_384).then_some((row, column))
}

/// A range such as `A1:B12`, or a single cell.
pub fn read_range(reference: &str) -> Option<Range> {
    let (first, last) = reference.split_once(':').unwrap_or((reference, reference));
    let ((first_row, first_column), (last_row, last_column)) = (read_reference(first)?, read_reference(last)?);
    Some(Range { first_row, first_column, last_row, last_column })
}

/// What was noticed about a sheet so far: complete when all its rows have been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Dates are counted from 1904.
    pub is_1904: bool,
    /// The first merged ranges; only the first cell of each has a value. xlsx and xls tell them after the last row.
    pub merged: Vec<Range>,
    pub merged_count: u64,
    pub hidden_rows: u64,
    /// The first hidden columns, counted from 1.
    pub hidden_columns: Vec<u32>,
    pub hidden_column_count: u64,
    /// Formulas, with a value or without.
    pub formulas: u64,
    pub formulas_without_value: u64,
    /// The workbook asks to be calculated anew when it is opened: the values of its formulas may be stale or zero.
    pub is_recalculated: bool,
}

impl Facts {
    pub fn add_merged(&mut self, range: Range) {
        self.merged_count += 1;
        if self.merged.len() < TOLD {
            self.merged.push(range);
        }
    }

    /// Columns counted from 1.
    pub fn add_hidden_columns(&mut self, first: u32, last: u32) {
        let last = last.min(16_384);
        if first > last {
            return;
        }
        self.hidden_column_count += u64::from(last - first) + 1;
        let room = TOLD.saturating_sub(self.hidden_columns.len());
        self.hidden_columns.extend((first..=last).take(room));
    }
}
