//! Typed values: what a column's values are compared as, read from jsonb.
use crate::core::fields::identifier::uuid_bytes;
use crate::core::fields::time::{Instant, Time, parse_date, parse_datetime, parse_time};
use crate::core::fields::{Link, Rule};
use crate::core::jsonb::{Decimal, Number, Value};

/// What the values of an indexed column are compared as.
#[derive(Clone, Copy, Debug)]
pub enum KeyType<'s> {
    Number,
    Boolean,
    Date,
    Time,
    DateTime,
    Uuid,
    /// select, multi_select and status.
    Choice,
    /// A telephone number, with the region of numbers that have no country code.
    Phone(Option<&'s str>),
    Text,
}

/// A value of a [`KeyType`].
#[derive(Clone, Copy, Debug)]
pub enum KeyValue<'a> {
    Number(Number<'a>),
    /// A number of a query.
    Decimal(&'a Decimal),
    Boolean(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since 1970-01-01T00:00:00Z.
    DateTime(i64),
    Uuid([u8; 16]),
    /// The option's name, as it is stored.
    Choice(&'a str),
    Text(&'a str),
    /// A telephone number of a query, as [`crate::core::fields::phone_key`] made it.
    PhoneKey(&'a str),
}

impl<'s> KeyType<'s> {
    /// The type of a rule's values, or of the elements of its lists; `None` where they have no order.
    pub fn of(rule: &'s Rule) -> Option<KeyType<'s>> {
        Some(match rule {
            Rule::Number(_) | Rule::Autonumber(_) => KeyType::Number,
            Rule::Boolean => KeyType::Boolean,
            Rule::Date(_) => KeyType::Date,
            Rule::Time(_) => KeyType::Time,
            Rule::DateTime(_) => KeyType::DateTime,
            Rule::Link(Link { .. }) => KeyType::Uuid,
            Rule::Select(_) | Rule::MultiSelect(_) | Rule::Status => KeyType::Choice,
            Rule::Phone { region, .. } => KeyType::Phone(region.as_deref()),
            Rule::Text(_) | Rule::Email | Rule::Url { .. } => KeyType::Text,
            Rule::Json(_) | Rule::Attachment(_) | Rule::Address(_) | Rule::Computed => return None,
        })
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            KeyType::Number => "number",
            KeyType::Boolean => "boolean",
            KeyType::Date => "date",
            KeyType::Time => "time",
            KeyType::DateTime => "datetime",
            KeyType::Uuid => "uuid",
            KeyType::Choice => "choice",
            KeyType::Phone(_) => "phone",
            KeyType::Text => "text",
        }
    }

    /// A jsonb scalar as a value of this type; `None` where it is none. Digits past the microseconds are cut, as `field_timestamptz` cuts them.
    pub fn read<'a>(&self, value: Value<'a>) -> Option<KeyValue<'a>> {
        Some(match self {
            KeyType::Number => KeyValue::Number(value.as_number()?),
            KeyType::Boolean => KeyValue::Boolean(value.as_bool()?),
            KeyType::Date => KeyValue::Date(i32::try_from(parse_date(value.as_str()?)?.days()).ok()?),
            KeyType::Time => KeyValue::Time(parse_time(value.as_str()?).map(Time::microseconds)?),
            KeyType::DateTime => KeyValue::DateTime(parse_datetime(value.as_str()?).map(Instant::microseconds)?),
            KeyType::Uuid => KeyValue::Uuid(uuid_bytes(value.as_str()?)?),
            KeyType::Choice => KeyValue::Choice(value.as_str()?),
            KeyType::Text | KeyType::Phone(_) => KeyValue::Text(value.as_str()?),
        })
    }

    /// Whether a value is of this type.
    pub(super) fn has(&self, value: KeyValue<'_>) -> bool {
        matches!(
            (self, value),
            (KeyType::Number, KeyValue::Number(_) | KeyValue::Decimal(_))
                | (KeyType::Boolean, KeyValue::Boolean(_))
                | (KeyType::Date, KeyValue::Date(_))
                | (KeyType::Time, KeyValue::Time(_))
                | (KeyType::DateTime, KeyValue::DateTime(_))
                | (KeyType::Uuid, KeyValue::Uuid(_))
                | (KeyType::Choice, KeyValue::Choice(_))
                | (KeyType::Text | KeyType::Phone(_), KeyValue::Text(_))
                | (KeyType::Phone(_), KeyValue::PhoneKey(_))
        )
    }
}
