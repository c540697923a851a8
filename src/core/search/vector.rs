//! A tsvector laid out in one pass, in the server's own format (`tsearch/ts_type.h`).
//!
//! A tsvector keeps 255 positions of a lexeme, and positions up to 16,383. A longer text is laid out in blocks (see [`super::blocks`]), so that its phrases
//! are still found; what goes beyond them is cut, and the lexeme [`CUT`] says so.
use super::blocks::{self, MOST_POSITIONS, Token as Placed};
use super::normalize::Char;
use super::scope::TAG;
use super::token::{Content, Kind, Token, each_token};
use crate::core::work;

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
pub const LAST_POSITION: u32 = 16_383;
/// A lexeme may have fewer bytes than this, and all of them together with their positions fewer than that.
const LEXEME_BYTES: usize = 2046 - TAG;
const ALL_BYTES: usize = (1 << 20) - 64;
/// Between two values lies more than any phrase can bridge, so that none matches across.
const GAP: u32 = 8;

/// The lexeme of a vector in which some of the text is not.
pub const CUT: &str = "\u{1}cut";

/// Tells a word's stem, if it has one, to whom it is given.
pub type Stemmer<'a> = dyn FnMut(&str, &mut dyn FnMut(&str)) + 'a;

/// Collects lexemes; it can be used again for the next row, so that its memory is.
#[derive(Debug, Default)]
pub struct Builder {
    /// The lexemes' texts one after the other.
    texts: String,
    entries: Vec<Entry>,
    place: u32,
    /// The last place that a token has.
    last_place: u32,
    /// Some of the text is not in the vector.
    pub(super) cut: bool,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The first bytes, which nearly always tell two lexemes apart.
    prefix: u64,
    start: u32,
    length: u16,
    /// Two bits of weight, fourteen of position.
    position: u16,
    /// Position in the text, without the limit that a tsvector has.
    place: u32,
}

/// The bytes by which entries are told apart first.
fn prefix_of(text: &[u8]) -> u64 {
    let mut prefix = [0; 8];
    let known = text.len().min(8);
    prefix[..known].copy_from_slice(&text[..known]);
    u64::from_be_bytes(prefix)
}

impl Entry {
    fn text<'a>(&self, texts: &'a str) -> &'a [u8] {
        &texts.as_bytes()[self.start as usize..self.start as usize + usize::from(self.length)]
    }

    fn weight(&self) -> u16 {
        self.position & !(LAST_POSITION as u16)
    }

    /// The same at another position.
    fn at(self, position: u32) -> Entry {
        Entry { position: self.weight() | position.min(LAST_POSITION) as u16, ..self }
    }
}

/// A finished vector: the bytes behind the varlena header, and whether some of the text is not in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Vector {
    pub bytes: Vec<u8>,
    pub cut: bool,
}

impl Builder {
    /// Adds the tokens of one value, and the stems of its words where they are.
    pub fn add(&mut self, chars: &[Char], content: Content, weight: Weight, stem: &mut Stemmer<'_>) {
        let mut last = None;
        each_token(chars, content, &mut |token: Token<'_>| {
            let place = self.place + token.place + 1;
            let weight = if token.kind == Kind::Form { Weight::D } else { weight };
            self.cut |= token.text.len() > LEXEME_BYTES;
            last = Some(token.place);
            self.last_place = place;
            self.push(token.text, weight, place);
            if token.kind == Kind::Word {
                stem(token.text, &mut |stem| {
                    if stem != token.text {
                        self.push(stem, weight, place);
                    }
                });
            }
        });
        if let Some(last) = last {
            self.place += last + GAP;
        }
    }

    fn push(&mut self, text: &str, weight: Weight, place: u32) {
        if text.len() > LEXEME_BYTES {
            return;
        }
        // Both grow by doubling; the marks at the end always fit.
        let taken = self.texts.len() + self.entries.len() * size_of::<Entry>();
        if taken > work::room() / 4 && !text.starts_with('\u{1}') {
            self.cut = true;
            return;
        }
        let (start, length) = (self.texts.len() as u32, text.len() as u16);
        self.texts.push_str(text);
        let position = (weight as u16) << 14 | place.min(LAST_POSITION) as u16;
        self.entries.push(Entry { prefix: prefix_of(text.as_bytes()), start, length, position, place });
    }

    /// A lexeme that is no text: it tells how the vector was made.
    pub fn mark(&mut self, marker: &str) {
        self.push(marker, Weight::D, 1);
    }

    /// The vector; the builder is empty again.
    pub fn finish(&mut self) -> Vector {
        let mut lexemes = self.lexemes();
        let is_long = |(start, end): &(usize, usize)| end - start > MOST_POSITIONS;
        if self.last_place > blocks::MOST_PLACES || lexemes.iter().any(is_long) {
            self.lay_in_blocks(&lexemes);
            lexemes = self.lexemes();
        }
        self.cut |= keep_what_fits(&mut lexemes, &self.entries);
        let cut = self.cut;
        if cut {
            self.push(CUT, Weight::D, 1);
            lexemes = self.lexemes();
            keep_what_fits(&mut lexemes, &self.entries);
        }
        let bytes = self.layout(&lexemes);
        self.texts.clear();
        self.entries.clear();
        (self.place, self.last_place, self.cut) = (0, 0, false);
        Vector { bytes, cut }
    }

    /// Moves what does not fit into the first block into further ones. A lexeme that is in none but these stays in the first, at a position that no phrase
    /// reaches, so that a word is found wherever it stands.
    fn lay_in_blocks(&mut self, lexemes: &[(usize, usize)]) {
        let tokens = lexemes.iter().enumerate().flat_map(|(lexeme, (start, end))| {
            self.entries[*start..*end].iter().map(move |entry| Placed { place: entry.place, lexeme: lexeme as u32 })
        });
        let mut tokens: Vec<Placed> = tokens.collect();
        tokens.sort_unstable();
        let blocks = blocks::split(&tokens, lexemes.len());
        self.cut |= blocks.is_cut;
        let entries = std::mem::take(&mut self.entries);
        let mut kept = Vec::with_capacity(entries.len());
        for (start, end) in lexemes {
            let all = &entries[*start..*end];
            let part = |from: u32, to: u32| {
                let first = all.partition_point(|entry| entry.place < from);
                &all[first..first + all[first..].partition_point(|entry| entry.place < to)]
            };
            for (number, (from, to)) in blocks.places.iter().enumerate() {
                work::step();
                let here = part(*from, *to);
                if number == 0 {
                    kept.extend(here);
                    let best = all.iter().max_by_key(|entry| entry.weight()).filter(|_| here.is_empty());
                    kept.extend(best.map(|entry| entry.at(LAST_POSITION)));
                    continue;
                }
                let Some(first) = here.first() else { continue };
                let name = blocks::name(number);
                let length = first.length as usize + name.len();
                let taken = self.texts.len() + (kept.len() + entries.len()) * size_of::<Entry>();
                if length > LEXEME_BYTES || taken > work::room() / 4 {
                    self.cut = true;
                    continue;
                }
                let start = self.texts.len();
                self.texts.push_str(&name);
                self.texts.extend_from_within(first.start as usize..first.start as usize + usize::from(first.length));
                let prefix = prefix_of(&self.texts.as_bytes()[start..]);
                kept.extend(here.iter().map(|entry| Entry {
                    prefix,
                    start: start as u32,
                    length: length as u16,
                    ..entry.at(entry.place - from + 1)
                }));
            }
        }
        self.entries = kept;
        if blocks.places.len() > 1 {
            self.mark(blocks::LONG);
        }
    }

    /// Sorts the entries; answers where each lexeme's begin and end.
    fn lexemes(&mut self) -> Vec<(usize, usize)> {
        let texts = &self.texts;
        self.entries.sort_unstable_by(|left, right| {
            (left.prefix.cmp(&right.prefix))
                .then_with(|| left.text(texts).cmp(right.text(texts)))
                .then_with(|| left.place.cmp(&right.place))
                .then_with(|| right.position.cmp(&left.position))
        });
        let same = |left: &Entry, right: &Entry| left.prefix == right.prefix && left.text(texts) == right.text(texts);
        // At one position the highest weight counts.
        self.entries.dedup_by(|next, kept| next.place == kept.place && same(next, kept));
        let mut lexemes = Vec::with_capacity(self.entries.len());
        let mut start = 0;
        for end in 1..=self.entries.len() {
            work::step();
            if end == self.entries.len() || !same(&self.entries[start], &self.entries[end]) {
                lexemes.push((start, end));
                start = end;
            }
        }
        lexemes
    }

    fn layout(&self, lexemes: &[(usize, usize)]) -> Vec<u8> {
        let all: usize = lexemes.iter().map(|lexeme| size(lexeme, &self.entries)).sum();
        let mut bytes = Vec::with_capacity(4 + 4 * lexemes.len() + all);
        bytes.extend_from_slice(&(lexemes.len() as u32).to_ne_bytes());
        bytes.resize(4 + 4 * lexemes.len(), 0);
        let base = bytes.len();
        for (index, (start, end)) in lexemes.iter().enumerate() {
            work::step();
            const HAS_POSITIONS: u32 = 1;
            let first = &self.entries[*start];
            let entry = HAS_POSITIONS | u32::from(first.length) << 1 | ((bytes.len() - base) as u32) << 12;
            bytes[4 + 4 * index..8 + 4 * index].copy_from_slice(&entry.to_ne_bytes());
            bytes.extend_from_slice(first.text(&self.texts));
            if !(bytes.len() - base).is_multiple_of(2) {
                bytes.push(0);
            }
            bytes.extend_from_slice(&((end - start) as u16).to_ne_bytes());
            for entry in &self.entries[*start..*end] {
                bytes.extend_from_slice(&entry.position.to_ne_bytes());
            }
        }
        bytes
    }
}

/// What a lexeme takes at most: its bytes, a table's tag, one for alignment, the number of positions and the positions.
fn size(lexeme: &(usize, usize), entries: &[Entry]) -> usize {
    entries[lexeme.0].length as usize + TAG + 3 + 2 * (lexeme.1 - lexeme.0)
}

/// Leaves out the lexemes that come last in the text when all are too many; answers whether any was.
fn keep_what_fits(lexemes: &mut Vec<(usize, usize)>, entries: &[Entry]) -> bool {
    if lexemes.iter().map(|lexeme| size(lexeme, entries)).sum::<usize>() <= ALL_BYTES {
        return false;
    }
    lexemes.sort_by_key(|(start, _)| entries[*start].place);
    let mut left = ALL_BYTES;
    let fits = lexemes.iter().take_while(|lexeme| {
        left = left.saturating_sub(size(lexeme, entries));
        left > 0
    });
    let fits = fits.count();
    lexemes.truncate(fits);
    lexemes.sort_unstable();
    true
}

#[cfg(test)]
mod tests {
    use super::{ALL_BYTES, Builder, Vector, Weight};
    use crate::core::search::{Content, Folding, normalize};

    fn vector(values: &[(&str, Weight)]) -> Vector {
        let mut builder = Builder::default();
        for (text, weight) in values {
            builder.add(&normalize(text, Folding::Standard), Content::Text, *weight, &mut |_, _| {});
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
        assert!(many.cut && printed(&many).contains(" 'a':1A,2A,") && !printed(&many).contains("256A"));
        assert!(!vector(&[(&"a b ".repeat(255), Weight::A)]).cut);
        let long: String = (0..20_000).map(|n| format!("word{n} ")).collect();
        let long = vector(&[(&long, Weight::D)]);
        // Found wherever it stands; its place in a phrase is told in its block.
        assert!(!long.cut && printed(&long).contains("'word19999':16383 "));
        assert!(printed(&long).contains("'\u{2}1word19999':4256 "), "{}", printed(&long));
        let longer: String = (0..140_000).map(|n| format!("w{n} ")).collect();
        assert!(vector(&[(&longer, Weight::D)]).cut);
        let huge: String = (0..40_000).map(|n| format!("{n:0>60} ")).collect();
        let huge = vector(&[(&huge, Weight::D)]);
        assert!(huge.cut && huge.bytes.len() < ALL_BYTES + 400_000);
        assert!(printed(&huge).starts_with("'\u{1}cut':1 '\u{1}long':1 "));
        assert!(printed(&huge).contains(&format!(" '{:0>60}':1 ", 0)));
        assert!(!vector(&[("short", Weight::D)]).cut);
    }
}
