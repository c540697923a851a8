//! The evaluator and the order of records written a second time, as plainly as can be: over JSON, one condition at a time, nothing compiled.
use super::{at, title, zone};
use crate::core::fields::fold::fold_text;
use crate::core::fields::identifier::hex;
use crate::core::fields::time::{date_from_days, parse_date, parse_datetime, parse_time};
use crate::core::fields::{Instant, phone_key};
use crate::core::index::sort_key;
use num_bigint::BigInt;
use serde_json::Value as Json;
use std::cmp::Ordering;
use std::collections::BTreeSet;

pub struct Oracle<'o> {
    /// The definitions of the columns, as in the schema.
    pub columns: &'o [Json],
    pub statuses: &'o [&'o str],
    pub now: &'o str,
}

fn text(value: &Json) -> Option<&str> {
    value.as_str()
}

/// A number without a decimal point, in units of 10^-40.
fn scaled(value: &Json) -> Option<BigInt> {
    let text = value.as_number()?.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    Some(format!("{whole}{fraction:0<40}").parse().unwrap())
}

fn elements(value: &Json, is_list: bool) -> Vec<&Json> {
    match value {
        Json::Array(list) if is_list => list.iter().collect(),
        Json::Null => Vec::new(),
        Json::String(text) if text.is_empty() => Vec::new(),
        other => vec![other],
    }
}

/// The first and the last day of a span, or its instants.
#[derive(Clone, Copy)]
enum Edge {
    Day(i64),
    At(Instant),
}

impl Oracle<'_> {
    fn column(&self, name: &str) -> Option<&Json> {
        self.columns.iter().find(|column| column["name"] == name || column["id"] == name)
    }

    fn kind(&self, name: &str) -> &str {
        match self.column(name) {
            Some(column) => column["type"].as_str().unwrap(),
            None if name == "company" || name == "email" => "text",
            None => ["status", "created_at", "updated_at", "created_by"].into_iter().find(|own| *own == name).unwrap(),
        }
    }

    /// The value of a column in a record; null if it has none.
    fn value<'r>(&self, record: &'r Json, name: &str) -> &'r Json {
        let column = self.column(name);
        let key = match self.kind(name) {
            own @ ("created_at" | "updated_at" | "created_by") => own,
            _ => column.map_or(name, |column| column["name"].as_str().unwrap()),
        };
        let value = record.get(key).unwrap_or(&Json::Null);
        let keeps_empty = column.is_some_and(|column| column["options"]["keep_empty"] == true);
        let is_list = self.is_list(name) && value.as_array().is_some_and(Vec::is_empty);
        if (value == "" && !keeps_empty) || is_list { &Json::Null } else { value }
    }

    fn elements<'j>(&self, name: &str, value: &'j Json) -> Vec<&'j Json> {
        elements(value, self.is_list(name))
    }

    fn is_list(&self, name: &str) -> bool {
        let multiple = self.column(name).is_some_and(|column| column["options"]["multiple"] == true);
        multiple || matches!(self.kind(name), "multi_select" | "attachment")
    }

    pub fn holds(&self, filter: &Json, record: &Json, zone: &str) -> bool {
        if let Some(members) = filter.get("and") {
            return members.as_array().unwrap().iter().all(|member| self.holds(member, record, zone));
        }
        if let Some(members) = filter.get("or") {
            return members.as_array().unwrap().iter().any(|member| self.holds(member, record, zone));
        }
        if let Some(inner) = filter.get("not") {
            return !self.holds(inner, record, zone);
        }
        self.condition(filter, record, zone)
    }

    fn condition(&self, condition: &Json, record: &Json, zone: &str) -> bool {
        let name = condition["column"].as_str().unwrap();
        let (value, given) = (self.value(record, name), &condition["value"]);
        let list = || given.as_array().cloned().unwrap_or_else(|| vec![given.clone()]);
        match condition["op"].as_str().unwrap() {
            "is_empty" => value.is_null(),
            "is_not_empty" => !value.is_null(),
            "is_not" => !self.is(name, value, &list(), zone),
            "none_of" => !self.is(name, value, &list(), zone),
            "is" | "any_of" => self.is(name, value, &list(), zone),
            "not_contains" => !self.contains(name, value, given),
            "contains" => self.contains(name, value, given),
            "starts_with" => text(value).is_some_and(|text| fold_text(text).starts_with(&folded(given))),
            "ends_with" => text(value).is_some_and(|text| fold_text(text).ends_with(&folded(given))),
            "contains_word" => text(value).is_some_and(|text| has_word(&fold_text(text), &folded(given))),
            "length_lt" => length(value).is_some_and(|length| length < given.as_u64().unwrap()),
            "length_gt" => length(value).is_some_and(|length| length > given.as_u64().unwrap()),
            "matches" => text(value).is_some_and(|text| match given.as_str().unwrap() {
                "^[A-Z]" => text.starts_with(|c: char| c.is_ascii_uppercase()),
                "[0-9]+$" => text.ends_with(|c: char| c.is_ascii_digit()),
                plain => text.contains(plain),
            }),
            "!=" => scaled(value) != scaled(given),
            "=" => scaled(value) == scaled(given),
            "<" => scaled(value).is_some_and(|number| Some(number) < scaled(given)),
            "<=" => scaled(value).is_some_and(|number| Some(number) <= scaled(given)),
            ">" => scaled(value).is_some_and(|number| Some(number) > scaled(given)),
            ">=" => scaled(value).is_some_and(|number| Some(number) >= scaled(given)),
            "between" => scaled(value)
                .is_some_and(|number| scaled(&given[0]).unwrap() <= number && number <= scaled(&given[1]).unwrap()),
            "is_whole" => scaled(value).is_some_and(|number| number % BigInt::from(10).pow(40) == BigInt::ZERO),
            "is_even" => scaled(value).is_some_and(|number| number % (BigInt::from(10).pow(40) * 2) == BigInt::ZERO),
            operator @ ("before" | "on_or_before" | "after" | "on_or_after" | "within") => {
                self.is_placed(name, operator, value, given, zone)
            }
            operator @ ("has_any" | "has_all" | "has_none" | "exactly" | "has" | "has_not") => {
                let (has, asked) = (self.keys(name, &self.elements(name, value)), list());
                let asked = self.keys(name, &asked.iter().collect::<Vec<_>>());
                match operator {
                    "has_any" | "has" => !has.is_disjoint(&asked),
                    "has_none" | "has_not" => has.is_disjoint(&asked),
                    "has_all" => has.is_superset(&asked),
                    _ => has == asked,
                }
            }
            "filename_contains" => files(value)
                .iter()
                .any(|file| text(&file["name"]).is_some_and(|name| fold_text(name).contains(&folded(given)))),
            "has_file_type" => {
                let asked = given.as_str().unwrap().to_lowercase();
                files(value).iter().filter_map(|file| text(&file["type"])).any(|media| {
                    let media = media.split(';').next().unwrap().trim().to_lowercase();
                    media == asked || (asked.ends_with("/*") && media.starts_with(asked.trim_end_matches('*')))
                })
            }
            "files_lt" => (files(value).len() as u64) < given.as_u64().unwrap(),
            "files_gt" => (files(value).len() as u64) > given.as_u64().unwrap(),
            other => panic!("{other}"),
        }
    }

    fn is(&self, name: &str, value: &Json, given: &[Json], zone: &str) -> bool {
        match self.kind(name) {
            "phone" => text(value).is_some_and(|number| {
                given
                    .iter()
                    .any(|other| phone_key(number, Some("JP")) == phone_key(other.as_str().unwrap(), Some("JP")))
            }),
            "text" | "long_text" | "email" | "url" => {
                text(value).is_some_and(|text| given.iter().any(|other| fold_text(text) == folded(other)))
            }
            "boolean" => value.is_boolean() && *value == given[0],
            "date" | "datetime" | "created_at" | "updated_at" | "time" => {
                self.is_placed(name, "within", value, &given[0], zone)
            }
            _ => {
                let given: Vec<&Json> = given.iter().collect();
                !self.keys(name, &self.elements(name, value)).is_disjoint(&self.keys(name, &given))
            }
        }
    }

    /// What elements are compared by; what is no choice and no UUID equals only itself.
    fn keys(&self, name: &str, elements: &[&Json]) -> BTreeSet<String> {
        let is_choice = matches!(self.kind(name), "select" | "multi_select" | "status");
        let key = |element: &&Json| match text(element) {
            Some(text) if is_choice => self.choice(name, text),
            Some(text) => text.to_lowercase(),
            None => element.to_string(),
        };
        elements.iter().map(key).collect()
    }

    /// The name of the choice that is meant by its name, its id, or its name in another form.
    fn choice(&self, name: &str, given: &str) -> String {
        let choices = self.choices(name);
        let found = choices.iter().find(|(choice, _)| choice == given).or_else(|| {
            choices.iter().find(|(choice, id)| {
                id.as_deref() == Some(given) || (!given.is_empty() && fold_text(choice) == fold_text(given))
            })
        });
        found.map_or_else(|| given.to_owned(), |(choice, _)| choice.clone())
    }

    fn choices(&self, name: &str) -> Vec<(String, Option<String>)> {
        if self.kind(name) == "status" {
            return self.statuses.iter().map(|status| ((*status).to_owned(), None)).collect();
        }
        let choices = self.column(name).unwrap()["options"]["choices"].as_array().unwrap();
        let parts = |choice: &Json| match choice {
            Json::String(name) => (name.clone(), None),
            other => (other["name"].as_str().unwrap().to_owned(), other["id"].as_str().map(str::to_owned)),
        };
        choices.iter().map(parts).collect()
    }

    fn contains(&self, name: &str, value: &Json, given: &Json) -> bool {
        let holds = |text: &str| fold_text(text).contains(&folded(given));
        if self.kind(name) == "reference" {
            return self.elements(name, value).into_iter().filter_map(|id| title(text(id)?)).any(holds);
        }
        text(value).is_some_and(holds)
    }

    /// Where a day, a time or an instant lies as seen from a span.
    fn is_placed(&self, name: &str, operator: &str, value: &Json, given: &Json, zone: &str) -> bool {
        let Some(value) = text(value) else { return false };
        let (after_start, after_end) = match self.kind(name) {
            "time" => {
                let Some(time) = parse_time(value) else { return false };
                let asked = parse_time(given.as_str().unwrap()).unwrap();
                (time.cmp(&asked), time.cmp(&asked))
            }
            "date" => {
                let Some(day) = parse_date(value).map(|date| date.days()) else { return false };
                if let Some(of_month) = given.get("day_of_month") {
                    return i64::from(date_from_days(day).2) == of_month.as_i64().unwrap();
                }
                let (Edge::Day(from), Edge::Day(to)) = self.span(given, zone) else { panic!() };
                (day.cmp(&from), day.cmp(&to))
            }
            _ => {
                let Some(instant) = parse_datetime(value) else { return false };
                let day = local_day(instant, zone);
                if let Some(of_month) = given.get("day_of_month") {
                    return i64::from(date_from_days(day).2) == of_month.as_i64().unwrap();
                }
                let compare = |edge: Edge| match edge {
                    Edge::Day(other) => day.cmp(&other),
                    Edge::At(other) => instant.cmp(&other),
                };
                let (from, to) = self.span(given, zone);
                (compare(from), compare(to))
            }
        };
        match operator {
            "before" => after_start.is_lt(),
            "on_or_before" => after_end.is_le(),
            "after" => after_end.is_gt(),
            "on_or_after" => after_start.is_ge(),
            _ => after_start.is_ge() && after_end.is_le(),
        }
    }

    fn span(&self, given: &Json, zone: &str) -> (Edge, Edge) {
        let today = local_day(at(self.now), zone);
        let one = |edge: Edge| (edge, edge);
        if let Some(text) = given.as_str() {
            return one(match text {
                "today" => Edge::Day(today),
                "yesterday" => Edge::Day(today - 1),
                "tomorrow" => Edge::Day(today + 1),
                _ => parse_date(text).map_or_else(|| Edge::At(at(text)), |date| Edge::Day(date.days())),
            });
        }
        if given.get("from").is_some() {
            return (self.span(&given["from"], zone).0, self.span(&given["to"], zone).1);
        }
        let (key, amount) = given.as_object().unwrap().iter().find(|(key, _)| *key != "unit").unwrap();
        if let Some(unit) = amount.as_str() {
            let steps = ["last", "this", "next"].iter().position(|known| known == key).unwrap() as i64 - 1;
            let (first, last) = period(today, unit);
            let (first, last) = match steps {
                0 => (first, last),
                -1 => period(first - 1, unit),
                _ => period(last + 1, unit),
            };
            return (Edge::Day(first), Edge::Day(last));
        }
        let sign = if key == "ago" || key == "past" { -1 } else { 1 };
        let other = moved(today, sign * amount.as_i64().unwrap(), given["unit"].as_str().unwrap());
        match key.as_str() {
            "past" => (Edge::Day(other), Edge::Day(today)),
            "next" => (Edge::Day(today), Edge::Day(other)),
            _ => one(Edge::Day(other)),
        }
    }

    /// The order of two records under a sort list.
    pub fn compare(&self, sort: &Json, left: (&Json, u8), right: (&Json, u8)) -> Ordering {
        for entry in sort.as_array().unwrap() {
            let name = entry["column"].as_str().unwrap();
            let by_option = entry["by"] != "name";
            let (one, other) = (self.sorted(name, left.0, by_option), self.sorted(name, right.0, by_option));
            // Empty values stand outside the others, and values of other types outside these.
            let place = |record: &Json, sorted: &Option<_>| match sorted {
                Some(_) => 0,
                None if self.value(record, name).is_null() => 1,
                None => 2,
            };
            let outside = place(left.0, &one).cmp(&place(right.0, &other));
            let outside = if entry["empty"] == "first" { outside.reverse() } else { outside };
            let order = if entry["direction"] == "desc" { other.cmp(&one) } else { one.cmp(&other) };
            let order = outside.then(order);
            if order.is_ne() {
                return order;
            }
        }
        // Alike in all: by id, as the first entry goes.
        let ids = left.1.cmp(&right.1);
        if sort[0]["direction"] == "desc" { ids.reverse() } else { ids }
    }

    /// What a record is sorted by: a list of pieces, a number before its text.
    fn sorted(&self, name: &str, record: &Json, by_option: bool) -> Option<Vec<Vec<(BigInt, String)>>> {
        let value = self.value(record, name);
        let number = |number: BigInt| vec![vec![(number, String::new())]];
        match self.kind(name) {
            "text" | "long_text" | "email" | "url" => text(value).map(|text| vec![natural(text)]),
            "phone" => text(value).map(|text| vec![natural(&phone_key(text, Some("JP")))]),
            "boolean" => value.as_bool().map(|value| number(u8::from(value).into())),
            "date" => text(value).and_then(parse_date).map(|date| number(date.days().into())),
            "time" => text(value).filter(|text| parse_time(text).is_some()).map(|text| {
                let seconds = if text.len() == 5 { ":00" } else { "" };
                vec![vec![(BigInt::ZERO, format!("{text}{seconds}"))]]
            }),
            "datetime" | "created_at" | "updated_at" => text(value)
                .and_then(parse_datetime)
                .map(|at| number(BigInt::from(at.seconds) * 1_000_000_000 + at.nanosecond)),
            "select" | "multi_select" | "status" => {
                let choices = self.choices(name);
                let rank = |choice: &str| {
                    let known = choices
                        .iter()
                        .filter(|(name, _)| !name.starts_with("old"))
                        .position(|(name, _)| name == choice);
                    match known.filter(|_| by_option) {
                        Some(rank) => vec![(BigInt::from(rank) - 1_000, String::new())],
                        None => [vec![(BigInt::ZERO, String::new())], natural(choice)].concat(),
                    }
                };
                let ranks: Vec<_> = self.elements(name, value).into_iter().filter_map(text).map(rank).collect();
                ranks.into_iter().next().map(|rank| vec![rank])
            }
            "user" | "uuid" | "created_by" => {
                let ids: Vec<_> =
                    self.elements(name, value).into_iter().filter_map(text).map(str::to_lowercase).collect();
                let ids: Vec<_> =
                    ids.into_iter().filter(|id| id.len() == 36).map(|id| vec![(BigInt::ZERO, id)]).collect();
                ids.into_iter().next().map(|id| vec![id])
            }
            "reference" => {
                let titles: Vec<_> =
                    self.elements(name, value).into_iter().filter_map(|id| title(text(id)?)).map(natural).collect();
                titles.into_iter().next().map(|title| vec![title])
            }
            _ => scaled(value).map(number),
        }
    }
}

/// A text by its sort key, whose order the tests of index keys show.
fn natural(text: &str) -> Vec<(BigInt, String)> {
    vec![(BigInt::ZERO, hex(&sort_key(text)))]
}

fn folded(given: &Json) -> String {
    fold_text(given.as_str().unwrap())
}

fn length(value: &Json) -> Option<u64> {
    if value.is_null() { Some(0) } else { text(value).map(|text| text.chars().count() as u64) }
}

fn files(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn has_word(text: &str, word: &str) -> bool {
    let (text, word): (Vec<char>, Vec<char>) = (text.chars().collect(), word.chars().collect());
    (0..text.len()).any(|start| {
        let end = start + word.len();
        text[start..].starts_with(&word)
            && (start == 0 || !text[start - 1].is_alphanumeric())
            && (end == text.len() || !text[end].is_alphanumeric())
    })
}

fn local_day(at: Instant, name: &str) -> i64 {
    (at.seconds + i64::from(zone(name).unwrap().offset(at.seconds))).div_euclid(86_400)
}

/// The first and the last day of the period that a day is in, by going from day to day.
fn period(day: i64, unit: &str) -> (i64, i64) {
    let key = |day: i64| {
        let (year, month, _) = date_from_days(day);
        match unit {
            // 1969-12-29 was a Monday.
            "week" => (day + 3).div_euclid(7),
            "month" => year * 12 + i64::from(month),
            "quarter" => year * 4 + (i64::from(month) - 1) / 3,
            _ => year,
        }
    };
    let (mut first, mut last) = (day, day);
    while key(first - 1) == key(day) {
        first -= 1;
    }
    while key(last + 1) == key(day) {
        last += 1;
    }
    (first, last)
}

fn moved(day: i64, count: i64, unit: &str) -> i64 {
    let (year, month, of_month) = date_from_days(day);
    let months = match unit {
        "day" => return day + count,
        "week" => return day + 7 * count,
        "month" => count,
        _ => 12 * count,
    };
    let months = year * 12 + i64::from(month) - 1 + months;
    let text = |day: u8| format!("{:04}-{:02}-{day:02}", months / 12, months % 12 + 1);
    (1..=of_month).rev().find_map(|day| parse_date(text(day))).unwrap().days()
}
