//! The SQL functions of sql/install/secrets.sql, and the key file.
use crate::core::secrets::key_file::Keys;
use crate::core::secrets::seal::{self, Failure, NONCE_BYTES, Place};
use crate::pg::error::{Error, Result};
use crate::pg::guc;
use crate::pg::relation::{self, Regclass, random_bytes};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use std::cell::RefCell;
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use zeroize::Zeroizing;

/// More is no key file, and a mistaken path must not fill the memory.
const LARGEST_FILE: u64 = 64 * 1024;

/// What a file is known by: another, or a changed one, is read anew.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    path: PathBuf,
    file: (u64, u64),
    changed: (i64, i64),
    size: u64,
    mode: u32,
}

impl Version {
    fn of(path: &Path, file: &Metadata) -> Version {
        Version {
            path: path.to_owned(),
            file: (file.dev(), file.ino()),
            changed: (file.ctime(), file.ctime_nsec()),
            size: file.size(),
            mode: file.mode(),
        }
    }
}

thread_local! {
    static KEYS: RefCell<Option<(Version, Rc<Keys>)>> = const { RefCell::new(None) };
}

/// The keys of today: a new one in the file is used at once.
fn keys() -> Result<Rc<Keys>> {
    let path = guc::secret_key_file().ok_or_else(|| {
        Error::prerequisite_state("there is no key to encrypt or decrypt secrets with").hint(
            "A superuser names a file of lines version:key in rowkit.secret_key_file; a key is 32 random bytes in base64: openssl rand -base64 32.",
        )
    })?;
    if !path.is_absolute() {
        return Err(Error::config_file("rowkit.secret_key_file must be an absolute path")
            .hint("Keep the file out of the data directory: base backups hold that."));
    }
    let unreadable = |why: std::io::Error| {
        Error::config_file(format!("the key file cannot be read: {}", why.kind()))
            .hint("rowkit.secret_key_file names it; the server's user must own it.")
    };
    let is_unusable = |metadata: &Metadata| {
        (!metadata.is_file() || metadata.size() > LARGEST_FILE) && crate::core::check::in_force("regular_key_file")
    };
    let unusable = || {
        Error::config_file("the key file is no file of keys")
            .hint("It is a regular file with lines version:key, of at most 64 kB.")
    };
    let metadata = std::fs::metadata(&path).map_err(unreadable)?;
    // To open a device may do something; what it is by now is asked again below.
    if is_unusable(&metadata) {
        return Err(unusable());
    }
    let known = KEYS.with_borrow(|kept| {
        kept.as_ref().filter(|(of, _)| *of == Version::of(&path, &metadata)).map(|(_, keys)| Rc::clone(keys))
    });
    if let Some(keys) = known {
        return Ok(keys);
    }
    // What is checked is what is read: the open file.
    // Without waiting: a FIFO in its place is not waited for until somebody writes into it, and never becomes the session's terminal.
    let waits = if crate::core::check::in_force("regular_key_file") { libc::O_NONBLOCK } else { 0 };
    let flags = waits | libc::O_NOCTTY | libc::O_CLOEXEC;
    let file = File::options().read(true).custom_flags(flags).open(&path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if is_unusable(&metadata) {
        return Err(unusable());
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(Error::config_file("the key file can be read by others than its owner")
            .hint("chmod 0400, and the server's user as its owner."));
    }
    let mut text = Zeroizing::new(String::with_capacity(LARGEST_FILE as usize));
    file.take(LARGEST_FILE).read_to_string(&mut text).map_err(unreadable)?;
    let keys = Keys::parse(&text).map_err(|why| {
        Error::config_file(format!("the key file cannot be used: {why}"))
            .hint("Its lines are version:key, 32 bytes in base64.")
    })?;
    let keys = Rc::new(keys);
    KEYS.set(Some((Version::of(&path, &metadata), Rc::clone(&keys))));
    Ok(keys)
}

/// The row and column that a secret belongs to, by names that a dump keeps: without the schema.
struct Named<'a> {
    tenant: &'a str,
    table: String,
    row: &'a str,
    column: &'a str,
}

impl<'a> Named<'a> {
    fn new(
        table: Option<Regclass>,
        row: Option<&'a str>,
        column: Option<&'a str>,
        tenant: Option<&'a str>,
    ) -> Result<Named<'a>> {
        let given = |part: Option<&'a str>, argument| {
            part.filter(|part| !part.is_empty()).ok_or_else(|| Error::required(argument))
        };
        let table = table.ok_or_else(|| Error::required("table_name"))?.0;
        let column = given(column, "column_name")?;
        if !relation::is_table(table) || relation::column(table, column).is_none() {
            return Err(Error::undefined_column(format!(
                "{} has no column \"{column}\"",
                relation::quoted_name(table)
            ))
            .hint("A secret is bound to the table and column it is kept in."));
        }
        let table = relation::name(table).ok_or_else(|| Error::internal("a table has no name"))?;
        Ok(Named { tenant: given(tenant, "tenant_key")?, table, row: given(row, "record_key")?, column })
    }

    fn place(&self) -> Place<'_> {
        Place { tenant: self.tenant, table: &self.table, row: self.row, column: self.column }
    }
}

fn seal(plaintext: &str, place: &Place<'_>, keys: &Keys) -> Result<String> {
    let nonce: [u8; NONCE_BYTES] =
        random_bytes().ok_or_else(|| Error::internal("the server has no random numbers to give"))?;
    Ok(seal::seal(plaintext, place, keys, nonce))
}

fn open(secret: &str, named: &Named<'_>, keys: &Keys) -> Result<Zeroizing<String>> {
    seal::open(secret, &named.place(), keys).map_err(|failure| match failure {
        Failure::Malformed => Error::invalid_parameter("this is not a secret of encrypt_secret()")
            .hint("It begins with rks1: and is kept as it was answered."),
        Failure::UnknownKey(version) => {
            Error::prerequisite_state(format!("there is no key of version {version} to decrypt the secret with"))
                .hint("Put it back into the file that rowkit.secret_key_file names, until reencrypt_secrets() has done every row.")
        }
        Failure::Refused => Error::invalid_parameter("the secret cannot be decrypted").hint(
            "It was encrypted for another tenant, table, row or column, or with another key of this version, or it was changed.",
        ),
    })
}

#[pg_extern(sql = false)]
fn encrypt_secret(
    table: Option<Regclass>,
    row: Option<&str>,
    column: Option<&str>,
    tenant: Option<&str>,
    plaintext: Option<&str>,
) -> Result<Option<String>, ErrorReport> {
    let named = Named::new(table, row, column, tenant)?;
    let keys = keys()?;
    Ok(plaintext.map(|plaintext| seal(plaintext, &named.place(), &keys)).transpose()?)
}

#[pg_extern(sql = false, stable)]
fn decrypt_secret(
    table: Option<Regclass>,
    row: Option<&str>,
    column: Option<&str>,
    tenant: Option<&str>,
    secret: Option<&str>,
) -> Result<Option<String>, ErrorReport> {
    let named = Named::new(table, row, column, tenant)?;
    let keys = keys()?;
    Ok(secret.map(|secret| open(secret, &named, &keys)).transpose()?.map(|plaintext| plaintext.as_str().to_owned()))
}

/// The same secret under the newest key.
#[pg_extern(sql = false)]
fn reencrypt_secret(
    secret: Option<&str>,
    table: Option<Regclass>,
    row: Option<&str>,
    column: Option<&str>,
    tenant: Option<&str>,
) -> Result<Option<String>, ErrorReport> {
    let Some(secret) = secret else { return Ok(None) };
    let named = Named::new(table, row, column, tenant)?;
    let keys = keys()?;
    let plaintext = open(secret, &named, &keys).map_err(|error| error.detail(format!("row {}", named.row)))?;
    Ok(Some(seal(&plaintext, &named.place(), &keys)?))
}

/// Whether a secret can be read where it is kept; what is no secret has no other place.
#[pg_extern(sql = false, stable)]
fn is_secret_of(secret: &str, table: Regclass, row: &str, column: &str, tenant: &str) -> Result<bool, ErrorReport> {
    let named = Named::new(Some(table), Some(row), Some(column), Some(tenant))?;
    Ok(matches!(seal::open(secret, &named.place(), &*keys()?), Ok(_) | Err(Failure::Malformed)))
}

/// A secret of the table or column's former name, for its present one.
#[pg_extern(sql = false)]
fn rebind_secret(
    secret: &str,
    table: Regclass,
    row: &str,
    column: &str,
    tenant: &str,
    former_table: &str,
    former_column: &str,
) -> Result<String, ErrorReport> {
    let named = Named::new(Some(table), Some(row), Some(column), Some(tenant))?;
    let keys = keys()?;
    let former = Named { tenant, table: former_table.to_owned(), row, column: former_column };
    let plaintext = open(secret, &former, &keys).map_err(|error| error.detail(format!("row {row}")))?;
    Ok(seal(&plaintext, &named.place(), &keys)?)
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn secret_key_version(secret: &str) -> Option<i32> {
    seal::version(secret)
}

#[pg_extern(sql = false, stable)]
fn newest_secret_key() -> Result<i32, ErrorReport> {
    Ok(keys()?.newest().0)
}
