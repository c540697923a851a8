//! Tests of whole queries: the cases of each operator, what is refused, and an evaluator written a second time.
mod cases;
mod oracle;
mod property;
mod reading;
mod spans;

use super::zone::{FixedOffset, TimeZone, TimeZones};
use super::{Query, Record, Titles};
use crate::core::fault::Fault;
use crate::core::fields::Instant;
use crate::core::fields::identifier::{uuid_bytes, uuid_text};
use crate::core::fields::time::parse_datetime;
use crate::core::jsonb::{Value, fixture::document};
use crate::core::schema::{Common, Schema};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::rc::Rc;

/// A zone given by the seconds at which its offset changes.
#[derive(Debug)]
pub struct Changing {
    pub first: i32,
    pub changes: Vec<(i64, i32)>,
}

impl TimeZone for Changing {
    fn offset(&self, seconds: i64) -> i32 {
        self.changes.iter().rev().find(|(from, _)| seconds >= *from).map_or(self.first, |(_, offset)| *offset)
    }
}

pub fn at(text: &str) -> Instant {
    parse_datetime(text).unwrap()
}

/// Berlin in 2024, Cairo's clocks, which skip midnight on 2024-04-26, Havana's, which have the hour after midnight of 2024-11-03 twice, and Tokyo.
pub fn zone(name: &str) -> Option<Rc<dyn TimeZone>> {
    let changing = |first: i32, changes: &[(&str, i32)]| -> Rc<dyn TimeZone> {
        let changes = changes.iter().map(|(from, hours)| (at(from).seconds, hours * 3600)).collect();
        Rc::new(Changing { first: first * 3600, changes })
    };
    Some(match name {
        "UTC" => Rc::new(FixedOffset(0)),
        "Asia/Tokyo" => Rc::new(FixedOffset(9 * 3600)),
        "Europe/Berlin" => changing(1, &[("2024-03-31T01:00:00Z", 2), ("2024-10-27T01:00:00Z", 1)]),
        "Africa/Cairo" => changing(2, &[("2024-04-25T22:00:00Z", 3), ("2024-10-31T21:00:00Z", 2)]),
        "America/Havana" => changing(-5, &[("2024-03-10T05:00:00Z", -4), ("2024-11-03T05:00:00Z", -5)]),
        _ => return None,
    })
}

pub struct Zones;

impl TimeZones for Zones {
    fn session(&self) -> Rc<dyn TimeZone> {
        Rc::new(FixedOffset(0))
    }

    fn named(&self, name: &str) -> Option<Rc<dyn TimeZone>> {
        zone(name)
    }
}

pub fn schema(text: &str) -> Schema {
    crate::core::schema::read(Value::root(&document(text))).unwrap()
}

pub fn read(schema: &Schema, query: &str, now: &str) -> Result<Query, Vec<Fault>> {
    super::read(Value::root(&document(query)), schema, at(now), &Zones)
}

/// A record in one object: the fields of the relation beside those of `data`.
#[derive(Clone, Debug)]
pub struct Row {
    pub id: [u8; 16],
    pub values: Json,
    data: Vec<u8>,
}

impl Row {
    pub fn new(id: u8, values: Json) -> Row {
        let mut data = values.clone();
        let members = data.as_object_mut().unwrap();
        for name in ["name", "email", "company", "status", "created_at", "updated_at", "created_by"] {
            members.remove(name);
        }
        Row { id: [id; 16], data: document(&data.to_string()), values }
    }

    pub fn record(&self) -> Record<'_> {
        let text = |name: &str| self.values.get(name).and_then(Json::as_str);
        Record {
            id: self.id,
            data: Value::root(&self.data).as_object().unwrap(),
            common: Common::ALL.map(|common| text(common.name())),
            created_at: text("created_at").map(at),
            updated_at: text("updated_at").map(at),
            created_by: text("created_by").and_then(uuid_bytes),
        }
    }
}

/// Records with titles by the last digit of their ids; those that end in a zero have none.
pub struct Named;

pub fn title(id: &str) -> Option<&'static str> {
    match id.chars().next_back()? {
        '1' => Some("Åre Ｈotel 10"),
        '2' => Some("青山商店"),
        '3' => Some("Hotel 9"),
        _ => None,
    }
}

impl Titles for Named {
    fn title(&self, _table: &str, id: &[u8; 16]) -> Option<Cow<'_, str>> {
        title(&uuid_text(id)).map(Cow::Borrowed)
    }
}
