//! Queries over the records of a custom table: the functions of sql/install/query.sql. src/core/query reads a query and evaluates it.
//!
//! Records are read with the caller's rights and row security. The entries of indexes, on which API roles have no rights, are read natively: they
//! say which records are worth reading, never what one holds.
mod advice;
mod count;
mod functions;
mod output;
mod page;
mod plan;
mod run;
mod source;
mod titles;
mod view;
mod walk;

pub use functions::page_of;
