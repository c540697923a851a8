//! Files as people have them, from the first byte to the error file.
use super::super::cell::{Cell, CellProblem};
use super::super::columns::{DateOrder, DecimalMark, Plan, Survey, convert};
use super::super::dialect::Dialect;
use super::super::error_file::{ErrorFile, is_error_file, undo_row};
use super::super::header::{is_repeated_header, names};
use super::super::json::Shape;
use super::super::open::{Given, Layout, TextFormat, open};
use super::super::suggest::{Target, suggest};
use super::super::write::{CsvOptions, CsvWriter};
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
    let found = names(&cells(&[" Name ", "name", "", "name_2", "ＮＡＭＥ", "a\r\n b", "\u{200B}x\0", "column_3"]));
    assert_eq!(found, ["Name", "name_3", "column_3", "name_2", "ＮＡＭＥ_4", "a b", "x", "column_3_2"]);
    assert_eq!(names(&[Cell::Empty, Cell::Number { digits: "2024".to_owned(), percent: false }]), ["column_1", "2024"]);
    let header = cells(&["a", "b"]);
    assert!(is_repeated_header(&header, &cells(&["a ", "b", ""])));
    assert!(!is_repeated_header(&header, &cells(&["a", "c"])) && !is_repeated_header(&header[..1], &cells(&["a"])));
}

fn problem(message: &str) -> CellProblem {
    CellProblem { at: String::new(), code: "number.max", params: Default::default(), message: message.to_owned() }
}

#[test]
fn an_error_file_is_imported_as_the_rows_were() {
    let header = [Cell::Text("a".to_owned()), Cell::Text("=b".to_owned())];
    let mut random = Random(6);
    let mut file = ErrorFile::new(&header, 3, true);
    let mut written = Vec::new();
    for number in 2..200 {
        let cells: Vec<Cell> = (0..3)
            .map(|_| {
                let length = random.next() % 5;
                let text = random.text(&["=", "'", "-", "5", "\"", ",", "\n", "あ", " "], length);
                if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
            })
            .collect();
        let row = Row { number, cells, hidden: false };
        file.row(&row, &[problem("must be at most 5").message]);
        written.push(row);
    }
    let text = file.take();
    assert!(text.starts_with("\u{FEFF}a,'=b,,_row,_problems\r\n"));
    let given = Given { dialect: Some(Dialect::default()), ..Given::default() };
    let mut read = open(text.as_bytes(), &given, u64::MAX, &Budget::default()).unwrap();
    let mut read: Vec<Row> = rows(&mut read).unwrap().into_iter().map(|(row, _)| row).collect();
    assert!(is_error_file(&names(&read[0].cells)) && !is_error_file(&["_row".to_owned()]));
    read.iter_mut().for_each(undo_row);
    assert_eq!(read[0].cells[..2], header);
    for (read, written) in read[1..].iter().zip(&written) {
        assert_eq!(read.cells[..3], written.cells);
        assert_eq!(read.cells[3..], [written.number.to_string(), "must be at most 5".to_owned()].map(Cell::Text));
    }
    // A NUL would not be a text of the server.
    file.row(&Row { number: 7, cells: vec![Cell::Text("a\0b".to_owned()), Cell::Formula], hidden: false }, &[]);
    assert_eq!(file.take(), "a␀b,,,7,\"\"\r\n");
}

#[test]
fn an_export_is_read_as_it_was_written() {
    let mut random = Random(77);
    for round in 0..200 {
        let options = CsvOptions { bom: round % 2 == 0, guard: false };
        let columns = 1 + random.next() % 4;
        let mut writer = CsvWriter::new(options);
        let mut written = Vec::new();
        for _ in 0..random.next() % 20 {
            let cells: Vec<Option<String>> = (0..columns)
                .map(|_| {
                    let length = random.next() % 4;
                    let text = random.text(&["a", "\"", ",", "\n", "\r", "\u{FEFF}", "'", "=", " "], length);
                    // One column without a value is written as an empty text.
                    (columns == 1 || !random.next().is_multiple_of(3)).then_some(text)
                })
                .collect();
            writer.row(cells.iter().map(Option::as_deref));
            written.push(cells);
        }
        let text = writer.take();
        let given = Given { dialect: Some(Dialect { columns, ..Dialect::default() }), ..Given::default() };
        let mut file = open(text.as_bytes(), &given, u64::MAX, &Budget::default()).unwrap();
        let read: Vec<Vec<Option<String>>> = rows(&mut file)
            .unwrap()
            .iter()
            .map(|(row, _)| row.cells.iter().map(|cell| cell.text().map(str::to_owned)).collect())
            .collect();
        assert_eq!(read, written, "{text:?}");
    }
}

#[test]
fn random_bytes_end_with_rows_or_a_sentence() {
    let mut random = Random(13);
    for _ in 0..1_000 {
        let length = random.next() % 600;
        let bytes: Vec<u8> = match random.next() % 3 {
            0 => (0..length).map(|_| random.next() as u8).collect(),
            1 => (0..length).map(|_| b"\"',;\n\r\t|a1\0\\\xFF\x82\xA0[]{}:"[random.next() % 20]).collect(),
            _ => (0..length).map(|_| b"{}[]\",:1 \n\\u"[random.next() % 12]).collect(),
        };
        if let Ok(mut file) = opened(&bytes) {
            let _ = rows(&mut file);
        }
    }
}

#[test]
fn names_of_a_header_are_short() {
    let found = names(&vec![Cell::Text("é".repeat(1 << 20)); 3]);
    assert!(found.iter().all(|name| name.len() <= 1_030) && found[2].ends_with("_3"));
}
