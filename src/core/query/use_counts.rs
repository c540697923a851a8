//! How often queries ask for columns, and what that costs: counters in memory that sessions may share.
use crate::core::work;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The words of one column: its key, how often it was asked for, the records that were read and found, and the queries by how long they took.
const SLOT: usize = 4 + BUCKETS;
/// The last one has all that took longer.
const BUCKETS: usize = 20;
/// A bucket's queries took up to twice as long as those of the one before; the first one's took up to so many microseconds.
const FIRST_BUCKET: u64 = 250;
/// A key has so many possible slots. When other keys hold all of them, the counts of the least used one are halved, and it is freed when it counts less than two
/// queries: so nobody keeps others out for good.
const PROBES: usize = 8;

/// The counters of many columns.
#[derive(Clone, Copy)]
pub struct UseCounts<'m>(&'m [AtomicU64]);

/// What was counted of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    pub calls: u64,
    /// The records that these queries read, and those that they found.
    pub examined: u64,
    pub returned: u64,
    /// 95 of 100 queries took at most so many microseconds; of those that took very long, at least so many.
    pub p95: u64,
}

impl<'m> UseCounts<'m> {
    pub fn of(words: &'m [AtomicU64]) -> UseCounts<'m> {
        UseCounts(words)
    }

    fn slots(self, key: u64) -> impl Iterator<Item = &'m [AtomicU64]> {
        let count = self.0.len() / SLOT;
        let first = (key % count as u64) as usize;
        (0..PROBES.min(count)).map(move |probe| {
            let at = (first + probe) % count * SLOT;
            &self.0[at..at + SLOT]
        })
    }

    fn slot_of(self, key: u64) -> Option<&'m [AtomicU64]> {
        self.slots(key).find(|slot| slot[0].load(Relaxed) == key)
    }

    /// Counts a query that asked for the column of a key, which is not 0.
    pub fn add(self, key: u64, examined: u64, returned: u64, microseconds: u64) {
        // A slot before its own may have become free.
        let is_taken = |slot: &&[AtomicU64]| match slot[0].compare_exchange(0, key, Relaxed, Relaxed) {
            Ok(_) => true,
            // Another session has just taken it for the same key.
            Err(found) => found == key,
        };
        if let Some(slot) = self.slot_of(key).or_else(|| self.slots(key).find(is_taken)) {
            slot[1].fetch_add(1, Relaxed);
            slot[2].fetch_add(examined, Relaxed);
            slot[3].fetch_add(returned, Relaxed);
            slot[4 + bucket(microseconds)].fetch_add(1, Relaxed);
            return;
        }
        let least = self.slots(key).min_by_key(|slot| slot[1].load(Relaxed));
        let Some(slot) = least else { return };
        let calls = slot[1].load(Relaxed);
        // All of them, so that what a query examines on average stays.
        slot[1..].iter().for_each(|word| word.store(if calls < 2 { 0 } else { word.load(Relaxed) / 2 }, Relaxed));
        if calls < 2 {
            slot[0].store(0, Relaxed);
        }
    }

    pub fn of_key(self, key: u64) -> Uses {
        let Some(slot) = self.slot_of(key) else { return Uses::default() };
        let buckets: Vec<u64> = slot[4..].iter().map(|word| word.load(Relaxed)).collect();
        Uses {
            calls: slot[1].load(Relaxed),
            examined: slot[2].load(Relaxed),
            returned: slot[3].load(Relaxed),
            p95: percentile(&buckets),
        }
    }
}

fn bucket(microseconds: u64) -> usize {
    let doubled = microseconds.div_ceil(FIRST_BUCKET).max(1).next_power_of_two().trailing_zeros();
    (doubled as usize).min(BUCKETS - 1)
}

/// The upper end of the bucket in which the 95th of 100 queries lies.
fn percentile(buckets: &[u64]) -> u64 {
    let all: u64 = buckets.iter().sum();
    let mut below = 0;
    for (place, count) in buckets.iter().enumerate() {
        work::step();
        below += count;
        if all > 0 && below * 100 >= all * 95 {
            return FIRST_BUCKET << place;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::{FIRST_BUCKET, SLOT, UseCounts, Uses, bucket};
    use std::sync::atomic::AtomicU64;

    fn words(slots: usize) -> Vec<AtomicU64> {
        std::iter::repeat_with(AtomicU64::default).take(slots * SLOT).collect()
    }

    #[test]
    fn uses_are_summed_by_key() {
        let words = words(100);
        let counts = UseCounts::of(&words);
        assert_eq!(counts.of_key(7), Uses::default());
        for _ in 0..99 {
            counts.add(7, 100, 3, 40);
        }
        // Lies in the same slot as 7.
        counts.add(107, 5, 5, 900);
        assert_eq!(counts.of_key(7), Uses { calls: 99, examined: 9_900, returned: 297, p95: FIRST_BUCKET });
        assert_eq!(counts.of_key(107), Uses { calls: 1, examined: 5, returned: 5, p95: 1_000 });
        for _ in 0..9 {
            counts.add(7, 0, 0, 60_000);
        }
        assert_eq!(counts.of_key(7).p95, 64_000);
    }

    #[test]
    fn what_is_asked_for_again_gets_a_slot() {
        let words = words(4);
        let counts = UseCounts::of(&words);
        for key in 1..=4 {
            (0..10 * key).for_each(|_| counts.add(key, 1, 1, 1));
        }
        (0..8).for_each(|_| counts.add(9, 1, 1, 1));
        let calls: Vec<u64> = [1, 2, 3, 4, 9].map(|key| counts.of_key(key).calls).to_vec();
        assert_eq!(calls, [0, 20, 30, 40, 4]);
    }

    #[test]
    fn a_key_keeps_its_slot_when_one_before_it_becomes_free() {
        let words = words(4);
        let counts = UseCounts::of(&words);
        // Keys 0 to 3 modulo 4 fill the slots; the last one lies behind its first.
        for (key, calls) in [(4, 1), (5, 9), (6, 9), (8, 9)] {
            (0..calls).for_each(|_| counts.add(key, 1, 1, 1));
        }
        // A fifth key makes the least used one give up its slot.
        counts.add(9, 1, 1, 1);
        assert_eq!(counts.of_key(4), Uses::default());
        counts.add(8, 1, 1, 1);
        assert_eq!(counts.of_key(8).calls, 10);
    }

    #[test]
    fn buckets_double() {
        for (microseconds, expected) in
            [(0, 0), (250, 0), (251, 1), (500, 1), (501, 2), (2_000, 3), (600_000_000, 19), (u64::MAX / 4, 19)]
        {
            assert_eq!(bucket(microseconds), expected, "{microseconds}");
        }
    }
}
