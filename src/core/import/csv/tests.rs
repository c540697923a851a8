use super::CsvReader;
use crate::core::import::budget::Budget;
use crate::core::import::cell::{Cell, Row, Rows};
use crate::core::import::dialect::{Dialect, Escape};
use crate::core::import::encoding::{Decoder, detect};
use crate::core::import::source::{Problem, ProblemClass};
use crate::core::random::Random;
use crate::core::work::probe::with_room;

fn plain() -> Dialect {
    Dialect { has_header: false, ..Dialect::default() }
}

fn reader<'a>(bytes: &'a [u8], dialect: &Dialect, budget: &Budget) -> CsvReader<&'a [u8]> {
    let detected = detect(&mut &*bytes, Some("UTF-8"), 0).unwrap();
    CsvReader::new(Decoder::new(bytes, &detected, budget).unwrap(), dialect, budget)
}

type Read = Vec<(Row, Vec<(Option<usize>, &'static str)>)>;

fn read_all(bytes: &[u8], dialect: &Dialect, budget: &Budget) -> Result<Read, Problem> {
    let mut reader = reader(bytes, dialect, budget);
    let mut rows = Vec::new();
    while let Some(row) = reader.next()? {
        let problems = reader.problems().iter().map(|found| (found.column, found.problem.code)).collect();
        rows.push((row, problems));
    }
    assert!(reader.problems().is_empty() && reader.next()?.is_none());
    Ok(rows)
}

fn texts(row: &Row) -> Vec<Option<String>> {
    row.cells.iter().map(|cell| cell.text().map(str::to_owned)).collect()
}

/// Rows as texts, `~` for an empty cell.
fn simple(text: &str, dialect: &Dialect) -> Vec<Vec<String>> {
    let rows = read_all(text.as_bytes(), dialect, &Budget::default()).unwrap();
    rows.iter().map(|(row, _)| texts(row).into_iter().map(|cell| cell.unwrap_or("~".to_owned())).collect()).collect()
}

/// The cases of csv-spectrum (BSD-2-Clause), written anew.
#[test]
fn csv_spectrum() {
    for (text, expected) in [
        ("a,b,c\n1,2,3", vec![vec!["a", "b", "c"], vec!["1", "2", "3"]]),
        ("a,b,c\r\n1,2,3", vec![vec!["a", "b", "c"], vec!["1", "2", "3"]]),
        (
            "first,last,address,city,zip\nJohn,Doe,120 any st.,\"Anytown, WW\",08123",
            vec![
                vec!["first", "last", "address", "city", "zip"],
                vec!["John", "Doe", "120 any st.", "Anytown, WW", "08123"],
            ],
        ),
        ("a,b,c\n1,\"\",\"\"\n2,3,4", vec![vec!["a", "b", "c"], vec!["1", "", ""], vec!["2", "3", "4"]]),
        ("a,b,c\r\n1,\"\",\"\"\r\n2,3,4\r\n", vec![vec!["a", "b", "c"], vec!["1", "", ""], vec!["2", "3", "4"]]),
        ("a,b\n1,\"ha \"\"ha\"\" ha\"\n3,4", vec![vec!["a", "b"], vec!["1", "ha \"ha\" ha"], vec!["3", "4"]]),
        (
            "key,val\n1,\"{\"\"type\"\": \"\"Point\"\", \"\"coordinates\"\": [102.0, 0.5]}\"\n",
            vec![vec!["key", "val"], vec!["1", "{\"type\": \"Point\", \"coordinates\": [102.0, 0.5]}"]],
        ),
        (
            "a,b,c\n1,2,3\n\"Once upon \na time\",5,6\n7,8,9\n",
            vec![vec!["a", "b", "c"], vec!["1", "2", "3"], vec!["Once upon \na time", "5", "6"], vec!["7", "8", "9"]],
        ),
        (
            "a,b,c\r\n1,2,3\r\n\"Once upon \r\na time\",5,6\r\n7,8,9\r\n",
            vec![vec!["a", "b", "c"], vec!["1", "2", "3"], vec!["Once upon \r\na time", "5", "6"], vec!["7", "8", "9"]],
        ),
        ("a,b\n1,\"ha \n\"\"ha\"\" \nha\"\n3,4\n", vec![vec!["a", "b"], vec!["1", "ha \n\"ha\" \nha"], vec!["3", "4"]]),
        ("a,b,c\n1,2,3\n4,5,ʤ", vec![vec!["a", "b", "c"], vec!["1", "2", "3"], vec!["4", "5", "ʤ"]]),
        (
            "Contact Phone Number,Location Coordinates\n2095257564,37°36'37.8\"N 121°2'17.9\"W",
            vec![
                vec!["Contact Phone Number", "Location Coordinates"],
                vec!["2095257564", "37°36'37.8\"N 121°2'17.9\"W"],
            ],
        ),
    ] {
        assert_eq!(simple(text, &plain()), expected, "{text}");
    }
}

#[test]
fn nothing_is_trimmed_and_no_value_is_not_an_empty_text() {
    let found = simple("a , b\t,,\"\",\" \"\n007,1E5,'x',\"=1\",0\n", &plain());
    assert_eq!(found, [["a ", " b\t", "~", "", " "], ["007", "1E5", "'x'", "=1", "0"]]);
    // Quotation marks within a field are its own.
    assert_eq!(simple("5\" pipe,a\"\"b,say \"hi\"\nx,y,z\n", &plain())[0], ["5\" pipe", "a\"\"b", "say \"hi\""]);
    let backslash = Dialect { escape: Escape::Backslash, ..plain() };
    assert_eq!(simple("\"a\\\"b\",\"c\"\"d\",\\N\n", &backslash), [["a\"b", "c\"d", "\\N"]]);
    let none = Dialect { quote: None, delimiter: b'\t', ..plain() };
    assert_eq!(simple("\"a\tb\"\n", &none), [["\"a", "b\""]]);
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_shows_them() {
    for (text, numbers) in [
        ("a\nb\nc", vec![1, 2, 3]),
        ("\n\na\n\nb\n\n", vec![3, 5]),
        ("\r\n\r\na\r\n\r\nb", vec![3, 5]),
        ("a\rb\r\rc\r", vec![1, 2, 4]),
        ("a\r\nb\nc\rd\n\re", vec![1, 2, 3, 4, 6]),
        ("\"x\ny\r\nz\",1\nb,2\n", vec![1, 2]),
        ("\"x\ny\",1\n\nb,2\n\"z\n\n\n\",3\r\nc,4", vec![1, 3, 4, 5]),
        ("a,\"\r\"\rb,\"\r\n\"\r\nc,d", vec![1, 2, 3]),
        ("", vec![]),
        ("\n\r\n", vec![]),
    ] {
        let rows = read_all(text.as_bytes(), &plain(), &Budget::default()).unwrap();
        let found: Vec<u64> = rows.iter().map(|(row, _)| row.number).collect();
        assert_eq!(found, numbers, "{text:?}");
    }
    let below_titles = Dialect { preamble: 3, ..plain() };
    let rows = read_all(b"Report \"2024\r\n\r\n\"x\r\na,b\r\n1,2", &below_titles, &Budget::default()).unwrap();
    assert_eq!(rows.iter().map(|(row, _)| row.number).collect::<Vec<_>>(), [4, 5]);
    assert_eq!(texts(&rows[0].0), [Some("a".to_owned()), Some("b".to_owned())]);
}

#[test]
fn ragged_rows_are_told() {
    let rows = read_all(b"a,b,c\n1\n1,2,3,4\n1,2,3,,,\n,,,\n", &plain(), &Budget::default()).unwrap();
    let widths: Vec<usize> = rows.iter().map(|(row, _)| row.cells.len()).collect();
    assert_eq!(widths, [3, 3, 4, 3, 3]);
    assert_eq!(rows[1].0.cells, [Cell::Text("1".to_owned()), Cell::Empty, Cell::Empty]);
    let codes: Vec<_> = rows.iter().map(|(_, problems)| problems.clone()).collect();
    assert_eq!(codes, [vec![], vec![], vec![(None, "import.too_many_fields")], vec![], vec![]]);
    // A header may be narrower than the rows below it.
    let wide = Dialect { columns: 4, ..plain() };
    let rows = read_all(b"a,b,c\n1,2,3,4\n", &wide, &Budget::default()).unwrap();
    assert!(rows.iter().all(|(row, problems)| row.cells.len() == 4 && problems.is_empty()));
}

#[test]
fn rows_that_a_carriage_return_cuts_are_told() {
    let codes = |text: &str| -> Vec<usize> {
        read_all(text.as_bytes(), &plain(), &Budget::default()).unwrap().iter().map(|(_, found)| found.len()).collect()
    };
    let above = "a,b,1\n".repeat(20);
    let cut = codes(&format!("{above}x,one\rtwo,9\na,b,2\n"));
    assert_eq!(cut[20..], [1, 1, 0]);
    // Whole rows end as they like, and a file may have carriage returns alone.
    assert!(codes(&format!("{above}x,y,1\ra,b,2\r\n")).iter().all(|count| *count == 0));
    assert_eq!(codes("a,b,c\ra,b\ra\ra,b,2\r"), [0, 0, 0, 0]);
    let found = read_all(format!("{above}x\ry\n").as_bytes(), &plain(), &Budget::default()).unwrap();
    assert_eq!(found[20].1, [(None, "import.line_end")]);
}

#[test]
fn quotes_that_are_out_of_order_are_told() {
    for (text, expected) in [
        ("a,\"b", vec![vec![(Some(1), "import.unclosed_quote")]]),
        ("a,\"b\n1,2\n", vec![vec![(Some(1), "import.unclosed_quote")]]),
        ("a,\"b\"\"\n", vec![vec![(Some(1), "import.unclosed_quote")]]),
        ("\"", vec![vec![(Some(0), "import.unclosed_quote")]]),
        (
            "a,\"b\" c,\"d\"e\n1,2,3",
            vec![vec![(Some(1), "import.stray_quote"), (Some(2), "import.stray_quote")], vec![]],
        ),
        ("\"a\"\"\",\"\"\n\"b\"", vec![vec![], vec![]]),
        ("a,\"b\"", vec![vec![]]),
    ] {
        let rows = read_all(text.as_bytes(), &plain(), &Budget::default()).unwrap();
        let problems: Vec<_> = rows.into_iter().map(|(_, problems)| problems).collect();
        assert_eq!(problems, expected, "{text:?}");
    }
}

#[test]
fn fields_with_stray_quotes_are_kept_as_they_stand() {
    let text = "a,\"b\" c,\"d\"\"\"e\r\n1,2,3\r\n\"x\ny\" z,\"v, w\",u\n\"p\" q";
    let rows = read_all(text.as_bytes(), &plain(), &Budget::default()).unwrap();
    let found: Vec<_> = rows.iter().map(|(row, _)| texts(row).into_iter().flatten().collect::<Vec<_>>()).collect();
    assert_eq!(
        found,
        [vec!["a", "\"b\" c", "\"d\"\"\"e"], vec!["1", "2", "3"], vec!["\"x\ny\" z", "v, w", "u"], vec!["\"p\" q"]]
    );
}

#[test]
fn a_header_says_how_many_columns_there_are() {
    let widths = |text: &str, columns| {
        let dialect = Dialect { has_header: true, columns, ..plain() };
        let rows = read_all(text.as_bytes(), &dialect, &Budget::default()).unwrap();
        rows.iter().map(|(row, problems)| (row.cells.len(), problems.len())).collect::<Vec<_>>()
    };
    assert_eq!(widths("a,b\n1,2,3\n4,5,6\n7,8\n", 3), [(2, 0), (3, 1), (3, 1), (2, 0)]);
    assert_eq!(widths("a,b,\n1,2,3\n4,5,6\n", 3), [(3, 0), (3, 0), (3, 0)]);
}

#[test]
fn undecodable_cells_are_told_by_row_and_column() {
    let rows = read_all(b"a,b\n1,x\xFFy\n\xEF\xBF\xBD,2\n\xC3,\xFF\n", &plain(), &Budget::default()).unwrap();
    let problems: Vec<_> = rows.iter().map(|(_, problems)| problems.clone()).collect();
    let both = vec![(Some(0), "import.encoding"), (Some(1), "import.encoding")];
    assert_eq!(problems, [vec![], vec![(Some(1), "import.encoding")], vec![], both]);
}

#[test]
fn nuls_stay_in_their_cells() {
    assert_eq!(simple("a,b\n\0,x\0y\n", &plain()), [["a", "b"], ["\0", "x\0y"]]);
}

#[test]
fn limits_are_kept() {
    let refused = |text: &[u8], budget: Budget| {
        let problem = read_all(text, &plain(), &budget).unwrap_err();
        assert_eq!(problem.class, ProblemClass::Limit);
        problem.code
    };
    let budget = Budget { rows: 2, columns: 3, cells: 100, cell_bytes: 10_000, memory: 40_000, ..Budget::default() };
    assert_eq!(refused(b"a\nb\nc\n", budget.clone()), "import.too_many_rows");
    assert_eq!(refused(b"a,b,c,d\n", budget.clone()), "import.too_many_columns");
    assert!(read_all(b"a,b,c,,,,\n", &plain(), &budget).is_ok());
    assert_eq!(refused(b"a,b,c\n1,2,3", Budget { cells: 5, ..budget.clone() }), "import.too_many_cells");
    assert_eq!(refused(&[b'x'; 10_001], budget.clone()), "import.cell_too_large");
    assert!(read_all(&[b'x'; 10_000], &plain(), &budget).is_ok());
    let open = [&b"a,\"b\n"[..], &b"1,2\n".repeat(100_000)].concat();
    assert_eq!(refused(&open, budget.clone()), "import.cell_too_large");
    assert_eq!(refused(&[&[b'x'; 9_999][..], b","].concat().repeat(5), budget.clone()), "import.row_too_large");
    assert_eq!(refused(&b",".repeat(1 << 20), budget.clone()), "import.too_many_columns");
    // Nothing is asked for that the limit of memory would refuse.
    with_room(1 << 20, || read_all(&b"abc,def\n".repeat(100_000), &plain(), &Budget::default())).unwrap();
}

/// Whatever cells are made of, and wherever blocks are cut, what is written is read again.
#[test]
fn written_rows_are_read_again() {
    const PIECES: [&str; 16] =
        ["a", "1", ",", ";", "\"", "\"\"", "\n", "\r", "\r\n", "'", " ", "あ", "髙", "\\", "\0", "\t"];
    let mut random = Random(21);
    for round in 0..400 {
        let (quote, delimiter) = (['"', '\''][round % 2], [',', ';', '\t', '|'][round % 4]);
        let end = ["\n", "\r\n", "\r"][round % 3];
        let columns = 1 + random.next() % 5;
        let long = if round % 50 == 0 { 40_000 } else { 8 };
        let (mut text, mut written) = (String::new(), Vec::new());
        for _ in 0..1 + random.next() % 20 {
            let mut cells = Vec::new();
            for column in 0..columns {
                let length = random.next() % long;
                let cell = random.text(&PIECES, length);
                let is_none = cell.is_empty() && columns > 1 && random.next().is_multiple_of(2);
                let doubled = cell.replace(quote, &format!("{quote}{quote}"));
                let needs = cell.contains(['\n', '\r', quote, delimiter]) || cell.is_empty();
                if column > 0 {
                    text.push(delimiter);
                }
                if !is_none {
                    text.push_str(&if needs { format!("{quote}{doubled}{quote}") } else { cell.clone() });
                }
                cells.push((!is_none).then_some(cell));
            }
            // A row of no values at all is a blank line or delimiters alone: it stays a row of empty cells.
            written.push(cells);
            text.push_str(if random.next().is_multiple_of(9) { "\n" } else { end });
        }
        let dialect = Dialect { quote: Some(quote as u8), delimiter: delimiter as u8, columns, ..plain() };
        let rows = read_all(text.as_bytes(), &dialect, &Budget::default()).unwrap();
        assert!(rows.iter().all(|(_, problems)| problems.is_empty()), "{text:?}");
        let read: Vec<Vec<Option<String>>> = rows.iter().map(|(row, _)| texts(row)).collect();
        assert_eq!(read, written, "{text:?}");
    }
}
