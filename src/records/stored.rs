//! Records as queries of rowkit's own read them.
use crate::core::schema::Stored;
use crate::pg::error::Result;
use crate::pg::rights;
use crate::pg::spi::ResultRow;
use pgrx::pg_sys::Oid;

/// Records are read in batches of this size where their documents are in memory at once.
pub const DOCUMENTS: usize = 100;

/// `AND …` for records, under the name `record`, that are not deleted.
pub fn live_condition(records: Oid) -> Result<&'static str> {
    Ok(if rights::has_deleted_rows(records)? { "AND record.deleted_at IS NULL" } else { "" })
}

/// Lends what a row of a query stores: its data in the column of that number, and behind it name, email, company and status.
pub fn lend<T>(row: &ResultRow, data: i32, read: impl FnOnce(&Stored<'_>) -> T) -> T {
    let texts = [1, 2, 3, 4].map(|behind| row.text(data + behind));
    let data = row.lent_jsonb(data);
    read(&Stored {
        commons: texts.each_ref().map(Option::as_deref),
        data: data.as_ref().and_then(|data| data.value().as_object()),
    })
}
