//! Audit: what each statement changed, written to a table of the user's, and what can be told and taken back from it.
//!
//! The trigger walks a statement's transition tables and writes one event a row; what a soft delete marks alike is one event. An event
//! of an UPDATE holds the changed columns, as they were and as they are, so that a row's past is found by going back from the present
//! ([`trail`]), and a transaction is taken back column by column ([`undo`]).
#[cfg(feature = "pgrx")]
mod actor;
pub mod address;
pub mod definition;
#[cfg(feature = "pgrx")]
mod functions;
#[cfg(feature = "pgrx")]
mod image;
#[cfg(feature = "pgrx")]
mod log;
#[cfg(feature = "pgrx")]
mod number;
#[cfg(feature = "pgrx")]
mod part;
pub mod trail;
#[cfg(feature = "pgrx")]
mod trigger;
#[cfg(feature = "pgrx")]
pub mod undo;
