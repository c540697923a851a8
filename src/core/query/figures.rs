//! Reads what is computed of the records of a query, and what they are grouped by.
use super::aggregate::{Aggregate, Function};
use super::operators::Family;
use super::problem::{below, wrong_type};
use super::read::{Reader, present, refuse_unknown, suggestion};
use super::relative_date::Period;
use crate::core::fields::identifier::nearest;
use crate::core::fields::shown;
use crate::core::jsonb::{JsonObjectWriter, Object, Value};
use crate::core::work;

/// So many figures at most.
pub const MAX_FIGURES: usize = 100;
/// So many columns records are grouped by at most.
pub const MAX_LEVELS: usize = 3;

/// A column that records are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    pub column: usize,
    /// Of dates: the period of which the first day is the group's value.
    pub period: Option<Period>,
}

/// Reads `{"total": {"function": "sum", "column": "amount"}, …}`.
pub fn read_aggregates(reader: &mut Reader<'_>, document: Value<'_>) -> Vec<Aggregate> {
    let Value::Object(object) = document else {
        wrong_type(&mut reader.faults, "/aggregates".to_owned(), "object", document);
        return Vec::new();
    };
    if object.len() > MAX_FIGURES {
        let message = format!("must not have more than {MAX_FIGURES} members");
        let params = JsonObjectWriter::new().json("max", MAX_FIGURES);
        reader.add("/aggregates".to_owned(), "query.too_large", params, message);
        return Vec::new();
    }
    let mut aggregates = Vec::new();
    for (name, value) in object.iter() {
        work::step();
        let name = String::from_utf8_lossy(name).into_owned();
        let at = below("/aggregates", &name);
        match value {
            Value::Object(object) => aggregates.extend(read_aggregate(reader, name, object, &at)),
            other => wrong_type(&mut reader.faults, at, "object", other),
        }
    }
    aggregates
}

fn read_aggregate(reader: &mut Reader<'_>, name: String, object: Object<'_>, at: &str) -> Option<Aggregate> {
    refuse_unknown(&mut reader.faults, at, object, &["function", "column"]);
    let function = function(reader, object, at);
    let column = match present(object, "column") {
        Some(_) => {
            let given = reader.required_text(object, "column", at)?;
            Some(reader.column(given, below(at, "column"))?)
        }
        None => None,
    };
    let function = function?;
    match column {
        None if function == Function::Count => {}
        None => {
            let message = format!("is required by {}", function.name());
            reader.add(below(at, "column"), "query.required", JsonObjectWriter::new(), message);
        }
        Some(place) if !function.is_for(reader.columns[place].family) => {
            let family = reader.columns[place].family;
            let fitting: Vec<&str> =
                Function::all().filter(|function| function.is_for(family)).map(Function::name).collect();
            let message = format!(
                "cannot be computed of {}; the functions for it are {}",
                reader.columns[place].name,
                fitting.join(", ")
            );
            reader.add(below(at, "function"), "query.value", JsonObjectWriter::new(), message);
        }
        Some(_) => {}
    }
    Some(Aggregate { name, function, column })
}

fn function(reader: &mut Reader<'_>, object: Object<'_>, at: &str) -> Option<Function> {
    let given = reader.required_text(object, "function", at)?;
    let found = Function::named(given);
    if found.is_none() {
        let given = shown(given);
        let params = JsonObjectWriter::new().text("function", &given);
        let (params, hint) = suggestion(params, nearest(&given, Function::names()));
        let hint =
            hint.unwrap_or_else(|| format!("the functions are {}", Function::names().collect::<Vec<_>>().join(", ")));
        let message = format!("must be a function, not \"{given}\"; {hint}");
        reader.add(below(at, "function"), "query.unknown_function", params, message);
    }
    found
}

/// Reads `["stage", {"column": "due", "period": "month"}]`.
pub fn read_levels(reader: &mut Reader<'_>, document: Value<'_>) -> Vec<Level> {
    let Some(array) = reader.array(document, "/by", MAX_LEVELS) else { return Vec::new() };
    if array.is_empty() {
        reader.add("/by".to_owned(), "query.value", JsonObjectWriter::new(), "must name a column");
    }
    let mut levels = Vec::new();
    for (index, item) in array.iter().enumerate() {
        work::step();
        let at = format!("/by/{index}");
        match item {
            Value::String(_) => {
                let column = item.as_str().and_then(|name| reader.column(name, at));
                levels.extend(column.map(|column| Level { column, period: None }));
            }
            Value::Object(object) => levels.extend(read_level(reader, object, &at)),
            other => wrong_type(&mut reader.faults, at, "object", other),
        }
    }
    for (index, level) in levels.iter().enumerate() {
        let column = &reader.columns[level.column];
        // The groups' values are named by their columns.
        if levels[..index].iter().any(|other| other.column == level.column) {
            let message = format!("names {} again", column.name);
            reader.add(format!("/by/{index}"), "query.value", JsonObjectWriter::new(), message);
            continue;
        }
        if !column.family.can_be_sorted() {
            let message = format!("names {}, by which records cannot be grouped", column.name);
            reader.add(format!("/by/{index}"), "query.unsortable", JsonObjectWriter::new(), message);
        }
    }
    levels
}

fn read_level(reader: &mut Reader<'_>, object: Object<'_>, at: &str) -> Option<Level> {
    refuse_unknown(&mut reader.faults, at, object, &["column", "period"]);
    let name = reader.required_text(object, "column", at)?;
    let column = reader.column(name, below(at, "column"))?;
    let Some(_) = present(object, "period") else { return Some(Level { column, period: None }) };
    let word = reader.required_text(object, "period", at)?;
    let period = Period::named(word);
    let has_days = matches!(reader.columns[column].family, Family::Date | Family::Instant);
    if period.is_none() || !has_days {
        let message = if has_days { "must be day, week, month, quarter or year" } else { "is for dates" };
        reader.add(below(at, "period"), "query.value", JsonObjectWriter::new(), message);
    }
    Some(Level { column, period })
}
