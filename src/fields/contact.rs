//! E-mail addresses and telephone numbers.
use super::fold::half_width;
use memchr::memchr;

/// What [`is_email`] takes but for the limit of 254 in all: the WHATWG rule for an e-mail input, with a local part of
/// at most 64 (RFC 5321) and a dot in the domain.
pub const EMAIL_PATTERN: &str = "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+$";

/// What [`is_phone`] takes at level `any`: 6 to 20 digits with separators between them, a plus before them.
pub const PHONE_PATTERN: &str = "^\\+?[ ().\\-/]*([0-9][ ().\\-/]*){6,20}$";

/// A table of the bytes that may stand in some place.
const fn byte_set(others: &[u8], letters: bool) -> [bool; 256] {
    let mut set = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        set[byte] = (byte as u8).is_ascii_digit() || (letters && (byte as u8).is_ascii_alphabetic());
        byte += 1;
    }
    let mut at = 0;
    while at < others.len() {
        set[others[at] as usize] = true;
        at += 1;
    }
    set
}

static LOCAL_BYTES: [bool; 256] = byte_set(b".!#$%&'*+/=?^_`{|}~-", true);
static LABEL_BYTES: [bool; 256] = byte_set(b"-", true);
static PHONE_BYTES: [bool; 256] = byte_set(b" ().-/", false);

/// WHATWG HTML, "valid e-mail address", with the limits of RFC 5321 and a dot in the domain.
pub fn is_email(text: impl AsRef<[u8]>) -> bool {
    let text = text.as_ref();
    let Some(at) = memchr(b'@', text) else {
        return false;
    };
    let (local, mut domain) = (&text[..at], &text[at + 1..]);
    let is_label = |label: &[u8]| {
        let ends = label.first().zip(label.last());
        label.len() <= 63
            && label.iter().all(|byte| LABEL_BYTES[usize::from(*byte)])
            && ends.is_some_and(|(first, last)| *first != b'-' && *last != b'-')
    };
    let mut has_dot = false;
    while let Some(dot) = memchr(b'.', domain) {
        if !is_label(&domain[..dot]) {
            return false;
        }
        (domain, has_dot) = (&domain[dot + 1..], true);
    }
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && local.iter().all(|byte| LOCAL_BYTES[usize::from(*byte)])
        && has_dot
        && is_label(domain)
}

/// The form under which two addresses are the same: e-mail providers ignore case, in practice. That of A to Z alone: a sign that only
/// folds to one of these, such as the Kelvin sign, makes another address, and no locale has a say.
pub fn email_key(text: &str) -> String {
    text.trim().to_ascii_lowercase()
}

pub fn cast_email(text: &str) -> String {
    half_width(text).trim().trim_start_matches("mailto:").to_owned()
}

/// How sure a telephone number must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Digits and separators.
    Any,
    /// As long as E.164 allows: 15 digits with the country code.
    Possible,
}

/// Calling codes (ITU-T E.164) and trunk prefixes of regions (ISO 3166) whose national form can be made international.
const REGIONS: [(&str, &str, &str); 38] = [
    ("AE", "971", "0"),
    ("AT", "43", "0"),
    ("AU", "61", "0"),
    ("BE", "32", "0"),
    ("BR", "55", "0"),
    ("CA", "1", "1"),
    ("CH", "41", "0"),
    ("CN", "86", "0"),
    ("CZ", "420", ""),
    ("DE", "49", "0"),
    ("DK", "45", ""),
    ("ES", "34", ""),
    ("FI", "358", "0"),
    ("FR", "33", "0"),
    ("GB", "44", "0"),
    ("HK", "852", ""),
    ("ID", "62", "0"),
    ("IE", "353", "0"),
    ("IL", "972", "0"),
    ("IN", "91", "0"),
    ("IT", "39", ""),
    ("JP", "81", "0"),
    ("KR", "82", "0"),
    ("MX", "52", ""),
    ("MY", "60", "0"),
    ("NL", "31", "0"),
    ("NO", "47", ""),
    ("NZ", "64", "0"),
    ("PH", "63", "0"),
    ("PL", "48", ""),
    ("PT", "351", ""),
    ("SE", "46", "0"),
    ("SG", "65", ""),
    ("TH", "66", "0"),
    ("TR", "90", "0"),
    ("TW", "886", "0"),
    ("US", "1", "1"),
    ("VN", "84", "0"),
];

pub fn is_region(code: &str) -> bool {
    REGIONS.iter().any(|(region, ..)| *region == code)
}

/// Whether the text reads as a telephone number; a plus stands only before the first digit.
pub fn is_phone(text: impl AsRef<[u8]>, level: Level, region: Option<&str>) -> bool {
    let text = text.as_ref();
    let rest = text.strip_prefix(b"+").unwrap_or(text);
    let (mut digits, mut plain) = (0, true);
    for byte in rest {
        digits += usize::from(byte.is_ascii_digit());
        plain &= PHONE_BYTES[usize::from(*byte)];
    }
    if !plain || !(6..=20).contains(&digits) {
        return false;
    }
    let international = rest.len() < text.len() || region.is_some();
    let key = || std::str::from_utf8(text).map_or(0, |text| phone_key(text, region).len());
    level == Level::Any || (international && (7..=15).contains(&key()))
}

/// The number's digits in international form where the region is known or a plus or 00 stands before it.
pub fn phone_key(text: &str, region: Option<&str>) -> String {
    let text = half_width(text);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if text.trim_start().starts_with('+') {
        return digits;
    }
    let Some((_, code, trunk)) = region.and_then(|code| REGIONS.iter().find(|(region, ..)| *region == code)) else {
        return digits;
    };
    if let Some(international) = digits.strip_prefix("00").filter(|_| *trunk != "00") {
        return international.to_owned();
    }
    format!("{code}{}", digits.strip_prefix(trunk).unwrap_or(&digits))
}

/// ASCII digits and separators, however the number was typed.
pub fn cast_phone(text: &str) -> String {
    half_width(text).trim().replace(['‐', '‑', '–', '—', 'ー', '−', 'ｰ'], "-").replace("tel:", "")
}

#[cfg(test)]
mod tests {
    use super::{EMAIL_PATTERN, Level, PHONE_PATTERN, REGIONS, cast_phone, email_key, is_email, is_phone, phone_key};

    #[test]
    fn emails_agree_with_their_pattern() {
        let pattern = regex::Regex::new(EMAIL_PATTERN).unwrap();
        let long_local = format!("{}@example.com", "a".repeat(65));
        let good = ["sato@example.com", "a.b+c@sub.example.co.jp", "x@1.2", "!#$%&'*+/=?^_`{|}~-@a.b"];
        let bad = [
            "",
            "@",
            "a@b",
            "a b@example.com",
            "佐藤@example.com",
            "a@-b.com",
            "a@b-.com",
            "a@b..com",
            "a@b.com.",
            "a@b@c.com",
            &long_local,
        ];
        for text in good {
            assert!(is_email(text) && pattern.is_match(text), "{text}");
        }
        for text in bad {
            assert!(!is_email(text) && !pattern.is_match(text), "{text}");
        }
        assert!(!is_email(format!("a@{}", "b123456789.".repeat(24) + "com")));
    }

    #[test]
    fn an_address_is_the_same_in_any_case_and_no_other() {
        assert_eq!(email_key(" Ann@Example.COM\n"), "ann@example.com");
        // The Kelvin sign and the dotted I fold to k and i in Unicode: whoever has such an address must not be taken for another.
        for (foreign, own) in
            [("\u{212A}im@example.com", "kim@example.com"), ("\u{130}@example.com", "i\u{307}@example.com")]
        {
            assert_ne!(email_key(foreign), email_key(own));
        }
        assert_eq!(email_key("佐藤Ä@example.com"), "佐藤Ä@example.com");
    }

    #[test]
    fn phones_agree_with_their_pattern() {
        let pattern = regex::Regex::new(PHONE_PATTERN).unwrap();
        let many = "1".repeat(21);
        for text in [
            "03-1234-5678",
            "+81 3 1234 5678",
            "(03) 1234.5678",
            "123456",
            "12345",
            &many,
            "03-1234-5678x",
            "+",
            "",
            "1+23456",
            "０３-1234-5678",
            "++123456",
        ] {
            assert_eq!(is_phone(text, Level::Any, None), pattern.is_match(text), "{text}");
        }
    }

    #[test]
    fn one_key_for_one_number() {
        for text in ["03-1234-5678", "+81 3 1234 5678", "0081 3 1234 5678", "０３（１２３４）５６７８"] {
            assert_eq!(phone_key(text, Some("JP")), "81312345678", "{text}");
        }
        assert_eq!(phone_key("(212) 555-0123", Some("US")), "12125550123");
        assert!(is_phone("03-1234-5678", Level::Possible, Some("JP")));
        assert!(!is_phone("03-1234-5678", Level::Possible, None));
        assert_eq!(cast_phone("０３ー１２３４ー５６７８"), "03-1234-5678");
        assert!(REGIONS.is_sorted());
    }
}
