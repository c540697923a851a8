//! What rowkit computes without a server: no module here imports pgrx, and `cargo test` without a `pgNN` feature builds and tests them alone.
pub mod accessors;
pub mod audit;
pub mod autonumber;
pub mod check;
pub mod claims;
pub mod credits;
pub mod fault;
pub mod fields;
pub mod index;
pub mod json_schema;
pub mod jsonb;
pub mod lifecycle;
pub mod pattern;
pub mod query;
#[cfg(test)]
mod random;
pub mod schema;
pub mod search;
pub mod secrets;
pub mod shown;
pub mod sql;
pub mod statistics;
pub mod template;
pub mod tokens;
pub mod usage;
pub mod validate;
pub mod work;
pub mod workflow;
