//! Roles that a caller acts as.
use super::switch::{Switch, switched};
use super::{OwnedTable, current_user};
use crate::pg::error::{Error, Result};
use pgrx::pg_sys;
use std::ffi::{CStr, CString};

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
