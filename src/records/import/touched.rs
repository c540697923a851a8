//! The records that earlier batches of an import created or met: a later row of the file about one is a duplicate.
//!
//! Those of the running call are in memory, as many as there is room for. Those before are looked up in `import_batches` for the few that a batch is about.
use super::home::Home;
use super::row::{End, Row};
use super::state::Import;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::Result;
use crate::pg::setting;
use crate::pg::spi::{self, Parameter};
use crate::records::catalog::TableId;
use std::collections::HashMap;

/// So many are looked up by one query: the server compares each batch that it finds with all of them.
const AT_ONCE: usize = 1_000;
/// The memory of a record that is known.
const KNOWN_BYTES: usize = 48;

/// Records, and whether the import created them.
type Known = HashMap<TableId, bool>;

pub struct Touched {
    /// The first row whose batch is in memory.
    since: i64,
    known: Known,
}

impl Touched {
    /// For a call that begins with this row.
    pub fn since(row: i64) -> Touched {
        Touched { since: row, known: Known::new() }
    }

    /// Those among these records.
    pub fn among(&self, home: &Home, import: &Import, ids: impl IntoIterator<Item = TableId>) -> Result<Met> {
        let (mut met, mut others) = (Known::new(), Vec::new());
        for id in ids {
            work::step();
            match self.known.get(&id) {
                Some(is_created) => {
                    met.insert(id, *is_created);
                }
                None => others.push(id),
            }
        }
        if self.since > 0 {
            for ids in others.chunks(AT_ONCE) {
                work::step();
                look_up(home, import, ids, &mut met)?;
            }
        }
        Ok(Met(met))
    }

    /// Notes what a batch has created and met, which ends before this row.
    pub fn note(&mut self, rows: &[Row], next: i64) {
        for row in rows {
            work::step();
            match &row.end {
                Some(End::Created { id, .. }) => self.known.insert(*id, true),
                Some(End::Updated { id, .. } | End::Unchanged(id) | End::Skipped(Some(id))) => {
                    self.known.insert(*id, false)
                }
                _ => None,
            };
        }
        if self.known.len() > work::room() / 8 / KNOWN_BYTES {
            *self = Touched::since(next);
        }
    }
}

/// Looks records up among the batches of the import.
fn look_up(home: &Home, import: &Import, ids: &[TableId], met: &mut Known) -> Result<()> {
    let sql = sql!("import/touched.sql", batches = home.batches());
    let parameters = [Parameter::Uuid(import.id), Parameter::Uuids(ids)];
    let ask = || spi::once(&sql, &parameters, |row| Some((row.uuid(1)?, row.boolean(2)?)));
    // The server does not know that comparing arrays of a thousand ids takes longer than the index.
    let (_, found) = home.reading_batches_as_owner(|| setting::with(c"enable_seqscan", "off", ask))?;
    met.extend(found.into_iter().flatten());
    Ok(())
}

/// Of some records those that earlier batches created or met.
pub struct Met(Known);

impl Met {
    pub fn has_created(&self, id: &TableId) -> bool {
        self.0.get(id) == Some(&true)
    }

    pub fn contains(&self, id: &TableId) -> bool {
        self.0.contains_key(id)
    }
}
