//! A table's own lexemes: with a tag of the table before each, an index over many tables keeps every table's entries together.
//! Without it a beginning such as "or" would read the postings of all tenants, and so would a name that all of them know.

use super::hash::fnv1a;

/// A tag has this many bytes.
pub const TAG: usize = 5;

/// The tag of a table. Two tables may share one: it finds entries, and does not decide what anyone sees.
pub fn tag(table_id: &[u8; 16]) -> String {
    const DIGITS: &[u8; 64] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-";
    let hash = fnv1a(*table_id);
    (0..TAG).map(|place| char::from(DIGITS[(hash >> (6 * place)) as usize % 64])).collect()
}

/// A tsvector (the bytes behind its varlena header) with a tag before every lexeme.
pub fn scoped(vector: &[u8], tag: &str) -> Vec<u8> {
    let word = |at: usize| vector.get(at..at + 4).and_then(|word| word.try_into().ok()).map_or(0, u32::from_ne_bytes);
    let count = word(0) as usize;
    let base = 4 + 4 * count;
    let mut bytes = Vec::with_capacity(vector.len() + count * (TAG + 1));
    bytes.extend_from_slice(&vector[..base.min(vector.len())]);
    for index in 0..count {
        let entry = word(4 + 4 * index);
        let (has_positions, length, start) = (entry & 1, (entry >> 1 & 0x7FF) as usize, base + (entry >> 12) as usize);
        let tagged = has_positions | ((length + TAG) as u32) << 1 | ((bytes.len() - base) as u32) << 12;
        bytes[4 + 4 * index..8 + 4 * index].copy_from_slice(&tagged.to_ne_bytes());
        bytes.extend_from_slice(tag.as_bytes());
        bytes.extend_from_slice(&vector[start..start + length]);
        if has_positions == 1 {
            let at = base + (start - base + length).next_multiple_of(2);
            let positions = usize::from(u16::from_ne_bytes([vector[at], vector[at + 1]]));
            if !(bytes.len() - base).is_multiple_of(2) {
                bytes.push(0);
            }
            bytes.extend_from_slice(&vector[at..at + 2 + 2 * positions]);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{TAG, scoped, tag};
    use crate::search::{Builder, Content, Folding, Weight, normalize};

    #[test]
    fn tags_every_lexeme() {
        let vector = |text: &str| {
            let mut builder = Builder::default();
            builder.add(&normalize(text, Folding::Standard), Content::Text, Weight::A, &mut |_, _| {});
            builder.finish().bytes
        };
        // "aaaaa" before each word gives the vector of words that begin so.
        assert_eq!(scoped(&vector("b cc ddd b"), "aaaaa"), vector("aaaaab aaaaacc aaaaaddd aaaaab"));
        assert_eq!(scoped(&vector(""), "aaaaa"), vector(""));
        let (one, other) = (tag(&[1; 16]), tag(&[2; 16]));
        assert!(one != other && one.len() == TAG && one.is_ascii());
    }
}
