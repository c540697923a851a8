//! What people type into a search box, as a tsquery over the tokens of [`super::token`].
//!
//! The syntax is that of web search engines: all words must be there; "quoted text" in this order; `or` between
//! alternatives; a minus before what must not be there. It never fails: what cannot be understood is taken as text.
use super::company::forms_with;
use super::normalize::{Char, Folding, is_repeat, normalize};
use super::phone;
use super::token::{Content, Kind, OwnedToken, tokens};
use crate::work;

/// Of a query this many characters and terms are read.
const LONGEST: usize = 1000;
const MOST_TERMS: usize = 32;
/// No query of so many characters that anyone types has more bytes, whatever normalising leaves out.
const MOST_BYTES: usize = 64 * 1024;
/// A phrase that spans more places than this between two tokens would bridge two values.
const WIDEST_STEP: u32 = 4;

/// A part of a query that is looked for by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub chars: Vec<Char>,
    pub quoted: bool,
    pub negated: bool,
    /// An alternative to the term before it.
    pub or: bool,
}

impl Term {
    /// What is looked for: what an iteration mark repeats is not known at the beginning of a term.
    pub fn wanted(&self) -> &[Char] {
        let start = self.chars.iter().position(|char| !is_repeat(char.c)).unwrap_or(0);
        &self.chars[start..]
    }
}

/// The terms of a query, in order.
pub fn terms(query: &str, folding: Folding) -> Vec<Term> {
    let mut chars = normalize(work::beginning(query, MOST_BYTES), folding);
    chars.truncate(LONGEST);
    let mut found: Vec<Term> = Vec::new();
    let (mut at, mut or) = (0, false);
    while at < chars.len() && found.len() < MOST_TERMS {
        work::step();
        if is_blank(chars[at].c) {
            at += 1;
            continue;
        }
        let negated = chars[at].c == '-'
            && chars.get(at + 1).is_some_and(|next| next.c == '"' || !is_blank(next.c) && next.c != '-');
        at += usize::from(negated);
        let quoted = chars[at].c == '"';
        at += usize::from(quoted);
        let start = at;
        while at < chars.len() && chars[at].c != '"' && (quoted || !is_blank(chars[at].c)) {
            at += 1;
        }
        let term = &chars[start..at];
        at += usize::from(quoted);
        if !quoted && term.iter().map(|char| char.c).eq("or".chars()) && !found.is_empty() {
            or = true;
            continue;
        }
        if term.is_empty() {
            continue;
        }
        found.push(Term { chars: term.to_vec(), quoted, negated, or });
        or = false;
    }
    join_numbers(found)
}

fn is_blank(c: char) -> bool {
    c.is_whitespace()
}

/// "03 1234 5678" is one telephone number.
fn join_numbers(terms: Vec<Term>) -> Vec<Term> {
    let is_part = |term: &Term| {
        !term.quoted
            && !term.negated
            && term.chars.iter().all(|char| char.c.is_ascii_digit() || "+-()./".contains(char.c))
            && term.chars.iter().any(|char| char.c.is_ascii_digit())
    };
    let mut joined: Vec<Term> = Vec::with_capacity(terms.len());
    for term in terms {
        match joined.last_mut() {
            Some(last) if is_part(last) && is_part(&term) && !term.or => {
                last.chars.push(last.chars[last.chars.len() - 1].replaced_by('-'));
                last.chars.extend(term.chars);
            }
            _ => joined.push(term),
        }
    }
    joined
}

/// The digits of a term that reads as a telephone number or a part of one, and whether it begins with a plus.
pub fn digits(term: &Term) -> Option<(String, bool)> {
    let plain = term.chars.iter().all(|char| char.c.is_ascii_digit() || "+-()./ ".contains(char.c));
    let digits: String = term.chars.iter().map(|char| char.c).filter(char::is_ascii_digit).collect();
    let fits = (phone::SHORTEST..=phone::LONGEST).contains(&digits.len());
    (plain && fits).then(|| (digits, term.chars[0].c == '+'))
}

/// The query in tsquery's text form; empty when nothing in it can be looked for. `tag` stands before every lexeme; `stem`
/// answers a word's stem in the language of the rows, where it has another one.
pub fn to_tsquery(query: &str, folding: Folding, tag: &str, stem: &dyn Fn(&str) -> Option<String>) -> String {
    let writer = Writer { tag, stem };
    let terms = terms(query, folding);
    let last = terms.len().saturating_sub(1);
    let mut all: Vec<String> = Vec::new();
    for (index, term) in terms.iter().enumerate() {
        // Who is still typing has not finished the last word.
        let Some(part) = writer.expression(term, index == last && !term.quoted) else { continue };
        let part = if term.negated { format!("!({part})") } else { part };
        match all.last_mut() {
            Some(before) if term.or => *before = format!("{before} | ({part})"),
            _ => all.push(format!("({part})")),
        }
    }
    let all: Vec<String> = all.into_iter().map(|part| format!("({part})")).collect();
    all.join(" & ")
}

struct Writer<'a> {
    tag: &'a str,
    stem: &'a dyn Fn(&str) -> Option<String>,
}

impl Writer<'_> {
    fn expression(&self, term: &Term, prefix: bool) -> Option<String> {
        let found = tokens(term.wanted(), Content::Text);
        let forms: Vec<String> = found
            .iter()
            .filter(|token| token.kind == Kind::Form)
            .map(|token| self.quoted(&token.text, false))
            .collect();
        let mut alternatives: Vec<String> = self.phrase(&found, prefix).into_iter().collect();
        let wholes = found.iter().filter(|token| token.kind == Kind::Whole && token.place == found[0].place).take(2);
        let words: Vec<&OwnedToken> = found.iter().filter(|token| token.kind == Kind::Word).collect();
        let is_tied = found.first().is_some_and(|token| token.kind == Kind::Whole && spans(token, &found));
        if is_tied {
            alternatives.extend(wholes.map(|token| self.quoted(&token.text, prefix)));
        } else if let ([word], false) =
            (&words[..], found.iter().any(|token| matches!(token.kind, Kind::Pair | Kind::Last)))
        {
            alternatives.extend(
                (self.stem)(&word.text).filter(|stem| *stem != word.text).map(|stem| self.quoted(&stem, false)),
            );
        }
        if let Some((digits, international)) = digits(term) {
            alternatives
                .extend(phone::beginnings(&digits, international).iter().map(|digits| self.quoted(digits, true)));
        }
        if words.is_empty() && forms.is_empty() {
            let text: String = term.chars.iter().map(|char| char.c).collect();
            alternatives.extend(forms_with(&text).map(|form| self.quoted(form, false)));
        }
        alternatives.dedup();
        let all = match &alternatives[..] {
            [] => forms,
            _ => forms.into_iter().chain([format!("({})", alternatives.join(" | "))]).collect(),
        };
        (!all.is_empty()).then(|| all.join(" & "))
    }

    /// The tokens one after the other, as far apart as in the text.
    fn phrase(&self, found: &[OwnedToken], prefix: bool) -> Option<String> {
        let single =
            |token: &OwnedToken| !found.iter().any(|other| other.kind == Kind::Pair && other.place + 1 == token.place);
        let mut steps: Vec<&OwnedToken> = Vec::new();
        for token in found {
            work::steps(found.len() / 8);
            let wanted = match token.kind {
                Kind::Pair | Kind::Word => true,
                // Behind a pair the last character is looked for already.
                Kind::Last => single(token),
                Kind::Whole | Kind::Phone | Kind::Form => false,
            };
            // A form stands anywhere; what lies on its two sides is one phrase no more.
            if wanted {
                steps.push(token);
            }
        }
        let last = steps.len().checked_sub(1)?;
        let mut text = String::new();
        for (index, token) in steps.iter().enumerate() {
            work::steps(found.len() / 8);
            if index > 0 {
                let between = found.iter().any(|form| {
                    form.kind == Kind::Form && steps[index - 1].place < form.place && form.place < token.place
                });
                let step = token.place - steps[index - 1].place;
                text.push_str(&if between || step > WIDEST_STEP { " & ".to_owned() } else { format!(" <{step}> ") });
            }
            // One character of a dense script begins the pairs that it is in.
            text.push_str(&self.quoted(
                &token.text,
                token.kind == Kind::Last || (prefix && index == last && token.kind == Kind::Word),
            ));
        }
        Some(text)
    }

    fn quoted(&self, lexeme: &str, prefix: bool) -> String {
        let mut text = String::with_capacity(self.tag.len() + lexeme.len() + 4);
        text.push('\'');
        text.push_str(self.tag);
        for c in lexeme.chars() {
            if c == '\'' || c == '\\' {
                text.push(c);
            }
            text.push(c);
        }
        text.push_str(if prefix { "':*" } else { "'" });
        text
    }
}

fn spans(token: &OwnedToken, all: &[OwnedToken]) -> bool {
    all.iter().all(|other| token.start <= other.start && other.end <= token.end)
}

#[cfg(test)]
mod tests {
    use super::{Folding, terms, to_tsquery};

    fn query(text: &str) -> String {
        to_tsquery(text, Folding::Standard, "", &|word| word.strip_suffix('s').map(str::to_owned))
    }

    #[test]
    fn words_and_runs() {
        for (text, expected) in [
            ("佐藤", "((('佐藤')))"),
            ("佐", "((('佐':*)))"),
            ("佐藤太郎", "((('佐藤' <1> '藤太' <1> '太郎')))"),
            ("佐藤　太郎", "((('佐藤'))) & ((('太郎')))"),
            ("\"佐藤 太郎\"", "((('佐藤' <1> '藤太' <1> '太郎')))"),
            ("cats dogs", "((('cats' | 'cat'))) & ((('dogs':* | 'dog')))"),
            ("東京2020", "((('東京' <2> '2020':*)))"),
            ("㈱エム", "(('株式会社' & ('エム')))"),
            ("会社", "((('会社' | '株式会社' | '有限会社' | '合同会社' | '合資会社' | '合名会社')))"),
            ("々木", "((('木':*)))"),
            ("a -b or c", "((('a'))) & ((!(('b'))) | (('c':*)))"),
            ("-\"x y\"", "((!(('x' <1> 'y'))))"),
            ("", ""),
            ("!?", ""),
            ("- -", ""),
            ("it's", "((('it' <1> 's':* | 'it''s':* | 'its':*)))"),
        ] {
            assert_eq!(query(text), expected, "{text}");
        }
    }

    #[test]
    fn codes_and_numbers() {
        assert!(query("INV-2024").contains("'inv-2024':*"));
        assert!(query("03 1234 5678").contains("'0312345678':*"));
        assert!(query("+81 3-1234-5678").contains("'312345678':*"));
        assert!(query("5678").contains("'5678':*"));
        assert_eq!(terms("03 1234 a 5678", Folding::Standard).len(), 3);
    }

    #[test]
    fn tags_stand_before_every_lexeme() {
        assert_eq!(
            to_tsquery("佐藤太 x", Folding::Standard, "T", &|_| None),
            "((('T佐藤' <1> 'T藤太'))) & ((('Tx':*)))"
        );
    }

    #[test]
    fn many_terms_are_cut() {
        assert_eq!(terms(&"a ".repeat(500), Folding::Standard).len(), 32);
        assert!(query(&"日本".repeat(5000)).len() < 40_000);
    }
}
