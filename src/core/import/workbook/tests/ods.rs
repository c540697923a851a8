use super::{problem, read, read_with, shown, zip};
use crate::core::import::budget::Budget;
use crate::core::import::source::ProblemClass;
use crate::core::import::workbook::{Visibility, Workbook};

const TYPE: &str = "application/vnd.oasis.opendocument.spreadsheet";

fn ods(tables: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:automatic-styles><style:style style:name=\"ta2\" style:family=\"table\"><style:table-properties \
        table:display=\"false\"/></style:style></office:automatic-styles><office:body><office:spreadsheet>{tables}</office:spreadsheet>\
        </office:body></office:document-content>"
    );
    zip(&[("mimetype", TYPE), ("content.xml", &content)])
}

pub fn table(rows: &str) -> Vec<u8> {
    ods(&format!("<table:table table:name=\"T\">{rows}</table:table>"))
}

fn row(cells: &str) -> Vec<u8> {
    table(&format!("<table:table-row>{cells}</table:table-row>"))
}

#[test]
fn cells_of_every_type() {
    let file = row(
        r#"<table:table-cell office:value-type="float" office:value="1E+20"><text:p>1e20</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="75"><text:p>00075</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="75"><text:p>00076</text:p></table:table-cell>
        <table:table-cell office:value-type="percentage" office:value="0.12"/>
        <table:table-cell office:value-type="currency" office:currency="EUR" office:value="1.50"/>
        <table:table-cell office:value-type="date" office:date-value="2024-02-29"/>
        <table:table-cell office:value-type="date" office:date-value="2024-02-29T12:00:00.5"/>
        <table:table-cell office:value-type="time" office:time-value="PT36H05M00S"/>
        <table:table-cell office:value-type="boolean" office:boolean-value="true"/>
        <table:table-cell office:value-type="string" office:string-value="a &amp; b"><text:p>shown</text:p></table:table-cell>
        <table:table-cell table:formula="of:=1/0" office:value-type="string" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>
        <table:table-cell table:formula="of:=1"/>
        <table:table-cell table:formula="of:=2" office:value-type="float" office:value="2"/>
        <table:covered-table-cell office:value-type="float" office:value="9"/><table:table-cell office:value-type="string"><text:p>end</text:p></table:table-cell>"#,
    );
    assert_eq!(
        shown(&file),
        [
            "100000000000000000000|00075|75|0.12 as %|1.50|date 2024-02-29|datetime 2024-02-29T12:00:00.500|time 36:05:00|true|'a & b'|error #DIV/0!|formula|2||'end'"
        ]
    );
    let (_, facts) = read(&file).unwrap();
    assert_eq!((facts.formulas, facts.formulas_without_value), (3, 1));
}

#[test]
fn white_space_is_as_shown() {
    let file = row(
        "<table:table-cell office:value-type=\"string\"><office:annotation><text:p>note</text:p></office:annotation>\
        <text:p>  a \n <text:s text:c=\"2\"/>b<text:tab/><text:span>c <text:a>d</text:a></text:span><text:line-break/>e </text:p><text:p/><text:p>f</text:p></table:table-cell>",
    );
    assert_eq!(shown(&file), ["'a   b\tc d\ne\n\nf'"]);
    let hostile = row(
        "<table:table-cell office:value-type=\"string\"><text:p><text:s text:c=\"99999999999\"/></text:p></table:table-cell>",
    );
    assert_eq!(problem(&hostile).0, ProblemClass::Limit);
}

#[test]
fn repetitions_cost_only_what_they_hold() {
    let file = table(
        r#"<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse" table:number-columns-repeated="3"/>
        <table:table-header-rows><table:table-row><table:table-cell table:number-columns-repeated="2" office:value-type="float" office:value="1"/>
        <table:table-cell table:number-columns-repeated="16382"/></table:table-row></table:table-header-rows>
        <table:table-row table:number-rows-repeated="3" table:visibility="filter"><table:table-cell/><table:table-cell office:value-type="float" office:value="2"
        table:number-columns-spanned="2" table:number-rows-spanned="1"/></table:table-row>
        <table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>"#,
    );
    assert_eq!(shown(&file), ["1|1", "|2", "|2", "|2"]);
    let (rows, facts) = read(&file).unwrap();
    assert_eq!(
        rows.iter().map(|row| (row.number, row.hidden)).collect::<Vec<_>>(),
        [(1, false), (2, true), (3, true), (4, true)]
    );
    assert_eq!((facts.hidden_rows, facts.hidden_columns.as_slice()), (3, [3, 4, 5].as_slice()));
    assert_eq!(facts.merged[0].to_string(), "B2:C2");
}

#[test]
fn hostile_repetitions_are_limited() {
    let value = "office:value-type=\"float\" office:value=\"1\"";
    let wide = row(&format!("<table:table-cell table:number-columns-repeated=\"18446744073709551615\" {value}/>"));
    assert_eq!(problem(&wide).1, "the sheet has more than 1000 columns");
    let long = table(&format!(
        "<table:table-row table:number-rows-repeated=\"18446744073709551615\"><table:table-cell {value}/></table:table-row>"
    ));
    let budget = Budget { rows: 1000, ..Budget::default() };
    assert_eq!(read_with(&long, &budget).unwrap_err().message, "the sheet has more than 1000 rows");
    let text = "x".repeat(10_000);
    let texts = table(&format!(
        "<table:table-row table:number-rows-repeated=\"1000000\"><table:table-cell table:number-columns-repeated=\"900\" office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell></table:table-row>"
    ));
    let budget = Budget { expanded_bytes: 50 << 20, ..Budget::default() };
    assert_eq!(read_with(&texts, &budget).unwrap_err().message, "the file expands to more than 50 MB");
}

#[test]
fn sheets_are_listed() {
    let file = ods(
        "<table:table table:name=\"a\" table:style-name=\"ta2\"/><table:table table:name=\"b\"><table:shapes><table:table table:name=\"no\"/></table:shapes>\
        <table:table-row><table:table-cell office:value-type=\"float\" office:value=\"2\"><table:table table:name=\"no\"/></table:table-cell></table:table-row></table:table>",
    );
    let workbook = Workbook::open(file.as_slice(), &Budget::default()).unwrap();
    let sheets: Vec<_> = workbook.sheets().iter().map(|s| (s.name.as_str(), s.visibility, s.is_first)).collect();
    assert_eq!(sheets, [("a", Visibility::Hidden, false), ("b", Visibility::Visible, true)]);
    assert!(workbook.open_sheet(0).unwrap().next().unwrap().is_none());
    assert_eq!(workbook.open_sheet(1).unwrap().next().unwrap().unwrap().number, 1);
}

#[test]
fn encrypted_documents_are_unsupported() {
    let manifest = "<manifest:manifest><manifest:file-entry manifest:full-path=\"content.xml\"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>";
    let file = zip(&[("mimetype", TYPE), ("META-INF/manifest.xml", manifest), ("content.xml", "garbage")]);
    assert_eq!(problem(&file), (ProblemClass::Unsupported, "the file is an encrypted workbook".to_owned()));
}

#[test]
fn spaces_are_counted_before_they_are_made() {
    let cell = "<table:table-cell office:value-type=\"string\"><text:p><text:s text:c=\"200000\"/></text:p></table:table-cell>";
    let rows = |count: usize| table(&format!("<table:table-row>{cell}</table:table-row>").repeat(count));
    let budget = Budget { expanded_bytes: 1 << 20, ..Budget::default() };
    assert_eq!(read_with(&rows(4), &budget).unwrap().0.len(), 4);
    assert_eq!(read_with(&rows(6), &budget).unwrap_err().message, "the file expands to more than 1 MB");
    // Spaces that together are too many for a cell.
    let cell = cell.replace("<text:s text:c=\"200000\"/>", &"<text:s text:c=\"200000\"/>".repeat(3));
    let budget = Budget { cell_bytes: 500_000, ..Budget::default() };
    let file = table(&format!("<table:table-row>{cell}</table:table-row>"));
    assert_eq!(read_with(&file, &budget).unwrap_err().class, ProblemClass::Limit);
}

#[test]
fn texts_of_every_type_count_when_they_are_repeated() {
    let long = "x".repeat(10_000);
    let cells = [
        format!("office:value-type=\"date\" office:date-value=\"{long}\"/>"),
        format!("calcext:value-type=\"error\"><text:p>{long}</text:p></table:table-cell>"),
    ];
    for cell in cells {
        let file = table(&format!(
            "<table:table-row table:number-rows-repeated=\"1000000\"><table:table-cell table:number-columns-repeated=\"100\" {cell}</table:table-row>"
        ));
        let budget = Budget { expanded_bytes: 5 << 20, ..Budget::default() };
        assert_eq!(
            read_with(&file, &budget).unwrap_err().message,
            "the file expands to more than 5 MB",
            "{}",
            &cell[..20]
        );
        let budget = Budget { memory: 500_000, ..Budget::default() };
        assert_eq!(read_with(&file, &budget).unwrap_err().message, "a row holds more than 489 kB", "{}", &cell[..20]);
    }
}

#[test]
fn rows_past_every_number_are_no_panic() {
    let cell = "<table:table-cell office:value-type=\"float\" office:value=\"1\"/>";
    let file = table(&format!(
        "<table:table-row table:number-rows-repeated=\"18446744073709551615\"/><table:table-row \
        table:number-rows-repeated=\"2\">{cell}</table:table-row><table:table-row><table:table-cell \
        table:number-columns-repeated=\"18446744073709551615\"/><table:table-cell table:number-columns-spanned=\"2\"/></table:table-row>"
    ));
    assert_eq!(read(&file).unwrap().0.len(), 2);
}
