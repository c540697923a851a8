//! Time-ordered UUIDs (RFC 9562, version 7).
use pgrx::prelude::*;

#[pg_extern(sql = false)]
fn uuid_v7() -> pgrx::Uuid {
    pgrx::Uuid::from_bytes([0; 16])
}
