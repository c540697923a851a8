//! Credits: grants that are spent in order, and a ledger of all that happened to them.
//!
//! An account's row in `credit_accounts` is held by whoever changes its credits, so its grants, entries and operations are one writer's at a
//! time. First of all it is brought up to date ([`account::Account::open`]): what expired leaves, and a grant of a period that has passed
//! begins the next. So no job has to run for an answer to be right.
mod account;
mod close;
mod functions;
#[cfg(feature = "pg_test")]
mod server_tests;
