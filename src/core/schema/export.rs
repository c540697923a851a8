//! A table's schema as JSON Schema 2020-12, for a flat record: the common fields beside the custom ones.
//!
//! It says what the walker checks. What JSON Schema has no word for stays out: the bounds of dates (given as
//! `formatMinimum` and `formatMaximum`, which validators read as notes), uniqueness, the existence of references,
//! `max_depth` and `max_bytes`.
use super::model::{Column, Common, Schema, UnknownKeys};
use crate::core::fields::{
    ADDRESS_PARTS, ATTACHMENT_URL, Address, Attachment, Choices, EMAIL_PATTERN, LINE_BREAKS, Level, Link, NumberRule,
    PHONE_PATTERN, Range, Rule, TIME_PATTERN, Text,
};
use crate::core::jsonb::{JsonObjectWriter, Value, to_text};
use crate::core::work;
use std::fmt::Display;

/// What a common field holds when it holds nothing, as JSON texts.
const NO_TEXT: [&str; 2] = ["null", "\"\""];

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
const UUID_PATTERN: &str = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$";

/// The JSON text of the exported schema.
pub fn export(schema: &Schema) -> String {
    let columns = schema.in_order();
    let mut properties = JsonObjectWriter::new();
    for column in &columns {
        work::step();
        properties = properties.json(&column.name, property(column, schema));
    }
    for common in Common::ALL {
        work::step();
        if columns.iter().any(|column| column.common == Some(common)) {
            continue;
        }
        let asked = match schema.implied(common, None) {
            Some(implied) => optional(&rule(&implied, false, schema), &NO_TEXT),
            None => r#"{"type":["string","null"]}"#.to_owned(),
        };
        properties = properties.json(common.name(), asked);
    }
    let required = columns.iter().filter(|column| column.required).map(|column| column.name.as_str());
    let mut document = JsonObjectWriter::new()
        .text("$schema", DIALECT)
        .text("type", "object")
        .json("properties", properties.object())
        .list("required", required);
    if schema.unknown_keys == UnknownKeys::Strict {
        document = document.json("additionalProperties", "false");
    }
    document.object()
}

fn property(column: &Column, schema: &Schema) -> String {
    let own = rule(&column.rule, column.required, schema);
    let implied = column.common.and_then(|common| schema.implied(common, Some(column)));
    let rule = match implied.filter(|_| own != "false") {
        Some(implied) => format!(r#"{{"allOf":[{own},{}]}}"#, optional(&rule(&implied, false, schema), &NO_TEXT)),
        None => own,
    };
    let mut property = JsonObjectWriter::new().text("title", &column.label);
    if let Some(default) = &column.default {
        property = property.json("default", to_text(Value::root(default)));
    }
    let empty = no_values(&column.rule);
    let checked = if column.required { refusing(&rule, &empty) } else { optional(&rule, &empty) };
    // The label and the default stand beside the rule: both are objects, so their members join.
    let mut joined = property.object();
    joined.pop();
    format!("{joined},{}", &checked[1..])
}

/// What the walker takes for no value, as JSON texts.
fn no_values(rule: &Rule) -> Vec<&'static str> {
    match rule {
        Rule::Text(Text { keep_empty: true, .. }) => vec!["null"],
        rule if rule.is_list() => vec!["null", "\"\"", "[]"],
        _ => vec!["null", "\"\""],
    }
}

fn optional(rule: &str, empty: &[&str]) -> String {
    if rule == "false" {
        return format!(r#"{{"enum":[{}]}}"#, empty.join(","));
    }
    format!(r#"{{"anyOf":[{{"enum":[{}]}},{rule}]}}"#, empty.join(","))
}

fn refusing(rule: &str, empty: &[&str]) -> String {
    format!(r#"{{"not":{{"enum":[{}]}},"allOf":[{rule}]}}"#, empty.join(","))
}

fn rule(rule: &Rule, required: bool, schema: &Schema) -> String {
    match rule {
        Rule::Text(text) => text_rule(text, required),
        Rule::Number(number) => number_rule(number),
        Rule::Boolean => r#"{"type":"boolean"}"#.to_owned(),
        Rule::Date(range) => dated(JsonObjectWriter::new().text("type", "string").text("format", "date"), range),
        Rule::Time(range) => dated(JsonObjectWriter::new().text("type", "string").text("pattern", TIME_PATTERN), range),
        Rule::DateTime(range) => {
            dated(JsonObjectWriter::new().text("type", "string").text("format", "date-time"), range)
        }
        Rule::Email => JsonObjectWriter::new()
            .text("type", "string")
            .json("maxLength", 254)
            .text("pattern", EMAIL_PATTERN)
            .object(),
        Rule::Url { schemes } => {
            let pattern = format!("^({}):", schemes.join("|").replace('.', "\\.").replace('+', "\\+"));
            JsonObjectWriter::new().text("type", "string").text("format", "iri").text("pattern", &pattern).object()
        }
        Rule::Phone { level: Level::Any, .. } => {
            JsonObjectWriter::new().text("type", "string").text("pattern", PHONE_PATTERN).object()
        }
        Rule::Phone { .. } => JsonObjectWriter::new()
            .text("type", "string")
            .text("pattern", PHONE_PATTERN)
            .text("format", "phone")
            .object(),
        Rule::Select(choices) => names(choices),
        Rule::MultiSelect(choices) => JsonObjectWriter::new()
            .text("type", "array")
            .json("items", names(choices))
            .json("uniqueItems", true)
            .object(),
        Rule::Status => names(&schema.statuses),
        Rule::Link(Link { multiple, .. }) => {
            let one = JsonObjectWriter::new().text("type", "string").text("pattern", UUID_PATTERN).object();
            if !multiple {
                return one;
            }
            JsonObjectWriter::new().text("type", "array").json("items", one).json("uniqueItems", true).object()
        }
        Rule::Json(json) => json.source.clone().unwrap_or_else(|| "{}".to_owned()),
        Rule::Attachment(attachment) => attachment_rule(attachment),
        Rule::Address(address) => address_rule(address),
        Rule::Computed | Rule::Autonumber(_) => "false".to_owned(),
    }
}

fn names(choices: &Choices) -> String {
    JsonObjectWriter::new().text("type", "string").list("enum", choices.names.iter().map(String::as_str)).object()
}

fn dated<T>(mut members: JsonObjectWriter, range: &Range<T>) -> String {
    for (name, bound) in [("formatMinimum", &range.min), ("formatMaximum", &range.max)] {
        if let Some((_, text)) = bound {
            members = members.text(name, text);
        }
    }
    members.object()
}

fn text_rule(text: &Text, required: bool) -> String {
    let mut members = JsonObjectWriter::new().text("type", "string");
    let least =
        if required && !text.keep_empty { text.min_length.unwrap_or(0).max(1) } else { text.min_length.unwrap_or(0) };
    if least > 0 {
        members = members.json("minLength", least);
    }
    if let Some(max) = text.max_length {
        members = members.json("maxLength", max);
    }
    let mut patterns = Vec::new();
    if !text.multiline {
        let breaks: String = LINE_BREAKS.iter().map(|c| format!("\\u{:04x}", *c as u32)).collect();
        patterns.push(format!("^[^{breaks}]*$"));
    }
    if let Some(pattern) = &text.pattern {
        patterns.push(pattern.source.clone());
    }
    let patterns = patterns.iter().map(|pattern| JsonObjectWriter::new().text("pattern", pattern).object());
    members = members.json("allOf", format!("[{}]", patterns.chain(["{}".to_owned()]).collect::<Vec<_>>().join(",")));
    if let Some(choices) = &text.choices {
        members = members.list("enum", choices.iter().map(String::as_str));
    }
    members.object()
}

fn number_rule(number: &NumberRule) -> String {
    let mut members = JsonObjectWriter::new().text("type", if number.integer { "integer" } else { "number" });
    let mut add = |name: &str, value: Option<&dyn Display>| {
        if let Some(value) = value {
            members = std::mem::take(&mut members).json(name, value);
        }
    };
    add("minimum", number.min.as_ref().map(|value| value as &dyn Display));
    add("maximum", number.max.as_ref().map(|value| value as &dyn Display));
    let mut steps = Vec::new();
    if let Some(step) = &number.multiple_of {
        steps.push(step.to_string());
    }
    if let Some(scale) = number.scale {
        steps.push(power_of_ten(-(scale as i32)));
        if let Some(precision) = number.precision {
            let bound = power_of_ten((precision - scale) as i32);
            add("exclusiveMaximum", Some(&bound));
            add("exclusiveMinimum", Some(&format!("-{bound}")));
        }
    }
    let steps: Vec<String> = steps.iter().map(|step| format!(r#"{{"multipleOf":{step}}}"#)).collect();
    if !steps.is_empty() {
        members = members.json("allOf", format!("[{}]", steps.join(",")));
    }
    if let Some(currency) = &number.currency {
        members = members.text("description", &format!("minor units of {currency}"));
    }
    members.object()
}

fn power_of_ten(exponent: i32) -> String {
    let zeros = "0".repeat(exponent.unsigned_abs() as usize);
    if exponent >= 0 { format!("1{zeros}") } else { format!("0.{}1", &zeros[1..]) }
}

fn attachment_rule(attachment: &Attachment) -> String {
    let string = r#"{"type":"string"}"#;
    let mut media = JsonObjectWriter::new().text("type", "string");
    if let Some(types) = &attachment.types {
        let patterns: Vec<String> = types.iter().map(|media| media_pattern(media)).collect();
        media = media.text("pattern", &format!("^({})[ \\t]*(;[\\s\\S]*)?$", patterns.join("|")));
    }
    let mut size = JsonObjectWriter::new().text("type", "integer").json("minimum", 0);
    if let Some(max) = attachment.max_size {
        size = size.json("maximum", max);
    }
    let properties = JsonObjectWriter::new()
        .json("id", string)
        .json("name", r#"{"type":"string","minLength":1}"#)
        .json("type", media.object())
        .json("size", size.object())
        .json("url", JsonObjectWriter::new().text("type", "string").text("pattern", ATTACHMENT_URL).object());
    let file = JsonObjectWriter::new().text("type", "object").json("properties", properties.object()).list(
        "required",
        ["name", "url", "type"].into_iter().filter(|part| *part != "type" || attachment.types.is_some()),
    );
    let mut members = JsonObjectWriter::new().text("type", "array").json("items", file.object());
    if let Some(max) = attachment.max_files {
        members = members.json("maxItems", max);
    }
    members.object()
}

/// A media type in either case, as its rule compares it.
fn media_pattern(media: &str) -> String {
    let escaped = |text: &str| {
        text.chars().fold(String::new(), |mut out, c| {
            if c.is_ascii_alphabetic() {
                out.push_str(&format!("[{}{}]", c.to_ascii_uppercase(), c.to_ascii_lowercase()));
                return out;
            }
            if !c.is_ascii_digit() && !matches!(c, '-' | '_' | '/') {
                out.push('\\');
            }
            out.push(c);
            out
        })
    };
    match media.strip_suffix("/*") {
        Some(kind) => format!("{}/[A-Za-z0-9!#$&^_.+-]+", escaped(kind)),
        None => escaped(media),
    }
}

fn address_rule(address: &Address) -> String {
    let mut properties = JsonObjectWriter::new();
    for part in ADDRESS_PARTS {
        let rule = if address.required.contains(&part) {
            r#"{"type":"string","minLength":1}"#
        } else {
            r#"{"type":["string","null"]}"#
        };
        properties = properties.json(part, rule);
    }
    JsonObjectWriter::new()
        .text("type", "object")
        .json("properties", properties.object())
        .list("required", address.required.iter().copied())
        .json("additionalProperties", "false")
        .object()
}
