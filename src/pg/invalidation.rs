//! Relcache and transaction callbacks.
use crate::pg::error::{Result, raise};
use crate::pg::snapshot::WHOLE_TRANSACTION;
use pgrx::{pg_guard, pg_sys};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

thread_local! {
    /// Relations that cached values depend on. An invalidation removes the relation: the next lookup adds it again.
    static WATCHED: RefCell<HashSet<u32>> = RefCell::default();
}

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

/// A cache by object. Entries are valid until a watched relation or a schema changes. The lookup function must watch every relation that it reads.
pub struct Cache<T>(RefCell<Entries<T>>);

struct Entries<T> {
    known: HashMap<pg_sys::Oid, (Ticks, Rc<T>)>,
    /// With more entries than these the stale ones are thrown away, those of dropped relations among them.
    room: usize,
}

/// So many entries a cache holds before it looks for stale ones.
const ROOM: usize = 64;

impl<T> Default for Cache<T> {
    fn default() -> Cache<T> {
        Cache(RefCell::new(Entries { known: HashMap::new(), room: ROOM }))
    }
}

impl<T> Cache<T> {
    pub fn get(&self, object: pg_sys::Oid, look_up: impl FnOnce() -> Result<T>) -> Result<Rc<T>> {
        let ticks = ticks();
        if let Some((known, found)) = self.0.borrow().known.get(&object)
            && *known == ticks
        {
            return Ok(found.clone());
        }
        let found = Rc::new(look_up()?);
        let mut entries = self.0.borrow_mut();
        if entries.known.len() >= entries.room {
            entries.known.retain(|_, (known, _)| *known == ticks);
            entries.room = ROOM.max(2 * entries.known.len());
        }
        entries.known.insert(object, (ticks, found.clone()));
        Ok(found)
    }

    /// How many entries there are, stale ones among them.
    #[cfg(feature = "pg_test")]
    pub fn len(&self) -> usize {
        self.0.borrow().known.len()
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
    !WATCHED.with_borrow_mut(|watched| watched.insert(u32::from(relation)))
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
    // Neither look-up nor removal allocates.
    let is_watched = WATCHED.with_borrow_mut(|watched| {
        if relation == pg_sys::InvalidOid {
            watched.clear();
            return true;
        }
        watched.remove(&u32::from(relation))
    });
    if is_watched {
        bump();
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn on_schema(_argument: pg_sys::Datum, _cache: std::ffi::c_int, _hash: pg_sys::uint32) {
    SCHEMAS.fetch_add(1, Relaxed);
}

/// What to do before a transaction commits, at its end, and when a savepoint is rolled back.
pub struct Ends {
    /// Runs after the deferred triggers, when the server fires no more of them and closes no more cursors: it may only look whether all was done, and runs no SQL. An error takes the
    /// transaction back.
    pub before_commit: fn() -> Result<()>,
    pub transaction: fn(),
    /// Called with the number of the subtransaction that is rolled back, together with those after it; the whole transaction is the first.
    pub savepoint_rollback: fn(u32),
}

static ENDS: std::sync::OnceLock<Ends> = std::sync::OnceLock::new();

#[pg_guard]
unsafe extern "C-unwind" fn on_transaction(event: pg_sys::XactEvent::Type, _argument: *mut std::ffi::c_void) {
    use pg_sys::XactEvent::{
        XACT_EVENT_ABORT, XACT_EVENT_COMMIT, XACT_EVENT_PRE_COMMIT, XACT_EVENT_PRE_PREPARE, XACT_EVENT_PREPARE,
    };
    if let (Some(ends), XACT_EVENT_PRE_COMMIT | XACT_EVENT_PRE_PREPARE) = (ENDS.get(), event) {
        if let Err(error) = (ends.before_commit)() {
            raise(error);
        }
        return;
    }
    if let (Some(ends), XACT_EVENT_ABORT | XACT_EVENT_COMMIT | XACT_EVENT_PREPARE) = (ENDS.get(), event) {
        // What is only prepared may yet be rolled back, by another session.
        if event != XACT_EVENT_COMMIT {
            (ends.savepoint_rollback)(WHOLE_TRANSACTION);
        }
        (ends.transaction)();
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn on_savepoint(
    event: pg_sys::SubXactEvent::Type,
    savepoint: pg_sys::SubTransactionId,
    _parent: pg_sys::SubTransactionId,
    _argument: *mut std::ffi::c_void,
) {
    if let (Some(ends), pg_sys::SubXactEvent::SUBXACT_EVENT_ABORT_SUB) = (ENDS.get(), event) {
        ROLLBACKS.fetch_add(1, Relaxed);
        (ends.savepoint_rollback)(savepoint);
    }
}

/// Called once, when the library is loaded.
pub fn register(ends: Ends) {
    if ENDS.set(ends).is_err() {
        return;
    }
    // SAFETY: the callbacks are static functions. Only the one before a commit raises, where the server expects it.
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
