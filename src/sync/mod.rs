//! `tables.schema` kept in step with `table_columns` and `table_statuses`: the functions of sql/install/sync.sql.
use crate::audit::undo;
use crate::catalog::{self, TableId};
use crate::error::{Error, Result};
use crate::guc;
use crate::jsonb::{Integer, Value};
use crate::pg::call::FunctionCallInfo;
use crate::pg::jsonb::{Jsonb, JsonbResult, ObjectBuilder};
use crate::pg::operation::Operations;
use crate::pg::relation::{self, Regclass};
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::transition::{Side, for_each_row};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Row, Timing};
use crate::pg::{invalidation, lock};
use crate::schema::{self, ColumnParts, EMPTY};
use crate::validate::keys;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{BOOLOID, JSONBOID, Oid, TEXTOID, UUIDOID};
use pgrx::{Uuid, pg_extern};

pub mod rename;

/// A sync under way: whose UPDATE the guard lets through.
struct Sync {
    tables: Oid,
    /// In ascending order.
    ids: Vec<TableId>,
}

thread_local! {
    static SYNCING: Operations<Sync> = const { Operations::new() };
}

#[pg_extern(sql = false)]
fn check_table_column(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "check_table_column()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    let row = call.new_row();
    let text = |name: &str| Ok::<_, Error>(row.text(call.required_attribute(name, &[TEXTOID])?));
    let flag = |name: &str| Ok::<_, Error>(row.boolean(call.required_attribute(name, &[BOOLOID])?).unwrap_or(false));
    let json = |name: &str| Ok::<_, Error>(row.jsonb(call.required_attribute(name, &[JSONBOID])?));
    let (name, label, kind) = (text("name")?.unwrap_or_default(), text("label")?, text("type")?.unwrap_or_default());
    let (default, options) = (json("default_value")?, json("options")?);
    let options = options_object(&name, &options)?;
    schema::read_column(
        ColumnParts {
            id: None,
            name: &name,
            label: label.as_deref(),
            kind: &kind,
            required: flag("required")?,
            unique: flag("is_unique")?,
            searchable: flag("searchable")?,
            default: default.as_ref().map(Jsonb::value),
            options,
        },
        None,
    )
    .map_err(Error::from)?;
    Ok(call.keep())
}

fn options_object<'a>(name: &str, options: &'a Option<Jsonb<'_>>) -> Result<Option<crate::jsonb::Object<'a>>> {
    match options.as_ref().map(Jsonb::value) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(other) => Err(Error::invalid_parameter(format!(
            "column \"{name}\": options must be a JSON object, not {}",
            other.kind()
        ))),
    }
}

#[pg_extern(sql = false)]
fn check_table_status(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "check_table_status()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    let name = call.new_row().text(call.required_attribute("name", &[TEXTOID])?);
    // NOT NULL on the column says the other case better.
    if name.is_some_and(|name| name.trim().is_empty()) {
        Err(Error::invalid_parameter("status: name must not be empty")
            .hint("The name is what records hold and people see."))?;
    }
    Ok(call.keep())
}

fn schemas_relation(call: &Call<'_>) -> Result<OwnedTable> {
    let name = call.arguments().into_iter().next().unwrap_or_else(|| "tables".to_owned());
    OwnedTable::of_trigger(call)?.named(&name)
}

#[pg_extern(sql = false)]
fn propagate_table_schema(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    const FUNCTION: &str = "propagate_table_schema()";
    let events = [Event::Insert, Event::Update, Event::Delete, Event::Truncate];
    let call = Call::new(fcinfo, FUNCTION, Timing::AfterStatement, &events)?;
    let tables = schemas_relation(&call)?;
    let mut ids: Vec<TableId> = Vec::new();
    if call.event() == Event::Truncate {
        let sql = format!("SELECT id FROM {}", tables.quoted_name());
        let all = tables.read(|| spi::query(&sql, &[], Mode::Write, |row| row.uuid(1)))?;
        ids = all.into_iter().flatten().collect();
    } else {
        let table_id = call.required_attribute("table_id", &[UUIDOID])?;
        for (side, absent) in [(Side::Old, Event::Insert), (Side::New, Event::Delete)] {
            if call.event() != absent {
                for_each_row(&call, side, FUNCTION, |row| {
                    ids.extend(row.uuid(table_id).filter(|id| ids.last() != Some(id)));
                    Ok(())
                })?;
            }
        }
    }
    tables.write(|| sync(tables.relation(), ids))?;
    Ok(call.nothing())
}

/// Rebuilds the schemas of these tables in one UPDATE; answers those that changed.
fn sync(tables: Oid, mut ids: Vec<TableId>) -> Result<Vec<TableId>> {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(ids);
    }
    let name = relation::quoted_name(tables);
    // Rows first, in order, then the locks against writers: the guard of a direct edit takes them in the same order.
    let lock_rows = format!(
        "SELECT id FROM {name} WHERE id OPERATOR(pg_catalog.=) ANY ($1) ORDER BY id USING OPERATOR(pg_catalog.<) FOR NO KEY UPDATE"
    );
    let held: Vec<TableId> = spi::query(&lock_rows, &[Parameter::Uuids(&ids)], Mode::Write, |row| row.uuid(1))?
        .into_iter()
        .flatten()
        .collect();
    for id in &held {
        lock::for_editing_schema(tables, id);
    }
    let beside = |part: &str| {
        rights::beside(tables, part)?.map(relation::quoted_name).ok_or_else(|| {
            Error::undefined_object(format!("there is no {part} beside {name}"))
                .hint("A schema is made from table_columns and table_statuses in the schema of the tables relation.")
        })
    };
    let rebuild = include_str!("../../sql/queries/sync_schema.sql")
        .replace("@tables@", &name)
        .replace("@table_columns@", &beside("table_columns")?)
        .replace("@table_statuses@", &beside("table_statuses")?);
    let _syncing = Operations::begin(&SYNCING, Sync { tables, ids: held.clone() });
    // A statement of its own: its snapshot sees what other editors committed before they let go of the locks.
    Ok(spi::query(&rebuild, &[Parameter::Uuids(&held)], Mode::Write, |row| row.uuid(1))?
        .into_iter()
        .flatten()
        .collect())
}

#[pg_extern(sql = false)]
fn sync_table_schema(table_id: Option<Uuid>, tables: Option<Regclass>) -> Result<bool, ErrorReport> {
    let id = *table_id.ok_or_else(|| Error::invalid_parameter("table_id must not be null"))?.as_bytes();
    let tables = catalog::tables_relation(tables)?;
    // Raises when the table is not there or not visible.
    catalog::require_visible(tables, &id)?;
    Ok(!sync(tables, vec![id])?.is_empty())
}

#[pg_extern(sql = false)]
fn guard_table_schema(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "guard_table_schema()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    Ok(guard(&call)?)
}

fn guard<'a>(call: &Call<'a>) -> Result<Answer<'a>> {
    let schema = call.required_attribute("schema", &[JSONBOID])?;
    let id = call.required_attribute("id", &[UUIDOID])?;
    let unknown_keys = call.attribute("unknown_keys").filter(|attribute| attribute.kind == TEXTOID);
    let (new, old) = (call.new_row(), call.old_row());
    let before = old.as_ref().and_then(|old| old.jsonb(schema));
    let wanted = unknown_keys.and_then(|attribute| new.text(attribute));
    let Some(given) = new.jsonb(schema) else { return Ok(call.keep()) };
    let is_empty = given.value().as_object().is_some_and(|object| object.is_empty());
    let written = match &before {
        Some(before) => before.value().document() != given.value().document(),
        None => !is_empty,
    };
    // A table that an undo brings back has the schema that its columns had, which come back with it.
    let syncing = is_synced(call, &new, id) || (old.is_none() && undo::is_at_work_on(call)?);
    if written && !syncing {
        refuse_direct_edit(call)?;
    }
    let read = |document: &Jsonb| schema::read(document.value()).map_err(Error::from);
    let compiled = read(&given)?;
    if syncing {
        return Ok(call.keep());
    }
    let unruled = wanted_differs(&new, old.as_ref(), unknown_keys) || (old.is_none() && wanted.is_some());
    if !written && !unruled && !is_empty {
        return Ok(call.keep());
    }
    if let Some(id) = new.uuid(id).filter(|_| old.is_some()) {
        lock::for_editing_schema(call.relation(), &id);
    }
    let old_version = before.as_ref().map(read).transpose()?.map_or(0, |schema| schema.version);
    let next = || old_version.checked_add(1).ok_or_else(|| Error::out_of_range("the version of a table's schema"));
    let version = if compiled.version > old_version { compiled.version } else { next()? };
    let document = edited(&given, version, wanted.filter(|_| unruled));
    Ok(call.replace(&[(schema, document.to_value())]))
}

/// Whether the row is one that a sync is writing just now.
fn is_synced(call: &Call<'_>, new: &Row<'_>, id: Attribute) -> bool {
    SYNCING.with(Operations::of_trigger).is_some_and(|sync| {
        call.event() == Event::Update
            && sync.tables == call.relation()
            && new.uuid(id).is_some_and(|id| sync.ids.binary_search(&id).is_ok())
    })
}

fn wanted_differs(new: &Row<'_>, old: Option<&Row<'_>>, unknown_keys: Option<Attribute>) -> bool {
    match (old, unknown_keys) {
        (Some(old), Some(attribute)) => new.text(attribute) != old.text(attribute),
        _ => false,
    }
}

fn refuse_direct_edit(call: &Call<'_>) -> Result<()> {
    let derived =
        ["table_columns", "table_statuses"].iter().all(|part| relation::beside(call.relation(), part).is_some());
    // Anybody can change the setting; it counts for whom the table belongs to.
    if !derived
        || (guc::allow_schema_edit()
            && (rights::is_owner(call.relation()) || !crate::check::in_force("schema_edit_by_owner")))
    {
        return Ok(());
    }
    Err(Error::generated_always(format!(
        "{} takes its schema from table_columns and table_statuses",
        call.relation_name()
    ))
    .hint("Change those tables instead. In a migration the table's owner may SET LOCAL rowkit.allow_schema_edit = on."))
}

/// The schema with its version, and with the rule for unknown keys where that changed.
fn edited(given: &Jsonb<'_>, version: i64, unknown_keys: Option<String>) -> JsonbResult {
    let base = JsonbResult::parse(EMPTY).into_read();
    let given = given.value().as_object().filter(|object| !object.is_empty()).or(base.value().as_object());
    let mut builder = ObjectBuilder::new();
    let replaced = |key: &[u8]| key == b"version" || (key == b"unknown_keys" && unknown_keys.is_some());
    for (key, value) in given.into_iter().flat_map(|object| object.iter()).filter(|(key, _)| !replaced(key)) {
        builder.member(key, value);
    }
    builder.member(b"version", Value::Number(Integer::new(version).number()));
    if let Some(name) = unknown_keys.as_deref().filter(|name| *name != "allow") {
        builder.member(b"unknown_keys", Value::String(name.as_bytes()));
    }
    builder.finish()
}

#[pg_extern(sql = false)]
fn publish_table_schema(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    const FUNCTION: &str = "publish_table_schema()";
    let call = Call::new(fcinfo, FUNCTION, Timing::AfterStatement, &[Event::Update, Event::Delete, Event::Truncate])?;
    if call.event() == Event::Update {
        let (id, schema) =
            (call.required_attribute("id", &[UUIDOID])?, call.required_attribute("schema", &[JSONBOID])?);
        let mut before = std::collections::HashMap::new();
        for_each_row(&call, Side::Old, FUNCTION, |row| {
            if let (Some(id), Some(schema)) = (row.uuid(id), row.jsonb(schema)) {
                before.insert(id, schema.bytes().to_vec());
            }
            Ok(())
        })?;
        let mut changed = Vec::new();
        for_each_row(&call, Side::New, FUNCTION, |row| {
            if let (Some(id), Some(schema)) = (row.uuid(id), row.jsonb(schema)) {
                let old = before.remove(&id);
                if old.as_deref() != Some(schema.bytes()) {
                    changed.push((id, old, schema.bytes().to_vec()));
                }
            }
            Ok(())
        })?;
        if changed.is_empty() && before.is_empty() {
            return Ok(call.nothing());
        }
        let tables = OwnedTable::of_trigger(&call)?;
        for (id, old, new) in changed {
            keys::rebuild_if_needed(tables, &id, old.as_deref(), &new)?;
        }
    }
    invalidation::send(call.relation());
    Ok(call.nothing())
}
