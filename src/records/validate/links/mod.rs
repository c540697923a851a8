//! References between records: foreign keys over custom columns, whose rows are in `record_links`.
//!
//! A reference is checked where it is written. What names a record that goes follows `on_delete` of its column in the same statement, and what a soft
//! delete cleared comes back with its record. A record that is named is held by whoever names it, and whoever deletes it locks it before
//! looking for what names it: neither passes the other by.
pub mod explain;
mod follow;
mod store;

use super::record_columns::RecordColumns;
use crate::core::fields::identifier::{uuid_bytes, uuid_text};
use crate::core::fields::{Fault, Link, OnDelete, Rule};
use crate::core::jsonb::{JsonObjectWriter, Value};
use crate::core::schema::{Column, Schema};
use crate::core::sql::sql;
use crate::core::validate::problem::{Problem, summary, to_json};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::Jsonb;
use crate::pg::operation;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::transition::TransitionRow;
use crate::pg::trigger::{Attribute, Call, Columns, Event};
use crate::records::catalog::{self, TableId};
use crate::records::stored::live_condition;
use crate::records::under_way;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

pub use store::{put_back_column, rebuild_if_needed};

/// The table of references beside the records; without it they are only checked where they are written.
const LINKS: &str = "record_links";

/// At most this many keys go into one query.
pub const BATCH: usize = 10_000;

/// The records relation whose references rowkit itself clears or puts back just now.
struct Changing(pgrx::pg_sys::Oid);

/// The compiled schemas that a statement needs. A table that is going has none.
pub struct Schemas {
    pub tables: OwnedTable,
    known: HashMap<TableId, Option<Rc<Schema>>>,
    is_of_statement: bool,
}

impl Schemas {
    pub fn of(tables: OwnedTable) -> Schemas {
        Schemas { tables, known: HashMap::new(), is_of_statement: false }
    }

    /// Those of the tables whose records a statement wrote; 55000 for one that changed within it.
    pub fn of_statement(tables: OwnedTable) -> Schemas {
        Schemas { is_of_statement: true, ..Schemas::of(tables) }
    }

    pub fn find(&mut self, id: &TableId) -> Result<Option<Rc<Schema>>> {
        if let Some(schema) = self.known.get(id) {
            return Ok(schema.clone());
        }
        let schema = catalog::schema_for_writing(self.tables, id)?;
        if self.is_of_statement && schema.is_some() {
            catalog::refuse_edited_within(self.tables.relation(), id)?;
        }
        self.known.insert(*id, schema.clone());
        Ok(schema)
    }

    /// Whether one of those that were found is such.
    pub fn any(&self, is_such: impl Fn(&Schema) -> bool) -> bool {
        self.known.values().flatten().any(|schema| is_such(schema))
    }
}

/// A column of references of one table.
#[derive(Clone)]
struct ReferenceColumn {
    table_id: TableId,
    schema: Rc<Schema>,
    index: usize,
}

impl ReferenceColumn {
    fn all(table_id: TableId, schema: &Rc<Schema>) -> impl Iterator<Item = (ReferenceColumn, TableId)> + '_ {
        let columns = schema.columns.iter().enumerate();
        columns.filter_map(move |(index, column)| {
            Some((ReferenceColumn { table_id, schema: Rc::clone(schema), index }, target(column)?))
        })
    }

    fn by_id(table_id: TableId, schema: &Rc<Schema>, id: &TableId) -> Option<(ReferenceColumn, TableId)> {
        ReferenceColumn::all(table_id, schema).find(|(column, _)| column.id().as_ref() == Some(id))
    }

    fn column(&self) -> &Column {
        &self.schema.columns[self.index]
    }

    /// References of a column without an id of its own cannot be kept.
    fn id(&self) -> Option<TableId> {
        self.column().uuid()
    }

    fn on_delete(&self) -> OnDelete {
        link(self.column()).map_or(OnDelete::Keep, |link| link.on_delete)
    }

    fn is_list(&self) -> bool {
        link(self.column()).is_some_and(|link| link.multiple)
    }

    fn key(&self) -> (TableId, usize) {
        (self.table_id, self.index)
    }

    fn missing(&self, id: &TableId) -> Problem {
        let id = uuid_text(id);
        let fault = Fault {
            at: String::new(),
            code: "reference.missing",
            params: JsonObjectWriter::new().text("id", &id),
            message: format!("names record {id}, which is not there"),
        };
        Problem::of_column(self.column(), fault)
    }
}

fn link(column: &Column) -> Option<&Link> {
    match &column.rule {
        Rule::Link(link) if link.target.is_some() => Some(link),
        _ => None,
    }
}

fn target(column: &Column) -> Option<TableId> {
    link(column)?.target.as_deref().and_then(uuid_bytes)
}

/// A record that another one names.
#[derive(Clone)]
struct Reference {
    organization_id: TableId,
    record_id: TableId,
    to_id: TableId,
    /// The table that the record must be in.
    target: TableId,
    /// The place in a list.
    position: i64,
    column: ReferenceColumn,
}

/// A record that goes or comes back.
#[derive(Clone, Copy)]
struct Named {
    id: TableId,
    organization_id: TableId,
    table_id: TableId,
    /// Whether a soft delete had taken it before: what named it has been seen to.
    was_deleted: bool,
}

/// The rewritten records of a statement: the columns whose references it wrote, and which of the records are live.
pub struct Renewal {
    rewritten: HashSet<TableId>,
    columns: HashSet<(TableId, TableId)>,
    live: HashSet<TableId>,
}

/// What one statement on records does to references.
pub struct Links {
    records: OwnedTable,
    links: Option<OwnedTable>,
    columns: RecordColumns,
    id: Attribute,
    organization_id: Attribute,
    deleted_at: Option<Attribute>,
    /// Whether rowkit's own statement called: what it changes it has seen to.
    is_own: bool,
    /// Whether the records that go are removed for good.
    is_removal: bool,
    /// References that are written: all of them, and those that must be checked.
    added: Vec<Reference>,
    checked: Vec<Reference>,
    /// Records and columns whose references were another value before.
    removed: Vec<(TableId, TableId)>,
    /// References of records that come back, and those of a column that does.
    revived: Vec<Reference>,
    returned: Vec<Reference>,
    gone: Vec<Named>,
    back: Vec<Named>,
}

impl Links {
    pub fn of(call: &Call<'_>, columns: RecordColumns, id: Attribute, organization_id: Attribute) -> Result<Links> {
        let records = OwnedTable::of_trigger(call)?;
        let changing = operation::of_trigger::<Changing>();
        Ok(Links {
            records,
            links: records.beside(LINKS)?,
            columns,
            id,
            organization_id,
            deleted_at: call.attribute("deleted_at"),
            is_own: changing.is_some_and(|changing| changing.0 == call.relation()),
            is_removal: call.event() == Event::Delete,
            added: Vec::new(),
            checked: Vec::new(),
            removed: Vec::new(),
            revived: Vec::new(),
            returned: Vec::new(),
            gone: Vec::new(),
            back: Vec::new(),
        })
    }

    pub fn is_deleted(&self, row: &TransitionRow) -> bool {
        self.deleted_at.is_some_and(|deleted_at| !row.is_null(deleted_at))
    }

    fn named(&self, row: &TransitionRow) -> Option<Named> {
        Some(Named {
            id: row.uuid(self.id)?,
            organization_id: row.uuid(self.organization_id)?,
            table_id: row.uuid(self.columns.table_id)?,
            was_deleted: self.is_deleted(row),
        })
    }

    pub fn inserted(&mut self, row: &TransitionRow, schemas: &mut Schemas) -> Result<()> {
        let Some(record) = self.named(row) else { return Ok(()) };
        let Some(schema) = schemas.find(&record.table_id)?.filter(|schema| schema.has_references) else {
            return Ok(());
        };
        let stored = Stored::of(row, self.columns);
        for (column, target) in ReferenceColumn::all(record.table_id, &schema) {
            work::step();
            let references = references(&stored, &record, &column, target);
            if !self.is_deleted(row) {
                self.checked.extend(references.iter().cloned());
            }
            self.added.extend(references);
        }
        Ok(())
    }

    pub fn deleted(&mut self, row: &TransitionRow) {
        self.gone.extend(self.named(row));
    }

    pub fn updated(&mut self, old: &TransitionRow, new: &TransitionRow, schemas: &mut Schemas) -> Result<()> {
        let (Some(before), Some(record)) = (self.named(old), self.named(new)) else { return Ok(()) };
        let (was_deleted, is_deleted) = (self.is_deleted(old), self.is_deleted(new));
        if !was_deleted && is_deleted {
            self.gone.push(before);
        } else if was_deleted && !is_deleted {
            self.back.push(record);
        }
        let is_revived = was_deleted && !is_deleted;
        let has_moved = before.table_id != record.table_id || before.organization_id != record.organization_id;
        let commons = self.columns.commons.into_iter().flatten();
        let is_written = commons.chain([self.columns.data]).any(|attribute| !old.same_bytes(new, attribute));
        if self.is_own || !(is_revived || has_moved || is_written) {
            return Ok(());
        }
        if has_moved {
            self.forget_all_of(&before, schemas)?;
        }
        let Some(schema) = schemas.find(&record.table_id)?.filter(|schema| schema.has_references) else {
            return Ok(());
        };
        let tables = schemas.tables.relation();
        let carried = under_way::carry(tables, &record.table_id);
        let moving = under_way::moving(tables, &record.table_id);
        let (stored_before, stored) = (Stored::of(old, self.columns), Stored::of(new, self.columns));
        for (column, target) in ReferenceColumn::all(record.table_id, &schema) {
            work::step();
            let name = &column.column().name;
            let former = carried.as_ref().and_then(|carry| carry.former(name)).unwrap_or(name);
            // Writing null or "" where there was none counts as a write: a restore then does not bring the reference back.
            let is_written = has_moved || !stored.has_same_value(&stored_before, column.column(), former);
            if !is_written && !is_revived {
                continue;
            }
            let after = references(&stored, &record, &column, target);
            if is_revived {
                self.revived.extend(after.iter().cloned());
            }
            if !is_written {
                continue;
            }
            let known = if has_moved { Vec::new() } else { stored_before.ids(column.column(), former) };
            if moving.as_ref().is_some_and(|moving| moving.name == *name) {
                self.returned.extend(after.iter().cloned());
            } else {
                self.removed.extend(column.id().map(|id| (record.id, id)));
                if !is_deleted && !is_revived {
                    let known: HashSet<TableId> = known.into_iter().collect();
                    let is_new = |reference: &&Reference| !known.contains(&reference.to_id);
                    self.checked.extend(after.iter().filter(is_new).cloned());
                }
            }
            self.added.extend(after);
        }
        Ok(())
    }

    /// A record that moved to another table or tenant answers for all of its references anew.
    fn forget_all_of(&mut self, before: &Named, schemas: &mut Schemas) -> Result<()> {
        if let Some(schema) = schemas.find(&before.table_id)? {
            let columns = ReferenceColumn::all(before.table_id, &schema).filter_map(|(column, _)| column.id());
            self.removed.extend(columns.map(|id| (before.id, id)));
        }
        Ok(())
    }

    /// Whether the statement changes a reference, or takes or brings back a record that others may name.
    pub fn has_work(&self) -> bool {
        !(self.added.is_empty() && self.removed.is_empty() && self.gone.is_empty() && self.back.is_empty())
    }

    /// Takes back the references of rewritten records.
    pub fn begin_renewal(&mut self, rewritten: HashSet<TableId>) -> Renewal {
        let of_added = self.added.iter().filter_map(|reference| Some((reference.record_id, reference.column.id()?)));
        let of_removed = self.removed.iter().copied();
        let columns: HashSet<(TableId, TableId)> =
            of_added.chain(of_removed).filter(|(record, _)| rewritten.contains(record)).collect();
        let is_other = |reference: &Reference| !rewritten.contains(&reference.record_id);
        self.added.retain(is_other);
        self.checked.retain(is_other);
        self.revived.retain(is_other);
        self.removed.extend(&columns);
        Renewal { rewritten, columns, live: HashSet::new() }
    }

    /// Adds the references of a rewritten record as it is now.
    pub fn renew(&mut self, row: &TransitionRow, renewal: &mut Renewal, schemas: &mut Schemas) -> Result<()> {
        let Some(record) = self.named(row) else { return Ok(()) };
        let is_live = !self.is_deleted(row);
        if is_live {
            renewal.live.insert(record.id);
        }
        if renewal.columns.is_empty() {
            return Ok(());
        }
        let Some(schema) = schemas.find(&record.table_id)? else { return Ok(()) };
        let stored = Stored::of(row, self.columns);
        for (column, target) in ReferenceColumn::all(record.table_id, &schema) {
            work::step();
            if column.id().is_some_and(|id| renewal.columns.contains(&(record.id, id))) {
                let references = references(&stored, &record, &column, target);
                if is_live {
                    self.checked.extend(references.iter().cloned());
                }
                self.added.extend(references);
            }
        }
        Ok(())
    }

    /// A rewritten record is gone, or back, only if it is so now.
    pub fn end_renewal(&mut self, renewal: &Renewal) {
        let is_as_now = |named: &Named, is_live: bool| {
            !renewal.rewritten.contains(&named.id) || renewal.live.contains(&named.id) == is_live
        };
        self.gone.retain(|named| is_as_now(named, false));
        self.back.retain(|named| is_as_now(named, true));
    }

    /// Does what the statement's changes ask for.
    pub fn finish(&mut self, schemas: &mut Schemas) -> Result<()> {
        if self.is_own {
            return Ok(());
        }
        if let Some(links) = self.links {
            store::remove(links, &self.removed)?;
            store::insert(links, &self.added)?;
        }
        self.check()?;
        if let Some(links) = self.links {
            self.settle(links)?;
            self.let_go(links, schemas)?;
            self.bring_back(links, schemas)?;
        }
        Ok(())
    }

    /// References that are written name live records of the same tenant in the column's table.
    fn check(&self) -> Result<()> {
        let live = self.live(&self.checked)?;
        let mut missing: Vec<Problem> = Vec::new();
        for reference in &self.checked {
            work::step();
            if !live.contains(&reference.to_id) && missing.len() < crate::core::fields::LIMIT {
                missing.push(reference.column.missing(&reference.to_id));
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::foreign_key_violation(summary(&missing))
            .detail(to_json(&missing))
            .hint("A reference names live records of the same organization in the column's table."))
    }

    /// The records among those that are named which may be named, held until the transaction ends, so that nobody deletes them before.
    fn live(&self, references: &[Reference]) -> Result<HashSet<TableId>> {
        let found = self.among(
            references,
            &sql!(
                "links/live.sql",
                records = self.records.quoted_name(),
                live = live_condition(self.records.relation())?
            ),
        )?;
        Ok(found.into_keys().collect())
    }

    /// The records among those that are named which are there, and whether each is live: held until the transaction ends, so that nobody deletes, restores or
    /// purges one before.
    fn held(&self, references: &[Reference]) -> Result<HashMap<TableId, bool>> {
        self.among(
            references,
            &sql!(
                "links/held.sql",
                records = self.records.quoted_name(),
                live = live_condition(self.records.relation())?
            ),
        )
    }

    fn among(&self, references: &[Reference], sql: &str) -> Result<HashMap<TableId, bool>> {
        let mut wanted: BTreeMap<(TableId, TableId), Vec<TableId>> = BTreeMap::new();
        for reference in references {
            work::step();
            wanted.entry((reference.organization_id, reference.target)).or_default().push(reference.to_id);
        }
        let mut found = HashMap::new();
        for ((organization_id, target), ids) in &mut wanted {
            ids.sort_unstable();
            ids.dedup();
            for ids in ids.chunks(BATCH) {
                work::step();
                let parameters = [Parameter::Uuid(*organization_id), Parameter::Uuid(*target), Parameter::Uuids(ids)];
                let row = |row: &spi::ResultRow| Some((row.uuid(1)?, row.boolean(2)?));
                let rows = self.records.read(|| spi::query(sql, &parameters, Mode::WriteLatest, row))?;
                found.extend(rows.into_iter().flatten());
            }
        }
        Ok(found)
    }
}

/// A row of the statement, whose `data` is unpacked once, when a column first asks for it.
struct Stored<'r> {
    row: &'r TransitionRow,
    columns: RecordColumns,
    data: OnceCell<Option<Jsonb<'r>>>,
}

impl<'r> Stored<'r> {
    fn of(row: &'r TransitionRow, columns: RecordColumns) -> Stored<'r> {
        Stored { row, columns, data: OnceCell::new() }
    }

    /// The records that a column's value names, `key` being the column's key in `data`.
    fn ids(&self, column: &Column, key: &str) -> Vec<TableId> {
        let Some(link) = link(column) else { return Vec::new() };
        if let Some(attribute) = self.attribute(column) {
            return self.row.text(attribute).as_deref().and_then(uuid_bytes).into_iter().collect();
        }
        let value = self.value(column, key).filter(|value| !column.rule.is_no_value(value));
        let Some(value) = value else { return Vec::new() };
        link.ids(value).into_iter().filter_map(uuid_bytes).collect()
    }

    /// Whether a column holds what another row holds under `key`, to the byte; a key without a value is not the same as no key.
    fn has_same_value(&self, other: &Stored<'_>, column: &Column, key: &str) -> bool {
        if let Some(attribute) = self.attribute(column) {
            return self.row.text(attribute) == other.row.text(attribute);
        }
        match (self.value(column, &column.name), other.value(column, key)) {
            (Some(value), Some(before)) => value.same_bytes(before),
            (value, before) => value.is_none() && before.is_none(),
        }
    }

    fn attribute(&self, column: &Column) -> Option<Attribute> {
        column.common.and_then(|common| self.columns.commons[common as usize])
    }

    fn value(&self, column: &Column, key: &str) -> Option<Value<'_>> {
        let data = self.data.get_or_init(|| self.row.jsonb(self.columns.data));
        let data = data.as_ref()?.value().as_object()?;
        // While a rename goes on, the value may still be under the column's former name.
        if key == column.name { column.value_in(data) } else { data.get(key) }
    }
}

/// The references of one column of a record.
fn references(stored: &Stored<'_>, record: &Named, column: &ReferenceColumn, target: TableId) -> Vec<Reference> {
    let reference = |(position, to_id): (usize, TableId)| Reference {
        organization_id: record.organization_id,
        record_id: record.id,
        to_id,
        target,
        position: position as i64,
        column: column.clone(),
    };
    stored.ids(column.column(), &column.column().name).into_iter().enumerate().map(reference).collect()
}

/// Columns of references by their ids, of the tables that their records are in.
fn column_of(
    schemas: &mut Schemas,
    table_id: TableId,
    column_id: &TableId,
) -> Result<Option<(ReferenceColumn, TableId)>> {
    let schema = schemas.find(&table_id)?;
    Ok(schema.and_then(|schema| ReferenceColumn::by_id(table_id, &schema, column_id)))
}
