//! Imports that are audited by batch: which records a statement of theirs writes, told to the audit trigger.
//!
//! Only statements that the import itself runs are meant, and of what they write only the records that the import gave them. What triggers write besides, of
//! these and of other tables, is audited row by row, and no setting or argument of a caller's changes that.
use crate::core::fields::identifier::uuid_bytes;
use crate::pg::error::Result;
use crate::pg::operation;
use crate::pg::trigger::Call;
use crate::records::catalog::TableId;
use pgrx::pg_sys::Oid;
use std::collections::HashSet;
use std::rc::Rc;

pub struct AuditedBatch {
    pub import_id: TableId,
    records: Oid,
    ids: HashSet<TableId>,
}

impl AuditedBatch {
    pub fn new(import_id: TableId, records: Oid, ids: impl Iterator<Item = TableId>) -> AuditedBatch {
        AuditedBatch { import_id, records, ids: ids.collect() }
    }

    /// The batch whose statement called the trigger.
    pub fn of_trigger(call: &Call<'_>) -> Result<Option<Rc<AuditedBatch>>> {
        let Some(batch) = operation::of_trigger::<AuditedBatch>() else { return Ok(None) };
        Ok((call.table() == batch.records).then_some(batch))
    }

    /// Whether the batch has a record, by its key.
    pub fn has(&self, key: &str) -> bool {
        uuid_bytes(key).is_some_and(|id| self.ids.contains(&id))
    }
}
