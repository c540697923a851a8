//! The records that a query means, as a file that can be imported again.
use super::functions::required;
use super::home::{Home, refused};
use crate::core::fields::identifier::uuid_text;
use crate::core::fields::shown;
use crate::core::import::cell::Cell;
use crate::core::import::export::{ExportFormat, cell};
use crate::core::import::targets::{RECORD_ID_COLUMN, targets};
use crate::core::import::workbook::XlsxWriter;
use crate::core::import::write::{CsvOptions, CsvWriter, json_line};
use crate::core::jsonb::{JsonObjectWriter, Value, to_text};
use crate::core::schema::Schema;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Jsonb, JsonbResult};
use crate::pg::relation::Regclass;
use crate::records::catalog;
use crate::records::query::page_of;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, pg_extern};

const PAGE: usize = 1_000;

/// A file that is being written.
enum Output {
    Csv(CsvWriter, Vec<u8>),
    Json(Vec<u8>),
    Xlsx(Box<XlsxWriter<Vec<u8>>>),
}

fn append(bytes: &mut Vec<u8>, text: &str) {
    if bytes.capacity() - bytes.len() < text.len() {
        work::reserve((2 * bytes.capacity()).max(bytes.len() + text.len()));
    }
    bytes.extend_from_slice(text.as_bytes());
}

impl Output {
    fn begin(format: ExportFormat, columns: &[String]) -> Result<Output> {
        let header: Vec<&str> = std::iter::once(RECORD_ID_COLUMN).chain(columns.iter().map(String::as_str)).collect();
        Ok(match format {
            ExportFormat::Csv => {
                let mut writer = CsvWriter::new(CsvOptions { bom: true, guard: false });
                writer.row(header.iter().map(|name| Some(*name)));
                Output::Csv(writer, Vec::new())
            }
            ExportFormat::Json => Output::Json(Vec::new()),
            ExportFormat::Xlsx => {
                Output::Xlsx(Box::new(XlsxWriter::new(Vec::new(), "Records", &header).map_err(refused)?))
            }
        })
    }

    fn row(&mut self, schema: &Schema, columns: &[String], id: &str, record: &Jsonb<'_>) -> Result<()> {
        let object = record.value().as_object();
        let value = |name: &str| object.and_then(|object| object.get(name)).filter(|value| !value.is_null());
        if let Output::Json(bytes) = self {
            let texts: Vec<Option<String>> = columns.iter().map(|name| value(name).map(to_text)).collect();
            let id = format!("\"{id}\"");
            let members = columns.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_deref()));
            let mut line = String::new();
            json_line(std::iter::once((RECORD_ID_COLUMN, Some(id.as_str()))).chain(members), &mut line);
            append(bytes, &line);
            return Ok(());
        }
        let mut cells = vec![Cell::Text(id.to_owned())];
        cells.extend(columns.iter().map(|name| cell(schema.column(name), value(name).unwrap_or(Value::Null))));
        match self {
            Output::Csv(writer, bytes) => {
                writer.row(cells.iter().map(Cell::text));
                append(bytes, &writer.take());
            }
            Output::Xlsx(writer) => writer.row(&cells).map_err(refused)?,
            Output::Json(_) => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>> {
        match self {
            Output::Csv(mut writer, mut bytes) => {
                append(&mut bytes, &writer.take());
                Ok(bytes)
            }
            Output::Json(bytes) => Ok(bytes),
            Output::Xlsx(writer) => writer.finish().map_err(refused),
        }
    }
}

/// The columns to write: those that are named, else all.
fn chosen(schema: &Schema, columns: Option<&Jsonb<'_>>) -> Result<Vec<String>> {
    let known: Vec<String> = targets(schema).into_iter().map(|target| target.name).collect();
    let Some(given) = columns.and_then(|columns| columns.value().as_array()) else { return Ok(known) };
    let mut names = Vec::new();
    for item in given.iter() {
        work::step();
        let name = item.as_str().unwrap_or_default();
        let name = schema.named(name).map_or(name, |column| &column.name);
        if !known.iter().any(|known| known == name) {
            return Err(Error::undefined_column(format!("the table has no column \"{}\"", shown(name)))
                .hint("Name columns of the table, or name, email, company and status."));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// The query for one page: all columns, behind the last record.
fn page_query(query: Option<&Jsonb<'_>>, after: Option<&str>) -> JsonbResult {
    let mut object = JsonObjectWriter::new();
    let given = query.and_then(|query| query.value().as_object());
    for (key, value) in given.into_iter().flat_map(|given| given.iter()) {
        work::step();
        if !matches!(key, b"limit" | b"after" | b"before" | b"fields" | b"expand") {
            object = object.json(&String::from_utf8_lossy(key), to_text(value));
        }
    }
    object = object.json("limit", PAGE);
    if let Some(after) = after {
        object = object.text("after", after);
    }
    JsonbResult::parse(&object.object())
}

#[pg_extern(sql = false, stable, parallel_restricted)]
fn export_records(
    table_id: Option<Uuid>,
    query: Option<Jsonb<'_>>,
    format: Option<&str>,
    columns: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<Vec<u8>, ErrorReport> {
    let id = required(table_id, "table_id")?;
    let format = format.unwrap_or("csv");
    let format = ExportFormat::named(format).ok_or_else(|| {
        Error::invalid_parameter(format!("the format cannot be \"{}\"", shown(format))).hint("It is csv, json or xlsx.")
    })?;
    if let Some(query) = query.as_ref().filter(|query| query.value().as_object().is_none()) {
        let kind = query.value().kind();
        return Err(Error::invalid_parameter(format!("query must be a JSON object, not {kind}"))
            .hint("{} stands for all records.")
            .into());
    }
    let home = Home::find(tables)?;
    let schema = catalog::schema_for_reading(home.tables, &id)?;
    let columns = chosen(&schema, columns.as_ref())?;
    let mut output = Output::begin(format, &columns)?;
    let mut after: Option<String> = None;
    loop {
        work::step();
        let page = page_query(query.as_ref(), after.as_deref()).into_read();
        let rows = page_of(table_id, Some(page), Some(Regclass(home.tables)))?;
        let count = rows.len();
        for (id, record, cursor) in rows {
            work::step();
            output.row(&schema, &columns, &uuid_text(id.as_bytes()), &record.read())?;
            after = Some(cursor);
        }
        if count < PAGE {
            break;
        }
    }
    Ok(output.finish()?)
}
