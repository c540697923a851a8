//! Statistics of custom tables: counters that triggers keep in `record_statistics`, and figures of columns that are computed when somebody asks.
//!
//! A statement adds what it changed to a row of its table, its slot, that no other transaction holds, and makes a new slot where there is none: writers
//! never wait for each other, and the counters of a table are the sum of its slots.
mod functions;
mod store;
mod trigger;

pub use store::rebuild_if_needed;
