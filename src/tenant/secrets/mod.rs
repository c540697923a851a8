//! Secrets that the database keeps but does not know: passwords of connections, access tokens of others.
//!
//! A secret is bound to where it belongs, so that nobody can read one by copying it into a row of their own. The keys are in a file that only a
//! superuser's setting names; neither a dump nor a replica has them.
mod functions;
#[cfg(feature = "pg_test")]
mod server_tests;
