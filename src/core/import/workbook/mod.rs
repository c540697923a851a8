//! Workbooks (xlsx, xlsb, ods, xls) as streams of rows, and the writing of xlsx.
//! Files are hostile until read: whatever a file declares, memory and work stay within the [`Budget`].
mod biff12;
mod bytes;
mod crc;
mod facts;
mod format;
mod kind;
mod number;
mod ods;
mod ods_sheet;
mod ole;
mod package;
mod problem;
mod row;
mod serial;
mod sink;
mod strings;
#[cfg(test)]
pub(super) mod tests;
mod write;
mod xls;
mod xls_globals;
mod xls_records;
mod xls_sheet;
mod xlsb;
mod xlsx;
mod xlsx_shared;
mod xlsx_sheet;
mod xml;
mod zip;
mod zip_write;

pub use facts::{Facts, column_name};
pub use kind::{Kind, kind};
pub use sink::Sink;
pub use write::{XlsxWriter, write_xlsx};

use crate::core::import::budget::Budget;
use crate::core::import::cell::Rows;
use crate::core::import::source::{Problem, Source};
use bytes::SharedSource;
use problem::{limit, malformed, size, unsupported};
use std::cell::RefCell;
use std::rc::Rc;

/// Formats that are read only up to this size of the file.
const MOST_OLD: u64 = 16 << 20;
/// A workbook with more sheets is refused.
const MOST_SHEETS: usize = 1_000;
const MOST_SHEET_NAME: usize = 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    Visible,
    Hidden,
    /// Hidden from the list of hidden sheets, too.
    VeryHidden,
}

/// A sheet of cells; sheets of charts and macros are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    pub name: String,
    pub visibility: Visibility,
    /// The first visible sheet, or the first one where all are hidden.
    pub is_first: bool,
}

impl Sheet {
    fn new(name: String, visibility: Visibility) -> Self {
        Self { name, visibility, is_first: false }
    }
}

/// The rows of a sheet that have a cell that is not empty.
pub trait SheetRows: Rows {
    /// What was noticed in the rows read so far; everything after the last one.
    fn facts(&self) -> &Facts;
}

enum Format<'a> {
    Xlsx(xlsx::Xlsx<'a>),
    Xlsb(xlsb::Xlsb<'a>),
    Ods(ods::Ods<'a>),
    Xls(xls::Xls),
}

pub struct Workbook<'a> {
    format: Format<'a>,
    sheets: Vec<Sheet>,
}

impl<'a> Workbook<'a> {
    /// Opens a workbook and lists its sheets. Text is refused: it is for the reader of CSV.
    pub fn open(source: impl Source + 'a, budget: &Budget) -> Result<Self, Problem> {
        let length = source.len();
        if length > budget.file_bytes {
            return Err(limit(
                format!("the file is larger than {}", size(budget.file_bytes)),
                "Split the file, or raise what limits it: the option limits if it was given, and the setting rowkit.import_file_bytes (a superuser).",
            ));
        }
        let source: SharedSource<'a> = Rc::new(RefCell::new(source));
        let kind = kind::of(&source)?;
        if matches!(kind, Kind::Ods | Kind::Xls) && length > MOST_OLD {
            return Err(limit(
                format!("a file of this format is read only up to {}", size(MOST_OLD)),
                "Save it as xlsx or CSV and import that copy.",
            ));
        }
        let (format, mut sheets) = match kind {
            Kind::Xlsx => {
                let (workbook, sheets) = xlsx::Xlsx::open(source, budget)?;
                (Format::Xlsx(workbook), sheets)
            }
            Kind::Xlsb => {
                let (workbook, sheets) = xlsb::Xlsb::open(source, budget)?;
                (Format::Xlsb(workbook), sheets)
            }
            Kind::Ods => {
                let (workbook, sheets) = ods::Ods::open(source, budget)?;
                (Format::Ods(workbook), sheets)
            }
            Kind::Xls => {
                let (workbook, sheets) = xls::Xls::open(&source, budget)?;
                (Format::Xls(workbook), sheets)
            }
            Kind::Text => {
                return Err(unsupported("import.no_workbook", "the file is no workbook", "Import it as CSV."));
            }
        };
        let first = sheets.iter().position(|sheet| sheet.visibility == Visibility::Visible).unwrap_or(0);
        match sheets.get_mut(first) {
            Some(sheet) => sheet.is_first = true,
            None => return Err(malformed("the workbook has no sheet of cells")),
        }
        Ok(Self { format, sheets })
    }

    pub fn sheets(&self) -> &[Sheet] {
        &self.sheets
    }

    /// The rows of a sheet, by its place in [`Self::sheets`].
    pub fn open_sheet(&self, index: usize) -> Result<Box<dyn SheetRows + 'a>, Problem> {
        let Some(sheet) = self.sheets.get(index) else {
            return Err(malformed("the workbook has no such sheet"));
        };
        Ok(match &self.format {
            Format::Xlsx(workbook) => Box::new(workbook.rows(index)?),
            Format::Xlsb(workbook) => Box::new(workbook.rows(index)?),
            Format::Ods(workbook) => Box::new(workbook.rows(index)?),
            Format::Xls(workbook) => Box::new(workbook.rows(index, sheet)?),
        })
    }
}

/// Adds a sheet to the list, within its limits.
fn add_sheet(sheets: &mut Vec<Sheet>, sheet: Sheet) -> Result<(), Problem> {
    if sheets.len() >= MOST_SHEETS {
        return Err(limit(
            format!("the workbook has more than {MOST_SHEETS} sheets"),
            "Save the sheet to import as a workbook of its own.",
        ));
    }
    if sheet.name.len() > MOST_SHEET_NAME {
        return Err(malformed("the file is damaged: the name of a sheet is too long"));
    }
    sheets.push(sheet);
    Ok(())
}
