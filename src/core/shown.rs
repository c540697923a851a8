//! A user's value within a message: never longer than a reader looks at.
use crate::core::work;
use std::borrow::Cow;

/// A value is cut at this many characters.
const LONGEST: usize = 100;

/// The value as a message shows it: its first 100 characters, and a mark where it was cut.
pub fn shown(value: &str) -> Cow<'_, str> {
    // A character has at most four bytes.
    let read = work::beginning(value, 4 * (LONGEST + 1));
    match read.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &read[..end])),
        None => Cow::Borrowed(value),
    }
}

/// A message has at most so many bytes, whatever values and names it was made of.
const LONGEST_MESSAGE: usize = 2_000;

/// A message that no value can make endless.
pub fn bounded(mut message: String) -> String {
    if message.len() > LONGEST_MESSAGE {
        message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
        message.push('…');
    }
    message
}

#[cfg(test)]
mod tests {
    use super::{bounded, shown};

    #[test]
    fn messages_end() {
        assert_eq!(bounded("é".repeat(1000)), "é".repeat(1000));
        assert_eq!(bounded("𠮟".repeat(501)), "𠮟".repeat(500) + "…");
    }

    #[test]
    fn long_values_are_cut() {
        for text in ["", "a", &"é".repeat(100), &"𠮟".repeat(100)] {
            assert_eq!(shown(text), *text);
        }
        assert_eq!(shown(&"𠮟".repeat(101)), "𠮟".repeat(100) + "…");
        assert_eq!(shown(&"a".repeat(5_000_000)), "a".repeat(100) + "…");
    }
}
