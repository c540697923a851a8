//! A streaming XML reader for untrusted documents: bounded tokens, bounded depth, no document type declaration, no entities
//! but the five of XML and character references.
use super::problem::{limit, malformed, size, truncated};
use super::zip::Stream;
use crate::core::import::source::Problem;
use crate::core::work;
use quick_xml::events::{BytesEnd, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::borrow::Cow;
use std::io::{BufRead, Error, Read};

const MOST_DEPTH: usize = 64;
const MOST_NAME: usize = 256;

/// Stops a token that grows past its limit while the parser still buffers it.
struct Leash<'a> {
    stream: Stream<'a>,
    used: usize,
    most: usize,
    failure: Option<Problem>,
}

impl Leash<'_> {
    fn fill(&mut self) -> Result<&[u8], Problem> {
        if self.used > self.most {
            return Err(too_long(self.most));
        }
        // The parser's buffer doubles as it grows.
        work::reserve(2 * self.used);
        self.stream.fill()
    }
}

impl BufRead for Leash<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        // Told before the borrow of what is returned begins.
        if let Err(problem) = self.fill() {
            self.failure = Some(problem);
            return Err(Error::other("the stream ends"));
        }
        self.stream.fill().map_err(|_| Error::other("the stream ends"))
    }

    fn consume(&mut self, count: usize) {
        self.used += count;
        self.stream.consume(count);
    }
}

impl Read for Leash<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}

pub fn too_long(most: usize) -> Problem {
    limit(format!("a cell holds more than {}", size(most as u64)), "Shorten the cell.")
}

/// What comes next in the document.
pub enum Node<'b> {
    Open(Tag<'b>),
    Close(End<'b>),
    Text(Cow<'b, str>),
    /// Comments and the like.
    Other,
    End,
}

/// The start of an element.
pub struct Tag<'b> {
    start: BytesStart<'b>,
    /// How many elements are open, with this one.
    pub depth: usize,
}

/// The end of an element.
pub struct End<'b> {
    end: BytesEnd<'b>,
    /// How many elements are still open.
    pub depth: usize,
}

impl End<'_> {
    /// The name without its prefix.
    pub fn local(&self) -> &str {
        local(self.end.name().0)
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

impl Tag<'_> {
    /// The name without its prefix.
    pub fn local(&self) -> &str {
        local(self.name())
    }

    pub fn name(&self) -> &str {
        self.start.name().0
    }

    /// Calls back with the name and the value of each attribute, entities not yet replaced.
    pub fn each(&self, mut visit: impl FnMut(&str, &str) -> Result<(), Problem>) -> Result<(), Problem> {
        for attribute in self.start.attributes().with_checks(false) {
            work::step();
            let attribute = attribute.map_err(|_| not_xml())?;
            visit(attribute.key.0, &attribute.value)?;
        }
        Ok(())
    }

    /// The value of an attribute, by its name without or with its prefix.
    pub fn attribute(&self, name: &str) -> Result<Option<String>, Problem> {
        for attribute in self.start.attributes().with_checks(false) {
            work::step();
            let attribute = attribute.map_err(|_| not_xml())?;
            if attribute.key.0 == name || local(attribute.key.0) == name {
                let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| not_xml())?;
                return Ok(Some(value.into_owned()));
            }
        }
        Ok(None)
    }
}

pub fn not_xml() -> Problem {
    malformed("the file is damaged: a part is not well-formed XML")
}

/// Whether a value of the type xsd:boolean is true.
pub fn is_true(value: &str) -> bool {
    matches!(value, "1" | "true" | "on")
}

pub struct Xml<'a> {
    reader: Reader<Leash<'a>>,
    buffer: Vec<u8>,
    depth: usize,
    most_text: usize,
}

impl<'a> Xml<'a> {
    /// `most_text` bounds the text of one element.
    pub fn new(stream: Stream<'a>, most_text: usize) -> Self {
        let leash = Leash { stream, used: 0, most: most_text.saturating_add(1024), failure: None };
        let mut reader = Reader::from_reader(leash);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), depth: 0, most_text }
    }

    /// How many elements are open.
    pub fn depth(&self) -> usize {
        self.depth
    }

    pub fn next(&mut self) -> Result<Node<'_>, Problem> {
        work::step();
        self.buffer.clear();
        self.reader.get_mut().used = 0;
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(_) => return Err(self.reader.get_mut().failure.take().unwrap_or_else(not_xml)),
        };
        Ok(match event {
            Event::Start(start) => {
                self.depth += 1;
                if self.depth > MOST_DEPTH {
                    return Err(malformed("the file is damaged: its XML is nested too deeply"));
                }
                // The parser keeps the names of all open elements.
                if start.name().0.len() > MOST_NAME {
                    return Err(not_xml());
                }
                Node::Open(Tag { start, depth: self.depth })
            }
            Event::End(end) => {
                self.depth = self.depth.saturating_sub(1);
                Node::Close(End { end, depth: self.depth })
            }
            Event::Text(text) => Node::Text(text.xml10_content()),
            Event::CData(text) => Node::Text(text.xml10_content()),
            Event::GeneralRef(reference) => {
                let c = match (reference.resolve_char_ref(), &*reference) {
                    (Ok(Some(c)), _) => c,
                    (Ok(None), "lt") => '<',
                    (Ok(None), "gt") => '>',
                    (Ok(None), "amp") => '&',
                    (Ok(None), "quot") => '"',
                    (Ok(None), "apos") => '\'',
                    _ => return Err(not_xml()),
                };
                Node::Text(Cow::Owned(c.to_string()))
            }
            Event::DocType(_) => {
                return Err(malformed("the file is damaged: its XML has a document type declaration"));
            }
            Event::Eof if self.depth > 0 => return Err(truncated()),
            Event::Eof => Node::End,
            Event::Empty(_) | Event::Comment(_) | Event::PI(_) | Event::Decl(_) => Node::Other,
        })
    }

    /// Reads to the end of the element that was opened last.
    pub fn skip(&mut self) -> Result<(), Problem> {
        let inside = self.depth;
        while self.depth >= inside {
            work::step();
            if matches!(self.next()?, Node::End) {
                break;
            }
        }
        Ok(())
    }

    /// Appends the text of the element that was opened last, without its children's, and reads to its end.
    pub fn text(&mut self, text: &mut String) -> Result<(), Problem> {
        let (inside, most) = (self.depth, self.most_text);
        loop {
            work::step();
            match self.next()? {
                Node::Text(part) => push(text, &part, most)?,
                Node::Open(_) => self.skip()?,
                Node::Close(end) if end.depth < inside => return Ok(()),
                Node::End => return Ok(()),
                Node::Close(_) | Node::Other => (),
            }
        }
    }
}

/// Appends to the text of a cell within its limit.
pub fn push(text: &mut String, part: &str, most: usize) -> Result<(), Problem> {
    if text.len() + part.len() > most {
        return Err(too_long(most));
    }
    work::push_str(text, part);
    Ok(())
}
