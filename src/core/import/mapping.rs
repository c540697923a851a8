//! Which column of the table each column of a file is, and how its cells are read.
use super::columns::{ColumnFacts, DateOrder, DecimalMark, Plan};
use super::error_file::is_error_file;
use super::follow::{Followed, Origin, entry, follow, not_made};
use super::header::header_key;
use super::options::{ImportOptions, Mapped};
use super::source::{Problem, ProblemClass};
use super::targets::{RECORD_ID_COLUMN, find, is_own, targets, wrong};
use crate::core::fields::Rule;
use crate::core::fields::fold::fold_text;
use crate::core::fields::shown;
use crate::core::jsonb::{JsonObjectWriter, Value};
use crate::core::schema::{Common, Schema};
use crate::core::work;
use std::collections::{BTreeMap, HashSet};

/// A column of the file that is imported.
#[derive(Clone, Debug, PartialEq)]
pub struct MappedColumn {
    /// The place of its cells.
    pub cell: usize,
    /// The name of the table's column, or of a common field.
    pub column: String,
    pub plan: Plan,
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
    let is_named = options.mapping.as_ref().and_then(|given| entry(given, RECORD_ID_COLUMN)).map(|(_, mapped)| mapped);
    let is_left_out = |followed: &Followed| {
        // The ids are no column of the table: only their own name leaves them out.
        let was_left_out = remembered.and_then(|remembered| entry(remembered, RECORD_ID_COLUMN)).is_some();
        followed.mapped.column.is_none() && (is_named.is_some() || was_left_out)
    };
    let mut taken: HashSet<&str> = HashSet::new();
    for (cell, (name, followed)) in header.iter().zip(&followed).enumerate() {
        work::step();
        let mapped = &followed.mapped;
        let is_id = fold_text(name) == RECORD_ID_COLUMN;
        let Some(column) = mapped.column.as_deref() else {
            if is_id && !is_left_out(followed) {
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
        let plan = mapping.plan(&target.field_type, followed, facts.get(cell), options);
        mapping.columns.push(MappedColumn { cell, column: target.name.clone(), plan });
    }
    let first = header.first().map(|name| name.trim_start());
    // Text that begins as JSON, and is none, makes no columns of the table.
    let is_broken = first.is_some_and(|first| first.starts_with('{') || first.starts_with("[{"));
    if mapping.columns.is_empty() && (mapping.unmatched.is_empty() || is_broken) {
        if first.is_none() {
            return Err(wrong("The file is empty.".to_owned()).hint("A file has a header and rows below it."));
        }
        if first.is_some_and(|first| first.starts_with(['{', '['])) {
            return Err(wrong("The file begins as JSON does, and is no JSON.".to_owned())
                .hint("The option {\"format\": \"json\"} tells where it is not."));
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
    /// Whether that entry decides, and not the values of this file.
    is_fixed: bool,
    /// From the option for all columns.
    option: Option<T>,
    /// From the values of this file.
    found: Option<T>,
    fallback: Option<T>,
}

impl<T: Copy + PartialEq> Told<T> {
    /// The first of these: an entry that decides, the option, unambiguous values of the file, the remembered entry, the fallback.
    fn chosen(self, ambiguous: T) -> Option<T> {
        let fixed = self.mapped.filter(|_| self.is_fixed);
        let unambiguous = self.found.filter(|found| *found != ambiguous);
        fixed.or(self.option).or(unambiguous).or(self.mapped).or(self.fallback).or(self.found)
    }
}

/// Whether records can be found as the options want it.
fn check_matching(mapping: &Mapping, schema: &Schema, options: &ImportOptions) -> Result<(), Problem> {
    let option = |message: String| Problem::new(ProblemClass::Malformed, "import.option", message);
    for name in &options.match_on {
        let column = schema.named(name).map(|column| column.name.as_str());
        let column = column.or(Common::named(name).map(Common::name));
        let column = column.ok_or_else(|| {
            option(format!("The table has no column \"{}\", which match_on names.", shown(name)))
                .hint("Name a column of the table, or name, email, company or status.")
        })?;
        if mapping.cell_of(column).is_none() {
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
    /// How the cells of a column are read, but for what [`Mapping::settle`] adds.
    pub fn plan(
        &self,
        field_type: &str,
        followed: &Followed,
        facts: Option<&ColumnFacts>,
        options: &ImportOptions,
    ) -> Plan {
        let mapped = &followed.mapped;
        let is_given = followed.origin == Origin::Given;
        let found_cross = facts.and_then(|facts| facts.cross);
        // What the file says is more than what another one said.
        let cross = if is_given { mapped.cross.or(found_cross) } else { found_cross.or(mapped.cross) };
        // The rows of an error file are read as those of the file that they come from.
        let is_fixed = is_given || self.written_by.is_error_file;
        let date_order = Told {
            mapped: mapped.date_order,
            is_fixed,
            option: options.date_order,
            found: facts.and_then(|facts| facts.order_of_dates),
            fallback: None,
        }
        .chosen(DateOrder::Ambiguous);
        let decimal_mark = Told {
            mapped: mapped.decimal_mark,
            is_fixed,
            option: options.decimal_mark,
            found: facts.and_then(|facts| facts.mark_of_numbers),
            fallback: self.written_by.has_points.then_some(DecimalMark::Point),
        }
        .chosen(DecimalMark::Ambiguous);
        Plan {
            field_type: field_type.to_owned(),
            cross,
            date_order,
            decimal_mark,
            offset: options.utc_offset.clone(),
            has_minor_units: options.has_minor_units == Some(true),
            numbers_have_minor_units: options.is_json && options.has_minor_units != Some(false),
            ..Plan::default()
        }
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
            if let Some(order) = column.plan.date_order.filter(|order| *order != DateOrder::Ambiguous) {
                entry = entry.text("date_order", order.name());
            }
            if let Some(mark) = column.plan.decimal_mark.filter(|mark| *mark != DecimalMark::Ambiguous) {
                entry = entry.text("decimal_mark", mark.name());
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

#[cfg(test)]
mod tests {
    use super::resolve;
    use crate::core::import::cell::Cell;
    use crate::core::import::columns::Survey;
    use crate::core::import::follow::follow;
    use crate::core::import::options::{ImportOptions, read_mapping};
    use crate::core::jsonb::{Value, fixture::document};
    use crate::core::schema::read;

    /// A mapping of a file of one column a list, whose first item is the column's name.
    fn resolved_file(columns: &[&[&str]], options: &str, remembered: Option<&str>) -> String {
        let facts_of = |cells: &&[&str]| {
            let mut survey = Survey::default();
            cells[1..].iter().for_each(|cell| survey.add(&Cell::Text((*cell).to_owned())));
            survey.finish(true)
        };
        let schema = document(
            r#"{"columns":[{"name":"amount","type":"number"},{"name":"price","type":"number"},{"name":"day","type":"date"}]}"#,
        );
        let (schema, options) = (read(Value::root(&schema)).unwrap(), document(options));
        let options = ImportOptions::read(Value::root(&options).as_object().unwrap()).unwrap();
        let header: Vec<String> = columns.iter().map(|column| column[0].to_owned()).collect();
        let facts: Vec<_> = columns.iter().map(facts_of).collect();
        let remembered = remembered.map(|text| read_mapping(Value::root(&document(text))).unwrap());
        resolve(&header, &facts, &schema, &options, remembered.as_ref()).unwrap().to_json(&header)
    }

    #[test]
    fn the_caller_is_followed_then_the_file_then_another_file() {
        let remembered = Some(
            r#"{"amount":{"column":"amount","decimal_mark":"."},"day":{"column":"day","date_order":"mdy"},"price":null}"#,
        );
        let open: &[&[&str]] = &[&["amount", "1,234"], &["day", "01/02/2024"]];
        let decided: &[&[&str]] = &[&["amount", "1,234", "2,5"], &["day", "01/02/2024", "31/12/2024"]];
        let read_by = |columns: &[&[&str]], options: &str| {
            let told = resolved_file(columns, options, remembered);
            let told: serde_json::Value = serde_json::from_str(&told).unwrap();
            [&told["amount"]["decimal_mark"], &told["day"]["date_order"]].map(|told| told.as_str().unwrap().to_owned())
        };
        for (columns, options, expected) in [
            (open, r#"{"date_order":"dmy","decimal_mark":","}"#, [",", "dmy"]),
            (decided, r#"{"date_order":"ymd","decimal_mark":"."}"#, [".", "ymd"]),
            (decided, r#"{"date_order":"ymd","mapping":{"day":{"date_order":"mdy"}}}"#, [",", "mdy"]),
            (decided, "{}", [",", "dmy"]),
            (open, "{}", [".", "mdy"]),
        ] {
            assert_eq!(read_by(columns, options), expected, "{columns:?} {options}");
        }
        // The rows of an error file are read as those of their file were, whatever they look like.
        let failed: &[&[&str]] = &[&["day", "31/12/2024"], &["_row", "7"], &["_problems", "x"]];
        assert_eq!(resolved_file(failed, "{}", remembered), r#"{"day":{"column":"day","date_order":"mdy"}}"#);
    }

    #[test]
    fn an_export_has_decimal_points_until_somebody_saves_it_with_commas() {
        let id = &["_record_id", "00000000-0000-4000-8000-000000000001"][..];
        let point = r#"{"amount":{"column":"amount","decimal_mark":"."}}"#;
        assert_eq!(resolved_file(&[id, &["amount", "1.500"]], "{}", None), point);
        assert_eq!(
            resolved_file(
                &[id, &["amount", "1,234"], &["price", "12,5"], &["day", "31.12.24", "01.02.25"]],
                "{}",
                None
            ),
            r#"{"amount":{"column":"amount"},"price":{"column":"price","decimal_mark":","},"day":{"column":"day"}}"#
        );
    }

    fn resolved(header: &[&str], options: &str) -> Result<String, String> {
        let schema = document(
            r#"{"columns":[{"name":"amount","type":"integer"},{"name":"no","type":"autonumber"},{"name":"day","label":"Date","type":"date"}]}"#,
        );
        let schema = read(Value::root(&schema)).unwrap();
        let options = document(options);
        let options = ImportOptions::read(Value::root(&options).as_object().unwrap()).unwrap();
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        let mapping = resolve(&header, &[], &schema, &options, None).map_err(|problem| problem.message)?;
        Ok(mapping.to_json(&header))
    }

    #[test]
    fn mappings_are_given_or_suggested() {
        assert_eq!(
            resolved(&["Amount", "DATE", "e-mail", "other"], "{}").unwrap(),
            r#"{"Amount":{"column":"amount"},"DATE":{"column":"day"},"e-mail":{"column":"email"},"other":null}"#
        );
        let given = r#"{"mapping":{"a":"amount","B":{"column":"day","date_order":"dmy"}}}"#;
        assert_eq!(
            resolved(&["a", "b", "c"], given).unwrap(),
            r#"{"a":{"column":"amount"},"b":{"column":"day","date_order":"dmy"},"c":null}"#
        );
    }

    #[test]
    fn a_mapping_is_laid_over_what_would_be_followed() {
        for (header, mapping, expected) in [
            (&["Amount", "day"][..], r#"{"day":null}"#, r#"{"Amount":{"column":"amount"},"day":null}"#),
            (&["Amount", "x"], r#"{"x":"name"}"#, r#"{"Amount":{"column":"amount"},"x":{"column":"name"}}"#),
            // What it names is filled by nothing else.
            (&["Amount", "x"], r#"{"x":"amount"}"#, r#"{"x":{"column":"amount"},"Amount":null}"#),
            (
                &["Amount", "day", "x"],
                r#"{"*":null,"x":"name"}"#,
                r#"{"x":{"column":"name"},"Amount":null,"day":null}"#,
            ),
            // How its cells are read is not where it goes.
            (
                &["Amount", "day"],
                r#"{"day":{"date_order":"dmy"}}"#,
                r#"{"Amount":{"column":"amount"},"day":{"column":"day","date_order":"dmy"}}"#,
            ),
            (&["*", "day"], r#"{"*":"name"}"#, r#"{"*":{"column":"name"},"day":{"column":"day"}}"#),
            (&["_record_id", "name"], r#"{"_record_id":null}"#, r#"{"name":{"column":"name"},"_record_id":null}"#),
            (&["_record_id", "name"], r#"{"*":null,"name":"name"}"#, r#"{"name":{"column":"name"}}"#),
            (
                &["_record_id", "name", "day"],
                r#"{"_record_id":"name","name":null}"#,
                r#"{"_record_id":{"column":"name"},"day":{"column":"day"},"name":null}"#,
            ),
        ] {
            let found = resolved(header, &format!("{{\"mapping\":{mapping}}}")).unwrap();
            assert_eq!(found, expected, "{mapping}");
        }
    }

    #[test]
    fn a_remembered_mapping_is_followed_and_laid_over() {
        let schema = document(r#"{"columns":[{"name":"amount","type":"integer"},{"name":"day","type":"date"}]}"#);
        let schema = read(Value::root(&schema)).unwrap();
        let remembered = document(r#"{"A":{"column":"amount"},"day":null,"c":{"column":"gone"},"_record_id":null}"#);
        let remembered = read_mapping(Value::root(&remembered)).unwrap();
        let header: Vec<String> = ["a", "day", "c", "_record_id"].map(str::to_owned).into();
        for (options, expected) in [
            ("{}", "amount remembered, none remembered, none remembered, none remembered"),
            (r#"{"mapping":{"day":"day"}}"#, "amount remembered, day mapping, none remembered, none remembered"),
            (r#"{"mapping":{"c":"amount"}}"#, "none mapping, none remembered, amount mapping, none remembered"),
            (r#"{"mapping":{"*":null,"c":"day"}}"#, "none mapping, none mapping, day mapping, none mapping"),
        ] {
            let options = document(options);
            let options = ImportOptions::read(Value::root(&options).as_object().unwrap()).unwrap();
            let found = follow(&header, &[], &schema, &options, Some(&remembered)).unwrap();
            let found: Vec<String> = found
                .iter()
                .map(|one| format!("{} {}", one.mapped.column.as_deref().unwrap_or("none"), one.origin.name()))
                .collect();
            assert_eq!(found.join(", "), expected);
            assert_eq!(resolve(&header, &[], &schema, &options, Some(&remembered)).unwrap().record_id, None);
        }
    }

    #[test]
    fn records_are_found_by_what_the_file_has() {
        for (header, options, expected) in [
            (
                &["name", "x"][..],
                r#"{"match_on":"day"}"#,
                "match_on names \"day\", which no column of the file is mapped to.",
            ),
            (&["name", "day"], r#"{"match_on":["name","day"],"mapping":{"day":null}}"#, "match_on names \"day\""),
            (&["name"], r#"{"match_on":"gone"}"#, "The table has no column \"gone\", which match_on names."),
            (&["name"], r#"{"on_match":"replace"}"#, "The options say what becomes of records that are there"),
            (&["name"], r#"{"on_new":"skip"}"#, "The options say what becomes of records that are there"),
            (
                &["_record_id", "name"],
                r#"{"on_match":"fill","mapping":{"_record_id":null}}"#,
                "The options say what becomes of records that are there",
            ),
        ] {
            let found = resolved(header, options).unwrap_err();
            assert!(found.starts_with(expected), "{found}");
        }
        assert!(resolved(&["_record_id", "name"], r#"{"on_match":"replace","on_new":"skip"}"#).is_ok());
        assert!(resolved(&["name"], r#"{"on_match":"replace","match_on":"name"}"#).is_ok());
    }

    #[test]
    fn mappings_that_cannot_be_are_refused() {
        for (header, options, expected) in [
            (&["x"][..], "{}", "No column of the file is mapped"),
            (&["a"], r#"{"mapping":{"a":"no"}}"#, "The column \"no\" is filled by the server."),
            (&["a"], r#"{"mapping":{"a":"gone"}}"#, "The table has no column \"gone\""),
            (&["a"], r#"{"mapping":{"a":"day","z":"name"}}"#, "The file has no column \"z\""),
            (&["a", "b"], r#"{"mapping":{"a":"day","b":"day"}}"#, "Two columns of the file"),
            (&["a"], r#"{"mapping":{"a":"day","*":{"date_order":"dmy"}}}"#, "The file has no column \"*\""),
            (&["{\"a\": 1", "x"], r#"{"create_columns":true}"#, "The file begins as JSON does"),
        ] {
            let found = resolved(header, options).unwrap_err();
            assert!(found.starts_with(expected), "{found}");
        }
    }

    #[test]
    fn what_is_neither_named_nor_suggested_nor_left_out_becomes_a_column() {
        let schema = document(
            r#"{"columns":[{"name":"amount","type":"integer"},{"name":"no","type":"autonumber"},{"name":"day","type":"date"}]}"#,
        );
        let schema = read(Value::root(&schema)).unwrap();
        let remembered =
            document(r#"{"A":{"column":"amount"},"day":null,"c":{"column":"gone"},"x":null,"_record_id":null}"#);
        let remembered = read_mapping(Value::root(&remembered)).unwrap();
        for (header, mapping, is_remembered, expected, made) in [
            (&["Amount", "no", "x", "y"][..], "{}", false, r#"{"Amount":{"column":"amount"},"no":null}"#, &[2, 3][..]),
            (&["Amount", "x", "y"], r#"{"x":null}"#, false, r#"{"Amount":{"column":"amount"},"x":null}"#, &[2]),
            (
                &["Amount", "x", "y"],
                r#"{"*":null,"x":{"decimal_mark":","},"Amount":"amount"}"#,
                false,
                r#"{"Amount":{"column":"amount"},"y":null}"#,
                &[1],
            ),
            // What a named column takes away is free to be made, or to go elsewhere.
            (&["Amount", "x"], r#"{"x":"amount"}"#, false, r#"{"x":{"column":"amount"}}"#, &[0]),
            // How a column is read does not say where it goes.
            (
                &["day", "x"],
                r#"{"DAY":{"date_order":"dmy"}}"#,
                false,
                r#"{"day":{"column":"day","date_order":"dmy"}}"#,
                &[1],
            ),
            (&["day", "x"], r#"{"x":"day","day":{"date_order":"dmy"}}"#, false, r#"{"x":{"column":"day"}}"#, &[0]),
            // What was left out when the header came last is made now; ids stay where they were.
            (
                &["a", "day", "c", "x", "_record_id"],
                "{}",
                true,
                r#"{"a":{"column":"amount"},"day":{"column":"day"},"_record_id":null}"#,
                &[2, 3],
            ),
            (
                &["a", "day", "c", "x"],
                r#"{"c":"amount","x":null}"#,
                true,
                r#"{"day":{"column":"day"},"c":{"column":"amount"},"x":null}"#,
                &[0],
            ),
        ] {
            let options = document(&format!(r#"{{"create_columns":true,"mapping":{mapping}}}"#));
            let options = ImportOptions::read(Value::root(&options).as_object().unwrap()).unwrap();
            let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
            let remembered = Some(&remembered).filter(|_| is_remembered);
            let found = resolve(&header, &[], &schema, &options, remembered).unwrap();
            assert_eq!(found.to_json(&header), expected, "{mapping}");
            let places: Vec<usize> = found.unmatched.iter().map(|unmatched| unmatched.cell).collect();
            assert_eq!(places, made, "{mapping}");
        }
    }
}
