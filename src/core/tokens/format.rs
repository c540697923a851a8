//! The form of a token: `<prefix>_<key id>_<secret>_<checksum>`, the last three in base62. Pure.
//!
//! The key id finds the row, the secret proves who asks, and the checksum tells a typing error, or a token of somebody else's, without a
//! look at any table. All of it is hashed, so that the prefix cannot be exchanged either.
use crate::core::work;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Bytes of randomness, and the digits that write so many: 96 bits that need not be secret, and 256 that must.
const KEY_ID: (usize, usize) = (12, 17);
const SECRET: (usize, usize) = (32, 43);
const CHECKSUM: usize = 6;
/// What `make` takes.
pub const RANDOM_BYTES: usize = KEY_ID.0 + SECRET.0;

pub type Hash = [u8; 32];

/// The key id of a well-formed token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    pub key_id: &'a str,
}

/// Small letters, digits and single underscores, which begin with a letter: `rk`, `acme_live`.
pub fn is_prefix(text: &str) -> bool {
    text.len() <= 32
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .split('_')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

pub fn make(prefix: &str, random: &[u8; RANDOM_BYTES]) -> String {
    let (key_id, secret) = random.split_at(KEY_ID.0);
    let body = format!("{prefix}_{}_{}", base62(key_id, KEY_ID.1), base62(secret, SECRET.1));
    let checksum = base62(&crc32(body.as_bytes()).to_be_bytes(), CHECKSUM);
    format!("{body}_{checksum}")
}

/// None for what no `make` has made.
pub fn parse(text: &str) -> Option<Token<'_>> {
    let (body, checksum) = text.rsplit_once('_')?;
    let mut parts = body.rsplitn(3, '_');
    let (secret, key_id, prefix) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |part: &str, digits: usize| part.len() == digits && part.bytes().all(|byte| DIGITS.contains(&byte));
    let is_well_formed = is_prefix(prefix) && is_number(key_id, KEY_ID.1) && is_number(secret, SECRET.1);
    (is_well_formed && checksum == base62(&crc32(body.as_bytes()).to_be_bytes(), CHECKSUM)).then_some(Token { key_id })
}

/// What is stored of a token: the SHA-256 of its whole text.
pub fn hash(token: &str) -> Hash {
    // A token is short; what is given as one may be anything.
    const PIECE: usize = 64 * 1024;
    let mut hash = Sha256::new();
    for piece in token.as_bytes().chunks(PIECE) {
        work::bytes(piece.len());
        hash.update(piece);
    }
    hash.finalize().into()
}

/// Compares in a time that does not depend on where the two differ, so that nobody finds a hash byte by byte.
pub fn is_same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

/// A number of big-endian bytes in so many digits; they must be enough.
fn base62(number: &[u8], digits: usize) -> String {
    let mut number = number.to_vec();
    let mut text = vec![DIGITS[0]; digits];
    for digit in text.iter_mut().rev() {
        let mut rest = 0;
        for byte in &mut number {
            let value = rest * 256 + u32::from(*byte);
            *byte = (value / 62) as u8;
            rest = value % 62;
        }
        *digit = DIGITS[rest as usize];
    }
    text.into_iter().map(char::from).collect()
}

/// The checksum of zip and PNG (CRC-32/ISO-HDLC); a token is too short for a table to be worth it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::fields::identifier::hex;
    use crate::core::random::Random;

    #[test]
    fn known_vectors() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
        assert_eq!(base62(&[0, 0, 0, 61], 2), "0z");
        assert_eq!(base62(&[0, 0, 0, 62], 2), "10");
        // 2^32 - 1 and 2^256 - 1, by another program.
        assert_eq!(base62(&[0xFF; 4], CHECKSUM), "4gfFC3");
        assert_eq!(base62(&[0xFF; 32], SECRET.1), "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1");
        // FIPS 180-2.
        assert_eq!(hex(&hash("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let token = make("rk", &[0; RANDOM_BYTES]);
        assert_eq!(token, "rk_00000000000000000_0000000000000000000000000000000000000000000_1rzrrM");
        assert_eq!(hex(&hash(&token)), "68ae9ff0254d056edbde88d02c02c6404edd047543a2d61218d5e7f199b82f5e");
    }

    #[test]
    fn numbers_fit_their_digits() {
        // As many digits less would not hold the largest number.
        for (bytes, digits) in [KEY_ID, SECRET, (4, CHECKSUM)] {
            let bits = 8.0 * bytes as f64;
            assert!(digits as f64 * 62_f64.log2() >= bits && (digits - 1) as f64 * 62_f64.log2() < bits);
        }
    }

    #[test]
    fn a_made_token_is_read_and_any_other_is_not() {
        let mut random = Random(7);
        for round in 0..300 {
            let mut bytes = [0; RANDOM_BYTES];
            bytes.fill_with(|| random.next() as u8);
            let prefix = ["rk", "acme_live", "a1_2"][round % 3];
            let token = make(prefix, &bytes);
            assert_eq!(token.len(), prefix.len() + 69);
            let key_id = base62(&bytes[..KEY_ID.0], KEY_ID.1);
            assert_eq!(parse(&token), Some(Token { key_id: &key_id }));
            // One character exchanged, two neighbours swapped, cut or longer: CRC-32 finds every burst of 32 bits.
            let at = random.next() % token.len();
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'x' { b'y' } else { b'x' };
            assert_eq!(parse(&String::from_utf8(other).unwrap()), None);
            let mut swapped = token.clone().into_bytes();
            let at = random.next() % (token.len() - 1);
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).unwrap();
            assert!(swapped == token || parse(&swapped).is_none());
            assert_eq!(parse(&token[..random.next() % token.len()]), None);
            assert_eq!(parse(&format!("{token}0")), None);
            assert_eq!(parse(&format!(" {token}")), None);
        }
        for text in ["", "_", "___", "rk___", "rk_a_b_c", "é_é_é_é"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn prefixes() {
        for good in ["rk", "a", "acme_live", "x1"] {
            assert!(is_prefix(good), "{good}");
        }
        for bad in ["", "_", "RK", "1a", "a_", "a__b", "ä", "a-b", "a b", "abcdefghijklmnopqrstuvwxyzabcdefg"] {
            assert!(!is_prefix(bad), "{bad}");
        }
    }

    #[test]
    fn comparing() {
        assert!(is_same(&[1, 2], &[1, 2]));
        assert!(!is_same(&[1, 2], &[1, 3]));
        assert!(!is_same(&[], &[0; 32]));
    }
}
