//! Limits of a query, and the problems that all its parts can have.
use crate::core::fault::{Faults, pointer};
use crate::core::fields::{described, shown};
use crate::core::jsonb::{JsonObjectWriter, Value};

/// Maximum depth of a filter; a condition is a level, too.
pub const MAX_DEPTH: usize = 64;
/// Maximum number of conditions in a filter, and of groups.
pub const MAX_CONDITIONS: usize = 1_000;
/// Maximum number of values in a list.
pub const MAX_VALUES: usize = 10_000;
/// Maximum number of records on a page.
pub const MAX_LIMIT: u32 = 10_000;
/// Maximum number of patterns: each takes up to a megabyte of memory.
pub const MAX_PATTERNS: usize = 20;
/// Maximum number of columns in a sort list.
pub const MAX_SORT: usize = 16;

/// Adds that something must have another JSON type.
pub fn wrong_type(faults: &mut Faults, at: String, expected: &str, value: Value<'_>) {
    let article = if matches!(expected, "array" | "object") { "an" } else { "a" };
    let params = JsonObjectWriter::new().text("expected", expected).text("actual", value.kind());
    faults.add_at(at, "query.type", params, format!("must be {article} {expected}, not {}", described(value)));
}

/// The path of a member below another.
pub fn below(at: &str, key: &str) -> String {
    format!("{at}{}", pointer(&shown(key)))
}
