//! What the user may whose rights count now, and work with that user's rights.
use super::confinement::is_trusted;
use super::switch::{Switch, first_caller, switched};
use super::{Keys, OwnedTable, lock};
use crate::core::check;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::Result;
use crate::pg::relation;
use crate::pg::spi::{self, Mode, Parameter};
use pgrx::pg_sys;

/// The user whose rights count now.
pub fn current_user() -> pg_sys::Oid {
    // SAFETY: reads a variable.
    unsafe { pg_sys::GetUserId() }
}

/// Whether the user whose rights count now has those of the relation's owner.
pub fn is_owner(relation: pg_sys::Oid) -> bool {
    let owner = relation::owner(relation);
    // SAFETY: a look-up by two roles in the system cache.
    unsafe { pg_sys::has_privs_of_role(current_user(), owner) }
}

/// Whether row security does not hold the user whose rights count now: a superuser, or a role with BYPASSRLS.
pub fn bypasses_row_security() -> bool {
    // SAFETY: a look-up by role in the system cache.
    unsafe { pg_sys::has_bypassrls_privilege(current_user()) }
}

/// Whether row security is active in this table for the user whose rights count now; forced, it is so for an owner, too.
pub fn has_row_security(relation: pg_sys::Oid) -> bool {
    // SAFETY: look-ups by relation and role in the system cache; without an error where the setting row_security is off.
    let row_security = unsafe { pg_sys::check_enable_rls(relation, pg_sys::InvalidOid, true) };
    row_security == pg_sys::CheckEnableRlsResult::RLS_ENABLED as i32
}

/// Whether row security applies in this table to the user whose rights count now. False for its owner, even where row security is forced.
pub fn is_subject_to_rls(relation: pg_sys::Oid) -> bool {
    has_row_security(relation) && !is_owner(relation)
}

/// Whether the user whose rights count now has the rights of a role that a policy names; 0 is PUBLIC.
pub fn has_rights_of(role: pg_sys::Oid) -> bool {
    // SAFETY: a look-up by two roles in the system cache.
    role == pg_sys::InvalidOid || unsafe { pg_sys::has_privs_of_role(current_user(), role) }
}

/// Whether rowkit, or a foreign key's own query, works on a table with its owner's rights, without its row security. The server's mark alone is no proof: a foreign key between
/// temporary tables sets it, too, for the user that they belong to.
pub fn is_owner_at_work(relation: pg_sys::Oid) -> bool {
    let is_owners = relation::owner(relation) == current_user() || !check::in_force("owner_at_work");
    is_owners && spi::is_owner_unheld()
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

/// Whether the policies of a table may be asked as the user whose rights count now, in work on the table that this user named: they are those of the named table's owner, or of an
/// owner who has the user's rights anyway. Where the user has the owner's rights they run as the owner.
pub fn may_ask_policies(relation: pg_sys::Oid, named: pg_sys::Oid) -> bool {
    let owner = relation::owner(relation);
    owner == relation::owner(named)
        || is_owner(relation)
        || is_trusted(owner, current_user())
        || !check::in_force("policies_asked_for")
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

/// Runs `work` on several tables at once, as [`as_caller`] on each; none if that needs the rights of more than one user.
pub fn as_caller_of_all<T>(relations: &[pg_sys::Oid], work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    for relation in relations {
        work::step();
        lock(*relation);
        relation::refuse_rules(*relation)?;
    }
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
            OwnedTable::owned_by_caller(*relation)?.defer_nothing(Keys::Change)?;
        }
    }
    let is_held = relations.iter().any(|relation| has_row_security(*relation));
    as_holder(*first, is_held, Changes::Some, work).map(Some)
}

/// Whether work changes rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Changes {
    None,
    Some,
}

/// The same with row security in force or not, for a table that is locked.
fn as_holder<T>(relation: pg_sys::Oid, is_held: bool, changes: Changes, work: impl FnOnce() -> Result<T>) -> Result<T> {
    if changes == Changes::Some {
        relation::refuse_rules(relation)?;
    }
    let owner = relation::owner(relation);
    let is_as_owner = check::in_force("superuser_as_owner");
    if owner == current_user() || !is_owner(relation) || !is_as_owner {
        return work();
    }
    let table = OwnedTable::owned_by_caller(relation)?;
    if changes == Changes::Some {
        table.defer_nothing(Keys::Stay)?;
    }
    let switch = if is_held { Switch::HeldOwner } else { Switch::Owner };
    switched(table.owner, Some(relation), &switch, work)
}

/// Returns those of the ids (column `id`, uuid) whose rows the user who called rowkit for this table may read, whichever user is current now.
/// None where the user called it for another table: the code of other owners may have run since, and must not choose whose policies run as the user.
/// None within a referential action, either, as nothing tells who began it.
pub fn visible_to_caller(relation: pg_sys::Oid, ids: Vec<[u8; 16]>) -> Result<Vec<[u8; 16]>> {
    let caller = match first_caller() {
        Some((caller, named)) if named == Some(relation) => caller,
        None if !spi::is_owner_unheld() => current_user(),
        _ => return Ok(Vec::new()),
    };
    let sql = include_str!("../../../sql/queries/rights/may_read.sql");
    let parameters = [Parameter::Oid(relation), Parameter::Oid(caller)];
    if ids.is_empty() || spi::query(sql, &parameters, Mode::ReadLatest, |row| row.boolean(1))? != [Some(true)] {
        return Ok(Vec::new());
    }
    // SAFETY: look-ups by relation and role in the system cache; without an error where the setting row_security is off.
    let row_security = unsafe { pg_sys::check_enable_rls(relation, caller, true) };
    if row_security != pg_sys::CheckEnableRlsResult::RLS_ENABLED as i32 {
        return Ok(ids);
    }
    let read = || {
        let sql = sql!("rights/visible.sql", relation = relation::quoted_name(relation));
        spi::query(&sql, &[Parameter::Uuids(&ids)], Mode::ReadLatest, |row| row.uuid(1))
    };
    // Row security applies to this user, so a switch to it grants nothing more.
    let found = if caller == current_user() { read()? } else { switched(caller, None, &Switch::HeldOwner, read)? };
    Ok(found.into_iter().flatten().collect())
}
