//! The columns of a relation of records.
use crate::core::schema::{Common, Stored};
use crate::pg::error::Result;
use crate::pg::trigger::{Attribute, Call, Columns};
use pgrx::pg_sys::{JSONBOID, TEXTOID, UUIDOID};

/// The columns of a records relation.
#[derive(Clone, Copy)]
pub struct RecordColumns {
    pub table_id: Attribute,
    pub data: Attribute,
    /// By [`Common`]; a relation may lack some.
    pub commons: [Option<Attribute>; 4],
}

impl RecordColumns {
    pub fn find(call: &Call<'_>) -> Result<RecordColumns> {
        Ok(RecordColumns {
            table_id: call.required_attribute("table_id", &[UUIDOID])?,
            data: call.required_attribute("data", &[JSONBOID])?,
            commons: Common::ALL
                .map(|common| call.attribute(common.name()).filter(|attribute| attribute.kind == TEXTOID)),
        })
    }

    /// Lends what a row stores.
    pub fn lend<T>(&self, row: &impl Columns, read: impl FnOnce(&Stored<'_>) -> T) -> T {
        let texts = self.commons.map(|attribute| row.text(attribute?));
        let data = row.jsonb(self.data);
        read(&Stored {
            commons: texts.each_ref().map(Option::as_deref),
            data: data.as_ref().and_then(|data| data.value().as_object()),
        })
    }
}
