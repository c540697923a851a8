//! Time zones, as far as days need them: which day an instant is in, and when a day begins.
use crate::core::fields::Instant;
use crate::core::work;
use std::fmt::Debug;
use std::rc::Rc;

/// The rules of one time zone.
pub trait TimeZone: Debug {
    /// The seconds to add to UTC for the local time, at a second since 1970-01-01T00:00:00Z. Less than a day either way.
    fn offset(&self, seconds: i64) -> i32;
}

/// The time zones that the caller knows.
pub trait TimeZones {
    /// The zone of a query that names none.
    fn session(&self) -> Rc<dyn TimeZone>;
    fn named(&self, name: &str) -> Option<Rc<dyn TimeZone>>;
}

/// Names with digits that are zones.
const WITH_DIGITS: [&str; 4] = ["EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT"];

/// Whether a text can be the name of a zone in the IANA database. What is no name, such as "+09:00" or "UTC+9", the server takes for POSIX's form of a zone,
/// whose sign is the other way round than people mean it.
pub fn is_zone_name(name: &str) -> bool {
    work::bytes(name.len());
    let begins = |part: &str| name.get(..part.len()).is_some_and(|start| start.eq_ignore_ascii_case(part));
    let is_known = WITH_DIGITS.iter().any(|known| name.eq_ignore_ascii_case(known));
    let has_digit = name.bytes().any(|byte| byte.is_ascii_digit());
    let hours = name
        .get(7..)
        .filter(|_| begins("Etc/GMT"))
        .and_then(|rest| rest.trim_start_matches(['+', '-']).parse::<u8>().ok());
    let is_alias = ["posix", "right/", "localtime"].iter().any(|part| begins(part));
    !is_alias && (is_known || !has_digit || hours.is_some_and(|hours| hours <= 14))
}

/// A zone with the same offset at all times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedOffset(pub i32);

impl TimeZone for FixedOffset {
    fn offset(&self, _seconds: i64) -> i32 {
        self.0
    }
}

const DAY: i64 = 86_400;

/// The day on which an instant lies, in days since 1970-01-01.
pub fn day_of(zone: &dyn TimeZone, at: Instant) -> i64 {
    (at.seconds + i64::from(zone.offset(at.seconds))).div_euclid(DAY)
}

/// The first instant of a day. Where the clocks skip midnight the day begins later.
pub fn start_of_day(zone: &dyn TimeZone, day: i64) -> Instant {
    let midnight = day * DAY;
    let (mut before, mut after) = (midnight - DAY, midnight + DAY);
    let (earlier, later) = (i64::from(zone.offset(before)), i64::from(zone.offset(after)));
    let instant = |seconds: i64| Instant { seconds, nanosecond: 0 };
    if earlier == later {
        return instant(midnight - earlier);
    }
    // The second at which the offset changes.
    while after - before > 1 {
        work::step();
        let middle = before + (after - before) / 2;
        if i64::from(zone.offset(middle)) == earlier { before = middle } else { after = middle }
    }
    if midnight - earlier < after { instant(midnight - earlier) } else { instant((midnight - later).max(after)) }
}

#[cfg(test)]
mod tests {
    use super::is_zone_name;

    #[test]
    fn names_are_told_from_offsets() {
        for name in
            ["Asia/Tokyo", "UTC", "America/Port-au-Prince", "EST5EDT", "Etc/GMT-14", "Japan", "america/new_york"]
        {
            assert!(is_zone_name(name), "{name}");
        }
        for text in [
            "+09:00",
            "-9",
            "9",
            "UTC+9",
            "JST-9",
            "<+09>-9",
            "Etc/GMT+15",
            "Etc/GMT+9:30",
            "posixrules",
            "posix/Asia/Tokyo",
            "right/Asia/Tokyo",
            "Asia/Tokyo+9",
            "localtime",
        ] {
            assert!(!is_zone_name(text), "{text}");
        }
    }
}
