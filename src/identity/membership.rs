//! Which tenants a user belongs to, read from the table that says so with its owner's rights, as foreign keys read theirs.
use super::claims::Identity;
use crate::pg::call::FunctionCallInfo;
use crate::pg::error::{Error, Result};
use crate::pg::invalidation::{self, Cache};
use crate::pg::relation::{self, Regclass, quoted_identifier};
use crate::pg::rights::{self, OwnedTable};
use crate::pg::setting;
use crate::pg::snapshot::{self, Snapshot};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::uuids::{Uuids, UuidsResult};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{BOOLOID, Oid, UUIDOID};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a membership table's columns are, as the arguments of its triggers say.
pub struct Membership {
    pub relation: Oid,
    pub tenant: String,
    pub user: String,
    pub role: Option<String>,
    /// What must be true for a member to count.
    pub active: Option<String>,
    /// From the fewest rights to the most.
    pub roles: Vec<String>,
    /// What a row must meet to count, and begins with AND.
    in_force: String,
}

impl Membership {
    /// The triggers' arguments: user column, tenant column, role column or '', active column or '', then the roles.
    pub fn read(relation: Oid, arguments: &[String]) -> Result<Membership> {
        let [user, tenant, role, active, roles @ ..] = arguments else {
            return Err(Error::trigger_protocol(
                "guard_membership() takes a user column, a tenant column, a role column or '', an active column or '', and the roles",
            )
            .hint("rowkit.register_membership() makes its triggers."));
        };
        let name = relation::quoted_name(relation);
        let need = |column: &str, kind: Option<Oid>| match (relation::column_type(relation, column), kind) {
            (None, _) => Err(Error::undefined_column(format!("{name} has no column \"{column}\""))
                .hint("Was it renamed? Call rowkit.register_membership() again.")),
            (Some(found), Some(kind)) if found != kind => Err(Error::datatype_mismatch(format!(
                "column \"{column}\" of {name} must be of type {}, not {}",
                relation::type_name(kind),
                relation::type_name(found)
            ))),
            _ => Ok(quoted_identifier(column)),
        };
        let named = |column: &String| Some(column.clone()).filter(|column| !column.is_empty());
        let active = named(active).map(|active| need(&active, Some(BOOLOID))).transpose()?;
        let mut in_force = active.as_ref().map_or(String::new(), |active| format!(" AND member.{active}"));
        if rights::has_deleted_rows(relation)? {
            in_force += " AND member.deleted_at IS NULL";
        }
        Ok(Membership {
            relation,
            user: need(user, Some(UUIDOID))?,
            tenant: need(tenant, Some(UUIDOID))?,
            role: named(role).map(|role| need(&role, None)).transpose()?,
            active,
            roles: roles.to_vec(),
            in_force,
        })
    }

    /// The table, whose owner registered it.
    fn table(&self) -> Result<OwnedTable> {
        OwnedTable::registered(self.relation, "guard_membership")
    }

    /// The roles with at least the rights of one.
    fn roles_from(&self, least: &str) -> Result<&[String]> {
        let at = self.roles.iter().position(|role| role == least).filter(|_| self.role.is_some());
        at.map(|at| &self.roles[at..]).ok_or_else(|| {
            let name = relation::quoted_name(self.relation);
            Error::invalid_parameter(format!("{name} knows no role \"{least}\"")).hint(match self.roles.as_slice() {
                [] => "Name its role column and roles in rowkit.register_membership().".to_owned(),
                roles => format!("From the fewest rights to the most: {}.", roles.join(", ")),
            })
        })
    }

    fn tenants_of(&self, user: [u8; 16], least: Option<&str>) -> Result<Vec<[u8; 16]>> {
        let mut parameters = vec![Parameter::Uuid(user)];
        let mut role = String::new();
        if let Some(least) = least {
            parameters.push(Parameter::Texts(self.roles_from(least)?));
            role = format!(" AND {} OPERATOR(pg_catalog.=) ANY ($2)", self.role_text());
        }
        let (tenant, user) = (&self.tenant, &self.user);
        let sql = format!(
            "SELECT DISTINCT member.{tenant} FROM {} AS member WHERE member.{user} OPERATOR(pg_catalog.=) $1{}{role} AND member.{tenant} IS NOT NULL ORDER BY 1",
            relation::quoted_name(self.relation),
            self.in_force,
        );
        // Who was shut out is out with the next statement, whatever snapshot their transaction keeps.
        let mode = if spi::keeps_snapshot() { Mode::ReadNow } else { Mode::Read };
        let found = self.table()?.read(|| spi::query(&sql, &parameters, mode, |row| row.uuid(1)))?;
        Ok(found.into_iter().flatten().collect())
    }

    fn rank(&self, role: &str) -> Option<usize> {
        self.roles.iter().position(|known| known == role)
    }

    /// What a row must meet to count, for a query in which it is `member`; begins with AND.
    pub fn in_force(&self) -> &str {
        &self.in_force
    }

    /// Whether one role has at least the rights of another; one that is not among them is below all.
    pub fn is_at_least(&self, role: &str, other: &str) -> bool {
        self.rank(role).is_some_and(|rank| self.rank(other).is_some_and(|other| rank >= other))
    }

    /// A user's role in a tenant, at this moment; none without a membership in force.
    pub fn role_of(&self, tenant: [u8; 16], user: [u8; 16]) -> Result<Option<String>> {
        let sql = format!(
            "SELECT COALESCE({}, '') FROM {} AS member WHERE member.{} OPERATOR(pg_catalog.=) $1 AND member.{} OPERATOR(pg_catalog.=) $2{}",
            self.role_text(),
            relation::quoted_name(self.relation),
            self.tenant,
            self.user,
            self.in_force,
        );
        let who = [Parameter::Uuid(tenant), Parameter::Uuid(user)];
        let roles = self.table()?.read(|| spi::query(&sql, &who, Mode::ReadLatest, |row| row.text(1)))?;
        Ok(roles.into_iter().flatten().max_by_key(|role| self.rank(role)))
    }

    /// Whether a user has a membership in force in a tenant at this moment.
    pub fn is_member(&self, tenant: [u8; 16], user: [u8; 16]) -> Result<bool> {
        let sql = format!(
            "SELECT FROM {} AS member WHERE member.{} OPERATOR(pg_catalog.=) $1 AND member.{} OPERATOR(pg_catalog.=) $2{} LIMIT 1",
            relation::quoted_name(self.relation),
            self.tenant,
            self.user,
            self.in_force,
        );
        let who = [Parameter::Uuid(tenant), Parameter::Uuid(user)];
        let found = self.table()?.read(|| spi::query(&sql, &who, Mode::ReadLatest, |_| ()))?;
        Ok(!found.is_empty())
    }

    fn role_text(&self) -> String {
        format!("member.{}::pg_catalog.text", self.role.as_deref().unwrap_or_default())
    }

    /// The role with the most rights, which a tenant cannot be without.
    pub fn top_role(&self) -> Option<&str> {
        self.role.as_ref().and(self.roles.last()).map(String::as_str)
    }

    /// What a row that gives its tenant someone of the top role ($1 there) meets; the row is `member`.
    pub fn holds(&self, parameter: &str) -> String {
        format!("{} OPERATOR(pg_catalog.=) {parameter}{}", self.role_text(), self.in_force)
    }
}

/// What was found for one statement, snapshot and identity.
#[derive(Default)]
struct Memo {
    snapshot: Option<Snapshot>,
    identity: Rc<Identity>,
    found: Vec<(Oid, Option<String>, Rc<Uuids>)>,
}

thread_local! {
    static MEMBERSHIPS: Cache<Membership> = Cache::default();
    static MEMO: RefCell<Memo> = RefCell::default();
}

/// How often everything was forgotten. No thread-local: those of a library take a call each time they are read.
static FORGOTTEN: AtomicU64 = AtomicU64::new(0);

/// At the end of a transaction, and when a savepoint is rolled back: a snapshot does not tell that from what went before.
pub fn forget() {
    FORGOTTEN.fetch_add(1, Relaxed);
    MEMO.with(|memo| {
        if let Ok(mut memo) = memo.try_borrow_mut() {
            memo.snapshot = None;
        }
    });
}

/// A question for a user's tenants, kept with the last answer of each call site. A policy asks for every row of a scan, so whether it is the same
/// question must cost next to nothing to tell.
struct Asked {
    relation: Oid,
    min_role: Option<String>,
    snapshot: Option<Snapshot>,
    forgotten: u64,
    identity: Rc<Identity>,
    /// [`setting::assignments`] when the identity was compared last, if it tells that the identity changed.
    assignments: Option<u64>,
}

impl Asked {
    /// Before anything is read for it.
    fn now(relation: Oid, min_role: Option<&str>) -> Asked {
        let snapshot = snapshot::active();
        let identity = MEMO.with_borrow_mut(|memo| {
            if snapshot.is_none() || memo.snapshot != snapshot || !memo.identity.is_current() {
                *memo = Memo { snapshot, identity: Rc::new(Identity::current()), found: Vec::new() };
            }
            memo.identity.clone()
        });
        let min_role = min_role.map(str::to_owned);
        Asked { relation, min_role, snapshot, forgotten: FORGOTTEN.load(Relaxed), identity, assignments: None }
    }

    fn tenants(&self) -> Result<Rc<Uuids>> {
        let same = |entry: &&(Oid, Option<String>, _)| entry.0 == self.relation && entry.1 == self.min_role;
        if let Some(ids) = MEMO.with_borrow(|memo| memo.found.iter().find(same).map(|entry| entry.2.clone())) {
            return Ok(ids);
        }
        let membership = registered(self.relation)?;
        let min_role = self.min_role.as_deref();
        let ids = match self.identity.user_id() {
            Some(user) => membership.tenants_of(user, min_role)?,
            // A role that is not there is told to everyone, before someone signs in.
            None => min_role.map_or(Ok(Vec::new()), |least| membership.roles_from(least).map(|_| Vec::new()))?,
        };
        let ids = Rc::new(Uuids::new(&ids));
        MEMO.with_borrow_mut(|memo| {
            // The query may have come back here, through row security of its own.
            if memo.snapshot == self.snapshot && memo.identity.is_current() {
                memo.found.push((self.relation, self.min_role.clone(), ids.clone()));
            }
        });
        Ok(ids)
    }

    /// Whether the same is asked again, of the same snapshot and statement, by the same user.
    fn is_asked_again(&mut self, relation: Oid, min_role: Option<&str>) -> bool {
        self.relation == relation
            && self.forgotten == FORGOTTEN.load(Relaxed)
            && self.min_role.as_deref() == min_role
            && self.snapshot.is_some()
            && self.snapshot == snapshot::active()
            && self.is_same_identity()
    }

    fn is_same_identity(&mut self) -> bool {
        let assignments = setting::assignments();
        if self.assignments == Some(assignments) {
            return true;
        }
        let is_same = self.identity.is_current();
        self.assignments = (is_same && self.identity.is_watched()).then_some(assignments);
        is_same
    }
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn current_tenant_ids<'a>(
    fcinfo: FunctionCallInfo<'a>,
    membership: Option<Regclass>,
    min_role: Option<&str>,
) -> Result<UuidsResult<'a>, ErrorReport> {
    let Some(Regclass(relation)) = membership else { return Err(Error::required("membership").into()) };
    let is_asked_again = |asked: &mut Asked| asked.is_asked_again(relation, min_role);
    let find = || {
        let asked = Asked::now(relation, min_role);
        asked.tenants().map(|ids| (asked, ids))
    };
    Ok(UuidsResult::of_site(fcinfo, is_asked_again, find)?)
}

/// The same for rowkit itself.
pub fn tenant_ids(relation: Oid, min_role: Option<&str>) -> Result<Rc<Uuids>> {
    Asked::now(relation, min_role).tenants()
}

/// The registered membership; only what its owner registered can be read with its owner's rights.
pub fn registered(relation: Oid) -> Result<Rc<Membership>> {
    MEMBERSHIPS.with(|memberships| memberships.get(relation, || read_registered(relation)))
}

/// Whether its owner registered it as a membership.
pub fn is_registered(relation: Oid) -> Result<bool> {
    Ok(registered_arguments(relation)?.is_some())
}

fn registered_arguments(relation: Oid) -> Result<Option<Vec<String>>> {
    let sql = include_str!("../../sql/queries/tenancy/membership.sql");
    let arguments = spi::query(sql, &[Parameter::Oid(relation)], Mode::Read, |row| row.texts(1))?;
    Ok(arguments.into_iter().next())
}

fn read_registered(relation: Oid) -> Result<Membership> {
    invalidation::watch(relation);
    let arguments = registered_arguments(relation)?.ok_or_else(|| {
        Error::prerequisite_state(format!("{} is not registered as a membership", relation::quoted_name(relation)))
            .hint("Its owner registers it with rowkit.register_membership().")
    })?;
    Membership::read(relation, &arguments)
}
