//! What a table's triggers and foreign keys tell of it, and how its constraints become IMMEDIATE.
use super::confinement::run_own;
use super::{Keys, lock};
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::spi::{self, Mode, Parameter};
use pgrx::pg_sys;
use std::ffi::{CStr, CString};

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
pub(super) fn refers_by_trigger(child: pg_sys::Oid, parent: pg_sys::Oid) -> bool {
    lock(child);
    any_trigger(child, |trigger| trigger.tgisinternal && trigger.tgconstrrelid == parent)
}

/// Whether a row that goes can make the server look at, change or remove rows of another owner's table, as the relation cache has it. Of a partitioned table it does not have all, nor what cascades
/// lead to.
pub(super) fn may_have_strangers(parent: pg_sys::Oid) -> bool {
    let owner = relation::owner(parent);
    relation::is_partitioned(parent)
        || any_trigger(parent, |trigger| {
            let function = u32::from(trigger.tgfoid);
            let is_of_parent = (pg_sys::F_RI_FKEY_CASCADE_DEL..=pg_sys::F_RI_FKEY_NOACTION_UPD).contains(&function);
            is_of_parent
                && (function == pg_sys::F_RI_FKEY_CASCADE_DEL || relation::owner(trigger.tgconstrrelid) != owner)
        })
}

/// Whether a table's foreign keys refer to another one, or where none is named, to any with soft delete.
pub(super) fn refers_to(child: pg_sys::Oid, parent: Option<pg_sys::Oid>) -> Result<bool> {
    let parent = spi::Value::oid(parent);
    let sql = include_str!("../../../sql/queries/rights/foreign_key.sql");
    let found = spi::query(sql, &[Parameter::Oid(child), Parameter::Value(&parent)], Mode::ReadLatest, |_| ())?;
    Ok(!found.is_empty())
}

/// Whether work runs with another user's rights in a way that leaves nothing behind: the server refuses to defer triggers then.
pub fn is_restricted() -> bool {
    // SAFETY: reads a variable.
    unsafe { pg_sys::InSecurityRestrictedOperation() }
}

/// SET CONSTRAINTS … IMMEDIATE of what changes of the table can call. Events that are pending run now, as the caller, whose they are. Within
/// another owner's work they are not run: there only what runs no code of anybody's, such as a foreign key, becomes immediate.
pub(super) fn make_immediate(relation: pg_sys::Oid, keys: Keys) -> Result<()> {
    if !relation::is_partitioned(relation) && !any_trigger(relation, |trigger| trigger.tgdeferrable) {
        return Ok(());
    }
    let (is_nested, change) =
        (spi::Value::boolean(Some(is_restricted())), spi::Value::boolean(Some(keys == Keys::Change)));
    let sql = include_str!("../../../sql/queries/rights/deferrable.sql");
    let parameters = [Parameter::Oid(relation), Parameter::Value(&is_nested), Parameter::Value(&change)];
    let names = spi::query(sql, &parameters, Mode::ReadLatest, |row| row.text(1))?;
    let names: Vec<String> = names.into_iter().flatten().collect();
    if names.is_empty() {
        return Ok(());
    }
    run_own(&format!("SET CONSTRAINTS {} IMMEDIATE", names.join(", ")))
}
