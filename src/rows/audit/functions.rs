//! What the log tells of a row.
use super::event::{Event as Written, EventContext};
use super::image::columns_document;
use super::table::Audited;
use crate::core::audit::history::{self, Event, State};
use crate::core::jsonb::Value as Json;
use crate::core::sql::{literal, sql};
use crate::core::work::{self, Memory};
use crate::pg::error::{Error, Notice, Result};
use crate::pg::jsonb::JsonbResult;
use crate::pg::relation::{self, Regclass};
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter, ResultRow};
use pgrx::datum::{Inet, TimestampWithTimeZone};
use pgrx::iter::TableIterator;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, name, pg_extern};

impl Audited {
    fn trail(&self, written: &str) -> Result<(Vec<Event>, Option<String>)> {
        let sql = sql!("audit/trail.sql", log = relation::quoted_name(self.log.oid));
        let mut memory = Memory::default();
        history::walk(&self.normal_key(written)?, |key| {
            let parameters = [Parameter::Text(&self.label), Parameter::Text(key)];
            let read = || spi::query(&sql, &parameters, Mode::Read, |row| event(row, key, &mut memory));
            let found = rights::as_caller(self.log.oid, read)?;
            Ok(found.into_iter().flatten().collect())
        })
    }

    /// Before when events were purged, and when audit of the table first began; whoever may see which events.
    fn known_since(&self) -> Result<(Option<i64>, Option<i64>)> {
        let sql = sql!("audit/known_since.sql", log = relation::quoted_name(self.log.oid));
        let own = self.log.label(self.log.oid);
        let parameters = [Parameter::Text(&self.label), Parameter::Text(&own)];
        let log = OwnedTable::audit_log(self.table, self.log.oid)?;
        let found = log.read(|| spi::query(&sql, &parameters, Mode::Read, |row| row.bigint(1)))?;
        Ok((found.first().copied().flatten(), found.get(1).copied().flatten()))
    }
}

fn event(row: &ResultRow, key: &str, memory: &mut Memory) -> Option<Event> {
    let mut members =
        |column| row.jsonb(column).map(|document| history::members(&document, memory)).unwrap_or_default();
    let (record_id, new_record_id) = (row.text(4), row.text(5));
    Some(Event {
        id: row.uuid(1)?,
        at: row.bigint(2)?,
        action: row.text(3)?,
        // An event of the whole table has no key.
        new_record_id: new_record_id.filter(|_| record_id.is_some()),
        // A batch is an event of each of its rows.
        record_id: record_id.or_else(|| row.boolean(8).unwrap_or(false).then(|| key.to_owned())),
        old: members(6),
        new: members(7),
    })
}

#[pg_extern(sql = false, stable)]
fn audit_trail(table: Regclass, key: &str) -> Result<Vec<Uuid>, ErrorReport> {
    let (trail, _) = Audited::find(table.0)?.trail(key)?;
    Ok(history::told(trail).iter().map(|event| Uuid::from_bytes(event.id)).collect())
}

/// The events of a row, as the log has them.
#[pg_extern(sql = false, stable)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn row_history(
    table: Regclass,
    key: &str,
) -> Result<
    TableIterator<
        'static,
        (
            name!(created_at, Option<TimestampWithTimeZone>),
            name!(user_id, Option<Uuid>),
            name!(action, Option<String>),
            name!(record_key, Option<String>),
            name!(old_data, Option<JsonbResult>),
            name!(new_data, Option<JsonbResult>),
            name!(transaction_id, Option<i64>),
            name!(ip_address, Option<Inet>),
            name!(database_role, Option<String>),
            name!(transaction, Option<Uuid>),
        ),
    >,
    ErrorReport,
> {
    let audited = Audited::find(table.0)?;
    let (trail, _) = audited.trail(key)?;
    let ids: Vec<[u8; 16]> = history::told(trail).iter().map(|event| event.id).collect();
    let (log, name) = (audited.log.oid, relation::quoted_name(audited.log.oid));
    let sql = sql!("audit/history.sql", log = name);
    let parameters = [Parameter::Uuids(&ids), Parameter::Text(key)];
    let mut bytes = 0;
    let mut document = |row: &ResultRow, column| {
        row.jsonb(column).inspect(|document| {
            bytes += document.len();
            work::reserve(bytes);
        })
    };
    let read = |row: &ResultRow| {
        let (old, new) = (document(row, 5), document(row, 6));
        let (user, transaction) = (row.uuid(2).map(Uuid::from_bytes), row.uuid(10).map(Uuid::from_bytes));
        let (action, key, role) = (row.text(3), row.text(4), row.text(9));
        (row.timestamptz(1), user, action, key, old, new, row.bigint(7), row.text(8), role, transaction)
    };
    let found = rights::reading_as_caller(log, || spi::query(&sql, &parameters, Mode::Read, read))?;
    tell_of_former_name(table, log, key)?;
    Ok(TableIterator::new(found.into_iter().map(
        |(at, user, action, key, old, new, number, address, role, transaction)| {
            let (old, new) = (old.map(JsonbResult::document), new.map(JsonbResult::document));
            (at, user, action, key, old, new, number, address.map(Inet), role, transaction)
        },
    )))
}

/// A WARNING where the log may have more of a row's past, under a name that no table has any more.
fn tell_of_former_name(table: Regclass, log: Oid, key: &str) -> Result<()> {
    let sql = sql!("audit/former_name.sql", log = relation::quoted_name(log));
    let parameters = [Parameter::Text(key), Parameter::Oid(log)];
    let found = rights::reading_as_caller(log, || spi::query(&sql, &parameters, Mode::Read, |row| row.text(1)))?;
    if let Some(former) = found.into_iter().flatten().next() {
        let name = relation::quoted_name(table.0);
        Notice::new(format!("the log has events of such a row of \"{former}\", which is no table"))
            .hint(format!(
                "If that was a name of {name}, its events are found after SELECT rowkit.rebind_audit_events({}, {}).",
                literal(&name),
                literal(&former)
            ))
            .warn();
    }
    Ok(())
}

#[pg_extern(sql = false, stable)]
fn audit_log(table: Regclass) -> Result<Regclass, ErrorReport> {
    Ok(Regclass(Audited::find(table.0)?.log.oid))
}

#[pg_extern(sql = false, stable)]
fn row_as_of(table: Regclass, key: &str, at: i64) -> Result<Option<JsonbResult>, ErrorReport> {
    let audited = Audited::find(table.0)?;
    let name = || relation::quoted_name(audited.table);
    let (purged, began) = audited.known_since()?;
    if purged.is_some_and(|purged| at < purged) {
        return Err(Error::conflict(format!("what was logged of {} then is purged", name()))
            .hint("purge_audit_logs() took the events of that time.")
            .into());
    }
    let (trail, now) = audited.trail(key)?;
    let now = now.map(|key| audited.now(&key)).transpose()?.flatten();
    match history::as_of(&trail, now, at, purged.or(began), &audited.layouts()?) {
        State::Absent => Ok(None),
        State::There(mut row) => {
            let is_covered = audited.definition.cover(&mut row).is_ok();
            let mut builder = crate::pg::jsonb::ObjectBuilder::new();
            row.iter().for_each(|(name, value)| builder.member(name.as_bytes(), Json::root(value)));
            if !is_covered {
                return Err(Error::limit_reached("the row is larger than a document can be").into());
            }
            Ok(Some(builder.finish()))
        }
        State::Unknown => Err(Error::conflict(format!(
            "the log does not say what {} ({}) was then",
            name(),
            crate::core::work::beginning(key, 100)
        ))
        .hint(
            "It was not audited at that time, or under another name (rowkit.rebind_audit_events() takes its events along), \
             or a TRUNCATE took the row and the log does not know how it began.",
        )
        .into()),
    }
}

/// Logs that the audit of a table begins or ends, and the columns that the table has then.
#[pg_extern(sql = false)]
fn note_audit(table: Regclass, action: &str) -> Result<bool, ErrorReport> {
    if !["ENABLE", "DISABLE"].contains(&action) {
        return Err(Error::invalid_parameter(format!("\"{action}\" cannot be noted"))
            .hint("Audit of a table is enabled or disabled.")
            .into());
    }
    if !rights::is_owner(table.0) {
        return Err(Error::insufficient_privilege(format!("{} is not yours", relation::quoted_name(table.0)))
            .hint("The owner of a table says whether it is audited.")
            .into());
    }
    let audited = Audited::find(table.0)?;
    let log = OwnedTable::audit_log(audited.table, audited.log.oid)?;
    let event = match action {
        "ENABLE" => Written::of_columns(columns_document(audited.names())),
        _ => Written::default(),
    };
    audited.log.write(log, (action, &audited.label), &EventContext::now(), &[event])?;
    Ok(true)
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn acting_role() -> String {
    rights::acting_role()
}

/// What the running transaction is known by in a log.
#[pg_extern(sql = false)]
fn transaction_identity() -> Uuid {
    Uuid::from_bytes(super::event::identity())
}

/// Whether JSON shows what a value of a type is made of.
#[pg_extern(sql = false, stable)]
fn has_parts(kind: Regclass) -> bool {
    super::image::has_parts(kind.0)
}
