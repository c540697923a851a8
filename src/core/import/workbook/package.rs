//! Office Open XML packages: parts and the relations between them, as xlsx and xlsb have them.
use super::bytes::SharedSource;
use super::problem::malformed;
use super::strings::Arena;
use super::xml::{Node, Xml};
use super::zip::{Archive, Meter, Stream};
use crate::core::import::budget::Budget;
use crate::core::import::source::Problem;
use crate::core::work;

const MOST_RELATIONS: usize = 10_000;
const MOST_NAME: usize = 1_024;
/// The longest token of XML that is no cell.
const MOST_TOKEN: usize = 64 << 10;

struct Relation {
    id: String,
    /// The end of the type's URI, which is the same in the transitional and the strict format.
    kind: String,
    target: String,
}

/// The parts of a workbook.
pub struct Package<'a> {
    pub archive: Archive<'a>,
    pub budget: Budget,
    /// Where the workbook's own part is.
    pub workbook: String,
    relations: Vec<Relation>,
}

impl<'a> Package<'a> {
    pub fn open(source: SharedSource<'a>, budget: &Budget, default: &str, meter: &Meter) -> Result<Self, Problem> {
        let archive = Archive::open(source)?;
        let top = relations(&archive, "", meter)?;
        let workbook = top.into_iter().find(|relation| relation.kind == "officeDocument");
        let workbook = workbook.map_or_else(|| default.to_owned(), |relation| relation.target);
        let relations = relations(&archive, &workbook, meter)?;
        Ok(Self { archive, budget: budget.clone(), workbook, relations })
    }

    /// The part of a worksheet, by the id of its relation. None for sheets of other kinds, such as charts.
    pub fn worksheet(&self, id: &str) -> Option<&str> {
        let is_wanted = |relation: &&Relation| relation.id == id && relation.kind == "worksheet";
        self.relations.iter().find(is_wanted).map(|relation| relation.target.as_str())
    }

    /// The stream of the workbook's part of a kind, if it has one.
    pub fn part(&self, kind: &str, meter: &Meter) -> Result<Option<Stream<'a>>, Problem> {
        match self.relations.iter().find(|relation| relation.kind == kind) {
            Some(relation) => self.archive.stream(&relation.target, meter),
            None => Ok(None),
        }
    }
}

/// A reader of XML that has no cells.
pub fn structure(stream: Stream<'_>) -> Xml<'_> {
    Xml::new(stream, MOST_TOKEN)
}

/// The relations of a part; none where it has no list of them.
fn relations(archive: &Archive, part: &str, meter: &Meter) -> Result<Vec<Relation>, Problem> {
    let (folder, name) = part.rsplit_once('/').map_or(("", part), |(folder, name)| (folder, name));
    let list = if folder.is_empty() { format!("_rels/{name}.rels") } else { format!("{folder}/_rels/{name}.rels") };
    let mut relations = Vec::new();
    let Some(stream) = archive.stream(&list, meter)? else {
        return Ok(relations);
    };
    let mut xml = structure(stream);
    loop {
        work::step();
        match xml.next()? {
            Node::Open(tag) if tag.local() == "Relationship" => {
                let id = tag.attribute("Id")?.unwrap_or_default();
                let kind = tag.attribute("Type")?.unwrap_or_default();
                let target = tag.attribute("Target")?.unwrap_or_default();
                let kind = kind.rsplit('/').next().unwrap_or_default();
                if [id.len(), kind.len(), target.len()].iter().any(|length| *length > MOST_NAME) {
                    return Err(malformed("the file is damaged: a relation has a name that is too long"));
                }
                if relations.len() >= MOST_RELATIONS {
                    return Err(malformed("the file is damaged: it has too many relations"));
                }
                relations.push(Relation { id, kind: kind.to_owned(), target: resolve(folder, &target) });
            }
            Node::End => return Ok(relations),
            _ => (),
        }
    }
}

/// The name of the part that a target means, seen from a folder.
fn resolve(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let mut steps: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for step in target.split('/') {
        work::step();
        match step {
            "" | "." => (),
            ".." => drop(steps.pop()),
            _ => steps.push(step),
        }
    }
    steps.retain(|step| !step.is_empty());
    steps.join("/")
}

/// Reads the next shared string.
pub trait StringReader {
    fn next(&mut self) -> Result<Option<String>, Problem>;
}

/// The shared strings of a workbook, read only as far as cells ask for them.
pub struct SharedStrings<'a> {
    arena: Arena,
    reader: Option<Box<dyn StringReader + 'a>>,
}

impl<'a> SharedStrings<'a> {
    pub fn new(budget: &Budget, reader: Option<Box<dyn StringReader + 'a>>) -> Self {
        Self { arena: Arena::new(budget.shared_string_bytes), reader }
    }

    /// A text by its number. None where there is none.
    pub fn get(&mut self, index: usize, meter: &Meter) -> Result<Option<String>, Problem> {
        while let (true, Some(reader)) = (self.arena.len() <= index, &mut self.reader) {
            match reader.next()? {
                Some(text) => self.arena.push(&text)?,
                None => self.reader = None,
            }
        }
        let Some(text) = self.arena.get(index) else {
            return Ok(None);
        };
        // Many cells may have one long text.
        meter.take(text.len())?;
        work::reserve(text.len());
        Ok(Some(text.to_owned()))
    }
}
