//! Renames carried into the records: the name of a column, of a choice and of a status.
//!
//! A column, a choice and a status each keep their id under a new name. The statement that gives them the new name gives it to all the
//! records that hold the old one, so that no value is orphaned, whoever renames by whatever statement. While `renamed_from` names a column's former
//! name, records may hold the value under either: `rename_column_in_batches` moves them little by little.
use crate::core::fields::Rule;
use crate::core::fields::identifier::uuid_text;
use crate::core::jsonb::{JsonObjectWriter, Object, Value};
use crate::core::schema::{self, Common};
use crate::core::sql::{SharedFragments, sql};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Jsonb, JsonbResult};
use crate::pg::operation::{self, OperationGuard};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights::{self, OwnedTable, Privilege};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::transition::{TransitionRow, for_each_pair};
use crate::pg::trigger::{Call, Columns};
use crate::records::catalog::{self, TableId};
use crate::records::hold;
use crate::records::under_way::{Carry, Names};
use pgrx::iter::TableIterator;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{JSONBOID, Oid, TEXTOID, UUIDOID};
use pgrx::{Uuid, name, pg_extern};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// What one statement renames in one table.
#[derive(Debug, Default)]
pub struct Renames {
    /// Keys of `data`.
    keys: Names,
    /// Choices, by the key that records hold them under.
    choices: BTreeMap<String, Names>,
    /// The same of common fields, by the field.
    commons: BTreeMap<String, Names>,
    /// Statuses.
    statuses: Names,
    /// Columns that end to have a former name, with it.
    ended: Names,
    /// Keys of `data` that get another name, those that keep the old one as `renamed_from` among them.
    named: Names,
    /// Names by the former names under which records may still hold the value.
    kept: Names,
    /// The columns whose values change or move, by the names that they have now.
    columns: BTreeSet<String>,
}

/// A rename_column under way, which counts the records that it changes.
struct RenamedRecords(Cell<i64>);

/// What an UPDATE of table_columns or table_statuses renames, by table.
pub fn renames(call: &Call<'_>, function: &str) -> Result<BTreeMap<TableId, Renames>> {
    let is_columns = call.attribute("type").is_some();
    let (id, table_id) = (call.required_attribute("id", &[UUIDOID])?, call.required_attribute("table_id", &[UUIDOID])?);
    let text = |name: &str| call.attribute(name).filter(|attribute| attribute.kind == TEXTOID);
    let (name, kind, former) = (call.required_attribute("name", &[TEXTOID])?, text("type"), text("renamed_from"));
    let options = call.attribute("options").filter(|attribute| attribute.kind == JSONBOID);
    let mut all: BTreeMap<TableId, Renames> = BTreeMap::new();
    for_each_pair(call, function, |old, new| {
        crate::core::work::step();
        let is_same = old.uuid(id) == new.uuid(id) && old.uuid(table_id) == new.uuid(table_id);
        let (Some(table), true) = (new.uuid(table_id), is_same) else { return Ok(()) };
        let (before, after) = (old.text(name).unwrap_or_default(), new.text(name).unwrap_or_default());
        let renames = all.entry(table).or_default();
        if !is_columns {
            if before != after {
                renames.statuses.insert(before, after);
            }
            return Ok(());
        }
        let former_of = |row: &TransitionRow| former.and_then(|attribute| row.text(attribute));
        let (former_before, former_after) = (former_of(old), former_of(new));
        if before != after && Common::named(&before).is_none() {
            renames.named.insert(before.clone(), after.clone());
        }
        if let Some(former) = former_after.clone().filter(|_| former_after != former_before) {
            renames.kept.insert(former, after.clone());
        }
        for key in [Some(before.clone()), former_before.clone()].into_iter().flatten() {
            let is_read = key == after || Some(&key) == former_after.as_ref();
            if is_read || Common::named(&key).is_some() || Common::named(&after).is_some() {
                continue;
            }
            if Some(&key) == former_before.as_ref() && before == after {
                renames.ended.insert(key.clone(), after.clone());
            }
            renames.columns.insert(after.clone());
            renames.keys.insert(key, after.clone());
        }
        let list = |row: &TransitionRow| {
            let kind = kind.and_then(|attribute| row.text(attribute)).unwrap_or_default();
            let options = options.and_then(|attribute| row.jsonb(attribute));
            if matches!(kind.as_str(), "select" | "multi_select") { choices(options.as_ref()) } else { Vec::new() }
        };
        let names = renamed_choices(list(old), list(new));
        if !names.is_empty() {
            renames.columns.insert(after);
            if Common::named(&before).is_some() {
                renames.commons.insert(before, names);
            } else {
                // Records hold them under the column's name, or still under the one that it had before.
                renames.choices.extend(former_before.map(|former| (former, names.clone())));
                renames.choices.insert(before, names);
            }
        }
        Ok(())
    })?;
    all.retain(|_, renames| !renames.is_empty() || !renames.named.is_empty() || !renames.kept.is_empty());
    Ok(all)
}

/// The choices that have an id: id and name.
fn choices(options: Option<&Jsonb<'_>>) -> Vec<(String, String)> {
    let list = options.and_then(|options| options.value().as_object()).and_then(|options| options.get("choices"));
    let Some(list) = list.and_then(Value::as_array) else { return Vec::new() };
    let text = |object: Object<'_>, key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
    let named = |item: Value<'_>| {
        let object = item.as_object()?;
        Some((text(object, "id")?, text(object, "name")?))
    };
    list.iter().filter_map(named).collect()
}

/// The names of choices that have another one under the same id. Of two with one id the first has it, before and after.
fn renamed_choices(old: Vec<(String, String)>, new: Vec<(String, String)>) -> Names {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut known = BTreeMap::new();
    for (id, name) in new {
        work::step();
        known.entry(id).or_insert(name);
    }
    let mut seen = BTreeSet::new();
    for (id, name) in old {
        work::step();
        if !seen.insert(id.clone()) {
            continue;
        }
        if let Some(now) = known.get(&id).filter(|now| **now != name) {
            names.insert(name, now.clone());
        }
    }
    names
}

/// The default of a column whose choices are renamed, as a document; none where it stays.
pub fn renamed_default(default: Value<'_>, old: Option<&Jsonb<'_>>, new: Option<&Jsonb<'_>>) -> Option<JsonbResult> {
    let names = renamed_choices(choices(old), choices(new));
    let renamed = |value: Value<'_>| names.get(value.as_str()?);
    let write = |value: Value<'_>| {
        let mut text = String::new();
        match renamed(value) {
            Some(name) => crate::core::jsonb::quote(name, &mut text),
            None => crate::core::jsonb::write(value, &mut text),
        }
        text
    };
    match default {
        Value::Array(items) if items.iter().any(|item| renamed(item).is_some()) => {
            let items: Vec<String> = items.iter().map(write).collect();
            Some(JsonbResult::parse(&format!("[{}]", items.join(","))))
        }
        value if renamed(value).is_some() => Some(JsonbResult::parse(&write(value))),
        _ => None,
    }
}

/// 0A000 for what no rename can do: a value would have to move between `data` and a column of the records.
pub fn refuse_common(from: &str, to: &str) -> Result<()> {
    if [from, to].into_iter().all(|name| Common::named(name).is_none()) {
        return Ok(());
    }
    Err(Error::not_supported(format!("column \"{from}\" cannot become \"{to}\""))
        .hint("name, email, company and status are columns of the records table, not keys of data."))
}

fn json(names: &Names) -> String {
    names.iter().fold(JsonObjectWriter::new(), |members, (from, to)| members.text(from, to)).object()
}

fn json_of_each(each: &BTreeMap<String, Names>) -> String {
    each.iter().fold(JsonObjectWriter::new(), |members, (key, names)| members.json(key, json(names))).object()
}

impl Renames {
    fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.choices.is_empty() && self.commons.is_empty() && self.statuses.is_empty()
    }

    /// Whether there is nothing but former names that end.
    fn only_ends(&self) -> bool {
        self.keys == self.ended && self.choices.is_empty() && self.commons.is_empty() && self.statuses.is_empty()
    }

    /// Statuses stand in the records' own column and in columns of type status.
    fn spread_statuses(&mut self, tables: OwnedTable, id: &TableId) -> Result<()> {
        if self.statuses.is_empty() {
            return Ok(());
        }
        let Some(source) = catalog::latest_schema(tables, id)? else { return Ok(()) };
        let schema = schema::read(Value::root(&source))?;
        for column in schema.columns.iter().filter(|column| matches!(column.rule, Rule::Status)) {
            work::step();
            self.columns.insert(column.name.clone());
            match column.common {
                Some(common) => _ = self.commons.insert(common.name().to_owned(), self.statuses.clone()),
                None => {
                    let former = column.former.iter().cloned();
                    self.choices.extend(former.chain([column.name.clone()]).map(|key| (key, self.statuses.clone())));
                }
            }
        }
        let column = schema.column(Common::Status.name());
        if column.is_none() || schema.implied(Common::Status, column).is_some() {
            self.columns.insert(Common::Status.name().to_owned());
            self.commons.insert(Common::Status.name().to_owned(), self.statuses.clone());
        }
        Ok(())
    }
}

/// The records that hold what is renamed, and the queries on them.
pub struct Affected {
    tables: OwnedTable,
    table_id: TableId,
    records: OwnedTable,
    renames: Renames,
    /// The parameters $2 to $4.
    documents: [spi::Value; 3],
}

impl Affected {
    /// None where there is nothing to carry: there are no records, or none that still has a value under a former name that ends.
    pub fn find(tables: OwnedTable, table_id: TableId, mut renames: Renames) -> Result<Option<Affected>> {
        let Some(records) = tables.beside("records")? else { return Ok(None) };
        refuse_uncovered(records, &renames.named)?;
        if renames.is_empty() && renames.kept.is_empty() {
            return Ok(None);
        }
        renames.spread_statuses(tables, &table_id)?;
        let documents = [json(&renames.keys), json_of_each(&renames.choices), json_of_each(&renames.commons)]
            .map(|text| JsonbResult::parse(&text).to_value());
        let affected = Affected { tables, table_id, records, renames, documents };
        // Whoever writes a record moves its values, so that no record comes by the former name any more.
        if affected.renames.kept.is_empty()
            && affected.renames.only_ends()
            && records.read(|| hold::Records::count(&affected))? == 0
        {
            return Ok(None);
        }
        Ok(Some(affected))
    }

    /// Runs one of the queries below.
    fn query(&self, sql: &str) -> Result<i64> {
        let [keys, choices, commons] = &self.documents;
        let parameters = [
            Parameter::Uuid(self.table_id),
            Parameter::Value(keys),
            Parameter::Value(choices),
            Parameter::Value(commons),
        ];
        let found = spi::query(sql, &parameters, Mode::Write, |row| row.bigint(1))?;
        Ok(found.into_iter().flatten().next().unwrap_or(0))
    }

    /// Locks the records and the schema, and refuses what cannot be renamed.
    pub fn hold(&self) -> Result<()> {
        if self.renames.is_empty() {
            return Ok(());
        }
        hold::records(self.tables.relation(), &self.table_id, self.records, self)?;
        if self.renames.keys.is_empty() {
            return Ok(());
        }
        let count = self.records.read(|| self.query(&sql!("carry/collisions.sql", ..self)))?;
        if count == 0 {
            return Ok(());
        }
        let names: Vec<String> = self.renames.keys.values().map(|name| format!("\"{name}\"")).collect();
        Err(Error::unique_violation(format!("{count} records have a value under {} already", names.join(", ")))
            .hint("Move or remove those values first; nothing was renamed."))
    }

    /// 23505 where records hold values under the former name of a column and under its name: one of the two would be lost. The schema is locked.
    fn refuse_two_values(&self) -> Result<()> {
        for (former, name) in &self.renames.kept {
            work::step();
            let sql = sql!("carry/two_values.sql", records = self.records.quoted_name());
            let parameters = [Parameter::Uuid(self.table_id), Parameter::Text(former), Parameter::Text(name)];
            let found = self.records.read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| row.bigint(1)))?;
            let count = found.into_iter().flatten().next().unwrap_or(0);
            if count > 0 {
                return Err(Error::unique_violation(format!(
                    "{count} records have a value under \"{former}\" and another under \"{name}\""
                ))
                .hint("Move or remove one of the two first; nothing was renamed."));
            }
        }
        Ok(())
    }

    /// Defaults that name a status follow it.
    pub fn rename_defaults(&self) -> Result<()> {
        if self.renames.statuses.is_empty() {
            return Ok(());
        }
        let Some(columns) = self.tables.beside("table_columns")? else { return Ok(()) };
        let sql = sql!("carry/defaults.sql", table_columns = columns.quoted_name());
        let names = JsonbResult::parse(&json(&self.renames.statuses)).to_value();
        let parameters = [Parameter::Uuid(self.table_id), Parameter::Value(&names)];
        columns.write(|| spi::execute(&sql, &parameters, Mode::Write)).map(|_| ())
    }

    /// Gives the records their new keys and names, under the schema that has them.
    pub fn carry(&self) -> Result<()> {
        self.refuse_two_values()?;
        if self.renames.is_empty() {
            return Ok(());
        }
        let moved = self.records.write(|| {
            let _carrying = OperationGuard::begin(self.operation());
            self.query(&sql!("carry/move.sql", ..self))
        })?;
        if let Some(RenamedRecords(count)) = operation::of_trigger().as_deref() {
            count.set(count.get().saturating_add(moved));
        }
        Ok(())
    }

    fn operation(&self) -> Carry {
        Carry {
            tables: self.tables.relation(),
            table_id: self.table_id,
            keys: self.renames.keys.clone(),
            columns: self.renames.columns.iter().cloned().collect(),
        }
    }
}

impl SharedFragments for Affected {
    const NAMES: &'static [&'static str] = &["condition", "records"];

    fn fragments(&self) -> Vec<String> {
        vec![include_str!("../../../sql/queries/carry/condition.sql").to_owned(), self.records.quoted_name()]
    }
}

/// 55000 where the audit log covers a key under its old name and would write it down in clear under the new one.
pub fn refuse_uncovered(records: OwnedTable, named: &Names) -> Result<()> {
    if named.is_empty() {
        return Ok(());
    }
    let sql = include_str!("../../../sql/queries/carry/uncovered.sql");
    let (from, to): (Vec<String>, Vec<String>) = named.clone().into_iter().unzip();
    let parameters = [Parameter::Oid(records.relation()), Parameter::Texts(&from), Parameter::Texts(&to)];
    let read = || spi::query(sql, &parameters, Mode::ReadLatest, |row| Some((row.text(1)?, row.text(2)?)));
    // As the owner: the caller may have no right to use the schema that the query names.
    let found = records.read(read)?;
    let Some((covered, needed)) = found.into_iter().flatten().next() else { return Ok(()) };
    let name = records.quoted_name();
    Err(Error::prerequisite_state(format!(
        "the audit of {name} redacts \"{covered}\" and would log it as \"{needed}\""
    ))
    .hint(format!(
        "Redact \"{needed}\", too, by rowkit.enable_audit({name}, redact => …), and rename the column then."
    )))
}

impl hold::Records for Affected {
    fn count(&self) -> Result<i64> {
        self.query(&sql!("carry/count.sql", ..self))
    }

    fn take(&self) -> Result<i64> {
        self.query(&sql!("carry/hold.sql", ..self))
    }
}

#[pg_extern(sql = false)]
fn rename_column(
    table_id: Option<Uuid>,
    from_name: Option<&str>,
    to_name: Option<&str>,
    tables: Option<Regclass>,
) -> Result<i64, ErrorReport> {
    let table_id = *table_id.ok_or_else(|| Error::required("table_id"))?.as_bytes();
    let from = from_name.ok_or_else(|| Error::required("from_name"))?;
    let to = to_name.ok_or_else(|| Error::required("to_name"))?;
    refuse_common(from, to)?;
    let columns = beside(catalog::tables_relation(tables)?, "table_columns")?;
    let sql = sql!("carry/define.sql", table_columns = relation::quoted_name(columns));
    let parameters = [Parameter::Uuid(table_id), Parameter::Text(from), Parameter::Text(to)];
    let counting = OperationGuard::begin(RenamedRecords(Cell::new(0)));
    if rights::as_caller(columns, || spi::query(&sql, &parameters, Mode::Write, |_| ()))?.is_empty() {
        return Err(super::refusal::not_changed(columns, &table_id, from, "rename")?.into());
    }
    Ok(counting.what().0.get())
}

fn beside(tables: Oid, name: &str) -> Result<Oid> {
    rights::required_beside(tables, name, "Renaming is for the tables of the blueprint custom_tables.")
}

/// 42501 for a caller who may not change the column's definition: values move as part of its rename.
fn require_editor(columns: Oid, table_id: TableId, name: &str) -> Result<()> {
    let sql = sql!("carry/editable.sql", table_columns = relation::quoted_name(columns));
    let parameters = [Parameter::Uuid(table_id), Parameter::Text(name)];
    let found = rights::as_caller(columns, || spi::query(&sql, &parameters, Mode::Write, |_| ()))?;
    if found.is_empty() {
        return Err(Error::insufficient_privilege(format!("column \"{name}\" is not yours to rename"))
            .hint("Its values are moved by a role that may UPDATE it in table_columns."));
    }
    Ok(())
}

/// Moves values of at most so many records from a column's former name to the one of today: how many, the last record, and whether any record is
/// left; that is only looked at when there was none after `after`.
#[pg_extern(sql = false)]
#[allow(clippy::type_complexity, reason = "the columns of a result")]
fn move_renamed_values(
    table_id: Option<Uuid>,
    column_name: Option<&str>,
    after: Option<Uuid>,
    batch_size: Option<i64>,
    tables: Option<Regclass>,
) -> Result<TableIterator<'static, (name!(moved, i64), name!(last_id, Option<Uuid>), name!(are_left, bool))>, ErrorReport>
{
    let table_id = *table_id.ok_or_else(|| Error::required("table_id"))?.as_bytes();
    let column_name = column_name.ok_or_else(|| Error::required("column_name"))?;
    let tables = catalog::tables_relation(tables)?;
    // Raises when the table is not there or not visible.
    let schema = catalog::schema_for_reading(tables, &table_id)?;
    let column = schema.column(column_name).ok_or_else(|| {
        Error::conflict(format!("table {} has no column \"{column_name}\" any more", uuid_text(&table_id)))
            .hint(
                "It was renamed or deleted while its values moved. renamed_from in table_columns names a rename that is not finished: \
                 CALL rename_column_in_batches() with that name and the one of today goes on.",
            )
    })?;
    let Some(former) = column.former.as_deref() else { return Ok(TableIterator::once((0, None, false))) };
    require_editor(beside(tables, "table_columns")?, table_id, column_name)?;
    let records = OwnedTable::granted(beside(tables, "records")?, Privilege::Update("data"))?;
    let home =
        format!("SELECT organization_id FROM {} WHERE id OPERATOR(pg_catalog.=) $1", relation::quoted_name(tables));
    let of_table = [Parameter::Uuid(table_id)];
    let read = || spi::query(&home, &of_table, Mode::Read, |row| row.uuid(1));
    let organization = rights::reading_as_caller(tables, read)?.into_iter().flatten().next();
    let Some(organization) = organization else { return Ok(TableIterator::once((0, None, false))) };
    let batch = [
        Parameter::Uuid(table_id),
        Parameter::Text(former),
        Parameter::Text(column_name),
        Parameter::Uuid(organization),
        Parameter::Uuid(after.map_or([0; 16], |after| *after.as_bytes())),
        Parameter::Bigint(batch_size.unwrap_or(1).max(1)),
    ];
    let carry = Carry {
        tables,
        table_id,
        keys: Names::from([(former.to_owned(), column_name.to_owned())]),
        columns: vec![column_name.to_owned()],
    };
    let moved = records.write(|| {
        let _carrying = OperationGuard::begin(carry);
        let sql = sql!("carry/batch.sql", records = records.quoted_name());
        spi::query(&sql, &batch, Mode::Write, |row| (row.bigint(1).unwrap_or(0), row.uuid(2)))
    })?;
    let (count, last) = moved.into_iter().next().unwrap_or((0, None));
    let are_left = count == 0 && {
        let sql = sql!("carry/left.sql", records = records.quoted_name());
        let parameters = [Parameter::Uuid(table_id), Parameter::Text(former), Parameter::Uuid(organization)];
        records.read(|| spi::query(&sql, &parameters, Mode::ReadLatest, |row| row.boolean(1)))?.pop().flatten()
            == Some(true)
    };
    Ok(TableIterator::once((count, last.map(Uuid::from_bytes), are_left)))
}
