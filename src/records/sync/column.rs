//! delete_column and restore_column: a column that is deleted keeps its values until they are purged.
//!
//! A trigger on `table_columns` moves the values out of the records into `column_change_values` when a definition goes, and back when a
//! definition of that id comes, whoever deletes and inserts it.
use super::carry;
use super::refusal::not_changed;
use crate::core::fields::identifier::uuid_text;
use crate::core::schema::Common;
use crate::core::sql::{SharedFragments, quoted, sql};
use crate::core::work;
use crate::identity::claims::Identity;
use crate::pg::call::FunctionCallInfo;
use crate::pg::error::{Error, Notice, Result};
use crate::pg::operation::{self, OperationGuard};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::transition;
use crate::pg::trigger::{Answer, Call, Event, Timing};
use crate::records::catalog::{self, TableId};
use crate::records::under_way::{Moving, Names};
use crate::records::validate::links;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{Oid, TEXTOID, UUIDOID};
use pgrx::{Uuid, pg_extern};
use std::cell::Cell;

/// Whether what a record held is a value: null, "" and [] are none.
const IS_VALUE: &str = "(kept.value OPERATOR(pg_catalog.=) 'null' OR kept.value OPERATOR(pg_catalog.=) '\"\"' \
    OR kept.value OPERATOR(pg_catalog.=) '[]') IS NOT TRUE";

/// How many values, null, "" and [] left out, a call of delete_column or restore_column moved.
struct MovedValues(Cell<i64>);

/// The tables that a change of a column's definition touches.
struct Home {
    tables: OwnedTable,
    records: OwnedTable,
    changes: OwnedTable,
    values: OwnedTable,
}

/// A definition that goes or comes.
struct Definition {
    id: TableId,
    organization_id: TableId,
    table_id: TableId,
    name: String,
    document: String,
}

/// SQL on a column that is deleted or comes back, and the tables beside it.
struct OfColumn<'h> {
    home: &'h Home,
    /// Expressions, in this order: the value; whether the record has one; the SET that clears it; the SET that restores it; whether it is empty.
    sql: [String; 5],
}

impl SharedFragments for OfColumn<'_> {
    const NAMES: &'static [&'static str] =
        &["value", "is_held", "set_empty", "set_back", "is_empty", "is_value", "records", "values"];

    fn fragments(&self) -> Vec<String> {
        let home = [IS_VALUE.to_owned(), self.home.records.quoted_name(), self.home.values.quoted_name()];
        self.sql.iter().cloned().chain(home).collect()
    }
}

impl Home {
    fn of(call: &Call<'_>) -> Result<Home> {
        let columns = OwnedTable::of_trigger(call)?;
        let beside = |name: &str| {
            columns.beside(name)?.ok_or_else(|| {
                Error::undefined_object(format!("there is no {name} beside {}", columns.quoted_name()))
                    .hint("It comes with the blueprint custom_tables: install it again to make what is missing.")
            })
        };
        Ok(Home {
            tables: beside("tables")?,
            records: beside("records")?,
            changes: beside("column_changes")?,
            values: beside("column_change_values")?,
        })
    }

    /// The home's names in a query, and SQL on a column of this name.
    fn column(&self, name: &str) -> OfColumn<'_> {
        let sql = match Common::named(name) {
            Some(_) => {
                let column = quoted(name);
                [
                    format!("pg_catalog.to_jsonb(record.{column})"),
                    format!("record.{column} IS NOT NULL"),
                    format!("{column} = NULL"),
                    format!("{column} = held.value OPERATOR(pg_catalog.#>>) '{{}}'"),
                    format!("record.{column} IS NULL"),
                ]
            }
            None => [
                "record.data OPERATOR(pg_catalog.->) $3".to_owned(),
                "record.data OPERATOR(pg_catalog.?) $3".to_owned(),
                "data = record.data OPERATOR(pg_catalog.-) $3".to_owned(),
                "data = record.data OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object($3, held.value)".to_owned(),
                "NOT record.data OPERATOR(pg_catalog.?) $3".to_owned(),
            ],
        };
        OfColumn { home: self, sql }
    }

    /// Whether the table is there: one that goes takes its records and columns with it.
    fn has_table(&self, id: &TableId) -> Result<bool> {
        let sql = format!("SELECT FROM {} AS home WHERE home.id OPERATOR(pg_catalog.=) $1", self.tables.quoted_name());
        let found = self.tables.read(|| spi::query(&sql, &[Parameter::Uuid(*id)], Mode::WriteLatest, |_| ()))?;
        Ok(!found.is_empty())
    }

    /// Brings the table's schema up to date, which holds writers of its records off until the transaction ends: values come and go with their column.
    fn sync(&self, table_id: &TableId) -> Result<()> {
        let tables = self.tables.relation();
        self.tables.write(|| super::rebuild(tables, &super::hold_rows(tables, &[*table_id])?)).map(|_| ())
    }

    fn moving(&self, table_id: &TableId, name: &str) -> Moving {
        Moving { tables: self.tables.relation(), table_id: *table_id, name: name.to_owned() }
    }

    /// Moves the values of a column out of the records.
    fn take_out(&self, definition: &Definition) -> Result<i64> {
        let Definition { id, organization_id, table_id, name, document } = definition;
        self.sync(table_id)?;
        let change = crate::pg::uuid::next()?;
        let changed_by = Value::uuid(Identity::current().user_id());
        let sql = sql!("columns/note.sql", changes = self.changes.quoted_name());
        let parameters = [
            Parameter::Uuid(change),
            Parameter::Uuid(*organization_id),
            Parameter::Uuid(*table_id),
            Parameter::Uuid(*id),
            Parameter::Text(document),
            Parameter::Value(&changed_by),
        ];
        self.changes.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
        let parameters = [Parameter::Uuid(change), Parameter::Uuid(*table_id), Parameter::Text(name)];
        let sql = sql!("columns/hold.sql", ..self.column(name));
        let count = self.values.write(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| row.bigint(1)))?;
        let sql = sql!("columns/empty.sql", ..self.column(name));
        {
            let _moving = OperationGuard::begin(self.moving(table_id, name));
            self.records.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
        }
        let count = count.into_iter().flatten().next().unwrap_or(0);
        let sql = sql!("columns/count.sql", changes = self.changes.quoted_name());
        let parameters = [Parameter::Uuid(change), Parameter::Bigint(count)];
        self.changes.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
        Ok(count)
    }

    /// Moves the values of a column back into the records that have none under its name.
    fn put_back(&self, definition: &Definition) -> Result<i64> {
        let Definition { id, table_id, name, document, .. } = definition;
        let sql = sql!("columns/last.sql", changes = self.changes.quoted_name());
        let parameters = [Parameter::Uuid(*id), Parameter::Uuid(*table_id), Parameter::Text(document)];
        let found = self
            .changes
            .read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| Some((row.uuid(1)?, row.text(2)?))))?;
        let Some((change, former)) = found.into_iter().flatten().next() else { return Ok(0) };
        if former != *name {
            carry::refuse_uncovered(self.records, &Names::from([(former, name.clone())]))?;
        }
        self.sync(table_id)?;
        let parameters = [Parameter::Uuid(change), Parameter::Uuid(*table_id), Parameter::Text(name)];
        let sql = sql!("columns/put_back.sql", ..self.column(name));
        let back = {
            let _moving = OperationGuard::begin(self.moving(table_id, name));
            let put_back =
                || spi::query(&sql, &parameters, Mode::WriteLatest, |row| Some((row.bigint(1)?, row.bigint(2)?)));
            self.values.write_and_remove(|| self.records.write(put_back))?
        };
        let sql = sql!("columns/restored.sql", changes = self.changes.quoted_name());
        self.changes.write(|| spi::execute(&sql, &[Parameter::Uuid(change)], Mode::WriteLatest))?;
        links::put_back_column(self.records, self.tables, *id)?;
        let (back, left) = back.into_iter().flatten().next().unwrap_or_default();
        if left > 0 {
            let (records, keep) = if left == 1 { ("record", "keeps") } else { ("records", "keep") };
            Notice::new(format!(
                "{left} {records} {keep} the value that was written in \"{name}\" since the column was deleted"
            ))
            .hint("What they held before stays in column_change_values until purge_deleted_columns() removes it.")
            .send();
        }
        Ok(back)
    }
}

#[pg_extern(sql = false)]
fn keep_column_values(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, "keep_column_values()", Timing::AfterStatement, &[Event::Insert, Event::Delete])?;
    let is_delete = call.event() == Event::Delete;
    for (name, kind) in [("id", UUIDOID), ("organization_id", UUIDOID), ("table_id", UUIDOID), ("name", TEXTOID)] {
        work::step();
        call.required_attribute(name, &[kind])?;
    }
    let sql = sql!("columns/touched.sql", touched = if is_delete { "old_rows" } else { "new_rows" });
    // As the owner: a document of the row runs casts of its types.
    let definitions = OwnedTable::of_trigger(&call)?.read(|| {
        transition::query_touched(&call, &sql, |row| {
            Some(Definition {
                id: row.uuid(1)?,
                organization_id: row.uuid(2)?,
                table_id: row.uuid(3)?,
                name: row.text(4)?,
                document: row.text(5)?,
            })
        })
    })?;
    let definitions: Vec<Definition> = definitions.into_iter().flatten().collect();
    if definitions.is_empty() {
        return Ok(call.nothing());
    }
    let home = Home::of(&call)?;
    let mut moved: i64 = 0;
    for definition in &definitions {
        work::step();
        if home.has_table(&definition.table_id)? {
            let count = if is_delete { home.take_out(definition)? } else { home.put_back(definition)? };
            moved = moved.saturating_add(count);
        }
    }
    if let Some(MovedValues(counting)) = operation::of_trigger().as_deref() {
        counting.set(moved);
    }
    Ok(call.nothing())
}

/// The table of that name beside the relation of schemas.
fn beside(tables: Oid, name: &str) -> Result<Oid> {
    let hint = "The columns of tables of the blueprint custom_tables can be deleted and restored.";
    rights::required_beside(tables, name, hint)
}

/// Runs a statement on `table_columns` with the caller's rights, and returns how many rows it changed and how many values its triggers moved.
fn counted(columns: Oid, sql: &str, parameters: &[Parameter<'_>]) -> Result<(u64, i64)> {
    let counting = OperationGuard::begin(MovedValues(Cell::new(0)));
    let changed = rights::as_caller(columns, || spi::execute(sql, parameters, Mode::Write))?;
    Ok((changed, counting.what().0.get()))
}

#[pg_extern(sql = false)]
fn delete_column(
    table_id: Option<Uuid>,
    column_name: Option<&str>,
    tables: Option<Regclass>,
) -> Result<i64, ErrorReport> {
    let table_id = *table_id.ok_or_else(|| Error::required("table_id"))?.as_bytes();
    let name = column_name.ok_or_else(|| Error::required("column_name"))?;
    let columns = beside(catalog::tables_relation(tables)?, "table_columns")?;
    let sql = sql!("columns/delete.sql", table_columns = relation::quoted_name(columns));
    let (deleted, moved) = counted(columns, &sql, &[Parameter::Uuid(table_id), Parameter::Text(name)])?;
    if deleted == 0 {
        Err(not_changed(columns, &table_id, name, "delete")?)?;
    }
    Ok(moved)
}

/// Raises that error for the procedure that renames in batches.
#[pg_extern(sql = false, stable)]
fn refuse_rename(columns: Regclass, table_id: Uuid, column_name: &str) -> Result<bool, ErrorReport> {
    Err(not_changed(columns.0, table_id.as_bytes(), column_name, "rename")?.into())
}

#[pg_extern(sql = false)]
fn restore_column(column_id: Option<Uuid>, tables: Option<Regclass>) -> Result<i64, ErrorReport> {
    let column_id = *column_id.ok_or_else(|| Error::required("column_id"))?.as_bytes();
    Ok(restore(catalog::tables_relation(tables)?, column_id)?)
}

fn restore(tables: Oid, column_id: TableId) -> Result<i64> {
    let (columns, changes) = (beside(tables, "table_columns")?, beside(tables, "column_changes")?);
    // With the caller's rights and row security.
    let sql = sql!("columns/definition.sql", changes = relation::quoted_name(changes));
    let found = rights::as_caller(changes, || {
        spi::query(&sql, &[Parameter::Uuid(column_id)], Mode::Write, |row| {
            Some((row.text(1)?, row.uuid(2)?, row.text(3)?))
        })
    })?;
    let Some((document, table_id, name)) = found.into_iter().flatten().next() else {
        return Err(Error::undefined_object(format!("column {} was not deleted", uuid_text(&column_id))).hint(
            "Or its values were purged, or it is not visible to you; column_changes lists what can be restored.",
        ));
    };
    let sql = sql!("columns/is_taken.sql", table_columns = relation::quoted_name(columns));
    let parameters = [Parameter::Uuid(table_id), Parameter::Text(&name), Parameter::Uuid(column_id)];
    let taken = rights::as_caller(columns, || spi::query(&sql, &parameters, Mode::Write, |row| row.boolean(1)))?;
    if let Some(is_itself) = taken.into_iter().next() {
        let what = if is_itself == Some(true) { "is there already" } else { "cannot be restored: its name is taken" };
        return Err(Error::unique_violation(format!("column \"{name}\" {what}"))
            .hint("Rename or delete the column that has the name now, and restore this one then."));
    }
    let sql = include_str!("../../../sql/queries/columns/names.sql");
    let names = spi::query(sql, &[Parameter::Oid(columns), Parameter::Text(&document)], Mode::Read, |row| row.text(1))?;
    let names: Vec<String> = names.into_iter().flatten().map(|name| quoted(&name)).collect();
    let sql = sql!("columns/restore.sql", table_columns = relation::quoted_name(columns), names = names.join(", "));
    Ok(counted(columns, &sql, &[Parameter::Text(&document)])?.1)
}

/// Purges the oldest column that was deleted so many days ago and has no value of a record on hold: how many values it had, none where there is no such column.
#[pg_extern(sql = false)]
fn purge_column_step(column_changes: Regclass, days: Option<i32>) -> Result<Option<i64>, ErrorReport> {
    let days = days.ok_or_else(|| Error::required("days_old"))?;
    if days < 0 {
        Err(Error::invalid_parameter("days_old cannot be negative").hint("0 purges every deleted column."))?;
    }
    if relation::column(column_changes.0, "value_count").is_none() {
        let name = relation::quoted_name(column_changes.0);
        Err(Error::invalid_parameter(format!("{name} holds no changes of columns"))
            .hint("Name column_changes of the blueprint custom_tables."))?;
    }
    let changes = OwnedTable::owned_by_caller(column_changes.0)?;
    let beside = |name: &str| Ok::<_, Error>(changes.beside(name)?.map(|table| table.quoted_name()));
    // What is on hold may not lose a value either.
    let is_free = match (beside("column_change_values")?, beside("records")?, beside("deletions")?) {
        (Some(values), Some(records), Some(deletions)) => {
            sql!("columns/is_free.sql", values = values, records = records, deletions = deletions)
        }
        _ => "true".to_owned(),
    };
    let sql = sql!("columns/purge.sql", is_free = is_free, changes = changes.quoted_name());
    let parameters = [Parameter::Bigint(days.min(1_000_000).into())];
    let purged = changes.remove(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| row.bigint(1)))?;
    Ok(purged.into_iter().next().map(|count| count.unwrap_or(0)))
}
