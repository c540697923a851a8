//! What rowkit asks of the server, behind safe types. The only folder with `unsafe`.
//!
//! | file | says |
//! |---|---|
//! | allowance.rs | the time that code of other owners may take together |
//! | call.rs | a call of a function, and state that lives as long as its call site |
//! | deadline.rs | a limit of time for work that runs code of others |
//! | deferral.rs | events of deferred triggers, which the server fires before COMMIT |
//! | error.rs | errors with their SQLSTATE, DETAIL and HINT |
//! | guc.rs | the settings `rowkit.*` |
//! | insertion.rs | rows put into a table without a statement |
//! | invalidation.rs | relcache and transaction callbacks |
//! | jsonb.rs | jsonb arguments and results that are not converted |
//! | lock.rs | writers of records against editors of their schema |
//! | memory.rs | a memory context for work that repeats |
//! | clock.rs | the time of the clock, the statement and the transaction; the id of the current statement |
//! | operation.rs | operations of rowkit's own that its triggers let pass |
//! | lock_wait.rs | what it takes to wait without a lock |
//! | raised.rs | errors of others, passed on with all that they were raised with; errors of any SQLSTATE |
//! | read_only.rs | work in the server's read-only mode |
//! | relation.rs | finding and naming relations |
//! | rights/ | acting as a relation's owner, as foreign keys do |
//! | search.rs | the types and dictionaries of full-text search |
//! | setting.rs | settings by name |
//! | snapshot.rs | telling one snapshot from another |
//! | spi.rs | prepared queries that copy out what they find |
//! | subtransaction.rs | work whose changes are taken back, always or when it fails |
//! | tsquery.rs | queries of full-text search that are as deep for every row |
//! | time_zone.rs | time zones |
//! | testing.rs, tests/ | what tests inside the server have in common, and this folder's own |
//! | transition.rs | the rows a statement touched |
//! | trigger.rs | a trigger's call, rows and answer |
//! | uuid.rs | time-ordered UUIDs |
//! | uuids.rs | a uuid[] that outlives the call which answers it |
//! | value.rs | values with their types: getters that check the column's type, and values of one's own |
//! | work.rs | interrupts, stack depth and the limit of memory |
//! | written.rs | values written down as text or JSON, and read again, under the same settings always |

pub mod allowance;
pub mod call;
pub mod clock;
pub mod deadline;
pub mod deferral;
pub mod error;
pub mod executor;
pub mod guc;
pub mod insertion;
pub mod invalidation;
pub mod jsonb;
pub mod lock;
pub mod lock_wait;
pub mod memory;
pub mod operation;
pub mod raised;
pub mod read_only;
pub mod relation;
pub mod rights;
pub mod search;
pub mod setting;
pub mod shared;
pub mod snapshot;
pub mod spi;
pub mod statement;
pub mod subtransaction;
#[cfg(feature = "pg_test")]
pub mod testing;
#[cfg(feature = "pg_test")]
mod tests;
pub mod time_zone;
pub mod transition;
pub mod trigger;
mod tsquery;
pub mod uuid;
pub mod uuids;
pub mod value;
// Unit tests run without a server: crate::core::work.
#[cfg_attr(test, allow(dead_code))]
pub mod work;
pub mod written;
