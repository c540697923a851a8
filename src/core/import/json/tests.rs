use super::{JsonReader, Shape};
use crate::core::import::budget::Budget;
use crate::core::import::cell::{Cell, Row, Rows};
use crate::core::import::encoding::{Decoder, detect};
use crate::core::import::source::{Problem, ProblemClass};
use crate::core::random::Random;
use crate::core::work::probe::{refusal, with_room};

fn open<'a>(text: &'a [u8], budget: &Budget) -> Result<JsonReader<&'a [u8]>, Problem> {
    let detected = detect(&mut &*text, Some("UTF-8"), 0).unwrap();
    JsonReader::open(Decoder::new(text, &detected, budget)?, budget)
}

type Read = (Shape, Option<Vec<String>>, Vec<(Row, Vec<&'static str>)>);

fn read_with(text: &[u8], budget: &Budget) -> Result<Read, Problem> {
    let mut reader = open(text, budget)?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next()? {
        rows.push((row, reader.problems().iter().map(|found| found.problem.code).collect()));
    }
    assert!(reader.next()?.is_none());
    Ok((reader.shape(), reader.columns().map(<[String]>::to_vec), rows))
}

fn read(text: &str) -> Result<Read, Problem> {
    read_with(text.as_bytes(), &Budget::default())
}

fn cell(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn number(digits: &str) -> Cell {
    Cell::Number { digits: digits.to_owned(), percent: false }
}

#[test]
fn each_shape_is_read() {
    for (text, shape, numbers) in [
        (r#"[{"b":1,"a":"x"},{"b":2}]"#, Shape::Array, vec![1, 2]),
        ("[\n  {\"b\": 1, \"a\": \"x\"} ,\n\n {\"b\": 2}\n]\n", Shape::Array, vec![1, 2]),
        ("{\"b\":1,\"a\":\"x\"}\n\n{\"b\":2}\n", Shape::Lines, vec![1, 3]),
        ("\r\n{\"b\":1,\"a\":\"x\"}\r\n{\"b\":2}", Shape::Lines, vec![2, 3]),
        ("{\n\"b\":1,\"a\":\"x\"\n}\n{\"b\":\n2}", Shape::Values, vec![1, 4]),
    ] {
        let (found, columns, rows) = read(text).unwrap();
        assert_eq!((found, columns.unwrap()), (shape, vec!["b".to_owned(), "a".to_owned()]), "{text}");
        assert_eq!(rows.iter().map(|(row, _)| row.number).collect::<Vec<_>>(), numbers, "{text}");
        let cells: Vec<_> = rows.into_iter().map(|(row, _)| row.cells).collect();
        assert_eq!(cells, [[number("1"), cell("x")], [number("2"), Cell::Empty]], "{text}");
    }
    let (shape, columns, rows) = read("[[\"a\",1],[true,null,[1]]]").unwrap();
    assert_eq!((shape, columns), (Shape::Array, None));
    assert_eq!(rows[1].0.cells, [Cell::Boolean(true), Cell::Empty, Cell::Json("[1]".to_owned())]);
    assert_eq!(read("[1,2]\n[3,4]\n").unwrap().0, Shape::Lines);
    assert!(read("[]").unwrap().2.is_empty() && read(" [ ] ").unwrap().2.is_empty());
    assert_eq!(read("{}").unwrap().2[0].0.cells, []);
}

#[test]
fn values_are_exact() {
    let text = r#"{"n":12345678901234567890123.4500,"e":1.5E+3,"t":"a\u0000\n\"é","o":{"z":[1.10,{}],"a":"]"},"i":-0,"s":[1e2, 1E5 ]}"#;
    let (_, _, rows) = read(text).unwrap();
    assert_eq!(rows[0].0.cells[0], number("12345678901234567890123.4500"));
    assert_eq!(rows[0].0.cells[1], number("1.5E+3"));
    assert_eq!(rows[0].0.cells[2], cell("a\0\n\"é"));
    assert_eq!(rows[0].0.cells[3], Cell::Json(r#"{"z":[1.10,{}],"a":"]"}"#.to_owned()));
    assert_eq!(rows[0].0.cells[4], number("-0"));
    assert_eq!(rows[0].0.cells[5], Cell::Json("[1e2,1E5]".to_owned()));
    let nested = "[{\"o\": {\r\n\t\"b \\\\\": \"x \\\" y\\\\\" , \"a\":[ 1.50 ,\"\\u0020 é\" ]\n}}]";
    let (_, _, rows) = read(nested).unwrap();
    assert_eq!(rows[0].0.cells[0], Cell::Json("{\"b \\\\\":\"x \\\" y\\\\\",\"a\":[1.50,\"\\u0020 é\"]}".to_owned()));
    for spelling in ["1e2", "1E5", "1e-7", "0.10", "-1.0E+00"] {
        let (_, _, rows) = read(&format!("[[{spelling}],{{\"a\":{spelling} }}]")).unwrap();
        assert_eq!((&rows[0].0.cells[0], &rows[1].0.cells[0]), (&number(spelling), &number(spelling)));
    }
}

#[test]
fn keys_twice_and_late_keys_are_told() {
    let (_, columns, rows) = read("{\"a\":1,\"b\":2,\"a\":3}\n{\"c\":4}\n").unwrap();
    assert_eq!(columns.unwrap(), ["a", "b", "c"]);
    // Neither value is lost.
    assert_eq!(rows[0].0.cells, [cell("\"1\", \"3\""), number("2"), Cell::Empty]);
    assert_eq!(rows[0].1, ["import.duplicate_key"]);
    // Behind the sample the list grows.
    let text = "{\"a\":1}\n".repeat(2_000) + "{\"b\":2}\n";
    let mut reader = open(text.as_bytes(), &Budget::default()).unwrap();
    assert_eq!(reader.columns().unwrap(), ["a"]);
    let mut last = None;
    while let Some(row) = reader.next().unwrap() {
        last = Some(row);
    }
    assert_eq!(reader.columns().unwrap(), ["a", "b"]);
    assert_eq!(last.unwrap(), Row { number: 2_001, cells: vec![Cell::Empty, number("2")], hidden: false });
}

#[test]
fn a_bad_line_is_a_problem_of_its_row() {
    let (_, _, rows) = read("{\"a\":1}\n{\"a\":\n5\n{\"a\":2}x\n{\"a\":3}\n").unwrap();
    let codes: Vec<_> = rows.iter().map(|(_, codes)| codes.clone()).collect();
    assert_eq!(codes, [vec![], vec!["import.json"], vec!["import.json"], vec!["import.json"], vec![]]);
    assert_eq!(rows[1].0.cells, [cell("{\"a\":")]);
    let (_, _, rows) = read("[{\"a\":1},5,{\"a\":2}]").unwrap();
    assert_eq!(rows[1].1, ["import.json"]);
}

#[test]
fn broken_files_end_with_a_sentence() {
    for text in [
        "[{\"a\":1}",
        "[{\"a\":1},",
        "[{\"a\":1},]",
        "[{\"a\":1}{\"a\":2}]",
        "[{\"a\":1}] x",
        "[,{\"a\":1}]",
        "[{\"a\":1",
        "x",
        "",
        "5",
        "{\n\"a\":1",
        "{\n}}",
    ] {
        let problem = read(text).unwrap_err();
        assert_eq!((problem.class, problem.code), (ProblemClass::Malformed, "import.json"), "{text}");
    }
    // What is wrong within one value keeps none of the others back.
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for wrong in ["{\"a\":}", "{\"a\":\"\\ud800\"}", "{'a':1}", &deep] {
        let (_, _, rows) = read(&format!("[{{\"a\":1}},{wrong},{{\"a\":3}}]")).unwrap();
        assert_eq!(rows.iter().map(|(_, codes)| codes.len()).collect::<Vec<_>>(), [0, 1, 0], "{wrong:.20}");
        assert_eq!((rows[1].0.number, rows[1].1[0]), (2, "import.json"));
    }
}

#[test]
fn limits_are_kept() {
    let budget = Budget { rows: 2, columns: 2, cells: 100, cell_bytes: 50, ..Budget::default() };
    for (text, code) in [
        ("[{},{},{}]", "import.too_many_rows"),
        ("{\"a\":1,\"b\":2,\"c\":3}", "import.too_many_columns"),
        ("[[1,2,3]]", "import.too_many_columns"),
        ("{\"a\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}", "import.row_too_large"),
    ] {
        let problem = read_with(text.as_bytes(), &budget).unwrap_err();
        assert_eq!((problem.class, problem.code), (ProblemClass::Limit, code), "{text}");
    }
    let key = |length: usize| format!("{{\"{}\":1}}", "k".repeat(length));
    assert!(read(&key(1_024)).is_ok());
    assert_eq!(read(&key(1_025)).unwrap_err().message, "A key of the object 1 has more than 1024 bytes.");
}

/// Values of any length come through, wherever blocks are cut.
#[test]
fn written_records_are_read_again() {
    let mut random = Random(4);
    for round in 0..60 {
        let mut written = Vec::new();
        for _ in 0..1 + random.next() % 40 {
            let length = random.next() % if round % 10 == 0 { 30_000 } else { 10 };
            written.push(random.text(&["a", "\"", "\\", "{", "}", "[", "]", ",", "あ", "\n", " "], length));
        }
        let objects: Vec<String> =
            written.iter().map(|text| serde_json::json!({ "k": text, "n": [1, {}] }).to_string()).collect();
        for text in [
            format!("[{}]", objects.join(",\n")),
            objects.join("\n"),
            objects.join("\n").replace("\"n\":", "\n\"n\" : "),
        ] {
            let (_, _, rows) = read(&text).unwrap();
            let texts: Vec<String> = rows.iter().map(|(row, _)| row.cells[0].text().unwrap().to_owned()).collect();
            assert!(texts == written && rows.iter().all(|(_, codes)| codes.is_empty()));
        }
    }
}

#[test]
fn endless_numbers_are_problems_of_their_rows() {
    let (fits, long) = ("1".repeat(16_384), "1".repeat(16_385));
    let text = "\\\"".to_owned() + &long;
    for (open, between, close) in [("", "\n", "\n"), ("[", ",", "]")] {
        let file = format!("{open}{{\"a\":{fits}}}{between}{{\"a\":{long}}}{between}{{\"a\":\"{text}\"}}{close}");
        let (_, _, rows) = read(&file).unwrap();
        assert_eq!(rows[0].0.cells, [number(&fits)]);
        assert_eq!(rows[1].1, ["import.json"]);
        assert_eq!((&rows[2].0.cells[..], rows[2].1.len()), (&[cell(&format!("\"{long}"))][..], 0));
    }
}

#[test]
fn what_is_kept_of_a_file_is_bounded() {
    // A key is kept for as long as the file is read.
    let file: String = (0..900).map(|index| format!("{{\"{index}{}\":1}}\n", "k".repeat(1_000))).collect();
    assert!(read(&file).is_ok());
    let refused = with_room(1 << 20, || refusal(|| read(&file)));
    assert!(refused.unwrap().contains("rowkit.max_work_mem"));
    // Rows of many columns take more than the text that they are made of.
    let keys: Vec<String> = (0..1_000).map(|index| format!("\"{index}\":1")).collect();
    let file = format!("{{{}}}\n{}", keys.join(","), "{\"1\":1}\n".repeat(900));
    let reader = open(file.as_bytes(), &Budget::default()).unwrap();
    assert!(reader.waiting.len() < 400, "{}", reader.waiting.len());
}
