//! Which way leads to the records of a query with the least to read.
use super::source::Source;
use super::walk::Walk;
use crate::core::index::KeyRange;
use crate::core::query::ranges::{self, Answer};
use crate::core::query::{Condition, Query, Sorter};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::Result;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;
use crate::records::index::{DEFINITIONS, Definition, ENTRIES, definitions};
use std::collections::HashSet;
use std::ops::ControlFlow;

/// Entries are counted to so many; a condition with more is no driver.
pub const MOST_CANDIDATES: i64 = 10_000;
/// Two conditions with so many entries each are intersected before any record is read.
const MOST_INTERSECTED: i64 = 200_000;
/// Reading an entry costs so much less than reading a record.
const ENTRIES_PER_RECORD: i64 = 8;

/// An index of the table that is ready, with its definition.
pub struct Indexed<'s> {
    pub definition: Definition,
    pub answer: Option<Answered<'s>>,
    pub walk: Option<Walk<'s>>,
}

/// Conditions that an index answers, and how many entries do.
pub struct Answered<'q> {
    pub answer: Answer<'q>,
    /// Up to one more than [`MOST_CANDIDATES`].
    pub count: i64,
}

impl Answered<'_> {
    pub fn is_driver(&self) -> bool {
        self.count <= MOST_CANDIDATES
    }
}

pub struct Plan<'q> {
    /// Those that answer something or that can be walked, the fewest entries first.
    pub indexes: Vec<Indexed<'q>>,
    pub entries: Option<OwnedTable>,
}

impl<'q> Plan<'q> {
    pub fn new(source: &'q Source, query: &'q Query, sorter: &Sorter<'q>) -> Result<Plan<'q>> {
        let (Some(entries), Some(table)) = (source.beside(ENTRIES)?, source.beside(DEFINITIONS)?) else {
            return Ok(Plan { indexes: Vec::new(), entries: None });
        };
        let required = ranges::required(query);
        let mut indexes = Vec::new();
        for definition in
            definitions(table, &source.table_id, Mode::Read)?.into_iter().filter(|definition| definition.is_ready)
        {
            work::step();
            let Some(usable) = definition.usable(&source.schema) else { continue };
            let ids = definition.ids();
            let answer = match ranges::answer(&usable.index, &ids, query, &required) {
                Some(answer) => {
                    let count = count(entries, &answer.ranges, MOST_CANDIDATES + 1)?;
                    Some(Answered { answer, count })
                }
                None => None,
            };
            let walk = Walk::new(&usable.index, &ids, query, sorter, answer.as_ref().map(|answered| &answered.answer));
            if answer.is_some() || walk.is_some() {
                indexes.push(Indexed { definition, answer, walk });
            }
        }
        indexes.sort_by_key(|indexed| indexed.answer.as_ref().map_or(i64::MAX, |answered| answered.count));
        Ok(Plan { indexes, entries: Some(entries) })
    }

    /// The answers, the fewest entries first.
    pub fn answers(&self) -> impl Iterator<Item = &Answered<'q>> {
        self.indexes.iter().filter_map(|indexed| indexed.answer.as_ref())
    }

    /// The answer with the fewest entries, if these are few enough to read their records.
    pub fn driver(&self) -> Option<&Answered<'q>> {
        self.answers().next().filter(|answered| answered.is_driver())
    }

    /// The records that meet all the conditions that indexes answer cheaply, in order; none where these are too many, and a scan reads less.
    pub fn candidates(&self, effort: &mut u64) -> Result<Option<Vec<TableId>>> {
        let Some(entries) = self.entries else { return Ok(None) };
        // With a driver, others are worth reading where they cost less than the records that they spare; without one, two must be read.
        let mut answers: Vec<(i64, &Answered<'q>)> = Vec::new();
        for answered in self.answers() {
            // Another index on the same columns names the same records.
            let is_new = |condition: &&'q Condition| {
                let of = |(_, known): &(i64, &Answered<'q>)| {
                    known.answer.conditions.iter().any(|one| std::ptr::eq(*one, *condition))
                };
                !answers.iter().any(of)
            };
            if !answered.answer.conditions.iter().any(is_new) {
                continue;
            }
            let (counted, is_few) = match self.driver() {
                Some(_) => (answered.count, answered.is_driver()),
                None => {
                    let counted = count(entries, &answered.answer.ranges, MOST_INTERSECTED + 1)?;
                    (counted, counted <= MOST_INTERSECTED)
                }
            };
            answers.extend(is_few.then_some((counted, answered)));
        }
        answers.sort_by_key(|(counted, _)| *counted);
        if answers.is_empty() || answers.len() == 1 && self.driver().is_none() {
            return Ok(None);
        }
        let mut found = ids(entries, &answers[0].1.answer.ranges)?;
        *effort += found.len() as u64;
        for (place, (counted, other)) in answers[1..].iter().enumerate() {
            work::step();
            let worth = ENTRIES_PER_RECORD.saturating_mul(found.len() as i64);
            let is_needed = place == 0 && self.driver().is_none();
            if !is_needed && *counted > worth {
                continue;
            }
            let others: HashSet<TableId> = ids(entries, &other.answer.ranges)?.into_iter().collect();
            *effort += others.len() as u64;
            found.retain(|id| others.contains(id));
        }
        Ok(Some(found))
    }
}

fn bounds(ranges: &[KeyRange]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    work::steps(ranges.len());
    ranges.iter().map(|range| (range.lower.clone(), range.upper.clone())).unzip()
}

/// How many entries lie in the ranges, counted to `most`.
pub fn count(entries: OwnedTable, ranges: &[KeyRange], most: i64) -> Result<i64> {
    count_by(&sql!("query/entries_count.sql", record_index = entries.quoted_name()), entries, ranges, most)
}

/// How many records have entries in the ranges, counted to `most`.
pub fn count_distinct(entries: OwnedTable, ranges: &[KeyRange], most: i64) -> Result<i64> {
    count_by(&sql!("query/records_count.sql", record_index = entries.quoted_name()), entries, ranges, most)
}

fn count_by(sql: &str, entries: OwnedTable, ranges: &[KeyRange], most: i64) -> Result<i64> {
    let (lower, upper) = bounds(ranges);
    let parameters = [Parameter::ByteStrings(&lower), Parameter::ByteStrings(&upper), Parameter::Bigint(most)];
    let count = entries.read(|| spi::query(sql, &parameters, Mode::Read, |row| row.bigint(1)))?;
    Ok(count.into_iter().flatten().next().unwrap_or(0))
}

/// One of the records with entries in the ranges.
pub fn one(entries: OwnedTable, ranges: &[KeyRange]) -> Result<Option<TableId>> {
    let (lower, upper) = bounds(ranges);
    let sql = sql!("query/one_entry.sql", record_index = entries.quoted_name());
    let parameters = [Parameter::ByteStrings(&lower), Parameter::ByteStrings(&upper)];
    let found = entries.read(|| spi::query(&sql, &parameters, Mode::Read, |row| row.uuid(1)))?;
    Ok(found.into_iter().flatten().next())
}

/// The records with entries in the ranges, in the order of their ids, each once.
pub fn ids(entries: OwnedTable, ranges: &[KeyRange]) -> Result<Vec<TableId>> {
    let (lower, upper) = bounds(ranges);
    let sql = sql!("query/entries.sql", record_index = entries.quoted_name());
    let parameters = [Parameter::ByteStrings(&lower), Parameter::ByteStrings(&upper)];
    let mut found: Vec<TableId> = Vec::new();
    entries.read(|| {
        spi::read_in_batches(&sql, &parameters, 10_000, |batch| {
            work::reserve((found.len() + batch.len()).saturating_mul(2 * size_of::<TableId>()));
            batch.each(|row| found.extend(row.uuid(1)));
            Ok(ControlFlow::Continue(()))
        })
    })?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
