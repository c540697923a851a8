//! Conversion of one cell by its column's plan, before rowkit's own cast takes it.
//!
//! A cell is read in its column's date order and with its decimal mark, and in no other.
use super::super::cell::{Cell, CellProblem};
use super::dates::DateReadings;
use super::numbers::{NumberReadings, in_point_form};
use super::{DateOrder, DecimalMark};
use crate::core::fields::amount::cast_number;
use crate::core::jsonb::{JsonObjectWriter, quote};

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
    /// The file's numbers for currency columns count minor units, as rowkit's JSON does; workbooks show major units.
    pub has_minor_units: bool,
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
}

/// The cell's value for rowkit's cast; none for a cell without a value.
pub fn convert(cell: &Cell, plan: &Plan) -> Result<Option<Input>, CellProblem> {
    let input = match cell {
        Cell::Empty => return Ok(None),
        Cell::Text(text) => return convert_text(text, plan).map(Some),
        Cell::Number { digits, percent } => convert_number(digits, *percent, plan),
        Cell::Boolean(value) if is_text(plan) => Input::Text(value.to_string()),
        Cell::Boolean(value) => Input::Boolean(*value),
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
        _ if is_error_value(text) => {
            Err(problem("import.error_value", Some(text), format!("is the error {}", shown(text))))
        }
        "integer" | "number" | "decimal" | "currency" | "percent" | "rating" | "duration" | "date" | "datetime"
            if text.starts_with('=') =>
        {
            Err(problem("import.formula", Some(text), "is a formula whose value the file does not hold"))
        }
        "percent" if text.trim_end().ends_with(['%', '％']) => percent(text, plan),
        "integer" | "number" | "decimal" | "percent" | "rating" | "duration" => number(text, plan),
        "currency" => currency(text, plan),
        "date" => date(text, plan),
        "datetime" => convert_moment(text, plan),
        _ => unchanged(),
    }
}

/// The errors of spreadsheets, as CSV files hold them.
fn is_error_value(text: &str) -> bool {
    const ERRORS: [&str; 10] =
        ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#ERROR!"];
    text.starts_with('#') && ERRORS.contains(&text.trim())
}

fn number(text: &str, plan: &Plan) -> Result<Input, CellProblem> {
    let readings = NumberReadings::of(text);
    if let Some(number) = readings.certain() {
        return Ok(Input::Number(number.to_owned()));
    }
    choose(&readings, text, plan).map(|number| number.map_or_else(|| Input::Text(text.to_owned()), Input::Number))
}

fn percent(text: &str, plan: &Plan) -> Result<Input, CellProblem> {
    let readings = NumberReadings::of_percent(text);
    let number = match readings.certain() {
        Some(number) => Some(number.to_owned()),
        None => choose(&readings, text, plan)?,
    };
    Ok(number.map_or_else(|| Input::Text(text.to_owned()), Input::Number))
}

/// Amounts keep their currency mark, for the column's own cast to compare with its currency.
fn currency(text: &str, plan: &Plan) -> Result<Input, CellProblem> {
    let readings = NumberReadings::of(text);
    let is_certain = readings.certain().is_some();
    if !readings.is_number() || (!is_certain && choose(&readings, text, plan)?.is_none()) {
        return Ok(Input::Text(text.to_owned()));
    }
    let mark = match plan.decimal_mark {
        Some(mark @ (DecimalMark::Point | DecimalMark::Comma)) if !is_certain => mark,
        _ => DecimalMark::Point,
    };
    Ok(Input::Text(in_point_form(text, mark).unwrap_or_else(|| text.to_owned())))
}

/// The number by the column's mark; none where the text is no number at all.
fn choose(readings: &NumberReadings, text: &str, plan: &Plan) -> Result<Option<String>, CellProblem> {
    if !readings.is_number() {
        return Ok(None);
    }
    // Where no mark is chosen the point is one; what a comma would read otherwise is not guessed at.
    let mark = plan.decimal_mark.filter(|mark| *mark != DecimalMark::Ambiguous);
    if mark.is_none() && readings.differs() {
        let message = "is one number with a decimal point and another with a decimal comma";
        return Err(problem("import.ambiguous_number", Some(text), message));
    }
    let mark = mark.unwrap_or(DecimalMark::Point);
    match readings.number(mark) {
        Some(number) => Ok(Some(number.to_owned())),
        None => {
            let message = format!("is no number with the decimal mark \"{}\" of its column", mark.name());
            Err(problem("import.ambiguous_number", Some(text), message))
        }
    }
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
        None if order == DateOrder::Ambiguous => Err(problem(
            "import.ambiguous_date",
            Some(text),
            "is a date whose order of day, month and year is not known",
        )),
        None => {
            let message = format!("is no date in the order {} of its column", order.name());
            Err(problem("import.ambiguous_date", Some(text), message))
        }
    }
}

fn convert_moment(text: &str, plan: &Plan) -> Result<Input, CellProblem> {
    let readings = DateReadings::of(text);
    let is_whole = matches!(plan.field_type.as_str(), "datetime");
    let (Some(clock), true) = (&readings.clock, is_whole) else {
        return if plan.field_type == "date" { date(text, plan) } else { Ok(Input::Text(text.to_owned())) };
    };
    let Some(date) = ordered_date(&readings, text, plan)? else {
        return Ok(Input::Text(text.to_owned()));
    };
    let has_offset = clock.ends_with('Z') || clock.contains(['+', '-']);
    match (&plan.offset, has_offset) {
        (_, true) => Ok(Input::Text(format!("{date}T{clock}"))),
        (Some(offset), false) => Ok(Input::Text(format!("{date}T{clock}{offset}"))),
        (None, false) => Err(problem(
            "import.missing_offset",
            Some(text),
            "is a date and time without an offset, and the import has no time zone",
        )),
    }
}

fn convert_number(digits: &str, percent: bool, plan: &Plan) -> Input {
    match plan.field_type.as_str() {
        "text" | "long_text" if percent => Input::Text(as_percent(digits).unwrap_or_else(|| digits.to_owned())),
        "text" | "long_text" => Input::Text(digits.to_owned()),
        // A text is cast as an amount in major units.
        "currency" if !plan.has_minor_units => Input::Text(digits.to_owned()),
        _ => cast_number(digits).map_or_else(|| Input::Text(digits.to_owned()), |_| Input::Number(digits.to_owned())),
    }
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
