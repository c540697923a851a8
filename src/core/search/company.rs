//! Forms of companies and bodies: written in full or in brackets, before or after a name, they become one token each.
use super::normalize::{Char, Folding, normalize};
use crate::core::fields::fold::single_blanks;
use crate::core::work;

/// The form in full, then how else it is written; normalised.
const FORMS: [&[&str]; 19] = [
    &["株式会社", "(株)"],
    &["有限会社", "(有)"],
    &["合同会社", "(同)", "(合)"],
    &["合資会社", "(資)"],
    &["合名会社", "(名)"],
    &["一般社団法人", "(一社)"],
    &["公益社団法人", "(公社)"],
    &["社団法人", "(社)"],
    &["一般財団法人", "(一財)"],
    &["公益財団法人", "(公財)"],
    &["財団法人", "(財)"],
    &["医療法人", "(医)"],
    &["学校法人", "(学)"],
    &["宗教法人", "(宗)"],
    &["社会福祉法人", "(福)"],
    &["特定非営利活動法人", "(特非)", "npo法人"],
    &["独立行政法人", "(独)"],
    &["協同組合", "(協)"],
    &["農業協同組合", "(農協)"],
];

/// Whether a form may begin with these characters: asked at every character of every text.
fn may_begin(c: char, next: Option<char>) -> bool {
    matches!(c, '(' | '株' | '有' | '合' | '一' | '公' | '社' | '財' | '医' | '学' | '宗' | '特' | '独' | '協' | '農')
        || (c == 'n' && next == Some('p'))
}

/// The form that begins here: its name and how many characters it takes.
#[inline]
pub fn form_at(chars: &[Char]) -> Option<(&'static str, usize)> {
    if may_begin(chars.first()?.c, chars.get(1).map(|char| char.c)) { look_up(chars) } else { None }
}

fn look_up(chars: &[Char]) -> Option<(&'static str, usize)> {
    let mut buffer = [0; 4];
    let first = &*chars.first()?.c.encode_utf8(&mut buffer);
    let begins = |text: &str| {
        let mut rest = chars.iter();
        text.as_bytes().starts_with(first.as_bytes())
            && text.chars().all(|c| rest.next().is_some_and(|char| char.c == c))
    };
    FORMS
        .iter()
        .flat_map(|written| written.iter().map(|text| (written[0], *text)))
        .filter(|(_, text)| begins(text))
        .map(|(name, text)| (name, text.chars().count()))
        .max_by_key(|(_, length)| *length)
}

/// The text in the form in which search compares, the forms of companies written in full, with single blanks.
pub fn search_key(text: &str) -> String {
    let chars = normalize(text, Folding::Standard);
    let (mut key, mut at) = (String::new(), 0);
    while at < chars.len() {
        work::step();
        match form_at(&chars[at..]) {
            Some((name, length)) => {
                work::push_str(&mut key, name);
                at += length;
            }
            None => {
                work::push(&mut key, chars[at].c);
                at += 1;
            }
        }
    }
    single_blanks(&key)
}

/// The forms whose name holds this text: who types a part of one means it.
pub fn forms_with<'a>(part: &'a str) -> impl Iterator<Item = &'static str> + 'a {
    FORMS.iter().map(|written| written[0]).filter(move |name| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::{FORMS, form_at, forms_with, search_key};
    use crate::core::search::normalize::{Folding, normalize, normalized};

    #[test]
    fn keys_write_forms_in_full() {
        for written in FORMS {
            for text in written {
                assert_eq!(search_key(&format!("{text}エム ロック")), format!("{}エム ロック", search_key(written[0])));
                assert_eq!(search_key(&format!("M-Rock　{text}")), format!("m-rock {}", search_key(written[0])));
            }
        }
        for (text, key) in [
            ("㈱X", "株式会社x"),
            ("Ｘ（株）", "x株式会社"),
            ("株式会社X", "株式会社x"),
            ("㈲一", "有限会社一"),
            ("  Crème\n ", "creme"),
            ("", ""),
        ] {
            assert_eq!(search_key(text), key);
            assert_eq!(search_key(key), key);
        }
    }

    #[test]
    fn finds_forms() {
        for (text, expected) in [
            ("㈱エムロック", Some(("株式会社", 3))),
            ("（株）エムロック", Some(("株式会社", 3))),
            ("株式会社", Some(("株式会社", 4))),
            ("一般社団法人", Some(("一般社団法人", 6))),
            ("株式", None),
            ("会社", None),
        ] {
            assert_eq!(form_at(&normalize(text, Folding::Standard)), expected, "{text}");
        }
        assert_eq!(forms_with("式会").collect::<Vec<_>>(), ["株式会社"]);
        assert!(
            FORMS
                .iter()
                .flat_map(|written| written.iter())
                .all(|text| super::may_begin(text.chars().next().unwrap(), text.chars().nth(1)))
        );
        assert!(FORMS.iter().flat_map(|written| written.iter()).all(|text| normalized(text) == **text));
    }
}
