//! The values that the library tableschema (PyPI, its tests of types) reads and refuses, as facts in a table of our own, and what an import makes of them.
use crate::core::import::cell::Cell;
use crate::core::import::columns::{DateOrder, DecimalMark, Plan, convert};
use crate::core::jsonb::{Value, fixture::document};
use crate::core::schema::read;
use crate::core::validate::cast::{cast_record, errors};

/// The value that a column of the type holds then, as JSON; none for a problem.
fn imported(definition: &str, plan: &Plan, text: &str) -> Option<String> {
    let schema = document(&format!(r#"{{"columns":[{{"name":"x","type":{definition}}}]}}"#));
    let schema = read(Value::root(&schema)).unwrap();
    let input = convert(&Cell::Text(text.to_owned()), plan).ok()??;
    let given = document(&format!(r#"{{"x":{}}}"#, input.to_json()));
    let casting = cast_record(&schema, Value::root(&given).as_object().unwrap());
    let data = document(&casting.data);
    let is_valid = errors(&schema, Value::root(&data).as_object().unwrap()) == "[]";
    is_valid.then(|| casting.data["{\"x\":".len()..casting.data.len() - 1].to_owned())
}

fn check(field_type: &str, order: Option<DateOrder>, mark: Option<DecimalMark>, cases: &[(&str, Option<&str>)]) {
    let plan = Plan {
        field_type: field_type.to_owned(),
        date_order: order,
        decimal_mark: mark,
        offset: Some("Z".to_owned()),
        ..Plan::default()
    };
    for (text, expected) in cases {
        assert_eq!(imported(&format!("\"{field_type}\""), &plan, text).as_deref(), *expected, "{field_type} {text:?}");
    }
}

#[test]
fn numbers() {
    let read: [(&str, Option<&str>); 12] = [
        ("1", Some("1")),
        ("10.00", Some("10.00")),
        ("10.50", Some("10.50")),
        ("-1000", Some("-1000")),
        ("1,000", Some("1000")),
        ("10,000.00", Some("10000.00")),
        ("10,000,000.50", Some("10000000.50")),
        ("$10000.00", Some("10000.00")),
        ("  10,000.00 €", Some("10000.00")),
        ("10,000a.00", None),
        ("10+000.00", None),
        ("$10:000.00", None),
    ];
    check("number", None, Some(DecimalMark::Point), &read);
    check(
        "number",
        None,
        Some(DecimalMark::Comma),
        &[
            ("10.000.000,00", Some("10000000.00")),
            ("10 000,00", Some("10000.00")),
            ("10 000 000,00", Some("10000000.00")),
            ("  10 000,00 £", Some("10000.00")),
            // It reads a number with any mark around it when told to; a mark that no currency column has is not known here.
            ("10000,00 ₪", None),
        ],
    );
    // It has marks of any character for groups and decimals; here they are those that people write.
    check("number", None, None, &[("10#000.00", None), ("10@50", None), ("string", None)]);
    // A percentage is a hundredth of what it says, and there is a type for it; it reads "100%" as 100.
    check("number", None, None, &[("100%", None), ("1000‰", None)]);
    check("percent", None, None, &[("100%", Some("1")), ("1000‰", None)]);
    // It takes 63 bits and more, and any float; here digits are digits.
    check(
        "integer",
        None,
        None,
        &[("1", Some("1")), ("9223372036854775808", Some("9223372036854775808")), ("3.14", None), ("1$", Some("1"))],
    );
    // It finds the digits in any text when told that there is more than the number; here that is no number.
    check("integer", None, None, &[("ab1$", None)]);
    // Years are integers with limits of their own.
    let plan = Plan { field_type: "integer".to_owned(), ..Plan::default() };
    let year = r#""integer","options":{"min":0,"max":9999}"#;
    for (text, expected) in [("2000", Some("2000")), ("-2000", None), ("20000", None), ("3.14", None)] {
        assert_eq!(imported(year, &plan, text).as_deref(), expected, "{text}");
    }
}

#[test]
fn dates_and_times() {
    use DateOrder::{Dmy, Ymd};
    // In its format `any` it reads the names of months, which nobody can mistake; so it is here.
    check(
        "date",
        None,
        None,
        &[
            ("2019-01-01", Some("\"2019-01-01\"")),
            ("10th Jan 1969", Some("\"1969-01-10\"")),
            ("10th Jan nineteen sixty nine", None),
            ("invalid", None),
            // Two digits of a year: a date of an order, which is asked for.
            ("21/11/06", None),
        ],
    );
    check("date", Some(Dmy), None, &[("21/11/06", Some("\"2006-11-21\"")), ("invalid", None)]);
    // It refuses a time behind a date; here it falls, since spreadsheets write one.
    check("date", Some(Ymd), None, &[("21/11/06 16:30", Some("\"2021-11-06\""))]);
    check(
        "datetime",
        None,
        None,
        &[
            ("2014-01-01T06:00:00Z", Some("\"2014-01-01T06:00:00Z\"")),
            ("10th Jan 1969 9:00 am", Some("\"1969-01-10T09:00:00Z\"")),
            // The first of January of 2014 was a Wednesday: the name of a day is not compared, as in its format `any`.
            ("Mon 1st Jan 2014 9:00 am", Some("\"2014-01-01T09:00:00Z\"")),
            // It reads an hour alone in its format `any`; here a time has minutes.
            ("10th Jan 1969 9 am", None),
            ("invalid", None),
        ],
    );
    check("datetime", Some(Dmy), None, &[("21/11/06 16:30", Some("\"2006-11-21T16:30:00Z\""))]);
    // By default it refuses a time without seconds; here it is read, as a form's input gives it.
    check(
        "time",
        None,
        None,
        &[
            ("06:00:00", Some("\"06:00:00\"")),
            ("09:00", Some("\"09:00\"")),
            ("3:00 am", Some("\"03:00\"")),
            ("3 am", None),
            ("3.00", None),
            ("some night", None),
        ],
    );
}

#[test]
fn booleans_and_durations() {
    check(
        "boolean",
        None,
        None,
        &[
            ("yes", Some("true")),
            ("y", Some("true")),
            ("t", Some("true")),
            ("1", Some("true")),
            ("YES", Some("true")),
            ("no", Some("false")),
            ("f", Some("false")),
            ("0", Some("false")),
            ("No", Some("false")),
            ("3.14", None),
        ],
    );
    // A year and a month have no fixed length; here a duration is a number of seconds.
    check(
        "duration",
        None,
        None,
        &[
            ("P1D", Some("86400")),
            ("PT1H", Some("3600")),
            ("PT1M", Some("60")),
            ("PT1S", Some("1")),
            ("P1Y", None),
            ("P1M", None),
            ("P1Y10M3DT5H11M7S", None),
            ("P1M1Y", None),
            ("P-1Y", None),
        ],
    );
}

#[test]
fn texts() {
    check("text", None, None, &[("string", Some("\"string\""))]);
    check("url", None, None, &[("http://google.com", Some("\"http://google.com\"")), ("string", None)]);
    check(
        "email",
        None,
        None,
        &[("name@gmail.com", Some("\"name@gmail.com\"")), ("http://google.com", None), ("string", None)],
    );
}
