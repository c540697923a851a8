//! The representation of documents that the validator reads: jsonb in place, each access counted.
//!
//! The validator crate has no hook for interrupts. A custom keyword cannot serve as one: the crate runs custom keywords last
//! and stops at the first keyword that fails, so the expensive keywords would run before it or without it. But every keyword
//! reads the document through the traits of its representation. So steps, stack depth and memory are checked there: a subschema cannot descend into a value without [`Node::as_object`] or
//! [`Node::as_array`], nor report an error without [`Node::lazy_value`].
use super::analysis::Bounds;
use crate::core::work;
use jsonschema::JsonType;
use jsonschema::json::{Array, Json, Jsonb, JsonbNode, Node, NodeIdentity, Object};
use jsonschema_value::LazyInstance;
use serde_json::Value;
use std::borrow::Cow;
use std::cell::Cell;

/// What one step of the evaluation may keep in memory.
pub const BYTES_A_STEP: usize = 64;
/// What an error takes beside its path.
const ERROR_BYTES: usize = 512;
/// How many names the path of an error may have.
const PATH_STEPS: usize = 64;
/// An array's items are put into a hash table to be compared with each other; an entry takes this much.
const UNIQUE_BYTES: usize = 96;

thread_local! {
    /// The longest text that may meet the schema's patterns and formats.
    static LONGEST_TEXT: Cell<usize> = const { Cell::new(usize::MAX) };
    /// The longest name met so far: each error holds the names that lead to it.
    static LONGEST_NAME: Cell<usize> = const { Cell::new(0) };
}

/// Sets the limits of the evaluation that begins.
pub fn begin(bounds: &Bounds) {
    LONGEST_TEXT.set(bounds.longest_text);
    LONGEST_NAME.set(bounds.longest_name);
}

fn note_name(name: &str) {
    if name.len() > LONGEST_NAME.get() {
        LONGEST_NAME.set(name.len());
    }
    check_text(name.len());
}

fn check_text(length: usize) {
    work::bytes(length);
    if length > LONGEST_TEXT.get() {
        work::refuse(
            &format!("a text of {length} bytes is too long for a pattern or format of the JSON Schema"),
            &format!("Texts of up to {} bytes can be matched with it.", LONGEST_TEXT.get()),
        );
    }
}

pub struct Metered;

#[derive(Clone, Copy)]
pub struct MeteredNode<'a>(JsonbNode<'a>);

pub struct MeteredObject<'a>(<JsonbNode<'a> as Node<'a, Jsonb>>::Object);

pub struct MeteredArray<'a>(<JsonbNode<'a> as Node<'a, Jsonb>>::Array);

pub struct MeteredMembers<'a>(<<JsonbNode<'a> as Node<'a, Jsonb>>::Object as Object<'a, Jsonb>>::MembersIter);

pub struct Elements<'a>(<<JsonbNode<'a> as Node<'a, Jsonb>>::Array as Array<'a, Jsonb>>::ElementsIter);

/// The document whose container begins at `bytes`.
pub fn root(bytes: &[u8]) -> MeteredNode<'_> {
    MeteredNode(Jsonb::root(bytes))
}

impl Json for Metered {
    type Node<'a> = MeteredNode<'a>;
    type PreparedKey = <Jsonb as Json>::PreparedKey;
    type StringBuffer = <Jsonb as Json>::StringBuffer;

    fn prepare_key(key: &str) -> Self::PreparedKey {
        Jsonb::prepare_key(key)
    }

    fn with_string_node<T>(buffer: &mut Self::StringBuffer, string: &str, f: impl FnOnce(MeteredNode<'_>) -> T) -> T {
        Jsonb::with_string_node(buffer, string, |node| f(MeteredNode(node)))
    }
}

impl<'a> Node<'a, Metered> for MeteredNode<'a> {
    type Object = MeteredObject<'a>;
    type Array = MeteredArray<'a>;
    type Number = <JsonbNode<'a> as Node<'a, Jsonb>>::Number;

    fn as_object(&self) -> Option<MeteredObject<'a>> {
        work::spend(1);
        work::descend();
        self.0.as_object().map(MeteredObject)
    }

    fn as_array(&self) -> Option<MeteredArray<'a>> {
        work::spend(1);
        work::descend();
        self.0.as_array().map(MeteredArray)
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        work::spend(1);
        let text = self.0.as_string();
        if let Some(text) = &text {
            check_text(text.len());
        }
        text
    }

    fn as_number(&self) -> Option<Self::Number> {
        work::spend(1);
        self.0.as_number()
    }

    fn as_boolean(&self) -> Option<bool> {
        self.0.as_boolean()
    }

    fn is_null(&self) -> bool {
        self.0.is_null()
    }

    fn is_number(&self) -> bool {
        work::spend(1);
        self.0.is_number()
    }

    fn is_string(&self) -> bool {
        work::spend(1);
        self.0.is_string()
    }

    fn json_type(&self) -> JsonType {
        work::spend(1);
        self.0.json_type()
    }

    fn string_length(&self) -> Option<u64> {
        work::spend(1);
        self.0.string_length()
    }

    fn equals_value(&self, expected: &Value) -> bool {
        work::spend(1);
        self.0.equals_value(expected)
    }

    fn to_value(&self) -> Cow<'a, Value> {
        work::spend(error_steps());
        self.0.to_value()
    }

    fn lazy_value(&self) -> LazyInstance<'a> {
        work::spend(error_steps());
        self.0.lazy_value()
    }

    fn identity(&self) -> Option<NodeIdentity> {
        work::spend(1);
        work::descend();
        self.0.identity()
    }
}

/// What an error costs.
fn error_steps() -> usize {
    (ERROR_BYTES + PATH_STEPS * LONGEST_NAME.get()) / BYTES_A_STEP
}

impl<'a> Object<'a, Metered> for MeteredObject<'a> {
    type Node = MeteredNode<'a>;
    type MemberName = Cow<'a, str>;
    type MembersIter = MeteredMembers<'a>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, key: &<Jsonb as Json>::PreparedKey) -> Option<MeteredNode<'a>> {
        work::spend(1);
        self.0.get(key).map(MeteredNode)
    }

    fn members(&self) -> MeteredMembers<'a> {
        MeteredMembers(self.0.members())
    }
}

impl<'a> Iterator for MeteredMembers<'a> {
    type Item = (Cow<'a, str>, MeteredNode<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        work::spend(1);
        let (name, value) = self.0.next()?;
        note_name(&name);
        Some((name, MeteredNode(value)))
    }
}

impl<'a> Array<'a, Metered> for MeteredArray<'a> {
    type Node = MeteredNode<'a>;
    type ElementsIter = Elements<'a>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn elements(&self) -> Elements<'a> {
        Elements(self.0.elements())
    }

    fn is_unique(&self) -> bool {
        work::reserve(self.len().saturating_mul(UNIQUE_BYTES));
        work::spend(self.len());
        self.0.is_unique()
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = MeteredNode<'a>;

    fn next(&mut self) -> Option<MeteredNode<'a>> {
        work::spend(1);
        self.0.next().map(MeteredNode)
    }
}
