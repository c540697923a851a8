//! The settings `rowkit.*`.
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting};

/// Migrations sometimes must write a schema that the UI tables do not give.
static ALLOW_SCHEMA_EDIT: GucSetting<bool> = GucSetting::<bool>::new(false);

/// A compiled schema takes some kilobytes; a pooled session may meet every tenant's tables.
static SCHEMA_CACHE_SIZE: GucSetting<i32> = GucSetting::<i32>::new(20_000);

pub fn register() {
    GucRegistry::define_bool_guc(
        c"rowkit.allow_schema_edit",
        c"Lets tables.schema be written directly where table_columns and table_statuses exist.",
        c"Off, the schema follows those two tables alone.",
        &ALLOW_SCHEMA_EDIT,
        GucContext::Userset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"rowkit.schema_cache_size",
        c"How many compiled schemas a session keeps.",
        c"A session that holds more at the end of a transaction starts over.",
        &SCHEMA_CACHE_SIZE,
        0,
        1_000_000,
        GucContext::Userset,
        GucFlags::default(),
    );
    crate::pg::relation::reserve_setting_prefix(c"rowkit");
}

pub fn allow_schema_edit() -> bool {
    ALLOW_SCHEMA_EDIT.get()
}

pub fn schema_cache_size() -> usize {
    SCHEMA_CACHE_SIZE.get().try_into().unwrap_or(0)
}
