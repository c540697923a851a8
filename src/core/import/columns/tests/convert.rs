//! Cells by the plans of their columns.
use super::super::{DateOrder, DecimalMark, Input, Plan, convert};
use super::{facts, text};
use crate::core::fields::currency::currency_exponent;
use crate::core::import::cell::Cell;
use crate::core::jsonb::{Value, fixture::document};
use crate::core::validate::cast::{cast_record, errors};

fn plan(field_type: &str) -> Plan {
    Plan { field_type: field_type.to_owned(), ..Plan::default() }
}

/// The plan of a column of amounts.
fn money(currency: &str) -> Plan {
    let places = currency_exponent(currency).map(u32::from);
    Plan { currency: Some(currency.to_owned()), places, ..plan("currency") }
}

fn converted(value: &str, plan: &Plan) -> Result<String, &'static str> {
    convert(&text(value), plan)
        .map(|input| input.map_or("none".to_owned(), |input| input.to_json()))
        .map_err(|problem| problem.code)
}

#[test]
fn cells_are_read_by_their_columns_plan_and_no_other() {
    let dmy = Plan { date_order: Some(DateOrder::Dmy), ..plan("date") };
    assert_eq!(converted("01/02/2024", &dmy), Ok("\"2024-02-01\"".to_owned()));
    assert_eq!(converted("2024-03-04", &dmy), Ok("\"2024-03-04\"".to_owned()));
    assert_eq!(converted("12/31/2024", &dmy), Err("import.ambiguous_date"));
    assert_eq!(converted("soon", &dmy), Ok("\"soon\"".to_owned()));
    for order in [None, Some(DateOrder::Ambiguous), Some(DateOrder::Ymd)] {
        let plan = Plan { date_order: order, ..plan("date") };
        assert_eq!(converted("31/12/2024", &plan), Err("import.ambiguous_date"));
        assert_eq!(converted("令和6年5月1日", &plan), Ok("\"2024-05-01\"".to_owned()));
    }
    let comma = Plan { decimal_mark: Some(DecimalMark::Comma), ..plan("number") };
    assert_eq!(converted("1.234", &comma), Ok("1234".to_owned()));
    assert_eq!(converted("1.234,50", &comma), Ok("1234.50".to_owned()));
    assert_eq!(converted("1.5", &comma), Err("import.ambiguous_number"));
    assert_eq!(converted("n/a", &comma), Err("import.no_number"));
    assert_eq!(converted("7", &comma), Ok("7".to_owned()));
    let unknown = plan("number");
    assert_eq!(converted("1.234", &unknown), Err("import.ambiguous_number"));
    assert_eq!(converted("1,5", &unknown), Err("import.ambiguous_number"));
    assert_eq!(converted("1.5", &unknown), Ok("1.5".to_owned()));
    let percent = Plan { decimal_mark: Some(DecimalMark::Comma), ..plan("percent") };
    assert_eq!(converted("12,5 %", &percent), Ok("0.125".to_owned()));
    assert_eq!(converted("12.5 %", &percent), Err("import.ambiguous_number"));
    let currency = Plan { decimal_mark: Some(DecimalMark::Comma), ..plan("currency") };
    assert_eq!(converted("1.234,50 €", &currency), Ok("1234.50".to_owned()));
    let tokyo = Plan { offset: Some("+09:00".to_owned()), date_order: Some(DateOrder::Mdy), ..plan("datetime") };
    assert_eq!(converted("1/2/2024 9:30", &tokyo), Ok("\"2024-01-02T09:30:00+09:00\"".to_owned()));
    assert_eq!(converted("2024-01-02T09:30:00Z", &tokyo), Ok("\"2024-01-02T09:30:00Z\"".to_owned()));
    assert_eq!(converted("2024/1/2 9:30", &plan("datetime")), Err("import.missing_offset"));
    assert_eq!(converted("1/2/2024", &tokyo), Ok("\"2024-01-02T00:00:00+09:00\"".to_owned()));
    assert_eq!(converted("2024-01-02", &plan("datetime")), Err("import.missing_offset"));
    assert_eq!(converted("soon", &tokyo), Ok("\"soon\"".to_owned()));
}

#[test]
fn amounts_are_read_in_their_columns_currency() {
    let minor = |currency: &str| Plan { has_minor_units: true, ..money(currency) };
    let comma = |currency: &str| Plan { decimal_mark: Some(DecimalMark::Comma), ..money(currency) };
    for (value, plan, expected) in [
        ("1999", money("USD"), Ok("199900")),
        ("1999", minor("USD"), Ok("1999")),
        ("$1,999", minor("USD"), Ok("1999")),
        ("19.99", minor("USD"), Err("import.decimals")),
        ("19.00", minor("USD"), Ok("19")),
        ("1999", minor("JPY"), Ok("1999")),
        ("12,50 EUR", comma("EUR"), Ok("1250")),
        ("USD 12.50", money("USD"), Ok("1250")),
        ("US$12.50", money("USD"), Ok("1250")),
        ("JPY 1000", money("JPY"), Ok("1000")),
        ("1 234,50 zł", comma("PLN"), Ok("123450")),
        ("CHF 1'234.50", money("CHF"), Ok("123450")),
        ("(1,234.50)", money("USD"), Ok("-123450")),
        ("12.505", Plan { decimal_mark: Some(DecimalMark::Point), ..money("USD") }, Err("import.decimals")),
        ("12.5050", money("USD"), Err("import.decimals")),
        ("1000.5", money("JPY"), Err("import.decimals")),
        ("$5", money("EUR"), Err("import.other_currency")),
        ("12.50 USD", money("EUR"), Err("import.other_currency")),
        ("1,200人", money("JPY"), Err("import.no_number")),
    ] {
        assert_eq!(converted(value, &plan), expected.map(str::to_owned), "{value} {plan:?}");
    }
    let problem = convert(&text("12.50 USD"), &money("EUR")).unwrap_err();
    assert_eq!(problem.message, "is in another currency: it says USD, and the column is in EUR");
}

#[test]
fn a_number_that_can_only_be_read_in_one_way_is() {
    let number = |places| Plan { places, ..plan("number") };
    for (value, plan, expected) in [
        ("1,000", number(Some(0)), Ok("1000")),
        ("1,234", number(Some(0)), Ok("1234")),
        // A point may stand before too many decimals.
        ("1.234", number(Some(0)), Err("import.ambiguous_number")),
        ("1.000", number(Some(0)), Err("import.ambiguous_number")),
        ("12.505", money("USD"), Err("import.ambiguous_number")),
        ("1,000", number(None), Err("import.ambiguous_number")),
        ("1,234", number(Some(2)), Ok("1234")),
        ("1,234", number(Some(3)), Err("import.ambiguous_number")),
        ("1,000", money("JPY"), Ok("1000")),
        ("1,000", money("USD"), Ok("100000")),
        ("1.234", money("EUR"), Err("import.ambiguous_number")),
        ("1.230", money("EUR"), Err("import.ambiguous_number")),
        ("1,000", money("KWD"), Err("import.ambiguous_number")),
        ("1,5", money("USD"), Err("import.ambiguous_number")),
        // The column's mark counts, where it has one.
        ("1,000", Plan { decimal_mark: Some(DecimalMark::Comma), ..money("USD") }, Ok("100")),
    ] {
        assert_eq!(converted(value, &plan), expected.map(str::to_owned), "{value} {plan:?}");
    }
    let message = |value: &str, plan: &Plan| convert(&text(value), plan).unwrap_err().message;
    assert_eq!(
        message("1,234", &plan("number")),
        "can be read in two ways: 1234 with a decimal point, 1.234 with a decimal comma. The option decimal_mark says which"
    );
    assert_eq!(
        message("01/02/2024", &plan("date")),
        "is a date whose order of day, month and year is not known: 2024-02-01 (dmy) or 2024-01-02 (mdy). The option date_order says which"
    );
    assert_eq!(message("1,200人", &plan("number")), "cannot be read as a number: \"1,200人\"");
    // The amounts of a column say its mark, with codes and without.
    assert_eq!(facts(&["12,50 EUR", "1.000,00 EUR"]).mark_of_numbers, Some(DecimalMark::Comma));
}

#[test]
fn crosses_mean_what_the_column_says() {
    for (values, cross, circle) in [
        (&["x", "", "X"][..], Some("true"), None),
        (&["x", "no"], Some("true"), None),
        (&["x", "○"], Some("false"), Some("true")),
        (&["x", "✓"], Some("false"), Some("true")),
        (&["x", "o"], Some("false"), Some("true")),
        (&["x", "yes", "no"], None, None),
        (&["ja", "nein"], None, None),
    ] {
        let plan = Plan { cross: facts(values).cross, ..plan("boolean") };
        assert_eq!(converted("x", &plan).ok().as_deref(), cross, "{values:?}");
        assert_eq!(converted("o", &plan).ok().as_deref(), circle, "{values:?}");
        assert_eq!(converted("Ja", &plan), Ok("true".to_owned()));
        assert_eq!(converted("maybe", &plan), Err("import.no_boolean"));
    }
}

#[test]
fn texts_are_kept_byte_for_byte() {
    for value in
        [" 007 ", "1E5", "=1+1", "#N/A", "vmx-15", "12345678901234567890", "a\r\nb", "\u{FFFD}", "'x", "01/02/2024"]
    {
        for kind in ["text", "long_text", "select"].iter().take(if value == "#N/A" { 2 } else { 3 }) {
            let input = convert(&text(value), &plan(kind)).unwrap();
            assert_eq!(input, Some(Input::Text(value.to_owned())), "{value}");
        }
    }
    for blank in ["", " ", "\u{3000}", "\t\u{A0}"] {
        for kind in ["text", "long_text", "email", "number", "currency", "date", "boolean", "select", "json"] {
            assert_eq!(convert(&text(blank), &plan(kind)).unwrap(), None, "{kind} {blank:?}");
        }
    }
    let keeping = Plan { keeps_empty: true, ..plan("text") };
    assert_eq!(convert(&Cell::Text(String::new()), &keeping).unwrap(), Some(Input::Text(String::new())));
    assert_eq!(convert(&text(" "), &keeping).unwrap(), None);
    assert_eq!(convert(&Cell::Empty, &plan("text")).unwrap(), None);
    for kind in ["text", "select", "number", "date"] {
        assert_eq!(converted("a\0b", &plan(kind)), Err("import.nul_character"));
    }
    assert_eq!(converted("#N/A", &plan("number")), Err("import.error_value"));
    assert_eq!(converted("=A1+1", &plan("number")), Err("import.formula"));
}

#[test]
fn cells_of_workbooks_and_json() {
    let number = |digits: &str, percent| Cell::Number { digits: digits.to_owned(), percent };
    let json = |cell: &Cell, plan: &Plan| {
        convert(cell, plan).map(|input| input.unwrap().to_json()).map_err(|problem| problem.code)
    };
    assert_eq!(json(&number("1234567890123456789", false), &plan("number")), Ok("1234567890123456789".to_owned()));
    assert_eq!(json(&number("1E5", false), &plan("text")), Ok("\"1E5\"".to_owned()));
    for (digits, shown) in
        [("0.125", "12.5%"), ("1", "100%"), ("-0.5", "-50%"), ("0.1", "10%"), ("12.3", "1230%"), ("0", "0%")]
    {
        assert_eq!(json(&number(digits, true), &plan("text")), Ok(format!("\"{shown}\"")));
    }
    assert_eq!(json(&number("0.12", true), &plan("percent")), Ok("0.12".to_owned()));
    assert_eq!(json(&number("20", false), &money("USD")), Ok("2000".to_owned()));
    assert_eq!(json(&number("1.5E1", false), &money("USD")), Ok("1500".to_owned()));
    assert_eq!(json(&number("12.505", false), &money("USD")), Err("import.decimals"));
    let minor = Plan { has_minor_units: true, ..money("USD") };
    assert_eq!(json(&number("2000", false), &minor), Ok("2000".to_owned()));
    assert_eq!(json(&number("20.5", false), &minor), Err("import.decimals"));
    let of_json = Plan { numbers_have_minor_units: true, ..money("USD") };
    assert_eq!(json(&number("1999", false), &of_json), Ok("1999".to_owned()));
    assert_eq!(json(&text("1999"), &of_json), Ok("199900".to_owned()));
    assert_eq!(json(&Cell::Boolean(true), &plan("boolean")), Ok("true".to_owned()));
    assert_eq!(json(&Cell::Boolean(true), &plan("text")), Ok("\"true\"".to_owned()));
    assert_eq!(json(&Cell::Json("[1]".to_owned()), &plan("json")), Ok("[1]".to_owned()));
    assert_eq!(json(&Cell::Error("#REF!".to_owned()), &plan("text")), Err("import.error_value"));
    assert_eq!(json(&Cell::Formula, &plan("text")), Err("import.formula"));
    let tokyo = Plan { offset: Some("+09:00".to_owned()), ..plan("datetime") };
    assert_eq!(
        json(&Cell::DateTime("2024-01-02T09:30:00".to_owned()), &tokyo),
        Ok("\"2024-01-02T09:30:00+09:00\"".to_owned())
    );
    assert_eq!(json(&Cell::Date("2024-01-02".to_owned()), &tokyo), Ok("\"2024-01-02T00:00:00+09:00\"".to_owned()));
    assert_eq!(json(&Cell::DateTime("2024-01-02T00:00:00".to_owned()), &plan("date")), Ok("\"2024-01-02\"".to_owned()));
}

/// What is converted passes the cast of the record, and means the same there.
#[test]
fn the_engine_takes_what_was_converted() {
    let comma = DecimalMark::Comma;
    for (definition, plan, value, expected) in [
        (r#""type":"number""#, Plan { decimal_mark: Some(comma), ..plan("number") }, "1.234,50", "1234.50"),
        (r#""type":"integer""#, Plan { decimal_mark: Some(comma), ..plan("integer") }, "1.234", "1234"),
        (
            r#""type":"currency","options":{"currency":"EUR"}"#,
            Plan { decimal_mark: Some(comma), ..money("EUR") },
            "1.234,5 €",
            "123450",
        ),
        (
            r#""type":"currency","options":{"currency":"JPY"}"#,
            Plan { decimal_mark: Some(DecimalMark::Point), ..money("JPY") },
            "¥1,234",
            "1234",
        ),
        (r#""type":"percent""#, Plan { decimal_mark: Some(comma), ..plan("percent") }, "12,5%", "0.125"),
        (r#""type":"date""#, Plan { date_order: Some(DateOrder::Dmy), ..plan("date") }, "1.2.2024", r#""2024-02-01""#),
        (
            r#""type":"datetime""#,
            Plan { offset: Some("+09:00".to_owned()), ..plan("datetime") },
            "2024年1月5日 午後3時",
            r#""2024-01-05T15:00:00+09:00""#,
        ),
        (r#""type":"boolean""#, plan("boolean"), "はい", "true"),
        (r#""type":"phone""#, plan("phone"), "０３－１２３４－５６７８", r#""03-1234-5678""#),
        (r#""type":"duration""#, plan("duration"), "1:30", "5400"),
    ] {
        let schema = document(&format!(r#"{{"columns":[{{"name":"x",{definition}}}]}}"#));
        let schema = crate::core::schema::read(Value::root(&schema)).unwrap();
        let input = convert(&text(value), &plan).unwrap().unwrap();
        let data = document(&format!(r#"{{"x":{}}}"#, input.to_json()));
        let casting = cast_record(&schema, Value::root(&data).as_object().unwrap());
        assert_eq!(casting.data, format!(r#"{{"x":{expected}}}"#), "{value}");
        let data = document(&casting.data);
        assert_eq!(errors(&schema, Value::root(&data).as_object().unwrap()), "[]", "{value}");
    }
}
