//! Writes jsonb objects as the server lays them out.
use super::verify::{IS_ARRAY, KIND_CONTAINER};
use super::{
    ENTRY_HAS_OFFSET, ENTRY_LENGTH, IS_OBJECT, KIND_FALSE, KIND_NULL, KIND_NUMERIC, KIND_STRING, KIND_TRUE, Value,
    compare_keys,
};
use crate::core::work;
use std::ops::Range;

/// Every so many entries one holds an offset in place of a length.
const OFFSET_STRIDE: usize = 32;

/// Values one after the other.
#[derive(Debug, Default)]
struct Data(Vec<u8>);

#[derive(Clone, Debug)]
struct Part {
    kind: u32,
    range: Range<usize>,
}

impl Data {
    fn push(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.0.len();
        if self.0.capacity() - start < bytes.len() {
            work::reserve((2 * self.0.capacity()).max(start.saturating_add(bytes.len())));
        }
        self.0.extend_from_slice(bytes);
        start..self.0.len()
    }

    fn value(&mut self, value: Value<'_>) -> Part {
        let (kind, bytes): (u32, &[u8]) = match value {
            Value::Null => (KIND_NULL, &[]),
            Value::Bool(false) => (KIND_FALSE, &[]),
            Value::Bool(true) => (KIND_TRUE, &[]),
            Value::Number(number) => (KIND_NUMERIC, number.varlena()),
            Value::String(bytes) => (KIND_STRING, bytes),
            Value::Array(array) => (KIND_CONTAINER, array.container()),
            Value::Object(object) => (KIND_CONTAINER, object.container()),
        };
        Part { kind, range: self.push(bytes) }
    }

    /// The bytes of a container of these parts; none when they are more than a container can have.
    fn lay_out<'p>(&self, header: u32, count: usize, parts: impl Iterator<Item = &'p Part>) -> Option<Vec<u8>> {
        let length = 4 + 7 * count + self.0.len();
        work::reserve(length);
        let mut out = Vec::with_capacity(length);
        out.extend_from_slice(&header.to_ne_bytes());
        out.resize(4 + 4 * count, 0);
        let data = out.len();
        for (index, Part { kind, range }) in parts.enumerate() {
            work::step();
            let start = out.len();
            if matches!(*kind, KIND_NUMERIC | KIND_CONTAINER) {
                out.resize(start.next_multiple_of(4), 0);
            }
            out.extend_from_slice(&self.0[range.clone()]);
            if out.len() - data > ENTRY_LENGTH as usize {
                return None;
            }
            let entry = if index % OFFSET_STRIDE == 0 {
                kind | ENTRY_HAS_OFFSET | (out.len() - data) as u32
            } else {
                kind | (out.len() - start) as u32
            };
            out[4 + 4 * index..8 + 4 * index].copy_from_slice(&entry.to_ne_bytes());
        }
        Some(out)
    }
}

/// Collects an object's members, in any order; of one key the last counts.
#[derive(Debug, Default)]
pub struct ObjectBuilder {
    members: Vec<(Part, Part)>,
    data: Data,
}

impl ObjectBuilder {
    pub fn member(&mut self, key: &[u8], value: Value<'_>) {
        let key = Part { kind: KIND_STRING, range: self.data.push(key) };
        let value = self.data.value(value);
        self.members.push((key, value));
    }

    /// The object's container bytes; none when they are more than a jsonb object can have.
    pub fn finish(mut self) -> Option<Vec<u8>> {
        let bytes = &self.data.0;
        let key = |member: &(Part, Part)| &bytes[member.0.range.clone()];
        // The sort keeps the order of equal keys, so that the last of them is the last given.
        self.members.sort_by(|left, right| compare_keys(key(left), key(right)));
        let is_last =
            |index: usize| self.members.get(index + 1).is_none_or(|next| key(next) != key(&self.members[index]));
        let members: Vec<&(Part, Part)> =
            self.members.iter().enumerate().filter(|(index, _)| is_last(*index)).map(|(_, member)| member).collect();
        let (keys, values) = (members.iter().map(|member| &member.0), members.iter().map(|member| &member.1));
        self.data.lay_out(IS_OBJECT | members.len() as u32, 2 * members.len(), keys.chain(values))
    }
}

/// Collects an array's elements, front to back.
#[derive(Debug, Default)]
pub struct ArrayBuilder {
    elements: Vec<Part>,
    data: Data,
}

impl ArrayBuilder {
    pub fn element(&mut self, value: Value<'_>) {
        let element = self.data.value(value);
        self.elements.push(element);
    }

    /// The array's container bytes; none when they are more than a jsonb array can have.
    pub fn finish(self) -> Option<Vec<u8>> {
        let count = self.elements.len();
        self.data.lay_out(IS_ARRAY | count as u32, count, self.elements.iter())
    }
}

/// The container bytes of `[]`.
pub const EMPTY_ARRAY: &[u8] = &IS_ARRAY.to_ne_bytes();

#[cfg(test)]
mod tests {
    use super::{ArrayBuilder, ObjectBuilder};
    use crate::core::jsonb::{Value, fixture::document, verify, write};

    #[test]
    fn writes_what_the_server_writes() {
        let wide: Vec<String> = (0..100).map(|n| format!("\"key {n}\":[{n}.5,{{\"n\":\"{n}\"}}]")).collect();
        for text in [
            "{}".to_owned(),
            r#"{"b":1,"a":"x","ccc":null,"dd":true,"e":false,"f":{"g":[1,"y",2.5]},"h":[],"i":-0.001}"#.to_owned(),
            format!("{{{}}}", wide.join(",")),
        ] {
            let given = document(&text);
            let mut builder = ObjectBuilder::default();
            let members: Vec<_> = Value::root(&given).as_object().unwrap().iter().collect();
            // The order in which they are given does not matter.
            members.iter().rev().for_each(|(key, value)| builder.member(key, *value));
            let built = builder.finish().unwrap();
            assert!(verify(&built), "{text}");
            assert_eq!(built, given, "{text}");
        }
    }

    #[test]
    fn writes_arrays_as_the_server_does() {
        let long: Vec<String> = (0..100).map(|n| format!("[{n}.5,\"{n}\",{{\"n\":null}}]")).collect();
        for text in
            ["[]".to_owned(), r#"[1,"x",null,true,{"a":[]},-0.001]"#.to_owned(), format!("[{}]", long.join(","))]
        {
            let given = document(&text);
            let mut builder = ArrayBuilder::default();
            Value::root(&given).as_array().unwrap().iter().for_each(|element| builder.element(element));
            let built = builder.finish().unwrap();
            assert!(verify(&built), "{text}");
            assert_eq!(built, given, "{text}");
        }
    }

    #[test]
    fn the_last_of_one_key_counts() {
        let mut builder = ObjectBuilder::default();
        for (key, value) in
            [("a", Value::Bool(true)), ("b", Value::Null), ("a", Value::String(b"x")), ("a", Value::Bool(false))]
        {
            builder.member(key.as_bytes(), value);
        }
        let built = builder.finish().unwrap();
        let mut text = String::new();
        write(Value::root(&built), &mut text);
        assert_eq!(text, r#"{"a":false,"b":null}"#);
    }
}
