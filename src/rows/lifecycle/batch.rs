//! One deletion: its number, its record in `deletions`, the marks that it leaves on rows.
use super::graph::Graph;
use super::rows::{Rows, kept};
use crate::core::lifecycle::model::{ForeignKey, Relation};
use crate::core::sql::sql;
use crate::pg::error::{Error, Result};
use crate::pg::operation::{self, OperationGuard};
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::trigger::Call;
use pgrx::pg_sys::Oid;

pub type DeletionId = [u8; 16];

/// The relations that hold deletions and what gave way to them, beside the deleted rows.
pub const DELETIONS: &str = "deletions";
pub const REFERENCES: &str = "deletion_references";

/// A deletion whose marks rowkit is changing, and the relations that hold them.
pub struct Marking {
    id: DeletionId,
    relations: Vec<u32>,
}

/// While what it answers lives, the statements that follow change the marks of this deletion in these relations.
pub fn marking<'a>(id: DeletionId, relations: impl IntoIterator<Item = &'a Relation>) -> OperationGuard<Marking> {
    let relations = relations.into_iter().map(|relation| relation.oid).collect();
    OperationGuard::begin(Marking { id, relations })
}

/// Whether a statement of rowkit's that changes marks called the trigger.
pub fn is_marking(call: &Call<'_>) -> bool {
    let marking = operation::of_trigger::<Marking>();
    marking.is_some_and(|marking| marking.relations.iter().any(|relation| call.is_of(Oid::from(*relation))))
}

/// The relation whose rows rowkit removes for good.
pub struct Erasing(u32);

/// While what it answers lives, the statements that follow remove rows of this relation for good: whether they may was asked before.
pub fn erasing(relation: &Relation) -> OperationGuard<Erasing> {
    OperationGuard::begin(Erasing(relation.oid))
}

/// Whether a statement of rowkit's that removes rows for good called the trigger.
pub fn is_erasing(call: &Call<'_>) -> bool {
    let erasing = operation::of_trigger::<Erasing>();
    erasing.is_some_and(|erasing| call.is_of(Oid::from(erasing.0)))
}

/// Whether a trigger's WHEN that asks is evaluated for a statement of rowkit's that changes the marks of one of these deletions.
pub fn is_marked_now(deletions: [Option<DeletionId>; 2]) -> bool {
    let marking = operation::of_expression::<Marking>();
    marking.is_some_and(|marking| deletions.contains(&Some(marking.id)))
}

pub struct Batch {
    pub id: DeletionId,
    pub deletions: OwnedTable,
    pub references: OwnedTable,
    pub deleted_by: Value,
    pub reason: Value,
}

/// A table of rowkit's beside the rows, which is of their table's owner.
pub fn beside(relation: &Relation, name: &str) -> Result<OwnedTable> {
    relation.table()?.beside(name)?.ok_or_else(|| {
        let Relation { schema, name: of, .. } = relation;
        Error::undefined_object(format!("schema {schema} has no table {name}"))
            .hint(format!("SELECT rowkit.enable_soft_delete('{of}'); makes it again."))
    })
}

impl Batch {
    pub fn new(graph: &Graph, deleted_by: Option<[u8; 16]>, reason: Option<&str>) -> Result<Batch> {
        Ok(Batch {
            id: crate::pg::uuid::next()?,
            deletions: beside(graph.root(), DELETIONS)?,
            references: beside(graph.root(), REFERENCES)?,
            deleted_by: Value::uuid(deleted_by),
            reason: Value::text(reason),
        })
    }

    /// Marks rows as deleted; returns how many.
    pub fn stamp(&self, relation: &Relation, rows: &Rows) -> Result<u64> {
        let sql = sql!("lifecycle/stamp.sql", relation = relation.only(), among = relation.is_among("target", 3));
        let mut parameters = vec![Parameter::Value(&self.deleted_by), Parameter::Uuid(self.id)];
        parameters.extend(rows.handle_parameters());
        let _marking = marking(self.id, [relation]);
        relation.table()?.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))
    }

    /// Marks the live children of parents, which the parameters hold, as deleted; returns how many.
    pub fn stamp_children(&self, child: &Relation, key: &ForeignKey, parents: Vec<Parameter<'_>>) -> Result<u64> {
        let sql = sql!(
            "lifecycle/stamp_children.sql",
            relation = child.only(),
            parents = key.pairs.parents(3),
            refers = key.pairs.refers("child")
        );
        let mut parameters = vec![Parameter::Value(&self.deleted_by), Parameter::Uuid(self.id)];
        parameters.extend(parents);
        let _marking = marking(self.id, [child]);
        child.table()?.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))
    }

    /// Writes the deletion down.
    pub fn record(&self, graph: &Graph, keys: &Value, deleted: &[(String, i64)]) -> Result<()> {
        let sql = sql!("lifecycle/record.sql", deletions = self.deletions.quoted_name());
        let counts: serde_json::Map<String, serde_json::Value> =
            deleted.iter().map(|(label, rows)| (label.clone(), (*rows).into())).collect();
        let counts = serde_json::Value::from(counts).to_string();
        let parameters = [
            Parameter::Uuid(self.id),
            Parameter::Text(&graph.root().label),
            Parameter::Value(keys),
            Parameter::Value(&self.deleted_by),
            Parameter::Value(&self.reason),
            Parameter::Text(&counts),
        ];
        self.deletions.write(|| spi::execute(&sql, &parameters, Mode::Write)).map(|_| ())
    }
}

/// The children under a condition whose references are about to give way, with their keys and what they hold as JSON arrays. The
/// parents' values are the parameters from `first` on.
pub fn set_null_children(
    child: &Relation,
    key: &ForeignKey,
    (live, lock): (&str, &str),
    (parameters, first): (&[Parameter<'_>], usize),
    mode: Mode,
) -> Result<Option<(Value, Value, Rows)>> {
    let sql = sql!(
        "lifecycle/set_null_children.sql",
        arrays = child.handle_arrays(),
        columns = child.handle("child"),
        key_object = child.key_object("child"),
        held = key.pairs.child_object("child"),
        live = live,
        lock = lock,
        parents = key.pairs.parents(first),
        refers = key.pairs.refers("child"),
        relation = child.only()
    );
    let found = child.table()?.read(|| {
        spi::query(&sql, parameters, mode, |row| {
            Rows::read_handles(row, child, 4).map(|rows| (row.value(2), row.value(3), rows))
        })
    })?;
    Ok(found.into_iter().flatten().next())
}

/// Changes references as their foreign key says, and remembers under the deletion what they held: keys and values as JSON arrays.
pub fn apply_set_null(
    graph: &Graph,
    key: &ForeignKey,
    rows: &Rows,
    (record_keys, held): (Value, Value),
    id: DeletionId,
    references: OwnedTable,
) -> Result<()> {
    let child = &graph.relations[key.child];
    let sql = sql!(
        "lifecycle/apply_set_null.sql",
        relation = child.only(),
        set = key.apply_set_null(),
        among = child.is_among("target", 1),
        key_object = child.key_object("target"),
        held = key.pairs.child_object("target")
    );
    let parameters: Vec<Parameter<'_>> = rows.handle_parameters().collect();
    let changed = child
        .table()?
        .write(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| (row.value(1), row.value(2))))?;
    let Some((changed_keys, left_as)) = changed.into_iter().find(|(keys, _)| !keys.is_null()) else {
        return Err(kept(child));
    };
    let sql = sql!("lifecycle/remember.sql", references = references.quoted_name());
    let parameters = [
        Parameter::Uuid(id),
        Parameter::Text(&child.name),
        Parameter::Text(&key.name),
        Parameter::Value(&record_keys),
        Parameter::Value(&held),
        Parameter::Value(&changed_keys),
        Parameter::Value(&left_as),
    ];
    references.write(|| spi::execute(&sql, &parameters, Mode::Write)).map(|_| ())
}
