//! The rows of `record_links`.
use super::{BATCH, LINKS, Named, Reference, Schemas, follow};
use crate::core::schema::Schema;
use crate::core::sql::{quoted, sql};
use crate::core::work;
use crate::pg::error::Result;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;
use crate::records::stored::live_condition;
use std::collections::BTreeMap;

/// Takes out what these records named by these columns, and what is remembered of it.
pub(super) fn remove(links: OwnedTable, places: &[(TableId, TableId)]) -> Result<()> {
    let sql = sql!("links/remove.sql", links = links.quoted_name());
    for batch in places.chunks(BATCH) {
        work::step();
        let (records, columns): (Vec<TableId>, Vec<TableId>) = batch.iter().copied().unzip();
        let parameters = [Parameter::Uuids(&records), Parameter::Uuids(&columns)];
        links.write_and_remove(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
    }
    Ok(())
}

pub(super) fn insert(links: OwnedTable, references: &[Reference]) -> Result<()> {
    let sql = sql!("links/insert.sql", links = links.quoted_name());
    for batch in references.chunks(BATCH) {
        work::step();
        let kept = batch.iter().filter_map(|reference| Some((reference, reference.column.id()?)));
        let (kept, columns): (Vec<&Reference>, Vec<TableId>) = kept.unzip();
        let uuids = |of: fn(&Reference) -> TableId| kept.iter().map(|reference| of(reference)).collect::<Vec<_>>();
        let organizations = uuids(|reference| reference.organization_id);
        let (from, to) = (uuids(|reference| reference.record_id), uuids(|reference| reference.to_id));
        let positions: Vec<i64> = kept.iter().map(|reference| reference.position).collect();
        let parameters = [
            Parameter::Uuids(&organizations),
            Parameter::Uuids(&columns),
            Parameter::Uuids(&from),
            Parameter::Uuids(&to),
            Parameter::Bigints(&positions),
        ];
        links.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
    }
    Ok(())
}

/// What tells the references of one definition of a column from those of another: its id and its target.
fn forms(schema: &Schema) -> BTreeMap<TableId, TableId> {
    let columns = schema.columns.iter();
    columns.filter_map(|column| Some((column.uuid()?, super::target(column)?))).collect()
}

/// After a schema edit: finds the references of columns that became references, and takes those out that no longer are. What is remembered of a
/// column that is gone stays, as the column may come back. The editor's lock keeps writers of the table's records off meanwhile.
pub fn rebuild_if_needed(tables: OwnedTable, id: &TableId, old: Option<&Schema>, new: &Schema) -> Result<()> {
    let old_forms = old.map(forms).unwrap_or_default();
    let new_forms = forms(new);
    if old_forms == new_forms {
        return Ok(());
    }
    let (Some(links), Some(records)) = (tables.beside(LINKS)?, tables.beside("records")?) else { return Ok(()) };
    let stale: Vec<TableId> =
        old_forms.iter().filter(|(id, form)| new_forms.get(*id) != Some(form)).map(|(id, _)| *id).collect();
    let sql = sql!("links/unlink.sql", links = links.quoted_name());
    links.write_and_remove(|| spi::execute(&sql, &[Parameter::Uuids(&stale)], Mode::WriteLatest))?;
    for column in &new.columns {
        work::step();
        let Some(column_id) = column.uuid() else { continue };
        let Some(form) = new_forms.get(&column_id).filter(|form| old_forms.get(&column_id) != Some(form)) else {
            continue;
        };
        let value = match column.common {
            Some(common) => format!("pg_catalog.to_jsonb(record.{})", quoted(common.name())),
            None => "(record.data OPERATOR(pg_catalog.->) $3)".to_owned(),
        };
        let sql =
            sql!("links/rebuild.sql", links = links.quoted_name(), records = records.quoted_name(), value = value);
        let parameters =
            [Parameter::Uuid(*id), Parameter::Uuid(column_id), Parameter::Text(&column.name), Parameter::Uuid(*form)];
        links.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
    }
    Ok(())
}

/// References of a column that has come back hold the records again that came back without it.
pub fn put_back_column(records: OwnedTable, tables: OwnedTable, column_id: TableId) -> Result<()> {
    let Some(links) = records.beside(LINKS)? else { return Ok(()) };
    let sql = sql!(
        "links/remembered_of_column.sql",
        links = links.quoted_name(),
        records = records.quoted_name(),
        live = live_condition(records.relation())?
    );
    let found = links.read(|| {
        spi::query(&sql, &[Parameter::Uuid(column_id)], Mode::WriteLatest, |row| {
            let (id, organization_id, table_id) = (row.uuid(1)?, row.uuid(2)?, row.uuid(3)?);
            Some(Named { id, organization_id, table_id, was_deleted: false })
        })
    })?;
    let named: Vec<Named> = found.into_iter().flatten().collect();
    follow::put_back(records, links, &named, &mut Schemas::of(tables))
}
