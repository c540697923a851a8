//! What follows from records that go and come back: `on_delete` of the columns that name them.
use super::{BATCH, Changing, Links, Named, Reference, ReferenceColumn, Schemas, column_of};
use crate::core::fields::identifier::uuid_text;
use crate::core::fields::{Fault, OnDelete};
use crate::core::jsonb::JsonObjectWriter;
use crate::core::sql::{Identifier, sql};
use crate::core::validate::problem::{Problem, summary, to_json};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::operation::OperationGuard;
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;
use crate::records::stored::live_condition;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A reference that is taken out of its record; it is remembered where the record that it names may come back.
struct Clearing {
    record_id: TableId,
    to_id: TableId,
    column: ReferenceColumn,
    is_remembered: bool,
}

/// References by the columns that hold them.
type ByColumn = BTreeMap<(TableId, usize), (ReferenceColumn, Vec<(TableId, TableId)>)>;

/// At most so many ids are told of a column.
const IDS_TOLD: usize = 10;

/// A column that keeps records from being deleted: the records that name them, and which these are.
struct Blocker {
    column: ReferenceColumn,
    from: BTreeSet<TableId>,
    to: BTreeSet<TableId>,
}

fn first_of(ids: &BTreeSet<TableId>) -> impl Iterator<Item = TableId> {
    ids.iter().take(IDS_TOLD).copied()
}

impl Blocker {
    /// What is told of it: the first of the records that name others, of those that the caller may read, and the first that are named.
    fn problem(&self, visible: &HashSet<TableId>) -> Problem {
        let ids: Vec<String> =
            first_of(&self.from).filter(|id| visible.contains(id)).map(|id| uuid_text(&id)).collect();
        let targets: Vec<String> = first_of(&self.to).map(|id| uuid_text(&id)).collect();
        let params = JsonObjectWriter::new()
            .json("records", self.from.len())
            .list("ids", ids.iter().map(String::as_str))
            .list("targets", targets.iter().map(String::as_str));
        let records = if self.from.len() == 1 { "1 record".to_owned() } else { format!("{} records", self.from.len()) };
        let message = format!("of {records} names what is to be deleted");
        Problem::of_column(
            self.column.column(),
            Fault { at: String::new(), code: "reference.restricted", params, message },
        )
    }
}

#[derive(Default)]
struct Blockers(BTreeMap<(TableId, usize), Blocker>);

impl Blockers {
    fn add(&mut self, column: &ReferenceColumn, record_id: TableId, to_id: TableId) {
        let new = || Blocker { column: column.clone(), from: BTreeSet::new(), to: BTreeSet::new() };
        let blocker = self.0.entry(column.key()).or_insert_with(new);
        blocker.from.insert(record_id);
        blocker.to.insert(to_id);
    }

    fn refuse(&self, records: OwnedTable) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let told = || self.0.values().take(crate::core::fields::LIMIT);
        let ids = told().flat_map(|blocker| first_of(&blocker.from)).collect();
        let visible = rights::visible_to_caller(records.relation(), ids)?.into_iter().collect();
        let problems: Vec<Problem> = told().map(|blocker| blocker.problem(&visible)).collect();
        Err(Error::foreign_key_violation(summary(&problems)).detail(to_json(&problems)).hint(self.hint()))
    }

    fn hint(&self) -> String {
        let mut required: Vec<&str> = Vec::new();
        for blocker in self.0.values() {
            work::step();
            let column = blocker.column.column();
            if column.required && required.len() < IDS_TOLD {
                required.push(&column.name);
            }
        }
        let may_clear = self.0.values().any(|blocker| !blocker.column.column().required);
        let remedy = if may_clear { "clear or keep" } else { "keep" };
        let hint = format!("Change those records first, or set on_delete of the column to {remedy}.");
        match required.as_slice() {
            [] => hint,
            names => format!("{hint} A required column is not emptied by clear: \"{}\".", names.join("\", \"")),
        }
    }
}

impl Links {
    /// References of records that come back, to records that are deleted or gone meanwhile.
    pub(super) fn settle(&self, links: OwnedTable) -> Result<()> {
        for (references, is_column_back) in [(&self.revived, false), (&self.returned, true)] {
            work::step();
            let held = self.held(references)?;
            let is_live = |reference: &&Reference| held.get(&reference.to_id) == Some(&true);
            let (live, dead): (Vec<&Reference>, Vec<&Reference>) = references.iter().partition(is_live);
            let mut left: HashMap<(TableId, (TableId, usize)), usize> = HashMap::new();
            for reference in live {
                work::step();
                *left.entry((reference.record_id, reference.column.key())).or_default() += 1;
            }
            let (mut clearings, mut blocked) = (Vec::new(), Vec::new());
            for Reference { record_id, to_id, column, .. } in dead.into_iter().cloned() {
                work::step();
                let (may_come_back, on_delete) = (held.contains_key(&to_id), column.on_delete());
                let would_be_empty = column.column().required && !left.contains_key(&(record_id, column.key()));
                if on_delete == OnDelete::Keep {
                    continue;
                }
                if may_come_back && !is_column_back && (on_delete == OnDelete::Restrict || would_be_empty) {
                    blocked.push(column.missing(&to_id));
                } else if !would_be_empty {
                    clearings.push(Clearing { record_id, to_id, column, is_remembered: may_come_back });
                }
            }
            blocked.truncate(crate::core::fields::LIMIT);
            if !blocked.is_empty() {
                return Err(Error::conflict(summary(&blocked))
                    .detail(to_json(&blocked))
                    .hint("Restore the records that are named first, or with these."));
            }
            clear(self.records, links, clearings)?;
        }
        Ok(())
    }

    /// What names the records that go.
    pub(super) fn let_go(&self, links: OwnedTable, schemas: &mut Schemas) -> Result<()> {
        let mut clearings = Vec::new();
        let mut blockers = Blockers::default();
        for gone in self.gone.chunks(BATCH) {
            work::step();
            if self.is_removal {
                forget_of(links, gone)?;
            }
            self.let_go_of(links, schemas, gone, &mut clearings, &mut blockers)?;
        }
        blockers.refuse(self.records)?;
        clear(self.records, links, clearings)
    }

    fn let_go_of(
        &self,
        links: OwnedTable,
        schemas: &mut Schemas,
        gone: &[Named],
        clearings: &mut Vec<Clearing>,
        blockers: &mut Blockers,
    ) -> Result<()> {
        let (ids, organizations) = keys(gone);
        let live = live_condition(self.records.relation())?;
        let (links_name, records) = (links.quoted_name(), self.records.quoted_name());
        let parameters = [Parameter::Uuids(&ids), Parameter::Uuids(&organizations)];
        let sql = sql!("links/referring_columns.sql", links = links_name, records = records, live = live);
        let found = links
            .read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| Some((row.uuid(1)?, row.uuid(2)?))))?;
        let mut columns: HashMap<(TableId, TableId), (ReferenceColumn, TableId)> = HashMap::new();
        for (table_id, column_id) in found.into_iter().flatten() {
            work::step();
            // A table that is going takes its records with it.
            let column = column_of(schemas, table_id, &column_id)?;
            if let Some(column) = column.filter(|(column, _)| column.on_delete() != OnDelete::Keep) {
                columns.insert((table_id, column_id), column);
            }
        }
        if columns.is_empty() {
            return Ok(());
        }
        let column_ids: Vec<TableId> = columns.keys().map(|(_, column_id)| *column_id).collect();
        let parameters = [Parameter::Uuids(&ids), Parameter::Uuids(&organizations), Parameter::Uuids(&column_ids)];
        let sql = sql!("links/hold_referring.sql", links = links_name, records = records, live = live);
        self.records.read(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
        // A statement of its own: who held one of the records may have written another reference.
        let sql = sql!("links/referring.sql", links = links_name, records = records, live = live);
        let found = links.read(|| {
            spi::query(&sql, &parameters, Mode::WriteLatest, |row| {
                Some(((row.uuid(1)?, row.uuid(2)?), row.uuid(3)?, row.uuid(4)?, row.bigint(5)?))
            })
        })?;
        let found: Vec<_> = found.into_iter().flatten().collect();
        let mut going: HashMap<(TableId, TableId), i64> = HashMap::new();
        for ((_, column_id), record_id, ..) in &found {
            work::step();
            *going.entry((*record_id, *column_id)).or_default() += 1;
        }
        let tables: HashMap<TableId, &Named> = gone.iter().map(|gone| (gone.id, gone)).collect();
        for (place, record_id, to_id, all) in found {
            work::step();
            let (Some((column, target)), Some(named)) = (columns.get(&place), tables.get(&to_id)) else { continue };
            if *target != named.table_id {
                continue;
            }
            let left = all - going.get(&(record_id, place.1)).copied().unwrap_or(0);
            let is_held = column.on_delete() == OnDelete::Restrict || (column.column().required && left <= 0);
            if !is_held {
                let column = column.clone();
                clearings.push(Clearing { record_id, to_id, column, is_remembered: !self.is_removal });
            } else if !named.was_deleted {
                blockers.add(column, record_id, to_id);
            }
        }
        Ok(())
    }

    pub(super) fn bring_back(&self, links: OwnedTable, schemas: &mut Schemas) -> Result<()> {
        put_back(self.records, links, &self.back, schemas)
    }
}

fn keys(named: &[Named]) -> (Vec<TableId>, Vec<TableId>) {
    named.iter().map(|named| (named.id, named.organization_id)).unzip()
}

/// What is remembered of references to records that do not come back.
fn forget_of(links: OwnedTable, gone: &[Named]) -> Result<()> {
    let sql = sql!("links/forget.sql", links = links.quoted_name());
    let (ids, _) = keys(gone);
    links.write_and_remove(|| spi::execute(&sql, &[Parameter::Uuids(&ids)], Mode::WriteLatest)).map(|_| ())
}

/// Takes references out of their records.
fn clear(records: OwnedTable, links: OwnedTable, clearings: Vec<Clearing>) -> Result<()> {
    let mut by_column: ByColumn = BTreeMap::new();
    let (mut remembered, mut forgotten) = (Vec::new(), Vec::new());
    for Clearing { record_id, to_id, column, is_remembered } in clearings {
        work::step();
        if let Some(column_id) = column.id() {
            let kept = if is_remembered { &mut remembered } else { &mut forgotten };
            kept.push((record_id, column_id, to_id));
        }
        by_column.entry(column.key()).or_insert_with(|| (column, Vec::new())).1.push((record_id, to_id));
    }
    for (column, places) in by_column.into_values() {
        work::step();
        let column = column.column();
        let sql = match column.common {
            Some(common) => {
                sql!("links/clear_common.sql", records = records.quoted_name(), column = Identifier(common.name()))
            }
            None => sql!("links/clear.sql", records = records.quoted_name()),
        };
        for places in places.chunks(BATCH) {
            work::step();
            let (from, to): (Vec<TableId>, Vec<TableId>) = places.iter().copied().unzip();
            let parameters = [Parameter::Text(&column.name), Parameter::Uuids(&from), Parameter::Uuids(&to)];
            let _changing = OperationGuard::begin(Changing(records.relation()));
            records.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
        }
    }
    note(links, &sql!("links/note_cleared.sql", links = links.quoted_name()), &remembered)?;
    note(links, &sql!("links/drop.sql", links = links.quoted_name()), &forgotten)
}

/// Writes down what became of references.
fn note(links: OwnedTable, sql: &str, places: &[(TableId, TableId, TableId)]) -> Result<()> {
    for batch in places.chunks(BATCH) {
        work::step();
        let of = |part: fn(&(TableId, TableId, TableId)) -> TableId| batch.iter().map(part).collect::<Vec<_>>();
        let (from, columns, to) = (of(|place| place.0), of(|place| place.1), of(|place| place.2));
        let parameters = [Parameter::Uuids(&from), Parameter::Uuids(&columns), Parameter::Uuids(&to)];
        links.write_and_remove(|| spi::execute(sql, &parameters, Mode::WriteLatest))?;
    }
    Ok(())
}

/// References to records that come back, where nobody has written the column since: writing it forgets what was remembered.
pub(super) fn put_back(records: OwnedTable, links: OwnedTable, back: &[Named], schemas: &mut Schemas) -> Result<()> {
    for back in back.chunks(BATCH) {
        work::step();
        let (ids, organizations) = keys(back);
        let sql = sql!("links/remembered.sql", links = links.quoted_name(), records = records.quoted_name());
        let parameters = [Parameter::Uuids(&ids), Parameter::Uuids(&organizations)];
        let found = records.read(|| {
            spi::query(&sql, &parameters, Mode::WriteLatest, |row| {
                Some((row.uuid(1)?, row.uuid(2)?, row.uuid(3)?, row.uuid(4)?))
            })
        })?;
        let tables: HashMap<TableId, TableId> = back.iter().map(|named| (named.id, named.table_id)).collect();
        let mut by_column: ByColumn = BTreeMap::new();
        for (record_id, table_id, column_id, to_id) in found.into_iter().flatten() {
            work::step();
            // A column that is gone may come back, too.
            let Some((column, target)) = column_of(schemas, table_id, &column_id)? else { continue };
            if tables.get(&to_id) == Some(&target) {
                by_column.entry(column.key()).or_insert_with(|| (column, Vec::new())).1.push((record_id, to_id));
            }
        }
        for (column, places) in by_column.into_values() {
            work::step();
            put_back_in(records, links, &column, &places)?;
        }
    }
    Ok(())
}

fn put_back_in(
    records: OwnedTable,
    links: OwnedTable,
    column: &ReferenceColumn,
    places: &[(TableId, TableId)],
) -> Result<()> {
    let Some(column_id) = column.id() else { return Ok(()) };
    let (records_name, links_name) = (records.quoted_name(), links.quoted_name());
    let sql = match column.column().common {
        Some(common) => {
            sql!("links/put_back_common.sql", records = records_name, column = Identifier(common.name()))
        }
        None if column.is_list() => sql!("links/put_back_list.sql", records = records_name, links = links_name),
        None => sql!("links/put_back_one.sql", records = records_name),
    };
    let (from, to): (Vec<TableId>, Vec<TableId>) = places.iter().copied().unzip();
    let parameters = [
        Parameter::Text(&column.column().name),
        Parameter::Uuid(column_id),
        Parameter::Uuids(&from),
        Parameter::Uuids(&to),
    ];
    let changed = {
        let _changing = OperationGuard::begin(Changing(records.relation()));
        records.write(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| Some((row.uuid(1)?, row.uuid(2)?))))?
    };
    let changed: HashSet<(TableId, TableId)> = changed.into_iter().flatten().collect();
    let is_back = |place: &(TableId, TableId)| changed.contains(place);
    let place = |(record_id, to_id): (TableId, TableId)| (record_id, column_id, to_id);
    let back: Vec<_> = places.iter().copied().filter(is_back).map(place).collect();
    let lost: Vec<_> = places.iter().copied().filter(|known| !is_back(known)).map(place).collect();
    note(links, &sql!("links/note_back.sql", links = links.quoted_name()), &back)?;
    note(links, &sql!("links/drop.sql", links = links.quoted_name()), &lost)
}
