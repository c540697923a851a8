//! An audited table as its events are read: its columns, its key, its log; values of events as values of its columns' types.
use super::image::key_text;
use super::log::Log;
use super::trigger;
use crate::core::audit::definition::Definition;
use crate::core::audit::history::{self, Layout, Row};
use crate::core::jsonb::{ObjectBuilder, Value as Json, compare_keys};
use crate::core::lifecycle::model;
use crate::core::sql::{list, literal};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::relation::quoted_identifier as quoted;
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter, ResultRow, Value};
use crate::pg::written::{Needs, is_json, under};
use crate::pg::{clock, written};
use crate::rows::lifecycle;
use pgrx::pg_sys::{Oid, TSVECTOROID};
use std::collections::BTreeMap;

pub struct Column {
    pub name: String,
    /// Its type, as SQL writes it.
    kind: String,
    /// Only INSERT can write it.
    pub is_identity: bool,
    /// Nobody can write it.
    pub is_generated: bool,
    /// It is computed when it is read.
    is_virtual: bool,
    /// A null in JSON is one of JSON's.
    has_json_null: bool,
    /// An INSERT must give it a value.
    pub is_required: bool,
    /// It is JSON that the log has as its text.
    is_json: bool,
    is_search_vector: bool,
    /// Parts of it are redacted, so that the log has what JSON shows.
    has_paths: bool,
}

impl Column {
    /// SQL for a value of the column as the log has it.
    pub fn written(&self, value: &str) -> String {
        let function = if self.has_paths { "_value_parts" } else { "_value_json" };
        format!("COALESCE(rowkit_internal.{function}({value}), 'null'::pg_catalog.jsonb)")
    }
}

/// A table whose rows' past is asked for.
pub struct Audited {
    pub table: Oid,
    pub label: String,
    pub definition: Definition,
    /// In the order of a JSON object's keys.
    pub key: Vec<model::Column>,
    pub columns: Vec<Column>,
    pub log: Log,
}

/// Values by the names of their columns.
pub type Typed = BTreeMap<String, Value>;

impl Audited {
    pub fn find(table: Oid) -> Result<Audited> {
        let missing = || Error::undefined_object("there is no such table").hint("Name a table that is audited.");
        if !relation::is_table(table) {
            return Err(missing());
        }
        let sql = include_str!("../../../sql/queries/audit/audited.sql");
        let read = |row: &ResultRow| {
            let key = lifecycle::columns([3, 5, 4, 6].map(|column| row.texts(column)));
            (row.oid(1).unwrap_or(table), row.texts(2), key)
        };
        let found = written::with_qualified_names(|| spi::query(sql, &[Parameter::Oid(table)], Mode::Read, read))?;
        let (table, arguments, mut key) = found.into_iter().next().ok_or_else(missing)?;
        if key.is_empty() {
            return Err(Error::undefined_object(format!("{} has no primary key", relation::quoted_name(table)))
                .hint("Events name rows by it: ALTER TABLE … ADD PRIMARY KEY."));
        }
        key.sort_by(|left, right| compare_keys(left.name.as_bytes(), right.name.as_bytes()));
        let definition = trigger::definition(table, &arguments)?;
        let log = Log::named(table, &definition)?;
        let mut columns = columns(table)?;
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let with_paths = definition.with_paths(|name| names.iter().any(|column| column == name));
        for column in &mut columns {
            work::step();
            column.has_paths = with_paths.contains(&column.name);
        }
        Ok(Audited { table, label: log.label(table), definition, key, columns, log })
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The names of the columns that the log has values of.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let is_logged = |column: &&Column| {
            !column.is_virtual && !self.definition.leaves_out_vector(&column.name, column.is_search_vector)
        };
        self.columns.iter().filter(is_logged).map(|column| column.name.as_str())
    }

    /// A key as callers or events write it, as a document with the key's columns.
    fn key_document(&self, written: &str) -> Result<Vec<u8>> {
        let is_json = || serde_json::from_str::<serde_json::Value>(written).is_ok();
        let parse = || -> Result<Option<Vec<u8>>> {
            let parsed = is_json().then(|| Value::parsed(pgrx::pg_sys::JSONBOID, -1, written)).transpose()?;
            Ok(parsed.and_then(|value| value.jsonb_bytes()))
        };
        if let [column] = &self.key[..] {
            let parsed = if column.is_structured { parse()? } else { None };
            // Events have an array as JSON, callers may write it as SQL does: {} is empty there.
            let part = match parsed.as_deref().map(Json::root) {
                Some(value @ Json::Array(_)) => value,
                Some(value @ Json::Object(object)) if !object.is_empty() => value,
                _ => Json::String(written.as_bytes()),
            };
            let mut builder = ObjectBuilder::default();
            builder.member(column.name.as_bytes(), part);
            return builder.finish().ok_or_else(|| self.wrong_key(written));
        }
        let document = parse()?;
        let is_whole = |document: &Vec<u8>| {
            Json::root(document)
                .as_object()
                .is_some_and(|object| self.key.iter().all(|column| object.get(&column.name).is_some()))
        };
        document.filter(is_whole).ok_or_else(|| self.wrong_key(written))
    }

    fn wrong_key(&self, written: &str) -> Error {
        let example: Vec<String> = self.key.iter().map(|column| format!("\"{}\": …", column.name)).collect();
        let hint = match &example[..] {
            [_] => "Give the key's text.".to_owned(),
            _ => format!("Give all of it as JSON: {{{}}}.", example.join(", ")),
        };
        let written = crate::core::work::beginning(written, 100);
        Error::invalid_parameter(format!("the key of {} is not in {written}", relation::quoted_name(self.table)))
            .hint(hint)
    }

    /// The key's columns in FROM, of the document that `$1` is.
    fn key_record(&self) -> String {
        let member = |column: &model::Column| format!("{} {}", quoted(&column.name), column.kind);
        let members: Vec<String> = self.key.iter().map(member).collect();
        format!("pg_catalog.jsonb_to_record($1) AS key({})", members.join(", "))
    }

    fn of_key(&self, written: &str, write: impl Fn(&str) -> String) -> Result<(String, Value)> {
        let columns: Vec<String> =
            self.key.iter().map(|column| write(&format!("key.{}", quoted(&column.name)))).collect();
        let document = Value::jsonb(Some(&self.key_document(written)?));
        Ok((format!("SELECT {} FROM {}", columns.join(", "), self.key_record()), document))
    }

    /// The key as events have it; what a caller wrote is read under the session's settings.
    pub fn normal_key(&self, written: &str) -> Result<String> {
        let (sql, document) = self.of_key(written, |name| format!("rowkit_internal._value_json({name})"))?;
        let width = self.key.len() as i32;
        let read = |row: &ResultRow| (1..=width).map(|column| row.jsonb(column)).collect::<Option<Vec<_>>>();
        let read = || spi::query(&sql, &[Parameter::Value(&document)], Mode::Read, read);
        let found = rights::as_caller(self.table, read)?;
        let parts = found.into_iter().flatten().next().ok_or_else(|| Error::required("the key"))?;
        let names = self.key.iter().map(|column| column.name.as_str());
        Ok(key_text(names.zip(parts.iter().map(|part| Json::root(part))).collect::<Vec<_>>().into_iter()))
    }

    /// The values of a key as events have it.
    pub fn key_values(&self, written: &str) -> Result<Vec<Value>> {
        let (sql, document) = self.of_key(written, str::to_owned)?;
        let width = self.key.len() as i32;
        let read = |row: &ResultRow| (1..=width).map(|column| row.value(column)).collect::<Vec<_>>();
        let read = || spi::query(&sql, &[Parameter::Value(&document)], Mode::Read, read);
        let found = rights::as_caller(self.table, || under(Needs::READING, read))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// SQL for whether `target` has the key whose values the parameters from `first` on hold.
    pub fn has_key(&self, first: usize) -> String {
        let equal = |(place, column): (usize, &model::Column)| {
            format!("target.{} {} ${}", quoted(&column.name), column.equals, first + place)
        };
        self.key.iter().enumerate().map(equal).collect::<Vec<_>>().join(" AND ")
    }

    /// What an event holds of these columns, as values of their types.
    pub fn typed<'n>(&self, row: &Row, names: impl Iterator<Item = &'n str>) -> Result<Typed> {
        let columns: Vec<&Column> =
            names.filter(|name| row.contains_key(*name)).filter_map(|name| self.column(name)).collect();
        if columns.is_empty() {
            return Ok(Typed::new());
        }
        let value = |column: &Column| {
            let name = format!("held.{}", quoted(&column.name));
            match column {
                // A string is the text of the column's own JSON.
                Column { is_json: true, kind, .. } => format!("{name}::{kind}"),
                Column { has_json_null: true, .. } => format!("COALESCE({name}, 'null')"),
                _ => name,
            }
        };
        let read = list(&columns, ", ", |_, column| value(column));
        // What the column's type of today makes something else of does not fit it.
        let fits = list(&columns, " ", |_, column| {
            let name = literal(&column.name);
            let held = format!("$1 OPERATOR(pg_catalog.->) {name}");
            format!("WHEN {} OPERATOR(pg_catalog.<>) ({held}) THEN {name}", column.written(&value(column)))
        });
        let kind = |column: &Column| if column.is_json { "pg_catalog.text".to_owned() } else { column.kind.clone() };
        let members = list(&columns, ", ", |_, column| format!("{} {}", quoted(&column.name), kind(column)));
        let sql = format!(
            "SELECT {read}, (CASE {fits} END)::pg_catalog.text FROM pg_catalog.jsonb_to_record($1) AS held({members})"
        );
        let document =
            history::document(row).ok_or_else(|| Error::limit_reached("an event is larger than a document can be"))?;
        let document = Value::jsonb(Some(&document));
        let width = columns.len() as i32;
        let values = |row: &ResultRow| {
            let all: Vec<Value> = (1..=width).map(|column| row.value(column)).collect();
            (all, row.text(width + 1))
        };
        let read = || spi::query(&sql, &[Parameter::Value(&document)], Mode::Read, values);
        let found = rights::as_caller(self.table, || under(Needs::READING, read))?;
        let Some((values, misfit)) = found.into_iter().next() else { return Ok(Typed::new()) };
        if let Some(name) = misfit {
            return Err(Error::datatype_mismatch(format!(
                "column \"{name}\" of {} would hold something else",
                relation::quoted_name(self.table)
            ))
            .hint("The type of the column was changed since."));
        }
        Ok(columns.iter().map(|column| column.name.clone()).zip(values).collect())
    }

    /// The row as the caller sees it now.
    pub fn now(&self, key: &str) -> Result<Option<Row>> {
        let names: Vec<&str> = self.names().collect();
        let told = self.columns.iter().filter(|column| !column.is_virtual);
        let written: Vec<String> =
            told.map(|column| column.written(&format!("target.{}", quoted(&column.name)))).collect();
        let sql = format!(
            "SELECT {} FROM {} AS target WHERE {}",
            written.join(", "),
            relation::quoted_name(self.table),
            self.has_key(1)
        );
        let key = self.key_values(key)?;
        let parameters: Vec<Parameter<'_>> = key.iter().map(Parameter::Value).collect();
        let null = Json::Null.document();
        let read = |row: &ResultRow| {
            let value = |(place, name): (usize, &&str)| {
                ((*name).to_owned(), row.jsonb(place as i32 + 1).unwrap_or_else(|| null.to_vec()))
            };
            names.iter().enumerate().map(value).collect::<Row>()
        };
        let found = rights::as_caller(self.table, || spi::query(&sql, &parameters, Mode::Read, read))?;
        Ok(found.into_iter().next())
    }

    /// Which columns the table had since when, as far as the log has noted it, and which it has now.
    pub fn layouts(&self) -> Result<Vec<Layout>> {
        let log = OwnedTable::audit_log(self.table, self.log.oid)?;
        let mut layouts: Vec<Layout> =
            self.log.layouts(log, &self.label, "<", "ALL", Mode::Read)?.into_iter().map(|(layout, _)| layout).collect();
        let (since, columns) = (clock::since_1970(clock::transaction()), self.names().map(str::to_owned).collect());
        if layouts.last().is_none_or(|last| last.columns != columns && last.since <= since) {
            layouts.push(Layout { since, columns });
        }
        Ok(layouts)
    }
}

fn columns(table: Oid) -> Result<Vec<Column>> {
    let sql = include_str!("../../../sql/queries/audit/columns.sql");
    let read = |row: &ResultRow| {
        let is = |column| row.boolean(column).unwrap_or(false);
        Some(Column {
            name: row.text(1)?,
            kind: row.text(2)?,
            is_identity: is(3),
            is_generated: is(4),
            is_virtual: is(5),
            has_json_null: is(6),
            is_required: is(7),
            is_json: row.oid(8).is_some_and(is_json),
            is_search_vector: row.oid(8) == Some(TSVECTOROID),
            has_paths: false,
        })
    };
    let found = written::with_qualified_names(|| spi::query(sql, &[Parameter::Oid(table)], Mode::Read, read))?;
    Ok(found.into_iter().flatten().collect())
}
