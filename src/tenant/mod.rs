//! Tenants and their people: isolation, invitations, API tokens, failed sign-ins, secrets.
mod invitations;
pub mod isolation;
mod secrets;
mod sign_in;
pub mod tokens;
