//! The value of a condition, as its column's type and its operator understand it.
use super::model::{Bounds, Ids, NumberTest, Quantifier, Test, TextTest};
use super::operators::{Family, Operator};
use super::problem::{MAX_VALUES, wrong_type};
use super::relative_date::{Clock, bounds, count, date_test};
use crate::core::fault::Faults;
use crate::core::fields::fold::fold_text;
use crate::core::fields::identifier::{nearest, uuid_bytes};
use crate::core::fields::time::parse_time;
use crate::core::fields::{Choices, Rule, is_media_type, phone_key, shown};
use crate::core::jsonb::{Decimal, Digits, JsonObjectWriter, Value};
use crate::core::pattern::Pattern;
use crate::core::schema::{Column, Schema};
use crate::core::work::{self, Memory};
use std::ops::Bound::{Excluded, Included, Unbounded};

/// So many choices a message lists.
const CHOICES_SHOWN: usize = 10;

/// The column of a condition, with what its values are checked against.
#[derive(Clone, Copy)]
pub struct Target<'s> {
    pub family: Family,
    /// None for a field that the schema has no column for.
    pub column: Option<&'s Column>,
    pub schema: &'s Schema,
}

impl<'s> Target<'s> {
    /// The choices that a value can name; none if it can be any text.
    pub fn choices(&self) -> Option<&'s Choices> {
        let statuses = Some(&self.schema.statuses).filter(|statuses| !statuses.is_empty());
        match self.column.map(|column| &column.rule) {
            Some(Rule::Select(choices) | Rule::MultiSelect(choices)) => Some(choices),
            Some(Rule::Status) => statuses,
            _ => statuses.filter(|_| self.schema.settings.check_status),
        }
    }

    fn region(&self) -> Option<&'s str> {
        match &self.column?.rule {
            Rule::Phone { region, .. } => region.as_deref(),
            _ => None,
        }
    }
}

/// Reads one value; problems go to `faults`, at `at`.
pub struct ValueReader<'r, 's> {
    pub target: Target<'s>,
    pub operator: Operator,
    pub clock: &'r Clock,
    pub at: String,
    pub faults: &'r mut Faults,
    /// What the values of the query take.
    pub memory: &'r mut Memory,
}

impl ValueReader<'_, '_> {
    pub fn read(&mut self, value: Value<'_>) -> Option<Test> {
        use Operator as Op;
        let operator = self.operator;
        match (self.target.family, operator) {
            (_, Op::IsEmpty | Op::IsNotEmpty) => Some(Test::Empty),
            (Family::Phone, Op::Is | Op::IsNot | Op::AnyOf | Op::NoneOf) => self.phone(value),
            (Family::Text | Family::Phone, _) => self.text_test(value).map(Test::Text),
            (Family::Number, _) => self.number_test(value).map(Test::Number),
            (Family::Boolean, _) => match value {
                Value::Bool(value) => Some(Test::Boolean(value)),
                other => self.refuse_type("boolean", other),
            },
            (Family::Date, _) => {
                let test = self.clock.span(value).and_then(|span| date_test(operator, span)).map(Test::Date);
                self.accept(test)
            }
            (Family::Instant, _) => {
                let clock = self.clock;
                let test = clock.span(value).and_then(|span| clock.instant_test(operator, span)).map(Test::Instant);
                self.accept(test)
            }
            (Family::Time, _) => {
                let time = value.as_str().and_then(parse_time);
                let time = time.ok_or_else(|| "must be a time such as 09:30 or 09:30:00".to_owned());
                self.accept(time).map(|time| Test::Time(bounds(operator, time, time)))
            }
            (Family::Choice | Family::Choices, _) => self.choices(value),
            (Family::Reference | Family::References, Op::Contains) => self.needle(value).map(Test::Title),
            (Family::Id | Family::Ids | Family::Reference | Family::References, _) => self.ids(value),
            (Family::Attachment, Op::FilenameContains) => self.needle(value).map(Test::FileName),
            (Family::Attachment, Op::HasFileType) => {
                let media = value.as_str().map(str::to_ascii_lowercase).filter(|media| is_media_type(media));
                self.accept(media.ok_or_else(|| "must be a media type such as application/pdf or image/*".to_owned()))
                    .map(Test::FileType)
            }
            (Family::Attachment, _) => self.count_bounds(value).map(Test::Files),
            (Family::Opaque, _) => None,
        }
    }

    /// The value, or its problem.
    fn accept<T>(&mut self, value: Result<T, String>) -> Option<T> {
        value
            .map_err(|message| self.faults.add_at(self.at.clone(), "query.value", JsonObjectWriter::new(), message))
            .ok()
    }

    fn refuse_type<T>(&mut self, expected: &str, value: Value<'_>) -> Option<T> {
        wrong_type(self.faults, self.at.clone(), expected, value);
        None
    }

    fn text<'v>(&mut self, value: Value<'v>) -> Option<&'v str> {
        match value.as_str() {
            Some(text) => Some(text),
            None => self.refuse_type("string", value),
        }
    }

    /// A text to look for, folded. An empty one would be found everywhere.
    fn needle(&mut self, value: Value<'_>) -> Option<String> {
        let folded = fold_text(self.text(value)?);
        self.memory.take(folded.len());
        self.accept(Some(folded).filter(|folded| !folded.is_empty()).ok_or_else(|| "must not be empty".to_owned()))
    }

    /// Whether the operator takes a list, not one value.
    fn takes_list(&self) -> bool {
        use Operator as Op;
        matches!(self.operator, Op::AnyOf | Op::NoneOf | Op::HasAny | Op::HasAll | Op::HasNone | Op::Exactly)
    }

    /// Each of the values, sorted and once; problems of all of them are found.
    fn each<T: Ord>(
        &mut self,
        value: Value<'_>,
        mut read: impl FnMut(&mut Self, Value<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        if !self.takes_list() {
            return read(self, value).map(|one| vec![one]);
        }
        let Value::Array(array) = value else { return self.refuse_type("array", value) };
        if array.len() > MAX_VALUES {
            let params = JsonObjectWriter::new().json("max", MAX_VALUES).json("values", array.len());
            let message = format!("must have at most {MAX_VALUES} values, not {}", array.len());
            self.faults.add_at(self.at.clone(), "query.too_large", params, message);
            return None;
        }
        self.memory.take(array.len() * size_of::<T>() + array.container().len());
        let mut values = Vec::with_capacity(array.len());
        let (list, mut complete) = (self.at.clone(), true);
        for (index, item) in array.iter().enumerate() {
            work::step();
            if self.faults.is_full() {
                return None;
            }
            self.at = format!("{list}/{index}");
            match read(self, item) {
                Some(one) => values.push(one),
                None => complete = false,
            }
        }
        self.at = list;
        values.sort_unstable();
        values.dedup();
        complete.then_some(values)
    }

    fn quantifier(&self) -> Quantifier {
        match self.operator {
            Operator::HasAll => Quantifier::All,
            Operator::Exactly => Quantifier::Exactly,
            _ => Quantifier::Any,
        }
    }

    fn text_test(&mut self, value: Value<'_>) -> Option<TextTest> {
        use Operator as Op;
        Some(match self.operator {
            Op::Contains | Op::NotContains => TextTest::Contains(self.needle(value)?),
            Op::StartsWith => TextTest::StartsWith(self.needle(value)?),
            Op::EndsWith => TextTest::EndsWith(self.needle(value)?),
            Op::ContainsWord => TextTest::ContainsWord(self.needle(value)?),
            Op::LengthLt | Op::LengthGt => TextTest::Length(self.count_bounds(value)?),
            Op::Matches => {
                let source = self.text(value)?;
                match Pattern::new(source) {
                    Ok(pattern) => TextTest::Matches(Box::new(pattern)),
                    Err(message) => {
                        let params = JsonObjectWriter::new().text("pattern", &shown(source));
                        self.faults.add_at(self.at.clone(), "query.pattern", params, message);
                        return None;
                    }
                }
            }
            _ => TextTest::AnyOf(self.each(value, |reader, value| reader.text(value).map(fold_text))?),
        })
    }

    fn phone(&mut self, value: Value<'_>) -> Option<Test> {
        let region = self.target.region();
        let keys = self.each(value, |reader, value| {
            let key = phone_key(reader.text(value)?, region);
            reader
                .accept(Some(key).filter(|key| !key.is_empty()).ok_or_else(|| "must be a telephone number".to_owned()))
        })?;
        Some(Test::Phone { keys, region: region.map(str::to_owned) })
    }

    fn number(&mut self, value: Value<'_>) -> Option<Decimal> {
        match value {
            Value::Number(number) => Some(number.read().to_decimal()),
            other => self.refuse_type("number", other),
        }
    }

    fn number_test(&mut self, value: Value<'_>) -> Option<NumberTest> {
        use Operator as Op;
        match self.operator {
            Op::IsEven => return Some(NumberTest::Even),
            Op::IsWhole => return Some(NumberTest::Whole),
            Op::Between => return self.between(value),
            _ => {}
        }
        let number = self.number(value)?;
        Some(NumberTest::Within(match self.operator {
            Op::Less => (Unbounded, Excluded(number)),
            Op::LessOrEqual => (Unbounded, Included(number)),
            Op::Greater => (Excluded(number), Unbounded),
            Op::GreaterOrEqual => (Included(number), Unbounded),
            _ => (Included(number.clone()), Included(number)),
        }))
    }

    fn between(&mut self, value: Value<'_>) -> Option<NumberTest> {
        let mut items = value.as_array().filter(|array| array.len() == 2).into_iter().flat_map(|array| array.iter());
        let (Some(low), Some(high)) = (items.next(), items.next()) else {
            return self.accept(Err("must be an array of two numbers, such as [1, 10]".to_owned()));
        };
        let (low, high) = (self.number(low), self.number(high));
        let (low, high) = (low?, high?);
        if low.compare(&high).is_gt() {
            return self.accept(Err(format!("must not begin above its end, {low} above {high}")));
        }
        Some(NumberTest::Within((Included(low), Included(high))))
    }

    fn count_bounds(&mut self, value: Value<'_>) -> Option<Bounds<usize>> {
        let count = count(value).ok_or_else(|| format!("must be a whole number from 0 to {}", u32::MAX));
        let count = self.accept(count)? as usize;
        Some(match self.operator {
            Operator::LengthLt | Operator::FilesLt => (Unbounded, Excluded(count)),
            _ => (Excluded(count), Unbounded),
        })
    }

    fn choices(&mut self, value: Value<'_>) -> Option<Test> {
        let choices = self.target.choices();
        let names = self.each(value, |reader, value| {
            let text = reader.text(value)?;
            let Some(choices) = choices else { return Some(text.to_owned()) };
            let name = choices.find(text);
            if name.is_none() {
                reader.unknown_choice(text, choices);
            }
            name.map(str::to_owned)
        })?;
        Some(Test::Choices(self.quantifier(), names))
    }

    fn unknown_choice(&mut self, text: &str, choices: &Choices) {
        let near = nearest(text, choices.names.iter().map(String::as_str)).map(shown);
        let text = shown(text);
        let params = JsonObjectWriter::new().text("value", &text);
        let (params, message) = match near {
            Some(near) => {
                (params.text("nearest", &near), format!("has no choice \"{text}\"; perhaps you meant \"{near}\""))
            }
            None => {
                // A list that people can read, or the beginning of a long one.
                let some: Vec<_> = choices.names.iter().take(CHOICES_SHOWN).map(|name| shown(name)).collect();
                let more = if choices.names.len() > CHOICES_SHOWN { ", …" } else { "" };
                (params, format!("has no choice \"{text}\"; its choices are {}{more}", some.join(", ")))
            }
        };
        self.faults.add_at(self.at.clone(), "query.unknown_choice", params, message);
    }

    fn ids(&mut self, value: Value<'_>) -> Option<Test> {
        let ids: Ids = self.each(value, |reader, value| {
            let id = uuid_bytes(reader.text(value)?);
            reader.accept(id.ok_or_else(|| "must be a UUID".to_owned()))
        })?;
        Some(Test::Ids(self.quantifier(), ids))
    }
}
