//! Tenancy: who asks, which tenants they belong to, and rows that stay with their tenant.
mod actors;
pub mod admission;
mod guard;
mod inherit;
mod own_trigger;
mod parents;
mod proof;
#[cfg(feature = "pg_test")]
mod server_tests;
mod service;
