//! An import as it runs: its rows in batches, and what they came to.
use super::batch;
use super::feed::Feed;
use super::home::Home;
use super::job::Job;
use super::report::Report;
use super::row::{End, Row};
use super::state::Counts;
use super::waiting;
use crate::core::fields::identifier::uuid_text;
use crate::core::import::new_column;
use crate::core::import::problem::to_json;
use crate::core::import::stored_row;
use crate::core::jsonb::JsonObjectWriter;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::memory::Scratch;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;

/// A batch ends before it has so many bytes more.
const BATCH_BYTES: usize = 4 << 20;

/// A job as it runs.
pub struct Run<'h> {
    pub job: Job<'h>,
    report: Report,
    /// All rows are in; what is left is to link those that wait.
    is_read: bool,
}

impl<'h> Run<'h> {
    pub fn new(job: Job<'h>) -> Run<'h> {
        let is_read = job.import.row_count.is_some_and(|count| job.import.next_row >= count);
        Run { job, report: Report::default(), is_read }
    }

    /// Imports up to so many rows or, once all are in, links up to so many of those that wait; false when the import is done. What the server allocates for them is freed with
    /// the batch.
    pub fn advance(&mut self, feed: &mut Feed<'_>, batch_size: usize) -> Result<bool> {
        Scratch::new().run(|| self.import(feed, batch_size))
    }

    fn import(&mut self, feed: &mut Feed<'_>, batch_size: usize) -> Result<bool> {
        if self.is_read && self.job.import.waiting > 0 {
            return self.link(batch_size);
        }
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
        let next = first.checked_add(rows.len() as i64);
        self.job.import.next_row = next.ok_or_else(|| Error::out_of_range("the number of rows of an import"))?;
        self.is_read = is_end || self.job.import.row_count.is_some_and(|count| self.job.import.next_row >= count);
        let waiting = self.store(first, &rows)?;
        rows.iter().for_each(|row| self.report.add(row));
        self.note(&count(&rows), waiting)
    }

    fn link(&mut self, batch_size: usize) -> Result<bool> {
        let linked = waiting::link(&mut self.job, batch_size)?;
        let Some(last) = linked.rows.last() else {
            return Err(Error::prerequisite_state("rows that wait to be linked are not kept any more")
                .hint("Cancel the import: what it wrote stays."));
        };
        self.job.import.linked_row = last.index;
        linked.rows.iter().for_each(|row| self.report.add_linked(row));
        self.note(&linked.counts, -(linked.rows.len() as i64))
    }

    /// Writes down how far the import has come by these rows; false when it is done.
    fn note(&mut self, counts: &Counts, waiting: i64) -> Result<bool> {
        let import = &mut self.job.import;
        let out_of_range = || Error::out_of_range("a count of an import");
        import.waiting = import.waiting.checked_add(waiting).ok_or_else(out_of_range)?;
        import.counts = import.counts.and(counts).ok_or_else(out_of_range)?;
        let is_done = self.is_read && import.waiting <= 0;
        if is_done {
            import.state = "done".to_owned();
        }
        let sql = sql!("import/progress.sql", imports = self.job.home.imports());
        let parameters = [
            Parameter::Uuid(import.id),
            Parameter::Bigint(import.next_row),
            Parameter::Bigint(counts.created),
            Parameter::Bigint(counts.updated),
            Parameter::Bigint(counts.unchanged),
            Parameter::Bigint(counts.skipped),
            Parameter::Bigint(counts.failed),
            Parameter::Bigint(i64::from(is_done)),
            Parameter::Bigint(waiting),
            Parameter::Bigint(import.linked_row),
        ];
        spi::execute(&sql, &parameters, Mode::Write)?;
        Ok(!is_done)
    }

    /// Keeps what errors, undo and the next batches need to know, and returns how many rows wait to be linked.
    fn store(&self, first: i64, rows: &[Row]) -> Result<i64> {
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
        kept.store(self.job.home, &self.job.import.id)?;
        Ok(kept.waiting_count)
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
        let columns = new_column::to_json(&self.job.new_columns, &self.job.import.header);
        let writer = writer.json("new_columns", columns);
        self.report.write(writer).object()
    }
}

fn count(rows: &[Row]) -> Counts {
    let mut counts = Counts::default();
    for row in rows {
        work::step();
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
    created: Vec<i64>,
    waiting: Vec<String>,
    waiting_count: i64,
}

impl KeptRows {
    fn add(&mut self, index: i64, row: &Row) {
        let is_waiting = !row.waiting.is_empty();
        let (mut has_created, mut is_linked_later) = (false, false);
        // The record, what it held before, and a hash of what it holds now.
        let record = match &row.end {
            Some(End::Updated { id, hash, former, .. }) => {
                is_linked_later = is_waiting;
                Some((*id, former.clone(), hash.to_vec()))
            }
            Some(End::Created { id, hash }) if is_waiting => {
                (has_created, is_linked_later) = (true, true);
                Some((*id, String::new(), hash.to_vec()))
            }
            Some(End::Unchanged(id)) if is_waiting => {
                is_linked_later = true;
                Some((*id, String::new(), row.held.unwrap_or_default().to_vec()))
            }
            _ => None,
        };
        if row.problems.is_empty() && record.is_none() {
            return;
        }
        let mut cells = String::new();
        if !row.problems.is_empty() {
            stored_row::write(&row.stored, &mut cells);
        }
        let (id, former, hash) = record.unwrap_or_default();
        let mut waiting = String::new();
        if is_linked_later {
            let texts = row.waiting.iter();
            waiting = texts.fold(JsonObjectWriter::new(), |writer, (column, text)| writer.text(column, text)).object();
            self.waiting_count += 1;
        }
        self.indexes.push(index);
        self.numbers.push(row.stored.row.number as i64);
        self.problems.push(if row.problems.is_empty() { String::new() } else { to_json(&row.problems) });
        self.cells.push(cells.into_bytes());
        self.records.push(id);
        self.formers.push(former);
        self.hashes.push(hash);
        self.failed.push(i64::from(matches!(row.end, Some(End::Failed) | None)));
        self.created.push(i64::from(has_created));
        self.waiting.push(waiting);
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
            Parameter::Bigints(&self.created),
            Parameter::Texts(&self.waiting),
        ];
        spi::execute(&sql, &parameters, Mode::Write).map(|_| ())
    }
}
