//! Queries over the records of a custom table: filter, sort, page. Reads the JSON of a query and evaluates it.
//!
//! A filter is two-valued: a condition holds for a record or it does not, `not` is its complement, and a negative operator holds exactly where its
//! positive twin does not. So negative operators match empty values.
pub mod aggregate;
pub mod cursor;
mod evaluate;
pub mod figures;
mod group;
mod identity;
mod model;
mod operators;
mod problem;
pub mod ranges;
mod read;
mod record;
mod relative_date;
mod sort;
pub mod stored;
#[cfg(test)]
mod tests;
pub mod use_counts;
mod value;
mod zone;

pub use evaluate::Evaluator;
pub use group::{Grouper, MAX_GROUPS, order_of};
pub use model::{
    Bounds, Condition, DateTest, Direction, FieldPath, Filter, Ids, InstantTest, NumberTest, Quantifier, Query,
    QueryColumn, SortBy, SortEntry, Test, TextTest,
};
pub use operators::{Family, Operator};
pub use problem::{MAX_CONDITIONS, MAX_DEPTH, MAX_LIMIT, MAX_PATTERNS, MAX_SORT, MAX_VALUES};
pub use read::{Reader, read, read_with};
pub use record::{Record, TitleColumns, Titles};
pub use relative_date::Clock;
pub use sort::{SortKey, SortPart, Sorter, choice_bytes};
pub use zone::{FixedOffset, TimeZone, TimeZones};
