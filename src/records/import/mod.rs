//! Imports: files into records and records into files. The functions of sql/install/import.sql; src/core/import reads and writes files.
//!
//! Everything is read and written with the caller's rights and row security: the tables of imports are the caller's, like records.
mod batch;
mod choices;
mod chunks;
mod export;
mod feed;
mod functions;
mod home;
mod job;
mod links;
mod matching;
mod preview;
mod record;
mod run;
mod run_functions;
mod state;
mod undo;
mod write;
