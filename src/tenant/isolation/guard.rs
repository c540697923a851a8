//! Triggers that keep a tenant's last owner, and rows with their tenant.
use super::admission::Admission;
use super::{inherit, parents};
use crate::core::check;
use crate::core::sql::literal;
use crate::core::work;
use crate::identity::membership::Membership;
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::{Error, Result};
use crate::pg::lock;
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::transition;
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use pgrx::pg_extern;
use pgrx::pg_sys::UUIDOID;
use pgrx::pg_sys::panic::ErrorReport;

#[pg_extern(sql = false)]
fn guard_membership(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "guard_membership()", Timing::AfterStatement, &[Event::Update, Event::Delete])?;
    if check::in_force("last_holder") {
        keep_last_holders(&call)?;
    }
    Ok(call.nothing())
}

/// Every tenant that this statement took someone of the top role from must have another one, unless it is going itself.
fn keep_last_holders(call: &Call<'_>) -> Result<()> {
    let membership = Membership::read(call.relation(), &call.arguments())?;
    let Some(top) = membership.top_role() else { return Ok(()) };
    let (name, tenant) = (call.relation_name(), &membership.tenant);
    let touched = format!(
        "SELECT DISTINCT member.{tenant} FROM old_rows AS member WHERE {} AND member.{tenant} IS NOT NULL ORDER BY 1",
        membership.holds(&literal(top))
    );
    let touched: Vec<[u8; 16]> =
        transition::query_touched(call, &touched, |row| row.uuid(1))?.into_iter().flatten().collect();
    if touched.is_empty() {
        return Ok(());
    }
    let held = format!(
        "SELECT FROM {name} AS member WHERE member.{tenant} OPERATOR(pg_catalog.=) $1 AND {} LIMIT 1",
        membership.holds("$2")
    );
    let (home, is_there) = tenant_lives(call, tenant)?;
    let members = OwnedTable::of_trigger(call)?;
    for id in touched {
        work::step();
        lock::for_taking_rights(call.relation(), &id);
        let is_empty = |sql: &str, parameters: &[Parameter<'_>]| {
            spi::query(sql, parameters, Mode::WriteLatest, |_| ()).map(|rows| rows.is_empty())
        };
        if members.read(|| is_empty(&held, &[Parameter::Uuid(id), Parameter::Text(top)]))?
            && !home.read(|| is_empty(&is_there, &[Parameter::Uuid(id)]))?
        {
            let id = pgrx::Uuid::from_bytes(id);
            return Err(Error::conflict(format!("{name} would leave {id} without a member of role \"{top}\""))
                .hint(format!("Give someone else the role \"{top}\" first, or delete the tenant.")));
        }
    }
    Ok(())
}

/// A query that finds the tenant $1 as long as it is not deleted, by its row, or else by its members; and the table that it reads.
fn tenant_lives(call: &Call<'_>, tenant: &str) -> Result<(OwnedTable, String)> {
    let sql = include_str!("../../../sql/queries/tenancy/tenants.sql");
    let parameters = [Parameter::Oid(call.relation()), Parameter::Text(tenant)];
    let parent = spi::query(sql, &parameters, Mode::Read, |row| Some((row.oid(1)?, row.text(2)?)))?;
    let name = call.relation_name();
    Ok(match parent.into_iter().flatten().next() {
        Some((parent, key)) => {
            let deleted = if rights::has_deleted_rows(parent)? { " AND tenant.deleted_at IS NULL" } else { "" };
            let parent = OwnedTable::referenced(call.relation(), parent)?;
            let name = parent.quoted_name();
            (parent, format!("SELECT FROM {name} AS tenant WHERE tenant.{key} OPERATOR(pg_catalog.=) $1{deleted}"))
        }
        None => (
            OwnedTable::of_trigger(call)?,
            format!("SELECT FROM {name} AS member WHERE member.{tenant} OPERATOR(pg_catalog.=) $1 LIMIT 1"),
        ),
    })
}

#[pg_extern(sql = false)]
fn guard_tenant(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "guard_tenant()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    let mut site = call_site_or(fcinfo, || Entry::look_up(&call))?;
    Ok(if call.event() == Event::Insert { site.admit(&call)? } else { site.keep_tenant(&call)? })
}

/// The arguments of any trigger, as the catalog has them: each with a zero byte behind it.
#[pg_extern(sql = false, immutable, parallel_safe)]
fn trigger_arguments(arguments: &[u8], count: i16) -> Vec<String> {
    // A byte that is no UTF-8 becomes three.
    work::reserve(3 * arguments.len());
    work::bytes(arguments.len());
    let words = arguments.split(|byte| *byte == 0).take(usize::try_from(count).unwrap_or_default());
    words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

/// What one statement looks up once.
struct Entry {
    tenant: Attribute,
    /// None where row security asks nothing of whoever writes.
    asked: Option<Asked>,
}

struct Asked {
    admission: Admission,
    /// The parents that a missing tenant is read from.
    inherited: Option<Vec<inherit::Parent>>,
    parents: Vec<parents::Parent>,
}

impl Entry {
    /// The tenant's column is the first argument; those behind it are what enable_tenant_isolation was told.
    fn look_up(call: &Call<'_>) -> Result<Entry> {
        let arguments = call.arguments();
        let column = arguments.first().ok_or_else(|| {
            Error::trigger_protocol("guard_tenant() takes a tenant column")
                .hint("rowkit.enable_tenant_isolation() makes its trigger.")
        })?;
        let tenant = call.required_attribute(column, &[UUIDOID])?;
        let Some(admission) = Admission::of(call)? else { return Ok(Entry { tenant, asked: None }) };
        let parents = parents::Parent::all(call, column)?;
        Ok(Entry { tenant, asked: Some(Asked { admission, inherited: None, parents }) })
    }

    /// Lets a new row go on to the other triggers when the writer may write its tenant's rows, and what it names is that tenant's.
    fn admit<'a>(&mut self, call: &Call<'a>) -> Result<Answer<'a>> {
        let Some(Asked { admission, inherited, parents }) = &mut self.asked else { return Ok(call.keep()) };
        let row = call.new_row();
        let tenant = row.uuid(self.tenant);
        if tenant.is_none() && inherited.is_none() {
            *inherited = Some(inherit::parents(call)?);
        }
        let inherited = inherited.iter_mut().flatten().filter(|_| tenant.is_none());
        let mut named = inherited.filter_map(|parent| row.uuid(parent.key).map(|key| (parent, key)));
        let answer = match named.next() {
            Some((parent, key)) => parent.fill(call, key, Some(admission))?,
            None if admission.admits(tenant, &row)? => call.keep(),
            None => return Err(admission.refusal()),
        };
        let row = call.answered(&answer);
        for parent in parents {
            work::step();
            parent.require(call, admission, &row, None)?;
        }
        Ok(answer)
    }

    fn keep_tenant<'a>(&mut self, call: &Call<'a>) -> Result<Answer<'a>> {
        let (new, old) = (call.new_row(), call.old_row());
        if old.as_ref().is_none_or(|old| old.uuid(self.tenant) != new.uuid(self.tenant)) {
            return Err(Error::check_violation(format!(
                "a row of {} cannot move to another tenant",
                call.relation_name()
            ))
            .hint("Delete it there and insert it here."));
        }
        if let Some(Asked { admission, parents, .. }) = &mut self.asked {
            for parent in parents {
                work::step();
                parent.require(call, admission, &new, old.as_ref())?;
            }
        }
        Ok(call.keep())
    }
}
