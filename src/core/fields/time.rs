//! Dates and times of RFC 3339 on the real calendar, and how people write them.
use super::fold::half_width;
use crate::core::work;

/// A day of the proleptic Gregorian calendar, as RFC 3339 and ISO 8601 count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

/// A time of day without an offset (WHATWG HTML, "valid time string").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    hour: u8,
    minute: u8,
    second: u8,
    nanosecond: u32,
}

/// A moment in UTC, in seconds since 1970-01-01T00:00:00Z. As in POSIX, a leap second is one with the second after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant {
    pub seconds: i64,
    pub nanosecond: u32,
}

/// From 1970 to 2000.
const SECONDS_TO_2000: i64 = 946_684_800;

/// What [`parse_time`] takes, as a regular expression.
pub const TIME_PATTERN: &str = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]+)?)?$";

/// A number of at most nine ASCII digits.
fn digits(text: &str) -> Option<u32> {
    let plain = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[inline]
fn two_digits(tens: u8, ones: u8) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
}

/// The two digits from a byte on.
fn pair(text: &str, at: usize) -> Option<u8> {
    let bytes = text.as_bytes();
    two_digits(*bytes.get(at)?, *bytes.get(at + 1)?)
}

/// The number of days of a month.
pub fn days_in(year: i64, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, by counting years from March so that the leap day comes last.
pub fn days_from_date(year: i64, month: u8, day: u8) -> i64 {
    let year = year - i64::from(month <= 2);
    let month = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

/// The year, month and day that lie so many days after 1970-01-01.
pub fn date_from_days(days: i64) -> (i64, u8, u8) {
    const DAYS_OF_400_YEARS: i64 = 146_097;
    let (era, day) = ((days + 719_468).div_euclid(DAYS_OF_400_YEARS), (days + 719_468).rem_euclid(DAYS_OF_400_YEARS));
    let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (400 * era + year_of_era + i64::from(month <= 2), month as u8, day as u8)
}

impl Date {
    fn new(year: i32, month: u8, day: u8) -> Option<Date> {
        ((1..=12).contains(&month) && (1..=days_in(i64::from(year), month)).contains(&day)).then_some(Date {
            year,
            month,
            day,
        })
    }

    fn text(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> i64 {
        days_from_date(i64::from(self.year), self.month, self.day)
    }
}

impl Time {
    /// Microseconds since midnight; further digits are cut.
    pub fn microseconds(self) -> i64 {
        let seconds = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        seconds * 1_000_000 + i64::from(self.nanosecond / 1_000)
    }
}

impl Instant {
    /// The moment so many microseconds after 2000-01-01T00:00:00Z, as the server counts: the lowest and the highest number are its infinities.
    pub fn of_server(microseconds: i64) -> Instant {
        let nanosecond = microseconds.rem_euclid(1_000_000) as u32 * 1_000;
        Instant { seconds: microseconds.div_euclid(1_000_000) + SECONDS_TO_2000, nanosecond }
    }

    /// The same the other way.
    pub fn since_2000(self) -> i64 {
        let seconds = i128::from(self.seconds - SECONDS_TO_2000);
        (seconds * 1_000_000 + i128::from(self.nanosecond / 1_000)).clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    pub fn is_finite(self) -> bool {
        ![i64::MIN, i64::MAX].contains(&self.since_2000())
    }

    /// Microseconds since 1970-01-01T00:00:00Z; further digits are cut.
    pub fn microseconds(self) -> i64 {
        self.seconds * 1_000_000 + i64::from(self.nanosecond / 1_000)
    }
}

/// RFC 3339 full-date.
pub fn parse_date(text: impl AsRef<[u8]>) -> Option<Date> {
    let bytes: &[u8; 10] = text.as_ref().try_into().ok()?;
    if bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let [century, year, month, day] = [0, 2, 5, 8].map(|at| two_digits(bytes[at], bytes[at + 1]));
    Date::new(i32::from(century?) * 100 + i32::from(year?), month?, day?)
}

/// HH:MM or HH:MM:SS with an optional fraction and no offset: WHATWG HTML's "valid time string", as a form's time input
/// gives it, with any number of digits in the fraction. 23:59:59 is the last second.
pub fn parse_time(text: &str) -> Option<Time> {
    let (clock, nanosecond) = split_fraction(text)?;
    let bytes = clock.as_bytes();
    let second = match bytes.len() {
        5 if clock.len() == text.len() => 0,
        8 if bytes[5] == b':' => pair(clock, 6)?,
        _ => return None,
    };
    if bytes[2] != b':' {
        return None;
    }
    let time = Time { hour: pair(clock, 0)?, minute: pair(clock, 3)?, second, nanosecond };
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
    let nine = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    Some((clock, nine.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))))
}

/// RFC 3339 date-time, with an offset. A leap second is 23:59:60 in UTC.
pub fn parse_datetime(text: &str) -> Option<Instant> {
    let date = parse_date(text.get(..10)?)?;
    let rest = text[10..].strip_prefix(['T', 't'])?;
    let (clock, offset) = match rest.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, 0),
        None => {
            let (clock, zone) = rest.split_at_checked(rest.len().checked_sub(6)?)?;
            let (hours, minutes) = (pair(zone, 1)?, pair(zone, 4)?);
            let sign = match zone.as_bytes()[0] {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            if zone.as_bytes()[3] != b':' || hours > 23 || minutes > 59 {
                return None;
            }
            (clock, sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60))
        }
    };
    if clock.len() < 8 {
        return None;
    }
    let leap = clock.get(6..8) == Some("60");
    let time = if leap { parse_time(&format!("{}59{}", &clock[..6], &clock[8..])) } else { parse_time(clock) }?;
    let of_day = i64::from(time.hour) * 3600 + i64::from(time.minute) * 60 + i64::from(time.second);
    let seconds = date.days() * 86_400 + of_day - offset;
    if leap && seconds.rem_euclid(86_400) != 86_399 {
        return None;
    }
    Some(Instant { seconds: seconds + i64::from(leap), nanosecond: time.nanosecond })
}

/// The Japanese eras as people write them, and their first days. Meiji begins with the Gregorian calendar of 1873 here:
/// before, its months were those of the moon.
const ERAS: [(&[&str], i32, Date); 5] = [
    (&["令和", "㋿", "R", "r"], 2019, Date { year: 2019, month: 5, day: 1 }),
    (&["平成", "㍻", "H", "h"], 1989, Date { year: 1989, month: 1, day: 8 }),
    (&["昭和", "㍼", "S", "s"], 1926, Date { year: 1926, month: 12, day: 25 }),
    (&["大正", "㍽", "T", "t"], 1912, Date { year: 1912, month: 7, day: 30 }),
    (&["明治", "㍾", "M", "m"], 1868, Date { year: 1873, month: 1, day: 1 }),
];

/// Longer than any date with a time. A longer text is not read as one: at each of its blanks the date before would be looked for.
pub const LONGEST: usize = 160;

/// A day in one of the forms that leave no doubt: year first ("2024/1/5", "2024.01.05", "2024年1月5日", "20240105") or a
/// Japanese era ("令和6年1月5日", "R6.1.5"); a time behind it is left out. Day or month first is in doubt. An era that
/// has ended goes on, as in papers that were printed before: 平成32年 is 2020; none begins before its first day.
pub fn cast_date(text: &str) -> Option<String> {
    let text = short(text)?;
    let text = text.trim();
    read_date(text)
        .or_else(|| split_moment(text, |clock| read_time(clock).is_some() || read_clock(clock).is_some()))
        .map(Date::text)
}

/// In ASCII's digits and letters, unless it is too long.
fn short(text: &str) -> Option<String> {
    let text = half_width(text);
    (text.trim().len() <= LONGEST).then_some(text)
}

/// The day before the first T or blank behind which there is a time.
fn split_moment(text: &str, is_time: impl Fn(&str) -> bool) -> Option<Date> {
    text.match_indices(['T', 't', ' ']).find_map(|(at, _)| {
        work::step();
        let date = read_date(text[..at].trim_end())?;
        is_time(text[at + 1..].trim()).then_some(date)
    })
}

fn read_date(text: &str) -> Option<Date> {
    if text.len() == 8
        && let Some(number) = digits(text)
    {
        return Date::new((number / 10_000) as i32, (number / 100 % 100) as u8, (number % 100) as u8);
    }
    let era = ERAS.iter().find_map(|(names, first, begin)| {
        names.iter().find_map(|name| text.strip_prefix(name)).map(|rest| (*first, *begin, rest))
    });
    let rest = era.map_or(text, |(_, _, rest)| rest);
    let at = rest.find(['年', '/', '.', '-'])?;
    let separator = rest[at..].chars().next()?;
    let (year, rest) = (rest[..at].trim(), &rest[at + separator.len_utf8()..]);
    let (month, day) = match separator {
        '年' => rest.strip_suffix('日')?.split_once('月')?,
        other => rest.split_once(other)?,
    };
    let small = |part: &str| digits(part.trim()).filter(|_| part.trim().len() <= 2).map(|number| number as u8);
    let (month, day) = (small(month)?, small(day)?);
    match era {
        None => Date::new(digits(year).filter(|_| year.len() == 4)? as i32, month, day),
        Some((first, begin, _)) => {
            let year = if year == "元" { 1 } else { digits(year).filter(|count| (1..1000).contains(count))? };
            Date::new(first + year as i32 - 1, month, day).filter(|date| *date >= begin)
        }
    }
}

/// A time of day: "9:30", "9時30分", "午後3時", "3:30 PM". 午後12時 is noon to some and midnight to others.
pub fn cast_time(text: &str) -> Option<String> {
    read_time(short(text)?.trim())
}

fn read_time(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let half_day = |rest: &str, later: u32, hours: std::ops::RangeInclusive<u32>| {
        let (hour, rest) = split_hour(rest.trim())?;
        hours.contains(&hour).then(|| (hour % 12 + later, rest.to_owned()))
    };
    let (hour, rest) = if let Some(rest) = text.strip_prefix("午前") {
        half_day(rest, 0, 0..=11)?
    } else if let Some(rest) = text.strip_prefix("午後") {
        half_day(rest, 12, 0..=11)?
    } else if let Some(rest) = lower.strip_suffix("am") {
        half_day(rest, 0, 1..=12)?
    } else if let Some(rest) = lower.strip_suffix("pm") {
        half_day(rest, 12, 1..=12)?
    } else {
        split_hour(text).map(|(hour, rest)| (hour, rest.to_owned()))?
    };
    let minutes = match rest.strip_prefix('時').map(str::trim) {
        None => rest,
        Some("") => ":00".to_owned(),
        Some("半") => ":30".to_owned(),
        Some(rest) => {
            let (minute, second) = rest.split_once('分')?;
            let two = |part: &str| digits(part.trim()).filter(|_| part.trim().len() <= 2);
            match second.trim() {
                "" => format!(":{:02}", two(minute)?),
                second => format!(":{:02}:{:02}", two(minute)?, two(second.strip_suffix('秒')?)?),
            }
        }
    };
    let time = format!("{hour:02}{minutes}");
    parse_time(&time).map(|_| time)
}

/// One or two digits, and what follows them.
fn split_hour(text: &str) -> Option<(u32, &str)> {
    let (hour, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    digits(hour).filter(|_| hour.len() <= 2).map(|number| (number, rest))
}

/// A date and time with an offset, as RFC 3339 writes it; a blank may stand for the T, the day may have any form that
/// [`cast_date`] reads, the seconds may be missing, and the offset may be PostgreSQL's "+09" or ISO 8601's "+0900".
pub fn cast_datetime(text: &str) -> Option<String> {
    let text = half_width(text);
    let text = text.trim();
    let strict = text.to_ascii_uppercase();
    if parse_datetime(&strict).is_some() {
        return Some(strict);
    }
    if text.len() > LONGEST {
        return None;
    }
    text.match_indices(['T', 't', ' ']).find_map(|(at, _)| {
        work::step();
        let moment = format!("{}T{}", read_date(text[..at].trim_end())?.text(), read_clock(text[at + 1..].trim())?);
        parse_datetime(&moment).map(|_| moment)
    })
}

/// A time of day with its offset, in RFC 3339's form.
fn read_clock(text: &str) -> Option<String> {
    let zulu = ["Z", "z", "UTC", "GMT"].iter().find_map(|name| text.strip_suffix(name));
    let (clock, offset) = match zulu {
        Some(clock) => (clock, "Z".to_owned()),
        None => {
            let at = text.rfind(['+', '-', '−'])?;
            let mut zone = text[at..].chars();
            let sign = if zone.next() == Some('+') { '+' } else { '-' };
            let zone = zone.as_str();
            let (hours, minutes) = match zone.len() {
                2 => (zone, "00"),
                4 => zone.split_at_checked(2)?,
                _ => zone.split_once(':')?,
            };
            (&text[..at], format!("{sign}{hours}:{minutes}"))
        }
    };
    let clock = clock.trim();
    // A leap second is a time only together with its offset.
    let time = if clock.get(5..8) == Some(":60") { clock.to_owned() } else { read_time(clock)? };
    Some(if time.len() == 5 { format!("{time}:00{offset}") } else { format!("{time}{offset}") })
}

#[cfg(test)]
mod tests {
    use super::{
        TIME_PATTERN, cast_date, cast_datetime, cast_time, date_from_days, days_from_date, days_in, parse_date,
        parse_datetime, parse_time,
    };
    use crate::core::random::Random;

    #[test]
    fn days_and_dates_convert_both_ways() {
        let (mut year, mut month, mut day) = (-401, 1, 1);
        for days in days_from_date(year, month, day)..days_from_date(801, 1, 1) {
            assert_eq!(date_from_days(days), (year, month, day));
            assert_eq!(days_from_date(year, month, day), days);
            day += 1;
            if day > days_in(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!(date_from_days(0), (1970, 1, 1));
        assert_eq!(date_from_days(2_932_896), (9999, 12, 31));
    }

    #[test]
    fn every_day_of_two_centuries() {
        let (mut last, mut last_date, mut count) = (None, None, 0);
        for year in 1900..=2100 {
            for month in 0..=13 {
                for day in 0..=32 {
                    let text = format!("{year}-{month:02}-{day:02}");
                    let Some(date) = parse_date(&text) else { continue };
                    assert!(last_date < Some(date) && last.is_none_or(|last: i64| last + 1 == date.days()), "{text}");
                    assert_eq!(cast_date(&text).as_deref(), Some(&*text));
                    assert_eq!(cast_date(&format!("{year}/{month}/{day}")).as_deref(), Some(&*text));
                    assert_eq!(cast_date(&format!("{year}年{month}月{day}日")).as_deref(), Some(&*text));
                    let midnight = parse_datetime(&format!("{text}T00:00:00Z")).unwrap();
                    assert_eq!(midnight.seconds, date.days() * 86_400);
                    (last, last_date, count) = (Some(date.days()), Some(date), count + 1);
                }
            }
        }
        assert_eq!(count, 73_414);
        assert_eq!(parse_date("1970-01-01").unwrap().days(), 0);
        assert_eq!(parse_date("0000-03-01").unwrap().days(), -719_468);
        assert_eq!(parse_date("9999-12-31").unwrap().days(), 2_932_896);
    }

    #[test]
    fn strict_dates() {
        for good in ["0000-02-29", "2000-02-29", "2024-02-29", "9999-12-31"] {
            assert!(parse_date(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "2024-1-05",
            "2023-02-29",
            "1900-02-29",
            "2024-13-01",
            "2024-00-01",
            "2024-01-00",
            "20240105",
            "2024-01-05 ",
            "2024/01/05",
            "２０２４-01-05",
            "-024-01-05",
            "+024-01-05",
            "2024-+1-05",
            "202é-1-05",
        ] {
            assert!(parse_date(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn strict_datetimes() {
        for good in [
            "2024-01-05T09:30:00Z",
            "2024-01-05t09:30:00z",
            "2024-01-05t09:30:00.123+09:00",
            "2024-01-05T09:30:00.1234567890123-00:00",
            "2024-01-05T09:30:00+23:59",
            "1998-12-31T23:59:60Z",
            "1998-12-31T15:59:60.5-08:00",
            "1999-01-01T00:29:60+00:30",
            "1999-01-01T08:59:60+09:00",
        ] {
            assert!(parse_datetime(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "2024-01-05",
            "2024-01-05T",
            "2024-01-05TZ",
            "2024-01-05T09:30:00",
            "2024-01-05 09:30:00Z",
            "2024-01-05T09:30Z",
            "2024-01-05T09:30.5Z",
            "2024-01-05T09:30.50Z",
            "2024-01-05T24:00:00Z",
            "1998-12-31T22:59:60Z",
            "1998-12-31T23:59:60+09:00",
            "1998-12-31T23:59:61Z",
            "2024-01-05T09:30:00.Z",
            "2024-01-05T09:30:00,5Z",
            "2024-01-05T09:30:00+0900",
            "2024-01-05T09:30:00+09",
            "2024-01-05T09:30:00+24:00",
            "2024-01-05T09:30:00+09:60",
            "2024-01-05T09:30:00−09:00",
            "2024-01-05T09:30:00+09:00Z",
            "2024-01-05T09:30:00 Z",
            "2024-01-05T09:30:00é09:00",
            "2024-02-30T09:30:00Z",
        ] {
            assert!(parse_datetime(bad).is_none(), "{bad}");
        }
        assert_eq!(parse_datetime("1970-01-01T09:00:00+09:00").unwrap().seconds, 0);
        assert!(parse_datetime("2024-01-05T09:30:00+09:00") < parse_datetime("2024-01-05T00:30:00.1Z"));
        assert_eq!(parse_datetime("1999-01-01T08:59:60+09:00"), parse_datetime("1999-01-01T00:00:00Z"));
        assert_eq!(parse_datetime("2024-01-05T09:30:00.1234567899Z").unwrap().nanosecond, 123_456_789);
    }

    #[test]
    fn times_agree_with_their_pattern() {
        #[expect(clippy::disallowed_methods, reason = "a test's own pattern")]
        let pattern = regex::Regex::new(TIME_PATTERN).unwrap();
        for second in 0..100 * 100 {
            let text = format!("{:02}:{:02}", second / 100, second % 100);
            assert_eq!(parse_time(&text).is_some(), pattern.is_match(&text), "{text}");
        }
        let mut random = Random(1);
        let mut passed = 0;
        for _ in 0..300_000 {
            // Half of the texts begin well, so that many pass.
            let mut text = String::from(["", "09:3", "23:59:5", "00:00:00."][random.next() % 4]);
            for _ in 0..random.next() % 6 {
                text.push(['0', '1', '5', '6', '9', ':', '.', 'Z', ' ', '\n', '９', '+'][random.next() % 12]);
            }
            passed += usize::from(parse_time(&text).is_some());
            assert_eq!(parse_time(&text).is_some(), pattern.is_match(&text), "{text}");
            assert!(parse_time(&text).is_none() || cast_time(&text).as_ref() == Some(&text), "{text}");
        }
        assert!(passed > 1000);
        assert!(
            parse_time("09:30") == parse_time("09:30:00") && parse_time("09:30") < parse_time("09:30:00.000000001")
        );
    }

    #[test]
    fn casts_dates() {
        for (text, expected) in [
            ("2024/1/5", Some("2024-01-05")),
            (" 2024年 1月 5日 ", Some("2024-01-05")),
            ("２０２４．０１．０５", Some("2024-01-05")),
            ("20240105", Some("2024-01-05")),
            ("令和6年1月5日", Some("2024-01-05")),
            ("令和元年5月1日", Some("2019-05-01")),
            ("㋿６年１月５日", Some("2024-01-05")),
            ("R6.1.5", Some("2024-01-05")),
            ("r6/1/5", Some("2024-01-05")),
            ("H31.4.30", Some("2019-04-30")),
            ("平成32年3月31日", Some("2020-03-31")),
            ("昭和64年1月7日", Some("1989-01-07")),
            ("S1.12.25", Some("1926-12-25")),
            ("T15.12.24", Some("1926-12-24")),
            ("明治6年1月1日", Some("1873-01-01")),
            ("2024-01-05T09:30:00Z", Some("2024-01-05")),
            ("2024/1/5 9:30", Some("2024-01-05")),
            ("2024-01-05 09:30:00.5+09", Some("2024-01-05")),
            ("2024年1月5日 9時30分", Some("2024-01-05")),
            ("令和元年4月30日", None),
            ("平成元年1月7日", None),
            ("明治5年12月2日", None),
            ("令和0年5月1日", None),
            ("R2147483647.1.1", None),
            ("2024年元月1日", None),
            ("2024/1-5", None),
            ("2024年1/5", None),
            ("2024日/1/5", None),
            ("2024/001/5", None),
            ("24/1/5", None),
            ("01/02/2024", None),
            ("31/12/2024", None),
            ("2024/2/30", None),
            ("20240230", None),
            ("2024-01", None),
            ("2024-01-05 and more", None),
            ("2024-01-05T", None),
            ("5 Jan 2024", None),
            ("45296", None),
            ("", None),
        ] {
            assert_eq!(cast_date(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn casts_times() {
        for (text, expected) in [
            ("9:30", Some("09:30")),
            ("０９：３０：１５", Some("09:30:15")),
            ("09:30:15.250", Some("09:30:15.250")),
            ("9時30分", Some("09:30")),
            ("9時5分7秒", Some("09:05:07")),
            ("9時", Some("09:00")),
            ("9時半", Some("09:30")),
            ("午後3時", Some("15:00")),
            ("午前0:15", Some("00:15")),
            ("3:30 PM", Some("15:30")),
            ("12:00am", Some("00:00")),
            ("12:00 pm", Some("12:00")),
            ("午後12時", None),
            ("13:00 PM", None),
            ("0:30 am", None),
            ("9分30秒", None),
            ("9時30", None),
            ("9:5", None),
            ("9::30", None),
            ("24:00", None),
            ("9時60分", None),
            ("930", None),
            ("9", None),
            ("", None),
        ] {
            assert_eq!(cast_time(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn casts_datetimes() {
        for (text, expected) in [
            ("2024/1/5 09:30:00+09:00", Some("2024-01-05T09:30:00+09:00")),
            ("2024-01-05t09:30:00z", Some("2024-01-05T09:30:00Z")),
            ("2024-01-05 09:30:00.123+09", Some("2024-01-05T09:30:00.123+09:00")),
            ("2024-01-05 9:30 +0900", Some("2024-01-05T09:30:00+09:00")),
            ("2024-01-05T09:30−08:00", Some("2024-01-05T09:30:00-08:00")),
            ("2024-01-05 09:30:00 UTC", Some("2024-01-05T09:30:00Z")),
            ("令和6年1月5日 午後3時 +09:00", Some("2024-01-05T15:00:00+09:00")),
            ("T6.1.5 09:00Z", Some("1917-01-05T09:00:00Z")),
            ("1998-12-31 23:59:60Z", Some("1998-12-31T23:59:60Z")),
            ("1998-12-31 22:59:60Z", None),
            ("2024/1/5 09:30:00", None),
            ("2024-01-05T09:30:00 JST", None),
            ("2024-01-05T09:30:00+9", None),
            ("2024-01-05", None),
            ("2024-01-05Z", None),
            ("5/1/2024 09:30Z", None),
            ("", None),
        ] {
            assert_eq!(cast_datetime(text).as_deref(), expected, "{text}");
        }
    }
}
