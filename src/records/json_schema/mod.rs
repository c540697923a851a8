//! JSON Schema for any jsonb, as SQL functions and a trigger.
#[cfg(feature = "bench")]
mod bench;
mod functions;
#[cfg(feature = "pg_test")]
mod server_tests;
