//! Workflows: the SQL functions and the trigger.
mod functions;
#[cfg(feature = "pg_test")]
mod server_tests;
