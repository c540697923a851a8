//! Texts: the order that readers expect, equality as `fold_text` has it, and keys that change only with their version.
use super::super::MAX_VALUE_BYTES;
use super::super::collation::{COLLATOR, collation_version, is_settled, sort_key, sort_key_prefix};
use super::samples::PIECES;
use crate::core::fields::fold::fold_text;
use crate::core::fields::identifier::hex;
use crate::core::random::Random;
use sha2::{Digest, Sha256};

#[test]
fn texts_are_in_the_order_that_readers_expect() {
    for sorted in [
        &["item", "item 1", "Item 2", "item 10", "item 010a", "item 200", "item 12345678901234567890", "items"][..],
        &[
            "", "-", "007", "８", "9", "１０", "a", "Ａb", "B", "ｚ", "あ", "ｲ", "ウ", "亜", "一", "佐藤", "斎藤",
            "鈴木", "Ω", "Я", "한",
        ],
        &["cote", "coté", "côte", "côté", "coter"],
        // Without and with the voicing mark, small and long; hiragana before katakana.
        &["カー", "カア", "かい", "がい", "カイ2", "かき", "さとう", "サトウ", "ざとう"],
        &["か", "カ", "が", "ｶﾞ1", "か2"],
    ] {
        for texts in sorted.windows(2) {
            assert!(sort_key(texts[0]) < sort_key(texts[1]), "{texts:?}");
        }
    }
}

#[test]
fn sort_keys_are_equal_where_folded_texts_are() {
    let mut random = Random(50);
    let (mut equal, mut cut) = (0, 0);
    for round in 0..4_000 {
        // Characters of the whole of Unicode, or pieces that fold alike.
        let mut text = || -> String {
            let length = random.next() % 3;
            if round % 2 == 0 {
                return random.text(&PIECES, length);
            }
            (0..=length).filter_map(|_| char::from_u32((random.next() % 0x3_0000) as u32)).collect()
        };
        let (left, right) = (text(), text());
        let (left_key, right_key) = (sort_key(&left), sort_key(&right));
        assert_eq!(left_key == right_key, fold_text(&left) == fold_text(&right), "{left:?} {right:?}");
        // The end of a key is below all that a key may hold.
        assert!(!left_key.contains(&0));
        equal += usize::from(left_key == right_key);
    }
    for _ in 0..100 {
        let (long, tail) = (random.text(&PIECES, 400), random.text(&PIECES, 3));
        let (left, right) = (sort_key(&long), sort_key(&format!("{long}{tail}")));
        assert!(left.len() > MAX_VALUE_BYTES && right.len() > MAX_VALUE_BYTES);
        cut += usize::from(left == right);
    }
    assert!(equal > 100 && cut > 90, "{equal} {cut}");
}

#[test]
fn no_character_changes_what_a_settled_one_is_sorted_by() {
    const MARKS: [(u32, u32); 8] = [
        (0x300, 0x36F),
        (0x3000, 0x30FF),
        (0x1100, 0x11FF),
        (0x591, 0x670),
        (0x900, 0xDFF),
        (0xE00, 0xEFF),
        (0x80, 0x24F),
        (0xFF00, 0xFFEF),
    ];
    let mut random = Random(60);
    let settled: Vec<char> = ('\0'..'\u{E000}').filter(|c| is_settled(*c)).collect();
    for round in 0..4_000 {
        // Few are Latin, kana or Cyrillic, and these have marks.
        let first = settled[random.next() % if round % 2 == 0 { 400 } else { settled.len() }];
        let (from, to) = if random.next().is_multiple_of(3) { (0x80, 0x3_0000) } else { MARKS[random.next() % 8] };
        let Some(next) = char::from_u32(from + random.next() as u32 % (to - from)) else { continue };
        let (prefix, text) = (format!("a{first}"), format!("a{first}{next}"));
        let letters = sort_key_prefix(&prefix);
        assert!(sort_key(&text).starts_with(&letters), "{text:?}");
    }
}

/// If this fails, sort keys are others than in the release before: write the new digest, and another version into [`COLLATOR`].
#[test]
fn sort_keys_change_only_with_the_version() {
    let characters = (' '..'\u{250}').chain('Α'..'\u{3A2}').chain('а'..'ҁ').chain('ぁ'..'ゖ').chain('ァ'..'ヿ');
    let kanji = ('一'..'\u{9FA5}').chain('가'..'힣').step_by(97);
    let mut hasher = Sha256::new();
    for text in characters.chain(kanji).map(|c| format!("{c}a{c}12")) {
        hasher.update(sort_key(&text));
    }
    let digest = hex(&hasher.finalize());
    assert_eq!((COLLATOR, &digest[..16]), ("ICU4X 2.4.0, CLDR 49, ja-u-kn", "52acea073270ab08"));
    let lock = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"));
    for package in ["icu_collator", "icu_collator_data"] {
        assert!(lock.contains(&format!("name = \"{package}\"\nversion = \"2.4.0\"")), "{package}");
    }
    assert!(collation_version().starts_with(&format!("{COLLATOR}, NFKC ")));
}
