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
//! Code that runs in any of these cannot become another user: after a switch the server refuses RESET ROLE and SET SESSION AUTHORIZATION. Where the owner has not the caller's
//! rights anyway it is confined, too: it leaves nothing in the caller's session, and does not touch what is there.
use super::relation;
use crate::core::check;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::spi::{self, Mode, Parameter};
use pgrx::pg_sys;

mod caller;
mod confinement;
mod portals;
mod role;
mod switch;
mod triggers;

pub use caller::{
    as_caller, as_caller_of_all, bypasses_row_security, current_user, has_rights_of, has_row_security, is_owner,
    is_owner_at_work, is_subject_to_rls, may_ask_policies, may_create_in, reading_as_caller, visible_to_caller,
};
use confinement::Confinement;
pub use confinement::register as register_confinement;
pub use role::{ActingRole, acting_role};
pub use switch::Called;
pub use switch::is_confinement;
use switch::{Settings, Switch, switched};
pub use triggers::{has_deleted_rows, has_trigger, is_restricted};
use triggers::{make_immediate, may_have_strangers, refers_by_trigger, refers_to};

/// A table whose owner's rights may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OwnedTable {
    relation: pg_sys::Oid,
    owner: pg_sys::Oid,
}

/// What a caller was granted on a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privilege<'a> {
    /// SELECT on the table, or on one of its columns.
    Select,
    /// SELECT on the table, or on each of its columns.
    SelectAll,
    /// INSERT on the table, or on one of its columns.
    Insert,
    /// UPDATE on the table, or on this column.
    Update(&'a str),
}

/// Whether work changes what foreign keys refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    Stay,
    Change,
}

fn lock(relation: pg_sys::Oid) {
    lock_in(relation, pg_sys::AccessShareLock);
}

fn lock_in(relation: pg_sys::Oid, mode: u32) {
    // SAFETY: a lock on a number, which need not be a relation's any more. One that the transaction holds is found in a hash table.
    unsafe { pg_sys::LockRelationOid(relation, mode as pg_sys::LOCKMODE) };
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
                "rowkit cannot act as the owner of {}",
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

    /// A table on which the caller holds a privilege.
    pub fn granted(relation: pg_sys::Oid, privilege: Privilege<'_>) -> Result<OwnedTable> {
        let table = OwnedTable::checked(relation, relation::is_own_temporary(relation))?;
        let (bit, name) = match privilege {
            Privilege::Select | Privilege::SelectAll => (pg_sys::ACL_SELECT, "SELECT"),
            Privilege::Insert => (pg_sys::ACL_INSERT, "INSERT"),
            Privilege::Update(_) => (pg_sys::ACL_UPDATE, "UPDATE"),
        };
        let (user, bit) = (current_user(), pg_sys::AclMode::from(bit));
        let is_ok = |result| result == pg_sys::AclResult::ACLCHECK_OK;
        // SAFETY: look-ups in the system cache of a relation that is locked; a column is one that it has.
        let is_granted = unsafe {
            let on_columns = |how| is_ok(pg_sys::pg_attribute_aclcheck_all(relation, user, bit, how));
            is_ok(pg_sys::pg_class_aclcheck(relation, user, bit))
                || match privilege {
                    Privilege::Update(column) if check::in_force("update_of_the_column") => {
                        relation::column(relation, column)
                            .is_some_and(|number| is_ok(pg_sys::pg_attribute_aclcheck(relation, number, user, bit)))
                    }
                    Privilege::SelectAll if check::in_force("select_on_all_columns") => {
                        on_columns(pg_sys::AclMaskHow::ACLMASK_ALL)
                    }
                    _ => on_columns(pg_sys::AclMaskHow::ACLMASK_ANY),
                }
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
        if is_owner(relation) || !check::in_force("owned_by_caller") {
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

    /// The same for `work` that also removes rows of a table that rowkit keeps for its own use. 55000 where the server would act on rows of another owner, whose triggers would run with the
    /// rights of this table's owner.
    pub fn write_and_remove<T>(self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.keep_strangers_out()?;
        if may_have_strangers(self.relation) {
            return self.apart_from_strangers(Keys::Stay, |stranger| stranger.follows_delete, work);
        }
        self.write(work)
    }

    /// The same for `work` that removes rows; what foreign keys refer to it becomes IMMEDIATE, too. The server's own actions on rows of other owners would run their triggers with the rights
    /// of this table's owner: 55000 where there could be some.
    pub fn remove<T>(self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.remove_referred(&Unused::default(), work)
    }

    /// The same where it is known that no row refers to those that go along these foreign keys of other owners, by their numbers.
    pub fn remove_referred<T>(self, unused: &Unused, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.apart_from_strangers(
            Keys::Change,
            |stranger| stranger.follows_delete && !unused.0.contains(&stranger.constraint),
            work,
        )
    }

    /// The same for `work` that changes columns which foreign keys may refer to.
    pub fn change_keys<T>(self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.apart_from_strangers(Keys::Change, |stranger| stranger.follows_update, work)
    }

    /// Nobody makes a foreign key to this table from here on until the transaction ends, so that those that are found are all.
    pub fn keep_strangers_out(self) -> Result<()> {
        lock_in(self.relation, pg_sys::RowExclusiveLock);
        self.hold()
    }

    /// The foreign keys of other owners that refer to this table.
    pub fn strangers(self) -> Result<Vec<Stranger>> {
        let sql = include_str!("../../../sql/queries/rights/strangers.sql");
        let found = spi::query(sql, &[Parameter::Oid(self.relation)], Mode::ReadLatest, |row| {
            Some(Stranger {
                constraint: row.oid(1)?,
                child: row.oid(2)?,
                follows_delete: row.boolean(3)?,
                follows_update: row.boolean(4)?,
                name: row.text(5)?,
            })
        })?;
        Ok(found.into_iter().flatten().collect())
    }

    fn refuse_strangers(self, is_refused: impl Fn(&Stranger) -> bool) -> Result<Vec<Stranger>> {
        let strangers = self.strangers()?;
        match strangers.iter().find(|stranger| is_refused(stranger)) {
            Some(found) if check::in_force("actions_of_strangers") => {
                let (table, child) = (self.quoted_name(), relation::quoted_name(found.child));
                Err(Error::prerequisite_state(format!(
                    "the foreign key {} of {child}, a table of another owner, would act on its rows when those of {table} go or get another key",
                    found.name
                ))
                .hint(format!("Triggers of {child} would run with the rights of the owner of {table}. Drop the foreign key, and REVOKE REFERENCES ON {table} from its owner.")))
            }
            _ => Ok(strangers),
        }
    }

    /// The queries of other owners' foreign keys run code in their indexes, as their owner, when the server plans them: it is confined, and so are the triggers of this table, even where its
    /// owner is trusted.
    fn apart_from_strangers<T>(
        self,
        keys: Keys,
        is_refused: impl Fn(&Stranger) -> bool,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        self.keep_strangers_out()?;
        self.prepare(keys)?;
        let mut confinements = Confinements::default();
        for stranger in self.refuse_strangers(is_refused)? {
            work::step();
            confinements.0.push(Confinement::begin(current_user(), relation::owner(stranger.child)));
        }
        let result = switched(self.owner, Some(self.relation), &Switch::Owner, work);
        confinements.end();
        result
    }

    /// The same without the triggers of any table, where the caller is a superuser.
    pub fn remove_without_triggers<T>(self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        // SAFETY: a look-up of the current user in the system cache.
        if !unsafe { pg_sys::superuser() } {
            return self.remove(work);
        }
        self.prepare(Keys::Change)?;
        let settings = Settings::begin();
        settings.set(c"session_replication_role", c"replica", pg_sys::GucContext::PGC_SUSET);
        let result = switched(self.owner, Some(self.relation), &Switch::Owner, work);
        settings.end();
        result
    }

    /// What `write` and `remove` do as the caller before they begin, for another table that the work changes, too.
    pub fn prepare(self, keys: Keys) -> Result<()> {
        self.defer_nothing(keys)?;
        relation::refuse_rules(self.relation)
    }

    /// The same for a table of which no row may be changed after all: its rules hinder nobody then.
    pub fn defer_nothing(self, keys: Keys) -> Result<()> {
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

/// The numbers of foreign keys along which no row refers to those that go.
#[derive(Default)]
pub struct Unused(pub Vec<pg_sys::Oid>);

/// A foreign key of another owner's table.
#[derive(Debug)]
pub struct Stranger {
    pub constraint: pg_sys::Oid,
    child: pg_sys::Oid,
    /// Whether the server changes or removes rows of its table when a row that it refers to goes, or when its key changes.
    pub follows_delete: bool,
    follows_update: bool,
    name: String,
}

/// Several confinements, of which the last ends first.
#[derive(Default)]
struct Confinements(Vec<Confinement>);

impl Confinements {
    fn end(mut self) {
        while let Some(last) = self.0.pop() {
            last.end();
        }
    }
}

impl Drop for Confinements {
    fn drop(&mut self) {
        while self.0.pop().is_some() {}
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
