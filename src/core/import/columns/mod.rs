//! Columns of a file: type, date order and decimal mark from a sample, and the conversion of cells by them.
//!
//! A column has one date order and one decimal mark. Where more than one fits, it is ambiguous and must be asked.
mod convert;
mod dates;
mod numbers;
mod readings;
mod rest;
mod survey;

pub use convert::{Input, Plan, convert, is_choice, is_error_value, spelled};
pub use readings::looks_like_value;
pub use rest::Rest;
pub use survey::{ColumnFacts, Survey, Warning};

#[cfg(test)]
mod tests;

/// The order of day, month and year in a column's dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    Ymd,
    Mdy,
    Dmy,
    /// More than one order reads all values, and they give different dates.
    Ambiguous,
}

impl DateOrder {
    pub fn name(self) -> &'static str {
        match self {
            DateOrder::Ymd => "ymd",
            DateOrder::Mdy => "mdy",
            DateOrder::Dmy => "dmy",
            DateOrder::Ambiguous => "ambiguous",
        }
    }

    pub fn named(name: &str) -> Option<DateOrder> {
        [DateOrder::Ymd, DateOrder::Mdy, DateOrder::Dmy].into_iter().find(|order| order.name() == name)
    }
}

/// What stands between the whole part and the fraction of a column's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalMark {
    Point,
    Comma,
    /// Both read all values, and they give different numbers.
    Ambiguous,
}

impl DecimalMark {
    pub fn name(self) -> &'static str {
        match self {
            DecimalMark::Point => ".",
            DecimalMark::Comma => ",",
            DecimalMark::Ambiguous => "ambiguous",
        }
    }

    pub fn named(name: &str) -> Option<DecimalMark> {
        [DecimalMark::Point, DecimalMark::Comma].into_iter().find(|mark| mark.name() == name)
    }
}
