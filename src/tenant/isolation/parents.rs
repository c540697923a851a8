//! Early check of foreign keys that hold the tenant column.
//!
//! The foreign key itself refuses another tenant's parent only at the end of the statement. Before that, a trigger that reads the parent or a
//! unique index without the tenant could reveal that it exists. So rowkit looks for the parent first, in the row's own tenant only.
use super::admission::Admission;
use crate::core::check;
use crate::core::fields::identifier::uuid_text;
use crate::core::sql::{list, quoted, sql};
use crate::pg::error::{Error, Result};
use crate::pg::invalidation::{self, Cache};
use crate::pg::relation;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::trigger::{Attribute, Call, Columns, Row};
use pgrx::pg_sys::{Oid, UUIDOID};
use std::collections::HashSet;

/// A foreign key, by the names of its columns.
struct Key {
    parent: Oid,
    columns: Vec<String>,
    /// The place of the parent's id among them.
    id: usize,
    sql: String,
}

thread_local! {
    static KEYS: Cache<Vec<Key>> = Cache::default();
}

/// More keys than this are forgotten, and asked for again.
const KEPT: usize = 1024;

/// A parent along one foreign key, for one statement.
pub struct Parent {
    table: OwnedTable,
    key: Vec<Attribute>,
    id: usize,
    sql: String,
    found: HashSet<Vec<Vec<u8>>>,
}

fn look_up(call: &Call<'_>, tenant: &str) -> Result<Vec<Key>> {
    invalidation::watch(call.relation());
    let sql = sql!("tenancy/tenant_parents.sql", columns = crate::rows::lifecycle::KEY_COLUMNS);
    let parameters = [Parameter::Oid(call.relation()), Parameter::Text(tenant)];
    let found = spi::query(&sql, &parameters, Mode::ReadLatest, |row| {
        Some((row.oid(1)?, row.texts(2), row.texts(3), row.texts(4)))
    })?;
    let key = |(parent, columns, referred, operators): (Oid, Vec<String>, Vec<String>, Vec<String>)| {
        invalidation::watch(parent);
        let is_named = list(&referred, " AND ", |number, column| {
            format!("parent.{} {} ${number}", quoted(column), operators[number - 1])
        });
        let sql = format!("SELECT FROM {} AS parent WHERE {is_named}", relation::quoted_name(parent));
        // The id is at the end of the key where the tenant is not.
        let id = if columns.first().is_some_and(|first| first == tenant) { columns.len() - 1 } else { 0 };
        Key { parent, columns, id, sql }
    };
    Ok(found.into_iter().flatten().map(key).collect())
}

impl Parent {
    /// All foreign keys of the trigger's relation that hold the tenant.
    pub fn all(call: &Call<'_>, tenant: &str) -> Result<Vec<Parent>> {
        let keys = KEYS.with(|keys| keys.get(call.relation(), || look_up(call, tenant)))?;
        let parent = |key: &Key| {
            let columns = key.columns.iter().map(|column| call.required_column(column)).collect::<Result<_>>()?;
            let table = OwnedTable::referenced(call.relation(), key.parent)?;
            Ok(Parent { table, key: columns, id: key.id, sql: key.sql.clone(), found: HashSet::new() })
        };
        keys.iter().map(parent).collect()
    }

    /// Refuses a row whose parent is not there, or another tenant's. `old` is the row before an UPDATE: what it named already is not asked. Where a
    /// policy's condition reads the parent, one that is not there gets the same answer as one that the writer does not see.
    pub fn require(
        &mut self,
        call: &Call<'_>,
        admission: &mut Admission,
        row: &Row<'_>,
        old: Option<&Row<'_>>,
    ) -> Result<()> {
        let is_kept = old.is_some_and(|old| self.key.iter().all(|part| row.same_bytes(old, *part)));
        if is_kept || !check::in_force("tenant_parents") {
            return Ok(());
        }
        let Some(key) = self.key.iter().map(|part| row.bytes(*part)).collect::<Option<Vec<_>>>() else { return Ok(()) };
        if self.found.contains(&key) {
            return Ok(());
        }
        let values: Vec<Value> = self.key.iter().map(|part| row.value(*part)).collect();
        let parameters: Vec<Parameter<'_>> = values.iter().map(Parameter::Value).collect();
        // Like the foreign key itself, which sees what this statement has written so far.
        let found = self.table.read(|| spi::query(&self.sql, &parameters, Mode::ReadRunning, |_| ()))?;
        if found.is_empty() {
            if !admission.policies_admit(row)? {
                return Err(admission.refusal());
            }
            let id = self.key.get(self.id).filter(|part| part.kind == UUIDOID).and_then(|part| row.uuid(*part));
            return Err(missing(call, self.table.relation(), id.as_ref()));
        }
        if self.found.len() >= KEPT {
            self.found.clear();
        }
        self.found.insert(key);
        Ok(())
    }
}

/// The error of a parent that is not there, and of one of another tenant.
pub fn missing(call: &Call<'_>, parent: Oid, id: Option<&[u8; 16]>) -> Error {
    let (child, parent) = (call.relation_name(), relation::quoted_name(parent));
    let named = id.map_or_else(|| "a row".to_owned(), uuid_text);
    Error::foreign_key_violation(format!("{child} names {named}, which is not in {parent}"))
        .hint(format!("Insert it into {parent} first."))
}
