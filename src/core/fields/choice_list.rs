//! The choices that a text names, as people, spreadsheets and programs write lists.
use super::cast::{SEPARATORS, json_list};
use super::choice::{Choices, piece_count};
use crate::core::work;

impl Choices {
    /// The choices that a text names, in its order: the text as a whole, else from the left the longest choice between separators, else a list in JSON
    /// or CSV. What is no choice stays as it was typed, for the rule to refuse.
    pub fn pick_list(&self, text: &str) -> Vec<String> {
        if let Some(name) = self.named_by(text) {
            return vec![name.to_owned()];
        }
        let (pieces, all_known) = self.longest(text);
        if all_known {
            return pieces;
        }
        let items = json_list(text).or_else(|| csv_list(text));
        let name = |item: String| self.named_by(&item).map(str::to_owned).unwrap_or(item);
        items.map_or(pieces, |items| items.into_iter().inspect(|_| work::step()).map(name).collect())
    }

    /// The choice that a text is, or the archived one whose name it is: blanks around it do not count unless a choice has them.
    fn named_by<'a>(&'a self, text: &'a str) -> Option<&'a str> {
        let exact = |text: &'a str| self.pick(text).or(Some(text).filter(|text| self.is_archived(text)));
        exact(text).or_else(|| exact(text.trim()))
    }

    /// The text cut at separators, but not within a choice; and whether every piece is a choice.
    fn longest(&self, text: &str) -> (Vec<String>, bool) {
        // A piece and what holds it.
        const PIECE_BYTES: usize = 64;
        work::bytes(text.len());
        work::reserve(text.matches(SEPARATORS).count().saturating_add(1).saturating_mul(PIECE_BYTES));
        let mut pieces: Vec<(usize, usize)> = Vec::new();
        let mut start = 0;
        for (end, separator) in text.match_indices(SEPARATORS) {
            pieces.push((start, end));
            start = end + separator.len();
        }
        pieces.push((start, text.len()));
        let (mut found, mut all_known, mut at) = (Vec::new(), true, 0);
        while at < pieces.len() {
            work::step();
            let spans = self.piece_counts().iter().copied().filter(|count| at + count <= pieces.len());
            let known = spans.into_iter().find_map(|count| {
                let span = &text[pieces[at].0..pieces[at + count - 1].1];
                work::bytes(span.len());
                Some((self.named_by(span)?, count))
            });
            match known {
                Some((name, count)) => {
                    found.push(name.to_owned());
                    at += count;
                }
                None => {
                    let piece = text[pieces[at].0..pieces[at].1].trim();
                    if !piece.is_empty() {
                        found.push(piece.to_owned());
                        all_known = false;
                    }
                    at += 1;
                }
            }
        }
        (found, all_known)
    }
}

/// The fields of a list in which some stand in quotes, as RFC 4180 has them; nothing where the quotes are not in order or there are none.
fn csv_list(text: &str) -> Option<Vec<String>> {
    const FIELD_BYTES: usize = 48;
    work::reserve(piece_count(text).saturating_mul(FIELD_BYTES).saturating_add(text.len()));
    let (mut fields, mut rest, mut has_quotes) = (Vec::new(), text.trim(), false);
    while !rest.is_empty() {
        work::step();
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() && c != '\n');
        let Some(quoted) = rest.strip_prefix('"') else {
            let end = rest.find(SEPARATORS).unwrap_or(rest.len());
            fields.extend(Some(rest[..end].trim().to_owned()).filter(|field| !field.is_empty()));
            rest = rest[end..].trim_start_matches(|c: char| c != '\n' && c.is_whitespace());
            rest = behind_separator(rest)?;
            continue;
        };
        has_quotes = true;
        let (mut field, mut inside) = (String::new(), quoted);
        loop {
            work::step();
            let end = inside.find('"')?;
            field.push_str(&inside[..end]);
            inside = &inside[end + 1..];
            match inside.strip_prefix('"') {
                Some(more) => {
                    field.push('"');
                    inside = more;
                }
                None => break,
            }
        }
        fields.push(field);
        rest = behind_separator(inside.trim_start_matches(|c: char| c != '\n' && c.is_whitespace()))?;
    }
    has_quotes.then_some(fields)
}

/// What follows a separator; all of nothing at the end, nothing where something else stands.
fn behind_separator(rest: &str) -> Option<&str> {
    let mut chars = rest.chars();
    match chars.next() {
        None => Some(""),
        Some(first) => SEPARATORS.contains(&first).then_some(chars.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use crate::core::fields::Choices;
    use crate::core::random::Random;

    fn choices(names: &[&str]) -> Choices {
        let mut choices = Choices::default();
        names.iter().for_each(|name| choices.add(name, None, false).unwrap());
        choices
    }

    #[test]
    fn a_choice_may_hold_a_separator() {
        for (names, text, expected) in [
            (&["Bed, breakfast", "Tokyo, Japan", "Other"][..], "Bed, breakfast", &["Bed, breakfast"][..]),
            (&["Bed, breakfast", "Tokyo, Japan", "Other"], "Tokyo, Japan; Other", &["Tokyo, Japan", "Other"]),
            (&["Bed, breakfast", "Other"], "other; bed, breakfast", &["Other", "Bed, breakfast"]),
            (&["北海道、東京"], "北海道、東京", &["北海道、東京"]),
            (&["a, b", "a", "b"], "a, b", &["a, b"]),
            (&["a, b", "a", "b"], "b, a, b", &["b", "a, b"]),
            (&["a, b", "a", "b"], r#"["a", "b"]"#, &["a", "b"]),
            (&["a, b", "a", "b"], r#""a", b"#, &["a", "b"]),
            (&["Bed, breakfast", "Other"], r#"["Bed, breakfast", "Other"]"#, &["Bed, breakfast", "Other"]),
            (&["Bed, breakfast", "Other"], r#""Bed, breakfast",Other"#, &["Bed, breakfast", "Other"]),
            (&[r#"say "hi", you"#, "x"], r#""say ""hi"", you"; x"#, &[r#"say "hi", you"#, "x"]),
            (&["1", "2"], "[1, 2]", &["1", "2"]),
            (&["a", "b"], "a, b、c;;d\r\n　e，f；g", &["a", "b", "c", "d", "e", "f", "g"]),
            (&["a", "b"], r#"["a", "c"]"#, &["a", "c"]),
            (&["a", "b"], r#"["a", {}]"#, &[r#"["a""#, r#"{}]"#]),
            (&["a", "b"], r#""a, b"#, &[r#""a"#, "b"]),
            (&[", x", "y,"], ", x; y,", &[", x", "y,"]),
            (&["a", "b"], " ,、\n", &[]),
        ] {
            assert_eq!(choices(names).pick_list(text), expected, "{text}");
        }
    }

    #[test]
    fn archived_choices_are_one_piece_too() {
        let mut choices = choices(&["a", "b"]);
        choices.add("a, b", None, true).unwrap();
        assert_eq!(choices.pick_list("a, b"), ["a, b"]);
        assert_eq!(choices.pick_list("b; a, b"), ["b", "a, b"]);
    }

    /// Whatever its choices are made of, a list that is written as JSON or CSV, and a choice by itself, is read as what it was.
    #[test]
    fn any_character_may_stand_in_a_choice() {
        const PIECES: [&str; 24] = [
            "a", "b", "Z", ",", ", ", "、", ";", "；", "\n", "\"", "\"\"", "[", "]", "{", "}", "\\", "'", " ", "　",
            "：", "ﾞ", "か", "\u{200B}", "1",
        ];
        let mut random = Random(11);
        let mut lists = 0;
        for _ in 0..20_000 {
            let mut all = Choices::default();
            let mut names: Vec<String> = Vec::new();
            for _ in 0..1 + random.next() % 5 {
                let length = 1 + random.next() % 5;
                let name = random.text(&PIECES, length);
                // Nobody can name a choice of blanks alone, nor tell two that read alike.
                let read = crate::core::fields::fold::fold_text(&name);
                let is_other = names.iter().all(|known| crate::core::fields::fold::fold_text(known) != read);
                if !read.is_empty() && is_other && all.add(&name, None, false).is_ok() {
                    names.push(name);
                }
            }
            for name in &names {
                assert_eq!(all.pick_list(name), [name.as_str()], "{names:?}");
            }
            let chosen: Vec<&String> = names.iter().filter(|_| random.next().is_multiple_of(2)).collect();
            let json = serde_json::to_string(&chosen).unwrap();
            let csv: Vec<String> = chosen.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
            for text in [json, csv.join(",")] {
                // A text that is itself a list of choices means these.
                let (pieces, all_known) = all.longest(&text);
                let is_list = all_known && !pieces.is_empty();
                if all.named_by(&text).is_none() && !is_list {
                    lists += 1;
                    assert_eq!(
                        all.pick_list(&text),
                        chosen.iter().map(|name| name.as_str()).collect::<Vec<_>>(),
                        "{text}"
                    );
                }
            }
        }
        assert!(lists > 15_000, "{lists}");
    }
}
