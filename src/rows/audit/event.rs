//! Audit events: the row, its old and new values, the actor, the time and the transaction.
use crate::core::audit::transaction;
use crate::core::fields::identifier::uuid_text;
use crate::identity::origin::origin;
use crate::pg::jsonb::JsonbResult;
use crate::pg::rights;
use crate::pg::value::Value;
use crate::pg::{clock, lock_wait};
use pgrx::pg_sys::{TEXTARRAYOID, TEXTOID};
use std::borrow::Cow;

/// A tenant's id: mostly a uuid, of other types the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TenantId {
    Uuid([u8; 16]),
    Text(String),
}

impl TenantId {
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            TenantId::Uuid(id) => Cow::Owned(uuid_text(id)),
            TenantId::Text(text) => Cow::Borrowed(text),
        }
    }
}

/// What is written of one row, or of a batch.
#[derive(Default)]
pub struct Event {
    pub record_id: Option<String>,
    pub new_record_id: Option<String>,
    /// The keys of a batch.
    pub record_ids: Vec<String>,
    pub deletion: Option<[u8; 16]>,
    pub tenant: Option<TenantId>,
    /// Documents, by their container bytes.
    pub old: Option<Vec<u8>>,
    pub new: Option<Vec<u8>>,
}

impl Event {
    /// An event that tells which columns the table has since.
    pub fn of_columns(columns: JsonbResult) -> Event {
        Event { new: Some(columns.into_bytes()), new_record_id: Some(String::new()), ..Event::default() }
    }

    /// The keys of a batch as text[]; none for one row.
    pub fn keys(&self) -> Value {
        if self.record_ids.is_empty() {
            return Value::null(TEXTARRAYOID);
        }
        Value::array(TEXTOID, self.record_ids.iter().map(|id| Value::text(Some(id))))
    }

    /// The memory that it holds, about.
    pub fn bytes(&self) -> usize {
        let texts = self.record_id.iter().chain(&self.new_record_id).map(String::len);
        let documents = self.old.iter().chain(&self.new).map(Vec::len);
        texts.chain(documents).fold(size_of::<Event>(), usize::saturating_add)
    }

    pub fn row_count(&self) -> i64 {
        self.record_ids.len().max(1) as i64
    }
}

/// Who does something, and when.
pub struct EventContext {
    pub user: Option<[u8; 16]>,
    pub role: String,
    pub address: Option<String>,
    /// The number that this cluster gave the transaction, and what it is known by in every cluster.
    pub transaction: i64,
    pub identity: [u8; 16],
    pub statement: i64,
    pub at: i64,
}

/// What the running transaction is known by in the log.
pub fn identity() -> [u8; 16] {
    let began = clock::since_1970(clock::transaction());
    transaction::identity(clock::cluster(), lock_wait::transaction(), began)
}

impl EventContext {
    pub fn now() -> EventContext {
        EventContext {
            user: crate::identity::claims::user().map(|user| *user.as_bytes()),
            role: rights::acting_role(),
            address: origin().map(|address| address.to_string()),
            transaction: lock_wait::transaction() as i64,
            identity: identity(),
            statement: clock::statement(),
            at: clock::now(),
        }
    }

    pub fn place(&self) -> (i64, i64) {
        (self.transaction, self.statement)
    }
}
