//! One tokeniser for rows and queries.
//!
//! Scripts without blanks between words (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) become overlapping pairs of
//! characters, and the last character of a run alone: each place in a run begins exactly one token, so any part of it can be
//! looked for, with no dictionary that would have to know the word. Everything else becomes words; words that are tied
//! together, as in codes and addresses, also one token as a whole.
use super::company::form_at;
use super::normalize::Char;
use super::phone;
use crate::core::fields::{digit_separator, national_part};
use crate::core::work;
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
    let mut reader = Reader { chars, each, text: String::new(), place: 0, numbered: 0 };
    if content == Content::Phone {
        reader.phone(0, chars.len());
        // What the value is need not be found out.
        reader.numbered = usize::MAX;
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

/// The telephone number that begins here, with digits in groups: where it ends and its digits. With a plus, a zero or a group in brackets first it is one;
/// another is one when a blank or a bracket stands in it, for else it is found as a code, or when it begins with a calling code; a date is none.
fn number_at(chars: &[Char]) -> Option<(usize, String)> {
    const MOST_BETWEEN: usize = 3;
    let is_plain = |c: char| c.is_ascii_digit();
    let opens = chars.iter().take(2).take_while(|char| matches!(char.c, '+' | '(')).count();
    if !chars.get(opens).is_some_and(|char| is_plain(char.c)) {
        return None;
    }
    let first = chars[opens..].iter().take(phone::LONGEST).take_while(|char| is_plain(char.c)).count();
    let is_marked = chars[..opens].iter().any(|char| char.c == '+')
        || chars[opens].c == '0'
        || opens > 0 && chars.get(opens + first).is_some_and(|char| char.c == ')');
    let mut digits = String::new();
    let mut groups: Vec<usize> = Vec::new();
    let (mut at, mut end, mut is_apart) = (opens, 0, is_marked);
    // Whether a blank follows the third group, as it does a date's.
    let mut is_three_and_blank = false;
    loop {
        work::step();
        let group = chars[at..].iter().take(phone::LONGEST + 1).take_while(|char| is_plain(char.c)).count();
        // A group that a letter ends is a part of a code.
        let is_code = chars.get(at + group).is_some_and(|char| is_word(char.c));
        if is_code || digits.len() + group > phone::LONGEST {
            break;
        }
        digits.extend(chars[at..at + group].iter().map(|char| char.c));
        groups.push(group);
        end = at + group;
        let between =
            chars[end..].iter().take(MOST_BETWEEN + 1).take_while(|char| digit_separator(char.c).is_some()).count();
        let next = chars.get(end + between).is_some_and(|char| is_plain(char.c));
        if between == 0 || between > MOST_BETWEEN || !next {
            break;
        }
        is_three_and_blank |= groups.len() == 3 && chars[end].c == ' ';
        is_apart |= chars[end..end + between].iter().any(|char| matches!(char.c, ' ' | '(' | ')'));
        at = end + between;
    }
    let is_date = matches!(groups[..], [4, 1..=2, 1..=2, ..] | [1..=2, 1..=2, 4, ..])
        && (groups.len() == 3 || is_three_and_blank);
    // With its calling code and no plus a number may be tied together like a code.
    let is_abroad = || digits.len() > phone::FEWEST + 1 && national_part(&digits).is_some();
    let is_number = is_marked || groups.len() > 1 && !is_date && (is_apart || is_abroad());
    (digits.len() >= phone::FEWEST && is_number).then_some((end, digits))
}

struct Reader<'a, E> {
    chars: &'a [Char],
    each: &'a mut E,
    /// The text of the token at hand.
    text: String,
    place: u32,
    /// Up to here telephone numbers have been told.
    numbered: usize,
}

impl<E: FnMut(Token<'_>)> Reader<'_, E> {
    fn read(&mut self) {
        let mut at = 0;
        while at < self.chars.len() {
            work::step();
            let c = self.chars[at].c;
            if matches!(c, '+' | '(' | '0'..='9') {
                self.number(at);
            }
            at = if let Some((name, length)) = form_at(&self.chars[at..]) {
                self.tell(name, Kind::Form, at, at + length);
                self.place += 1;
                at + length
            } else if is_dense(c) {
                self.run(at)
            } else if is_word(c) {
                self.labelled(at);
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

    /// A telephone number within a text. One that has been told is not told again from within, unless another may begin there.
    fn number(&mut self, from: usize) {
        let begins = matches!(self.chars[from].c, '+' | '0') && from > 0 && self.chars[from - 1].c == ' ';
        if from < self.numbered && (!begins || self.numbered == usize::MAX) {
            return;
        }
        if let Some((end, digits)) = number_at(&self.chars[from..]) {
            self.numbered = self.numbered.max(from + end);
            self.endings(&digits, from, from + end);
        }
    }

    /// A telephone number that its label ties to the word at hand: "tel:03-1234-5678".
    fn labelled(&mut self, from: usize) {
        let length = phone::label_before(self.chars[from..].iter().map(|char| char.c));
        if length > 0 {
            self.number(from + length);
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
    use crate::core::search::normalize::{Folding, normalize};

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
        let numbers = |text: &str| {
            let found = tokens(&normalize(text, Folding::Standard), Content::Text);
            let phones = found.into_iter().filter(|token| token.kind == Kind::Phone);
            let whole: Vec<(usize, usize, String)> = phones.map(|token| (token.start, token.end, token.text)).collect();
            whole.chunk_by(|left, right| left.0 == right.0).map(|same| same[0].2.clone()).collect::<Vec<String>>()
        };
        for (text, expected) in [
            ("call +81 3 1234 5678 now", &["81312345678"][..]),
            ("TEL: +81 (0)3-1234-5678", &["810312345678"]),
            ("(03) 1234-5678 or 06 9876 5432", &["0312345678", "0698765432"]),
            ("TEL：０３（１２３４）５６７８", &["0312345678"]),
            ("tel:+81-3-1234-5678", &["81312345678"]),
            ("TEL03-1234-5678 / Fax.06-9876-5432", &["0312345678", "0698765432"]),
            ("03−1234−5678, 06ー9876ー5432", &["0312345678", "0698765432"]),
            ("03ｰ1234ｰ5678, 06―9876―5432", &["0312345678", "0698765432"]),
            ("電話03—1234—5678内線12、06・9876・5432", &["0312345678", "0698765432"]),
            ("ジョン・スミス・ラーメン03・コーヒー04", &[]),
            ("10・20・30・4000", &[]),
            ("telephone, tel: none", &[]),
            ("(201) 555-0123", &["2015550123"]),
            ("912 345 678", &["912345678"]),
            ("+34912345678", &["34912345678"]),
            ("電話03-1234-5678まで", &["0312345678"]),
            ("2024-11-15 09:30", &[]),
            ("(2024-11-15)", &[]),
            ("15.11.2024 10 20", &[]),
            ("INV-2024-00123", &[]),
            ("81-3-1234-5678", &["81312345678"]),
            ("1234-5678-9012-3456", &[]),
            ("192.168.100.200", &[]),
            ("ab 1234 567", &[]),
            ("0x12345678", &[]),
            ("00000000000000000000000000000000", &[]),
            ("1 2 3", &[]),
            ("+", &[]),
        ] {
            assert_eq!(numbers(text), expected, "{text}");
        }
        let typed = tokens(&normalize("(03) 1234 5678", Folding::Standard), Content::Phone);
        assert!(typed.iter().any(|token| token.text == "12345678" && token.kind == Kind::Phone));
    }
}
