//! A secret's form, `rks1:<key version>:<base64 of nonce, ciphertext and tag>`, by XChaCha20-Poly1305. Pure.
//!
//! Its nonce is long enough to be random for any number of secrets, and the cipher needs no special instructions to be constant in time.
use super::key_file::{Key, Keys};
use crate::core::work;
use base64ct::{Base64, Encoding};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

const FORM: &str = "rks1";
pub const NONCE_BYTES: usize = 24;

/// The row and column that a secret belongs to: it can be decrypted for no other.
pub struct Place<'a> {
    pub tenant: &'a str,
    pub table: &'a str,
    pub row: &'a str,
    pub column: &'a str,
}

impl Place<'_> {
    /// What is authenticated beside the text; each part behind its length, so that no two places are written alike.
    fn associated_data(&self, version: i32) -> Vec<u8> {
        let mut data = format!("{FORM}:{version}").into_bytes();
        for part in [self.tenant, self.table, self.row, self.column] {
            data.extend_from_slice(&(part.len() as u64).to_be_bytes());
            data.extend_from_slice(part.as_bytes());
        }
        data
    }
}

#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// Not what `seal` makes.
    Malformed,
    /// No key of this version.
    UnknownKey(i32),
    /// It belongs to another row or column, was changed, or was encrypted with another key of that version.
    Refused,
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&**key).into())
}

/// The text and what is authenticated with it are copied a few times, and no interrupt ends the cipher.
fn reserve(text: &str, place: &Place<'_>) {
    const COPIES: usize = 4;
    let place = [place.tenant, place.table, place.row, place.column].iter().map(|part| part.len()).sum::<usize>();
    work::reserve((text.len() + place).saturating_mul(COPIES));
    work::bytes(text.len() + place);
}

pub fn seal(plaintext: &str, place: &Place<'_>, keys: &Keys, nonce: [u8; NONCE_BYTES]) -> String {
    reserve(plaintext, place);
    let (version, key) = keys.newest();
    let payload = Payload { msg: plaintext.as_bytes(), aad: &place.associated_data(version) };
    let sealed = cipher(key).encrypt(&XNonce::from(nonce), payload).expect("a text of PostgreSQL is short enough");
    let bytes = [&nonce[..], &sealed].concat();
    format!("{FORM}:{version}:{}", Base64::encode_string(&bytes))
}

/// The key version; none for what is no secret.
pub fn version(secret: &str) -> Option<i32> {
    parts(secret).map(|(version, _)| version)
}

fn parts(secret: &str) -> Option<(i32, &str)> {
    let (version, encoded) = secret.strip_prefix(FORM)?.strip_prefix(':')?.split_once(':')?;
    let number: i32 = version.parse().ok().filter(|number| *number > 0)?;
    (number.to_string() == version).then_some((number, encoded))
}

pub fn open(secret: &str, place: &Place<'_>, keys: &Keys) -> Result<Zeroizing<String>, Failure> {
    let (version, encoded) = parts(secret).ok_or(Failure::Malformed)?;
    reserve(secret, place);
    let bytes = Base64::decode_vec(encoded).map_err(|_| Failure::Malformed)?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(Failure::Malformed)?;
    let key = keys.of_version(version).ok_or(Failure::UnknownKey(version))?;
    let payload = Payload { msg: sealed, aad: &place.associated_data(version) };
    let plaintext = cipher(key).decrypt(&XNonce::from(*nonce), payload).map_err(|_| Failure::Refused)?;
    String::from_utf8(plaintext).map(Zeroizing::new).map_err(|_| Failure::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place<'a>() -> Place<'a> {
        Place { tenant: "t", table: "connections", row: "r", column: "password_encrypted" }
    }

    fn keys(versions: &[(i32, u8)]) -> Keys {
        let lines: Vec<String> = versions
            .iter()
            .map(|(version, byte)| format!("{version}:{}", Base64::encode_string(&[*byte; 32])))
            .collect();
        Keys::parse(&lines.join("\n")).unwrap()
    }

    #[test]
    fn known_vector() {
        // draft-irtf-cfrg-xchacha-03, A.3.1: the cipher is the one we mean.
        let key: Vec<u8> = (0x80..0xA0).collect();
        let nonce: Vec<u8> = (0x40..0x58).collect();
        let text = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
        let aad = [0x50, 0x51, 0x52, 0x53, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7];
        let cipher = XChaCha20Poly1305::new_from_slice(&key).unwrap();
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().unwrap();
        let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: text.as_bytes(), aad: &aad }).unwrap();
        assert_eq!(sealed[..8], [0xBD, 0x6D, 0x17, 0x9D, 0x3E, 0x83, 0xD4, 0x3B]);
        assert_eq!(sealed[text.len()..][..4], [0xC0, 0x87, 0x59, 0x24]);
    }

    #[test]
    fn a_secret_is_read_at_its_place_only() {
        let keys = keys(&[(1, 1)]);
        let secret = seal("påss", &place(), &keys, [9; NONCE_BYTES]);
        assert_eq!(open(&secret, &place(), &keys).unwrap().as_str(), "påss");
        let elsewhere = [
            Place { tenant: "u", ..place() },
            Place { table: "connection", ..place() },
            Place { row: "", ..place() },
            Place { column: "token", ..place() },
            // The same letters, cut elsewhere.
            Place { tenant: "tc", table: "onnections", ..place() },
        ];
        for other in elsewhere {
            assert_eq!(open(&secret, &other, &keys), Err(Failure::Refused));
        }
        assert_eq!(open(&seal("", &place(), &keys, [9; NONCE_BYTES]), &place(), &keys).unwrap().as_str(), "");
    }

    #[test]
    fn whatever_is_changed_is_refused() {
        let keys = keys(&[(1, 1), (2, 2)]);
        let secret = seal("secret", &place(), &keys, [9; NONCE_BYTES]);
        assert!(secret.starts_with("rks1:2:"));
        for at in 0..secret.len() {
            let mut other = secret.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            assert!(open(&String::from_utf8(other).unwrap(), &place(), &keys).is_err(), "{at}");
            assert!(open(&secret[..at], &place(), &keys).is_err(), "{at}");
        }
        assert_eq!(open(&secret.replace("rks1:2", "rks1:1"), &place(), &keys), Err(Failure::Refused));
        assert_eq!(open(&secret.replace("rks1:2", "rks1:3"), &place(), &keys), Err(Failure::UnknownKey(3)));
        assert_eq!(open(&secret.replace("rks1:2", "rks1:02"), &place(), &keys), Err(Failure::Malformed));
    }

    #[test]
    fn older_keys_decrypt() {
        let secret = seal("x", &place(), &keys(&[(1, 1)]), [0; NONCE_BYTES]);
        assert_eq!(open(&secret, &place(), &keys(&[(1, 1), (2, 2)])).unwrap().as_str(), "x");
        assert_eq!(open(&secret, &place(), &keys(&[(1, 2)])), Err(Failure::Refused));
        assert_eq!(version(&secret), Some(1));
        for no_secret in ["", "x", "rks1:", "rks1:1", "rks1:-1:AA", "rks2:1:AA"] {
            assert_eq!(version(no_secret), None, "{no_secret}");
        }
    }
}
