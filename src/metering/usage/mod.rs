//! Usage: counters on an owner's row that follow the rows of other tables, and the limits they stop at.
//!
//! A counter is `immediate`: a column of the owner's row, whose writers wait for each other; or `sharded`: the column and a number of
//! slots in `usage_slots`, of which each writer takes one that is free. A slot of a limited counter holds its share of what the limit
//! still allows, so that no two writers together can pass it ([`sharded`]). Who may wait for whom is said in [`order`].
mod add;
mod begin;
mod changes;
mod counter;
mod functions;
mod immediate;
mod key_change;
pub mod lock_order;
mod maintained;
#[cfg(feature = "pg_test")]
mod server_tests;
mod sharded;
mod trigger;

pub use maintained::counter_columns;
