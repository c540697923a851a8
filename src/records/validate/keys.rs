//! What a record's rule cannot see alone: unique values and references, checked once per statement.
use super::autonumber;
use super::dropped;
use super::links::{BATCH, Links, Schemas};
use super::numbered::{autonumbers, whole};
use super::record_columns::RecordColumns;
use super::trigger::no_table;
use crate::core::fields::identifier::uuid_text;
use crate::core::fields::{Fault, Rule};
use crate::core::jsonb::{JsonObjectWriter, Value};
use crate::core::schema::{Column, Schema};
use crate::core::sql::sql;
use crate::core::validate::problem::{Problem, to_json};
use crate::core::work::{self, Memory};
use crate::pg::call::FunctionCallInfo;
use crate::pg::error::{Error, Result};
use crate::pg::rights::{OwnedTable, Privilege};
use crate::pg::setting;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::transition::{Side, TransitionRow, for_each_pair, for_each_row};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Timing};
use crate::records::catalog::TableId;
use crate::records::rewritten::{Rewritten, for_each_current};
use crate::records::stored::live_condition;
use crate::records::under_way;
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{Oid, UUIDOID};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

const FUNCTION: &str = "enforce_record_keys()";

/// One row of record_keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub organization_id: TableId,
    pub table_id: TableId,
    /// [`Column::key_id`]
    pub column_id: String,
    pub key: String,
    pub record_id: TableId,
}

impl Key {
    fn bytes(&self) -> usize {
        size_of::<Key>() + self.column_id.len() + self.key.len()
    }
}

/// Keys that are deleted or inserted at once.
#[derive(Default)]
struct Batch {
    keys: Vec<Key>,
    bytes: usize,
}

impl Batch {
    const MOST_BYTES: usize = 4 << 20;

    fn is_full(&self) -> bool {
        self.keys.len() >= BATCH || self.bytes >= Batch::MOST_BYTES
    }

    fn hold(&mut self, keys: Vec<Key>) {
        self.bytes += keys.iter().map(Key::bytes).sum::<usize>();
        self.keys.extend(keys);
    }

    /// Holds keys until they are enough for `done`.
    fn take(&mut self, keys: Vec<Key>, done: impl FnOnce(&[Key]) -> Result<()>) -> Result<()> {
        self.hold(keys);
        if self.is_full() {
            done(&self.keys)?;
            *self = Batch::default();
        }
        Ok(())
    }
}

struct Statement<'a> {
    call: Call<'a>,
    columns: RecordColumns,
    id: Attribute,
    organization_id: Attribute,
    keys: OwnedTable,
    schemas: Schemas,
    links: Links,
    rewritten: Rewritten,
}

#[pg_extern(sql = false)]
fn enforce_record_keys(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, FUNCTION, Timing::AfterStatement, &[Event::Insert, Event::Update, Event::Delete])?;
    let arguments = call.arguments();
    let argument = |index: usize, default: &str| arguments.get(index).cloned().unwrap_or_else(|| default.to_owned());
    let records = OwnedTable::of_trigger(&call)?;
    let columns = RecordColumns::find(&call)?;
    let id = call.required_attribute("id", &[UUIDOID])?;
    let organization_id = call.required_attribute("organization_id", &[UUIDOID])?;
    let mut statement = Statement {
        columns,
        id,
        organization_id,
        schemas: Schemas::of_statement(records.named(&argument(0, "tables"))?),
        keys: records.named(&argument(1, "record_keys"))?,
        links: Links::of(&call, columns, id, organization_id)?,
        rewritten: Rewritten::find(&call, FUNCTION, id)?,
        call,
    };
    statement.enforce(records)?;
    if autonumber::has_given(call.event()) {
        statement.return_numbers()?;
    }
    dropped::tell(call.relation());
    Ok(call.nothing())
}

impl Statement<'_> {
    fn schema(&mut self, id: &TableId) -> Result<Rc<Schema>> {
        self.schemas.find(id)?.ok_or_else(|| no_table(self.schemas.tables, id))
    }

    fn enforce(&mut self, records: OwnedTable) -> Result<()> {
        let call = self.call;
        let mut again: Vec<TableId> = Vec::new();
        if call.event() == Event::Delete {
            // Its keys go with a record by their foreign key.
            for_each_row(&call, Side::Old, FUNCTION, |row| {
                self.note(row, &mut again);
                self.links.deleted(row);
                Ok(())
            })?;
            self.read_again(records, again, |_, _| Ok(()))?;
            return self.links.finish(&mut self.schemas);
        }
        let (mut stale, mut new) = (Batch::default(), Batch::default());
        // Where nothing goes, what is new need not wait for it.
        let waits = call.event() == Event::Update || !self.rewritten.is_empty();
        if call.event() == Event::Update {
            for_each_pair(&call, FUNCTION, |old, row| {
                let (mut before, mut after) = self.keys_of_pair(old, row)?;
                if self.note(row, &mut again) {
                    before.append(&mut after);
                }
                stale.take(before, |full| delete(self.keys, full))?;
                if !new.is_full() {
                    new.hold(after);
                }
                self.links.updated(old, row, &mut self.schemas)
            })?;
        } else {
            for_each_row(&call, Side::New, FUNCTION, |row| {
                let keys = self.keys_of(Side::New, row)?;
                if self.note(row, &mut again) {
                    stale.take(keys, |full| delete(self.keys, full))?;
                } else if !waits {
                    new.take(keys, |full| self.insert(full))?;
                } else if !new.is_full() {
                    new.hold(keys);
                }
                self.links.inserted(row, &mut self.schemas)
            })?;
        }
        let (mut current, mut memory) = (Vec::new(), Memory::default());
        self.read_again(records, again, |statement, row| {
            let keys = statement.keys_of(Side::New, row)?;
            memory.take(keys.iter().map(Key::bytes).sum());
            current.extend(keys);
            Ok(())
        })?;
        // What a record keeps stays; all that goes is gone before what is new comes, so that values can be swapped in one statement.
        delete(self.keys, &stale.keys)?;
        delete(self.keys, &current)?;
        if new.is_full() {
            self.insert_by_batches()?;
        } else {
            self.insert(&new.keys)?;
        }
        self.insert(&current)?;
        self.links.finish(&mut self.schemas)
    }

    /// Those of the two rows' keys that are not of both.
    fn keys_of_pair(&mut self, old: &TransitionRow, new: &TransitionRow) -> Result<(Vec<Key>, Vec<Key>)> {
        let (mut before, mut after) = (self.keys_of(Side::Old, old)?, self.keys_of(Side::New, new)?);
        if !self.rewritten.contains(new.uuid(self.id)) {
            after.retain(|key| match before.iter().position(|other| other == key) {
                Some(place) => {
                    before.swap_remove(place);
                    false
                }
                None => true,
            });
        }
        Ok((before, after))
    }

    /// The new keys of a statement that has too many to be held at once, read once more.
    fn insert_by_batches(&mut self) -> Result<()> {
        let call = self.call;
        let mut new = Batch::default();
        if call.event() == Event::Update {
            for_each_pair(&call, FUNCTION, |old, row| {
                if self.rewritten.contains(row.uuid(self.id)) {
                    return Ok(());
                }
                let (_, after) = self.keys_of_pair(old, row)?;
                new.take(after, |full| self.insert(full))
            })?;
        } else {
            for_each_row(&call, Side::New, FUNCTION, |row| {
                if self.rewritten.contains(row.uuid(self.id)) {
                    return Ok(());
                }
                let keys = self.keys_of(Side::New, row)?;
                new.take(keys, |full| self.insert(full))
            })?;
        }
        self.insert(&new.keys)
    }

    /// 23505 for a key that another record holds.
    fn insert(&mut self, new: &[Key]) -> Result<()> {
        match insert(self.keys, new)?.first() {
            Some(taken) => Err(self.duplicate(taken)?),
            None => Ok(()),
        }
    }

    /// Whether the row's record is rewritten; its id is kept then.
    fn note(&self, row: &TransitionRow, again: &mut Vec<TableId>) -> bool {
        let id = row.uuid(self.id);
        let is_rewritten = self.rewritten.contains(id);
        if is_rewritten {
            again.extend(id);
        }
        is_rewritten
    }

    /// Reads rewritten records, where they have keys or references.
    fn read_again(
        &mut self,
        records: OwnedTable,
        ids: Vec<TableId>,
        mut each: impl FnMut(&mut Self, &TransitionRow) -> Result<()>,
    ) -> Result<()> {
        if ids.is_empty() || !self.links.has_work() && !self.schemas.any(|schema| schema.has_unique) {
            return Ok(());
        }
        let rewritten: HashSet<TableId> = ids.iter().copied().collect();
        let mut renewal = self.links.begin_renewal(rewritten);
        let call = self.call;
        for_each_current(&call, records, ids, |row| {
            self.links.renew(row, &mut renewal, &mut self.schemas)?;
            each(self, row)
        })?;
        self.links.end_renewal(&renewal);
        Ok(())
    }

    /// Gives back the numbers of rows that were not stored.
    fn return_numbers(&mut self) -> Result<()> {
        let call = self.call;
        let mut stored: HashMap<(TableId, TableId), Vec<i64>> = HashMap::new();
        for_each_row(&call, Side::New, FUNCTION, |row| {
            work::step();
            let Some(table_id) = row.uuid(self.columns.table_id) else { return Ok(()) };
            let schema = self.schema(&table_id)?;
            let data = row.jsonb(self.columns.data);
            let Some(data) = data.as_ref().and_then(|data| data.value().as_object()) else { return Ok(()) };
            for column in autonumbers(&schema) {
                let Some(column_id) = column.uuid() else { continue };
                if let Some(number) = data.get(&column.name).and_then(whole) {
                    let numbers = stored.entry((table_id, column_id)).or_default();
                    if numbers.len() == numbers.capacity() {
                        work::reserve(numbers.len().saturating_mul(2 * size_of::<i64>()));
                    }
                    numbers.push(number);
                }
            }
            Ok(())
        })?;
        autonumber::end_statement(call.event(), stored)
    }

    /// The keys of a row; a deleted record has none.
    fn keys_of(&mut self, side: Side, row: &TransitionRow) -> Result<Vec<Key>> {
        let mut keys = Vec::new();
        let Some(table_id) = row.uuid(self.columns.table_id) else { return Ok(keys) };
        let schema = self.schema(&table_id)?;
        if !schema.has_unique || self.links.is_deleted(row) {
            return Ok(keys);
        }
        let (Some(record_id), Some(organization_id)) = (row.uuid(self.id), row.uuid(self.organization_id)) else {
            return Ok(keys);
        };
        let data = row.jsonb(self.columns.data);
        let data = data.as_ref().and_then(|data| data.value().as_object());
        // Before a rename was carried into the record the value was under the former key.
        let carried = under_way::carry(self.schemas.tables.relation(), &table_id).filter(|_| side == Side::Old);
        let value_in = |column: &Column| {
            let former = carried.as_ref().and_then(|carry| carry.former(&column.name));
            former.map_or_else(|| column.value_in(data?), |former| data?.get(former))
        };
        for column in schema.columns.iter().filter(|column| column.unique) {
            work::step();
            let common = column.common.and_then(|common| self.columns.commons[common as usize]);
            let text = common.and_then(|attribute| row.text(attribute));
            let value = match common {
                Some(_) => text.as_ref().map(|text| Value::String(text.as_bytes())),
                None => value_in(column),
            };
            let Some(value) = value.filter(|value| !column.rule.is_no_value(value)) else { continue };
            if let Some(text) = unique_key(column, value) {
                keys.push(Key { organization_id, table_id, column_id: column.key_id.clone(), key: text, record_id });
            }
        }
        Ok(keys)
    }

    fn duplicate(&mut self, key: &Key) -> Result<Error> {
        let schema = self.schema(&key.table_id)?;
        let Some(column) = schema.columns.iter().find(|column| column.key_id == key.column_id) else {
            return Ok(Error::unique_violation(format!("column {} must be unique", key.column_id)));
        };
        let message = "is taken: another record of this table has the same value".to_owned();
        let problem = Problem::of_column(
            column,
            Fault { at: String::new(), code: "unique", params: JsonObjectWriter::new(), message },
        );
        Ok(Error::unique_violation(problem.message())
            .detail(to_json(&[problem]))
            .hint("Values are compared without regard to case and width; telephone numbers in international form."))
    }
}

pub fn unique_key(column: &Column, value: Value<'_>) -> Option<String> {
    if column.unique { column.rule.unique_key(value) } else { None }
}

/// An index entry is of limited size: a longer key is kept as its digest.
pub(super) const STORED_KEY: &str = "CASE WHEN pg_catalog.length(input.key) OPERATOR(pg_catalog.>) 200 \
    THEN 'sha256:' OPERATOR(pg_catalog.||) pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(input.key, 'UTF8')), 'hex') \
    ELSE input.key END";

/// The records that have one of these values in a unique column, whoever may see them. The keys are nobody's to read; whose records they are is told to whoever
/// may read all of the records.
pub fn holders(
    records: Oid,
    stored: Oid,
    table_id: &TableId,
    key_id: &str,
    keys: &[String],
) -> Result<HashMap<String, TableId>> {
    let owner = OwnedTable::granted(records, Privilege::SelectAll)?.of_same_owner(stored)?;
    let sql = sql!("keys/holders.sql", keys = owner.quoted_name(), stored_key = STORED_KEY);
    let parameters = [Parameter::Uuid(*table_id), Parameter::Text(key_id), Parameter::Texts(keys)];
    let ask = || spi::query(&sql, &parameters, Mode::ReadLatest, |row| Some((row.text(1)?, row.uuid(2)?)));
    // Of a table that was empty when it was analyzed the server thinks that reading all of it for each key is the cheaper way.
    let found = owner.read(|| setting::with(c"enable_seqscan", "off", ask))?;
    Ok(found.into_iter().flatten().collect())
}

fn delete(keys: OwnedTable, stale: &[Key]) -> Result<()> {
    let sql = format!(
        "DELETE FROM {} AS stored \
         USING ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS input(record_id, column_id) \
         WHERE stored.record_id OPERATOR(pg_catalog.=) input.record_id AND stored.column_id OPERATOR(pg_catalog.=) input.column_id",
        keys.quoted_name()
    );
    for batch in stale.chunks(BATCH) {
        work::step();
        let records: Vec<TableId> = batch.iter().map(|key| key.record_id).collect();
        let columns: Vec<String> = batch.iter().map(|key| key.column_id.clone()).collect();
        let parameters = [Parameter::Uuids(&records), Parameter::Texts(&columns)];
        keys.write_and_remove(|| spi::execute(&sql, &parameters, Mode::Write))?;
    }
    Ok(())
}

/// Inserts the keys; answers those that another record holds. A session that inserts the same key waits for the other.
fn insert(keys: OwnedTable, new: &[Key]) -> Result<Vec<Key>> {
    let sql = format!(
        "INSERT INTO {} (organization_id, table_id, column_id, key, record_id) \
         SELECT input.organization_id, input.table_id, input.column_id, {STORED_KEY}, input.record_id \
         FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5)) \
         AS input(organization_id, table_id, column_id, key, record_id) \
         ORDER BY 2 USING OPERATOR(pg_catalog.<), 3 USING OPERATOR(pg_catalog.<), 4 USING OPERATOR(pg_catalog.<) \
         ON CONFLICT DO NOTHING RETURNING record_id, column_id",
        keys.quoted_name()
    );
    let mut taken = Vec::new();
    for batch in new.chunks(BATCH) {
        work::step();
        let uuids = |of: fn(&Key) -> TableId| batch.iter().map(of).collect::<Vec<_>>();
        let texts = |of: fn(&Key) -> &String| batch.iter().map(|key| of(key).clone()).collect::<Vec<_>>();
        let (organizations, tables, records) =
            (uuids(|key| key.organization_id), uuids(|key| key.table_id), uuids(|key| key.record_id));
        let (columns, values) = (texts(|key| &key.column_id), texts(|key| &key.key));
        let parameters = [
            Parameter::Uuids(&organizations),
            Parameter::Uuids(&tables),
            Parameter::Texts(&columns),
            Parameter::Texts(&values),
            Parameter::Uuids(&records),
        ];
        let inserted =
            keys.write(|| spi::query(&sql, &parameters, Mode::Write, |row| Some((row.uuid(1)?, row.text(2)?))))?;
        if inserted.len() == batch.len() {
            continue;
        }
        let inserted: HashSet<(TableId, String)> = inserted.into_iter().flatten().collect();
        taken.extend(batch.iter().filter(|key| !inserted.contains(&(key.record_id, key.column_id.clone()))).cloned());
    }
    Ok(taken)
}

/// What tells the keys of one definition of a column from those of another, by the columns' key ids.
fn key_forms(schema: &Schema) -> BTreeMap<String, String> {
    let unique = schema.columns.iter().filter(|column| column.unique);
    unique
        .map(|column| {
            let region = match &column.rule {
                Rule::Phone { region, .. } => region.clone().unwrap_or_default(),
                _ => String::new(),
            };
            (column.key_id.clone(), format!("{} {region}", column.kind))
        })
        .collect()
}

/// The keys of the records of a table, by these of its columns, under a condition whose parameters begin with `$2`.
pub fn stored_keys(
    records: OwnedTable,
    table_id: &TableId,
    columns: &[&Column],
    (condition, more): (&str, &[TableId]),
) -> Result<Vec<Key>> {
    let sql = sql!("keys/stored.sql", records = records.quoted_name(), condition = condition);
    let mut parameters = vec![Parameter::Uuid(*table_id)];
    parameters.extend(more.iter().map(|id| Parameter::Uuid(*id)));
    let stored = records.read(|| {
        spi::query(&sql, &parameters, Mode::WriteLatest, |row| {
            let (record_id, organization_id, data) = (row.uuid(1)?, row.uuid(2)?, row.jsonb(3)?);
            let data = Value::root(&data).as_object()?;
            let keys = columns.iter().filter_map(|column| {
                let value = column.value_in(data).filter(|value| !column.rule.is_no_value(value))?;
                let key = unique_key(column, value)?;
                Some(Key { organization_id, table_id: *table_id, column_id: column.key_id.clone(), key, record_id })
            });
            Some(keys.collect::<Vec<_>>())
        })
    })?;
    Ok(stored.into_iter().flatten().flatten().collect())
}

/// After a schema edit: makes the keys of columns that became unique and drops those that no longer are; a rename changes none. The editor's lock keeps writers
/// of the table's records off meanwhile.
pub fn rebuild_if_needed(tables: OwnedTable, id: &TableId, old: Option<&Schema>, new: &Schema) -> Result<()> {
    let old_forms = old.map(key_forms).unwrap_or_default();
    let new_forms = key_forms(new);
    if old_forms == new_forms {
        return Ok(());
    }
    let (Some(keys), Some(records)) = (tables.beside("record_keys")?, tables.beside("records")?) else {
        return Err(Error::undefined_object("unique columns need record_keys and records beside the tables relation")
            .hint("Both come with the blueprint custom_tables."));
    };
    let dropped: Vec<String> =
        old_forms.iter().filter(|(id, form)| new_forms.get(*id) != Some(form)).map(|(id, _)| id.clone()).collect();
    let sql = format!(
        "DELETE FROM {} WHERE table_id OPERATOR(pg_catalog.=) $1 AND column_id OPERATOR(pg_catalog.=) ANY ($2)",
        keys.quoted_name()
    );
    keys.write_and_remove(|| spi::execute(&sql, &[Parameter::Uuid(*id), Parameter::Texts(&dropped)], Mode::Write))?;
    let added: Vec<&Column> = new
        .columns
        .iter()
        .filter(|column| column.unique && old_forms.get(&column.key_id) != new_forms.get(&column.key_id))
        .collect();
    if added.is_empty() {
        return Ok(());
    }
    let all = stored_keys(records, id, &added, (live_condition(records.relation())?, &[]))?;
    let taken = insert(keys, &all)?;
    if taken.is_empty() {
        return Ok(());
    }
    let listed: Vec<String> = taken.iter().take(100).map(|key| format!("\"{}\"", uuid_text(&key.record_id))).collect();
    let name = added.iter().find(|column| column.key_id == taken[0].column_id).map_or("", |column| &column.name);
    Err(Error::unique_violation(format!("column \"{name}\" cannot be unique: {} records share a value", taken.len()))
        .detail(format!("[{}]", listed.join(",")))
        .hint("DETAIL lists the records whose value an earlier record has. Change them first."))
}
