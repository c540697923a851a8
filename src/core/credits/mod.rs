//! Credits without a server: which grants a debit takes from.
pub mod allocation;
