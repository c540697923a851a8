//! The most likely encoding of bytes that are not UTF-8, by statistics.
//!
//! The hint that files are often Japanese counts only where the text then looks Japanese.
use crate::core::work;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GBK, ISO_2022_JP, SHIFT_JIS};

/// The encodings of two bytes a character, in which one byte that is missing makes all others those of a single-byte encoding.
const DOUBLE: [&Encoding; 5] = [SHIFT_JIS, EUC_JP, GBK, BIG5, EUC_KR];

/// The encoding of a sample, which may be cut anywhere at its end.
pub fn guess(sample: &[u8]) -> &'static Encoding {
    let found = guess_whole(sample);
    if !found.is_single_byte() {
        return found;
    }
    // Old programs cut fields at so many bytes, in the middle of a character. The lines without damage tell what the others were.
    let is_told =
        |double: &&&'static Encoding| undamaged(sample, double).is_some_and(|lines| guess_whole(&lines) == **double);
    DOUBLE.iter().find(is_told).copied().unwrap_or(found)
}

/// The lines that an encoding reads without an error, where they are most of those that are not plain ASCII.
fn undamaged(sample: &[u8], encoding: &'static Encoding) -> Option<Vec<u8>> {
    const WHOLE_TO_DAMAGED: usize = 2;
    let (mut lines, mut whole, mut damaged) = (Vec::new(), 0_usize, 0_usize);
    for line in sample.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.is_ascii()) {
        work::bytes(line.len());
        if encoding.decode_without_bom_handling_and_without_replacement(line).is_some() {
            whole += 1;
            lines.extend_from_slice(line);
        } else {
            damaged += 1;
        }
    }
    (damaged > 0 && whole >= WHOLE_TO_DAMAGED * damaged).then_some(lines)
}

fn guess_whole(sample: &[u8]) -> &'static Encoding {
    work::bytes(sample.len());
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, false);
    let [japanese, neutral] = [Some(&b"jp"[..]), None].map(|hint| detector.guess(hint, Utf8Detection::Deny));
    let is_japanese = [SHIFT_JIS, EUC_JP, ISO_2022_JP].contains(&japanese);
    if japanese == neutral || !is_japanese {
        return japanese;
    }
    let (text, has_errors) = japanese.decode_without_bom_handling(whole_lines(sample));
    // Chinese and Korean bytes read as katakana of half width; those that are come in odd numbers, too, which two-byte encodings cannot read.
    let is_readable = || !neutral.decode_without_bom_handling(whole_lines(sample)).1;
    match looks(&text) {
        Look::Japanese if !(has_errors && is_readable()) => japanese,
        Look::HalfWidth if !has_errors && (neutral.is_single_byte() || !is_readable()) => japanese,
        _ => neutral,
    }
}

fn whole_lines(sample: &[u8]) -> &[u8] {
    memchr::memrchr(b'\n', sample).map_or(sample, |at| &sample[..=at])
}

#[derive(PartialEq, Eq)]
enum Look {
    Japanese,
    /// Katakana of half width, nearly all of it.
    HalfWidth,
    Other,
}

/// Whether a text is Japanese: it has kana, or its kanji are those in use in Japan. What Chinese, Korean or European bytes happen to mean is neither.
fn looks(text: &str) -> Look {
    let (mut kana, mut half_width, mut runs, mut others) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut kanji = String::new();
    let mut is_run = false;
    for c in text.chars() {
        work::step();
        let is_half_width = ('\u{FF61}'..='\u{FF9F}').contains(&c);
        runs += usize::from(is_half_width && !is_run);
        is_run = is_half_width;
        match c {
            '\0'..='\u{7F}' => {}
            '\u{3041}'..='\u{30FE}' => kana += 1,
            _ if is_japanese_sign(c) => kana += 1,
            '\u{4E00}'..='\u{9FFF}' => kanji.push(c),
            _ if is_half_width => half_width += 1,
            '\u{3000}'..='\u{303F}' | '\u{FF01}'..='\u{FF5E}' => {}
            _ => others += 1,
        }
    }
    let all = kana + half_width + others + kanji.chars().count();
    if all > 0 && half_width * 10 >= all * 9 {
        return if half_width >= 3 * runs { Look::HalfWidth } else { Look::Other };
    }
    if (kana + half_width + kanji.chars().count()) * 10 < all * 9 || half_width * 4 > all {
        return Look::Other;
    }
    let (common, late, count) = levels(&kanji);
    let are_common = common * 100 >= count * 92;
    let is_japanese = are_common && (kana * 50 >= all.max(1) || late * 50 >= count);
    if is_japanese { Look::Japanese } else { Look::Other }
}

/// Whether it is a character of CP932 whose bytes are unlikely in texts of other encodings: ①, Ⅳ, ㈱, ㍿, 髙 or 﨑.
fn is_japanese_sign(c: char) -> bool {
    matches!(c, '\u{2160}'..='\u{2179}' | '\u{2460}'..='\u{2473}' | '\u{3231}'..='\u{33CD}' | '髙' | '﨑')
}

/// Of kanji: how many are of JIS level 1, how many of these are of its last rows, where no hangul of EUC-KR stands, and how many there are.
fn levels(kanji: &str) -> (usize, usize, usize) {
    let (bytes, ..) = EUC_JP.encode(kanji);
    let leads = bytes.chunks_exact(2).map(|pair| pair[0]);
    let within = |first: u8, last: u8| leads.clone().filter(|lead| (first..=last).contains(lead)).count();
    (within(0xB0, 0xCF), within(0xC9, 0xCF), leads.len())
}
