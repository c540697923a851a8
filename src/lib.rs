//! rowkit: the data layer of a multi-tenant application, native in PostgreSQL.
#![deny(unsafe_code)]

#[cfg(feature = "pgrx")]
pgrx::pg_module_magic!(name = c"rowkit", version = c"0.1.0");

#[cfg(feature = "pgrx")]
mod uuid;

#[cfg(feature = "pgrx")]
pgrx::extension_sql_file!("../sql/install/uuid.sql", name = "uuid");
