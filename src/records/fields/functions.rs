//! The SQL functions of sql/install/accessors.sql and phone.sql, and those of transform.sql that are computed.
use crate::core::accessors;
use crate::core::fields::standard_phone;
use crate::core::transform;
use crate::pg::error::Error;
use crate::pg::jsonb::{Jsonb, JsonbResult};
use pgrx::datum::{Date, TimestampWithTimeZone};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;

/// 2000-01-01, from which the server counts, in days since 1970-01-01.
const EPOCH: i64 = 10_957;

#[pg_extern(sql = false, immutable, parallel_safe)]
fn field_text(data: Jsonb<'_>, key: &str) -> Option<String> {
    accessors::field_text(data.value(), key)
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn field_int8(data: Jsonb<'_>, key: &str) -> Option<i64> {
    accessors::field_int8(data.value(), key)
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn field_float8(data: Jsonb<'_>, key: &str) -> Option<f64> {
    accessors::field_float8(data.value(), key)
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn field_bool(data: Jsonb<'_>, key: &str) -> Option<bool> {
    accessors::field_bool(data.value(), key)
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn field_date(data: Jsonb<'_>, key: &str) -> Option<Date> {
    let days = i32::try_from(accessors::field_date(data.value(), key)? - EPOCH).ok()?;
    Date::try_from(days).ok()
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn field_timestamptz(data: Jsonb<'_>, key: &str) -> Option<TimestampWithTimeZone> {
    let microseconds = accessors::field_timestamptz(data.value(), key)? - EPOCH * 86_400_000_000;
    TimestampWithTimeZone::try_from(microseconds).ok()
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn standard_phone(phone: Option<&str>, default_region: Option<&str>) -> Option<String> {
    standard_phone::standard_phone(phone?, default_region)
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn transform_from_record(record: Jsonb<'_>) -> Result<JsonbResult, ErrorReport> {
    let value = record.value();
    let object = value.as_object().ok_or_else(|| {
        Error::invalid_parameter(format!("a JSON object is needed, not {}", value.kind()))
            .hint("Pass one record, such as {\"name\": \"…\", \"email\": \"…\"}.")
    })?;
    let flat = transform::flat(object).ok_or_else(|| Error::limit_reached("the record is larger than 256 MB"))?;
    Ok(JsonbResult::document(flat))
}
