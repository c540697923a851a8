//! A small generator for the tests (Knuth's MMIX constants), so that a failure can be replayed.

pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize
    }

    /// Some of the parts, one after the other.
    pub fn text(&mut self, parts: &[&str], count: usize) -> String {
        (0..count).map(|_| parts[self.next() % parts.len()]).collect()
    }
}
