//! Which numbers a counter's row gives: all of them, or those of its slot.
//!
//! Under `numbering: fast` a column's numbers are dealt out to [`SLOTS`] slots in turn, [`BLOCK`] numbers to each. A slot owns its numbers by
//! arithmetic alone, so that two writers with a slot each never look at each other.

use crate::core::work;
use std::collections::BTreeSet;

/// Slots of a column: more writers than this at the same time wait for each other.
pub const SLOTS: i64 = 32;
/// Consecutive numbers of one slot.
pub const BLOCK: i64 = 16;

/// The slot of a column that counts without slots.
pub const WHOLE: i16 = 0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// One row gives every number.
    Whole,
    /// Slots from 1 give the numbers after `base`.
    Slots { base: i64 },
}

impl Series {
    /// The slot that a number belongs to.
    pub fn slot(self, number: i64) -> i16 {
        match self {
            Series::Whole => WHOLE,
            Series::Slots { base } => {
                let block = number.saturating_sub(base).saturating_sub(1).div_euclid(BLOCK);
                // Less than SLOTS.
                block.rem_euclid(SLOTS) as i16 + 1
            }
        }
    }

    /// The number that its row gave before the one after `last`: `last` itself, or the end of the slot's block before.
    pub fn given_before(self, last: i64) -> i64 {
        match self {
            Series::Slots { base } if last.saturating_sub(base) % BLOCK == 0 => {
                last.saturating_sub((SLOTS - 1) * BLOCK)
            }
            _ => last,
        }
    }

    /// The next numbers of the row whose next one is `last + 1`, at most so many, and what `last` is afterwards. None where a number would not fit.
    pub fn give(self, last: i64, most: i64) -> Option<(Vec<i64>, i64)> {
        let (count, base) = match self {
            Series::Whole => (most.max(1), None),
            Series::Slots { base } => {
                let room = BLOCK - last.checked_sub(base)?.rem_euclid(BLOCK);
                (most.clamp(1, room), Some(base))
            }
        };
        let end = last.checked_add(count)?;
        let after = match base {
            Some(base) if (end - base) % BLOCK == 0 => end.checked_add((SLOTS - 1) * BLOCK)?,
            _ => end,
        };
        Some(((last + 1..=end).collect(), after))
    }

    /// Takes numbers back into the row whose next one is `last + 1` and that has `free` numbers below: what `last` and the free numbers are
    /// afterwards. Those at the end are simply the next ones again.
    pub fn take_back(self, last: i64, free: impl IntoIterator<Item = i64>) -> (i64, Vec<i64>) {
        let mut free: BTreeSet<i64> = free.into_iter().collect();
        let mut last = last;
        while let Some(highest) = free.last().copied() {
            work::step();
            if highest == self.given_before(last) {
                last = highest - 1;
            } else if highest <= last {
                break;
            }
            // One that the row has not given yet is no free number of it.
            free.pop_last();
        }
        (last, free.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, BTreeSet, SLOTS, Series};

    #[test]
    fn slots_share_out_every_number_once() {
        let series = Series::Slots { base: 57 };
        let mut lasts: Vec<i64> = (0..SLOTS).map(|slot| 57 + slot * BLOCK).collect();
        let mut given = BTreeSet::new();
        // The lowest slot first, in pieces of every size.
        for turn in 0..2_000 {
            let slot = (0..lasts.len()).min_by_key(|slot| lasts[*slot]).unwrap();
            let (numbers, last) = series.give(lasts[slot], 1 + turn % 7).unwrap();
            assert!(numbers.iter().all(|number| series.slot(*number) == slot as i16 + 1));
            assert!(numbers.iter().all(|number| given.insert(*number)));
            lasts[slot] = last;
        }
        let highest = *given.last().unwrap();
        assert_eq!(given.len() as i64, highest - 57, "without a gap, as one writer took them");
    }

    #[test]
    fn what_is_taken_back_is_given_again() {
        for series in [Series::Whole, Series::Slots { base: 3 }] {
            let start = 3;
            let (mut last, mut all) = (start, Vec::new());
            for _ in 0..5 {
                let (numbers, after) = series.give(last, BLOCK).unwrap();
                all.extend(numbers);
                last = after;
            }
            let end = last;
            assert_eq!(series.take_back(end, all.clone()), (start, vec![]));
            // A number in the middle waits; with those behind it it is the next one again.
            let middle = all[20];
            assert_eq!(series.take_back(end, [middle]), (end, vec![middle]));
            let (last, free) = series.take_back(end, all[21..].iter().copied());
            assert_eq!((last, free), (middle.max(all[21] - 1), vec![]));
            assert_eq!(series.give(last, 1).unwrap().0, [all[21]]);
            // What was never given is not free.
            assert_eq!(series.take_back(last, [all[30]]), (last, vec![]));
        }
    }

    #[test]
    fn numbers_do_not_pass_the_largest() {
        assert_eq!(Series::Whole.give(i64::MAX, 1), None);
        assert_eq!(Series::Slots { base: 0 }.give(i64::MAX - 3, 16), None);
        assert_eq!(Series::Whole.give(i64::MAX - 1, 1), Some((vec![i64::MAX], i64::MAX)));
    }
}
