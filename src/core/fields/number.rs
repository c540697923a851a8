//! integer, number, decimal, currency, percent, rating and duration: digits compared exactly, never through floats.
use super::currency::currency_exponent;
use super::options::{Malformed, Options};
use crate::core::fault::Faults;
use crate::core::jsonb::{Decimal, Digits, JsonObjectWriter, Number};
use crate::core::shown::shown;
use std::cmp::Ordering;

#[derive(Debug, Default)]
pub struct NumberRule {
    pub integer: bool,
    pub min: Option<Decimal>,
    pub max: Option<Decimal>,
    /// Decimal digits in all, as in numeric(precision, scale).
    pub precision: Option<u32>,
    pub scale: Option<u32>,
    pub multiple_of: Option<Decimal>,
    /// ISO 4217; the value counts its minor units.
    pub currency: Option<String>,
}

impl NumberRule {
    pub fn read_integer(options: &mut Options<'_>) -> Result<NumberRule, Malformed> {
        NumberRule { integer: true, ..NumberRule::default() }.with_range(options)
    }

    pub fn read_decimal(options: &mut Options<'_>) -> Result<NumberRule, Malformed> {
        let mut rule = NumberRule::default().with_range(options)?.with_scale(options)?;
        rule.precision = options.count("precision", 1000)?;
        if let (Some(precision), Some(scale)) = (rule.precision, rule.scale)
            && scale > precision
        {
            return Err(Malformed::new("scale", format!("lies above precision {precision}")));
        }
        rule.multiple_of = options.number("multiple_of")?;
        if let Some(step) = &rule.multiple_of
            && (step.is_zero() || step.is_negative())
        {
            return Err(Malformed::new("multiple_of", "must be above zero"));
        }
        Ok(rule)
    }

    pub fn read_percent(options: &mut Options<'_>) -> Result<NumberRule, Malformed> {
        NumberRule::default().with_range(options)?.with_scale(options)
    }

    pub fn read_currency(options: &mut Options<'_>) -> Result<NumberRule, Malformed> {
        let mut rule = NumberRule::read_integer(options)?;
        if let Some(code) = options.text("currency")? {
            if currency_exponent(code).is_none() {
                return Err(Malformed::new("currency", format!("\"{}\" is not a currency", shown(code)))
                    .hint("Give an ISO 4217 code in capitals, such as JPY, USD or EUR."));
            }
            rule.currency = Some(code.to_owned());
        }
        Ok(rule)
    }

    pub fn read_rating(options: &mut Options<'_>) -> Result<NumberRule, Malformed> {
        let max = options.count("max", 10)?.unwrap_or(5);
        if max == 0 {
            return Err(Malformed::new("max", "must be from 1 to 10, not 0"));
        }
        Ok(NumberRule { integer: true, min: Some(1.into()), max: Some(max.into()), ..NumberRule::default() })
    }

    /// The decimals that values have at most, in the larger unit of a currency.
    pub fn places(&self) -> Option<u32> {
        match &self.currency {
            Some(currency) => currency_exponent(currency).map(u32::from),
            None if self.integer => Some(0),
            None => self.scale,
        }
    }

    fn with_range(mut self, options: &mut Options<'_>) -> Result<NumberRule, Malformed> {
        self.min = options.number("min")?;
        self.max = options.number("max")?;
        if let (Some(min), Some(max)) = (&self.min, &self.max)
            && min.compare(max) == Ordering::Greater
        {
            return Err(Malformed::new("min", format!("{min} lies above max {max}")).hint("No value could pass both."));
        }
        Ok(self)
    }

    fn with_scale(mut self, options: &mut Options<'_>) -> Result<NumberRule, Malformed> {
        self.scale = options.count("scale", 1000)?;
        Ok(self)
    }

    pub fn check(&self, number: Number<'_>, faults: &mut Faults) {
        let number = number.read();
        if self.integer && !number.is_integer() {
            faults.add("number.fraction", JsonObjectWriter::new(), "must be a whole number");
        }
        if let Some(min) = &self.min
            && number.compare(min) == Ordering::Less
        {
            faults.add("number.min", JsonObjectWriter::new().json("min", min), format!("must be at least {min}"));
        }
        if let Some(max) = &self.max
            && number.compare(max) == Ordering::Greater
        {
            faults.add("number.max", JsonObjectWriter::new().json("max", max), format!("must be at most {max}"));
        }
        if let Some(scale) = self.scale
            && number.scale() > scale
        {
            let message = format!("must have at most {scale} digits after the decimal point");
            faults.add("number.scale", JsonObjectWriter::new().json("scale", scale), message);
        }
        if let Some(precision) = self.precision {
            let whole = precision - self.scale.unwrap_or(0);
            // With a scale the rule is that of numeric(precision, scale); without one, digits are counted as written.
            let digits =
                if self.scale.is_some() { number.integer_digits() } else { number.integer_digits() + number.scale() };
            if digits > whole {
                let message = match self.scale {
                    Some(_) => format!("must have at most {whole} digits before the decimal point"),
                    None => format!("must have at most {precision} digits"),
                };
                faults.add("number.precision", JsonObjectWriter::new().json("precision", precision), message);
            }
        }
        if let Some(step) = &self.multiple_of
            && !number.is_multiple_of(step)
        {
            faults.add(
                "number.multiple_of",
                JsonObjectWriter::new().json("multiple_of", step),
                format!("must be a multiple of {step}"),
            );
        }
    }
}
