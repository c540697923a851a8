//! The titles of records that others name, read for many records at once.
use super::source::{Source, with_record};
use crate::core::fields::identifier::uuid_bytes;
use crate::core::query::{Query, TitleColumns, Titles};
use crate::core::sql::sql;
use crate::core::work::{self, Memory};
use crate::pg::error::Result;
use crate::pg::spi::{self, Batch, Mode, Parameter};
use crate::records::catalog::TableId;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The titles that were read so far; those of records that the caller does not see are none.
pub struct TitleCache {
    columns: Option<TitleColumns>,
    known: HashMap<TableId, Option<String>>,
    memory: Memory,
}

impl TitleCache {
    pub fn new(source: &Source, query: &Query) -> TitleCache {
        TitleCache {
            columns: TitleColumns::new(query, &source.schema),
            known: HashMap::new(),
            memory: Memory::default(),
        }
    }

    /// Reads the titles that the records of a batch need, in one query for each table.
    pub fn read(&mut self, source: &Source, batch: &Batch<'_>) -> Result<()> {
        let Some(columns) = &self.columns else { return Ok(()) };
        let mut wanted: BTreeMap<String, BTreeSet<TableId>> = BTreeMap::new();
        batch.each(|row| {
            with_record(row, |record| {
                columns.each(record, |table, id| {
                    if !self.known.contains_key(&id) {
                        wanted.entry(table.to_owned()).or_default().insert(id);
                    }
                });
            });
        });
        let sql = sql!("query/titles.sql", records = source.quoted_name(), live = source.live());
        for (table, ids) in wanted {
            let Some(table) = uuid_bytes(&table) else { continue };
            let ids: Vec<TableId> = ids.into_iter().collect();
            work::steps(ids.len());
            self.memory.take(ids.len() * 64);
            self.known.extend(ids.iter().map(|id| (*id, None)));
            let parameters = [Parameter::Uuid(table), Parameter::Uuids(&ids)];
            let found = spi::query(&sql, &parameters, Mode::Read, |row| Some((row.uuid(1)?, row.text(2)?)))?;
            for (id, title) in found.into_iter().flatten() {
                self.memory.take(title.len() + 64);
                self.known.insert(id, Some(title));
            }
        }
        Ok(())
    }
}

impl Titles for TitleCache {
    fn title(&self, _table: &str, id: &[u8; 16]) -> Option<Cow<'_, str>> {
        self.known.get(id)?.as_deref().map(Cow::Borrowed)
    }
}
