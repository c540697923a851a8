//! A tsvector laid out in one pass, in the server's own format (`tsearch/ts_type.h`).
use super::token::{Kind, Token};

/// A lexeme's weight in its field; A counts most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    D,
    C,
    B,
    A,
}

impl Weight {
    pub fn named(name: &str) -> Option<Weight> {
        match name {
            "A" | "a" => Some(Weight::A),
            "B" | "b" => Some(Weight::B),
            "C" | "c" => Some(Weight::C),
            "D" | "d" => Some(Weight::D),
            _ => None,
        }
    }
}

/// Positions are kept up to this one.
const LAST_POSITION: u32 = 16_383;
/// Of one lexeme this many positions are kept.
const MOST_POSITIONS: usize = 255;
/// A lexeme may have fewer bytes than this, and all of them together with their positions fewer than that.
const LEXEME_BYTES: usize = 2046;
const ALL_BYTES: usize = (1 << 20) - 64;
/// Between two values lies more than any phrase can bridge, so that none matches across.
const GAP: u32 = 8;

/// The lexeme of a vector in which some of the text is not.
pub const CUT: &str = "\u{1}cut";

#[derive(Debug, Default)]
pub struct Builder {
    entries: Vec<(String, u16)>,
    place: u32,
    cut: bool,
}

/// A finished vector: the bytes behind the varlena header, and whether some of the text is not in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Vector {
    pub bytes: Vec<u8>,
    pub cut: bool,
}

impl Builder {
    /// Adds the tokens of one value, and the stems of its words where they are.
    pub fn add(&mut self, tokens: Vec<Token>, weight: Weight, stem: &mut dyn FnMut(&str) -> Option<String>) {
        let Some(last) = tokens.iter().map(|token| token.place).max() else {
            return;
        };
        for token in tokens {
            let place = self.place + token.place + 1;
            let weight = if token.kind == Kind::Form { Weight::D } else { weight };
            let position = (weight as u16) << 14 | place.min(LAST_POSITION) as u16;
            self.cut |= place > LAST_POSITION || token.text.len() > LEXEME_BYTES;
            if token.kind == Kind::Word
                && let Some(stem) = stem(&token.text).filter(|stem| *stem != token.text)
            {
                self.entries.push((stem, position));
            }
            if token.text.len() <= LEXEME_BYTES {
                self.entries.push((token.text, position));
            }
        }
        self.place = (self.place + last + GAP).min(LAST_POSITION);
    }

    /// A lexeme that is no text: it tells how the vector was made.
    pub fn mark(&mut self, marker: &str) {
        self.entries.push((marker.to_owned(), 1));
    }

    pub fn finish(mut self) -> Vector {
        self.entries.sort_unstable_by(|left, right| {
            left.0
                .as_bytes()
                .cmp(right.0.as_bytes())
                .then((left.1 & 0x3FFF).cmp(&(right.1 & 0x3FFF)))
                .then(right.1.cmp(&left.1))
        });
        // At one position the highest weight counts.
        self.entries.dedup_by(|next, kept| next.0 == kept.0 && next.1 & 0x3FFF == kept.1 & 0x3FFF);
        let mut lexemes: Vec<(&str, Vec<u16>)> = Vec::new();
        for (text, position) in &self.entries {
            match lexemes.last_mut() {
                Some((last, positions)) if last == text => {
                    if positions.len() < MOST_POSITIONS {
                        positions.push(*position);
                    } else {
                        self.cut = true;
                    }
                }
                _ => lexemes.push((text, vec![*position])),
            }
        }
        self.cut |= keep_what_fits(&mut lexemes);
        if self.cut {
            // The marks sort before all text.
            let at = lexemes.partition_point(|(text, _)| *text < CUT);
            lexemes.insert(at, (CUT, vec![1]));
        }
        Vector { bytes: layout(&lexemes), cut: self.cut }
    }
}

/// What a lexeme takes at most: its bytes, one for alignment, the number of positions and the positions.
fn size(lexeme: &(&str, Vec<u16>)) -> usize {
    lexeme.0.len() + 3 + 2 * lexeme.1.len()
}

/// Leaves out the lexemes that come last in the text when all are too many; answers whether any was.
fn keep_what_fits(lexemes: &mut Vec<(&str, Vec<u16>)>) -> bool {
    if lexemes.iter().map(size).sum::<usize>() <= ALL_BYTES {
        return false;
    }
    lexemes.sort_by_key(|(_, positions)| positions[0] & 0x3FFF);
    let mut left = ALL_BYTES;
    let fits = lexemes.iter().take_while(|lexeme| {
        let taken = size(lexeme);
        left = left.saturating_sub(taken);
        left > 0
    });
    let fits = fits.count();
    lexemes.truncate(fits);
    lexemes.sort_by(|left, right| left.0.as_bytes().cmp(right.0.as_bytes()));
    true
}

fn layout(lexemes: &[(&str, Vec<u16>)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4 + 4 * lexemes.len() + lexemes.iter().map(size).sum::<usize>());
    bytes.extend_from_slice(&(lexemes.len() as u32).to_ne_bytes());
    bytes.resize(4 + 4 * lexemes.len(), 0);
    let base = bytes.len();
    for (index, (text, positions)) in lexemes.iter().enumerate() {
        const HAS_POSITIONS: u32 = 1;
        let entry = HAS_POSITIONS | (text.len() as u32) << 1 | ((bytes.len() - base) as u32) << 12;
        bytes[4 + 4 * index..8 + 4 * index].copy_from_slice(&entry.to_ne_bytes());
        bytes.extend_from_slice(text.as_bytes());
        if !(bytes.len() - base).is_multiple_of(2) {
            bytes.push(0);
        }
        bytes.extend_from_slice(&(positions.len() as u16).to_ne_bytes());
        for position in positions {
            bytes.extend_from_slice(&position.to_ne_bytes());
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{ALL_BYTES, Builder, Vector, Weight};
    use crate::search::{Content, normalize, tokens};

    fn vector(values: &[(&str, Weight)]) -> Vector {
        let mut builder = Builder::default();
        for (text, weight) in values {
            builder.add(tokens(&normalize(text), Content::Text), *weight, &mut |_| None);
        }
        builder.finish()
    }

    /// The vector as the server prints it.
    fn printed(vector: &Vector) -> String {
        let word = |at: usize| u32::from_ne_bytes(vector.bytes[at..at + 4].try_into().unwrap());
        let count = word(0) as usize;
        let base = 4 + 4 * count;
        let lexemes = (0..count).map(|index| {
            let entry = word(4 + 4 * index);
            let (length, start) = ((entry >> 1 & 0x7FF) as usize, base + (entry >> 12) as usize);
            let text = std::str::from_utf8(&vector.bytes[start..start + length]).unwrap();
            let at = base + (start - base + length).next_multiple_of(2);
            let half = |at: usize| u16::from_ne_bytes(vector.bytes[at..at + 2].try_into().unwrap());
            let positions = (1..=usize::from(half(at))).map(|n| half(at + 2 * n));
            let positions: Vec<_> =
                positions.map(|p| format!("{}{}", p & 0x3FFF, ["", "C", "B", "A"][usize::from(p >> 14)])).collect();
            format!("'{text}':{}", positions.join(","))
        });
        lexemes.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lays_out_what_the_server_reads() {
        assert_eq!(printed(&vector(&[("佐藤 a", Weight::A), ("a", Weight::D)])), "'a':3A,11 '佐藤':1A '藤':2A");
        assert_eq!(printed(&vector(&[("㈱ム", Weight::A)])), "'ム':2A '株式会社':1");
        assert_eq!(printed(&vector(&[])), "");
    }

    #[test]
    fn cuts_what_does_not_fit() {
        let many = vector(&[(&"a ".repeat(300), Weight::A)]);
        assert!(many.cut && printed(&many).ends_with(",255A"));
        let long: String = (0..40_000).map(|n| format!("word{n} ")).collect();
        let long = vector(&[(&long, Weight::D)]);
        assert!(long.cut && printed(&long).contains("'word39999':16383"));
        let huge: String = (0..40_000).map(|n| format!("{n:0>60} ")).collect();
        let huge = vector(&[(&huge, Weight::D)]);
        assert!(huge.cut && huge.bytes.len() < ALL_BYTES + 400_000);
        assert!(printed(&huge).starts_with(&format!("'\u{1}cut':1 '{:0>60}':1 ", 0)));
        assert!(!vector(&[("short", Weight::D)]).cut);
    }
}
