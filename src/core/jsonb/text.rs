//! Writes jsonb values as JSON text (RFC 8259), numbers digit for digit.
use super::Value;
use crate::core::work;

/// A value as JSON text.
pub fn to_text(value: Value<'_>) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// Appends `value` as JSON text, which may be far longer than the document: 1e131071 takes ten bytes there.
pub fn write(value: Value<'_>, out: &mut String) {
    work::descend();
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Value::Number(number) => work::push_str(out, &number.to_string()),
        Value::String(bytes) => quote(&String::from_utf8_lossy(bytes), out),
        Value::Array(array) => {
            out.push('[');
            for (index, item) in array.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(object) => {
            out.push('{');
            for (index, (key, item)) in object.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                quote(&String::from_utf8_lossy(key), out);
                out.push(':');
                write(item, out);
            }
            out.push('}');
        }
    }
}

/// Appends `text` as a JSON string.
pub fn quote(text: &str, out: &mut String) {
    const LONGEST_ESCAPE: usize = 6;
    if out.capacity() - out.len() < text.len() + 2 {
        work::reserve((2 * out.capacity()).max(out.len() + text.len() + 2));
    }
    out.push('"');
    for character in text.chars() {
        work::step();
        if out.capacity() - out.len() < LONGEST_ESCAPE {
            work::reserve(2 * out.capacity());
        }
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if (control as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", control as u32)),
            other => out.push(other),
        }
    }
    out.push('"');
}

/// The members of a JSON object that is being written as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonObjectWriter(String);

impl JsonObjectWriter {
    pub fn new() -> JsonObjectWriter {
        JsonObjectWriter::default()
    }

    /// Adds a member whose value is JSON text already: a number, `true`, an array.
    pub fn json(mut self, name: &str, value: impl ToString) -> JsonObjectWriter {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        quote(name, &mut self.0);
        self.0.push(':');
        work::push_str(&mut self.0, &value.to_string());
        self
    }

    pub fn text(self, name: &str, value: &str) -> JsonObjectWriter {
        let mut quoted = String::new();
        quote(value, &mut quoted);
        self.json(name, quoted)
    }

    pub fn list(self, name: &str, values: impl Iterator<Item = impl AsRef<str>>) -> JsonObjectWriter {
        let mut list = String::from("[");
        for (index, value) in values.enumerate() {
            work::step();
            if index > 0 {
                list.push(',');
            }
            quote(value.as_ref(), &mut list);
        }
        list.push(']');
        self.json(name, list)
    }

    pub fn join(mut self, other: JsonObjectWriter) -> JsonObjectWriter {
        if !self.0.is_empty() && !other.0.is_empty() {
            self.0.push(',');
        }
        work::push_str(&mut self.0, &other.0);
        self
    }

    /// The object.
    pub fn object(&self) -> String {
        format!("{{{}}}", self.0)
    }
}
