//! Shared strings in one buffer, within their limit of memory, and the texts that spreadsheet programs write.
use super::problem::{limit, size};
use crate::core::import::source::Problem;
use crate::core::work;

/// Texts one after the other, by number.
pub struct Arena {
    text: String,
    ends: Vec<u32>,
    most: usize,
}

impl Arena {
    pub fn new(most: usize) -> Self {
        Self { text: String::new(), ends: Vec::new(), most: most.min(u32::MAX as usize) }
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn push(&mut self, text: &str) -> Result<(), Problem> {
        work::step();
        let held = (self.text.len() + text.len()).saturating_add(4 * (self.ends.len() + 1));
        if held > self.most {
            return Err(limit(
                format!("the texts of the workbook take more than {}", size(self.most as u64)),
                "Save the sheet as CSV.",
            ));
        }
        // Grows by a quarter: doubling would ask for twice the limit.
        if self.text.capacity() - self.text.len() < text.len() {
            let grown =
                (self.text.len() + text.len()).saturating_add((self.text.len() / 4).max(64 << 10)).min(self.most);
            work::reserve(grown);
            self.text.reserve_exact(grown.max(self.text.len() + text.len()) - self.text.len());
        }
        if self.ends.capacity() == self.ends.len() {
            let more = (self.ends.len() / 4).max(1024);
            work::reserve(4 * (self.ends.len() + more));
            self.ends.reserve_exact(more);
        }
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        Ok(())
    }

    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }
}

/// Replaces `_x000D_` and the like by the characters that they stand for. `_x005F_` stands for an underscore, so that it
/// keeps a following `x000D_` from being one.
pub fn unescape(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    work::bytes(text.len());
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("_x") {
        work::step();
        work::push_str(&mut plain, &rest[..at]);
        rest = &rest[at..];
        let (c, length) = match escape(rest) {
            Some(high @ 0xD800..=0xDBFF) => match rest.get(7..).and_then(escape) {
                Some(low @ 0xDC00..=0xDFFF) => {
                    (char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)), 14)
                }
                _ => (None, 7),
            },
            Some(unit) => (char::from_u32(unit), 7),
            None => (None, 2),
        };
        match c {
            Some(c) => work::push(&mut plain, c),
            None => work::push_str(&mut plain, &rest[..length]),
        }
        rest = &rest[length..];
    }
    work::push_str(&mut plain, rest);
    plain
}

/// The number of an escape that the text begins with.
pub fn escape(text: &str) -> Option<u32> {
    let digits = text.as_bytes().strip_prefix(b"_x")?;
    let is_escape = digits.get(4) == Some(&b'_') && digits[..4].iter().all(u8::is_ascii_hexdigit);
    is_escape.then(|| u32::from_str_radix(&text[2..6], 16).ok()).flatten()
}

/// A text of UTF-16 units. An unpaired surrogate becomes U+FFFD.
pub fn push_utf16(text: &mut String, bytes: &[u8]) {
    work::bytes(bytes.len());
    let (pairs, _) = bytes.as_chunks::<2>();
    for c in char::decode_utf16(pairs.iter().map(|pair| u16::from_le_bytes(*pair))) {
        work::push(text, c.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
}
