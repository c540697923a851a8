//! Import of files: encoding, dialect, rows, column types, suggestions, options, and the files that go back to the user.
//!
//! Nothing is loaded whole: detection reads a bounded sample, readers hold one block and one row.
pub mod budget;
pub mod cell;
pub mod columns;
pub mod csv;
pub mod csv_form;
pub mod dialect;
pub mod encoding;
pub mod error_file;
pub mod export;
pub mod file;
pub mod follow;
pub mod header;
pub mod json;
pub mod mapping;
pub mod new_column;
pub mod open;
pub mod options;
pub mod problem;
pub mod sheet_warnings;
pub mod source;
pub mod stored_row;
pub mod suggest;
pub mod targets;
pub mod workbook;
pub mod write;

#[cfg(test)]
mod tests;
