//! xlsx workbooks: sheets, styles and shared strings. Transitional and strict Office Open XML read alike.
use super::bytes::SharedSource;
use super::format::Styles;
use super::package::{Package, SharedStrings, StringReader, structure};
use super::problem::malformed;
use super::serial::Epoch;
use super::strings::unescape;
use super::xlsx_shared::{Shared, rich_text};
use super::xlsx_sheet::XlsxRows;
use super::xml::{Node, Xml, is_true};
use super::zip::{Meter, Stream};
use super::{Sheet, Visibility, add_sheet};
use crate::core::import::budget::Budget;
use crate::core::import::source::Problem;
use crate::core::work;
use std::cell::RefCell;
use std::rc::Rc;

pub struct Xlsx<'a> {
    package: Package<'a>,
    parts: Vec<String>,
    shared: Shared<'a>,
}

impl<'a> Xlsx<'a> {
    pub fn open(source: SharedSource<'a>, budget: &Budget) -> Result<(Self, Vec<Sheet>), Problem> {
        let meter = Meter::new(budget.expanded_bytes);
        let package = Package::open(source, budget, "xl/workbook.xml", &meter)?;
        let (mut sheets, mut parts) = (Vec::new(), Vec::new());
        let (mut is_1904, mut is_recalculated) = (false, false);
        let mut xml = structure(package.archive.needed(&package.workbook, &meter)?);
        loop {
            work::step();
            match xml.next()? {
                Node::Open(tag) => match tag.local() {
                    // Excel's extensions have elements of the same names behind them, with other attributes.
                    "workbookPr" => is_1904 |= tag.attribute("date1904")?.is_some_and(|value| is_true(&value)),
                    "calcPr" => {
                        is_recalculated |= tag.attribute("fullCalcOnLoad")?.is_some_and(|value| is_true(&value));
                    }
                    "sheet" => {
                        let visibility = match tag.attribute("state")?.as_deref() {
                            Some("hidden") => Visibility::Hidden,
                            Some("veryHidden") => Visibility::VeryHidden,
                            _ => Visibility::Visible,
                        };
                        let id = tag.attribute("id")?.unwrap_or_default();
                        if let Some(part) = package.worksheet(&id) {
                            let name = tag.attribute("name")?.unwrap_or_default();
                            add_sheet(&mut sheets, Sheet::new(unescape(name), visibility))?;
                            parts.push(part.to_owned());
                        }
                    }
                    _ => (),
                },
                Node::End => break,
                _ => (),
            }
        }
        let styles = match package.part("styles", &meter)? {
            Some(stream) => read_styles(stream)?,
            None => Styles::default(),
        };
        let strings = package.part("sharedStrings", &Meter::new(budget.expanded_bytes))?;
        let reader = strings.map(|stream| Box::new(XmlStrings::new(stream, budget)) as Box<dyn StringReader + 'a>);
        let shared = Shared {
            styles: Rc::new(styles),
            strings: Rc::new(RefCell::new(SharedStrings::new(budget, reader))),
            epoch: Epoch::new(is_1904),
            is_recalculated,
        };
        Ok((Self { package, parts, shared }, sheets))
    }

    pub fn rows(&self, index: usize) -> Result<XlsxRows<'a>, Problem> {
        let meter = Meter::new(self.package.budget.expanded_bytes);
        let part = self.parts.get(index).ok_or_else(|| malformed("the workbook has no such sheet"))?;
        let stream = self.package.archive.needed(part, &meter)?;
        Ok(XlsxRows::new(stream, meter, self.shared.clone(), &self.package.budget))
    }
}

fn read_styles(stream: Stream<'_>) -> Result<Styles, Problem> {
    let mut styles = Styles::default();
    let mut xml = structure(stream);
    let mut in_cells = false;
    loop {
        work::step();
        match xml.next()? {
            Node::Open(tag) => match tag.local() {
                "numFmt" => {
                    let id = tag.attribute("numFmtId")?.and_then(|id| id.parse().ok());
                    if let (Some(id), Some(code)) = (id, tag.attribute("formatCode")?) {
                        styles.add_format(id, &code)?;
                    }
                }
                "cellXfs" => in_cells = true,
                "xf" if in_cells => {
                    let id = tag.attribute("numFmtId")?.and_then(|id| id.parse().ok());
                    styles.add_cell(id.unwrap_or(0))?;
                }
                _ => (),
            },
            Node::Close(end) if end.local() == "cellXfs" => in_cells = false,
            Node::End => return Ok(styles),
            _ => (),
        }
    }
}

struct XmlStrings<'a> {
    xml: Xml<'a>,
    most: usize,
}

impl<'a> XmlStrings<'a> {
    fn new(stream: Stream<'a>, budget: &Budget) -> Self {
        Self { xml: Xml::new(stream, budget.cell_bytes), most: budget.cell_bytes }
    }
}

impl StringReader for XmlStrings<'_> {
    fn next(&mut self) -> Result<Option<String>, Problem> {
        loop {
            work::step();
            match self.xml.next()? {
                Node::Open(tag) if tag.local() == "si" => return rich_text(&mut self.xml, self.most).map(Some),
                Node::End => return Ok(None),
                _ => (),
            }
        }
    }
}
