//! Blocks of a long text: each has positions of its own, so that a phrase is found in the block that it stands in.
//!
//! A block ends where a lexeme would have more positions than a tsvector keeps, or where its positions would end. The next one begins some places earlier,
//! so that a phrase that lies across the end of one lies within the next. In the first block lexemes have their plain names; in another its name stands
//! before them. A query for a phrase asks for it in each block.
use crate::core::work;

/// Maximum number of positions that a tsvector keeps of one lexeme.
pub const MOST_POSITIONS: usize = 255;
/// A block has at most so many places: beyond the last of them lies one that no phrase reaches.
pub const MOST_PLACES: u32 = 16_000;
/// A text has at most so many blocks; a query asks for a phrase in each of them.
pub const MOST_BLOCKS: usize = 8;
/// A phrase that spans so many places, and not more, is looked for.
pub const LONGEST_PHRASE: u32 = 256;
/// The lexeme of a vector that has more than one block.
pub const LONG: &str = "\u{1}long";

/// What stands before a lexeme in a block that is not the first.
pub fn name(number: usize) -> String {
    format!("\u{2}{number}")
}

/// A token by the number of its lexeme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Token {
    pub place: u32,
    pub lexeme: u32,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Blocks {
    /// The places of each, without the last.
    pub places: Vec<(u32, u32)>,
    /// Some tokens are in no block, or a phrase may lie in none.
    pub is_cut: bool,
}

/// The blocks of a text whose tokens are given by place.
pub fn split(tokens: &[Token], lexemes: usize) -> Blocks {
    let mut blocks = Blocks { places: Vec::new(), is_cut: false };
    let mut counts = vec![0_u16; lexemes];
    let mut first = 0;
    while let Some(Token { place: from, .. }) = tokens.get(first).copied() {
        if blocks.places.len() == MOST_BLOCKS {
            blocks.is_cut = true;
            break;
        }
        counts.fill(0);
        work::steps(lexemes / 64);
        let is_full = |token: &Token| {
            work::step();
            let count = &mut counts[token.lexeme as usize];
            *count += 1;
            usize::from(*count) > MOST_POSITIONS || token.place - from >= MOST_PLACES
        };
        let Some(end) = tokens[first..].iter().position(is_full).map(|index| tokens[first + index].place) else {
            blocks.places.push((from, u32::MAX));
            break;
        };
        blocks.places.push((from, end));
        let length = end - from;
        // In a block that is too short for it, less lies in both.
        let both = LONGEST_PHRASE.min(length / 2);
        blocks.is_cut |= both < LONGEST_PHRASE;
        let next = (end - both).max(from + 1);
        first = tokens.partition_point(|token| token.place < next);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_PHRASE, MOST_BLOCKS, MOST_PLACES, MOST_POSITIONS, Token, split};
    use crate::core::random::Random;

    /// The lexemes of a text, one at each place.
    fn tokens(lexemes: &[u32]) -> Vec<Token> {
        (1..).zip(lexemes).map(|(place, lexeme)| Token { place, lexeme: *lexeme }).collect()
    }

    #[test]
    fn every_short_phrase_lies_in_one_block() {
        let mut random = Random(2);
        for round in 0..60 {
            let kinds = [1, 4, 40, 500][round % 4];
            let lexemes: Vec<u32> = (0..4000).map(|_| (random.next() % kinds) as u32).collect();
            let text = tokens(&lexemes);
            let blocks = split(&text, kinds);
            for (from, to) in &blocks.places {
                for lexeme in 0..kinds as u32 {
                    let there =
                        text.iter().filter(|token| token.lexeme == lexeme && (*from..*to).contains(&token.place));
                    assert!(there.count() <= MOST_POSITIONS);
                }
            }
            if !blocks.is_cut {
                for start in 1..=4000_u32 {
                    let end = (start + LONGEST_PHRASE).min(4000);
                    assert!(blocks.places.iter().any(|(from, to)| *from <= start && end < *to), "{start} {blocks:?}");
                }
            }
            assert_eq!(blocks.is_cut, kinds == 1, "{kinds} {blocks:?}");
        }
    }

    #[test]
    fn long_texts_have_many_blocks_and_the_longest_are_cut() {
        let text = |length: u32| tokens(&(0..length).collect::<Vec<_>>());
        let blocks = split(&text(3 * MOST_PLACES), 3 * MOST_PLACES as usize);
        assert!(!blocks.is_cut && blocks.places.len() == 4, "{blocks:?}");
        assert_eq!(blocks.places[0], (1, 1 + MOST_PLACES));
        assert_eq!(blocks.places[1].0, 1 + MOST_PLACES - LONGEST_PHRASE);
        let most = MOST_BLOCKS as u32 * (MOST_PLACES - LONGEST_PHRASE);
        assert!(!split(&text(most), most as usize).is_cut);
        assert!(split(&text(most + 2 * MOST_PLACES), (most + 2 * MOST_PLACES) as usize).is_cut);
        assert_eq!(split(&[], 0).places, []);
        assert!(split(&tokens(&[0; 600]), 1).is_cut);
    }
}
