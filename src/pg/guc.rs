//! The settings `rowkit.*`.
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting};
use std::ffi::CString;
use std::path::PathBuf;

/// Migrations sometimes must write a schema that the UI tables do not give.
static ALLOW_SCHEMA_EDIT: GucSetting<bool> = GucSetting::<bool>::new(false);

/// A compiled schema takes some kilobytes; a pooled session may meet every tenant's tables.
static MAX_CACHED_SCHEMAS: GucSetting<i32> = GucSetting::<i32>::new(20_000);

/// What tokens begin with, so that one found in a repository or a log is known for what it is.
static TOKEN_PREFIX: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c"rk"));

/// The file of the keys that secrets are encrypted with.
static SECRET_KEY_FILE: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(None);

/// Networks of proxies whose x-forwarded-for header is trusted.
static TRUSTED_PROXIES: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(None);

/// Whether limits and conflicts are raised with SQLSTATEs that name an HTTP status.
static HTTP_ERRORS: GucSetting<bool> = GucSetting::<bool>::new(false);

/// Names of security checks that are left out, with commas between them.
#[cfg(feature = "mutation")]
static TEST_WITHOUT: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(None);

#[cfg(feature = "mutation")]
fn register_test_without() {
    GucRegistry::define_string_guc(
        c"rowkit.test_without",
        c"The security checks that are left out.",
        c"Only in builds that test the tests.",
        &TEST_WITHOUT,
        GucContext::Suset,
        GucFlags::default(),
    );
    crate::core::check::LEFT_OUT.get_or_init(|| {
        |name| {
            TEST_WITHOUT.get().is_some_and(|names| names.to_string_lossy().split(',').any(|left_out| left_out == name))
        }
    });
}
/// Kilobytes, as work_mem. It protects the server from its users, so only a superuser changes it, or who was granted SET
/// on it: a Rust allocation that fails restarts the whole server.
static MAX_WORK_MEM: GucSetting<i32> = GucSetting::<i32>::new(64 * 1024);

/// Limits of the files that are imported. The first two are kilobytes.
static IMPORT_FILE_BYTES: GucSetting<i32> = GucSetting::<i32>::new(512 << 10);
static IMPORT_EXPANDED_BYTES: GucSetting<i32> = GucSetting::<i32>::new((2 << 20) - 1);
static IMPORT_ROWS: GucSetting<i32> = GucSetting::<i32>::new(4 << 20);
static IMPORT_COLUMNS: GucSetting<i32> = GucSetting::<i32>::new(1_000);
static IMPORT_CELLS: GucSetting<i32> = GucSetting::<i32>::new(50_000_000);

pub fn register() {
    GucRegistry::define_int_guc(
        c"rowkit.max_work_mem",
        c"The memory that one call of a rowkit function may allocate for what it makes of its arguments.",
        c"What would take more is refused with 54000 (program_limit_exceeded) before it is allocated.",
        &MAX_WORK_MEM,
        1024,
        2_097_151,
        GucContext::Suset,
        GucFlags::UNIT_KB,
    );
    GucRegistry::define_bool_guc(
        c"rowkit.allow_schema_edit",
        c"Lets the owner of tables write tables.schema directly where table_columns and table_statuses exist.",
        c"Off, and for everybody else, the schema follows those two tables alone.",
        &ALLOW_SCHEMA_EDIT,
        GucContext::Userset,
        GucFlags::default(),
    );
    GucRegistry::define_bool_guc(
        c"rowkit.http_errors",
        c"Raises limits and conflicts with SQLSTATEs from which PostgREST takes the HTTP status.",
        c"PT402 for credits that are used up, PT429 for a usage limit, PT409 for rows in a state that refuses the call; off, 53400 and 55000.",
        &HTTP_ERRORS,
        GucContext::Userset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"rowkit.max_cached_schemas",
        c"How many compiled schemas a session keeps.",
        c"A session that holds more at the end of a transaction starts over.",
        &MAX_CACHED_SCHEMAS,
        0,
        1_000_000,
        GucContext::Userset,
        GucFlags::default(),
    );
    GucRegistry::define_string_guc(
        c"rowkit.api_token_prefix",
        c"What API tokens begin with.",
        c"Small letters, digits and single underscores. Tokens that are there keep theirs.",
        &TOKEN_PREFIX,
        GucContext::Userset,
        GucFlags::default(),
    );
    GucRegistry::define_string_guc(
        c"rowkit.secret_key_file",
        c"The file with the keys of encrypt_secret and decrypt_secret.",
        c"An absolute path; the file must be readable by its owner alone. Lines are version:key, 32 bytes in base64.",
        &SECRET_KEY_FILE,
        GucContext::Suset,
        GucFlags::SUPERUSER_ONLY,
    );
    // A superuser's: who could set it could write any address into the audit log.
    crate::pg::setting::define_checked_text(
        c"rowkit.trusted_proxies",
        c"The proxies whose x-forwarded-for is believed, as addresses and networks.",
        c"A comma-separated list, with the API server itself. The audit writes down the last address on the way that is not among them; empty, it writes down the connection's own address.",
        &TRUSTED_PROXIES,
        GucContext::Suset,
        |list| crate::core::audit::address::TrustedProxies::parse(list).is_ok(),
    );
    register_import_limits();
    #[cfg(feature = "mutation")]
    register_test_without();
    crate::pg::setting::reserve_setting_prefix(c"rowkit");
}

fn register_import_limits() {
    let refused = c"A file beyond it is refused with 54000 (program_limit_exceeded).";
    let define = |name, about, setting, most, flags| {
        GucRegistry::define_int_guc(name, about, refused, setting, 1, most, GucContext::Suset, flags);
    };
    let (plain, kilobytes) = (GucFlags::default(), GucFlags::UNIT_KB);
    define(
        c"rowkit.import_file_bytes",
        c"The largest file that is imported.",
        &IMPORT_FILE_BYTES,
        2_097_151,
        kilobytes,
    );
    let about = c"The most that a compressed file may expand to when it is imported.";
    define(c"rowkit.import_expanded_bytes", about, &IMPORT_EXPANDED_BYTES, i32::MAX, kilobytes);
    define(c"rowkit.import_rows", c"The most rows of a file that is imported.", &IMPORT_ROWS, i32::MAX, plain);
    define(c"rowkit.import_columns", c"The most columns of a file that is imported.", &IMPORT_COLUMNS, 16_384, plain);
    define(c"rowkit.import_cells", c"The most cells of a file that is imported.", &IMPORT_CELLS, i32::MAX, plain);
}

/// What a file that is imported may take.
pub struct ImportLimits {
    pub file_bytes: u64,
    pub expanded_bytes: u64,
    pub rows: u64,
    pub columns: usize,
    pub cells: u64,
}

pub fn import_limits() -> ImportLimits {
    let number = |setting: &GucSetting<i32>| u64::try_from(setting.get()).unwrap_or(0);
    ImportLimits {
        file_bytes: number(&IMPORT_FILE_BYTES) << 10,
        expanded_bytes: number(&IMPORT_EXPANDED_BYTES) << 10,
        rows: number(&IMPORT_ROWS),
        columns: number(&IMPORT_COLUMNS) as usize,
        cells: number(&IMPORT_CELLS),
    }
}

pub fn allow_schema_edit() -> bool {
    ALLOW_SCHEMA_EDIT.get()
}

pub fn http_errors() -> bool {
    HTTP_ERRORS.get()
}

/// In bytes.
pub fn max_work_mem() -> usize {
    usize::try_from(MAX_WORK_MEM.get()).unwrap_or(0) * 1024
}

pub fn max_cached_schemas() -> usize {
    MAX_CACHED_SCHEMAS.get().try_into().unwrap_or(0)
}

/// What tokens begin with, as it is set.
pub fn api_token_prefix() -> String {
    TOKEN_PREFIX.get().map(|prefix| prefix.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A list of addresses and networks; empty where nobody is trusted.
pub fn trusted_proxies() -> String {
    TRUSTED_PROXIES.get().map(|list| list.to_string_lossy().into_owned()).unwrap_or_default()
}

pub fn secret_key_file() -> Option<PathBuf> {
    let path = SECRET_KEY_FILE.get().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    (!path.is_empty()).then(|| path.into())
}
