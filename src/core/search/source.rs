//! Which columns of a row go into its vector, with what weight, and what of `data` does.
use super::hash::fnv1a;
use super::normalize::{Char, Folding, VERSION, normalize_into};
use super::token::Content;
use super::vector::{Builder, Stemmer, Weight};
use crate::core::fields::Rule;
use crate::core::jsonb::{Object, Value};
use crate::core::schema::Schema;
use crate::core::work;

/// What normalising takes for each byte of a text, whose characters may become up to eighteen others.
const MEMORY_A_BYTE: usize = 128;

/// Values nested deeper than this are not searched.
const DEEPEST: usize = 32;

/// What an argument of the trigger says: "name:A", "phone:B:phone".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub column: String,
    pub weight: Weight,
    pub content: Content,
}

impl Source {
    pub fn read(argument: &str) -> Option<Source> {
        let (argument, content) = match argument.strip_suffix(":phone") {
            Some(rest) => (rest, Content::Phone),
            None => (argument, Content::Text),
        };
        let (column, weight) = argument.rsplit_once(':')?;
        Some(Source { column: column.to_owned(), weight: Weight::named(weight)?, content })
    }
}

/// Fills a vector from values.
pub struct Filler<'a> {
    pub builder: &'a mut Builder,
    pub folding: Folding,
    pub chars: &'a mut Vec<Char>,
    pub stem: &'a mut Stemmer<'a>,
}

impl Filler<'_> {
    pub fn text(&mut self, text: &str, weight: Weight, content: Content) {
        // A write never fails for what a text holds: what cannot be normalised in the memory that there is, is cut.
        let read = work::beginning(text, work::room() / MEMORY_A_BYTE);
        self.builder.cut |= read.len() < text.len();
        normalize_into(read, self.folding, self.chars);
        self.builder.add(self.chars, content, weight, self.stem);
    }

    /// Every text and number in a value, each a value of its own.
    pub fn value(&mut self, value: Value<'_>, weight: Weight, content: Content) {
        each_text(value, &mut |text| self.text(text, weight, content));
    }

    /// The searchable columns of a record's data.
    pub fn data(&mut self, data: Object<'_>, schema: &Schema, weight: Weight) {
        for column in schema.columns.iter().filter(|column| column.searchable) {
            if let Some(value) = column.value_in(data) {
                self.value(value, weight, content(&column.rule));
            }
        }
    }
}

pub fn content(rule: &Rule) -> Content {
    if matches!(rule, Rule::Phone { .. }) { Content::Phone } else { Content::Text }
}

pub fn each_text(value: Value<'_>, each: &mut dyn FnMut(&str)) {
    fn visit(value: Value<'_>, depth: usize, each: &mut dyn FnMut(&str)) {
        work::descend();
        match value {
            Value::String(_) => each(value.as_str().unwrap_or_default()),
            Value::Number(number) => each(&number.to_string()),
            Value::Array(array) if depth < DEEPEST => array.iter().for_each(|item| visit(item, depth + 1, each)),
            Value::Object(object) if depth < DEEPEST => {
                object.iter().for_each(|(_, member)| visit(member, depth + 1, each));
            }
            _ => {}
        }
    }
    visit(value, 0, each);
}

/// The lexeme that says how a vector was made: the normaliser's version, the trigger's arguments, the searchable columns.
/// A vector without the one of today is to be made again.
pub fn marker(arguments: &[String], schema: Option<&Schema>) -> String {
    let columns = schema.into_iter().flat_map(|schema| &schema.columns).filter(|column| column.searchable);
    let columns = columns.map(|column| format!("{}:{:?}", column.name, content(&column.rule)));
    let parts = arguments.iter().cloned().chain(columns);
    let hash = fnv1a(parts.flat_map(|part| part.into_bytes().into_iter().chain([0])));
    format!("\u{1}{VERSION}.{hash:08x}")
}

#[cfg(test)]
mod tests {
    use super::{Source, VERSION, marker};
    use crate::core::jsonb::{Value, fixture::document};
    use crate::core::schema::read;
    use crate::core::search::{Content, Weight};

    #[test]
    fn reads_arguments() {
        let source = |column: &str, weight, content| Some(Source { column: column.to_owned(), weight, content });
        assert_eq!(Source::read("name:A"), source("name", Weight::A, Content::Text));
        assert_eq!(Source::read("a:b:B:phone"), source("a:b", Weight::B, Content::Phone));
        for bad in ["name", "name:", "name:E", ":phone", "phone"] {
            assert_eq!(Source::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn markers_tell_what_changed() {
        let schema = |text: &str| read(Value::root(&document(text))).unwrap();
        let one = schema(r#"{"columns":[{"name":"a","type":"text","searchable":true},{"name":"b","type":"text"}]}"#);
        let same = schema(
            r#"{"version":9,"columns":[{"name":"c","type":"text"},{"name":"a","type":"text","searchable":true}]}"#,
        );
        let other = schema(r#"{"columns":[{"name":"a","type":"phone","searchable":true}]}"#);
        let arguments = ["v".to_owned(), "name:A".to_owned()];
        assert_eq!(marker(&arguments, Some(&one)), marker(&arguments, Some(&same)));
        assert_ne!(marker(&arguments, Some(&one)), marker(&arguments, Some(&other)));
        assert_ne!(marker(&arguments, Some(&one)), marker(&arguments[..1], Some(&one)));
        assert!(marker(&arguments, None).starts_with(&format!("\u{1}{VERSION}.")));
    }
}
