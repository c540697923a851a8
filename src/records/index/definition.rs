//! The rows of `table_indexes`.
use crate::core::index::{IndexColumn, RecordIndex, collation_version};
use crate::core::jsonb::Value;
use crate::core::schema::{Column, Schema, Stored};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::invalidation;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter, ResultRow};
use crate::records::catalog::{self, TableId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The table of definitions beside the records.
pub const DEFINITIONS: &str = "table_indexes";

/// A column of an index, by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinedColumn {
    pub key_id: String,
    pub is_descending: bool,
    pub is_empty_first: bool,
}

impl DefinedColumn {
    /// A member of `columns`, as it is stored.
    pub fn read(value: Value<'_>) -> Option<DefinedColumn> {
        let object = value.as_object()?;
        let is = |key: &str, word: &str| object.get(key).and_then(Value::as_str) == Some(word);
        let key_id = object.get("column")?.as_str()?.to_owned();
        Some(DefinedColumn { key_id, is_descending: is("direction", "desc"), is_empty_first: is("empty", "first") })
    }
}

/// An index under a schema, with the columns that its keys are made of.
pub struct Usable<'s> {
    pub index: RecordIndex<'s>,
    pub columns: Vec<&'s Column>,
}

impl Usable<'_> {
    /// The keys of a record.
    pub fn keys(&self, record: &Stored<'_>) -> Vec<Vec<u8>> {
        self.keys_of(|column| column.held_in(record))
    }

    /// The same where `held` finds the values.
    pub fn keys_of<'a>(&self, held: impl Fn(&Column) -> Option<Value<'a>>) -> Vec<Vec<u8>> {
        let values: Vec<Option<Value<'_>>> = self.columns.iter().map(|column| held(column)).collect();
        self.index.keys(&values)
    }
}

/// Every write of a record writes entries of all of them.
pub(super) const MAX_INDEXES: usize = 64;

pub(super) fn too_many() -> Error {
    Error::limit_of_work(format!("a table must have at most {MAX_INDEXES} indexes"))
        .hint("Every write of a record writes its entries. Delete an index that no query uses: explain_records tells which one does.")
}

/// An index of a table.
#[derive(Clone, Debug)]
pub struct Definition {
    pub id: TableId,
    pub number: i64,
    pub columns: Vec<DefinedColumn>,
    /// What its keys were made by; none are made where it is empty.
    pub form: String,
    pub is_ready: bool,
    /// It came with `indexed` of a column, and goes with it.
    pub is_automatic: bool,
}

impl Definition {
    pub fn of_row(row: &ResultRow) -> Option<Definition> {
        let columns = row.jsonb(3)?;
        let columns = Value::root(&columns).as_array()?;
        Some(Definition {
            id: row.uuid(1)?,
            number: row.bigint(2)?,
            columns: columns.iter().filter_map(DefinedColumn::read).collect(),
            form: row.text(4)?,
            is_ready: row.boolean(5)?,
            is_automatic: row.boolean(6)?,
        })
    }

    /// An index that is to be, without a number of its own.
    pub fn wanted(columns: Vec<DefinedColumn>) -> Definition {
        Definition { id: [0; 16], number: 1, columns, form: String::new(), is_ready: false, is_automatic: false }
    }

    pub fn ids(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.key_id.clone()).collect()
    }

    /// The index under a schema; none where a column is gone or has no order.
    fn index<'s>(&self, schema: &'s Schema) -> Option<Usable<'s>> {
        let mut columns = Vec::with_capacity(self.columns.len());
        let mut ordered = Vec::with_capacity(self.columns.len());
        for defined in &self.columns {
            work::steps(schema.columns.len());
            let column = schema.columns.iter().find(|column| column.key_id == defined.key_id)?;
            let index = IndexColumn::new(&column.rule)?;
            let index = if defined.is_descending { index.descending() } else { index };
            ordered.push(if defined.is_empty_first { index.empty_first() } else { index });
            columns.push(column);
        }
        Some(Usable { index: RecordIndex::new(self.number, ordered).ok()?, columns })
    }

    /// What the keys are made by under a schema; empty where none can be made.
    pub fn form_under(&self, schema: &Schema) -> String {
        let Some(usable) = self.index(schema) else { return String::new() };
        let forms: Vec<String> = usable.index.columns().iter().map(IndexColumn::form).collect();
        format!("{}; {}", collation_version(), forms.join("; "))
    }

    /// The index, where its keys are those that it would make under this schema.
    pub fn usable<'s>(&self, schema: &'s Schema) -> Option<Usable<'s>> {
        let found = self.index(schema)?;
        (self.form == self.form_under(schema)).then_some(found)
    }
}

type Known = (u64, Rc<Vec<Definition>>);

thread_local! {
    /// The indexes of tables, as of a tick.
    static KNOWN: RefCell<HashMap<(u32, TableId), Known>> = RefCell::default();
}

/// So many tables are remembered.
const REMEMBERED: usize = 1_000;

/// The indexes of a table that writers maintain, who hold its schema.
pub fn definitions_for_writing(
    tables: OwnedTable,
    definitions: OwnedTable,
    id: &TableId,
) -> Result<Rc<Vec<Definition>>> {
    let relation = tables.relation();
    invalidation::watch(relation);
    let (key, tick) = ((u32::from(relation), *id), invalidation::tick());
    let known =
        KNOWN.with_borrow(|known| known.get(&key).filter(|(of, _)| *of == tick).map(|(_, found)| Rc::clone(found)));
    if let Some(known) = known {
        return Ok(known);
    }
    let found = Rc::new(self::definitions(definitions, id, Mode::ReadLatest)?);
    catalog::note_learned();
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key, (tick, Rc::clone(&found)));
    });
    Ok(found)
}

/// The indexes of a table.
pub fn definitions(definitions: OwnedTable, id: &TableId, mode: Mode) -> Result<Vec<Definition>> {
    let sql = sql!("index/definitions.sql", table_indexes = definitions.quoted_name());
    let found = definitions.read(|| spi::query(&sql, &[Parameter::Uuid(*id)], mode, Definition::of_row))?;
    Ok(found.into_iter().flatten().collect())
}
