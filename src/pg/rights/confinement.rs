//! Session state is protected from the code of a table's owner that runs in another user's session.
//!
//! The server's restricted operation stops temporary tables, other users and deferred triggers. It does not stop types and functions in `pg_temp`, which are looked up before
//! all others, nor the caller's cursors, prepared statements, constraints and large objects. Owners who have the caller's rights anyway, such as superusers, are not confined.
use crate::core::check;
use crate::core::work;
use crate::pg::error::{Error, Result, raise};
use crate::pg::spi::{self, Mode};
use pgrx::pg_sys::NodeTag;
use pgrx::{pg_guard, pg_sys};
use std::cell::Cell;
use std::ffi::{CString, c_char, c_int, c_void};

thread_local! {
    static IS_CONFINED: Cell<bool> = const { Cell::new(false) };
    /// The next utility statement is rowkit's own.
    static IS_OWN: Cell<bool> = const { Cell::new(false) };
}

/// Runs a utility statement of rowkit's own, also for confined code. What fires while it runs is confined as before.
pub(super) fn run_own(statement: &str) -> Result<()> {
    struct Mark;
    impl Drop for Mark {
        fn drop(&mut self) {
            IS_OWN.set(false);
        }
    }
    IS_OWN.set(true);
    let _mark = Mark;
    spi::execute(statement, &[], Mode::Write).map(|_| ())
}

/// Utility statements that leave nothing in the session, or that the restricted operation keeps from doing so.
const ALLOWED: [NodeTag; 24] = [
    NodeTag::T_VariableSetStmt,
    NodeTag::T_VariableShowStmt,
    NodeTag::T_NotifyStmt,
    NodeTag::T_LockStmt,
    NodeTag::T_ExplainStmt,
    NodeTag::T_CallStmt,
    NodeTag::T_DoStmt,
    NodeTag::T_CopyStmt,
    NodeTag::T_TruncateStmt,
    NodeTag::T_VacuumStmt,
    NodeTag::T_RefreshMatViewStmt,
    NodeTag::T_CreateStmt,
    NodeTag::T_CreateTableAsStmt,
    NodeTag::T_AlterTableStmt,
    NodeTag::T_IndexStmt,
    NodeTag::T_ReindexStmt,
    NodeTag::T_ClusterStmt,
    NodeTag::T_DropStmt,
    NodeTag::T_CreateTrigStmt,
    NodeTag::T_CreatePolicyStmt,
    NodeTag::T_AlterPolicyStmt,
    NodeTag::T_GrantStmt,
    NodeTag::T_CommentStmt,
    NodeTag::T_RenameStmt,
];

/// The server's functions on large objects, by their numbers, which are the same in all versions.
const LARGE_OBJECTS: [u32; 16] = [715, 764, 765, 767, 952, 953, 954, 955, 956, 957, 958, 964, 1004, 3170, 3171, 3172];

/// Confinement until this ends, also after an error.
pub(super) struct Confinement {
    before: bool,
    /// The names of the cursors that count as running.
    held: Vec<CString>,
}

impl Confinement {
    /// Before a switch from one user to another. The cursors of a caller who has the owner's rights, such as a superuser, count as running: so nobody fetches from them, moves or
    /// closes them.
    pub(super) fn begin(caller: pg_sys::Oid, owner: pg_sys::Oid) -> Result<Confinement> {
        let before = IS_CONFINED.get();
        // SAFETY: look-ups by role in the system cache.
        let is_trusted = owner == caller
            || unsafe { pg_sys::superuser_arg(owner) || pg_sys::has_privs_of_role(owner, caller) }
            || !check::in_force("confinement");
        let mut confinement = Confinement { before, held: Vec::new() };
        if is_trusted {
            return Ok(confinement);
        }
        // To look for them takes a query. Whoever has not the owner's rights runs the owner's triggers with rights of their own anyway, with each statement on the table.
        // SAFETY: a look-up by two roles in the system cache.
        if unsafe { pg_sys::has_privs_of_role(caller, owner) } {
            confinement.hold_cursors()?;
        }
        IS_CONFINED.set(true);
        Ok(confinement)
    }

    fn hold_cursors(&mut self) -> Result<()> {
        let names = spi::query("SELECT name FROM pg_catalog.pg_cursors", &[], Mode::Read, |row| row.text(1))?;
        for name in names.into_iter().flatten() {
            work::step();
            let Ok(name) = CString::new(name) else { continue };
            // SAFETY: a look-up by name; a portal that is found is there, and its status is put back below.
            unsafe {
                let portal = pg_sys::GetPortalByName(name.as_ptr());
                if !portal.is_null() && (*portal).status == pg_sys::PortalStatus::PORTAL_READY {
                    (*portal).status = pg_sys::PortalStatus::PORTAL_ACTIVE;
                    self.held.push(name);
                }
            }
        }
        Ok(())
    }
}

impl Drop for Confinement {
    fn drop(&mut self) {
        IS_CONFINED.set(self.before);
        for name in &self.held {
            // SAFETY: as above; one that is gone is not found.
            unsafe {
                let portal = pg_sys::GetPortalByName(name.as_ptr());
                if !portal.is_null() && (*portal).status == pg_sys::PortalStatus::PORTAL_ACTIVE {
                    (*portal).status = pg_sys::PortalStatus::PORTAL_READY;
                }
            }
        }
    }
}

fn refused(what: &str) -> Error {
    Error::insufficient_privilege(format!("{what} cannot run with the rights of another role's table"))
        .hint("A trigger, a policy or an index of that table runs it while rowkit works there for somebody else. It may change rows and settings, and nothing that the session keeps.")
}

#[pg_guard]
unsafe extern "C-unwind" fn refuse(kind: NodeTag) {
    raise(refused(&format!("{kind:?}").trim_start_matches("T_").trim_end_matches("Stmt").to_uppercase()));
}

#[pg_guard]
unsafe extern "C-unwind" fn refuse_large_objects() {
    raise(refused("a function on large objects"));
}

/// The hooks that were there before.
static mut UTILITY: pg_sys::ProcessUtility_hook_type = None;
static mut ACCESS: pg_sys::object_access_hook_type = None;

unsafe extern "C-unwind" {
    fn standard_ProcessUtility(
        statement: *mut pg_sys::PlannedStmt,
        text: *const c_char,
        read_only_tree: bool,
        context: pg_sys::ProcessUtilityContext::Type,
        parameters: pg_sys::ParamListInfo,
        environment: *mut pg_sys::QueryEnvironment,
        receiver: *mut pg_sys::DestReceiver,
        completion: *mut pg_sys::QueryCompletion,
    );
}

#[allow(clippy::too_many_arguments, reason = "the server's hook has them")]
unsafe extern "C-unwind" fn utility(
    statement: *mut pg_sys::PlannedStmt,
    text: *const c_char,
    read_only_tree: bool,
    context: pg_sys::ProcessUtilityContext::Type,
    parameters: pg_sys::ParamListInfo,
    environment: *mut pg_sys::QueryEnvironment,
    receiver: *mut pg_sys::DestReceiver,
    completion: *mut pg_sys::QueryCompletion,
) {
    // SAFETY: what the server handed over is looked at, and goes on as it came.
    unsafe {
        if IS_CONFINED.get() && !IS_OWN.replace(false) {
            let kind = (*(*statement).utilityStmt).type_;
            if !ALLOWED.contains(&kind) {
                refuse(kind);
            }
        }
        match UTILITY {
            Some(next) => {
                next(statement, text, read_only_tree, context, parameters, environment, receiver, completion);
            }
            None => standard_ProcessUtility(
                statement,
                text,
                read_only_tree,
                context,
                parameters,
                environment,
                receiver,
                completion,
            ),
        }
    }
}

unsafe extern "C-unwind" fn access(
    kind: pg_sys::ObjectAccessType::Type,
    class: pg_sys::Oid,
    object: pg_sys::Oid,
    part: c_int,
    argument: *mut c_void,
) {
    // SAFETY: what the server handed over goes on as it came.
    unsafe {
        if IS_CONFINED.get()
            && kind == pg_sys::ObjectAccessType::OAT_FUNCTION_EXECUTE
            && LARGE_OBJECTS.contains(&u32::from(object))
        {
            refuse_large_objects();
        }
        if let Some(next) = ACCESS {
            next(kind, class, object, part, argument);
        }
    }
}

/// Called once, when the server loads the library.
pub fn register() {
    // SAFETY: the backend has one thread, and nobody is confined yet.
    unsafe {
        UTILITY = pg_sys::ProcessUtility_hook;
        pg_sys::ProcessUtility_hook = Some(utility);
        ACCESS = pg_sys::object_access_hook;
        pg_sys::object_access_hook = Some(access);
    }
}
