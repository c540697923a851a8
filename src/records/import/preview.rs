//! What a file holds, and where its columns would go: writes nothing.
use super::feed::Feed;
use super::home::{budget_of, refused};
use crate::core::import::cell::Cell;
use crate::core::import::columns::{ColumnFacts, Rest, Survey};
use crate::core::import::dialect::{Escape, LineEnd, SAMPLE_ROWS};
use crate::core::import::file::{EXAMINE_BEGINNING, ImportFile};
use crate::core::import::follow::{Followed, follow, suggestions};
use crate::core::import::header::nameless;
use crate::core::import::json::Shape;
use crate::core::import::open::Layout;
use crate::core::import::options::{ImportOptions, Mapped};
use crate::core::import::sheet_warnings::sheet_warnings;
use crate::core::import::source::Source;
use crate::core::import::stored_row::StoredRow;
use crate::core::import::suggest::Suggestion;
use crate::core::import::targets::targets;
use crate::core::import::workbook::Visibility;
use crate::core::jsonb::{JsonObjectWriter, quote};
use crate::core::schema::Schema;
use crate::core::work;
use crate::pg::error::Result;
use std::collections::BTreeMap;

/// So many rows are shown as they are.
const SHOWN_ROWS: usize = 5;
/// So much of each of their cells is kept: a little more than is shown, so that it is seen that there is more.
const SHOWN_CHARACTERS: usize = 200;

/// What the first rows of a file say of its columns.
pub struct Sample {
    pub names: Vec<String>,
    pub facts: Vec<ColumnFacts>,
    pub shown: Vec<StoredRow>,
    pub rows: usize,
    pub is_whole: bool,
}

/// Looks at up to so many rows that `next` gives.
pub fn sample(
    most: usize,
    mut next: impl FnMut() -> Result<Option<StoredRow>>,
    names: impl FnOnce() -> Vec<String>,
) -> Result<Sample> {
    let mut surveys: Vec<Survey> = Vec::new();
    let (mut shown, mut rows, mut is_whole) = (Vec::new(), 0, false);
    while rows < most {
        work::step();
        let Some(stored) = next()? else {
            is_whole = true;
            break;
        };
        while surveys.len() < stored.row.cells.len() {
            surveys.push(Survey::default());
        }
        for (survey, cell) in surveys.iter_mut().zip(&stored.row.cells) {
            survey.add(cell);
        }
        rows += 1;
        if shown.len() < SHOWN_ROWS {
            let mut stored = stored;
            stored.row.cut(SHOWN_CHARACTERS);
            stored.problems = Vec::new();
            shown.push(stored);
        }
    }
    let names = names();
    while surveys.len() < names.len() {
        surveys.push(Survey::default());
    }
    let facts = surveys.into_iter().map(|survey| survey.finish(is_whole)).collect();
    Ok(Sample { names, facts, shown, rows, is_whole })
}

impl Sample {
    /// Takes names that rows behind the sample have, too.
    pub fn name_all(&mut self, names: Vec<String>) {
        self.names = names;
        while self.facts.len() < self.names.len() {
            work::step();
            self.facts.push(Survey::default().finish(false));
        }
    }

    /// Looks at all rows for what the first ones do not tell of columns that the table gets.
    pub fn complete(&mut self, feed: &mut Feed<'_>) -> Result<()> {
        let mut rest = Rest::new(&self.facts);
        while let Some(stored) = feed.next()? {
            work::step();
            rest.add(&stored.row.cells);
        }
        if let Feed::File(file) = feed {
            self.names = file.names();
        }
        rest.finish(&mut self.facts);
        Ok(())
    }
}

/// `remembered` finds the mapping of the last import of a header.
pub fn preview(
    source: impl Source,
    options: &ImportOptions,
    schema: &Schema,
    remembered: impl FnOnce(&[String]) -> Result<Option<BTreeMap<String, Mapped>>>,
) -> Result<String> {
    let length = source.len();
    let file = ImportFile::open(source, &options.reading, EXAMINE_BEGINNING, &budget_of(&options.reading));
    let file = file.map_err(refused)?;
    let file = std::cell::RefCell::new(file);
    let mut dates = 0;
    let is_date = |cell: &&Cell| matches!(cell, Cell::Date(_) | Cell::DateTime(_));
    let next = || {
        let stored = file.borrow_mut().read().map_err(refused)?;
        dates += stored.as_ref().map_or(0, |stored| stored.row.cells.iter().filter(is_date).count() as u64);
        Ok(stored)
    };
    let sample = sample(SAMPLE_ROWS, next, || file.borrow().names())?;
    let file = file.into_inner();
    let targets = targets(schema);
    let suggested = suggestions(&sample.names, &sample.facts, &targets);
    let warnings: Vec<String> = file
        .sheet_facts()
        .map(|facts| sheet_warnings(facts, &file.facts.sheets, dates))
        .unwrap_or_default()
        .iter()
        .map(|warning| {
            let object = JsonObjectWriter::new().text("code", warning.code).json("count", warning.count);
            if warning.places.is_empty() {
                object.object()
            } else {
                object.list("places", warning.places.iter()).object()
            }
        })
        .collect();
    let remembered = remembered(&sample.names)?;
    let followed = follow(&sample.names, &sample.facts, schema, options, remembered.as_ref()).map_err(refused)?;
    let columns: Vec<String> = sample
        .facts
        .iter()
        .enumerate()
        .map(|(place, facts)| {
            let name = sample.names.get(place).map_or_else(|| nameless(place), Clone::clone);
            let suggestion = suggested.iter().find(|suggestion| suggestion.file_column == place);
            let target = suggestion.map(|suggestion| (suggestion, targets[suggestion.target].name.as_str()));
            column(&name, facts, target, followed.get(place), schema)
        })
        .collect();
    let rows: Vec<String> = sample.shown.iter().map(row).collect();
    let mut answer = JsonObjectWriter::new().text("format", file.facts.format).json("bytes", length);
    if let Some(encoding) = &file.facts.encoding {
        let offsets: Vec<String> = encoding.undecodable.offsets.iter().map(u64::to_string).collect();
        let object = JsonObjectWriter::new()
            .text("name", encoding.encoding.name())
            .text("evidence", encoding.evidence.name())
            .json("examined_bytes", encoding.examined)
            .json("undecodable", encoding.undecodable.count)
            .json("undecodable_offsets", format!("[{}]", offsets.join(",")));
        answer = answer.json("encoding", object.object());
    } else {
        answer = answer.json("encoding", "null");
    }
    answer = match &file.facts.layout {
        Some(Layout::Csv(sniffed)) => {
            let dialect = &sniffed.dialect;
            let mut object = JsonObjectWriter::new()
                .text("delimiter", &char::from(dialect.delimiter).to_string())
                .text("quote", &dialect.quote.map(|quote| char::from(quote).to_string()).unwrap_or_default())
                .text("escape", if dialect.escape == Escape::Doubled { "doubled" } else { "backslash" })
                .text("line_end", line_end(dialect.line_end))
                .json("skip_lines", dialect.preamble)
                .json("has_header", dialect.has_header)
                .json("confidence", share(sniffed.confidence))
                .json("header_confidence", share(sniffed.header_confidence));
            if let Some(other) = &sniffed.runner_up {
                object = object.text("runner_up", &char::from(other.delimiter).to_string());
            }
            answer.json("dialect", object.object())
        }
        Some(Layout::Json(shape)) => answer.text(
            "shape",
            match shape {
                Shape::Array => "array",
                Shape::Lines => "lines",
                Shape::Values => "values",
            },
        ),
        None => answer.json("dialect", "null"),
    };
    if let Some(read) = file.facts.sheet {
        let sheets: Vec<String> = file
            .facts
            .sheets
            .iter()
            .enumerate()
            .map(|(place, sheet)| {
                JsonObjectWriter::new()
                    .text("name", &sheet.name)
                    .json("is_hidden", sheet.visibility != Visibility::Visible)
                    .json("is_read", place == read)
                    .object()
            })
            .collect();
        answer = answer.json("sheets", format!("[{}]", sheets.join(",")));
    }
    answer = answer.json("header_row", file.facts.header_row.map_or_else(|| "null".to_owned(), |row| row.to_string()));
    Ok(answer
        .json("sampled_rows", sample.rows)
        .json("is_whole", sample.is_whole)
        .json("warnings", format!("[{}]", warnings.join(",")))
        .json("columns", format!("[{}]", columns.join(",")))
        .json("rows", format!("[{}]", rows.join(",")))
        .object())
}

fn line_end(line_end: LineEnd) -> &'static str {
    match line_end {
        LineEnd::Lf => "lf",
        LineEnd::CrLf => "crlf",
        LineEnd::Cr => "cr",
        LineEnd::Mixed => "mixed",
    }
}

/// A share with three digits.
fn share(share: f64) -> String {
    let text = format!("{share:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

fn column(
    name: &str,
    facts: &ColumnFacts,
    suggested: Option<(&Suggestion, &str)>,
    followed: Option<&Followed>,
    schema: &Schema,
) -> String {
    let target = followed.and_then(|followed| followed.mapped.column.as_deref());
    let rule = target.and_then(|target| schema.column(target)).map(|column| &column.rule);
    let warnings: Vec<String> = facts
        .warnings_for(rule)
        .iter()
        .map(|warning| JsonObjectWriter::new().text("code", warning.code).json("count", warning.count).object())
        .collect();
    // PostgreSQL's JSON holds no NUL.
    let shown = |texts: &[String]| texts.iter().map(|text| text.replace('\0', "\u{2400}")).collect::<Vec<_>>();
    let mut object = JsonObjectWriter::new()
        .text("name", &name.replace('\0', "\u{2400}"))
        .text("type", facts.field_type)
        .json("share", share(facts.share))
        .json("filled", facts.filled)
        .json("empty", facts.empty)
        .list("samples", shown(&facts.samples).iter())
        .list("misfits", shown(&facts.misfits).iter())
        .json("warnings", format!("[{}]", warnings.join(",")));
    if let Some(order) = facts.date_order {
        object = object.text("date_order", order.name());
    }
    if let Some(mark) = facts.decimal_mark {
        object = object.text("decimal_mark", mark.name());
    }
    if !facts.choices.is_empty() {
        object = object.list("choices", shown(&facts.choices).iter());
    }
    if let Some((suggestion, column)) = suggested {
        let reasons = suggestion.reasons.iter().map(|reason| reason.name());
        let suggestion = JsonObjectWriter::new()
            .text("column", column)
            .json("score", share(suggestion.score))
            .list("reasons", reasons);
        object = object.json("suggestion", suggestion.object());
    }
    object = object.json("followed", target.map_or_else(|| "null".to_owned(), super::record::quoted));
    if let Some(followed) = followed {
        object = object.text("followed_from", followed.origin.name());
    }
    object.object()
}

fn row(stored: &StoredRow) -> String {
    let cells: Vec<String> = stored
        .row
        .cells
        .iter()
        .map(|cell| match cell.text() {
            None => "null".to_owned(),
            Some(text) => {
                let mut out = String::new();
                quote(&crate::core::fields::shown(&text.replace('\0', "\u{2400}")), &mut out);
                out
            }
        })
        .collect();
    JsonObjectWriter::new()
        .json("row_number", stored.row.number)
        .json("cells", format!("[{}]", cells.join(",")))
        .object()
}
