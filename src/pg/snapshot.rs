//! Telling one snapshot from another.
use pgrx::pg_sys;

unsafe extern "C-unwind" {
    // They raise nothing, and pgrx's guard against errors would cost more than they do: a policy asks for every row of a scan.
    fn ActiveSnapshotSet() -> bool;
    fn GetActiveSnapshot() -> pg_sys::Snapshot;
    fn GetCurrentStatementStartTimestamp() -> pg_sys::TimestampTz;
}

/// Two of one transaction are equal only when they show the same rows, as long as no savepoint was rolled back between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    oldest_running: pg_sys::TransactionId,
    next: pg_sys::TransactionId,
    running: u32,
    running_parts: i32,
    command: pg_sys::CommandId,
    ended: u64,
    /// When the client's statement began: a transaction that keeps its snapshot still has statements one after the other.
    statement: pg_sys::TimestampTz,
}

impl Snapshot {
    /// Whether it was taken before a command of this number was done.
    pub fn is_before(&self, command: u32) -> bool {
        self.command <= command
    }
}

/// The number of the command that is being done. Statements that begin later in the transaction have snapshots of higher ones.
pub fn command() -> u32 {
    // SAFETY: reads a variable, and marks the number as used, so that the server goes on to the next one.
    unsafe { pg_sys::GetCurrentCommandId(true) }
}

/// Runs `work` where no query runs, such as before a commit, with the transaction's snapshot.
pub fn with_transaction<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: what is pushed is popped below; after an error the server pops it.
    unsafe { pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot()) };
    let result = work();
    // SAFETY: as above.
    unsafe { pg_sys::PopActiveSnapshot() };
    result
}

/// The snapshot that the running query reads with; none outside of one.
pub fn active() -> Option<Snapshot> {
    // SAFETY: the server's active snapshot lives as long as the query that runs now, and is copied here.
    unsafe {
        if !ActiveSnapshotSet() {
            return None;
        }
        let snapshot = &*GetActiveSnapshot();
        (snapshot.snapshot_type == pg_sys::SnapshotType::SNAPSHOT_MVCC).then_some(Snapshot {
            oldest_running: snapshot.xmin,
            next: snapshot.xmax,
            running: snapshot.xcnt,
            running_parts: snapshot.subxcnt,
            command: snapshot.curcid,
            ended: snapshot.snapXactCompletionCount,
            statement: GetCurrentStatementStartTimestamp(),
        })
    }
}

/// The number of a transaction's first subtransaction.
pub const WHOLE_TRANSACTION: u32 = 1;

/// The number of the running subtransaction; those that begin later have higher ones.
pub fn subtransaction() -> u32 {
    // SAFETY: reads a variable.
    unsafe { pg_sys::GetCurrentSubTransactionId() }
}
