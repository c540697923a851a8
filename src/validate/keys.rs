//! What a record's rule cannot see alone: unique values and references, checked once per statement.
use super::autonumber;
use super::problem::{Problem, summary, to_json};
use super::trigger::{RecordColumns, no_table};
use crate::catalog::{self, TableId};
use crate::error::{Error, Result};
use crate::fields::identifier::{uuid_bytes, uuid_text};
use crate::fields::{Fault, Rule};
use crate::jsonb::{Members, Value};
use crate::pg::call::FunctionCallInfo;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::transition::{Side, TransitionRow, for_each_row};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use crate::schema::{self, Column, Schema};
use pgrx::pg_extern;
use pgrx::pg_sys::UUIDOID;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

const FUNCTION: &str = "enforce_record_keys()";

/// One row of record_keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    organization_id: TableId,
    table_id: TableId,
    column: String,
    key: String,
    record_id: TableId,
}

/// A reference that a record makes.
struct Reference {
    organization_id: TableId,
    target: TableId,
    record_id: TableId,
    problem: Problem,
}

struct Statement<'a> {
    call: Call<'a>,
    columns: RecordColumns,
    id: Attribute,
    organization_id: Attribute,
    records: OwnedTable,
    tables: OwnedTable,
    keys: OwnedTable,
    schemas: HashMap<TableId, Rc<Schema>>,
}

#[pg_extern(sql = false)]
fn enforce_record_keys(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, FUNCTION, Timing::AfterStatement, &[Event::Insert, Event::Update])?;
    let arguments = call.arguments();
    let argument = |index: usize, default: &str| arguments.get(index).cloned().unwrap_or_else(|| default.to_owned());
    let records = OwnedTable::of_trigger(&call)?;
    let mut statement = Statement {
        columns: RecordColumns::find(&call)?,
        id: call.required_attribute("id", &[UUIDOID])?,
        organization_id: call.required_attribute("organization_id", &[UUIDOID])?,
        records,
        tables: records.named(&argument(0, "tables"))?,
        keys: records.named(&argument(1, "record_keys"))?,
        schemas: HashMap::new(),
        call,
    };
    statement.enforce()?;
    autonumber::give_back()?;
    Ok(call.nothing())
}

impl Statement<'_> {
    fn schema(&mut self, id: &TableId) -> Result<Rc<Schema>> {
        if let Some(schema) = self.schemas.get(id) {
            return Ok(Rc::clone(schema));
        }
        let schema = catalog::schema_for_writing(self.tables, id)?.ok_or_else(|| no_table(self.tables, id))?;
        self.schemas.insert(*id, Rc::clone(&schema));
        Ok(schema)
    }

    fn enforce(&mut self) -> Result<()> {
        let (mut old, mut new) = (HashSet::new(), Vec::new());
        let mut references = Vec::new();
        let call = self.call;
        if call.event() == Event::Update {
            for_each_row(&call, Side::Old, FUNCTION, |row| self.collect(row, |key| old.extend([key]), |_| {}))?;
        }
        for_each_row(&call, Side::New, FUNCTION, |row| {
            self.collect(row, |key| new.push(key), |reference| references.push(reference))
        })?;
        // What both sides have stays; the rest of the old goes first, so that values can be swapped in one statement.
        new.retain(|key| !old.remove(key));
        let stale: Vec<Key> = old.into_iter().collect();
        delete(self.keys, &stale)?;
        let taken = insert(self.keys, &new)?;
        if let Some(key) = taken.first() {
            return Err(self.duplicate(key)?);
        }
        self.check_references(references)
    }

    fn collect(
        &mut self,
        row: &TransitionRow,
        mut key: impl FnMut(Key),
        mut reference: impl FnMut(Reference),
    ) -> Result<()> {
        let Some(table_id) = row.uuid(self.columns.table_id) else { return Ok(()) };
        let schema = self.schema(&table_id)?;
        if !schema.has_unique && !schema.has_references {
            return Ok(());
        }
        let (Some(record_id), Some(organization_id)) = (row.uuid(self.id), row.uuid(self.organization_id)) else {
            return Ok(());
        };
        let data = row.jsonb(self.columns.data);
        for column in &schema.columns {
            let common = column.common.and_then(|common| self.columns.commons[common as usize]);
            let text = common.and_then(|attribute| row.text(attribute));
            let value = match common {
                Some(_) => text.as_ref().map(|text| Value::String(text.as_bytes())),
                None => data.as_ref().and_then(|data| data.value().as_object()).and_then(|data| data.get(&column.name)),
            };
            let Some(value) = value.filter(|value| !column.rule.is_no_value(*value)) else { continue };
            if let Some(text) = unique_key(column, value) {
                key(Key { organization_id, table_id, column: column.name.clone(), key: text, record_id });
            }
            if let Rule::Link(link) = &column.rule
                && let Some(target) = link.target.as_deref().and_then(uuid_bytes)
            {
                for id in link.ids(value) {
                    let Some(bytes) = uuid_bytes(id) else { continue };
                    let problem = missing_reference(column, id);
                    reference(Reference { organization_id, target, record_id: bytes, problem });
                }
            }
        }
        Ok(())
    }

    fn duplicate(&mut self, key: &Key) -> Result<Error> {
        let schema = self.schema(&key.table_id)?;
        let Some(column) = schema.column(&key.column) else {
            return Ok(Error::unique_violation(format!("column {} must be unique", key.column)));
        };
        let message = "is taken: another record of this table has the same value".to_owned();
        let problem =
            Problem::of_column(column, Fault { at: String::new(), code: "unique", params: Members::new(), message });
        Ok(Error::unique_violation(problem.message())
            .detail(to_json(&[problem]))
            .hint("Values are compared without regard to case and width; telephone numbers by their digits."))
    }

    /// Refers to records of the same tenant in the column's table, and keeps them from being deleted before commit.
    fn check_references(&self, references: Vec<Reference>) -> Result<()> {
        let mut wanted: BTreeMap<(TableId, TableId), Vec<TableId>> = BTreeMap::new();
        for reference in &references {
            wanted.entry((reference.organization_id, reference.target)).or_default().push(reference.record_id);
        }
        let sql = format!(
            "SELECT id FROM {} WHERE organization_id OPERATOR(pg_catalog.=) $1 AND table_id OPERATOR(pg_catalog.=) $2 \
             AND id OPERATOR(pg_catalog.=) ANY ($3) ORDER BY id USING OPERATOR(pg_catalog.<) FOR KEY SHARE",
            self.records.quoted_name()
        );
        let mut found: HashSet<(TableId, TableId, TableId)> = HashSet::new();
        for ((organization_id, target), ids) in &wanted {
            let parameters = [Parameter::Uuid(*organization_id), Parameter::Uuid(*target), Parameter::Uuids(ids)];
            let rows = self.records.read(|| spi::query(&sql, &parameters, Mode::Write, |row| row.uuid(1)))?;
            found.extend(rows.into_iter().flatten().map(|id| (*organization_id, *target, id)));
        }
        let missing: Vec<Problem> = references
            .into_iter()
            .filter(|reference| !found.contains(&(reference.organization_id, reference.target, reference.record_id)))
            .map(|reference| reference.problem)
            .take(crate::fields::LIMIT)
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::foreign_key_violation(summary(&missing))
            .detail(to_json(&missing))
            .hint("A reference names records of the same organization in the column's table."))
    }
}

fn missing_reference(column: &Column, id: &str) -> Problem {
    let params = Members::new().text("id", id);
    let fault = Fault {
        at: String::new(),
        code: "reference.missing",
        params,
        message: format!("names record {id}, which is not there"),
    };
    Problem::of_column(column, fault)
}

fn unique_key(column: &Column, value: Value<'_>) -> Option<String> {
    if column.unique { column.rule.unique_key(value) } else { None }
}

/// An index entry is of limited size: a longer key is kept as its digest.
const STORED_KEY: &str = "CASE WHEN pg_catalog.length(input.key) OPERATOR(pg_catalog.>) 200 \
    THEN 'sha256:' OPERATOR(pg_catalog.||) pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(input.key, 'UTF8')), 'hex') \
    ELSE input.key END";

/// At most this many keys go into one query.
const BATCH: usize = 10_000;

fn delete(keys: OwnedTable, stale: &[Key]) -> Result<()> {
    let sql = format!(
        "DELETE FROM {} AS stored \
         USING ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS input(record_id, column_name) \
         WHERE stored.record_id OPERATOR(pg_catalog.=) input.record_id AND stored.column_name OPERATOR(pg_catalog.=) input.column_name",
        keys.quoted_name()
    );
    for batch in stale.chunks(BATCH) {
        let records: Vec<TableId> = batch.iter().map(|key| key.record_id).collect();
        let columns: Vec<String> = batch.iter().map(|key| key.column.clone()).collect();
        let parameters = [Parameter::Uuids(&records), Parameter::Texts(&columns)];
        keys.write(|| spi::execute(&sql, &parameters, Mode::Write))?;
    }
    Ok(())
}

/// Inserts the keys; answers those that another record holds. A session that inserts the same key waits for the other.
fn insert(keys: OwnedTable, new: &[Key]) -> Result<Vec<Key>> {
    let sql = format!(
        "INSERT INTO {} (organization_id, table_id, column_name, key, record_id) \
         SELECT input.organization_id, input.table_id, input.column_name, {STORED_KEY}, input.record_id \
         FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5)) \
         AS input(organization_id, table_id, column_name, key, record_id) \
         ORDER BY 2 USING OPERATOR(pg_catalog.<), 3 USING OPERATOR(pg_catalog.<), 4 USING OPERATOR(pg_catalog.<) \
         ON CONFLICT DO NOTHING RETURNING record_id, column_name",
        keys.quoted_name()
    );
    let mut taken = Vec::new();
    for batch in new.chunks(BATCH) {
        let uuids = |of: fn(&Key) -> TableId| batch.iter().map(of).collect::<Vec<_>>();
        let texts = |of: fn(&Key) -> &String| batch.iter().map(|key| of(key).clone()).collect::<Vec<_>>();
        let (organizations, tables, records) =
            (uuids(|key| key.organization_id), uuids(|key| key.table_id), uuids(|key| key.record_id));
        let (columns, values) = (texts(|key| &key.column), texts(|key| &key.key));
        let parameters = [
            Parameter::Uuids(&organizations),
            Parameter::Uuids(&tables),
            Parameter::Texts(&columns),
            Parameter::Texts(&values),
            Parameter::Uuids(&records),
        ];
        let inserted =
            keys.write(|| spi::query(&sql, &parameters, Mode::Write, |row| Some((row.uuid(1)?, row.text(2)?))))?;
        let inserted: HashSet<(TableId, String)> = inserted.into_iter().flatten().collect();
        taken.extend(batch.iter().filter(|key| !inserted.contains(&(key.record_id, key.column.clone()))).cloned());
    }
    Ok(taken)
}

/// What tells the keys of one definition of a column from those of another.
fn key_forms(schema: &Schema) -> BTreeMap<String, String> {
    let unique = schema.columns.iter().filter(|column| column.unique);
    unique
        .map(|column| {
            let region = match &column.rule {
                Rule::Phone { region, .. } => region.clone().unwrap_or_default(),
                _ => String::new(),
            };
            (column.name.clone(), format!("{} {region}", column.kind))
        })
        .collect()
}

/// After a schema edit: makes the keys of columns that became unique, drops those that no longer are. The editor's lock
/// keeps writers of the table's records off meanwhile.
pub fn rebuild_if_needed(tables: OwnedTable, id: &TableId, old: Option<&[u8]>, new: &[u8]) -> Result<()> {
    let new = schema::read(Value::root(new))?;
    let old_forms = match old {
        Some(old) => key_forms(&schema::read(Value::root(old))?),
        None => BTreeMap::new(),
    };
    let new_forms = key_forms(&new);
    if old_forms == new_forms {
        return Ok(());
    }
    let (Some(keys), Some(records)) = (tables.beside("record_keys")?, tables.beside("records")?) else {
        return Err(Error::undefined_object("unique columns need record_keys and records beside the tables relation")
            .hint("Both come with the blueprint custom_tables."));
    };
    let dropped: Vec<String> = old_forms
        .iter()
        .filter(|(name, form)| new_forms.get(*name) != Some(form))
        .map(|(name, _)| name.clone())
        .collect();
    let sql = format!(
        "DELETE FROM {} WHERE table_id OPERATOR(pg_catalog.=) $1 AND column_name OPERATOR(pg_catalog.=) ANY ($2)",
        keys.quoted_name()
    );
    keys.write(|| spi::execute(&sql, &[Parameter::Uuid(*id), Parameter::Texts(&dropped)], Mode::Write))?;
    let added: Vec<&Column> = new
        .columns
        .iter()
        .filter(|column| column.unique && old_forms.get(&column.name) != new_forms.get(&column.name))
        .collect();
    if added.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "SELECT id, organization_id, data OPERATOR(pg_catalog.||) pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(\
         'name', name, 'email', email, 'company', company, 'status', status)) FROM {} WHERE table_id OPERATOR(pg_catalog.=) $1 \
         ORDER BY id USING OPERATOR(pg_catalog.<)",
        records.quoted_name()
    );
    let stored = records.read(|| {
        spi::query(&sql, &[Parameter::Uuid(*id)], Mode::Write, |row| {
            let (record_id, organization_id, data) = (row.uuid(1)?, row.uuid(2)?, row.jsonb(3)?);
            let data = Value::root(&data).as_object()?;
            let keys = added.iter().filter_map(|column| {
                let value = data.get(&column.name).filter(|value| !column.rule.is_no_value(*value))?;
                let key = unique_key(column, value)?;
                Some(Key { organization_id, table_id: *id, column: column.name.clone(), key, record_id })
            });
            Some(keys.collect::<Vec<_>>())
        })
    })?;
    let all: Vec<Key> = stored.into_iter().flatten().flatten().collect();
    let taken = insert(keys, &all)?;
    if taken.is_empty() {
        return Ok(());
    }
    let listed: Vec<String> = taken.iter().take(100).map(|key| format!("\"{}\"", uuid_text(&key.record_id))).collect();
    Err(Error::unique_violation(format!(
        "column \"{}\" cannot be unique: {} records share a value",
        taken[0].column,
        taken.len()
    ))
    .detail(format!("[{}]", listed.join(",")))
    .hint("DETAIL lists the records whose value an earlier record has. Change them first."))
}
