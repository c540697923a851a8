//! The log: a table of the user's, written with its owner's rights.
use super::address::TrustedProxies;
use super::definition::Definition;
use super::part::Parts;
use crate::error::{Error, Result};
use crate::fields::identifier::uuid_text;
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::{moment, patience, relation, setting};
use pgrx::pg_sys::{Oid, TEXTARRAYOID, TEXTOID};
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

/// The log's column of the tenant, where nothing else is said.
const TENANT: &str = "organization_id";

pub struct Log {
    pub oid: Oid,
    /// The column of the tenant.
    tenant: Option<String>,
    parts: Parts,
    /// The statement that writes an event where no part takes it without one.
    statement: String,
}

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
pub struct Circumstances {
    pub user: Option<[u8; 16]>,
    pub role: String,
    pub address: Option<String>,
    pub transaction: i64,
    pub statement: i64,
    pub at: i64,
}

impl Circumstances {
    pub fn now() -> Circumstances {
        Circumstances {
            user: crate::tenancy::identity::user().map(|user| *user.as_bytes()),
            role: rights::acting_role(),
            address: origin(),
            transaction: patience::transaction() as i64,
            statement: moment::statement(),
            at: moment::clock(),
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

/// Where the request came from, where it may be another address than the connection's own. A setting that cannot be read trusts nobody: what is written down must not stop for it.
fn origin() -> Option<String> {
    let list = crate::guc::trusted_proxies();
    if list.is_empty() && crate::check::in_force("trusted_proxies") {
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

impl Log {
    /// The log that a trigger of `near` writes to.
    pub fn named(near: Oid, definition: &Definition) -> Result<Log> {
        let name = &definition.log;
        let oid = relation::named(near, name).map_err(|_| {
            Error::undefined_object(format!("there is no audit log \"{name}\" for {}", relation::quoted_name(near)))
                .hint("SELECT rowkit.enable_audit_log() makes it in a schema; log => names another one.")
        })?;
        let tenant = definition.tenant.as_deref();
        let kind = relation::column_type(oid, tenant.unwrap_or(TENANT));
        if let (Some(name), None) = (tenant, kind) {
            return Err(Error::undefined_column(format!("{} has no column \"{name}\"", relation::quoted_name(oid)))
                .hint("The audit trigger names it; rowkit.enable_audit() makes the trigger anew."));
        }
        let tenant = kind.map(|kind| (tenant.unwrap_or(TENANT), kind));
        let statement = fill(oid, tenant);
        Ok(Log { oid, tenant: tenant.map(|(name, _)| name.to_owned()), parts: Parts::default(), statement })
    }

    /// The name of the tenant's column, in the log and unless otherwise named in the audited table.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// A table's name in the log: qualified when it is in another schema.
    pub fn label(&self, table: Oid) -> String {
        relation::name_beside(table, self.oid)
    }

    /// Writes events of one action on one table, as the owner of the log, which `own` is.
    pub fn write(
        &self,
        own: OwnedTable,
        (action, table): (&str, &str),
        circumstances: &Circumstances,
        events: &[Event],
    ) -> Result<()> {
        // Where no statement is needed no trigger is called.
        if own.read(|| self.parts.write(self.oid, self.tenant(), (action, table), circumstances, events))? {
            return Ok(());
        }
        own.write(|| events.iter().try_for_each(|event| self.execute(action, table, circumstances, event)))
    }

    fn execute(&self, action: &str, table: &str, circumstances: &Circumstances, event: &Event) -> Result<()> {
        let values = [
            Value::uuid(circumstances.user),
            Value::text(circumstances.address.as_deref()),
            Value::timestamptz(circumstances.at),
            Value::text(event.tenant.as_ref().map(TenantId::text).as_deref()),
            Value::text(event.record_id.as_deref()),
            Value::text(event.new_record_id.as_deref()),
            event.keys(),
            Value::jsonb(event.old.as_deref()),
            Value::jsonb(event.new.as_deref()),
            Value::uuid(event.deletion),
        ];
        let [user, address, at, tenant, record, new_record, keys, old, new, deletion] =
            values.each_ref().map(Parameter::Value);
        let parameters = [
            Parameter::Uuid(crate::uuid::next()?),
            user,
            Parameter::Text(action),
            Parameter::Text(table),
            address,
            Parameter::Text(&circumstances.role),
            Parameter::Bigint(circumstances.transaction),
            Parameter::Bigint(circumstances.statement),
            at,
            tenant,
            record,
            new_record,
            keys,
            Parameter::Bigint(event.row_count()),
            old,
            new,
            deletion,
        ];
        spi::execute(&self.statement, &parameters, Mode::Write).map(|_| ())
    }
}

/// The statement that writes an event into a log.
fn fill(log: Oid, tenant: Option<(&str, Oid)>) -> String {
    let sql = include_str!("../../sql/queries/audit/event.sql").replace("@log@", &relation::quoted_name(log));
    match tenant {
        Some((column, kind)) => sql
            .replace("@tenant@", &format!("{}, ", relation::quoted_identifier(column)))
            .replace("@tenant_type@", &format!("::{}, ", relation::qualified_type_name(kind))),
        None => sql.replace("@tenant@", "").replace("$10@tenant_type@", ""),
    }
}
