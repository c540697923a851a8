//! Groups of records: their values, in the order of the values, and the figures of each.
use super::aggregate::{Aggregate, Aggregator, Figures, identity, shown};
use super::figures::Level;
use super::model::{Direction, Query, SortBy, SortEntry};
use super::record::{Held, Places, Record, Titles};
use super::relative_date::first_day;
use super::sort::{SortPart, Sorter};
use super::zone::day_of;
use crate::core::fields::time::{date_from_days, parse_date, parse_datetime};
use crate::core::index::{Presence, integer_key};
use crate::core::jsonb::JsonObjectWriter;
use crate::core::schema::Schema;
use crate::core::work::{self, Memory};
use std::collections::BTreeMap;

/// More groups are refused.
pub const MAX_GROUPS: usize = 5_000;

/// What a record is grouped by: the place of each value in its order, and what tells it from others there.
type GroupKey = Vec<(u8, Vec<u8>, [u8; 16])>;

/// The values of a group as JSON texts, and its figures.
type Group<'a> = (Vec<String>, Figures<'a>);

pub struct Grouper<'a> {
    query: &'a Query,
    levels: &'a [Level],
    aggregates: &'a [Aggregate],
    places: Places,
    sorter: Sorter<'a>,
    aggregator: Aggregator<'a>,
    groups: BTreeMap<GroupKey, Group<'a>>,
    memory: Memory,
}

/// The sort list whose order is that of the groups.
pub fn order_of(levels: &[Level]) -> Vec<SortEntry> {
    let entry = |level: &Level| SortEntry {
        column: level.column,
        direction: Direction::Ascending,
        by: SortBy::Option,
        empty_first: false,
    };
    levels.iter().map(entry).collect()
}

impl<'a> Grouper<'a> {
    /// The sort list of the query is [`order_of`] the levels. None if the schema no longer has the columns as the query was read with.
    pub fn new(
        query: &'a Query,
        levels: &'a [Level],
        aggregates: &'a [Aggregate],
        schema: &'a Schema,
    ) -> Option<Grouper<'a>> {
        Some(Grouper {
            query,
            levels,
            aggregates,
            places: Places::new(&query.columns, schema)?,
            sorter: Sorter::new(query, schema)?,
            aggregator: Aggregator::new(query, schema)?,
            groups: BTreeMap::new(),
            memory: Memory::default(),
        })
    }

    pub fn add(&mut self, record: &Record<'_>, titles: &dyn Titles) {
        let values = self.places.read(record);
        let parts = self.sorter.key(record, titles).parts;
        let mut key: GroupKey = Vec::with_capacity(self.levels.len());
        for (level, part) in self.levels.iter().zip(parts) {
            work::step();
            let family = self.query.columns[level.column].family;
            key.push(match (level.period, values.get(level.column)) {
                (Some(period), Some(held)) => match self.day(held) {
                    Some(day) => {
                        let first = first_day(day, period);
                        (Presence::Present.byte(false), integer_key(first).to_vec(), [0; 16])
                    }
                    None => odd(part),
                },
                (_, Some(held)) => {
                    let (presence, bytes) = part;
                    (presence.byte(false), bytes, identity(held, family))
                }
                (_, None) => (Presence::Empty.byte(false), Vec::new(), [0; 16]),
            });
        }
        if !self.groups.contains_key(&key) {
            if self.groups.len() == MAX_GROUPS {
                work::refuse(
                    &format!("there are more than {MAX_GROUPS} groups"),
                    "Narrow the filter, or group dates by a longer period.",
                );
            }
            let shown = self.levels.iter().map(|level| match (level.period, values.get(level.column)) {
                (Some(period), Some(held)) => match self.day(held) {
                    Some(day) => {
                        let (year, month, day) = date_from_days(first_day(day, period));
                        format!("\"{year:04}-{month:02}-{day:02}\"")
                    }
                    None => text(held),
                },
                (None, Some(held)) => text(held),
                (_, None) => "null".to_owned(),
            });
            let shown: Vec<String> = shown.collect();
            let bytes: usize = shown.iter().map(String::len).sum();
            self.memory.take(bytes + 512 + Figures::size(self.aggregates));
            self.groups.insert(key.clone(), (shown, Figures::new(self.aggregates)));
        }
        if let Some((_, figures)) = self.groups.get_mut(&key) {
            self.aggregator.add(figures, record, &mut self.memory);
        }
    }

    fn day(&self, held: Held<'_>) -> Option<i64> {
        match held {
            Held::Instant(at) => Some(day_of(&*self.query.zone, at)),
            Held::Json(value) => {
                let text = value.as_str()?;
                let date = parse_date(text).map(|date| date.days());
                date.or_else(|| Some(day_of(&*self.query.zone, parse_datetime(text)?)))
            }
            Held::Id(_) => None,
        }
    }

    /// The groups in the order of their values: the values as an object by the columns' names, the number of records, the figures.
    pub fn finish(self) -> Vec<(String, u64, String)> {
        let query = self.query;
        let mut finished = Vec::with_capacity(self.groups.len());
        for (values, figures) in self.groups.into_values() {
            let mut object = JsonObjectWriter::new();
            for (level, value) in self.levels.iter().zip(values) {
                work::step();
                object = object.json(&query.columns[level.column].name, value);
            }
            finished.push((object.object(), figures.count, figures.object(query)));
        }
        finished
    }
}

fn odd((_, bytes): SortPart) -> (u8, Vec<u8>, [u8; 16]) {
    (Presence::Odd.byte(false), bytes, [0; 16])
}

fn text(held: Held<'_>) -> String {
    String::from_utf8_lossy(&shown(held)).into_owned()
}
