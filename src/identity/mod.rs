//! Who asks, and which tenants they belong to.
pub mod claims;
pub mod membership;
pub mod origin;
