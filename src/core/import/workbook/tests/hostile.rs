use super::{Parts, TOP, problem, read, read_with, xls, xlsx, zip};
use crate::core::import::budget::Budget;
use crate::core::import::source::ProblemClass;
use crate::core::import::workbook::write_xlsx;
use crate::core::random::Random;
use crate::core::work::probe::{checks, refusal};

#[test]
fn the_last_cell_of_a_sheet_costs_nothing() {
    let file = xlsx("<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>");
    assert_eq!(problem(&file), (ProblemClass::Limit, "the sheet has more than 1000 columns".to_owned()));
    let (rows, _) = read_with(&file, &Budget { columns: 16_384, ..Budget::default() }).unwrap();
    assert_eq!((rows.len(), rows[0].number, rows[0].cells.len()), (1, 1_048_576, 16_384));
}

#[test]
fn places_outside_a_sheet_are_malformed() {
    for place in
        ["A99999999999", "XFE1", "A0", "A-1", "A1048577", "ZZZZZZ1", "1A", "A", "1", "", "A2", "Ａ1", "A1:B2", "$A$1"]
    {
        let (class, message) = problem(&xlsx(&format!("<row r=\"1\"><c r=\"{place}\"><v>1</v></c></row>")));
        assert_eq!(
            (class, message.as_str()),
            (ProblemClass::Malformed, "the file is damaged: row 1 has a cell whose place is wrong")
        );
    }
    for row in ["0", "-1", "1048577", "99999999999999999999", "x", ""] {
        assert_eq!(problem(&xlsx(&format!("<row r=\"{row}\"/>"))).0, ProblemClass::Malformed, "{row}");
    }
    assert_eq!(problem(&xlsx("<row r=\"2\"/><row r=\"2\"/>")).1, "the file is damaged: row 2 comes after row 2");
    assert_eq!(
        problem(&xlsx("<row><c r=\"A1\"><v>1</v></c><c r=\"A1\"><v>2</v></c></row>")).1,
        "the file is damaged: two cells are at one place"
    );
}

#[test]
fn numbers_of_strings_and_styles_are_checked() {
    for index in ["0", "-1", "99999999999999999999", "x"] {
        let file = xlsx(&format!("<row><c t=\"s\"><v>{index}</v></c></row>"));
        assert_eq!(problem(&file).1, "the file is damaged: cell A1 has a text that the file does not hold");
    }
    assert_eq!(super::shown(&xlsx("<row><c s=\"4294967296\"><v>1</v></c><c s=\"-5\"><v>2</v></c></row>")), ["1|2"]);
    let exponent = xlsx("<row><c><v>1E+999999999</v></c><c><v>1E-400</v></c></row>");
    assert_eq!(read(&exponent).unwrap().0[0].cells.len(), 2);
}

#[test]
fn bombs_are_limited_by_what_they_expand_to() {
    let budget = Budget { expanded_bytes: 1 << 20, ..Budget::default() };
    let spaces = format!("<sheetData>{}</sheetData>", "<a/>".repeat(400_000));
    let sheet = Parts::new(&spaces, &[], "").zip();
    assert!(sheet.len() < 30_000);
    assert_eq!(read_with(&sheet, &budget).unwrap_err().message, "the file expands to more than 1 MB");
    let strings =
        Parts::new("<sheetData><row><c t=\"s\"><v>9999999</v></c></row></sheetData>", &[], &"<si/>".repeat(400_000))
            .zip();
    assert_eq!(read_with(&strings, &budget).unwrap_err().message, "the file expands to more than 1 MB");
    let texts = Budget { shared_string_bytes: 100 << 10, ..Budget::default() };
    assert_eq!(read_with(&strings, &texts).unwrap_err().message, "the texts of the workbook take more than 100 kB");
    // One long text in many cells.
    let cells = "<row><c t=\"s\"><v>0</v></c></row>".repeat(1000);
    let file = Parts::new(
        &format!("<sheetData>{cells}</sheetData>"),
        &[],
        &format!("<si><t>{}</t></si>", "x".repeat(100_000)),
    )
    .zip();
    assert_eq!(read_with(&file, &budget).unwrap_err().message, "the file expands to more than 1 MB");
    let cells = "<c t=\"s\"><v>0</v></c>".repeat(90);
    let file = Parts::new(
        &format!("<sheetData><row>{cells}</row></sheetData>"),
        &[],
        &format!("<si><t>{}</t></si>", "x".repeat(100_000)),
    )
    .zip();
    let memory = Budget { memory: 8 << 20, ..Budget::default() };
    assert_eq!(read_with(&file, &memory).unwrap_err().message, "a row holds more than 8 MB");
}

#[test]
fn sizes_that_lie_are_malformed() {
    let file = xlsx("<row><c><v>1</v></c></row>");
    let directory = file.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let last = file.windows(24).rposition(|window| window == b"xl/worksheets/sheet1.xml").unwrap() - 46;
    assert!(last > directory);
    // The expanded size, the checksum.
    for at in [last + 24, last + 16] {
        let mut lying = file.clone();
        lying[at] ^= 1;
        assert_eq!(problem(&lying).1, "the file is damaged: a part's checksum or size is wrong");
    }
    // The compressed size, the place, the method.
    for (at, class) in [(20, ProblemClass::Malformed), (42, ProblemClass::Malformed), (10, ProblemClass::Unsupported)] {
        let mut lying = file.clone();
        lying[last + at] ^= 0x11;
        assert_eq!(problem(&lying).0, class);
    }
    let mut encrypted = file.clone();
    encrypted[last + 8] |= 1;
    assert_eq!(problem(&encrypted).1, "the file is an encrypted workbook");
}

#[test]
fn a_long_cell_is_stopped_while_it_is_read() {
    let budget = Budget { cell_bytes: 1 << 20, ..Budget::default() };
    let problem = |file: &[u8]| {
        read_with(file, &budget).map(|_| ()).map_err(|problem| (problem.class, problem.message)).unwrap_err()
    };
    let long = "x".repeat(2 << 20);
    let message = "a cell holds more than 1 MB";
    let inline = xlsx(&format!("<row><c t=\"inlineStr\"><is><t>{long}</t></is></c></row>"));
    assert_eq!(problem(&inline), (ProblemClass::Limit, message.to_owned()));
    let runs = format!("<r><t>{}</t></r>", "x".repeat(1 << 17)).repeat(9);
    assert_eq!(problem(&xlsx(&format!("<row><c t=\"inlineStr\"><is>{runs}</is></c></row>"))).1, message);
    for other in
        [format!("<!--{long}-->"), format!("<row a=\"{long}\"/>"), format!("<{long}/>"), format!("<row>{long}</row>")]
    {
        assert_eq!(problem(&xlsx(&other)).1, message);
    }
    assert_eq!(problem(&xlsx(&format!("<row><{}/></row>", "x".repeat(300)))).0, ProblemClass::Malformed);
    // References grow a text in small steps.
    let references = "&#97;".repeat(3000);
    let file = xlsx(&format!("<row><c t=\"str\"><v>{references}</v></c></row>"));
    let budget = Budget { cell_bytes: 2000, ..Budget::default() };
    assert_eq!(read_with(&file, &budget).unwrap_err().class, ProblemClass::Limit);
    assert!(read(&file).is_ok());
}

#[test]
fn many_columns_are_limited() {
    let file = xlsx(&format!("<row>{}</row>", "<c><v>1</v></c>".repeat(1 << 17)));
    assert_eq!(problem(&file).1, "the sheet has more than 1000 columns");
    let empty = xlsx(&format!("<row>{}</row>", "<c/>".repeat(1 << 17)));
    assert!(read(&empty).unwrap().0.is_empty());
}

#[test]
fn xml_is_bounded() {
    assert!(problem(&xlsx(&"<a>".repeat(100_000))).1.contains("nested too deeply"));
    assert!(problem(&xlsx("<row><c></row></c>")).1.contains("well-formed"));
    let mut parts = Parts::new("<sheetData/>", &[], "");
    parts.sheet =
        "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]><worksheet>&lol2;</worksheet>".to_owned();
    assert!(problem(&parts.zip()).1.contains("document type declaration"));
    parts.sheet = "<worksheet><sheetData><row><c t=\"str\"><v>&xxe;</v></c></row></sheetData></worksheet>".to_owned();
    assert!(problem(&parts.zip()).1.contains("well-formed"));
    parts.sheet = "<worksheet><sheetData><row><c><v>1</v></c></row>".to_owned();
    assert!(problem(&parts.zip()).1.contains("ends too early"));
    for sheet in [
        "<worksheet><sheetData><row r=\"1\" r=\"2\" hidden/></sheetData></worksheet>",
        "<worksheet>&#0;</worksheet>",
        "<",
    ] {
        parts.sheet = sheet.to_owned();
        assert_eq!(problem(&parts.zip()).0, ProblemClass::Malformed);
    }
    let mut bytes = zip(&[("_rels/.rels", TOP.as_bytes()), ("xl/workbook.xml", b"<workbook>\xFF\xFE</workbook>")]);
    assert_eq!(problem(&bytes).0, ProblemClass::Malformed);
    bytes.truncate(30);
    assert!(problem(&bytes).1.contains("ends too early"));
}

#[test]
fn structures_are_bounded() {
    let mut parts = Parts::new("<sheetData/>", &[], "");
    parts.workbook = format!("<workbook>{}</workbook>", "<sheet name=\"x\" id=\"r1\"/>".repeat(1001));
    assert_eq!(problem(&parts.zip()).1, "the workbook has more than 1000 sheets");
    parts.workbook = "<workbook/>".to_owned();
    assert_eq!(problem(&parts.zip()).1, "the workbook has no sheet of cells");
    parts.workbook = super::WORKBOOK.replace("Data", &"x".repeat(2000));
    assert!(problem(&parts.zip()).1.contains("name of a sheet is too long"));
    let mut parts = Parts::new("<sheetData/>", &[], "");
    parts.styles = format!("<s><cellXfs>{}</cellXfs></s>", "<xf/>".repeat((1 << 17) + 1));
    assert!(problem(&parts.zip()).1.contains("too many cell styles"));
    parts.styles = (0..70_000).map(|id| format!("<numFmt numFmtId=\"{id}\" formatCode=\"0\"/>")).collect();
    parts.styles = format!("<s>{}</s>", parts.styles);
    assert!(problem(&parts.zip()).1.contains("too many number formats"));
}

#[test]
fn work_can_be_interrupted() {
    let file = xlsx(&"<row><c/></row>".repeat(20_000));
    let before = checks();
    read(&file).unwrap();
    assert!(checks() - before > 200);
}

const OPEN_DOCUMENT: &str = r#"<d><b><s><table:table table:name="T"><table:table-column table:visibility="collapse" table:number-columns-repeated="3"/>
    <table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="date" office:date-value="2024-01-01"/>
    <table:table-cell office:value-type="time" office:time-value="PT12H30M00S" table:number-columns-spanned="2"/>
    <table:table-cell office:value-type="string"><text:p>a<text:s text:c="3"/>b</text:p></table:table-cell></table:table-row></table:table></s></b></d>"#;

fn ods() -> Vec<u8> {
    zip(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", OPEN_DOCUMENT)])
}

fn samples() -> Vec<Vec<u8>> {
    let number = || crate::core::import::cell::Cell::Number { digits: "12.5".to_owned(), percent: true };
    let rows = (0..50).map(|row| vec![crate::core::import::cell::Cell::Text(format!("text {row}")), number()]);
    vec![
        write_xlsx("Data", &["a", "b"], rows).unwrap(),
        Parts::new("<sheetData><row><c t=\"s\"><v>0</v></c></row></sheetData>", &["yyyy"], "<si><t>x</t></si>").zip(),
        ods(),
        xls::xls(&[], &[]),
        super::xlsb::sample(),
        xls::sample(),
    ]
}

#[test]
fn truncated_files_are_problems() {
    for file in samples() {
        assert!(read(&file).is_ok());
        for part in 0..50 {
            let cut = &file[..file.len() * part / 50];
            // Nothing at all is an empty text.
            let is_whole_enough = cut.len() > 2_000 && file.starts_with(b"\xD0\xCF");
            assert!(read(cut).is_err() || is_whole_enough, "{part}");
        }
    }
}

/// Reads damaged files; they may be refused, but nothing panics.
fn survive(seeds: std::ops::Range<u64>, damage: impl Fn(&mut Random) -> Vec<u8>) {
    for seed in seeds {
        let mut random = Random(seed);
        let file = damage(&mut random);
        let refused = refusal(|| drop(read(&file)));
        assert!(
            refused.as_deref().is_none_or(|message| message.contains("rowkit.max_work_mem")),
            "{seed}: {refused:?}"
        );
    }
}

fn flip(bytes: &mut [u8], random: &mut Random) {
    for _ in 0..1 + random.next() % 8 {
        let at = random.next() % bytes.len();
        bytes[at] = random.next() as u8;
    }
}

#[test]
fn random_bytes_never_panic() {
    let samples = samples();
    survive(0..3000, |random| {
        let mut file = samples[random.next() % samples.len()].clone();
        flip(&mut file, random);
        file
    });
}

/// Damage below the archive's checksums.
#[test]
fn random_parts_never_panic() {
    let parts = Parts::new(
        "<dimension ref=\"A1:B2\"/><cols><col min=\"1\" max=\"2\" hidden=\"1\"/></cols><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\" s=\"1\"><v>0</v></c>\
        <c r=\"B1\" s=\"1\"><v>45292.5</v></c><c r=\"C1\" t=\"inlineStr\"><is><t>a_x000D_&amp;b</t></is></c></row></sheetData><mergeCells><mergeCell ref=\"A1:B1\"/></mergeCells>",
        &["[$-411]ggge\"年\""],
        "<si><r><t>x</t></r><rPh><t>y</t></rPh></si>",
    );
    let texts = [TOP, super::RELATIONS, &parts.workbook, &parts.styles, &parts.strings, &parts.sheet];
    survive(0..1000, |random| {
        let mut texts = texts.map(|text| text.as_bytes().to_vec());
        let damaged = random.next() % texts.len();
        flip(&mut texts[damaged], random);
        let names = [
            "_rels/.rels",
            "xl/_rels/workbook.xml.rels",
            "xl/workbook.xml",
            "xl/styles.xml",
            "xl/sharedStrings.xml",
            "xl/worksheets/sheet1.xml",
        ];
        zip(&names.into_iter().zip(texts).collect::<Vec<_>>())
    });
    survive(0..300, |random| super::xlsb::damaged(|bytes| flip(bytes, random)));
    survive(0..300, |random| {
        let mut content = OPEN_DOCUMENT.as_bytes().to_vec();
        flip(&mut content, random);
        zip(&[("mimetype", b"application/vnd.oasis.opendocument.spreadsheet".to_vec()), ("content.xml", content)])
    });
}
