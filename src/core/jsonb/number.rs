//! Exact decimal numbers: PostgreSQL's numeric as it lies inside jsonb, and owned bounds to compare it with.
//!
//! A numeric is a sign, a weight and digits in base 10,000 with no zero at either end, so two equal values have the
//! same digits and a comparison needs no arithmetic.
use crate::core::work;
use num_bigint::BigUint;
use std::cmp::Ordering;
use std::fmt::{self, Write};

const BASE: u32 = 10_000;
const SIGN_MASK: u16 = 0xC000;
const NEGATIVE: u16 = 0x4000;
const SHORT: u16 = 0x8000;
const SHORT_NEGATIVE: u16 = 0x2000;
const SHORT_WEIGHT_NEGATIVE: u16 = 0x0040;
const SHORT_WEIGHT: u16 = 0x003F;
const SCALE_MASK: u16 = 0x3FFF;
const SHORT_SCALE_MASK: u16 = 0x1F80;

/// A number inside a jsonb document, not read yet.
#[derive(Clone, Copy)]
pub struct Number<'a> {
    varlena: &'a [u8],
}

impl fmt::Debug for Number<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

impl<'a> Number<'a> {
    /// `varlena` is the numeric with its four-byte length header.
    pub fn new(varlena: &'a [u8]) -> Number<'a> {
        Number { varlena }
    }

    /// The numeric as a datum's bytes, header included.
    pub fn varlena(&self) -> &'a [u8] {
        self.varlena
    }

    /// Its sign, weight and digits.
    #[inline]
    pub fn read(self) -> Numeric<'a> {
        let half = |at: usize| u16::from_ne_bytes([self.varlena[at], self.varlena[at + 1]]);
        let header = half(4);
        if header & SHORT != 0 {
            let mut weight = i32::from(header & SHORT_WEIGHT);
            if header & SHORT_WEIGHT_NEGATIVE != 0 {
                weight -= i32::from(SHORT_WEIGHT) + 1;
            }
            return Numeric {
                negative: header & SHORT_NEGATIVE != 0,
                weight,
                display_scale: usize::from((header & SHORT_SCALE_MASK) >> 7),
                digits: &self.varlena[6..],
            };
        }
        Numeric {
            negative: header & SIGN_MASK == NEGATIVE,
            weight: i32::from(half(6) as i16),
            display_scale: usize::from(header & SCALE_MASK),
            digits: &self.varlena[8..],
        }
    }
}

/// The length header of a varlena of so many bytes.
const fn varlena_header(length: u32) -> u32 {
    if cfg!(target_endian = "big") { length } else { length << 2 }
}

/// Whether the bytes are a numeric, with its length header, and a number of decimal digits: not NaN, not infinite.
pub(super) fn is_finite(varlena: &[u8]) -> bool {
    const SPECIAL: u16 = SIGN_MASK;
    let half = |at: usize| Some(u16::from_ne_bytes(*varlena.get(at..)?.first_chunk()?));
    let length = varlena.first_chunk().map(|word| u32::from_ne_bytes(*word));
    let (Some(length), Some(header)) = (length, half(4)) else { return false };
    let digits = match header & SIGN_MASK {
        SPECIAL => return false,
        SHORT => varlena.get(6..),
        _ => varlena.get(8..),
    };
    let is_digit = |digit: &[u8]| u32::from(u16::from_ne_bytes([digit[0], digit[1]])) < BASE;
    length == varlena_header(varlena.len() as u32)
        && digits.is_some_and(|digits| digits.len().is_multiple_of(2) && digits.chunks_exact(2).all(is_digit))
}

/// An integer as a numeric of its own.
#[derive(Clone, Copy, Debug)]
pub struct Integer {
    varlena: [u8; 16],
    length: usize,
}

impl Integer {
    pub fn new(value: i64) -> Integer {
        let mut digits = [0_u16; 5];
        let (mut rest, mut count) = (value.unsigned_abs(), 0);
        // The lowest first.
        while rest > 0 {
            digits[count] = (rest % u64::from(BASE)) as u16;
            rest /= u64::from(BASE);
            count += 1;
        }
        let weight = count.saturating_sub(1) as u16;
        let zeros = digits[..count].iter().take_while(|digit| **digit == 0).count();
        let length = 6 + 2 * (count - zeros);
        let header = SHORT | weight | if value < 0 { SHORT_NEGATIVE } else { 0 };
        let mut varlena = [0; 16];
        varlena[..4].copy_from_slice(&varlena_header(length as u32).to_ne_bytes());
        varlena[4..6].copy_from_slice(&header.to_ne_bytes());
        for (place, digit) in digits[zeros..count].iter().rev().enumerate() {
            varlena[6 + 2 * place..8 + 2 * place].copy_from_slice(&digit.to_ne_bytes());
        }
        Integer { varlena, length }
    }

    pub fn number(&self) -> Number<'_> {
        Number::new(&self.varlena[..self.length])
    }
}

/// The parts of a [`Number`], still in place.
#[derive(Clone, Copy)]
pub struct Numeric<'a> {
    negative: bool,
    weight: i32,
    display_scale: usize,
    digits: &'a [u8],
}

impl Numeric<'_> {
    pub fn to_decimal(self) -> Decimal {
        Decimal {
            negative: self.negative,
            weight: self.weight,
            digits: (0..self.count()).map(|n| self.digit(n)).collect(),
        }
    }
}

/// An owned number: a bound, a step, a parsed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    weight: i32,
    digits: Vec<u16>,
}

impl Decimal {
    /// Reads a JSON number's text; `None` when it is none, or has an exponent past what numeric holds.
    pub fn parse(text: &str) -> Option<Decimal> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => (&unsigned[..at], unsigned[at + 1..].parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty()
            || exponent.abs() > 140_000
            || !(whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let mut decimals: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|b| b - b'0').collect();
        // The place of the first digit, counted from the decimal point to the left.
        let mut place = whole.len() as i32 + exponent;
        let lead = (-place).rem_euclid(4);
        decimals.splice(0..0, std::iter::repeat_n(0, lead as usize));
        place += lead;
        while !decimals.len().is_multiple_of(4) {
            decimals.push(0);
        }
        let mut digits: Vec<u16> = decimals
            .chunks(4)
            .map(|chunk| chunk.iter().fold(0, |value, digit| value * 10 + u16::from(*digit)))
            .collect();
        let mut weight = place / 4 - 1;
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..zeros);
        weight -= zeros as i32;
        while digits.last() == Some(&0) {
            digits.pop();
        }
        if digits.is_empty() {
            return Some(Decimal { negative: false, weight: 0, digits });
        }
        Some(Decimal { negative, weight, digits })
    }
}

impl From<u32> for Decimal {
    fn from(value: u32) -> Decimal {
        Decimal::parse(&value.to_string()).expect("an integer is a number")
    }
}

/// What both forms of a number have in common.
pub trait Digits {
    fn is_negative(&self) -> bool;
    /// The power of 10,000 of the first digit.
    fn weight(&self) -> i32;
    fn count(&self) -> usize;
    fn digit(&self, index: usize) -> u16;

    fn is_zero(&self) -> bool {
        self.count() == 0
    }

    fn is_integer(&self) -> bool {
        self.is_zero() || self.count() as i32 <= self.weight() + 1
    }

    /// Decimal digits after the point, trailing zeros not counted.
    fn scale(&self) -> u32 {
        if self.is_integer() {
            return 0;
        }
        let groups = self.count() as i32 - 1 - self.weight();
        let last = self.digit(self.count() - 1);
        let zeros = [10, 100, 1000].iter().filter(|power| last.is_multiple_of(**power)).count() as u32;
        groups as u32 * 4 - zeros
    }

    /// Decimal digits before the point; zero for a value below one.
    fn integer_digits(&self) -> u32 {
        if self.is_zero() || self.weight() < 0 {
            return 0;
        }
        self.weight() as u32 * 4 + self.digit(0).ilog10() + 1
    }

    fn compare(&self, other: &impl Digits) -> Ordering
    where
        Self: Sized,
    {
        let sign = |negative: bool, zero: bool| {
            if zero {
                0
            } else if negative {
                -1
            } else {
                1
            }
        };
        let (left, right) = (sign(self.is_negative(), self.is_zero()), sign(other.is_negative(), other.is_zero()));
        if left != right || left == 0 {
            return left.cmp(&right);
        }
        let magnitude = self
            .weight()
            .cmp(&other.weight())
            .then_with(|| (0..self.count()).map(|n| self.digit(n)).cmp((0..other.count()).map(|n| other.digit(n))));
        if left < 0 { magnitude.reverse() } else { magnitude }
    }

    /// Whether the value is a whole multiple of `step`, which is not zero.
    fn is_multiple_of(&self, step: &Decimal) -> bool
    where
        Self: Sized,
    {
        if self.is_zero() {
            return true;
        }
        let exponent = |number: &dyn Digits| number.weight() - (number.count() as i32 - 1);
        let shift = exponent(self) - exponent(step);
        // The last digit is not zero, so a step of a larger power of the base does not divide the value.
        let Ok(shift) = usize::try_from(shift) else { return false };
        // Digit by digit (Horner), so that it can be interrupted; in two words where the step fits.
        let digits = (0..self.count()).map(|index| self.digit(index)).chain(std::iter::repeat_n(0, shift));
        let divisor = coefficient(step);
        if let Ok(divisor) = u64::try_from(&divisor) {
            let (base, divisor) = (u128::from(BASE), u128::from(divisor));
            return digits.fold(0, |rest: u128, digit| (rest * base + u128::from(digit)) % divisor) == 0;
        }
        let rest = digits.fold(BigUint::ZERO, |rest, digit| {
            work::bytes(step.count());
            work::step();
            (rest * BASE + digit) % &divisor
        });
        rest == BigUint::ZERO
    }
}

fn coefficient(number: &dyn Digits) -> BigUint {
    (0..number.count()).fold(BigUint::ZERO, |sum, n| {
        work::bytes(n);
        sum * BASE + number.digit(n)
    })
}

impl Digits for Numeric<'_> {
    fn is_negative(&self) -> bool {
        self.negative
    }
    fn weight(&self) -> i32 {
        self.weight
    }
    fn count(&self) -> usize {
        self.digits.len() / 2
    }
    #[inline]
    fn digit(&self, index: usize) -> u16 {
        u16::from_ne_bytes([self.digits[2 * index], self.digits[2 * index + 1]])
    }
}

impl Digits for Decimal {
    fn is_negative(&self) -> bool {
        self.negative
    }
    fn weight(&self) -> i32 {
        self.weight
    }
    fn count(&self) -> usize {
        self.digits.len()
    }
    fn digit(&self, index: usize) -> u16 {
        self.digits[index]
    }
}

fn format_digits(number: &dyn Digits, scale: usize, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let digit = |place: i32| {
        let index = number.weight() - place;
        if (0..number.count() as i32).contains(&index) { number.digit(index as usize) } else { 0 }
    };
    if number.is_negative() && !number.is_zero() {
        out.write_char('-')?;
    }
    let first = if number.is_zero() { 0 } else { number.weight().max(0) };
    write!(out, "{}", digit(first))?;
    for place in (0..first).rev() {
        work::step();
        write!(out, "{:04}", digit(place))?;
    }
    if scale > 0 {
        let mut fraction = String::with_capacity(scale + 4);
        let mut place = -1;
        while fraction.len() < scale {
            work::step();
            write!(fraction, "{:04}", digit(place))?;
            place -= 1;
        }
        write!(out, ".{}", &fraction[..scale])?;
    }
    Ok(())
}

impl fmt::Display for Number<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.read())
    }
}

impl fmt::Display for Numeric<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        format_digits(self, self.display_scale, out)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        format_digits(self, self.scale() as usize, out)
    }
}

#[cfg(test)]
mod tests {
    use super::{Decimal, Digits};
    use crate::core::jsonb::{Value, fixture::document};
    use crate::core::random::Random;
    use num_bigint::BigUint;
    use std::cmp::Ordering;

    fn with_number<T>(text: &str, test: impl FnOnce(super::Number<'_>) -> T) -> T {
        let bytes = document(text);
        test(Value::root(&bytes).as_number().unwrap())
    }

    #[test]
    fn integers_are_laid_out_as_the_server_does() {
        let numbers = [0, 1, -1, 9_999, 10_000, -10_000, 120_000_000, 123_456_789, i64::MAX, i64::MIN];
        for number in numbers {
            let text = number.to_string();
            with_number(&text, |stored| {
                let integer = super::Integer::new(number);
                assert_eq!(integer.number().varlena(), stored.varlena(), "{text}");
                assert!(super::is_finite(integer.number().varlena()));
                assert_eq!(integer.number().to_string(), text);
            });
        }
    }

    #[test]
    fn parses_as_the_server_stores() {
        for text in [
            "0",
            "1",
            "-1",
            "10",
            "9999",
            "10000",
            "0.1",
            "0.0001",
            "0.00001",
            "-12345.678",
            "100000000",
            "12345678901234567890123456789012345678",
            "0.00000000000000000000000000000000000001",
            "1000000000000000000",
        ] {
            let parsed = Decimal::parse(text).unwrap();
            assert_eq!(parsed.to_string(), text);
            with_number(text, |number| {
                assert_eq!(number.to_string(), text);
                assert_eq!(number.read().compare(&parsed), Ordering::Equal, "{text}");
                assert_eq!(number.read().to_decimal(), parsed, "{text}");
            });
        }
        assert_eq!(Decimal::parse("1e3").unwrap().to_string(), "1000");
        assert_eq!(Decimal::parse("12.50e-3").unwrap().to_string(), "0.0125");
        for bad in ["", "-", "1e", "0x1", "1.2.3", "NaN", ".5"] {
            assert!(Decimal::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn orders_exactly() {
        let sorted = [
            "-1e30",
            "-2",
            "-1.5",
            "-0.00001",
            "0",
            "0.00001",
            "0.1",
            "1",
            "1.00000000000000000001",
            "9999",
            "10000",
            "1e30",
        ];
        for (i, left) in sorted.iter().enumerate() {
            for (j, right) in sorted.iter().enumerate() {
                let (left, right) = (Decimal::parse(left).unwrap(), Decimal::parse(right).unwrap());
                assert_eq!(left.compare(&right), i.cmp(&j));
            }
        }
    }

    #[test]
    fn counts_digits() {
        for (text, scale, integer_digits) in
            [("0", 0, 0), ("5.0", 0, 1), ("0.10", 1, 0), ("123.4567", 4, 3), ("12345.00001", 5, 5), ("1e10", 0, 11)]
        {
            let number = Decimal::parse(text).unwrap();
            assert_eq!((number.scale(), number.integer_digits()), (scale, integer_digits), "{text}");
            assert_eq!(number.is_integer(), scale == 0);
        }
    }

    #[test]
    fn multiples_are_exact() {
        for (value, step, expected) in [
            ("0.3", "0.1", true),
            ("0.35", "0.1", false),
            ("1e30", "7", false),
            ("7e30", "7", true),
            ("12345678901234567890123", "3", true),
            ("-9", "3", true),
            ("0", "5", true),
            ("5", "0.00001", true),
            ("5", "10", false),
        ] {
            let (value, step) = (Decimal::parse(value).unwrap(), Decimal::parse(step).unwrap());
            assert_eq!(value.is_multiple_of(&step), expected, "{value} {step}");
        }
    }

    #[test]
    fn multiples_are_those_of_whole_numbers() {
        let mut random = Random(9);
        let mut multiples = 0;
        for _ in 0..3_000 {
            let mut number = |most: usize| {
                let digits = 1 + random.next() % most;
                let text: String = (0..digits).map(|_| char::from(b'0' + (random.next() % 10) as u8)).collect();
                BigUint::parse_bytes(text.as_bytes(), 10).unwrap() + 1_u32
            };
            // Past what fits in two words, and below.
            let (step, factor, more) = (number(50), number(30), number(1) % 2_u32);
            let (value, places) = (&step * factor + more, random.next() % 40);
            let expected = &value % &step == BigUint::ZERO;
            let decimal = |number: &BigUint| Decimal::parse(&format!("{number}e-{places}")).unwrap();
            assert_eq!(decimal(&value).is_multiple_of(&decimal(&step)), expected, "{value} {step} {places}");
            multiples += usize::from(expected);
        }
        assert!((1_000..2_800).contains(&multiples), "{multiples}");
    }
}
