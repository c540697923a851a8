//! SQL functions of single values: typed fields of documents, and standard telephone numbers.
mod functions;
#[cfg(feature = "pg_test")]
mod server_tests;
