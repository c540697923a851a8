//! The life of a row: soft delete, exact restore, purge.
//!
//! A delete is one batch, a [`batch::Batch`]: it marks its root and all that cascades from it with its number and writes itself down
//! in `deletions`. What cascades is read from the foreign keys ([`graph`]). Parents are locked before their children are looked for,
//! and the guard of each child holds its parents while it checks them, so that nothing comes to live below what is deleted.
pub mod batch;
mod conflict;
mod delete;
mod doomed;
mod emptied;
mod foreign;
mod functions;
mod graph;
mod guard;
mod hard_delete;
mod hold;
mod homes;
mod keyless;
mod link;
mod listing;
mod marked;
mod names;
mod others;
mod parted;
mod permissions;
mod purge;
mod recheck;
mod restore;
mod rows;
#[cfg(feature = "pg_test")]
mod server_tests;

pub use graph::{KEY_COLUMNS, columns};
pub use hard_delete::{forget_deletes, turned_rows};
pub use recheck::{forget_checks, forget_uncommitted_checks, require_checked};
