//! Where a query is found in a text, in the text's own bytes: folding changes lengths, the marks must not.
use super::normalize::{Char, Folding, normalize};
use super::query::{Term, digits, terms};
use super::token::{Content, Kind, OwnedToken, is_dense, tokens};
use super::{company, phone};
use std::ops::Range;

/// The text as HTML, what the query finds in <mark>.
pub fn highlight(text: &str, query: &str, folding: Folding, stem: &mut dyn FnMut(&str) -> Option<String>) -> String {
    let mut html = String::with_capacity(text.len() + 32);
    let mut at = 0;
    for found in ranges(text, query, folding, stem) {
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
    for (index, term) in terms.iter().enumerate() {
        let prefix = index + 1 == terms.len() && !term.quoted;
        mark_term(&chars, &found, term, prefix, stem, &mut ranges);
    }
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
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
    for token in &wanted {
        match token.kind {
            Kind::Word | Kind::Whole => {
                let open = prefix && (token.kind == Kind::Whole || Some(token.place) == last);
                for word in found.iter().filter(|word| matches!(word.kind, Kind::Word | Kind::Whole)) {
                    if word.text == token.text || (open && word.text.starts_with(&token.text)) {
                        ranges.push(
                            word.start..if word.text == token.text { word.end } else { end_of(chars, word, token) },
                        );
                    } else if word.kind == Kind::Word
                        && token.kind == Kind::Word
                        && stem(&token.text).is_some_and(|root| stem(&word.text) == Some(root))
                    {
                        ranges.push(word.range());
                    }
                }
            }
            Kind::Form => ranges.extend(
                found.iter().filter(|form| form.text == token.text && form.kind == Kind::Form).map(OwnedToken::range),
            ),
            Kind::Pair | Kind::Last | Kind::Phone => {}
        }
    }
    for run in dense_runs(term.wanted()) {
        mark_run(chars, &run, ranges);
        let part: String = run.iter().collect();
        let forms: Vec<&str> = company::forms_with(&part).collect();
        ranges.extend(
            found.iter().filter(|form| form.kind == Kind::Form && forms.contains(&&*form.text)).map(OwnedToken::range),
        );
    }
    if let Some((digits, international)) = digits(term) {
        mark_digits(chars, &phone::beginnings(&digits, international), ranges);
    }
}

/// Where the beginning that was typed ends within a longer word.
fn end_of(chars: &[Char], word: &OwnedToken, typed: &OwnedToken) -> usize {
    let length = typed.text.chars().count();
    let within = chars.iter().filter(|char| char.start() >= word.start && char.end() <= word.end);
    within.take(length).last().map_or(word.end, |char| char.end())
}

fn dense_runs(chars: &[Char]) -> Vec<Vec<char>> {
    let mut runs: Vec<Vec<char>> = Vec::new();
    let mut open = false;
    let mut at = 0;
    while at < chars.len() {
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
        while matched < run.len() && at < chars.len() {
            if chars[at].c == run[matched] {
                matched += 1;
            } else if matched == 0 || !super::token::is_gap(chars[at].c) {
                break;
            }
            at += 1;
        }
        if matched == run.len() {
            ranges.push(chars[start].start()..chars[at - 1].end());
        }
    }
}

/// Marks digits wherever they stand in a number, across what separates them.
fn mark_digits(chars: &[Char], wanted: &[String], ranges: &mut Vec<Range<usize>>) {
    let places: Vec<usize> = (0..chars.len()).filter(|at| chars[*at].c.is_ascii_digit()).collect();
    let in_reach = |from: usize, to: usize| {
        chars[from..to].iter().all(|char| char.c.is_ascii_digit() || " -().+/".contains(char.c))
    };
    for digits in wanted {
        for window in places.windows(digits.len()) {
            if window.iter().map(|at| chars[*at].c).eq(digits.chars()) && in_reach(window[0], window[window.len() - 1])
            {
                ranges.push(chars[window[0]].start()..chars[window[window.len() - 1]].end());
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
