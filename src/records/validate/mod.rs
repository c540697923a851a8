//! Validation of records: the SQL functions and triggers, unique keys, references and autonumbers.
pub mod autonumber;
pub mod dropped;
mod functions;
pub mod keys;
pub mod links;
mod matching;
mod numbered;
pub mod record_columns;
#[cfg(feature = "pg_test")]
mod server_tests;
pub mod taken;
mod trigger;
