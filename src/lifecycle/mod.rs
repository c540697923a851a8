//! The life of a row: soft delete, exact restore, purge.
//!
//! A delete is one batch, a [`batch::Batch`]: it marks its root and all that cascades from it with its number and writes itself down
//! in `deletions`. What cascades is read from the foreign keys ([`graph`]). Parents are locked before their children are looked for,
//! and the guard of each child holds its parents while it checks them, so that nothing comes to live below what is deleted.
#[cfg(feature = "pgrx")]
pub mod batch;
#[cfg(feature = "pgrx")]
mod caller;
#[cfg(feature = "pgrx")]
mod conflict;
#[cfg(feature = "pgrx")]
mod delete;
#[cfg(feature = "pgrx")]
mod foreign;
#[cfg(feature = "pgrx")]
mod functions;
#[cfg(feature = "pgrx")]
mod graph;
#[cfg(feature = "pgrx")]
mod guard;
pub mod model;
#[cfg(feature = "pgrx")]
mod names;
#[cfg(feature = "pgrx")]
mod purge;
#[cfg(feature = "pgrx")]
mod restore;

#[cfg(feature = "pgrx")]
pub use graph::KEY_COLUMNS;
