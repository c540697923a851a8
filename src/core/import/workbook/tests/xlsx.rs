use super::{Parts, RELATIONS, TOP, problem, read, read_with, shown, xlsx, zip};
use crate::core::import::budget::Budget;
use crate::core::import::source::ProblemClass;
use crate::core::import::workbook::{Facts, Visibility, Workbook};

#[test]
fn cells_of_every_type() {
    let sheet = r#"<sheetData><row r="2">
        <c r="A2"><v>0.1</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="inlineStr"><is><t xml:space="preserve"> in </t></is></c>
        <c r="D2" t="b"><v>1</v></c><c r="E2" t="e"><v>#N/A</v></c><c r="F2" t="str"><f>A1&amp;"x"</f><v>text</v></c>
        <c r="G2"><f>A1*2</f></c><c r="H2"><f>1</f><v></v></c><c r="I2" t="str"><f>""</f><v></v></c><c r="J2" s="1"/>
        <c r="K2" s="1"><v>45292</v></c><c r="L2" s="2"><v>0.5</v></c><c r="M2" t="d"><v>2024-05-06</v></c><c r="N2" t="n"><v>1E+20</v></c>
        </row></sheetData>"#;
    let file = Parts::new(sheet, &["14", "0.0%"], "<si><t>first</t></si><si><t>second</t></si>").zip();
    assert_eq!(
        shown(&file),
        [
            "0.1|'second'|' in '|true|error #N/A|'text'|formula|formula|||date 2024-01-01|0.5 as %|date 2024-05-06|100000000000000000000"
        ]
    );
    let (rows, facts) = read(&file).unwrap();
    assert_eq!(rows[0].number, 2);
    assert_eq!((facts.formulas, facts.formulas_without_value), (4, 2));
}

#[test]
fn texts_are_byte_for_byte() {
    let strings = "<si><r><t>rich </t></r><r><rPr><b/></rPr><t>text</t></r><rPh sb=\"0\" eb=\"2\"><t>リッチ</t></rPh><phoneticPr/></si>\
        <si><t>a_x000D_b_x005F_x0041__x0001__xD83D__xDE00__xD800_</t></si><si><t>&lt;&amp;&gt;&quot;&apos;&#x41;&#66;<![CDATA[<c>]]></t></si>\
        <si><t xml:space=\"preserve\">  two\r\nlines\t</t></si><si/><si><t>髙①～</t></si>";
    let row: String = (0..6).map(|index| format!("<c t=\"s\"><v>{index}</v></c>")).collect();
    let file = Parts::new(&format!("<sheetData><row>{row}</row></sheetData>"), &[], strings).zip();
    assert_eq!(shown(&file), ["'rich text'|'a\rb_x0041_\u{1}😀_xD800_'|'<&>\"'AB<c>'|'  two\nlines\t'|''|'髙①～'"]);
}

#[test]
fn rows_and_cells_without_places_follow_one_another() {
    let file = xlsx(
        "<row><c><v>1</v></c><c r=\"D1\"><v>4</v></c><c><v>5</v></c></row><row r=\"7\"><c><v>7</v></c></row><row><c r=\"B8\"><v>8</v></c></row>",
    );
    assert_eq!(shown(&file), ["1|||4|5", "7", "|8"]);
    let numbers: Vec<u64> = read(&file).unwrap().0.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [1, 7, 8]);
    // Cells may come in any order.
    assert_eq!(shown(&xlsx("<row r=\"1\"><c r=\"B1\"><v>2</v></c><c r=\"A1\"><v>1</v></c></row>")), ["1|2"]);
}

#[test]
fn empty_rows_are_left_out() {
    let file = xlsx(
        "<row r=\"1\"><c r=\"A1\" s=\"3\"/></row><row r=\"5\"/><row r=\"9\"><c r=\"A9\"><v>1</v></c><c r=\"XFD9\"/></row>",
    );
    assert_eq!(shown(&file), ["1"]);
}

#[test]
fn what_is_hidden_or_merged_is_told() {
    let merged: String = (1..=25).map(|row| format!("<mergeCell ref=\"A{row}:B{row}\"/>")).collect();
    let sheet = format!(
        "<dimension ref=\"A1:C9\"/><cols><col min=\"2\" max=\"3\" hidden=\"1\"/><col min=\"5\" max=\"16384\" hidden=\"true\"/></cols>\
        <sheetData><row r=\"1\" hidden=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"2\" hidden=\"1\"/><row r=\"3\"><c r=\"A3\"><v>3</v></c></row></sheetData>\
        <mergeCells>{merged}</mergeCells>"
    );
    let mut parts = Parts::new(&sheet, &[], "");
    let extension = "<calcPr fullCalcOnLoad=\"1\"/><extLst><ext><x15:workbookPr chartTrackingRefBase=\"1\"/><x:calcPr/></ext></extLst></workbook>";
    parts.workbook = parts.workbook.replace("<sheets>", "<workbookPr date1904=\"true\"/><sheets>");
    parts.workbook = parts.workbook.replace("</workbook>", extension);
    let (rows, facts) = read(&parts.zip()).unwrap();
    assert_eq!(rows.iter().map(|row| row.hidden).collect::<Vec<_>>(), [true, false]);
    assert!(facts.is_1904 && facts.is_recalculated);
    assert_eq!((facts.merged_count, facts.merged.len(), facts.merged[1].to_string().as_str()), (25, 20, "A2:B2"));
    assert_eq!((facts.hidden_rows, facts.hidden_column_count), (2, 16_382));
    assert_eq!(facts.hidden_columns[..3], [2, 3, 5]);
    assert_eq!(facts.hidden_columns.len(), 20);
}

#[test]
fn sheets_are_listed() {
    let workbook = r#"<x:workbook xmlns:x="x" xmlns:r="r"><x:sheets><x:sheet name="Secret &amp; 1" sheetId="1" state="veryHidden" r:id="r1"/>
        <x:sheet name="Chart" sheetId="2" r:id="r9"/><x:sheet name="売上" sheetId="3" r:id="r1"/><x:sheet name="c" sheetId="4" state="hidden" r:id="r1"/></x:sheets></x:workbook>"#;
    let mut parts = Parts::new("<sheetData/>", &[], "");
    parts.workbook = workbook.to_owned();
    let file = parts.zip();
    let workbook = Workbook::open(file.as_slice(), &Budget::default()).unwrap();
    let sheets: Vec<_> = workbook.sheets().iter().map(|s| (s.name.as_str(), s.visibility, s.is_first)).collect();
    assert_eq!(
        sheets,
        [
            ("Secret & 1", Visibility::VeryHidden, false),
            ("売上", Visibility::Visible, true),
            ("c", Visibility::Hidden, false)
        ]
    );
    assert!(workbook.open_sheet(3).is_err());
    assert!(workbook.open_sheet(2).unwrap().next().unwrap().is_none());
}

#[test]
fn prefixes_do_not_matter() {
    let sheet = "<x:sheetData><x:row r=\"1\"><x:c r=\"A1\" t=\"inlineStr\"><x:is><x:t>a</x:t></x:is></x:c></x:row></x:sheetData>";
    assert_eq!(shown(&Parts::new(sheet, &[], "").zip()), ["'a'"]);
}

#[test]
fn parts_may_be_missing() {
    let sheet = "<worksheet><sheetData><row><c s=\"4\"><v>1</v></c></row></sheetData></worksheet>";
    let relations = RELATIONS.replace("sheet1.xml", "../worksheets/./sheet1.xml");
    let parts =
        [("_rels/.rels", TOP), ("xl/workbook.xml", super::WORKBOOK), ("xl/_rels/workbook.xml.rels", &relations)];
    let file = zip(&[parts.as_slice(), &[("XL/Worksheets/Sheet1.xml", sheet)]].concat());
    assert_eq!(shown(&file), ["1"]);
    assert_eq!(problem(&zip(&parts)).1, "the file is damaged: its part \"xl/worksheets/sheet1.xml\" is missing");
    assert_eq!(problem(&zip(&parts[..1])).0, ProblemClass::Malformed);
}

#[test]
fn limits_end_with_a_sentence() {
    let rows = "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>";
    let check = |budget: Budget, message: &str| {
        let problem = read_with(&xlsx(rows), &budget).unwrap_err();
        assert_eq!((problem.class, problem.message.as_str()), (ProblemClass::Limit, message));
    };
    let whole = Budget::default();
    check(Budget { columns: 1, ..whole.clone() }, "the sheet has more than 1 columns");
    check(Budget { rows: 1, ..whole.clone() }, "the sheet has more than 1 rows");
    check(Budget { cells: 2, ..whole.clone() }, "the sheet has more than 2 cells");
    check(Budget { file_bytes: 100, ..whole.clone() }, "the file is larger than 1 kB");
    check(Budget { expanded_bytes: 100, ..whole.clone() }, "the file expands to more than 1 kB");
    assert!(read_with(&xlsx(rows), &Budget { columns: 2, rows: 2, cells: 3, ..whole }).is_ok());
}

#[test]
fn facts_begin_empty() {
    let file = xlsx("");
    assert_eq!(read(&file).unwrap(), (Vec::new(), Facts::default()));
}
