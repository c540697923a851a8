//! Telephone numbers as digits, in the forms in which one number is told, typed and looked for.
use crate::core::fields::{digit_separator, label_length, national_part};

/// Fewer digits than this are no part of a number that anyone looks for.
pub const SHORTEST: usize = 4;

/// More digits than this are no telephone number (ITU-T E.164 has 15, and some countries have prefixes before it).
pub const LONGEST: usize = 20;

/// Fewer digits than this are no number of their own within a text.
pub const FEWEST: usize = 8;

/// Whether a character may stand in a telephone number: digits, and what separates them.
pub fn is_part(c: char) -> bool {
    c.is_ascii_digit() || c == '+' || digit_separator(c).is_some()
}

/// How many characters before a number are its label ("tel:"); 0 where none stands there, or no number follows.
pub fn label_before(chars: impl Iterator<Item = char> + Clone) -> usize {
    match label_length(chars.clone()) {
        0 => 0,
        length if chars.clone().nth(length).is_some_and(|c| c.is_ascii_digit() || matches!(c, '+' | '(')) => length,
        _ => 0,
    }
}

/// Calling codes of one and two digits (ITU-T E.164, list of 2024); every other code has three.
const SHORT_CODES: [&str; 47] = [
    "1", "7", "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
    "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
    "86", "90", "91", "92", "93", "94", "95", "98", "28",
];

/// What is dialled before a number within some country and left out from abroad, beside the usual 0.
const TRUNKS: [&str; 12] = ["1", "7", "8", "00", "01", "02", "03", "06", "09", "80", "044", "045"];

/// The number's digits without its calling code.
fn without_code(digits: &str) -> &str {
    let code = SHORT_CODES.iter().find(|code| digits.starts_with(**code)).map_or(3, |code| code.len());
    digits.get(code..).unwrap_or(digits)
}

/// The tokens of a number: its digits and every ending of them, so that a search for any part is a search for a beginning.
pub fn endings(digits: &str) -> impl Iterator<Item = &str> {
    (0..=digits.len().saturating_sub(SHORTEST)).map(|start| &digits[start..])
}

/// The beginnings under which a number that was typed may be stored; `international` is one that began with a plus.
pub fn beginnings(digits: &str, international: bool) -> Vec<String> {
    let mut found = vec![digits.to_owned()];
    let mut add = |text: &str| {
        if text.len() >= SHORTEST && !found.iter().any(|known| known == text) {
            found.push(text.to_owned());
        }
    };
    let abroad = if international { Some(digits) } else { digits.strip_prefix("00") };
    let national = abroad.map(without_code);
    // The plus is often left out.
    if digits.len() >= 10
        && let Some(bare) = national_part(abroad.unwrap_or(digits))
    {
        add(&bare);
    }
    for number in [Some(digits).filter(|_| abroad.is_none()), national].into_iter().flatten() {
        add(number);
        if let Some(rest) = number.strip_prefix('0') {
            add(rest);
        }
        // Of a shorter number too little would remain, and be found everywhere.
        if number.len() >= 9 {
            for trunk in TRUNKS {
                let enough = if trunk == "8" { 8 } else { 9 };
                if let Some(rest) = number.strip_prefix(trunk).filter(|rest| rest.len() >= enough) {
                    add(rest);
                }
            }
            // Argentina: 9 stands before a mobile number from abroad, 15 behind its area code at home.
            if let Some(rest) = number.strip_prefix('9').filter(|rest| rest.len() == 10) {
                add(rest);
                for area in 2..=4 {
                    add(&format!("{}15{}", &rest[..area], &rest[area..]));
                }
            }
            for area in 2..=4 {
                let home = number.strip_prefix('0').unwrap_or(number);
                if home.len() == 12 && home.get(area..area + 2) == Some("15") {
                    add(&format!("{}{}", &home[..area], &home[area + 2..]));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{beginnings, endings};

    /// Whether a stored number is found by one that is typed.
    fn finds(stored: &str, typed: &str) -> bool {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let stored = digits(stored);
        let wanted = beginnings(&digits(typed), typed.starts_with('+'));
        endings(&stored).any(|ending| wanted.iter().any(|wanted| ending.starts_with(wanted)))
    }

    #[test]
    fn one_number_in_many_forms() {
        for (stored, typed) in [
            ("03-1234-5678", "+81 3-1234-5678"),
            ("+81 3-1234-5678", "03-1234-5678"),
            ("+81 3-1234-5678", "0081312345678"),
            ("03-1234-5678", "5678"),
            ("03-1234-5678", "1234"),
            ("+39 06 1234 5678", "06 1234 5678"),
            ("+7 912 345-67-89", "8 (912) 345-67-89"),
            ("+1 201-555-0123", "(201) 555-0123"),
            ("(201) 555-0123", "+1 201-555-0123"),
            ("+54 9 11 2345-6789", "011 15-2345-6789"),
            ("011 15-2345-6789", "+54 9 11 2345-6789"),
            ("+36 20 123 4567", "06 20 123 4567"),
            ("020 7946 0123", "44 20 7946 0123"),
            ("020 7946 0123", "+44 (0)20 7946 0123"),
            ("+44 (0)20 7946 0123", "020 7946 0123"),
            ("2079460123", "+44 (0)20 7946 0123"),
        ] {
            assert!(finds(stored, typed), "{stored} by {typed}");
        }
        for (stored, typed) in
            [("03-1234-5678", "5679"), ("03-1234-5678", "+81 3-1234-5679"), ("03-1234-5678", "06-1234-5678")]
        {
            assert!(!finds(stored, typed), "{stored} by {typed}");
        }
    }
}
