//! Numbers as files write them, read with a decimal point and with a decimal comma.
use super::super::cell::is_padded;
use super::DecimalMark;
use crate::core::fields::amount::{cast_number, cast_percent};
use crate::core::fields::fold::half_width;
use crate::core::fields::money::Money;
use crate::core::work;

/// Longer than any number in a file that is meant as one.
const LONGEST: usize = 4 * 1024;

/// The readings of a number, as JSON texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberReadings {
    point: Option<String>,
    comma: Option<String>,
}

impl NumberReadings {
    pub fn of(text: &str) -> NumberReadings {
        if !may_be_number(text) {
            return NumberReadings::default();
        }
        let read = |mark| in_point_form(text, mark).and_then(|text| cast_number(&text));
        NumberReadings { point: read(DecimalMark::Point), comma: read(DecimalMark::Comma) }
    }

    /// The readings of a percentage such as "12.5 %".
    pub fn of_percent(text: &str) -> NumberReadings {
        if !may_be_number(text) {
            return NumberReadings::default();
        }
        let read = |mark| percent_in_point_form(text, mark).and_then(|text| cast_percent(&text));
        NumberReadings { point: read(DecimalMark::Point), comma: read(DecimalMark::Comma) }
    }

    /// The readings of an amount that names its currency, such as "12,50 EUR".
    pub fn of_amount(text: &str) -> NumberReadings {
        if !may_be_number(text) {
            return NumberReadings::default();
        }
        Money::read(text)
            .filter(Money::is_marked)
            .map_or_else(NumberReadings::default, |money| NumberReadings::of(&money.number))
    }

    /// Without the reading by a comma, where values have at most so many decimals: "1,000" is no amount of cents. A point may stand before too many
    /// decimals, as in 12.505, and nobody says that 12,505 is meant.
    pub fn within(mut self, places: Option<u32>) -> NumberReadings {
        let fraction =
            self.comma.as_deref().and_then(|number| number.split_once('.')).map_or(0, |(_, digits)| digits.len());
        if self.differs() && places.is_some_and(|places| fraction > places as usize) {
            self.comma = None;
        }
        self
    }

    pub fn is_number(&self) -> bool {
        self.point.is_some() || self.comma.is_some()
    }

    pub fn number(&self, mark: DecimalMark) -> Option<&str> {
        match mark {
            DecimalMark::Point => self.point.as_deref(),
            DecimalMark::Comma => self.comma.as_deref(),
            DecimalMark::Ambiguous => None,
        }
    }

    /// Whether both marks read it, as different numbers.
    pub fn differs(&self) -> bool {
        self.point.is_some() && self.comma.is_some() && self.point != self.comma
    }

    /// Whether it is a whole number by each mark that reads it.
    pub fn is_integer(&self) -> bool {
        let is_whole = |number: &String| !number.contains(['.', 'e']);
        self.is_number() && self.point.iter().chain(&self.comma).all(is_whole)
    }

    /// The number where the mark does not matter.
    pub fn certain(&self) -> Option<&str> {
        self.point.as_deref().filter(|point| self.comma.as_deref() == Some(*point))
    }

    /// The number where only one mark reads it.
    pub fn only(&self) -> Option<&str> {
        match (&self.point, &self.comma) {
            (Some(number), None) | (None, Some(number)) => Some(number),
            _ => None,
        }
    }
}

fn may_be_number(text: &str) -> bool {
    text.len() <= LONGEST && text.chars().any(|c| c.is_ascii_digit() || ('０'..='９').contains(&c))
}

/// The same amount with a decimal point and commas between thousands, its currency mark kept; none where the mark cannot be this one.
pub fn in_point_form(text: &str, mark: DecimalMark) -> Option<String> {
    // A yen sign in Shift_JIS is the byte of the backslash.
    let text = half_width(text).replace('\\', "¥");
    let (text, is_negative) = without_minus_around(text.trim());
    // There is no fraction of a yen.
    if mark == DecimalMark::Comma && text.contains(['¥', '円']) {
        return None;
    }
    let (group, decimal) = match mark {
        DecimalMark::Point => (',', '.'),
        DecimalMark::Comma => ('.', ','),
        DecimalMark::Ambiguous => return None,
    };
    let mut chars: Vec<char> = text.chars().collect();
    let mut has_other_groups = false;
    for at in 1..chars.len().saturating_sub(1) {
        work::step();
        let is_between = chars[at - 1].is_ascii_digit() && chars[at + 1].is_ascii_digit();
        if is_between && matches!(chars[at], ' ' | '\'' | '’') {
            chars[at] = '_';
            has_other_groups = true;
        }
    }
    if has_other_groups && chars.contains(&group) {
        return None;
    }
    let out: String = chars
        .into_iter()
        .map(|c| match c {
            '_' => ',',
            c if c == group => ',',
            c if c == decimal => '.',
            c => c,
        })
        .collect();
    Some(if is_negative { format!("-{out}") } else { out })
}

/// The same for a percentage, with its mark.
fn percent_in_point_form(text: &str, mark: DecimalMark) -> Option<String> {
    let text = half_width(text);
    let number = text.trim().strip_suffix('%')?;
    Some(in_point_form(number, mark)? + "%")
}

/// Accountants write a negative amount in parentheses, some programs with the minus behind it.
fn without_minus_around(text: &str) -> (&str, bool) {
    let is_plain = |inner: &str| !inner.contains(['-', '+', '−', '△', '▲', '(', ')']);
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).or_else(|| text.strip_suffix('-'));
    inner.map(str::trim).filter(|inner| is_plain(inner)).map_or((text, false), |inner| (inner, true))
}

/// Digits only, with a zero in front: a code such as a postcode, whose zeros a number would lose.
pub fn has_leading_zero(text: &str) -> bool {
    is_padded(text.trim())
}

/// More digits than a spreadsheet keeps.
pub fn has_many_digits(text: &str) -> bool {
    const KEPT: usize = 15;
    let text = text.trim();
    let is_integer = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_integer && text.trim_start_matches('0').len() > KEPT
}

/// 1.23E+15, as a spreadsheet shows a number of many digits.
pub fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.trim().split_once("E+") else {
        return false;
    };
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    whole.len() == 1 && are_digits(whole) && are_digits(fraction) && are_digits(exponent) && exponent.len() >= 2
}
