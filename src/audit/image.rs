//! Rows as JSON: whole, and what changed of them.
use super::definition::{Definition, REDACTED, REDACTED_CHANGED};
use super::log::TenantId;
use crate::fields::identifier::uuid_text;
use crate::jsonb::{Value, compare_keys, quote, write};
use crate::pg::jsonb::{Json, JsonbResult, ObjectBuilder};
use crate::pg::setting;
use crate::pg::trigger::{Attribute, Call, Columns};
use pgrx::pg_sys::{INT2OID, INT4OID, INT8OID, TIMESTAMPTZOID, UUIDOID};

enum Secret {
    No,
    Whole,
    /// These keys of a jsonb object.
    Keys(Vec<String>),
}

pub struct Column {
    pub name: String,
    pub attribute: Attribute,
    is_ignored: bool,
    secret: Secret,
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
}

fn value<'v>(json: &'v Option<Json<'_>>) -> Value<'v> {
    json.as_ref().map_or(Value::Null, Json::value)
}

impl Shape {
    pub fn of(call: &Call<'_>, definition: &Definition) -> Shape {
        let key_numbers = call.primary_key();
        let columns: Vec<Column> = call
            .columns()
            .into_iter()
            .map(|(name, attribute)| {
                let mut keys = Vec::new();
                let mut secret = Secret::No;
                for (_, key) in definition.redact.iter().filter(|(column, _)| *column == name) {
                    match key {
                        Some(key) => keys.push(key.clone()),
                        None => secret = Secret::Whole,
                    }
                }
                if !keys.is_empty() && matches!(secret, Secret::No) {
                    secret = Secret::Keys(keys);
                }
                let is_ignored = definition.ignore.contains(&name) && !key_numbers.contains(&attribute.number);
                Column { name, attribute, is_ignored, secret }
            })
            .collect();
        let mut key: Vec<usize> =
            (0..columns.len()).filter(|place| key_numbers.contains(&columns[*place].attribute.number)).collect();
        key.sort_by(|left, right| compare_keys(columns[*left].name.as_bytes(), columns[*right].name.as_bytes()));
        Shape { columns, key }
    }

    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The whole row.
    pub fn image(&self, row: &impl Columns) -> JsonbResult {
        let mut builder = ObjectBuilder::new();
        for column in &self.columns {
            column.write(&mut builder, value(&row.json(column.attribute)), None);
        }
        builder.finish()
    }

    /// What an UPDATE changed, but for what is ignored.
    pub fn changes<'r, R: Columns>(&self, old: &'r R, new: &'r R) -> Vec<Change<'r>> {
        let mut changes = Vec::new();
        for (place, column) in self.columns.iter().enumerate().filter(|(_, column)| !column.is_ignored) {
            if let Some((old, new)) = old.change(new, column.attribute) {
                changes.push(Change { column: place, old, new });
            }
        }
        changes
    }

    /// The changed columns, as they were and as they are.
    pub fn diff(&self, changes: &[Change<'_>]) -> (JsonbResult, JsonbResult) {
        let (mut old, mut new) = (ObjectBuilder::new(), ObjectBuilder::new());
        for change in changes {
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
            let before = old.json(column.attribute);
            column.write(&mut builder, value(&new.json(column.attribute)), Some(value(&before)));
        }
        (self.image(old), builder.finish())
    }

    /// A row's key as text, a composite one as JSON; the clocks of the session have no part in it.
    pub fn key(&self, row: &impl Columns) -> String {
        let is_timed = self.key.iter().any(|place| self.columns[*place].attribute.kind == TIMESTAMPTZOID);
        if is_timed { setting::with(c"timezone", "UTC", || self.key_text(row)) } else { self.key_text(row) }
    }

    fn key_text(&self, row: &impl Columns) -> String {
        if let [place] = self.key[..] {
            return self.text(row, place).unwrap_or_default();
        }
        let mut written = String::from("{");
        for (number, place) in self.key.iter().enumerate() {
            let column = &self.columns[*place];
            if number > 0 {
                written.push_str(", ");
            }
            quote(&column.name, &mut written);
            written.push_str(": ");
            write(value(&row.json(column.attribute)), &mut written);
        }
        written.push('}');
        written
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
            _ => row.json(attribute).map(|json| text(json.value())),
        }
    }
}

fn text(value: Value<'_>) -> String {
    if let Value::String(bytes) = value {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut written = String::new();
    write(value, &mut written);
    written
}

impl Column {
    /// Writes a value, or that there is one; `before` is what it was, on the side of what it is.
    fn write(&self, builder: &mut ObjectBuilder, value: Value<'_>, before: Option<Value<'_>>) {
        let name = self.name.as_bytes();
        let marker = |value: Value<'_>, before: Option<Value<'_>>| {
            let is_changed = before.is_some_and(|before| !before.same_bytes(value));
            Value::String(if is_changed { REDACTED_CHANGED.as_bytes() } else { REDACTED.as_bytes() })
        };
        match (&self.secret, value) {
            (Secret::No, _) | (_, Value::Null) => builder.member(name, value),
            (Secret::Whole, _) => builder.member(name, marker(value, before)),
            (Secret::Keys(keys), Value::Object(object)) => {
                let mut part = ObjectBuilder::new();
                for (key, value) in object.iter() {
                    let secret = std::str::from_utf8(key).ok().filter(|key| keys.iter().any(|secret| secret == key));
                    let was = |key| {
                        before
                            .map(|before| before.as_object().and_then(|before| before.get(key)).unwrap_or(Value::Null))
                    };
                    part.member(key, secret.map_or(value, |key| marker(value, was(key))));
                }
                builder.member(name, part.finish().read().value());
            }
            (Secret::Keys(_), _) => builder.member(name, value),
        }
    }
}
