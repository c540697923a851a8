//! A query as it is kept: columns and choices by their ids, so that a rename changes nothing.
use crate::core::fields::Rule;
use crate::core::jsonb::{Array, JsonObjectWriter, Object, Value, to_text};
use crate::core::schema::{Column, Schema};
use crate::core::work;

/// The document with ids in the place of names. What names nothing stays as it is, for the reader of queries to refuse.
pub fn by_ids(document: Value<'_>, schema: &Schema) -> String {
    match document {
        Value::Object(object) => rewrite_object(object, schema).object(),
        // Of what records are grouped by.
        Value::Array(array) => columns(array, schema),
        other => to_text(other),
    }
}

/// A list of columns, each a name or an object that has one.
fn columns(array: Array<'_>, schema: &Schema) -> String {
    list(array.iter().map(|item| match item {
        Value::Object(object) => rewrite_object(object, schema).object(),
        other => column_id(other, schema),
    }))
}

fn find<'s>(name: &str, schema: &'s Schema) -> Option<&'s Column> {
    schema.named(name).or_else(|| schema.column_formerly(name)).filter(|column| column.uuid().is_some())
}

/// The id of a column as JSON text, or what was given.
fn column_id(value: Value<'_>, schema: &Schema) -> String {
    match value.as_str().and_then(|name| find(name, schema)) {
        Some(column) => format!("\"{}\"", column.key_id),
        None => to_text(value),
    }
}

fn rewrite_object(object: Object<'_>, schema: &Schema) -> JsonObjectWriter {
    work::descend();
    let column = object.get("column").and_then(Value::as_str).and_then(|name| find(name, schema));
    let mut writer = JsonObjectWriter::new();
    for (key, value) in object.iter() {
        work::step();
        let key = String::from_utf8_lossy(key);
        let rewritten = match (key.as_ref(), value) {
            ("column", value) => column_id(value, schema),
            ("value", value) => match column {
                Some(column) => choice_ids(value, column),
                None => to_text(value),
            },
            ("fields" | "expand", Value::Array(array)) => columns(array, schema),
            (_, Value::Object(object)) => rewrite_object(object, schema).object(),
            (_, Value::Array(array)) => list(array.iter().map(|item| match item {
                Value::Object(object) => rewrite_object(object, schema).object(),
                other => to_text(other),
            })),
            (_, other) => to_text(other),
        };
        writer = writer.json(&key, rewritten);
    }
    writer
}

fn list(items: impl Iterator<Item = String>) -> String {
    let mut out = String::from("[");
    for (index, item) in items.enumerate() {
        work::step();
        if index > 0 {
            out.push(',');
        }
        work::push_str(&mut out, &item);
    }
    out.push(']');
    out
}

/// Choices by their ids, where they have one.
fn choice_ids(value: Value<'_>, column: &Column) -> String {
    let (Rule::Select(choices) | Rule::MultiSelect(choices)) = &column.rule else { return to_text(value) };
    let one = |value: Value<'_>| match value.as_str().and_then(|name| choices.id_of(choices.find(name)?)) {
        Some(id) => to_text(Value::String(id.as_bytes())),
        None => to_text(value),
    };
    match value {
        Value::Array(array) => list(array.iter().map(one)),
        value => one(value),
    }
}

#[cfg(test)]
mod tests {
    use super::by_ids;
    use crate::core::jsonb::{Value, fixture::document};

    #[test]
    fn names_become_ids() {
        let (city, stage) = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002");
        let schema = crate::core::schema::read(Value::root(&document(&format!(
            r#"{{"columns":[{{"id":"{city}","name":"city","type":"text"}},{{"id":"{stage}","name":"stage","type":"select",
            "options":{{"choices":[{{"id":"w","name":"won"}},"lost"]}}}}]}}"#
        ))))
        .unwrap();
        for (given, expected) in [
            (r#"{"fields":["city","gone",5]}"#, format!(r#"{{"fields":["{city}","gone",5]}}"#)),
            (
                r#"{"filter":{"and":[{"not":{"column":"stage","op":"any_of","value":["won","lost"]}}]}}"#,
                format!(
                    r#"{{"filter":{{"and":[{{"not":{{"op":"any_of","value":["w","lost"],"column":"{stage}"}}}}]}}}}"#
                ),
            ),
            (
                r#"{"sort":[{"column":"city"},7],"limit":5}"#,
                format!(r#"{{"sort":[{{"column":"{city}"}},7],"limit":5}}"#),
            ),
            (r#"[{"column":"stage"},"city"]"#, format!(r#"[{{"column":"{stage}"}},"{city}"]"#)),
            ("[1]", "[1]".to_owned()),
        ] {
            assert_eq!(by_ids(Value::root(&document(given)), &schema), expected);
        }
    }
}
