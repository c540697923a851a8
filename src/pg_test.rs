//! What `cargo pgrx test` asks of the crate: it starts a server of its own, installs the extension there and calls each `#[pg_test]` in a transaction
//! that is rolled back. The helpers of the tests are in [`crate::pg::testing`].

/// Called by each test before it connects.
pub fn setup(_options: Vec<&str>) {}

/// Nothing of this cluster must outlive a crash.
#[must_use]
pub fn postgresql_conf_options() -> Vec<&'static str> {
    vec!["fsync = off", "full_page_writes = off", "synchronous_commit = off", "timezone = 'UTC'"]
}
