//! `tables.schema` kept in step with `table_columns` and `table_statuses`: the functions of sql/install/sync.sql.
use crate::core::jsonb::{Integer, Value};
use crate::core::schema::{self, ColumnParts, EMPTY};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::call::FunctionCallInfo;
use crate::pg::error::{Error, Result};
use crate::pg::guc;
use crate::pg::invalidation;
use crate::pg::jsonb::{Jsonb, JsonbResult, ObjectBuilder};
use crate::pg::operation::{self, OperationGuard};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::transition::{Side, for_each_row};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Row, Timing};
use crate::records::catalog::{self, TableId};
use crate::records::validate::autonumber;
use crate::records::validate::{keys, links};
use crate::records::{hold, index, statistics};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{BOOLOID, JSONBOID, Oid, TEXTOID, UUIDOID};
use pgrx::{Uuid, pg_extern};

mod carry;
mod column;

mod refusal;
#[cfg(feature = "pg_test")]
mod server_tests;

/// A sync under way: whose UPDATE the guard lets through.
struct Sync {
    tables: Oid,
    /// In ascending order.
    ids: Vec<TableId>,
}

#[pg_extern(sql = false)]
fn check_table_column(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "check_table_column()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    let row = call.new_row();
    let text = |name: &str| Ok::<_, Error>(row.text(call.required_attribute(name, &[TEXTOID])?));
    let flag = |name: &str| Ok::<_, Error>(row.boolean(call.required_attribute(name, &[BOOLOID])?).unwrap_or(false));
    let json = |name: &str| Ok::<_, Error>(row.jsonb(call.required_attribute(name, &[JSONBOID])?));
    let (name, label, kind) = (text("name")?.unwrap_or_default(), text("label")?, text("type")?.unwrap_or_default());
    let former = call.attribute("renamed_from").filter(|attribute| attribute.kind == TEXTOID);
    let former = former.and_then(|attribute| row.text(attribute));
    let (mut default, options) = (json("default_value")?, json("options")?);
    let mut renamed = None;
    if let Some(old) = call.old_row() {
        let old_name = old.text(call.required_attribute("name", &[TEXTOID])?);
        let has_records = relation::beside(call.relation(), "records").is_some();
        if let Some(old_name) = old_name.filter(|old| *old != name && has_records) {
            carry::refuse_common(&old_name, &name)?;
        }
        let old_options = old.jsonb(call.required_attribute("options", &[JSONBOID])?);
        renamed = default
            .as_ref()
            .and_then(|default| carry::renamed_default(default.value(), old_options.as_ref(), options.as_ref()));
    }
    if let Some(renamed) = &renamed {
        default = Some(renamed.read());
    }
    let options = options_object(&name, &options)?;
    schema::read_column(
        ColumnParts {
            id: None,
            name: &name,
            renamed_from: former.as_deref(),
            label: label.as_deref(),
            kind: &kind,
            required: flag("required")?,
            unique: flag("is_unique")?,
            searchable: flag("searchable")?,
            indexed: flag("indexed")?,
            default: default.as_ref().map(Jsonb::value),
            options,
        },
        None,
    )
    .map_err(Error::from)?;
    Ok(match &renamed {
        Some(default) => call.replace(&[(call.required_attribute("default_value", &[JSONBOID])?, default.to_value())]),
        None => call.keep(),
    })
}

fn options_object<'a>(name: &str, options: &'a Option<Jsonb<'_>>) -> Result<Option<crate::core::jsonb::Object<'a>>> {
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
            work::step();
            if call.event() != absent {
                for_each_row(&call, side, FUNCTION, |row| {
                    ids.extend(row.uuid(table_id).filter(|id| ids.last() != Some(id)));
                    Ok(())
                })?;
            }
        }
    }
    ids.sort_unstable();
    ids.dedup();
    let mut affected = Vec::new();
    if call.event() == Event::Update {
        for (id, renames) in carry::renames(&call, FUNCTION)? {
            work::step();
            affected.extend(carry::Affected::find(tables, id, renames)?);
        }
    }
    // Rows first, in order, then the locks against writers: the guard of a direct edit takes them in the same order.
    let held = tables.write(|| hold_rows(tables.relation(), &ids))?;
    affected.iter().try_for_each(carry::Affected::hold)?;
    affected.iter().try_for_each(carry::Affected::rename_defaults)?;
    tables.write(|| rebuild(tables.relation(), &held))?;
    affected.iter().try_for_each(carry::Affected::carry)?;
    Ok(call.nothing())
}

/// Locks the rows of these tables, and answers which there are.
fn hold_rows(tables: Oid, ids: &[TableId]) -> Result<Vec<TableId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let name = relation::quoted_name(tables);
    let sql = format!(
        "SELECT id FROM {name} WHERE id OPERATOR(pg_catalog.=) ANY ($1) ORDER BY id USING OPERATOR(pg_catalog.<) FOR NO KEY UPDATE"
    );
    let held = spi::query(&sql, &[Parameter::Uuids(ids)], Mode::Write, |row| row.uuid(1))?;
    Ok(held.into_iter().flatten().collect())
}

/// Rebuilds the schemas of these tables, whose rows are locked, in one UPDATE; answers those that changed.
fn rebuild(tables: Oid, held: &[TableId]) -> Result<Vec<TableId>> {
    // Where nothing drifted no writer has to wait.
    let held = drifted(tables, held)?;
    if held.is_empty() {
        return Ok(held);
    }
    for id in &held {
        work::step();
        hold::schema(tables, id)?;
    }
    let rebuild = sql!("sync_schema.sql", built = built(tables)?, tables = relation::quoted_name(tables));
    let _syncing = OperationGuard::begin(Sync { tables, ids: held.clone() });
    // A statement of its own: its snapshot sees what other editors committed before they let go of the locks.
    Ok(spi::query(&rebuild, &[Parameter::Uuids(&held)], Mode::Write, |row| row.uuid(1))?
        .into_iter()
        .flatten()
        .collect())
}

/// The query for the schemas that columns and statuses make.
fn built(tables: Oid) -> Result<String> {
    let hint = "A schema is made from table_columns and table_statuses in the schema of the tables relation.";
    let beside = |part: &str| rights::required_beside(tables, part, hint).map(relation::quoted_name);
    Ok(sql!(
        "sync_built.sql",
        tables = relation::quoted_name(tables),
        table_columns = beside("table_columns")?,
        table_statuses = beside("table_statuses")?,
        options = options_of(tables),
        renamed_from = renamed_from(tables)?
    ))
}

/// Those of these tables whose schema is not the one that their columns and statuses make.
fn drifted(tables: Oid, ids: &[TableId]) -> Result<Vec<TableId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = sql!("sync_drift.sql", built = built(tables)?, tables = relation::quoted_name(tables));
    Ok(spi::query(&sql, &[Parameter::Uuids(ids)], Mode::Write, |row| row.uuid(1))?.into_iter().flatten().collect())
}

/// A table_columns relation of an older installation has no such column.
fn renamed_from(tables: Oid) -> Result<&'static str> {
    let columns = rights::beside(tables, "table_columns")?;
    let has_column = columns.is_some_and(|columns| relation::column(columns, "renamed_from").is_some());
    Ok(if has_column { "part.renamed_from" } else { "NULL::pg_catalog.text" })
}

/// The settings of a row of a tables relation, as SQL: a relation that somebody made without such a column has none.
fn options_of(tables: Oid) -> &'static str {
    if relation::stored_type(tables, "options") == Some(JSONBOID) { "target.options" } else { "'{}'::pg_catalog.jsonb" }
}

#[pg_extern(sql = false)]
fn sync_table_schema(table_id: Option<Uuid>, tables: Option<Regclass>) -> Result<bool, ErrorReport> {
    let id = *table_id.ok_or_else(|| Error::required("table_id"))?.as_bytes();
    let tables = catalog::tables_relation(tables)?;
    let changed = rights::as_caller(tables, || {
        // Raises when the table is not there or not visible.
        catalog::require_visible(tables, &id)?;
        // A table that has not drifted, as nearly all have not, is not locked.
        let drifted = drifted(tables, &[id])?;
        rebuild(tables, &hold_rows(tables, &drifted)?)
    })?;
    Ok(!changed.is_empty())
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
    let options = call.attribute("options").filter(|attribute| attribute.kind == JSONBOID);
    let (new, old) = (call.new_row(), call.old_row());
    let settings = options.and_then(|attribute| new.jsonb(attribute));
    if let Some(settings) = &settings {
        schema::read_settings(settings.value()).map_err(Error::from)?;
    }
    let before = old.as_ref().and_then(|old| old.jsonb(schema));
    let wanted = unknown_keys.and_then(|attribute| new.text(attribute));
    let Some(given) = new.jsonb(schema) else { return Ok(call.keep()) };
    let is_empty = is_empty_object(&given);
    let written = match &before {
        Some(before) => before.value().document() != given.value().document(),
        None => !is_empty,
    };
    // A table that an undo brings back has the schema that its columns had, which come back with it.
    let syncing = is_synced(call, &new, id) || (old.is_none() && operation::is_undo(call)?);
    if written && !syncing {
        refuse_direct_edit(call)?;
    }
    let read = |document: &Jsonb| schema::read(document.value()).map_err(Error::from);
    let compiled = read(&given)?;
    if syncing {
        return Ok(call.keep());
    }
    let set = match (&old, options) {
        (Some(old), Some(attribute)) => !new.same_bytes(old, attribute),
        _ => settings.as_ref().is_some_and(|settings| !is_empty_object(settings)),
    };
    let unruled = set || wanted_differs(&new, old.as_ref(), unknown_keys) || (old.is_none() && wanted.is_some());
    if !written && !unruled && !is_empty {
        return Ok(call.keep());
    }
    if let Some(id) = new.uuid(id).filter(|_| old.is_some()) {
        hold::schema(call.relation(), &id)?;
    }
    let old_version = before.as_ref().map(read).transpose()?.map_or(0, |schema| schema.version);
    let next = || old_version.checked_add(1).ok_or_else(|| Error::out_of_range("the version of a table's schema"));
    let version = if compiled.version > old_version { compiled.version } else { next()? };
    let document = edited(&given, version, wanted.filter(|_| unruled), settings.as_ref().filter(|_| unruled));
    Ok(call.replace(&[(schema, document.to_value())]))
}

/// Whether the row is one that a sync is writing just now.
fn is_synced(call: &Call<'_>, new: &Row<'_>, id: Attribute) -> bool {
    operation::of_trigger::<Sync>().is_some_and(|sync| {
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
            && (rights::is_owner(call.relation()) || !crate::core::check::in_force("schema_edit_by_owner")))
    {
        return Ok(());
    }
    Err(Error::generated_always(format!(
        "{} takes its schema from table_columns and table_statuses",
        call.relation_name()
    ))
    .hint("Change those tables instead. In a migration the table's owner may SET LOCAL rowkit.allow_schema_edit = on."))
}

fn is_empty_object(document: &Jsonb<'_>) -> bool {
    document.value().as_object().is_some_and(|object| object.is_empty())
}

/// The schema with its version, and with the rule for unknown keys and the settings where one of them changed.
fn edited(given: &Jsonb<'_>, version: i64, unknown_keys: Option<String>, settings: Option<&Jsonb<'_>>) -> JsonbResult {
    let base = JsonbResult::parse(EMPTY).into_read();
    let given = given.value().as_object().filter(|object| !object.is_empty()).or(base.value().as_object());
    let mut builder = ObjectBuilder::new();
    let replaced = |key: &[u8]| {
        key == b"version"
            || (key == b"unknown_keys" && unknown_keys.is_some())
            || (key == b"options" && settings.is_some())
    };
    for (key, value) in given.into_iter().flat_map(|object| object.iter()).filter(|(key, _)| !replaced(key)) {
        work::step();
        builder.member(key, value);
    }
    builder.member(b"version", Value::Number(Integer::new(version).number()));
    if let Some(name) = unknown_keys.as_deref().filter(|name| *name != "allow") {
        builder.member(b"unknown_keys", Value::String(name.as_bytes()));
    }
    if let Some(settings) = settings.filter(|settings| !is_empty_object(settings)) {
        builder.member(b"options", settings.value());
    }
    builder.finish()
}

#[pg_extern(sql = false)]
fn publish_table_schema(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    const FUNCTION: &str = "publish_table_schema()";
    // What a replica applies, and what is written with session_replication_role = replica, calls this trigger alone: the rest came with it.
    if let Ok(call) = Call::new(fcinfo, FUNCTION, Timing::AfterRow, &[Event::Update, Event::Delete]) {
        invalidation::send(call.relation());
        return Ok(call.nothing());
    }
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
        changed.iter().for_each(|(id, ..)| catalog::note_edit(tables.relation(), id));
        for (id, old, new) in changed {
            work::step();
            let read = |document: &Vec<u8>| schema::read(Value::root(document)).map_err(Error::from);
            let (old, new) = (old.as_ref().map(read).transpose()?, read(&new)?);
            keys::rebuild_if_needed(tables, &id, old.as_ref(), &new)?;
            autonumber::follow_schema(tables, &id, old.as_ref(), &new)?;
            links::rebuild_if_needed(tables, &id, old.as_ref(), &new)?;
            index::follow_schema(tables, &id, old.as_ref(), &new)?;
            statistics::rebuild_if_needed(tables, &id, old.as_ref(), &new)?;
        }
    }
    invalidation::send(call.relation());
    Ok(call.nothing())
}
