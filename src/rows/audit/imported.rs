//! Events of imports that are audited by batch: one for the records that a statement creates, and one for those that it changes.
//!
//! An event names its import and all of its records. Of a changed record it holds what an UPDATE's own event would; of a new one its key alone, as the record
//! itself and the events after it tell the rest.
use super::event::{Event, TenantId};
use crate::core::audit::history::{IMPORT, RECORDS};
use crate::core::fields::identifier::uuid_text;
use crate::core::jsonb::{JsonObjectWriter, Value};
use crate::core::work;
use crate::pg::jsonb::{JsonbResult, ObjectBuilder};
use crate::records::import::audited::AuditedBatch;
use std::collections::BTreeMap;
use std::rc::Rc;

/// An event ends before it has so many records, or so many bytes of them, more.
const RECORDS_IN_EVENT: usize = 100_000;
const BYTES_IN_EVENT: usize = 16 << 20;

pub const ACTION: &str = IMPORT;

#[derive(Default)]
struct Gathered {
    keys: Vec<String>,
    updated: u64,
    old: ObjectBuilder,
    new: ObjectBuilder,
    bytes: usize,
}

/// What a statement of an import has written so far.
pub struct Imported {
    batch: Rc<AuditedBatch>,
    by_tenant: BTreeMap<Option<TenantId>, Gathered>,
}

impl Imported {
    pub fn new(batch: Rc<AuditedBatch>) -> Imported {
        Imported { batch, by_tenant: BTreeMap::new() }
    }

    /// Whether a record is one that the import gave the statement.
    pub fn has(&self, key: &str) -> bool {
        self.batch.has(key)
    }

    /// Adds a new record; an event that is full is returned.
    pub fn created(&mut self, tenant: Option<TenantId>, key: String) -> Option<Event> {
        self.add(tenant, key, |_, _| 0)
    }

    /// Adds a changed record, by the event of its UPDATE.
    pub fn updated(&mut self, key: String, event: Event) -> Option<Event> {
        let (old, new) = (event.old.unwrap_or_default(), event.new.unwrap_or_default());
        self.add(event.tenant, key, |gathered, key| {
            gathered.updated += 1;
            gathered.old.member(key.as_bytes(), Value::root(&old));
            gathered.new.member(key.as_bytes(), Value::root(&new));
            old.len() + new.len()
        })
    }

    fn add(
        &mut self,
        tenant: Option<TenantId>,
        key: String,
        gather: impl FnOnce(&mut Gathered, &str) -> usize,
    ) -> Option<Event> {
        work::step();
        let gathered = self.by_tenant.entry(tenant.clone()).or_default();
        gathered.bytes += gather(gathered, &key) + key.len();
        gathered.keys.push(key);
        if gathered.keys.len() < RECORDS_IN_EVENT && gathered.bytes < BYTES_IN_EVENT {
            return None;
        }
        let full = std::mem::take(gathered);
        Some(self.event(tenant, full))
    }

    /// The events of what was not returned yet.
    pub fn rest(mut self) -> Vec<Event> {
        let rest = std::mem::take(&mut self.by_tenant).into_iter().filter(|(_, gathered)| !gathered.keys.is_empty());
        rest.map(|(tenant, gathered)| self.event(tenant, gathered)).collect()
    }

    fn event(&self, tenant: Option<TenantId>, gathered: Gathered) -> Event {
        let Gathered { keys, updated, old, new, .. } = gathered;
        let told = JsonObjectWriter::new()
            .text("import_id", &uuid_text(&self.batch.import_id))
            .json("created", keys.len() as u64 - updated)
            .json("updated", updated)
            .object();
        let told = JsonbResult::parse(&told).into_bytes();
        if updated == 0 {
            return Event { record_ids: keys, tenant, new: Some(told), ..Event::default() };
        }
        let mut whole = ObjectBuilder::new();
        Value::root(&told)
            .as_object()
            .into_iter()
            .flat_map(|told| told.iter())
            .for_each(|(name, value)| whole.member(name, value));
        whole.document(RECORDS.as_bytes(), Some(new.finish().into_bytes()));
        let mut before = ObjectBuilder::new();
        before.document(RECORDS.as_bytes(), Some(old.finish().into_bytes()));
        Event {
            record_ids: keys,
            tenant,
            old: Some(before.finish().into_bytes()),
            new: Some(whole.finish().into_bytes()),
            ..Event::default()
        }
    }
}
