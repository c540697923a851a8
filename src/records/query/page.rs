//! A page of a sorted result.
use super::plan::{Indexed, Plan};
use super::run::Run;
use super::source::{BATCH, Selection};
use super::walk::Walk;
use crate::core::index::{Presence, integer_of};
use crate::core::query::{Direction, SortKey, Sorter, cursor};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::rights::OwnedTable;
use crate::pg::value::Value;
use crate::records::catalog::TableId;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::ControlFlow;

/// A page without `limit` has so many records.
pub const DEFAULT_LIMIT: u32 = 50;
/// A walk that reads so many records for each one that it finds gives way to another plan.
const MAX_RECORDS_PER_MATCH: u64 = 40;
/// So many records a walk may read in any case.
const WALK_AT_LEAST: u64 = 4_000;

/// Which part of the sorted result is wanted.
pub struct Window {
    from: Option<SortKey>,
    /// The records before `from`, not those behind it.
    is_before: bool,
    limit: usize,
}

impl Window {
    pub fn read(run: &Run<'_>) -> Result<Window> {
        let query = run.query;
        let is_before = query.before.is_some();
        let read = |text: &String| {
            cursor::read(text, run.fingerprint(), query.sort.len()).map_err(|error| match error {
                cursor::CursorError::Malformed => {
                    Error::invalid_parameter("this is no cursor").hint("Give the cursor of a row of query_records, as it was returned.")
                }
                cursor::CursorError::OfAnotherOrder => {
                    Error::invalid_parameter("this cursor is of another order, or of another table").hint(
                        "Give the table and the sort list that it came with. After a change of a column's type or choices, begin with the first page.",
                    )
                }
            })
        };
        let from = query.after.as_ref().or(query.before.as_ref()).map(read).transpose()?;
        Ok(Window { from, is_before, limit: query.limit.unwrap_or(DEFAULT_LIMIT) as usize })
    }
}

/// How the page was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Along an index in the order of the sort list.
    Walk(TableId),
    /// In the order of `created_at`.
    Creation,
    /// From the records that indexes name.
    Candidates(TableId),
    Search,
    Scan,
}

/// The sort keys of a page's records, in their order, and how they were found.
pub fn page(run: &mut Run<'_>, window: &Window) -> Result<(Vec<SortKey>, Way)> {
    if run.query.search.is_some() {
        return Ok((scan(run, window)?, Way::Search));
    }
    let plan = Plan::new(run.source, run.query, &run.sorter)?;
    // With so few candidates nothing is faster than to read them all.
    const FEW: i64 = 500;
    let few = plan.driver().is_some_and(|driver| driver.count <= FEW.max(2 * window.limit as i64));
    if !few && let Some(found) = in_order(run, window, &plan)? {
        return Ok(found);
    }
    // What an abandoned walk found is found again.
    run.effort.found = 0;
    if let Some(ids) = plan.candidates(&mut run.effort.entries)? {
        let mut top = Top::new(window);
        let keys = run.keys_of(&ids)?;
        keys.into_iter().for_each(|key| top.push(run, key));
        let way = plan.indexes.iter().find(|indexed| indexed.answer.is_some()).map(|indexed| indexed.definition.id);
        return Ok((top.finish(run), Way::Candidates(way.unwrap_or_default())));
    }
    Ok((scan(run, window)?, Way::Scan))
}

/// The page by a walk; none where there is none, or where it finds too little for what it reads.
fn in_order(run: &mut Run<'_>, window: &Window, plan: &Plan<'_>) -> Result<Option<(Vec<SortKey>, Way)>> {
    let by_index =
        plan.indexes.iter().find_map(|Indexed { definition, walk, .. }| Some((definition.id, walk.as_ref()?)));
    let budget = if run.query.filter.is_some() {
        WALK_AT_LEAST.max(MAX_RECORDS_PER_MATCH * window.limit as u64)
    } else {
        u64::MAX
    };
    if let (Some((id, walk)), Some(entries)) = (by_index, plan.entries) {
        return Ok(along(run, window, walk, entries, budget)?.map(|keys| (keys, Way::Walk(id))));
    }
    let is_by_creation =
        matches!(run.query.sort[..], [ref entry] if run.source.is_created_at(&run.query.columns[entry.column].path));
    if is_by_creation && let Some(keys) = by_creation(run, window, budget)? {
        return Ok(Some((keys, Way::Creation)));
    }
    Ok(None)
}

/// So many entries are read first; each time twice as many.
const FIRST_STEP: usize = 64;

fn first_step(window: &Window) -> usize {
    window.limit.clamp(FIRST_STEP, BATCH).next_power_of_two()
}

fn along(
    run: &mut Run<'_>,
    window: &Window,
    walk: &Walk,
    entries: OwnedTable,
    budget: u64,
) -> Result<Option<Vec<SortKey>>> {
    let mut steps = walk.begin(window.from.as_ref(), window.is_before);
    let mut page: Vec<SortKey> = Vec::new();
    let mut size = first_step(window);
    while page.len() < window.limit {
        work::step();
        if run.effort.records > budget {
            return Ok(None);
        }
        let ids = steps.next(entries, size)?;
        if ids.is_empty() {
            break;
        }
        run.effort.entries += ids.len() as u64;
        let mut found: HashMap<TableId, SortKey> = run.keys_of(&ids)?.into_iter().map(|key| (key.id, key)).collect();
        // In the order of the walk.
        let keys = ids.iter().filter_map(|id| found.remove(id));
        page.extend(keys.take(window.limit - page.len()));
        size = (2 * size).min(BATCH);
    }
    if window.is_before {
        page.reverse();
    }
    Ok(Some(page))
}

/// By the index on (table_id, created_at, id).
fn by_creation(run: &mut Run<'_>, window: &Window, budget: u64) -> Result<Option<Vec<SortKey>>> {
    let is_descending = (run.query.sort[0].direction == Direction::Descending) != window.is_before;
    let (sign, direction) = if is_descending { ("<", "DESC") } else { (">", "ASC") };
    let mut page: Vec<SortKey> = Vec::new();
    let mut size = first_step(window);
    let mut from = match &window.from {
        Some(key) => match created_at_of(key) {
            Some(from) => Some(from),
            // The cursor has no created_at: there are no such records.
            None => return Ok(None),
        },
        None => None,
    };
    while page.len() < window.limit {
        work::step();
        if run.effort.records > budget {
            return Ok(None);
        }
        let condition = match &from {
            Some(_) => format!("AND ROW(record.created_at, record.id) OPERATOR(pg_catalog.{sign}) ROW($2, $3)"),
            None => String::new(),
        };
        let order = format!("ORDER BY record.created_at {direction}, record.id {direction} LIMIT {size}");
        let selection = Selection {
            condition: &condition,
            order: &order,
            ids: None,
            place: from.as_ref().map(|(at, id)| (at, *id)),
        };
        let before = run.effort.records;
        let (mut last, limit) = (None, window.limit);
        let mut found: Vec<SortKey> = Vec::new();
        run.read_through(&selection, |place, matched| {
            last = Some(place);
            if let Some(key) = matched.filter(|_| page.len() + found.len() < limit) {
                found.push(key);
            }
        })?;
        page.extend(found);
        if run.effort.records - before < size as u64 {
            break;
        }
        from = last;
        size = (2 * size).min(BATCH);
    }
    if window.is_before {
        page.reverse();
    }
    Ok(Some(page))
}

/// The moment and the id of a place in the order of `created_at`.
fn created_at_of(key: &SortKey) -> Option<(Value, TableId)> {
    let [(Presence::Present, bytes)] = &key.parts[..] else { return None };
    Some((Value::timestamptz(integer_of(bytes)?), key.id))
}

/// Reads every record of the table that the caller sees, or that the search text finds.
fn scan(run: &mut Run<'_>, window: &Window) -> Result<Vec<SortKey>> {
    let mut top = Top::new(window);
    run.each(&Selection::ALL, |record, sorter, titles| {
        top.push_with(sorter, sorter.key(record, titles));
        ControlFlow::Continue(())
    })?;
    Ok(top.finish(run))
}

/// The first records of those that were pushed, in the order of the window.
struct Top<'w> {
    window: &'w Window,
    keys: Vec<SortKey>,
}

impl<'w> Top<'w> {
    fn new(window: &'w Window) -> Top<'w> {
        Top { window, keys: Vec::new() }
    }

    fn order(&self, sorter: &Sorter<'_>, left: &SortKey, right: &SortKey) -> Ordering {
        let order = sorter.compare(left, right);
        if self.window.is_before { order.reverse() } else { order }
    }

    fn push(&mut self, run: &Run<'_>, key: SortKey) {
        self.push_with(&run.sorter, key);
    }

    fn push_with(&mut self, sorter: &Sorter<'_>, key: SortKey) {
        work::step();
        if let Some(from) = &self.window.from
            && self.order(sorter, from, &key).is_ge()
        {
            return;
        }
        self.keys.push(key);
        // More than the page needs are thrown away now and then.
        if self.keys.len() >= 2 * self.window.limit + 1_000 {
            self.cut(sorter);
        }
    }

    fn cut(&mut self, sorter: &Sorter<'_>) {
        let mut keys = std::mem::take(&mut self.keys);
        keys.sort_unstable_by(|left, right| self.order(sorter, left, right));
        keys.truncate(self.window.limit);
        self.keys = keys;
    }

    fn finish(mut self, run: &Run<'_>) -> Vec<SortKey> {
        self.cut(&run.sorter);
        if self.window.is_before {
            self.keys.reverse();
        }
        self.keys
    }
}
