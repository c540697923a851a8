//! Soft delete: a root, what cascades from it, what stands in its way, what lets go of it.
use super::batch::{self, Batch};
use super::foreign;
use super::graph::Graph;
use super::keyless;
use super::permissions::{self as permissions, Policies};
use super::recheck;
use super::rows::{Rows, kept};
use crate::core::lifecycle::model::{Action, ForeignKey, Relation};
use crate::core::sql::{SharedFragments, sql};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::rights::{self, Keys};
use crate::pg::spi::{self, Mode, Parameter, ResultRow, Value};

/// What to do about children in tables without soft delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmanaged {
    Refuse,
    Leave,
}

/// What keeps rows from being deleted.
pub struct Blocker {
    pub relation: String,
    pub foreign_key: String,
    pub rows: i64,
    pub ids: Vec<String>,
    unmanaged: bool,
}

/// What a deletion did or, explained, would do.
#[derive(Default)]
pub struct Outcome {
    /// Rows of the root relation that were named.
    pub roots: i64,
    /// Rows a relation, the root first.
    pub deleted: Vec<(String, i64)>,
    /// Only explained.
    pub set_null_children: Vec<(String, Action, i64)>,
    pub blockers: Vec<Blocker>,
}

/// What is done with the rows.
#[derive(Clone, Copy)]
enum Way<'a> {
    Delete(&'a Batch),
    /// Nothing: they are counted.
    Explain,
    /// They are locked, live or not, to be removed.
    Erase,
}

struct DeletionPlan<'a> {
    graph: &'a Graph,
    way: Way<'a>,
    /// For each relation the rows taken so far.
    taken: Vec<Vec<Rows>>,
    followed: Vec<usize>,
    /// All handles of each relation; only rows that are being deleted carry a mark by which they are known.
    seen: Vec<Option<Vec<Value>>>,
}

/// Deletes the rows of the graph's root whose keys are `ids`, or explains what that would do.
pub fn delete(graph: &Graph, ids: &[String], batch: Option<&Batch>, unmanaged: Unmanaged) -> Result<Outcome> {
    // With the caller's rights: what they may not update and delete they cannot delete softly, and are not told what that would do.
    let policies = Policies::of(graph.root())?;
    let found = if batch.is_some() {
        let state = format!("deleted_at IS NULL AND {}", policies.of_delete());
        graph.prepare(Keys::Stay)?;
        rights::as_caller(graph.root().oid.into(), || named(graph, ids, &state, "FOR UPDATE", Mode::Write))?
    } else {
        let state = format!("deleted_at IS NULL AND {}", policies.asked());
        rights::as_caller(graph.root().oid.into(), || named(graph, ids, &state, "", Mode::Read))?
    };
    let Some((keys, roots)) = found else {
        return Ok(Outcome::default());
    };
    delete_found(graph, keys, roots, batch, unmanaged)
}

/// Which rows a DELETE found: arrays, one for each column.
pub enum Located {
    /// By their primary keys.
    Keys(Vec<Value>),
    /// By their places, where a key cannot travel in an array.
    Places(Value),
}

/// Deletes rows of the graph's root that the caller may DELETE.
pub fn delete_located(graph: &Graph, located: &Located, batch: &Batch) -> Result<Outcome> {
    let root = graph.root();
    let (among, arrays) = match located {
        Located::Keys(keys) => (root.has_key_among("target", 1), keys.as_slice()),
        Located::Places(places) => (root.is_among("target", 1), std::slice::from_ref(places)),
    };
    graph.prepare(Keys::Stay)?;
    let sql = sql!(
        "lifecycle/located.sql",
        arrays = root.handle_arrays() + &root.referenced_arrays(),
        columns = root.handle("target") + &root.referenced_columns("target"),
        key_object = root.key_object("target"),
        order = root.key_order("target"),
        relation = root.only(),
        among = among
    );
    let parameters: Vec<Parameter<'_>> = arrays.iter().map(Parameter::Value).collect();
    let found = root.table()?.read(|| {
        spi::query(&sql, &parameters, Mode::WriteLatest, |row| {
            Rows::read(row, root, 3).map(|rows| (row.value(2), rows))
        })
    })?;
    match found.into_iter().flatten().next() {
        Some((keys, roots)) => delete_found(graph, keys, roots, Some(batch), Unmanaged::Refuse),
        None => Ok(Outcome::default()),
    }
}

/// Deletes rows that are found and locked, or explains what that would do.
fn delete_found(
    graph: &Graph,
    keys: Value,
    roots: Rows,
    batch: Option<&Batch>,
    unmanaged: Unmanaged,
) -> Result<Outcome> {
    let count = roots.count;
    let plan = DeletionPlan::from(graph, batch.map_or(Way::Explain, Way::Delete), roots)?;
    let mut outcome = plan.outcome(unmanaged)?;
    outcome.roots = count;
    if let (Some(batch), []) = (batch, &outcome.blockers[..]) {
        batch.record(graph, &keys, &outcome.deleted)?;
        plan.apply_set_null(batch)?;
        outcome.blockers = plan.still_referring()?;
    } else if batch.is_none() {
        plan.count_set_null_children(&mut outcome)?;
    }
    Ok(outcome)
}

/// All rows that would go with these for good, deleted as they are: locked, parents first, each with its relation's place.
pub fn below(graph: &Graph, roots: Rows) -> Result<Vec<(usize, Rows)>> {
    let mut plan = DeletionPlan::from(graph, Way::Erase, roots)?;
    let outcome = plan.outcome(Unmanaged::Refuse)?;
    if !outcome.blockers.is_empty() {
        return Err(refusal(graph, &outcome.blockers));
    }
    let mut rows = Vec::new();
    for place in graph.order.iter().copied() {
        work::step();
        rows.extend(plan.taken[place].drain(..).map(|rows| (place, rows)));
    }
    Ok(rows)
}

/// The named rows of the graph's root in a state, as the caller sees them: their keys as JSON, and the rows.
pub fn named(graph: &Graph, ids: &[String], state: &str, lock: &str, mode: Mode) -> Result<Option<(Value, Rows)>> {
    let (root, alias) = (graph.root(), &graph.root().alias());
    let sql = sql!(
        "lifecycle/roots.sql",
        arrays = root.handle_arrays() + &root.referenced_arrays(),
        columns = root.handle(alias) + &root.referenced_columns(alias),
        key_object = root.key_object(alias),
        given = root.key_is(alias, "\"rowkit.given\".id"),
        order = root.key_order(alias),
        lock = lock,
        relation = root.only(),
        alias = alias,
        state = state
    );
    let found = spi::query(&sql, &[Parameter::Texts(ids)], mode, |row| {
        Rows::read(row, root, 3).map(|rows| (row.value(2), rows))
    })?;
    Ok(found.into_iter().flatten().next())
}

/// The children that a foreign key has below the parents that the first parameters name.
struct Below<'k> {
    key: &'k ForeignKey,
    child: &'k Relation,
}

impl SharedFragments for Below<'_> {
    const NAMES: &'static [&'static str] = &["parents", "refers", "relation"];

    fn fragments(&self) -> Vec<String> {
        vec![self.key.pairs.parents(1), self.key.pairs.refers("child"), self.child.only()]
    }
}

impl<'a> DeletionPlan<'a> {
    /// Takes the roots and all that cascades from them.
    fn from(graph: &'a Graph, way: Way<'a>, roots: Rows) -> Result<DeletionPlan<'a>> {
        let places = graph.relations.len();
        let taken = std::iter::repeat_with(Vec::new).take(places).collect();
        let mut plan = DeletionPlan { graph, way, taken, followed: vec![0; places], seen: vec![None; places] };
        plan.take(graph.root, roots)?;
        while let Some(place) = plan.next() {
            work::step();
            plan.follow(place)?;
        }
        Ok(plan)
    }

    fn mode(&self) -> Mode {
        if matches!(self.way, Way::Explain) { Mode::Read } else { Mode::WriteLatest }
    }

    /// Deletes rows that are locked, or only notes them, to be followed.
    fn take(&mut self, place: usize, rows: Rows) -> Result<()> {
        let relation = &self.graph.relations[place];
        if let Way::Delete(batch) = self.way {
            if batch.stamp(relation, &rows)? != rows.count as u64 {
                return Err(kept(relation));
            }
        } else {
            self.seen[place] = Some(match self.seen[place].take() {
                Some(seen) => {
                    seen.iter().zip(&rows.handles).map(|(seen, new)| joined(seen, new)).collect::<Result<_>>()?
                }
                None => rows.handles.clone(),
            });
        }
        self.taken[place].push(rows);
        Ok(())
    }

    /// The first relation, parents first, with rows whose children were not looked for.
    fn next(&self) -> Option<usize> {
        let waits = |place: &usize| self.followed[*place] < self.taken[*place].len();
        self.graph.order.iter().copied().find(waits)
    }

    fn follow(&mut self, place: usize) -> Result<()> {
        let graph = self.graph;
        let from = std::mem::replace(&mut self.followed[place], self.taken[place].len());
        for key in graph.referring(place) {
            work::step();
            if key.action != Action::Cascade || !graph.relations[key.child].has_soft_delete {
                continue;
            }
            for chunk in from..self.followed[place] {
                work::step();
                self.cascade(key, chunk)?;
            }
        }
        Ok(())
    }

    /// Takes the live children of one lot of parents.
    fn cascade(&mut self, key: &ForeignKey, chunk: usize) -> Result<()> {
        let graph = self.graph;
        // Rows of another owner's table are looked for first: nobody hinders a deletion by an empty table.
        if let (Way::Delete(batch), false) = (self.way, graph.needs_locks(key.child) || foreign::is_foreign(graph, key))
        {
            let (parent, child) = (&graph.relations[key.parent], &graph.relations[key.child]);
            let count = batch.stamp_children(child, key, self.taken[key.parent][chunk].parts(parent, key))?;
            if count > 0 {
                self.taken[key.child].push(Rows { count: count as i64, handles: Vec::new(), referenced: Vec::new() });
            }
            return Ok(());
        }
        match self.children(key, chunk)? {
            Some(rows) => self.take(key.child, rows),
            None => Ok(()),
        }
    }

    fn children(&self, key: &ForeignKey, chunk: usize) -> Result<Option<Rows>> {
        let (parent, child) = (&self.graph.relations[key.parent], &self.graph.relations[key.child]);
        let mut parameters = self.taken[key.parent][chunk].parts(parent, key);
        let live = self.live(key.child, &mut parameters);
        let lock = match self.way {
            Way::Explain => String::new(),
            _ => format!("ORDER BY {} FOR UPDATE OF child", child.key_order("child")),
        };
        let sql = sql!(
            "lifecycle/children.sql",
            ..Below { key, child },
            arrays = child.handle_arrays() + &child.referenced_arrays(),
            columns = child.handle("child") + &child.referenced_columns("child"),
            live = live,
            lock = lock
        );
        let rows = self.query_children(key, &sql, &parameters, self.mode(), |row| Rows::read(row, child, 2))?;
        Ok(rows.into_iter().flatten().next())
    }

    /// Runs a query on the children of a lot of parents, with the rights of the child's owner, as a foreign key does.
    fn query_children<T>(
        &self,
        key: &ForeignKey,
        sql: &str,
        parameters: &[Parameter<'_>],
        mode: Mode,
        read: impl FnMut(&ResultRow) -> T,
    ) -> Result<Vec<T>> {
        let child = &self.graph.relations[key.child];
        child.table()?.read(|| spi::query(sql, parameters, mode, read))
    }

    /// The condition under which a child counts. Deleted rows carry their mark; otherwise those that were found before are left out by
    /// their handles, which are added to the parameters.
    fn live<'b>(&'b self, child: usize, parameters: &mut Vec<Parameter<'b>>) -> String {
        let relation = &self.graph.relations[child];
        let counts_all = !relation.has_soft_delete || matches!(self.way, Way::Erase);
        let mut live = if counts_all { "true" } else { "child.deleted_at IS NULL" }.to_owned();
        if let Some(seen) = &self.seen[child] {
            live += &format!(" AND NOT {}", relation.is_among("child", parameters.len() + 1));
            parameters.extend(seen.iter().map(Parameter::Value));
        }
        live
    }

    fn outcome(&self, unmanaged: Unmanaged) -> Result<Outcome> {
        let graph = self.graph;
        let rows = |place: usize| self.taken[place].iter().map(|rows| rows.count).sum::<i64>();
        let others = graph.order.iter().copied().filter(|place| *place != graph.root);
        let mut outcome = Outcome::default();
        for place in std::iter::once(graph.root).chain(others).filter(|place| rows(*place) > 0) {
            work::step();
            outcome.deleted.push((graph.relations[place].label.clone(), rows(place)));
        }
        for key in &graph.keys {
            work::step();
            let child = &graph.relations[key.child];
            let is_unmanaged = key.action == Action::Cascade && !child.has_soft_delete;
            let may_block = key.action == Action::Restrict || (is_unmanaged && unmanaged == Unmanaged::Refuse);
            if !may_block {
                continue;
            }
            // What the foreign key itself checks at COMMIT may go until then.
            if key.is_deferred && matches!(self.way, Way::Delete(_)) && !rights::is_restricted() {
                self.check_at_commit(key)?;
                continue;
            }
            let Some(blocker) = self.blocker(key, is_unmanaged)? else { continue };
            outcome.blockers.push(blocker);
        }
        Ok(outcome)
    }

    fn check_at_commit(&self, key: &ForeignKey) -> Result<()> {
        let (parent, child) = (&self.graph.relations[key.parent], &self.graph.relations[key.child]);
        let ends = recheck::Ends { child: child.oid.into(), parent: parent.oid.into(), pairs: key.pairs.clone() };
        for chunk in self.taken[key.parent].iter().filter(|chunk| !chunk.referenced.is_empty()) {
            work::step();
            let place = |column: &String| parent.referenced.iter().position(|name| name == column).unwrap_or(0);
            let values = key.pairs.parent_columns.iter().map(|column| chunk.referenced[place(column)].clone());
            recheck::at_commit(&ends, values.collect())?;
        }
        Ok(())
    }

    fn blocker(&self, key: &ForeignKey, unmanaged: bool) -> Result<Option<Blocker>> {
        let (parent, child) = (&self.graph.relations[key.parent], &self.graph.relations[key.child]);
        let mut found = Blocker {
            relation: child.label.clone(),
            foreign_key: key.name.clone(),
            rows: 0,
            ids: Vec::new(),
            unmanaged,
        };
        for chunk in &self.taken[key.parent] {
            work::step();
            let mut parameters = chunk.parts(parent, key);
            let sql = sql!(
                "lifecycle/blockers.sql",
                ..Below { key, child },
                key_text =
                    if child.key.is_empty() { "NULL::pg_catalog.text".to_owned() } else { child.key_text("child") },
                order = if child.key.is_empty() { "1".to_owned() } else { child.key_order("child") },
                live = self.live(key.child, &mut parameters)
            );
            let rows = self.query_children(key, &sql, &parameters, self.mode(), |row| (row.bigint(1), row.texts(2)))?;
            for (count, ids) in rows {
                work::step();
                found.rows += count.unwrap_or(0);
                found.ids.extend(ids);
            }
        }
        found.ids.truncate(10);
        found.ids = permissions::visible(self.graph, child, found.ids)?;
        Ok((found.rows > 0).then_some(found))
    }

    fn set_null_children(&self, key: &ForeignKey, chunk: &Rows, lock: &str) -> Result<Option<(Value, Value, Rows)>> {
        let (parent, child) = (&self.graph.relations[key.parent], &self.graph.relations[key.child]);
        let mut parameters = chunk.parts(parent, key);
        let live = self.live(key.child, &mut parameters);
        batch::set_null_children(child, key, (&live, lock), (&parameters, 1), self.mode())
    }

    /// ON DELETE SET NULL and SET DEFAULT for the live children of what was deleted, remembered for the restore.
    fn apply_set_null(&self, batch: &Batch) -> Result<()> {
        for key in self.graph.keys.iter().filter(|key| !key.action.binds()) {
            work::step();
            let child = &self.graph.relations[key.child];
            let lock = format!("ORDER BY {} FOR NO KEY UPDATE OF child", child.key_order("child"));
            for chunk in &self.taken[key.parent] {
                work::step();
                if child.key.is_empty() {
                    let parents = chunk.parts(&self.graph.relations[key.parent], key);
                    keyless::apply_set_null(child, key, &parents, batch.id, batch.references)?;
                    continue;
                }
                let Some((record_keys, held, rows)) = self.set_null_children(key, chunk, &lock)? else { continue };
                batch::apply_set_null(self.graph, key, &rows, (record_keys, held), batch.id, batch.references)?;
            }
        }
        Ok(())
    }

    /// A default may be one of the rows that were deleted: then SET DEFAULT refuses, as it does for a DELETE.
    fn still_referring(&self) -> Result<Vec<Blocker>> {
        let defaults = self.graph.keys.iter().filter(|key| key.action == Action::SetDefault);
        defaults.filter_map(|key| self.blocker(key, false).transpose()).collect()
    }

    fn count_set_null_children(&self, outcome: &mut Outcome) -> Result<()> {
        for key in self.graph.keys.iter().filter(|key| !key.action.binds()) {
            work::step();
            let (parent, child) = (&self.graph.relations[key.parent], &self.graph.relations[key.child]);
            for chunk in &self.taken[key.parent] {
                work::step();
                let count = if child.key.is_empty() {
                    keyless::count(child, key, &chunk.parts(parent, key))?
                } else {
                    self.set_null_children(key, chunk, "")?.map_or(0, |(_, _, rows)| rows.count)
                };
                if count > 0 {
                    outcome.set_null_children.push((child.label.clone(), key.action, count));
                }
            }
        }
        Ok(())
    }
}

fn joined(one: &Value, other: &Value) -> Result<Value> {
    let parameters = [Parameter::Value(one), Parameter::Value(other)];
    let found = spi::query("SELECT pg_catalog.array_cat($1, $2)", &parameters, Mode::Read, |row| row.value(1))?;
    found.into_iter().next().ok_or_else(|| Error::internal("two arrays could not be joined"))
}

/// What a deletion with blockers says.
pub fn refusal(graph: &Graph, blockers: &[Blocker]) -> Error {
    let named = |blocker: &Blocker| {
        let rows = if blocker.rows == 1 { "row" } else { "rows" };
        let ids = if blocker.ids.is_empty() { String::new() } else { format!(" ({})", blocker.ids.join(", ")) };
        format!("{} {rows} of {}{ids}", blocker.rows, blocker.relation)
    };
    let message = blockers.iter().map(named).collect::<Vec<_>>().join(" and ");
    let detail: Vec<serde_json::Value> = blockers
        .iter()
        .map(|blocker| {
            serde_json::json!({ "table": blocker.relation, "foreign_key": blocker.foreign_key, "rows": blocker.rows, "ids": blocker.ids })
        })
        .collect();
    let hint = if blockers.iter().all(|blocker| blocker.unmanaged) {
        "Give those tables soft delete with rowkit.enable_soft_delete(). rowkit.soft_delete(…, on_unsupported => 'leave') leaves their rows as they are."
    } else {
        "Delete those rows first, or let them go with ON DELETE CASCADE, SET NULL or SET DEFAULT."
    };
    Error::foreign_key_violation(format!("{} cannot be deleted: still referred to by {message}", graph.root().label))
        .detail(serde_json::Value::from(detail).to_string())
        .hint(hint)
}
