//! Conversion of one cell by its column's plan, before rowkit's own cast takes it.
//!
//! A cell is read in its column's date order and with its decimal mark, and in no other.
use super::super::cell::{Cell, CellProblem, is_blank, is_padded, unpadded};
use super::dates::{DateReadings, ORDERS, has_offset};
use super::numbers::NumberReadings;
use super::{DateOrder, DecimalMark};
use crate::core::fields::amount::{cast_number, minor_units, shift_point};
use crate::core::fields::cast::{cast_boolean, cast_duration};
use crate::core::fields::currency::currency_exponent;
use crate::core::fields::fold::fold_text;
use crate::core::fields::money::Money;
use crate::core::jsonb::{JsonObjectWriter, quote};
use std::borrow::Cow;

/// How the cells of a file's column are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The field type of the table's column.
    pub field_type: String,
    /// None or ambiguous: a date that needs an order is a problem.
    pub date_order: Option<DateOrder>,
    /// None or ambiguous: a number that needs a mark is a problem.
    pub decimal_mark: Option<DecimalMark>,
    /// The offset of dates with a time but without an offset, such as +09:00.
    pub offset: Option<String>,
    /// The currency of the table's column, where it has one.
    pub currency: Option<String>,
    /// The decimals that values of the table's column have at most.
    pub places: Option<u32>,
    /// Amounts of currencies count minor units.
    pub has_minor_units: bool,
    /// JSON numbers do, as those of rowkit's own JSON.
    pub numbers_have_minor_units: bool,
    /// What an "x" means in a column of truth values.
    pub cross: Option<bool>,
    /// The file is JSON.
    pub is_json: bool,
    /// An empty text is a value.
    pub keeps_empty: bool,
}

impl Plan {
    /// Whether the column holds numbers.
    pub fn reads_numbers(&self) -> bool {
        matches!(
            self.field_type.as_str(),
            "integer" | "number" | "decimal" | "currency" | "percent" | "rating" | "duration"
        )
    }
}

/// A value for rowkit's cast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Text(String),
    /// A JSON number.
    Number(String),
    Boolean(bool),
    /// A JSON array or object.
    Json(String),
}

impl Input {
    /// The value as JSON text.
    pub fn to_json(&self) -> String {
        match self {
            Input::Text(text) => {
                let mut out = String::new();
                quote(text, &mut out);
                out
            }
            Input::Number(json) | Input::Json(json) => json.clone(),
            Input::Boolean(value) => value.to_string(),
        }
    }

    /// The value as the text that a column of texts has of it.
    pub fn into_text(self) -> String {
        match self {
            Input::Text(text) | Input::Number(text) | Input::Json(text) => text,
            Input::Boolean(value) => value.to_string(),
        }
    }
}

/// The cell's value for rowkit's cast; none for a cell without a value.
pub fn convert(cell: &Cell, plan: &Plan) -> Result<Option<Input>, CellProblem> {
    let input = match cell {
        Cell::Empty => return Ok(None),
        Cell::Text(text) if text.is_empty() && plan.keeps_empty => Input::Text(String::new()),
        Cell::Text(text) if is_blank(text) => return Ok(None),
        Cell::Text(text) => return convert_text(text, plan).map(Some),
        Cell::Number { digits, percent } => convert_number(digits, *percent, plan)?,
        Cell::Boolean(value) if is_text(plan) => Input::Text(value.to_string()),
        Cell::Boolean(value) => Input::Boolean(*value),
        Cell::Date(text) if plan.field_type == "datetime" => return convert_moment(text, plan).map(Some),
        Cell::Date(text) | Cell::Time(text) => Input::Text(text.clone()),
        Cell::DateTime(text) => return convert_moment(text, plan).map(Some),
        Cell::Json(json) if is_text(plan) => Input::Text(json.clone()),
        Cell::Json(json) => Input::Json(json.clone()),
        Cell::Error(text) => {
            return Err(problem("import.error_value", Some(text), format!("is the error {}", shown(text))));
        }
        Cell::Formula => {
            return Err(problem("import.formula", None, "is a formula whose value the file does not hold"));
        }
    };
    refuse_nul(cell.text().unwrap_or_default())?;
    Ok(Some(input))
}

/// The cell's text in a CSV file that is read by the same plan: the value stays what it is, though CSV has no types.
pub fn spelled<'c>(cell: &'c Cell, plan: Option<&Plan>) -> Option<Cow<'c, str>> {
    let text = cell.text()?;
    let (Cell::Number { digits, percent }, Some(plan)) = (cell, plan) else { return Some(Cow::Borrowed(text)) };
    if is_text(plan) {
        let shown = if *percent { as_percent(digits) } else { None };
        return Some(shown.map_or(Cow::Borrowed(text), Cow::Owned));
    }
    if !plan.reads_numbers() {
        return Some(Cow::Borrowed(text));
    }
    let (text, digits) = (unpadded(text), unpadded(digits));
    // A CSV file counts smallest units only where the option minor_units says it.
    let exponent = plan.currency.as_deref().and_then(currency_exponent);
    let is_shifted = plan.numbers_have_minor_units && !plan.has_minor_units;
    let shifted = exponent.filter(|_| is_shifted).and_then(|places| shift_point(&cast_number(digits)?, places.into()));
    let number = shifted.map_or(Cow::Borrowed(text), Cow::Owned);
    Some(match plan.decimal_mark {
        Some(DecimalMark::Comma) => Cow::Owned(number.replace('.', ",")),
        _ => number,
    })
}

fn is_text(plan: &Plan) -> bool {
    matches!(plan.field_type.as_str(), "text" | "long_text")
}

fn shown(text: &str) -> String {
    crate::core::fields::shown(text).into_owned()
}

fn problem(code: &'static str, value: Option<&str>, message: impl Into<String>) -> CellProblem {
    let params = JsonObjectWriter::new();
    // PostgreSQL's JSON holds no NUL either.
    let params = match value {
        Some(value) => params.text("value", &shown(value).replace('\0', "\u{2400}")),
        None => params,
    };
    CellProblem { at: String::new(), code, params, message: message.into() }
}

fn refuse_nul(text: &str) -> Result<(), CellProblem> {
    if memchr::memchr(0, text.as_bytes()).is_some() {
        return Err(problem(
            "import.nul_character",
            Some(text),
            "holds the character NUL, which PostgreSQL cannot store in a text",
        ));
    }
    Ok(())
}

fn convert_text(text: &str, plan: &Plan) -> Result<Input, CellProblem> {
    refuse_nul(text)?;
    let unchanged = || Ok(Input::Text(text.to_owned()));
    match plan.field_type.as_str() {
        "text" | "long_text" => unchanged(),
        // A choice may be named so, and a text of JSON is no spreadsheet's.
        kind if is_error_value(text) && !plan.is_json && !matches!(kind, "select" | "multi_select" | "status") => {
            Err(problem("import.error_value", Some(text), format!("is the error {}", shown(text))))
        }
        "integer" | "number" | "decimal" | "currency" | "percent" | "rating" | "duration" | "date" | "datetime"
            if text.starts_with('=') =>
        {
            Err(problem("import.formula", Some(text), "is a formula whose value the file does not hold"))
        }
        "percent" if text.trim_end().ends_with(['%', '％']) => percent(text, plan),
        "integer" | "number" | "decimal" | "percent" | "rating" | "duration" => number(text, plan),
        "currency" => match &plan.currency {
            Some(code) => currency(text, code, plan),
            None => number(text, plan),
        },
        "boolean" => boolean(text, plan),
        "date" => date(text, plan),
        "datetime" => convert_moment(text, plan),
        _ => unchanged(),
    }
}

/// The errors of spreadsheets, as CSV files hold them.
pub fn is_error_value(text: &str) -> bool {
    const ERRORS: [&str; 10] =
        ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#ERROR!"];
    text.starts_with('#') && ERRORS.contains(&text.trim())
}

/// Whether a text may become a choice: the rows of other texts fail.
pub fn is_choice(text: &str) -> bool {
    !is_error_value(text) && !text.contains('\0')
}

fn number(text: &str, plan: &Plan) -> Result<Input, CellProblem> {
    if let Some(number) = read_number(NumberReadings::of(text), text, plan)? {
        return Ok(Input::Number(number));
    }
    // A number longer than any that is looked at here, or a duration with its units.
    let is_read = cast_number(text).is_some() || (plan.field_type == "duration" && cast_duration(text).is_some());
    if is_read { Ok(Input::Text(text.to_owned())) } else { Err(no_number(text)) }
}

fn percent(text: &str, plan: &Plan) -> Result<Input, CellProblem> {
    read_number(NumberReadings::of_percent(text), text, plan)?.map(Input::Number).ok_or_else(|| no_number(text))
}

fn no_number(text: &str) -> CellProblem {
    problem("import.no_number", Some(text), format!("cannot be read as a number: \"{}\"", shown(text)))
}

/// An amount in the minor units of its column's currency.
fn currency(text: &str, currency: &str, plan: &Plan) -> Result<Input, CellProblem> {
    let money = Money::read(text).ok_or_else(|| no_number(text))?;
    if let Some(other) = money.other_than(currency) {
        let params = JsonObjectWriter::new().text("value", &shown(text)).text("currency", currency);
        let message = format!("is in another currency: it says {}, and the column is in {currency}", shown(other));
        return Err(CellProblem { at: String::new(), code: "import.other_currency", params, message });
    }
    let number = match read_number(NumberReadings::of(&money.number), text, plan)? {
        Some(number) => number,
        None => cast_number(&money.number).ok_or_else(|| no_number(text))?,
    };
    amount(&number, text, currency, plan.has_minor_units)
}

/// A number as an amount in minor units.
fn amount(number: &str, text: &str, currency: &str, has_minor_units: bool) -> Result<Input, CellProblem> {
    let units = if has_minor_units {
        shift_point(number, 0).filter(|number| !number.contains('.'))
    } else {
        minor_units(number, currency)
    };
    units.map(Input::Number).ok_or_else(|| {
        let unit = if has_minor_units { "the smallest unit of " } else { "" };
        problem("import.decimals", Some(text), format!("has more decimals than {unit}{currency}: \"{}\"", shown(text)))
    })
}

/// The number by the column's mark; none where the text is no number at all.
fn read_number(readings: NumberReadings, text: &str, plan: &Plan) -> Result<Option<String>, CellProblem> {
    if let Some(number) = readings.certain() {
        return Ok(Some(number.to_owned()));
    }
    if !readings.is_number() {
        return Ok(None);
    }
    let mark = plan.decimal_mark.filter(|mark| *mark != DecimalMark::Ambiguous);
    let readings = match mark {
        Some(_) => readings,
        None => {
            let possible = readings.clone().within(plan.places);
            if readings.differs()
                && let Some(number) = possible.only()
            {
                return Ok(Some(number.to_owned()));
            }
            possible
        }
    };
    // Where no mark is chosen the point is one; what a comma would read otherwise is not guessed at.
    if mark.is_none()
        && let (true, Some(point), Some(comma)) =
            (readings.differs(), readings.number(DecimalMark::Point), readings.number(DecimalMark::Comma))
    {
        let params = JsonObjectWriter::new().text("value", &shown(text)).text("point", point).text("comma", comma);
        let message = format!(
            "can be read in two ways: {point} with a decimal point, {comma} with a decimal comma. The option decimal_mark says which"
        );
        return Err(CellProblem { at: String::new(), code: "import.ambiguous_number", params, message });
    }
    let wanted = mark.unwrap_or(DecimalMark::Point);
    match readings.number(wanted) {
        Some(number) => Ok(Some(number.to_owned())),
        None => {
            let which = if mark.is_some() { "the decimal mark of its column" } else { "the usual decimal mark" };
            let message = format!(
                "is no number with \"{}\", {which}: \"{}\". The option decimal_mark says another one",
                wanted.name(),
                shown(text)
            );
            Err(problem("import.ambiguous_number", Some(text), message))
        }
    }
}

/// "x" marks what is true in one column, and what is false beside ○ or ✓ in another.
fn boolean(text: &str, plan: &Plan) -> Result<Input, CellProblem> {
    let value = match fold_text(text).as_str() {
        "x" => plan.cross,
        // A circle beside crosses.
        "o" => plan.cross.filter(|cross| !cross).map(|cross| !cross),
        _ => cast_boolean(text),
    };
    value.map(Input::Boolean).ok_or_else(|| {
        let message = format!("cannot be read as true or false: \"{}\"", shown(text));
        problem("import.no_boolean", Some(text), message)
    })
}

fn date(text: &str, plan: &Plan) -> Result<Input, CellProblem> {
    let readings = DateReadings::of(text);
    Ok(Input::Text(match ordered_date(&readings, text, plan)? {
        Some(date) => date,
        None => text.to_owned(),
    }))
}

/// The date by the column's order; none where the text is no date at all.
fn ordered_date(readings: &DateReadings, text: &str, plan: &Plan) -> Result<Option<String>, CellProblem> {
    if !readings.is_date() {
        return Ok(None);
    }
    let order = plan.date_order.unwrap_or(DateOrder::Ambiguous);
    match readings.date(order) {
        Some(date) => Ok(Some(date.to_owned())),
        None if order == DateOrder::Ambiguous => {
            let found = ORDERS.iter().filter_map(|order| Some((order.name(), readings.date(*order)?)));
            let params =
                found.clone().fold(JsonObjectWriter::new().text("value", &shown(text)), |params, (order, date)| {
                    params.text(order, date)
                });
            let dates: Vec<String> = found.map(|(order, date)| format!("{date} ({order})")).collect();
            let message = format!(
                "is a date whose order of day, month and year is not known: {}. The option date_order says which",
                dates.join(" or ")
            );
            Err(CellProblem { at: String::new(), code: "import.ambiguous_date", params, message })
        }
        None => {
            let message = format!(
                "is no date in the order {} of its column: \"{}\". The option date_order says another one",
                order.name(),
                shown(text)
            );
            Err(problem("import.ambiguous_date", Some(text), message))
        }
    }
}

fn convert_moment(text: &str, plan: &Plan) -> Result<Input, CellProblem> {
    let readings = DateReadings::of(text);
    if plan.field_type != "datetime" {
        return if plan.field_type == "date" { date(text, plan) } else { Ok(Input::Text(text.to_owned())) };
    }
    // A day alone is its midnight: so spreadsheets and other programs write it.
    let clock = readings.clock.as_deref().unwrap_or("00:00:00");
    let Some(date) = ordered_date(&readings, text, plan)? else {
        return Ok(Input::Text(text.to_owned()));
    };
    match (&plan.offset, has_offset(clock)) {
        (_, true) => Ok(Input::Text(format!("{date}T{clock}"))),
        (Some(offset), false) => Ok(Input::Text(format!("{date}T{clock}{offset}"))),
        (None, false) => Err(problem(
            "import.missing_offset",
            Some(text),
            "is a date and time without an offset, and the import has no time zone",
        )),
    }
}

fn convert_number(digits: &str, percent: bool, plan: &Plan) -> Result<Input, CellProblem> {
    // Zeros in front are for texts, telephone numbers and other codes.
    let digits = if plan.reads_numbers() { unpadded(digits) } else { digits };
    let number = || cast_number(digits);
    Ok(match (plan.field_type.as_str(), &plan.currency) {
        ("text" | "long_text", _) if percent => Input::Text(as_percent(digits).unwrap_or_else(|| digits.to_owned())),
        ("text" | "long_text", _) => Input::Text(digits.to_owned()),
        _ if is_padded(digits) => Input::Text(digits.to_owned()),
        ("currency", Some(currency)) if number().is_some() => {
            // Of rowkit's own JSON the record's rules say what is wrong.
            if plan.numbers_have_minor_units {
                return Ok(Input::Number(digits.to_owned()));
            }
            return amount(&number().unwrap_or_default(), digits, currency, plan.has_minor_units);
        }
        _ => number().map_or_else(|| Input::Text(digits.to_owned()), |_| Input::Number(digits.to_owned())),
    })
}

/// 0.125 as it is shown: 12.5%.
fn as_percent(digits: &str) -> Option<String> {
    if digits.contains(['e', 'E']) {
        return None;
    }
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let moved = format!("{fraction:0<2}");
    let (hundredths, rest) = moved.split_at_checked(2)?;
    let whole = format!("{whole}{hundredths}");
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let rest = rest.trim_end_matches('0');
    Some(if rest.is_empty() { format!("{sign}{whole}%") } else { format!("{sign}{whole}.{rest}%") })
}

#[cfg(test)]
mod tests {
    use super::super::super::cell::Cell;
    use super::super::DecimalMark;
    use super::{Plan, convert, spelled};

    /// A typed cell and its text in an error file are the same value.
    #[test]
    fn what_is_spelled_is_read_as_the_same_value() {
        let plan = |field_type: &str| Plan { field_type: field_type.to_owned(), ..Plan::default() };
        let point = |field_type| Plan { decimal_mark: Some(DecimalMark::Point), ..plan(field_type) };
        let comma = |field_type| Plan { decimal_mark: Some(DecimalMark::Comma), ..plan(field_type) };
        let euros = |plan: Plan| Plan { currency: Some("EUR".to_owned()), places: Some(2), ..plan };
        let of_json = |plan: Plan| Plan { numbers_have_minor_units: true, ..plan };
        let in_cents = |plan: Plan| Plan { has_minor_units: true, ..plan };
        for (digits, percent, plan, expected) in [
            ("1999", false, of_json(euros(point("currency"))), "19.99"),
            ("-5", false, of_json(euros(comma("currency"))), "-0,05"),
            ("1999", false, in_cents(of_json(euros(point("currency")))), "1999"),
            ("19.99", false, euros(comma("currency")), "19,99"),
            ("12.345", false, point("number"), "12.345"),
            ("12.345", false, comma("number"), "12,345"),
            ("1.5E3", false, comma("decimal"), "1,5E3"),
            ("0.125", true, comma("percent"), "0,125"),
            ("0.125", true, comma("text"), "12.5%"),
            ("0.125", false, comma("text"), "0.125"),
            ("1E5", true, plan("long_text"), "1E5"),
            ("7.5", false, comma("email"), "7.5"),
            ("00750", false, point("text"), "00750"),
            ("00750", false, point("number"), "750"),
            ("000", false, comma("integer"), "0"),
            ("0312345678", false, plan("phone"), "0312345678"),
            ("00199", false, of_json(euros(point("currency"))), "1.99"),
        ] {
            let cell = Cell::Number { digits: digits.to_owned(), percent };
            let text = spelled(&cell, Some(&plan)).unwrap();
            assert_eq!(text, expected, "{digits} {plan:?}");
            let of_csv = Plan { numbers_have_minor_units: false, ..plan.clone() };
            let value =
                |cell: &Cell, plan: &Plan| convert(cell, plan).unwrap().map(|input| input.into_text().to_uppercase());
            assert_eq!(value(&Cell::Text(text.into_owned()), &of_csv), value(&cell, &plan), "{digits} {plan:?}");
        }
        let cell = Cell::Number { digits: "1999".to_owned(), percent: false };
        assert_eq!(spelled(&cell, None).as_deref(), Some("1999"));
        assert_eq!(spelled(&Cell::Text("1999".to_owned()), Some(&of_json(euros(point("currency"))))).unwrap(), "1999");
        assert_eq!(spelled(&Cell::Empty, None), None);
    }
}
