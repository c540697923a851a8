//! An import as it runs: its rows in batches, and what they came to.
use super::batch::{self, End, Row};
use super::feed::Feed;
use super::home::Home;
use super::job::Job;
use super::state::Counts;
use crate::core::fields::identifier::uuid_text;
use crate::core::import::problem::{ImportProblem, to_json};
use crate::core::import::stored_row;
use crate::core::jsonb::JsonObjectWriter;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;
use std::collections::BTreeMap;

/// A batch ends before it has so many bytes more.
const BATCH_BYTES: usize = 4 << 20;
/// So many problems and changes are shown by plan_import.
const SHOWN: usize = 20;

/// A job as it runs.
pub struct Run<'h> {
    pub job: Job<'h>,
    report: Report,
}

/// What plan_import tells beside the counts.
#[derive(Default)]
pub struct Report {
    problems: Vec<String>,
    changes: Vec<String>,
    /// By column and code: how many, and the values of the first.
    groups: BTreeMap<(String, String), (u64, Vec<String>)>,
}

impl Report {
    fn add(&mut self, row: &Row) {
        let number = row.stored.row.number;
        for problem in &row.problems {
            work::step();
            if self.problems.len() < SHOWN {
                self.problems.push(JsonObjectWriter::new().json("row_number", number).join(members(problem)).object());
            }
            let group = (problem.column.clone().unwrap_or_default(), problem.code.clone());
            let (count, values) = self.groups.entry(group).or_default();
            *count += 1;
            let cell = problem.cell.and_then(|cell| row.stored.row.cells.get(cell)).and_then(|cell| cell.text());
            if let Some(text) = cell.map(|text| crate::core::fields::shown(text).replace('\0', "\u{2400}"))
                && values.len() < SHOWN
                && !values.contains(&text)
            {
                values.push(text);
            }
        }
        if let Some(End::Updated { id, former, written, .. }) = &row.end
            && self.changes.len() < SHOWN
        {
            let change = JsonObjectWriter::new()
                .json("row_number", number)
                .text("record_id", &uuid_text(id))
                .json("from", former)
                .json("to", written);
            self.changes.push(change.object());
        }
    }

    fn write(&self, writer: JsonObjectWriter) -> JsonObjectWriter {
        let groups: Vec<String> = self
            .groups
            .iter()
            .map(|((column, code), (count, values))| {
                JsonObjectWriter::new()
                    .text("column", column)
                    .text("code", code)
                    .json("count", count)
                    .list("values", values.iter())
                    .object()
            })
            .collect();
        writer
            .json("problems", format!("[{}]", self.problems.join(",")))
            .json("problem_counts", format!("[{}]", groups.join(",")))
            .json("changes", format!("[{}]", self.changes.join(",")))
    }
}

fn members(problem: &ImportProblem) -> JsonObjectWriter {
    let cell = problem.cell.map_or_else(|| "null".to_owned(), |cell| cell.to_string());
    let column = problem.column.as_deref().map_or_else(|| "null".to_owned(), super::record::quoted);
    JsonObjectWriter::new()
        .json("cell", cell)
        .json("column", column)
        .text("code", &problem.code)
        .json("params", &problem.params)
        .text("message", &problem.message.replace('\0', "\u{2400}"))
}

impl<'h> Run<'h> {
    pub fn new(job: Job<'h>) -> Run<'h> {
        Run { job, report: Report::default() }
    }

    /// Imports up to so many rows; false when there are no more.
    pub fn advance(&mut self, feed: &mut Feed<'_>, batch_size: usize) -> Result<bool> {
        let mut rows = Vec::new();
        let mut bytes = 0;
        let mut is_end = false;
        while rows.len() < batch_size && bytes < BATCH_BYTES {
            work::step();
            let Some(stored) = feed.next()? else {
                is_end = true;
                break;
            };
            bytes += stored.row.cells.iter().map(|cell| cell.text().map_or(0, str::len) + 32).sum::<usize>();
            rows.push(Row::new(stored));
        }
        let first = self.job.import.next_row;
        if is_end && self.job.import.row_count.is_some_and(|count| first.saturating_add(rows.len() as i64) < count) {
            return Err(
                Error::prerequisite_state("rows of the file are not kept any more").hint("Begin another import.")
            );
        }
        batch::run(&mut self.job, &mut rows)?;
        let counts = count(&rows);
        let next = first.checked_add(rows.len() as i64);
        self.job.import.next_row = next.ok_or_else(|| Error::out_of_range("the number of rows of an import"))?;
        is_end = is_end || self.job.import.row_count.is_some_and(|count| self.job.import.next_row >= count);
        self.store(first, &rows)?;
        rows.iter().for_each(|row| self.report.add(row));
        let sql = sql!("import/progress.sql", imports = self.job.home.imports());
        let parameters = [
            Parameter::Uuid(self.job.import.id),
            Parameter::Bigint(self.job.import.next_row),
            Parameter::Bigint(counts.created),
            Parameter::Bigint(counts.updated),
            Parameter::Bigint(counts.unchanged),
            Parameter::Bigint(counts.skipped),
            Parameter::Bigint(counts.failed),
            Parameter::Bigint(i64::from(is_end)),
        ];
        spi::execute(&sql, &parameters, Mode::Write)?;
        let total = self.job.import.counts.and(&counts);
        self.job.import.counts = total.ok_or_else(|| Error::out_of_range("a count of an import"))?;
        if is_end {
            self.job.import.state = "done".to_owned();
        }
        Ok(!is_end)
    }

    /// Keeps what errors, undo and the next batches need to know.
    fn store(&self, first: i64, rows: &[Row]) -> Result<()> {
        let (mut created, mut hashes, mut matched) = (Vec::new(), Vec::new(), Vec::new());
        let mut kept = KeptRows::default();
        for (place, row) in rows.iter().enumerate() {
            work::step();
            match &row.end {
                Some(End::Created { id, hash }) => {
                    created.push(*id);
                    hashes.extend_from_slice(hash);
                }
                Some(End::Updated { id, .. } | End::Unchanged(id) | End::Skipped(Some(id))) => matched.push(*id),
                _ => {}
            }
            kept.add(first + place as i64 + 1, row);
        }
        if !created.is_empty() || !matched.is_empty() {
            let sql = sql!("import/batch.sql", imports = self.job.home.imports(), batches = self.job.home.batches());
            let parameters = [
                Parameter::Uuid(self.job.import.id),
                Parameter::Bigint(first),
                Parameter::Uuids(&created),
                Parameter::Bytes(&hashes),
                Parameter::Uuids(&matched),
            ];
            spi::execute(&sql, &parameters, Mode::Write)?;
        }
        kept.store(self.job.home, &self.job.import.id)
    }

    pub fn plan(&self) -> String {
        let left_out = &self.job.mapping.left_out;
        let writer = JsonObjectWriter::new().text("import_id", &uuid_text(&self.job.import.id));
        let mapping = self.job.mapping.to_json(&self.job.import.header);
        let writer =
            self.job.import.counts.write(writer).json("rows", self.job.import.next_row).json("mapping", mapping);
        let writer = writer.list("left_out", left_out.iter()).json("links", self.job.links.link_count);
        let choices = self.job.new_choices.iter();
        let choices = choices.fold(JsonObjectWriter::new(), |object, new| object.list(&new.column, new.names.iter()));
        let writer = writer.json("new_choices", choices.object());
        self.report.write(writer).object()
    }
}

fn count(rows: &[Row]) -> Counts {
    let mut counts = Counts::default();
    for row in rows {
        match row.end {
            Some(End::Created { .. }) => counts.created += 1,
            Some(End::Updated { .. }) => counts.updated += 1,
            Some(End::Unchanged(_)) => counts.unchanged += 1,
            Some(End::Skipped(_)) => counts.skipped += 1,
            Some(End::Failed) | None => counts.failed += 1,
        }
    }
    counts
}

/// Rows of import_rows, by columns.
#[derive(Default)]
struct KeptRows {
    indexes: Vec<i64>,
    numbers: Vec<i64>,
    problems: Vec<String>,
    cells: Vec<Vec<u8>>,
    records: Vec<TableId>,
    formers: Vec<String>,
    failed: Vec<i64>,
    hashes: Vec<Vec<u8>>,
}

impl KeptRows {
    fn add(&mut self, index: i64, row: &Row) {
        let updated = match &row.end {
            Some(End::Updated { id, hash, former, .. }) => Some((*id, former.clone(), hash.to_vec())),
            _ => None,
        };
        if row.problems.is_empty() && updated.is_none() {
            return;
        }
        let mut cells = String::new();
        if !row.problems.is_empty() {
            stored_row::write(&row.stored, &mut cells);
        }
        let (id, former, hash) = updated.unwrap_or_default();
        self.indexes.push(index);
        self.numbers.push(row.stored.row.number as i64);
        self.problems.push(if row.problems.is_empty() { String::new() } else { to_json(&row.problems) });
        self.cells.push(cells.into_bytes());
        self.records.push(id);
        self.formers.push(former);
        self.hashes.push(hash);
        self.failed.push(i64::from(matches!(row.end, Some(End::Failed) | None)));
    }

    fn store(&self, home: &Home, id: &TableId) -> Result<()> {
        if self.indexes.is_empty() {
            return Ok(());
        }
        let sql = sql!("import/rows.sql", imports = home.imports(), rows = home.rows());
        let parameters = [
            Parameter::Uuid(*id),
            Parameter::Bigints(&self.indexes),
            Parameter::Bigints(&self.numbers),
            Parameter::Texts(&self.problems),
            Parameter::ByteStrings(&self.cells),
            Parameter::Uuids(&self.records),
            Parameter::Texts(&self.formers),
            Parameter::ByteStrings(&self.hashes),
            Parameter::Bigints(&self.failed),
        ];
        spi::execute(&sql, &parameters, Mode::Write).map(|_| ())
    }
}
