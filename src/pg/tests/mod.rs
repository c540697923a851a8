//! Tests of this folder inside the server, a file for each concern. The features' own tests are `server_tests.rs` in their folders.
mod caches;
mod call;
mod errors;
mod jsonb;
mod limits;
mod relation;
mod rights;
mod search;
mod settings;
mod spi;
mod transition;
mod trigger;
mod value;
mod written;
