//! The walk along an index whose keys are in the order of the sort list.
use crate::core::fields::Choices;
use crate::core::index::{IndexColumn, KeyRange, Presence, RecordIndex, choice_key};
use crate::core::query::ranges::Answer;
use crate::core::query::{FieldPath, Query, SortKey, Sorter, choice_bytes};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::Result;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;
use std::cmp::Ordering;

/// A select with more choices is not walked along: each of them is a range of its own.
const MAX_CHOICES: usize = 200;

/// Parts of an index in the order of the sort list, walked in one direction.
pub struct Walk<'s> {
    /// Ranges of keys in the order of the walk, each with the number of the part that it lies in.
    segments: Vec<(usize, KeyRange)>,
    /// What the keys are divided into, in the order of the walk: one part for values, empty ones and others, and of a select one for each choice.
    parts: Vec<KeyRange>,
    /// The bytes before those of the first column of the sort list.
    prefix: Vec<u8>,
    is_backward: bool,
    columns: Vec<IndexColumn<'s>>,
    /// Of a first column that is sorted by its choices.
    choices: Option<&'s Choices>,
}

impl<'s> Walk<'s> {
    /// None where the index is in another order. `answer` is what it answers of the filter.
    pub fn new(
        index: &RecordIndex<'s>,
        ids: &[String],
        query: &Query,
        sorter: &Sorter<'s>,
        answer: Option<&Answer<'_>>,
    ) -> Option<Walk<'s>> {
        let wanted = sorter.index_columns()?;
        let equal = ids.len().checked_sub(wanted.len())?;
        let sorted = query.sort.iter().zip(&ids[equal..]);
        for (entry, id) in sorted {
            work::step();
            if query.columns[entry.column].path != FieldPath::Column(id.clone()) {
                return None;
            }
        }
        let own = &index.columns()[equal..];
        if own.iter().any(IndexColumn::is_list) {
            return None;
        }
        let choices = sorter.choices();
        let is_backward = match choices {
            Some(choices) if own[0].is_descending() || choices.names.len() > MAX_CHOICES => return None,
            Some(_) => query.is_descending(),
            None => own[0].is_descending() != wanted[0].is_descending(),
        };
        let turned = |one: &IndexColumn<'_>, other: &IndexColumn<'_>| one.is_descending() != other.is_descending();
        // Ids ascend with the keys, and go as the first entry of the sort list does. Where the first column has its empty values is no matter.
        let is_fitting = is_backward == query.is_descending()
            && own.iter().zip(&wanted).skip(1).all(|(own, wanted)| {
                turned(own, wanted) == is_backward && (own.is_empty_first() != wanted.is_empty_first()) == is_backward
            });
        if !is_fitting {
            return None;
        }
        let prefix = prefix(index, equal, answer)?;
        // What the index answers of the filter beyond the columns before the sort list narrows the walk.
        let ranges = match answer {
            Some(answer) if answer.ranges.iter().all(|range| range.lower.starts_with(&prefix)) => answer.ranges.clone(),
            _ => vec![KeyRange::beginning_with(prefix.clone())],
        };
        let parts = parts(&prefix, &own[0], wanted[0].is_empty_first(), choices, is_backward);
        let segments = segments(&ranges, &parts, is_backward);
        Some(Walk { segments, parts, prefix, is_backward, columns: own.to_vec(), choices })
    }

    /// The key of the index that a sort key stands for; none for a choice that is not there.
    fn key(&self, of: &SortKey) -> Option<Vec<u8>> {
        let mut key = self.prefix.clone();
        for (place, (column, (presence, value))) in self.columns.iter().zip(&of.parts).enumerate() {
            work::step();
            match self.choices.filter(|_| place == 0 && *presence == Presence::Present) {
                Some(choices) => column.append_sorted(*presence, &choice_bytes(choices, value)?, &mut key),
                None => column.append_sorted(*presence, value, &mut key),
            }
        }
        Some(key)
    }

    /// Begins behind a place, or before it where the walk is `reversed`.
    pub fn begin(&self, from: Option<&SortKey>, reversed: bool) -> Steps<'_> {
        let is_backward = self.is_backward != reversed;
        let mut segments: Vec<&(usize, KeyRange)> = self.segments.iter().collect();
        if reversed {
            segments.reverse();
        }
        let mut begins = None;
        if let Some(from) = from {
            let key = self.key(from);
            let part = key.as_ref().and_then(|key| self.parts.iter().position(|part| part.contains(key)));
            let (Some(key), Some(part)) = (key, part) else { return Steps::none(is_backward) };
            // The segment of the place, or what lies behind it in the order of the walk.
            let own = segments.iter().position(|(_, segment)| segment.contains(&key));
            let is_behind = |(of, segment): &&(usize, KeyRange)| match of.cmp(&part) {
                Ordering::Equal => (segment.lower > key) != is_backward,
                order => order.is_gt() != reversed,
            };
            let first = own.or_else(|| segments.iter().position(is_behind));
            segments.drain(..first.unwrap_or(segments.len()));
            begins = own.map(|_| (key, from.id));
        }
        let segments = segments.into_iter().map(|(_, segment)| segment).collect();
        Steps { segments, at: 0, from: begins, is_backward }
    }
}

/// The bytes of the index's number and of the columns before the sort list, each of which the filter holds to one value.
fn prefix(index: &RecordIndex<'_>, equal: usize, answer: Option<&Answer<'_>>) -> Option<Vec<u8>> {
    if equal == 0 {
        return Some(index.number().to_vec());
    }
    answer?.prefixes.get(equal - 1).cloned()
}

/// All keys behind the prefix, divided by the first column of the sort list, in the order in which its values are wanted.
fn parts(
    prefix: &[u8],
    own: &IndexColumn<'_>,
    is_empty_first: bool,
    choices: Option<&Choices>,
    is_backward: bool,
) -> Vec<KeyRange> {
    let order = if is_empty_first {
        [Presence::Odd, Presence::Empty, Presence::Present]
    } else {
        [Presence::Present, Presence::Empty, Presence::Odd]
    };
    let mut parts = Vec::new();
    for presence in order {
        work::step();
        let all = KeyRange::beginning_with([prefix, &[presence.byte(own.is_empty_first())]].concat());
        match choices {
            Some(choices) if presence == Presence::Present => {
                let mut of_choices = of_choices(&all, choices);
                if is_backward {
                    of_choices.reverse();
                }
                parts.extend(of_choices);
            }
            _ => parts.push(all),
        }
    }
    parts
}

/// The keys of each choice in their order, and behind them what lies between: values that are no choice.
fn of_choices(all: &KeyRange, choices: &Choices) -> Vec<KeyRange> {
    let range = |name: &String| KeyRange::beginning_with([&all.lower[..], &choice_key(name)].concat());
    let mut parts: Vec<KeyRange> = choices.names.iter().map(range).collect();
    let mut known = parts.clone();
    known.sort_unstable_by(|left, right| left.lower.cmp(&right.lower));
    let mut lower = all.lower.clone();
    for range in known {
        work::step();
        parts.push(KeyRange { lower, upper: range.lower, recheck: false });
        lower = range.upper;
    }
    parts.push(KeyRange { lower, upper: all.upper.clone(), recheck: false });
    parts.retain(|part| !part.is_empty());
    parts
}

/// The ranges in the order of the parts, each cut where a part ends.
fn segments(ranges: &[KeyRange], parts: &[KeyRange], is_backward: bool) -> Vec<(usize, KeyRange)> {
    let mut segments = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        work::steps(ranges.len());
        let within = ranges.iter().map(|range| range.clone().and(part.clone())).filter(|range| !range.is_empty());
        let mut within: Vec<KeyRange> = within.collect();
        if is_backward {
            within.reverse();
        }
        segments.extend(within.into_iter().map(|range| (place, range)));
    }
    segments
}

/// A walk under way.
pub struct Steps<'w> {
    segments: Vec<&'w KeyRange>,
    at: usize,
    /// The entry behind which the segment goes on.
    from: Option<(Vec<u8>, TableId)>,
    is_backward: bool,
}

impl Steps<'_> {
    fn none(is_backward: bool) -> Self {
        Steps { segments: Vec::new(), at: 0, from: None, is_backward }
    }

    /// The records of the next entries, at most so many; none where the walk has ended.
    pub fn next(&mut self, entries: OwnedTable, most: usize) -> Result<Vec<TableId>> {
        while let Some(segment) = self.segments.get(self.at) {
            work::step();
            let (sign, direction) = if self.is_backward { ("<", "DESC") } else { (">", "ASC") };
            let after = match &self.from {
                Some(_) => {
                    format!("AND ROW(entry.key, entry.record_id) OPERATOR(pg_catalog.{sign}) ROW($3, $4)")
                }
                None => String::new(),
            };
            let sql = sql!(
                "query/walk.sql",
                record_index = entries.quoted_name(),
                after = after,
                direction = direction,
                most = most.to_string()
            );
            let mut parameters = vec![Parameter::Bytes(&segment.lower), Parameter::Bytes(&segment.upper)];
            if let Some((key, id)) = &self.from {
                parameters.extend([Parameter::Bytes(key), Parameter::Uuid(*id)]);
            }
            let found = entries
                .read(|| spi::query(&sql, &parameters, Mode::Read, |row| Some((row.bytes(1)?, row.uuid(2)?))))?;
            let found: Vec<(Vec<u8>, TableId)> = found.into_iter().flatten().collect();
            if found.len() < most {
                self.at += 1;
                self.from = None;
            } else {
                self.from = found.last().cloned();
            }
            if !found.is_empty() {
                return Ok(found.into_iter().map(|(_, id)| id).collect());
            }
        }
        Ok(Vec::new())
    }
}
