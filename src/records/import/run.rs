//! An import as it runs: its rows in batches, and what they came to.
use super::batch::{self, End, Row};
use super::chunks::ChunkSource;
use super::feed::{ChunkFeed, Feed, read_into_rows};
use super::home::{Home, refused};
use super::links::Links;
use super::matching::Matcher;
use super::preview::{Sample, sample};
use super::state::{Counts, Import};
use crate::core::fields::identifier::uuid_text;
use crate::core::import::mapping::{Mapping, Origin, resolve};
use crate::core::import::options::{ImportOptions, Mapped, read_mapping};
use crate::core::import::problem::{ImportProblem, to_json};
use crate::core::import::stored_row;
use crate::core::jsonb::{JsonObjectWriter, Value};
use crate::core::schema::Schema;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::JsonbResult;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::{self, TableId};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The rows that tell the types, date orders and decimal marks of columns.
const SAMPLE_ROWS: usize = 5_000;
/// A batch ends before it has so many bytes more.
const BATCH_BYTES: usize = 4 << 20;
/// So many problems and changes are shown by plan_import.
const SHOWN: usize = 20;

pub struct Job<'h> {
    pub home: &'h Home,
    pub import: Import,
    pub schema: Rc<Schema>,
    pub options: ImportOptions,
    /// The file is JSON, which tells types of values by itself.
    pub is_json: bool,
    pub mapping: Mapping,
    pub matcher: Option<Matcher>,
    pub links: Links,
    pub report: Report,
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

/// Which of an import's columns go where, by the options or by what was remembered.
fn choose(
    home: &Home,
    import: &Import,
    schema: &Schema,
    options: &ImportOptions,
    sample: &Sample,
) -> Result<(Mapping, Origin)> {
    let remembered = if options.mapping.is_none() { remembered(home, import, &sample.names)? } else { None };
    resolve(&sample.names, &sample.facts, schema, options, remembered.as_ref()).map_err(refused)
}

fn remembered(home: &Home, import: &Import, header: &[String]) -> Result<Option<BTreeMap<String, Mapped>>> {
    let sql = sql!("import/remembered.sql", imports = home.imports());
    let hash = super::feed::header_hash(header);
    let parameters = [Parameter::Uuid(import.table_id), Parameter::Text(&hash)];
    let found = spi::query(&sql, &parameters, Mode::Write, |row| row.jsonb(1))?;
    let Some(document) = found.into_iter().flatten().next() else { return Ok(None) };
    // What cannot be read any more is not remembered.
    Ok(read_mapping(Value::root(&document))
        .ok()
        .filter(|mapping| mapping.values().any(|mapped| mapped.column.is_some())))
}

impl<'h> Job<'h> {
    /// The job of an import: as it was begun, or begun now by these options.
    pub fn open(home: &'h Home, mut import: Import, given: Option<&[u8]>) -> Result<Job<'h>> {
        let schema = catalog::schema_for_reading(home.tables, &import.table_id)?;
        if import.state == "running" {
            let stored = import.options.clone().unwrap_or_default();
            let is_other =
                |given: &[u8]| given != stored && Value::root(given).as_object().is_some_and(|given| !given.is_empty());
            if given.is_some_and(is_other) {
                return Err(
                    import.in_wrong_state("An import goes on with the options that it was begun with: leave them out.")
                );
            }
            let mut options = read_options(&stored)?;
            options.has_minor_units |= is_json(&import);
            if let Some(mapping) = &import.mapping {
                options.mapping = Some(read_mapping(Value::root(mapping)).map_err(refused)?);
            }
            let (mapping, _) = resolve(&import.header, &[], &schema, &options, None).map_err(refused)?;
            return Job::new(home, import, schema, options, mapping);
        }
        let mut options = given.map(read_options).transpose()?.unwrap_or_default();
        let id = import.id;
        read_into_rows(home, &mut import, &options.reading, || Ok(Box::new(ChunkSource::open(home, &id)?)))?;
        options.has_minor_units |= is_json(&import);
        let mut feed = ChunkFeed::from(home, &id, 0).map(Feed::Chunks)?;
        let header = import.header.clone();
        let sample = sample(SAMPLE_ROWS, || feed.next(), || header)?;
        let (mapping, _) = choose(home, &import, &schema, &options, &sample)?;
        Job::start(home, import, schema, options, mapping, given)
    }

    /// The job of a file at hand, whose first rows were looked at.
    pub fn of_file(
        home: &'h Home,
        import: Import,
        options: ImportOptions,
        given: Option<&[u8]>,
        (sample, form): (&Sample, &str),
    ) -> Result<Job<'h>> {
        let schema = catalog::schema_for_reading(home.tables, &import.table_id)?;
        let (mapping, _) = choose(home, &import, &schema, &options, sample)?;
        let mut import = import;
        import.header.clone_from(&sample.names);
        import.reading = Some(form.to_owned());
        Job::start(home, import, schema, options, mapping, given)
    }

    fn start(
        home: &'h Home,
        mut import: Import,
        schema: Rc<Schema>,
        options: ImportOptions,
        mapping: Mapping,
        given: Option<&[u8]>,
    ) -> Result<Job<'h>> {
        let document = JsonbResult::parse(&mapping.to_json(&import.header));
        let options_given =
            given.map_or_else(|| JsonbResult::parse("{}"), |given| JsonbResult::document(given.to_vec()));
        let sql = sql!("import/start.sql", imports = home.imports());
        let (given, chosen) = (options_given.to_value(), document.to_value());
        let parameters = [Parameter::Uuid(import.id), Parameter::Value(&given), Parameter::Value(&chosen)];
        spi::execute(&sql, &parameters, Mode::Write)?;
        import.state = "running".to_owned();
        import.mapping = Some(document.into_bytes());
        Job::new(home, import, schema, options, mapping)
    }

    fn new(
        home: &'h Home,
        import: Import,
        schema: Rc<Schema>,
        options: ImportOptions,
        mapping: Mapping,
    ) -> Result<Job<'h>> {
        if options.create_choices || options.create_columns {
            return Err(Error::not_supported("create_choices and create_columns are not to be had yet")
                .hint("Add the choices and columns first; plan_import lists the values that no choice has."));
        }
        let matcher = Matcher::new(home, &import.id, &schema, &options.match_on, mapping.record_id.is_some())?;
        let columns: Vec<String> = mapping.columns.iter().map(|mapped| mapped.column.clone()).collect();
        let links = Links::new(home, &schema, &columns, &options)?;
        let is_json = is_json(&import);
        Ok(Job { home, import, schema, options, is_json, mapping, matcher, links, report: Report::default() })
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
        let first = self.import.next_row;
        batch::run(self, &mut rows)?;
        let counts = count(&rows);
        self.import.next_row += rows.len() as i64;
        is_end = is_end || self.import.row_count.is_some_and(|count| self.import.next_row >= count);
        self.store(first, &rows)?;
        rows.iter().for_each(|row| self.report.add(row));
        let sql = sql!("import/progress.sql", imports = self.home.imports());
        let parameters = [
            Parameter::Uuid(self.import.id),
            Parameter::Bigint(self.import.next_row),
            Parameter::Bigint(counts.created),
            Parameter::Bigint(counts.updated),
            Parameter::Bigint(counts.unchanged),
            Parameter::Bigint(counts.skipped),
            Parameter::Bigint(counts.failed),
            Parameter::Bigint(i64::from(is_end)),
        ];
        spi::execute(&sql, &parameters, Mode::Write)?;
        let total = &mut self.import.counts;
        total.created += counts.created;
        total.updated += counts.updated;
        total.unchanged += counts.unchanged;
        total.skipped += counts.skipped;
        total.failed += counts.failed;
        if is_end {
            self.import.state = "done".to_owned();
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
            let sql = sql!("import/batch.sql", imports = self.home.imports(), batches = self.home.batches());
            let parameters = [
                Parameter::Uuid(self.import.id),
                Parameter::Bigint(first),
                Parameter::Uuids(&created),
                Parameter::Bytes(&hashes),
                Parameter::Uuids(&matched),
            ];
            spi::execute(&sql, &parameters, Mode::Write)?;
        }
        kept.store(self.home, &self.import.id)
    }

    pub fn plan(&self) -> String {
        let left_out = &self.mapping.left_out;
        let writer = JsonObjectWriter::new().text("import_id", &uuid_text(&self.import.id));
        let mapping = self.mapping.to_json(&self.import.header);
        let writer = self.import.counts.write(writer).json("rows", self.import.next_row).json("mapping", mapping);
        let writer = writer.list("left_out", left_out.iter()).json("links", self.links.link_count);
        self.report.write(writer).object()
    }
}

/// Amounts in JSON are as rowkit's own: in minor units.
fn is_json(import: &Import) -> bool {
    import.reading.as_deref().is_some_and(|reading| reading.starts_with("json "))
}

pub fn read_options(document: &[u8]) -> Result<ImportOptions> {
    match Value::root(document) {
        Value::Object(object) => ImportOptions::read(object).map_err(refused),
        other => Err(Error::invalid_parameter(format!("options must be a JSON object, not {}", other.kind()))
            .hint("{} stands for all that is usual.")),
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
