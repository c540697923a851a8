//! Brings a flat record into the types of its columns, as imports need it. What cannot be read for certain stays.
use super::problem::{Problem, to_json};
use super::walk::{Depth, Record, walk};
use crate::fields::{self, Link, NumberRule, Rule, amount, cast};
use crate::jsonb::{Members, Object, Value, quote, write};
use crate::schema::{Column, Schema};
use crate::work;

/// The casted record and what was changed in it, as JSON texts. Numbers keep every digit.
#[derive(Debug)]
pub struct Casting {
    pub data: String,
    pub changes: String,
}

pub fn cast_record(schema: &Schema, data: Object<'_>) -> Casting {
    // The record is written out some times over: as it is, as it was casted, as a change.
    const COPIES: usize = 4;
    work::reserve(data.container().len().saturating_mul(COPIES));
    let (mut members, mut changes) = (Members::new(), Members::new());
    for (key, value) in data.iter() {
        let name = String::from_utf8_lossy(key);
        let mut text = String::new();
        write(value, &mut text);
        if let Some(casted) =
            schema.column(&name).and_then(|column| cast_value(column, schema, value)).filter(|casted| *casted != text)
        {
            let change = Members::new().json("from", &text).json("to", &casted);
            changes = changes.json(&name, change.object());
            text = casted;
        }
        members = members.json(&name, text);
    }
    Casting { data: members.object(), changes: changes.object() }
}

/// The problems of a casted record, as JSON.
pub fn errors(schema: &Schema, data: Object<'_>) -> String {
    let problems: Vec<Problem> = walk(schema, &Record::flat(data), Depth::All);
    to_json(&problems)
}

fn cast_value(column: &Column, schema: &Schema, value: Value<'_>) -> Option<String> {
    match value {
        Value::String(_) => cast_text(column, schema, value.as_str()?),
        Value::Number(number) => match &column.rule {
            Rule::Text(_) | Rule::Phone { .. } => Some(quoted(number.to_string())),
            Rule::Select(choices) => choices.pick(&number.to_string()).map(quoted),
            Rule::Boolean => cast::cast_boolean(&number.to_string()).map(|value| value.to_string()),
            _ => None,
        },
        Value::Array(array) => match &column.rule {
            Rule::MultiSelect(choices) => {
                let names: Vec<&str> = array.iter().map(Value::as_str).collect::<Option<_>>()?;
                Some(list(names.into_iter().map(|name| choices.pick(name).unwrap_or(name))))
            }
            _ => None,
        },
        _ => None,
    }
}

fn cast_text(column: &Column, schema: &Schema, text: &str) -> Option<String> {
    match &column.rule {
        Rule::Text(_) => Some(quoted(text.trim())),
        Rule::Number(rule) => cast_number(&column.kind, rule, text),
        Rule::Boolean => cast::cast_boolean(text).map(|value| value.to_string()),
        Rule::Date(_) => fields::cast_date(text).map(quoted),
        Rule::Time(_) => fields::cast_time(text).map(quoted),
        Rule::DateTime(_) => fields::cast_datetime(text).map(quoted),
        Rule::Email => Some(quoted(fields::cast_email(text))),
        Rule::Phone { .. } => Some(quoted(fields::cast_phone(text))),
        Rule::Url { .. } => Some(quoted(fields::cast_url(text))),
        Rule::Select(choices) => choices.pick(text).map(quoted),
        Rule::Status => schema.statuses.pick(text).map(quoted),
        Rule::MultiSelect(choices) => {
            Some(list(cast::split_list(text).into_iter().map(|name| choices.pick(name).unwrap_or(name))))
        }
        Rule::Link(Link { multiple: true, .. }) => Some(list(cast::split_list(text).into_iter())),
        Rule::Link(_) => Some(quoted(text.trim().to_ascii_lowercase())),
        Rule::Json(_) | Rule::Attachment(_) | Rule::Address(_) | Rule::Computed | Rule::Autonumber => None,
    }
}

fn cast_number(kind: &str, rule: &NumberRule, text: &str) -> Option<String> {
    match (kind, &rule.currency) {
        ("percent", _) if text.contains(['%', '％']) => amount::cast_percent(text),
        ("currency", Some(currency)) => amount::cast_currency(text, currency),
        ("duration", _) => {
            cast::cast_duration(text).map(|seconds| seconds.to_string()).or_else(|| amount::cast_number(text))
        }
        _ => amount::cast_number(text),
    }
}

fn quoted(text: impl AsRef<str>) -> String {
    let mut out = String::new();
    quote(text.as_ref(), &mut out);
    out
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::from("[");
    for (index, item) in items.enumerate() {
        work::step();
        if index > 0 {
            text.push(',');
        }
        quote(item, &mut text);
    }
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    use super::{cast_record, errors};
    use crate::jsonb::{Value, fixture::document};
    use crate::schema::read;

    #[test]
    fn casts_what_is_certain() {
        let schema = document(
            r#"{"columns":[
            {"name":"amount","type":"integer"},{"name":"price","type":"currency","options":{"currency":"USD"}},
            {"name":"rate","type":"percent"},{"name":"day","type":"date"},{"name":"active","type":"boolean"},
            {"name":"size","type":"select","options":{"choices":[{"id":"s1","name":"Small"},"Large"]}},
            {"name":"tags","type":"multi_select","options":{"choices":["a","b"]}},{"name":"note","type":"text"}]}"#,
        );
        let schema = read(Value::root(&schema)).unwrap();
        let data = document(
            r#"{"amount":"１,２３４","price":"$12.34","rate":"50%","day":"2024年1月5日","active":"はい","size":"s1",
                "tags":"A, b","note":12345678901234567890123.50,"other":"kept"}"#,
        );
        let casting = cast_record(&schema, Value::root(&data).as_object().unwrap());
        let casted: serde_json::Value = serde_json::from_str(&casting.data).unwrap();
        let expected: serde_json::Value = serde_json::from_str(
            r#"{"amount":1234,"price":1234,"rate":0.5,"day":"2024-01-05","active":true,"size":"Small","tags":["a","b"],
                "note":"12345678901234567890123.50","other":"kept"}"#,
        )
        .unwrap();
        assert_eq!(casted, expected);
        let again = document(&casting.data);
        let again = Value::root(&again).as_object().unwrap();
        assert_eq!(errors(&schema, again), "[]");
        assert_eq!(cast_record(&schema, again).changes, "{}");
    }

    #[test]
    fn choices_are_found_by_name_id_and_folded_name() {
        let schema = document(
            r#"{"columns":[{"name":"tags","type":"multi_select","options":{"choices":["Big",{"name":"Small","id":"s"},
                {"name":"Old","id":"o","archived":true},"same","SAME"]}}]}"#,
        );
        let schema = read(Value::root(&schema)).unwrap();
        let casted = |tags: &str| {
            let data = document(&format!(r#"{{"tags":{tags}}}"#));
            cast_record(&schema, Value::root(&data).as_object().unwrap()).data
        };
        assert_eq!(
            casted(r#"["big","Ｂｉｇ ","s","small","o","old","Same","same","none"]"#),
            r#"{"tags":["Big","Big","Small","Small","o","old","Same","same","none"]}"#
        );
        // Each once, however many there are.
        let many: Vec<String> = (0..100_000).map(|n| format!("\"x{n}\"")).collect();
        assert_eq!(casted(&format!("[{}]", many.join(","))), format!(r#"{{"tags":[{}]}}"#, many.join(",")));
    }

    #[test]
    fn leaves_what_is_not() {
        let schema = document(r#"{"columns":[{"name":"amount","type":"integer"},{"name":"day","type":"date"}]}"#);
        let schema = read(Value::root(&schema)).unwrap();
        let data = document(r#"{"amount":"about 5","day":"01/02/2024"}"#);
        let data = Value::root(&data).as_object().unwrap();
        assert_eq!(cast_record(&schema, data).changes, "{}");
        assert!(errors(&schema, data).contains("\"code\":\"type\""));
    }
}
