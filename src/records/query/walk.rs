//! The walk along an index whose keys are in the order of the sort list.
use crate::core::index::{IndexColumn, KeyRange, Presence, RecordIndex};
use crate::core::query::ranges::Answer;
use crate::core::query::{FieldPath, Query, SortKey, Sorter};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::Result;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;

/// Parts of an index in the order of the sort list, walked in one direction.
pub struct Walk<'s> {
    segments: Vec<KeyRange>,
    /// The bytes before those of the first column of the sort list.
    prefix: Vec<u8>,
    is_backward: bool,
    columns: Vec<IndexColumn<'s>>,
    /// With one column: its presence bytes in the order of the walk, which may not be that of the keys.
    groups: Vec<u8>,
}

impl<'s> Walk<'s> {
    /// None where the index is in another order. `answer` is what it answers of the filter.
    pub fn new(
        index: &RecordIndex<'s>,
        ids: &[String],
        query: &Query,
        sorter: &Sorter<'_>,
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
        let is_backward = own[0].is_descending() != wanted[0].is_descending();
        let turned = |one: &IndexColumn<'_>, other: &IndexColumn<'_>| one.is_descending() != other.is_descending();
        // Ids ascend with the keys, and go as the first entry of the sort list does.
        let is_fitting = is_backward == query.is_descending()
            && own.iter().zip(&wanted).all(|(own, wanted)| turned(own, wanted) == is_backward)
            && (own.len() == 1
                || own
                    .iter()
                    .zip(&wanted)
                    .all(|(own, wanted)| (own.is_empty_first() != wanted.is_empty_first()) == is_backward));
        if !is_fitting {
            return None;
        }
        let prefix = prefix(index, equal, answer)?;
        let whole = vec![KeyRange::beginning_with(prefix.clone())];
        // What the index answers of the filter beyond the columns before the sort list narrows the walk.
        let ranges = match answer {
            Some(answer) if answer.ranges.iter().all(|range| range.lower.starts_with(&prefix)) => answer.ranges.clone(),
            _ => whole,
        };
        let groups = if own.len() == 1 { groups(&own[0], wanted[0].is_empty_first()) } else { Vec::new() };
        let segments = if own.len() == 1 {
            segments(&ranges, &prefix, &groups, is_backward)
        } else if is_backward {
            ranges.into_iter().rev().collect()
        } else {
            ranges
        };
        Some(Walk { segments, prefix, is_backward, columns: own.to_vec(), groups })
    }

    /// The key of the index that a sort key stands for.
    fn key(&self, of: &SortKey) -> Vec<u8> {
        let mut key = self.prefix.clone();
        for (column, (presence, value)) in self.columns.iter().zip(&of.parts) {
            column.append_sorted(*presence, value, &mut key);
        }
        key
    }

    /// Begins behind a place, or before it where the walk is `reversed`.
    pub fn begin(&self, from: Option<&SortKey>, reversed: bool) -> Steps<'_> {
        let is_backward = self.is_backward != reversed;
        let mut segments: Vec<&KeyRange> = self.segments.iter().collect();
        if reversed {
            segments.reverse();
        }
        let from = from.map(|from| (self.key(from), from.id));
        if let Some((key, _)) = &from {
            // The segment of the place, or what lies behind it in the order of the walk.
            let own = segments.iter().position(|segment| segment.contains(key));
            let behind = || segments.iter().position(|segment| self.is_behind(segment, key, reversed));
            let first = own.or_else(behind).unwrap_or(segments.len());
            segments.drain(..first);
            let from = if own.is_some() { from.clone() } else { None };
            return Steps { segments, at: 0, from, is_backward };
        }
        Steps { segments, at: 0, from: None, is_backward }
    }

    /// Whether a segment without the key comes after it in the walk.
    fn is_behind(&self, segment: &KeyRange, key: &[u8], reversed: bool) -> bool {
        let group = |bytes: &[u8]| bytes.get(self.prefix.len()).copied();
        let place = |byte: Option<u8>| self.groups.iter().position(|known| Some(*known) == byte);
        match (place(group(&segment.lower)), place(group(key))) {
            (Some(own), Some(of_key)) if own != of_key => (own > of_key) != reversed,
            _ => (segment.lower.as_slice() > key) != (self.is_backward != reversed),
        }
    }
}

/// The bytes of the index's number and of the columns before the sort list, each of which the filter holds to one value.
fn prefix(index: &RecordIndex<'_>, equal: usize, answer: Option<&Answer<'_>>) -> Option<Vec<u8>> {
    if equal == 0 {
        return Some(index.number().to_vec());
    }
    answer?.prefixes.get(equal - 1).cloned()
}

/// The presence bytes of a column in the order in which empty values are wanted.
fn groups(own: &IndexColumn<'_>, is_empty_first: bool) -> Vec<u8> {
    let order = if is_empty_first {
        [Presence::Odd, Presence::Empty, Presence::Present]
    } else {
        [Presence::Present, Presence::Empty, Presence::Odd]
    };
    order.map(|presence| presence.byte(own.is_empty_first())).to_vec()
}

/// The ranges in the order of the groups, which the index may have otherwise.
fn segments(ranges: &[KeyRange], prefix: &[u8], groups: &[u8], is_backward: bool) -> Vec<KeyRange> {
    let mut segments = Vec::new();
    for byte in groups {
        let group = KeyRange::beginning_with([prefix, &[*byte]].concat());
        let within = ranges.iter().map(|range| range.clone().and(group.clone())).filter(|range| !range.is_empty());
        let mut within: Vec<KeyRange> = within.collect();
        if is_backward {
            within.reverse();
        }
        segments.extend(within);
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
    /// The records of the next entries, at most so many; none where the walk has ended.
    pub fn next(&mut self, entries: OwnedTable, most: usize) -> Result<Vec<TableId>> {
        while let Some(segment) = self.segments.get(self.at) {
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
