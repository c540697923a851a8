//! What a field rule says of a value that breaks it.
use super::shown::bounded;
use crate::core::jsonb::JsonObjectWriter;

/// At most this many faults are kept of one record.
pub const LIMIT: usize = 100;

/// One broken rule of one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where inside the value, as a JSON Pointer (RFC 6901); empty for the value itself.
    pub at: String,
    /// A stable name, such as `number.max`.
    pub code: &'static str,
    /// The numbers and names that the message was made of.
    pub params: JsonObjectWriter,
    /// A predicate to follow the column's label: "must be at most 100".
    pub message: String,
}

/// Collects the faults of a value or a record.
#[derive(Debug, Default)]
pub struct Faults {
    list: Vec<Fault>,
    stop_at_first: bool,
}

impl Faults {
    pub fn all() -> Faults {
        Faults::default()
    }

    /// For a yes-or-no answer: nothing is looked at once a fault is there.
    pub fn first() -> Faults {
        Faults { list: Vec::new(), stop_at_first: true }
    }

    pub fn add(&mut self, code: &'static str, params: JsonObjectWriter, message: impl Into<String>) {
        self.add_at(String::new(), code, params, message);
    }

    pub fn add_at(&mut self, at: String, code: &'static str, params: JsonObjectWriter, message: impl Into<String>) {
        if !self.is_full() {
            self.list.push(Fault { at, code, params, message: bounded(message.into()) });
        }
    }

    pub fn is_full(&self) -> bool {
        self.list.len() >= if self.stop_at_first { 1 } else { LIMIT }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.list.iter()
    }

    /// The faults added since `start`, taken out.
    pub fn split_off(&mut self, start: usize) -> Vec<Fault> {
        self.list.split_off(start)
    }
}

/// Faults as a JSON array, where no column names them.
pub fn to_json(faults: &[Fault]) -> String {
    let listed: Vec<String> = faults
        .iter()
        .map(|fault| {
            JsonObjectWriter::new()
                .text("path", &fault.at)
                .text("code", fault.code)
                .json("params", fault.params.object())
                .text("message", &fault.message)
                .object()
        })
        .collect();
    format!("[{}]", listed.join(","))
}

/// One step of a JSON Pointer (RFC 6901).
pub fn pointer(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}
