//! Dates as files write them, read in each order of day, month and year.
//!
//! A year of four digits in front, a Japanese era or the name of a month leaves no doubt; any other date needs an order.
use super::DateOrder;
use crate::core::fields::fold::half_width;
use crate::core::fields::{cast_date, cast_datetime, cast_time};

/// The readings of a date, perhaps with a time behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DateReadings {
    /// The date, whatever the order.
    fixed: Option<String>,
    ymd: Option<String>,
    mdy: Option<String>,
    dmy: Option<String>,
    /// HH:MM:SS as it was written, perhaps with an offset.
    pub clock: Option<String>,
    pub has_short_year: bool,
}

/// The orders that a date can have.
pub const ORDERS: [DateOrder; 3] = [DateOrder::Ymd, DateOrder::Dmy, DateOrder::Mdy];

impl DateReadings {
    pub fn of(text: &str) -> DateReadings {
        // Longer than any date with a time; a long text is not looked through.
        const LONGEST: usize = 160;
        if text.len() > LONGEST {
            return DateReadings::default();
        }
        let text = half_width(text);
        let text = text.trim();
        if !text.contains(|c: char| c.is_ascii_digit() || c == '元') {
            return DateReadings::default();
        }
        // The time first: a date by itself would be read without it.
        for (at, _) in text.match_indices(['T', 't', ' ']) {
            let Some(clock) = read_clock(text[at + 1..].trim()) else { continue };
            let date = read_date(without_weekday(text[..at].trim_end()));
            if date.is_date() {
                return DateReadings { clock: Some(clock), ..date };
            }
        }
        read_date(without_weekday(text))
    }

    pub fn is_date(&self) -> bool {
        self.fixed.is_some() || ORDERS.iter().any(|order| self.date(*order).is_some())
    }

    pub fn needs_order(&self) -> bool {
        self.fixed.is_none()
    }

    /// The date in an order, as ISO 8601.
    pub fn date(&self, order: DateOrder) -> Option<&str> {
        let ordered = match order {
            DateOrder::Ymd => &self.ymd,
            DateOrder::Mdy => &self.mdy,
            DateOrder::Dmy => &self.dmy,
            DateOrder::Ambiguous => &None,
        };
        self.fixed.as_deref().or(ordered.as_deref())
    }

    /// Whether two orders give different dates.
    pub fn differs(&self) -> bool {
        let mut dates = ORDERS.iter().filter_map(|order| self.date(*order));
        let first = dates.next();
        dates.any(|date| Some(date) != first)
    }
}

/// A day of the week in parentheses behind the date, as Japanese files have it.
fn without_weekday(text: &str) -> &str {
    let inner = text.strip_suffix(')').and_then(|text| text.rsplit_once('('));
    match inner {
        Some((date, day)) if day.chars().count() == 1 && "日月火水木金土".contains(day) => date.trim_end(),
        _ => text,
    }
}

/// A time of day, with or without an offset.
fn read_clock(text: &str) -> Option<String> {
    let with_offset = || cast_datetime(&format!("2000-01-01 {text}")).map(|moment| moment[11..].to_owned());
    cast_time(text).map(|time| if time.len() == 5 { time + ":00" } else { time }).or_else(with_offset)
}

fn read_date(text: &str) -> DateReadings {
    let fixed = cast_date(text).or_else(|| named_month(text));
    if fixed.is_some() {
        return DateReadings { fixed, ..DateReadings::default() };
    }
    let Some(separator) = text.chars().find(|c| matches!(c, '/' | '.' | '-')) else {
        return DateReadings::default();
    };
    let parts: Vec<&str> = text.splitn(4, separator).map(str::trim).collect();
    let [first, second, third] = parts[..] else {
        return DateReadings::default();
    };
    let is_short = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_short(first) || !is_short(second) {
        return DateReadings::default();
    }
    let Some(last_year) = read_year(third) else {
        return DateReadings::default();
    };
    let has_short_year = third.len() == 2;
    let ymd = if has_short_year { read_year(first).and_then(|year| iso(year, second, third)) } else { None };
    DateReadings {
        ymd,
        mdy: iso(last_year, first, second),
        dmy: iso(last_year, second, first),
        has_short_year,
        ..DateReadings::default()
    }
}

/// A year of four digits, or of two as POSIX reads them: 69 to 99 are of the last century.
fn read_year(text: &str) -> Option<u32> {
    let number: u32 = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()?;
    match text.len() {
        4 => Some(number),
        2 => Some(if number < 69 { 2000 + number } else { 1900 + number }),
        _ => None,
    }
}

fn iso(year: u32, month: &str, day: &str) -> Option<String> {
    cast_date(&format!("{year:04}-{month:0>2}-{day:0>2}"))
}

/// A date with the English name of its month: "5 Jan 2024", "Jan 5, 2024", "05-Jan-24".
fn named_month(text: &str) -> Option<String> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    if !text.is_ascii() || !text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let mut words: Vec<&str> = text.split([' ', '-', '/', ',', '.']).filter(|word| !word.is_empty()).collect();
    const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let begins = |word: &str, names: &[&str]| {
        let word = word.to_ascii_lowercase();
        names.iter().position(|name| word.len() >= 3 && name.starts_with(&word))
    };
    if words.len() == 4 && begins(words[0], &WEEKDAYS).is_some() {
        words.remove(0);
    }
    let [first, second, third] = words[..] else {
        return None;
    };
    let month = |word: &str| begins(word, &MONTHS).map(|index| (index + 1).to_string());
    let day = |word: &str| {
        let number = ["st", "nd", "rd", "th"].iter().find_map(|ending| word.strip_suffix(ending)).unwrap_or(word);
        (1..=2).contains(&number.len()).then(|| number.to_owned())
    };
    match (month(first), month(second)) {
        (Some(month), None) => iso(read_year(third)?, &month, &day(second)?),
        (None, Some(month)) if first.len() == 4 => iso(read_year(first)?, &month, &day(third)?),
        (None, Some(month)) => iso(read_year(third)?, &month, &day(first)?),
        _ => None,
    }
}
