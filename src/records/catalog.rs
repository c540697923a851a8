//! Finds the schemas of custom tables, and caches the compiled ones of this session.
use crate::core::check;
use crate::core::fields::identifier::uuid_text;
use crate::core::jsonb::Value;
use crate::core::schema::{self, Cache, Schema};
use crate::pg::error::{Error, Result};
use crate::pg::guc;
use crate::pg::relation::{self, Regclass};
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::trigger::{Attribute, Call, Columns};
use crate::pg::{invalidation, lock, snapshot};
use pgrx::pg_sys::{JSONBOID, Oid, UUIDOID};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

pub type TableId = [u8; 16];

thread_local! {
    static CACHE: RefCell<Cache> = RefCell::new(Cache::default());
    /// The tenants of tables, as of a tick.
    static TENANTS: RefCell<HashMap<(u32, TableId), (u64, TableId)>> = RefCell::default();
    /// For each relation of records the tenant column, and the query for a table's tenant.
    static HOMES: invalidation::Cache<Option<(String, Rc<str>)>> = invalidation::Cache::default();
    /// The tables whose schema this transaction changed, and the command of the last change.
    static EDITED: RefCell<HashMap<(u32, TableId), u32>> = RefCell::default();
    /// Something was read in this transaction that a rollback may take back.
    static LEARNED: Cell<bool> = const { Cell::new(false) };
}

/// Called at the end of each transaction.
pub fn end_transaction() {
    LEARNED.set(false);
    EDITED.with(|edited| {
        if let Ok(mut edited) = edited.try_borrow_mut() {
            edited.clear();
        }
    });
    let limit = guc::max_cached_schemas();
    CACHE.with(|cache| {
        if let Ok(mut cache) = cache.try_borrow_mut() {
            cache.trim(limit);
        }
    });
    TENANTS.with(|tenants| {
        if let Ok(mut tenants) = tenants.try_borrow_mut()
            && tenants.len() > limit
        {
            tenants.clear();
        }
    });
}

/// A rolled back edit may have been read by the transaction that made it: everything is compared anew.
pub fn forget_uncommitted() {
    if LEARNED.get() {
        invalidation::bump();
    }
}

/// Something else was read that a rollback may take back.
pub fn note_learned() {
    LEARNED.set(true);
}

/// How many schemas are cached and how many were compiled.
pub fn cache_state() -> (usize, u64) {
    CACHE.with_borrow(|cache| (cache.size(), cache.compiled()))
}

/// The relation that holds the schemas: the one named, else `tables` on the search_path, else the only one installed: of the caller's own and of the
/// owners that rowkit trusts, or where there is none the only one that the caller may read.
pub fn tables_relation(named: Option<Regclass>) -> Result<Oid> {
    let holds_schemas = |oid: &Oid| {
        let has = |name: &str, kind| relation::stored_type(*oid, name) == Some(kind);
        relation::is_table(*oid) && has("id", UUIDOID) && has("schema", JSONBOID)
    };
    if let Some(Regclass(oid)) = named {
        return Some(oid).filter(holds_schemas).ok_or_else(|| {
            Error::invalid_parameter(format!("{} holds no table schemas", relation::quoted_name(oid)))
                .hint("It must be a table with the columns id uuid and schema jsonb.")
        });
    }
    // In a session that several users share one after the other, a temporary table is another user's plant.
    let can_be_meant = |oid: &Oid| {
        holds_schemas(oid) && (!relation::is_temporary(*oid) || relation::owner(*oid) == rights::current_user())
    };
    if let Some(oid) = relation::on_path("tables").filter(can_be_meant) {
        return Ok(oid);
    }
    let sql = include_str!("../../sql/queries/tables_relations.sql");
    let all = spi::query(sql, &[], Mode::Read, |row| Some((row.oid(1)?, row.boolean(2)?)))?;
    let all: Vec<(Oid, bool)> = all.into_iter().flatten().filter(|(oid, _)| holds_schemas(oid)).collect();
    // A table that any role can make must not stand in the way of the one that was installed.
    let trusted: Vec<(Oid, bool)> = all.iter().copied().filter(|(_, is_trusted)| *is_trusted).collect();
    match if trusted.is_empty() { all } else { trusted }[..] {
        [(oid, _)] => Ok(oid),
        [] => Err(Error::undefined_object("no relation holds table schemas")
            .hint("Install the blueprint custom_tables, or name a relation: tables => 'schema.tables'.")),
        _ => Err(Error::undefined_object("several relations hold table schemas and none is on the search_path")
            .hint("Set search_path, or name one: tables => 'schema.tables'.")),
    }
}

fn compile(source: &[u8]) -> Result<Schema> {
    Ok(schema::read(Value::root(source))?)
}

fn stored_schema(tables: Oid, id: &TableId, mode: Mode) -> Result<Option<Vec<u8>>> {
    let sql = format!("SELECT schema FROM {} WHERE id OPERATOR(pg_catalog.=) $1", relation::quoted_name(tables));
    Ok(spi::query(&sql, &[Parameter::Uuid(*id)], mode, |row| row.jsonb(1))?.into_iter().next().flatten())
}

/// The schema document of a table as it is committed, or written by this transaction.
pub fn latest_schema(tables: OwnedTable, id: &TableId) -> Result<Option<Vec<u8>>> {
    tables.read(|| stored_schema(tables.relation(), id, Mode::ReadLatest))
}

/// The schema that a writer of the table's records must obey: the latest, which no one changes before it commits.
/// `None` when there is no such table.
pub fn schema_for_writing(tables: OwnedTable, id: &TableId) -> Result<Option<Rc<Schema>>> {
    let relation = tables.relation();
    lock::for_writing_records(relation, id);
    invalidation::watch(relation);
    let (key, tick) = ((u32::from(relation), *id), invalidation::tick());
    if let Some(schema) = CACHE.with_borrow(|cache| cache.fresh(&key, tick)) {
        return Ok(Some(schema));
    }
    let stored = tables.read(|| stored_schema(relation, id, Mode::ReadLatest))?;
    LEARNED.set(true);
    match stored {
        Some(source) => CACHE.with_borrow_mut(|cache| cache.refresh(key, &source, tick, compile)).map(Some),
        None => {
            CACHE.with_borrow_mut(|cache| cache.remove(&key));
            Ok(None)
        }
    }
}

/// Notes that the running command changes the table's schema, or its indexes.
pub fn note_edit(tables: Oid, id: &TableId) {
    let command = snapshot::command();
    EDITED.with_borrow_mut(|edited| edited.insert((u32::from(tables), *id), command));
}

/// 55000 where the schema of a table changed within the running statement, which writes records of it. Its triggers would go on by the new schema with records
/// that were written by the old one, and keep keys, entries and counters that no record has.
pub fn refuse_edited_within(tables: Oid, id: &TableId) -> Result<()> {
    let edit = EDITED.with_borrow(|edited| edited.get(&(u32::from(tables), *id)).copied());
    let is_within = |edit: u32| snapshot::active().is_some_and(|running| running.is_before(edit));
    if !edit.is_some_and(is_within) || !check::in_force("edit_within_statement") {
        return Ok(());
    }
    Err(Error::prerequisite_state(
        "a statement that writes records edited the columns, statuses or indexes of their table",
    )
    .hint("Edit them in a statement of its own, before or after it."))
}

/// The relation of schemas, as rows of a relation name it by a column.
#[derive(Clone)]
pub struct Home {
    pub tables: OwnedTable,
    /// The rows' tenant column and the query for a table's tenant, where a foreign key holds both.
    tenant: Option<(Attribute, Rc<str>)>,
}

impl Home {
    /// `column` is the one that names the table.
    pub fn find(call: &Call<'_>, tables: OwnedTable, column: &str) -> Result<Home> {
        let relation = call.relation();
        let look_up = || {
            invalidation::watch(relation);
            let sql = include_str!("../../sql/queries/tenancy/parent.sql");
            let parameters = [Parameter::Oid(relation), Parameter::Text(column), Parameter::Text("")];
            let found = spi::query(sql, &parameters, Mode::ReadLatest, |row| {
                Some((row.oid(1)?, row.text(2)?, row.text(3)?, row.text(4)?))
            })?;
            let found = found.into_iter().flatten().next().filter(|(parent, ..)| *parent == tables.relation());
            Ok(found.map(|(_, column, tenant, key)| {
                invalidation::watch(tables.relation());
                let name = tables.quoted_name();
                (column, format!("SELECT {tenant} FROM {name} WHERE {key} OPERATOR(pg_catalog.=) $1").into())
            }))
        };
        let tenant: Rc<Option<(String, Rc<str>)>> = HOMES.with(|homes| homes.get(relation, look_up))?;
        let tenant = tenant.as_ref().as_ref();
        let attribute = |(column, sql): &(String, Rc<str>)| {
            Ok::<_, Error>((call.required_attribute(column, &[UUIDOID])?, Rc::clone(sql)))
        };
        let tenant = tenant.map(attribute);
        Ok(Home { tables, tenant: tenant.transpose()? })
    }

    /// The row's tenant, where its table must be that one's.
    pub fn tenant(&self, row: &impl Columns) -> Option<TableId> {
        self.tenant.as_ref().and_then(|(attribute, _)| row.uuid(*attribute))
    }

    /// The schema that a row of the table must obey, as [`schema_for_writing`]. A table of another tenant than the row's is not there: no lock
    /// on it is asked for, and nothing of it read.
    pub fn schema_for_writing(&self, row: &impl Columns, id: &TableId) -> Result<Option<Rc<Schema>>> {
        if self.is_tenants(row, id)? { schema_for_writing(self.tables, id) } else { Ok(None) }
    }

    /// Whether the table is of the row's tenant, where its table must be that one's.
    pub fn is_tenants(&self, row: &impl Columns, id: &TableId) -> Result<bool> {
        let Some((_, sql)) = self.tenant.as_ref().filter(|_| crate::core::check::in_force("table_of_tenant")) else {
            return Ok(true);
        };
        self.tenant(row).map_or(Ok(false), |tenant| self.is_of(sql, id, tenant))
    }

    fn is_of(&self, sql: &str, id: &TableId, tenant: TableId) -> Result<bool> {
        let tables = self.tables.relation();
        invalidation::watch(tables);
        let (key, tick) = ((u32::from(tables), *id), invalidation::tick());
        // Without a guard a table may be given to another tenant, of which nobody is told: only what agrees is believed.
        if TENANTS.with_borrow(|tenants| tenants.get(&key) == Some(&(tick, tenant))) {
            return Ok(true);
        }
        let found =
            self.tables.read(|| spi::query(sql, &[Parameter::Uuid(*id)], Mode::ReadLatest, |row| row.uuid(1)))?;
        let is_of = found.into_iter().next().flatten() == Some(tenant);
        if is_of {
            LEARNED.set(true);
            TENANTS.with_borrow_mut(|tenants| tenants.insert(key, (tick, tenant)));
        }
        Ok(is_of)
    }
}

/// The schema document of a table that the caller can see.
pub fn require_visible(tables: Oid, id: &TableId) -> Result<Vec<u8>> {
    rights::reading_as_caller(tables, || stored_schema(tables, id, Mode::Read))?.ok_or_else(|| {
        Error::undefined_object(format!("table {} does not exist in {}", uuid_text(id), relation::quoted_name(tables)))
            .hint("Or it is not visible to you.")
    })
}

/// The schema as the caller sees it, through the caller's rights and row security.
pub fn schema_for_reading(tables: Oid, id: &TableId) -> Result<Rc<Schema>> {
    let source = require_visible(tables, id)?;
    let key = (u32::from(tables), *id);
    if let Some(schema) = CACHE.with_borrow(|cache| cache.same_source(&key, &source)) {
        return Ok(schema);
    }
    LEARNED.set(true);
    // Tick 0 is never current: a writer compares with the latest document before it trusts this one.
    CACHE.with_borrow_mut(|cache| cache.refresh(key, &source, 0, compile))
}
