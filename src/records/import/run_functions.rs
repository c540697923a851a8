//! The SQL functions of sql/install/import.sql that import rows and tell what became of them.
use super::feed::{ChunkFeed, Feed, note_read};
use super::functions::{begin, options_of, required};
use super::home::{Home, budget_of, refused};
use super::job::{Job, SAMPLE_ROWS, begun};
use super::preview::{Sample, sample};
use super::run::Run;
use super::state::{Hold, Import};
use crate::core::fields::identifier::uuid_text;
use crate::core::import::cell::{Cell, Row};
use crate::core::import::error_file::{self, ErrorFile};
use crate::core::import::file::{EXAMINE_ALL, ImportFile};
use crate::core::import::options::ImportOptions;
use crate::core::import::problem::ImportProblem;
use crate::core::import::stored_row;
use crate::core::jsonb::Value;
use crate::core::schema::Schema;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Jsonb, JsonbResult};
use crate::pg::relation::Regclass;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::subtransaction;
use crate::records::catalog::{self, TableId};
use pgrx::iter::TableIterator;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, name, pg_extern};
use std::ops::ControlFlow;
use std::rc::Rc;

/// The rows of a batch where the caller does not say.
const BATCH: usize = 1_000;
const LARGEST_BATCH: i64 = 100_000;

fn may_run(import: &Import) -> Result<()> {
    match import.state.as_str() {
        "receiving" | "running" => Ok(()),
        _ => Err(import.in_wrong_state("Begin another import.")),
    }
}

#[pg_extern(sql = false)]
fn plan_import(
    import_id: Option<Uuid>,
    options: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<JsonbResult, ErrorReport> {
    let id = required(import_id, "import_id")?;
    let read = options_of(options.as_ref())?;
    let home = Home::find(tables)?;
    let answer = home.importing(&read, || {
        let import = Import::required(&home, &id, Hold::Now)?;
        if import.state != "receiving" {
            return Err(import
                .in_wrong_state("A plan is made before the import runs. import_progress tells how far it has come."));
        }
        let given = options.as_ref().map(Jsonb::bytes);
        // The file is read into rows for good; what follows is taken back.
        let mut answer = String::new();
        let byte_count = import.byte_count;
        let mut import = Some(import);
        if let Some(held) = &mut import {
            super::feed::read_into_rows(&home, held, &read.reading, || {
                Ok(Box::new(super::chunks::ChunkSource::open(&home, &id, byte_count)?))
            })?;
        }
        subtransaction::kept_if(|| {
            home.writing(|| {
                let Some(import) = import.take() else { return Ok(false) };
                let mut run = Run::new(Job::open(&home, import, given)?);
                run_to_end(&mut run)?;
                answer = run.plan();
                Ok(false)
            })
        })?;
        Ok(answer)
    })?;
    Ok(JsonbResult::parse(&answer))
}

fn run_to_end(run: &mut Run<'_>) -> Result<()> {
    let import = &run.job.import;
    let mut feed = ChunkFeed::from(run.job.home, &import.id, import.next_row).map(Feed::Chunks)?;
    while run.advance(&mut feed, BATCH)? {
        work::step();
    }
    Ok(())
}

#[pg_extern(sql = false)]
fn run_import(
    import_id: Option<Uuid>,
    options: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<JsonbResult, ErrorReport> {
    let id = required(import_id, "import_id")?;
    let read = options_of(options.as_ref())?;
    let home = Home::find(tables)?;
    let answer = home.importing(&read, || {
        let import = Import::required(&home, &id, Hold::Now)?;
        // A call that is repeated imports nothing twice.
        if import.state == "done" {
            return Ok(import.progress());
        }
        may_run(&import)?;
        let mut run = Run::new(Job::open(&home, import, options.as_ref().map(Jsonb::bytes))?);
        run_to_end(&mut run)?;
        Ok(run.job.import.progress())
    })?;
    Ok(JsonbResult::parse(&answer))
}

#[pg_extern(sql = false)]
fn continue_import(
    import_id: Option<Uuid>,
    batch_size: Option<i64>,
    options: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<JsonbResult, ErrorReport> {
    let id = required(import_id, "import_id")?;
    let batch_size = batch_size.unwrap_or(BATCH as i64);
    if !(1..=LARGEST_BATCH).contains(&batch_size) {
        return Err(Error::invalid_parameter(format!("batch_size cannot be {batch_size}"))
            .hint(format!("It is 1 to {LARGEST_BATCH} rows."))
            .into());
    }
    let read = options_of(options.as_ref())?;
    let home = Home::find(tables)?;
    let answer = home.importing(&read, || {
        let import = Import::required(&home, &id, Hold::Now)?;
        if may_run(&import).is_err() {
            return Ok(import.progress());
        }
        let mut run = Run::new(Job::open(&home, import, options.as_ref().map(Jsonb::bytes))?);
        let mut feed = ChunkFeed::from(&home, &id, run.job.import.next_row).map(Feed::Chunks)?;
        run.advance(&mut feed, batch_size as usize)?;
        Ok(run.job.import.progress())
    })?;
    Ok(JsonbResult::parse(&answer))
}

#[pg_extern(sql = false)]
fn import_records(
    table_id: Option<Uuid>,
    file: Option<&[u8]>,
    options: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<JsonbResult, ErrorReport> {
    let table_id = required(table_id, "table_id")?;
    let file = file.ok_or_else(|| Error::required("file"))?;
    let read = options_of(options.as_ref())?;
    let home = Home::find(tables)?;
    let schema = catalog::schema_for_reading(home.tables, &table_id)?;
    let given = options.as_ref().map(Jsonb::bytes);
    let answer =
        home.importing(&read, || Ok(import_file(&home, &table_id, schema, file, &read, given)?.job.import.progress()))?;
    Ok(JsonbResult::parse(&answer))
}

/// Imports a file at hand.
pub fn import_file<'h>(
    home: &'h Home,
    table_id: &TableId,
    schema: Rc<Schema>,
    file: &[u8],
    read: &ImportOptions,
    given: Option<&[u8]>,
) -> Result<Run<'h>> {
    let id = begin(home, table_id, "", "")?;
    let mut import = Import::required(home, &id, Hold::Wait)?;
    let sql = sql!("import/appended.sql", imports = home.imports());
    spi::query(&sql, &[Parameter::Uuid(id), Parameter::Bigint(file.len() as i64)], Mode::Write, |_| ())?;
    import.byte_count = file.len() as i64;
    let (mut sample, format) = sample_of_file(file, read)?;
    let form = format!("{format} {}", read.reading.form());
    let mut chosen = read.clone();
    chosen.is_json = format == "json";
    let rows = || rows_of_file(file, read);
    let job = Job::of_file(home, import, schema, chosen, given, (&mut sample, &form), rows)?;
    let mut feed = rows_of_file(file, read)?;
    let mut run = Run::new(job);
    while run.advance(&mut feed, BATCH)? {
        work::step();
    }
    let names = if let Feed::File(file) = &feed { file.names() } else { Vec::new() };
    let rows = run.job.import.next_row;
    note_read(home, &mut run.job.import, &form, names, rows)?;
    Ok(run)
}

fn open_file<'f>(file: &'f [u8], read: &ImportOptions) -> Result<ImportFile<'f>> {
    ImportFile::open(file, &read.reading, EXAMINE_ALL, &budget_of(&read.reading)).map_err(refused)
}

/// The rows of a file at hand.
pub fn rows_of_file<'f>(file: &'f [u8], read: &ImportOptions) -> Result<Feed<'f>> {
    Ok(Feed::File(Box::new(open_file(file, read)?)))
}

/// The first rows of a file at hand, and its format.
pub fn sample_of_file(file: &[u8], read: &ImportOptions) -> Result<(Sample, &'static str)> {
    let first = open_file(file, read)?;
    let format = first.facts.format;
    let first = std::cell::RefCell::new(first);
    let mut sample = sample(SAMPLE_ROWS, || first.borrow_mut().read().map_err(refused), || first.borrow().names())?;
    let mut first = first.into_inner();
    // A mapping is for all columns, as where the file comes in parts.
    if !sample.is_whole && first.may_have_more_names() {
        while first.read().map_err(refused)?.is_some() {
            work::step();
        }
        sample.name_all(first.names());
    }
    Ok((sample, format))
}

/// Reads the rows that have problems, a batch at a time.
fn each_problem_row(
    home: &Home,
    id: &TableId,
    mut read: impl FnMut(i64, Vec<ImportProblem>, Vec<u8>, bool),
) -> Result<()> {
    let sql = sql!("import/errors.sql", rows = home.rows());
    spi::read_in_batches(&sql, &[Parameter::Uuid(*id)], 256, |batch| {
        batch.each(|row| {
            work::step();
            let problems = row.jsonb(2).unwrap_or_default();
            let problems = Value::root(&problems).as_array().into_iter().flat_map(|array| array.iter());
            let problems = problems.filter_map(ImportProblem::read).collect();
            read(row.bigint(1).unwrap_or(0), problems, row.bytes(3).unwrap_or_default(), row.boolean(4) == Some(true));
        });
        Ok(ControlFlow::Continue(()))
    })
}

/// No rows must not read as no problems.
fn hidden(home: &Home, import: &Import, has_none: bool) -> Result<()> {
    let counts = &import.counts;
    if !has_none || (counts.failed == 0 && sees_batches(home, import)?) {
        return Ok(());
    }
    let message = match counts.failed {
        0 => format!("the rows of import {} are not to be seen", uuid_text(&import.id)),
        failed => format!("the {failed} rows that failed are not to be seen"),
    };
    Err(Error::insufficient_privilege(message)
        .hint("They are for whoever began the import and for admins, until 30 days after it ended."))
}

/// Whether the caller sees what is kept of the rows that came in, where any did. A row without a problem is in no import_rows, and every batch that found
/// records is in import_batches.
fn sees_batches(home: &Home, import: &Import) -> Result<bool> {
    let counts = &import.counts;
    if counts.created == 0 && counts.updated == 0 && counts.unchanged == 0 {
        return Ok(true);
    }
    let sql = sql!("import/has_batches.sql", batches = home.batches());
    let found = spi::query(&sql, &[Parameter::Uuid(import.id)], Mode::Read, |row| row.boolean(1))?;
    Ok(found.into_iter().flatten().next() == Some(true))
}

#[pg_extern(sql = false, stable, parallel_restricted)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn import_errors(
    import_id: Option<Uuid>,
    tables: Option<Regclass>,
) -> Result<
    TableIterator<
        'static,
        (
            name!(row_number, i64),
            name!(cell_index, Option<i32>),
            name!(column_name, Option<String>),
            name!(code, String),
            name!(params, JsonbResult),
            name!(message, String),
        ),
    >,
    ErrorReport,
> {
    let id = required(import_id, "import_id")?;
    let home = Home::find(tables)?;
    let mut errors = Vec::new();
    home.reading_as_caller(|| {
        let import = Import::required(&home, &id, Hold::No)?;
        let mut memory = work::Memory::default();
        each_problem_row(&home, &id, |number, problems, _, _| {
            for problem in problems {
                memory.take(problem.message.len() + problem.params.len() + 256);
                let params = JsonbResult::parse(&problem.params);
                let cell = problem.cell.and_then(|cell| i32::try_from(cell).ok());
                errors.push((number, cell, problem.column, problem.code, params, problem.message));
            }
        })?;
        hidden(&home, &import, errors.is_empty())
    })?;
    Ok(TableIterator::new(errors))
}

/// Reads the rows that failed, a batch at a time. A line that is no row stands behind the columns that the file has.
fn each_failed_row(
    home: &Home,
    id: &TableId,
    columns: usize,
    mut read: impl FnMut(&Row, &[ImportProblem]),
) -> Result<()> {
    each_problem_row(home, id, |_, problems, cells, is_failed| {
        let line = String::from_utf8(cells).unwrap_or_default();
        let Some(mut stored) = stored_row::read(line.trim_end()).filter(|_| is_failed) else { return };
        if problems.iter().any(|problem| problem.code == "import.json" && problem.cell.is_none()) {
            let line = std::mem::take(&mut stored.row.cells);
            stored.row.cells = vec![Cell::Empty; columns];
            stored.row.cells.extend(line.into_iter().filter(|cell| !cell.is_blank()));
        }
        read(&stored.row, &problems);
    })
}

/// Whether the file could not be read in this cell.
fn is_unread(cells: &[Cell], problems: &[ImportProblem], place: usize) -> bool {
    const CODES: [&str; 5] = [
        "import.encoding",
        "import.stray_quote",
        "import.unclosed_quote",
        "import.duplicate_key",
        "import.nul_character",
    ];
    let is_replaced = || matches!(&cells[place], Cell::Text(text) if text.contains(char::REPLACEMENT_CHARACTER));
    problems.iter().any(|problem| match problem.cell {
        Some(cell) => cell == place && CODES.contains(&problem.code.as_str()),
        None => problem.code == "import.encoding" && is_replaced(),
    })
}

#[pg_extern(sql = false, stable, parallel_restricted)]
fn import_error_file(import_id: Option<Uuid>, tables: Option<Regclass>) -> Result<String, ErrorReport> {
    let id = required(import_id, "import_id")?;
    let home = Home::find(tables)?;
    let text = home.reading_as_caller(|| {
        let import = Import::required(&home, &id, Hold::No)?;
        // The error file of an error file has these columns once.
        let is_note = |place: &usize| error_file::is_note(&import.header[*place]);
        let kept: Vec<usize> = (0..import.header.len()).filter(|place| !is_note(place)).collect();
        let header: Vec<String> = kept.iter().map(|place| import.header[*place].clone()).collect();
        let mut extras = 0;
        each_failed_row(&home, &id, import.header.len(), |row, _| {
            extras = extras.max(row.cells.len().saturating_sub(import.header.len()));
        })?;
        // Without the columns that it was imported into, a file is written as it is.
        let schema = catalog::schema_for_reading(home.tables, &import.table_id);
        let mapping = schema.and_then(|schema| begun(&import, &schema)).map(|(_, mapping)| mapping).unwrap_or_default();
        let mut file = ErrorFile::new(&header, extras);
        let mut text = String::new();
        each_failed_row(&home, &id, import.header.len(), |row, problems| {
            let places: Vec<usize> = kept.iter().copied().chain(import.header.len()..row.cells.len()).collect();
            let cell = |place: &usize| row.cells.get(*place).cloned().unwrap_or(Cell::Empty);
            let picked = Row { number: row.number, cells: places.iter().map(cell).collect(), hidden: row.hidden };
            let messages: Vec<String> = problems.iter().map(|problem| problem.message.clone()).collect();
            file.row(
                &picked,
                |place| places.get(place).is_some_and(|cell| is_unread(&row.cells, problems, *cell)),
                |place| mapping.plan_of(*places.get(place)?),
                &messages,
            );
            work::push_str(&mut text, &file.take());
        })?;
        hidden(&home, &import, text.is_empty())?;
        if text.is_empty() {
            text = file.take();
        }
        Ok(text)
    })?;
    Ok(text)
}
