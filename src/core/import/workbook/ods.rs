//! ods workbooks (OpenDocument): the list of sheets, from the one part that holds them all.
use super::bytes::SharedSource;
use super::ods_sheet::{OdsRows, TABLE_DEPTH};
use super::package::structure;
use super::problem::{encrypted, malformed};
use super::xml::{Node, Xml};
use super::zip::{Archive, Meter};
use super::{Sheet, Visibility, add_sheet};
use crate::core::import::budget::Budget;
use crate::core::import::source::Problem;
use crate::core::work;
use std::collections::BTreeSet;

pub const CONTENT: &str = "content.xml";
const MOST_STYLES: usize = 1_000;
const MOST_NAME: usize = 1_024;

pub struct Ods<'a> {
    archive: Archive<'a>,
    budget: Budget,
}

impl<'a> Ods<'a> {
    pub fn open(source: SharedSource<'a>, budget: &Budget) -> Result<(Self, Vec<Sheet>), Problem> {
        let archive = Archive::open(source)?;
        let meter = Meter::new(budget.expanded_bytes);
        if is_encrypted(&archive, &meter)? {
            return Err(encrypted());
        }
        let mut xml = Xml::new(archive.needed(CONTENT, &meter)?, budget.cell_bytes);
        let sheets = list(&mut xml)?;
        Ok((Self { archive, budget: budget.clone() }, sheets))
    }

    pub fn rows(&self, index: usize) -> Result<OdsRows<'a>, Problem> {
        let meter = Meter::new(self.budget.expanded_bytes);
        let stream = self.archive.needed(CONTENT, &meter)?;
        Ok(OdsRows::new(Xml::new(stream, self.budget.cell_bytes), index, meter, &self.budget))
    }
}

fn is_encrypted(archive: &Archive, meter: &Meter) -> Result<bool, Problem> {
    let Some(stream) = archive.stream("META-INF/manifest.xml", meter)? else {
        return Ok(false);
    };
    let mut xml = structure(stream);
    loop {
        work::step();
        match xml.next() {
            Ok(Node::Open(tag)) if tag.local() == "encryption-data" => return Ok(true),
            // Old manifests have a document type declaration, and nothing else here is needed.
            Ok(Node::End) | Err(_) => return Ok(false),
            Ok(_) => (),
        }
    }
}

fn list(xml: &mut Xml) -> Result<Vec<Sheet>, Problem> {
    let mut sheets = Vec::new();
    let mut hidden = BTreeSet::new();
    // The table style that is being read.
    let mut style = None;
    loop {
        work::step();
        match xml.next()? {
            Node::Open(tag) => match tag.local() {
                "style" => {
                    let is_of_table = tag.attribute("style:family")?.as_deref() == Some("table");
                    style = if is_of_table { tag.attribute("style:name")? } else { None };
                }
                "table-properties" => {
                    let is_hidden = tag.attribute("table:display")?.as_deref() == Some("false");
                    if let (true, Some(style)) = (is_hidden, style.take()) {
                        if hidden.len() >= MOST_STYLES || style.len() > MOST_NAME {
                            return Err(malformed("the file is damaged: it has too many table styles"));
                        }
                        hidden.insert(style);
                    }
                }
                "table" if tag.depth == TABLE_DEPTH => {
                    let name = tag.attribute("table:name")?.unwrap_or_default();
                    let is_hidden = tag.attribute("table:style-name")?.is_some_and(|style| hidden.contains(&style));
                    let visibility = if is_hidden { Visibility::Hidden } else { Visibility::Visible };
                    add_sheet(&mut sheets, Sheet::new(name, visibility))?;
                    xml.skip()?;
                }
                _ => (),
            },
            Node::End => return Ok(sheets),
            _ => (),
        }
    }
}
