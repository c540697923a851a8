//! Imports: files into records and records into files. The functions of sql/install/import.sql; src/core/import reads and writes files.
//!
//! Everything is read and written with the caller's rights and row security: the tables of imports are the caller's, like records. [`guard`] refuses what is
//! written there by hand. Only the counts of [`functions`] are read as the owner, for viewers of the table.
pub mod audited;
mod batch;
mod choices;
mod chunks;
mod conversion;
mod export;
mod feed;
mod functions;
mod guard;
mod held;
mod home;
mod job;
mod links;
mod matching;
mod new_columns;
mod preview;
mod record;
mod report;
mod row;
mod run;
mod run_functions;
mod state;
mod table;
mod touched;
mod undo;
mod waiting;
mod write;
