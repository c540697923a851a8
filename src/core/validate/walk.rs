//! One pass over a record: the columns and the keys of `data` lie in the same order, so each is met once.
use super::problem::Problem;
use crate::core::fault::pointer;
use crate::core::fields::identifier::nearest;
use crate::core::fields::{Fault, Faults, LIMIT, shown};
use crate::core::jsonb::{JsonObjectWriter, Object, Value, compare_keys};
use crate::core::schema::{Column, Common, Schema, UnknownKeys};
use std::cmp::Ordering;

/// The four common fields, by [`Common`]: `None` where the relation has no such column.
pub type CommonFields<'a> = [Option<CommonValue<'a>>; 4];

#[derive(Clone, Copy, Debug)]
pub struct CommonValue<'a> {
    pub value: Value<'a>,
    /// The row held the same before this UPDATE.
    pub unchanged: bool,
}

impl<'a> CommonValue<'a> {
    /// The value of a text column.
    pub fn of_text(text: Option<&'a str>, unchanged: bool) -> CommonValue<'a> {
        CommonValue { value: text.map_or(Value::Null, |text| Value::String(text.as_bytes())), unchanged }
    }
}

/// What is to be checked.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    pub data: Object<'a>,
    /// `None` for a flat record, whose common fields stand in `data`.
    pub commons: Option<CommonFields<'a>>,
    /// What `data` was before an UPDATE: an unchanged value is not looked at.
    pub old: Option<Object<'a>>,
    /// Columns whose values rowkit itself moves or renames just now: they are not looked at.
    pub carried: [&'a [String]; 2],
    /// Read from the relation, so what the server fills stands there rightly.
    pub stored: bool,
    /// An undo brings it back as it was: the columns of its keys may come back later.
    pub undone: bool,
}

impl<'a> Record<'a> {
    /// A flat record that somebody would like to write.
    pub fn flat(data: Object<'a>) -> Record<'a> {
        Record { data, commons: None, old: None, carried: [&[]; 2], stored: false, undone: false }
    }

    /// What a key held before under the column's former name.
    fn under_former_name(&self, column: Option<&Column>) -> Option<Value<'a>> {
        self.old?.get(column?.former.as_deref()?)
    }

    pub fn is_carried(&self, name: &str) -> bool {
        self.carried.into_iter().flatten().any(|carried| carried == name)
    }
}

/// Problems, or only whether there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    All,
    First,
}

struct Walk<'s> {
    schema: &'s Schema,
    depth: Depth,
    faults: Faults,
    problems: Vec<Problem>,
}

/// Columns that are being renamed and that a write gives two values, one under each name: none of them may be lost.
pub fn written_twice<'s>(
    schema: &'s Schema,
    data: Object<'s>,
    old: Option<Object<'s>>,
) -> impl Iterator<Item = Problem> + 's {
    let columns = schema.columns.iter().filter(|_| schema.has_former_names);
    columns.filter_map(move |column| {
        let former = column.former.as_deref()?;
        let (before, now) = (data.get(former)?, data.get(&column.name)?);
        let is_written = |name: &str, value: Value<'_>| {
            old.is_none_or(|old| old.get(name).is_none_or(|known| !known.same_bytes(value)))
        };
        let is_one = before.same_bytes(now) || matches!(before, Value::Null) || matches!(now, Value::Null);
        if is_one || !is_written(former, before) || !is_written(&column.name, now) {
            return None;
        }
        let params = JsonObjectWriter::new().text("renamed_from", former);
        let message = format!("is the new name of {former}: give one of the two a value");
        Some(Problem::of_column(column, Fault { at: String::new(), code: "renamed", params, message }))
    })
}

/// The problems of a record under a schema; empty when it is valid.
pub fn walk(schema: &Schema, record: &Record<'_>, depth: Depth) -> Vec<Problem> {
    let faults = if depth == Depth::First { Faults::first() } else { Faults::all() };
    let mut walk = Walk { schema, depth, faults, problems: Vec::new() };
    walk.data(record);
    if let Some(commons) = &record.commons {
        walk.commons(commons);
    }
    walk.problems
}

impl Walk<'_> {
    fn is_full(&self) -> bool {
        self.problems.len() >= if self.depth == Depth::First { 1 } else { LIMIT }
    }

    fn data(&mut self, record: &Record<'_>) {
        let schema = self.schema;
        let in_data = |column: &&Column| column.common.is_none_or(|common| !has(&record.commons, common));
        let mut columns = schema.columns.iter().filter(in_data).peekable();
        let mut old = record.old.map(|old| old.iter().peekable());
        for (key, value) in record.data.iter() {
            if self.is_full() {
                return;
            }
            let before = old.as_mut().and_then(|old| {
                while old.next_if(|(other, _)| compare_keys(other, key) == Ordering::Less).is_some() {}
                old.next_if(|(other, _)| *other == key).map(|(_, value)| value)
            });
            let column = loop {
                let Some(column) = columns.peek() else {
                    break None;
                };
                match compare_keys(column.name.as_bytes(), key) {
                    Ordering::Less => self.missing(columns.next(), record),
                    Ordering::Equal => break columns.next(),
                    Ordering::Greater => break None,
                }
            };
            let before = before.or_else(|| record.under_former_name(column));
            if before.is_some_and(|before| before.same_bytes(value)) {
                continue;
            }
            match column {
                Some(column) if record.is_carried(&column.name) => {}
                Some(column) if record.stored && column.rule.is_filled_with(value) => {}
                Some(column) if record.undone && column.rule.is_computed() => {}
                Some(column) => self.value(column, &value),
                None if self.is_former(key, value, record) => {}
                None if schema.unknown_keys == UnknownKeys::Strict && !record.undone => self.unknown(key, record),
                None => self.unruled(key, value, record),
            }
        }
        for column in columns {
            self.missing(Some(column), record);
        }
        for problem in written_twice(schema, record.data, record.old) {
            self.push(problem);
        }
    }

    /// Whether a key without a column is the former name of one, whose value is then checked.
    fn is_former(&mut self, key: &[u8], value: Value<'_>, record: &Record<'_>) -> bool {
        let schema = self.schema;
        let column = std::str::from_utf8(key).ok().and_then(|name| schema.column_formerly(name));
        let Some(column) = column else { return false };
        if record.data.get(&column.name).is_none() {
            self.value(column, &value);
        }
        true
    }

    fn commons(&mut self, commons: &CommonFields<'_>) {
        for (common, field) in Common::ALL.into_iter().zip(commons) {
            let Some(field) = field else { continue };
            if field.unchanged || self.is_full() {
                continue;
            }
            match self.schema.column(common.name()) {
                Some(column) => self.value(column, &field.value),
                None => self.common(common, field.value),
            }
        }
    }

    fn missing(&mut self, column: Option<&Column>, record: &Record<'_>) {
        let Some(column) = column.filter(|column| column.required) else {
            return;
        };
        if column.former.as_deref().is_some_and(|former| record.data.get(former).is_some()) {
            return;
        }
        // An UPDATE does not answer for what was missing before it.
        if record.old.is_none_or(|old| column.value_in(old).is_some()) {
            self.required(column);
        }
    }

    fn required(&mut self, column: &Column) {
        let fault = Fault {
            at: String::new(),
            code: "required",
            params: JsonObjectWriter::new(),
            message: "is required".to_owned(),
        };
        self.push(Problem::of_column(column, fault));
    }

    #[inline(always)]
    fn value(&mut self, column: &Column, value: &Value<'_>) {
        if column.rule.is_no_value(value) {
            if column.required {
                self.required(column);
            }
            return;
        }
        column.rule.check(value, &self.schema.statuses, &mut self.faults);
        if let Some(common) = column.common {
            self.check_implied(common, Some(column), *value);
        }
        if !self.faults.is_empty() {
            for fault in self.faults.split_off(0) {
                self.push(Problem::of_column(column, fault));
            }
        }
    }

    /// A key without a column, where such keys are allowed: in a flat record it may be a common field.
    fn unruled(&mut self, key: &[u8], value: Value<'_>, record: &Record<'_>) {
        if record.commons.is_some() || key.len() > 7 {
            return;
        }
        if let Some(common) = std::str::from_utf8(key).ok().and_then(Common::named) {
            self.common(common, value);
        }
    }

    /// A common field without a column: a text, and what records ask of it.
    fn common(&mut self, common: Common, value: Value<'_>) {
        let path = || format!("/{}", common.name());
        if !matches!(value, Value::String(_) | Value::Null) {
            let params = JsonObjectWriter::new().text("expected", "string").text("actual", value.kind());
            let message = format!("must be a string, not {}", value.kind());
            return self.push_named(path(), common.name(), "type", params, message);
        }
        self.check_implied(common, None, value);
        for fault in self.faults.split_off(0) {
            self.push(Problem::of_name(path(), common.name(), fault));
        }
    }

    fn check_implied(&mut self, common: Common, column: Option<&Column>, value: Value<'_>) {
        if !matches!(value, Value::String(text) if !text.is_empty()) {
            return;
        }
        if let Some(rule) = self.schema.implied(common, column) {
            rule.check(&value, &self.schema.statuses, &mut self.faults);
        }
    }

    fn unknown(&mut self, key: &[u8], record: &Record<'_>) {
        let name = String::from_utf8_lossy(key);
        let near = nearest(&name, self.schema.columns.iter().map(|column| column.name.as_str()));
        let name = shown(&name);
        let path = format!("/data{}", pointer(&name));
        if let Some(common) = Common::named(&name) {
            match &record.commons {
                None => {
                    return self.unruled(key, record.data.get(&name).unwrap_or(Value::Null), record);
                }
                Some(commons) if commons[common as usize].is_some() => {
                    let message = "belongs in the record's own column, not in data";
                    return self.push_named(path, &name, "unknown_key", JsonObjectWriter::new(), message.to_owned());
                }
                Some(_) => {}
            }
        }
        let (params, message) = match near {
            Some(near) => (
                JsonObjectWriter::new().text("nearest", near),
                format!("is not a column of this table; perhaps you meant \"{near}\""),
            ),
            None => (JsonObjectWriter::new(), "is not a column of this table".to_owned()),
        };
        self.push_named(path, &name, "unknown_key", params, message);
    }

    fn push_named(&mut self, path: String, name: &str, code: &'static str, params: JsonObjectWriter, message: String) {
        self.push(Problem::of_name(path, name, Fault { at: String::new(), code, params, message }));
    }

    fn push(&mut self, problem: Problem) {
        if !self.is_full() {
            self.problems.push(problem);
        }
    }
}

fn has(commons: &Option<CommonFields<'_>>, common: Common) -> bool {
    commons.as_ref().is_some_and(|commons| commons[common as usize].is_some())
}

#[cfg(test)]
mod tests {
    use super::{CommonValue, Depth, Record, walk};
    use crate::core::jsonb::{Value, fixture::document};
    use crate::core::schema::{Schema, read};

    fn schema(text: &str) -> Schema {
        read(Value::root(&document(text))).unwrap()
    }

    fn codes(schema: &Schema, data: &str, old: Option<&str>) -> Vec<String> {
        let (data, old) = (document(data), old.map(document));
        let old = old.as_ref().map(|old| Value::root(old).as_object().unwrap());
        let record = Record { old, ..Record::flat(Value::root(&data).as_object().unwrap()) };
        let problems = walk(schema, &record, Depth::All);
        assert_eq!(walk(schema, &record, Depth::First).len(), problems.len().min(1));
        problems.iter().map(|problem| format!("{} {}", problem.path, problem.fault.code)).collect()
    }

    const CRM: &str = r#"{"unknown_keys":"strict","columns":[
        {"name":"name","type":"text","required":true},
        {"name":"amount","type":"integer","options":{"min":0,"max":100}},
        {"name":"tags","type":"multi_select","options":{"choices":["a","b"]}},
        {"name":"zip","type":"text","required":true,"options":{"pattern":"^[0-9]{3}-[0-9]{4}$"}}],
        "statuses":[{"name":"リード"}]}"#;

    #[test]
    fn finds_every_problem_once() {
        let schema = schema(CRM);
        assert!(
            codes(&schema, r#"{"name":"x","zip":"100-0001","amount":5,"status":"リード","company":"y"}"#, None)
                .is_empty()
        );
        assert_eq!(
            codes(&schema, r#"{"amount":500,"tags":["a","a","c",1],"amout":1,"status":"?","email":3}"#, None),
            [
                "/data/zip required",
                "/name required",
                "/data/tags/1 multi_select.duplicate",
                "/data/tags/2 multi_select.unknown",
                "/data/tags/3 type",
                "/data/amout unknown_key",
                "/email type",
                "/data/amount number.max",
                "/status status.unknown",
            ]
        );
    }

    #[test]
    fn an_update_answers_for_what_it_changes() {
        let schema = schema(CRM);
        let old = r#"{"amount":500,"amout":1}"#;
        assert!(codes(&schema, r#"{"amount":500,"amout":1,"tags":["a"]}"#, Some(old)).is_empty());
        assert_eq!(codes(&schema, r#"{"amount":501,"amout":1}"#, Some(old)), ["/data/amount number.max"]);
        assert_eq!(codes(&schema, r#"{"name":"x"}"#, Some(r#"{"name":"x","zip":"100-0001"}"#)), ["/data/zip required"]);
    }

    #[test]
    fn a_column_is_read_by_its_former_name_while_it_is_renamed() {
        let schema = schema(
            r#"{"unknown_keys":"strict","columns":[{"name":"b","renamed_from":"a","type":"integer","required":true}]}"#,
        );
        for (data, old, expected) in [
            (r#"{"a":1}"#, None, vec![]),
            (r#"{"a":"x"}"#, None, vec!["/data/b type"]),
            (r#"{"a":2,"b":1}"#, None, vec!["/data/b renamed"]),
            (r#"{"a":1,"b":1}"#, None, vec![]),
            (r#"{"a":null,"b":1}"#, None, vec![]),
            (r#"{"a":2,"b":1}"#, Some(r#"{"a":2}"#), vec![]),
            (r#"{"a":2,"b":1}"#, Some(r#"{"b":1}"#), vec![]),
            (r#"{"a":2,"b":1}"#, Some(r#"{"a":3,"b":3}"#), vec!["/data/b renamed"]),
            (r#"{"c":1}"#, None, vec!["/data/b required", "/data/c unknown_key"]),
            (r#"{"b":"bad"}"#, Some(r#"{"a":"bad"}"#), vec![]),
            (r#"{}"#, Some(r#"{"a":1}"#), vec!["/data/b required"]),
        ] {
            let mut found = codes(&schema, data, old);
            found.sort();
            assert_eq!(found, expected, "{data}");
        }
    }

    #[test]
    fn common_fields_come_from_their_own_columns() {
        let schema = schema(CRM);
        let data = document(r#"{"zip":"100-0001","name":"in data"}"#);
        let field = |text, unchanged| Some(CommonValue::of_text(text, unchanged));
        let data = Value::root(&data).as_object().unwrap();
        let commons = Some([field(None, false), field(None, false), None, field(Some("?"), false)]);
        let record = Record { commons, ..Record::flat(data) };
        let found: Vec<_> = walk(&schema, &record, Depth::All).into_iter().map(|p| (p.path, p.fault.code)).collect();
        let expected = [("/data/name", "unknown_key"), ("/name", "required"), ("/status", "status.unknown")];
        assert_eq!(found, expected.map(|(path, code)| (path.to_owned(), code)));
    }
}
