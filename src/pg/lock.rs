//! Locks on a part of a table that has no row of its own.
//!
//! Writers of records against editors of their schema: a writer takes its lock before it validates and holds it until its transaction ends; an editor takes a lock that
//! conflicts with it. So nothing that was validated under one schema can commit after another one did. The server sends
//! an editor's invalidations before it releases the editor's locks, and a lock just granted takes pending invalidations
//! in: a writer that got the lock sees every edit that committed.
//!
//! A wait that would close a cycle of waiting transactions ends with 40001.
use super::lock_wait;
use crate::pg::error::{Error, raise};
use pgrx::pg_sys;

/// Locks are kept by bucket, so that one transaction over very many tables cannot fill the server's lock table. Two
/// tables in one bucket only ever wait for each other's edits.
const BUCKETS: u32 = 1024;

/// Lock namespaces.
const SCHEMAS: u16 = 1;
const MEMBERS: u16 = 2;
const EVICTIONS: u16 = 3;

fn bucket(id: &[u8; 16]) -> pg_sys::Oid {
    let hash = id.iter().fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    pg_sys::Oid::from(1 + hash % BUCKETS)
}

/// Takes the lock if nobody is in the way, and answers whether it did.
fn attempt(relation: pg_sys::Oid, part: u16, id: &[u8; 16], mode: u32) -> bool {
    // SAFETY: an object lock is a tag of numbers; no catalog has a class with the oid of a user's table.
    unsafe { pg_sys::ConditionalLockDatabaseObject(relation, bucket(id), part, mode as pg_sys::LOCKMODE) }
}

fn release(relation: pg_sys::Oid, part: u16, id: &[u8; 16], mode: u32) {
    // SAFETY: as above; the lock is held.
    unsafe { pg_sys::UnlockDatabaseObject(relation, bucket(id), part, mode as pg_sys::LOCKMODE) };
}

fn lock(relation: pg_sys::Oid, part: u16, id: &[u8; 16], mode: u32) {
    if attempt(relation, part, id, mode) {
        return;
    }
    let wait = || {
        // SAFETY: as above.
        unsafe { pg_sys::LockDatabaseObject(relation, bucket(id), part, mode as pg_sys::LOCKMODE) };
        Ok(())
    };
    match lock_wait::unless_deadlocked(wait) {
        Ok(Some(())) => (),
        Ok(None) => raise(
            Error::serialization_failure(
                "the schema of a table is locked by a transaction that waits for this one in turn",
            )
            .hint("Retry the transaction."),
        ),
        Err(error) => raise(error),
    }
}

/// For a transaction that writes records of the table. Where an editor asks writers to step aside it raises 40001.
pub fn for_writing_records(tables: pg_sys::Oid, table_id: &[u8; 16]) {
    if attempt(tables, SCHEMAS, table_id, pg_sys::RowExclusiveLock) {
        return;
    }
    if !attempt(tables, EVICTIONS, table_id, pg_sys::AccessShareLock) {
        raise(
            Error::serialization_failure("a column, a choice or a status of the table is being renamed in all records")
                .hint("Retry the transaction."),
        );
    }
    release(tables, EVICTIONS, table_id, pg_sys::AccessShareLock);
    lock(tables, SCHEMAS, table_id, pg_sys::RowExclusiveLock);
}

/// An editor who needs rows that writers lock while they wait for the table's schema: they step aside as long as this lives.
pub struct Eviction {
    tables: pg_sys::Oid,
    table_id: [u8; 16],
}

impl Eviction {
    /// Waits for another editor's.
    pub fn begin(tables: pg_sys::Oid, table_id: &[u8; 16]) -> Eviction {
        lock(tables, EVICTIONS, table_id, pg_sys::AccessExclusiveLock);
        Eviction { tables, table_id: *table_id }
    }
}

impl Drop for Eviction {
    fn drop(&mut self) {
        // After an error the end of the transaction releases it.
        if !std::thread::panicking() {
            release(self.tables, EVICTIONS, &self.table_id, pg_sys::AccessExclusiveLock);
        }
    }
}

/// For a transaction that changes the table's schema.
pub fn for_editing_schema(tables: pg_sys::Oid, table_id: &[u8; 16]) {
    lock(tables, SCHEMAS, table_id, pg_sys::ShareRowExclusiveLock);
}

/// The same, only if no writer or editor is in the way; whether it is locked now.
pub fn for_editing_schema_now(tables: pg_sys::Oid, table_id: &[u8; 16]) -> bool {
    attempt(tables, SCHEMAS, table_id, pg_sys::ShareRowExclusiveLock)
}

/// For a transaction that takes rights from a tenant's members: one at a time, so that two do not each count on the other's.
pub fn for_taking_rights(membership: pg_sys::Oid, tenant: &[u8; 16]) {
    lock(membership, MEMBERS, tenant, pg_sys::ExclusiveLock);
}

/// For a transaction that makes objects in the schema which no other may make meanwhile. Who makes a relation holds a weaker lock on its schema,
/// which this one waits for and holds off.
pub fn for_making_objects(schema: pg_sys::Oid) {
    // SAFETY: a lock on an object of a catalog is a tag of numbers.
    unsafe {
        pg_sys::LockDatabaseObject(
            pg_sys::NamespaceRelationId,
            schema,
            0,
            pg_sys::AccessExclusiveLock as pg_sys::LOCKMODE,
        )
    };
}

/// Keeps others from dropping a relation, renaming it or changing its owner until the transaction ends.
pub fn keep_relation(relation: pg_sys::Oid) {
    // SAFETY: a lock is a tag of numbers; a relation that is gone by now has one, too.
    unsafe { pg_sys::LockRelationOid(relation, pg_sys::AccessShareLock as pg_sys::LOCKMODE) };
}
