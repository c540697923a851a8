//! The part of a log that events go to without a statement.
use super::event::{Event, EventContext, TenantId};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::insertion;
use crate::pg::invalidation;
use crate::pg::spi::{self, Mode, Parameter, ResultRow, Value};
use crate::pg::written::{Needs, under};
use pgrx::pg_sys::{INETOID, Oid, UUIDOID};
use std::cell::RefCell;
use std::rc::Rc;

/// The tenant's column of a part.
struct Tenant {
    number: i16,
    kind: Oid,
    modifier: i32,
}

impl Tenant {
    fn value(&self, id: Option<&TenantId>) -> Result<Value> {
        match id {
            None => Ok(Value::null(self.kind)),
            Some(TenantId::Uuid(id)) if self.kind == UUIDOID => Ok(Value::uuid(Some(*id))),
            Some(id) => Value::parsed(self.kind, self.modifier, &id.text()),
        }
    }
}

struct Part {
    table: Oid,
    /// In the order of part.sql.
    numbers: Vec<i16>,
    tenant: Option<Tenant>,
}

/// The part of the events between two moments, none where they need a statement; known until something is changed.
#[derive(Clone)]
struct Known {
    tick: u64,
    since: i64,
    until: i64,
    part: Option<Rc<Part>>,
}

/// Whether there is a part is asked again after so many microseconds.
const NONE_KNOWN_FOR: i64 = 60_000_000;

/// The part that took the last events.
#[derive(Default)]
pub struct Parts(RefCell<Option<Known>>);

impl Parts {
    /// Writes events of one action on one table; answers whether it could.
    pub fn write(
        &self,
        log: Oid,
        tenant: Option<&str>,
        (action, table): (&str, &str),
        circumstances: &EventContext,
        events: &[Event],
    ) -> Result<bool> {
        let Some(part) = self.find(log, tenant, circumstances.at)? else { return Ok(false) };
        let address = match &circumstances.address {
            Some(address) => Value::parsed(INETOID, -1, address)?,
            None => Value::client_address(),
        };
        let (user, action, table) =
            (Value::uuid(circumstances.user), Value::text(Some(action)), Value::text(Some(table)));
        let (role, at) = (Value::text(Some(&circumstances.role)), Value::timestamptz(circumstances.at));
        let (transaction, statement) =
            (Value::bigint(Some(circumstances.transaction)), Value::bigint(Some(circumstances.statement)));
        let identity = Value::uuid(Some(circumstances.identity));
        insertion::into(part.table, |insertion| {
            for event in events {
                work::step();
                let (id, new_id) =
                    (Value::text(event.record_id.as_deref()), Value::text(event.new_record_id.as_deref()));
                let (old, new) = (Value::jsonb(event.old.as_deref()), Value::jsonb(event.new.as_deref()));
                let (keys, row_count) = (event.keys(), Value::bigint(Some(event.row_count())));
                let (event_id, deletion) = (Value::uuid(Some(crate::pg::uuid::next()?)), Value::uuid(event.deletion));
                let tenant = part.tenant.as_ref();
                let tenant = tenant.map(|tenant| Ok::<_, Error>((tenant.number, tenant.value(event.tenant.as_ref())?)));
                let tenant = tenant.transpose()?;
                let row = [
                    &event_id,
                    &user,
                    &action,
                    &table,
                    &id,
                    &new_id,
                    &keys,
                    &row_count,
                    &old,
                    &new,
                    &deletion,
                    &address,
                    &role,
                    &identity,
                    &transaction,
                    &statement,
                    &at,
                ];
                let row = part.numbers.iter().copied().zip(row);
                insertion.insert(row.chain(tenant.as_ref().map(|(number, value)| (*number, value))));
            }
            Ok(true)
        })
    }

    /// The part of a moment, locked: what is known of it holds until the transaction ends.
    fn find(&self, log: Oid, tenant: Option<&str>, at: i64) -> Result<Option<Rc<Part>>> {
        insertion::lock(log);
        loop {
            work::step();
            let tick = invalidation::tick();
            let is_current = |known: &Known| known.tick == tick && known.since <= at && at < known.until;
            let known = match self.0.borrow().clone().filter(is_current) {
                Some(known) => known,
                None => look_up(log, tenant, at, tick)?,
            };
            let part = known.part.clone();
            if let Some(part) = &part {
                insertion::lock(part.table);
            }
            *self.0.borrow_mut() = Some(known);
            if invalidation::tick() == tick {
                return Ok(part);
            }
        }
    }
}

fn look_up(log: Oid, tenant: Option<&str>, at: i64, tick: u64) -> Result<Known> {
    invalidation::watch(log);
    let sql = include_str!("../../../sql/queries/audit/part.sql");
    let (moment, tenant) = (Value::timestamptz(at), Value::text(tenant));
    let parameters = [Parameter::Oid(log), Parameter::Value(&moment), Parameter::Value(&tenant)];
    let number = |number: i64| i16::try_from(number).unwrap_or(0);
    let read = |row: &ResultRow| {
        let tenant = row.bigint(5).zip(row.oid(6)).zip(row.bigint(7));
        let tenant =
            tenant.map(|((at, kind), modifier)| Tenant { number: number(at), kind, modifier: modifier as i32 });
        let numbers = row.bigints(4).into_iter().map(number).collect();
        let part = row.oid(1).map(|table| Rc::new(Part { table, numbers, tenant }));
        Known { tick, since: row.bigint(2).unwrap_or(i64::MIN), until: row.bigint(3).unwrap_or(i64::MAX), part }
    };
    let found = under(Needs::ALL, || spi::query(sql, &parameters, Mode::ReadLatest, read))?;
    let none = Known { tick, since: at, until: at.saturating_add(NONE_KNOWN_FOR), part: None };
    let known = found.into_iter().next().unwrap_or(none);
    if let Some(part) = &known.part {
        invalidation::watch(part.table);
    }
    Ok(known)
}
