//! API tokens: made once, stored as a hash, found by their key id.
//!
//! A token is bounded by its user's role twice: when it is made, and whenever it is used, by the role of that moment ([`scope::narrowed`]). So
//! a row that somebody wrote by another way than `create_api_token`, or a user who lost a role, has no more than the role gives.
mod functions;
mod inactive;
pub mod resolve;
#[cfg(feature = "pg_test")]
mod server_tests;

pub use functions::new_invitation;
