//! Groups of records: their values, in the order of the values, and the figures of each.
use super::aggregate::{Aggregate, Aggregator, Figures};
use super::figures::Level;
use super::identity::{Identities, Identity};
use super::model::{Direction, Query, SortBy, SortEntry};
use super::record::{Held, Places, Record, Titles, shown};
use super::relative_date::first_day;
use super::sort::Sorter;
use super::zone::day_of;
use crate::core::fields::time::{date_from_days, parse_date, parse_datetime};
use crate::core::index::{Presence, integer_key};
use crate::core::jsonb::JsonObjectWriter;
use crate::core::schema::Schema;
use crate::core::work::{self, Memory};
use std::collections::BTreeMap;

/// More groups are refused.
pub const MAX_GROUPS: usize = 5_000;

/// What a record is grouped by: for each level whether there is a value, and what tells it from others.
type GroupKey = Vec<(u8, Identity)>;

struct Group<'a> {
    /// The record with the lowest id: its values are shown for all.
    record: [u8; 16],
    /// The place of each value in its order.
    order: Vec<(u8, Vec<u8>)>,
    /// The values as JSON texts.
    values: Vec<String>,
    figures: Figures<'a>,
}

pub struct Grouper<'a> {
    query: &'a Query,
    levels: &'a [Level],
    aggregates: &'a [Aggregate],
    places: Places,
    sorter: Sorter<'a>,
    aggregator: Aggregator<'a>,
    identities: Identities<'a>,
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
            identities: Identities::new(query, schema),
            groups: BTreeMap::new(),
            memory: Memory::default(),
        })
    }

    pub fn add(&mut self, record: &Record<'_>, titles: &dyn Titles) {
        let values = self.places.read(record);
        let parts = self.sorter.key(record, titles).parts;
        let mut key: GroupKey = Vec::with_capacity(self.levels.len());
        let mut order: Vec<(u8, Vec<u8>)> = Vec::with_capacity(self.levels.len());
        for (level, (presence, part)) in self.levels.iter().zip(parts) {
            work::step();
            let (presence, part, identity) = match (level.period, values.get(level.column)) {
                (Some(period), Some(held)) => match self.day(held) {
                    Some(day) => {
                        let first = integer_key(first_day(day, period));
                        let mut identity = [0; 16];
                        identity[..8].copy_from_slice(&first);
                        (Presence::Present, first.to_vec(), identity)
                    }
                    None => (Presence::Odd, part, self.identities.of(level.column, held)),
                },
                (None, Some(held)) => (presence, part, self.identities.of(level.column, held)),
                (_, None) => (Presence::Empty, Vec::new(), [0; 16]),
            };
            key.push((presence.byte(false), identity));
            order.push((presence.byte(false), part));
        }
        let known = self.groups.get(&key).map(|group| group.record);
        if known.is_none() && self.groups.len() == MAX_GROUPS {
            work::refuse(
                &format!("there are more than {MAX_GROUPS} groups"),
                "Narrow the filter, or group dates by a longer period.",
            );
        }
        if known.is_none_or(|known| record.id < known) {
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
            let bytes = |values: &[String]| values.iter().map(String::len).sum::<usize>();
            let figures = match self.groups.remove(&key) {
                Some(group) => {
                    self.memory.take(bytes(&shown).saturating_sub(bytes(&group.values)));
                    group.figures
                }
                None => {
                    self.memory.take(bytes(&shown) + 512 + Figures::size(self.aggregates));
                    Figures::new(self.aggregates)
                }
            };
            self.groups.insert(key.clone(), Group { record: record.id, order, values: shown, figures });
        }
        if let Some(group) = self.groups.get_mut(&key) {
            self.aggregator.add(&mut group.figures, record, &mut self.memory);
        }
    }

    fn day(&self, held: Held<'_>) -> Option<i64> {
        match held {
            Held::Instant(at) => at.is_finite().then(|| day_of(&*self.query.zone, at)),
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
        let mut groups: Vec<(GroupKey, Group<'_>)> = self.groups.into_iter().collect();
        work::steps(groups.len());
        groups.sort_by(|(left_key, left), (right_key, right)| {
            left.order.cmp(&right.order).then_with(|| left_key.cmp(right_key))
        });
        let mut finished = Vec::with_capacity(groups.len());
        for (_, Group { values, figures, .. }) in groups {
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

fn text(held: Held<'_>) -> String {
    String::from_utf8_lossy(&shown(held)).into_owned()
}
