//! Time-ordered UUIDs: RFC 9562, version 7.
use crate::pg::error::{Error, Result};
use crate::pg::relation::random_bytes;
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use std::cell::{Cell, RefCell};
use std::time::{SystemTime, UNIX_EPOCH};

thread_local! {
    /// The last time given out, in 4096ths of a millisecond: a session's ids rise even within one tick of the clock.
    static LAST: Cell<u64> = const { Cell::new(0) };
    /// Random bytes not used yet, and how many: to ask for many at once costs little more than for a few.
    static POOL: RefCell<([u8; POOL_SIZE], usize)> = const { RefCell::new(([0; POOL_SIZE], 0)) };
}

const POOL_SIZE: usize = 2048;

fn random() -> Result<[u8; 8]> {
    POOL.with_borrow_mut(|(pool, left)| {
        if *left == 0 {
            *pool = random_bytes().ok_or_else(|| Error::internal("the server has no random numbers to give"))?;
            *left = POOL_SIZE;
        }
        *left -= 8;
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&pool[*left..*left + 8]);
        Ok(bytes)
    })
}

#[pg_extern(sql = false, parallel_safe)]
fn uuidv7() -> Result<pgrx::Uuid, ErrorReport> {
    Ok(pgrx::Uuid::from_bytes(next()?))
}

/// The next of the session's ids.
pub fn next() -> Result<[u8; 16]> {
    let random = random()?;
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let ticks = clock.as_millis() as u64 * 4096 + u64::from(clock.subsec_nanos() % 1_000_000) * 4096 / 1_000_000;
    let ticks = ticks.max(LAST.get() + 1);
    LAST.set(ticks);
    let (milliseconds, fraction) = (ticks / 4096, (ticks % 4096) as u16);
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&milliseconds.to_be_bytes()[2..]);
    bytes[6..8].copy_from_slice(&(0x7000 | fraction).to_be_bytes());
    bytes[8..].copy_from_slice(&random);
    bytes[8] = 0x80 | (bytes[8] & 0x3F);
    Ok(bytes)
}
