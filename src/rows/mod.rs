//! Rows of any table: soft delete, audit, updated_at.
pub mod audit;
pub mod lifecycle;
mod timestamps;
