//! The portals of the session: its cursors, and the statements that run.
use crate::core::work;
use pgrx::pg_sys;
use std::cell::Cell;
use std::ffi::{CStr, CString};

thread_local! {
    /// The memory context whose children are the portals' contexts; the server makes it once.
    static TOP: Cell<pg_sys::MemoryContext> = const { Cell::new(std::ptr::null_mut()) };
}

/// The name of each portal. PostgreSQL keeps its list of portals to itself; each has a memory context that is named after it.
fn names() -> Vec<CString> {
    let mut names = Vec::new();
    // SAFETY: contexts of the server's, which stay while their lists are read; their identifiers are C strings.
    unsafe {
        if TOP.get().is_null() {
            let mut context = (*pg_sys::TopMemoryContext).firstchild;
            while !context.is_null() && CStr::from_ptr((*context).name) != c"TopPortalContext" {
                context = (*context).nextchild;
            }
            TOP.set(context);
        }
        if TOP.get().is_null() {
            return names;
        }
        let mut context = (*TOP.get()).firstchild;
        while !context.is_null() {
            work::step();
            if !(*context).ident.is_null() {
                let name = CStr::from_ptr((*context).ident);
                // The portal without a name is called so; a cursor can have that name, too.
                let possible = [name, if name == c"<unnamed>" { c"" } else { name }];
                let is_its_name = |name: &&&CStr| {
                    let portal = pg_sys::GetPortalByName(name.as_ptr());
                    !portal.is_null() && (*portal).portalContext == context
                };
                names.extend(possible.iter().find(is_its_name).map(|name| (*name).to_owned()));
            }
            context = (*context).nextchild;
        }
    }
    names
}

/// The portals that were there at one moment, which count as running until this ends: nobody fetches from them, or closes one and opens another of its name.
pub(super) struct Portals {
    known: Vec<CString>,
    /// Those that did not run, with their status.
    held: Vec<(CString, pg_sys::PortalStatus::Type)>,
}

impl Portals {
    pub(super) fn hold() -> Portals {
        let known = names();
        let mut held = Vec::new();
        for name in &known {
            // SAFETY: a look-up by name; a portal that is found is there, and its status is put back when this ends.
            unsafe {
                let portal = pg_sys::GetPortalByName(name.as_ptr());
                if !portal.is_null() && (*portal).status != pg_sys::PortalStatus::PORTAL_ACTIVE {
                    held.push((name.clone(), (*portal).status));
                    (*portal).status = pg_sys::PortalStatus::PORTAL_ACTIVE;
                }
            }
        }
        Portals { known, held }
    }

    /// Closes the portals that were opened since, but for those that run. A loop's is pinned, and its loop has ended.
    pub(super) fn close_others(self) {
        for name in names() {
            if self.known.contains(&name) {
                continue;
            }
            // SAFETY: as above; a portal that does not run and is not pinned can be dropped.
            unsafe {
                let portal = pg_sys::GetPortalByName(name.as_ptr());
                if !portal.is_null() && (*portal).status != pg_sys::PortalStatus::PORTAL_ACTIVE {
                    (*portal).portalPinned = false;
                    pg_sys::PortalDrop(portal, false);
                }
            }
        }
    }
}

impl Drop for Portals {
    fn drop(&mut self) {
        for (name, status) in &self.held {
            // SAFETY: a look-up by name; one that is gone is not found.
            unsafe {
                let portal = pg_sys::GetPortalByName(name.as_ptr());
                if !portal.is_null() && (*portal).status == pg_sys::PortalStatus::PORTAL_ACTIVE {
                    (*portal).status = *status;
                }
            }
        }
    }
}
