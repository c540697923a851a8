//! Which column of the table each column of a file is, and how its cells are read.
use super::columns::{ColumnFacts, DateOrder, DecimalMark, Plan};
use super::error_file::is_error_file;
use super::follow::{Followed, Origin, entry, follow, not_made};
use super::header::header_key;
use super::options::{Found, ImportOptions, Mapped};
use super::source::{Problem, ProblemClass};
use super::targets::{RECORD_ID_COLUMN, find, is_own, targets, wrong};
use crate::core::fields::Rule;
use crate::core::fields::fold::fold_text;
use crate::core::fields::shown;
use crate::core::jsonb::{JsonObjectWriter, Value};
use crate::core::schema::{Common, Schema};
use crate::core::work;
use std::collections::{BTreeMap, HashSet};

#[cfg(test)]
mod tests;

/// A column of the file that is imported.
#[derive(Clone, Debug, PartialEq)]
pub struct MappedColumn {
    /// The place of its cells.
    pub cell: usize,
    /// The name of the table's column, or of a common field.
    pub column: String,
    pub plan: Plan,
    /// Which marks of the plan the values of the file told.
    pub found: Found,
}

/// What becomes of each column of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    pub columns: Vec<MappedColumn>,
    /// The place of the ids of records.
    pub record_id: Option<usize>,
    /// The columns of the file that are not imported.
    pub left_out: Vec<String>,
    /// Where columns are made: those of the file for which the table has none yet.
    pub unmatched: Vec<Unmatched>,
    written_by: WrittenBy,
}

/// Which program wrote the file, as far as it decides how dates and numbers are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct WrittenBy {
    /// An error file: its rows have the date order and the decimal mark of the file that was imported.
    is_error_file: bool,
    /// An export of rowkit's without decimal commas: its numbers have decimal points.
    has_points: bool,
}

impl WrittenBy {
    fn of(header: &[String], facts: &[ColumnFacts]) -> WrittenBy {
        let is_export = header.iter().any(|name| fold_text(name) == RECORD_ID_COLUMN);
        let has_commas = facts.iter().any(|facts| facts.mark_of_numbers == Some(DecimalMark::Comma));
        WrittenBy { is_error_file: is_error_file(header), has_points: is_export && !facts.is_empty() && !has_commas }
    }
}

/// A column of the file that matches no column of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Unmatched {
    pub cell: usize,
    pub followed: Followed,
}

/// The mapping that is followed.
pub fn resolve(
    header: &[String],
    facts: &[ColumnFacts],
    schema: &Schema,
    options: &ImportOptions,
    remembered: Option<&BTreeMap<String, Mapped>>,
) -> Result<Mapping, Problem> {
    let targets = targets(schema);
    let followed = follow(header, facts, schema, options, remembered)?;
    let mut mapping = Mapping { written_by: WrittenBy::of(header, facts), ..Mapping::default() };
    let not_made = if options.create_columns { not_made(header, facts, &targets) } else { HashSet::new() };
    // The ids are no column of the table: only the caller leaves them out, by their own name. Remembered, it would make every record of an export twice.
    let leaves_ids = options.mapping.as_ref().is_some_and(|given| entry(given, RECORD_ID_COLUMN).is_some());
    let mut taken: HashSet<&str> = HashSet::new();
    for (cell, (name, followed)) in header.iter().zip(&followed).enumerate() {
        work::step();
        let mapped = &followed.mapped;
        let is_id = fold_text(name) == RECORD_ID_COLUMN;
        let Some(column) = mapped.column.as_deref() else {
            if is_id && !leaves_ids {
                mapping.record_id = mapping.record_id.or(Some(cell));
            } else if is_id {
                mapping.left_out.push(name.clone());
            } else if is_own(name, header) {
                // A column that the error file has more than its file: it is not told as left out.
            } else if options.create_columns && !mapped.is_left_out && !not_made.contains(&cell) {
                mapping.unmatched.push(Unmatched { cell, followed: followed.clone() });
            } else {
                mapping.left_out.push(name.clone());
            }
            continue;
        };
        if is_id && fold_text(column) == RECORD_ID_COLUMN {
            mapping.record_id = mapping.record_id.or(Some(cell));
            continue;
        }
        let target = find(&targets, schema, column).ok_or_else(|| {
            wrong(format!("The table has no column \"{}\", which the mapping names.", shown(column)))
                .hint("Name a column of the table, or name, email, company or status.")
        })?;
        if target.is_computed {
            return Err(wrong(format!("The column \"{}\" is filled by the server.", target.name))
                .hint("Leave it out of the mapping."));
        }
        if !taken.insert(&target.name) {
            return Err(wrong(format!("Two columns of the file are mapped to \"{}\".", target.name))
                .hint("Map one of them, and give null for the other."));
        }
        let (plan, found) = mapping.plan(&target.field_type, followed, facts.get(cell), options);
        mapping.columns.push(MappedColumn { cell, column: target.name.clone(), plan, found });
    }
    let first = header.first().map(|name| name.trim_start());
    // Text that begins as JSON, and is none, makes no columns of the table.
    let sample = facts.first().and_then(|facts| facts.samples.first()).filter(|_| first == Some("column_1"));
    let begins_as_json = |text: &str| text == "[" || text.starts_with('{') || text.starts_with("[{");
    let is_broken = first.is_some_and(begins_as_json) || sample.is_some_and(|sample| begins_as_json(sample));
    if mapping.columns.is_empty() && (mapping.unmatched.is_empty() || is_broken) {
        if first.is_none() {
            return Err(wrong("The file is empty.".to_owned()).hint("A file has a header and rows below it."));
        }
        if is_broken || first.is_some_and(|first| first.starts_with(['{', '['])) {
            return Err(wrong("The file begins as JSON does, and is no JSON.".to_owned())
                .hint("Set {\"format\": \"json\"} to see the line at which the JSON is invalid."));
        }
        return Err(wrong("No column of the file is mapped to a column of the table.".to_owned())
            .hint("Give a mapping: {\"mapping\": {\"column of the file\": \"column of the table\"}}."));
    }
    if mapping.unmatched.is_empty() {
        mapping.settle(schema, options)?;
    }
    Ok(mapping)
}

/// What is known of the date order or the decimal mark of a column of the file.
struct Told<T> {
    /// From the column's entry in the mapping, given or remembered.
    mapped: Option<T>,
    /// The rows are those of an error file, whose entry was found in the values of their file.
    was_found: bool,
    /// Whether that entry decides, and not the values of this file.
    is_fixed: bool,
    /// From the option for all columns.
    option: Option<T>,
    /// From the values of this file.
    found: Option<T>,
    fallback: Option<T>,
}

impl<T: Copy + PartialEq> Told<T> {
    /// The first of these: an entry that decides, the option, unambiguous values of the file, the remembered entry, the fallback. And whether only values of a
    /// file say it.
    fn chosen(self, ambiguous: T) -> (Option<T>, bool) {
        if self.is_fixed && self.mapped.is_some() {
            return (self.mapped, self.was_found);
        }
        if self.option.is_some() {
            return (self.option, false);
        }
        let unambiguous = self.found.filter(|found| *found != ambiguous);
        let chosen = unambiguous.or(self.mapped).or(self.fallback).or(self.found);
        (chosen, chosen != self.mapped)
    }
}

/// The columns that match_on names, by name or id.
pub fn matched_columns(schema: &Schema, match_on: &[String]) -> Result<Vec<String>, Problem> {
    let column = |name: &String| {
        let column = schema.named(name).map(|column| column.name.as_str());
        column.or(Common::named(name).map(Common::name)).map(str::to_owned).ok_or_else(|| {
            let message = format!("The table has no column \"{}\", which match_on names.", shown(name));
            Problem::new(ProblemClass::Malformed, "import.option", message)
                .hint("Name a column of the table, or name, email, company or status.")
        })
    };
    match_on.iter().map(column).collect()
}

/// Whether records can be found as the options want it.
fn check_matching(mapping: &Mapping, schema: &Schema, options: &ImportOptions) -> Result<(), Problem> {
    let option = |message: String| Problem::new(ProblemClass::Malformed, "import.option", message);
    for column in matched_columns(schema, &options.match_on)? {
        if mapping.cell_of(&column).is_none() {
            return Err(option(format!("match_on names \"{column}\", which no column of the file is mapped to.")).hint(
                format!("Map one to it: {{\"mapping\": {{\"column of the file\": \"{column}\"}}}}, or match on another column."),
            ));
        }
    }
    if options.wants_match && options.match_on.is_empty() && mapping.record_id.is_none() {
        return Err(option("The options say what becomes of records that are there, and not how they are found.".to_owned())
            .hint("Name the columns that rows and records are matched by in match_on, such as \"email\". A file with _record_id needs none."));
    }
    Ok(())
}

impl Mapping {
    /// How the cells of a column are read, but for what [`Mapping::settle`] adds, and which marks of it the values tell.
    pub fn plan(
        &self,
        field_type: &str,
        followed: &Followed,
        facts: Option<&ColumnFacts>,
        options: &ImportOptions,
    ) -> (Plan, Found) {
        let mapped = &followed.mapped;
        let is_given = followed.origin == Origin::Given;
        let found_cross = facts.and_then(|facts| facts.cross);
        // What the file says is more than what another one said.
        let cross = if is_given { mapped.cross.or(found_cross) } else { found_cross.or(mapped.cross) };
        // The rows of an error file are read as those of the file that they come from.
        let is_fixed = is_given || self.written_by.is_error_file;
        let (date_order, is_order_found) = Told {
            mapped: mapped.date_order,
            was_found: mapped.found.date_order && !is_given,
            is_fixed,
            option: options.date_order,
            found: facts.and_then(|facts| facts.order_of_dates),
            fallback: None,
        }
        .chosen(DateOrder::Ambiguous);
        let (decimal_mark, is_mark_found) = Told {
            mapped: mapped.decimal_mark,
            was_found: mapped.found.decimal_mark && !is_given,
            is_fixed,
            option: options.decimal_mark,
            found: facts.and_then(|facts| facts.mark_of_numbers),
            fallback: self.written_by.has_points.then_some(DecimalMark::Point),
        }
        .chosen(DecimalMark::Ambiguous);
        let plan = Plan {
            field_type: field_type.to_owned(),
            cross,
            date_order,
            decimal_mark,
            offset: options.utc_offset.clone(),
            has_minor_units: options.has_minor_units == Some(true),
            numbers_have_minor_units: options.is_json && options.has_minor_units != Some(false),
            is_json: options.is_json,
            ..Plan::default()
        };
        (plan, Found { date_order: is_order_found, decimal_mark: is_mark_found })
    }

    /// Takes from the table's columns what they say of values, once all of them are there, and checks that records can be found as the options want it.
    pub fn settle(&mut self, schema: &Schema, options: &ImportOptions) -> Result<(), Problem> {
        for MappedColumn { column, plan, .. } in &mut self.columns {
            work::step();
            let rule = schema.column(column).map(|column| &column.rule);
            if let Some(Rule::Number(rule)) = rule {
                plan.currency.clone_from(&rule.currency);
                plan.places = rule.places();
            }
            plan.keeps_empty = rule.is_some_and(|rule| !rule.is_no_value(&Value::String(b"")));
        }
        check_matching(self, schema, options)
    }

    /// The mapping as it is stored and told: by the names of the file's columns.
    pub fn to_json(&self, header: &[String]) -> String {
        let mut object = JsonObjectWriter::new();
        for column in &self.columns {
            let Some(name) = header.get(column.cell) else { continue };
            let mut entry = JsonObjectWriter::new().text("column", &column.column);
            let order = column.plan.date_order.filter(|order| *order != DateOrder::Ambiguous);
            let mark = column.plan.decimal_mark.filter(|mark| *mark != DecimalMark::Ambiguous);
            let found = Found {
                date_order: column.found.date_order && order.is_some(),
                decimal_mark: column.found.decimal_mark && mark.is_some(),
            };
            if let Some(order) = order {
                entry = entry.text("date_order", order.name());
            }
            if let Some(mark) = mark {
                entry = entry.text("decimal_mark", mark.name());
            }
            let found = found.names();
            if !found.is_empty() {
                entry = entry.list("detected", found.iter());
            }
            if let Some(cross) = column.plan.cross.filter(|_| column.plan.field_type == "boolean") {
                entry = entry.json("x", cross);
            }
            object = object.json(name, entry.object());
        }
        for name in &self.left_out {
            object = object.json(name, "null");
        }
        object.object()
    }

    /// How the cells at a place are read.
    pub fn plan_of(&self, cell: usize) -> Option<&Plan> {
        self.columns.iter().find(|mapped| mapped.cell == cell).map(|mapped| &mapped.plan)
    }

    /// The place of the cells of a column of the table.
    pub fn cell_of(&self, column: &str) -> Option<usize> {
        self.columns.iter().find(|mapped| mapped.column == column).map(|mapped| mapped.cell)
    }
}

/// The form under which the headers of two files are the same: an error file has that of the file whose rows it holds.
pub fn key(header: &[String]) -> String {
    let own: Vec<String> = header.iter().filter(|name| !is_own(name, header)).cloned().collect();
    header_key(&own)
}
