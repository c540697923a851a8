//! Rows as JSON: whole, and what changed of them. Values are written as [`Form`] says, the same in every session.
use super::event::TenantId;
use crate::core::audit::definition::Definition;
use crate::core::audit::redaction::{self, Path};
use crate::core::fields::identifier::uuid_text;
use crate::core::jsonb::{ArrayBuilder, Value, compare_keys, quote, to_text, write};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Json, JsonbResult, ObjectBuilder};
use crate::pg::trigger::{Attribute, Call, Columns};
use crate::pg::written::{Form, Level, Needs};
use pgrx::pg_sys::{INT2OID, INT4OID, INT8OID, Oid, TSVECTOROID, UUIDOID};
use std::collections::BTreeSet;

pub struct Column {
    pub name: String,
    pub attribute: Attribute,
    form: Form,
    is_ignored: bool,
    /// The paths to its secrets.
    secrets: Vec<Path>,
}

/// A changed column and its two values.
pub struct Change<'r> {
    pub column: usize,
    old: Option<Json<'r>>,
    new: Option<Json<'r>>,
}

/// What is known of an audited table's rows.
pub struct Shape {
    pub columns: Vec<Column>,
    /// The columns of the primary key, in the order of a JSON object's keys.
    pub key: Vec<usize>,
    needs: Needs,
}

fn value<'v>(json: &'v Option<Json<'_>>) -> Value<'v> {
    json.as_ref().map_or(Value::Null, Json::value)
}

/// What hints say of a setting that names no column any more.
pub const ENABLE_AGAIN: &str = "The column was renamed or dropped: call rowkit.enable_audit() again with the names of today and all the settings that you want. \
                                Until then writes are refused, so that no secret is logged in clear.";

impl Shape {
    pub fn of(call: &Call<'_>, definition: &Definition) -> Result<Shape> {
        let key_numbers = call.primary_key();
        let all = call.columns();
        let is_column = |name: &str| call.attribute(name).is_some();
        let missing = |option: &str, name: &str| {
            Error::undefined_column(format!(
                "{} has no column \"{name}\", which its audit's {option} names",
                call.relation_name()
            ))
            .hint(ENABLE_AGAIN)
        };
        let secrets = definition.secrets(is_column).map_err(|name| missing("redact", name))?;
        if let Some(name) = definition.missing_ignored(is_column) {
            return Err(missing("ignore", name));
        }
        let mut columns = Vec::with_capacity(all.len());
        for (name, attribute) in &all {
            work::step();
            let paths: Vec<Path> =
                secrets.iter().filter(|(column, _)| column == name).map(|(_, path)| path.clone()).collect();
            // A path leads into what JSON shows.
            let has_paths = paths.iter().any(|path| !path.is_empty());
            let form = if has_paths { Form::with_parts(attribute.kind) } else { Form::of(attribute.kind) };
            let is_key = key_numbers.contains(&attribute.number);
            refuse_uncoverable(call, name, *attribute, &paths, is_key)?;
            let is_ignored = definition.ignore.contains(name) && !is_key;
            if !is_key && definition.leaves_out_vector(name, attribute.kind == TSVECTOROID) {
                continue;
            }
            columns.push(Column { name: name.clone(), attribute: *attribute, form, is_ignored, secrets: paths });
        }
        let mut key: Vec<usize> =
            (0..columns.len()).filter(|place| key_numbers.contains(&columns[*place].attribute.number)).collect();
        key.sort_by(|left, right| compare_keys(columns[*left].name.as_bytes(), columns[*right].name.as_bytes()));
        let needs = columns.iter().map(|column| column.form.needs()).collect();
        Ok(Shape { columns, key, needs })
    }

    /// The settings under which rows are written; each value sees to them itself, but for many rows they are set once.
    pub fn settings(&self) -> Level {
        Level::begin(self.needs)
    }

    /// The names of all columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The whole row.
    pub fn image(&self, row: &impl Columns) -> JsonbResult {
        let mut builder = ObjectBuilder::new();
        for column in &self.columns {
            work::step();
            column.write(&mut builder, value(&column.value(row)), None);
        }
        builder.finish()
    }

    /// What an UPDATE changed, but for what is ignored.
    pub fn changes<'r, R: Columns>(&self, old: &'r R, new: &'r R) -> Vec<Change<'r>> {
        let mut changes = Vec::new();
        for (place, column) in self.columns.iter().enumerate().filter(|(_, column)| !column.is_ignored) {
            work::step();
            if let Some((old, new)) = old.change_as(new, column.attribute, column.form) {
                changes.push(Change { column: place, old, new });
            }
        }
        changes
    }

    /// The changed columns, as they were and as they are.
    pub fn diff(&self, changes: &[Change<'_>]) -> (JsonbResult, JsonbResult) {
        let (mut old, mut new) = (ObjectBuilder::new(), ObjectBuilder::new());
        for change in changes {
            work::step();
            let column = &self.columns[change.column];
            column.write(&mut old, value(&change.old), None);
            column.write(&mut new, value(&change.new), Some(value(&change.old)));
        }
        (old.finish(), new.finish())
    }

    /// The whole row before and after.
    pub fn images<R: Columns>(&self, old: &R, new: &R) -> (JsonbResult, JsonbResult) {
        let mut builder = ObjectBuilder::new();
        for column in &self.columns {
            work::step();
            let before = column.value(old);
            column.write(&mut builder, value(&column.value(new)), Some(value(&before)));
        }
        (self.image(old), builder.finish())
    }

    /// A row's key as text, a composite one as JSON.
    pub fn key(&self, row: &impl Columns) -> String {
        if let [place] = self.key[..] {
            return self.text(row, place).unwrap_or_default();
        }
        let values: Vec<(&str, Option<Json<'_>>)> = self
            .key
            .iter()
            .map(|place| (self.columns[*place].name.as_str(), self.columns[*place].value(row)))
            .collect();
        key_text(values.iter().map(|(name, json)| (*name, value(json))))
    }

    /// The tenant that a column names.
    pub fn tenant(&self, row: &impl Columns, place: usize) -> Option<TenantId> {
        let attribute = self.columns[place].attribute;
        if attribute.kind == UUIDOID {
            return row.uuid(attribute).map(TenantId::Uuid);
        }
        self.text(row, place).map(TenantId::Text)
    }

    /// A column's value as text.
    fn text(&self, row: &impl Columns, place: usize) -> Option<String> {
        let attribute = self.columns[place].attribute;
        match attribute.kind {
            UUIDOID => row.uuid(attribute).map(|id| uuid_text(&id)),
            INT2OID | INT4OID | INT8OID => row.integer(attribute).map(|number| number.to_string()),
            _ => self.columns[place].value(row).map(|json| text(json.value())),
        }
    }
}

/// The names of a table's columns, as the log notes them, in one order whatever theirs is.
pub fn columns_document<'n>(names: impl Iterator<Item = &'n str>) -> JsonbResult {
    let names: BTreeSet<&str> = names.collect();
    let mut list = ArrayBuilder::default();
    names.iter().for_each(|name| list.element(Value::String(name.as_bytes())));
    let mut builder = ObjectBuilder::new();
    builder.document(b"columns", list.finish());
    builder.finish()
}

/// A key as events have it, of its columns in the order of a JSON object's keys: the text of one value, or an object.
pub fn key_text<'v>(mut columns: impl ExactSizeIterator<Item = (&'v str, Value<'v>)>) -> String {
    if columns.len() == 1 {
        return columns.next().map(|(_, value)| text(value)).unwrap_or_default();
    }
    let mut written = String::from("{");
    for (number, (name, value)) in columns.enumerate() {
        work::step();
        if number > 0 {
            written.push_str(", ");
        }
        quote(name, &mut written);
        written.push_str(": ");
        write(value, &mut written);
    }
    written.push('}');
    written
}

fn text(value: Value<'_>) -> String {
    if let Value::String(bytes) = value {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    to_text(value)
}

/// Whether JSON shows what a value of a type is made of.
pub fn has_parts(kind: Oid) -> bool {
    Form::has_parts(kind)
}

/// Refuses what the log cannot cover, in place of writing it in clear.
fn refuse_uncoverable(call: &Call<'_>, name: &str, attribute: Attribute, paths: &[Path], is_key: bool) -> Result<()> {
    let refused = |why: &str, hint: &str| {
        Err(Error::invalid_parameter(format!("column \"{name}\" of {} {why}", call.relation_name())).hint(hint))
    };
    if is_key && !paths.is_empty() {
        return refused(
            "cannot be redacted: it is part of the primary key",
            "Events name rows by their key, in clear.",
        );
    }
    let is_path = paths.iter().any(|path| !path.is_empty());
    if is_path && !(has_parts(attribute.kind) && paths.iter().all(|path| redaction::is_path(path))) {
        return refused(
            "has no parts that could be redacted",
            "Redact the whole column; a path such as settings.smtp.password leads into json, jsonb and composite types.",
        );
    }
    Ok(())
}

impl Column {
    fn value<'r>(&self, row: &'r impl Columns) -> Option<Json<'r>> {
        row.written(self.attribute, self.form)
    }

    /// Writes a value, or that there is one; `before` is what it was, on the side of what it is.
    fn write(&self, builder: &mut ObjectBuilder, value: Value<'_>, before: Option<Value<'_>>) {
        let name = self.name.as_bytes();
        if self.secrets.is_empty() {
            return builder.member(name, value);
        }
        let paths: Vec<&[String]> = self.secrets.iter().map(Vec::as_slice).collect();
        builder.document(name, redaction::cover(value, before, &paths).ok());
    }
}
