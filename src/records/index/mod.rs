//! The index of custom columns: `record_index` holds an entry of ordered bytes for each live record and each index of its table, `table_indexes`
//! says which indexes there are. src/core/index makes the keys; the functions are in sql/install/index.sql.
//!
//! Triggers maintain the entries with each statement. An index is read once it is `ready`; until then a build puts in the entries of the records
//! that were there before it, and writers those of the records that they write. A definition that changes gets a new number.
mod build;
mod definition;
mod drift;
mod follow;
mod guard;
mod relations;
mod store;
mod trigger;

pub use definition::{DEFINITIONS, Definition, definitions};
pub use follow::follow_schema;
pub use store::ENTRIES;
