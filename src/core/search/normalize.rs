//! One form for rows and queries: what people take for the same becomes the same characters.
//!
//! NFKC (Unicode Standard Annex 15) and lower case; then Latin letters without accents, hiragana as katakana, one prolonged-sound mark, iteration
//! marks written out, old and variant kanji in their common form. Each character remembers the bytes that it came from.
use super::latin::{has_accents, without_accents};
use super::variants::{common_kanji, similar};
use crate::core::fields::fold::until_settled;
use crate::core::work;
use unicode_normalization::{IsNormalized, UnicodeNormalization, char::canonical_combining_class, is_nfkc_quick};

/// The number of this normaliser: vectors made by another one must be made again.
pub const VERSION: i64 = 2;

/// How much is taken for the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Folding {
    /// Accents stay: what is written so ranks before what is only found without them.
    Accents,
    #[default]
    Standard,
    /// Also treats look-alikes as equal: small kana, 斎 and 斉.
    Aggressive,
}

impl Folding {
    pub fn aggressive(aggressive: bool) -> Folding {
        if aggressive { Folding::Aggressive } else { Folding::Standard }
    }
}

/// A normalised character and the bytes of the original text that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Char {
    pub c: char,
    start: u32,
    end: u32,
}

impl Char {
    pub fn start(&self) -> usize {
        self.start as usize
    }

    pub fn end(&self) -> usize {
        self.end as usize
    }

    /// Another character that stands for the same bytes.
    pub fn replaced_by(self, c: char) -> Char {
        Char { c, ..self }
    }
}

pub fn normalize(text: &str, folding: Folding) -> Vec<Char> {
    let mut chars = Vec::new();
    normalize_into(text, folding, &mut chars);
    chars
}

/// [`normalize`] into memory that was used before.
pub fn normalize_into(text: &str, folding: Folding, chars: &mut Vec<Char>) {
    chars.clear();
    work::bytes(text.len());
    // A character has at most three bytes, or four and then two places in the list: this much at least.
    work::reserve((text.len() / 3).saturating_mul(size_of::<Char>()));
    if text.is_ascii() {
        work::reserve(text.len().saturating_mul(size_of::<Char>()));
        let plain = |(at, byte): (u32, u8)| Char { c: byte.to_ascii_lowercase() as char, start: at, end: at + 1 };
        chars.extend((0..).zip(text.bytes()).map(plain));
        return;
    }
    let mut clusters = text.char_indices().filter(|(_, c)| !is_dropped(*c)).peekable();
    let mut cluster = String::new();
    while let Some((start, first)) = clusters.next() {
        work::step();
        if chars.len() == chars.capacity() {
            work::reserve(2 * chars.capacity() * size_of::<Char>());
        }
        if (first.is_ascii() || is_settled(first)) && clusters.peek().is_none_or(|(_, next)| !joins(first, *next)) {
            let c = if first.is_ascii() { first.to_ascii_lowercase() } else { common_kanji(katakana(first)) };
            chars.push(Char { c, start: start as u32, end: (start + first.len_utf8()) as u32 });
            continue;
        }
        cluster.clear();
        cluster.push(first);
        let (mut end, mut last) = (start + first.len_utf8(), first);
        while let Some((at, next)) = clusters.next_if(|(_, next)| joins(last, *next)) {
            work::step();
            work::push(&mut cluster, if takes_sound_mark(last) { combining_sound_mark(next) } else { next });
            (end, last) = (at + next.len_utf8(), next);
        }
        let (start, end) = (start as u32, end as u32);
        let folded = fold(&cluster, folding);
        work::reserve((chars.len() + folded.len()) * size_of::<Char>());
        chars.extend(folded.chars().filter(|c| !is_dropped(*c)).map(|c| Char { c, start, end }));
    }
    unify(chars);
    if folding == Folding::Aggressive {
        chars.iter_mut().for_each(|char| char.c = similar(char.c));
    }
}

/// The normalised text alone, in the standard folding.
pub fn normalized(text: &str) -> String {
    work::collect(normalize(text, Folding::Standard).into_iter().map(|char| char.c))
}

/// Kana and unified kanji, most of a Japanese text: NFKC and lower case leave each as it is.
fn is_settled(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}' | '\u{4E00}'..='\u{9FFF}')
}

/// Whether the character joins the one before it.
fn joins(before: char, next: char) -> bool {
    composes(next) || takes_sound_mark(before) && combining_sound_mark(next) != next
}

/// A kana that a sound mark may follow.
fn takes_sound_mark(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{309D}' | '\u{30A1}'..='\u{30FA}' | '\u{30FD}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9D}')
}

/// The sound marks that stand by themselves, ゛ and ゜, as those that join their kana. NFKC makes a blank and a mark of them.
fn combining_sound_mark(c: char) -> char {
    match c {
        '\u{309B}' => '\u{3099}',
        '\u{309C}' => '\u{309A}',
        other => other,
    }
}

/// Whether the character may join the one before it under NFKC.
fn composes(c: char) -> bool {
    !c.is_ascii()
        && !is_settled(c)
        && std::iter::once(c).nfkd().next().is_some_and(|first| {
            canonical_combining_class(first) != 0 || is_nfkc_quick(std::iter::once(first)) == IsNormalized::Maybe
        })
}

/// NFKC, lower case, katakana and common kanji, and no accents unless they are to stay.
fn fold(cluster: &str, folding: Folding) -> String {
    until_settled(cluster, |text| {
        let folded = work::collect(text.nfkc().flat_map(char::to_lowercase).map(|c| common_kanji(katakana(c))));
        if folding == Folding::Accents || !has_accents(&folded) { folded } else { without_accents(&folded) }
    })
}

/// Variation selectors, zero-width marks and the controls of writing direction (Unicode, category Cf and Mn).
fn is_dropped(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0100}'..='\u{E01EF}')
}

/// Katakana lies 0x60 above hiragana.
fn katakana(c: char) -> char {
    match c {
        '\u{3041}'..='\u{3096}' | '\u{309D}' | '\u{309E}' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        other => other,
    }
}

pub fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}')
}

pub fn is_kanji(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// What stands for a prolonged sound between kana: dashes, minus signs, wave dashes.
fn is_dash(c: char) -> bool {
    matches!(c, '-' | '~' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{301C}' | '\u{3030}' | '\u{223C}')
}

/// What depends on the characters around.
fn unify(chars: &mut [Char]) {
    for at in 1..chars.len() {
        work::step();
        let (before, here) = (chars[at - 1].c, chars[at].c);
        let next = chars.get(at + 1).map(|char| char.c);
        // A sound mark behind the iteration mark would join the kana instead.
        let repeats_kana = is_katakana(before) && !matches!(next, Some('\u{3099}' | '\u{309A}'));
        chars[at].c = match here {
            dash if is_dash(dash) && is_katakana(before) && next.is_some_and(is_katakana) => '\u{30FC}',
            // 々 and 〻 repeat a kanji, ヽ a kana, ヾ a kana with its sound mark.
            '\u{3005}' | '\u{303B}' if is_kanji(before) && !is_repeat(before) => before,
            '\u{30FD}' if repeats_kana && !is_repeat(before) => unvoiced(before),
            '\u{30FE}' if repeats_kana && !is_repeat(before) => voiced(before),
            other => other,
        };
    }
}

/// An iteration mark, which repeats what stands before it.
pub fn is_repeat(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{303B}' | '\u{30FC}' | '\u{30FD}' | '\u{30FE}')
}

fn voiced(c: char) -> char {
    [c, '\u{3099}'].into_iter().nfc().next().unwrap_or(c)
}

fn unvoiced(c: char) -> char {
    std::iter::once(c).nfd().next().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::{Folding, normalize, normalized};
    use crate::core::random::Random;
    use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

    #[test]
    fn one_form() {
        for (text, expected) in [
            ("ＡＢＣ　１２３", "abc 123"),
            ("ﾀﾞｲｺﾞ", "ダイゴ"),
            ("か\u{3099}", "ガ"),
            ("さとう", "サトウ"),
            ("スーパ-マーケット", "スーパーマーケット"),
            ("サ－ビス", "サービス"),
            ("ラ〜メン", "ラーメン"),
            ("テスト-001", "テスト-001"),
            ("佐々木", "佐佐木"),
            ("いすゞ", "イスズ"),
            ("学問のすゝめ", "学問ノスス\u{30E1}"),
            ("髙﨑", "高崎"),
            ("渡邊", "渡辺"),
            ("葛\u{E0100}城", "葛城"),
            ("㈱エムロック", "(株)エムロック"),
            ("①", "1"),
            ("ﬁne", "fine"),
            ("Straße", "strasse"),
            ("Crème Brûlée", "creme brulee"),
            ("e\u{301}te\u{301}", "ete"),
            ("Łódź, Ærøskøbing", "lodz, aeroskobing"),
            ("ếİıĳ", "eiiij"),
            ("й ё ά 각", "й ё ά 각"),
            ("ハ\u{309C}ン", "パン"),
            ("か\u{309B}らす", "ガラス"),
            ("ｶ\u{309B}", "ガ"),
            ("う\u{309B}ぁ", "ヴァ"),
            ("ゝ\u{309B}", "ヾ"),
            ("いす\u{309D}\u{309B}", "イスズ"),
            ("a\u{309B}", "a \u{3099}"),
            ("\u{1100}\u{1161}\u{11A8}", "각"),
            ("々木", "々木"),
            ("ー", "ー"),
        ] {
            assert_eq!(normalized(text), expected, "{text}");
        }
    }

    fn aggressive(text: &str) -> String {
        normalize(text, Folding::Aggressive).into_iter().map(|char| char.c).collect()
    }

    #[test]
    fn the_aggressive_way_folds_what_is_confused() {
        for (one, other) in [("斎藤", "斉藤"), ("キャノン", "キヤノン"), ("ヅラ", "ズラ")] {
            assert_ne!(normalized(one), normalized(other));
            assert_eq!(aggressive(one), aggressive(other));
        }
        assert_eq!(aggressive("ガハ"), "ガハ");
        assert_eq!(aggressive("각й"), "각й");
        assert_eq!(aggressive("Café"), "cafe");
    }

    #[test]
    fn accents_may_stay() {
        let kept: String = normalize("CRÈME か\u{309B}", Folding::Accents).into_iter().map(|char| char.c).collect();
        assert_eq!(kept, "crème ガ");
    }

    #[test]
    fn the_short_way_leads_to_the_same() {
        for c in (0x3000..0xA000).filter_map(char::from_u32).filter(|c| super::is_settled(*c)) {
            assert_eq!(normalized(&c.to_string()), super::fold(&c.to_string(), Folding::Standard), "{c}");
            assert!(c.nfkd().next().is_some_and(|first| canonical_combining_class(first) == 0));
        }
    }

    #[test]
    fn twice_is_once() {
        for c in (0..0x3_2000).chain(0xE_0000..0xE_0200).filter_map(char::from_u32) {
            let once = normalized(&format!("ｶ{c}ﾞ々-カ{c}\u{3099}ヽ"));
            assert_eq!(normalized(&once), once, "{:x}", c as u32);
        }
        let parts = [
            "々", "ー", "-", "ヽ", "ゞ", "ﾞ", "か", "佐", "A", "\u{3099}", "\u{FE0F}", "ゝ", "〜", " ", "齋", "İ", "각",
            "\u{11A8}", "ﾟ", "は", "\u{309B}", "\u{309C}", "é", "ß", "\u{301}",
        ];
        let mut random = Random(1);
        for _ in 0..100_000 {
            let text = random.text(&parts, 6);
            let once = normalized(&text);
            assert_eq!(normalized(&once), once, "{text}");
            let loose = aggressive(&text);
            assert_eq!(aggressive(&loose), loose, "{text}");
            let chars = normalize(&text, Folding::Standard);
            assert!(chars.iter().all(|char| text.is_char_boundary(char.start()) && text.is_char_boundary(char.end())));
            assert!(chars.windows(2).all(|pair| pair[0].start <= pair[1].start && pair[0].end <= pair[1].end));
        }
    }
}
