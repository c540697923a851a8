//! What a delete would do to the references to its records. Changes and locks nothing.
use super::LINKS;
use crate::core::sql::sql;
use crate::pg::error::Result;
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;
use crate::records::stored::live_condition;
use pgrx::pg_sys::Oid;

/// Records that name what would go: whether they refuse the delete or lose the reference, how many, and the first of those that refuse.
pub struct Told {
    pub is_refused: bool,
    pub records: i64,
    pub ids: Vec<String>,
}

/// For a relation of records and the keys of the rows that are deleted: of the records, or of their tables, `root`. Nothing for any other relation. The caller
/// must see these rows.
pub fn explain(records: OwnedTable, root: Oid, ids: &[TableId]) -> Result<Vec<Told>> {
    if !rights::has_trigger(records.relation(), "enforce_record_keys") {
        return Ok(Vec::new());
    }
    let beside = (records.beside(LINKS)?, records.beside("table_columns")?, records.beside("tables")?);
    let (Some(links), Some(columns), Some(tables)) = beside else { return Ok(Vec::new()) };
    let named = match root {
        root if root == records.relation() => "id",
        root if root == tables.relation() => "table_id",
        _ => return Ok(Vec::new()),
    };
    let sql = sql!(
        "links/explained.sql",
        records = records.quoted_name(),
        links = links.quoted_name(),
        table_columns = columns.quoted_name(),
        named = named,
        live = live_condition(records.relation())?
    );
    let found = records.read(|| {
        spi::query(&sql, &[Parameter::Uuids(ids)], Mode::Read, |row| {
            Some(Told { is_refused: row.boolean(1)?, records: row.bigint(2)?, ids: row.texts(3) })
        })
    })?;
    Ok(found.into_iter().flatten().collect())
}
