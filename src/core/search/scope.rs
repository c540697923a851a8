//! A table's own lexemes: with a tag of the table before each, an index over many tables keeps every table's entries together.
//! Without it a beginning such as "or" would read the postings of all tenants, and so would a name that all of them know.

use super::hash::fnv1a;
use super::layout::{LENGTH_SHIFT, Lexemes, MOST_LENGTH, MOST_START, START_SHIFT};

/// A tag has this many bytes.
pub const TAG: usize = 5;

/// The tag of a table. Two tables may share one: it finds entries, and does not decide what anyone sees.
pub fn tag(table_id: &[u8; 16]) -> String {
    const DIGITS: &[u8; 64] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-";
    let hash = fnv1a(*table_id);
    (0..TAG).map(|place| char::from(DIGITS[(hash >> (6 * place)) as usize % 64])).collect()
}

/// A tsvector (the bytes behind its varlena header) with a tag before every lexeme. A lexeme that does not fit any more, because it would be
/// longer than a lexeme may be or lie further on than a vector reaches, is left out.
pub fn scoped(vector: &[u8], tag: &str) -> Vec<u8> {
    let mut entries = Vec::new();
    let mut data: Vec<u8> = Vec::with_capacity(vector.len());
    for lexeme in Lexemes::of(vector) {
        let (start, length) = (data.len(), lexeme.text.len() + tag.len());
        if length > MOST_LENGTH || start > MOST_START {
            continue;
        }
        let has_positions = u32::from(lexeme.positions.is_some());
        entries.push(has_positions | (length as u32) << LENGTH_SHIFT | (start as u32) << START_SHIFT);
        data.extend_from_slice(tag.as_bytes());
        data.extend_from_slice(lexeme.text);
        if let Some(positions) = lexeme.positions {
            if !data.len().is_multiple_of(2) {
                data.push(0);
            }
            data.extend_from_slice(positions);
        }
    }
    let mut bytes = Vec::with_capacity(4 + 4 * entries.len() + data.len());
    bytes.extend_from_slice(&(entries.len() as u32).to_ne_bytes());
    entries.iter().for_each(|entry| bytes.extend_from_slice(&entry.to_ne_bytes()));
    bytes.extend_from_slice(&data);
    bytes
}

#[cfg(test)]
mod tests {
    use super::{TAG, scoped, tag};
    use crate::core::search::layout::{Lexemes, fixture, verify};
    use crate::core::search::{Builder, Content, Folding, Weight, normalize};

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

    #[test]
    fn leaves_out_what_does_not_fit() {
        // Lexemes of 2,040 to 2,046 bytes: with the tag those of up to 2,047 remain.
        let texts: Vec<Vec<u8>> = (2040..=2046_usize).map(|length| vec![b'a'; length]).collect();
        let long = fixture(&texts.iter().map(|text| (&text[..], Some(1))).collect::<Vec<_>>());
        assert!(verify(&long));
        let tagged = scoped(&long, "ttttt");
        assert!(verify(&tagged));
        assert_eq!(Lexemes::of(&tagged).map(|lexeme| lexeme.text.len()).collect::<Vec<_>>(), [2045, 2046, 2047]);
        // So many short ones that the tags take the last of them past 1 MB.
        let texts: Vec<Vec<u8>> = (0..150_000).map(|n: u32| format!("{n:06}").into_bytes()).collect();
        let many = fixture(&texts.iter().map(|text| (&text[..], None)).collect::<Vec<_>>());
        assert!(verify(&many));
        let tagged = scoped(&many, "ttttt");
        assert!(verify(&tagged));
        // The last begins at 1,048,575 at most.
        assert_eq!(Lexemes::of(&tagged).count(), (1 << 20) / 11 + 1);
    }

    #[test]
    fn takes_any_bytes() {
        let mut random = crate::core::random::Random(3);
        let vector = fixture(&[(b"a", Some(3)), (b"bb", None), (b"ccc", Some(1))]);
        for _ in 0..100_000 {
            let mut bytes = vector.clone();
            for _ in 0..1 + random.next() % 3 {
                let at = random.next() % bytes.len();
                bytes[at] = random.next() as u8;
            }
            bytes.truncate(random.next() % (bytes.len() + 1));
            scoped(&bytes, "ttttt");
        }
    }
}
