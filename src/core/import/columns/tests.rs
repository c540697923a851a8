use super::dates::DateReadings;
use super::numbers::NumberReadings;
use super::{ColumnFacts, DateOrder, DecimalMark, Survey};
use crate::core::fields::{Range, Rule};
use crate::core::import::cell::Cell;

mod convert;

fn text(text: &str) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
}

fn facts_of(cells: impl IntoIterator<Item = Cell>) -> ColumnFacts {
    let mut survey = Survey::default();
    cells.into_iter().for_each(|cell| survey.add(&cell));
    survey.finish(true)
}

fn facts(values: &[&str]) -> ColumnFacts {
    facts_of(values.iter().map(|value| text(value)))
}

fn codes(facts: &ColumnFacts) -> Vec<(&'static str, u64)> {
    facts.warnings.iter().map(|warning| (warning.code, warning.count)).collect()
}

#[test]
fn types_are_found() {
    for (values, expected) in [
        (&["1", "25", "-3", "１２"][..], "integer"),
        (&["1.5", "2", "3.25"], "number"),
        (&["1,5", "2", "3,25"], "number"),
        (&["¥1,200", "3,500円", "\\1,500"], "integer"),
        (&["12%", "3.5 %", "100％"], "percent"),
        (&["true", "false", "true"], "boolean"),
        (&["はい", "いいえ"], "boolean"),
        (&["○", "×", "○"], "boolean"),
        (&["1", "0", "1"], "integer"),
        (&["2024-01-05", "2024/1/6", "令和6年1月7日", "2024年1月8日(月)"], "date"),
        (&["31.12.2024", "01.02.2024"], "date"),
        (&["5 Jan 2024", "Feb 3, 2024", "05-Mar-24"], "date"),
        (&["2024-01-05 00:00:00", "2024-01-06 00:00"], "date"),
        (&["2024-01-05T09:30:00Z", "2024-01-05 10:00+09"], "datetime"),
        (&["2024/1/5 9:30", "2024/1/5 10:15"], "datetime"),
        (&["9:30", "午後3時", "18:05:30"], "time"),
        (&["ann@example.com", "ｂｏｂ@example.com"], "email"),
        (&["https://example.com", "www.example.org/a"], "url"),
        (&["03-1234-5678", "090-1234-5678", "+81 90 1234 5678"], "phone"),
        (&["0312345678", "09012345678"], "phone"),
        (&["(555) 123-4567", "555-987-6543"], "phone"),
        (&["0190163d-8694-739b-aea5-966c26f8ad91"], "uuid"),
        (&["{\"a\":1}", "[1,2]"], "json"),
        (&["100-0001", "530-0011"], "text"),
        (&["Ann", "Bob"], "text"),
        (&["line one\nline two", "x"], "long_text"),
        (&["007", "012", "123"], "text"),
        (&["12345678901234567890", "1"], "text"),
        (&["20240105", "20240106"], "integer"),
        (&["", ""], "text"),
    ] {
        assert_eq!(facts(values).field_type, expected, "{values:?} {:?}", facts(values));
    }
}

#[test]
fn the_share_that_fits_is_told_with_what_does_not() {
    let found = facts(&["1", "2", "3", "4", "5", "6", "7", "8", "9", "n/a", ""]);
    assert_eq!((found.field_type, found.share, found.filled, found.empty), ("integer", 0.9, 10, 1));
    assert_eq!(
        (found.misfits, codes(&facts(&["1", "2", "3", "4", "x"]))),
        (vec!["n/a".to_owned()], vec![("mixed_types", 1)])
    );
    let found = facts(&["1", "2", "x", "y", "z"]);
    assert_eq!((found.field_type, found.share), ("text", 1.0));
    assert_eq!(codes(&found), [("mixed_types", 3)]);
    assert_eq!(found.samples.len(), 5);
}

#[test]
fn a_column_has_one_date_order_or_asks() {
    use DateOrder::{Ambiguous, Dmy, Mdy, Ymd};
    for (values, expected) in [
        (&["31/12/2024", "01/02/2024"][..], Some(Dmy)),
        (&["12/31/2024", "01/02/2024"], Some(Mdy)),
        (&["01/02/2024", "03/04/2024"], Some(Ambiguous)),
        (&["05/05/2024", "06/06/2024"], Some(Dmy)),
        (&["2024/1/5", "2024-01-06"], Some(Ymd)),
        (&["99/12/31", "24/01/02"], Some(Ymd)),
        (&["24/12/31", "24/01/02"], Some(Ambiguous)),
        (&["31/12/99", "01/02/24"], Some(Dmy)),
        // The last day of 2024, or a day of 2031.
        (&["31/12/24", "01/02/24"], Some(Ambiguous)),
        (&["01/02/03"], Some(Ambiguous)),
        (&["2024-01-05", "31/12/2024"], Some(Dmy)),
        (&["01.02.2024", "13.02.2024", "5 Mar 2024"], Some(Dmy)),
        (&["05/01/2024 09:30", "13/01/2024 10:00"], Some(Dmy)),
    ] {
        let found = facts(values);
        assert!(matches!(found.field_type, "date" | "datetime"), "{values:?}");
        assert_eq!(found.date_order, expected, "{values:?}");
    }
    // Two orders in one column: nobody knows which one the others have.
    let found = facts(&["31/12/2024", "12/31/2024", "01/02/2024"]);
    assert_eq!((found.field_type, found.date_order, codes(&found)[0].0), ("text", None, "mixed_date_orders"));
    // The same days in any order decide nothing about rows that were not looked at.
    let mut survey = Survey::default();
    survey.add(&text("05/05/2024"));
    assert_eq!(survey.finish(false).date_order, Some(Ambiguous));
    assert_eq!(codes(&facts(&["31/12/24"])), [("short_years", 1)]);
    assert_eq!(codes(&facts(&["2024/1/5 9:30"])), [("missing_offset", 1)]);
}

#[test]
fn a_column_has_one_decimal_mark_or_asks() {
    use DecimalMark::{Ambiguous, Comma, Point};
    for (values, expected) in [
        (&["1.234,56", "1.234"][..], Some(Comma)),
        (&["1,234.56", "1,234"], Some(Point)),
        (&["1.234", "5"], Some(Ambiguous)),
        (&["1,234", "5"], Some(Ambiguous)),
        (&["1,5", "2"], Some(Comma)),
        (&["1.234.567", "1.234"], Some(Comma)),
        (&["1,234,567", "1,234"], Some(Point)),
        (&["0.123"], Some(Point)),
        (&["0,123"], Some(Comma)),
        (&["¥1,234"], Some(Point)),
        (&["1,234円", "500円"], Some(Point)),
        (&["1 234,50", "12"], Some(Comma)),
        (&["1'234.50"], Some(Point)),
        (&["1", "25"], None),
        (&["1,5%", "2,25 %"], Some(Comma)),
    ] {
        let found = facts(values);
        assert!(matches!(found.field_type, "number" | "integer" | "percent"), "{values:?} {found:?}");
        assert_eq!(found.decimal_mark, expected, "{values:?}");
    }
    let found = facts(&["1.5", "1,5", "2.5"]);
    assert_eq!((found.field_type, found.decimal_mark), ("text", None));
    // Typed numbers have a mark where no text has another.
    let typed = |digits: &str| Cell::Number { digits: digits.to_owned(), percent: false };
    for (cells, expected) in [
        (vec![typed("12.345")], Some(Point)),
        (vec![typed("5"), text("x")], Some(Point)),
        (vec![typed("12.345"), text("1.234")], Some(Ambiguous)),
        (vec![typed("12.345"), text("1,5")], Some(Comma)),
        (vec![typed("12.345"), text("12")], None),
    ] {
        assert_eq!(facts_of(cells.clone()).mark_of_numbers, expected, "{cells:?}");
    }
    assert!(codes(&found).contains(&("mixed_decimal_marks", 1)));
}

#[test]
fn short_words_are_booleans_only_in_pairs() {
    for values in [
        &["yes", "no", "Yes"][..],
        &["Y", "n"],
        &["ja", "nein"],
        &["s\u{ed}", "no"],
        &["true", "false"],
        &["true"],
        &["oui", "non"],
        &["\u{25cb}", "\u{d7}"],
    ] {
        assert_eq!(facts(values).field_type, "boolean", "{values:?}");
    }
    for values in [&["ja", "ja"][..], &["ja", "no"], &["J", "T"], &["NO", "NO", "NO"], &["F", "M", "T"], &["si", "ne"]]
    {
        assert_ne!(facts(values).field_type, "boolean", "{values:?}");
    }
}

#[test]
fn warnings_say_what_would_be_lost() {
    for (values, expected) in [
        (&["007", "008"][..], vec![("leading_zeros", 2)]),
        (&["12345678901234567890"], vec![("many_digits", 1)]),
        (&["1.23E+15", "5"], vec![("scientific", 1)]),
        (&["5%", "6%"], vec![("percents", 2)]),
        (&["$5", "6"], vec![("currency_marks", 1)]),
        (&["a\0b", "c"], vec![("nul_characters", 1)]),
        (&["a", "b"], vec![]),
    ] {
        assert_eq!(codes(&facts(values)), expected, "{values:?}");
    }
    let found = facts_of([Cell::Formula, Cell::Error("#N/A".to_owned()), text("5")]);
    assert_eq!((codes(&found), found.field_type, found.share), (vec![("errors", 1), ("formulas", 1)], "integer", 1.0));
    let number = |digits: &str, percent| Cell::Number { digits: digits.to_owned(), percent };
    let codes_of_post = facts_of([number("01234", false), number("12345", false), number("23456", false)]);
    assert_eq!((codes_of_post.field_type, codes(&codes_of_post)), ("text", vec![("leading_zeros", 1)]));
    assert_eq!(facts_of([number("0.12", true), number("1", true)]).field_type, "percent");
    assert_eq!(facts_of([number("0.12", false), number("1", false)]).field_type, "number");
    assert_eq!(facts_of([number("7", false)]).field_type, "integer");
    assert_eq!(facts_of([Cell::Date("2024-01-05".to_owned())]).field_type, "date");
    // Midnight is what programs write of a day alone.
    for (value, count) in [
        ("2024-01-05", 0),
        ("2024-01-05 00:00:00.000", 0),
        ("2024-01-05T00:00Z", 0),
        ("2024-01-05T00:00:00+09:00", 0),
        ("2024-01-05 00:00:01", 1),
        ("5/1/2024 10:30 PM", 1),
        ("2024-01-05T10:00Z", 1),
    ] {
        assert_eq!(facts(&[value]).times_of_day, count, "{value}");
    }
    assert_eq!(facts_of([Cell::DateTime("2024-01-05T08:00:00".to_owned())]).times_of_day, 1);
    assert_eq!(facts_of([Cell::DateTime("2024-01-05T00:00:00".to_owned())]).times_of_day, 0);
    let found = facts(&["2024-01-05 10:30", "2024-01-06"]);
    let days = Rule::Date(Range { min: None, max: None });
    let told = |rule| found.warnings_for(rule).iter().any(|warning| warning.code == "times_of_day");
    assert!(told(Some(&days)) && !told(None) && !told(Some(&Rule::Boolean)));
}

#[test]
fn few_distinct_values_are_choices() {
    let values: Vec<&str> = (0..30).map(|index| ["won", "new", "new"][index % 3]).collect();
    let found = facts(&values);
    assert_eq!((found.field_type, found.choices), ("select", vec!["new".to_owned(), "won".to_owned()]));
    assert_eq!(facts(&["new", "won", "new"]).field_type, "text");
    let wrong: Vec<&str> = (0..30).map(|index| ["won", "new", "#N/A", "a\0b"][index % 4]).collect();
    assert_eq!(facts(&wrong).choices, ["new", "won"]);
    let many: Vec<String> = (0..200).map(|index| format!("name {index}")).collect();
    assert_eq!(facts_of(many.iter().map(|value| text(value))).field_type, "text");
}

#[test]
fn readings_of_dates() {
    let read = |value: &str, order| DateReadings::of(value).date(order).map(str::to_owned);
    for (value, ymd, mdy, dmy) in [
        ("01/02/2024", None, Some("2024-01-02"), Some("2024-02-01")),
        ("1-2-2024", None, Some("2024-01-02"), Some("2024-02-01")),
        ("01.02.03", Some("2001-02-03"), Some("2003-01-02"), Some("2003-02-01")),
        ("70/12/31", Some("1970-12-31"), None, None),
        ("31/12/68", None, None, Some("2068-12-31")),
        ("30/02/2024", None, None, None),
        ("1/2/024", None, None, None),
        ("1/2", None, None, None),
        ("1/2/3/4", None, None, None),
        ("01/02-2024", None, None, None),
        ("01/02/2024 25:00", None, None, None),
    ] {
        let expected = [ymd, mdy, dmy].map(|date| date.map(str::to_owned));
        assert_eq!(
            [DateOrder::Ymd, DateOrder::Mdy, DateOrder::Dmy].map(|order| read(value, order)),
            expected,
            "{value}"
        );
    }
    for (value, expected) in [
        ("2024/1/5", "2024-01-05"),
        ("令和6年5月1日", "2024-05-01"),
        ("R6.5.1", "2024-05-01"),
        ("2024年5月1日（水）", "2024-05-01"),
        ("5 January 2024", "2024-01-05"),
        ("Jan. 5th, 2024", "2024-01-05"),
        ("Fri, 5 Jan 2024", "2024-01-05"),
        ("2024-Jan-05", "2024-01-05"),
        ("5-Jan-2024", "2024-01-05"),
        ("20240105", "2024-01-05"),
        ("3. März 2024", "2024-03-03"),
        ("3. Marz 2024", "2024-03-03"),
        ("Montag, 4. März 2024", "2024-03-04"),
        ("1. Dez. 2024", "2024-12-01"),
        ("5 mars 1990", "1990-03-05"),
        ("1er août 2024", "2024-08-01"),
        ("lundi 5 février 2024", "2024-02-05"),
        ("5 juil. 2024", "2024-07-05"),
        ("5 de enero de 2024", "2024-01-05"),
        ("lunes, 5 de agosto de 2024", "2024-08-05"),
        ("5 de março de 2024", "2024-03-05"),
        ("segunda-feira, 4 de março de 2024", "2024-03-04"),
        ("1º gennaio 2024", "2024-01-01"),
        ("5 mei 2024", "2024-05-05"),
    ] {
        assert!(!DateReadings::of(value).needs_order(), "{value}");
        assert_eq!(read(value, DateOrder::Ambiguous).as_deref(), Some(expected), "{value}");
    }
    for value in [
        "",
        "Jan",
        "5 Foo 2024",
        "Mayor 5 2024",
        "5 5 2024",
        "Marching 5, 2024",
        "5 jui 2024",
        "1.2.3.4",
        &"1/".repeat(200),
    ] {
        assert!(!DateReadings::of(value).is_date(), "{value}");
    }
}

#[test]
fn readings_of_numbers() {
    for (value, point, comma) in [
        ("1.234", Some("1.234"), Some("1234")),
        ("1,234", Some("1234"), Some("1.234")),
        ("1.234,56", None, Some("1234.56")),
        ("1,234.56", Some("1234.56"), None),
        ("(1,234.50)", Some("-1234.50"), None),
        ("1.234,56-", None, Some("-1234.56")),
        ("-1.234,56 €", None, Some("-1234.56")),
        ("1 234 567", Some("1234567"), Some("1234567")),
        ("1\u{202F}234,5", None, Some("1234.5")),
        ("1’234.5", Some("1234.5"), None),
        ("1 234,567", None, Some("1234.567")),
        ("1 23", None, None),
        ("１．５", Some("1.5"), None),
        ("12", Some("12"), Some("12")),
        ("(-5)", None, None),
        ("--5", None, None),
        ("1.2.3", None, None),
        ("x", None, None),
        ("", None, None),
        ("1e5", Some("1e5"), Some("1e5")),
    ] {
        let readings = NumberReadings::of(value);
        let found = [DecimalMark::Point, DecimalMark::Comma].map(|mark| readings.number(mark));
        assert_eq!(found, [point, comma], "{value}");
    }
}

#[test]
fn a_survey_keeps_few_values() {
    let mut survey = Survey::default();
    (0..1_000).for_each(|number| survey.add(&Cell::Number { digits: number.to_string(), percent: false }));
    (0..20).for_each(|number| survey.add(&Cell::Text(format!("word {}", "x".repeat(number)))));
    assert_eq!(survey.kept(), 10);
    let facts = survey.finish(true);
    assert_eq!((facts.samples.len(), facts.misfits.len()), (5, 5));
    assert_eq!(facts.misfits[1], "word x");
}
