//! The server's layout of a tsvector (`tsearch/ts_type.h`), read with every length and position checked: the number of lexemes, a word for
//! each (whether it has positions, its length, where it starts), then the lexemes, each followed by its positions.

/// An entry: one bit, eleven bits of length, twenty bits of start.
pub const LENGTH_SHIFT: u32 = 1;
pub const START_SHIFT: u32 = 12;
pub const MOST_LENGTH: usize = (1 << 11) - 1;
pub const MOST_START: usize = (1 << 20) - 1;

pub struct Lexeme<'a> {
    pub text: &'a [u8],
    /// Their number and they themselves, two bytes each.
    pub positions: Option<&'a [u8]>,
}

/// The lexemes of a vector, up to the first that does not lie within it.
pub struct Lexemes<'a> {
    entries: std::slice::ChunksExact<'a, u8>,
    data: &'a [u8],
}

impl<'a> Lexemes<'a> {
    /// Reads a tsvector without its varlena header.
    pub fn of(vector: &'a [u8]) -> Lexemes<'a> {
        let (entries, data) = parts(vector).unwrap_or_default();
        Lexemes { entries: entries.chunks_exact(4), data }
    }
}

fn parts(vector: &[u8]) -> Option<(&[u8], &[u8])> {
    let (count, rest) = vector.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_ne_bytes(*count)).ok()?.checked_mul(4)?)
}

fn lexeme<'a>(entry: &[u8], data: &'a [u8]) -> Option<Lexeme<'a>> {
    const HAS_POSITIONS: u32 = 1;
    let entry = u32::from_ne_bytes(entry.try_into().ok()?);
    let length = (entry >> LENGTH_SHIFT) as usize & MOST_LENGTH;
    let start = (entry >> START_SHIFT) as usize;
    let text = data.get(start..start + length)?;
    if entry & HAS_POSITIONS == 0 {
        return Some(Lexeme { text, positions: None });
    }
    let rest = data.get((start + length).next_multiple_of(2)..)?;
    let count = u16::from_ne_bytes(*rest.first_chunk()?);
    Some(Lexeme { text, positions: Some(rest.get(..2 + 2 * usize::from(count))?) })
}

impl<'a> Iterator for Lexemes<'a> {
    type Item = Lexeme<'a>;

    fn next(&mut self) -> Option<Lexeme<'a>> {
        lexeme(self.entries.next()?, self.data)
    }
}

/// Whether the bytes are a vector that the server could have made: every lexeme and all of its positions lie within them, and lexemes are
/// texts, in order, none twice.
pub fn verify(vector: &[u8]) -> bool {
    let Some((entries, data)) = parts(vector) else { return false };
    let mut last: Option<&[u8]> = None;
    entries.chunks_exact(4).all(|entry| {
        let Some(Lexeme { text, positions }) = lexeme(entry, data) else { return false };
        let is_text = text.is_ascii() || std::str::from_utf8(text).is_ok();
        // A list of positions has at least one.
        let is_right =
            is_text && positions.is_none_or(|positions| positions.len() > 2) && last.is_none_or(|last| last < text);
        last = Some(text);
        is_right
    })
}

/// A vector of these lexemes, each with positions 1 to n.
#[cfg(test)]
pub fn fixture(lexemes: &[(&[u8], Option<u16>)]) -> Vec<u8> {
    let (mut entries, mut data) = (Vec::new(), Vec::new());
    for (text, positions) in lexemes {
        let entry =
            u32::from(positions.is_some()) | (text.len() as u32) << LENGTH_SHIFT | (data.len() as u32) << START_SHIFT;
        entries.extend_from_slice(&entry.to_ne_bytes());
        data.extend_from_slice(text);
        if let Some(count) = positions {
            data.resize(data.len().next_multiple_of(2), 0);
            data.extend_from_slice(&count.to_ne_bytes());
            (1..=*count).for_each(|position| data.extend_from_slice(&position.to_ne_bytes()));
        }
    }
    [&(lexemes.len() as u32).to_ne_bytes()[..], &entries, &data].concat()
}

#[cfg(test)]
mod tests {
    use super::{Lexemes, fixture, verify};
    use crate::core::random::Random;

    #[test]
    fn reads_what_lies_within_and_refuses_the_rest() {
        let vector = fixture(&[(b"a", Some(3)), (b"bb", None), ("é".as_bytes(), Some(1))]);
        assert!(verify(&vector) && verify(&fixture(&[])));
        assert_eq!(Lexemes::of(&vector).count(), 3);
        for length in 0..vector.len() {
            assert!(!verify(&vector[..length]), "{length}");
        }
        assert!(!verify(&fixture(&[(b"b", None), (b"a", None)])));
        assert!(!verify(&fixture(&[(b"a", None), (b"a", None)])));
        assert!(!verify(&fixture(&[(b"\xFF", None)])));
        assert!(!verify(&fixture(&[(b"a", Some(0))])));
        assert!(!verify(&u32::MAX.to_ne_bytes()));
    }

    #[test]
    fn any_bytes_can_be_looked_through() {
        let mut random = Random(5);
        let vector = fixture(&[(b"a", Some(3)), (b"bb", None), (b"ccc", Some(200))]);
        let mut refused = 0;
        for _ in 0..100_000 {
            let mut bytes = vector.clone();
            let at = random.next() % 24;
            bytes[at] = random.next() as u8;
            refused += usize::from(!verify(&bytes));
        }
        assert!(refused > 50_000, "{refused}");
    }
}
