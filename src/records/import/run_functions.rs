//! The SQL functions of sql/install/import.sql that import rows and tell what became of them.
use super::feed::{ChunkFeed, Feed, note_read};
use super::functions::{begin, options_of, required};
use super::home::{Home, budget, refused};
use super::job::{Job, SAMPLE_ROWS};
use super::preview::sample;
use super::run::Run;
use super::state::{Hold, Import};
use crate::core::import::cell::Cell;
use crate::core::import::error_file::ErrorFile;
use crate::core::import::file::{EXAMINE_ALL, ImportFile};
use crate::core::import::problem::ImportProblem;
use crate::core::import::stored_row;
use crate::core::jsonb::Value;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Jsonb, JsonbResult};
use crate::pg::relation::Regclass;
use crate::pg::spi::{self, Parameter};
use crate::pg::subtransaction;
use crate::records::catalog::{self, TableId};
use pgrx::iter::TableIterator;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, name, pg_extern};
use std::ops::ControlFlow;

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
    options_of(options.as_ref())?;
    let home = Home::find(tables)?;
    let answer = home.as_caller(|| {
        let import = Import::required(&home, &id, Hold::Now)?;
        if import.state != "receiving" {
            return Err(import
                .in_wrong_state("A plan is made before the import runs. import_progress tells how far it has come."));
        }
        let given = options.as_ref().map(Jsonb::bytes);
        // The file is read into rows for good; what follows is taken back.
        let mut answer = String::new();
        let mut import = Some(import);
        if let Some(held) = &mut import {
            super::feed::read_into_rows(&home, held, &options_of(options.as_ref())?.reading, || {
                Ok(Box::new(super::chunks::ChunkSource::open(&home, &id)?))
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
    while run.advance(&mut feed, BATCH)? {}
    Ok(())
}

#[pg_extern(sql = false)]
fn run_import(
    import_id: Option<Uuid>,
    options: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<JsonbResult, ErrorReport> {
    let id = required(import_id, "import_id")?;
    options_of(options.as_ref())?;
    let home = Home::find(tables)?;
    let answer = home.as_caller(|| {
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
    options_of(options.as_ref())?;
    let home = Home::find(tables)?;
    let answer = home.as_caller(|| {
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
    catalog::require_visible(home.tables, &table_id)?;
    let answer = home.as_caller(|| {
        let id = begin(&home, &table_id, "", "")?;
        let import = Import::required(&home, &id, Hold::Wait)?;
        let open = || ImportFile::open(file, &read.reading, EXAMINE_ALL, &budget()).map_err(refused);
        let first = std::cell::RefCell::new(open()?);
        let sample = sample(SAMPLE_ROWS, || first.borrow_mut().read().map_err(refused), || first.borrow().names())?;
        let format = first.borrow().facts.format;
        let form = format!("{format} {}", read.reading.form());
        let mut chosen = read.clone();
        chosen.has_minor_units |= format == "json";
        let job = Job::of_file(&home, import, chosen, options.as_ref().map(Jsonb::bytes), (&sample, &form), || {
            Ok(Feed::File(Box::new(open()?)))
        })?;
        let mut feed = Feed::File(Box::new(open()?));
        let mut run = Run::new(job);
        while run.advance(&mut feed, BATCH)? {}
        let names = if let Feed::File(file) = &feed { file.names() } else { Vec::new() };
        let rows = run.job.import.next_row;
        note_read(&home, &mut run.job.import, &form, names, rows)?;
        Ok(run.job.import.progress())
    })?;
    Ok(JsonbResult::parse(&answer))
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
fn hidden(import: &Import, has_none: bool) -> Result<()> {
    if import.counts.failed == 0 || !has_none {
        return Ok(());
    }
    Err(Error::insufficient_privilege(format!("the {} rows that failed are not to be seen", import.counts.failed))
        .hint("They are for whoever began the import and for admins, until 30 days after it ended."))
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
        hidden(&import, errors.is_empty())
    })?;
    Ok(TableIterator::new(errors))
}

#[pg_extern(sql = false, stable, parallel_restricted)]
fn import_error_file(import_id: Option<Uuid>, tables: Option<Regclass>) -> Result<String, ErrorReport> {
    let id = required(import_id, "import_id")?;
    let home = Home::find(tables)?;
    let text = home.reading_as_caller(|| {
        let import = Import::required(&home, &id, Hold::No)?;
        let header: Vec<Cell> = import.header.iter().map(|name| Cell::Text(name.clone())).collect();
        let is_own = |name: &String| {
            let own = [crate::core::import::error_file::ROW_COLUMN, crate::core::import::error_file::PROBLEMS_COLUMN];
            own.contains(&name.as_str())
        };
        // The error file of an error file has these columns once.
        let kept: Vec<usize> = (0..header.len()).filter(|place| !is_own(&import.header[*place])).collect();
        let pick = |cells: &[Cell]| -> Vec<Cell> {
            let rest = cells.iter().skip(header.len()).cloned();
            kept.iter().map(|place| cells.get(*place).cloned().unwrap_or(Cell::Empty)).chain(rest).collect()
        };
        let mut file = ErrorFile::new(&pick(&header), 0, false);
        let mut text = String::new();
        each_problem_row(&home, &id, |_, problems, cells, is_failed| {
            let line = String::from_utf8(cells).unwrap_or_default();
            let Some(mut stored) = stored_row::read(line.trim_end()).filter(|_| is_failed) else { return };
            stored.row.cells = pick(&stored.row.cells);
            let messages: Vec<String> = problems.iter().map(|problem| problem.message.clone()).collect();
            file.row(&stored.row, &messages);
            work::push_str(&mut text, &file.take());
        })?;
        hidden(&import, text.is_empty())?;
        if text.is_empty() {
            text = file.take();
        }
        Ok(text)
    })?;
    Ok(text)
}
