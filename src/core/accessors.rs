//! A field of a JSON document as a typed value, NULL where it has none. Nothing here raises, so that row security lets an index on it be
//! used: a function that could would tell of rows that its caller must not see.
use crate::core::fields::time::{Instant, parse_date, parse_datetime};
use crate::core::jsonb::{Digits, Number, Value};

fn field<'a>(document: Value<'a>, key: &str) -> Option<Value<'a>> {
    document.as_object()?.get(key)
}

/// The text of a string, a number or a boolean.
pub fn field_text(document: Value<'_>, key: &str) -> Option<String> {
    let value = field(document, key)?;
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        // Not by `write`, which may raise where the stack or the memory ends: this must not, whatever the row holds.
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(number.to_string()),
    }
}

/// A number without a fraction that fits 64 bits.
pub fn field_int8(document: Value<'_>, key: &str) -> Option<i64> {
    whole(field(document, key)?.as_number()?)
}

fn whole(number: Number<'_>) -> Option<i64> {
    let digits = number.read();
    if !digits.is_integer() || digits.integer_digits() > 19 {
        return None;
    }
    let groups = if digits.is_zero() { 0 } else { digits.weight() as usize + 1 };
    let group = |index| if index < digits.count() { i128::from(digits.digit(index)) } else { 0 };
    let magnitude = (0..groups).fold(0, |sum: i128, index| sum * 10_000 + group(index));
    i64::try_from(if digits.is_negative() { -magnitude } else { magnitude }).ok()
}

/// The nearest double to a number; none past the largest.
pub fn field_float8(document: Value<'_>, key: &str) -> Option<f64> {
    let number = field(document, key)?.as_number()?;
    number.to_string().parse().ok().filter(|double: &f64| double.is_finite())
}

pub fn field_bool(document: Value<'_>, key: &str) -> Option<bool> {
    field(document, key)?.as_bool()
}

/// Days since 1970-01-01 of an RFC 3339 full-date.
pub fn field_date(document: Value<'_>, key: &str) -> Option<i64> {
    parse_date(field(document, key)?.as_str()?).map(|date| date.days())
}

/// Microseconds since 1970-01-01T00:00:00Z of an RFC 3339 date-time; further digits are cut.
pub fn field_timestamptz(document: Value<'_>, key: &str) -> Option<i64> {
    parse_datetime(field(document, key)?.as_str()?).map(Instant::microseconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::jsonb::fixture::document;

    #[test]
    fn values_of_their_type_and_nothing_else() {
        let bytes = document(
            r#"{"s": "a", "n": 12, "big": 9223372036854775807, "past": 9223372036854775808, "low": -9223372036854775808, "half": 0.5,
                "round": 12.00, "huge": 1e400, "zero": 0, "wide": 120000, "t": true, "none": null, "list": [], "map": {},
                "day": "2024-02-29", "no_day": "2023-02-29", "at": "1999-12-31T23:59:59.123456789+01:00"}"#,
        );
        let value = Value::root(&bytes);
        let texts = [
            ("s", Some("a")),
            ("n", Some("12")),
            ("t", Some("true")),
            ("none", None),
            ("list", None),
            ("map", None),
            ("x", None),
        ];
        for (key, expected) in texts {
            assert_eq!(field_text(value, key).as_deref(), expected, "{key}");
        }
        let integers = [
            ("n", Some(12)),
            ("big", Some(i64::MAX)),
            ("past", None),
            ("low", Some(i64::MIN)),
            ("half", None),
            ("round", Some(12)),
            ("huge", None),
            ("zero", Some(0)),
            ("wide", Some(120_000)),
            ("s", None),
        ];
        for (key, expected) in integers {
            assert_eq!(field_int8(value, key), expected, "{key}");
        }
        assert_eq!(
            [field_float8(value, "half"), field_float8(value, "huge"), field_float8(value, "s")],
            [Some(0.5), None, None]
        );
        assert_eq!([field_bool(value, "t"), field_bool(value, "n")], [Some(true), None]);
        assert_eq!([field_date(value, "day"), field_date(value, "no_day")], [Some(19_782), None]);
        assert_eq!(
            [field_timestamptz(value, "at"), field_timestamptz(value, "day")],
            [Some(946_681_199_123_456), None]
        );
        let list = document("[1]");
        assert_eq!(field_text(Value::root(&list), "0"), None);
    }
}
