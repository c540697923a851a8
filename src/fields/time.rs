//! Dates and times of RFC 3339 on the real calendar, and how people write them.
use super::cast::half_width;

/// A calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: i32,
    month: u32,
    day: u32,
}

/// A time of day without an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    hour: u32,
    minute: u32,
    second: u32,
    nanosecond: u32,
}

/// A moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant {
    pub seconds: i64,
    pub nanosecond: u32,
}

/// What [`parse_time`] takes, as a regular expression.
pub const TIME_PATTERN: &str = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]+)?)?$";

/// A number of exactly these many ASCII digits.
fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn part(text: &str, from: usize, to: usize) -> Option<u32> {
    digits(text.get(from..to)?, to - from)
}

fn days_in(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl Date {
    fn new(year: i32, month: u32, day: u32) -> Option<Date> {
        ((1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day)).then_some(Date { year, month, day })
    }

    fn text(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// Days since 1970-01-01, by counting years from March so that the leap day comes last.
    fn days(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let month = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
    }
}

/// RFC 3339 full-date.
pub fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    Date::new(part(text, 0, 4)? as i32, part(text, 5, 7)?, part(text, 8, 10)?)
}

/// HH:MM or HH:MM:SS with an optional fraction, as a form's time input gives it; 23:59:59 is the last second.
pub fn parse_time(text: &str) -> Option<Time> {
    let (clock, nanosecond) = split_fraction(text)?;
    let bytes = clock.as_bytes();
    let second = match bytes.len() {
        5 if clock.len() == text.len() => 0,
        8 if bytes[5] == b':' => part(clock, 6, 8)?,
        _ => return None,
    };
    if bytes[2] != b':' {
        return None;
    }
    let time = Time { hour: part(clock, 0, 2)?, minute: part(clock, 3, 5)?, second, nanosecond };
    (time.hour < 24 && time.minute < 60 && second < 60).then_some(time)
}

/// The text before a fraction and the fraction in nanoseconds; further digits are cut.
fn split_fraction(text: &str) -> Option<(&str, u32)> {
    let Some((clock, fraction)) = text.split_once('.') else {
        return Some((text, 0));
    };
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nine: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    Some((clock, nine.parse().ok()?))
}

/// RFC 3339 date-time, with an offset. A leap second is 23:59:60 in UTC.
pub fn parse_datetime(text: &str) -> Option<Instant> {
    let date = parse_date(text.get(..10)?)?;
    let rest = text.get(10..)?.strip_prefix(['T', 't'])?;
    let (clock, offset) = match rest.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, 0),
        None => {
            let at = rest.rfind(['+', '-'])?;
            let zone = &rest[at + 1..];
            let (hours, minutes) = (part(zone, 0, 2)?, part(zone, 3, 5)?);
            if zone.len() != 5 || zone.as_bytes()[2] != b':' || hours > 23 || minutes > 59 {
                return None;
            }
            let offset = i64::from(hours * 60 + minutes) * 60;
            (&rest[..at], if rest.as_bytes()[at] == b'-' { -offset } else { offset })
        }
    };
    let leap = clock.get(6..8) == Some("60");
    let clock = if leap { format!("{}59{}", &clock[..6], &clock[8..]) } else { clock.to_owned() };
    if clock.len() < 8 {
        return None;
    }
    let time = parse_time(&clock)?;
    let of_day = i64::from(time.hour * 3600 + time.minute * 60 + time.second);
    let seconds = date.days() * 86_400 + of_day - offset;
    if leap && seconds.rem_euclid(86_400) != 86_399 {
        return None;
    }
    Some(Instant { seconds: seconds + i64::from(leap), nanosecond: time.nanosecond })
}

/// The first years of the Japanese eras that a form may still name.
const ERAS: [(&str, &str, i32); 5] =
    [("令和", "R", 2019), ("平成", "H", 1989), ("昭和", "S", 1926), ("大正", "T", 1912), ("明治", "M", 1868)];

/// A date in one of the forms that leave no doubt: year first, or a Japanese era. Day and month first is ambiguous.
pub fn cast_date(text: &str) -> Option<String> {
    let text = half_width(text);
    let text = text.trim();
    if let Some(date) = parse_date(text) {
        return Some(date.text());
    }
    if parse_datetime(text).is_some() {
        return text.get(..10).map(str::to_owned);
    }
    if text.len() == 8
        && let (Some(year), Some(month), Some(day)) = (part(text, 0, 4), part(text, 4, 6), part(text, 6, 8))
    {
        return Date::new(year as i32, month, day).map(Date::text);
    }
    let (first_year, rest) = ERAS
        .iter()
        .find_map(|(kanji, letter, first)| {
            text.strip_prefix(kanji).or_else(|| text.strip_prefix(letter)).map(|rest| (Some(*first), rest))
        })
        .unwrap_or((None, text));
    let numbers = rest.replace("元", "1").replace(['年', '月'], "/").replace('日', "").replace(['.', '-'], "/");
    let mut parts = numbers.split('/').map(str::trim);
    let year = parts.next()?;
    let year = match first_year {
        Some(first) => first + digits(year, year.len()).filter(|year| *year > 0)? as i32 - 1,
        None => digits(year, 4)? as i32,
    };
    let mut small =
        || parts.next().filter(|part| (1..=2).contains(&part.len())).and_then(|part| digits(part, part.len()));
    let (month, day) = (small()?, small()?);
    if parts.next().is_some() {
        return None;
    }
    Date::new(year, month, day).map(Date::text)
}

/// A time of day: "9:30", "9時30分".
pub fn cast_time(text: &str) -> Option<String> {
    let text = half_width(text).trim().replace('時', ":").replace(['分', '秒'], ":");
    let text = text.trim_end_matches(':');
    let padded = if text.find(':') == Some(1) { format!("0{text}") } else { text.to_owned() };
    parse_time(&padded).map(|_| padded)
}

/// A date and time with an offset; a blank may stand for the T, slashes in the date.
pub fn cast_datetime(text: &str) -> Option<String> {
    let text = half_width(text);
    let (date, rest) = text.trim().split_once(['T', 't', ' '])?;
    let joined = format!("{}T{}", cast_date(date)?, rest.trim().replace(' ', ""));
    parse_datetime(&joined).map(|_| joined)
}

#[cfg(test)]
mod tests {
    use super::{TIME_PATTERN, cast_date, cast_datetime, cast_time, parse_date, parse_datetime, parse_time};

    #[test]
    fn every_day_of_two_centuries() {
        let mut last = None;
        let mut count = 0;
        for year in 1900..2100 {
            for month in 1..=13 {
                for day in 1..=32 {
                    if let Some(date) = parse_date(&format!("{year}-{month:02}-{day:02}")) {
                        assert!(last < Some(date.days()), "days rise by one");
                        assert!(last.is_none_or(|last| last + 1 == date.days()));
                        last = Some(date.days());
                        count += 1;
                    }
                }
            }
        }
        assert_eq!(count, 73_049);
        assert_eq!(parse_date("1970-01-01").unwrap().days(), 0);
    }

    #[test]
    fn strict_forms() {
        for bad in ["2024-1-05", "2023-02-29", "2024-13-01", "20240105", "2024-01-05 ", "２０２４-01-05", "-024-01-05"]
        {
            assert!(parse_date(bad).is_none(), "{bad}");
        }
        for good in [
            "2024-01-05T09:30:00Z",
            "2024-01-05t09:30:00.123+09:00",
            "1998-12-31T23:59:60Z",
            "1998-12-31T15:59:60.5-08:00",
        ] {
            assert!(parse_datetime(good).is_some(), "{good}");
        }
        for bad in [
            "2024-01-05T09:30:00",
            "2024-01-05 09:30:00Z",
            "2024-01-05T09:30Z",
            "2024-01-05T24:00:00Z",
            "1998-12-31T22:59:60Z",
            "2024-01-05T09:30:00.Z",
            "2024-01-05T09:30:00+0900",
        ] {
            assert!(parse_datetime(bad).is_none(), "{bad}");
        }
        assert_eq!(parse_datetime("1970-01-01T09:00:00+09:00").unwrap().seconds, 0);
        assert!(parse_datetime("2024-01-05T09:30:00+09:00") < parse_datetime("2024-01-05T00:30:00.1Z"));
    }

    #[test]
    fn times_agree_with_their_pattern() {
        let pattern = regex::Regex::new(TIME_PATTERN).unwrap();
        for text in [
            "09:30",
            "9:30",
            "09:30:00",
            "23:59:59.999",
            "24:00",
            "09:60",
            "09:30:60",
            "09:30.5",
            "",
            "09:30:",
            "0930",
            "09:30:00.",
        ] {
            assert_eq!(parse_time(text).is_some(), pattern.is_match(text), "{text}");
        }
    }

    #[test]
    fn casts_what_leaves_no_doubt() {
        for (text, expected) in [
            ("2024/1/5", Some("2024-01-05")),
            ("2024年1月5日", Some("2024-01-05")),
            ("２０２４．０１．０５", Some("2024-01-05")),
            ("20240105", Some("2024-01-05")),
            ("令和6年1月5日", Some("2024-01-05")),
            ("令和元年5月1日", Some("2019-05-01")),
            ("H31.4.30", Some("2019-04-30")),
            ("2024-01-05T09:30:00Z", Some("2024-01-05")),
            ("01/02/2024", None),
            ("2024/2/30", None),
            ("5 Jan 2024", None),
        ] {
            assert_eq!(cast_date(text).as_deref(), expected, "{text}");
        }
        assert_eq!(cast_time("9時30分").as_deref(), Some("09:30"));
        assert_eq!(cast_datetime("2024/1/5 09:30:00+09:00").as_deref(), Some("2024-01-05T09:30:00+09:00"));
        assert_eq!(cast_datetime("2024/1/5 09:30:00"), None);
    }
}
