//! References to records of the imported table itself that later rows make: their rows are imported without them, wait in import_rows, and are linked when
//! all rows are in.
//!
//! A row that waits is linked once: what it still needs is taken from import_rows in the transaction that links it.
use super::batch::{is_blank, located, refusal};
use super::held::{Purpose, hold};
use super::job::Job;
use super::links::NO_LINK;
use super::record::{Hash, Stored};
use super::state::Counts;
use super::write::{Pending, Statement, Writer, Written};
use crate::core::import::options::{OnMatch, OnProblem};
use crate::core::import::problem::{ImportProblem, to_json};
use crate::core::jsonb::{JsonObjectWriter, Value, to_text};
use crate::core::sql::sql;
use crate::core::work::{self, Memory};
use crate::pg::error::Result;
use crate::pg::jsonb::JsonbResult;
use crate::pg::spi::{self, Mode, Parameter, ResultRow};
use crate::records::catalog::TableId;
use std::collections::HashMap;

/// A row that waited.
pub struct LinkedRow {
    /// Its row_index.
    pub index: i64,
    pub number: u64,
    pub id: TableId,
    /// The texts that it waited with, by column.
    pub texts: Vec<(String, String)>,
    /// The problems that its links have.
    pub problems: Vec<ImportProblem>,
    /// What its links changed in a record that was there before the import, from and to.
    pub change: Option<(String, String)>,
    has_created: bool,
    /// What the row changed before, as {column: value}.
    former: Option<Vec<u8>>,
    /// Of the record as the row left it.
    hash: Vec<u8>,
    known_problems: Vec<ImportProblem>,
    /// Former values of all that the row has changed, once it is linked.
    all_former: String,
}

/// What linking came to.
pub struct Linked {
    pub rows: Vec<LinkedRow>,
    /// What it adds to the counts.
    pub counts: Counts,
}

impl LinkedRow {
    fn of_row(row: &ResultRow) -> Option<LinkedRow> {
        let (texts, problems) = (row.jsonb(5)?, row.jsonb(8).unwrap_or_default());
        let text = |(key, value): (&[u8], Value<'_>)| {
            Some((String::from_utf8_lossy(key).into_owned(), value.as_str()?.to_owned()))
        };
        let known = if problems.is_empty() { None } else { Value::root(&problems).as_array() };
        Some(LinkedRow {
            index: row.bigint(1)?,
            number: u64::try_from(row.bigint(2)?).ok()?,
            id: row.uuid(3)?,
            texts: Value::root(&texts).as_object()?.iter().filter_map(text).collect(),
            problems: Vec::new(),
            change: None,
            has_created: row.boolean(4)?,
            former: row.jsonb(6),
            hash: row.bytes(7)?,
            known_problems: known.into_iter().flat_map(|known| known.iter()).filter_map(ImportProblem::read).collect(),
            all_former: String::new(),
        })
    }

    /// What its links change in its record: the column, the value there, and the new one.
    fn changes(
        &mut self,
        job: &mut Job<'_>,
        stored: &Stored,
        is_untouched: bool,
    ) -> Vec<(String, Option<String>, String)> {
        let mut changes = Vec::new();
        for (column, text) in &self.texts {
            work::step();
            let value = match job.links.resolve(column, text) {
                Ok(value) if job.links.is_reference(column) => value,
                Ok(_) => {
                    let message = format!("{column} holds no references any more");
                    self.problems.push(ImportProblem::new(NO_LINK, message).at(job.mapping.cell_of(column), column));
                    continue;
                }
                Err(problem) => {
                    self.problems.push(problem.at(job.mapping.cell_of(column), column));
                    continue;
                }
            };
            let before = stored.get(column).filter(|before| !before.is_null());
            // What somebody has written there meanwhile stays.
            let may_write = match self.has_created {
                true => is_untouched || is_blank(job, column, before),
                false => job.options.on_match != OnMatch::Fill || is_blank(job, column, before),
            };
            let new = JsonbResult::parse(&value).into_read();
            if may_write && before.is_none_or(|before| !before.same_bytes(new.value())) {
                changes.push((column.clone(), before.map(to_text), value));
            }
        }
        changes
    }
}

/// Links the next rows that wait.
pub fn link(job: &mut Job<'_>, most: usize) -> Result<Linked> {
    let sql = sql!("import/waiting.sql", rows = job.home.rows(), imports = job.home.imports());
    let parameters =
        [Parameter::Uuid(job.import.id), Parameter::Bigint(job.import.linked_row), Parameter::Bigint(most as i64)];
    let mut memory = Memory::default();
    let rows = spi::query(&sql, &parameters, Mode::Write, |row| {
        let waiting = LinkedRow::of_row(row)?;
        memory.take(waiting.texts.iter().map(|(_, text)| 2 * text.len() + 512).sum());
        Some(waiting)
    })?;
    let mut rows: Vec<LinkedRow> = rows.into_iter().flatten().collect();
    let texts = rows.iter().flat_map(|row| &row.texts);
    job.links.look_up(job.home, texts.map(|(column, text)| (column.as_str(), text.as_str())))?;
    let counts = write(job, &mut rows)?;
    if job.options.on_problem == OnProblem::Refuse
        && let Some(row) = rows.iter().find(|row| !row.problems.is_empty())
    {
        return Err(refusal(row.number, &row.problems));
    }
    store(job, &rows)?;
    Ok(Linked { rows, counts })
}

/// Fills the links in.
fn write(job: &mut Job<'_>, rows: &mut [LinkedRow]) -> Result<Counts> {
    let mut counts = Counts::default();
    let ids: Vec<TableId> = rows.iter().map(|row| row.id).collect();
    let held = hold(job.home, &job.import.table_id, &ids, Purpose::Change)?;
    let (mut updates, mut changed) = (Vec::new(), HashMap::new());
    for (place, row) in rows.iter_mut().enumerate() {
        work::step();
        let Some(stored) = held.get(&row.id) else {
            let message = "the record that the row was imported into is gone, or not yours to change any more";
            row.problems.push(ImportProblem::new("import.no_record", message));
            continue;
        };
        let is_untouched = stored.hash()[..] == row.hash[..];
        let changes = row.changes(job, stored, is_untouched);
        if changes.is_empty() {
            continue;
        }
        let values: Vec<(&str, Option<String>)> =
            changes.iter().map(|(name, _, after)| (name.as_str(), Some(after.clone()))).collect();
        updates.push(Pending { place, record: stored.with(&values) });
        changed.insert(place, (changes, is_untouched));
    }
    let mut writer = Writer::of_job(job);
    for (place, written) in writer.write(Statement::Update, &updates)? {
        work::step();
        let (row, Some((changes, is_untouched))) = (&mut rows[place], changed.remove(&place)) else { continue };
        match written {
            Written::Done(hash) => {
                if row.note(&changes, hash, is_untouched) {
                    counts.unchanged -= 1;
                    counts.updated += 1;
                }
            }
            Written::Failed(problems) => row.problems.extend(located(job, problems)),
        }
    }
    Ok(counts)
}

impl LinkedRow {
    /// Notes what its links have changed; true where the row had changed nothing before in a record that was there.
    fn note(&mut self, changes: &[(String, Option<String>, String)], hash: Hash, is_untouched: bool) -> bool {
        let (mut former, mut new) = (JsonObjectWriter::new(), JsonObjectWriter::new());
        for (name, before, after) in changes {
            work::step();
            former = former.json(name, before.as_deref().unwrap_or("null"));
            new = new.json(name, after);
        }
        // A record that others changed since keeps its hash, which tells undo_import so.
        if is_untouched {
            self.hash = hash.to_vec();
        }
        let mut all = JsonObjectWriter::new();
        let known = self.former.as_deref().map(Value::root).and_then(Value::as_object);
        for (name, value) in known.into_iter().flat_map(|known| known.iter()) {
            work::step();
            let name = String::from_utf8_lossy(name);
            if !changes.iter().any(|(changed, ..)| *changed == name) {
                all = all.json(&name, to_text(value));
            }
        }
        let is_first = self.former.is_none() && !self.has_created;
        if !self.has_created {
            self.change = Some((former.object(), new.object()));
        }
        self.all_former = all.join(former).object();
        is_first
    }
}

/// Writes down what became of the rows.
fn store(job: &Job<'_>, rows: &[LinkedRow]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let problems = |row: &LinkedRow| {
        let all: Vec<ImportProblem> = row.known_problems.iter().chain(&row.problems).cloned().collect();
        if all.is_empty() { String::new() } else { to_json(&all) }
    };
    let former = |row: &LinkedRow| match (&row.all_former[..], &row.former) {
        ("", Some(former)) => to_text(Value::root(former)),
        (all, _) => all.to_owned(),
    };
    let indexes: Vec<i64> = rows.iter().map(|row| row.index).collect();
    let problems: Vec<String> = rows.iter().map(problems).collect();
    let formers: Vec<String> = rows.iter().map(former).collect();
    let hashes: Vec<Vec<u8>> = rows.iter().map(|row| row.hash.clone()).collect();
    let sql = sql!("import/linked.sql", rows = job.home.rows(), imports = job.home.imports());
    let parameters = [
        Parameter::Uuid(job.import.id),
        Parameter::Bigints(&indexes),
        Parameter::Texts(&problems),
        Parameter::Texts(&formers),
        Parameter::ByteStrings(&hashes),
    ];
    spi::execute(&sql, &parameters, Mode::Write).map(|_| ())
}
