//! Validation of records: the walk over a record, what it found, and the SQL functions and triggers on top.
#[cfg(feature = "pgrx")]
pub mod autonumber;
pub mod cast;
mod problem;
mod walk;

#[cfg(feature = "pgrx")]
mod functions;
#[cfg(feature = "pgrx")]
pub mod keys;
#[cfg(feature = "pgrx")]
mod trigger;

pub use problem::{Problem, summary, to_json};
pub use walk::{CommonValue, Commons, Depth, Record, walk};
