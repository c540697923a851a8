//! rowkit: the data layer of a multi-tenant application, native in PostgreSQL.
//!
//! Without a `pgNN` feature only [`core`] is built.
#![deny(unsafe_code)]
#![allow(clippy::result_large_err, reason = "pgrx's ErrorReport is large, and an error ends the statement anyway")]

pub mod core;

#[cfg(feature = "pgrx")]
mod apps;
#[cfg(feature = "pgrx")]
mod identity;
#[cfg(feature = "pgrx")]
mod metering;
#[cfg(feature = "pgrx")]
#[allow(unsafe_code, reason = "the one place that speaks C with the server")]
mod pg;
#[cfg(feature = "pgrx")]
mod records;
#[cfg(feature = "pgrx")]
mod rows;
#[cfg(feature = "pgrx")]
mod tenant;

#[cfg(all(test, feature = "pg_test"))]
pub mod pg_test;

#[cfg(feature = "pgrx")]
mod install {
    use std::ffi::CStr;

    /// The release, from Cargo.toml alone.
    const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };
    pgrx::pg_module_magic!(name = c"rowkit", version = VERSION);
    pgrx::extension_sql_file!("../sql/install/requirements.sql", name = "requirements", bootstrap);
    pgrx::extension_sql_file!("../sql/install/comments.sql", name = "comments");
    pgrx::extension_sql_file!("../sql/install/commands.sql", name = "commands");
    pgrx::extension_sql_file!("../sql/install/version.sql", name = "version");
    pgrx::extension_sql_file!("../sql/install/errors.sql", name = "errors");
    pgrx::extension_sql_file!("../sql/install/uuid.sql", name = "uuid");
    pgrx::extension_sql_file!("../sql/install/written.sql", name = "written");
    pgrx::extension_sql_file!("../sql/install/timestamps.sql", name = "timestamps");
    pgrx::extension_sql_file!("../sql/install/validate.sql", name = "validate");
    pgrx::extension_sql_file!("../sql/install/json_schema.sql", name = "json_schema");
    pgrx::extension_sql_file!("../sql/install/workflow.sql", name = "workflow");
    pgrx::extension_sql_file!("../sql/install/template.sql", name = "template");
    pgrx::extension_sql_file!("../sql/install/phone.sql", name = "phone");
    pgrx::extension_sql_file!("../sql/install/sync.sql", name = "sync", requires = ["validate"]);
    pgrx::extension_sql_file!("../sql/install/statistics.sql", name = "statistics");
    pgrx::extension_sql_file!("../sql/install/search.sql", name = "search", requires = ["validate"]);
    pgrx::extension_sql_file!("../sql/install/index.sql", name = "index", requires = ["validate"]);
    pgrx::extension_sql_file!("../sql/install/query.sql", name = "query");
    pgrx::extension_sql_file!("../sql/install/import.sql", name = "import");
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
        requires = ["tenancy_isolation", "api_roles"]
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
    pgrx::extension_sql_file!(
        "../sql/install/lifecycle_deletes.sql",
        name = "lifecycle_deletes",
        requires = ["lifecycle"]
    );
    pgrx::extension_sql_file!("../sql/install/lifecycle_setup.sql", name = "lifecycle_setup", requires = ["lifecycle"]);
    pgrx::extension_sql_file!("../sql/install/lifecycle_purge.sql", name = "lifecycle_purge", requires = ["lifecycle"]);
    pgrx::extension_sql_file!("../sql/install/usage.sql", name = "usage", requires = ["lifecycle"]);
    pgrx::extension_sql_file!("../sql/install/credits.sql", name = "credits", requires = ["uuid", "written"]);
    pgrx::extension_sql_file!("../sql/install/audit.sql", name = "audit", requires = ["tenancy", "uuid"]);
    pgrx::extension_sql_file!(
        "../sql/install/audit_setup.sql",
        name = "audit_setup",
        requires = ["audit", "jobs", "tenancy_isolation"]
    );
    pgrx::extension_sql_file!(
        "../sql/install/api_roles.sql",
        name = "api_roles",
        requires = ["audit", "grants", "lifecycle_setup"]
    );
    pgrx::extension_sql_file!("../sql/install/jobs.sql", name = "jobs", requires = ["credits", "lifecycle_purge"]);
    pgrx::extension_sql_file!("../sql/install/tokens.sql", name = "tokens", requires = ["jobs", "tenancy", "uuid"]);
    pgrx::extension_sql_file!("../sql/install/invitations.sql", name = "invitations", requires = ["tokens"]);
    pgrx::extension_sql_file!("../sql/install/sign_in.sql", name = "sign_in", requires = ["jobs", "tenancy"]);
    pgrx::extension_sql_file!("../sql/install/replication.sql", name = "replication");
    pgrx::extension_sql_file!("../sql/install/secrets.sql", name = "secrets");
    pgrx::extension_sql_file!("../sql/install/transform.sql", name = "transform");
    pgrx::extension_sql_file!("../sql/install/blueprint.sql", name = "blueprint");
    pgrx::extension_sql_file!(
        "../sql/install/blueprint_functions.sql",
        name = "blueprint_functions",
        requires = ["validate"]
    );
    pgrx::extension_sql_file!("../sql/install/monitoring.sql", name = "monitoring", requires = ["tenancy"]);
    pgrx::extension_sql_file!("../sql/install/rights.sql", name = "rights", finalize);

    #[allow(non_snake_case, reason = "the server looks for this name")]
    #[pgrx::pg_guard]
    pub extern "C-unwind" fn _PG_init() {
        crate::pg::guc::register();
        crate::core::work::register(crate::pg::work::HOST);
        crate::pg::executor::register();
        crate::pg::rights::register_confinement();
        crate::pg::invalidation::register(crate::pg::invalidation::Ends {
            before_commit: crate::rows::lifecycle::require_checked,
            transaction: end_transaction,
            savepoint_rollback: forget_uncommitted,
        });
        crate::rows::audit::register_counters(crate::metering::usage::counter_columns);
    }
    fn end_transaction() {
        crate::records::validate::autonumber::forget(0);
        crate::records::validate::dropped::forget();
        crate::identity::membership::forget();
        crate::rows::lifecycle::forget_checks();
        crate::rows::lifecycle::forget_deletes(0);
        crate::records::catalog::end_transaction();
        crate::records::rewritten::end_transaction();
    }

    fn forget_uncommitted(subtransaction: u32) {
        crate::pg::executor::forget(subtransaction);
        crate::records::validate::autonumber::forget(subtransaction);
        crate::records::validate::dropped::forget();
        crate::identity::membership::forget();
        crate::rows::lifecycle::forget_uncommitted_checks(subtransaction);
        crate::rows::lifecycle::forget_deletes(subtransaction);
        crate::records::catalog::forget_uncommitted();
    }
}
