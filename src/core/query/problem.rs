//! Limits of a query, and the problems that all its parts can have.
use crate::core::fault::{Faults, pointer};
use crate::core::fields::shown;
use crate::core::jsonb::{Members, Value};

/// Groups may be nested so deep.
pub const MAX_DEPTH: usize = 64;
/// A filter may have so many conditions, and as many groups.
pub const MAX_CONDITIONS: usize = 1_000;
/// A list may have so many values.
pub const MAX_VALUES: usize = 10_000;
/// A page may have so many records.
pub const MAX_LIMIT: u32 = 10_000;
/// A pattern takes up to a megabyte of memory.
pub const MAX_PATTERNS: usize = 20;
/// A sort list may have so many columns.
pub const MAX_SORT: usize = 16;

/// Adds that something must be of another kind.
pub fn wrong_type(faults: &mut Faults, at: String, expected: &str, value: Value<'_>) {
    let params = Members::new().text("expected", expected).text("actual", value.kind());
    faults.add_at(at, "query.type", params, format!("must be {expected}, not {}", value.kind()));
}

/// The path of a member below another.
pub fn below(at: &str, key: &str) -> String {
    format!("{at}{}", pointer(&shown(key)))
}
