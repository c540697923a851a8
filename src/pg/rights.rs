//! Acting as a relation's owner, as foreign keys do: a derived value must be right whoever wrote what it derives from.
use pgrx::pg_sys;

struct Restore {
    user: pg_sys::Oid,
    context: i32,
}

impl Drop for Restore {
    fn drop(&mut self) {
        // SAFETY: sets two variables back to what they were.
        unsafe { pg_sys::SetUserIdAndSecContext(self.user, self.context) };
    }
}

/// Runs `work` with the rights of the relation's owner; row security does not hold the owner back, forced or not.
pub fn as_owner<T>(relation: pg_sys::Oid, work: impl FnOnce() -> T) -> T {
    switched(relation, 0, work)
}

/// The same where expressions of the owner's are only read by somebody else: they defer nothing to that user's COMMIT, and what they set goes.
pub fn as_owner_restricted<T>(relation: pg_sys::Oid, work: impl FnOnce() -> T) -> T {
    // SAFETY: opens a level of settings, closed below; after an error the server closes it.
    let level = unsafe { pg_sys::NewGUCNestLevel() };
    let result = switched(relation, pg_sys::SECURITY_RESTRICTED_OPERATION, work);
    // SAFETY: closes the level opened above.
    unsafe { pg_sys::AtEOXact_GUC(false, level) };
    result
}

fn switched<T>(relation: pg_sys::Oid, also: u32, work: impl FnOnce() -> T) -> T {
    let owner = super::relation::owner(relation);
    let mut restore = Restore { user: pg_sys::InvalidOid, context: 0 };
    // SAFETY: reads two variables.
    unsafe { pg_sys::GetUserIdAndSecContext(&mut restore.user, &mut restore.context) };
    let switches = pg_sys::SECURITY_LOCAL_USERID_CHANGE | pg_sys::SECURITY_NOFORCE_RLS | also;
    // SAFETY: `restore` puts back what is replaced here, and the server does so after an error.
    unsafe { pg_sys::SetUserIdAndSecContext(owner, restore.context | switches as i32) };
    let result = work();
    drop(restore);
    result
}

/// Whether `as_owner` is at work, or a foreign key's own query: row security does not hold the owner back.
pub fn is_owner_unheld() -> bool {
    // SAFETY: reads a variable.
    unsafe { pg_sys::InNoForceRLSOperation() }
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
pub fn is_held(relation: pg_sys::Oid) -> bool {
    // SAFETY: look-ups by relation and role in the system cache; without an error where the setting row_security is off.
    let row_security = unsafe { pg_sys::check_enable_rls(relation, pg_sys::InvalidOid, true) };
    row_security == pg_sys::CheckEnableRlsResult::RLS_ENABLED as i32 && !is_owner(relation)
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
    // SAFETY: reads a variable and looks a role up by oid; the name is copied.
    unsafe {
        let name = pg_sys::GetUserNameFromId(pg_sys::GetOuterUserId(), true);
        if name.is_null() { String::new() } else { std::ffi::CStr::from_ptr(name).to_string_lossy().into_owned() }
    }
}

/// Whether the owner of one relation may insert into another.
pub fn owner_may_insert(relation: pg_sys::Oid, into: pg_sys::Oid) -> bool {
    let owner = super::relation::owner(relation);
    // SAFETY: look-ups by oid in the system cache.
    unsafe {
        pg_sys::pg_class_aclcheck(into, owner, pg_sys::AclMode::from(pg_sys::ACL_INSERT))
            == pg_sys::AclResult::ACLCHECK_OK
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

/// Whether row security does not hold the role that acts (see `acting_role`) in a relation: a superuser, a role with BYPASSRLS, or one
/// with the rights of the relation's owner. In a SECURITY DEFINER function it tells who called, not as whom the function runs.
pub fn actor_passes_row_security(relation: pg_sys::Oid) -> bool {
    let owner = super::relation::owner(relation);
    // SAFETY: reads a variable and looks roles up by oid in the system cache.
    unsafe {
        let actor = pg_sys::GetOuterUserId();
        pg_sys::has_bypassrls_privilege(actor) || pg_sys::has_privs_of_role(actor, owner)
    }
}
