//! Rows that take their tenant from their parent.

use crate::error::{Error, Result};
use crate::pg::call::call_site_or;
use crate::pg::relation;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{self, UUIDOID};

/// The foreign key that a row's tenant comes along.
struct Parent {
    table: OwnedTable,
    /// Answers the tenant of the parent whose key is $1.
    sql: String,
    tenant: Attribute,
    key: Attribute,
    /// Rows of one parent come in runs.
    last: Option<([u8; 16], [u8; 16])>,
}

#[pg_extern(sql = false)]
fn inherit_tenant(fcinfo: pg_sys::FunctionCallInfo) -> Result<Answer, ErrorReport> {
    let call = Call::new(fcinfo, "inherit_tenant()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    Ok(inherit(&call, call_site_or(fcinfo, || find_parent(&call))?)?)
}

fn find_parent(call: &Call<'_>) -> Result<Parent> {
    let arguments = call.arguments();
    let (column, tenant) = match &arguments[..] {
        [column] => (column, None),
        [column, tenant] => (column, Some(tenant.as_str())),
        _ => {
            return Err(Error::trigger_protocol(
                "inherit_tenant() takes a foreign key column and, optionally, the tenant column",
            )
            .hint("For example EXECUTE FUNCTION rowkit.inherit_tenant('table_id')."));
        }
    };
    let key = call.required_attribute(column, &[UUIDOID])?;
    if let Some(tenant) = tenant {
        call.required_attribute(tenant, &[UUIDOID])?;
    }
    let sql = include_str!("../../sql/queries/tenancy/parent.sql");
    let parameters = [Parameter::Oid(call.relation()), Parameter::Text(column), Parameter::Text(tenant.unwrap_or(""))];
    // A REPEATABLE READ transaction must see a foreign key that is younger than its snapshot, as it is enforced too.
    let found = spi::query(sql, &parameters, Mode::ReadLatest, |row| {
        Some((row.oid(1)?, row.text(2)?, row.text(3)?, row.text(4)?))
    })?;
    let (parent, tenant, parent_tenant, parent_key) = found.into_iter().flatten().next().ok_or_else(|| {
        let tenant = tenant.map_or_else(|| "a tenant column".to_owned(), |tenant| format!("\"{tenant}\""));
        Error::undefined_object(format!("{} has no foreign key of {tenant} and \"{column}\"", call.relation_name()))
            .hint(
                "The tenant's column comes first in it: \
             FOREIGN KEY (organization_id, parent_id) REFERENCES parent (organization_id, id).",
            )
    })?;
    let table = OwnedTable::of_trigger(call)?.of_same_owner(parent)?;
    let name = table.quoted_name();
    Ok(Parent {
        table,
        sql: format!("SELECT {parent_tenant} FROM {name} WHERE {parent_key} OPERATOR(pg_catalog.=) $1"),
        tenant: call.required_attribute(&tenant, &[UUIDOID])?,
        key,
        last: None,
    })
}

fn inherit(call: &Call<'_>, parent: &mut Parent) -> Result<Answer> {
    let row = call.new_row();
    let (None, Some(key)) = (row.uuid(parent.tenant), row.uuid(parent.key)) else { return Ok(call.keep()) };
    let tenant = match parent.last {
        Some((last, tenant)) if last == key => tenant,
        _ => {
            // As the owner of both tables: whoever writes a child need not see its parent. Only the tenant of a row that is named comes back.
            let found = parent
                .table
                .read(|| spi::query(&parent.sql, &[Parameter::Uuid(key)], Mode::ReadLatest, |row| row.uuid(1)))?;
            let name = parent.table.quoted_name();
            let tenant = found.into_iter().next().flatten().ok_or_else(|| {
                let key = pgrx::Uuid::from_bytes(key);
                Error::foreign_key_violation(format!("{} names {key}, which is not in {name}", call.relation_name()))
                    .hint(format!("Insert it into {name} first, or give the tenant."))
            })?;
            parent.last = Some((key, tenant));
            tenant
        }
    };
    Ok(call.replace(&[(parent.tenant, Some(relation::uuid_datum(&tenant)))]))
}
