//! Validation of records without a server: the walk over a record, the problems that it finds, and casting.
pub mod cast;
pub mod form;
pub mod problem;
pub mod walk;

pub use problem::{Problem, summary, to_json};
pub use walk::{CommonFields, CommonValue, Depth, Record, walk};
