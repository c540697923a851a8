//! References of rows without a primary key that give way to a deletion.
//!
//! Such a row is found again by all that it holds: its image, as JSON, after its reference gave way. Rows with one image cannot be told apart, so that it makes
//! no difference which of them gets a reference back.
use super::batch::DeletionId;
use super::graph::Graph;
use super::names::Names;
use crate::core::lifecycle::model::{ForeignKey, Relation};
use crate::core::sql::{literal, quoted, sql};
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter, Value};

/// Changes the references to these parents as their foreign key says, and remembers under the deletion what they held.
pub fn apply_set_null(
    child: &Relation,
    key: &ForeignKey,
    parents: &[Parameter<'_>],
    id: DeletionId,
    references: OwnedTable,
) -> Result<()> {
    let sql = sql!(
        "lifecycle/apply_set_null_keyless.sql",
        held = key.pairs.child_object("child"),
        left_as = key.pairs.child_object("target"),
        set = key.apply_set_null(),
        parents = key.pairs.parents(1),
        refers = key.pairs.refers("child"),
        relation = child.only()
    );
    let changed = child.table()?.write(|| {
        spi::query(&sql, parents, Mode::WriteLatest, |row| {
            row.bigint(1).filter(|count| *count > 0)?;
            Some([2, 3, 4].map(|column| row.value(column)))
        })
    })?;
    let Some([images, held, left_as]) = changed.into_iter().flatten().next() else { return Ok(()) };
    let sql = sql!("lifecycle/remember_keyless.sql", references = references.quoted_name());
    let parameters = [
        Parameter::Uuid(id),
        Parameter::Text(&child.name),
        Parameter::Text(&key.name),
        Parameter::Value(&images),
        Parameter::Value(&held),
        Parameter::Value(&left_as),
    ];
    references.write(|| spi::execute(&sql, &parameters, Mode::Write)).map(|_| ())
}

/// How many references to these parents would give way.
pub fn count(child: &Relation, key: &ForeignKey, parents: &[Parameter<'_>]) -> Result<i64> {
    let sql = format!(
        "SELECT pg_catalog.count(*) FROM {} AS child WHERE EXISTS (SELECT FROM {} WHERE {})",
        child.only(),
        key.pairs.parents(1),
        key.pairs.refers("child")
    );
    let found = child.table()?.read(|| spi::query(&sql, parents, Mode::Read, |row| row.bigint(1)))?;
    Ok(found.into_iter().flatten().next().unwrap_or(0))
}

/// Gives rows that are found by their images the references that they held, where nobody wrote since and the parents, `live`, are there again.
pub fn put_back(
    graph: &Graph,
    key: &ForeignKey,
    names: &Names,
    [images, held, left_as]: [&Value; 3],
    live: &Value,
) -> Result<()> {
    let child = &graph.relations[key.child];
    if let Some(gone) = names.key.iter().find(|name| relation::column(child.oid.into(), name).is_none()) {
        return Err(Error::prerequisite_state(format!(
            "{} cannot be restored: rows of {}, which has no primary key, gave way when it had a column {gone}",
            graph.root().label,
            child.name
        ))
        .hint("Name a column so again for the restore, or delete what deletion_references holds of the table, which is to stay as it is."));
    }
    let sql = sql!(
        "lifecycle/put_back_keyless.sql",
        set = key.put_back("remembered.held"),
        image = image(&names.key),
        relation = child.only()
    );
    let parameters = [images, held, left_as, live].map(Parameter::Value);
    child.table()?.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest)).map(|_| ())
}

/// These columns of the row `target` as a JSON object; a function takes at most 100 arguments.
fn image(columns: &[String]) -> String {
    let part = |columns: &[String]| {
        let members: Vec<String> =
            columns.iter().map(|name| format!("{}, target.{}", literal(name), quoted(name))).collect();
        format!("pg_catalog.jsonb_build_object({})", members.join(", "))
    };
    columns.chunks(40).map(part).collect::<Vec<_>>().join(" OPERATOR(pg_catalog.||) ")
}
