//! The log: a table of the user's, written with its owner's rights.
use super::event::{Event, EventContext, TenantId};
use super::part::Parts;
use crate::core::audit::definition::Definition;
use crate::core::audit::history::Layout;
use crate::core::sql::{quoted, sql};
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter, ResultRow, Value};
use pgrx::pg_sys::Oid;

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

impl Log {
    /// The log that a trigger of `near` writes to.
    pub fn named(near: Oid, definition: &Definition) -> Result<Log> {
        let name = &definition.log;
        let oid = relation::named(near, name).map_err(|_| {
            Error::undefined_object(format!("there is no audit log \"{name}\" for {}", relation::quoted_name(near)))
                .hint("SELECT rowkit.create_audit_log() makes it in a schema; audit_logs => names another one.")
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

    /// Which columns a table had since when, each with the transaction that noted it: in order (`<`) or the last first (`>`), as the log's owner.
    pub fn layouts(
        &self,
        own: OwnedTable,
        table: &str,
        order: &str,
        limit: &str,
        mode: Mode,
    ) -> Result<Vec<(Layout, Option<[u8; 16]>)>> {
        let sql = sql!("audit/layouts.sql", log = relation::quoted_name(self.oid), order = order, limit = limit);
        let read = |row: &ResultRow| {
            let columns = row.texts(2).into_iter().collect();
            row.bigint(1).map(|since| (Layout { since, columns }, row.uuid(3)))
        };
        let found = own.read(|| spi::query(&sql, &[Parameter::Text(table)], mode, read))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Writes events of one action on one table, as the owner of the log, which `own` is.
    pub fn write(
        &self,
        own: OwnedTable,
        (action, table): (&str, &str),
        circumstances: &EventContext,
        events: &[Event],
    ) -> Result<()> {
        // Where no statement is needed no trigger is called.
        if own.read(|| self.parts.write(self.oid, self.tenant(), (action, table), circumstances, events))? {
            return Ok(());
        }
        own.write(|| events.iter().try_for_each(|event| self.execute(action, table, circumstances, event)))
    }

    fn execute(&self, action: &str, table: &str, circumstances: &EventContext, event: &Event) -> Result<()> {
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
            Parameter::Uuid(crate::pg::uuid::next()?),
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
            Parameter::Uuid(circumstances.identity),
        ];
        spi::execute(&self.statement, &parameters, Mode::Write).map(|_| ())
    }
}

/// The statement that writes an event into a log.
fn fill(log: Oid, tenant: Option<(&str, Oid)>) -> String {
    let (tenant, value) = match tenant {
        Some((column, kind)) => {
            (format!("{}, ", quoted(column)), format!("$10::{}, ", relation::qualified_type_name(kind)))
        }
        None => Default::default(),
    };
    sql!("audit/event.sql", log = relation::quoted_name(log), tenant = tenant, tenant_value = value)
}
