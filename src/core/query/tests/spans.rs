//! Dates: relative ones, and the days of datetimes in the user's time zone.
use super::{Row, read, schema};
use crate::core::fields::time::{date_from_days, parse_date};
use crate::core::query::Evaluator;
use serde_json::{Value as Json, json};

/// Which of some values a condition holds for.
fn held(kind: &str, zone: &str, now: &str, operator: &str, asked: Json, values: &[&str]) -> Vec<String> {
    let schema = schema(&json!({"columns": [{"name": "d", "type": kind}]}).to_string());
    let query = json!({"filter": {"column": "d", "op": operator, "value": asked}, "time_zone": zone}).to_string();
    let query = read(&schema, &query, now).unwrap();
    let mut evaluator = Evaluator::new(&query, &schema).unwrap();
    let holds = |value: &&&str| evaluator.matches(&Row::new(0, json!({"d": value})).record(), &());
    values.iter().filter(holds).map(|value| (*value).to_owned()).collect()
}

#[test]
fn spans_of_days() {
    // A Thursday, in a leap year.
    let now = "2024-02-29T12:00:00Z";
    for (asked, first, last) in [
        (json!("today"), "2024-02-29", "2024-02-29"),
        (json!("yesterday"), "2024-02-28", "2024-02-28"),
        (json!("tomorrow"), "2024-03-01", "2024-03-01"),
        (json!("2024-12-31"), "2024-12-31", "2024-12-31"),
        (json!({"ago": 3, "unit": "day"}), "2024-02-26", "2024-02-26"),
        (json!({"ago": 2, "unit": "week"}), "2024-02-15", "2024-02-15"),
        (json!({"from_now": 1, "unit": "month"}), "2024-03-29", "2024-03-29"),
        (json!({"ago": 1, "unit": "year"}), "2023-02-28", "2023-02-28"),
        (json!({"from_now": 4, "unit": "year"}), "2028-02-29", "2028-02-29"),
        (json!({"past": 7, "unit": "day"}), "2024-02-22", "2024-02-29"),
        (json!({"next": 14, "unit": "day"}), "2024-02-29", "2024-03-14"),
        (json!({"next": 0, "unit": "week"}), "2024-02-29", "2024-02-29"),
        (json!({"this": "week"}), "2024-02-26", "2024-03-03"),
        (json!({"last": "week"}), "2024-02-19", "2024-02-25"),
        (json!({"next": "week"}), "2024-03-04", "2024-03-10"),
        (json!({"this": "month"}), "2024-02-01", "2024-02-29"),
        (json!({"last": "month"}), "2024-01-01", "2024-01-31"),
        (json!({"next": "month"}), "2024-03-01", "2024-03-31"),
        (json!({"this": "quarter"}), "2024-01-01", "2024-03-31"),
        (json!({"last": "quarter"}), "2023-10-01", "2023-12-31"),
        (json!({"next": "quarter"}), "2024-04-01", "2024-06-30"),
        (json!({"this": "year"}), "2024-01-01", "2024-12-31"),
        (json!({"last": "year"}), "2023-01-01", "2023-12-31"),
        (json!({"next": "year"}), "2025-01-01", "2025-12-31"),
        (json!({"from": {"ago": 1, "unit": "month"}, "to": "today"}), "2024-01-29", "2024-02-29"),
    ] {
        let [from, to] = [first, last].map(|text| parse_date(text).unwrap().days());
        let days: Vec<String> = (from - 40..to + 40)
            .map(date_from_days)
            .map(|(year, month, day)| format!("{year}-{month:02}-{day:02}"))
            .collect();
        let days: Vec<&str> = days.iter().map(String::as_str).collect();
        for (operator, expected) in [
            ("within", days.iter().filter(|day| (first..=last).contains(*day)).count()),
            ("is_not", days.iter().filter(|day| !(first..=last).contains(*day)).count()),
            ("before", days.iter().filter(|day| **day < first).count()),
            ("on_or_before", days.iter().filter(|day| **day <= last).count()),
            ("after", days.iter().filter(|day| **day > last).count()),
            ("on_or_after", days.iter().filter(|day| **day >= first).count()),
        ] {
            let found = held("date", "UTC", now, operator, asked.clone(), &days);
            assert_eq!(found.len(), expected, "{operator} {asked}");
        }
        let found = held("date", "UTC", now, "is", asked.clone(), &days);
        assert_eq!((found[0].as_str(), found[found.len() - 1].as_str()), (first, last), "{asked}");
    }
}

#[test]
fn today_is_that_of_the_time_zone() {
    let days = ["2024-10-26", "2024-10-27"];
    for (zone, now, expected) in [
        ("UTC", "2024-10-26T15:00:00Z", 0),
        ("Asia/Tokyo", "2024-10-26T14:59:59Z", 0),
        ("Asia/Tokyo", "2024-10-26T15:00:00Z", 1),
        ("Europe/Berlin", "2024-10-26T22:00:00Z", 1),
        ("America/Havana", "2024-10-27T03:59:59Z", 0),
    ] {
        assert_eq!(held("date", zone, now, "is", json!("today"), &days), [days[expected]], "{zone} {now}");
    }
}

#[test]
fn days_of_datetimes_begin_and_end_with_the_clocks() {
    let now = "2024-06-01T00:00:00Z";
    for (zone, day, inside, outside) in [
        (
            "Asia/Tokyo",
            "2024-10-27",
            ["2024-10-26T15:00:00Z", "2024-10-27T14:59:59.999999999Z"],
            ["2024-10-26T14:59:59Z", "2024-10-27T15:00:00Z"],
        ),
        // A day of 25 hours.
        (
            "Europe/Berlin",
            "2024-10-27",
            ["2024-10-26T22:00:00Z", "2024-10-27T22:59:59.9Z"],
            ["2024-10-26T21:59:59Z", "2024-10-27T23:00:00Z"],
        ),
        // The clocks skip midnight: the day begins at 01:00.
        (
            "Africa/Cairo",
            "2024-04-26",
            ["2024-04-25T22:00:00Z", "2024-04-26T20:59:59Z"],
            ["2024-04-25T21:59:59.9Z", "2024-04-26T21:00:00Z"],
        ),
        // They go back from midnight to 23:00: the day before has that hour twice.
        (
            "Africa/Cairo",
            "2024-10-31",
            ["2024-10-30T21:00:00Z", "2024-10-31T21:59:59Z"],
            ["2024-10-30T20:59:59Z", "2024-10-31T22:00:00Z"],
        ),
        // They go back from 01:00 to midnight.
        (
            "America/Havana",
            "2024-11-03",
            ["2024-11-03T04:00:00Z", "2024-11-04T04:59:59Z"],
            ["2024-11-03T03:59:59Z", "2024-11-04T05:00:00Z"],
        ),
    ] {
        let all = [inside[0], inside[1], outside[0], outside[1]];
        assert_eq!(held("datetime", zone, now, "is", json!(day), &all), inside, "{zone} {day}");
        assert_eq!(held("datetime", zone, now, "before", json!(day), &all), [outside[0]], "{zone} {day}");
        assert_eq!(held("datetime", zone, now, "after", json!(day), &all), [outside[1]], "{zone} {day}");
        assert_eq!(held("datetime", zone, now, "on_or_after", json!(day), &all).len(), 3, "{zone} {day}");
        assert_eq!(held("datetime", zone, now, "on_or_before", json!(day), &all).len(), 3, "{zone} {day}");
    }
}

#[test]
fn instants_are_compared_exactly() {
    let all =
        ["2024-10-27T00:00:00Z", "2024-10-27T09:00:00+09:00", "2024-10-27T00:00:00.000000001Z", "2024-10-26T23:59:59Z"];
    let held = |operator, asked| held("datetime", "Asia/Tokyo", "2024-01-01T00:00:00Z", operator, asked, &all);
    let asked = json!("2024-10-27T01:00:00+01:00");
    assert_eq!(held("is", asked.clone()), all[..2]);
    assert_eq!(held("is_not", asked.clone()), all[2..]);
    assert_eq!(held("before", asked.clone()), all[3..]);
    assert_eq!(held("after", asked.clone()), all[2..3]);
    assert_eq!(
        held("within", json!({"from": "2024-10-26T23:59:59Z", "to": "2024-10-27T00:00:00Z"})),
        [all[0], all[1], all[3]]
    );
    // From an instant through the end of a day.
    assert_eq!(held("within", json!({"from": "2024-10-27T00:00:00.0000000001Z", "to": "2024-10-27"})), all[..3]);
}

#[test]
fn days_of_month() {
    let asked = json!({"day_of_month": 27});
    let days = ["2024-10-27", "2023-02-27", "2024-10-26"];
    assert_eq!(held("date", "UTC", "2024-01-01T00:00:00Z", "is", asked.clone(), &days), days[..2]);
    assert_eq!(held("date", "UTC", "2024-01-01T00:00:00Z", "is_not", asked.clone(), &days), days[2..]);
    let instants = ["2024-10-26T15:00:00Z", "2024-10-27T15:00:00Z"];
    assert_eq!(held("datetime", "Asia/Tokyo", "2024-01-01T00:00:00Z", "is", asked, &instants), instants[..1]);
}
