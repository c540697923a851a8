//! Rows that take their tenant from their parent.
use super::admission::{Admission, TenantId};
use crate::core::work;
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::{Error, Result};
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::UUIDOID;
use pgrx::pg_sys::panic::ErrorReport;
use std::rc::Rc;

/// The foreign key that a row's tenant comes along.
pub struct Parent {
    table: OwnedTable,
    /// Answers the tenants of the parents whose key is $1: several where the key is unique only together with the tenant.
    sql: String,
    tenant: Attribute,
    pub key: Attribute,
    /// Rows of one parent come in runs.
    last: Option<([u8; 16], Rc<[TenantId]>)>,
}

/// What one statement looks up once.
struct Inheritance {
    parent: Parent,
    admission: Option<Admission>,
}

#[pg_extern(sql = false)]
fn inherit_tenant(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "inherit_tenant()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    let look_up = || {
        Ok::<_, Error>(Inheritance { parent: find_parent(&call, &call.arguments())?, admission: Admission::of(&call)? })
    };
    Ok(inherit(&call, &mut *call_site_or(fcinfo, look_up)?)?)
}

/// The parents that triggers of the relation fill its tenant in from.
pub fn parents(call: &Call<'_>) -> Result<Vec<Parent>> {
    let sql = include_str!("../../../sql/queries/tenancy/inheriting.sql");
    let triggers = spi::query(sql, &[Parameter::Oid(call.relation())], Mode::ReadLatest, |row| row.texts(1))?;
    triggers.iter().map(|arguments| find_parent(call, arguments)).collect()
}

fn find_parent(call: &Call<'_>, arguments: &[String]) -> Result<Parent> {
    let (column, tenant) = match arguments {
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
    let sql = include_str!("../../../sql/queries/tenancy/parent.sql");
    let parameters = [Parameter::Oid(call.relation()), Parameter::Text(column), Parameter::Text(tenant.unwrap_or(""))];
    // A REPEATABLE READ transaction must see a foreign key that is younger than its snapshot, as it is enforced too.
    let found = spi::query(sql, &parameters, Mode::ReadLatest, |row| {
        Some((row.oid(1)?, row.text(2)?, row.text(3)?, row.text(4)?))
    })?;
    let (parent, tenant, parent_tenant, parent_key) = found.into_iter().flatten().next().ok_or_else(|| {
        let tenant = tenant.map_or_else(|| "a tenant column".to_owned(), |tenant| format!("\"{tenant}\""));
        Error::undefined_object(format!("{} has no foreign key of {tenant} and \"{column}\"", call.relation_name()))
            .hint(
                "For example FOREIGN KEY (parent_id, organization_id) REFERENCES parent (id, organization_id). \
             If id is not unique by itself, name the tenant's column in the second argument.",
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

impl Parent {
    /// The tenants of the parents that the row can name.
    fn tenants_of(&mut self, key: [u8; 16]) -> Result<Rc<[TenantId]>> {
        if let Some((_, tenants)) = self.last.as_ref().filter(|(last, _)| *last == key) {
            return Ok(Rc::clone(tenants));
        }
        // As the owner of both tables: whoever writes a child need not see its parent. Only the tenant of a row that is named comes back.
        let found =
            self.table.read(|| spi::query(&self.sql, &[Parameter::Uuid(key)], Mode::ReadLatest, |row| row.uuid(1)))?;
        let tenants: Rc<[TenantId]> = found.into_iter().flatten().collect();
        self.last = (!tenants.is_empty()).then(|| (key, Rc::clone(&tenants)));
        Ok(tenants)
    }

    /// The row with its parent's tenant. Where row security asks, only parents of tenants that the writer may write count: others and one that is not there are
    /// refused alike, as no tenant of the writer's was named.
    pub fn fill<'a>(
        &mut self,
        call: &Call<'a>,
        key: [u8; 16],
        mut admission: Option<&mut Admission>,
    ) -> Result<Answer<'a>> {
        let tenants = self.tenants_of(key)?;
        let mut filled = None;
        for tenant in tenants.iter().copied() {
            work::step();
            let row = call.replace(&[(self.tenant, Value::uuid(Some(tenant)))]);
            let is_admitted = match &mut admission {
                Some(admission) => admission.admits(Some(tenant), &call.answered(&row))?,
                None => true,
            };
            if is_admitted && filled.replace(row).is_some() {
                return Err(self.ambiguous());
            }
        }
        match (filled, admission) {
            (Some(filled), _) => Ok(filled),
            (None, Some(admission)) => {
                // As much is asked for a parent that is not there.
                if tenants.is_empty() {
                    admission.admits(None, &call.new_row())?;
                }
                Err(admission.refusal())
            }
            (None, None) => {
                let name = self.table.quoted_name();
                Err(super::parents::missing(call, self.table.relation(), Some(&key))
                    .hint(format!("Insert it into {name} first, or give the tenant.")))
            }
        }
    }

    fn ambiguous(&self) -> Error {
        let name = self.table.quoted_name();
        Error::invalid_parameter(format!("several tenants have a row of {name} with this key"))
            .hint("Give the tenant's column, too: the key is unique only together with it.")
    }
}

fn inherit<'a>(call: &Call<'a>, inheritance: &mut Inheritance) -> Result<Answer<'a>> {
    let Inheritance { parent, admission } = inheritance;
    let row = call.new_row();
    let (None, Some(key)) = (row.uuid(parent.tenant), row.uuid(parent.key)) else { return Ok(call.keep()) };
    parent.fill(call, key, admission.as_mut())
}
