//! The log: a table of the user's, written with its owner's rights.
use super::address;
use super::definition::Definition;
use crate::error::{Error, Result};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::{moment, patience, relation, rights, setting};
use pgrx::pg_sys::{JSONBOID, Oid, TEXTOID};

/// The log's column of the tenant, where nothing else is said.
const TENANT: &str = "organization_id";

pub struct Log {
    pub oid: Oid,
    tenant: Option<(String, Oid)>,
    name: String,
    /// The statements that write one event, and many.
    write_one: String,
    write_many: String,
}

/// What is written of one row, or of a batch.
#[derive(Default)]
pub struct Event {
    pub record_id: Option<String>,
    pub new_record_id: Option<String>,
    /// The keys of a batch.
    pub record_ids: Vec<String>,
    pub deletion: Option<String>,
    pub tenant: Option<String>,
    /// Documents, by their container bytes.
    pub old: Option<Vec<u8>>,
    pub new: Option<Vec<u8>>,
}

/// Who does something, and when.
pub struct Circumstances {
    user: Option<[u8; 16]>,
    role: String,
    address: Option<String>,
    transaction: i64,
    statement: i64,
    at: i64,
}

impl Circumstances {
    pub fn now() -> Circumstances {
        Circumstances {
            user: crate::tenancy::identity::user().map(|user| *user.as_bytes()),
            role: rights::session_user(),
            address: setting::text(c"request.headers")
                .and_then(|headers| address::forwarded(&headers))
                .map(|address| address.to_string()),
            transaction: patience::transaction() as i64,
            statement: moment::statement(),
            at: moment::clock(),
        }
    }

    pub fn place(&self) -> (i64, i64) {
        (self.transaction, self.statement)
    }
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
        let tenant = kind.map(|kind| (tenant.unwrap_or(TENANT).to_owned(), kind));
        let mut log =
            Log { oid, tenant, name: relation::quoted_name(oid), write_one: String::new(), write_many: String::new() };
        log.write_one = log.fill(include_str!("../../sql/queries/audit/event.sql"));
        log.write_many = log.fill(include_str!("../../sql/queries/audit/events.sql"));
        Ok(log)
    }

    /// Whether it still has the name that the statements were made with.
    pub fn is_named(&self) -> bool {
        relation::quoted_name(self.oid) == self.name
    }

    /// The name of the tenant's column, in the log and unless otherwise named in the audited table.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_ref().map(|(name, _)| name.as_str())
    }

    /// A table's name in the log: qualified when it is in another schema.
    pub fn label(&self, table: Oid) -> String {
        relation::name_beside(table, self.oid)
    }

    /// Whoever owns a table may fill a log only with the right to: its owner would write whatever the trigger says.
    pub fn check(&self, table: Oid) -> Result<()> {
        if rights::owner_may_insert(table, self.oid) {
            return Ok(());
        }
        let (table, log) = (relation::quoted_name(table), relation::quoted_name(self.oid));
        Err(Error::insufficient_privilege(format!("the owner of {table} has no right to fill {log}"))
            .hint(format!("GRANT INSERT ON {log} to the owner of {table}.")))
    }

    fn fill(&self, sql: &str) -> String {
        let (column, kind) = match &self.tenant {
            Some((name, kind)) => {
                (format!("{}, ", relation::quoted_identifier(name)), format!("::{}, ", relation::type_name(*kind)))
            }
            None => (String::new(), String::new()),
        };
        let sql = if self.tenant.is_some() {
            sql.replace("@tenant_type@", &kind)
        } else {
            sql.replace("$10@tenant_type@", "").replace("event.tenant@tenant_type@", "")
        };
        sql.replace("@log@", &self.name).replace("@tenant@", &column)
    }

    /// Writes events of one action on one table.
    pub fn write(&self, action: &str, table: &str, circumstances: &Circumstances, events: &[Event]) -> Result<()> {
        let user = Value::uuid(circumstances.user);
        let address = Value::text(circumstances.address.as_deref());
        let at = Value::timestamptz(circumstances.at);
        let mut parameters = vec![
            Parameter::Value(&user),
            Parameter::Text(action),
            Parameter::Text(table),
            Parameter::Value(&address),
            Parameter::Text(&circumstances.role),
            Parameter::Bigint(circumstances.transaction),
            Parameter::Bigint(circumstances.statement),
            Parameter::Value(&at),
        ];
        let texts =
            |of: fn(&Event) -> Option<&str>| Value::array(TEXTOID, events.iter().map(|event| Value::text(of(event))));
        if let [event] = events {
            let id = crate::uuid::next()?;
            let values = [
                Value::text(event.tenant.as_deref()),
                Value::text(event.record_id.as_deref()),
                Value::text(event.new_record_id.as_deref()),
                if event.record_ids.is_empty() {
                    Value::of(relation::array_type(TEXTOID), None)
                } else {
                    Value::array(TEXTOID, event.record_ids.iter().map(|id| Value::text(Some(id))))
                },
                Value::bigint(Some(event.record_ids.len().max(1) as i64)),
                Value::jsonb(event.old.as_deref()),
                Value::jsonb(event.new.as_deref()),
                Value::text(event.deletion.as_deref()),
            ];
            parameters.insert(0, Parameter::Uuid(id));
            parameters.extend(values.iter().map(Parameter::Value));
            return rights::as_owner(self.oid, || spi::execute(&self.write_one, &parameters, Mode::Write)).map(|_| ());
        }
        let ids = events.iter().map(|_| crate::uuid::next()).collect::<Result<Vec<_>>>()?;
        let values = [
            texts(|event| event.tenant.as_deref()),
            texts(|event| event.record_id.as_deref()),
            texts(|event| event.new_record_id.as_deref()),
            Value::array(JSONBOID, events.iter().map(|event| Value::jsonb(event.old.as_deref()))),
            Value::array(JSONBOID, events.iter().map(|event| Value::jsonb(event.new.as_deref()))),
        ];
        parameters.insert(0, Parameter::Uuids(&ids));
        parameters.extend(values.iter().map(Parameter::Value));
        rights::as_owner(self.oid, || spi::execute(&self.write_many, &parameters, Mode::Write)).map(|_| ())
    }
}
