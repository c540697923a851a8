//! Audit without a server: the arguments of its triggers, events and their order, addresses, redaction.
pub mod address;
pub mod definition;
pub mod history;
pub mod redaction;
pub mod transaction;
