//! Row security's answer for a new row, asked before any trigger reads for the row.
//!
//! The server asks the policies only after all BEFORE triggers. Those read schemas and parents, and take locks and numbers, with their
//! owner's rights: a row of a tenant that the writer may not write must not come as far.
use crate::core::sql::quoted;
use crate::core::work;
use crate::identity::membership;
use crate::pg::error::{Error, Result};
use crate::pg::invalidation::{self, Cache};
use crate::pg::spi::{self, Mode, Parameter, ResultRow, Value};
use crate::pg::trigger::{Call, Event, Row};
use crate::pg::{relation, rights, written};
use pgrx::pg_sys::Oid;
use std::rc::Rc;

pub type TenantId = [u8; 16];

/// What the catalog says of a table with row security.
struct Isolation {
    /// The membership and the least role whose tenants a member writes.
    membership: Option<(Oid, Option<String>)>,
    policies: Vec<Policy>,
}

/// A permissive policy for INSERT or UPDATE.
struct Policy {
    /// As pg_policy has it: `*` for all commands.
    command: String,
    roles: Vec<Oid>,
    /// Made by enable_tenant_isolation: the tenant is one of the writer's.
    is_of_members: bool,
    /// Lets every row through.
    is_open: bool,
}

thread_local! {
    static ISOLATIONS: Cache<Isolation> = Cache::default();
}

fn read_policies<T>(relation: Oid, mut read: impl FnMut(Policy, String) -> Option<T>) -> Result<Vec<T>> {
    let sql = include_str!("../../../sql/queries/tenancy/policies.sql");
    let read = |row: &ResultRow| {
        let (command, checked, name) = (row.text(1)?, row.text(3)?, row.text(4)?);
        let roles = row.bigints(2).into_iter().filter_map(|role| u32::try_from(role).ok()).map(Oid::from).collect();
        let is_of_members = matches!(name.as_str(), "tenant_insert" | "tenant_update");
        read(Policy { command, roles, is_of_members, is_open: checked == "true" }, checked)
    };
    let found = written::with_qualified_names(|| spi::query(sql, &[Parameter::Oid(relation)], Mode::ReadLatest, read))?;
    Ok(found.into_iter().flatten().collect())
}

impl Isolation {
    fn look_up(relation: Oid) -> Result<Isolation> {
        invalidation::watch(relation);
        let sql = include_str!("../../../sql/queries/tenancy/guard.sql");
        let found =
            spi::query(sql, &[Parameter::Oid(relation)], Mode::ReadLatest, |row| Some((row.oid(2)?, row.text(3))))?;
        let membership = found.into_iter().flatten().next();
        if let Some((membership, _)) = &membership {
            invalidation::watch(*membership);
        }
        Ok(Isolation { membership, policies: read_policies(relation, |policy, _| Some(policy))? })
    }
}

impl Policy {
    fn is_for(&self, event: Event) -> bool {
        let letter = if event == Event::Insert { "a" } else { "w" };
        (self.command == "*" || self.command == letter) && self.roles.iter().any(|role| rights::has_rights_of(*role))
    }
}

/// Whom a statement that writes rows of a table must ask.
pub struct Admission {
    relation: Oid,
    event: Event,
    isolation: Rc<Isolation>,
    /// Whether the policy of members is for whoever writes.
    is_for_members: bool,
    /// The tenant of the last row that was let through: rows of one tenant come in runs.
    last: Option<TenantId>,
    /// The query that asks all policies of a row.
    asked: Option<String>,
}

impl Admission {
    /// None where nobody asks: row security does not hold whoever writes, or lets every row of theirs through.
    pub fn of(call: &Call<'_>) -> Result<Option<Admission>> {
        // A partition that is reached through its table is under that one's policies.
        let mut relation = call.table();
        if !rights::has_row_security(relation) {
            relation = call.relation();
            if !rights::has_row_security(relation) {
                return Ok(None);
            }
        }
        let isolation = ISOLATIONS.with(|known| known.get(relation, || Isolation::look_up(relation)))?;
        let event = call.event();
        let mut is_for_members = false;
        for policy in isolation.policies.iter().filter(|policy| policy.is_for(event)) {
            work::step();
            if policy.is_open {
                return Ok(None);
            }
            is_for_members |= policy.is_of_members;
        }
        Ok(Some(Admission { relation, event, isolation, is_for_members, last: None, asked: None }))
    }

    /// Whether the writer may write this tenant's rows as a member, or else whether a policy lets the row through as it is now.
    pub fn admits(&mut self, tenant: Option<TenantId>, row: &Row<'_>) -> Result<bool> {
        if (tenant.is_some() && tenant == self.last) || !crate::core::check::in_force("tenant_first") {
            return Ok(true);
        }
        if let (Some(tenant), Some((membership, role)), true) =
            (tenant, &self.isolation.membership, self.is_for_members)
            && membership::tenant_ids(*membership, role.as_deref())?.contains(&tenant)
        {
            self.last = Some(tenant);
            return Ok(true);
        }
        self.policies_admit(row)
    }

    /// Whether a policy lets the row through as it is now, whatever its condition reads.
    pub fn policies_admit(&mut self, row: &Row<'_>) -> Result<bool> {
        let asked = match &self.asked {
            Some(asked) => asked,
            None => self.asked.insert(question(self.relation, self.event)?),
        };
        let row: Value = row.composite();
        Ok(!spi::query(asked, &[Parameter::Value(&row)], Mode::Read, |_| ())?.is_empty())
    }

    /// What the server itself says where the policies refuse a row: the same for a tenant of others and for none.
    pub fn refusal(&self) -> Error {
        let name = relation::name(self.relation).unwrap_or_default();
        Error::insufficient_privilege(format!("new row violates row-level security policy for table \"{name}\""))
    }
}

/// A query that finds a row where one of the policies lets $1 through. The relation has its own name: policies use it.
fn question(relation: Oid, event: Event) -> Result<String> {
    let checked = read_policies(relation, |policy, checked| policy.is_for(event).then(|| format!("({checked})")))?;
    let checked = if checked.is_empty() { "false".to_owned() } else { checked.join(" OR ") };
    let alias = quoted(&relation::name(relation).unwrap_or_default());
    Ok(format!("SELECT FROM (SELECT ($1).*) AS {alias} WHERE {checked}"))
}
