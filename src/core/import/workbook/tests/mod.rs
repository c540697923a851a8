//! Workbooks made by hand, as other programs write them and as attackers would.
mod formats;
mod hostile;
mod kinds;
mod numbers;
pub mod ods;
mod round_trip;
mod xls;
mod xlsb;
mod xlsx;

use super::sink::Sink;
use super::zip_write::ZipWriter;
use super::{Facts, Workbook};
use crate::core::import::budget::Budget;
use crate::core::import::cell::{Cell, Row};
use crate::core::import::source::{Problem, ProblemClass};

pub fn zip<B: AsRef<[u8]>>(parts: &[(&'static str, B)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Vec::new());
    for (name, content) in parts {
        writer.begin(name).unwrap();
        writer.write(content.as_ref()).unwrap();
        writer.end().unwrap();
    }
    writer.finish().unwrap()
}

pub const TOP: &str = r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
pub const RELATIONS: &str = r#"<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="x/styles" Target="/xl/styles.xml"/><Relationship Id="r3" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
pub const WORKBOOK: &str =
    r#"<workbook xmlns:r="r"><sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>"#;

/// A workbook of one sheet from the XML of its parts.
pub struct Parts {
    pub workbook: String,
    pub styles: String,
    pub strings: String,
    pub sheet: String,
}

impl Parts {
    /// Cell styles are given by format codes, and shared strings by their elements.
    pub fn new(sheet: &str, formats: &[&str], strings: &str) -> Self {
        let (mut codes, mut styles) = (String::new(), "<xf numFmtId=\"0\"/>".to_owned());
        for (at, code) in formats.iter().enumerate() {
            let id = code.parse().unwrap_or(164 + at);
            if id >= 164 {
                codes.push_str(&format!("<numFmt numFmtId=\"{id}\" formatCode=\"{}\"/>", code.replace('"', "&quot;")));
            }
            styles.push_str(&format!("<xf numFmtId=\"{id}\"/>"));
        }
        Self {
            workbook: WORKBOOK.to_owned(),
            styles: format!(
                "<styleSheet><numFmts>{codes}</numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs>{styles}</cellXfs></styleSheet>"
            ),
            strings: format!("<sst>{strings}</sst>"),
            sheet: format!("<worksheet>{sheet}</worksheet>"),
        }
    }

    pub fn zip(&self) -> Vec<u8> {
        zip(&[
            ("_rels/.rels", TOP),
            ("xl/workbook.xml", &self.workbook),
            ("xl/_rels/workbook.xml.rels", RELATIONS),
            ("xl/styles.xml", &self.styles),
            ("xl/sharedStrings.xml", &self.strings),
            ("xl/worksheets/sheet1.xml", &self.sheet),
        ])
    }
}

/// A workbook whose sheet has these rows.
pub fn xlsx(rows: &str) -> Vec<u8> {
    Parts::new(&format!("<sheetData>{rows}</sheetData>"), &[], "").zip()
}

pub fn read_with(file: &[u8], budget: &Budget) -> Result<(Vec<Row>, Facts), Problem> {
    let workbook = Workbook::open(file, budget)?;
    let mut reader = workbook.open_sheet(0)?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next()? {
        rows.push(row);
    }
    Ok((rows, reader.facts().clone()))
}

pub fn read(file: &[u8]) -> Result<(Vec<Row>, Facts), Problem> {
    read_with(file, &Budget::default())
}

/// The cells of all rows, each as a short text.
pub fn shown(file: &[u8]) -> Vec<String> {
    let (rows, _) = read(file).unwrap();
    rows.iter().map(|row| row.cells.iter().map(show).collect::<Vec<_>>().join("|")).collect()
}

pub fn show(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => format!("'{text}'"),
        Cell::Number { digits, percent: false } => digits.clone(),
        Cell::Number { digits, percent: true } => format!("{digits} as %"),
        Cell::Boolean(value) => value.to_string(),
        Cell::Date(text) => format!("date {text}"),
        Cell::DateTime(text) => format!("datetime {text}"),
        Cell::Time(text) => format!("time {text}"),
        Cell::Error(text) => format!("error {text}"),
        Cell::Formula => "formula".to_owned(),
        Cell::Json(text) => format!("json {text}"),
    }
}

pub fn problem(file: &[u8]) -> (ProblemClass, String) {
    let problem = read(file).expect_err("a problem");
    assert!(problem.code.starts_with("import.") && problem.hint.is_some());
    (problem.class, problem.message)
}

/// Counts what is written.
pub struct Counter(pub u64);

impl Sink for Counter {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.0 += bytes.len() as u64;
        Ok(())
    }
}
