//! The values of records as cells of a file, in a form that an import reads back as the same values.
use super::cell::Cell;
use super::columns::{DecimalMark, Plan};
use crate::core::fields::Rule;
use crate::core::fields::amount::shift_point;
use crate::core::fields::currency::currency_exponent;
use crate::core::jsonb::{Value, to_text};
use crate::core::schema::Column;

/// The formats of exported files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// With a byte order mark, by which spreadsheets know UTF-8.
    Csv,
    /// One object a line.
    Json,
    Xlsx,
}

impl ExportFormat {
    pub fn named(name: &str) -> Option<ExportFormat> {
        match name {
            "csv" => Some(ExportFormat::Csv),
            "json" => Some(ExportFormat::Json),
            "xlsx" => Some(ExportFormat::Xlsx),
            _ => None,
        }
    }
}

/// The cell of a value; `column` describes it, where one does. Amounts of currencies are in the larger unit, lists and objects are JSON.
pub fn cell(column: Option<&Column>, value: Value<'_>) -> Cell {
    let rule = column.map(|column| &column.rule);
    match value {
        Value::Null => Cell::Empty,
        Value::Bool(value) => Cell::Boolean(value),
        Value::Number(number) => {
            let digits = number.to_string();
            let currency = match rule {
                Some(Rule::Number(rule)) => rule.currency.as_deref(),
                _ => None,
            };
            let exponent = currency.and_then(currency_exponent).filter(|exponent| *exponent > 0);
            let shifted = exponent.and_then(|exponent| shift_point(&digits, i64::from(exponent)));
            let digits = shifted.unwrap_or(digits);
            Cell::Number { digits, percent: column.is_some_and(|column| column.kind == "percent") }
        }
        Value::String(bytes) => match (rule, value.as_str()) {
            (Some(Rule::Json(_)), _) => Cell::Text(to_text(value)),
            (Some(Rule::Date(_)), Some(text)) => Cell::Date(text.to_owned()),
            (_, Some(text)) => Cell::Text(text.to_owned()),
            (_, None) => Cell::Text(String::from_utf8_lossy(bytes).into_owned()),
        },
        Value::Array(_) | Value::Object(_) => Cell::Text(to_text(value)),
    }
}

/// Whether a cell says what the record holds already, whatever a cast would make of it. Exports have decimal points, and amounts in the larger unit: where
/// the plan reads other numbers, the same text is another value.
pub fn says(cell_of_file: &Cell, plan: &Plan, column: Option<&Column>, value: Value<'_>) -> bool {
    let has_commas = plan.reads_numbers() && plan.decimal_mark == Some(DecimalMark::Comma);
    if has_commas || (plan.currency.is_some() && plan.has_minor_units) {
        return false;
    }
    let own = cell(column, value);
    own == *cell_of_file || own.text().is_some_and(|text| cell_of_file.text() == Some(text))
}

/// The same for a value of JSON, where a text is told from what it spells, and amounts are in the smallest unit.
pub fn says_in_json(cell_of_file: &Cell, plan: &Plan, value: Value<'_>) -> bool {
    if plan.currency.is_some() && !plan.numbers_have_minor_units {
        return false;
    }
    match (cell_of_file, value) {
        (Cell::Text(text), Value::String(bytes)) => text.as_bytes() == bytes,
        (Cell::Number { digits, .. }, Value::Number(number)) => *digits == number.to_string(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{DecimalMark, Plan, cell, says, says_in_json};
    use crate::core::import::cell::Cell;
    use crate::core::jsonb::{Value, fixture::document};
    use crate::core::schema::read;

    #[test]
    fn values_are_shown_as_they_are_read() {
        let schema = document(
            r#"{"columns":[{"name":"price","type":"currency","options":{"currency":"USD"}},{"name":"yen","type":"currency","options":{"currency":"JPY"}},
                {"name":"any","type":"json"},{"name":"tags","type":"multi_select","options":{"choices":["a","b"]}},{"name":"n","type":"number"}]}"#,
        );
        let schema = read(Value::root(&schema)).unwrap();
        for (name, json, expected) in [
            ("price", "1234", "12.34"),
            ("price", "-5", "-0.05"),
            ("yen", "1234", "1234"),
            ("any", "\"5\"", "\"5\""),
            ("tags", "[\"a\",\"b\"]", "[\"a\", \"b\"]"),
            ("n", "12345678901234567890.10", "12345678901234567890.10"),
        ] {
            let value = document(json);
            let value = Value::root(&value);
            let found = cell(schema.column(name), value);
            assert_eq!(found.text().unwrap().replace(", ", ","), expected.replace(", ", ","), "{name}");
            assert!(says(&Cell::Text(found.text().unwrap().to_owned()), &Plan::default(), schema.column(name), value));
        }
    }

    #[test]
    fn json_says_what_it_says() {
        let text = |text: &str| Cell::Text(text.to_owned());
        for (cell, json, expected) in [
            (text(" a "), "\" a \"", true),
            (text("a"), "\" a \"", false),
            (text(""), "\"\"", true),
            (text("5"), "5", false),
            (Cell::Number { digits: "5".to_owned(), percent: false }, "5", true),
            (Cell::Number { digits: "5".to_owned(), percent: false }, "500", false),
            (Cell::Empty, "\"\"", false),
        ] {
            let value = document(json);
            assert_eq!(says_in_json(&cell, &Plan::default(), Value::root(&value)), expected, "{cell:?} {json}");
        }
    }

    #[test]
    fn the_same_text_is_another_number_by_another_plan() {
        let schema = document(
            r#"{"columns":[{"name":"n","type":"number"},{"name":"t","type":"text"},{"name":"eur","type":"currency","options":{"currency":"EUR"}}]}"#,
        );
        let schema = read(Value::root(&schema)).unwrap();
        let plan = |field_type: &str| Plan { field_type: field_type.to_owned(), ..Plan::default() };
        let comma = |field_type: &str| Plan { decimal_mark: Some(DecimalMark::Comma), ..plan(field_type) };
        let euros = Plan { currency: Some("EUR".to_owned()), ..plan("currency") };
        for (name, plan, cell, json, expected) in [
            ("n", plan("number"), "1.234", "1.234", true),
            ("n", comma("number"), "1.234", "1.234", false),
            ("t", comma("text"), "1.234", "\"1.234\"", true),
            ("eur", euros.clone(), "19.99", "1999", true),
            ("eur", Plan { has_minor_units: true, ..euros.clone() }, "19.99", "1999", false),
        ] {
            let value = document(json);
            let cell = Cell::Text(cell.to_owned());
            assert_eq!(says(&cell, &plan, schema.column(name), Value::root(&value)), expected, "{cell:?} {plan:?}");
        }
        let value = document("1999");
        let number = Cell::Number { digits: "1999".to_owned(), percent: false };
        let of_json = Plan { numbers_have_minor_units: true, ..euros.clone() };
        assert!(says_in_json(&number, &of_json, Value::root(&value)));
        assert!(!says_in_json(&number, &euros, Value::root(&value)));
    }
}
