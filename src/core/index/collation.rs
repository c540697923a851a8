//! Collation: sort keys of texts by the Unicode Collation Algorithm (UTS 10), tailored for Japanese, with natural numbers.
//!
//! Two texts of up to 128 characters have the same sort key exactly if `fold_text` makes the same of them: case, width and runs of blanks do not
//! matter, accents and the kind of kana do. Longer ones are compared by their beginning. "item 2" comes before "item 10"; kanji are in the order of JIS X 0208; Latin, kana and kanji come before other scripts.
use super::MAX_VALUE_BYTES;
use crate::core::fields::fold::fold_text;
use crate::core::work;
use icu_collator::options::{CollatorOptions, Strength};
use icu_collator::preferences::CollationNumericOrdering;
use icu_collator::{Collator, CollatorBorrowed, CollatorPreferences};
use icu_locale_core::locale;
use std::sync::LazyLock;

/// The version of the collator and its data. It is part of [`collation_version`], and to be changed whenever a test finds other sort keys.
pub const COLLATOR: &str = "ICU4X 2.4.0, CLDR 49, ja-u-kn";

/// All that sort keys depend on: the collator, and the tables that `fold_text` composes characters and lowers their case by. An index of another
/// version must be built anew before it is read.
pub fn collation_version() -> String {
    let version = |(major, minor, patch): (u8, u8, u8)| format!("{major}.{minor}.{patch}");
    let (composed, lowered) = (unicode_normalization::UNICODE_VERSION, char::UNICODE_VERSION);
    format!("{COLLATOR}, NFKC {}, lower case {}", version(composed), version(lowered))
}

/// The collator reads at most so many characters of a folded text. On its last level each is a byte or more, so the sort key of a text that
/// goes on is longer than what an index keeps of it.
const MAX_CHARACTERS: usize = 128;
const _: () = assert!(MAX_CHARACTERS > MAX_VALUE_BYTES);

/// Compares on all levels, and last the characters themselves.
pub static IDENTICAL: LazyLock<CollatorBorrowed<'static>> = LazyLock::new(|| collator(Strength::Identical));
/// Compares letters alone.
static PRIMARY: LazyLock<CollatorBorrowed<'static>> = LazyLock::new(|| collator(Strength::Primary));

fn collator(strength: Strength) -> CollatorBorrowed<'static> {
    let mut preferences = CollatorPreferences::from(locale!("ja"));
    preferences.numeric_ordering = Some(CollationNumericOrdering::True);
    let mut options = CollatorOptions::default();
    options.strength = Some(strength);
    Collator::try_new(preferences, options).expect("the data of Japanese is compiled in")
}

/// The sort key of a text, or of its beginning; it holds no zero byte.
pub fn sort_key(text: &str) -> Vec<u8> {
    write_sort_key(&IDENTICAL, first_characters(&fold_text(text)))
}

/// The bytes with which the sort key of each text begins that, folded, begins with the folded `prefix`; sort keys of other texts may, too.
pub fn sort_key_prefix(prefix: &str) -> Vec<u8> {
    let folded = fold_text(prefix);
    write_sort_key(&PRIMARY, first_characters(&folded).trim_end_matches(|c| !is_settled(c)))
}

fn first_characters(text: &str) -> &str {
    text.char_indices().nth(MAX_CHARACTERS).map_or(text, |(end, _)| &text[..end])
}

fn write_sort_key(collator: &CollatorBorrowed<'static>, text: &str) -> Vec<u8> {
    work::bytes(text.len());
    let mut key = Vec::with_capacity(2 * MAX_CHARACTERS);
    let Ok(()) = collator.write_sort_key_to(text, &mut key);
    key
}

/// Whether it is known that no character behind this one, in a folded text, changes what it is sorted by. A digit is part of a number that may
/// go on, and in some scripts two letters are sorted as one.
pub fn is_settled(c: char) -> bool {
    matches!(c, ' '..='/' | ':'..='~' | 'ß'..='ſ' | 'α'..='ω' | 'а'..='я' | 'ぁ'..='ゖ' | 'ァ'..='ー' | '一'..='\u{9FFF}' | '가'..='힣')
}
