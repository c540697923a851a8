//! Brings a flat record into the types of its columns, as imports need it. What cannot be read for certain stays.
use super::form;
use super::problem::to_json;
use super::walk::Depth;
use crate::core::fields::{self, Faults, Link, NumberRule, Rule, amount, cast};
use crate::core::jsonb::{JsonObjectWriter, Object, Value, quote, write};
use crate::core::schema::{Column, Common, Schema};
use crate::core::work;

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
    let mut changes = JsonObjectWriter::new();
    let data = match data.get(form::NESTED) {
        Some(Value::Object(nested)) => {
            // A common field's name within them is no common field.
            let is_custom = |name: &str| Common::named(name).is_none();
            let fields = cast_fields(schema, nested.iter(), &is_custom, &mut changes);
            let is_field = |name: &str| !form::is_own(schema, name);
            let beside = data.iter().filter(|(key, _)| *key != form::NESTED.as_bytes());
            let beside = cast_fields(schema, beside, &is_field, &mut changes);
            beside.json(form::NESTED, fields.object())
        }
        _ => cast_fields(schema, data.iter(), &|_| true, &mut changes),
    };
    Casting { data: data.object(), changes: changes.object() }
}

/// The members of an object, those that are fields casted.
fn cast_fields<'a>(
    schema: &Schema,
    given: impl Iterator<Item = (&'a [u8], Value<'a>)>,
    is_field: &dyn Fn(&str) -> bool,
    changes: &mut JsonObjectWriter,
) -> JsonObjectWriter {
    let mut members = JsonObjectWriter::new();
    for (key, value) in given {
        let name = String::from_utf8_lossy(key);
        let mut text = String::new();
        write(value, &mut text);
        let column = schema.column(&name).or_else(|| schema.column_formerly(&name)).filter(|_| is_field(&name));
        let casted = column.and_then(|column| cast_value(column, schema, value));
        if let Some(casted) = casted.filter(|casted| *casted != text) {
            let change = JsonObjectWriter::new().json("from", &text).json("to", &casted);
            *changes = std::mem::take(changes).json(&name, change.object());
            text = casted;
        }
        members = members.json(&name, text);
    }
    members
}

/// The problems of a casted record, as JSON.
pub fn errors(schema: &Schema, data: Object<'_>) -> String {
    to_json(&form::problems(schema, data, Depth::All))
}

/// The value in the type of its column, as JSON; none where it stays as it is.
pub fn cast_value(column: &Column, schema: &Schema, value: Value<'_>) -> Option<String> {
    // What the column takes as it is means what it says; of a text only the blanks around it fall.
    if !matches!(column.rule, Rule::Text(_)) && is_valid(column, schema, value) {
        return None;
    }
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
                let names: Vec<String> = array.iter().map(item_text).collect::<Option<_>>()?;
                Some(list(names.iter().map(|name| choices.pick(name).unwrap_or(name))))
            }
            _ => None,
        },
        _ => None,
    }
}

fn is_valid(column: &Column, schema: &Schema, value: Value<'_>) -> bool {
    let mut faults = Faults::first();
    column.rule.check(&value, &schema.statuses, &mut faults);
    faults.is_empty()
}

/// A choice's name as the text of a value: names of choices are texts, whatever they look like.
fn item_text(item: Value<'_>) -> Option<String> {
    match item {
        Value::Number(number) => Some(number.to_string()),
        other => other.as_str().map(str::to_owned),
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
        Rule::Url { schemes } => fields::cast_url(text, schemes).map(quoted),
        Rule::Select(choices) => choices.pick(text).map(quoted),
        Rule::Status => schema.statuses.pick(text).map(quoted),
        Rule::MultiSelect(choices) => Some(list(choices.pick_list(text).iter().map(String::as_str))),
        Rule::Link(Link { multiple: true, .. }) => Some(list(cast::read_list(text).iter().map(String::as_str))),
        Rule::Link(_) => Some(quoted(text.trim().to_ascii_lowercase())),
        Rule::Json(_) | Rule::Attachment(_) | Rule::Address(_) | Rule::Computed | Rule::Autonumber(_) => None,
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
    use crate::core::jsonb::{Value, fixture::document};
    use crate::core::schema::read;

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
        // The exact name of an archived choice means no other, and no value is not a choice of blanks.
        let schema = document(
            r#"{"columns":[{"name":"one","type":"select","options":{"choices":[{"name":"Old","archived":true},"old","　"]}},
                {"name":"many","type":"multi_select","options":{"choices":["a","b","　"]}}]}"#,
        );
        let schema = read(Value::root(&schema)).unwrap();
        for (given, expected) in [
            (r#"{"one":"Old"}"#, r#"{"one":"Old"}"#),
            (r#"{"one":"OLD"}"#, r#"{"one":"old"}"#),
            (r#"{"one":""}"#, r#"{"one":""}"#),
            (r#"{"one":" "}"#, r#"{"one":" "}"#),
            (r#"{"many":"a,,b, "}"#, r#"{"many":["a","b"]}"#),
            (r#"{"many":""}"#, r#"{"many":[]}"#),
            (r#"{"many":"　"}"#, r#"{"many":["　"]}"#),
        ] {
            let data = document(given);
            assert_eq!(cast_record(&schema, Value::root(&data).as_object().unwrap()).data, expected, "{given}");
        }
    }

    #[test]
    fn many_choices_stay_as_they_are() {
        let schema = document(r#"{"columns":[{"name":"tags","type":"multi_select","options":{"choices":["Big"]}}]}"#);
        let schema = read(Value::root(&schema)).unwrap();
        let casted = |tags: &str| {
            let data = document(&format!(r#"{{"tags":{tags}}}"#));
            cast_record(&schema, Value::root(&data).as_object().unwrap()).data
        };
        let many: Vec<String> = (0..100_000).map(|n| format!("\"x{n}\"")).collect();
        assert_eq!(casted(&format!("[{}]", many.join(","))), format!(r#"{{"tags":[{}]}}"#, many.join(",")));
    }

    #[test]
    fn both_forms_are_casted() {
        let schema = document(
            r#"{"columns":[{"name":"name","type":"text"},{"name":"email","type":"email"},{"name":"amount","type":"integer"},
                {"name":"created_at","type":"created_at"}]}"#,
        );
        let schema = read(Value::root(&schema)).unwrap();
        let casted = |given: &str| {
            let data = document(given);
            let casting = cast_record(&schema, Value::root(&data).as_object().unwrap());
            let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap().to_string();
            (json(&casting.data), json(&casting.changes))
        };
        let change = r#"{"from":"１０","to":10}"#;
        for (given, data, changes) in [
            (r#"{"name":" a ","amount":"１０"}"#, r#"{"amount":10,"name":"a"}"#, 2),
            (r#"{"name":" a ","data":{"amount":"１０"}}"#, r#"{"data":{"amount":10},"name":"a"}"#, 2),
            (r#"{"amount":"１０","data":{"free":1}}"#, r#"{"amount":10,"data":{"free":1}}"#, 1),
            // A name in data is not the record's, and the deeper data is a value like any other.
            (
                r#"{"data":{"name":" a ","data":{"amount":"１０"}}}"#,
                r#"{"data":{"data":{"amount":"１０"},"name":" a "}}"#,
                0,
            ),
            (r#"{"created_at":"2024-01-01","data":[1]}"#, r#"{"created_at":"2024-01-01","data":[1]}"#, 0),
        ] {
            let (found, changed) = casted(given);
            let expected: serde_json::Value = serde_json::from_str(data).unwrap();
            assert_eq!(found, expected.to_string(), "{given}");
            assert_eq!(changed.matches("\"from\"").count(), changes, "{given}");
            assert!(!found.contains(":10") || changed.contains(change), "{changed}");
        }
    }

    #[test]
    fn what_is_valid_stays_as_it_is() {
        let schema = document(
            r#"{"columns":[{"name":"site","type":"url"},{"name":"friend","type":"uuid"},{"name":"tel","type":"phone"},
                {"name":"at","type":"datetime"},{"name":"clock","type":"time"},{"name":"mail","type":"email"}]}"#,
        );
        let schema = read(Value::root(&schema)).unwrap();
        let data = document(
            r#"{"site":"https://example.com/？ａ＝１","friend":"01901234-8694-739B-AEA5-966C26F8AD91","tel":" (03) 1234.5678",
                "at":"2024-01-05t09:30:00z","clock":"09:30:00","mail":"A.B@Example.com"}"#,
        );
        let data = Value::root(&data).as_object().unwrap();
        assert_eq!(errors(&schema, data), "[]");
        assert_eq!(cast_record(&schema, data).changes, "{}");
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
