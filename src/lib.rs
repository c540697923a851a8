//! rowkit: the data layer of a multi-tenant application, native in PostgreSQL.
//!
//! Without a `pgNN` feature only the pure modules are built.
#![deny(unsafe_code)]
#![allow(clippy::result_large_err, reason = "pgrx's ErrorReport is large, and an error ends the statement anyway")]

pub mod accessors;
pub mod audit;
pub mod check;
pub mod credits;
pub mod fields;
pub mod json_schema;
pub mod jsonb;
pub mod lifecycle;
pub mod schema;
pub mod search;
pub mod secrets;
pub mod template;
pub mod tenancy;
pub mod tokens;
pub mod usage;
pub mod validate;
pub mod work;
pub mod workflow;

#[cfg(test)]
mod random;

#[cfg(all(feature = "pgrx", feature = "bench"))]
mod bench;
#[cfg(feature = "pgrx")]
mod blueprint;
#[cfg(feature = "pgrx")]
mod catalog;
#[cfg(feature = "pgrx")]
mod error;
#[cfg(feature = "pgrx")]
mod guc;
#[cfg(feature = "pgrx")]
mod invitations;
#[cfg(feature = "pgrx")]
#[allow(unsafe_code, reason = "the one place that speaks C with the server")]
mod pg;

#[cfg(feature = "pgrx")]
mod sign_in;
#[cfg(feature = "pgrx")]
mod sync;
#[cfg(feature = "pgrx")]
mod timestamps;
#[cfg(feature = "pgrx")]
mod uuid;

#[cfg(feature = "pgrx")]
mod install {
    pgrx::pg_module_magic!(name = c"rowkit", version = c"0.1.0");
    pgrx::extension_sql_file!("../sql/install/requirements.sql", name = "requirements", bootstrap);
    pgrx::extension_sql_file!("../sql/install/uuid.sql", name = "uuid");
    pgrx::extension_sql_file!("../sql/install/timestamps.sql", name = "timestamps");
    pgrx::extension_sql_file!("../sql/install/validate.sql", name = "validate");
    pgrx::extension_sql_file!("../sql/install/json_schema.sql", name = "json_schema");
    pgrx::extension_sql_file!("../sql/install/workflow.sql", name = "workflow");
    pgrx::extension_sql_file!("../sql/install/template.sql", name = "template");
    pgrx::extension_sql_file!("../sql/install/sync.sql", name = "sync", requires = ["validate"]);
    pgrx::extension_sql_file!("../sql/install/search.sql", name = "search", requires = ["validate"]);
    pgrx::extension_sql_file!("../sql/install/accessors.sql", name = "accessors");
    pgrx::extension_sql_file!("../sql/install/tenancy.sql", name = "tenancy");
    pgrx::extension_sql_file!("../sql/install/grants.sql", name = "grants", requires = ["tenancy"]);
    pgrx::extension_sql_file!(
        "../sql/install/tenancy_isolation.sql",
        name = "tenancy_isolation",
        requires = ["tenancy"]
    );
    pgrx::extension_sql_file!(
        "../sql/install/tenancy_report.sql",
        name = "tenancy_report",
        requires = ["tenancy_isolation"]
    );
    pgrx::extension_sql_file!(
        "../sql/install/tenancy_proof.sql",
        name = "tenancy_proof",
        requires = ["tenancy_isolation", "lifecycle"]
    );
    pgrx::extension_sql_file!(
        "../sql/install/tenancy_fence.sql",
        name = "tenancy_fence",
        requires = ["tenancy_proof", "invitations"]
    );
    pgrx::extension_sql_file!("../sql/install/lifecycle.sql", name = "lifecycle", requires = ["tenancy", "uuid"]);
    pgrx::extension_sql_file!("../sql/install/lifecycle_setup.sql", name = "lifecycle_setup", requires = ["lifecycle"]);
    pgrx::extension_sql_file!("../sql/install/lifecycle_purge.sql", name = "lifecycle_purge", requires = ["lifecycle"]);
    pgrx::extension_sql_file!("../sql/install/usage.sql", name = "usage", requires = ["lifecycle"]);
    pgrx::extension_sql_file!("../sql/install/credits.sql", name = "credits", requires = ["uuid"]);
    pgrx::extension_sql_file!("../sql/install/audit.sql", name = "audit", requires = ["tenancy", "uuid"]);
    pgrx::extension_sql_file!("../sql/install/audit_setup.sql", name = "audit_setup", requires = ["audit"]);
    pgrx::extension_sql_file!("../sql/install/jobs.sql", name = "jobs", requires = ["credits", "lifecycle_purge"]);
    pgrx::extension_sql_file!("../sql/install/tokens.sql", name = "tokens", requires = ["jobs", "tenancy", "uuid"]);
    pgrx::extension_sql_file!("../sql/install/invitations.sql", name = "invitations", requires = ["tokens"]);
    pgrx::extension_sql_file!("../sql/install/sign_in.sql", name = "sign_in", requires = ["jobs", "tenancy"]);
    pgrx::extension_sql_file!("../sql/install/secrets.sql", name = "secrets");
    pgrx::extension_sql_file!("../sql/install/transform.sql", name = "transform");
    pgrx::extension_sql_file!("../sql/install/blueprint.sql", name = "blueprint");
    pgrx::extension_sql_file!("../sql/install/rights.sql", name = "rights", finalize);

    #[allow(non_snake_case, reason = "the server looks for this name")]
    #[pgrx::pg_guard]
    pub extern "C-unwind" fn _PG_init() {
        crate::guc::register();
        crate::catalog::register();
    }
}
