//! Text as people type it, read as values. Every function answers nothing where the meaning is in doubt.

/// Full-width ASCII and the ideographic blank as their half-width twins.
pub fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{3000}' | '\u{A0}' => ' ',
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            other => other,
        })
        .collect()
}

/// The form under which two texts count as the same: width, case and runs of blanks do not matter.
pub fn fold_text(text: &str) -> String {
    half_width(text).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The items of a list written in one line.
pub fn split_list(text: &str) -> Vec<&str> {
    text.split([',', '、', '，', ';', '；', '\n']).map(str::trim).filter(|item| !item.is_empty()).collect()
}

/// A plain decimal number as JSON text, digit for digit: signs, currency marks and well-placed thousands separators fall.
pub fn cast_number(text: &str) -> Option<String> {
    let text = half_width(text);
    let mut rest = text.trim();
    let mut negative = false;
    for mark in ["△", "▲", "-", "−", "+"] {
        if let Some(stripped) = rest.strip_prefix(mark) {
            negative = mark != "+";
            rest = stripped.trim_start();
            break;
        }
    }
    rest = rest.trim_start_matches(['¥', '￥', '$', '€', '£']).trim();
    rest = rest.strip_suffix("円").unwrap_or(rest).trim_end();
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(rest[at + 1..].parse::<i16>().ok()?)),
        None => (rest, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let whole = ungrouped(whole)?;
    let plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(fraction) || (mantissa.ends_with('.')) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let mut number = String::from(if negative { "-" } else { "" });
    number.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        number.push('.');
        number.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        number.push_str(&format!("e{exponent}"));
    }
    Some(number)
}

/// Digits without their thousands separators, which must stand every three digits or nowhere.
fn ungrouped(whole: &str) -> Option<String> {
    let groups: Vec<&str> = whole.split(',').collect();
    let well_placed =
        groups.len() == 1 || ((1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|group| group.len() == 3));
    let digits = groups.concat();
    (well_placed && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// Moves the decimal point of a plain number by `places` to the left.
fn shift_point(number: &str, places: i32) -> Option<String> {
    if number.contains('e') {
        return None;
    }
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    let point = whole.len() as i32 - places;
    let padded = if point <= 0 { format!("{}{digits}", "0".repeat((1 - point) as usize)) } else { digits };
    let point = point.max(1) as usize;
    let padded = format!("{padded}{}", "0".repeat(point.saturating_sub(padded.len())));
    let (whole, fraction) = padded.split_at(point);
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = fraction.trim_end_matches('0');
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// "50%" is 0.5.
pub fn cast_percent(text: &str) -> Option<String> {
    let text = half_width(text);
    shift_point(&cast_number(text.trim().strip_suffix('%')?)?, 2)
}

/// Digits after the decimal point of a currency's amounts (ISO 4217); `None` for a code that is not in use.
pub fn currency_exponent(code: &str) -> Option<u8> {
    const NONE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
    const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";
    const FOUR: &str = "CLF UYW";
    const TWO: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE \
        CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR \
        ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN \
        NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP \
        SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";
    let listed = |list: &str| code.len() == 3 && list.split_whitespace().any(|other| other == code);
    [(NONE, 0), (TWO, 2), (THREE, 3), (FOUR, 4)]
        .into_iter()
        .find(|(list, _)| listed(list))
        .map(|(_, exponent)| exponent)
}

/// An amount in a currency's minor units; one with more digits than the currency has is no amount.
pub fn cast_currency(text: &str, currency: &str) -> Option<String> {
    let units = shift_point(&cast_number(text)?, -i32::from(currency_exponent(currency)?))?;
    (!units.contains('.')).then_some(units)
}

pub fn cast_boolean(text: &str) -> Option<bool> {
    match fold_text(text).as_str() {
        "true" | "t" | "yes" | "y" | "on" | "1" | "はい" | "有" | "あり" | "○" | "〇" | "✓" | "✔" => {
            Some(true)
        }
        "false" | "f" | "no" | "n" | "off" | "0" | "いいえ" | "無" | "なし" | "×" | "✗" => Some(false),
        _ => None,
    }
}

/// Seconds in "1:30:00", "1:30" (hours and minutes), "1h30m", "90s" or ISO 8601's "PT1H30M".
pub fn cast_duration(text: &str) -> Option<i64> {
    let text = fold_text(text);
    if text.contains(':') {
        let parts: Vec<i64> =
            text.split(':').map(|part| part.parse().ok().filter(|number| *number >= 0)).collect::<Option<_>>()?;
        return match parts[..] {
            [hours, minutes] if minutes < 60 => Some(hours.checked_mul(3600)? + minutes * 60),
            [hours, minutes, seconds] if minutes < 60 && seconds < 60 => {
                Some(hours.checked_mul(3600)? + minutes * 60 + seconds)
            }
            _ => None,
        };
    }
    let mut rest = text.strip_prefix("pt").unwrap_or(&text);
    let (mut total, mut last) = (0_i64, i64::MAX);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest[..end].parse().ok()?;
        let unit = match rest[end..].chars().next()? {
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        if unit >= last {
            return None;
        }
        last = unit;
        total = total.checked_add(count.checked_mul(unit)?)?;
        rest = rest[end + 1..].trim_start();
    }
    (last != i64::MAX).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::{
        cast_boolean, cast_currency, cast_duration, cast_number, cast_percent, currency_exponent, fold_text, split_list,
    };

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("1,234,567.89", Some("1234567.89")),
            ("１，２３４", Some("1234")),
            ("△1,000", Some("-1000")),
            ("¥1,000", Some("1000")),
            ("1000円", Some("1000")),
            ("+5", Some("5")),
            ("007", Some("7")),
            ("12345678901234567890123456789012345678", Some("12345678901234567890123456789012345678")),
            ("1.5e3", Some("1.5e3")),
            ("12,34", None),
            ("1.234,5", None),
            ("1.", None),
            ("", None),
            ("about 5", None),
            ("5 6", None),
        ] {
            assert_eq!(cast_number(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn money_and_percent() {
        assert_eq!(cast_percent("50%").as_deref(), Some("0.5"));
        assert_eq!(cast_percent("12.345％").as_deref(), Some("0.12345"));
        assert_eq!(cast_percent("-100 %").as_deref(), Some("-1"));
        assert_eq!(cast_currency("$12.34", "USD").as_deref(), Some("1234"));
        assert_eq!(cast_currency("12.3", "USD").as_deref(), Some("1230"));
        assert_eq!(cast_currency("12.345", "USD"), None);
        assert_eq!(cast_currency("¥1,000", "JPY").as_deref(), Some("1000"));
        assert_eq!(cast_currency("10000000000000000.01", "USD").as_deref(), Some("1000000000000000001"));
        assert_eq!(
            (currency_exponent("KWD"), currency_exponent("usd"), currency_exponent("XXY")),
            (Some(3), None, None)
        );
    }

    #[test]
    fn others() {
        assert_eq!(cast_boolean(" はい "), Some(true));
        assert_eq!(cast_boolean("FALSE"), Some(false));
        assert_eq!(cast_boolean("maybe"), None);
        for (text, expected) in [
            ("1:30", Some(5400)),
            ("01:30:05", Some(5405)),
            ("PT1H30M", Some(5400)),
            ("90s", Some(90)),
            ("1h 30m", Some(5400)),
            ("30m1h", None),
            ("90", None),
            ("", None),
        ] {
            assert_eq!(cast_duration(text), expected, "{text}");
        }
        assert_eq!(split_list("a, b、c;;d"), ["a", "b", "c", "d"]);
        assert_eq!(fold_text("  ＡＢＣ　株式会社 "), "abc 株式会社");
    }
}
