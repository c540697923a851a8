//! Numbers, percentages and amounts of money as people type them, read digit for digit.

use super::currency::currency_exponent;
use super::fold::half_width;
use super::money::Money;

/// A decimal number as JSON text (RFC 8259), digit for digit, an exponent kept. Signs, one currency mark, blanks around
/// it and thousands separators that stand every three digits fall; △ and ▲ are a minus.
pub fn cast_number(text: &str) -> Option<String> {
    read_number(text).map(|(_, number)| number)
}

/// The currency mark of a number, if it has one, and its JSON text.
fn read_number(text: &str) -> Option<(Option<char>, String)> {
    const MARKS: [char; 5] = ['¥', '$', '€', '£', '円'];
    // Longer than any number that can be stored, with separators and in full width.
    const LONGEST: usize = 1 << 20;
    if text.len() > LONGEST {
        return None;
    }
    let text = half_width(text);
    let (mut rest, mut sign, mut mark) = (text.trim(), None, None);
    while let Some(first) = rest.chars().next() {
        let seen = match first {
            '+' | '-' | '−' | '△' | '▲' => &mut sign,
            '¥' | '$' | '€' | '£' => &mut mark,
            _ => break,
        };
        if seen.replace(first).is_some() {
            return None;
        }
        rest = rest[first.len_utf8()..].trim_start();
    }
    if let Some(last) = rest.chars().next_back().filter(|last| MARKS.contains(last)) {
        // Yen are often marked twice, before and behind.
        if mark.is_some_and(|mark| (mark, last) != ('¥', '円')) {
            return None;
        }
        mark = Some(last);
        rest = rest.strip_suffix(last)?.trim_end();
    }
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(read_exponent(exponent)?)),
        None => (rest, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((_, "")) => return None,
        Some((whole, fraction)) => (if whole.is_empty() { "0" } else { whole }, fraction),
        None => (mantissa, ""),
    };
    let whole = ungrouped(whole)?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    if !is_storable(whole.len(), fraction.len(), exponent.unwrap_or(0)) {
        return None;
    }
    let is_zero = whole.is_empty() && fraction.bytes().all(|digit| digit == b'0');
    let mut number = String::from(if sign.is_some_and(|sign| sign != '+') && !is_zero { "-" } else { "" });
    number.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        number.push('.');
        number.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        number.push_str(&format!("e{exponent}"));
    }
    Some((mark, number))
}

fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// PostgreSQL's numeric, and so its jsonb, has 131072 digits before the point and 16383 behind it; more is an error there.
fn is_storable(whole: usize, fraction: usize, exponent: i64) -> bool {
    whole as i64 + exponent <= 131_072 && whole <= 131_072 && fraction as i64 - exponent <= 16_383 && fraction <= 16_383
}

/// Digits without their thousands separators, which must stand every three digits or nowhere. "0,123" is no such group:
/// it may be a decimal comma.
fn ungrouped(whole: &str) -> Option<String> {
    let groups: Vec<&str> = whole.split(',').collect();
    let well_placed = groups.len() == 1
        || ((1..=3).contains(&groups[0].len())
            && !groups[0].starts_with('0')
            && groups[1..].iter().all(|group| group.len() == 3));
    let digits = groups.concat();
    (well_placed && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// Moves the decimal point of a number of [`cast_number`]'s form by `places` to the left, and writes the exponent out.
pub fn shift_point(number: &str, places: i64) -> Option<String> {
    let (number, places) = match number.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, places - exponent.parse::<i64>().ok()?),
        None => (number, places),
    };
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let point = whole.len() as i64 - places;
    let before = usize::try_from(1 - point).unwrap_or(0);
    let digits = format!("{}{whole}{fraction}", "0".repeat(before));
    let point = usize::try_from(point).unwrap_or(0).max(1);
    // Not a width of format!, which ends at 65535.
    let digits = digits.clone() + &"0".repeat(point.saturating_sub(digits.len()));
    let (whole, fraction) = digits.split_at(point);
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    if !is_storable(whole.len(), fraction.len(), 0) {
        return None;
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// "50%" is 0.5, exactly.
pub fn cast_percent(text: &str) -> Option<String> {
    let text = half_width(text);
    let (mark, number) = read_number(text.trim().strip_suffix('%')?)?;
    if mark.is_some() { None } else { shift_point(&number, 2) }
}

/// An amount in a currency's minor units (ISO 4217). One with more digits than the currency has, or with the sign, code or
/// word of another currency, is no amount.
pub fn cast_currency(text: &str, currency: &str) -> Option<String> {
    let money = Money::read(text)?;
    if money.other_than(currency).is_some() {
        return None;
    }
    minor_units(&cast_number(&money.number)?, currency)
}

/// An amount of [`cast_number`]'s form in the minor units of its currency; none for one with more digits than the currency has.
pub fn minor_units(number: &str, currency: &str) -> Option<String> {
    let units = shift_point(number, -i64::from(currency_exponent(currency)?))?;
    (!units.contains('.')).then_some(units)
}

#[cfg(test)]
mod tests {
    use super::{cast_currency, cast_number, cast_percent, currency_exponent, shift_point};
    use crate::core::random::Random;
    use num_bigint::BigInt;

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("1,234,567.89", Some("1234567.89")),
            ("１，２３４", Some("1234")),
            ("－１２．５０", Some("-12.50")),
            ("△1,000", Some("-1000")),
            ("▲ 5", Some("-5")),
            ("−5", Some("-5")),
            ("¥1,000", Some("1000")),
            ("￥-1,000", Some("-1000")),
            ("-$5", Some("-5")),
            ("¥1,000円", Some("1000")),
            ("1000円", Some("1000")),
            ("12.50 €", Some("12.50")),
            ("\u{A0}\u{200B}+5\u{3000}", Some("5")),
            ("007", Some("7")),
            (".5", Some("0.5")),
            ("-0", Some("0")),
            ("-0.00", Some("0.00")),
            ("12345678901234567890123456789012345678", Some("12345678901234567890123456789012345678")),
            ("1.5e3", Some("1.5e3")),
            ("1.50E+03", Some("1.50e3")),
            ("1e-400", Some("1e-400")),
            ("1e131071", Some("1e131071")),
            ("1e131072", None),
            ("1e-16383", Some("1e-16383")),
            ("1e-16384", None),
            ("1e9999999999", None),
            ("1e", None),
            ("1e+-5", None),
            ("12,34", None),
            ("1,2345", None),
            ("1,234,", None),
            (",123", None),
            ("0,123", None),
            ("1.234,5", None),
            ("1.2.3", None),
            ("1.", None),
            (".", None),
            ("-", None),
            ("¥", None),
            ("--5", None),
            ("+-5", None),
            ("¥$5", None),
            ("$5€", None),
            ("", None),
            ("about 5", None),
            ("5 6", None),
            ("0x10", None),
            ("NaN", None),
            ("Infinity", None),
            ("٣", None),
        ] {
            assert_eq!(cast_number(text).as_deref(), expected, "{text}");
        }
        assert!(cast_number(&"9".repeat(131_072)).is_some());
        assert!(cast_number(&"9".repeat(131_073)).is_none());
    }

    #[test]
    fn numbers_are_json_and_casting_twice_changes_nothing() {
        let mut random = Random(1);
        for _ in 0..100_000 {
            let mut text = String::new();
            for _ in 0..random.next() % 9 {
                text.push(['0', '1', '9', ',', '.', '-', '+', 'e', ' ', '¥', '５', '円'][random.next() % 12]);
            }
            if let Some(number) = cast_number(&text) {
                assert!(
                    serde_json::from_str::<serde_json::Value>(&number).is_ok_and(|value| value.is_number()),
                    "{text}"
                );
                assert_eq!(cast_number(&number), Some(number), "{text}");
            }
        }
    }

    #[test]
    fn the_point_moves_exactly() {
        let mut random = Random(2);
        for _ in 0..20_000 {
            let units = BigInt::from(random.next() as i64 - (1 << 30)) * BigInt::from(random.next());
            let places = (random.next() % 30) as i64;
            let shifted = shift_point(&units.to_string(), places).unwrap();
            assert_eq!(shift_point(&shifted, -places), Some(units.to_string()));
            assert_eq!(shift_point(&format!("{units}e-{places}"), 0), Some(shifted));
        }
    }

    #[test]
    fn percent() {
        for (text, expected) in [
            ("50%", Some("0.5")),
            ("12.345％", Some("0.12345")),
            ("-100 %", Some("-1")),
            ("0.00%", Some("0")),
            ("-0%", Some("0")),
            ("1,250%", Some("12.5")),
            ("1e2%", Some("1")),
            ("50", None),
            ("$50%", None),
            ("1e-16383%", None),
            ("50%%", None),
            ("%", None),
        ] {
            assert_eq!(cast_percent(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn money() {
        for (text, currency, expected) in [
            ("$12.34", "USD", Some("1234")),
            ("12.3", "USD", Some("1230")),
            ("12.340", "USD", Some("1234")),
            ("12.345", "USD", None),
            ("1.5E+6", "USD", Some("150000000")),
            ("¥1,000", "JPY", Some("1000")),
            ("1,000円", "JPY", Some("1000")),
            ("1000.5", "JPY", None),
            ("1000.0", "JPY", Some("1000")),
            ("1.234", "KWD", Some("1234")),
            ("1.2345", "CLF", Some("12345")),
            ("△0.01", "EUR", Some("-1")),
            ("€5", "EUR", Some("500")),
            ("€5", "USD", None),
            ("$5", "JPY", None),
            ("¥5", "CNY", Some("500")),
            ("円5", "JPY", Some("5")),
            ("12.50 EUR", "EUR", Some("1250")),
            ("US$12.50", "USD", Some("1250")),
            ("12.50 USD", "EUR", None),
            ("5", "XXX", None),
            ("1e131071", "USD", None),
            ("10000000000000000.01", "USD", Some("1000000000000000001")),
        ] {
            assert_eq!(cast_currency(text, currency).as_deref(), expected, "{text} {currency}");
        }
        for (code, exponent) in [("KWD", Some(3)), ("JPY", Some(0)), ("XCG", Some(2)), ("UYW", Some(4)), ("usd", None)]
        {
            assert_eq!(currency_exponent(code), exponent, "{code}");
        }
        for code in ["", "XXY", "XAU", "XTS", "DEM", "US", "USD EUR"] {
            assert_eq!(currency_exponent(code), None, "{code}");
        }
    }
}
