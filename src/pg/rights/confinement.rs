//! Session state is protected from the code of a table's owner that runs in another user's session.
//!
//! The server's restricted operation stops temporary tables, other users and deferred triggers. It does not stop types and functions in `pg_temp`, which are looked up before
//! all others, nor cursors, prepared statements, constraints, session locks and large objects. Owners who have the caller's rights anyway, such as superusers, are not confined.
//! Also confined is what the server runs as a table's owner by itself, such as the functions of an index that another user makes anew.
use super::portals::Portals;
use crate::core::check;
use crate::pg::error::{Error, Result, raise};
use crate::pg::executor;
use crate::pg::spi::{self, Mode};
use pgrx::pg_sys::NodeTag;
use pgrx::{pg_guard, pg_sys};
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};

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
const ALLOWED: [NodeTag; 25] = [
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
    NodeTag::T_CreateSeqStmt,
    NodeTag::T_AlterSeqStmt,
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
];

/// Functions of the server's on what a session keeps, by their numbers, which are the same in all versions.
const OF_THE_SESSION: [(&str, &[u32]); 3] = [
    (
        "a function on large objects",
        &[715, 764, 765, 767, 952, 953, 954, 955, 956, 957, 958, 964, 1004, 3170, 3171, 3172, 3457, 3458, 3459, 3460],
    ),
    (
        "a function on the session's advisory locks",
        &[2880, 2881, 2882, 2883, 2884, 2885, 2886, 2887, 2888, 2889, 2890, 2891, 2892],
    ),
    ("setseed", &[1599]),
];

/// Confinement until this ends, also after an error.
pub(super) struct Confinement {
    before: bool,
    /// Cursors that were there before the switch: they count as running, so nobody fetches from them, moves or closes them.
    portals: Option<Portals>,
}

impl Confinement {
    /// Before a switch from one user to another.
    pub(super) fn begin(caller: pg_sys::Oid, owner: pg_sys::Oid) -> Confinement {
        let before = IS_CONFINED.get();
        if owner == caller || is_trusted(owner, caller) || !check::in_force("confinement") {
            return Confinement { before, portals: None };
        }
        let portals = Portals::hold();
        IS_CONFINED.set(true);
        Confinement { before, portals: Some(portals) }
    }

    /// After work without an error. The cursors that the work left open are closed: they have names that the caller may use, and would run in the caller's session.
    pub(super) fn end(mut self) {
        if let Some(portals) = self.portals.take() {
            portals.close_others();
        }
    }
}

impl Drop for Confinement {
    fn drop(&mut self) {
        IS_CONFINED.set(self.before);
    }
}

/// Whether a user has the rights of another one anyway.
pub(super) fn is_trusted(user: pg_sys::Oid, other: pg_sys::Oid) -> bool {
    // SAFETY: look-ups by role in the system cache.
    unsafe { pg_sys::superuser_arg(user) || pg_sys::has_privs_of_role(user, other) }
}

/// Whether the code that runs is confined: by rowkit, or as the server switched to a user who has not the rights of the one whose session it is.
fn is_confined() -> bool {
    if IS_CONFINED.get() {
        return true;
    }
    // SAFETY: reads variables of the server.
    let (is_restricted, user, outer) =
        unsafe { (pg_sys::InSecurityRestrictedOperation(), pg_sys::GetUserId(), pg_sys::GetOuterUserId()) };
    is_restricted && user != outer && !is_trusted(user, outer) && check::in_force("confinement")
}

fn refused(what: &str) -> Error {
    Error::insufficient_privilege(format!("{what} is not allowed while code of another role's table runs in this session"))
        .hint("Triggers, policies and index functions may change rows and settings there. They may not create types or functions, or use cursors, prepared statements, large objects and session locks.")
}

/// Raises the error of a utility statement.
///
/// # Safety
/// The statement is one that the server hands to its hook.
#[pg_guard]
unsafe extern "C-unwind" fn refuse(statement: *mut pg_sys::Node) {
    // SAFETY: the name of a command is a text of the server's that stays.
    let name = unsafe { CStr::from_ptr(pg_sys::GetCommandTagName(pg_sys::CreateCommandTag(statement))) };
    raise(refused(&name.to_string_lossy()));
}

#[pg_guard]
unsafe extern "C-unwind" fn refuse_function(place: usize) {
    raise(refused(OF_THE_SESSION[place].0));
}

/// The utility statement that confined code may not run: its own, or that of the statement which it explains or makes a table of.
///
/// # Safety
/// The statement is one that the server hands to its hook.
unsafe fn forbidden(statement: *mut pg_sys::Node) -> Option<*mut pg_sys::Node> {
    // SAFETY: the node's tag says which struct it is.
    unsafe {
        let kind = (*statement).type_;
        let inner = match kind {
            NodeTag::T_ExplainStmt => (*statement.cast::<pg_sys::ExplainStmt>()).query,
            NodeTag::T_CreateTableAsStmt => (*statement.cast::<pg_sys::CreateTableAsStmt>()).query,
            // The seed of random() is no setting that is put back.
            NodeTag::T_VariableSetStmt => {
                let name = (*statement.cast::<pg_sys::VariableSetStmt>()).name;
                let is_seed = !name.is_null() && CStr::from_ptr(name).to_bytes().eq_ignore_ascii_case(b"seed");
                return is_seed.then_some(statement);
            }
            _ => return (!ALLOWED.contains(&kind)).then_some(statement),
        };
        if inner.is_null() || (*inner).type_ != NodeTag::T_Query {
            return None;
        }
        let inner = (*inner.cast::<pg_sys::Query>()).utilityStmt;
        if inner.is_null() { None } else { forbidden(inner) }
    }
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
    // The mark is that of the first statement, whoever is confined: what fires within it has none.
    let is_own = IS_OWN.replace(false);
    // SAFETY: what the server handed over is looked at, and goes on as it came.
    executor::within(|| unsafe {
        if !is_own
            && is_confined()
            && let Some(forbidden) = forbidden((*statement).utilityStmt)
        {
            refuse(forbidden);
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
    });
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
        if kind == pg_sys::ObjectAccessType::OAT_FUNCTION_EXECUTE
            && let Some(place) = OF_THE_SESSION.iter().position(|(_, functions)| functions.contains(&u32::from(object)))
            && is_confined()
        {
            refuse_function(place);
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
