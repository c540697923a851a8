//! Where a query is found in a text, in the text's own bytes: folding changes lengths, the marks must not.
use super::normalize::{Char, Folding, normalize};
use super::query::{Term, digits, terms};
use super::token::{Content, Kind, OwnedToken, is_dense, tokens};
use super::{company, phone};
use crate::work;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// The text as HTML, what the query finds in <mark>.
pub fn highlight(text: &str, query: &str, folding: Folding, stem: &mut dyn FnMut(&str) -> Option<String>) -> String {
    const MARKS: usize = "<mark></mark>".len();
    const LONGEST_ESCAPE: usize = 5;
    let found = ranges(text, query, folding, stem);
    let escaped = text.bytes().filter(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'')).count();
    let length = text.len() + escaped * LONGEST_ESCAPE + found.len() * MARKS;
    work::reserve(length);
    let mut html = String::with_capacity(length);
    let mut at = 0;
    for found in found {
        work::step();
        escape(&text[at..found.start], &mut html);
        html.push_str("<mark>");
        escape(&text[found.clone()], &mut html);
        html.push_str("</mark>");
        at = found.end;
    }
    escape(&text[at..], &mut html);
    html
}

fn escape(text: &str, html: &mut String) {
    work::bytes(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}

/// Marks a place; memory is asked for before the list grows.
fn mark(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    if ranges.len() == ranges.capacity() {
        work::reserve(2 * ranges.capacity() * size_of::<Range<usize>>());
    }
    ranges.push(range);
}

/// The places that the query finds, in order and apart.
pub fn ranges(
    text: &str,
    query: &str,
    folding: Folding,
    stem: &mut dyn FnMut(&str) -> Option<String>,
) -> Vec<Range<usize>> {
    let chars = normalize(text, folding);
    let found = tokens(&chars, Content::Text);
    let terms: Vec<Term> = terms(query, folding).into_iter().filter(|term| !term.negated).collect();
    let mut ranges: Vec<Range<usize>> = Vec::new();
    // A dictionary is slow, and the words of a text recur.
    let mut stems: HashMap<String, Option<String>> = HashMap::new();
    let mut stem = |word: &str| {
        const MOST_STEMS: usize = 10_000;
        if let Some(known) = stems.get(word) {
            return known.clone();
        }
        if stems.len() >= MOST_STEMS {
            stems.clear();
        }
        stems.entry(word.to_owned()).or_insert_with(|| stem(word)).clone()
    };
    for (index, term) in terms.iter().enumerate() {
        let prefix = index + 1 == terms.len() && !term.quoted;
        mark_term(&chars, &found, term, prefix, &mut stem, &mut ranges);
    }
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        work::step();
        match apart.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

fn mark_term(
    chars: &[Char],
    found: &[OwnedToken],
    term: &Term,
    prefix: bool,
    stem: &mut dyn FnMut(&str) -> Option<String>,
    ranges: &mut Vec<Range<usize>>,
) {
    let wanted = tokens(term.wanted(), Content::Text);
    let last = wanted.iter().rev().find(|token| token.kind == Kind::Word).map(|token| token.place);
    let is_open = |token: &OwnedToken| prefix && (token.kind == Kind::Whole || Some(token.place) == last);
    let runs = dense_runs(term.wanted());
    let typed: HashMap<(&str, bool), &OwnedToken> = wanted
        .iter()
        .filter(|token| matches!(token.kind, Kind::Word | Kind::Whole))
        .map(|token| ((&*token.text, is_open(token)), token))
        .collect();
    let open: Vec<&OwnedToken> = typed.iter().filter(|((_, open), _)| *open).map(|(_, token)| *token).collect();
    let mut roots: HashMap<String, Vec<&OwnedToken>> = HashMap::new();
    for token in typed.values().filter(|token| token.kind == Kind::Word) {
        if let Some(root) = stem(&token.text) {
            roots.entry(root).or_default().push(token);
        }
    }
    let mut forms: HashSet<&str> =
        wanted.iter().filter(|token| token.kind == Kind::Form).map(|token| &*token.text).collect();
    let parts: Vec<String> = runs.iter().map(|run| run.iter().collect()).collect();
    for form in parts.iter().flat_map(|part| company::forms_with(part)) {
        forms.insert(form);
    }
    // One pass over the text's tokens, whatever the query has.
    for word in found {
        work::step();
        match word.kind {
            Kind::Word | Kind::Whole => {
                let text = &*word.text;
                if typed.contains_key(&(text, true)) || typed.contains_key(&(text, false)) {
                    mark(ranges, word.range());
                    continue;
                }
                let begun = |token: &OwnedToken| is_open(token) && text.starts_with(&token.text);
                for token in open.iter().filter(|token| begun(token)) {
                    mark(ranges, word.start..end_of(chars, word, token));
                }
                // A beginning that was typed is marked as far as it goes.
                if word.kind == Kind::Word
                    && !roots.is_empty()
                    && let Some(tokens) = stem(text).and_then(|root| roots.get(&root))
                    && tokens.iter().any(|token| !begun(token))
                {
                    mark(ranges, word.range());
                }
            }
            Kind::Form if forms.contains(&*word.text) => mark(ranges, word.range()),
            _ => {}
        }
    }
    for run in &runs {
        mark_run(chars, run, ranges);
    }
    if let Some((digits, international)) = digits(term) {
        mark_digits(chars, &phone::beginnings(&digits, international), ranges);
    }
}

/// Where the beginning that was typed ends within a longer word.
fn end_of(chars: &[Char], word: &OwnedToken, typed: &OwnedToken) -> usize {
    let length = typed.text.chars().count();
    let first = chars.partition_point(|char| char.start() < word.start);
    let within = chars[first..].iter().take_while(|char| char.end() <= word.end);
    within.take(length).last().map_or(word.end, |char| char.end())
}

fn dense_runs(chars: &[Char]) -> Vec<Vec<char>> {
    let mut runs: Vec<Vec<char>> = Vec::new();
    let mut open = false;
    let mut at = 0;
    while at < chars.len() {
        work::step();
        let c = chars[at].c;
        if let Some((_, length)) = company::form_at(&chars[at..]) {
            (open, at) = (false, at + length);
            continue;
        }
        if is_dense(c) {
            if !open {
                runs.push(Vec::new());
            }
            runs.last_mut().expect("a run was begun").push(c);
            open = true;
        } else if !super::token::is_gap(c) {
            open = false;
        }
        at += 1;
    }
    runs
}

/// Marks a run wherever it stands, across gaps.
fn mark_run(chars: &[Char], run: &[char], ranges: &mut Vec<Range<usize>>) {
    for start in 0..chars.len() {
        let (mut at, mut matched) = (start, 0);
        work::step();
        while matched < run.len() && at < chars.len() {
            if chars[at].c == run[matched] {
                matched += 1;
            } else if matched == 0 || !super::token::is_gap(chars[at].c) {
                break;
            }
            work::step();
            at += 1;
        }
        if matched == run.len() {
            mark(ranges, chars[start].start()..chars[at - 1].end());
        }
    }
}

/// Marks digits wherever they stand in a number, across what separates them.
fn mark_digits(chars: &[Char], wanted: &[String], ranges: &mut Vec<Range<usize>>) {
    work::reserve(chars.len() * size_of::<usize>());
    let places: Vec<usize> =
        (0..chars.len()).inspect(|_| work::step()).filter(|at| chars[*at].c.is_ascii_digit()).collect();
    let in_reach = |from: usize, to: usize| {
        chars[from..to].iter().all(|char| char.c.is_ascii_digit() || " -().+/".contains(char.c))
    };
    for digits in wanted {
        for window in places.windows(digits.len()) {
            work::step();
            if window.iter().map(|at| chars[*at].c).eq(digits.chars()) && in_reach(window[0], window[window.len() - 1])
            {
                mark(ranges, chars[window[0]].start()..chars[window[window.len() - 1]].end());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Folding, highlight, ranges};
    use crate::random::Random;

    fn marked(text: &str, query: &str) -> String {
        highlight(text, query, Folding::Standard, &mut |word| {
            word.strip_suffix('s').map(str::to_owned).or(Some(word.to_owned()))
        })
    }

    #[test]
    fn marks_what_was_typed() {
        for (text, query, expected) in [
            ("株式会社エムロック", "えむ", "株式会社<mark>エム</mark>ロック"),
            ("㈱エムロック", "株式会社エムロック", "<mark>㈱エムロック</mark>"),
            ("髙橋 一郎", "高橋一郎", "<mark>髙橋 一郎</mark>"),
            ("ﾀﾞｲｺﾞ", "ご", "ﾀﾞｲ<mark>ｺﾞ</mark>"),
            ("佐々木", "佐佐木", "<mark>佐々木</mark>"),
            ("<b>Tom & \"Jerry\"</b>", "jerry", "&lt;b&gt;Tom &amp; &quot;<mark>Jerry</mark>&quot;&lt;/b&gt;"),
            ("Hello World", "wor", "Hello <mark>Wor</mark>ld"),
            ("many cats", "cat x", "many <mark>cats</mark>"),
            ("ＩＮＶ－２０２４－００１", "inv-2024", "<mark>ＩＮＶ－２０２４</mark>－００１"),
            ("TEL 03-1234-5678", "+81312345678", "TEL 0<mark>3-1234-5678</mark>"),
            ("TEL 03-1234-5678", "5678", "TEL 03-1234-<mark>5678</mark>"),
            ("nothing", "-nothing", "nothing"),
            ("", "a", ""),
        ] {
            assert_eq!(marked(text, query), expected, "{text} {query}");
        }
    }

    #[test]
    fn marks_lie_between_characters() {
        let parts = [
            "株",
            "式会社",
            "㈱",
            "ｶﾞ",
            "が",
            "e\u{301}",
            "-",
            "0",
            "3",
            " ",
            "A",
            "\u{FE0F}",
            "々",
            "İ",
            "ー",
            "@",
            "ß",
            "한",
            "ก็",
        ];
        let mut random = Random(7);
        let mut found = 0;
        for _ in 0..50_000 {
            let (text, query) = (random.text(&parts, 8), random.text(&parts, 2));
            let all = ranges(&text, &query, Folding::Standard, &mut |_| None);
            found += all.len();
            assert!(
                all.iter().all(|range| text.get(range.clone()).is_some_and(|part| !part.is_empty())),
                "{text} {query}"
            );
            assert!(all.windows(2).all(|pair| pair[0].end < pair[1].start), "{text} {query}");
        }
        assert!(found > 10_000);
    }
}
