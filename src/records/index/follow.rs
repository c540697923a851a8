//! What follows from an edit of a schema: which indexes there are, and which of them are built anew.
use super::build;
use super::definition::{self, Definition, MAX_INDEXES, too_many};
use super::relations::Relations;
use crate::core::index::IndexColumn;
use crate::core::schema::{Column, Schema};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::Result;
use crate::pg::invalidation;
use crate::pg::operation::{self, OperationGuard};
use crate::pg::relation::Regclass;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::trigger::Call;
use crate::records::catalog::{self, TableId};
use crate::records::hold;
use pgrx::pg_extern;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;

/// An edit of this relation `table_indexes` that rowkit itself makes: its triggers let the rows pass.
struct Following(Oid);

/// Whether the trigger's row is one that rowkit writes just now.
pub fn is_following(call: &Call<'_>) -> bool {
    operation::of_trigger::<Following>().is_some_and(|following| following.0 == call.relation())
}

fn is_wanted(column: &Column) -> bool {
    column.indexed && column.uuid().is_some() && IndexColumn::new(&column.rule).is_some()
}

/// After a schema edit: makes and drops the indexes of columns that say they are indexed, and builds those anew whose keys would be others. The
/// editor's lock keeps writers of the table's records off meanwhile. 54000 where the edit asks for more indexes than a table may have.
pub fn follow_schema(tables: OwnedTable, id: &TableId, old: Option<&Schema>, new: &Schema) -> Result<()> {
    let Some(relations) = Relations::beside(tables)? else { return Ok(()) };
    let mut all = definition::definitions(relations.definitions, id, Mode::ReadLatest)?;
    let is_of = |definition: &Definition, column: &Column| {
        definition.is_automatic && definition.columns[..].first().is_some_and(|only| only.key_id == column.key_id)
    };
    let unwanted = |definition: &Definition| {
        definition.is_automatic && !new.columns.iter().any(|column| is_wanted(column) && is_of(definition, column))
    };
    let dropped: Vec<TableId> = all.iter().filter(|one| unwanted(one)).map(|one| one.id).collect();
    if !dropped.is_empty() {
        let sql = sql!("index/drop.sql", table_indexes = relations.definitions.quoted_name());
        // Their entries go by the trigger on the rows.
        let _following = OperationGuard::begin(Following(relations.definitions.relation()));
        relations.definitions.remove(|| spi::execute(&sql, &[Parameter::Uuids(&dropped)], Mode::WriteLatest))?;
        all.retain(|one| !dropped.contains(&one.id));
    }
    for column in new.columns.iter().filter(|column| is_wanted(column)) {
        work::step();
        if all.iter().any(|definition| is_of(definition, column)) {
            continue;
        }
        if all.len() < MAX_INDEXES {
            all.extend(add(relations, id, column)?);
        } else if !old.is_some_and(|old| old.columns.iter().any(|one| one.key_id == column.key_id && is_wanted(one))) {
            return Err(too_many());
        }
    }
    for definition in all {
        work::step();
        if definition.form != definition.form_under(new) {
            build::renew(relations, id, definition, new)?;
        }
    }
    Ok(())
}

fn add(relations: Relations, id: &TableId, column: &Column) -> Result<Option<Definition>> {
    let sql = sql!(
        "index/add.sql",
        table_indexes = relations.definitions.quoted_name(),
        tables = relations.tables.quoted_name()
    );
    let parameters = [Parameter::Uuid(*id), Parameter::Text(&column.key_id)];
    let _following = OperationGuard::begin(Following(relations.definitions.relation()));
    let made = relations.definitions.write(|| spi::query(&sql, &parameters, Mode::WriteLatest, Definition::of_row))?;
    Ok(made.into_iter().flatten().next())
}

#[pg_extern(sql = false)]
fn make_record_indexes(tables: Regclass) -> Result<i64, ErrorReport> {
    let tables = OwnedTable::owned_by_caller(tables.0)?;
    let sql = sql!("index/asking.sql", tables = tables.quoted_name());
    let asking = tables.read(|| spi::query(&sql, &[], Mode::ReadLatest, |row| row.uuid(1)))?;
    let mut count = 0;
    for id in asking.into_iter().flatten() {
        work::step();
        hold::schema(tables.relation(), &id)?;
        if let Some(schema) = catalog::schema_for_writing(tables, &id)? {
            // Columns that asked before there were indexes have as many as there may be.
            follow_schema(tables, &id, Some(&schema), &schema)?;
            count += 1;
        }
    }
    if count > 0 {
        invalidation::send(tables.relation());
    }
    Ok(count)
}
