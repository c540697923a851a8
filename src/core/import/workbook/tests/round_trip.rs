use super::{Counter, read};
use crate::core::import::cell::Cell;
use crate::core::import::source::ProblemClass;
use crate::core::import::workbook::format::Shape;
use crate::core::import::workbook::serial::{Epoch, cell, clock, day_of, milliseconds_of, serial};
use crate::core::import::workbook::{Workbook, XlsxWriter, write_xlsx};
use crate::core::random::Random;

fn number(digits: &str) -> Cell {
    Cell::Number { digits: digits.to_owned(), percent: false }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// What the cells are after writing and reading.
fn back(cells: Vec<Cell>) -> Vec<Cell> {
    let file = write_xlsx("Data", &["a"], [cells]).unwrap();
    read(&file).unwrap().0.swap_remove(1).cells
}

#[test]
fn cells_come_back_as_they_were() {
    let cells = vec![
        text("plain"),
        text(" spaces \t\n\r\n "),
        text(""),
        text("=1+1"),
        text("007"),
        text("1E5"),
        text("<&>\"'髙①～😀]]>"),
        text("\0\u{1}\u{1F}\u{7F}\u{85}\u{FFFE}\u{FFFF}"),
        text("_x0041_ _x005F_ _x _x12G4_ __x0041_"),
        number("0"),
        number("1.50"),
        number("-123456789012345"),
        number("0.000000000000123"),
        number("100000000000000000000"),
        Cell::Number { digits: "0.125".to_owned(), percent: true },
        Cell::Boolean(true),
        Cell::Boolean(false),
        Cell::Date("2024-02-29".to_owned()),
        Cell::Date("1900-03-01".to_owned()),
        Cell::Date("9999-12-31".to_owned()),
        Cell::DateTime("2024-01-01T00:00:00".to_owned()),
        Cell::DateTime("2024-12-31T23:59:59.999".to_owned()),
        Cell::Time("00:00:00".to_owned()),
        Cell::Time("23:59:59.001".to_owned()),
        Cell::Time("100:00:01".to_owned()),
        Cell::Time("-01:30:00".to_owned()),
        Cell::Error("#N/A".to_owned()),
    ];
    assert_eq!(back(cells.clone()), cells);
}

#[test]
fn what_a_program_would_change_is_text() {
    for (cell, expected) in [
        (number("1234567890123456"), "1234567890123456"),
        (number("007"), "007"),
        (Cell::Date("1900-02-28".to_owned()), "1900-02-28"),
        (Cell::Date("10000-01-01".to_owned()), "10000-01-01"),
        (Cell::DateTime("2024-01-01T00:00:00.000001".to_owned()), "2024-01-01T00:00:00.000001"),
        (Cell::DateTime("2024-01-01T00:00:00+09:00".to_owned()), "2024-01-01T00:00:00+09:00"),
        (Cell::Time("00:00:00.0001".to_owned()), "00:00:00.0001"),
        (Cell::Error("#ODD".to_owned()), "#ODD"),
        (Cell::Json("{\"a\":1}".to_owned()), "{\"a\":1}"),
    ] {
        assert_eq!(back(vec![cell]), [text(expected)]);
    }
    let tiny = format!("0.{}1", "0".repeat(320));
    assert_eq!(back(vec![number(&tiny)]), [text(&tiny)]);
}

#[test]
fn every_millisecond_comes_back() {
    let mut random = Random(7);
    for _ in 0..20_000 {
        let (day, time) = (random.next() % 28 + 1, random.next() % 86_400_000);
        let year = 1900 + random.next() % 8100;
        let clock = clock(time as i64);
        let date = format!("{year:04}-06-{day:02}");
        let serial = serial(day_of(&date).unwrap(), milliseconds_of(&clock).unwrap()).to_string();
        assert_eq!(cell(serial, Shape::DateTime, Epoch::Of1900), Cell::DateTime(format!("{date}T{clock}")));
    }
}

#[test]
fn random_texts_come_back() {
    let mut random = Random(3);
    let parts =
        ["_x", "0041", "_", "x005F_", "&amp;", "<", "\r", "\n", " ", "髙", "\u{2}", "=", "😀", "]]>", "\"", "_xD83D_"];
    let rows: Vec<Vec<Cell>> = (0..200).map(|_| (0..5).map(|_| Cell::Text(random.text(&parts, 8))).collect()).collect();
    let file = write_xlsx("x", &["a", "b"], rows.clone()).unwrap();
    let read: Vec<Vec<Cell>> = read(&file).unwrap().0.into_iter().skip(1).map(|row| row.cells).collect();
    assert!(read == rows);
}

#[test]
fn the_header_is_text_and_sheet_names_are_allowed() {
    let file = write_xlsx("a/b:c[d]*?'", &["1", "name"], []).unwrap();
    assert_eq!(read(&file).unwrap().0[0].cells, [text("1"), text("name")]);
    for (name, expected) in [
        ("a/b:c[d]*?'", "abcd"),
        ("", "Sheet1"),
        ("History", "Sheet1"),
        (&"長".repeat(40), &"長".repeat(31)),
        ("A & \"B\"", "A & \"B\""),
    ] {
        let file = write_xlsx(name, &[], []).unwrap();
        let workbook = Workbook::open(file.as_slice(), &Default::default()).unwrap();
        assert_eq!(workbook.sheets()[0].name, expected);
    }
}

#[test]
fn what_no_xlsx_file_holds_is_refused() {
    let long = |length| write_xlsx("x", &["a"], [vec![Cell::Text("長".repeat(length))]]);
    assert!(long(32_767).is_ok());
    assert_eq!(long(32_768).unwrap_err().class, ProblemClass::Limit);
    let mut writer = XlsxWriter::new(Counter(0), "x", &["a"]).unwrap();
    assert_eq!(writer.row(&vec![Cell::Empty; 16_385]).unwrap_err().class, ProblemClass::Limit);
    let rows = (0..1_048_576).map(|_| writer.row(&[])).find(Result::is_err);
    assert!(rows.unwrap().unwrap_err().message.contains("1048576 rows"));
    assert!(writer.finish().unwrap().0 > 0);
}

#[test]
fn memory_is_refused_before_it_is_taken() {
    use crate::core::work::probe::{refusal, with_room};
    let rows = (0..100_000_u64).map(|row| vec![Cell::Text(format!("{:x}", row * 7_919_777 % 1_000_003))]);
    let refused = with_room(100_000, || refusal(|| write_xlsx("x", &["a"], rows)));
    assert!(refused.unwrap().contains("rowkit.max_work_mem"));
}
