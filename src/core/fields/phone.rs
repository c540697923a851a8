//! Telephone numbers: one key for every spelling of a number, the digits of its international form (ITU-T E.164).
//!
//! A number is read under the numbering plans of phone_regions.tsv: exit codes (what is dialled before a foreign number), trunk prefixes (what is dialled
//! before a national one) and which numbers a region has. Of the readings of a text the first that gives a valid number counts.
use super::fold::half_width;
use crate::core::work;
use regex::{Captures, Regex, RegexBuilder};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

/// What [`is_phone`] takes at level `any`: 6 to 20 digits with separators between them, a plus before them.
pub const PHONE_PATTERN: &str = "^\\+?[ ().\\-/]*([0-9][ ().\\-/]*){6,20}$";

/// How sure a telephone number must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Digits and separators.
    Any,
    /// As long as E.164 allows: 15 digits with the country code.
    Possible,
}

/// What is dialled before foreign numbers in most countries; people also write one that is not their own country's.
const EXIT_CODES: [&str; 4] = ["0011", "011", "010", "00"];

/// A plan of the table, as its line says.
struct Line {
    region: &'static str,
    code: &'static str,
    exit: &'static str,
    trunk: &'static str,
    transform: &'static str,
    has_trunk: bool,
    lengths: Vec<usize>,
    possible: &'static str,
    valid: &'static str,
}

/// Regions that share a calling code stand together, the main one first.
static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| {
    let read = |line: &'static str| {
        let mut parts = line.split('\t');
        let mut next = || parts.next();
        Some(Line {
            region: next()?,
            code: next()?,
            exit: next()?,
            trunk: next()?,
            transform: next()?,
            has_trunk: next()? == "trunk",
            lengths: next()?.split(',').filter_map(|length| length.parse().ok()).collect(),
            possible: next()?,
            valid: next()?,
        })
    };
    include_str!("phone_regions.tsv").lines().filter(|line| !line.starts_with('#')).filter_map(read).collect()
});

/// A numbering plan with its patterns compiled.
struct Plan {
    line: &'static Line,
    exit: Option<Regex>,
    trunk: Option<Regex>,
    possible: Option<Regex>,
    valid: Option<Regex>,
}

thread_local! {
    /// The plans that were asked for, by their place in the table.
    static PLANS: RefCell<HashMap<usize, Rc<Plan>>> = RefCell::default();
}

impl Plan {
    fn at(place: usize) -> Rc<Plan> {
        PLANS.with_borrow_mut(|plans| Rc::clone(plans.entry(place).or_insert_with(|| Rc::new(Plan::of(&LINES[place])))))
    }

    fn of(line: &'static Line) -> Plan {
        const STATES: usize = 1 << 16;
        let compiled = |pattern: &str, end: &str| {
            let anchored = format!("^(?:{pattern}){end}");
            #[expect(clippy::disallowed_methods, reason = "the numbering plans' own patterns")]
            let built = RegexBuilder::new(&anchored).unicode(false).dfa_size_limit(STATES).build();
            built.ok().filter(|_| !pattern.is_empty())
        };
        Plan {
            line,
            exit: compiled(line.exit, ""),
            trunk: compiled(line.trunk, ""),
            possible: compiled(line.possible, "$"),
            valid: compiled(line.valid, "$"),
        }
    }

    fn of_region(region: &str) -> Option<Rc<Plan>> {
        LINES.iter().position(|line| line.region == region).map(Plan::at)
    }

    fn is_possible(&self, number: &str) -> bool {
        self.possible.as_ref().is_some_and(|possible| possible.is_match(number))
    }

    fn is_valid(&self, number: &str) -> bool {
        self.valid.as_ref().is_some_and(|valid| valid.is_match(number))
    }

    /// The number without what is dialled before it within the country; as it is where the rest would be no number.
    fn without_trunk(&self, number: &str) -> String {
        let Some(found) = self.trunk.as_ref().and_then(|trunk| trunk.captures(number)) else {
            return number.to_owned();
        };
        let bare = self.replaced(&found, number);
        let (length, lengths) = (bare.len(), &self.line.lengths);
        let fits = lengths.contains(&length) || lengths.iter().all(|most| length > *most);
        if !fits || self.is_possible(number) && !self.is_possible(&bare) { number.to_owned() } else { bare }
    }

    /// What stands in place of a trunk prefix: nothing, or an area code and parts of the prefix ("268\1").
    fn replaced(&self, found: &Captures<'_>, number: &str) -> String {
        let rest = &number[found.get(0).map_or(0, |prefix| prefix.end())..];
        let has_last = found.get(found.len() - 1).is_some();
        if self.line.transform.is_empty() || !has_last {
            return rest.to_owned();
        }
        let mut bare = String::new();
        let mut parts = self.line.transform.chars();
        while let Some(c) = parts.next() {
            let group = (c == '\\').then(|| parts.next().and_then(|digit| digit.to_digit(10))).flatten();
            match group {
                Some(group) => bare.push_str(found.get(group as usize).map_or("", |part| part.as_str())),
                None => bare.push(c),
            }
        }
        bare + rest
    }
}

/// A number in its international parts.
struct Number {
    code: &'static str,
    national: String,
    plans: Vec<Rc<Plan>>,
}

impl Number {
    /// Digits that begin with a calling code; none that is known, none.
    fn read(digits: &str) -> Option<Number> {
        // No calling code is the beginning of another.
        let code = (1..=3).find_map(|length| {
            let code = digits.get(..length)?;
            LINES.iter().find(|line| line.code == code).map(|line| line.code)
        })?;
        let places = LINES.iter().enumerate().filter(|(_, line)| line.code == code).map(|(place, _)| place);
        let plans: Vec<Rc<Plan>> = places.map(Plan::at).collect();
        let rest = &digits[code.len()..];
        // In North America the trunk prefix is the calling code: nobody writes it twice.
        let national = if code == "1" { rest.to_owned() } else { plans.first()?.without_trunk(rest) };
        Some(Number { code, national, plans })
    }

    fn is_valid(&self) -> bool {
        self.plans.iter().any(|plan| plan.is_valid(&self.national))
    }

    fn is_possible(&self) -> bool {
        self.plans.iter().any(|plan| plan.is_possible(&self.national))
    }

    fn key(self) -> String {
        format!("{}{}", self.code, self.national)
    }
}

fn valid_number(digits: &str) -> Option<Number> {
    Number::read(digits).filter(Number::is_valid)
}

/// Whether the digits begin with a calling code and its plan has numbers like the rest.
pub fn is_dialled(digits: &str) -> bool {
    Number::read(digits).is_some_and(|number| number.is_possible())
}

/// The digits behind the calling code and the trunk prefix, where the digits are a valid number in international form.
pub fn national_part(digits: &str) -> Option<String> {
    valid_number(digits).map(|number| number.national)
}

pub fn is_region(code: &str) -> bool {
    code != "001" && LINES.iter().any(|line| line.region == code)
}

/// The number's digits in international form, where a plus or an exit code stands before it or the region is known.
pub fn phone_key(text: &str, region: Option<&str>) -> String {
    let text = half_width(text);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if text.trim_start().starts_with('+') {
        return Number::read(&digits).map_or(digits, Number::key);
    }
    match region.and_then(Plan::of_region) {
        Some(plan) => in_region(&digits, &plan),
        None => anywhere(&text, &digits).map_or(digits, Number::key),
    }
}

/// Without a region only what every reader takes for an international number is one.
fn anywhere(text: &str, digits: &str) -> Option<Number> {
    if let Some(abroad) = digits.strip_prefix("00") {
        return Number::read(abroad).filter(Number::is_possible);
    }
    // "44 (0)20 …": the trunk prefix in brackets is left out from abroad.
    if text.contains("(0)") { valid_number(digits) } else { None }
}

/// The readings of a number that was written in a region, the likeliest first: with the region's exit code, as a number of its own, with its
/// calling code and no plus, with another region's exit code, with another calling code. What is no valid number under any of them is read as
/// one of the region's own.
fn in_region(digits: &str, plan: &Plan) -> String {
    let own_exit = plan.exit.as_ref().and_then(|exit| exit.find(digits));
    let abroad =
        own_exit.map(|exit| &digits[exit.end()..]).filter(|rest| !rest.starts_with('0')).and_then(Number::read);
    if abroad.as_ref().is_some_and(Number::is_valid) {
        return abroad.map(Number::key).unwrap_or_default();
    }
    let national = plan.without_trunk(digits);
    let with_code = if digits.starts_with(plan.line.code) { valid_number(digits) } else { None };
    // Without its trunk prefix a national number is the less likely reading.
    let is_bare = plan.line.has_trunk && national == digits;
    if plan.is_valid(&national) && !(with_code.is_some() && is_bare) {
        return format!("{}{national}", plan.line.code);
    }
    let foreign = || EXIT_CODES.iter().find_map(|exit| valid_number(digits.strip_prefix(exit)?));
    let is_possible = plan.is_possible(&national);
    let bare = || Some(digits).filter(|digits| digits.len() >= 9 && !is_possible).and_then(valid_number);
    let found = with_code.or_else(foreign).or_else(bare).or(abroad.filter(Number::is_possible));
    if let Some(number) = found {
        return number.key();
    }
    if let Some(rest) = digits.strip_prefix(plan.line.code) {
        let rest = plan.without_trunk(rest);
        let is_too_long = plan.line.lengths.iter().all(|most| digits.len() > *most);
        if is_too_long || plan.is_possible(&rest) && !plan.is_possible(digits) {
            return format!("{}{rest}", plan.line.code);
        }
    }
    format!("{}{national}", plan.line.code)
}

/// A table of the bytes that may stand between digits.
static SEPARATORS: [bool; 256] = {
    let mut set = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        set[byte] = (byte as u8).is_ascii_digit() || matches!(byte as u8, b' ' | b'(' | b')' | b'.' | b'-' | b'/');
        byte += 1;
    }
    set
};

/// Whether the text reads as a telephone number; a plus stands only before the first digit.
pub fn is_phone(text: impl AsRef<[u8]>, level: Level, region: Option<&str>) -> bool {
    let text = text.as_ref();
    let rest = text.strip_prefix(b"+").unwrap_or(text);
    let (mut digits, mut plain) = (0, true);
    for byte in rest {
        digits += usize::from(byte.is_ascii_digit());
        plain &= SEPARATORS[usize::from(*byte)];
    }
    if !plain || !(6..=20).contains(&digits) {
        return false;
    }
    let international = rest.len() < text.len() || region.is_some();
    let key = || std::str::from_utf8(text).map_or(0, |text| phone_key(text, region).len());
    level == Level::Any || (international && (7..=15).contains(&key()))
}

/// Labels before a telephone number. A longer label comes before a label that is its beginning.
const LABELS: [&str; 11] =
    ["telephone", "tel", "phone", "mobile", "fax", "℡", "電話番号", "電話", "携帯電話", "携帯", "ファックス"];

/// Returns the ASCII separator for a character between digits; none if it is not a separator.
pub fn digit_separator(c: char) -> Option<char> {
    match c {
        ' ' | '(' | ')' | '.' | '-' | '/' => Some(c),
        // Hyphens, dashes, the minus sign, a line, and what Japanese keyboards give for a dash.
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{FE63}' | '\u{30FC}' | '\u{FF70}' => Some('-'),
        // Middle dots.
        '\u{B7}' | '\u{2022}' | '\u{30FB}' | '\u{FF65}' => Some('.'),
        _ => None,
    }
}

/// How many characters of a text are the label of a telephone number and what stands between it and the number ("TEL: "); 0 where none begins it.
pub fn label_length(chars: impl Iterator<Item = char> + Clone) -> usize {
    const MOST_BETWEEN: usize = 3;
    let is_label = |label: &&&str| {
        let begun = chars.clone().take(label.chars().count()).map(|c| c.to_ascii_lowercase());
        begun.eq(label.chars())
    };
    LABELS.iter().find(is_label).map_or(0, |label| {
        let length = label.chars().count();
        let between = chars.clone().skip(length).take(MOST_BETWEEN);
        length + between.take_while(|c| matches!(c, ' ' | '.' | ':')).count()
    })
}

/// ASCII digits and separators, however the number was typed, without a label before it. Text that is not a number is only converted to half width.
pub fn cast_phone(text: &str) -> String {
    let text = half_width(text);
    let text = text.trim();
    let number = text.chars().skip(label_length(text.chars()));
    let plain: Option<String> = number
        .inspect(|_| work::step())
        .map(|c| if c.is_ascii_digit() || c == '+' { Some(c) } else { digit_separator(c) })
        .collect();
    plain.filter(|plain| plain.bytes().any(|byte| byte.is_ascii_digit())).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{LINES, Level, PHONE_PATTERN, Plan, cast_phone, is_phone, is_region, phone_key};

    #[test]
    fn phones_agree_with_their_pattern() {
        #[expect(clippy::disallowed_methods, reason = "a test's own pattern")]
        let pattern = regex::Regex::new(PHONE_PATTERN).unwrap();
        let many = "1".repeat(21);
        for text in [
            "03-1234-5678",
            "+81 3 1234 5678",
            "(03) 1234.5678",
            "123456",
            "12345",
            &many,
            "03-1234-5678x",
            "+",
            "",
            "1+23456",
            "０３-1234-5678",
            "++123456",
        ] {
            assert_eq!(is_phone(text, Level::Any, None), pattern.is_match(text), "{text}");
        }
    }

    #[test]
    fn the_table_can_be_used() {
        assert!(LINES.len() >= 254 && is_region("JP") && !is_region("001") && !is_region("jp"));
        for (place, line) in LINES.iter().enumerate() {
            let plan = Plan::at(place);
            let has = |pattern: &str, compiled: &Option<regex::Regex>| pattern.is_empty() != compiled.is_some();
            assert!(has(line.exit, &plan.exit) && has(line.trunk, &plan.trunk), "{}", line.region);
            assert!(plan.possible.is_some() && plan.valid.is_some() && !line.lengths.is_empty(), "{}", line.region);
            // No calling code is the beginning of another.
            assert!(LINES.iter().all(|other| other.code == line.code || !other.code.starts_with(line.code)));
        }
    }

    #[test]
    fn one_key_for_one_number() {
        for (region, key, spellings) in [
            (
                "JP",
                "81312345678",
                &[
                    "03-1234-5678",
                    "+81 3 1234 5678",
                    "0081 3 1234 5678",
                    "０３（１２３４）５６７８",
                    "+81 (0)3-1234-5678",
                    "010 81 3 1234 5678",
                    "81 3 1234 5678",
                    "011 81 3 1234 5678",
                    "0011 81 3 1234 5678",
                ][..],
            ),
            (
                "GB",
                "442079460123",
                &["020 7946 0123", "+44 (0)20 7946 0123", "44 20 7946 0123", "0044 20 7946 0123", "2079460123"],
            ),
            ("DE", "4930123456", &["030 123456", "+49 (0)30 123456", "0049 (0)30 123456", "49 30 123456"]),
            ("US", "442079460123", &["011 44 20 7946 0123", "+44 20 7946 0123", "44 (0)20 7946 0123"]),
            ("US", "12125550123", &["(212) 555-0123", "1 212 555 0123", "+1 212 555 0123", "0012125550123"]),
            ("AR", "5491123456789", &["011 15-2345-6789", "+54 9 11 2345-6789", "54 9 11 2345 6789"]),
            ("IT", "390612345678", &["06 1234 5678", "+39 06 1234 5678", "+39 (0)6 1234 5678"]),
            ("HU", "36201234567", &["06 20 123 4567", "+36 20 123 4567", "20 123 4567"]),
        ] {
            for text in spellings {
                assert_eq!(phone_key(text, Some(region)), key, "{text} in {region}");
            }
        }
        assert!(is_phone("03-1234-5678", Level::Possible, Some("JP")));
        assert!(!is_phone("03-1234-5678", Level::Possible, None));
        for text in [
            "０３ー１２３４ー５６７８",
            "03−1234−5678",
            "03ｰ1234ｰ5678",
            "03―1234―5678",
            "03—1234—5678",
            "tel:03-1234-5678",
            "TEL：03-1234-5678",
            "Tel. 03-1234-5678",
            "電話: 03-1234-5678",
            "℡03-1234-5678",
        ] {
            assert_eq!(cast_phone(text), "03-1234-5678", "{text}");
        }
        assert_eq!(cast_phone("03・1234・5678"), "03.1234.5678");
        for text in ["ラーメン", "ラー03", "03-1234-5678 内線12", "tel:", "telephone", "ー"] {
            assert_eq!(cast_phone(text), text, "{text}");
        }
    }

    #[test]
    fn without_a_region_only_what_is_plain_is_international() {
        for (text, key) in [
            ("+44 (0)20 7946 0123", "442079460123"),
            ("0044 20 7946 0123", "442079460123"),
            ("44 (0)20 7946 0123", "442079460123"),
            // Sapporo, or a number of the United States dialled from home: nobody can tell.
            ("011-442-0794", "0114420794"),
            ("0000 12", "000012"),
            ("+999 123", "999123"),
        ] {
            assert_eq!(phone_key(text, None), key, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_keeps_its_digits() {
        for (text, key) in [("123456", "81123456"), ("0000000", "810000000"), ("+81 0", "810")] {
            assert_eq!(phone_key(text, Some("JP")), key, "{text}");
        }
        // Different digits never share a key by being invalid.
        assert_ne!(phone_key("020 7946 01234", Some("GB")), phone_key("020 7946 0123", Some("GB")));
    }
}
