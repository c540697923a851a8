//! Writing xlsx: one sheet, a header and typed cells, as a stream. What the reader of this module reads back is what was
//! written; what a spreadsheet program would change is written as text.
use super::facts::column_name;
use super::number::{plain, significant};
use super::problem::limit;
use super::serial::{clock, day_of, milliseconds_of, serial};
use super::sink::Sink;
use super::strings::escape;
use super::zip_write::ZipWriter;
use crate::core::import::cell::{Cell, is_padded};
use crate::core::import::source::Problem;
use crate::core::work;
use std::fmt::Write;

const MOST_ROWS: u32 = 1_048_576;
const MOST_COLUMNS: usize = 16_384;
/// In units of UTF-16.
const MOST_TEXT: usize = 32_767;
const MOST_NAME: usize = 31;
/// Spreadsheet programs keep no more digits of a number.
const MOST_DIGITS: usize = 15;
/// Rows are compressed in pieces of about this size.
const PIECE: usize = 32 << 10;

/// Cell styles, in the order of `cellXfs` in [`STYLES`].
mod style {
    pub const HEADER: u8 = 1;
    pub const DATE: u8 = 2;
    pub const DATE_TIME: u8 = 3;
    pub const DATE_TIME_FINE: u8 = 4;
    pub const TIME: u8 = 5;
    pub const TIME_FINE: u8 = 6;
    pub const DURATION: u8 = 7;
    pub const PERCENT: u8 = 8;
    pub const TEXT: u8 = 9;
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>"#;

const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;

const WORKBOOK_RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;

const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="6"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/><numFmt numFmtId="166" formatCode="yyyy\-mm\-dd\ hh:mm:ss.000"/><numFmt numFmtId="167" formatCode="hh:mm:ss"/><numFmt numFmtId="168" formatCode="hh:mm:ss.000"/><numFmt numFmtId="169" formatCode="[h]:mm:ss.000"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="10"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="167" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="168" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="169" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="10" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"#;

/// Columns are wide enough for a date and time; the header stays in view.
const SHEET: &str = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultColWidth="20" defaultRowHeight="15"/><sheetData>"#;

/// Writes a workbook row by row.
pub struct XlsxWriter<S: Sink> {
    zip: ZipWriter<S>,
    /// XML that has not been compressed yet.
    text: String,
    rows: u32,
}

/// Writes all rows below a header into memory.
pub fn write_xlsx(
    sheet_name: &str,
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<Cell>>,
) -> Result<Vec<u8>, Problem> {
    let mut writer = XlsxWriter::new(Vec::new(), sheet_name, header)?;
    for row in rows {
        work::step();
        writer.row(&row)?;
    }
    writer.finish()
}

impl<S: Sink> XlsxWriter<S> {
    pub fn new(sink: S, sheet_name: &str, header: &[&str]) -> Result<Self, Problem> {
        let mut zip = ZipWriter::new(sink);
        let mut workbook = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name=""#.to_owned();
        push_escaped(&mut workbook, &allowed_name(sheet_name));
        workbook.push_str(r#"" sheetId="1" r:id="rId1"/></sheets></workbook>"#);
        for (name, content) in [
            ("[Content_Types].xml", TYPES),
            ("_rels/.rels", RELATIONS),
            ("xl/workbook.xml", &workbook),
            ("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS),
            ("xl/styles.xml", STYLES),
        ] {
            zip.begin(name)?;
            zip.write(DECLARATION.as_bytes())?;
            zip.write(content.as_bytes())?;
            zip.end()?;
        }
        zip.begin("xl/worksheets/sheet1.xml")?;
        let mut writer = Self { zip, text: format!("{DECLARATION}{SHEET}"), rows: 0 };
        writer.begin_row(header.len())?;
        for (column, name) in header.iter().enumerate() {
            work::step();
            writer.text_cell(column, name, Some(style::HEADER))?;
        }
        writer.end_row()?;
        Ok(writer)
    }

    /// Appends a row.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), Problem> {
        self.begin_row(cells.len())?;
        for (column, cell) in cells.iter().enumerate() {
            work::step();
            self.cell(column, cell)?;
        }
        self.end_row()
    }

    /// Completes the workbook and gives the sink back.
    pub fn finish(mut self) -> Result<S, Problem> {
        self.text.push_str("</sheetData></worksheet>");
        self.zip.write(self.text.as_bytes())?;
        self.zip.end()?;
        self.zip.finish()
    }

    fn begin_row(&mut self, columns: usize) -> Result<(), Problem> {
        let hint = "Export as CSV or JSON lines.";
        if self.rows == MOST_ROWS {
            return Err(limit(format!("an xlsx sheet holds {MOST_ROWS} rows at most"), hint));
        }
        if columns > MOST_COLUMNS {
            return Err(limit(format!("an xlsx sheet holds {MOST_COLUMNS} columns at most"), hint));
        }
        self.rows += 1;
        let number = self.rows;
        self.push(format_args!("<row r=\"{number}\">"));
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Problem> {
        self.text.push_str("</row>");
        if self.text.len() >= PIECE {
            self.zip.write(self.text.as_bytes())?;
            self.text.clear();
        }
        Ok(())
    }

    fn place(&self, column: usize) -> String {
        format!("{}{}", column_name(column as u32 + 1), self.rows)
    }

    fn push(&mut self, part: std::fmt::Arguments<'_>) {
        // Writing to a text does not fail.
        let _ = self.text.write_fmt(part);
    }

    fn cell(&mut self, column: usize, cell: &Cell) -> Result<(), Problem> {
        let place = self.place(column);
        let value = match cell {
            Cell::Empty | Cell::Formula => return Ok(()),
            Cell::Boolean(value) => {
                self.push(format_args!("<c r=\"{place}\" t=\"b\"><v>{}</v></c>", u8::from(*value)));
                return Ok(());
            }
            Cell::Error(name) if is_error(name) => {
                self.push(format_args!("<c r=\"{place}\" t=\"e\"><v>{name}</v></c>"));
                return Ok(());
            }
            Cell::Number { digits, percent } if is_kept(digits) => {
                let style = if *percent { style::PERCENT } else { 0 };
                self.push(format_args!("<c r=\"{place}\" s=\"{style}\"><v>{digits}</v></c>"));
                return Ok(());
            }
            Cell::Date(date) => day_of(date).map(|day| (style::DATE, day as f64)),
            Cell::DateTime(moment) => date_time(moment),
            Cell::Time(time) => duration(time),
            _ => None,
        };
        match (value, cell) {
            (Some((style, serial)), _) => {
                self.push(format_args!("<c r=\"{place}\" s=\"{style}\"><v>{serial}</v></c>"));
                Ok(())
            }
            (
                None,
                Cell::Text(text)
                | Cell::Error(text)
                | Cell::Json(text)
                | Cell::Date(text)
                | Cell::DateTime(text)
                | Cell::Time(text)
                | Cell::Number { digits: text, .. },
            ) => self.text_cell(column, text, None),
            (None, _) => Ok(()),
        }
    }

    fn text_cell(&mut self, column: usize, text: &str, style: Option<u8>) -> Result<(), Problem> {
        let place = self.place(column);
        if text.len() > MOST_TEXT && text.encode_utf16().count() > MOST_TEXT {
            return Err(limit(
                format!(
                    "cell {place} would hold more than {MOST_TEXT} characters, the most that an xlsx file can hold"
                ),
                "Export as CSV or JSON lines.",
            ));
        }
        // As text, so that a program does not make a number of it when it is edited.
        let looks_like_value = || plain(text).is_some() || text.starts_with(['=', '+', '-', '@']);
        let style = style.unwrap_or(if looks_like_value() { style::TEXT } else { 0 });
        self.push(format_args!("<c r=\"{place}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">"));
        push_escaped(&mut self.text, text);
        self.text.push_str("</t></is></c>");
        Ok(())
    }
}

/// A number that spreadsheet programs keep with all its digits.
fn is_kept(digits: &str) -> bool {
    // Zeros in front are no part of a number that is stored.
    let is_plain = !is_padded(digits) && plain(digits).as_deref() == Some(digits) && significant(digits) <= MOST_DIGITS;
    // Doubles below this one lose digits; what is 0 stays 0.
    is_plain
        && digits
            .parse()
            .is_ok_and(|value: f64| value == 0.0 && significant(digits) == 0 || value.abs() >= f64::MIN_POSITIVE)
}

fn date_time(text: &str) -> Option<(u8, f64)> {
    let (date, time) = text.split_once(['T', ' '])?;
    let milliseconds = milliseconds_of(time)?;
    let style = if milliseconds % 1000 == 0 { style::DATE_TIME } else { style::DATE_TIME_FINE };
    Some((style, serial(day_of(date)?, milliseconds)))
}

/// A time of day, or a duration as the reader gives it: hours may have more digits.
fn duration(text: &str) -> Option<(u8, f64)> {
    if let Some(milliseconds) = milliseconds_of(text) {
        let style = if milliseconds % 1000 == 0 { style::TIME } else { style::TIME_FINE };
        return Some((style, serial(0, milliseconds)));
    }
    let (sign, unsigned) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let (hours, rest) = unsigned.split_once(':').filter(|(hours, _)| (2..=7).contains(&hours.len()))?;
    let hours = hours.parse::<u32>().ok()?;
    let milliseconds = i64::from(hours) * 3_600_000 + milliseconds_of(&format!("00:{rest}"))?;
    (clock(milliseconds) == unsigned).then(|| (style::DURATION, sign * serial(0, milliseconds)))
}

fn is_error(name: &str) -> bool {
    ["#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"].contains(&name)
}

/// A sheet's name without what programs refuse in it.
fn allowed_name(name: &str) -> String {
    let allowed = |c: &char| !c.is_control() && !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\');
    let mut short = String::new();
    for c in name.chars().filter(allowed) {
        work::step();
        if short.encode_utf16().count() + c.len_utf16() > MOST_NAME {
            break;
        }
        short.push(c);
    }
    let trimmed = short.trim_matches('\'');
    if trimmed.is_empty() || trimmed.eq_ignore_ascii_case("history") { "Sheet1".to_owned() } else { trimmed.to_owned() }
}

/// Appends a text of XML. Characters that XML does not allow, and what would be read as an escape, become `_x0001_` and the like.
fn push_escaped(xml: &mut String, text: &str) {
    work::bytes(text.len());
    work::reserve(xml.len() + text.len());
    for (at, c) in text.char_indices() {
        match c {
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '&' => xml.push_str("&amp;"),
            '"' => xml.push_str("&quot;"),
            '_' if looks_escaped(&text[at..]) => xml.push_str("_x005F_"),
            c if is_escaped(c) => {
                // Writing to a text does not fail.
                let _ = write!(xml, "_x{:04X}_", u32::from(c));
            }
            c => xml.push(c),
        }
    }
}

/// Characters that XML does not allow, and line ends that it would change.
fn is_escaped(c: char) -> bool {
    matches!(c, '\0'..='\x08' | '\x0B'..='\x1F' | '\u{FFFE}' | '\u{FFFF}')
}

/// Whether a reader would take the beginning of a text for an escape. Its last underscore may be that of the next escape.
fn looks_escaped(text: &str) -> bool {
    escape(text).is_some()
        || text.get(6..).and_then(|rest| rest.chars().next()).is_some_and(is_escaped)
            && escape(&format!("{}_", &text[..6])).is_some()
}
