//! Running column renames and moves. The triggers on records let the statements of these operations pass.
use crate::pg::operation;
use crate::records::catalog::TableId;
use pgrx::pg_sys::Oid;
use std::collections::BTreeMap;
use std::rc::Rc;

/// New names by the old ones.
pub type Names = BTreeMap<String, String>;

/// Renames that are being carried into a table's records.
#[derive(Debug)]
pub struct Carry {
    pub tables: Oid,
    pub table_id: TableId,
    pub keys: Names,
    pub columns: Vec<String>,
}

impl Carry {
    /// The key that a column's values had before.
    pub fn former(&self, column: &str) -> Option<&str> {
        self.keys.iter().find(|(_, to)| *to == column).map(|(from, _)| from.as_str())
    }
}

/// The carry whose own UPDATE called the trigger for records of this table: a value that only moved is no change, so it is not looked at.
pub fn carry(tables: Oid, table_id: &TableId) -> Option<Rc<Carry>> {
    let carry = operation::of_trigger::<Carry>();
    carry.filter(|carry| carry.tables == tables && carry.table_id == *table_id)
}

/// A column whose values are taken out of the records or come back: the relation of schemas, the table, the column's name.
#[derive(Debug)]
pub struct Moving {
    pub tables: Oid,
    pub table_id: TableId,
    pub name: String,
}

/// The column whose values go or come back by the UPDATE that called the trigger for a record of this table. Values that come back were there before, so
/// they are not looked at; what else the record holds stays as it is.
pub fn moving(tables: Oid, table_id: &TableId) -> Option<Rc<Moving>> {
    let moving = operation::of_trigger::<Moving>();
    moving.filter(|moving| moving.tables == tables && moving.table_id == *table_id)
}
