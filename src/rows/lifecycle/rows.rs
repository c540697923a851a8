//! Rows that an operation goes over: their row locators, and the values that foreign keys refer to.
use crate::core::lifecycle::model::{ForeignKey, Relation};
use crate::pg::error::Error;
use crate::pg::spi::{Parameter, ResultRow, Value};

/// Rows of one relation: where they lie, and the values that foreign keys refer to, as arrays.
pub struct Rows {
    pub count: i64,
    pub handles: Vec<Value>,
    pub referenced: Vec<Value>,
}

impl Rows {
    /// Out of a result whose arrays begin at `column`; none when there are no rows.
    pub fn read(row: &ResultRow, relation: &Relation, column: usize) -> Option<Rows> {
        let first = column + relation.handle_width();
        let referenced = (first..first + relation.referenced.len()).map(|column| row.value(column as i32)).collect();
        Some(Rows { referenced, ..Rows::read_handles(row, relation, column)? })
    }

    /// The same where nobody asks what refers to the rows.
    pub fn read_handles(row: &ResultRow, relation: &Relation, column: usize) -> Option<Rows> {
        let count = row.bigint(1).filter(|count| *count > 0)?;
        let columns = column..column + relation.handle_width();
        Some(Rows { count, handles: columns.map(|column| row.value(column as i32)).collect(), referenced: Vec::new() })
    }

    /// The arrays that a foreign key refers to.
    pub fn parts<'a>(&'a self, relation: &Relation, key: &ForeignKey) -> Vec<Parameter<'a>> {
        let place = |column: &String| relation.referenced.iter().position(|name| name == column).unwrap_or(0);
        key.pairs.parent_columns.iter().map(|column| Parameter::Value(&self.referenced[place(column)])).collect()
    }

    pub fn handle_parameters(&self) -> impl Iterator<Item = Parameter<'_>> {
        self.handles.iter().map(Parameter::Value)
    }
}

/// A trigger of the table can answer NULL and so keep a row as it is.
pub fn kept(relation: &Relation) -> Error {
    Error::prerequisite_state(format!("some rows of {} stayed as they are", relation.label)).hint(
        "A BEFORE UPDATE trigger of the table keeps them from changing. It must return the row and leave deleted_at, deleted_by and deletion_id as they are set.",
    )
}
