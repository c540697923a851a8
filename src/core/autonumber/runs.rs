//! A set of numbers, most of them consecutive.

/// Kept as ranges, in the order in which the numbers came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runs(Vec<(i64, i64)>);

impl Runs {
    pub fn add(&mut self, number: i64) {
        match self.0.last_mut() {
            Some((_, end)) if *end + 1 == number => *end = number,
            _ => self.0.push((number, number)),
        }
    }

    /// Whether it was there.
    pub fn remove(&mut self, number: i64) -> bool {
        // It is nearly always the last one.
        let Some(place) = self.0.iter().rposition(|(start, end)| (*start..=*end).contains(&number)) else {
            return false;
        };
        let (start, end) = self.0[place];
        let parts = [(start, number - 1), (number + 1, end)].into_iter().filter(|(start, end)| start <= end);
        self.0.splice(place..=place, parts);
        true
    }

    fn iter(&self) -> impl Iterator<Item = i64> {
        self.0.iter().flat_map(|(start, end)| *start..=*end)
    }

    /// Those that are not among `others`.
    pub fn missing(&self, mut others: Vec<i64>) -> Vec<i64> {
        others.sort_unstable();
        self.iter().filter(|number| others.binary_search(number).is_err()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Runs;

    #[test]
    fn numbers_come_and_go() {
        let mut runs = Runs::default();
        for number in [1, 2, 3, 10, 11, 4, 5] {
            runs.add(number);
        }
        assert!(runs.remove(5) && runs.remove(2) && !runs.remove(2) && !runs.remove(7));
        assert_eq!(runs.iter().collect::<Vec<_>>(), [1, 3, 10, 11, 4]);
        assert_eq!(runs.missing(vec![11, 1, 99]), [3, 10, 4]);
    }
}
