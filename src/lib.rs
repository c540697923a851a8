//! rowkit: the data layer of a multi-tenant application, native in PostgreSQL.
#![deny(unsafe_code)]

pub mod fields;
pub mod json_schema;
pub mod jsonb;
pub mod schema;
pub mod validate;
