//! Where a query is found in a text, in the text's own bytes: folding changes lengths, the marks must not.
use super::normalize::{Char, Folding, normalize};
use super::query::{Parts, Step, Term, digits, terms, wanted_tokens};
use super::token::{Content, Kind, OwnedToken, tokens};
use super::{company, phone};
use crate::core::work;
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

/// Marks what of the text an alternative of the term matches: the same that a search for the term finds.
fn mark_term(
    chars: &[Char],
    found: &[OwnedToken],
    term: &Term,
    prefix: bool,
    stem: &mut dyn FnMut(&str) -> Option<String>,
    ranges: &mut Vec<Range<usize>>,
) {
    let wanted = wanted_tokens(term);
    let parts = Parts::of(&wanted, prefix);
    let mut start = 0;
    while start < parts.steps.len() {
        let end = (start + 1..parts.steps.len()).find(|at| parts.steps[*at].distance.is_none());
        let end = end.unwrap_or(parts.steps.len());
        mark_phrase(chars, found, &parts.steps[start..end], stem, ranges);
        start = end;
    }
    let root = parts.word.and_then(|word| stem(&word.text));
    let text = term.text();
    let part: HashSet<&str> = if parts.is_part_of_form { company::forms_with(&text).collect() } else { HashSet::new() };
    let is_form = |name: &str| part.contains(name) || parts.forms.iter().any(|form| form.text == name);
    for token in found {
        work::step();
        match token.kind {
            Kind::Form if is_form(&token.text) => mark(ranges, token.range()),
            Kind::Word | Kind::Whole => {
                for whole in &parts.wholes {
                    if let Some(end) = begun(chars, token, whole, prefix) {
                        mark(ranges, token.start..end);
                    }
                }
                // A beginning that was typed is marked as far as it goes.
                let is_begun = parts.word.is_some_and(|word| begun(chars, token, word, prefix).is_some());
                if token.kind == Kind::Word
                    && !is_begun
                    && root.as_ref().is_some_and(|root| *root == token.text || stem(&token.text).as_ref() == Some(root))
                {
                    mark(ranges, token.range());
                }
            }
            _ => {}
        }
    }
    if let Some((digits, international)) = digits(term) {
        mark_numbers(chars, found, &phone::beginnings(&digits, international), ranges);
    }
}

/// Marks the places where tokens stand one after the other, as far apart as in the phrase.
fn mark_phrase(
    chars: &[Char],
    found: &[OwnedToken],
    steps: &[Step<'_>],
    stem: &mut dyn FnMut(&str) -> Option<String>,
    ranges: &mut Vec<Range<usize>>,
) {
    let Some((first, rest)) = steps.split_first() else { return };
    for token in found {
        work::step();
        let Some(mut end) = matched(chars, token, first, stem) else { continue };
        let mut place = token.place;
        let all = rest.iter().all(|step| {
            place += step.distance.unwrap_or(0);
            let from = found.partition_point(|other| other.place < place);
            let there = found[from..].iter().take_while(|other| other.place == place).inspect(|_| work::step());
            let ends = there.filter_map(|other| matched(chars, other, step, stem)).max();
            end = end.max(ends.unwrap_or(0));
            ends.is_some()
        });
        if all {
            mark(ranges, token.start..end);
        }
    }
}

/// End of the token that a step of a phrase matches; for a prefix, the end of the prefix.
fn matched(
    chars: &[Char],
    token: &OwnedToken,
    step: &Step<'_>,
    stem: &mut dyn FnMut(&str) -> Option<String>,
) -> Option<usize> {
    if matches!(token.kind, Kind::Phone | Kind::Form) {
        return None;
    }
    if let Some(end) = begun(chars, token, step.token, step.prefix) {
        return Some(end);
    }
    // A word's stem stands in the row's vector at the same place.
    let is_word = token.kind == Kind::Word && step.token.kind == Kind::Word;
    let root = if is_word { stem(&token.text) } else { None }?;
    let wanted = &step.token.text;
    (root == *wanted || step.prefix && root.starts_with(&**wanted)).then_some(token.end)
}

/// End of the token if it equals the typed one; with `prefix`, the end of the part that equals it.
fn begun(chars: &[Char], token: &OwnedToken, typed: &OwnedToken, prefix: bool) -> Option<usize> {
    if token.text == typed.text {
        return Some(token.end);
    }
    (prefix && token.text.starts_with(&*typed.text)).then(|| end_of(chars, token, typed))
}

/// End of the typed prefix within a longer word.
fn end_of(chars: &[Char], word: &OwnedToken, typed: &OwnedToken) -> usize {
    let mut wanted = typed.text.chars().peekable();
    let first = chars.partition_point(|char| char.start() < word.start);
    let mut end = word.start;
    for char in chars[first..].iter().take_while(|char| char.end() <= word.end) {
        work::step();
        // What ties words together may be left out of a token.
        if wanted.next_if_eq(&char.c).is_some() {
            end = char.end();
        }
        if wanted.peek().is_none() {
            break;
        }
    }
    end
}

/// Marks digits of telephone numbers, and those that begin a group of digits elsewhere, across what separates them.
fn mark_numbers(chars: &[Char], found: &[OwnedToken], wanted: &[String], ranges: &mut Vec<Range<usize>>) {
    // A text of a number alone is that of a column of telephone numbers.
    if chars.iter().inspect(|_| work::step()).all(|char| phone::is_part(char.c)) {
        return mark_digits(chars, true, wanted, ranges);
    }
    let mut last = None;
    for token in found.iter().filter(|token| matches!(token.kind, Kind::Phone | Kind::Word | Kind::Whole)) {
        work::step();
        let anywhere = token.kind == Kind::Phone;
        if last.replace((token.start, token.end, anywhere)) == Some((token.start, token.end, anywhere)) {
            continue;
        }
        let first = chars.partition_point(|char| char.start() < token.start);
        let length = chars[first..].partition_point(|char| char.end() <= token.end);
        let stretch = &chars[first..first + length];
        if anywhere || stretch.iter().all(|char| phone::is_part(char.c)) {
            mark_digits(stretch, anywhere, wanted, ranges);
        }
    }
}

/// Marks digits wherever they stand in a number, or only where they begin a group.
fn mark_digits(chars: &[Char], anywhere: bool, wanted: &[String], ranges: &mut Vec<Range<usize>>) {
    work::reserve(size_of_val(chars));
    let places: Vec<usize> =
        (0..chars.len()).inspect(|_| work::step()).filter(|at| chars[*at].c.is_ascii_digit()).collect();
    for digits in wanted {
        for window in places.windows(digits.len()) {
            work::step();
            let (first, last) = (window[0], window[window.len() - 1]);
            let begins = anywhere || first == 0 || !chars[first - 1].c.is_ascii_digit();
            if begins && window.iter().map(|at| chars[*at].c).eq(digits.chars()) {
                mark(ranges, chars[opened(chars, first, last)].start()..chars[last].end());
            }
        }
    }
}

/// Returns the start of a highlight. If it would contain a closing bracket without its opening one, it starts at the opening one.
fn opened(chars: &[Char], first: usize, last: usize) -> usize {
    let is_bracket = |char: &Char| matches!(char.c, '(' | ')');
    let closes = chars[first..=last].iter().inspect(|_| work::step()).find(|char| is_bracket(char));
    if closes.is_none_or(|char| char.c == '(') {
        return first;
    }
    let before = chars[..first].iter().inspect(|_| work::step()).rposition(is_bracket);
    before.filter(|at| chars[*at].c == '(').unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::{Folding, highlight, ranges};
    use crate::core::random::Random;

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
            ("one two three; two or three", "\"two three\"", "one <mark>two three</mark>; two or three"),
            ("AX-5512; 5512 axes by AX", "AX-5512", "<mark>AX-5512</mark>; 5512 axes by AX"),
            ("AX 5512, AX5512x", "AX-5512", "<mark>AX 5512</mark>, <mark>AX5512</mark>x"),
            ("kim@example.com, example com", "kim@example.com", "<mark>kim@example.com</mark>, example com"),
            ("東京大学、東京の大学", "\"東京 大学\"", "<mark>東京大学</mark>、東京の大学"),
            ("東京大学、東京の大学", "東京大学", "<mark>東京大学</mark>、東京の大学"),
            ("東京2020、東京、2020", "東京2020", "<mark>東京2020</mark>、東京、2020"),
            ("two cats, two, cats", "\"two cat\"", "<mark>two cats</mark>, two, cats"),
            ("cats", "cat", "<mark>cat</mark>s"),
            ("x15678, 5678", "5678", "x15678, <mark>5678</mark>"),
            ("call +81 3 1234 5678", "03-1234-5678", "call +81 <mark>3 1234 5678</mark>"),
            ("(03) 1234-5678 or x", "03-1234-5678", "<mark>(03) 1234-5678</mark> or x"),
            ("(0)3 1234 5678", "0312345678", "<mark>(0)3 1234 5678</mark>"),
            ("+44 (0)20 7946 0123", "020 7946 0123", "+44 <mark>(0)20 7946 0123</mark>"),
            ("(03 1234 5678)", "0312345678", "(<mark>03 1234 5678</mark>)"),
            ("tel:03−1234−5678", "TEL：０３（１２３４）５６７８", "tel:<mark>03−1234−5678</mark>"),
            ("Crème Straße", "creme strasse", "<mark>Crème</mark> <mark>Straße</mark>"),
            ("う\u{309B}ぁいおりん", "ゔぁいおりん", "<mark>う\u{309B}ぁいおりん</mark>"),
            ("it's its it", "it's", "<mark>it&#39;s</mark> <mark>its</mark> it"),
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
