//! The SQL functions of sql/install/import.sql.
use super::chunks::{self, ChunkSource, FILE, forget_rows, store_chunk};
use super::home::{Home, budget};
use super::job::{read_options, remembered};
use super::preview::preview;
use super::state::{Hold, Import};
use crate::core::import::options::ImportOptions;
use crate::core::sql::sql;
use crate::identity::claims;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Jsonb, JsonbResult};
use crate::pg::relation::Regclass;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::value::Value;
use crate::records::catalog::{self, TableId};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, pg_extern};

/// The longest part of a file.
const PART_BYTES: usize = 1 << 20;

pub fn required(id: Option<Uuid>, argument: &str) -> Result<TableId> {
    id.map(|id| *id.as_bytes()).ok_or_else(|| Error::required(argument))
}

pub fn options_of(options: Option<&Jsonb<'_>>) -> Result<ImportOptions> {
    options.map_or_else(|| Ok(ImportOptions::default()), |options| read_options(options.bytes()))
}

#[pg_extern(sql = false)]
fn begin_import(
    table_id: Option<Uuid>,
    file_name: Option<&str>,
    idempotency_key: Option<&str>,
    tables: Option<Regclass>,
) -> Result<Uuid, ErrorReport> {
    let table_id = required(table_id, "table_id")?;
    let home = Home::find(tables)?;
    catalog::require_visible(home.tables, &table_id)?;
    let (file_name, key) = (file_name.unwrap_or_default(), idempotency_key.unwrap_or_default());
    let id = home.as_caller(|| begin(&home, &table_id, file_name, key))?;
    Ok(Uuid::from_bytes(id))
}

pub fn begin(home: &Home, table_id: &TableId, file_name: &str, key: &str) -> Result<TableId> {
    let sql = sql!("import/begin.sql", imports = home.imports());
    let parameters = [Parameter::Uuid(*table_id), Parameter::Text(file_name), Parameter::Text(key)];
    let hint = "Members of the table's organization who may write records may import.";
    let begun = spi::hinting_rights(hint, || spi::query(&sql, &parameters, Mode::Write, |row| row.uuid(1)))?;
    if let Some(id) = begun.into_iter().flatten().next() {
        return Ok(id);
    }
    let user = claims::user().filter(|_| home.is_held()).map(|user| *user.as_bytes());
    let sql = sql!("import/begun.sql", imports = home.imports());
    let user = Value::uuid(user);
    let parameters = [Parameter::Uuid(*table_id), Parameter::Text(key), Parameter::Value(&user)];
    let found = spi::query(&sql, &parameters, Mode::ReadLatest, |row| row.uuid(1))?;
    found.into_iter().flatten().next().ok_or_else(|| {
        Error::serialization_failure("another transaction begins an import of the same key").hint("Try again.")
    })
}

#[pg_extern(sql = false)]
fn append_import(
    import_id: Option<Uuid>,
    part: Option<i64>,
    bytes: Option<&[u8]>,
    tables: Option<Regclass>,
) -> Result<i64, ErrorReport> {
    let id = required(import_id, "import_id")?;
    let part = part.ok_or_else(|| Error::required("part"))?;
    let bytes = bytes.ok_or_else(|| Error::required("bytes"))?;
    if part < 1 {
        return Err(Error::invalid_parameter(format!("there is no part {part}")).hint("Parts count from 1.").into());
    }
    if bytes.is_empty() || bytes.len() > PART_BYTES {
        return Err(Error::invalid_parameter(format!("a part of {} bytes is not taken", bytes.len()))
            .hint(format!("Cut the file into parts of 1 to {PART_BYTES} bytes."))
            .into());
    }
    let home = Home::find(tables)?;
    Ok(home.as_caller(|| append(&home, &id, part, bytes))?)
}

fn append(home: &Home, id: &TableId, part: i64, bytes: &[u8]) -> Result<i64> {
    let import = Import::required(home, id, Hold::Wait)?;
    if let Some(there) = chunks::part(home, id, FILE, part)? {
        if there == bytes {
            return Ok(import.byte_count);
        }
        return Err(Error::unique_violation(format!("part {part} has come in with other bytes"))
            .hint("Begin another import: what has come in stays as it is."));
    }
    if import.state != "receiving" {
        return Err(import.in_wrong_state("Begin another import for another file."));
    }
    let most = budget().file_bytes;
    let total = u64::try_from(import.byte_count).ok().and_then(|count| count.checked_add(bytes.len() as u64));
    if total.ok_or_else(|| Error::out_of_range("the size of the file"))? > most {
        return Err(Error::limit_reached(format!("the file is larger than {most} bytes"))
            .hint("Split the file, or let a superuser raise rowkit.import_file_bytes."));
    }
    if import.reading.is_some() {
        forget_rows(home, id)?;
    }
    store_chunk(home, id, FILE, part, 0, bytes)?;
    let sql = sql!("import/appended.sql", imports = home.imports());
    let parameters = [Parameter::Uuid(*id), Parameter::Bigint(bytes.len() as i64)];
    let count = spi::query(&sql, &parameters, Mode::Write, |row| row.bigint(1))?;
    Ok(count.into_iter().flatten().next().unwrap_or(0))
}

#[pg_extern(sql = false, stable, parallel_restricted)]
fn preview_import(
    import_id: Option<Uuid>,
    options: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<JsonbResult, ErrorReport> {
    let id = required(import_id, "import_id")?;
    let options = options_of(options.as_ref())?;
    let home = Home::find(tables)?;
    let answer = home.reading_as_caller(|| {
        let import = Import::required(&home, &id, Hold::No)?;
        let schema = catalog::schema_for_reading(home.tables, &import.table_id)?;
        preview(ChunkSource::open(&home, &id, import.byte_count)?, &options, &schema, |header| {
            remembered(&home, &import.table_id, &schema, header, Mode::Read)
        })
    })?;
    Ok(JsonbResult::parse(&answer))
}

#[pg_extern(sql = false, stable, parallel_restricted)]
fn preview_import_file(
    table_id: Option<Uuid>,
    file: Option<&[u8]>,
    options: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<JsonbResult, ErrorReport> {
    let table_id = required(table_id, "table_id")?;
    let file = file.ok_or_else(|| Error::required("file"))?;
    let options = options_of(options.as_ref())?;
    let home = Home::find(tables)?;
    let schema = catalog::schema_for_reading(home.tables, &table_id)?;
    let answer = preview(file, &options, &schema, |header| {
        if !home.may_read_imports() {
            return Ok(None);
        }
        home.reading_as_caller(|| remembered(&home, &table_id, &schema, header, Mode::Read))
    })?;
    Ok(JsonbResult::parse(&answer))
}

#[pg_extern(sql = false, stable, parallel_restricted)]
fn import_progress(import_id: Option<Uuid>, tables: Option<Regclass>) -> Result<Option<JsonbResult>, ErrorReport> {
    let id = required(import_id, "import_id")?;
    let home = Home::find(tables)?;
    let import = match home.reading_as_caller(|| Import::find(&home, &id, Hold::No))? {
        Some(import) => Some(import),
        None => counts_of(&home, &id)?,
    };
    Ok(import.map(|import| JsonbResult::parse(&import.progress())))
}

/// An import that the caller may not read, into a table that the caller sees: its state and its counts, without what its file holds.
fn counts_of(home: &Home, id: &TableId) -> Result<Option<Import>> {
    let Some(import) = home.reading_as_owner(|| Import::find(home, id, Hold::No))? else { return Ok(None) };
    if catalog::require_visible(home.tables, &import.table_id).is_err() {
        return Ok(None);
    }
    Ok(Some(Import { mapping: None, ..import }))
}

#[pg_extern(sql = false)]
fn cancel_import(import_id: Option<Uuid>, tables: Option<Regclass>) -> Result<bool, ErrorReport> {
    let id = required(import_id, "import_id")?;
    let home = Home::find(tables)?;
    let sql = sql!("import/cancel.sql", imports = home.imports());
    let cancelled = home.as_caller(|| spi::query(&sql, &[Parameter::Uuid(id)], Mode::Write, |row| row.uuid(1)))?;
    Ok(!cancelled.is_empty())
}

#[pg_extern(sql = false)]
fn cancel_abandoned_imports(days_old: Option<i32>, tables: Option<Regclass>) -> Result<i64, ErrorReport> {
    let Some(days_old) = days_old else { return Ok(0) };
    let home = Home::find(tables)?;
    let sql = sql!("import/cancel_abandoned.sql", imports = home.imports());
    // Even where nothing is to be kept, somebody may be about to go on.
    let days_old = Parameter::Bigint(i64::from(days_old.max(1)));
    Ok(home.as_caller(|| spi::execute(&sql, &[days_old], Mode::Write))? as i64)
}
