//! Queries over the records of a custom table: filter, sort, page. Reads the JSON of a query and evaluates it.
//!
//! A filter is two-valued: a condition holds for a record or it does not, `not` is its complement, and a negative operator holds exactly where its
//! positive twin does not. So negative operators match empty values.
mod evaluate;
mod model;
mod moment;
mod operators;
#[cfg(test)]
mod oracle;
mod read;
mod record;
mod sort;
mod value;

pub use evaluate::Evaluator;
pub use model::{
    Bounds, Condition, DateTest, Direction, FieldPath, Filter, Ids, InstantTest, NumberTest, Quantifier, Query,
    QueryColumn, SortBy, SortEntry, Test, TextTest,
};
pub use moment::{Clock, FixedOffset, TimeZone, TimeZones};
pub use operators::{Family, Operator};
pub use read::{MAX_CONDITIONS, MAX_DEPTH, MAX_LIMIT, MAX_VALUES, read};
pub use record::{Record, Titles};
pub use sort::{SortKey, Sorter};
