//! Properties of index keys over drawn values. What is expected is computed another way than keys are.
mod definitions;
mod order;
mod ranges;
mod samples;
mod texts;

use super::{IndexColumn, KeyValue, RecordIndex, encode};
use crate::core::fields::{Options, Rule};
use crate::core::jsonb::Value;
use crate::core::jsonb::fixture::document;
use std::cmp::Ordering;

/// The rule of a type, from its options as JSON.
fn rule(kind: &str, options: &str) -> Rule {
    let bytes = document(options);
    Rule::read(kind, Options::new(Value::root(&bytes).as_object())).unwrap()
}

/// A column of the rule in one of the four sort orders.
fn column(rule: &Rule, is_descending: bool, is_empty_first: bool) -> IndexColumn<'_> {
    let column = IndexColumn::new(rule).unwrap();
    let column = if is_descending { column.descending() } else { column };
    if is_empty_first { column.empty_first() } else { column }
}

const SORT_ORDERS: [(bool, bool); 4] = [(false, false), (true, false), (false, true), (true, true)];

/// The only key of a record whose indexed columns have these values.
fn key(index: &RecordIndex<'_>, values: &[Option<Value<'_>>]) -> Vec<u8> {
    let mut keys = index.keys(values);
    assert_eq!(keys.len(), 1);
    keys.remove(0)
}

fn is_cut(column: &IndexColumn<'_>, value: KeyValue<'_>) -> bool {
    encode::append(value, column.key_type(), &mut Vec::new())
}

fn directed(order: Ordering, is_descending: bool) -> Ordering {
    if is_descending { order.reverse() } else { order }
}
