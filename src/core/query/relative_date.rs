//! Relative dates: resolved once, against one instant and in one time zone.
//!
//! A value of a date condition is a span of whole days, or a span between instants. Weeks begin on Monday (ISO 8601).
use super::model::{Bounds, DateTest, InstantTest};
use super::operators::Operator;
use super::zone::{TimeZone, day_of, start_of_day};
use crate::core::fields::time::{date_from_days, days_from_date, days_in, parse_date, parse_datetime};
use crate::core::fields::{Instant, shown};
use crate::core::jsonb::{Digits, Object, Value};
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::rc::Rc;

/// The instant and the zone that relative dates refer to.
#[derive(Clone, Debug)]
pub struct Clock {
    pub now: Instant,
    pub zone: Rc<dyn TimeZone>,
}

/// One end of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    Day(i64),
    At(Instant),
}

/// The value of a date condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// From one edge to the other, both included.
    Between(Edge, Edge),
    DayOfMonth(u8),
}

/// A period of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// The units of a number of them ("3 days ago"), and those of a period ("this week").
const COUNTED: [&str; 4] = ["day", "week", "month", "year"];
const PERIODS: [&str; 4] = ["week", "month", "quarter", "year"];

impl Period {
    pub fn named(name: &str) -> Option<Period> {
        match name {
            "day" => Some(Period::Day),
            "week" => Some(Period::Week),
            "month" => Some(Period::Month),
            "quarter" => Some(Period::Quarter),
            "year" => Some(Period::Year),
            _ => None,
        }
    }

    fn read(value: Option<Value<'_>>, units: &[&str]) -> Result<Period, String> {
        let name = value.and_then(Value::as_str).filter(|name| units.contains(name));
        name.and_then(Period::named).ok_or_else(|| format!("needs one of the units {}", units.join(", ")))
    }
}

/// The day that lies so many units later. A month that is too short for the day ends it: a month after January 31 is the last of February.
fn shifted(day: i64, count: i64, unit: Period) -> i64 {
    let months = match unit {
        Period::Day => return day + count,
        Period::Week => return day + 7 * count,
        Period::Month => count,
        Period::Quarter => 3 * count,
        Period::Year => 12 * count,
    };
    let (year, month, of_month) = date_from_days(day);
    let (year, month) = month_after(year, month, months);
    days_from_date(year, month, of_month.min(days_in(year, month)))
}

fn month_after(year: i64, month: u8, count: i64) -> (i64, u8) {
    let months = 12 * year + i64::from(month) - 1 + count;
    (months.div_euclid(12), months.rem_euclid(12) as u8 + 1)
}

/// The first and the last day of the period around a day, so many periods later.
fn period(day: i64, count: i64, unit: Period) -> Edges {
    let (year, month, _) = date_from_days(day);
    let months = |first: u8, length: i64| {
        let (year, month) = month_after(year, first, count * length);
        let (next_year, next_month) = month_after(year, month, length);
        (days_from_date(year, month, 1), days_from_date(next_year, next_month, 1) - 1)
    };
    let (first, last) = match unit {
        Period::Day => (day + count, day + count),
        Period::Week => {
            // 1970-01-01 was a Thursday.
            let monday = day - (day + 3).rem_euclid(7) + 7 * count;
            (monday, monday + 6)
        }
        Period::Month => months(month, 1),
        Period::Quarter => months(month - (month - 1) % 3, 3),
        Period::Year => months(1, 12),
    };
    (Edge::Day(first), Edge::Day(last))
}

type Edges = (Edge, Edge);

/// The first day of the period around a day.
pub fn first_day(day: i64, of: Period) -> i64 {
    match period(day, 0, of).0 {
        Edge::Day(first) => first,
        Edge::At(_) => day,
    }
}

/// A number of units is at most this: more leads out of the calendar.
const MAX_COUNT: u32 = 100_000;

/// What a value of a date condition may look like, for messages.
const FORMS: &str = r#"must be a date such as "2024-11-15", "today", "yesterday", "tomorrow", or an object such as {"ago": 3, "unit": "day"}, {"from_now": 2, "unit": "week"}, {"past": 7, "unit": "day"}, {"next": 14, "unit": "day"}, {"this": "month"}, {"last": "quarter"}, {"next": "year"}, {"day_of_month": 15} or {"from": "2024-11-01", "to": "2024-11-15"}"#;

impl Clock {
    pub fn today(&self) -> i64 {
        day_of(&*self.zone, self.now)
    }

    /// The span that a value means. The error says what the value must be.
    pub fn span(&self, value: Value<'_>) -> Result<Span, String> {
        match value {
            Value::Object(object) if object.get("day_of_month").is_some() => {
                let day = object.get("day_of_month").and_then(count).filter(|day| (1..=31).contains(day));
                refuse_others(object, &["day_of_month"])?;
                day.map(|day| Span::DayOfMonth(day as u8)).ok_or_else(|| "needs a day of month from 1 to 31".to_owned())
            }
            Value::Object(object) if object.get("from").is_some() || object.get("to").is_some() => {
                refuse_others(object, &["from", "to"])?;
                let edge = |name: &str| match object.get(name) {
                    Some(Value::Object(inner)) if is_range(inner) => Err(format!("needs a day in \"{name}\"")),
                    Some(value) => self.edges(value),
                    None => Err("needs both \"from\" and \"to\"".to_owned()),
                };
                let (from, to) = (edge("from")?.0, edge("to")?.1);
                let is_behind = match to {
                    Edge::Day(day) => self.start(from) >= start_of_day(&*self.zone, day + 1),
                    Edge::At(at) => self.start(from) > at,
                };
                if is_behind {
                    return Err("must not end before it begins".to_owned());
                }
                Ok(Span::Between(from, to))
            }
            value => self.edges(value).map(|(from, to)| Span::Between(from, to)),
        }
    }

    fn start(&self, edge: Edge) -> Instant {
        match edge {
            Edge::Day(day) => start_of_day(&*self.zone, day),
            Edge::At(at) => at,
        }
    }

    fn edges(&self, value: Value<'_>) -> Result<Edges, String> {
        let one = |edge: Edge| Ok((edge, edge));
        let today = self.today();
        match value {
            Value::String(_) => match value.as_str().unwrap_or_default() {
                "today" => one(Edge::Day(today)),
                "yesterday" => one(Edge::Day(today - 1)),
                "tomorrow" => one(Edge::Day(today + 1)),
                text => match (parse_date(text), parse_datetime(text)) {
                    (Some(date), _) => one(Edge::Day(date.days())),
                    (None, Some(at)) => one(Edge::At(at)),
                    (None, None) => Err(format!("{FORMS}, not \"{}\"", shown(text))),
                },
            },
            Value::Object(object) => self.relative(object, today),
            other => Err(format!("{FORMS}, not {}", other.kind())),
        }
    }

    fn relative(&self, object: Object<'_>, today: i64) -> Result<Edges, String> {
        let known = ["ago", "from_now", "past", "next", "this", "last"];
        let mut named = known.into_iter().filter_map(|name| Some((name, object.get(name)?)));
        let (Some((name, value)), None) = (named.next(), named.next()) else {
            return Err(FORMS.to_owned());
        };
        if matches!(name, "this" | "last") || (name == "next" && matches!(value, Value::String(_))) {
            refuse_others(object, &[name])?;
            let unit = Period::read(Some(value), &PERIODS)?;
            let count = match name {
                "this" => 0,
                "last" => -1,
                _ => 1,
            };
            return Ok(period(today, count, unit));
        }
        refuse_others(object, &[name, "unit"])?;
        let count = count(value)
            .filter(|count| *count <= MAX_COUNT)
            .ok_or_else(|| format!("needs a whole number from 0 to {MAX_COUNT} in \"{name}\""))?;
        let unit = Period::read(object.get("unit"), &COUNTED)?;
        let count = if matches!(name, "ago" | "past") { -i64::from(count) } else { i64::from(count) };
        let (today, other) = (Edge::Day(today), Edge::Day(shifted(today, count, unit)));
        Ok(match name {
            "past" => (other, today),
            "next" => (today, other),
            _ => (other, other),
        })
    }

    /// The instants for which an operator holds.
    pub fn instant_test(&self, operator: Operator, span: Span) -> Result<InstantTest, String> {
        let (from, to) = match span {
            Span::Between(from, to) => (from, to),
            Span::DayOfMonth(day) => return day_of_month(operator).map(|()| InstantTest::DayOfMonth(day)),
        };
        // The first instant behind an edge, which is itself part of the span.
        let behind = |edge: Edge, inside: bool| match edge {
            Edge::Day(day) => {
                let next = start_of_day(&*self.zone, day + 1);
                if inside { Excluded(next) } else { Included(next) }
            }
            Edge::At(at) => {
                if inside {
                    Included(at)
                } else {
                    Excluded(at)
                }
            }
        };
        Ok(InstantTest::Within(match operator {
            Operator::Before => (Unbounded, Excluded(self.start(from))),
            Operator::OnOrBefore => (Unbounded, behind(to, true)),
            Operator::After => (behind(to, false), Unbounded),
            Operator::OnOrAfter => (Included(self.start(from)), Unbounded),
            _ => (Included(self.start(from)), behind(to, true)),
        }))
    }
}

/// The days for which an operator holds.
pub fn date_test(operator: Operator, span: Span) -> Result<DateTest, String> {
    match span {
        Span::DayOfMonth(day) => day_of_month(operator).map(|()| DateTest::DayOfMonth(day)),
        Span::Between(Edge::Day(from), Edge::Day(to)) => Ok(DateTest::Within(bounds(operator, from, to))),
        Span::Between(..) => Err("must be a day without a time, as the column holds days".to_owned()),
    }
}

/// What an operator leaves of all values, given the first and the last of a span.
pub fn bounds<T>(operator: Operator, first: T, last: T) -> Bounds<T> {
    match operator {
        Operator::Before => (Unbounded, Excluded(first)),
        Operator::OnOrBefore => (Unbounded, Included(last)),
        Operator::After => (Excluded(last), Unbounded),
        Operator::OnOrAfter => (Included(first), Unbounded),
        _ => (Included(first), Included(last)),
    }
}

fn day_of_month(operator: Operator) -> Result<(), String> {
    if matches!(operator, Operator::Is | Operator::IsNot) {
        return Ok(());
    }
    Err(format!("cannot be a day of month, which takes is and is_not, not {}", operator.name()))
}

/// Whether the object means more than one day.
fn is_range(object: Object<'_>) -> bool {
    object.get("ago").is_none() && object.get("from_now").is_none()
}

fn refuse_others(object: Object<'_>, known: &[&str]) -> Result<(), String> {
    match object.iter().find(|(key, _)| !known.iter().any(|name| name.as_bytes() == *key)) {
        None => Ok(()),
        Some((key, _)) => {
            let names: Vec<String> = known.iter().map(|name| format!("\"{name}\"")).collect();
            let key = String::from_utf8_lossy(key);
            Err(format!("must not have \"{}\" beside {}", shown(&key), names.join(" and ")))
        }
    }
}

/// A whole number that is not negative.
pub fn count(value: Value<'_>) -> Option<u32> {
    let number = value.as_number()?.read();
    (number.is_integer() && number.integer_digits() <= 10).then(|| number.to_decimal().to_string().parse().ok())?
}
