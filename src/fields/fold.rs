//! One form for texts that a reader takes for the same.

/// What no reader sees: zero-width marks and the controls of writing direction (Unicode, general category Cf) that come
/// along when text is copied. The joiners stay, for several scripts and emoji need them.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'
        | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Full-width ASCII, currency signs and all kinds of blanks as their plain twins (Unicode, Halfwidth and Fullwidth
/// Forms), without what is invisible. Line breaks stay.
pub fn half_width(text: &str) -> String {
    text.chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| match c {
            '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => ' ',
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            '￥' => '¥',
            '￡' => '£',
            other => other,
        })
        .collect()
}

/// The form under which two texts count as the same: width (of kana too), case, runs of blanks and whether a voiced
/// kana is one character or two do not matter. Folding twice changes nothing.
pub fn fold_text(text: &str) -> String {
    let narrow = half_width(text);
    let mut folded = String::with_capacity(narrow.len());
    for word in narrow.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        for c in word.chars() {
            push_kana(&mut folded, c);
        }
    }
    folded.to_lowercase()
}

/// U+FF61 to U+FF9D, in order.
const WIDE_KANA: &str = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";

fn push_kana(folded: &mut String, c: char) {
    let (mark, voiced) = match c {
        '\u{FF61}'..='\u{FF9D}' => {
            return folded.extend(WIDE_KANA.chars().nth(c as usize - 0xFF61));
        }
        '\u{3099}' | '\u{309B}' | '\u{FF9E}' => ('\u{309B}', true),
        '\u{309A}' | '\u{309C}' | '\u{FF9F}' => ('\u{309C}', false),
        other => return folded.push(other),
    };
    match folded.chars().next_back().and_then(|base| with_mark(base, voiced)) {
        Some(joined) => {
            folded.pop();
            folded.push(joined);
        }
        None => folded.push(mark),
    }
}

/// A kana with its sound mark, where Unicode has the two as one.
fn with_mark(base: char, voiced: bool) -> Option<char> {
    let code = base as u32;
    // Katakana lies 0x60 above hiragana.
    let hiragana = if (0x30A1..=0x30F6).contains(&code) { code - 0x60 } else { code };
    let step = match (hiragana, voiced) {
        (0x3046, true) => 0x4E,
        (0x304B..=0x3061, true) if hiragana % 2 == 1 => 1,
        (0x3064 | 0x3066 | 0x3068, true) => 1,
        (0x306F | 0x3072 | 0x3075 | 0x3078 | 0x307B, _) => 1 + u32::from(!voiced),
        _ => return None,
    };
    char::from_u32(code + step)
}

#[cfg(test)]
mod tests {
    use super::{fold_text, half_width};

    #[test]
    fn folds_width_case_and_blanks() {
        for (text, expected) in [
            ("  ＡＢＣ　株式会社 ", "abc 株式会社"),
            ("ｻﾄｳ ﾀﾞｲｺﾞ", "サトウ ダイゴ"),
            ("ﾊﾟｰﾃｨｰ", "パーティー"),
            ("ｳﾞ｡", "ヴ。"),
            ("か\u{3099}は\u{309A}", "がぱ"),
            ("ｱﾞ", "ア゛"),
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
}
