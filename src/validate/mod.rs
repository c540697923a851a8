//! Validation of records: the walk over a record, what it found, and the SQL functions and triggers on top.
mod cast;
mod problem;
mod walk;

pub use problem::{Problem, summary, to_json};
pub use walk::{CommonValue, Commons, Depth, Record, walk};
