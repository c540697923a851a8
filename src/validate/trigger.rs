//! The trigger that refuses records which break their table's schema.
use super::autonumber;
use super::problem::{summary, to_json};
use super::walk::{CommonValue, Depth, Record, walk};
use crate::audit::undo;
use crate::catalog::{Home, TableId};
use crate::error::{Error, Result};
use crate::fields::Rule;
use crate::fields::identifier::uuid_text;
use crate::jsonb::{Integer, Object, Value};
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::jsonb::{Jsonb, JsonbResult, ObjectBuilder};
use crate::pg::rights::OwnedTable;
use crate::pg::spi;
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Row, Timing};
use crate::schema::{Common, Schema, UnknownKeys};
use crate::sync::rename;
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{JSONBOID, TEXTOID, UUIDOID};
use std::rc::Rc;

const FUNCTION: &str = "enforce_record_schema()";

/// The columns of a records relation.
#[derive(Clone, Copy)]
pub struct RecordColumns {
    pub table_id: Attribute,
    pub data: Attribute,
    /// By [`Common`]; a relation may lack some.
    pub commons: [Option<Attribute>; 4],
}

impl RecordColumns {
    pub fn find(call: &Call<'_>) -> Result<RecordColumns> {
        Ok(RecordColumns {
            table_id: call.required_attribute("table_id", &[UUIDOID])?,
            data: call.required_attribute("data", &[JSONBOID])?,
            commons: Common::ALL
                .map(|common| call.attribute(common.name()).filter(|attribute| attribute.kind == TEXTOID)),
        })
    }
}

/// What one statement looks up once.
struct Lookups {
    columns: RecordColumns,
    home: Home,
    /// Rows of one table and tenant come in runs. The lock taken with it outlives the statement.
    last: Option<(TableId, Option<TableId>, Rc<Schema>)>,
}

impl Lookups {
    fn new(call: &Call<'_>) -> Result<Lookups> {
        let name = call.arguments().into_iter().next().unwrap_or_else(|| "tables".to_owned());
        Ok(Lookups {
            columns: RecordColumns::find(call)?,
            home: Home::find(call, OwnedTable::of_trigger(call)?.named(&name)?, "table_id")?,
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
    Ok(enforce(&call, &mut *call_site_or(fcinfo, || Lookups::new(&call))?)?)
}

fn enforce<'a>(call: &Call<'a>, lookups: &mut Lookups) -> Result<Answer<'a>> {
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
    let data = data_object(&stored)?;
    let completed = completed_data(&schema, data, &columns, call.event());
    let read = completed.as_ref().map(JsonbResult::read);
    let data = read.as_ref().map_or(Ok(data), data_object)?;
    // A record that moved to another table answers for all of it.
    let before = old.filter(|_| unchanged(columns.table_id));
    let texts = common_texts(&schema, &new, &columns, call.event());
    let commons = std::array::from_fn(|index| {
        columns.commons[index].map(|attribute| CommonValue {
            value: texts[index].0.as_deref(),
            unchanged: before.is_some() && unchanged(attribute),
        })
    });
    let stored_before = before.as_ref().and_then(|old| old.jsonb(columns.data));
    let old = stored_before.as_ref().and_then(|before| before.value().as_object());
    let rename = rename::under_way(lookups.home.tables.relation(), &table_id);
    let renamed = rename.as_ref().map(|rename| (rename.from.as_str(), rename.to.as_str()));
    // A record that comes back has its numbers.
    let stored = schema.has_autonumbers && undo::is_at_work_on(call)?;
    let record = Record { commons: Some(commons), old, renamed, stored, ..Record::flat(data) };
    let problems = walk(&schema, &record, Depth::All);
    if !problems.is_empty() {
        return Err(Error::check_violation(summary(&problems))
            .detail(to_json(&problems))
            .hint("DETAIL lists every problem as JSON; rowkit.validate_record() tells them without an error."));
    }
    let numbered = if schema.has_autonumbers { numbered_data(call, &new, table_id, &schema, &record)? } else { None };
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

/// `data` with the defaults of missing columns and without what is to be stripped; `None` when it stays as it is.
fn completed_data(schema: &Schema, data: Object<'_>, columns: &RecordColumns, event: Event) -> Option<JsonbResult> {
    let in_data = |common: Option<Common>| common.is_none_or(|common| columns.commons[common as usize].is_none());
    let mut missing = Vec::new();
    if schema.has_defaults && event == Event::Insert {
        missing.extend(schema.columns.iter().filter_map(|column| {
            let default =
                column.default.as_ref().filter(|_| in_data(column.common) && data.get(&column.name).is_none())?;
            Some((column.name.as_str(), default))
        }));
    }
    let known = |key: &[u8]| {
        std::str::from_utf8(key).is_ok_and(|name| schema.column(name).is_some_and(|column| in_data(column.common)))
    };
    let strips = schema.unknown_keys == UnknownKeys::Strip && data.iter().any(|(key, _)| !known(key));
    if missing.is_empty() && !strips {
        return None;
    }
    let mut builder = ObjectBuilder::new();
    for (key, value) in data.iter().filter(|(key, _)| !strips || known(key)) {
        builder.member(key, value);
    }
    for (name, default) in missing {
        builder.member(name.as_bytes(), Value::root(default));
    }
    Some(builder.finish())
}

/// `data` with the numbers that it lacks: a record's own after an UPDATE that left them out, else the next ones; `None`
/// when it lacks none. A record that comes back keeps its own.
fn numbered_data(
    call: &Call<'_>,
    new: &Row<'_>,
    table_id: TableId,
    schema: &Schema,
    record: &Record<'_>,
) -> Result<Option<JsonbResult>> {
    // NOT NULL says the other case better.
    let organization_id = call.required_attribute("organization_id", &[UUIDOID])?;
    let Some(organization_id) = new.uuid(organization_id) else { return Ok(None) };
    let mut numbers = Vec::new();
    for column in schema.columns.iter().filter(|column| matches!(column.rule, Rule::Autonumber)) {
        if let Some(given) = record.data.get(&column.name) {
            if let Some(number) =
                given.as_number().filter(|_| record.stored).and_then(|number| number.to_string().parse().ok())
            {
                autonumber::reach(call, organization_id, table_id, column, number)?;
            }
            continue;
        }
        let kept = record.old.and_then(|old| old.get(&column.name)).filter(|value| column.rule.is_filled_with(*value));
        let number = match kept {
            Some(value) => value.document().into_owned(),
            None => {
                let number = autonumber::next(call, organization_id, table_id, column)?;
                Value::Number(Integer::new(number).number()).document().into_owned()
            }
        };
        numbers.push((column.name.as_bytes(), number));
    }
    if numbers.is_empty() {
        return Ok(None);
    }
    let mut builder = ObjectBuilder::new();
    for (key, value) in record.data.iter() {
        builder.member(key, value);
    }
    for (key, number) in &numbers {
        builder.member(key, Value::root(number));
    }
    Ok(Some(builder.finish()))
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
