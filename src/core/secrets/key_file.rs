//! What a key file says: `version:base64 of 32 bytes`, one a line; empty lines and those that begin with # say nothing. Pure.
use base64ct::{Base64, Encoding};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

pub const KEY_BYTES: usize = 32;

pub type Key = Zeroizing<[u8; KEY_BYTES]>;

/// Keys by version; the highest encrypts. They are wiped from memory when they go.
#[derive(Debug)]
pub struct Keys(BTreeMap<i32, Key>);

impl Keys {
    /// Tells the line that is wrong, and never what it holds.
    pub fn parse(text: &str) -> Result<Keys, String> {
        let mut keys = BTreeMap::new();
        for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |what: &str| format!("line {number}: {what}");
            let (version, encoded) = line.split_once(':').ok_or_else(|| wrong("there is no colon"))?;
            let version = version.trim().parse().ok().filter(|version| *version > 0);
            let version: i32 = version.ok_or_else(|| wrong("the version is not a number from 1"))?;
            let mut key = Key::default();
            let length = Base64::decode(encoded.trim(), key.as_mut()).map(<[u8]>::len);
            if length != Ok(KEY_BYTES) {
                return Err(wrong("the key is not 32 bytes in base64"));
            }
            if keys.insert(version, key).is_some() {
                return Err(wrong("the version stands there twice"));
            }
        }
        if keys.is_empty() { Err("there is no key in it".to_owned()) } else { Ok(Keys(keys)) }
    }

    pub fn newest(&self) -> (i32, &Key) {
        let (version, key) = self.0.last_key_value().expect("parse answers at least one key");
        (*version, key)
    }

    pub fn of_version(&self, version: i32) -> Option<&Key> {
        self.0.get(&version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZEROS: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    #[test]
    fn the_highest_version_is_the_newest() {
        let keys = Keys::parse(&format!("# keys\n\n10: {ZEROS}\r\n 9 :{}\n", ZEROS.replacen('A', "B", 1))).unwrap();
        assert_eq!(keys.newest().0, 10);
        assert_eq!(keys.of_version(9).unwrap()[0], 4);
        assert!(keys.of_version(1).is_none());
    }

    #[test]
    fn errors_tell_the_line_and_nothing_of_the_key() {
        for (text, told) in [
            ("", "there is no key in it"),
            ("1:AAAA", "line 1: the key is not 32 bytes in base64"),
            ("\n1;secret", "line 2: there is no colon"),
            ("0:AAAA", "line 1: the version is not a number from 1"),
            ("x:AAAA", "line 1: the version is not a number from 1"),
        ] {
            assert_eq!(Keys::parse(text).unwrap_err(), told);
        }
        assert!(Keys::parse(&format!("1:{ZEROS}\n1:{ZEROS}")).unwrap_err().starts_with("line 2"));
        assert!(Keys::parse(&format!("1:{ZEROS}AAAA")).is_err());
        assert!(Keys::parse(&format!("1:{}", &ZEROS[..43])).is_err());
    }
}
