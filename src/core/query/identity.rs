//! What tells one value from another: two are one where the operator `is` finds both.
use super::model::Query;
use super::operators::Family;
use super::record::{Held, elements, shown};
use crate::core::fields::fold::fold_text;
use crate::core::fields::identifier::uuid_bytes;
use crate::core::fields::time::{parse_date, parse_datetime, parse_time};
use crate::core::fields::{Instant, Rule, phone_key};
use crate::core::jsonb::Value;
use crate::core::schema::Schema;
use crate::core::work;
use sha2::{Digest, Sha256};

pub type Identity = [u8; 16];

/// How the values of a query's columns are told apart under one schema.
pub struct Identities<'q> {
    /// Each column's family, and the region of its telephone numbers.
    columns: Vec<(Family, Option<&'q str>)>,
}

impl<'q> Identities<'q> {
    pub fn new(query: &Query, schema: &'q Schema) -> Identities<'q> {
        let region = |rule: &'q Rule| match rule {
            Rule::Phone { region, .. } => region.as_deref(),
            _ => None,
        };
        let of = query.columns.iter().map(|column| {
            let known = column.path.column(schema);
            (column.family, known.and_then(|known| region(&known.rule)))
        });
        Identities { columns: of.collect() }
    }

    /// Of a whole value; of a list, of the elements that it has, in any order.
    pub fn of(&self, column: usize, held: Held<'_>) -> Identity {
        let (family, _) = self.columns[column];
        let Held::Json(value) = held else { return self.of_element(column, held) };
        if !family.is_list() {
            return self.of_element(column, held);
        }
        // A single value, as a change of the type leaves it behind, is a list of one.
        let mut all: Vec<Identity> = Vec::new();
        for element in elements(value, family) {
            work::step();
            all.push(self.of_element(column, Held::Json(element)));
        }
        all.sort_unstable();
        all.dedup();
        digest(b'l', &all.concat())
    }

    pub fn of_element(&self, column: usize, held: Held<'_>) -> Identity {
        let (family, region) = self.columns[column];
        match held {
            Held::Instant(at) => of_instant(at),
            Held::Id(id) => digest(b'u', &id),
            Held::Json(Value::String(text)) => of_text(&String::from_utf8_lossy(text), family, region),
            Held::Json(Value::Number(number)) => digest(b'n', number.read().to_decimal().to_string().as_bytes()),
            other => digest(b'j', &shown(other)),
        }
    }
}

fn of_text(text: &str, family: Family, region: Option<&str>) -> Identity {
    let typed = match family {
        Family::Text => Some(digest(b't', fold_text(text).as_bytes())),
        Family::Phone => {
            Some(phone_key(text, region)).filter(|key| !key.is_empty()).map(|key| digest(b'p', key.as_bytes()))
        }
        Family::Date => parse_date(text).map(|date| digest(b'd', &date.days().to_be_bytes())),
        Family::Time => parse_time(text).map(|time| digest(b'c', &time.microseconds().to_be_bytes())),
        Family::Instant => parse_datetime(text).map(of_instant),
        Family::Id | Family::Ids | Family::Reference | Family::References => {
            uuid_bytes(text).map(|id| digest(b'u', &id))
        }
        _ => None,
    };
    typed.unwrap_or_else(|| digest(b's', text.as_bytes()))
}

fn of_instant(at: Instant) -> Identity {
    digest(b'i', &[at.seconds.to_be_bytes(), i64::from(at.nanosecond / 1_000).to_be_bytes()].concat())
}

fn digest(kind: u8, bytes: &[u8]) -> Identity {
    work::bytes(bytes.len());
    let mut identity = [0; 16];
    identity.copy_from_slice(&Sha256::new().chain_update([kind]).chain_update(bytes).finalize()[..16]);
    identity
}
