//! E-mail addresses.
use super::fold::half_width;
use memchr::memchr;

/// What [`is_email`] takes but for the limit of 254 in all: the WHATWG rule for an e-mail input, with a local part of
/// at most 64 (RFC 5321) and a dot in the domain.
pub const EMAIL_PATTERN: &str = "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+$";

/// A table of the bytes that may stand in some place.
const fn byte_set(others: &[u8]) -> [bool; 256] {
    let mut set = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        set[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut at = 0;
    while at < others.len() {
        set[others[at] as usize] = true;
        at += 1;
    }
    set
}

static LOCAL_BYTES: [bool; 256] = byte_set(b".!#$%&'*+/=?^_`{|}~-");
static LABEL_BYTES: [bool; 256] = byte_set(b"-");

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

#[cfg(test)]
mod tests {
    use super::{EMAIL_PATTERN, email_key, is_email};

    #[test]
    fn emails_agree_with_their_pattern() {
        #[expect(clippy::disallowed_methods, reason = "a test's own pattern")]
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
}
