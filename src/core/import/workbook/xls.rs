//! xls workbooks (BIFF8): the part that all sheets share. The stream of records is held in memory, so files are read only up
//! to 16 MiB.
use super::bytes::{SharedSource, u8_at, u16_at, u32_at};
use super::format::Styles;
use super::ole::Compound;
use super::problem::{encrypted, malformed, unsupported};
use super::serial::Epoch;
use super::strings::Arena;
use super::xls_globals::Globals;
use super::xls_records::{Continued, Record, record, record_at, short_text};
use super::xls_sheet::XlsRows;
use super::{Sheet, Visibility, add_sheet};
use crate::core::import::budget::Budget;
use crate::core::import::source::Problem;
use crate::core::work;
use std::rc::Rc;

pub struct Xls {
    globals: Rc<Globals>,
    /// Where each sheet begins in the stream.
    places: Vec<usize>,
}

const VERSION_8: u16 = 0x0600;
const WORKSHEET: u8 = 0;

impl Xls {
    pub fn open(source: &SharedSource, budget: &Budget) -> Result<(Self, Vec<Sheet>), Problem> {
        let stream = Compound::open(source)?.read("Workbook")?;
        let mut globals = Globals {
            stream: Vec::new(),
            styles: Styles::default(),
            strings: Arena::new(budget.shared_string_bytes),
            epoch: Epoch::Of1900,
            budget: budget.clone(),
        };
        let (mut sheets, mut places) = (Vec::new(), Vec::new());
        let mut at = 0;
        while let Some(record) = record_at(&stream, at)? {
            work::step();
            if at == 0 {
                check_version(record)?;
            }
            match record.id {
                record::END => break,
                record::FILE_PASS => return Err(encrypted()),
                record::DATE_MODE => globals.epoch = Epoch::new(u16_at(record.data, 0)? == 1),
                record::FORMAT => {
                    // Some programs write codes that are longer than their record: their cells are plain numbers.
                    if let Ok(code) = Continued::new(&stream, record, 2).text(budget.cell_bytes) {
                        globals.styles.add_format(u32::from(u16_at(record.data, 0)?), &code)?;
                    }
                }
                record::CELL_STYLE => globals.styles.add_cell(u32::from(u16_at(record.data, 2)?))?,
                record::SHEET if u8_at(record.data, 5)? == WORKSHEET => {
                    let visibility = match u8_at(record.data, 4)? & 3 {
                        0 => Visibility::Visible,
                        1 => Visibility::Hidden,
                        _ => Visibility::VeryHidden,
                    };
                    add_sheet(&mut sheets, Sheet::new(short_text(&stream, record, 6)?, visibility))?;
                    places.push(u32_at(record.data, 0)? as usize);
                }
                record::SHARED_STRINGS => read_strings(&stream, record, &mut globals.strings, budget)?,
                _ => (),
            }
            at = record.end;
        }
        globals.stream = stream;
        Ok((Self { globals: Rc::new(globals), places }, sheets))
    }

    pub fn rows(&self, index: usize, sheet: &Sheet) -> Result<XlsRows, Problem> {
        let place = self.places.get(index).copied().unwrap_or(usize::MAX);
        match record_at(&self.globals.stream, place)? {
            Some(record) if record.id == record::BEGIN => XlsRows::new(self.globals.clone(), record.end),
            _ => Err(malformed(format!("the file is damaged: the sheet \"{}\" is missing", sheet.name))),
        }
    }
}

fn check_version(record: Record<'_>) -> Result<(), Problem> {
    if record.id != record::BEGIN {
        return Err(malformed("the file is damaged: its workbook has no beginning"));
    }
    if u16_at(record.data, 0)? != VERSION_8 {
        return Err(unsupported(
            "import.file_kind",
            "the file is a workbook of Excel 5 or 95",
            "Open the file in a spreadsheet program, save it as xlsx and import that copy.",
        ));
    }
    Ok(())
}

fn read_strings(stream: &[u8], record: Record<'_>, strings: &mut Arena, budget: &Budget) -> Result<(), Problem> {
    let count = u32_at(record.data, 4)?;
    let mut texts = Continued::new(stream, record, 8);
    for _ in 0..count {
        work::step();
        // Some programs count more texts than they write.
        if texts.is_at_end()? {
            break;
        }
        strings.push(&texts.text(budget.cell_bytes)?)?;
    }
    Ok(())
}
