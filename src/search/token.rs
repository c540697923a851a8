//! One tokeniser for rows and queries.
//!
//! Scripts without blanks between words (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) become overlapping pairs of
//! characters, and the last character of a run alone: each place in a run begins exactly one token, so any part of it can be
//! looked for, with no dictionary that would have to know the word. Everything else becomes words; words that are tied
//! together, as in codes and addresses, also one token as a whole.
use super::company::form_at;
use super::normalize::Char;
use super::phone;
use crate::work;
use std::ops::Range;

/// A word longer than this many characters is cut, in rows and queries alike.
const LONGEST_WORD: usize = 128;
/// More parts than this are no code or address, but words that happen to be tied together.
const MOST_PARTS: usize = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Two characters of a dense script.
    Pair,
    /// The last character of a run.
    Last,
    Word,
    /// Several words tied together, with or without what ties them.
    Whole,
    /// An ending of a telephone number.
    Phone,
    /// The form of a company.
    Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    pub text: &'a str,
    pub kind: Kind,
    /// Counted in characters of dense scripts and in words; tokens that begin together share it.
    pub place: u32,
    /// The bytes of the original text.
    pub start: usize,
    pub end: usize,
}

/// A token with a text of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedToken {
    pub text: String,
    pub kind: Kind,
    pub place: u32,
    pub start: usize,
    pub end: usize,
}

impl OwnedToken {
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// What the text is known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    Text,
    Phone,
}

/// Calls `each` for the tokens of one value, by place.
pub fn each_token<E: FnMut(Token<'_>)>(chars: &[Char], content: Content, each: &mut E) {
    let mut reader = Reader { chars, each, text: String::new(), place: 0 };
    if content == Content::Phone {
        reader.phone(0, chars.len());
    }
    reader.read();
}

/// The tokens of one value, by place.
pub fn tokens(chars: &[Char], content: Content) -> Vec<OwnedToken> {
    // A short text beside the token itself.
    const TEXT_BYTES: usize = 32;
    let mut found: Vec<OwnedToken> = Vec::new();
    each_token(chars, content, &mut |Token { text, kind, place, start, end }: Token<'_>| {
        if found.len() == found.capacity() {
            work::reserve(2 * found.capacity() * (size_of::<OwnedToken>() + TEXT_BYTES));
        }
        found.push(OwnedToken { text: text.to_owned(), kind, place, start, end });
    });
    found
}

/// Characters that are written without blanks between words.
#[inline]
pub fn is_dense(c: char) -> bool {
    c >= '\u{E01}' && is_in_dense_block(c)
}

fn is_in_dense_block(c: char) -> bool {
    matches!(c as u32,
        0x0E01..=0x0EFF | 0x1000..=0x109F | 0x1100..=0x11FF | 0x1780..=0x17FF | 0x19E0..=0x19FF | 0x3005..=0x3007
        | 0x3021..=0x3029 | 0x3031..=0x3035 | 0x303B | 0x3041..=0x3096 | 0x309D..=0x309F | 0x30A1..=0x30FA | 0x30FC..=0x312F
        | 0x3131..=0x318E | 0x31A0..=0x31BF | 0x31F0..=0x31FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xA000..=0xA48F
        | 0xA960..=0xA97F | 0xA9E0..=0xA9FE | 0xAA60..=0xAA7F | 0xAC00..=0xD7FB | 0xF900..=0xFAFF | 0x1B000..=0x1B16F
        | 0x20000..=0x3FFFF)
}

#[inline]
pub fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    !is_dense(c) && (c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c))
}

/// What may tie two words together.
fn is_tie(c: char) -> bool {
    matches!(
        c,
        '-' | '_'
            | '.'
            | '/'
            | '@'
            | '\''
            | '’'
            | '+'
            | '&'
            | ':'
            | '#'
            | '='
            | '?'
            | '%'
            | '~'
            | '\u{2010}'
            | '\u{2011}'
            | '\u{2013}'
    )
}

/// Inside one value, characters of dense scripts on both sides of these belong together.
pub fn is_gap(c: char) -> bool {
    c == ' ' || c == '\t' || c == '\u{30FB}' || c == '\u{B7}' || c == '='
}

struct Reader<'a, E> {
    chars: &'a [Char],
    each: &'a mut E,
    /// The text of the token at hand.
    text: String,
    place: u32,
}

impl<E: FnMut(Token<'_>)> Reader<'_, E> {
    fn read(&mut self) {
        let mut at = 0;
        while at < self.chars.len() {
            work::step();
            let c = self.chars[at].c;
            at = if let Some((name, length)) = form_at(&self.chars[at..]) {
                self.tell(name, Kind::Form, at, at + length);
                self.place += 1;
                at + length
            } else if is_dense(c) {
                self.run(at)
            } else if is_word(c) {
                self.tied(at)
            } else {
                // A sentence's end keeps phrases from crossing it.
                if !is_gap(c) && !is_tie(c) {
                    self.place += 1;
                }
                at + 1
            };
        }
    }

    fn tell(&mut self, text: &str, kind: Kind, from: usize, to: usize) {
        work::step();
        let (start, end) = (self.chars[from].start(), self.chars[to - 1].end());
        (self.each)(Token { text, kind, place: self.place, start, end });
    }

    /// A token of those characters of a stretch that pass.
    fn push(&mut self, kind: Kind, from: usize, to: usize, passes: impl Fn(char) -> bool) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        text.extend(self.chars[from..to].iter().map(|char| char.c).filter(|c| passes(*c)));
        self.tell(&text, kind, from, to);
        self.text = text;
    }

    /// A run of a dense script, gaps within it left out; answers where it ends.
    fn run(&mut self, from: usize) -> usize {
        let mut first = from;
        loop {
            let mut next = first + 1;
            while self.chars.get(next).is_some_and(|char| is_gap(char.c)) {
                next += 1;
            }
            let goes_on =
                self.chars.get(next).is_some_and(|char| is_dense(char.c)) && form_at(&self.chars[next..]).is_none();
            if !goes_on {
                self.push(Kind::Last, first, first + 1, |_| true);
                self.place += 1;
                return first + 1;
            }
            self.push(Kind::Pair, first, next + 1, |c| !is_gap(c));
            self.place += 1;
            first = next;
        }
    }

    fn word_end(&self, from: usize) -> usize {
        let word = self.chars[from..].iter().take_while(|char| is_word(char.c));
        from + word.count()
    }

    /// The next word of those that are tied together: "://" ties a scheme to its host.
    fn next_tied(&self, end: usize) -> Option<usize> {
        let ties = self.chars[end..].iter().take(3).take_while(|char| is_tie(char.c)).count();
        (ties > 0 && self.chars.get(end + ties).is_some_and(|char| is_word(char.c))).then_some(end + ties)
    }

    /// Words tied together, which may be one; answers where they end.
    fn tied(&mut self, from: usize) -> usize {
        let mut end = self.word_end(from);
        if self.next_tied(end).is_some() {
            let mut words = vec![from];
            while let Some(next) = self.next_tied(end) {
                words.push(next);
                end = self.word_end(next);
            }
            self.wholes(&words, end);
        }
        self.number(from, end);
        let mut start = from;
        loop {
            let stop = self.word_end(start);
            self.push(Kind::Word, start, stop.min(start + LONGEST_WORD), |_| true);
            self.place += 1;
            match self.next_tied(stop).filter(|next| *next < end) {
                Some(next) => start = next,
                None => return end,
            }
        }
    }

    /// What is tied together as one token, with and without what ties, and from every part on to the end: "example.com"
    /// within "sato@example.com", "2024-00123" within "INV-2024-00123".
    fn wholes(&mut self, words: &[usize], end: usize) {
        let from = words[0];
        if words.len() > MOST_PARTS || end - from > LONGEST_WORD {
            return;
        }
        self.push(Kind::Whole, from, end, |_| true);
        self.push(Kind::Whole, from, end, is_word);
        for start in &words[1..words.len() - 1] {
            self.push(Kind::Whole, *start, end, |_| true);
        }
    }

    /// A telephone number within a text: it begins with a plus or a zero.
    fn number(&mut self, from: usize, end: usize) {
        let plus = from > 0 && self.chars[from - 1].c == '+';
        let stretch = &self.chars[from..end];
        if (plus || stretch[0].c == '0') && stretch.iter().all(|char| char.c.is_ascii_digit() || is_tie(char.c)) {
            let digits: String = stretch.iter().map(|char| char.c).filter(char::is_ascii_digit).collect();
            if (9..=15).contains(&digits.len()) {
                self.endings(&digits, from, end);
            }
        }
    }

    fn phone(&mut self, from: usize, to: usize) {
        let digits = self.chars[from..to].iter().map(|char| char.c).filter(char::is_ascii_digit);
        // One more tells that there are too many.
        let digits: String = digits.inspect(|_| work::step()).take(phone::LONGEST + 1).collect();
        if (phone::SHORTEST..=phone::LONGEST).contains(&digits.len()) {
            self.endings(&digits, from, to);
        }
    }

    fn endings(&mut self, digits: &str, from: usize, to: usize) {
        for ending in phone::endings(digits) {
            self.tell(ending, Kind::Phone, from, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, Kind, tokens};
    use crate::search::normalize::{Folding, normalize};

    fn list(text: &str) -> Vec<String> {
        tokens(&normalize(text, Folding::Standard), Content::Text)
            .into_iter()
            .map(|token| format!("{}:{}", token.text, token.place))
            .collect()
    }

    #[test]
    fn runs_and_words() {
        assert_eq!(list("佐藤 太郎"), ["佐藤:0", "藤太:1", "太郎:2", "郎:3"]);
        assert_eq!(list("東京2020"), ["東京:0", "京:1", "2020:2"]);
        assert_eq!(list("Hello, World"), ["hello:0", "world:2"]);
        assert_eq!(list("㈱エム"), ["株式会社:0", "エム:1", "ム:2"]);
        assert_eq!(list("川。山"), ["川:0", "山:2"]);
        assert_eq!(list("ジョン・スミス").len(), 6);
        assert_eq!(list("กขค"), ["กข:0", "ขค:1", "ค:2"]);
        assert!(list("…!?").is_empty());
    }

    #[test]
    fn codes_and_addresses() {
        assert_eq!(
            list("INV-2024-00123"),
            ["inv-2024-00123:0", "inv202400123:0", "2024-00123:0", "inv:0", "2024:1", "00123:2"]
        );
        let mail = list("sato@example.co.jp");
        for token in ["sato@example.co.jp:0", "example.co.jp:0", "co.jp:0", "sato:0", "example:1", "jp:3"] {
            assert!(mail.contains(&token.to_owned()), "{token} {mail:?}");
        }
        assert!(list("https://example.com/a?b=c").contains(&"example.com/a?b=c:0".to_owned()));
    }

    #[test]
    fn telephone_numbers() {
        let found = tokens(&normalize("電話 ０３-1234-5678", Folding::Standard), Content::Text);
        let phones: Vec<_> =
            found.iter().filter(|token| token.kind == Kind::Phone).map(|token| token.text.as_str()).collect();
        assert_eq!(phones.first(), Some(&"0312345678"));
        assert_eq!(phones.last(), Some(&"5678"));
        let typed = tokens(&normalize("(03) 1234 5678", Folding::Standard), Content::Phone);
        assert!(typed.iter().any(|token| token.text == "12345678" && token.kind == Kind::Phone));
    }
}
