//! A file of any format as rows below a header.
//!
//! Blank rows and repeated headers are left out; the rows of an error file come as they were before they were made harmless.
use super::budget::{Budget, exceeded};
use super::cell::{Cell, Row, RowProblem, Rows};
use super::csv::too_many_fields;
use super::dialect::find_header;
use super::encoding::Detected;
use super::error_file::{is_error_file, undo_row};
use super::header::{is_repeated_header, nameless, names};
use super::open::{Given, Layout, open as open_text};
use super::options::Reading;
use super::problem::ImportProblem;
use super::source::{Problem, ProblemClass, Source};
use super::stored_row::StoredRow;
use super::workbook::{Facts, Kind, Sheet, SheetRows, Workbook, kind};
use super::write::undo_guard;
use crate::core::work::{self, Memory};
use std::collections::VecDeque;

/// The bytes that are looked at to find the encoding of a text, where all of it will be read anyway, and where it will not.
pub const EXAMINE_ALL: u64 = u64::MAX;
pub const EXAMINE_BEGINNING: u64 = 4 << 20;

/// What was found out about a file.
pub struct FileFacts {
    /// csv, json, xlsx, xlsb, ods or xls.
    pub format: &'static str,
    pub encoding: Option<Detected>,
    pub layout: Option<Layout>,
    /// The row that is the header; none where columns are named otherwise or have no names.
    pub header_row: Option<u64>,
    pub sheets: Vec<Sheet>,
    /// The sheet that is read.
    pub sheet: Option<usize>,
}

/// The rows of a workbook that may stand above its header, and those below it that are compared with it.
const HEADER_ROWS: usize = 100;
/// The memory of these rows, but for the last one of them, which may be a long one.
const HEADER_BYTES: usize = 8 << 20;

/// A reader of rows.
enum Reader<'a> {
    Text(Box<dyn Rows + 'a>),
    Sheet(Box<dyn SheetRows + 'a>),
}

impl<'a> Reader<'a> {
    fn rows(&self) -> &(dyn Rows + 'a) {
        match self {
            Reader::Text(rows) => rows.as_ref(),
            Reader::Sheet(rows) => rows.as_ref(),
        }
    }

    fn next(&mut self) -> Result<Option<Row>, Problem> {
        match self {
            Reader::Text(rows) => rows.next(),
            Reader::Sheet(rows) => rows.next(),
        }
    }
}

/// Every row of a file, of whatever format: the texts of all cells together have at most `expanded_bytes`, those of a row
/// `memory`. A small file can hold many cells: workbooks refer to one text, or repeat one row, many times.
struct Counted<'a> {
    reader: Reader<'a>,
    left: u64,
    expanded: u64,
    memory: usize,
}

impl<'a> Counted<'a> {
    fn new(reader: Reader<'a>, budget: &Budget) -> Counted<'a> {
        Counted { reader, left: budget.expanded_bytes, expanded: budget.expanded_bytes, memory: budget.memory }
    }
}

impl Rows for Counted<'_> {
    fn next(&mut self) -> Result<Option<Row>, Problem> {
        let Some(row) = self.reader.next()? else { return Ok(None) };
        let bytes = row.text_bytes();
        work::steps(row.cells.len());
        if bytes > self.memory {
            let message = format!("Row {} has more than {} bytes.", row.number, self.memory);
            return Err(exceeded("import.row_too_large", message));
        }
        if i64::try_from(row.number).is_err() {
            let message = format!("Row {} lies beyond the last row that a file can have.", row.number);
            return Err(Problem::new(ProblemClass::Malformed, "import.damaged_file", message));
        }
        self.left = self.left.checked_sub(bytes as u64).ok_or_else(|| {
            exceeded("import.limit", format!("The cells of the file have more than {} bytes.", self.expanded))
        })?;
        Ok(Some(row))
    }

    fn problems(&self) -> &[RowProblem] {
        self.reader.rows().problems()
    }

    fn columns(&self) -> Option<&[String]> {
        self.reader.rows().columns()
    }
}

pub struct ImportFile<'a> {
    pub facts: FileFacts,
    rows: Counted<'a>,
    waiting: VecDeque<(Row, Vec<RowProblem>)>,
    header: Vec<Cell>,
    names: Vec<String>,
    is_error_file: bool,
}

impl<'a> ImportFile<'a> {
    pub fn open<S: Source + 'a>(
        mut source: S,
        reading: &Reading,
        examine: u64,
        budget: &Budget,
    ) -> Result<ImportFile<'a>, Problem> {
        let kind = kind(&mut source)?;
        match (kind, reading.format) {
            (Kind::Text, _) | (_, Some(_)) => ImportFile::open_as_text(source, reading, examine, budget),
            _ => ImportFile::open_as_workbook(kind, source, reading, budget),
        }
    }

    fn open_as_workbook<S: Source + 'a>(
        kind: Kind,
        source: S,
        reading: &Reading,
        budget: &Budget,
    ) -> Result<ImportFile<'a>, Problem> {
        let workbook = Workbook::open(source, budget)?;
        let sheets = workbook.sheets().to_vec();
        let is_meant = |sheet: &Sheet| match &reading.sheet {
            Some(name) => sheet.name == *name,
            None => sheet.is_first,
        };
        let index = sheets.iter().position(is_meant).ok_or_else(|| {
            let names: Vec<&str> = sheets.iter().take(20).map(|sheet| sheet.name.as_str()).collect();
            Problem::new(ProblemClass::Malformed, "import.no_sheet", "The workbook has no sheet of that name.")
                .hint(format!("Its sheets are {}.", names.join(", ")))
        })?;
        let mut rows = Counted::new(Reader::Sheet(workbook.open_sheet(index)?), budget);
        let (mut sample, mut problems, mut held, mut memory) = (Vec::new(), Vec::new(), 0_usize, Memory::default());
        while sample.len() < HEADER_ROWS
            && held < HEADER_BYTES
            && let Some(row) = rows.next()?
        {
            work::step();
            memory.take(row.held());
            held = held.saturating_add(row.held());
            sample.push(row);
            problems.push(rows.problems().to_vec());
        }
        let head = find_header(&sample, sample.iter().map(width).max().unwrap_or(0));
        let skipped = match reading.skip_lines {
            Some(lines) => sample.iter().take_while(|row| row.number <= lines).count(),
            None => head.row,
        };
        let waiting: VecDeque<_> = sample.into_iter().zip(problems).skip(skipped).collect();
        let format = match kind {
            Kind::Xlsx => "xlsx",
            Kind::Xlsb => "xlsb",
            Kind::Ods => "ods",
            Kind::Xls => "xls",
            Kind::Text => "text",
        };
        let facts = FileFacts { format, encoding: None, layout: None, header_row: None, sheets, sheet: Some(index) };
        ImportFile::begin(facts, rows, waiting, reading.has_header.unwrap_or(head.is_header))
    }

    fn open_as_text<S: Source + 'a>(
        mut source: S,
        reading: &Reading,
        examine: u64,
        budget: &Budget,
    ) -> Result<ImportFile<'a>, Problem> {
        let mut given = Given { encoding: reading.encoding.clone(), format: reading.format, dialect: None };
        if reading.has_dialect() {
            // What the caller does not say is found out.
            let found = open_text(&mut source, &given, examine, budget)?;
            if let Layout::Csv(sniffed) = found.layout {
                let mut dialect = sniffed.dialect;
                reading.apply(&mut dialect);
                dialect.columns = 0;
                given.dialect = Some(dialect);
            }
        }
        let opened = open_text(source, &given, examine, budget)?;
        let (format, has_header) = match &opened.layout {
            Layout::Csv(sniffed) => ("csv", reading.has_header.unwrap_or(sniffed.dialect.has_header)),
            Layout::Json(_) => ("json", reading.has_header.unwrap_or(true)),
        };
        let facts = FileFacts {
            format,
            encoding: Some(opened.encoding),
            layout: Some(opened.layout),
            header_row: None,
            sheets: Vec::new(),
            sheet: None,
        };
        ImportFile::begin(facts, Counted::new(Reader::Text(opened.rows), budget), VecDeque::new(), has_header)
    }

    fn begin(
        facts: FileFacts,
        rows: Counted<'a>,
        waiting: VecDeque<(Row, Vec<RowProblem>)>,
        has_header: bool,
    ) -> Result<ImportFile<'a>, Problem> {
        let mut file = ImportFile { facts, rows, waiting, header: Vec::new(), names: Vec::new(), is_error_file: false };
        if file.rows.columns().is_none()
            && let Some((row, problems)) = file.next_row()?
        {
            if has_header {
                file.facts.header_row = Some(row.number);
                file.header = row.cells;
                // A column of a workbook may have no cell in the header.
                let widest = file.waiting.iter().map(|(row, _)| width(row)).max().unwrap_or(0);
                file.header.resize(widest.max(file.header.len()), Cell::Empty);
                file.names = names(&file.header);
            } else {
                file.widen(row.cells.len());
                file.waiting.push_front((row, problems));
            }
        }
        file.is_error_file = is_error_file(&file.names());
        if file.is_error_file {
            file.names.iter_mut().for_each(|name| *name = undo_guard(name).to_owned());
        }
        Ok(file)
    }

    /// The names of the columns, without NUL, which PostgreSQL's texts do not hold. More may come while rows are read.
    pub fn names(&self) -> Vec<String> {
        let shown = |keys: &[String]| keys.iter().map(|key| key.replace('\0', "\u{2400}")).collect();
        self.rows.columns().map_or_else(|| self.names.clone(), shown)
    }

    /// Whether rows that were not read yet may have columns that [`ImportFile::names`] does not tell.
    pub fn may_have_more_names(&self) -> bool {
        self.rows.columns().is_some() || self.header.is_empty()
    }

    /// The cells of the header row, as they stand in the file.
    pub fn header(&self) -> &[Cell] {
        &self.header
    }

    /// What was noticed about the sheet in the rows that were read so far; none for texts.
    pub fn sheet_facts(&self) -> Option<&Facts> {
        match &self.rows.reader {
            Reader::Sheet(rows) => Some(rows.facts()),
            Reader::Text(_) => None,
        }
    }

    fn widen(&mut self, width: usize) {
        while self.names.len() < width {
            work::step();
            self.names.push(nameless(self.names.len()));
        }
    }

    fn next_row(&mut self) -> Result<Option<(Row, Vec<RowProblem>)>, Problem> {
        if let Some(waiting) = self.waiting.pop_front() {
            return Ok(Some(waiting));
        }
        let Some(row) = self.rows.next()? else { return Ok(None) };
        Ok(Some((row, self.rows.problems().to_vec())))
    }

    /// The next row that holds something.
    pub fn read(&mut self) -> Result<Option<StoredRow>, Problem> {
        while let Some((mut row, mut problems)) = self.next_row()? {
            work::step();
            let is_blank = row.cells.iter().all(Cell::is_blank) && problems.is_empty();
            if is_blank || (!self.header.is_empty() && is_repeated_header(&self.header, &row.cells)) {
                continue;
            }
            if self.rows.columns().is_none() && self.header.is_empty() {
                self.widen(row.cells.len());
            }
            let columns = self.rows.columns().map_or(self.names.len(), <[String]>::len);
            // A row that is wrong as a whole fails anyway.
            if width(&row) > columns && problems.iter().all(|found| found.column.is_some()) {
                problems.push(too_many_fields(width(&row), columns));
            }
            if self.is_error_file {
                problems.extend(undo_row(&self.names, &mut row));
            }
            return Ok(Some(StoredRow { row, problems: problems.iter().map(ImportProblem::of_row).collect() }));
        }
        Ok(None)
    }
}

/// The cells of a row but for blank ones at its end.
fn width(row: &Row) -> usize {
    work::steps(row.cells.len());
    row.cells.iter().rposition(|cell| !cell.is_blank()).map_or(0, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::{Counted, EXAMINE_ALL, ImportFile, Reader};
    use crate::core::import::budget::Budget;
    use crate::core::import::cell::{Cell, Row, Rows};
    use crate::core::import::options::Reading;
    use crate::core::import::source::Problem;
    use crate::core::import::workbook::tests::ods::table;

    fn read(file: &str, reading: &Reading) -> (Vec<String>, Vec<Vec<String>>) {
        let mut file = ImportFile::open(file.as_bytes(), reading, EXAMINE_ALL, &Budget::default()).unwrap();
        let mut rows = Vec::new();
        while let Some(stored) = file.read().unwrap() {
            rows.push(stored.row.cells.iter().map(|cell| cell.text().unwrap_or("~").to_owned()).collect());
        }
        (file.names(), rows)
    }

    fn spaces(rows: u64, count: u64) -> Vec<u8> {
        table(&format!(
            "<table:table-row table:number-rows-repeated=\"{rows}\"><table:table-cell><text:p>a<text:s text:c=\"{count}\"/>\
            </text:p></table:table-cell></table:table-row>"
        ))
    }

    #[test]
    fn few_long_rows_are_looked_at_for_a_header() {
        let open = |file: &[u8]| {
            let file = ImportFile::open(file, &Reading::default(), EXAMINE_ALL, &Budget::default()).unwrap();
            file.waiting.len()
        };
        assert!(open(&spaces(90, 10)) >= 89);
        let kept = open(&spaces(90, 1 << 20));
        assert!((7..=9).contains(&kept), "{kept}");
    }

    #[test]
    fn every_byte_of_a_cell_counts() {
        let budget = Budget { expanded_bytes: 100, ..Budget::default() };
        let read_all = |text: &str| -> Result<usize, Problem> {
            let mut file = ImportFile::open(text.as_bytes(), &Reading::default(), EXAMINE_ALL, &budget)?;
            let mut count = 0;
            while file.read()?.is_some() {
                count += 1;
            }
            Ok(count)
        };
        assert_eq!(read_all(&"name,city\n".replace("city", &"x".repeat(90))), Ok(0));
        for text in ["name,city\nAnn,Berlin\n".repeat(9), "{\"a\":\"0123456789\"}\n".repeat(11)] {
            let problem = read_all(&text).unwrap_err();
            assert_eq!(problem.message, "The cells of the file have more than 100 bytes.");
        }
        let budget = Budget { memory: 1000, ..Budget::default() };
        let mut rows = Counted::new(Reader::Text(Box::new(Wide(1))), &budget);
        assert_eq!(rows.next().unwrap_err().code, "import.row_too_large");
        assert_eq!(
            Counted::new(Reader::Text(Box::new(Wide(u64::MAX))), &Budget::default()).next().unwrap_err().code,
            "import.damaged_file"
        );
    }

    /// A reader that bounds nothing.
    struct Wide(u64);

    impl Rows for Wide {
        fn next(&mut self) -> Result<Option<Row>, Problem> {
            Ok(Some(Row { number: self.0, cells: vec![Cell::Error("x".repeat(400)); 3], hidden: false }))
        }
    }

    #[test]
    fn rows_stand_below_a_header() {
        let text = "name,amount\r\nAnn,1\r\n,\r\nname,amount\r\nBob,2\r\n";
        let (names, rows) = read(text, &Reading::default());
        assert_eq!(names, ["name", "amount"]);
        assert_eq!(rows, [["Ann", "1"], ["Bob", "2"]]);
        let (names, rows) = read("1;2\n3;4\n", &Reading { has_header: Some(false), ..Reading::default() });
        assert_eq!(names, ["column_1", "column_2"]);
        assert_eq!(rows.len(), 2);
    }

    /// The names of a file, and its rows with the codes of their problems.
    fn with_codes(file: &[u8]) -> (Vec<String>, Vec<(u64, Vec<String>)>) {
        let mut file = ImportFile::open(file, &Reading::default(), EXAMINE_ALL, &Budget::default()).unwrap();
        let mut rows = Vec::new();
        while let Some(stored) = file.read().unwrap() {
            rows.push((stored.row.number, stored.problems.into_iter().map(|problem| problem.code).collect()));
        }
        (file.names(), rows)
    }

    #[test]
    fn no_cell_is_lost() {
        let cell = |text: &str| {
            format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
        };
        let row = |cells: &[&str]| {
            format!("<table:table-row>{}</table:table-row>", cells.iter().map(|text| cell(text)).collect::<String>())
        };
        let many = row(&["Bob", "b@x.jp"]).repeat(100);
        let rows = [
            row(&["name", "email"]),
            row(&["Ann", "a@x.jp", "extra"]),
            row(&["name", "email"]),
            many,
            row(&["Cyd", "c@x.jp", "", "late"]),
        ];
        let (names, rows) = with_codes(&table(&rows.concat()));
        // The header is as wide as the rows below it that were looked at; a cell behind them is told.
        assert_eq!(names, ["name", "email", "column_3"]);
        assert_eq!((rows.len(), &rows[0], &rows[1].0), (102, &(2, vec![]), &4));
        assert_eq!(rows[101].1, ["import.too_many_fields"]);
        let (names, rows) =
            with_codes(b"[[\"name\", \"email\"], [\"Ann\", \"a\", null], [\"Bob\", \"b\", 5], [\"Cyd\"]]");
        assert_eq!(names, ["name", "email"]);
        assert_eq!(rows, [(2, vec![]), (3, vec!["import.too_many_fields".to_owned()]), (4, vec![])]);
        let (_, rows) = with_codes(b"name,email\nAnn,a,b\n");
        assert_eq!(rows, [(2, vec!["import.too_many_fields".to_owned()])]);
    }

    #[test]
    fn names_that_come_late_are_expected() {
        let open = |file: &str, has_header| {
            let reading = Reading { has_header, ..Reading::default() };
            ImportFile::open(file.as_bytes(), &reading, EXAMINE_ALL, &Budget::default()).unwrap().may_have_more_names()
        };
        assert!(open("{\"a\": 1}\n{\"b\": 1}\n", None) && open("1,2\n3,4\n", Some(false)));
        assert!(!open("a,b\n3,4\n", None));
    }

    #[test]
    fn given_dialects_are_followed() {
        let reading = Reading { delimiter: Some(b'|'), ..Reading::default() };
        let (names, rows) = read("a,b|c\n1,2|3\n", &reading);
        assert_eq!(names, ["a,b", "c"]);
        assert_eq!(rows, [["1,2", "3"]]);
    }

    #[test]
    fn objects_name_their_columns() {
        let (names, rows) = read("{\"a\":1}\n{\"a\":2,\"b\":\"x\"}\n", &Reading::default());
        assert_eq!(names, ["a", "b"]);
        assert_eq!(rows.len(), 2);
        assert_eq!(read("{\"a\\u0000\":1}\n{\"a\\u0000\":2}\n", &Reading::default()).0, ["a\u{2400}"]);
    }

    #[test]
    fn error_files_give_back_what_was_guarded() {
        let (names, rows) = read("a,_row,_problems\r\n'=1+1,2,x\r\n", &Reading::default());
        assert_eq!(names, ["a", "_row", "_problems"]);
        assert_eq!(rows, [["=1+1", "2", "x"]]);
    }
}
