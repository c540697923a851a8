//! Latin letters without their accents: who looks for creme means Crème, too.
use crate::core::work;
use unicode_normalization::UnicodeNormalization;

/// Letters that Unicode does not take apart.
const LETTERS: [(char, &str); 13] = [
    ('ß', "ss"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ø', "o"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('ħ', "h"),
    ('ı', "i"),
    ('ȷ', "j"),
    ('ĸ', "k"),
    ('ł', "l"),
    ('ŧ', "t"),
];

/// Latin letters beyond ASCII.
fn is_latin(c: char) -> bool {
    matches!(c, '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' | '\u{2C60}'..='\u{2C7F}')
}

/// Marks that stand over, under or through a letter.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}')
}

pub fn has_accents(text: &str) -> bool {
    work::bytes(text.len());
    text.chars().any(|c| is_latin(c) || is_mark(c))
}

/// The text, in lower case, with the bare letters in place of those with accents. Letters of other scripts keep their marks.
pub fn without_accents(text: &str) -> String {
    let mut bare = String::new();
    for c in text.chars() {
        work::step();
        if is_mark(c) && bare.ends_with(|last: char| last.is_ascii_alphabetic()) {
            continue;
        }
        let base = if is_latin(c) { std::iter::once(c).nfd().next().unwrap_or(c) } else { c };
        match LETTERS.iter().find(|(letter, _)| *letter == base) {
            Some((_, letters)) => work::push_str(&mut bare, letters),
            None if base.is_ascii_alphabetic() => work::push(&mut bare, base),
            None => work::push(&mut bare, c),
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::{has_accents, without_accents};

    #[test]
    fn latin_letters_lose_their_accents() {
        for (text, bare) in [
            ("crème", "creme"),
            ("straße", "strasse"),
            ("ǽøǿ", "aeoo"),
            ("łđðþħıŧ", "lddthhit"),
            ("e\u{301}x\u{302}", "ex"),
            ("ếờ", "eo"),
            ("й\u{301}ガ", "й\u{301}ガ"),
            ("ŋ", "ŋ"),
        ] {
            assert_eq!(without_accents(text), bare, "{text}");
            assert_eq!(without_accents(bare), bare);
        }
        assert!(has_accents("é") && has_accents("e\u{301}") && !has_accents("eカ가й"));
    }
}
