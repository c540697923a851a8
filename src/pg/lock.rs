//! Locks on a part of a table that has no row of its own.
//!
//! Writers of records against editors of their schema: a writer takes its lock before it validates and holds it until its transaction ends; an editor takes a lock that
//! conflicts with it. So nothing that was validated under one schema can commit after another one did. The server sends
//! an editor's invalidations before it releases the editor's locks, and a lock just granted takes pending invalidations
//! in: a writer that got the lock sees every edit that committed.
use pgrx::pg_sys;

/// Locks are kept by bucket, so that one transaction over very many tables cannot fill the server's lock table. Two
/// tables in one bucket only ever wait for each other's edits.
const BUCKETS: u32 = 1024;

/// What a bucket is of.
const SCHEMAS: u16 = 1;
const MEMBERS: u16 = 2;

fn lock(relation: pg_sys::Oid, part: u16, id: &[u8; 16], mode: u32) {
    let hash = id.iter().fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    let bucket = pg_sys::Oid::from(1 + hash % BUCKETS);
    // SAFETY: an object lock is a tag of numbers; no catalog has a class with the oid of a user's table.
    unsafe { pg_sys::LockDatabaseObject(relation, bucket, part, mode as pg_sys::LOCKMODE) };
}

/// For a transaction that writes records of the table.
pub fn for_writing_records(tables: pg_sys::Oid, table_id: &[u8; 16]) {
    lock(tables, SCHEMAS, table_id, pg_sys::RowExclusiveLock);
}

/// For a transaction that changes the table's schema.
pub fn for_editing_schema(tables: pg_sys::Oid, table_id: &[u8; 16]) {
    lock(tables, SCHEMAS, table_id, pg_sys::ShareRowExclusiveLock);
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
