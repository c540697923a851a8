//! Whether bytes are laid out as the server lays out jsonb. It trusts its documents, so bytes must be looked through before they become one.
use super::{
    COUNT_MASK, ENTRY_HAS_OFFSET, ENTRY_KIND, ENTRY_LENGTH, IS_OBJECT, IS_SCALAR, KIND_FALSE, KIND_NULL, KIND_NUMERIC,
    KIND_STRING, KIND_TRUE, compare_keys, number,
};
use crate::core::work;
use std::cmp::Ordering;

pub(super) const IS_ARRAY: u32 = 0x4000_0000;
pub(super) const KIND_CONTAINER: u32 = 0x5000_0000;

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_ne_bytes(word.try_into().ok()?))
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.is_ascii() || std::str::from_utf8(bytes).is_ok()
}

/// Whether the container bytes are a document that the server could have written: every value within its container, keys in
/// order, strings of UTF-8, numbers of decimal digits, and nothing left over.
pub fn verify(document: &[u8]) -> bool {
    looked_through(document).is_some()
}

fn looked_through(document: &[u8]) -> Option<()> {
    let mut is_root = true;
    // Containers still to be looked through: documents may be nested deeper than a stack.
    let mut containers = vec![document];
    while let Some(container) = containers.pop() {
        let header = word(container, 0)?;
        let count = (header & COUNT_MASK) as usize;
        let is_scalar = match header & !COUNT_MASK {
            IS_ARRAY | IS_OBJECT => false,
            kind if kind == IS_ARRAY | IS_SCALAR && is_root && count == 1 => true,
            _ => return None,
        };
        is_root = false;
        let keys = if header & IS_OBJECT != 0 { count } else { 0 };
        let entries = keys + count;
        let data = container.get(4 + 4 * entries..)?;
        let (mut start, mut last_key) = (0, None::<&[u8]>);
        for index in 0..entries {
            work::step();
            let entry = word(container, 4 + 4 * index)?;
            let length = (entry & ENTRY_LENGTH) as usize;
            let end = if entry & ENTRY_HAS_OFFSET != 0 { length } else { start + length };
            let bytes = data.get(start..end)?;
            // The server aligns numbers and containers.
            let aligned = || data.get(start.next_multiple_of(4)..end);
            let kind = entry & ENTRY_KIND;
            match kind {
                KIND_STRING if is_text(bytes) => {}
                KIND_NUMERIC if index >= keys && number::is_finite(aligned()?) => {}
                KIND_TRUE | KIND_FALSE | KIND_NULL if index >= keys && bytes.is_empty() => {}
                KIND_CONTAINER if index >= keys && !is_scalar => containers.push(aligned()?),
                _ => return None,
            }
            if index < keys {
                if last_key.is_some_and(|last| compare_keys(last, bytes) != Ordering::Less) {
                    return None;
                }
                last_key = Some(bytes);
            }
            start = end;
        }
        if start != data.len() {
            return None;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::verify;
    use crate::core::jsonb::{Value, fixture::document, write};
    use crate::core::random::Random;

    const DOCUMENTS: [&str; 9] = [
        "null",
        "\"佐藤\"",
        "-12345678901234567890123.5e-3",
        "[]",
        "{}",
        r#"[1,[2,{"a":[]}],false,"x"]"#,
        r#"{"a":{"b":-0.001},"bb":"x\"\n","ccc":null}"#,
        r#"{"n":1,"s":"a","l":[1,2,3],"o":{"k":{"m":10000}}}"#,
        r#"{"":0,"é":true}"#,
    ];

    #[test]
    fn takes_what_the_server_writes() {
        for text in DOCUMENTS {
            assert!(verify(&document(text)), "{text}");
        }
        let many: Vec<String> = (0..200).map(|n| format!("\"k{n}\":[{n}.25,\"{n}\"]")).collect();
        assert!(verify(&document(&format!("{{{}}}", many.join(",")))));
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert!(verify(&document(&deep)));
    }

    /// Whatever is taken can be read: no index past the end, no text that is none.
    #[test]
    fn what_is_taken_can_be_read() {
        let mut random = Random(7);
        let (mut taken, mut refused) = (0, 0);
        for _ in 0..200_000 {
            let mut bytes = document(DOCUMENTS[random.next() % DOCUMENTS.len()]);
            for _ in 0..=random.next() % 3 {
                match random.next() % 4 {
                    0 => bytes.truncate(random.next() % (bytes.len() + 1)),
                    1 => bytes.push(random.next() as u8),
                    _ if bytes.is_empty() => {}
                    _ => {
                        let at = random.next() % bytes.len();
                        bytes[at] ^= 1 << (random.next() % 8);
                    }
                }
            }
            if verify(&bytes) {
                taken += 1;
                let mut out = String::new();
                write(Value::root(&bytes), &mut out);
            } else {
                refused += 1;
            }
        }
        assert!(taken > 5_000 && refused > 100_000, "{taken} {refused}");
    }

    #[test]
    fn refuses_what_would_be_read_past_its_end() {
        let bytes = document(r#"{"a":"bb"}"#);
        for length in 0..bytes.len() {
            assert!(!verify(&bytes[..length]), "{length}");
        }
        // A scalar that says it is a container, keys out of order, a key twice, a text that is none.
        let scalar = [0x5000_0001_u32, 0x5000_0004, 0x4000_0000].map(u32::to_ne_bytes).concat();
        assert!(!verify(&scalar));
        let two = |keys: &[u8; 2]| {
            let mut bytes = [0x2000_0002_u32, 1, 1, 0x4000_0000, 0x4000_0000].map(u32::to_ne_bytes).concat();
            bytes.extend_from_slice(keys);
            bytes
        };
        assert!(verify(&two(b"ab")));
        assert!(!verify(&two(b"ba")) && !verify(&two(b"aa")) && !verify(&two(&[b'a', 0xFF])));
    }
}
