//! Hearing and telling that a relation changed, and the ends of transactions.
use crate::error::Result;
use pgrx::{pg_guard, pg_sys};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// The callback must not allocate, so what it looks for has fixed room; past it every relation counts as watched.
const ROOM: usize = 256;
static WATCHED: [AtomicU32; ROOM] = [const { AtomicU32::new(0) }; ROOM];
static WATCHED_COUNT: AtomicUsize = AtomicUsize::new(0);
static TICK: AtomicU64 = AtomicU64::new(1);
static SCHEMAS: AtomicU64 = AtomicU64::new(1);
static ROLLBACKS: AtomicU64 = AtomicU64::new(0);

/// Rises whenever a watched relation was invalidated.
pub fn tick() -> u64 {
    TICK.load(Relaxed)
}

/// Rises whenever a schema was made, renamed or dropped, which invalidates none of its relations.
fn schemas() -> u64 {
    SCHEMAS.load(Relaxed)
}

/// How often a watched relation and a schema had been changed.
type Ticks = (u64, u64);

fn ticks() -> Ticks {
    (tick(), schemas())
}

/// What was looked up for each object, as long as no watched relation and no schema is changed. Who looks up watches what it depends on.
pub struct Cache<T>(RefCell<HashMap<pg_sys::Oid, (Ticks, Rc<T>)>>);

impl<T> Default for Cache<T> {
    fn default() -> Cache<T> {
        Cache(RefCell::default())
    }
}

impl<T> Cache<T> {
    pub fn get(&self, object: pg_sys::Oid, look_up: impl FnOnce() -> Result<T>) -> Result<Rc<T>> {
        let ticks = ticks();
        if let Some((known, found)) = self.0.borrow().get(&object)
            && *known == ticks
        {
            return Ok(found.clone());
        }
        let found = Rc::new(look_up()?);
        self.0.borrow_mut().insert(object, (ticks, found.clone()));
        Ok(found)
    }
}

/// Rises whenever a savepoint is rolled back, which gives locks back.
pub fn savepoint_rollbacks() -> u64 {
    ROLLBACKS.load(Relaxed)
}

/// Makes everything that was learned stale.
pub fn bump() {
    TICK.fetch_add(1, Relaxed);
}

/// Answers whether it was watched before.
pub fn watch(relation: pg_sys::Oid) -> bool {
    let (relation, count) = (u32::from(relation), WATCHED_COUNT.load(Relaxed));
    if count > ROOM || WATCHED.iter().take(count).any(|watched| watched.load(Relaxed) == relation) {
        return true;
    }
    if let Some(slot) = WATCHED.get(count) {
        slot.store(relation, Relaxed);
    }
    WATCHED_COUNT.store(count + 1, Relaxed);
    false
}

/// Takes in what other sessions sent since.
pub fn accept() {
    // SAFETY: reads the shared queue; callbacks registered here only flip counters.
    unsafe { pg_sys::AcceptInvalidationMessages() };
}

/// Tells every session, at commit, that the relation's contents changed in a way that matters to caches.
pub fn send(relation: pg_sys::Oid) {
    // SAFETY: registers a message for the relation.
    unsafe { pg_sys::CacheInvalidateRelcacheByRelid(relation) };
}

#[pg_guard]
unsafe extern "C-unwind" fn on_relation(_argument: pg_sys::Datum, relation: pg_sys::Oid) {
    let (relation, count) = (u32::from(relation), WATCHED_COUNT.load(Relaxed));
    let everything = relation == 0 || count > ROOM;
    if everything || WATCHED.iter().take(count).any(|watched| watched.load(Relaxed) == relation) {
        bump();
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn on_schema(_argument: pg_sys::Datum, _cache: std::ffi::c_int, _hash: pg_sys::uint32) {
    SCHEMAS.fetch_add(1, Relaxed);
}

/// What to do at the end of a transaction, and when a savepoint is rolled back.
pub struct Ends {
    pub transaction: fn(),
    pub savepoint_rollback: fn(),
}

static ENDS: std::sync::OnceLock<Ends> = std::sync::OnceLock::new();

#[pg_guard]
unsafe extern "C-unwind" fn on_transaction(event: pg_sys::XactEvent::Type, _argument: *mut std::ffi::c_void) {
    use pg_sys::XactEvent::{XACT_EVENT_ABORT, XACT_EVENT_COMMIT, XACT_EVENT_PREPARE};
    if let (Some(ends), XACT_EVENT_ABORT | XACT_EVENT_COMMIT | XACT_EVENT_PREPARE) = (ENDS.get(), event) {
        // What is only prepared may yet be rolled back, by another session.
        if event != XACT_EVENT_COMMIT {
            (ends.savepoint_rollback)();
        }
        (ends.transaction)();
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn on_savepoint(
    event: pg_sys::SubXactEvent::Type,
    _savepoint: pg_sys::SubTransactionId,
    _parent: pg_sys::SubTransactionId,
    _argument: *mut std::ffi::c_void,
) {
    if let (Some(ends), pg_sys::SubXactEvent::SUBXACT_EVENT_ABORT_SUB) = (ENDS.get(), event) {
        ROLLBACKS.fetch_add(1, Relaxed);
        (ends.savepoint_rollback)();
    }
}

/// Called once, when the library is loaded.
pub fn register(ends: Ends) {
    if ENDS.set(ends).is_err() {
        return;
    }
    // SAFETY: the callbacks are static functions that neither allocate nor raise.
    unsafe {
        pg_sys::CacheRegisterRelcacheCallback(Some(on_relation), pg_sys::Datum::from(0));
        pg_sys::CacheRegisterSyscacheCallback(
            pg_sys::SysCacheIdentifier::NAMESPACEOID as i32,
            Some(on_schema),
            pg_sys::Datum::from(0),
        );
        pg_sys::RegisterXactCallback(Some(on_transaction), std::ptr::null_mut());
        pg_sys::RegisterSubXactCallback(Some(on_savepoint), std::ptr::null_mut());
    }
}
