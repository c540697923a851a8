//! What the deletion of a relation's rows can reach, read from the catalog.
use crate::core::lifecycle::model::{Action, Column, ColumnPairs, ForeignKey, Relation, parents_first};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::{Keys, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::written;
use pgrx::pg_sys::Oid;

/// The root stands wherever its name sorts it: see [`Graph::root`].
pub struct Graph {
    pub relations: Vec<Relation>,
    pub keys: Vec<ForeignKey>,
    pub root: usize,
    /// Foreign keys that were left out, as no row refers along them: the constraint, its table, and the condition under which a row does.
    pub left_out: Vec<LeftOut>,
    /// The table that the caller named: code of its owner runs with the caller's rights, where policies are asked.
    pub named: Oid,
    /// The relations' places, parents before children.
    pub order: Vec<usize>,
}

/// SQL for the columns of a row of pg_constraint, `foreign_key`.
pub const KEY_COLUMNS: &str = include_str!("../../../sql/queries/lifecycle/foreign_key_columns.sql");

impl Relation {
    /// The table, whose owner does what soft delete does to its rows. 55000 where it has another name by now: queries name it as it was called when the graph was read, and the owner of a schema
    /// may put another table in its place.
    pub fn table(&self) -> Result<OwnedTable> {
        let table = OwnedTable::in_soft_delete(Oid::from(self.oid))?;
        if table.quoted_name() != self.name {
            return Err(Error::prerequisite_state(format!("{} was renamed meanwhile", self.name))
                .hint("Run the statement again."));
        }
        Ok(table)
    }

    pub fn owner(&self) -> Oid {
        relation::owner(Oid::from(self.oid))
    }
}

/// Whether values of the columns cannot travel in arrays.
fn structured(columns: &[Column]) -> bool {
    columns.iter().any(|column| column.is_structured)
}

/// Whether rows of the table have no place that can travel in an array.
fn is_spread(relation: &Relation) -> bool {
    relation.is_partitioned && structured(&relation.key)
}

/// Leaves out foreign keys that soft delete cannot follow, of tables of other owners in which no row refers to anything along them: nobody hinders a deletion by an empty table.
fn without_strangers(
    relations: &mut [Relation],
    keys: Vec<ForeignKey>,
    root: Oid,
) -> Result<(Vec<ForeignKey>, Vec<LeftOut>)> {
    let owner = relation::owner(root);
    let (mut left, mut left_out) = (Vec::with_capacity(keys.len()), Vec::new());
    for key in keys {
        work::step();
        let child = &relations[key.child];
        let is_followed = !structured(&key.pairs.columns) && !is_spread(child);
        if is_followed || child.has_soft_delete || child.owner() == owner {
            left.push(key);
            continue;
        }
        let found =
            LeftOut { constraint: Oid::from(key.oid), child: child.clone(), is_set: key.pairs.child_is_set("child") };
        if found.refers()? {
            left.push(key);
        } else {
            left_out.push((key.child, found));
        }
    }
    for (place, _) in &left_out {
        work::step();
        relations[*place].is_reached = left.iter().any(|known| known.child == *place);
    }
    Ok((left, left_out.into_iter().map(|(_, found)| found).collect()))
}

/// Columns by their names, types, operators of equality and whether they are arrays or composites.
pub fn columns([names, kinds, operators, structures]: [Vec<String>; 4]) -> Vec<Column> {
    let parts = names.into_iter().zip(kinds).zip(operators).zip(structures);
    let column = |(((name, kind), equals), structure): (((String, String), String), String)| Column {
        name,
        kind,
        equals,
        is_structured: structure == "true",
    };
    parts.map(column).collect()
}

/// A foreign key that soft delete cannot follow, of another owner's table in which no row referred to anything along it.
pub struct LeftOut {
    pub constraint: Oid,
    pub child: Relation,
    is_set: String,
}

impl LeftOut {
    /// Whether a row refers along it by now.
    pub fn refers(&self) -> Result<bool> {
        let sql = format!("SELECT FROM {} AS child WHERE {} LIMIT 1", self.child.only(), self.is_set);
        let table = self.child.table()?;
        Ok(!table.read(|| spi::query(&sql, &[], Mode::WriteLatest, |_| ()))?.is_empty())
    }
}

impl Graph {
    /// 42704 when the root has no soft delete.
    pub fn load(root: Oid) -> Result<Graph> {
        written::with_qualified_names(|| Graph::read(root))
    }

    fn read(root: Oid) -> Result<Graph> {
        if root == Oid::INVALID {
            return Err(Error::undefined_object("no table was named").hint("Give its name: 'app.projects'."));
        }
        let sql = include_str!("../../../sql/queries/lifecycle/relations.sql");
        let mut relations: Vec<Relation> =
            spi::query(sql, &[Parameter::Oid(root)], Mode::ReadLatest, |row| Relation {
                oid: row.oid(1).map_or(0, u32::from),
                is_reached: row.boolean(2).unwrap_or(false),
                name: row.text(3).unwrap_or_default(),
                label: row.text(4).unwrap_or_default(),
                schema: row.text(5).unwrap_or_default(),
                is_partitioned: row.boolean(6).unwrap_or(false),
                has_soft_delete: row.boolean(7).unwrap_or(false),
                has_before_trigger: row.boolean(8).unwrap_or(false),
                key: columns([9, 10, 11, 12].map(|column| row.texts(column))),
                referenced: Vec::new(),
            })?;
        let place = |oid: u32| relations.iter().position(|relation| relation.oid == oid);
        let root_place = place(root.into()).filter(|place| relations[*place].has_soft_delete).ok_or_else(|| {
            let name = relation::quoted_name(root);
            Error::undefined_object(format!("{name} has no soft delete"))
                .hint(format!("SELECT rowkit.enable_soft_delete('{name}');"))
        })?;
        let sql = sql!("lifecycle/foreign_keys.sql", columns = KEY_COLUMNS);
        let oids: Vec<Oid> = relations.iter().map(|relation| Oid::from(relation.oid)).collect();
        let keys = spi::query(&sql, &[Parameter::Oids(&oids)], Mode::ReadLatest, |row| {
            Some(ForeignKey {
                oid: row.oid(15)?.into(),
                name: row.text(1)?,
                child: place(row.oid(2)?.into())?,
                parent: place(row.oid(3)?.into())?,
                action: Action::of(&row.text(4)?),
                pairs: ColumnPairs {
                    columns: columns([5, 7, 8, 9].map(|column| row.texts(column))),
                    parent_columns: row.texts(6),
                },
                referred: columns([6, 12, 13, 14].map(|column| row.texts(column))),
                set_columns: row.texts(10),
                is_deferred: row.boolean(11).unwrap_or(false),
            })
        })?;
        let keys: Vec<ForeignKey> = keys.into_iter().flatten().collect();
        let (keys, left_out) = without_strangers(&mut relations, keys, root)?;
        for key in &keys {
            work::step();
            for column in &key.pairs.parent_columns {
                work::step();
                if !relations[key.parent].referenced.contains(column) {
                    relations[key.parent].referenced.push(column.clone());
                }
            }
        }
        // Values of keys travel in arrays, which do not hold arrays and take composites apart.
        let parted = keys.iter().find(|key| relations[key.parent].has_soft_delete && structured(&key.pairs.columns));
        let name = parted.map(|key| format!("{} of {}", key.name, relations[key.child].name));
        let spread = relations.iter().find(|relation| relation.is_reached && is_spread(relation));
        if let Some(name) = name.or_else(|| spread.map(|relation| format!("the primary key of {}", relation.name))) {
            return Err(Error::not_supported(format!("{name} is of an array or a composite"))
                .hint("Refer by columns of simple types; a partitioned table's key is of such, too."));
        }
        let schema = relations[root_place].schema.clone();
        for relation in relations.iter_mut().filter(|relation| relation.schema != schema) {
            work::step();
            relation.label = format!("{}.{}", relation.schema, relation.label);
        }
        let order = parents_first(relations.len(), &keys);
        Ok(Graph { relations, keys, root: root_place, left_out, named: root, order })
    }

    /// The same without these relations among those that soft delete can reach.
    pub fn without(&self, places: &[usize]) -> Result<Graph> {
        let mut graph = Graph { named: self.named, ..Graph::load(Oid::from(self.root().oid))? };
        for relation in &mut graph.relations {
            work::step();
            let is_left_out = |place: &usize| self.relations[*place].oid == relation.oid;
            relation.is_reached &= !places.iter().any(is_left_out);
        }
        Ok(graph)
    }

    pub fn root(&self) -> &Relation {
        &self.relations[self.root]
    }

    /// Whether no code of another owner runs in what is done to the graph's rows.
    pub fn is_of_one_owner(&self) -> bool {
        let owner = self.root().owner();
        self.left_out.is_empty() && self.relations.iter().all(|relation| relation.owner() == owner)
    }

    /// Makes the deferrable constraints of all tables that the work may change IMMEDIATE, as the caller: rows of each are changed by its owner. Rules are refused
    /// where a row is written: those of a table that refers to none of the rows hinder nobody.
    pub fn prepare(&self, keys: Keys) -> Result<()> {
        for relation in self.relations.iter().filter(|relation| relation.is_reached) {
            work::step();
            relation.table()?.defer_nothing(keys)?;
        }
        Ok(())
    }

    /// The foreign keys that refer to a relation.
    pub fn referring(&self, parent: usize) -> impl Iterator<Item = &ForeignKey> {
        self.keys.iter().filter(move |key| key.parent == parent)
    }

    /// Whether the relation's rows are locked, in the order of their keys, before they change: others may refer to them, or two
    /// deletions reach them along different foreign keys, or a trigger may keep some. The rest is reached below a locked parent only.
    pub fn needs_locks(&self, place: usize) -> bool {
        let cascades = |key: &&ForeignKey| key.child == place && key.action == Action::Cascade;
        self.relations[place].has_before_trigger
            || self.referring(place).next().is_some()
            || self.keys.iter().filter(cascades).count() > 1
    }

    /// The relations that soft delete can reach, parents first.
    pub fn reached(&self) -> impl Iterator<Item = usize> {
        self.order.iter().copied().filter(|place| {
            let relation = &self.relations[*place];
            relation.is_reached && relation.has_soft_delete
        })
    }

    /// The foreign keys between relations with soft delete, parents first, of children that soft delete can reach.
    pub fn soft_keys(&self) -> impl Iterator<Item = &ForeignKey> {
        self.reached()
            .flat_map(|place| self.keys.iter().filter(move |key| key.child == place))
            .filter(|key| self.relations[key.parent].has_soft_delete)
    }
}
