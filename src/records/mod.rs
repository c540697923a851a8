//! Records of custom tables: their schemas, validation, search, and schemas that follow their columns.
pub mod catalog;
mod fields;
mod hold;
pub mod import;
mod index;
mod json_schema;
mod query;
pub mod rewritten;
pub mod search;
mod statistics;
mod stored;
pub mod sync;
mod under_way;
pub mod validate;
