//! Which column of the table each column of a file is, and how its cells are read.
use super::columns::{ColumnFacts, DateOrder, DecimalMark, Plan};
use super::error_file::{PROBLEMS_COLUMN, ROW_COLUMN, is_error_file};
use super::header::header_key;
use super::options::{ImportOptions, Mapped};
use super::source::{Problem, ProblemClass};
use super::suggest::{Suggestion, Target, suggest};
use crate::core::fields::Rule;
use crate::core::fields::fold::fold_text;
use crate::core::fields::shown;
use crate::core::jsonb::JsonObjectWriter;
use crate::core::schema::{Common, Schema};
use crate::core::work;
use std::collections::{BTreeMap, HashSet};

/// The column of an exported file that holds the ids of records.
pub const RECORD_ID_COLUMN: &str = "_record_id";

/// A suggestion of a lower score is shown, and not followed unasked.
const FOLLOWED_SCORE: f64 = 0.6;

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
}

/// Where the mapping comes from that is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Given,
    Remembered,
    Suggested,
}

/// The columns that can be imported into: those of the schema, and common fields that it does not have.
pub fn targets(schema: &Schema) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    for column in schema.in_order() {
        work::step();
        let choices = match &column.rule {
            Rule::Select(choices) | Rule::MultiSelect(choices) => names(choices.all_names()),
            Rule::Status => names(schema.statuses.all_names()),
            _ => Vec::new(),
        };
        targets.push(Target {
            name: column.name.clone(),
            label: column.label.clone(),
            field_type: column.kind.clone(),
            choices,
            is_computed: column.rule.is_computed() || matches!(column.rule, Rule::Autonumber(_)),
        });
    }
    for common in Common::ALL {
        if schema.column(common.name()).is_none() {
            let (field_type, choices) = match common {
                Common::Email if schema.settings.check_email => ("email", Vec::new()),
                Common::Status => ("status", names(schema.statuses.all_names())),
                _ => ("text", Vec::new()),
            };
            targets.push(Target {
                name: common.name().to_owned(),
                label: String::new(),
                field_type: field_type.to_owned(),
                choices,
                is_computed: false,
            });
        }
    }
    targets
}

fn names(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// A name or a label, but for case and width, has at least this score.
const NAMED_SCORE: f64 = 0.95;

/// Suggestions for a file's columns, in their order, without those that rowkit wrote itself. Who is named as a column of the table is that one, whatever
/// it holds; content tells the others.
pub fn suggestions(header: &[String], facts: &[ColumnFacts], targets: &[Target]) -> Vec<Suggestion> {
    let is_free = |suggestion: &Suggestion| !is_own(&header[suggestion.file_column], header);
    let named = suggest(header, &[], targets).into_iter().filter(|suggestion| suggestion.score >= NAMED_SCORE);
    let mut found: Vec<Suggestion> = named.filter(is_free).collect();
    let mut others = header.to_vec();
    let mut left: Vec<Target> = targets.to_vec();
    for suggestion in &found {
        others[suggestion.file_column].clear();
        left[suggestion.target].is_computed = true;
    }
    let by_content = suggest(&others, facts, &left).into_iter();
    found.extend(by_content.filter(|suggestion| !others[suggestion.file_column].is_empty() && is_free(suggestion)));
    found.sort_by_key(|suggestion| suggestion.file_column);
    found
}

fn is_own(name: &str, header: &[String]) -> bool {
    let folded = fold_text(name);
    folded == RECORD_ID_COLUMN || (is_error_file(header) && (folded == ROW_COLUMN || folded == PROBLEMS_COLUMN))
}

fn wrong(message: String) -> Problem {
    Problem::new(ProblemClass::Malformed, "import.mapping", message)
}

/// The mapping that is followed: the given one, else the one remembered for this header, else suggestions.
pub fn resolve(
    header: &[String],
    facts: &[ColumnFacts],
    schema: &Schema,
    options: &ImportOptions,
    remembered: Option<&BTreeMap<String, Mapped>>,
) -> Result<(Mapping, Origin), Problem> {
    let targets = targets(schema);
    let (chosen, origin) = match (&options.mapping, remembered) {
        (Some(given), _) => (given.clone(), Origin::Given),
        (None, Some(remembered)) => {
            // Columns that were deleted since are not asked for again.
            let is_there =
                |mapped: &Mapped| mapped.column.as_deref().is_none_or(|name| find(&targets, schema, name).is_some());
            let kept = remembered.iter().filter(|(_, mapped)| is_there(mapped));
            (kept.map(|(name, mapped)| (name.clone(), mapped.clone())).collect(), Origin::Remembered)
        }
        (None, None) => {
            let found = suggestions(header, facts, &targets);
            let followed = found.into_iter().filter(|suggestion| suggestion.score >= FOLLOWED_SCORE);
            let mapped = |suggestion: Suggestion| {
                let column = Some(targets[suggestion.target].name.clone());
                (header[suggestion.file_column].clone(), Mapped { column, ..Mapped::default() })
            };
            (followed.map(mapped).collect(), Origin::Suggested)
        }
    };
    let mut mapping =
        Mapping { record_id: header.iter().position(|name| fold_text(name) == RECORD_ID_COLUMN), ..Mapping::default() };
    let mut taken: HashSet<&str> = HashSet::new();
    let mut used: HashSet<&str> = HashSet::new();
    for (cell, name) in header.iter().enumerate() {
        work::step();
        let entry = chosen.get_key_value(name);
        let entry = entry.or_else(|| chosen.iter().find(|(key, _)| fold_text(key) == fold_text(name)));
        if let Some((key, _)) = entry {
            used.insert(key);
        }
        let wanted = entry.and_then(|(_, mapped)| Some((mapped, mapped.column.as_deref()?)));
        let Some((mapped, column)) = wanted.filter(|_| !is_own(name, header)) else {
            if !is_own(name, header) {
                mapping.left_out.push(name.clone());
            }
            continue;
        };
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
        let facts = facts.get(cell);
        mapping.columns.push(MappedColumn {
            cell,
            column: target.name.clone(),
            plan: plan(&target.field_type, mapped, facts, options, mapping.record_id.is_some()),
        });
    }
    if origin == Origin::Given
        && let Some((name, _)) = chosen.iter().find(|(name, _)| !used.contains(name.as_str()))
    {
        return Err(wrong(format!("The file has no column \"{}\", which the mapping names.", shown(name)))
            .hint(format!("Its columns are {}.", listed(header))));
    }
    if mapping.columns.is_empty() {
        return Err(wrong("No column of the file is mapped to a column of the table.".to_owned())
            .hint("Give a mapping: {\"mapping\": {\"column of the file\": \"column of the table\"}}."));
    }
    Ok((mapping, origin))
}

fn listed(header: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut names: Vec<String> = header.iter().take(SHOWN).map(|name| shown(name).into_owned()).collect();
    if header.len() > SHOWN {
        names.push(format!("and {} more", header.len() - SHOWN));
    }
    names.join(", ")
}

fn find<'a>(targets: &'a [Target], schema: &Schema, name: &str) -> Option<&'a Target> {
    let name = schema.named(name).map_or(name, |column| &column.name);
    targets.iter().find(|target| target.name == name)
}

/// `is_export`: rowkit wrote the file.
fn plan(
    field_type: &str,
    mapped: &Mapped,
    facts: Option<&ColumnFacts>,
    options: &ImportOptions,
    is_export: bool,
) -> Plan {
    let found_order = if is_export { Some(DateOrder::Ymd) } else { facts.and_then(|facts| facts.order_of_dates) };
    let found_mark = if is_export { Some(DecimalMark::Point) } else { facts.and_then(|facts| facts.mark_of_numbers) };
    Plan {
        field_type: field_type.to_owned(),
        date_order: mapped.date_order.or(options.date_order).or(found_order),
        decimal_mark: mapped.decimal_mark.or(options.decimal_mark).or(found_mark),
        offset: options.utc_offset.clone(),
        has_minor_units: options.has_minor_units,
    }
}

impl Mapping {
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
    use super::{Origin, resolve};
    use crate::core::import::options::ImportOptions;
    use crate::core::jsonb::{Value, fixture::document};
    use crate::core::schema::read;

    fn resolved(header: &[&str], options: &str) -> Result<String, String> {
        let schema = document(
            r#"{"columns":[{"name":"amount","type":"integer"},{"name":"no","type":"autonumber"},{"name":"day","label":"Date","type":"date"}]}"#,
        );
        let schema = read(Value::root(&schema)).unwrap();
        let options = document(options);
        let options = ImportOptions::read(Value::root(&options).as_object().unwrap()).unwrap();
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        let (mapping, origin) = resolve(&header, &[], &schema, &options, None).map_err(|problem| problem.message)?;
        assert_eq!(origin == Origin::Given, options.mapping.is_some());
        Ok(mapping.to_json(&header))
    }

    #[test]
    fn mappings_are_given_or_suggested() {
        assert_eq!(
            resolved(&["Amount", "DATE", "e-mail", "other"], "{}").unwrap(),
            r#"{"Amount":{"column":"amount"},"DATE":{"column":"day"},"e-mail":{"column":"email"},"other":null}"#
        );
        // A file of rowkit's own has one order and one mark.
        assert_eq!(
            resolved(&["_record_id", "day"], "{}").unwrap(),
            r#"{"day":{"column":"day","date_order":"ymd","decimal_mark":"."}}"#
        );
        let given = r#"{"mapping":{"a":"amount","B":{"column":"day","date_order":"dmy"}}}"#;
        assert_eq!(
            resolved(&["a", "b", "c"], given).unwrap(),
            r#"{"a":{"column":"amount"},"b":{"column":"day","date_order":"dmy"},"c":null}"#
        );
    }

    #[test]
    fn mappings_that_cannot_be_are_refused() {
        for (header, options, expected) in [
            (&["x"][..], "{}", "No column of the file is mapped"),
            (&["a"], r#"{"mapping":{"a":"no"}}"#, "The column \"no\" is filled by the server."),
            (&["a"], r#"{"mapping":{"a":"gone"}}"#, "The table has no column \"gone\""),
            (&["a"], r#"{"mapping":{"a":"day","z":"name"}}"#, "The file has no column \"z\""),
            (&["a", "b"], r#"{"mapping":{"a":"day","b":"day"}}"#, "Two columns of the file"),
        ] {
            let found = resolved(header, options).unwrap_err();
            assert!(found.starts_with(expected), "{found}");
        }
    }
}
