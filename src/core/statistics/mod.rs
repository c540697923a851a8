//! Statistics of a table's live records: counters that can be added up, and figures of columns that one pass over the records makes.
//!
//! The counters of a record depend on the record and on the table's schema alone, so what a statement changes is the difference of the counters before
//! and after it, and counting all records anew gives the same as adding up all differences.
mod counts;
mod figures;

pub use counts::{Counts, Tally};
pub use figures::{Figures, TOP};

use crate::core::fields::Choices;
use crate::core::fields::Rule;
use crate::core::jsonb::Value;
use crate::core::schema::{Column, Common, Schema, Stored};

/// The options of a column with more of them are not counted one by one.
pub const MAX_OPTIONS: usize = 200;

/// A common field of a record; none where it is empty.
fn common_value<'a>(record: &Stored<'a>, common: Common) -> Option<Value<'a>> {
    record.commons[common as usize].filter(|text| !text.is_empty()).map(|text| Value::String(text.as_bytes()))
}

/// The value of a column; none where the column counts it as none.
fn value<'a>(record: &Stored<'a>, column: &Column) -> Option<Value<'a>> {
    let value = match column.common {
        Some(common) => common_value(record, common),
        None => column.held_in(record),
    };
    value.filter(|value| !column.rule.is_no_value(value))
}

/// Whether a column has values of its own: what the record's row says, such as when it was made, is always there.
pub fn is_counted(column: &Column) -> bool {
    !matches!(column.rule, Rule::Computed)
}

/// The options of a column that are counted one by one.
fn options<'s>(column: &'s Column, schema: &'s Schema) -> Option<&'s Choices> {
    let choices = match &column.rule {
        Rule::Select(choices) | Rule::MultiSelect(choices) => choices,
        Rule::Status => &schema.statuses,
        _ => return None,
    };
    Some(choices).filter(|choices| choices.count() <= MAX_OPTIONS)
}

/// The common fields that no column defines.
pub fn undefined_commons(schema: &Schema) -> impl Iterator<Item = Common> + '_ {
    let is_defined = |common: &Common| schema.columns.iter().any(|column| column.common == Some(*common));
    Common::ALL.into_iter().filter(move |common| !is_defined(common))
}

/// What the counters of a table's records depend on: where two schemas agree in it, the counters stay as they are.
pub fn form(schema: &Schema) -> String {
    let mut columns: Vec<String> = schema
        .columns
        .iter()
        .filter(|column| is_counted(column))
        .map(|column| {
            let rule = &column.rule;
            let keeps_empty = !rule.is_no_value(&Value::String(b""));
            let place = (&column.key_id, &column.name, &column.former, column.common);
            format!("{:?}", (place, rule.is_list(), keeps_empty, options(column, schema).map(Choices::all_names)))
        })
        .collect();
    columns.sort_unstable();
    format!("{columns:?} {:?}", schema.statuses.all_names())
}
