//! What all sheets of an Office Open XML workbook share, and texts with runs.
use super::format::Styles;
use super::package::SharedStrings;
use super::serial::Epoch;
use super::strings::unescape;
use super::xml::{Node, Xml, push};
use crate::core::import::source::Problem;
use crate::core::work;
use std::cell::RefCell;
use std::rc::Rc;

/// What all sheets of an Office Open XML workbook share.
#[derive(Clone)]
pub struct Shared<'a> {
    pub styles: Rc<Styles>,
    pub strings: Rc<RefCell<SharedStrings<'a>>>,
    pub epoch: Epoch,
    pub is_recalculated: bool,
}

/// The text of the element that was opened last: its runs joined, without the readings of kanji (`rPh`).
pub fn rich_text(xml: &mut Xml, most: usize) -> Result<String, Problem> {
    let mut text = String::new();
    let (inside, mut in_text) = (xml.depth(), false);
    loop {
        work::step();
        match xml.next()? {
            Node::Open(tag) => match tag.local() {
                "t" => in_text = true,
                "r" => (),
                _ => xml.skip()?,
            },
            Node::Text(part) if in_text => push(&mut text, &part, most)?,
            Node::Close(end) if end.local() == "t" => in_text = false,
            Node::Close(end) if end.depth < inside => break,
            Node::End => break,
            _ => (),
        }
    }
    Ok(unescape(text))
}
