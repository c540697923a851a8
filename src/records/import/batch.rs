//! One batch of rows: matched with records, and written.
use super::conversion;
use super::held::{Purpose, hold};
use super::job::Job;
use super::links::NO_LINK;
use super::matching::{Hit, Matcher, no_record, unique_holders, visible};
use super::record::Stored;
use super::row::{End, Row};
use super::write::{Pending, Statement, Writer, Written};
use crate::core::fields::identifier::uuid_bytes;
use crate::core::import::export;
use crate::core::import::options::{OnMatch, OnProblem};
use crate::core::import::problem::ImportProblem;
use crate::core::jsonb::{JsonObjectWriter, ObjectBuilder, Value, to_text};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::uuid;
use crate::records::catalog::TableId;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

pub fn run(job: &mut Job<'_>, rows: &mut [Row]) -> Result<()> {
    conversion::convert_rows(job, rows)?;
    match_rows(job, rows)?;
    refuse_taken(job, rows)?;
    write_rows(job, rows)?;
    job.touched.note(rows, job.import.next_row.saturating_add(rows.len() as i64));
    if job.options.on_problem == OnProblem::Refuse
        && let Some(row) = rows.iter().find(|row| matches!(row.end, Some(End::Failed)))
    {
        return Err(refusal(row.stored.row.number, &row.problems));
    }
    Ok(())
}

/// The error of a row whose problems end the import.
pub fn refusal(row_number: u64, problems: &[ImportProblem]) -> Error {
    let first = problems.first().map_or("", |problem| &problem.message);
    Error::check_violation(format!("row {row_number}: {first}"))
        .detail(crate::core::import::problem::to_json(problems))
        .hint("The option on_problem says that the import ends at the first row with a problem. DETAIL lists the problems of the row.")
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
    matcher.created.clear();
    let mut keys: HashMap<String, u64> = HashMap::new();
    let mut ids: HashMap<TableId, u64> = HashMap::new();
    for row in rows.iter_mut().filter(|row| row.end.is_none()) {
        work::step();
        let number = row.stored.row.number;
        if let Some(text) = row.given_id(&job.mapping) {
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
    let hits = found.values().filter_map(Hit::one);
    let touched = job.touched.among(job.home, &job.import, seen.iter().copied().chain(hits))?;
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
        if touched.contains(&id) {
            row.fail(vec![duplicate(column.as_deref(), cell, None)]);
        } else if let Some(first) = met.insert(id, row.stored.row.number) {
            row.fail(vec![duplicate(column.as_deref(), cell, Some(first))]);
        }
    }
    Ok(())
}

/// A new record cannot wait for a reference that it must have.
fn required_link(row: &Row, problem: ImportProblem) -> ImportProblem {
    let is_of = |(column, _): &&(String, String)| problem.column.as_ref() == Some(column);
    let Some((column, text)) = row.waiting.iter().find(is_of) else { return problem };
    let text = crate::core::fields::shown(text);
    let message = format!(
        "{column} is required and names no record that is there yet: \"{text}\". Import the rows that others name first, in a file of their own"
    );
    ImportProblem::new(NO_LINK, message).at(problem.cell, column).with(JsonObjectWriter::new().text("value", &text))
}

/// New rows whose unique values are taken, by a record or by a row before: known before the statement fails of them.
fn refuse_taken(job: &Job<'_>, rows: &mut [Row]) -> Result<()> {
    for row in rows.iter_mut().filter(|row| row.end.is_none() && row.record_id.is_none()) {
        if job.options.skip_new {
            row.end = Some(End::Skipped(None));
        } else if !row.missing.is_empty() {
            let missing = std::mem::take(&mut row.missing);
            let missing = missing.into_iter().map(|problem| required_link(row, problem)).collect();
            row.fail(missing);
        }
    }
    for column in job.schema.columns.iter().filter(|column| column.unique) {
        let cell = job.mapping.cell_of(&column.name);
        if cell.is_none() {
            continue;
        }
        let mut keyed: Vec<(usize, String)> = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            work::step();
            if row.end.is_some() || row.record_id.is_some() {
                continue;
            }
            let value = row.values().and_then(|values| values.get(&column.name));
            let value = value.filter(|value| !column.rule.is_no_value(value));
            keyed.extend(value.and_then(|value| column.rule.unique_key(value)).map(|key| (place, key)));
        }
        let keys: BTreeSet<&String> = keyed.iter().map(|(_, key)| key).collect();
        let keys: Vec<String> = keys.into_iter().cloned().collect();
        let holders = unique_holders(job.home, &job.import.table_id, &column.key_id, &keys)?;
        let touched = job.touched.among(job.home, &job.import, holders.values().copied())?;
        let mut first: HashMap<String, u64> = HashMap::new();
        for (place, key) in keyed {
            work::step();
            let row = &mut rows[place];
            // As if each row were a batch: a row does not come in whose value a record has, so the next one with it meets the record, too.
            let problem = match holders.get(&key) {
                Some(holder) if touched.has_created(holder) => duplicate(Some(&column.name), cell, None),
                Some(_) => {
                    let message = format!("{} is taken: another record of this table has the same value", column.label);
                    ImportProblem::new("unique", message).at(cell, &column.name)
                }
                None => match first.entry(key) {
                    Entry::Occupied(first) => duplicate(Some(&column.name), cell, Some(*first.get())),
                    Entry::Vacant(place) => {
                        place.insert(row.stored.row.number);
                        continue;
                    }
                },
            };
            row.fail(vec![problem]);
        }
    }
    Ok(())
}

/// Whether a column of a record has no value.
pub fn is_blank(job: &Job<'_>, name: &str, value: Option<Value<'_>>) -> bool {
    match (value, job.schema.column(name)) {
        (None | Some(Value::Null), _) => true,
        (Some(value), Some(column)) => column.rule.is_no_value(&value),
        (Some(value), None) => value.as_str() == Some(""),
    }
}

/// What a row changes in its record, and what stood there before.
fn changes(job: &Job<'_>, row: &Row, stored: &Stored) -> Vec<(String, Option<String>, Option<String>)> {
    let mut changes = Vec::new();
    for (key, value) in row.values().into_iter().flat_map(|values| values.iter()) {
        work::step();
        let name = String::from_utf8_lossy(key).into_owned();
        let before = stored.get(&name);
        let may_write = match job.options.on_match {
            OnMatch::Fill => is_blank(job, &name, before) && !is_blank(job, &name, Some(value)),
            OnMatch::Replace => true,
            _ => !is_blank(job, &name, Some(value)),
        };
        if may_write
            && !before.is_some_and(|before| says(job, row, &name, before))
            && before.is_none_or(|before| !before.same_bytes(value))
        {
            changes.push((name, before.map(to_text), Some(to_text(value))));
        }
    }
    if job.options.on_match == OnMatch::Replace {
        for name in &row.blanks {
            let before = stored.get(name).filter(|before| !before.is_null());
            if let Some(before) = before.filter(|before| !says(job, row, name, *before)) {
                changes.push((name.clone(), Some(to_text(before)), None));
            }
        }
    }
    changes
}

/// Whether the row's cell says what the record holds already.
fn says(job: &Job<'_>, row: &Row, name: &str, before: Value<'_>) -> bool {
    let Some(mapped) = job.mapping.columns.iter().find(|mapped| mapped.column == name) else { return false };
    let Some(cell) = row.stored.row.cells.get(mapped.cell) else { return false };
    if job.is_json {
        return export::says_in_json(cell, &mapped.plan, before);
    }
    export::says(cell, &mapped.plan, job.schema.column(name), before)
}

fn write_rows(job: &mut Job<'_>, rows: &mut [Row]) -> Result<()> {
    let mut writer = Writer::of_job(job);
    let mut inserts = Vec::new();
    for (place, row) in rows.iter_mut().enumerate() {
        work::step();
        if row.end.is_some() || row.record_id.is_some() {
            continue;
        }
        let id = uuid::next()?;
        let nothing = ObjectBuilder::default().finish().unwrap_or_default();
        let values = row.values().or_else(|| Value::root(&nothing).as_object());
        inserts.extend(values.map(|values| Pending { place, record: Stored::new(id, values) }));
    }
    let ids: HashMap<usize, TableId> = inserts.iter().map(|pending| (pending.place, pending.record.id)).collect();
    for (place, written) in writer.write(Statement::Insert, &inserts)? {
        work::step();
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
    match_again(job, rows)?;
    update_rows(job, rows, &mut writer)
}

/// New rows whose unique values another transaction has taken since they were looked up: their records are there now.
fn match_again(job: &mut Job<'_>, rows: &mut [Row]) -> Result<()> {
    let Some(matcher) = &mut job.matcher else { return Ok(()) };
    let columns = matcher.columns().to_vec();
    let is_taken = |row: &&mut Row| {
        matches!(row.end, Some(End::Failed))
            && row.key.is_some()
            && row.record_id.is_none()
            && !row.problems.is_empty()
            && row.problems.iter().all(|problem| {
                problem.code == "unique" && problem.column.as_ref().is_some_and(|column| columns.contains(column))
            })
    };
    let keys: Vec<String> = rows.iter_mut().filter(is_taken).filter_map(|row| row.key.clone()).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let found = matcher.find_again(job.home, &job.import.table_id, &job.schema, &keys)?;
    let touched = job.touched.among(job.home, &job.import, found.values().filter_map(Hit::one))?;
    for row in rows.iter_mut().filter(is_taken) {
        work::step();
        let hit = row.key.as_ref().and_then(|key| found.get(key)).and_then(Hit::one);
        if let Some(id) = hit.filter(|id| !touched.contains(id) && !matcher.created.contains(id)) {
            row.record_id = Some(id);
            row.problems.clear();
            row.end = None;
        }
    }
    Ok(())
}

/// Problems of the server's with the cells that they are about.
pub fn located(job: &Job<'_>, problems: Vec<ImportProblem>) -> Vec<ImportProblem> {
    let cell = |problem: &ImportProblem| problem.column.as_deref().and_then(|column| job.mapping.cell_of(column));
    problems.into_iter().map(|problem| ImportProblem { cell: cell(&problem), ..problem }).collect()
}

fn update_rows(job: &mut Job<'_>, rows: &mut [Row], writer: &mut Writer<'_>) -> Result<()> {
    for row in rows.iter_mut().filter(|row| row.end.is_none()) {
        work::step();
        match job.options.on_match {
            OnMatch::Skip => row.end = Some(End::Skipped(row.record_id)),
            OnMatch::Refuse => {
                row.fail(vec![ImportProblem::new("import.record_exists", "the record is there already")]);
            }
            _ => {}
        }
    }
    let ids: Vec<TableId> = rows.iter().filter(|row| row.end.is_none()).filter_map(|row| row.record_id).collect();
    let held = hold(job.home, &job.import.table_id, &ids, Purpose::Change)?;
    let (mut updates, mut formers) = (Vec::new(), HashMap::new());
    for (place, row) in rows.iter_mut().enumerate() {
        work::step();
        let (None, Some(id)) = (&row.end, row.record_id) else { continue };
        let Some(stored) = held.get(&id) else {
            row.fail(vec![ImportProblem::new("42501", "the record is not yours to change")]);
            continue;
        };
        let changed = changes(job, row, stored);
        if changed.is_empty() {
            row.end = Some(End::Unchanged(id));
            row.held = (!row.waiting.is_empty()).then(|| stored.hash());
            continue;
        }
        let (mut former, mut new) = (JsonObjectWriter::new(), JsonObjectWriter::new());
        for (name, before, after) in &changed {
            work::step();
            former = former.json(name, before.as_deref().unwrap_or("null"));
            new = new.json(name, after.as_deref().unwrap_or("null"));
        }
        let values: Vec<(&str, Option<String>)> =
            changed.iter().map(|(name, _, after)| (name.as_str(), after.clone())).collect();
        updates.push(Pending { place, record: stored.with(&values) });
        formers.insert(place, (id, former.object(), new.object()));
    }
    for (place, written) in writer.write(Statement::Update, &updates)? {
        work::step();
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
    Ok(())
}

impl Job<'_> {
    pub(super) fn label(&self, column: &str) -> String {
        self.schema.column(column).map_or_else(|| column.to_owned(), |column| column.label.clone())
    }
}
