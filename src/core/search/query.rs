//! What people type into a search box, as a tsquery over the tokens of [`super::token`].
//!
//! The syntax is that of web search engines: all words must be there; "quoted text" in this order; `or` between
//! alternatives; a minus before what must not be there. It never fails: what cannot be understood is taken as text.
use super::blocks::{self, LONGEST_PHRASE, MOST_BLOCKS};
use super::company::forms_with;
use super::normalize::{Char, Folding, is_repeat, normalize};
use super::phone;
use super::token::{Content, Kind, OwnedToken, tokens};
use crate::core::fields::label_length;
use crate::core::work;

/// Maximum number of characters, and of terms, that are read of a query.
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

    pub fn text(&self) -> String {
        self.chars.iter().map(|char| char.c).collect()
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

/// "03 1234 5678" is one telephone number, and "TEL:" before one is its label.
fn join_numbers(terms: Vec<Term>) -> Vec<Term> {
    let is_part = |term: &Term| {
        !term.quoted
            && !term.negated
            && term.chars.iter().all(|char| phone::is_part(char.c))
            && term.chars.iter().any(|char| char.c.is_ascii_digit())
    };
    let mut joined: Vec<Term> = Vec::with_capacity(terms.len());
    for term in terms {
        work::step();
        match joined.last_mut() {
            Some(last) if is_part(last) && is_part(&term) && !term.or => {
                last.chars.push(last.chars[last.chars.len() - 1].replaced_by('-'));
                last.chars.extend(term.chars);
            }
            _ => joined.push(term),
        }
    }
    let mut terms: Vec<Term> = Vec::with_capacity(joined.len());
    for term in joined {
        work::step();
        let is_number = |from: usize| {
            let number = &term.chars[from..];
            let digits = number.iter().filter(|char| char.c.is_ascii_digit()).count();
            digits >= phone::FEWEST && number.iter().all(|char| phone::is_part(char.c))
        };
        let label = phone::label_before(term.chars.iter().map(|char| char.c));
        if !term.quoted && label > 0 && is_number(label) {
            terms.push(Term { chars: term.chars[label..].to_vec(), ..term });
            continue;
        }
        let is_label = |before: &Term| {
            let length = label_length(before.chars.iter().map(|char| char.c));
            !before.quoted && !before.negated && length > 0 && length == before.chars.len()
        };
        if !term.quoted && !term.negated && !term.or && is_number(0) && terms.last().is_some_and(is_label) {
            let or = terms.pop().is_some_and(|label| label.or);
            terms.push(Term { or, ..term });
            continue;
        }
        terms.push(term);
    }
    terms
}

/// The digits of a term that reads as a telephone number or a part of one, and whether it begins with a plus.
pub fn digits(term: &Term) -> Option<(String, bool)> {
    let plain = term.chars.iter().all(|char| phone::is_part(char.c));
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
        work::step();
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

/// The tokens of a term; numbers in it are looked for by their digits.
pub fn wanted_tokens(term: &Term) -> Vec<OwnedToken> {
    let mut found = tokens(term.wanted(), Content::Text);
    found.retain(|token| token.kind != Kind::Phone);
    found
}

struct Writer<'a> {
    tag: &'a str,
    stem: &'a dyn Fn(&str) -> Option<String>,
}

/// A token of a phrase.
pub struct Step<'a> {
    pub token: &'a OwnedToken,
    /// Its beginning is enough.
    pub prefix: bool,
    /// How far behind the token before it; none where it may stand anywhere.
    pub distance: Option<u32>,
}

/// What of a term is looked for; a text that holds one of the alternatives holds the term.
pub struct Parts<'a> {
    /// Tokens one after the other, as far apart as in the term.
    pub steps: Vec<Step<'a>>,
    /// The term as one word, with and without what ties it together.
    pub wholes: Vec<&'a OwnedToken>,
    /// The only word, whose stem is looked for, too.
    pub word: Option<&'a OwnedToken>,
    /// Forms of companies, which stand anywhere.
    pub forms: Vec<&'a OwnedToken>,
    /// The term may be a part of a form's name.
    pub is_part_of_form: bool,
}

impl<'a> Parts<'a> {
    /// `prefix`: who is still typing has not finished the last word.
    pub fn of(found: &'a [OwnedToken], prefix: bool) -> Parts<'a> {
        let of_kind = |kind: Kind| found.iter().filter(move |token| token.kind == kind);
        let words: Vec<&OwnedToken> = of_kind(Kind::Word).collect();
        let forms: Vec<&OwnedToken> = of_kind(Kind::Form).collect();
        let is_tied = found.first().is_some_and(|token| token.kind == Kind::Whole && spans(token, found));
        let is_dense = found.iter().any(|token| matches!(token.kind, Kind::Pair | Kind::Last));
        let wholes = of_kind(Kind::Whole).filter(|token| is_tied && token.place == found[0].place).take(2);
        Parts {
            steps: steps(found, prefix),
            wholes: wholes.collect(),
            word: words.first().copied().filter(|_| words.len() == 1 && !is_tied && !is_dense),
            is_part_of_form: words.is_empty() && forms.is_empty(),
            forms,
        }
    }
}

fn steps(found: &[OwnedToken], prefix: bool) -> Vec<Step<'_>> {
    let single =
        |token: &OwnedToken| !found.iter().any(|other| other.kind == Kind::Pair && other.place + 1 == token.place);
    let mut wanted: Vec<&OwnedToken> = Vec::new();
    for token in found {
        work::steps(found.len() / 8);
        let is_wanted = match token.kind {
            Kind::Pair | Kind::Word => true,
            // Behind a pair the last character is looked for already.
            Kind::Last => single(token),
            Kind::Whole | Kind::Phone | Kind::Form => false,
        };
        if is_wanted {
            wanted.push(token);
        }
    }
    let mut steps: Vec<Step<'_>> = Vec::with_capacity(wanted.len());
    for (index, token) in wanted.iter().enumerate() {
        work::steps(found.len() / 8);
        // A company suffix ends the phrase: it may stand before the name or behind it.
        let is_between = |before: &OwnedToken| {
            found.iter().any(|form| form.kind == Kind::Form && before.place < form.place && form.place < token.place)
        };
        let before = steps.last().map(|step: &Step<'_>| step.token).filter(|before| !is_between(before));
        steps.push(Step {
            token,
            // One character of a dense script begins the pairs that it is in.
            prefix: token.kind == Kind::Last || (prefix && index + 1 == wanted.len() && token.kind == Kind::Word),
            distance: before.map(|before| token.place - before.place).filter(|distance| *distance <= WIDEST_STEP),
        });
    }
    cut_phrases(&mut steps);
    steps
}

/// Leaves out the steps of a phrase that is longer than one that is looked for.
fn cut_phrases(steps: &mut Vec<Step<'_>>) {
    let (mut from, mut is_kept) = (0, true);
    steps.retain(|step| {
        if step.distance.is_none() {
            from = step.token.place;
            is_kept = true;
        }
        is_kept &= step.token.place - from < LONGEST_PHRASE;
        is_kept
    });
}

impl Writer<'_> {
    fn expression(&self, term: &Term, prefix: bool) -> Option<String> {
        let found = wanted_tokens(term);
        let parts = Parts::of(&found, prefix);
        let forms: Vec<String> = parts.forms.iter().map(|token| self.quoted(&token.text, false)).collect();
        let mut alternatives: Vec<String> = self.phrase(&parts.steps).into_iter().collect();
        alternatives.extend(parts.wholes.iter().map(|token| self.quoted(&token.text, prefix)));
        if let Some(word) = parts.word {
            let stem = (self.stem)(&word.text).filter(|stem| *stem != word.text);
            alternatives.extend(stem.map(|stem| self.quoted(&stem, false)));
        }
        if let Some((digits, international)) = digits(term) {
            alternatives
                .extend(phone::beginnings(&digits, international).iter().map(|digits| self.quoted(digits, true)));
        }
        if parts.is_part_of_form {
            alternatives.extend(forms_with(&term.text()).map(|form| self.quoted(form, false)));
        }
        alternatives.dedup();
        let all = match &alternatives[..] {
            [] => forms,
            _ => forms.into_iter().chain([format!("({})", alternatives.join(" | "))]).collect(),
        };
        (!all.is_empty()).then(|| all.join(" & "))
    }

    /// The tokens one after the other, as far apart as in the text.
    fn phrase(&self, steps: &[Step<'_>]) -> Option<String> {
        let mut phrases: Vec<String> = Vec::new();
        for phrase in steps.chunk_by(|_, step| step.distance.is_some()) {
            work::step();
            let first = self.phrase_in("", phrase);
            phrases.push(match phrase {
                [_] => first,
                _ => {
                    let others: Vec<String> =
                        (1..MOST_BLOCKS).map(|number| self.phrase_in(&blocks::name(number), phrase)).collect();
                    let long = self.quoted(blocks::LONG, false);
                    format!("({first} | {long} & ({}))", others.join(" | "))
                }
            });
        }
        (!phrases.is_empty()).then(|| phrases.join(" & "))
    }

    /// A phrase in one block of a text.
    fn phrase_in(&self, block: &str, steps: &[Step<'_>]) -> String {
        let mut text = String::new();
        for step in steps {
            work::step();
            if !text.is_empty() {
                text.push_str(&format!(" <{}> ", step.distance.unwrap_or(1)));
            }
            text.push_str(&self.quoted(&format!("{block}{}", step.token.text), step.prefix));
        }
        text
    }

    fn quoted(&self, lexeme: &str, prefix: bool) -> String {
        let mut text = String::with_capacity(self.tag.len() + lexeme.len() + 4);
        text.push('\'');
        text.push_str(self.tag);
        for c in lexeme.chars() {
            work::step();
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

    /// The query without the further blocks of long texts.
    fn query(text: &str) -> String {
        let whole = to_tsquery(text, Folding::Standard, "", &|word| word.strip_suffix('s').map(str::to_owned));
        #[expect(clippy::disallowed_methods, reason = "a test's own pattern")]
        let further = regex::Regex::new("\\((([^()|]*) \\| '\u{1}long' & \\([^()]*\\))\\)").unwrap();
        further.replace_all(&whole, "$2").into_owned()
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
        let query = to_tsquery("佐藤太 x", Folding::Standard, "T", &|_| None);
        assert!(query.starts_with(
            "(((('T佐藤' <1> 'T藤太' | 'T\u{1}long' & ('T\u{2}1佐藤' <1> 'T\u{2}1藤太' | 'T\u{2}2佐藤' <1> 'T\u{2}2藤太' | "
        ));
        assert!(query.ends_with("'T\u{2}7佐藤' <1> 'T\u{2}7藤太'))))) & ((('Tx':*)))"), "{query}");
    }

    #[test]
    fn many_terms_are_cut() {
        assert_eq!(terms(&"a ".repeat(500), Folding::Standard).len(), 32);
        assert!(to_tsquery(&"日本".repeat(5000), Folding::Standard, "", &|_| None).len() < 60_000);
        // A phrase is no longer than what lies in two blocks of a long text.
        assert_eq!(query(&"日本".repeat(500)).matches(" <1> ").count(), 255);
    }
}
