//! Soft delete without a server: the graph of foreign keys.
pub mod model;
