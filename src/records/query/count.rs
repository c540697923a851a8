//! How many records a query means.
use super::plan::{self, Plan};
use super::run::Run;
use super::source::Selection;
use crate::core::query::ranges;
use crate::pg::error::Result;
use crate::pg::invalidation;
use crate::pg::rights::{self, OwnedTable, Privilege};
use crate::pg::spi::{self, Mode, Parameter};
use pgrx::pg_sys::Oid;
use std::ops::ControlFlow;

thread_local! {
    /// Whether the policies of a relation of records look at the tenant alone.
    static BY_TENANT: invalidation::Cache<bool> = invalidation::Cache::default();
}

/// The number of records, counted to `most`.
pub fn count(run: &mut Run<'_>, most: i64) -> Result<i64> {
    if run.query.filter.is_none() {
        return all(run, most);
    }
    if run.query.search.is_none() {
        let plan = Plan::new(run.source, run.query, &run.sorter)?;
        if let Some(count) = by_entries(run, &plan, most)? {
            return Ok(count);
        }
        if let Some(ids) = plan.candidates(&mut run.effort.entries)? {
            let mut count = 0;
            run.each_of(&ids, |_, _, _| count += 1)?;
            return Ok(count.min(most));
        }
    }
    let mut count = 0;
    run.each(&Selection::ALL, |_, _, _| {
        count += 1;
        if count < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(count)
}

/// The number of records of the table. Row security asks its policy for each of them; a caller who sees one record of the table sees all, and they are
/// counted with the owner's rights then.
fn all(run: &Run<'_>, most: i64) -> Result<i64> {
    let source = run.source;
    let is_held = rights::has_row_security(source.records);
    if run.query.search.is_some() || !is_held || !is_by_tenant(source.records)? {
        return source.count(most);
    }
    if source.count(1)? == 0 {
        return Ok(0);
    }
    OwnedTable::granted(source.records, Privilege::Select)?.read(|| source.count(most))
}

/// The number of entries, where these are the records: the index answers the whole filter, and a caller who sees one record of the table sees all.
fn by_entries(run: &mut Run<'_>, plan: &Plan<'_>, most: i64) -> Result<Option<i64>> {
    let Some(entries) = plan.entries else { return Ok(None) };
    let whole = plan.answers().find(|answered| ranges::is_whole_filter(run.query, &answered.answer));
    let Some(whole) = whole else { return Ok(None) };
    let ranges = &whole.answer.ranges;
    if !is_by_tenant(run.source.records)? {
        return Ok(None);
    }
    let Some(one) = plan::one(entries, ranges)? else { return Ok(Some(0)) };
    let mut is_visible = false;
    run.each_of(&[one], |_, _, _| is_visible = true)?;
    if !is_visible {
        return Ok(None);
    }
    // An element of a list is an entry: a record may lie in several ranges.
    if whole.answer.has_lists {
        return plan::count_distinct(entries, ranges, most).map(Some);
    }
    plan::count(entries, ranges, most).map(Some)
}

/// Whether a caller who sees one record of a table sees all of them.
pub fn is_by_tenant(records: Oid) -> Result<bool> {
    let look_up = || {
        invalidation::watch(records);
        let sql = include_str!("../../../sql/queries/query/by_tenant.sql");
        let found = spi::query(sql, &[Parameter::Oid(records)], Mode::ReadLatest, |row| row.boolean(1))?;
        Ok(found.into_iter().flatten().next().unwrap_or(false))
    };
    BY_TENANT.with(|known| known.get(records, look_up)).map(|known| *known)
}
