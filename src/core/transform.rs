//! A record in flat form: its own columns beside the fields of `data`.
use crate::core::jsonb::{Object, ObjectBuilder, Value};
use crate::core::work;

/// Columns that the flat form does not show: the first is what it takes apart.
const HIDDEN: [&str; 2] = ["data", "search_vector"];

/// Whether jsonb counts both as equal: numbers by value, all else by content.
fn is_equal(left: Value<'_>, right: Value<'_>) -> bool {
    work::descend();
    work::step();
    match (left, right) {
        (Value::Number(one), Value::Number(other)) => {
            one.varlena() == other.varlena() || one.read().to_decimal() == other.read().to_decimal()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other.iter()).all(|(one, other)| is_equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let mut pairs = one.iter().zip(other.iter());
            one.len() == other.len() && pairs.all(|(one, other)| one.0 == other.0 && is_equal(one.1, other.1))
        }
        _ => left.same_bytes(right),
    }
}

/// The flat form; the record's own columns win, but not a null over a value. What loses stays under `data`. None when it is more than jsonb can hold.
pub fn flat(record: Object<'_>) -> Option<Vec<u8>> {
    let is_hidden = |key: &[u8]| HIDDEN.iter().any(|hidden| hidden.as_bytes() == key);
    // Both are in the order of their keys.
    let own = |key: &[u8]| std::str::from_utf8(key).ok().filter(|_| !is_hidden(key)).and_then(|key| record.get(key));
    let data = record.get("data").unwrap_or(Value::Null);
    let custom = data.as_object();
    let mut flat = ObjectBuilder::default();
    for (key, value) in record.iter().filter(|(key, _)| !is_hidden(key)) {
        work::step();
        let has_custom =
            || custom.zip(std::str::from_utf8(key).ok()).is_some_and(|(data, key)| data.get(key).is_some());
        if !value.is_null() || !has_custom() {
            flat.member(key, value);
        }
    }
    let Some(custom) = custom else {
        if !data.is_null() {
            flat.member(b"data", data);
        }
        return flat.finish();
    };
    let is_covered = |key: &[u8], value: Value<'_>| {
        own(key).is_some_and(|own| !own.is_null() && !value.is_null() && !is_equal(value, own))
    };
    let is_contested = custom.iter().any(|(key, value)| is_covered(key, value));
    let mut lost = ObjectBuilder::default();
    for (key, value) in custom.iter() {
        work::step();
        let is_data = is_contested && key == b"data";
        if is_data || is_covered(key, value) {
            lost.member(key, value);
        }
        if !is_data && own(key).is_none_or(Value::is_null) {
            flat.member(key, value);
        }
    }
    if is_contested {
        let lost = lost.finish()?;
        flat.member(b"data", Value::root(&lost));
    }
    flat.finish()
}

#[cfg(test)]
mod tests {
    use super::flat;
    use crate::core::jsonb::fixture::document;
    use crate::core::jsonb::{Value, to_text};

    fn of(record: &str) -> String {
        let record = document(record);
        to_text(Value::root(&flat(Value::root(&record).as_object().unwrap()).unwrap()))
    }

    #[test]
    fn fields_stand_beside_columns() {
        assert_eq!(of(r#"{"name": "a", "search_vector": "x", "data": {"phone": "1"}}"#), r#"{"name":"a","phone":"1"}"#);
        assert_eq!(of(r#"{"name": "a"}"#), r#"{"name":"a"}"#);
        assert_eq!(of("{}"), "{}");
    }

    #[test]
    fn columns_win_but_not_a_null_over_a_value() {
        assert_eq!(of(r#"{"a": null, "data": {"a": 1}}"#), r#"{"a":1}"#);
        assert_eq!(of(r#"{"a": null, "data": {"a": null}}"#), r#"{"a":null}"#);
        assert_eq!(of(r#"{"a": 1, "data": {"a": null}}"#), r#"{"a":1}"#);
        assert_eq!(of(r#"{"a": 1, "data": {"a": 1.0, "b": 2}}"#), r#"{"a":1,"b":2}"#);
        assert_eq!(of(r#"{"a": [1, {"x": 2.50}], "data": {"a": [1.0, {"x": 2.5}]}}"#), r#"{"a":[1,{"x":2.50}]}"#);
    }

    #[test]
    fn what_loses_stays_under_data() {
        assert_eq!(of(r#"{"a": 1, "data": {"a": 2, "b": 3}}"#), r#"{"a":1,"b":3,"data":{"a":2}}"#);
        assert_eq!(of(r#"{"a": 1, "data": {"a": 2, "data": 3}}"#), r#"{"a":1,"data":{"a":2,"data":3}}"#);
        assert_eq!(of(r#"{"a": 1, "data": {"data": 3}}"#), r#"{"a":1,"data":3}"#);
        assert_eq!(of(r#"{"a": 1, "data": {"search_vector": 3}}"#), r#"{"a":1,"search_vector":3}"#);
    }

    #[test]
    fn data_that_is_no_object_stays() {
        assert_eq!(of(r#"{"a": 1, "data": [2]}"#), r#"{"a":1,"data":[2]}"#);
        assert_eq!(of(r#"{"a": 1, "data": null}"#), r#"{"a":1}"#);
    }
}
