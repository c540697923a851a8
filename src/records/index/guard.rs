//! The rows of `table_indexes` that users write: what an index may be, and its entries when it comes and goes.
use super::build;
use super::definition::{self, DefinedColumn, Definition, MAX_INDEXES, too_many};
use super::follow;
use super::relations::Relations;
use super::store;
use crate::core::fields::identifier::nearest;
use crate::core::fields::shown;
use crate::core::index::{IndexColumn, KeyRange, MAX_COLUMNS};
use crate::core::jsonb::{ArrayBuilder, JsonObjectWriter, Object, Value};
use crate::core::schema::{Column, Schema};
use crate::core::work;
use crate::pg::call::FunctionCallInfo;
use crate::pg::error::{Error, Result};
use crate::pg::invalidation;
use crate::pg::jsonb::JsonbResult;
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::transition::{Side, for_each_row};
use crate::pg::trigger::{Answer, Call, Columns, Event, Timing};
use crate::pg::value;
use crate::records::catalog::{self, Home, TableId};
use crate::records::hold;
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{BOOLOID, INT8OID, JSONBOID, TEXTOID, TIMESTAMPTZOID, UUIDARRAYOID, UUIDOID};

const ENTRY_KEYS: [&str; 3] = ["column", "direction", "empty"];

fn relations(call: &Call<'_>) -> Result<Relations> {
    let tables = OwnedTable::of_trigger(call)?.named("tables")?;
    Relations::beside(tables)?.ok_or_else(|| {
        Error::undefined_object("an index needs the tables records and record_index beside table_indexes")
            .hint("Both come with the blueprint custom_tables.")
    })
}

/// A user sets only columns and table_id. The trigger sets the other columns, and refuses UPDATE.
#[pg_extern(sql = false)]
fn guard_table_index(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let events = [Event::Insert, Event::Update, Event::Delete];
    let call = Call::new(fcinfo, "guard_table_index()", Timing::BeforeRow, &events)?;
    // Rowkit's own statements, and those of foreign keys.
    if follow::is_following(&call) || rights::is_owner_at_work(call.relation()) {
        return Ok(call.keep());
    }
    match call.event() {
        Event::Insert => inserted(&call).map_err(ErrorReport::from),
        Event::Update => Err(Error::prerequisite_state("an index is not changed by hand")
            .hint("Delete its row, and insert one with the other columns.")
            .into()),
        _ => deleted(&call).map_err(ErrorReport::from),
    }
}

fn inserted<'a>(call: &Call<'a>) -> Result<Answer<'a>> {
    let relations = relations(call)?;
    let row = call.new_row();
    let attribute = |name: &str, kind| call.required_attribute(name, &[kind]);
    let (columns, table_id) = (attribute("columns", JSONBOID)?, attribute("table_id", UUIDOID)?);
    let (Some(given), Some(id)) = (row.jsonb(columns), row.uuid(table_id)) else { return Ok(call.keep()) };
    // A table that is not there, or is another tenant's, is for the foreign key to refuse: nothing of it is locked or read.
    if !Home::find(call, relations.tables, "table_id")?.is_tenants(&row, &id)? {
        return Ok(call.keep());
    }
    hold::schema(relations.tables.relation(), &id)?;
    let Some(schema) = catalog::schema_for_writing(relations.tables, &id)? else { return Ok(call.keep()) };
    let columns_of_index = checked(given.value(), &schema)?;
    let others = definition::definitions(relations.definitions, &id, Mode::ReadLatest)?;
    if others.len() >= MAX_INDEXES {
        return Err(too_many());
    }
    if others.iter().any(|other| other.columns == columns_of_index) {
        return Err(
            Error::conflict("the table has an index on these columns").hint("One is enough: read table_indexes.")
        );
    }
    let definition = Definition::wanted(columns_of_index);
    let form = definition.form_under(&schema);
    if form.is_empty() {
        return Err(malformed("an index must have at most one column that holds lists".to_owned()));
    }
    Ok(call.replace(&[
        (columns, document(&definition).to_value()),
        (attribute("is_automatic", BOOLOID)?, value::Value::boolean(Some(false))),
        (attribute("state", TEXTOID)?, value::Value::text(Some("building"))),
        (attribute("form", TEXTOID)?, value::Value::text(Some(&form))),
        (attribute("number", INT8OID)?, value::Value::bigint(Some(next_number(relations.definitions)?))),
        (attribute("built_to_at", TIMESTAMPTZOID)?, value::Value::null(TIMESTAMPTZOID)),
        (attribute("built_to_id", UUIDOID)?, value::Value::null(UUIDOID)),
        (attribute("left_over", UUIDARRAYOID)?, value::Value::array(UUIDOID, std::iter::empty())),
        (attribute("created_at", TIMESTAMPTZOID)?, value::Value::now()),
    ]))
}

/// The index of a column that says it is indexed goes with that. Writers wait, so that none adds entries that nobody removes.
fn deleted<'a>(call: &Call<'a>) -> Result<Answer<'a>> {
    let is_automatic = call.required_attribute("is_automatic", &[BOOLOID])?;
    // For DELETE, new_row() returns the old row.
    let row = call.new_row();
    if let Some(id) = row.uuid(call.required_attribute("table_id", &[UUIDOID])?) {
        hold::schema(relations(call)?.tables.relation(), &id)?;
    }
    if row.boolean(is_automatic) == Some(true) {
        return Err(Error::prerequisite_state("this index belongs to a column that is indexed")
            .hint("UPDATE table_columns SET indexed = false drops it."));
    }
    Ok(call.keep())
}

/// A number that no index had. The row's own could be one that its writer chose.
fn next_number(definitions: OwnedTable) -> Result<i64> {
    let name = definitions.quoted_name();
    let sql = include_str!("../../../sql/queries/index/next_number.sql");
    let found =
        definitions.write(|| spi::query(sql, &[Parameter::Text(&name)], Mode::WriteLatest, |row| row.bigint(1)))?;
    found.into_iter().flatten().next().ok_or_else(|| {
        Error::undefined_object(format!("column number of {name} has no sequence"))
            .hint("It is an identity column: the blueprint custom_tables makes it so.")
    })
}

fn malformed(message: String) -> Error {
    Error::invalid_parameter(message).hint(
        r#"columns is an array such as ["stage", {"column": "amount", "empty": "first"}]: names or ids of columns of the table."#,
    )
}

/// The columns as they are stored.
fn checked(given: Value<'_>, schema: &Schema) -> Result<Vec<DefinedColumn>> {
    let Some(array) = given.as_array() else {
        return Err(malformed(format!("columns of an index must be an array, not {}", given.kind())));
    };
    if array.is_empty() || array.len() > MAX_COLUMNS {
        return Err(malformed(format!("an index must have 1 to {MAX_COLUMNS} columns, not {}", array.len())));
    }
    let mut columns: Vec<DefinedColumn> = Vec::new();
    for item in array.iter() {
        work::step();
        let column = defined(item, schema)?;
        if columns.iter().any(|known| known.key_id == column.key_id) {
            return Err(malformed("an index must not have a column twice".to_owned()));
        }
        columns.push(column);
    }
    // An index that is scanned backwards is the index with every direction inverted: its first column is stored ascending, on which the walk of queries relies.
    if columns[0].is_descending {
        for column in &mut columns {
            column.is_descending = !column.is_descending;
            column.is_empty_first = !column.is_empty_first;
        }
    }
    Ok(columns)
}

/// The columns of an index as a document, each by its id.
fn document(definition: &Definition) -> JsonbResult {
    let mut stored = ArrayBuilder::default();
    for column in &definition.columns {
        work::step();
        let mut entry = JsonObjectWriter::new().text("column", &column.key_id);
        if column.is_descending {
            entry = entry.text("direction", "desc");
        }
        if column.is_empty_first {
            entry = entry.text("empty", "first");
        }
        stored.element(JsonbResult::parse(&entry.object()).into_read().value());
    }
    JsonbResult::array(stored)
}

fn defined(item: Value<'_>, schema: &Schema) -> Result<DefinedColumn> {
    let (name, object) = match item {
        Value::String(_) => (item.as_str(), None),
        Value::Object(object) => (object.get("column").and_then(Value::as_str), Some(object)),
        other => {
            return Err(malformed(format!("a column of an index must be a string or an object, not {}", other.kind())));
        }
    };
    let Some(name) = name else { return Err(malformed("a column of an index must have \"column\"".to_owned())) };
    if let Some((key, _)) =
        object.iter().flat_map(Object::iter).find(|(key, _)| !ENTRY_KEYS.iter().any(|known| known.as_bytes() == *key))
    {
        let key = String::from_utf8_lossy(key);
        return Err(malformed(format!("\"{}\" is not a key of a column of an index", shown(&key))));
    }
    let word =
        |key: &str, words: [&str; 2]| match object.and_then(|object| object.get(key)).filter(|word| !word.is_null()) {
            None => Ok(false),
            Some(value) => match words.iter().position(|known| value.as_str() == Some(known)) {
                Some(at) => Ok(at == 1),
                None => Err(malformed(format!(
                    "\"{key}\" of a column of an index must be \"{}\" or \"{}\"",
                    words[0], words[1]
                ))),
            },
        };
    let column = find(name, schema)?;
    if IndexColumn::new(&column.rule).is_none() {
        let message = format!("column \"{}\" of type {} cannot be indexed", shown(&column.name), column.kind);
        return Err(malformed(message));
    }
    let (is_descending, is_empty_first) = (word("direction", ["asc", "desc"])?, word("empty", ["last", "first"])?);
    Ok(DefinedColumn { key_id: column.key_id.clone(), is_descending, is_empty_first })
}

fn find<'s>(name: &str, schema: &'s Schema) -> Result<&'s Column> {
    schema.named(name).ok_or_else(|| {
        let error = Error::undefined_column(format!("\"{}\" is not a column of this table", shown(name)));
        match nearest(name, schema.columns.iter().map(|column| column.name.as_str())) {
            Some(near) => error.hint(format!("Perhaps you meant \"{}\".", shown(near))),
            None => error.hint("An index is on columns of table_columns."),
        }
    })
}

/// Builds the entries of indexes that come, where their table is small, and removes those of indexes that go.
/// All go when the table is truncated.
#[pg_extern(sql = false)]
fn maintain_table_indexes(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    const FUNCTION: &str = "maintain_table_indexes()";
    let call = Call::new(fcinfo, FUNCTION, Timing::AfterStatement, &[Event::Insert, Event::Delete, Event::Truncate])?;
    let relations = relations(&call)?;
    if call.event() == Event::Truncate {
        // Entries that other sessions have not committed yet would be left, and their numbers are given again after RESTART IDENTITY.
        let sql = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", relations.entries.quoted_name());
        relations.entries.write(|| spi::execute(&sql, &[], Mode::WriteLatest))?;
        store::clear(relations.entries)?;
        invalidation::send(relations.tables.relation());
        return Ok(call.nothing());
    }
    let id = call.required_attribute("id", &[UUIDOID])?;
    let table_id = call.required_attribute("table_id", &[UUIDOID])?;
    let number = call.required_attribute("number", &[INT8OID])?;
    let side = if call.event() == Event::Delete { Side::Old } else { Side::New };
    let mut rows: Vec<(TableId, TableId, i64)> = Vec::new();
    for_each_row(&call, side, FUNCTION, |row| {
        work::step();
        rows.extend(
            row.uuid(id)
                .zip(row.uuid(table_id))
                .zip(row.integer(number))
                .map(|((id, table), number)| (id, table, number)),
        );
        Ok(())
    })?;
    for (id, table_id, number) in &rows {
        // The records' triggers of the same statement would go on with the definitions that they know.
        catalog::note_edit(relations.tables.relation(), table_id);
        if call.event() == Event::Delete {
            store::remove_range(relations.entries, &KeyRange::of_number(*number))?;
        } else if !follow::is_following(&call)
            && let Some(schema) = catalog::schema_for_writing(relations.tables, table_id)?
            && let Some(definition) = definition::definitions(relations.definitions, table_id, Mode::ReadLatest)?
                .into_iter()
                .find(|definition| definition.id == *id)
        {
            build::at_once_if_small(relations, table_id, &definition, &schema)?;
        }
    }
    if !rows.is_empty() {
        invalidation::send(relations.tables.relation());
    }
    Ok(call.nothing())
}
