//! The model of `tables.schema`: reading, compiling, caching, exporting. Pure Rust.
mod cache;
mod export;
mod model;
mod read;

pub use cache::Cache;
pub use export::export;
pub use model::{Column, ColumnParts, Common, EMPTY, Malformed, RESERVED, Schema, Settings, Stored, UnknownKeys};
pub use read::{read, read_column, read_settings};
