//! Names: what one may be, and which one was meant.
use crate::core::work;

/// A name that needs no quoting anywhere: an ASCII letter or _, then letters, digits and _, at most 63 in all.
pub fn is_plain_identifier(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The canonical text form of RFC 9562: 8-4-4-4-12 hexadecimal digits, in either case.
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The sixteen bytes of a UUID in canonical form.
pub fn uuid_bytes(text: &str) -> Option<[u8; 16]> {
    if !is_uuid(text) {
        return None;
    }
    let mut digits = text.bytes().filter(|byte| *byte != b'-').filter_map(|byte| (byte as char).to_digit(16));
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        *byte = (digits.next()? << 4 | digits.next()?) as u8;
    }
    Some(bytes)
}

/// The canonical text of a UUID, in lower case.
pub fn uuid_text(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        push_hex(*byte, &mut text);
    }
    text
}

/// Bytes as hexadecimal digits, in lower case.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    bytes.iter().for_each(|byte| push_hex(*byte, &mut text));
    text
}

fn push_hex(byte: u8, text: &mut String) {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    text.push(digit(byte >> 4));
    text.push(digit(byte & 15));
}

/// The candidate that a mistyped name most likely meant: at most a third of its characters apart.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 63;
    if name.len() > 4 * LONGEST {
        return None;
    }
    let length = name.chars().count();
    let limit = length.div_ceil(3).min(length / 2);
    candidates
        .into_iter()
        .filter(|candidate| {
            work::step();
            // A character is at most four bytes, and each that is too many is an edit.
            candidate.len() <= 4 * LONGEST && candidate.chars().count().abs_diff(length) <= limit
        })
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edits between two names, a swap of neighbours being one (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let width = right.len() + 1;
    let mut rows = vec![0; (left.len() + 1) * width];
    for i in 0..=left.len() {
        work::steps(width / 8);
        for j in 0..=right.len() {
            rows[i * width + j] = if i == 0 || j == 0 {
                i + j
            } else {
                let cost = usize::from(left[i - 1] != right[j - 1]);
                let mut best = (rows[(i - 1) * width + j] + 1)
                    .min(rows[i * width + j - 1] + 1)
                    .min(rows[(i - 1) * width + j - 1] + cost);
                if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                    best = best.min(rows[(i - 2) * width + j - 2] + 1);
                }
                best
            };
        }
    }
    rows[left.len() * width + right.len()]
}

#[cfg(test)]
mod tests {
    use super::{is_plain_identifier, is_uuid, nearest, uuid_bytes, uuid_text};

    #[test]
    fn identifiers() {
        for good in ["a", "_", "companyName", "a1_b", &"x".repeat(63)] {
            assert!(is_plain_identifier(good), "{good}");
        }
        for bad in ["", "1a", "a b", "a-b", "名前", "a\"", &"x".repeat(64)] {
            assert!(!is_plain_identifier(bad), "{bad}");
        }
    }

    #[test]
    fn uuids() {
        let text = "0190163D-8694-739b-aea5-966c26f8ad91";
        assert!(is_uuid(text));
        assert_eq!(uuid_bytes(text).unwrap()[..3], [0x01, 0x90, 0x16]);
        assert_eq!(uuid_text(&uuid_bytes(text).unwrap()), text.to_lowercase());
        for bad in [
            "",
            "0190163d8694739baea5966c26f8ad91",
            "{190163d-8694-739b-aea5-966c26f8ad91}",
            "0190163d-8694-739b-aea5-966c26f8ad9g",
        ] {
            assert!(!is_uuid(bad) && uuid_bytes(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn near_names() {
        let names = ["amount", "email", "status"];
        assert_eq!(nearest("amuont", names), Some("amount"));
        assert_eq!(nearest("emial", names), Some("email"));
        assert_eq!(nearest("statuss", names), Some("status"));
        assert_eq!(nearest("furigana", names), None);
    }
}
