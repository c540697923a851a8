//! A query at work: records are read in batches, evaluated, and given a sort key.
use super::plan::Plan;
use super::source::{CREATED_AT, Effort, Selection, Source, with_record};
use super::titles::TitleCache;
use crate::core::query::{Evaluator, Query, Record, SortKey, Sorter};
use crate::pg::error::{Error, Result};
use crate::pg::spi::{Batch, ResultRow, Value};
use crate::records::catalog::TableId;
use std::ops::ControlFlow;

pub struct Run<'q> {
    pub source: &'q Source,
    pub query: &'q Query,
    pub sorter: Sorter<'q>,
    evaluator: Evaluator<'q>,
    titles: TitleCache,
    pub effort: Effort,
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.source.effort.set(self.effort);
    }
}

impl<'q> Run<'q> {
    pub fn new(source: &'q Source, query: &'q Query) -> Result<Run<'q>> {
        let changed = || Error::internal("a query was read with another schema");
        Ok(Run {
            source,
            query,
            sorter: Sorter::new(query, &source.schema).ok_or_else(changed)?,
            evaluator: Evaluator::new(query, &source.schema).ok_or_else(changed)?,
            titles: TitleCache::new(source, query),
            effort: Effort::default(),
        })
    }

    /// The fingerprint that cursors of this order and this table contain.
    pub fn fingerprint(&self) -> [u8; 8] {
        let (order, table) = (self.sorter.fingerprint(), &self.source.table_id[8..]);
        std::array::from_fn(|place| order[place] ^ table[place])
    }

    /// Calls `each` for every row of a batch, with its record where that meets the filter.
    fn look(
        &mut self,
        batch: &Batch<'_>,
        mut each: impl FnMut(&ResultRow, Option<&Record<'_>>, &Sorter<'_>, &TitleCache),
    ) -> Result<()> {
        self.titles.read(self.source, batch)?;
        self.effort.records += batch.len() as u64;
        let (evaluator, sorter, titles) = (&mut self.evaluator, &self.sorter, &self.titles);
        let found = &mut self.effort.found;
        batch.each(|row| {
            let seen = with_record(row, |record| {
                let met = Some(record).filter(|record| evaluator.matches(record, titles));
                *found += u64::from(met.is_some());
                each(row, met, sorter, titles);
            });
            if seen.is_none() {
                each(row, None, sorter, titles);
            }
        });
        Ok(())
    }

    /// Calls `each` for the records of a batch that meet the filter.
    fn evaluate(
        &mut self,
        batch: &Batch<'_>,
        mut each: impl FnMut(&Record<'_>, &Sorter<'_>, &TitleCache),
    ) -> Result<()> {
        self.look(batch, |_, met, sorter, titles| {
            if let Some(record) = met {
                each(record, sorter, titles);
            }
        })
    }

    /// Calls `each` for the records of a selection that meet the filter, until it has enough.
    pub fn each(
        &mut self,
        selection: &Selection<'_>,
        mut each: impl FnMut(&Record<'_>, &Sorter<'_>, &TitleCache) -> ControlFlow<()>,
    ) -> Result<()> {
        self.source.each_batch(selection, |batch| {
            let mut flow = ControlFlow::Continue(());
            self.evaluate(batch, |record, sorter, titles| {
                if flow.is_continue() {
                    flow = each(record, sorter, titles);
                }
            })?;
            Ok(flow)
        })
    }

    /// Calls `each` for every record of a selection, with its place in the order of `created_at`, and its sort key where it meets the filter.
    pub fn read_through(
        &mut self,
        selection: &Selection<'_>,
        mut each: impl FnMut((Value, TableId), Option<SortKey>),
    ) -> Result<()> {
        self.source.each_batch(selection, |batch| {
            self.look(batch, |row, met, sorter, titles| {
                let place = (row.value(CREATED_AT), row.uuid(1).unwrap_or_default());
                each(place, met.map(|record| sorter.key(record, titles)));
            })?;
            Ok(ControlFlow::Continue(()))
        })
    }

    /// The same for records by their ids.
    pub fn each_of(
        &mut self,
        ids: &[TableId],
        mut each: impl FnMut(&Record<'_>, &Sorter<'_>, &TitleCache),
    ) -> Result<()> {
        self.source.by_ids(ids, |batch| self.evaluate(batch, &mut each))
    }

    /// Calls `each` for every record that the query means, in no order.
    pub fn each_match(&mut self, mut each: impl FnMut(&Record<'_>, &Sorter<'_>, &TitleCache)) -> Result<()> {
        let candidates = match &self.query.search {
            Some(_) => None,
            None => Plan::new(self.source, self.query, &self.sorter)?.candidates(&mut self.effort.entries)?,
        };
        match candidates {
            Some(found) => self.each_of(&found, each),
            None => self.each(&Selection::ALL, |record, sorter, titles| {
                each(record, sorter, titles);
                ControlFlow::Continue(())
            }),
        }
    }

    /// The sort keys of those of the records that meet the filter.
    pub fn keys_of(&mut self, ids: &[TableId]) -> Result<Vec<SortKey>> {
        let mut keys = Vec::with_capacity(ids.len());
        self.each_of(ids, |record, sorter, titles| keys.push(sorter.key(record, titles)))?;
        Ok(keys)
    }
}
