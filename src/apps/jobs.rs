//! The SQL functions of sql/install/jobs.sql that change a table: with the caller's rights, and with its owner's where the caller has those, so that
//! a job of a superuser runs no other role's triggers as a superuser.
use crate::core::sql::sql;
use crate::pg::error::{Error, Result};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter};
use pgrx::pg_extern;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;

/// The table named, else the one of that name on the search_path.
fn find(named: Option<Regclass>, name: &str) -> Result<Oid> {
    named.map(|named| named.0).or_else(|| relation::on_path(name)).ok_or_else(|| {
        Error::undefined_object(format!("there is no table {name} on the search_path"))
            .hint(format!("Name it: {name} => 'app.{name}'."))
    })
}

/// Runs a job's statement on a table; how many rows it changed.
fn run(table: Oid, sql: &str, parameters: &[Parameter<'_>]) -> Result<i64> {
    rights::as_caller(table, || spi::execute(sql, parameters, Mode::Write)).map(|rows| rows as i64)
}

#[pg_extern(sql = false)]
fn reset_weekly_lead_counts(queries: Option<Regclass>, time_zone: Option<&str>) -> Result<i64, ErrorReport> {
    let time_zone = time_zone.ok_or_else(|| Error::required("time_zone"))?;
    let queries = find(queries, "queries")?;
    let sql = sql!("jobs/reset_weekly_lead_counts.sql", table = relation::quoted_name(queries));
    Ok(run(queries, &sql, &[Parameter::Text(time_zone)])?)
}

#[pg_extern(sql = false)]
fn cleanup_expired_exports(export_jobs: Option<Regclass>) -> Result<i64, ErrorReport> {
    let export_jobs = find(export_jobs, "export_jobs")?;
    Ok(run(export_jobs, &sql!("jobs/cleanup_expired_exports.sql", table = relation::quoted_name(export_jobs)), &[])?)
}

#[pg_extern(sql = false)]
fn update_topic_trends(trends: Option<Regclass>) -> Result<i64, ErrorReport> {
    let trends = find(trends, "trends")?;
    Ok(run(trends, &sql!("jobs/update_topic_trends.sql", table = relation::quoted_name(trends)), &[])?)
}
