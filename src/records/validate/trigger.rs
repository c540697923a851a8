//! The trigger that refuses records which break their table's schema.
use super::dropped;
use super::numbered::Proposed;
use super::record_columns::RecordColumns;
use crate::core::fields::identifier::uuid_text;
use crate::core::jsonb::{Object, Value};
use crate::core::schema::{Column, Common, Schema, UnknownKeys};
use crate::core::validate::problem::{summary, to_json};
use crate::core::validate::walk::{CommonValue, Depth, Record, walk, written_twice};
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Jsonb, JsonbResult, ObjectBuilder};
use crate::pg::operation;
use crate::pg::rights::OwnedTable;
use crate::pg::spi;
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Row, Timing};
use crate::records::catalog::{self, Home, TableId};
use crate::records::under_way;
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use std::rc::Rc;

const FUNCTION: &str = "enforce_record_schema()";

/// What one statement looks up once.
struct RecordTriggerState {
    columns: RecordColumns,
    home: Home,
    proposed: Proposed,
    /// Rows of one table and tenant come in runs. The lock taken with it outlives the statement.
    last: Option<(TableId, Option<TableId>, Rc<Schema>)>,
}

impl RecordTriggerState {
    fn new(call: &Call<'_>) -> Result<RecordTriggerState> {
        let name = call.arguments().into_iter().next().unwrap_or_else(|| "tables".to_owned());
        Ok(RecordTriggerState {
            columns: RecordColumns::find(call)?,
            home: Home::find(call, OwnedTable::of_trigger(call)?.named(&name)?, "table_id")?,
            proposed: Proposed::default(),
            last: None,
        })
    }

    fn schema(&mut self, row: &Row<'_>, id: TableId) -> Result<Rc<Schema>> {
        let tenant = self.home.tenant(row);
        if let Some((last, last_tenant, schema)) = &self.last
            && *last == id
            && *last_tenant == tenant
        {
            return Ok(Rc::clone(schema));
        }
        let schema = self.home.schema_for_writing(row, &id)?.ok_or_else(|| no_table(self.home.tables, &id))?;
        catalog::refuse_edited_within(self.home.tables.relation(), &id)?;
        self.last = Some((id, tenant, Rc::clone(&schema)));
        Ok(schema)
    }
}

/// The error of a record whose table does not exist, or is another tenant's, as a foreign key would raise it.
pub fn no_table(tables: OwnedTable, id: &TableId) -> Error {
    let name = tables.quoted_name();
    Error::foreign_key_violation(format!("table {} does not exist", uuid_text(id)))
        .hint(format!("Insert it into {name} first."))
}

#[pg_extern(sql = false)]
fn enforce_record_schema(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, FUNCTION, Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    Ok(enforce(&call, &mut *call_site_or(fcinfo, || RecordTriggerState::new(&call))?)?)
}

fn enforce<'a>(call: &Call<'a>, lookups: &mut RecordTriggerState) -> Result<Answer<'a>> {
    if call.event() == Event::Insert {
        lookups.proposed.settle(call);
    }
    let columns = lookups.columns;
    let (new, old) = (call.new_row(), call.old_row());
    let unchanged = |attribute: Attribute| old.as_ref().is_some_and(|old| new.same_bytes(old, attribute));
    let watched = [columns.table_id, columns.data].into_iter().chain(columns.commons.into_iter().flatten());
    if old.is_some() && watched.clone().all(unchanged) {
        return Ok(call.keep());
    }
    // NOT NULL on the column says it better.
    let (Some(table_id), Some(stored)) = (new.uuid(columns.table_id), new.jsonb(columns.data)) else {
        return Ok(call.keep());
    };
    let schema = lookups.schema(&new, table_id)?;
    // A record that moved to another table answers for all of it.
    let before = old.filter(|_| unchanged(columns.table_id));
    let stored_before = before.as_ref().and_then(|old| old.jsonb(columns.data));
    let old = stored_before.as_ref().and_then(|before| before.value().as_object());
    // What an undo brings back is stored as it was: nothing of it is dropped, and it keeps its numbers.
    let is_undone = operation::is_undo(call)?;
    let carried = under_way::carry(lookups.home.tables.relation(), &table_id);
    let moving = under_way::moving(lookups.home.tables.relation(), &table_id);
    let given = data_object(&stored)?;
    let data = given;
    let mut excluded = if call.event() == Event::Update && schema.has_autonumbers {
        lookups.proposed.excluded(&schema, data)
    } else {
        Vec::new()
    };
    if !is_undone {
        excluded.extend(left_out(&schema, data));
    }
    let completed = completed_data(
        call,
        &schema,
        data,
        &Completion { columns, old, excluded, is_undone, is_carried: carried.is_some() || moving.is_some() },
    )?;
    let read = completed.as_ref().map(JsonbResult::read);
    let data = read.as_ref().map_or(Ok(data), data_object)?;
    let texts = common_texts(&schema, &new, &columns, call.event());
    let mut record = Record {
        old,
        // Values of a restored column are not validated either.
        carried: [
            carried.as_ref().map_or(&[], |carry| &carry.columns),
            moving.as_ref().map_or(&[], |moving| std::slice::from_ref(&moving.name)),
        ],
        stored: is_undone,
        undone: is_undone,
        ..Record::flat(data)
    };
    record.commons = Some(std::array::from_fn(|index| {
        columns.commons[index].map(|attribute| {
            let is_same = before.is_some() && (unchanged(attribute) || record.is_carried(Common::ALL[index].name()));
            CommonValue::of_text(texts[index].0.as_deref(), is_same)
        })
    }));
    let mut problems = walk(&schema, &record, Depth::All);
    // Values under a former name were moved to the present name above.
    if !is_undone && carried.is_none() {
        problems.extend(written_twice(&schema, given, old));
    }
    if !problems.is_empty() {
        return Err(Error::check_violation(summary(&problems))
            .detail(to_json(&problems))
            .hint("DETAIL lists every problem as JSON; rowkit.validate_record() tells them without an error."));
    }
    let numbered = match schema.has_autonumbers {
        true => lookups.proposed.number(call, &new, &columns, &schema, &record)?,
        false => None,
    };
    let mut changed = Vec::new();
    if let Some(datum) = numbered.as_ref().or(completed.as_ref()) {
        changed.push((columns.data, datum.to_value()));
    }
    for ((text, is_default), attribute) in texts.iter().zip(columns.commons) {
        if let (Some(text), true, Some(attribute)) = (text, is_default, attribute) {
            changed.push((attribute, spi::Value::text(Some(text))));
        }
    }
    Ok(if changed.is_empty() { call.keep() } else { call.replace(&changed) })
}

fn data_object<'a>(data: &'a Jsonb<'_>) -> Result<Object<'a>> {
    let value = data.value();
    value.as_object().ok_or_else(|| {
        Error::check_violation(format!("data must be a JSON object, not {}", value.kind())).detail(
            r#"[{"path":"/data","column":"data","column_id":null,"label":"data","code":"type","params":{"expected":"object"},"message":"data must be an object"}]"#,
        )
    })
}

/// What a row's data is completed by.
struct Completion<'a> {
    columns: RecordColumns,
    /// What it was before an UPDATE.
    old: Option<Object<'a>>,
    /// Keys that the writer did not mean, or left without a value that the server gives.
    excluded: Vec<&'a str>,
    /// An undo or a rename writes the row, which drops nothing.
    is_undone: bool,
    is_carried: bool,
}

/// `data` with the defaults of missing columns, with renamed keys under their new names and without what is to be stripped; `None` when it
/// stays as it is.
fn completed_data(
    call: &Call<'_>,
    schema: &Schema,
    data: Object<'_>,
    by: &Completion<'_>,
) -> Result<Option<JsonbResult>> {
    let in_data = |common: Option<Common>| common.is_none_or(|common| by.columns.commons[common as usize].is_none());
    let mut missing = Vec::new();
    if schema.has_defaults && call.event() == Event::Insert {
        missing.extend(schema.columns.iter().filter_map(|column| {
            let default =
                column.default.as_ref().filter(|_| in_data(column.common) && column.value_in(data).is_none())?;
            Some((column.name.as_str(), default))
        }));
    }
    let known = |key: &[u8]| {
        std::str::from_utf8(key).is_ok_and(|name| schema.column(name).is_some_and(|column| in_data(column.common)))
    };
    let moved = if by.is_undone { Vec::new() } else { moved_keys(schema, data, by.old) };
    let strips = schema.unknown_keys == UnknownKeys::Strip
        && !by.is_undone
        && !by.is_carried
        && data.iter().any(|(key, _)| !known(key));
    if missing.is_empty() && moved.is_empty() && by.excluded.is_empty() && !strips {
        return Ok(None);
    }
    let is_left_out = |key: &[u8]| {
        by.excluded.iter().any(|name| name.as_bytes() == key)
            || moved.iter().any(|(column, _)| column.former.as_deref().is_some_and(|former| former.as_bytes() == key))
    };
    if strips {
        let lost = data.iter().map(|(key, _)| key).filter(|key| !known(key) && !is_left_out(key));
        dropped::note(call.relation(), lost)?;
    }
    let mut builder = ObjectBuilder::new();
    for (key, value) in data.iter().filter(|(key, _)| (!strips || known(key)) && !is_left_out(key)) {
        builder.member(key, value);
    }
    for (column, value) in moved.iter().filter(|(column, value)| !is_no_value_of_server(column, *value)) {
        builder.member(column.name.as_bytes(), *value);
    }
    for (name, default) in missing {
        builder.member(name.as_bytes(), Value::root(default));
    }
    Ok(Some(builder.finish()))
}

/// The columns whose value the server gives, where `data` holds a key without a value for them: it counts as left out.
fn left_out<'s>(schema: &'s Schema, data: Object<'_>) -> impl Iterator<Item = &'s str> {
    let columns = schema.columns.iter().filter(|_| schema.has_computed);
    columns
        .filter(move |column| data.get(&column.name).is_some_and(|value| is_no_value_of_server(column, value)))
        .map(|column| column.name.as_str())
}

fn is_no_value_of_server(column: &Column, value: Value<'_>) -> bool {
    column.rule.is_computed() && column.rule.is_no_value(&value)
}

/// The columns whose former name is a key of `data`, while they are being renamed, and the value that each has from now on. Where both names have one,
/// that counts which this UPDATE changed, else the one under the name of today.
fn moved_keys<'s, 'd>(schema: &'s Schema, data: Object<'d>, old: Option<Object<'_>>) -> Vec<(&'s Column, Value<'d>)> {
    let columns = schema.columns.iter().filter(|_| schema.has_former_names);
    columns
        .filter_map(|column| {
            let former = column.former.as_deref()?;
            let under_former = data.get(former)?;
            let Some(under_name) = data.get(&column.name) else { return Some((column, under_former)) };
            let is_changed = |name: &str, value: Value<'_>| {
                old.is_some_and(|old| old.get(name).is_none_or(|before| !before.same_bytes(value)))
            };
            let is_null_since_before = matches!(under_name, Value::Null) && !is_changed(&column.name, under_name);
            let is_written =
                is_null_since_before || is_changed(former, under_former) && !is_changed(&column.name, under_name);
            Some((column, if is_written { under_former } else { under_name }))
        })
        .collect()
}

/// The common fields' texts, and whether each is a default just filled in.
fn common_texts(schema: &Schema, new: &Row<'_>, columns: &RecordColumns, event: Event) -> [(Option<String>, bool); 4] {
    std::array::from_fn(|index| {
        let Some(attribute) = columns.commons[index] else { return (None, false) };
        let text = new.text(attribute);
        if text.is_some() || !schema.has_defaults || event != Event::Insert {
            return (text, false);
        }
        let default = schema.column(Common::ALL[index].name()).and_then(|column| column.default.as_ref());
        let default = default.and_then(|document| Value::root(document).as_str().map(str::to_owned));
        let filled = default.is_some();
        (default, filled)
    })
}
