//! The records that earlier batches of an import created or met, looked up for the few that a batch is about.
use super::home::Home;
use super::state::Import;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::Result;
use crate::pg::setting;
use crate::pg::spi::{self, Parameter};
use crate::records::catalog::TableId;
use std::collections::HashSet;

/// So many are looked up by one query: the server compares each batch that it finds with all of them.
const AT_ONCE: usize = 1_000;

#[derive(Default)]
pub struct Touched {
    created: HashSet<TableId>,
    matched: HashSet<TableId>,
}

impl Touched {
    /// Those among these records.
    pub fn among(home: &Home, import: &Import, ids: impl IntoIterator<Item = TableId>) -> Result<Touched> {
        let mut touched = Touched::default();
        if import.next_row == 0 {
            return Ok(touched);
        }
        let ids: Vec<TableId> = ids.into_iter().collect();
        let sql = sql!("import/touched.sql", batches = home.batches());
        for ids in ids.chunks(AT_ONCE) {
            work::step();
            let parameters = [Parameter::Uuid(import.id), Parameter::Uuids(ids)];
            let ask = || spi::once(&sql, &parameters, |row| Some((row.uuid(1)?, row.boolean(2)?)));
            // The server does not know that comparing arrays of a thousand ids takes longer than the index.
            let look_up = || setting::with(c"enable_seqscan", "off", ask);
            let (_, found) = home.reading_batches_as_owner(look_up)?;
            for (id, is_created) in found.into_iter().flatten() {
                work::step();
                if is_created { &mut touched.created } else { &mut touched.matched }.insert(id);
            }
        }
        Ok(touched)
    }

    pub fn has_created(&self, id: &TableId) -> bool {
        self.created.contains(id)
    }

    pub fn contains(&self, id: &TableId) -> bool {
        self.created.contains(id) || self.matched.contains(id)
    }
}
