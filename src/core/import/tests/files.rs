//! Files as people have them, from the first byte to the error file.
use super::super::cell::Cell;
use super::super::columns::{DateOrder, DecimalMark, Plan, Survey, convert};
use super::super::error_file::ErrorFile;
use super::super::file::{EXAMINE_ALL, ImportFile};
use super::super::header::{is_repeated_header, names};
use super::super::json::Shape;
use super::super::open::{Given, Layout, TextFormat, open};
use super::super::options::Reading;
use super::super::stored_row::StoredRow;
use super::super::suggest::{Target, suggest};
use super::super::{budget::Budget, cell::Row};
use super::{opened, rows, texts};
use crate::core::random::Random;
use encoding_rs::SHIFT_JIS;

#[test]
fn a_japanese_file() {
    // The yen sign is the byte of the backslash there.
    let text = "顧客一覧\r\n\r\n氏名,メールアドレス,電話番号,郵便番号,契約日,金額\r\n髙橋 美咲,misaki@example.com,03-1234-5678,0010001,令和6年5月1日,\"¥1,200\"\r\n\
        ①～商店,info@example.jp,06-9876-5432,1000001,2024/6/2,\"3,500円\"\r\n";
    let bytes = SHIFT_JIS.encode(text).0;
    let mut file = opened(&bytes).unwrap();
    assert_eq!((file.encoding.encoding.name(), file.encoding.evidence.name()), ("Shift_JIS", "guessed"));
    let Layout::Csv(sniffed) = file.layout.clone() else { panic!() };
    assert!(sniffed.dialect.has_header && sniffed.dialect.preamble == 2);
    let read = rows(&mut file).unwrap();
    assert_eq!((read[0].0.number, read[1].0.number), (3, 4));
    let headers = names(&read[0].0.cells);
    let mut surveys: Vec<Survey> = headers.iter().map(|_| Survey::default()).collect();
    for (row, _) in &read[1..] {
        row.cells.iter().zip(&mut surveys).for_each(|(cell, survey)| survey.add(cell));
    }
    let facts: Vec<_> = surveys.into_iter().map(|survey| survey.finish(true)).collect();
    let types: Vec<_> = facts.iter().map(|facts| facts.field_type).collect();
    assert_eq!(types, ["text", "email", "phone", "text", "date", "integer"]);
    assert_eq!((facts[4].date_order, facts[5].decimal_mark), (Some(DateOrder::Ymd), Some(DecimalMark::Point)));
    let targets: Vec<Target> =
        [("name", "text"), ("email", "email"), ("phone", "phone"), ("zip", "text"), ("amount", "currency")]
            .map(|(name, kind)| Target { name: name.to_owned(), field_type: kind.to_owned(), ..Target::default() })
            .into();
    let found: Vec<_> =
        suggest(&headers, &facts, &targets).iter().map(|found| (found.file_column, found.target)).collect();
    assert_eq!(found, [(0, 0), (1, 1), (2, 2), (3, 3), (5, 4)]);
    assert_eq!(texts(&read[1].0)[0], "髙橋 美咲");
    assert_eq!(texts(&read[2].0)[0], "①～商店");
}

#[test]
fn a_european_file() {
    let text = "Kunde;Betrag;Tag\r\nMüller;1.234,56;31.12.2024\r\nBäcker;1.000;01.02.2024\r\n";
    let mut file = opened(text.as_bytes()).unwrap();
    let read = rows(&mut file).unwrap();
    let column = |index: usize| {
        let mut survey = Survey::default();
        read[1..].iter().for_each(|(row, _)| survey.add(&row.cells[index]));
        survey.finish(true)
    };
    let [amount, date] = [column(1), column(2)];
    let plan = |facts: &super::super::columns::ColumnFacts| Plan {
        field_type: facts.field_type.to_owned(),
        date_order: facts.date_order,
        decimal_mark: facts.decimal_mark,
        ..Plan::default()
    };
    let converted = |index: usize, plan: &Plan| convert(&read[2].0.cells[index], plan).unwrap().unwrap().to_json();
    assert_eq!(converted(1, &plan(&amount)), "1000");
    assert_eq!(converted(2, &plan(&date)), "\"2024-02-01\"");
}

#[test]
fn pasted_text_and_json_are_told_apart() {
    let layout = |text: &str| match opened(text.as_bytes()).unwrap().layout {
        Layout::Csv(sniffed) => Err(sniffed.dialect.delimiter as char),
        Layout::Json(shape) => Ok(shape),
    };
    assert_eq!(layout("name\tcity\nAnn\tBerlin\nBob\tParis"), Err('\t'));
    assert_eq!(layout("[{\"a\":1}]"), Ok(Shape::Array));
    assert_eq!(layout("\u{FEFF}{\"a\":1}\n{\"a\":2}\n"), Ok(Shape::Lines));
    assert_eq!(layout(&format!("[{}]", vec!["{\"a\":\"é\"}"; 40_000].join(","))), Ok(Shape::Array));
    for text in ["[id],name\n1,2\n", "{x},y\n1,2\n", "[1] a,b\n2,3\n", "", "[draft],{a}\n"] {
        assert_eq!(layout(text), Err(','), "{text}");
    }
    let given = Given { format: Some(TextFormat::Json), ..Given::default() };
    assert_eq!(open(&b"x,y\n"[..], &given, 0, &Budget::default()).err().unwrap().code, "import.json");
}

#[test]
fn names_of_a_header() {
    let cells = |texts: &[&str]| -> Vec<Cell> { texts.iter().map(|text| Cell::Text((*text).to_owned())).collect() };
    let found =
        names(&cells(&[" Name ", "name", "", "name_2", "ＮＡＭＥ", "a\r\n b", "\u{200B}x\0\u{1}\u{9F}", "column_3"]));
    assert_eq!(found, ["Name", "name_3", "column_3", "name_2", "ＮＡＭＥ_4", "a b", "x", "column_3_2"]);
    assert_eq!(names(&[Cell::Empty, Cell::Number { digits: "2024".to_owned(), percent: false }]), ["column_1", "2024"]);
    let header = cells(&["a", "b"]);
    assert!(is_repeated_header(&header, &cells(&["a ", "b", ""])));
    assert!(!is_repeated_header(&header, &cells(&["a", "c"])) && !is_repeated_header(&header[..1], &cells(&["a"])));
}

/// The error file of these rows, whose second column has problems of reading, as it is read again.
fn written_and_read(header: &[&str], rows: &[Row], extras: usize, unread: &[(u64, usize)]) -> (String, Vec<StoredRow>) {
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    let mut file = ErrorFile::new(&header, extras);
    for row in rows {
        file.row(row, |place| unread.contains(&(row.number, place)), |_| None, &["must be at most 5".to_owned()]);
    }
    let text = file.take();
    let mut read = ImportFile::open(text.as_bytes(), &Reading::default(), EXAMINE_ALL, &Budget::default()).unwrap();
    let mut found = Vec::new();
    while let Some(stored) = read.read().unwrap() {
        found.push(stored);
    }
    drop(read);
    (text, found)
}

#[test]
fn an_error_file_is_imported_as_the_rows_were() {
    let mut random = Random(6);
    let mut written = Vec::new();
    for number in 2..400 {
        let cells: Vec<Cell> = (0..3)
            .map(|_| {
                let length = random.next() % 5;
                let parts = ["=", "'", "-", "5", "\"", ",", "\n", "あ", "␀", "\u{FFFD}", "#N/A", "#FORMULA!", "."];
                let text = random.text(&parts, length);
                if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
            })
            .collect();
        let row = Row { number, cells, hidden: false };
        if row.cells.iter().any(|cell| !cell.is_blank()) {
            written.push(row);
        }
    }
    let (text, read) = written_and_read(&["a", "=b", "c"], &written, 0, &[]);
    assert!(text.starts_with("\u{FEFF}a,'=b,c,_row,_problems\r\n"));
    assert_eq!(read.len(), written.len());
    for (read, written) in read.iter().zip(&written) {
        assert_eq!(read.row.cells[..3], written.cells);
        assert_eq!(read.problems, []);
        assert_eq!(read.row.cells[3..], [written.number.to_string(), "must be at most 5".to_owned()].map(Cell::Text));
    }
}

#[test]
fn what_could_not_be_read_fails_again_until_it_is_mended() {
    let text = |text: &str| Cell::Text(text.to_owned());
    let rows = [
        Row { number: 2, cells: vec![text("a"), text("hello"), text(" world")], hidden: false },
        Row { number: 3, cells: vec![text("a"), text("\"b\" c"), Cell::Empty], hidden: false },
        Row { number: 4, cells: vec![text("a"), text("b\0c"), Cell::Empty], hidden: false },
        Row { number: 5, cells: vec![text("a"), text("b\u{FFFD}"), Cell::Empty], hidden: false },
        Row { number: 6, cells: vec![text("a"), Cell::Formula, Cell::Empty], hidden: false },
        Row { number: 7, cells: vec![text("a"), Cell::Error("#N/A".to_owned()), Cell::Empty], hidden: false },
        Row { number: 8, cells: vec![text("a"), text("=b"), Cell::Empty], hidden: false },
        Row { number: 9, cells: vec![text("'a"), text("'=b"), Cell::Empty], hidden: false },
    ];
    let (file, read) = written_and_read(&["x", "y"], &rows, 1, &[(3, 1), (5, 1), (8, 1)]);
    assert_eq!(
        file,
        "\u{FEFF}x,y,_extra_1,_row,_problems\r\na,hello, world,2,must be at most 5\r\na,\"\"\"b\"\" c\",,3,must be at most 5\r\n\
        a,b␀c,,4,must be at most 5\r\na,b\u{FFFD},,5,must be at most 5\r\na,#FORMULA!,,6,must be at most 5\r\n\
        a,#N/A,,7,must be at most 5\r\na,\"\"\"=b\",,8,must be at most 5\r\n'a,''=b,,9,must be at most 5\r\n"
    );
    let codes: Vec<&str> =
        read.iter().map(|stored| stored.problems.first().map_or("", |problem| problem.code.as_str())).collect();
    assert_eq!(
        codes,
        [
            "import.too_many_fields",
            "import.stray_quote",
            "import.nul_character",
            "import.encoding",
            "",
            "",
            "import.stray_quote",
            ""
        ]
    );
    assert_eq!(read[4].row.cells[1], Cell::Formula);
    assert_eq!(read[5].row.cells[1], Cell::Error("#N/A".to_owned()));
    assert_eq!(read[7].row.cells[..2], [text("'a"), text("'=b")]);
    // What is mended passes.
    let mended =
        file.replace("hello, world", "\"hello, world\",").replace("b␀c", "bc").replace("\"\"\"b\"\" c\"", "b c");
    let mut again = ImportFile::open(mended.as_bytes(), &Reading::default(), EXAMINE_ALL, &Budget::default()).unwrap();
    for _ in 0..3 {
        assert_eq!(again.read().unwrap().unwrap().problems, []);
    }
}
