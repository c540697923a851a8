//! What the log tells of a row.
use super::definition::Definition;
use super::log::{Circumstances, Event as Written, Log};
use super::trail::{self, Event, Row, State};
use super::trigger;
use crate::error::{Error, Result};
use crate::pg::relation::{self, Regclass, quoted_identifier as quoted};
use crate::pg::rights::{self, OwnedTable};
use crate::pg::setting;
use crate::pg::spi::{self, Mode, Parameter, ResultRow};
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, pg_extern};

pub struct KeyColumn {
    pub name: String,
    kind: String,
    equals: String,
}

/// A table whose rows' past is asked for.
pub struct Audited {
    pub table: Oid,
    pub label: String,
    pub definition: Definition,
    pub key: Vec<KeyColumn>,
    pub log: Log,
}

impl Audited {
    pub fn find(table: Oid) -> Result<Audited> {
        if !relation::is_table(table) {
            return Err(Error::undefined_object("there is no such table").hint("Name a table that is audited."));
        }
        let sql = include_str!("../../sql/queries/audit/audited.sql");
        let read = |row: &ResultRow| {
            let key = row.texts(3).into_iter().zip(row.texts(4)).zip(row.texts(5));
            let key = key.map(|((name, equals), kind)| KeyColumn { name, kind, equals });
            (row.oid(1).unwrap_or(table), row.texts(2), key.collect::<Vec<_>>())
        };
        let found = setting::with_qualified_names(|| spi::query(sql, &[Parameter::Oid(table)], Mode::Read, read))?;
        let Some((table, arguments, key)) = found.into_iter().next() else {
            return Err(Error::undefined_object("there is no such table").hint("Name a table that is audited."));
        };
        if key.is_empty() {
            return Err(Error::undefined_object(format!("{} has no primary key", relation::quoted_name(table)))
                .hint("Events name rows by it: ALTER TABLE … ADD PRIMARY KEY."));
        }
        let definition = trigger::definition(&arguments)?;
        let log = Log::named(table, &definition)?;
        Ok(Audited { table, label: log.label(table), definition, key, log })
    }

    /// A key as callers or events write it, as a JSON object.
    pub fn key_object(&self, written: &str) -> Result<String> {
        if let [column] = &self.key[..] {
            return Ok(serde_json::json!({ &column.name: written }).to_string());
        }
        let parsed: Option<Row> = serde_json::from_str(written).ok();
        if parsed.is_some_and(|object| self.key.iter().all(|column| object.contains_key(&column.name))) {
            return Ok(written.to_owned());
        }
        let example: Vec<String> = self.key.iter().map(|column| format!("\"{}\": …", column.name)).collect();
        Err(Error::invalid_parameter(format!("the key of {} is not in {written}", relation::quoted_name(self.table)))
            .hint(format!("Give all of it as JSON: {{{}}}.", example.join(", "))))
    }

    /// The key as events have it.
    fn normal_key(&self, written: &str) -> Result<String> {
        // The columns' types stand in the query: a plan kept from before they changed must not serve.
        let member = |column: &KeyColumn| {
            format!("(given.key OPERATOR(pg_catalog.->>) {})::{}", spi::quoted_literal(&column.name), column.kind)
        };
        let text = match &self.key[..] {
            [column] => format!("pg_catalog.to_jsonb({}) OPERATOR(pg_catalog.#>>) '{{}}'", member(column)),
            _ => {
                let named = |column: &KeyColumn| format!("{}, {}", spi::quoted_literal(&column.name), member(column));
                let members: Vec<String> = self.key.iter().map(named).collect();
                format!("pg_catalog.jsonb_build_object({})::pg_catalog.text", members.join(", "))
            }
        };
        let sql = format!("SELECT {text} FROM (SELECT $1::pg_catalog.text::pg_catalog.jsonb AS key) AS given");
        let object = self.key_object(written)?;
        let found = setting::with(c"timezone", "UTC", || {
            spi::query(&sql, &[Parameter::Text(&object)], Mode::Read, |row| row.text(1))
        })?;
        found.into_iter().flatten().next().ok_or_else(|| Error::required("the key"))
    }

    /// SQL for the row that a parameter holds as JSON.
    pub fn record(&self, parameter: usize) -> String {
        let name = relation::quoted_name(self.table);
        format!("pg_catalog.jsonb_populate_record(NULL::{name}, ${parameter}::pg_catalog.text::pg_catalog.jsonb)")
    }

    /// SQL for whether `target` has the key of `key`.
    pub fn has_key(&self) -> String {
        let equal = |column: &KeyColumn| {
            let name = quoted(&column.name);
            format!("target.{name} {} key.{name}", column.equals)
        };
        self.key.iter().map(equal).collect::<Vec<_>>().join(" AND ")
    }

    fn trail(&self, written: &str) -> Result<(Vec<Event>, Option<String>)> {
        let sql =
            include_str!("../../sql/queries/audit/trail.sql").replace("@log@", &relation::quoted_name(self.log.oid));
        trail::walk(&self.normal_key(written)?, |key| {
            let parameters = [Parameter::Text(&self.label), Parameter::Text(key)];
            let found = spi::query(&sql, &parameters, Mode::Read, |row| event(row, key))?;
            Ok(found.into_iter().flatten().collect())
        })
    }

    /// The row as the caller sees it now.
    fn now(&self, key: &str) -> Result<Option<Row>> {
        let sql = format!(
            "SELECT pg_catalog.to_jsonb(target)::pg_catalog.text FROM {} AS target, {} AS key WHERE {}",
            relation::quoted_name(self.table),
            self.record(1),
            self.has_key()
        );
        let object = self.key_object(key)?;
        let found = spi::query(&sql, &[Parameter::Text(&object)], Mode::Read, |row| row.text(1))?;
        Ok(found.into_iter().flatten().next().map(|row| members(&row)))
    }

    /// Before when events were purged, and when audit of the table first began; whoever may see which events.
    fn known_since(&self) -> Result<(Option<i64>, Option<i64>)> {
        let sql = include_str!("../../sql/queries/audit/known_since.sql")
            .replace("@log@", &relation::quoted_name(self.log.oid));
        let own = self.log.label(self.log.oid);
        let parameters = [Parameter::Text(&self.label), Parameter::Text(&own)];
        let log = OwnedTable::audit_log(self.table, self.log.oid)?;
        let found = log.read(|| spi::query(&sql, &parameters, Mode::Read, |row| row.bigint(1)))?;
        Ok((found.first().copied().flatten(), found.get(1).copied().flatten()))
    }
}

pub fn members(json: &str) -> Row {
    serde_json::from_str(json).unwrap_or_default()
}

fn event(row: &ResultRow, key: &str) -> Option<Event> {
    let members = |column| row.text(column).map(|json| members(&json)).unwrap_or_default();
    let record_id = row.text(4);
    Some(Event {
        id: row.uuid(1)?,
        at: row.bigint(2)?,
        action: row.text(3)?,
        // A batch is an event of each of its rows.
        record_id: record_id.or_else(|| row.boolean(8).unwrap_or(false).then(|| key.to_owned())),
        new_record_id: row.text(5),
        old: members(6),
        new: members(7),
    })
}

#[pg_extern(sql = false)]
fn audit_trail(table: Regclass, key: &str) -> Result<Vec<Uuid>, ErrorReport> {
    let (trail, _) = Audited::find(table.0)?.trail(key)?;
    Ok(trail::told(trail).iter().map(|event| Uuid::from_bytes(event.id)).collect())
}

#[pg_extern(sql = false)]
fn audit_log(table: Regclass) -> Result<Regclass, ErrorReport> {
    Ok(Regclass(Audited::find(table.0)?.log.oid))
}

#[pg_extern(sql = false)]
fn record_as_of(table: Regclass, key: &str, at: i64) -> Result<Option<String>, ErrorReport> {
    let audited = Audited::find(table.0)?;
    let name = || relation::quoted_name(audited.table);
    let (purged, began) = audited.known_since()?;
    if purged.is_some_and(|purged| at < purged) {
        return Err(Error::prerequisite_state(format!("what was logged of {} then is purged", name()))
            .hint("purge_audit_log() took the events of that time.")
            .into());
    }
    let (trail, now) = audited.trail(key)?;
    let now = now.map(|key| audited.now(&key)).transpose()?.flatten();
    match trail::as_of(&trail, now, at, purged.or(began)) {
        State::Absent => Ok(None),
        State::There(mut row) => {
            audited.definition.cover(&mut row);
            Ok(Some(serde_json::Value::from(row).to_string()))
        }
        State::Unknown => Err(Error::prerequisite_state(format!(
            "the log does not say what {} ({key}) was then",
            name()
        ))
        .hint(
            "It was not audited at that time, or under another name (rowkit.rename_audited_table() takes its events along), \
             or a TRUNCATE took the row and the log does not know how it began.",
        )
        .into()),
    }
}

/// When audit of a table begins and ends is in the log, too.
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
    audited.log.write(log, (action, &audited.label), &Circumstances::now(), &[Written::default()])?;
    Ok(true)
}

#[pg_extern(sql = false)]
fn acting_role() -> String {
    rights::acting_role()
}
