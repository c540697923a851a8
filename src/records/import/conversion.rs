//! The cells of a batch's rows: converted to values, references looked up, cast and validated.
use super::job::Job;
use super::matching::Matcher;
use super::record::quoted;
use super::row::{End, Row};
use super::write::{is_of_row, problems_of};
use crate::core::fields::Rule;
use crate::core::import::cell::Cell;
use crate::core::import::columns::{Input, convert};
use crate::core::import::mapping::MappedColumn;
use crate::core::import::options::OnProblem;
use crate::core::import::problem::ImportProblem;
use crate::core::jsonb::{Integer, Value};
use crate::core::schema::{Common, Schema};
use crate::core::validate::walk::Depth;
use crate::core::validate::{cast, form};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{JsonbResult, ObjectBuilder};
use crate::pg::subtransaction;
use std::borrow::Cow;
use std::collections::HashSet;

/// A value of a row.
enum Item {
    /// Of a cell, to be cast.
    Input(Input),
    /// Of a reference or a common field, as JSON.
    Json(String),
}

/// The cells of a row by their columns' places in the mapping, before texts of references are looked up.
struct Converted {
    values: Vec<(usize, Item)>,
    references: Vec<(usize, String)>,
}

pub fn convert_rows(job: &mut Job<'_>, rows: &mut [Row]) -> Result<()> {
    let mut converted: Vec<Converted> = rows.iter_mut().map(|row| convert_row(job, row)).collect();
    let columns = &job.mapping.columns;
    let texts = converted.iter().flat_map(|row| &row.references);
    job.links.look_up(job.home, texts.map(|(place, text)| (columns[*place].column.as_str(), text.as_str())))?;
    for (row, converted) in rows.iter_mut().zip(&mut converted) {
        work::step();
        resolve(job, row, converted);
    }
    cast_rows(job, rows, &converted)
}

/// Whether the row is matched by a column. Without that cell it would find another record, or none.
fn is_matched_by(job: &Job<'_>, row: &Row, column: Option<&str>) -> bool {
    let columns = job.matcher.as_ref().map_or(&[][..], Matcher::columns);
    columns.iter().any(|name| Some(name.as_str()) == column) && row.given_id(&job.mapping).is_none()
}

/// Notes a problem of a cell, which is left out, or of the whole row.
fn note(job: &Job<'_>, row: &mut Row, problem: ImportProblem) {
    let may_be_left_out = problem.cell.is_some() && !is_matched_by(job, row, problem.column.as_deref());
    row.problems.push(problem);
    if !(may_be_left_out && job.options.on_problem == OnProblem::SkipCell) {
        row.end = Some(End::Failed);
    }
}

fn convert_row(job: &Job<'_>, row: &mut Row) -> Converted {
    work::step();
    for mut problem in std::mem::take(&mut row.stored.problems) {
        let mapped = problem.cell.and_then(|cell| job.mapping.columns.iter().find(|mapped| mapped.cell == cell));
        // What is wrong with a cell that nobody wants does not matter.
        if problem.cell.is_some() && mapped.is_none() {
            continue;
        }
        problem.column = mapped.map(|mapped| mapped.column.clone());
        if let Some(mapped) = mapped {
            problem.message = format!("{} {}", job.label(&mapped.column), problem.message);
        }
        note(job, row, problem);
    }
    let bad: HashSet<usize> = row.problems.iter().filter_map(|problem| problem.cell).collect();
    let mut converted = Converted { values: Vec::new(), references: Vec::new() };
    for (place, mapped) in job.mapping.columns.iter().enumerate() {
        work::step();
        if bad.contains(&mapped.cell) {
            continue;
        }
        let cell = row.stored.row.cells.get(mapped.cell).unwrap_or(&Cell::Empty);
        if job.links.is_reference(&mapped.column)
            && let Some(text) = cell.text().filter(|text| !cell.is_blank() && !text.contains('\0'))
        {
            converted.references.push((place, text.to_owned()));
        } else {
            let cell = if job.is_json { Cow::Borrowed(cell) } else { structured(&job.schema, mapped, cell) };
            match convert(&cell, &mapped.plan) {
                Ok(None) => row.blanks.push(mapped.column.clone()),
                Ok(Some(input)) => converted.values.push((place, item(&job.schema, mapped, input))),
                Err(fault) => {
                    let message = format!("{} {}", job.label(&mapped.column), fault.message);
                    let problem = ImportProblem::new(fault.code, message).with(fault.params);
                    note(job, row, problem.at(Some(mapped.cell), &mapped.column));
                }
            }
        }
    }
    converted
}

/// A text that is JSON, where the column's values are lists or objects.
fn structured<'c>(schema: &Schema, mapped: &MappedColumn, cell: &'c Cell) -> Cow<'c, Cell> {
    let Cell::Text(text) = cell else { return Cow::Borrowed(cell) };
    let is_json = match schema.column(&mapped.column).map(|column| &column.rule) {
        Some(Rule::Json(_)) => true,
        Some(Rule::Address(_) | Rule::Attachment(_) | Rule::MultiSelect(_)) => {
            text.trim_start().starts_with(['[', '{'])
        }
        _ => false,
    };
    work::bytes(text.len());
    if is_json && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return Cow::Owned(Cell::Json(text.clone()));
    }
    Cow::Borrowed(cell)
}

/// Common fields that no column describes are texts.
fn item(schema: &Schema, mapped: &MappedColumn, input: Input) -> Item {
    match (Common::named(&mapped.column), schema.column(&mapped.column)) {
        (Some(common), None) => {
            let text = input.into_text();
            let text = text.trim();
            let picked = if common == Common::Status { schema.statuses.pick(text) } else { None };
            Item::Json(quoted(picked.unwrap_or(text)))
        }
        _ => Item::Input(input),
    }
}

/// Puts ids in the place of the texts of references.
fn resolve(job: &mut Job<'_>, row: &mut Row, converted: &mut Converted) {
    for (place, text) in std::mem::take(&mut converted.references) {
        work::step();
        let column = job.mapping.columns[place].column.as_str();
        match job.links.resolve(column, &text) {
            Ok(value) => converted.values.push((place, Item::Json(value))),
            Err(problem) if job.links.may_come(column, &problem) && !is_matched_by(job, row, Some(column)) => {
                row.waiting.push((column.to_owned(), text))
            }
            Err(problem) => {
                let problem = problem.at(job.mapping.cell_of(column), column);
                note(job, row, problem);
            }
        }
    }
}

struct Casted {
    values: Vec<u8>,
    problems: Vec<ImportProblem>,
}

/// Adds a value that is JSON text. The server reads what is no plain text, whole number or truth.
fn add_json(values: &mut ObjectBuilder, name: &str, json: &str) {
    let plain = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|text| !text.contains('\\'));
    let whole = || json.parse::<i64>().ok().filter(|number| number.to_string() == json);
    match (plain, json) {
        (Some(text), _) => values.member(name.as_bytes(), Value::String(text.as_bytes())),
        (None, "true") => values.member(name.as_bytes(), Value::Bool(true)),
        (None, "false") => values.member(name.as_bytes(), Value::Bool(false)),
        _ => match whole() {
            Some(number) => values.member(name.as_bytes(), Value::Number(Integer::new(number).number())),
            None => values.member(name.as_bytes(), JsonbResult::parse(json).read().value()),
        },
    }
}

/// Adds the value of a cell. What a column takes as it is needs no cast.
fn add_input(values: &mut ObjectBuilder, schema: &Schema, name: &str, input: &Input) {
    let column = schema.column(name);
    let casted = match (column, input) {
        (Some(column), Input::Text(text)) => {
            let value = Value::String(text.as_bytes());
            match cast::cast_value(column, schema, value) {
                Some(casted) => casted,
                None => return values.member(name.as_bytes(), value),
            }
        }
        (Some(column), input) if !takes(&column.rule, input) => {
            let given = JsonbResult::parse(&input.to_json());
            let casted = cast::cast_value(column, schema, given.read().value());
            casted.unwrap_or_else(|| input.to_json())
        }
        _ => input.to_json(),
    };
    add_json(values, name, &casted);
}

/// Whether a column leaves a value of this kind as it is.
fn takes(rule: &Rule, input: &Input) -> bool {
    match input {
        Input::Text(_) => false,
        Input::Number(_) => matches!(rule, Rule::Number(_)),
        Input::Boolean(_) => matches!(rule, Rule::Boolean),
        Input::Json(_) => matches!(rule, Rule::Json(_) | Rule::Attachment(_) | Rule::Address(_)),
    }
}

fn cast_row(job: &Job<'_>, converted: &Converted) -> Result<Casted> {
    work::step();
    let mut values = ObjectBuilder::new();
    for (place, item) in &converted.values {
        let name = &job.mapping.columns[*place].column;
        match item {
            Item::Json(json) => add_json(&mut values, name, json),
            Item::Input(input) => add_input(&mut values, &job.schema, name, input),
        }
    }
    let empty = || Error::internal("a row is no object");
    let values = values.finish().into_bytes();
    let found = form::problems(&job.schema, Value::root(&values).as_object().ok_or_else(empty)?, Depth::All);
    let problems =
        found.iter().map(|problem| ImportProblem::of_record(problem, job.mapping.cell_of(&problem.column))).collect();
    Ok(Casted { values, problems })
}

fn cast_rows(job: &Job<'_>, rows: &mut [Row], converted: &[Converted]) -> Result<()> {
    let all = || converted.iter().map(|converted| cast_row(job, converted)).collect::<Result<Vec<Casted>>>();
    let casted: Vec<Option<Casted>> = match subtransaction::tried(|_| true, is_of_row, all)? {
        Ok(casted) => casted.into_iter().map(Some).collect(),
        // One of them is what jsonb cannot hold, such as a number of a million digits.
        Err(_) => {
            let mut casted = Vec::with_capacity(rows.len());
            for (row, converted) in rows.iter_mut().zip(converted) {
                work::step();
                match subtransaction::tried(|_| true, is_of_row, || cast_row(job, converted))? {
                    Ok(one) => casted.push(Some(one)),
                    Err(failure) => {
                        row.fail(problems_of(&failure));
                        casted.push(None);
                    }
                }
            }
            casted
        }
    };
    for (row, casted) in rows.iter_mut().zip(casted) {
        work::step();
        let Some(casted) = casted else { continue };
        let mut dropped: HashSet<String> = HashSet::new();
        for problem in casted.problems {
            work::step();
            let column = problem.column.clone().unwrap_or_default();
            let is_given = Value::root(&casted.values).as_object().is_some_and(|values| values.get(&column).is_some());
            if problem.code == "required" && !is_given {
                row.missing.push(problem);
            } else {
                if problem.cell.is_some() {
                    dropped.insert(column);
                }
                note(job, row, problem);
            }
        }
        row.values = if dropped.is_empty() { casted.values } else { without(&casted.values, &dropped) };
    }
    Ok(())
}

fn without(values: &[u8], dropped: &HashSet<String>) -> Vec<u8> {
    let mut builder = ObjectBuilder::new();
    for (key, value) in Value::root(values).as_object().into_iter().flat_map(|object| object.iter()) {
        work::step();
        if !dropped.contains(&*String::from_utf8_lossy(key)) {
            builder.member(key, value);
        }
    }
    builder.finish().into_bytes()
}
