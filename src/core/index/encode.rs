//! Order-preserving bytes of single values.
//!
//! No encoded value is the beginning of another: a value is of a fixed length, or ends in a byte below all bytes that could stand in its place.
use super::MAX_VALUE_BYTES;
use super::collation::sort_key;
use super::value::{KeyType, KeyValue};
use crate::core::fields::phone_key;
use crate::core::jsonb::Digits;
use crate::core::work;
use sha2::{Digest, Sha256};

/// Behind a sort key or the digits of a number, which hold bytes from 1 and from 2 on.
const END: u8 = 0;
/// The same where they are cut: more than what is exactly as long.
const END_OF_CUT: u8 = 1;

const NEGATIVE: u8 = 0;
const ZERO: u8 = 1;
const POSITIVE: u8 = 2;

/// Appends a value's bytes; whether it was cut.
pub fn append(value: KeyValue<'_>, key_type: KeyType<'_>, key: &mut Vec<u8>) -> bool {
    match value {
        KeyValue::Number(number) => return append_number(&number.read(), key),
        KeyValue::Decimal(number) => return append_number(number, key),
        KeyValue::Text(text) => {
            return match key_type {
                KeyType::Phone(region) => append_text(&phone_key(text, region), key),
                _ => append_text(text, key),
            };
        }
        KeyValue::PhoneKey(text) => return append_text(text, key),
        KeyValue::Boolean(value) => key.push(u8::from(value)),
        KeyValue::Date(days) => key.extend((days ^ i32::MIN).to_be_bytes()),
        KeyValue::Time(at) | KeyValue::DateTime(at) => key.extend(integer_key(at)),
        KeyValue::Uuid(id) => key.extend(id),
        KeyValue::Choice(name) => append_choice(name, key),
    }
    false
}

/// An integer, such as the microseconds of a moment, as bytes in its order.
pub fn integer_key(value: i64) -> [u8; 8] {
    (value ^ i64::MIN).to_be_bytes()
}

/// The integer of such bytes; none for others.
pub fn integer_of(key: &[u8]) -> Option<i64> {
    Some(i64::from_be_bytes(key.try_into().ok()?) ^ i64::MIN)
}

pub fn invert(bytes: &mut [u8]) {
    work::bytes(bytes.len());
    bytes.iter_mut().for_each(|byte| *byte = !*byte);
}

/// The first bytes that are above all bytes that begin with these, which are not all 255.
pub fn successor(bytes: &[u8]) -> Vec<u8> {
    work::bytes(bytes.len());
    let kept = bytes.iter().rposition(|byte| *byte != u8::MAX).map_or(0, |last| last + 1);
    let mut next = bytes[..kept].to_vec();
    if let Some(last) = next.last_mut() {
        *last += 1;
    }
    next
}

/// Appends the sort key of a text; whether it was cut.
pub fn append_text(text: &str, key: &mut Vec<u8>) -> bool {
    let mut sort_key = sort_key(text);
    let is_cut = sort_key.len() > MAX_VALUE_BYTES;
    sort_key.truncate(MAX_VALUE_BYTES);
    key.extend(sort_key);
    key.push(if is_cut { END_OF_CUT } else { END });
    is_cut
}

/// Sign, power and digits. A negative number's power and digits are inverted: the larger they are, the smaller it is.
fn append_number(number: &impl Digits, key: &mut Vec<u8>) -> bool {
    /// Digits in base 10,000, two bytes each.
    const MOST_DIGITS: usize = MAX_VALUE_BYTES / 2;
    if number.is_zero() {
        key.push(ZERO);
        return false;
    }
    key.push(if number.is_negative() { NEGATIVE } else { POSITIVE });
    let start = key.len();
    append_power(number.weight(), key);
    let is_cut = number.count() > MOST_DIGITS;
    for digit in (0..number.count().min(MOST_DIGITS)).map(|index| number.digit(index)) {
        work::step();
        key.extend([digit / 100, digit % 100].map(|pair| pair as u8 + 2));
    }
    if is_cut {
        key.push(END_OF_CUT);
    } else {
        // Numbers of one value have the same digits: those of numeric do not end in 0000, and these not in 00.
        key.pop_if(|pair| *pair == 2);
        key.push(END);
    }
    if number.is_negative() {
        invert(&mut key[start..]);
    }
    is_cut
}

/// The power of 10,000 of the first digit: one byte for nearly all numbers, five for those past 10,000 to the 63rd.
fn append_power(power: i32, key: &mut Vec<u8>) {
    const SMALL: std::ops::Range<i32> = -64..64;
    const BELOW: u8 = 0;
    const ABOVE: u8 = 255;
    if SMALL.contains(&power) {
        key.push((power + 128) as u8);
        return;
    }
    // Of one sign, the bytes of a two's complement are in order.
    key.push(if power < 0 { BELOW } else { ABOVE });
    key.extend(power.to_be_bytes());
}

/// Names are compared as they are stored, so neither another order of the choices nor an id that one gets changes a key; a rename is carried into
/// the records, and so into their keys.
fn append_choice(name: &str, key: &mut Vec<u8>) {
    key.extend(choice_key(name));
}

/// What a choice is in a key.
pub fn choice_key(name: &str) -> [u8; 16] {
    work::bytes(name.len());
    let mut key = [0; 16];
    key.copy_from_slice(&Sha256::digest(name)[..16]);
    key
}
