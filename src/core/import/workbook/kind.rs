//! What kind of file it is, by its first bytes and, for archives, by what it holds.
use super::bytes::{SharedSource, read_some};
use super::ole::Compound;
use super::problem::{encrypted, malformed, unsupported};
use super::zip::{Archive, Meter};
use crate::core::import::source::{Problem, Source};
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Xlsx,
    Xlsb,
    Ods,
    Xls,
    /// CSV, JSON and the like: anything that is no workbook.
    Text,
}

const HINT: &str = "Open the file in a spreadsheet program, save it as xlsx and import that copy.";
/// Web pages and XML say what they are within so many bytes.
const BEGINNING: usize = 4096;

/// Tells the kind of a file. Files that are certainly neither a workbook nor text are refused with what they are.
pub fn kind<'a>(source: impl Source + 'a) -> Result<Kind, Problem> {
    let source: SharedSource<'a> = Rc::new(RefCell::new(source));
    of(&source)
}

pub fn of(source: &SharedSource) -> Result<Kind, Problem> {
    let mut beginning = vec![0; BEGINNING];
    let count = read_some(source, 0, &mut beginning)?;
    beginning.truncate(count);
    if beginning.starts_with(b"PK\x03\x04") || beginning.starts_with(b"PK\x05\x06") {
        return archive(source);
    }
    if beginning.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return compound(source);
    }
    for (magic, name) in [
        (&b"\x09\x00\x04\x00"[..], "a workbook of Excel 2"),
        (b"\x09\x02\x06\x00", "a workbook of Excel 3"),
        (b"\x09\x04\x06\x00", "a workbook of Excel 4"),
        (b"\x09\x08\x08\x00", "a workbook of Excel 5"),
        (b"%PDF-", "a PDF document"),
        (b"\x1F\x8B", "compressed by gzip"),
        (b"7z\xBC\xAF\x27\x1C", "a 7z archive"),
        (b"Rar!", "a RAR archive"),
        (b"\x89PNG", "a picture"),
        (b"\xFF\xD8\xFF", "a picture"),
    ] {
        if beginning.starts_with(magic) {
            return Err(refused(name));
        }
    }
    match markup(&beginning) {
        Some(name) => Err(refused(name)),
        None => Ok(Kind::Text),
    }
}

fn refused(name: &str) -> Problem {
    unsupported("import.file_kind", format!("the file is {name}"), HINT)
}

/// Web pages and XML that go by the name of .xls.
fn markup(beginning: &[u8]) -> Option<&'static str> {
    let text =
        String::from_utf8_lossy(beginning.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(beginning)).to_ascii_lowercase();
    let text = text.trim_start();
    if !text.starts_with('<') {
        return None;
    }
    if text.contains("urn:schemas-microsoft-com:office:spreadsheet") || text.contains("excel.sheet\"") {
        Some("an XML spreadsheet of Excel 2003")
    } else if text.contains("office:document") {
        Some("a flat XML document of OpenOffice")
    } else if ["<html", "<!doctype html", "<table", "<head", "<body", "<meta", "<style"]
        .iter()
        .any(|tag| text.starts_with(tag))
        || text.starts_with("<?xml") && text.contains("<html")
    {
        Some("a web page")
    } else {
        None
    }
}

fn archive(source: &SharedSource) -> Result<Kind, Problem> {
    let archive = Archive::open(source.clone())?;
    let has = |wanted: &str| archive.names().any(|name| name.eq_ignore_ascii_case(wanted));
    let meter = Meter::new(1 << 20);
    let mut mimetype = [0; 128];
    let length = match archive.stream("mimetype", &meter)? {
        Some(mut stream) => stream.read(&mut mimetype)?,
        None => 0,
    };
    if mimetype[..length].starts_with(b"application/vnd.oasis.opendocument.spreadsheet") {
        return Ok(Kind::Ods);
    }
    if length > 0 {
        return Err(refused("a document, but no spreadsheet"));
    }
    if has("xl/workbook.bin") {
        return Ok(Kind::Xlsb);
    }
    if has("word/document.xml") || has("ppt/presentation.xml") {
        return Err(refused("a document, but no spreadsheet"));
    }
    if has("_rels/.rels") || has("xl/workbook.xml") {
        return Ok(Kind::Xlsx);
    }
    if archive.names().any(|name| name.ends_with(".iwa")) {
        return Err(refused("a document of Apple Numbers"));
    }
    Err(unsupported("import.file_kind", "the file is an archive", "Unpack it and import the files that it holds."))
}

fn compound(source: &SharedSource) -> Result<Kind, Problem> {
    let compound = Compound::open(source)?;
    if compound.has("EncryptedPackage") || compound.has("EncryptionInfo") {
        return Err(encrypted());
    }
    if compound.has("Workbook") {
        return Ok(Kind::Xls);
    }
    if compound.has("Book") {
        return Err(refused("a workbook of Excel 5 or 95"));
    }
    if compound.is_empty() {
        return Err(malformed("the file is damaged: its directory is empty"));
    }
    Err(refused("a document, but no spreadsheet"))
}
