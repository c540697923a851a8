//! Search: the SQL functions, and the trigger that keeps search vectors.
mod found;
pub mod functions;
#[cfg(feature = "pg_test")]
mod server_tests;
mod trigger;

pub use functions::{setting_of, wanted};
