//! Cursors: where a record stands in a sorted result, as a text that a client gives back.
use super::sort::{SortKey, SortPart};
use crate::core::index::{MAX_VALUE_BYTES, Presence};
use crate::core::work;
use base64ct::{Base64UrlUnpadded, Encoding};

/// The first byte, to be changed with the form.
const FORM: u8 = 1;
/// No value of a sort key is longer: a sign, a power and the digits of a number, or a place, a sort key and its end.
const MAX_PART: usize = MAX_VALUE_BYTES + 16;

/// The text for a record's place in the order that the fingerprint names.
pub fn write(fingerprint: [u8; 8], key: &SortKey) -> String {
    let mut bytes = vec![FORM];
    bytes.extend(fingerprint);
    bytes.extend(key.id);
    for (presence, value) in &key.parts {
        work::step();
        bytes.push(presence.byte(false));
        bytes.push(value.len() as u8);
        bytes.extend(value);
    }
    Base64UrlUnpadded::encode_string(&bytes)
}

/// Why a text is no cursor of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CursorError {
    Malformed,
    /// It is one of another order: of another sort list, or of columns that have changed since.
    OfAnotherOrder,
}

/// The place that a cursor names in the order of so many entries.
pub fn read(text: &str, fingerprint: [u8; 8], entries: usize) -> Result<SortKey, CursorError> {
    const MAX_PARTS: usize = super::MAX_SORT;
    if text.len() > 2 * (32 + MAX_PARTS * (MAX_PART + 2)) {
        return Err(CursorError::Malformed);
    }
    let bytes = Base64UrlUnpadded::decode_vec(text).map_err(|_| CursorError::Malformed)?;
    let (head, mut rest) = bytes.split_at_checked(25).ok_or(CursorError::Malformed)?;
    if head[0] != FORM || head[1..9] != fingerprint {
        return Err(CursorError::OfAnotherOrder);
    }
    let mut id = [0; 16];
    id.copy_from_slice(&head[9..]);
    let mut parts: Vec<SortPart> = Vec::new();
    while let [presence, length, behind @ ..] = rest {
        work::step();
        let (value, more) = behind.split_at_checked(usize::from(*length)).ok_or(CursorError::Malformed)?;
        let all = [Presence::Present, Presence::Empty, Presence::Odd];
        let presence = all.into_iter().find(|known| known.byte(false) == *presence).ok_or(CursorError::Malformed)?;
        parts.push((presence, value.to_vec()));
        rest = more;
    }
    if parts.len() != entries || !rest.is_empty() {
        return Err(CursorError::Malformed);
    }
    Ok(SortKey { parts, id })
}

#[cfg(test)]
mod tests {
    use super::{CursorError, read, write};
    use crate::core::index::Presence;
    use crate::core::query::SortKey;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let parts = vec![(Presence::Present, vec![0, 255, 7]), (Presence::Empty, vec![]), (Presence::Odd, vec![])];
        let key = SortKey { parts, id: [9; 16] };
        let text = write([1; 8], &key);
        assert_eq!(read(&text, [1; 8], 3), Ok(key.clone()));
        assert_eq!(read(&text, [2; 8], 3), Err(CursorError::OfAnotherOrder));
        assert_eq!(read(&text, [1; 8], 2), Err(CursorError::Malformed));
        for end in 0..text.len() {
            assert!(read(&text[..end], [1; 8], 3).is_err(), "{end}");
        }
        for odd in ["", "x", "🙂", "=", &"A".repeat(100_000)] {
            assert!(read(odd, [1; 8], 3).is_err(), "{odd}");
        }
    }
}
