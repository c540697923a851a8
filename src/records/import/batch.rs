//! One batch of rows: converted, cast, validated, matched and written.
use super::job::Job;
use super::matching::{Hit, Matcher, no_record, unique_holders, visible};
use super::record::{Hash, Stored, new_record, quoted};
use super::write::{Pending, Statement, Writer, Written, is_of_row, problems_of};
use crate::core::fields::Rule;
use crate::core::fields::identifier::uuid_bytes;
use crate::core::import::cell::Cell;
use crate::core::import::columns::{Input, convert};
use crate::core::import::export;
use crate::core::import::mapping::MappedColumn;
use crate::core::import::options::{OnMatch, OnProblem};
use crate::core::import::problem::ImportProblem;
use crate::core::import::stored_row::StoredRow;
use crate::core::jsonb::{JsonObjectWriter, Object, ObjectBuilder, Value, to_text};
use crate::core::schema::{Common, Schema};
use crate::core::sql::sql;
use crate::core::validate::walk::Depth;
use crate::core::validate::{cast, form};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::JsonbResult;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::subtransaction;
use crate::pg::uuid;
use crate::records::catalog::TableId;
use crate::records::stored::live_condition;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// What became of a row.
pub enum End {
    Created { id: TableId, hash: Hash },
    Updated { id: TableId, hash: Hash, former: String, written: String },
    Unchanged(TableId),
    Skipped(Option<TableId>),
    Failed,
}

/// A row of the batch on its way.
pub struct Row {
    pub stored: StoredRow,
    pub problems: Vec<ImportProblem>,
    pub end: Option<End>,
    /// Its values by columns, as a jsonb object.
    values: Vec<u8>,
    /// Mapped columns whose cells are blank.
    blanks: Vec<String>,
    key: Option<String>,
    record_id: Option<TableId>,
    /// The values that a new record would lack.
    missing: Vec<ImportProblem>,
}

impl Row {
    pub fn new(stored: StoredRow) -> Row {
        Row {
            stored,
            problems: Vec::new(),
            end: None,
            values: Vec::new(),
            blanks: Vec::new(),
            key: None,
            record_id: None,
            missing: Vec::new(),
        }
    }

    fn values(&self) -> Option<Object<'_>> {
        if self.values.is_empty() { None } else { Value::root(&self.values).as_object() }
    }

    fn fail(&mut self, problems: Vec<ImportProblem>) {
        self.problems.extend(problems);
        self.end = Some(End::Failed);
    }
}

/// The cells of a row as JSON, before texts of references are looked up.
struct Converted {
    values: Vec<(String, String)>,
    references: Vec<(String, String)>,
}

pub fn run(job: &mut Job<'_>, rows: &mut [Row]) -> Result<()> {
    let converted: Vec<Converted> = rows.iter_mut().map(|row| convert_row(job, row)).collect();
    let texts = converted.iter().flat_map(|row| &row.references);
    job.links.look_up(job.home, texts.map(|(column, text)| (column.as_str(), text.as_str())))?;
    let documents: Vec<String> =
        rows.iter_mut().zip(converted).map(|(row, converted)| document(job, row, converted)).collect();
    cast_rows(job, rows, &documents)?;
    match_rows(job, rows)?;
    refuse_taken(job, rows)?;
    write_rows(job, rows)?;
    if job.options.on_problem == OnProblem::Refuse
        && let Some(row) = rows.iter().find(|row| matches!(row.end, Some(End::Failed)))
    {
        let first = row.problems.first().map_or("", |problem| &problem.message);
        return Err(Error::check_violation(format!("row {}: {first}", row.stored.row.number))
            .detail(crate::core::import::problem::to_json(&row.problems))
            .hint("The option on_problem says that the import ends at the first row with a problem. DETAIL lists the problems of the row."));
    }
    Ok(())
}

/// Notes a problem of a cell, which is left out, or of the whole row.
fn note(job: &Job<'_>, row: &mut Row, problem: ImportProblem) {
    let is_of_cell = problem.cell.is_some();
    row.problems.push(problem);
    if !(is_of_cell && job.options.on_problem == OnProblem::SkipCell) {
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
    for mapped in job.mapping.columns.iter().filter(|mapped| !bad.contains(&mapped.cell)) {
        work::step();
        let cell = row.stored.row.cells.get(mapped.cell).unwrap_or(&Cell::Empty);
        if cell.is_blank() {
            row.blanks.push(mapped.column.clone());
        } else if job.links.is_reference(&mapped.column)
            && let Some(text) = cell.text()
        {
            converted.references.push((mapped.column.clone(), text.to_owned()));
        } else {
            let cell = if job.is_json { Cow::Borrowed(cell) } else { structured(&job.schema, mapped, cell) };
            match convert(&cell, &mapped.plan) {
                Ok(None) => row.blanks.push(mapped.column.clone()),
                Ok(Some(input)) => converted.values.push((mapped.column.clone(), value(&job.schema, mapped, input))),
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

/// The value as JSON; common fields that no column describes are texts.
fn value(schema: &Schema, mapped: &MappedColumn, input: Input) -> String {
    match (Common::named(&mapped.column), schema.column(&mapped.column)) {
        (Some(common), None) => {
            let text = match input {
                Input::Text(text) | Input::Number(text) | Input::Json(text) => text,
                Input::Boolean(value) => value.to_string(),
            };
            let text = text.trim();
            let picked = if common == Common::Status { schema.statuses.pick(text) } else { None };
            quoted(picked.unwrap_or(text))
        }
        _ => input.to_json(),
    }
}

/// The row as a flat record in JSON.
fn document(job: &mut Job<'_>, row: &mut Row, converted: Converted) -> String {
    let mut writer = JsonObjectWriter::new();
    for (column, value) in converted.values {
        writer = writer.json(&column, value);
    }
    for (column, text) in converted.references {
        match job.links.resolve(&column, &text) {
            Ok(value) => writer = writer.json(&column, value),
            Err(problem) => {
                let cell = job.mapping.cell_of(&column);
                note(job, row, problem.at(cell, &column));
            }
        }
    }
    writer.object()
}

struct Casted {
    values: Vec<u8>,
    problems: Vec<ImportProblem>,
}

fn cast_row(job: &Job<'_>, document: &str) -> Result<Casted> {
    work::step();
    let given = JsonbResult::parse(document).into_read();
    let empty = || Error::internal("a row is no object");
    let casting = cast::cast_record(&job.schema, given.value().as_object().ok_or_else(empty)?);
    let values = JsonbResult::parse(&casting.data).into_bytes();
    let found = form::problems(&job.schema, Value::root(&values).as_object().ok_or_else(empty)?, Depth::All);
    let problems =
        found.iter().map(|problem| ImportProblem::of_record(problem, job.mapping.cell_of(&problem.column))).collect();
    Ok(Casted { values, problems })
}

fn cast_rows(job: &Job<'_>, rows: &mut [Row], documents: &[String]) -> Result<()> {
    let all = || documents.iter().map(|document| cast_row(job, document)).collect::<Result<Vec<Casted>>>();
    let casted: Vec<Option<Casted>> = match subtransaction::tried(|_| true, is_of_row, all)? {
        Ok(casted) => casted.into_iter().map(Some).collect(),
        // One of them is what jsonb cannot hold, such as a number of a million digits.
        Err(_) => {
            let mut casted = Vec::with_capacity(rows.len());
            for (row, document) in rows.iter_mut().zip(documents) {
                match subtransaction::tried(|_| true, is_of_row, || cast_row(job, document))? {
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
        let Some(casted) = casted else { continue };
        let mut dropped: HashSet<String> = HashSet::new();
        for problem in casted.problems {
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
    let mut builder = ObjectBuilder::default();
    for (key, value) in Value::root(values).as_object().into_iter().flat_map(|object| object.iter()) {
        if !dropped.contains(&*String::from_utf8_lossy(key)) {
            builder.member(key, value);
        }
    }
    builder.finish().unwrap_or_default()
}

fn duplicate(column: Option<&str>, cell: Option<usize>, first: Option<u64>) -> ImportProblem {
    let (message, params) = match first {
        Some(first) => (
            format!("the record is in row {first} of the file, too"),
            JsonObjectWriter::new().json("row_number", first),
        ),
        None => ("the record is in an earlier row of the file, too".to_owned(), JsonObjectWriter::new()),
    };
    let problem = ImportProblem::new("import.duplicate_in_file", message).with(params);
    match column {
        Some(column) => problem.at(cell, column),
        None => problem,
    }
}

/// Finds the record of each row; rows without one are new.
fn match_rows(job: &mut Job<'_>, rows: &mut [Row]) -> Result<()> {
    let Some(mut matcher) = job.matcher.take() else { return Ok(()) };
    let outcome = match_with(job, rows, &mut matcher);
    job.matcher = Some(matcher);
    outcome
}

fn match_with(job: &Job<'_>, rows: &mut [Row], matcher: &mut Matcher) -> Result<()> {
    let mut keys: HashMap<String, u64> = HashMap::new();
    let mut ids: HashMap<TableId, u64> = HashMap::new();
    for row in rows.iter_mut().filter(|row| row.end.is_none()) {
        work::step();
        let number = row.stored.row.number;
        let given = job.mapping.record_id.and_then(|cell| row.stored.row.cells.get(cell)).and_then(Cell::text);
        if let Some(text) = given.map(str::trim).filter(|text| !text.is_empty()) {
            match uuid_bytes(text) {
                Some(id) => row.record_id = Some(id),
                None => {
                    let problem = ImportProblem::new("import.no_record", "_record_id is not the id of a record");
                    row.fail(vec![problem.at(job.mapping.record_id, "_record_id")]);
                    continue;
                }
            }
            if let Some(first) = row.record_id.and_then(|id| ids.insert(id, number)) {
                row.fail(vec![duplicate(Some("_record_id"), job.mapping.record_id, Some(first))]);
            }
            continue;
        }
        row.key = row.values().and_then(|values| matcher.key(&job.schema, values));
        if let Some(first) = row.key.clone().and_then(|key| keys.insert(key, number)) {
            let column = matcher.columns().first().map(String::as_str);
            let cell = column.and_then(|column| job.mapping.cell_of(column));
            row.fail(vec![duplicate(column, cell, Some(first))]);
        }
    }
    let wanted: Vec<String> = keys.into_keys().collect();
    let found = matcher.find(job.home, &job.import.table_id, &job.schema, &wanted)?;
    let wanted: Vec<TableId> = ids.into_keys().collect();
    let seen = visible(job.home, &job.import.table_id, &wanted)?;
    let mut met: HashMap<TableId, u64> = HashMap::new();
    for row in rows.iter_mut().filter(|row| row.end.is_none()) {
        let column = matcher.columns().first().cloned();
        let cell = column.as_deref().and_then(|column| job.mapping.cell_of(column));
        match row.record_id {
            Some(id) if !seen.contains(&id) => {
                let problem = ImportProblem::new("import.no_record", no_record(&id));
                row.fail(vec![problem.at(job.mapping.record_id, "_record_id")]);
                continue;
            }
            Some(_) => {}
            None => match row.key.as_ref().and_then(|key| found.get(key)) {
                Some(Hit::One(id)) => row.record_id = Some(*id),
                Some(Hit::Many) => {
                    let problem = ImportProblem::new("import.match_many", "several records match the row");
                    row.fail(vec![problem.at(cell, column.as_deref().unwrap_or_default())]);
                    continue;
                }
                None => continue,
            },
        }
        let Some(id) = row.record_id else { continue };
        if matcher.touched.contains(&id) {
            row.fail(vec![duplicate(column.as_deref(), cell, None)]);
        } else if let Some(first) = met.insert(id, row.stored.row.number) {
            row.fail(vec![duplicate(column.as_deref(), cell, Some(first))]);
        }
    }
    Ok(())
}

/// New rows whose unique values are taken, by a record or by a row before: known before the statement fails of them.
fn refuse_taken(job: &Job<'_>, rows: &mut [Row]) -> Result<()> {
    for row in rows.iter_mut().filter(|row| row.end.is_none() && row.record_id.is_none()) {
        if job.options.skip_new {
            row.end = Some(End::Skipped(None));
        } else if !row.missing.is_empty() {
            let missing = std::mem::take(&mut row.missing);
            row.fail(missing);
        }
    }
    for column in job.schema.columns.iter().filter(|column| column.unique) {
        let cell = job.mapping.cell_of(&column.name);
        if cell.is_none() {
            continue;
        }
        let mut first: HashMap<String, u64> = HashMap::new();
        let mut keyed: Vec<(usize, String)> = Vec::new();
        for (place, row) in rows.iter_mut().enumerate() {
            work::step();
            if row.end.is_some() || row.record_id.is_some() {
                continue;
            }
            let value = row.values().and_then(|values| values.get(&column.name));
            let value = value.filter(|value| !column.rule.is_no_value(value));
            let Some(key) = value.and_then(|value| column.rule.unique_key(value)) else { continue };
            let number = row.stored.row.number;
            match first.get(&key) {
                Some(first) => row.fail(vec![duplicate(Some(&column.name), cell, Some(*first))]),
                None => {
                    first.insert(key.clone(), number);
                    keyed.push((place, key));
                }
            }
        }
        let keys: Vec<String> = keyed.iter().map(|(_, key)| key.clone()).collect();
        let holders = unique_holders(job.home, &job.import.table_id, &column.key_id, &keys)?;
        for (place, key) in keyed.into_iter().filter(|(_, key)| holders.contains_key(key)) {
            let is_own = job.matcher.as_ref().is_some_and(|matcher| matcher.touched.contains(&holders[&key]));
            let problem = if is_own {
                duplicate(Some(&column.name), cell, None)
            } else {
                let message = format!("{} is taken: another record of this table has the same value", column.label);
                ImportProblem::new("unique", message).at(cell, &column.name)
            };
            rows[place].fail(vec![problem]);
        }
    }
    Ok(())
}

fn hold(job: &Job<'_>, ids: &[TableId]) -> Result<HashMap<TableId, Stored>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let live = live_condition(job.home.records)?;
    let sql = sql!("import/records.sql", records = job.home.records_name(), live = live);
    let parameters = [Parameter::Uuid(job.import.table_id), Parameter::Uuids(ids)];
    let found = spi::query(&sql, &parameters, Mode::Write, Stored::of_row)?;
    Ok(found.into_iter().flatten().map(|stored| (stored.id, stored)).collect())
}

/// What a row changes in its record, and what stood there before.
fn changes(job: &Job<'_>, row: &Row, stored: &Stored) -> Vec<(String, Option<String>, Option<String>)> {
    let is_blank = |name: &str, value: Option<Value<'_>>| match (value, job.schema.column(name)) {
        (None | Some(Value::Null), _) => true,
        (Some(value), Some(column)) => column.rule.is_no_value(&value),
        (Some(value), None) => value.as_str() == Some(""),
    };
    let mut changes = Vec::new();
    for (key, value) in row.values().into_iter().flat_map(|values| values.iter()) {
        work::step();
        let name = String::from_utf8_lossy(key).into_owned();
        let before = stored.get(&name);
        let may_write = job.options.on_match != OnMatch::Fill || is_blank(&name, before);
        let cell = job.mapping.cell_of(&name).and_then(|cell| row.stored.row.cells.get(cell));
        // In JSON a text is told from what it spells.
        let cell = cell.filter(|cell| !job.is_json || matches!(cell, Cell::Number { .. }));
        let is_same = |before: Value<'_>| cell.is_some_and(|cell| export::says(cell, job.schema.column(&name), before));
        if may_write && !before.is_some_and(is_same) && before.is_none_or(|before| !before.same_bytes(value)) {
            changes.push((name, before.map(to_text), Some(to_text(value))));
        }
    }
    if job.options.on_match == OnMatch::Replace {
        for name in &row.blanks {
            if let Some(before) = stored.get(name).filter(|before| !before.is_null()) {
                changes.push((name.clone(), Some(to_text(before)), None));
            }
        }
    }
    changes
}

fn write_rows(job: &mut Job<'_>, rows: &mut [Row]) -> Result<()> {
    let home = job.home;
    let mut writer = Writer::new(home, job.import.table_id);
    let mut inserts = Vec::new();
    for (place, row) in rows.iter_mut().enumerate() {
        if row.end.is_some() || row.record_id.is_some() {
            continue;
        }
        let id = uuid::next()?;
        let json = row.values().map(|values| new_record(&id, values));
        inserts.push(Pending { place, id, json: json.unwrap_or_default() });
    }
    let ids: HashMap<usize, TableId> = inserts.iter().map(|pending| (pending.place, pending.id)).collect();
    for (place, written) in writer.write(Statement::Insert, &inserts)? {
        match written {
            Written::Done(hash) => {
                let id = ids[&place];
                rows[place].end = Some(End::Created { id, hash });
                if let Some(matcher) = &mut job.matcher {
                    matcher.note_created(rows[place].key.as_deref(), id);
                }
            }
            Written::Failed(problems) => {
                let problems = located(job, problems);
                rows[place].fail(problems);
            }
        }
    }
    update_rows(job, rows, &mut writer)
}

/// Problems of the server's with the cells that they are about.
fn located(job: &Job<'_>, problems: Vec<ImportProblem>) -> Vec<ImportProblem> {
    let cell = |problem: &ImportProblem| problem.column.as_deref().and_then(|column| job.mapping.cell_of(column));
    problems.into_iter().map(|problem| ImportProblem { cell: cell(&problem), ..problem }).collect()
}

fn update_rows(job: &mut Job<'_>, rows: &mut [Row], writer: &mut Writer<'_>) -> Result<()> {
    for row in rows.iter_mut().filter(|row| row.end.is_none()) {
        match job.options.on_match {
            OnMatch::Skip => row.end = Some(End::Skipped(row.record_id)),
            OnMatch::Refuse => {
                row.fail(vec![ImportProblem::new("import.record_exists", "the record is there already")]);
            }
            _ => {}
        }
    }
    let ids: Vec<TableId> = rows.iter().filter(|row| row.end.is_none()).filter_map(|row| row.record_id).collect();
    let held = hold(job, &ids)?;
    let (mut updates, mut formers) = (Vec::new(), HashMap::new());
    for (place, row) in rows.iter_mut().enumerate() {
        let (None, Some(id)) = (&row.end, row.record_id) else { continue };
        let Some(stored) = held.get(&id) else {
            row.fail(vec![ImportProblem::new("42501", "the record is not yours to change")]);
            continue;
        };
        let changed = changes(job, row, stored);
        if changed.is_empty() {
            row.end = Some(End::Unchanged(id));
            continue;
        }
        let (mut former, mut new) = (JsonObjectWriter::new(), JsonObjectWriter::new());
        for (name, before, after) in &changed {
            former = former.json(name, before.as_deref().unwrap_or("null"));
            new = new.json(name, after.as_deref().unwrap_or("null"));
        }
        let values: Vec<(&str, Option<String>)> =
            changed.iter().map(|(name, _, after)| (name.as_str(), after.clone())).collect();
        updates.push(Pending { place, id, json: stored.with(&values) });
        formers.insert(place, (id, former.object(), new.object()));
    }
    for (place, written) in writer.write(Statement::Update, &updates)? {
        match written {
            Written::Done(hash) => {
                if let Some((id, former, new)) = formers.remove(&place) {
                    rows[place].end = Some(End::Updated { id, hash, former, written: new });
                }
            }
            Written::Failed(problems) => {
                let problems = located(job, problems);
                rows[place].fail(problems);
            }
        }
    }
    if let Some(matcher) = &mut job.matcher {
        for row in rows.iter() {
            if let Some(End::Updated { id, .. } | End::Unchanged(id) | End::Skipped(Some(id))) = &row.end {
                matcher.touched.insert(*id);
            }
        }
    }
    Ok(())
}

impl Job<'_> {
    fn label(&self, column: &str) -> String {
        self.schema.column(column).map_or_else(|| column.to_owned(), |column| column.label.clone())
    }
}
