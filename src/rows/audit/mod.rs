//! Audit: what each statement changed, written to a table of the user's, and what can be told and taken back from it.
//!
//! The trigger walks a statement's transition tables and writes one event a row; what a soft delete marks alike is one event, and so is what an import
//! writes that is to be audited by batch. An event
//! of an UPDATE holds the changed columns, as they were and as they are, so that a row's past is found by going back from the present
//! ([`trail`]), and a transaction is taken back column by column ([`undo`]).
mod actor;
mod event;
mod functions;
mod image;
mod imported;
mod log;
mod maintained;
mod number;
mod part;
#[cfg(feature = "pg_test")]
mod server_tests;
mod table;
mod trigger;
pub mod undo;

pub use maintained::register_counters;
