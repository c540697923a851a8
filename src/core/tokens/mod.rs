//! API tokens without a server: their format with its checksum, and scopes.
pub mod format;
pub mod scope;
