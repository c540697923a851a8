//! Tenancy: who asks, which tenants they belong to, and rows that stay with their tenant.
#[cfg(feature = "pgrx")]
mod actors;
#[cfg(feature = "pgrx")]
pub mod admission;
pub mod claims;
#[cfg(feature = "pgrx")]
mod guard;
#[cfg(feature = "pgrx")]
pub mod identity;
#[cfg(feature = "pgrx")]
mod inherit;
#[cfg(feature = "pgrx")]
pub mod membership;
#[cfg(feature = "pgrx")]
mod own_trigger;
#[cfg(feature = "pgrx")]
mod parents;
#[cfg(feature = "pgrx")]
mod proof;
#[cfg(feature = "pgrx")]
mod service;
