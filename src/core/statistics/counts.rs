//! Counters by what they count, as `record_statistics` stores them: `{"records", "filled": {column}, "options": {column: {option}}, "statuses": {status}}`.
//!
//! A counter of 0 is left out, so that equal counters have equal documents.
use super::{MAX_OPTIONS, common_value, is_counted, options, undefined_commons, value};
use crate::core::jsonb::{Integer, Object, ObjectBuilder, Value};
use crate::core::schema::{Common, Schema, Stored};
use crate::core::work;
use std::collections::{BTreeMap, HashMap};

/// How deep the document goes.
const DEPTH: usize = 3;

/// Counters by their path in the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<Vec<String>, i64>);

impl Counts {
    /// Reads a document; what is no counter in it is left out.
    pub fn read(document: Value<'_>) -> Counts {
        let mut counts = Counts::default();
        if let Some(object) = document.as_object() {
            counts.read_object(object, &mut Vec::new());
        }
        counts
    }

    fn read_object(&mut self, object: Object<'_>, path: &mut Vec<String>) {
        for (key, value) in object.iter() {
            work::step();
            path.push(String::from_utf8_lossy(key).into_owned());
            match value {
                Value::Number(number) => self.count(path, number.to_string().parse().unwrap_or(0)),
                Value::Object(object) if path.len() < DEPTH => self.read_object(object, path),
                _ => (),
            }
            path.pop();
        }
    }

    fn count(&mut self, path: &[String], by: i64) {
        if by == 0 {
            return;
        }
        let counted = self.0.entry(path.to_vec()).or_default();
        *counted = counted.saturating_add(by);
        if *counted == 0 {
            self.0.remove(path);
        }
    }

    pub fn add(&mut self, other: &Counts) {
        for (path, by) in &other.0 {
            work::step();
            self.count(path, *by);
        }
    }

    /// What must be added to the others to get these.
    pub fn less(&self, others: &Counts) -> Counts {
        let mut difference = self.clone();
        for (path, by) in &others.0 {
            work::step();
            difference.count(path, by.saturating_neg());
        }
        difference
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn records(&self) -> i64 {
        self.get(&["records".to_owned()])
    }

    pub fn get(&self, path: &[String]) -> i64 {
        self.0.get(path).copied().unwrap_or(0)
    }

    /// The paths of all counters.
    pub fn paths(&self) -> impl Iterator<Item = &[String]> {
        self.0.keys().map(Vec::as_slice)
    }

    /// The document as jsonb container bytes; none when it is larger than jsonb can be.
    pub fn document(&self) -> Option<Vec<u8>> {
        let entries: Vec<(&[String], i64)> = self.0.iter().map(|(path, count)| (path.as_slice(), *count)).collect();
        object(&entries)
    }
}

/// Entries whose paths begin alike lie together, as they are in the order of their paths.
fn object(entries: &[(&[String], i64)]) -> Option<Vec<u8>> {
    let mut builder = ObjectBuilder::default();
    for group in entries.chunk_by(|(left, _), (right, _)| left[0] == right[0]) {
        work::step();
        let key = group[0].0[0].as_bytes();
        match group {
            [(path, count)] if path.len() == 1 => builder.member(key, Value::Number(Integer::new(*count).number())),
            _ => {
                let inner: Vec<(&[String], i64)> =
                    group.iter().filter(|(path, _)| path.len() > 1).map(|(path, count)| (&path[1..], *count)).collect();
                builder.member(key, Value::root(&object(&inner)?));
            }
        }
    }
    builder.finish()
}

/// Adds up the counters of records of one table.
#[derive(Debug, Default)]
pub struct Tally {
    records: i64,
    /// By the schema's columns.
    filled: Vec<i64>,
    /// By [`Common`].
    commons: [i64; 4],
    /// By column and option.
    options: HashMap<(usize, String), i64>,
    statuses: HashMap<String, i64>,
}

impl Tally {
    /// Adds a record, or takes it away with `by` -1. Every record of a tally is of one schema.
    pub fn add(&mut self, schema: &Schema, record: &Stored<'_>, by: i64) {
        self.records += by;
        self.filled.resize(schema.columns.len(), 0);
        for (index, column) in schema.columns.iter().enumerate() {
            work::step();
            let Some(value) = value(record, column).filter(|_| is_counted(column)) else { continue };
            self.filled[index] += by;
            let Some(choices) = options(column, schema) else { continue };
            let mut count = |value: Value<'_>| {
                if let Some(name) = value.as_str().filter(|name| choices.knows(name)) {
                    add_to(&mut self.options, (index, name.to_owned()), by);
                }
            };
            match value {
                Value::Array(array) => array.iter().for_each(count),
                _ => count(value),
            }
        }
        for common in undefined_commons(schema) {
            self.commons[common as usize] += if common_value(record, common).is_some() { by } else { 0 };
        }
        let status = record.commons[Common::Status as usize].filter(|name| schema.statuses.knows(name));
        if let Some(status) = status.filter(|_| schema.statuses.count() <= MAX_OPTIONS) {
            add_to(&mut self.statuses, status.to_owned(), by);
        }
    }

    pub fn counts(&self, schema: &Schema) -> Counts {
        let mut counts = Counts::default();
        let path = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
        counts.count(&path(&["records"]), self.records);
        for (column, filled) in schema.columns.iter().zip(&self.filled) {
            work::step();
            counts.count(&path(&["filled", &column.key_id]), *filled);
        }
        for common in undefined_commons(schema) {
            work::step();
            counts.count(&path(&["filled", common.name()]), self.commons[common as usize]);
        }
        for ((index, option), count) in &self.options {
            work::step();
            counts.count(&path(&["options", &schema.columns[*index].key_id, option]), *count);
        }
        for (status, count) in &self.statuses {
            work::step();
            counts.count(&path(&["statuses", status]), *count);
        }
        counts
    }
}

fn add_to<K: std::hash::Hash + Eq>(counters: &mut HashMap<K, i64>, key: K, by: i64) {
    *counters.entry(key).or_default() += by;
}

#[cfg(test)]
mod tests {
    use super::{Counts, Tally};
    use crate::core::jsonb::{Value, fixture::document, write};
    use crate::core::schema;
    use crate::core::schema::Stored;

    fn text(counts: &Counts) -> String {
        let mut text = String::new();
        write(Value::root(&counts.document().expect("it is small")), &mut text);
        text
    }

    #[test]
    fn counters_of_records_add_up_and_cancel_out() {
        let schema = document(
            r##"{"version":1,"columns":[{"id":"00000000-0000-4000-8000-000000000001","name":"stage","type":"select","options":{"choices":["a","b"]}},
            {"id":"00000000-0000-4000-8000-000000000002","name":"tags","type":"multi_select","options":{"choices":["x","y"]}},{"name":"n","type":"number"}],
            "statuses":[{"id":"s","name":"open","color":"#000","order":1}]}"##,
        );
        let schema = schema::read(Value::root(&schema)).expect("a schema");
        let mut tally = Tally::default();
        let add = |tally: &mut Tally, data: &str, status: Option<&str>, by: i64| {
            let data = document(data);
            tally.add(
                &schema,
                &Stored { commons: [Some("r"), Some(""), None, status], data: Value::root(&data).as_object() },
                by,
            );
        };
        add(&mut tally, r#"{"stage":"a","tags":["x","y"],"n":0}"#, Some("open"), 1);
        add(&mut tally, r#"{"stage":"gone","tags":[],"n":null}"#, Some("gone"), 1);
        let both = tally.counts(&schema);
        assert_eq!(
            text(&both),
            r#"{"filled":{"n":1,"name":2,"status":2,"00000000-0000-4000-8000-000000000001":2,"00000000-0000-4000-8000-000000000002":1},"options":{"00000000-0000-4000-8000-000000000001":{"a":1},"00000000-0000-4000-8000-000000000002":{"x":1,"y":1}},"records":2,"statuses":{"open":1}}"#
        );
        assert_eq!(Counts::read(Value::root(&both.document().expect("it is small"))), both);
        add(&mut tally, r#"{"stage":"a","tags":["x","y"],"n":0}"#, Some("open"), -1);
        assert_eq!(tally.counts(&schema).records(), 1);
        let mut sum = both.clone();
        sum.add(&tally.counts(&schema).less(&both));
        assert_eq!(sum, tally.counts(&schema));
        add(&mut tally, r#"{"stage":"gone","tags":[],"n":null}"#, Some("gone"), -1);
        assert!(tally.counts(&schema).is_empty());
        assert_eq!(text(&tally.counts(&schema)), "{}");
    }
}
