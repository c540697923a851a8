//! One form for texts that a reader takes for the same.

use crate::core::work;
use unicode_normalization::UnicodeNormalization;

/// What no reader sees: zero-width marks and the controls of writing direction (Unicode, general category Cf) that come
/// along when text is copied. The joiners stay, for several scripts and emoji need them.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'
        | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Full-width ASCII, currency signs and all kinds of blanks as their plain twins (Unicode, Halfwidth and Fullwidth
/// Forms), without what is invisible. Line breaks stay.
pub fn half_width(text: &str) -> String {
    work::collect(text.chars().filter(|c| !is_invisible(*c)).map(|c| match c {
        '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '￥' => '¥',
        '￡' => '£',
        other => other,
    }))
}

/// The form under which two texts count as the same: compatibility forms (NFKC, Unicode Standard Annex 15), case and
/// runs of blanks do not matter. Folding twice changes nothing.
pub fn fold_text(text: &str) -> String {
    let mut folded = String::new();
    fold_into(text, &mut folded);
    folded
}

/// [`fold_text`] into memory that was used before.
pub fn fold_into(text: &str, folded: &mut String) {
    folded.clear();
    work::bytes(text.len());
    if !text.chars().all(folds_to_itself_or_ascii) {
        folded.push_str(&fold_any(text));
        return;
    }
    work::reserve(text.len());
    let mut is_blank = false;
    for c in text.chars() {
        work::step();
        if c.is_ascii_whitespace() || c == '\u{B}' {
            is_blank = !folded.is_empty();
        } else {
            if is_blank {
                folded.push(' ');
            }
            is_blank = false;
            folded.push(c.to_ascii_lowercase());
        }
    }
}

/// The same for any text.
fn fold_any(text: &str) -> String {
    let folded = until_settled(text, |text| work::collect(half_width(text).nfkc().flat_map(char::to_lowercase)));
    single_blanks(&folded)
}

/// ASCII, and the kana and kanji that most of a Japanese text is made of: NFKC and lower case leave each of these as it is, and none joins another.
fn folds_to_itself_or_ascii(c: char) -> bool {
    c.is_ascii()
        || matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}' | '\u{4E00}'..='\u{9FFF}')
}

/// The words of a text with one blank between them.
pub fn single_blanks(text: &str) -> String {
    work::reserve(text.len());
    let mut joined = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        work::step();
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined
}

/// Folds until folding changes nothing: some characters need a second turn.
pub fn until_settled(text: &str, fold: impl Fn(&str) -> String) -> String {
    let mut folded = fold(text);
    loop {
        let again = fold(&folded);
        if again == folded {
            return folded;
        }
        folded = again;
    }
}

#[cfg(test)]
mod tests {
    use super::{fold_any, fold_into, fold_text, half_width};
    use crate::core::random::Random;

    #[test]
    fn folding_into_used_memory_is_the_same() {
        let (mut random, mut folded) = (Random(3), String::from("left over"));
        for c in (0..0x3_0000).filter_map(char::from_u32) {
            let text = format!(" か{c} {c}ハA");
            fold_into(&text, &mut folded);
            assert_eq!(folded, fold_any(&text), "{:x}", c as u32);
        }
        for _ in 0..20_000 {
            let length = random.next() % 8;
            let text =
                random.text(&["A", "b", " ", "\t", "\u{b}", "\u{1c}", "は", "ﾊ", "\u{3099}", "髙", "　", "É"], length);
            fold_into(&text, &mut folded);
            assert_eq!(folded, fold_any(&text), "{text:?}");
        }
    }

    #[test]
    fn folds_width_case_and_blanks() {
        for (text, expected) in [
            ("  ＡＢＣ　株式会社 ", "abc 株式会社"),
            ("ｻﾄｳ ﾀﾞｲｺﾞ", "サトウ ダイゴ"),
            ("ﾊﾟｰﾃｨｰ", "パーティー"),
            ("ｳﾞ｡", "ヴ。"),
            ("か\u{3099}は\u{309A}", "がぱ"),
            ("ｱﾞ", "ア\u{3099}"),
            ("㈱①", "(株)1"),
            ("a\u{200B}b\t\n c", "ab c"),
            ("", ""),
        ] {
            assert_eq!(fold_text(text), expected, "{text}");
        }
        assert_eq!(half_width("￥１\u{A0}\u{2009}Ａ\u{FEFF}"), "¥1  A");
        for c in (0..0x3_0000).filter_map(char::from_u32) {
            let folded = fold_text(&format!("かﾊ{c}A {c}"));
            assert_eq!(fold_text(&folded), folded, "{:x}", c as u32);
        }
    }

    #[test]
    fn ascii_folds_as_any_text_does() {
        let characters: Vec<String> = (0..128_u8).map(|byte| char::from(byte).to_string()).collect();
        let characters: Vec<&str> = characters.iter().map(String::as_str).collect();
        let mut random = Random(7);
        for length in 0..2_000 {
            let text = random.text(&characters, length % 20);
            assert_eq!(fold_text(&text), fold_any(&text), "{text:?}");
        }
    }
}
