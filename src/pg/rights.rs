//! Acting as a table's owner: the only place that switches users.
//!
//! Work runs with the rights of a table's owner in [`OwnedTable::read`] and [`OwnedTable::write`] alone. An [`OwnedTable`] is the proof that this
//! was checked, and only the checks below make one: the relation is an ordinary or partitioned table, no temporary table of another session, and there is
//! a reason why its owner's rights may be used. The check locks the relation until the transaction ends, so that nobody changes its owner or drops it meanwhile.
//!
//! The work runs in a security-restricted operation with search_path `pg_catalog, pg_temp` and without row security of the owner's own tables: code of the
//! owner's (triggers, policies, defaults) defers nothing to the caller's COMMIT, makes no temporary table, and what it sets ends with it.
//!
//! | check | whose rights, and why they may be used |
//! |---|---|
//! | [`OwnedTable::of_trigger`] | the owner of the table that the trigger hangs on |
//! | [`OwnedTable::named`], [`OwnedTable::beside`], [`OwnedTable::of_same_owner`] | the same owner's: whatever the trigger names or finds beside it must be of that owner |
//! | [`OwnedTable::granted`] | the owner's, for a caller who has a privilege on the table; the query asks no more than the privilege gives |
//! | [`OwnedTable::owned_by_caller`] | the owner's, for a caller who has the owner's rights, such as a superuser |
//! | [`OwnedTable::registered`] | the owner's, who registered the table as a membership: any session may ask which tenants its user belongs to |
//! | [`OwnedTable::with_secrets`] | the owner's, for whoever brings a token: tables of tokens and of invitations |
//! | [`OwnedTable::audit_log`] | the log's owner, who let the audited table's owner INSERT |
//! | [`OwnedTable::in_soft_delete`] | each table's owner, as foreign keys with ON DELETE do |
//! | [`OwnedTable::referenced`] | the owner of a table that a foreign key refers to, as the foreign key itself does |
//! | [`ActingRole::of_caller`] | a role's that the caller may become by SET ROLE, to try what it may; row security holds |
//!
//! Code that runs in any of these cannot become another user: after a switch the server refuses RESET ROLE and SET SESSION AUTHORIZATION.
use super::raised;
use super::relation;
use super::setting::set_in_level;
use super::spi::{self, Mode, Parameter};
use crate::core::check;
use crate::core::sql::sql;
use crate::pg::error::{Error, Result};
use pgrx::pg_sys::panic::{CaughtError, ErrorReport};
use pgrx::{PgLogLevel, PgSqlErrorCode, PgTryBuilder, pg_sys};
use std::cell::Cell;
use std::ffi::{CStr, CString};
use std::panic::AssertUnwindSafe;

/// A table whose owner's rights may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OwnedTable {
    relation: pg_sys::Oid,
    owner: pg_sys::Oid,
}

/// What a caller was granted on a table or one of its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privilege {
    Select,
    Insert,
    Update,
}

/// Whether work changes what foreign keys refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    Stay,
    Change,
}

const SEARCH_PATH: &CStr = c"pg_catalog, pg_temp";

const LOCK: pg_sys::LOCKMODE = pg_sys::AccessShareLock as pg_sys::LOCKMODE;

fn lock(relation: pg_sys::Oid) {
    // SAFETY: a lock on a number, which need not be a relation's any more. One that the transaction holds is found in a hash table.
    unsafe { pg_sys::LockRelationOid(relation, LOCK) };
}

fn other_owner(relation: pg_sys::Oid, home: pg_sys::Oid) -> Error {
    let (name, home) = (relation::quoted_name(relation), relation::quoted_name(home));
    Error::insufficient_privilege(format!("{name} is not a table of the owner of {home}"))
        .hint("rowkit uses both with the rights of one owner. Name a table of that owner; ALTER TABLE … OWNER TO only if both tables are yours.")
}

impl OwnedTable {
    /// Locks the relation and looks at its kind, persistence and owner; `may_be_temporary` where this session alone can have meant it.
    pub(super) fn checked(relation: pg_sys::Oid, may_be_temporary: bool) -> Result<OwnedTable> {
        lock(relation);
        let is_suitable = relation::is_table(relation) && (may_be_temporary || !relation::is_temporary(relation));
        if !is_suitable {
            return Err(Error::insufficient_privilege(format!(
                "{} is no table with an owner whose rights can be used",
                relation::quoted_name(relation)
            ))
            .hint("It must be an ordinary or partitioned table, not a view, a foreign or a temporary table."));
        }
        Ok(OwnedTable { relation, owner: relation::owner(relation) })
    }

    /// Another table of the same owner.
    pub fn of_same_owner(self, relation: pg_sys::Oid) -> Result<OwnedTable> {
        require_same_owner(relation, self.relation)?;
        OwnedTable::checked(relation, relation::is_own_temporary(self.relation) && relation::is_own_temporary(relation))
    }

    /// The table that a trigger argument names, `name` beside this table or `schema.name`; it must be of the same owner.
    pub fn named(self, name: &str) -> Result<OwnedTable> {
        self.of_same_owner(relation::named(self.relation, name)?)
    }

    /// The table of that name beside this one; where there is one it must be of the same owner.
    pub fn beside(self, name: &str) -> Result<Option<OwnedTable>> {
        relation::beside(self.relation, name).map(|found| self.of_same_owner(found)).transpose()
    }

    /// A table on which the caller holds a privilege, or on one of its columns.
    pub fn granted(relation: pg_sys::Oid, privilege: Privilege) -> Result<OwnedTable> {
        let table = OwnedTable::checked(relation, relation::is_own_temporary(relation))?;
        let (bit, name) = match privilege {
            Privilege::Select => (pg_sys::ACL_SELECT, "SELECT"),
            Privilege::Insert => (pg_sys::ACL_INSERT, "INSERT"),
            Privilege::Update => (pg_sys::ACL_UPDATE, "UPDATE"),
        };
        let (user, bit) = (current_user(), pg_sys::AclMode::from(bit));
        // SAFETY: look-ups in the system cache of a relation that is locked.
        let is_granted = unsafe {
            pg_sys::pg_class_aclcheck(relation, user, bit) == pg_sys::AclResult::ACLCHECK_OK
                || pg_sys::pg_attribute_aclcheck_all(relation, user, bit, pg_sys::AclMaskHow::ACLMASK_ANY)
                    == pg_sys::AclResult::ACLCHECK_OK
        };
        if is_granted {
            return Ok(table);
        }
        // As the server says it.
        let bare = relation::name(relation).unwrap_or_default();
        Err(Error::insufficient_privilege(format!("permission denied for table {bare}"))
            .hint(format!("It takes GRANT {name} ON {}.", relation::quoted_name(relation))))
    }

    /// A table whose owner's rights the caller has.
    pub fn owned_by_caller(relation: pg_sys::Oid) -> Result<OwnedTable> {
        let table = OwnedTable::checked(relation, relation::is_own_temporary(relation))?;
        if is_owner(relation) {
            return Ok(table);
        }
        let table = relation::quoted_name(relation);
        Err(Error::insufficient_privilege(format!("must be owner of table {table}"))
            .hint(format!("Ask as the owner of {table}, or as a role that is a member of it.")))
    }

    /// A table that its owner gave a trigger of rowkit's of this name, and so registered.
    pub fn registered(relation: pg_sys::Oid, function: &str) -> Result<OwnedTable> {
        let table = OwnedTable::checked(relation, relation::is_own_temporary(relation))?;
        if has_trigger(relation, function) {
            return Ok(table);
        }
        Err(Error::prerequisite_state(format!(
            "{} has no trigger of rowkit.{function}()",
            relation::quoted_name(relation)
        ))
        .hint("Its owner makes it, by the function that registers or enables the table."))
    }

    /// A table of tokens or invitations, which has this column of secrets: its rows are read with the secret that somebody brings.
    pub fn with_secrets(relation: pg_sys::Oid, column: &str) -> Result<OwnedTable> {
        let table = OwnedTable::checked(relation, false)?;
        if relation::column(relation, column).is_some() {
            return Ok(table);
        }
        Err(Error::undefined_column(format!("{} has no column \"{column}\"", relation::quoted_name(relation)))
            .hint("Name the table of tokens or invitations that a blueprint made, or one like it."))
    }

    /// The log of an audited table: whoever owns a table may fill a log only with the right to, as the log's owner would write whatever the
    /// trigger says.
    pub fn audit_log(table: pg_sys::Oid, log: pg_sys::Oid) -> Result<OwnedTable> {
        let found = OwnedTable::checked(log, false)?;
        let owner = relation::owner(table);
        // SAFETY: a look-up by oid in the system cache.
        let may_insert = unsafe {
            pg_sys::pg_class_aclcheck(log, owner, pg_sys::AclMode::from(pg_sys::ACL_INSERT))
                == pg_sys::AclResult::ACLCHECK_OK
        };
        if may_insert || !check::in_force("audit_log_insert") {
            return Ok(found);
        }
        let (table, log) = (relation::quoted_name(table), relation::quoted_name(log));
        Err(Error::insufficient_privilege(format!("the owner of {table} has no right to fill {log}"))
            .hint(format!("GRANT INSERT ON {log} to the owner of {table}.")))
    }

    /// A table that soft delete works on: with soft delete, or a child of such a one.
    pub fn in_soft_delete(relation: pg_sys::Oid) -> Result<OwnedTable> {
        let table = OwnedTable::checked(relation, false)?;
        if has_trigger(relation, "guard_soft_delete") || refers_to(relation, None)? {
            return Ok(table);
        }
        Err(Error::undefined_object(format!("{} has no soft delete", relation::quoted_name(relation)))
            .hint(format!("SELECT rowkit.enable_soft_delete('{}');", relation::quoted_name(relation))))
    }

    /// The table that a foreign key of another one refers to.
    pub fn referenced(child: pg_sys::Oid, parent: pg_sys::Oid) -> Result<OwnedTable> {
        let table = OwnedTable::checked(parent, relation::is_own_temporary(parent))?;
        if refers_by_trigger(child, parent) || refers_to(child, Some(parent))? {
            return Ok(table);
        }
        let (child, parent) = (relation::quoted_name(child), relation::quoted_name(parent));
        Err(Error::insufficient_privilege(format!("{child} has no foreign key to {parent}"))
            .hint("What a foreign key refers to is read as its own check reads it."))
    }

    pub fn relation(self) -> pg_sys::Oid {
        self.relation
    }

    /// For use in SQL.
    pub fn quoted_name(self) -> String {
        relation::quoted_name(self.relation)
    }

    /// Runs `work`, which changes nothing, with the rights of the table's owner.
    pub fn read<T>(self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.hold()?;
        switched(self.owner, Some(self.relation), &Switch::Owner, work)
    }

    /// Runs `work`, which may insert rows and change what no foreign key refers to, with the rights of the table's owner. Before that, as the caller,
    /// the table's deferrable constraints become IMMEDIATE until the transaction ends: as the owner nothing can be deferred.
    pub fn write<T>(self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.prepare(Keys::Stay)?;
        switched(self.owner, Some(self.relation), &Switch::Owner, work)
    }

    /// The same for `work` that removes rows or changes what foreign keys refer to; those become IMMEDIATE, too.
    pub fn remove<T>(self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.prepare(Keys::Change)?;
        switched(self.owner, Some(self.relation), &Switch::Owner, work)
    }

    /// The same without the triggers of any table, where the caller is a superuser.
    pub fn remove_without_triggers<T>(self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        // SAFETY: a look-up of the current user in the system cache.
        if !unsafe { pg_sys::superuser() } {
            return self.remove(work);
        }
        let settings = Settings::begin();
        settings.set(c"session_replication_role", c"replica", pg_sys::GucContext::PGC_SUSET);
        let result = self.remove(work);
        settings.end();
        result
    }

    /// What `write` and `remove` do as the caller before they begin, for another table that the work changes, too.
    pub fn prepare(self, keys: Keys) -> Result<()> {
        self.hold()?;
        make_immediate(self.relation, keys)
    }

    /// A rolled back savepoint gave the lock back, or this transaction itself changed the owner.
    fn hold(self) -> Result<()> {
        lock(self.relation);
        if relation::owner(self.relation) == self.owner {
            return Ok(());
        }
        Err(Error::prerequisite_state(format!("{} has another owner now", relation::quoted_name(self.relation)))
            .hint("Run the statement again."))
    }
}

/// A role that the caller may act as, as with SET ROLE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActingRole {
    role: pg_sys::Oid,
    name: CString,
}

impl ActingRole {
    /// For work on the table, whose owner's code gets the role's rights: they must not go past row security where the owner could not become the role.
    pub fn of_caller(name: &str, table: OwnedTable) -> Result<ActingRole> {
        let missing = || Error::undefined_object(format!("role \"{name}\" does not exist")).hint("Name another role.");
        let bare = CString::new(name).map_err(|_| missing())?;
        // SAFETY: a look-up by name in the system cache.
        let role = unsafe { pg_sys::get_role_oid(bare.as_ptr(), true) };
        if role == pg_sys::InvalidOid {
            return Err(missing());
        }
        // SAFETY: a look-up by role in the system cache.
        if unsafe { pg_sys::superuser_arg(role) } {
            return Err(Error::invalid_parameter(format!("the role \"{name}\" is a superuser"))
                .hint("Name a role that users come as, which is no superuser."));
        }
        // SAFETY: look-ups by one and by two roles in the system cache.
        let is_beyond_owner =
            unsafe { pg_sys::has_bypassrls_privilege(role) && !pg_sys::is_member_of_role(table.owner, role) };
        if is_beyond_owner {
            let table = table.quoted_name();
            return Err(Error::insufficient_privilege(format!(
                "row security does not hold the role \"{name}\", and the owner of {table} is no member of it"
            ))
            .hint("Code of the owner's, such as triggers, would read with it what the owner may not."));
        }
        if may_become(role) {
            return Ok(ActingRole { role, name: bare });
        }
        Err(Error::insufficient_privilege(format!("permission denied to set role \"{name}\""))
            .hint("It takes membership in the role."))
    }

    /// Runs `work` as the role, as after SET ROLE, with row security and with these claims of a request. Nothing in it leads back to the caller: under
    /// such a switch the server refuses SET ROLE and RESET ROLE. Nothing can be deferred in it: SET CONSTRAINTS … IMMEDIATE before.
    pub fn run<T>(&self, claims: &CStr, work: impl FnOnce() -> Result<T>) -> Result<T> {
        switched(self.role, None, &Switch::Role { name: &self.name, claims }, work)
    }
}

/// Calls `look` with a relation's triggers as the relation cache has them, until it answers true.
fn any_trigger(relation: pg_sys::Oid, look: impl Fn(&pg_sys::Trigger) -> bool) -> bool {
    // SAFETY: the relation is locked; it stays open while its triggers are looked at, and `look` raises nothing.
    unsafe {
        let open = pg_sys::relation_open(relation, pg_sys::NoLock as pg_sys::LOCKMODE);
        let all = (*open).trigdesc;
        let found =
            !all.is_null() && std::slice::from_raw_parts((*all).triggers, (*all).numtriggers as usize).iter().any(look);
        pg_sys::relation_close(open, pg_sys::NoLock as pg_sys::LOCKMODE);
        found
    }
}

/// Whether a table's rows may be deleted softly. 55000 where soft delete is enabled and the column has another name by now: deleted rows would pass for live ones.
pub fn has_deleted_rows(relation: pg_sys::Oid) -> Result<bool> {
    if relation::column(relation, "deleted_at").is_some() {
        return Ok(true);
    }
    if has_trigger(relation, "guard_soft_delete") {
        let name = relation::quoted_name(relation);
        return Err(Error::prerequisite_state(format!("{name} has soft delete, and no column \"deleted_at\""))
            .hint("Was it renamed? rowkit finds it by this name: name it so again."));
    }
    Ok(false)
}

/// Whether the relation has a trigger of rowkit's function of this name.
pub fn has_trigger(relation: pg_sys::Oid, function: &str) -> bool {
    lock(relation);
    let Ok(function) = CString::new(function) else { return false };
    // SAFETY: look-ups by name and oid in the system cache; a function's name is a C string or null.
    any_trigger(relation, |trigger| unsafe {
        let name = pg_sys::get_func_name(trigger.tgfoid);
        !name.is_null()
            && CStr::from_ptr(name) == function.as_c_str()
            && pg_sys::get_func_namespace(trigger.tgfoid) == pg_sys::get_namespace_oid(c"rowkit".as_ptr(), true)
    })
}

/// Whether one of a table's foreign keys refers to another table, as its triggers tell; a partitioned table may have none.
fn refers_by_trigger(child: pg_sys::Oid, parent: pg_sys::Oid) -> bool {
    lock(child);
    any_trigger(child, |trigger| trigger.tgisinternal && trigger.tgconstrrelid == parent)
}

/// Whether a table's foreign keys refer to another one, or where none is named, to any with soft delete.
fn refers_to(child: pg_sys::Oid, parent: Option<pg_sys::Oid>) -> Result<bool> {
    let parent = spi::Value::oid(parent);
    let sql = include_str!("../../sql/queries/rights/foreign_key.sql");
    let found = spi::query(sql, &[Parameter::Oid(child), Parameter::Value(&parent)], Mode::ReadLatest, |_| ())?;
    Ok(!found.is_empty())
}

/// SET CONSTRAINTS … IMMEDIATE of what changes of the table can call. Events that are pending run now, as the caller, whose they are. Within
/// another owner's work they are not run: there only what runs no code of anybody's, such as a foreign key, becomes immediate.
fn make_immediate(relation: pg_sys::Oid, keys: Keys) -> Result<()> {
    if !relation::is_partitioned(relation) && !any_trigger(relation, |trigger| trigger.tgdeferrable) {
        return Ok(());
    }
    // SAFETY: reads a variable.
    let is_nested = unsafe { pg_sys::InSecurityRestrictedOperation() };
    let (is_nested, change) = (spi::Value::boolean(Some(is_nested)), spi::Value::boolean(Some(keys == Keys::Change)));
    let sql = include_str!("../../sql/queries/rights/deferrable.sql");
    let parameters = [Parameter::Oid(relation), Parameter::Value(&is_nested), Parameter::Value(&change)];
    let names = spi::query(sql, &parameters, Mode::ReadLatest, |row| row.text(1))?;
    let names: Vec<String> = names.into_iter().flatten().collect();
    if names.is_empty() {
        return Ok(());
    }
    spi::execute(&format!("SET CONSTRAINTS {} IMMEDIATE", names.join(", ")), &[], Mode::Write).map(|_| ())
}

thread_local! {
    /// The first of the switches that are under way: the user before it, and the table whose owner works then.
    static CALLER: Cell<Option<(pg_sys::Oid, Option<pg_sys::Oid>)>> = const { Cell::new(None) };
}

/// Keeps the user who called rowkit first, until it is dropped; also after an error.
struct Caller(Option<(pg_sys::Oid, Option<pg_sys::Oid>)>);

impl Caller {
    fn note(user: pg_sys::Oid, relation: Option<pg_sys::Oid>) -> Caller {
        let before = CALLER.get();
        CALLER.set(before.or(Some((user, relation))));
        Caller(before)
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        CALLER.set(self.0);
    }
}

/// The user before a switch.
struct Before {
    user: pg_sys::Oid,
    context: i32,
}

impl Before {
    fn now() -> Before {
        let mut before = Before { user: pg_sys::InvalidOid, context: 0 };
        // SAFETY: reads two variables.
        unsafe { pg_sys::GetUserIdAndSecContext(&mut before.user, &mut before.context) };
        before
    }
}

impl Before {
    fn put_back(&self) {
        // SAFETY: sets two variables back to what they were.
        unsafe { pg_sys::SetUserIdAndSecContext(self.user, self.context) };
    }
}

impl Drop for Before {
    fn drop(&mut self) {
        self.put_back();
    }
}

/// Settings that are changed until this ends, whatever they are changed to. After an error the server ends the level.
struct Settings(i32);

impl Settings {
    fn begin() -> Settings {
        // SAFETY: opens a level of settings.
        Settings(unsafe { pg_sys::NewGUCNestLevel() })
    }

    fn set(&self, name: &CStr, value: &CStr, context: pg_sys::GucContext::Type) {
        set_in_level(name, value, context);
    }

    fn end(self) {
        // SAFETY: closes the level, which puts back what was set in it.
        unsafe { pg_sys::AtEOXact_GUC(false, self.0) };
    }
}

fn has_safe_path() -> bool {
    // SAFETY: the setting's text, which is never null; nothing changes it while it is compared.
    unsafe { CStr::from_ptr(pg_sys::namespace_search_path) == SEARCH_PATH }
}

/// As whom work runs.
enum Switch<'a> {
    /// A table's owner, without row security of the owner's own tables.
    Owner,
    /// A table's owner, whom policies hold as they hold a caller with the owner's rights.
    HeldOwner,
    /// A role that SET ROLE could choose, with the claims of a request.
    Role { name: &'a CStr, claims: &'a CStr },
}

/// Runs `work` as a user, under the fixed search_path.
fn switched<T>(
    user: pg_sys::Oid,
    relation: Option<pg_sys::Oid>,
    switch: &Switch<'_>,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let restricted = if check::in_force("restricted_operation") { pg_sys::SECURITY_RESTRICTED_OPERATION } else { 0 };
    let before = Before::now();
    let _caller = Caller::note(before.user, relation);
    let switches = (pg_sys::SECURITY_LOCAL_USERID_CHANGE | restricted) as i32;
    let unheld = pg_sys::SECURITY_NOFORCE_RLS as i32;
    let mut context = match switch {
        Switch::Owner => before.context | switches | unheld,
        Switch::HeldOwner | Switch::Role { .. } => (before.context | switches) & !unheld,
    };
    let settings = Settings::begin();
    if let Switch::Role { name, claims } = switch {
        // Raises 42501 within another switch, and for a session whose user may not become this role.
        settings.set(c"role", name, pg_sys::GucContext::PGC_USERSET);
        settings.set(c"request.jwt.claims", claims, pg_sys::GucContext::PGC_USERSET);
        settings.set(c"row_security", c"on", pg_sys::GucContext::PGC_USERSET);
        // `is_confinement` reads the messages.
        settings.set(c"lc_messages", c"C", pg_sys::GucContext::PGC_SUSET);
        if !check::in_force("acting_role") {
            context = before.context;
        }
    }
    if !has_safe_path() {
        settings.set(c"search_path", SEARCH_PATH, pg_sys::GucContext::PGC_USERSET);
    }
    // SAFETY: `before` puts back what is replaced here, and the server does so after an error.
    unsafe { pg_sys::SetUserIdAndSecContext(user, context) };
    let is_other = user != before.user;
    let result = PgTryBuilder::new(AssertUnwindSafe(work))
        .catch_others(|caught| {
            if is_other && check::in_force("uncatchable_errors") {
                raised::contain(&caught);
            }
            explained(caught)
        })
        .execute();
    // To take back the setting `role` is to switch users, too: before it nothing may be switched, and after it the user is the one before.
    before.put_back();
    settings.end();
    drop(before);
    result
}

/// Whether the user whose rights count now may become the role by SET ROLE.
fn may_become(role: pg_sys::Oid) -> bool {
    #[cfg(any(feature = "pg14", feature = "pg15"))]
    // SAFETY: a look-up by two roles in the system cache.
    let may = unsafe { pg_sys::is_member_of_role(current_user(), role) };
    #[cfg(not(any(feature = "pg14", feature = "pg15")))]
    // SAFETY: a look-up by two roles in the system cache.
    let may = unsafe { pg_sys::member_can_set_role(current_user(), role) };
    may
}

/// Whether an error says that the work tried what a switched user may not: to become another user, to defer a trigger or to make a temporary table.
pub fn is_confinement(message: &str) -> bool {
    message.contains("within security-definer function") || message.contains("within security-restricted operation")
}

/// Raises an error of the work again, and says what is different here where that may be the cause.
fn explained(caught: CaughtError) -> ! {
    let CaughtError::PostgresError(report) = &caught else { caught.rethrow() };
    let why = match report.sql_error_code() {
        PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE
        | PgSqlErrorCode::ERRCODE_UNDEFINED_FUNCTION
        | PgSqlErrorCode::ERRCODE_INVALID_SCHEMA_NAME => {
            "A table's triggers and policies run here with search_path pg_catalog, pg_temp: qualify the names in their functions, or SET search_path \
             on the functions."
        }
        PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE if report.message().contains("security-restricted") => {
            "A table's triggers run here with its owner's rights, and leave nothing behind: SET CONSTRAINTS … IMMEDIATE first or make them NOT DEFERRABLE, \
             and use no temporary tables in them."
        }
        _ => caught.rethrow(),
    };
    let hint = match report.hint() {
        Some(hint) if hint.contains(why) => caught.rethrow(),
        Some(hint) => format!("{hint} {why}"),
        None => why.to_owned(),
    };
    if raised::set_hint(report.message(), &hint) {
        caught.rethrow();
    }
    let mut told = ErrorReport::new(report.sql_error_code(), report.message().to_owned(), "rowkit").set_hint(hint);
    if let Some(detail) = report.detail() {
        told = told.set_detail(detail);
    }
    told.report(PgLogLevel::ERROR);
    caught.rethrow()
}

/// The user whose rights count now.
pub fn current_user() -> pg_sys::Oid {
    // SAFETY: reads a variable.
    unsafe { pg_sys::GetUserId() }
}

/// Whether the user whose rights count now has those of the relation's owner.
pub fn is_owner(relation: pg_sys::Oid) -> bool {
    let owner = super::relation::owner(relation);
    // SAFETY: a look-up by two roles in the system cache.
    unsafe { pg_sys::has_privs_of_role(current_user(), owner) }
}

/// Whether row security does not hold the user whose rights count now: a superuser, or a role with BYPASSRLS.
pub fn bypasses_row_security() -> bool {
    // SAFETY: a look-up by role in the system cache.
    unsafe { pg_sys::has_bypassrls_privilege(current_user()) }
}

/// Whether row security holds the user whose rights count now in this table, who does not own it: forced, it holds owners, too.
pub fn is_subject_to_rls(relation: pg_sys::Oid) -> bool {
    has_row_security(relation) && !is_owner(relation)
}

/// Runs `work` on a table with the caller's rights. Where the caller has the owner's, as superusers, the work is done as the owner: nobody's types,
/// operators, triggers and policies run as a superuser, or as a role that is a member of theirs.
pub fn as_caller<T>(relation: pg_sys::Oid, work: impl FnOnce() -> Result<T>) -> Result<T> {
    lock(relation);
    as_holder(relation, has_row_security(relation), Changes::Some, work)
}

/// The same for `work` that changes nothing: planning a query already runs code of the table's owner, in its indexes and constraints.
pub fn reading_as_caller<T>(relation: pg_sys::Oid, work: impl FnOnce() -> Result<T>) -> Result<T> {
    lock(relation);
    as_holder(relation, has_row_security(relation), Changes::None, work)
}

/// Whether work changes rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Changes {
    None,
    Some,
}

/// The same with row security in force or not, for a table that is locked.
fn as_holder<T>(relation: pg_sys::Oid, is_held: bool, changes: Changes, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let owner = relation::owner(relation);
    let is_as_owner = check::in_force("superuser_as_owner");
    if owner == current_user() || !is_owner(relation) || !is_as_owner {
        return work();
    }
    let table = OwnedTable::owned_by_caller(relation)?;
    if changes == Changes::Some {
        table.prepare(Keys::Stay)?;
    }
    let switch = if is_held { Switch::HeldOwner } else { Switch::Owner };
    switched(table.owner, Some(relation), &switch, work)
}

/// Returns those of the ids (column `id`, uuid) whose rows the user who called rowkit for this table may read, whichever user is current now.
/// None where the user called it for another table: the code of other owners may have run since, and must not choose whose policies run as the user.
/// None within a referential action, either, as nothing tells who began it.
pub fn visible_to_caller(relation: pg_sys::Oid, ids: Vec<[u8; 16]>) -> Result<Vec<[u8; 16]>> {
    let caller = match CALLER.get() {
        Some((caller, named)) if named == Some(relation) => caller,
        None if !spi::is_owner_unheld() => current_user(),
        _ => return Ok(Vec::new()),
    };
    // SAFETY: look-ups by relation and role in the system cache; without an error where the setting row_security is off.
    let row_security = unsafe { pg_sys::check_enable_rls(relation, caller, true) };
    if ids.is_empty() || row_security != pg_sys::CheckEnableRlsResult::RLS_ENABLED as i32 {
        return Ok(ids);
    }
    let read = || {
        let sql = include_str!("../../sql/queries/rights/may_read.sql");
        if spi::query(sql, &[Parameter::Oid(relation)], Mode::ReadLatest, |row| row.boolean(1))? != [Some(true)] {
            return Ok(Vec::new());
        }
        let sql = sql!("rights/visible.sql", relation = relation::quoted_name(relation));
        spi::query(&sql, &[Parameter::Uuids(&ids)], Mode::ReadLatest, |row| row.uuid(1))
    };
    // Row security applies to this user, so a switch to it grants nothing more.
    let found = if caller == current_user() { read()? } else { switched(caller, None, &Switch::HeldOwner, read)? };
    Ok(found.into_iter().flatten().collect())
}

/// Runs `work` on several tables at once, as [`as_caller`] on each; none if that needs the rights of more than one user.
pub fn as_caller_of_all<T>(relations: &[pg_sys::Oid], work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    relations.iter().for_each(|relation| lock(*relation));
    let acting = |relation: &pg_sys::Oid| {
        let is_as_owner = is_owner(*relation) && check::in_force("superuser_as_owner");
        if is_as_owner { relation::owner(*relation) } else { current_user() }
    };
    let Some((first, others)) = relations.split_first() else { return work().map(Some) };
    if others.iter().any(|other| acting(other) != acting(first)) {
        return Ok(None);
    }
    if acting(first) != current_user() {
        for relation in relations {
            OwnedTable::owned_by_caller(*relation)?.prepare(Keys::Change)?;
        }
    }
    let is_held = relations.iter().any(|relation| has_row_security(*relation));
    as_holder(*first, is_held, Changes::Some, work).map(Some)
}

/// Whether row security is active in this table for the user whose rights count now; forced, it is so for an owner, too.
pub fn has_row_security(relation: pg_sys::Oid) -> bool {
    // SAFETY: look-ups by relation and role in the system cache; without an error where the setting row_security is off.
    let row_security = unsafe { pg_sys::check_enable_rls(relation, pg_sys::InvalidOid, true) };
    row_security == pg_sys::CheckEnableRlsResult::RLS_ENABLED as i32
}

/// Whether the user whose rights count now has the rights of a role that a policy names; 0 is PUBLIC.
pub fn has_rights_of(role: pg_sys::Oid) -> bool {
    // SAFETY: a look-up by two roles in the system cache.
    role == pg_sys::InvalidOid || unsafe { pg_sys::has_privs_of_role(current_user(), role) }
}

/// The role that acts, by name: what SET ROLE chose, else that of the login. A function's owner does not count.
pub fn acting_role() -> String {
    // SAFETY: reads a variable.
    role_name(unsafe { pg_sys::GetOuterUserId() })
}

fn role_name(role: pg_sys::Oid) -> String {
    // SAFETY: looks a role up by oid; the name is copied.
    unsafe {
        let name = pg_sys::GetUserNameFromId(role, true);
        if name.is_null() { String::new() } else { CStr::from_ptr(name).to_string_lossy().into_owned() }
    }
}

/// Whether a relation is an ordinary or partitioned table of another one's owner; it is locked then, so that it stays so.
pub fn is_of_same_owner(relation: pg_sys::Oid, home: pg_sys::Oid) -> bool {
    let is_so = || {
        relation::is_table(relation)
            && (!relation::is_temporary(relation) || relation::is_own_temporary(home))
            && relation::owner(relation) == relation::owner(home)
    };
    // Nobody gets a lock on a table of somebody else's by naming it.
    is_so() && {
        lock(relation);
        is_so()
    }
}

/// Whether the user whose rights count now may make objects in the schema.
pub fn may_create_in(schema: pg_sys::Oid) -> bool {
    let create = pg_sys::AclMode::from(pg_sys::ACL_CREATE);
    #[cfg(any(feature = "pg14", feature = "pg15"))]
    // SAFETY: a look-up by oid in the system cache; an error for a schema that is not there.
    let result = unsafe { pg_sys::pg_namespace_aclcheck(schema, current_user(), create) };
    #[cfg(not(any(feature = "pg14", feature = "pg15")))]
    // SAFETY: a look-up by oid in the system cache; an error for a schema that is not there.
    let result = unsafe { pg_sys::object_aclcheck(pg_sys::NamespaceRelationId, schema, current_user(), create) };
    result == pg_sys::AclResult::ACLCHECK_OK
}

/// 42501 where a relation is somebody else's than another one's owner, or no table.
pub fn require_same_owner(relation: pg_sys::Oid, home: pg_sys::Oid) -> Result<()> {
    if is_of_same_owner(relation, home) || !check::in_force("same_owner") {
        return Ok(());
    }
    Err(other_owner(relation, home))
}

/// The table of that name beside another one and of the same owner; 42501 as above.
pub fn beside(home: pg_sys::Oid, name: &str) -> Result<Option<pg_sys::Oid>> {
    let Some(found) = relation::beside(home, name) else { return Ok(None) };
    require_same_owner(found, home).map(|()| Some(found))
}

/// The same; 42704 with this hint where there is none.
pub fn required_beside(home: pg_sys::Oid, name: &str, hint: &str) -> Result<pg_sys::Oid> {
    beside(home, name)?.ok_or_else(|| {
        Error::undefined_object(format!("there is no {name} beside {}", relation::quoted_name(home))).hint(hint)
    })
}
