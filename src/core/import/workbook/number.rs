//! The digits of numbers as workbooks store them: plain decimal notation, without a float between where the file has digits.

/// Exponents past those of a double are no number's.
const MOST_EXPONENT: i32 = 400;
const MOST_LENGTH: usize = 400;
/// The digits that a spreadsheet program shows and keeps.
const SHOWN: usize = 15;

/// Returns a number in plain notation, such as `100` for `1E+2`. None where the text is no number.
pub fn plain(text: &str) -> Option<String> {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    if text.len() > MOST_LENGTH {
        return None;
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = whole.len() + fraction.len() > 0
        && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit())
        && exponent.abs() <= MOST_EXPONENT;
    if !is_number {
        return None;
    }
    let (whole, fraction) = shifted(whole, fraction, exponent);
    let whole = whole.trim_start_matches('0');
    let mut digits = String::with_capacity(whole.len() + fraction.len() + 3);
    digits.push_str(sign);
    digits.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        digits.push('.');
        digits.push_str(&fraction);
    }
    if digits.bytes().all(|byte| matches!(byte, b'-' | b'0')) {
        return Some("0".to_owned());
    }
    Some(as_entered(&digits).unwrap_or(digits))
}

/// Moves the decimal point.
fn shifted(whole: &str, fraction: &str, exponent: i32) -> (String, String) {
    let distance = exponent.unsigned_abs() as usize;
    if exponent >= 0 {
        let moved = distance.min(fraction.len());
        let zeros = "0".repeat(distance - moved);
        (format!("{whole}{}{zeros}", &fraction[..moved]), fraction[moved..].to_owned())
    } else {
        let moved = distance.min(whole.len());
        let zeros = "0".repeat(distance - moved);
        let (left, right) = whole.split_at(whole.len() - moved);
        (left.to_owned(), format!("{zeros}{right}{fraction}"))
    }
}

/// The significant digits of a number in plain notation.
pub fn significant(digits: &str) -> usize {
    let coefficient = digits.bytes().filter(u8::is_ascii_digit);
    let (count, last, _) = coefficient.fold((0, 0, false), |(count, last, begun), digit| match digit {
        b'0' if !begun => (0, 0, false),
        b'0' => (count + 1, last, true),
        _ => (count + 1, count + 1, true),
    });
    debug_assert!(last <= count);
    last
}

/// Excel writes the double of 4.35 with 17 digits, `4.3499999999999996`, and shows 4.35. Where a fraction has 16 or 17 digits
/// and the shortest decimal of the same double has at most 15, that decimal is what was entered. Whole numbers, such as
/// identifiers of 17 digits, stay as they are.
fn as_entered(digits: &str) -> Option<String> {
    if !digits.contains('.') || !matches!(significant(digits), 16 | 17) {
        return None;
    }
    let shortest = from_double(digits.parse().ok()?)?;
    (significant(&shortest) <= SHOWN).then_some(shortest)
}

/// The shortest decimal that reads back as the same double. None for what is no finite number.
pub fn from_double(value: f64) -> Option<String> {
    if value == 0.0 {
        return Some("0".to_owned());
    }
    value.is_finite().then(|| value.to_string())
}

/// The number that BIFF packs into 30 bits: a whole number or the upper part of a double, in hundredths or not.
pub fn from_rk(packed: u32) -> String {
    let in_hundredths = packed & 1 == 1;
    if packed & 2 == 2 {
        let whole = packed.cast_signed() >> 2;
        return if in_hundredths { plain(&format!("{whole}E-2")) } else { None }.map_or_else(
            || whole.to_string(),
            |digits| {
                if digits.contains('.') {
                    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
                } else {
                    digits
                }
            },
        );
    }
    let value = f64::from_bits(u64::from(packed & !3) << 32);
    from_double(if in_hundredths { value / 100.0 } else { value }).unwrap_or_default()
}
