//! Evaluates a filter over records: one walk per record, and no memory of its own but for folded texts, which is reused.
use super::model::{Condition, DateTest, Filter, InstantTest, NumberTest, Quantifier, Query, Test, TextTest};
use super::record::{Held, Places, Record, Titles, Values, elements};
use super::zone::{TimeZone, day_of};
use crate::core::fields::fold::fold_into;
use crate::core::fields::identifier::uuid_bytes;
use crate::core::fields::time::{date_from_days, parse_date, parse_datetime, parse_time};
use crate::core::fields::{Instant, media_type_matches, phone_key};
use crate::core::jsonb::{Digits, Numeric, Value};
use crate::core::schema::Schema;
use crate::core::work;
use std::ops::{Bound, RangeBounds};

/// A query's filter, ready for records under one schema.
pub struct Evaluator<'q> {
    query: &'q Query,
    places: Places,
    scratch: Scratch,
}

/// Memory that is used for one record after the other.
#[derive(Debug, Default)]
struct Scratch {
    folded: String,
    /// Which of a condition's values a list has.
    found: Vec<bool>,
}

/// What the tests of one record need.
struct Evaluation<'e> {
    query: &'e Query,
    titles: &'e dyn Titles,
    scratch: &'e mut Scratch,
}

impl<'q> Evaluator<'q> {
    /// None if the schema no longer has the columns as the query was read with: then it must be read again.
    pub fn new(query: &'q Query, schema: &Schema) -> Option<Evaluator<'q>> {
        Some(Evaluator { query, places: Places::new(&query.columns, schema)?, scratch: Scratch::default() })
    }

    /// Whether the filter holds for a record; it does if there is none.
    pub fn matches(&mut self, record: &Record<'_>, titles: &dyn Titles) -> bool {
        let Some(filter) = &self.query.filter else { return true };
        let values = self.places.read(record);
        Evaluation { query: self.query, titles, scratch: &mut self.scratch }.filter(filter, &values)
    }
}

impl Evaluation<'_> {
    fn filter(&mut self, filter: &Filter, values: &Values<'_>) -> bool {
        work::descend();
        match filter {
            Filter::And(members) => members.iter().all(|member| self.filter(member, values)),
            Filter::Or(members) => members.iter().any(|member| self.filter(member, values)),
            Filter::Not(inner) => !self.filter(inner, values),
            Filter::Condition(condition) => {
                work::step();
                self.condition(condition, values.get(condition.column)) != condition.operator.is_negative()
            }
        }
    }

    /// Whether a condition's positive form holds.
    fn condition(&mut self, condition: &Condition, held: Option<Held<'_>>) -> bool {
        let Some(held) = held else {
            // A value that is not there is as long as none, and its list has no elements.
            return match &condition.test {
                Test::Empty => true,
                Test::Text(TextTest::Length(bounds)) | Test::Files(bounds) => bounds.contains(&0),
                Test::Choices(quantifier, names) => is_met_by_nothing(*quantifier, names.len()),
                Test::Ids(quantifier, ids) => is_met_by_nothing(*quantifier, ids.len()),
                _ => false,
            };
        };
        match held {
            Held::Json(value) => self.json(condition, value),
            Held::Instant(at) => match &condition.test {
                Test::Instant(test) => instant_matches(test, at, &*self.query.zone),
                _ => false,
            },
            Held::Id(id) => match &condition.test {
                Test::Ids(_, ids) => ids.binary_search(&id).is_ok(),
                _ => false,
            },
        }
    }

    fn json(&mut self, condition: &Condition, value: Value<'_>) -> bool {
        let text = || value.as_str();
        let family = self.query.columns[condition.column].family;
        match &condition.test {
            Test::Empty => false,
            Test::Text(test) => text().is_some_and(|text| self.text(test, text)),
            Test::Phone { keys, region } => text().is_some_and(|text| {
                work::bytes(text.len());
                keys.binary_search(&phone_key(text, region.as_deref())).is_ok()
            }),
            Test::Number(test) => value.as_number().is_some_and(|number| number_matches(test, number.read())),
            Test::Boolean(expected) => value.as_bool() == Some(*expected),
            Test::Date(test) => {
                let days = text().and_then(parse_date).map(|date| date.days());
                days.is_some_and(|days| match test {
                    DateTest::Within(bounds) => bounds.contains(&days),
                    DateTest::DayOfMonth(day) => date_from_days(days).2 == *day,
                })
            }
            Test::Time(bounds) => text().and_then(parse_time).is_some_and(|time| bounds.contains(&time)),
            Test::Instant(test) => {
                let at = text().and_then(parse_datetime);
                at.is_some_and(|at| instant_matches(test, at, &*self.query.zone))
            }
            Test::Choices(quantifier, names) => {
                let place = |element: Value<'_>| {
                    let name = element.as_str()?;
                    names.binary_search_by(|known| known.as_str().cmp(name)).ok()
                };
                quantified(*quantifier, names.len(), elements(value, family).map(place), &mut self.scratch.found)
            }
            Test::Ids(quantifier, ids) => {
                let place = |element: Value<'_>| ids.binary_search(&uuid_bytes(element.as_str()?)?).ok();
                quantified(*quantifier, ids.len(), elements(value, family).map(place), &mut self.scratch.found)
            }
            Test::Title(needle) => self.title(condition, needle, value),
            Test::FileName(needle) => files(value).any(|file| {
                let name = file.as_object().and_then(|file| file.get("name")?.as_str());
                name.is_some_and(|name| self.fold(name).contains(needle.as_str()))
            }),
            Test::FileType(pattern) => files(value).any(|file| {
                let media = file.as_object().and_then(|file| file.get("type")?.as_str());
                media.is_some_and(|media| {
                    work::bytes(media.len());
                    media_type_matches(pattern, media)
                })
            }),
            Test::Files(bounds) => bounds.contains(&value.as_array().map_or(0, |files| files.len())),
        }
    }

    /// The folded text, until the next is folded.
    fn fold(&mut self, text: &str) -> &str {
        fold_into(text, &mut self.scratch.folded);
        &self.scratch.folded
    }

    fn text(&mut self, test: &TextTest, text: &str) -> bool {
        match test {
            TextTest::Length(bounds) => {
                work::bytes(text.len());
                bounds.contains(&text.chars().count())
            }
            TextTest::Matches(pattern) => pattern.matches(text),
            TextTest::AnyOf(texts) => {
                let folded = self.fold(text);
                texts.binary_search_by(|known| known.as_str().cmp(folded)).is_ok()
            }
            TextTest::Contains(needle) => self.fold(text).contains(needle.as_str()),
            TextTest::StartsWith(needle) => self.fold(text).starts_with(needle.as_str()),
            TextTest::EndsWith(needle) => self.fold(text).ends_with(needle.as_str()),
            TextTest::ContainsWord(needle) => contains_word(self.fold(text), needle),
        }
    }

    fn title(&mut self, condition: &Condition, needle: &str, value: Value<'_>) -> bool {
        let (titles, query) = (self.titles, self.query);
        let Some(table) = &query.columns[condition.column].target else { return false };
        elements(value, query.columns[condition.column].family).any(|element| {
            let title = element.as_str().and_then(uuid_bytes).and_then(|id| titles.title(table, &id));
            title.is_some_and(|title| self.fold(&title).contains(needle))
        })
    }
}

/// The elements of a list of files.
fn files<'a>(value: Value<'a>) -> impl Iterator<Item = Value<'a>> {
    value.as_array().into_iter().flat_map(|array| array.iter())
}

/// Whether a list without elements meets a condition of so many.
fn is_met_by_nothing(quantifier: Quantifier, count: usize) -> bool {
    quantifier != Quantifier::Any && count == 0
}

/// Whether the elements meet a condition of so many values. Each is the place of the value that it equals, if it equals one.
fn quantified(
    quantifier: Quantifier,
    count: usize,
    mut elements: impl Iterator<Item = Option<usize>>,
    found: &mut Vec<bool>,
) -> bool {
    if quantifier == Quantifier::Any {
        return elements.any(|element| element.is_some());
    }
    found.clear();
    work::reserve(count);
    found.resize(count, false);
    let mut missing = count;
    for element in elements {
        work::step();
        match element {
            Some(place) if !found[place] => {
                found[place] = true;
                missing -= 1;
            }
            None if quantifier == Quantifier::Exactly => return false,
            _ => {}
        }
    }
    missing == 0
}

fn number_matches(test: &NumberTest, number: Numeric<'_>) -> bool {
    match test {
        NumberTest::Whole => number.is_integer(),
        NumberTest::Even => number.is_integer() && is_even(number),
        NumberTest::Within((low, high)) => {
            let above = match low {
                Bound::Included(low) => number.compare(low).is_ge(),
                Bound::Excluded(low) => number.compare(low).is_gt(),
                Bound::Unbounded => true,
            };
            above
                && match high {
                    Bound::Included(high) => number.compare(high).is_le(),
                    Bound::Excluded(high) => number.compare(high).is_lt(),
                    Bound::Unbounded => true,
                }
        }
    }
}

/// Whether a whole number is even. Its groups of four digits end where zeros follow.
fn is_even(number: Numeric<'_>) -> bool {
    let is_last_group = |index: usize| index as i32 == number.weight();
    number.count().checked_sub(1).is_none_or(|last| !is_last_group(last) || number.digit(last).is_multiple_of(2))
}

fn instant_matches(test: &InstantTest, at: Instant, zone: &dyn TimeZone) -> bool {
    match test {
        InstantTest::Within(bounds) => bounds.contains(&at),
        InstantTest::DayOfMonth(day) => at.is_finite() && date_from_days(day_of(zone, at)).2 == *day,
    }
}

/// Whether a text occurs with no letter or digit beside it.
fn contains_word(text: &str, word: &str) -> bool {
    let is_inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut from = 0;
    while let Some(at) = text[from..].find(word) {
        // Matches may overlap: each takes as long as the word.
        work::step();
        work::bytes(word.len());
        let (start, end) = (from + at, from + at + word.len());
        if !is_inside(text[..start].chars().next_back()) && !is_inside(text[end..].chars().next()) {
            return true;
        }
        from = start + text[start..].chars().next().map_or(1, char::len_utf8);
    }
    false
}
