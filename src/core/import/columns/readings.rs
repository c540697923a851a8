//! What the value of one cell can be read as, by the casts that records are stored with.
use super::super::cell::Cell;
use super::dates::{DateReadings, is_midnight};
use super::numbers::{NumberReadings, has_leading_zero};
use crate::core::fields::cast::cast_boolean;
use crate::core::fields::email::is_email;
use crate::core::fields::identifier::is_uuid;
use crate::core::fields::{Choices, Faults, Level, Rule, cast_email, cast_phone, cast_time, cast_url};
use crate::core::jsonb::Value;

/// The types that values are recognised as, the more specific first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Boolean,
    Percent,
    Integer,
    Number,
    Date,
    DateTime,
    Time,
    Uuid,
    Email,
    Url,
    Phone,
    Json,
}

impl Kind {
    pub const ALL: [Kind; 12] = [
        Kind::Boolean,
        Kind::Percent,
        Kind::Integer,
        Kind::Number,
        Kind::Date,
        Kind::DateTime,
        Kind::Time,
        Kind::Uuid,
        Kind::Email,
        Kind::Url,
        Kind::Phone,
        Kind::Json,
    ];

    pub fn type_name(self) -> &'static str {
        match self {
            Kind::Boolean => "boolean",
            Kind::Integer => "integer",
            Kind::Number => "number",
            Kind::Percent => "percent",
            Kind::Date => "date",
            Kind::DateTime => "datetime",
            Kind::Time => "time",
            Kind::Uuid => "uuid",
            Kind::Email => "email",
            Kind::Url => "url",
            Kind::Phone => "phone",
            Kind::Json => "json",
        }
    }
}

/// What a cell can be read as.
#[derive(Clone, Debug, Default)]
pub struct Readings {
    kinds: u16,
    pub numbers: NumberReadings,
    pub percents: NumberReadings,
    pub dates: DateReadings,
}

impl Readings {
    pub fn is(&self, kind: Kind) -> bool {
        self.kinds & 1 << kind as u16 != 0
    }

    fn add(&mut self, kind: Kind, holds: bool) {
        self.kinds |= u16::from(holds) << kind as u16;
    }

    pub fn of(cell: &Cell) -> Readings {
        let mut readings = Readings::default();
        match cell {
            Cell::Text(text) => return Readings::of_text(text.trim()),
            Cell::Number { digits, percent } => {
                readings.add(Kind::Number, true);
                readings.add(Kind::Percent, *percent);
                readings.add(Kind::Integer, digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'));
            }
            Cell::Boolean(_) => readings.add(Kind::Boolean, true),
            Cell::Date(_) => readings.add(Kind::Date, true),
            Cell::DateTime(_) => readings.add(Kind::DateTime, true),
            // A duration of more than a day is no time of day.
            Cell::Time(text) => readings.add(Kind::Time, cast_time(text).is_some()),
            Cell::Json(_) => readings.add(Kind::Json, true),
            Cell::Empty | Cell::Error(_) | Cell::Formula => {}
        }
        readings
    }

    fn of_text(text: &str) -> Readings {
        // Longer values are texts or JSON; they are not tried as anything else.
        const LONGEST: usize = 2_100;
        let mut readings = Readings::default();
        if text.starts_with(['{', '[']) {
            crate::core::work::bytes(text.len());
            readings.add(Kind::Json, serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
        }
        if text.len() > LONGEST || text.is_empty() {
            return readings;
        }
        readings.numbers = NumberReadings::of(text);
        readings.percents = NumberReadings::of_percent(text);
        readings.dates = DateReadings::of(text);
        let is_word = !text.chars().any(char::is_numeric);
        readings.add(Kind::Boolean, is_word && cast_boolean(text).is_some());
        readings.add(Kind::Number, readings.numbers.is_number());
        let is_integer = readings.numbers.is_integer();
        readings.add(Kind::Integer, is_integer);
        readings.add(Kind::Percent, readings.percents.is_number());
        // Eight digits are a number first, whatever day they might be.
        let is_date = readings.dates.is_date() && !is_integer;
        let has_time = readings.dates.clock.as_deref().is_some_and(|clock| !is_midnight(clock));
        readings.add(Kind::Date, is_date && !has_time);
        readings.add(Kind::DateTime, is_date && readings.dates.clock.is_some());
        readings.add(Kind::Time, cast_time(text).is_some());
        readings.add(Kind::Uuid, is_uuid(text));
        readings.add(Kind::Email, text.contains(['@', '＠']) && is_email(cast_email(text)));
        let is_address = text.contains("://") || text.starts_with("www.");
        let schemes = ["http".to_owned(), "https".to_owned()];
        readings.add(Kind::Url, is_address && cast_url(text, &schemes).is_some());
        readings.add(Kind::Phone, !is_date && is_phone(text));
        readings
    }
}

/// A telephone number by its look: numbers, codes and dates pass the rule of a phone column, too.
fn is_phone(text: &str) -> bool {
    let plain = cast_phone(text);
    let digits = plain.bytes().filter(u8::is_ascii_digit).count();
    let groups = plain.split(['-', ' ', '(', ')', '.']).filter(|group| !group.is_empty()).count();
    let national = plain.trim_start_matches('(');
    let is_domestic = national.starts_with('0') && !national.starts_with("00") && (groups > 1 || digits >= 10);
    let is_american = digits == 10 && groups == 3;
    if !(9..=15).contains(&digits) || !(plain.starts_with('+') || is_domestic || is_american) {
        return false;
    }
    let mut faults = Faults::first();
    let rule = Rule::Phone { level: Level::Any, region: None };
    rule.check(&Value::String(plain.as_bytes()), &Choices::default(), &mut faults);
    faults.is_empty()
}

/// Whether a text is a number, a date, an address or the like, and so no name of a column.
pub fn looks_like_value(text: &str) -> bool {
    let readings = Readings::of_text(text.trim());
    has_leading_zero(text) || Kind::ALL.into_iter().any(|kind| kind != Kind::Boolean && readings.is(kind))
}
