//! Text with variables, `Hello {{name}}`: what it names, and the text with their values. Pure.

use crate::core::fields::Faults;
use crate::core::jsonb::{JsonObjectWriter, Object, Value, write};
use crate::core::work;
use std::collections::HashSet;

/// Maximum number of bytes of an invalid name that an error quotes.
const LONGEST_TOLD: usize = 200;

#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// Calls `each` for what stands in a template; the error is a sentence.
fn for_each_piece<'a>(template: &'a str, mut each: impl FnMut(Piece<'a>)) -> Result<(), String> {
    let mut rest = template;
    while let Some((before, after)) = split_at(rest, "{{") {
        work::step();
        let (inside, behind) = split_at(after, "}}").ok_or_else(|| {
            let near: String = after.chars().take(20).collect();
            format!("\"{{{{{near}\" has no closing \"}}}}\"")
        })?;
        let name = inside.trim();
        if !is_name(name) {
            return Err(format!("\"{{{{{}}}}}\" names no variable", work::beginning(inside, LONGEST_TOLD)));
        }
        if !before.is_empty() {
            each(Piece::Text(before));
        }
        each(Piece::Variable(name));
        rest = behind;
    }
    if !rest.is_empty() {
        each(Piece::Text(rest));
    }
    Ok(())
}

/// What stands before and behind the first of these marks; a long text is searched piece by piece, so that it can be interrupted.
fn split_at<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    const PIECE: usize = 1 << 20;
    let mut from = 0;
    while from < text.len() {
        let to = (from + PIECE).min(text.len());
        if let Some(at) = memchr::memmem::find(&text.as_bytes()[from..to], mark.as_bytes()) {
            return Some((&text[..from + at], &text[from + at + mark.len()..]));
        }
        if to == text.len() {
            return None;
        }
        // A mark may lie across two pieces.
        from = to + 1 - mark.len();
        work::bytes(PIECE);
    }
    None
}

/// A letter or _, then letters, digits, _, - and dots, of any script.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// The names of a template's variables, each once, in the order in which they first stand there.
pub fn variables(template: &str) -> Result<Vec<&str>, String> {
    // The name in the list, and in the set of those that were met.
    const NAME_BYTES: usize = 64;
    let (mut names, mut met) = (Vec::new(), HashSet::new());
    for_each_piece(template, |piece| {
        if let Piece::Variable(name) = piece
            && met.insert(name)
        {
            work::reserve(names.len() * NAME_BYTES);
            names.push(name);
        }
    })?;
    Ok(names)
}

/// The template with its variables' values, or with a fault for each that has none. What a value holds is not looked at
/// for variables again.
pub fn render(template: &str, values: Object<'_>, faults: &mut Faults) -> Result<String, String> {
    let mut text = String::new();
    for_each_piece(template, |piece| match piece {
        Piece::Text(part) => work::push_str(&mut text, part),
        Piece::Variable(name) => match value(values, name) {
            None | Some(Value::Null) => add(faults, name, "template.missing", "has no value"),
            Some(Value::String(bytes)) => {
                work::bytes(bytes.len());
                work::push_str(&mut text, &String::from_utf8_lossy(bytes));
            }
            Some(Value::Object(_) | Value::Array(_)) => {
                add(faults, name, "type", "must be a text, a number, true or false");
            }
            Some(scalar) => write(scalar, &mut text),
        },
    })?;
    Ok(text)
}

fn add(faults: &mut Faults, name: &str, code: &'static str, message: &str) {
    if faults.is_full() {
        return;
    }
    let at = format!("/{name}");
    if !faults.iter().any(|fault| fault.at == at) {
        faults.add_at(at, code, JsonObjectWriter::new().text("variable", name), message);
    }
}

/// The member of that very name, else the one that the name's dots lead to.
fn value<'a>(mut values: Object<'a>, mut name: &str) -> Option<Value<'a>> {
    loop {
        work::step();
        if let Some(value) = values.get(name) {
            return Some(value);
        }
        let (first, rest) = name.split_once('.')?;
        (values, name) = (values.get(first)?.as_object()?, rest);
    }
}

#[cfg(test)]
mod tests {
    use super::{render, variables};
    use crate::core::fields::Faults;
    use crate::core::jsonb::{Value, fixture::document};
    use crate::core::work::probe::{refusal, with_room};

    fn rendered(template: &str, values: &str) -> String {
        let values = document(values);
        let mut faults = Faults::all();
        let text = render(template, Value::root(&values).as_object().unwrap(), &mut faults).unwrap();
        match faults.is_empty() {
            true => text,
            false => faults.iter().map(|fault| format!("{} {};", fault.at, fault.message)).collect(),
        }
    }

    #[test]
    fn variables_are_found_once_and_in_order() {
        assert_eq!(
            variables("Hi {{ name }}, {{time}} {{name}} {{client.first-name}} {{名前}}").unwrap(),
            ["name", "time", "client.first-name", "名前"]
        );
        assert!(variables("no { variables } here }}").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_variable_is_told() {
        for (template, expected) in [
            ("a {{name", "\"{{name\" has no closing \"}}\""),
            ("{{}}", "\"{{}}\" names no variable"),
            ("{{first name}}", "\"{{first name}}\" names no variable"),
            ("{{{name}}}", "\"{{{name}}\" names no variable"),
            ("{{#if a}}", "\"{{#if a}}\" names no variable"),
        ] {
            assert_eq!(variables(template).unwrap_err(), expected);
        }
    }

    #[test]
    fn values_take_their_places() {
        assert_eq!(rendered("{{a}}-{{ b }}-{{c}}", r#"{"a":"x","b":1.50,"c":false}"#), "x-1.50-false");
        assert_eq!(rendered("{{a}}", r#"{"a":"{{b}}","b":"no"}"#), "{{b}}");
        assert_eq!(rendered("{{a.b}} {{a.c.d}}", r#"{"a":{"b":"deep","c":{"d":2}}}"#), "deep 2");
        assert_eq!(rendered("{{a.b}}", r#"{"a.b":"flat","a":{"b":"deep"}}"#), "flat");
        assert_eq!(rendered("", "{}"), "");
    }

    #[test]
    fn the_text_is_refused_before_it_is_too_long() {
        let render_in =
            |room: usize, template: &str, values: &str| with_room(room, || refusal(|| rendered(template, values)));
        let long = format!("{{\"a\": \"{}\"}}", "x".repeat(1000));
        assert_eq!(render_in(5_000, "{{a}}{{a}}", &long), None);
        assert!(render_in(5_000, &"{{a}}".repeat(10), &long).is_some());
        assert!(render_in(200_000, "{{a}}{{a}}", r#"{"a": 1e131000}"#).is_some());
    }

    #[test]
    fn marks_are_found_across_pieces() {
        for before in [(1 << 20) - 1, 1 << 20, (1 << 20) - 2, (2 << 20) - 1] {
            let template = format!("{}{{{{a}}}}é{{{{b}}}}", "x".repeat(before));
            assert_eq!(variables(&template).unwrap(), ["a", "b"], "{before}");
        }
    }

    #[test]
    fn many_names_take_linear_time() {
        let template: String = (0..200_000).map(|n| format!("{{{{n{n}}}}}")).collect();
        assert_eq!(variables(&template.repeat(2)).unwrap().len(), 200_000);
        let dots = format!("{{{{{}b}}}}", "a.".repeat(200_000));
        assert!(rendered(&dots, r#"{"a": {"a": 1}}"#).ends_with("has no value;"));
    }

    #[test]
    fn every_missing_value_is_told_once() {
        assert_eq!(
            rendered("{{a}} {{b}} {{a}} {{c}} {{d}}", r#"{"b":null,"c":[1],"d":"there"}"#),
            "/a has no value;/b has no value;/c must be a text, a number, true or false;"
        );
    }
}
