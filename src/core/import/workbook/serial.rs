//! Dates as serial numbers of days, in the systems that begin in 1900 and in 1904, to ISO 8601 and back.
use super::format::Shape;
use crate::core::fields::time::{date_from_days, days_from_date, parse_date, parse_time};
use crate::core::import::cell::Cell;

const DAY: i64 = 86_400_000;
/// 9999-12-31 in days since 1970.
const LAST_DAY: i64 = 2_932_896;
/// Durations past this many days are numbers.
const MOST_DURATION: f64 = 1e7;
/// Serial 61, 1900-03-01: what comes before has the day 1900-02-29 that never was.
const FIRST_WRITTEN: i64 = 61;

/// The first day of a workbook's serial numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Epoch {
    Of1900,
    Of1904,
}

impl Epoch {
    pub fn new(is_1904: bool) -> Self {
        if is_1904 { Self::Of1904 } else { Self::Of1900 }
    }

    /// The date of a serial day. Day 60 of the system of 1900 is 1900-02-29, as spreadsheet programs show it.
    fn date(self, day: i64) -> Option<String> {
        let since_1970 = match self {
            Self::Of1900 if day == 60 => return Some("1900-02-29".to_owned()),
            Self::Of1900 if day < 60 => days_from_date(1899, 12, 31) + day,
            Self::Of1900 => days_from_date(1899, 12, 30) + day,
            Self::Of1904 => days_from_date(1904, 1, 1) + day,
        };
        let (year, month, day) = date_from_days((since_1970 <= LAST_DAY).then_some(since_1970)?);
        Some(format!("{year:04}-{month:02}-{day:02}"))
    }
}

/// A number of a cell under its number format. A number that is no date stays a number.
pub fn cell(digits: String, shape: Shape, epoch: Epoch) -> Cell {
    let shown = match shape {
        Shape::Number | Shape::Percent => None,
        Shape::Padded(width) => {
            let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            let width = usize::from(width);
            is_whole.then(|| Cell::Number { digits: format!("{digits:0>width$}"), percent: false })
        }
        Shape::Duration => digits.parse().ok().and_then(duration),
        Shape::Date | Shape::DateTime | Shape::Time => {
            digits.parse().ok().and_then(|serial| moment(serial, shape, epoch))
        }
    };
    shown.unwrap_or(Cell::Number { digits, percent: shape == Shape::Percent })
}

fn moment(serial: f64, shape: Shape, epoch: Epoch) -> Option<Cell> {
    if !(0.0..3e6).contains(&serial) {
        return None;
    }
    let milliseconds = (serial * DAY as f64).round() as i64;
    let (day, time) = (milliseconds / DAY, milliseconds % DAY);
    // The day 0 of the system of 1900 is no day: what has it is a time. In the system of 1904 it is one.
    let without_day = day == 0 && (epoch == Epoch::Of1900 || shape == Shape::Time);
    Some(if without_day {
        Cell::Time(clock(time))
    } else if time == 0 && shape == Shape::Date {
        Cell::Date(epoch.date(day)?)
    } else {
        Cell::DateTime(format!("{}T{}", epoch.date(day)?, clock(time)))
    })
}

fn duration(days: f64) -> Option<Cell> {
    (days.abs() < MOST_DURATION).then(|| {
        let milliseconds = (days * DAY as f64).round() as i64;
        let sign = if milliseconds < 0 { "-" } else { "" };
        Cell::Time(format!("{sign}{}", clock(milliseconds.abs())))
    })
}

/// Hours, minutes, seconds, and milliseconds where there are any.
pub fn clock(milliseconds: i64) -> String {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    let text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { text } else { format!("{text}.{rest:03}") }
}

/// The serial day of a date in the system of 1900, from 1900-03-01.
pub fn day_of(date: &str) -> Option<i64> {
    let day = parse_date(date)?.days() - days_from_date(1899, 12, 30);
    (day >= FIRST_WRITTEN).then_some(day)
}

/// The milliseconds of a time of day. None where it has finer fractions, which no serial number keeps.
pub fn milliseconds_of(time: &str) -> Option<i64> {
    let (whole, fraction) = time.split_once('.').unwrap_or((time, ""));
    let fraction = fraction.trim_end_matches('0');
    let microseconds = parse_time(whole)?.microseconds();
    let fine = if fraction.is_empty() { 0 } else { format!("{fraction:0<3}").parse().ok()? };
    (fraction.len() <= 3).then_some(microseconds / 1000 + fine)
}

/// The serial number of a day and a time of day.
pub fn serial(day: i64, milliseconds: i64) -> f64 {
    day as f64 + milliseconds as f64 / DAY as f64
}

/// A date, a date and time or a time of day as ISO 8601 has them, rounded to milliseconds; any other text stays one.
pub fn iso(text: String, shape: Shape) -> Cell {
    read_iso(&text, shape).unwrap_or(Cell::Text(text))
}

fn read_iso(text: &str, shape: Shape) -> Option<Cell> {
    let rounded = |time: &str| parse_time(time).map(|time| (time.microseconds() + 500) / 1000);
    let Some((date, time)) = text.split_once('T') else {
        return match parse_date(text) {
            Some(_) => Some(Cell::Date(text.to_owned())),
            None => rounded(text).map(|milliseconds| Cell::Time(clock(milliseconds))),
        };
    };
    let (mut day, mut time) = (parse_date(date)?.days(), rounded(time)?);
    if time >= DAY {
        (day, time) = (day + 1, time - DAY);
    }
    let (year, month, day) = date_from_days(day);
    let date = format!("{year:04}-{month:02}-{day:02}");
    Some(if time == 0 && shape == Shape::Date {
        Cell::Date(date)
    } else {
        Cell::DateTime(format!("{date}T{}", clock(time)))
    })
}

/// A duration such as `PT36H05M00.5S` in hours, minutes and seconds.
pub fn iso_duration(text: &str) -> Option<String> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let rest = rest.strip_prefix('P').filter(|rest| rest.len() < 40)?;
    let (days, time) = rest.split_once('T').unwrap_or((rest, ""));
    let mut milliseconds = 0.0;
    for (mut part, units) in [(days, [('D', 86_400.0)].as_slice()), (time, &[('H', 3600.0), ('M', 60.0), ('S', 1.0)])] {
        for (unit, seconds) in units {
            if let Some((number, after)) = part.split_once(*unit) {
                milliseconds += number.parse::<f64>().ok().filter(|number| *number >= 0.0)? * seconds * 1000.0;
                part = after;
            }
        }
        if !part.is_empty() {
            return None;
        }
    }
    (milliseconds < MOST_DURATION * DAY as f64).then(|| format!("{sign}{}", clock(milliseconds.round() as i64)))
}
