//! Which grants give, and which get back. Pure.
use crate::core::work;

/// An amount of one grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub grant: [u8; 16],
    pub amount: i64,
}

/// Takes an amount from parts in their order; none when all together are not enough.
pub fn take(parts: &[Part], amount: i64) -> Option<Vec<Part>> {
    let mut left = amount;
    let mut taken = Vec::new();
    for part in parts {
        work::step();
        let amount = part.amount.min(left);
        if amount > 0 {
            taken.push(Part { grant: part.grant, amount });
            left -= amount;
        }
    }
    (left == 0).then_some(taken)
}

#[cfg(test)]
mod tests {
    use super::{Part, take};
    use crate::core::random::Random;

    #[test]
    fn what_is_taken_is_what_was_asked_for() {
        let mut random = Random(1);
        for _ in 0..10_000 {
            let parts: Vec<Part> = (0..random.next() % 6)
                .map(|n| Part { grant: [n as u8; 16], amount: (random.next() % 10) as i64 })
                .collect();
            let amount = (random.next() % 30) as i64;
            let there: i64 = parts.iter().map(|part| part.amount).sum();
            let taken = take(&parts, amount);
            assert_eq!(taken.is_some(), amount <= there);
            let Some(taken) = taken else { continue };
            assert_eq!(taken.iter().map(|part| part.amount).sum::<i64>(), amount);
            for (place, part) in taken.iter().enumerate() {
                let of = parts.iter().position(|whole| whole.grant == part.grant).unwrap();
                assert!(part.amount > 0 && part.amount <= parts[of].amount);
                // A grant is used up before the next one gives.
                assert!(place + 1 == taken.len() || part.amount == parts[of].amount);
            }
        }
    }
}
