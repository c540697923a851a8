//! The relations beside the relation of schemas that indexes need.
use super::definition::DEFINITIONS;
use super::store::ENTRIES;
use crate::pg::error::Result;
use crate::pg::rights::OwnedTable;

#[derive(Clone, Copy)]
pub struct Relations {
    pub tables: OwnedTable,
    pub records: OwnedTable,
    pub definitions: OwnedTable,
    pub entries: OwnedTable,
}

impl Relations {
    /// None for an installation that is older than indexes.
    pub fn beside(tables: OwnedTable) -> Result<Option<Relations>> {
        let (records, definitions, entries) =
            (tables.beside("records")?, tables.beside(DEFINITIONS)?, tables.beside(ENTRIES)?);
        let all = (records, definitions, entries);
        let (Some(records), Some(definitions), Some(entries)) = all else { return Ok(None) };
        Ok(Some(Relations { tables, records, definitions, entries }))
    }
}
