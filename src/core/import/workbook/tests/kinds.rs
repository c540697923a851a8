use super::{xlsx, zip};
use crate::core::import::source::ProblemClass;
use crate::core::import::workbook::{Kind, Workbook, kind};

#[test]
fn kinds_are_told_by_content() {
    assert_eq!(kind(xlsx("").as_slice()).unwrap(), Kind::Xlsx);
    for text in ["", "a,b\n1,2\n", "PK,1\n", "{\"a\":1}", "<note/>", "<3,b\n"] {
        assert_eq!(kind(text.as_bytes()).unwrap(), Kind::Text, "{text}");
    }
    assert_eq!(
        kind(zip(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet-template")]).as_slice()).unwrap(),
        Kind::Ods
    );
    assert_eq!(kind(zip(&[("xl/workbook.bin", ""), ("_rels/.rels", "")]).as_slice()).unwrap(), Kind::Xlsb);
}

#[test]
fn other_files_are_named() {
    for (content, name) in [
        (&b"%PDF-1.7"[..], "a PDF document"),
        (b"\x1F\x8B\x08", "compressed by gzip"),
        (b"\x09\x08\x08\x00\x00\x05", "a workbook of Excel 5"),
        (b"\xEF\xBB\xBF <HTML><table>", "a web page"),
        (b"<table border=1><tr>", "a web page"),
        (b"<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?>", "an XML spreadsheet of Excel 2003"),
        (&zip(&[("word/document.xml", ""), ("_rels/.rels", "")]), "a document, but no spreadsheet"),
        (&zip(&[("mimetype", "application/vnd.oasis.opendocument.text")]), "a document, but no spreadsheet"),
        (&zip(&[("Index/Document.iwa", "")]), "a document of Apple Numbers"),
        (&zip(&[("a.csv", "")]), "an archive"),
    ] {
        let problem = kind(content).unwrap_err();
        assert_eq!((problem.class, problem.message), (ProblemClass::Unsupported, format!("the file is {name}")));
    }
}

#[test]
fn text_is_no_workbook() {
    let problem = Workbook::open(&b"a,b\n"[..], &Default::default()).err().unwrap();
    assert_eq!((problem.class, problem.code), (ProblemClass::Unsupported, "import.no_workbook"));
}
