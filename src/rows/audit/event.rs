//! Audit events: the row, its old and new values, the actor, the time and the transaction.
use crate::core::audit::address::TrustedProxies;
use crate::core::audit::transaction;
use crate::core::fields::identifier::uuid_text;
use crate::pg::jsonb::JsonbResult;
use crate::pg::rights;
use crate::pg::spi::{self, Value};
use crate::pg::{clock, lock_wait, setting};
use pgrx::pg_sys::{TEXTARRAYOID, TEXTOID};
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

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
            address: origin(),
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

thread_local! {
    /// What the setting said last, and what it means.
    static PROXIES: RefCell<Option<(String, Rc<TrustedProxies>)>> = const { RefCell::new(None) };
}

/// The client's address if it can differ from the connection's. If rowkit.trusted_proxies cannot be parsed, no proxy is trusted: auditing must not fail because of it.
fn origin() -> Option<String> {
    let list = crate::pg::guc::trusted_proxies();
    if list.is_empty() && crate::core::check::in_force("trusted_proxies") {
        return None;
    }
    let proxies = PROXIES.with_borrow_mut(|known| match known {
        Some((text, proxies)) if *text == list => Rc::clone(proxies),
        _ => {
            let proxies = Rc::new(TrustedProxies::parse(&list).unwrap_or_default());
            Rc::clone(&known.insert((list, proxies)).1)
        }
    });
    let connection = spi::client_host().and_then(|address| address.parse().ok());
    let headers = setting::text(c"request.headers");
    proxies.origin(connection, headers.as_deref()).map(|address| address.to_string())
}
