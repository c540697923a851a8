//! Field types: what each accepts, one file per family. Pure Rust.
pub mod amount;
pub mod cast;
mod choice;
mod choice_list;
pub mod currency;
pub mod email;
pub mod fold;
pub mod identifier;
mod link;
pub mod money;
mod nested;
mod number;
mod options;
mod phone;
pub mod standard_phone;
mod text;
pub mod time;
mod url;

pub use crate::core::fault::{Fault, Faults, LIMIT, to_json};
pub use crate::core::shown::{bounded, shown};
pub use choice::Choices;
pub use email::{EMAIL_PATTERN, cast_email};
pub use link::{Link, OnDelete};
pub use nested::{ADDRESS_PARTS, ATTACHMENT_URL, Address, Attachment, Json, is_media_type, media_type_matches};
pub use number::NumberRule;
pub use options::{Malformed, Options, ordered};
pub use phone::{Level, PHONE_PATTERN, cast_phone, digit_separator, label_length, national_part, phone_key};
pub use text::{LINE_BREAKS, Text};
pub use time::{Date, Instant, TIME_PATTERN, Time, cast_date, cast_datetime, cast_time};
pub use url::cast_url;

use crate::core::jsonb::{Digits, Integer, JsonObjectWriter, Number, Value};
use crate::core::work;
use email::{email_key, is_email};
use phone::is_phone;
use std::fmt::Display;

/// Every type name that a column may have, in the order of the documentation.
pub const TYPES: [&str; 29] = [
    "text",
    "long_text",
    "integer",
    "number",
    "decimal",
    "currency",
    "percent",
    "boolean",
    "date",
    "time",
    "datetime",
    "duration",
    "email",
    "url",
    "phone",
    "select",
    "multi_select",
    "status",
    "rating",
    "user",
    "uuid",
    "reference",
    "json",
    "attachment",
    "address",
    "created_at",
    "updated_at",
    "created_by",
    "autonumber",
];

/// What a column's type and options ask of a value.
#[derive(Debug)]
pub enum Rule {
    Text(Text),
    Number(NumberRule),
    Boolean,
    Date(Range<Date>),
    Time(Range<Time>),
    DateTime(Range<Instant>),
    Email,
    Url {
        schemes: Vec<String>,
    },
    Phone {
        level: Level,
        region: Option<String>,
    },
    Select(Choices),
    MultiSelect(Choices),
    /// The names come from the table's statuses.
    Status,
    Link(Link),
    Json(Json),
    Attachment(Attachment),
    Address(Address),
    /// A column of the record itself; a written value is refused.
    Computed,
    /// Numbered by the server, in `data`; a written value is refused.
    Autonumber(Numbering),
}

/// Whether a counter could have given the number: a whole one from 1, of 64 bits.
fn is_counted(number: Number<'_>) -> bool {
    let (number, most) = (number.read(), Integer::new(i64::MAX));
    number.is_integer() && !number.is_negative() && !number.is_zero() && number.compare(&most.number().read()).is_le()
}

/// How an autonumber counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Numbering {
    /// 1, 2, 3: a writer waits for the one before.
    #[default]
    Gapless,
    /// Writers pass each other; numbers are not in the order of their commits.
    Fast,
}

impl Numbering {
    fn read(options: &mut Options<'_>) -> Result<Numbering, Malformed> {
        match options.text("numbering")? {
            None | Some("gapless") => Ok(Numbering::Gapless),
            Some("fast") => Ok(Numbering::Fast),
            Some(_) => Err(Malformed::new("numbering", "must be \"gapless\" or \"fast\"")),
        }
    }
}

/// Bounds of a date or time, kept with the text they were given as.
#[derive(Debug)]
pub struct Range<T> {
    pub min: Option<(T, String)>,
    pub max: Option<(T, String)>,
}

impl<T: PartialOrd> Range<T> {
    fn read(options: &mut Options<'_>, parse: impl Fn(&str) -> Option<T>) -> Result<Range<T>, Malformed> {
        let mut bound = |name: &'static str| {
            options
                .text(name)?
                .map(|text| {
                    let value = parse(text).ok_or_else(|| {
                        Malformed::new(name, format!("\"{}\" is not a value of the column's own type", shown(text)))
                    })?;
                    Ok((value, text.to_owned()))
                })
                .transpose()
        };
        let (min, max) = (bound("min")?, bound("max")?);
        if let (Some((low, _)), Some((high, _))) = (&min, &max) {
            ordered(Some(low), Some(high), ("min", "max"))?;
        }
        Ok(Range { min, max })
    }

    fn check(&self, value: &T, codes: (&'static str, &'static str), faults: &mut Faults) {
        if let Some((min, text)) = &self.min
            && value < min
        {
            faults.add(codes.0, JsonObjectWriter::new().text("min", text), format!("must not be before {text}"));
        }
        if let Some((max, text)) = &self.max
            && value > max
        {
            faults.add(codes.1, JsonObjectWriter::new().text("max", text), format!("must not be after {text}"));
        }
    }
}

impl Rule {
    /// The rule of a type name and its options; an unknown name is a fault of the option `type`.
    pub fn read(kind: &str, mut options: Options<'_>) -> Result<Rule, Malformed> {
        let rule = Rule::read_kind(kind, &mut options)?;
        options.finish("this type", "This type takes")?;
        Ok(rule)
    }

    fn read_kind(kind: &str, options: &mut Options<'_>) -> Result<Rule, Malformed> {
        Ok(match kind {
            "text" => Rule::Text(Text::read(options, false)?),
            "long_text" => Rule::Text(Text::read(options, true)?),
            "integer" | "duration" => Rule::Number(NumberRule::read_integer(options)?),
            "number" | "decimal" => Rule::Number(NumberRule::read_decimal(options)?),
            "currency" => Rule::Number(NumberRule::read_currency(options)?),
            "percent" => Rule::Number(NumberRule::read_percent(options)?),
            "rating" => Rule::Number(NumberRule::read_rating(options)?),
            "boolean" => Rule::Boolean,
            "date" => Rule::Date(Range::read(options, |text| time::parse_date(text))?),
            "time" => Rule::Time(Range::read(options, time::parse_time)?),
            "datetime" => Rule::DateTime(Range::read(options, time::parse_datetime)?),
            "email" => Rule::Email,
            "url" => Rule::Url { schemes: read_schemes(options)? },
            "phone" => read_phone(options)?,
            "select" => Rule::Select(Choices::read(options)?),
            "multi_select" => Rule::MultiSelect(Choices::read(options)?),
            "status" => Rule::Status,
            "user" | "uuid" => Rule::Link(Link::read(options)?),
            "reference" => Rule::Link(Link::read_reference(options)?),
            "json" => Rule::Json(Json::read(options)?),
            "attachment" => Rule::Attachment(Attachment::read(options)?),
            "address" => Rule::Address(Address::read(options)?),
            "created_at" | "updated_at" | "created_by" => Rule::Computed,
            "autonumber" => Rule::Autonumber(Numbering::read(options)?),
            _ => {
                let malformed = Malformed::new("type", format!("\"{}\" is not a field type", shown(kind)));
                return Err(match identifier::nearest(kind, TYPES.iter().copied()) {
                    Some(near) => malformed.hint(format!("Perhaps you meant \"{near}\".")),
                    None => malformed.hint(format!("The types are: {}.", TYPES.join(", "))),
                });
            }
        })
    }

    /// Whether the value counts as none: null, the empty string but for `keep_empty`, an empty list.
    pub fn is_no_value(&self, value: &Value<'_>) -> bool {
        match *value {
            Value::Null => true,
            Value::String(b"") => !matches!(self, Rule::Text(Text { keep_empty: true, .. })),
            Value::Array(array) => self.is_list() && array.is_empty(),
            _ => false,
        }
    }

    /// Whether the server, not the writer, gives the value.
    pub fn is_computed(&self) -> bool {
        matches!(self, Rule::Computed | Rule::Autonumber(_))
    }

    /// Whether the value is one that the server stores under this rule.
    pub fn is_filled_with(&self, value: Value<'_>) -> bool {
        matches!((self, value), (Rule::Autonumber(_), Value::Number(number)) if is_counted(number))
    }

    /// Whether a value is an array of things, not one thing.
    pub fn is_list(&self) -> bool {
        matches!(self, Rule::MultiSelect(_) | Rule::Attachment(_) | Rule::Link(Link { multiple: true, .. }))
    }

    /// Checks a value that is there.
    pub fn check(&self, value: &Value<'_>, statuses: &Choices, faults: &mut Faults) {
        if let Value::String(bytes) = value {
            work::bytes(bytes.len());
        }
        match (self, *value) {
            (Rule::Text(rule), Value::String(bytes)) => {
                with_text(bytes, faults, |text, faults| rule.check(text, faults))
            }
            (Rule::Number(rule), Value::Number(number)) => rule.check(number, faults),
            (Rule::Boolean, Value::Bool(_)) => {}
            (Rule::MultiSelect(choices), Value::Array(array)) => choices.check_many(array, faults),
            (Rule::Link(link), value) => link.check(value, faults),
            (Rule::Json(json), value) => json.check(value, faults),
            (Rule::Attachment(rule), Value::Array(array)) => rule.check(array, faults),
            (Rule::Address(rule), Value::Object(object)) => rule.check(object, faults),
            (Rule::Computed | Rule::Autonumber(_), _) => {
                faults.add("computed", JsonObjectWriter::new(), "is filled by the server and cannot be written")
            }
            (Rule::Date(range), Value::String(text)) => match time::parse_date(text) {
                Some(date) => range.check(&date, ("date.min", "date.max"), faults),
                None => faults.add("date.invalid", JsonObjectWriter::new(), "must be a date such as 2024-11-15"),
            },
            (Rule::Email, Value::String(text)) => {
                if !is_email(text) {
                    let message = "must be an e-mail address such as name@example.com";
                    faults.add("email.invalid", JsonObjectWriter::new(), message);
                }
            }
            (Rule::Phone { level, region }, Value::String(text)) => {
                if !is_phone(text, *level, region.as_deref()) {
                    let message = "must be a telephone number: digits and separators, 6 to 20 digits";
                    faults.add("phone.invalid", JsonObjectWriter::new(), message);
                }
            }
            (Rule::Url { schemes }, Value::String(text)) => check_url(text, schemes, faults),
            (Rule::Time(range), Value::String(bytes)) => {
                with_text(bytes, faults, |text, faults| match time::parse_time(text) {
                    Some(time) => range.check(&time, ("time.min", "time.max"), faults),
                    None => {
                        faults.add("time.invalid", JsonObjectWriter::new(), "must be a time such as 09:30 or 09:30:00")
                    }
                });
            }
            (Rule::DateTime(range), Value::String(bytes)) => {
                with_text(bytes, faults, |text, faults| match time::parse_datetime(text) {
                    Some(instant) => range.check(&instant, ("datetime.min", "datetime.max"), faults),
                    None => {
                        let message = "must be a date and time with an offset, such as 2024-11-15T09:30:00+09:00";
                        faults.add("datetime.invalid", JsonObjectWriter::new(), message);
                    }
                });
            }
            (Rule::Select(choices), Value::String(bytes)) => {
                with_text(bytes, faults, |text, faults| choices.check(text, "select.unknown", faults));
            }
            (Rule::Status, Value::String(bytes)) => {
                with_text(bytes, faults, |text, faults| statuses.check(text, "status.unknown", faults));
            }
            (rule, other) => wrong_type(String::new(), rule.json_type(), other, faults),
        }
    }

    /// JSON's name of what the rule expects.
    pub fn json_type(&self) -> &'static str {
        match self {
            Rule::Number(_) => "number",
            Rule::Boolean => "boolean",
            Rule::Address(_) => "object",
            rule if rule.is_list() => "array",
            _ => "string",
        }
    }

    /// The form under which a unique column compares values; `None` where no two values are told apart.
    pub fn unique_key(&self, value: Value<'_>) -> Option<String> {
        let text = value.as_str();
        match self {
            Rule::Text(_) => text.map(fold::fold_text),
            Rule::Email => text.map(email_key),
            Rule::Phone { region, .. } => text.map(|text| phone_key(text, region.as_deref())),
            Rule::Number(_) => value.as_number().map(|number| number.read().to_decimal().to_string()),
            Rule::DateTime(_) => {
                text.and_then(time::parse_datetime).map(|at| format!("{}.{:09}", at.seconds, at.nanosecond))
            }
            Rule::Link(Link { multiple: false, .. }) => text.map(str::to_ascii_lowercase),
            Rule::Date(_) | Rule::Time(_) | Rule::Url { .. } => text.map(str::to_owned),
            _ => None,
        }
    }

    /// Whether [`Rule::unique_key`] can tell values of this rule apart.
    pub fn can_be_unique(&self) -> bool {
        match self {
            Rule::Link(link) => !link.multiple,
            Rule::Text(_) | Rule::Email | Rule::Phone { .. } | Rule::Number(_) => true,
            Rule::DateTime(_) | Rule::Date(_) | Rule::Time(_) | Rule::Url { .. } => true,
            _ => false,
        }
    }
}

fn with_text(bytes: &[u8], faults: &mut Faults, check: impl FnOnce(&str, &mut Faults)) {
    match std::str::from_utf8(bytes) {
        Ok(text) => check(text, faults),
        Err(_) => faults.add("text.invalid", JsonObjectWriter::new(), "is not valid UTF-8"),
    }
}

fn wrong_type(at: String, expected: &'static str, value: Value<'_>, faults: &mut Faults) {
    let article = if matches!(expected, "array" | "object") { "an" } else { "a" };
    let params = JsonObjectWriter::new().text("expected", expected).text("actual", value.kind());
    faults.add_at(at, "type", params, format!("must be {article} {expected}, not {}", described(value)));
}

/// The JSON type of a value, with its article.
pub fn described(value: Value<'_>) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => format!("an {}", value.kind()),
        Value::Null => "null".to_owned(),
        _ => format!("a {}", value.kind()),
    }
}

fn read_schemes(options: &mut Options<'_>) -> Result<Vec<String>, Malformed> {
    let Some(schemes) = options.texts("schemes")? else {
        return Ok(vec!["http".to_owned(), "https".to_owned()]);
    };
    for scheme in &schemes {
        let plain = scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte));
        if !plain || matches!(*scheme, "javascript" | "data" | "vbscript") {
            return Err(Malformed::new("schemes", format!("\"{}\" cannot be allowed", shown(scheme)))
                .hint("Give schemes in lower case, such as https or ftp; javascript, data and vbscript never pass."));
        }
    }
    if schemes.is_empty() {
        return Err(Malformed::new("schemes", "must name at least one scheme"));
    }
    Ok(schemes.into_iter().map(str::to_owned).collect())
}

fn read_phone(options: &mut Options<'_>) -> Result<Rule, Malformed> {
    let region = options.text("default_region")?;
    if let Some(region) = region
        && !phone::is_region(region)
    {
        return Err(Malformed::new("default_region", format!("\"{}\" is not a region that is known", shown(region)))
            .hint("Give an ISO 3166 code in capitals, such as JP or US."));
    }
    let level = match options.text("level")? {
        None | Some("any") => Level::Any,
        Some("possible") => Level::Possible,
        Some(other) => {
            return Err(Malformed::new("level", format!("must be \"any\" or \"possible\", not \"{}\"", shown(other))));
        }
    };
    Ok(Rule::Phone { level, region: region.map(str::to_owned) })
}

fn check_url(text: &[u8], schemes: &[String], faults: &mut Faults) {
    match url::check_url(text, schemes) {
        Ok(()) => {}
        Err(url::UrlError::Scheme) => {
            let message = format!("must be an address that begins with {}", joined(schemes));
            faults.add(
                "url.scheme",
                JsonObjectWriter::new().list("schemes", schemes.iter().map(String::as_str)),
                message,
            );
        }
        Err(url::UrlError::Invalid | url::UrlError::NoHost) => {
            faults.add("url.invalid", JsonObjectWriter::new(), "must be a web address such as https://example.com");
        }
    }
}

fn joined(schemes: &[impl Display]) -> String {
    schemes.iter().map(|scheme| format!("{scheme}://")).collect::<Vec<_>>().join(" or ")
}
