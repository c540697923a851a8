//! Invitations: hashed tokens that are accepted once.
//!
//! Whoever accepts is no member yet and may see neither table; the token is what gives the right. So accepting works as the owner of the
//! invitations, and the membership must be a table of the same owner.
mod functions;
mod guard;
#[cfg(feature = "pg_test")]
mod server_tests;
