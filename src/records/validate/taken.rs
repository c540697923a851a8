//! Unique values of deleted records that other records have taken by the time they come back.
use super::keys::{self, Key, STORED_KEY};
use super::links::BATCH;
use super::links::Schemas;
use crate::core::fields::{Faults, Rule};
use crate::core::jsonb::Value;
use crate::core::schema::{Column, Schema};
use crate::core::sql::{quoted, sql};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;
use std::collections::HashMap;

/// A deleted record, one of its unique columns, and the record that has the value by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub table_id: TableId,
    pub record_id: TableId,
    pub column: String,
    pub by: TableId,
}

/// The records of a relation whose trigger keeps unique values apart, and its helpers.
pub struct Records {
    records: OwnedTable,
    keys: OwnedTable,
    schemas: Schemas,
    /// The texts that were renamed, as they were.
    texts: HashMap<(TableId, String), String>,
}

/// How many texts are tried for one record.
const RENAMES: usize = 100;

impl Records {
    /// `None` for a relation without such a trigger.
    pub fn of(records: OwnedTable) -> Result<Option<Records>> {
        let sql = include_str!("../../../sql/queries/keys/trigger.sql");
        let of_records = [Parameter::Oid(records.relation())];
        let found = records.read(|| spi::query(sql, &of_records, Mode::ReadLatest, |row| row.texts(1)))?;
        let Some(arguments) = found.into_iter().next() else { return Ok(None) };
        let mut names = arguments.iter().map(String::as_str);
        let mut named = |default: &str| records.named(names.next().unwrap_or(default));
        let (tables, keys) = (named("tables")?, named("record_keys")?);
        Ok(Some(Records { records, keys, schemas: Schemas::of(tables), texts: HashMap::new() }))
    }

    /// What records of the deletion cannot have again.
    pub fn taken(&mut self, deletion: TableId) -> Result<Vec<Taken>> {
        let sql = sql!("keys/deleted_tables.sql", records = self.records.quoted_name());
        let found = self
            .records
            .read(|| spi::query(&sql, &[Parameter::Uuid(deletion)], Mode::WriteLatest, |row| row.uuid(1)))?;
        let mut all: Vec<Key> = Vec::new();
        for table_id in found.into_iter().flatten() {
            work::step();
            let Some(schema) = self.schemas.find(&table_id)?.filter(|schema| schema.has_unique) else { continue };
            let columns: Vec<&Column> = schema.columns.iter().filter(|column| column.unique).collect();
            let condition = ("AND record.deletion_id OPERATOR(pg_catalog.=) $2", &[deletion][..]);
            all.extend(keys::stored_keys(self.records, &table_id, &columns, condition)?);
        }
        let mut taken = self.taken_by_others(&all)?;
        // Two deletions may have become one, and hold the same value twice.
        let mut first: HashMap<(&TableId, &str, &str), &TableId> = HashMap::new();
        for key in &all {
            work::step();
            let by = first.entry((&key.table_id, &key.column_id, &key.key)).or_insert(&key.record_id);
            if **by != key.record_id {
                taken.push(key.taken_by(**by));
            }
        }
        for conflict in &mut taken {
            let schema = self.schemas.find(&conflict.table_id)?;
            let mut columns = schema.iter().flat_map(|schema| &schema.columns);
            if let Some(column) = columns.find(|column| column.key_id == conflict.column) {
                conflict.column.clone_from(&column.name);
            }
        }
        Ok(taken)
    }

    fn taken_by_others(&self, all: &[Key]) -> Result<Vec<Taken>> {
        let sql = sql!("keys/taken.sql", keys = self.keys.quoted_name(), stored_key = STORED_KEY);
        let mut taken = Vec::new();
        for batch in all.chunks(BATCH) {
            work::step();
            let tables: Vec<TableId> = batch.iter().map(|key| key.table_id).collect();
            let columns: Vec<String> = batch.iter().map(|key| key.column_id.clone()).collect();
            let values: Vec<String> = batch.iter().map(|key| key.key.clone()).collect();
            let parameters = [Parameter::Uuids(&tables), Parameter::Texts(&columns), Parameter::Texts(&values)];
            let found = self.keys.read(|| {
                spi::query(&sql, &parameters, Mode::WriteLatest, |row| Some((row.bigint(1)?, row.uuid(2)?)))
            })?;
            let key = |(place, by): (i64, TableId)| Some(batch.get((place - 1) as usize)?.taken_by(by));
            taken.extend(found.into_iter().flatten().filter_map(key));
        }
        Ok(taken)
    }

    /// Gives texts that are taken a number, in place of one that an earlier attempt gave; other types cannot be changed so.
    pub fn rename(&mut self, taken: &[Taken], attempt: usize) -> Result<()> {
        let mut by_column: HashMap<(TableId, &str), Vec<TableId>> = HashMap::new();
        for conflict in taken {
            work::step();
            by_column.entry((conflict.table_id, &conflict.column)).or_default().push(conflict.record_id);
        }
        for ((table_id, name), ids) in by_column {
            work::step();
            let schema = self.schemas.find(&table_id)?;
            let found = schema.as_ref().and_then(|schema| Some((schema, schema.column(name)?)));
            let Some((schema, column)) = found else {
                return Err(no_other(name, "it is gone"));
            };
            let Rule::Text(text) = &column.rule else {
                return Err(no_other(name, "only texts get a number"));
            };
            if attempt > RENAMES {
                return Err(no_other(name, &format!("{RENAMES} of them are taken, too")));
            }
            let before = self.texts_of(column, &ids)?;
            let suffix = format!(" ({attempt})");
            let room = text.max_length.map_or(usize::MAX, |most| (most as usize).saturating_sub(suffix.len()));
            if room == 0 {
                return Err(no_other(name, &format!("its max_length has no room for \"{suffix}\"")));
            }
            let fit = |text: &String| without_number(text).chars().take(room).collect::<String>() + &suffix;
            let values: Vec<String> = before.iter().map(|(_, text)| fit(text)).collect();
            if let Some(value) = values.iter().find(|value| !is_valid(schema, column, value)) {
                return Err(no_other(name, &format!("\"{value}\" would break its rules")));
            }
            let ids: Vec<TableId> = before.into_iter().map(|(id, _)| id).collect();
            let set = match column.common {
                Some(common) => format!("{} = input.value", quoted(common.name())),
                None => {
                    "data = pg_catalog.jsonb_set(target.data, ARRAY[$1], pg_catalog.to_jsonb(input.value))".to_owned()
                }
            };
            let sql = sql!("keys/rename.sql", records = self.records.quoted_name(), set = set);
            let parameters = [Parameter::Text(name), Parameter::Uuids(&ids), Parameter::Texts(&values)];
            self.records.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
        }
        Ok(())
    }

    /// The texts of records in a column, as they were before they were renamed.
    fn texts_of(&mut self, column: &Column, ids: &[TableId]) -> Result<Vec<(TableId, String)>> {
        let value = match column.common {
            Some(common) => format!("record.{}", quoted(common.name())),
            None => "record.data OPERATOR(pg_catalog.->>) $1".to_owned(),
        };
        let sql = sql!("keys/values.sql", records = self.records.quoted_name(), value = value);
        let parameters = [Parameter::Text(&column.name), Parameter::Uuids(ids)];
        let found = self
            .records
            .read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| Some((row.uuid(1)?, row.text(2)?))))?;
        let known = |(id, text): (TableId, String)| {
            let text = self.texts.entry((id, column.name.clone())).or_insert(text);
            (id, text.clone())
        };
        Ok(found.into_iter().flatten().map(known).collect())
    }
}

/// The error of a value that is taken and cannot be another one.
fn no_other(column: &str, why: &str) -> Error {
    Error::unique_violation(format!("no other value was found for column \"{column}\": {why}")).hint(
        "Change the records that took the values. on_conflict => 'skip' leaves these records deleted and restores the others.",
    )
}

/// A text without the number that a restore put behind it before.
fn without_number(text: &str) -> &str {
    let number = || {
        let (kept, number) = text.strip_suffix(')')?.rsplit_once(" (")?;
        let is_number = matches!(number.len(), 1..=3)
            && number.bytes().all(|digit| digit.is_ascii_digit())
            && !number.starts_with('0');
        is_number.then_some(kept)
    };
    number().unwrap_or(text)
}

/// Whether a column takes the value, by its own rule and by what records ask of it as a common field.
fn is_valid(schema: &Schema, column: &Column, value: &str) -> bool {
    let value = Value::String(value.as_bytes());
    let mut faults = Faults::first();
    column.rule.check(&value, &schema.statuses, &mut faults);
    if let Some(rule) = column.common.and_then(|common| schema.implied(common, Some(column))) {
        rule.check(&value, &schema.statuses, &mut faults);
    }
    faults.is_empty()
}

impl Key {
    /// The column by its key id, for which the caller puts the name.
    fn taken_by(&self, by: TableId) -> Taken {
        Taken { table_id: self.table_id, record_id: self.record_id, column: self.column_id.clone(), by }
    }
}
