//! How well a text answers a query, told in classes that people understand.
use super::latin::has_accents;
use super::normalize::{Char, Folding, normalize, normalize_into};
use super::query::{digits, terms};
use super::token::is_gap;
use super::{company, phone};
use crate::core::work;

/// A query, ready to be compared with many texts. What a text holds with the accents that were typed ranks before what it holds without them.
#[derive(Debug)]
pub struct Ranking {
    folding: Folding,
    /// The query with its accents, and folded.
    exact: Wanted,
    folded: Wanted,
    has_accents: bool,
    text: Text,
}

/// What is looked for.
#[derive(Debug)]
struct Wanted {
    whole: Vec<char>,
    /// For each term the forms that it may have in a text.
    terms: Vec<Vec<Vec<char>>>,
}

/// The text at hand, as it was normalised, without company forms, and without gaps too.
#[derive(Debug, Default)]
struct Text {
    chars: Vec<Char>,
    spaced: Vec<char>,
    joined: Vec<char>,
}

/// Maximum number of bytes of a text that are ranked.
const LONGEST: usize = 1 << 20;

/// The classes, the best first.
pub const EXACT: i32 = 0;
pub const PREFIX: i32 = 1;
pub const WORD: i32 = 2;
pub const INSIDE: i32 = 3;

/// The characters that count, company forms left out.
fn bare(chars: &[Char], kept: &mut Vec<char>) {
    kept.clear();
    let mut at = 0;
    while at < chars.len() {
        work::step();
        match company::form_at(&chars[at..]) {
            Some((_, length)) if length < chars.len() => at += length,
            _ => {
                kept.push(chars[at].c);
                at += 1;
            }
        }
    }
}

fn counts(c: &char) -> bool {
    !is_gap(*c) && *c != '"'
}

fn joined(chars: &[Char]) -> Vec<char> {
    let mut kept = Vec::new();
    bare(chars, &mut kept);
    kept.retain(counts);
    kept
}

impl Wanted {
    fn new(query: &str, folding: Folding) -> Wanted {
        let terms = terms(query, folding).into_iter().filter(|term| !term.negated).map(|term| {
            let mut forms = vec![joined(&term.chars)];
            if let Some((digits, international)) = digits(&term) {
                forms.extend(phone::beginnings(&digits, international).iter().map(|digits| digits.chars().collect()));
            }
            forms
        });
        let whole = joined(&normalize(work::beginning(query, LONGEST), folding));
        Wanted { whole, terms: terms.collect() }
    }

    fn class(&self, text: &Text) -> Option<i32> {
        if self.whole.is_empty() || text.joined.is_empty() {
            return None;
        }
        if text.joined == self.whole {
            return Some(EXACT);
        }
        if text.joined.starts_with(&self.whole) {
            return Some(PREFIX);
        }
        self.terms.iter().flatten().filter_map(|term| place(&text.spaced, &text.joined, term)).min()
    }
}

impl Text {
    fn read(&mut self, text: &str, folding: Folding) {
        normalize_into(text, folding, &mut self.chars);
        bare(&self.chars, &mut self.spaced);
        self.joined.clear();
        self.joined.extend(self.spaced.iter().filter(|c| counts(c)));
    }
}

impl Ranking {
    pub fn new(query: &str, folding: Folding) -> Ranking {
        Ranking {
            folding,
            exact: Wanted::new(query, Folding::Accents),
            folded: Wanted::new(query, folding),
            has_accents: has_accents(work::beginning(query, LONGEST)),
            text: Text::default(),
        }
    }

    /// The class of a text; `None` when it holds nothing of the query. What it holds but for accents, and for what an aggressive folding takes for the
    /// same, is of the next class.
    pub fn class(&mut self, text: &str) -> Option<i32> {
        let text = work::beginning(text, LONGEST);
        self.text.read(text, Folding::Accents);
        let exact = self.exact.class(&self.text);
        let is_plain = self.folding == Folding::Standard && !self.has_accents && !has_accents(text);
        if is_plain || exact == Some(EXACT) {
            return exact;
        }
        self.text.read(text, self.folding);
        let folded = self.folded.class(&self.text).map(|class| (class + 1).min(INSIDE));
        exact.into_iter().chain(folded).min()
    }
}

fn place(spaced: &[char], text: &[char], term: &[char]) -> Option<i32> {
    let first = term.first()?;
    let is_word = |at: usize| is_border(spaced, at) && is_border(spaced, at + term.len());
    if begins(spaced, *first).any(|at| spaced[at..].starts_with(term) && is_word(at)) {
        return Some(WORD);
    }
    if begins(text, *first).any(|at| text[at..].starts_with(term)) {
        return Some(INSIDE);
    }
    if !first.is_ascii_digit() {
        return None;
    }
    let digits: Vec<char> = text.iter().copied().filter(char::is_ascii_digit).collect();
    begins(&digits, *first).any(|at| digits[at..].starts_with(term)).then_some(INSIDE)
}

/// Positions of a character.
fn begins(chars: &[char], first: char) -> impl Iterator<Item = usize> + '_ {
    work::bytes(size_of_val(chars));
    (0..chars.len()).filter(move |at| chars[*at] == first).inspect(|_| work::step())
}

/// Whether a word may begin or end here.
fn is_border(chars: &[char], at: usize) -> bool {
    let (Some(before), Some(after)) = (at.checked_sub(1).and_then(|at| chars.get(at)), chars.get(at)) else {
        return true;
    };
    !before.is_alphanumeric() || !after.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::{Folding, Ranking};

    #[test]
    fn classes() {
        for (query, text, expected) in [
            ("佐藤", "佐藤", Some(0)),
            ("さとう", "サトウ", Some(0)),
            ("エムロック", "㈱エムロック", Some(0)),
            ("佐藤太郎", "佐藤 太郎", Some(0)),
            ("佐藤", "佐藤太郎", Some(1)),
            ("太郎", "佐藤 太郎", Some(2)),
            ("藤", "佐藤太郎", Some(3)),
            ("world", "hello world", Some(2)),
            ("wor", "hello world", Some(3)),
            ("5678", "03-1234-5678", Some(2)),
            ("+81312345678", "03-1234-5678", Some(3)),
            ("x", "佐藤", None),
            ("", "佐藤", None),
            ("creme", "creme", Some(0)),
            ("creme", "Crème", Some(1)),
            ("crème", "Crème", Some(0)),
            ("crème", "creme", Some(1)),
            ("creme", "Crème brûlée", Some(2)),
            ("crème", "Crème brûlée", Some(1)),
            ("brulee", "Crème brûlée", Some(3)),
            ("brûlée", "Crème brûlée", Some(2)),
            ("strasse", "Straße", Some(1)),
            ("x", "é", None),
        ] {
            assert_eq!(Ranking::new(query, Folding::Standard).class(text), expected, "{query} {text}");
        }
        assert_eq!(Ranking::new("斎藤", Folding::Aggressive).class("斉藤"), Some(1));
        assert_eq!(Ranking::new("斎藤", Folding::Aggressive).class("斎藤"), Some(0));
    }
}
