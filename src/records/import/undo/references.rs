//! What names the records of an import, and what these name.
use crate::core::sql::sql;
use crate::core::work::{self, Memory};
use crate::pg::error::Result;
use crate::pg::rights::{OwnedTable, Privilege};
use crate::pg::setting;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;
use crate::records::import::home::Home;
use crate::records::import::state::Import;
use crate::records::stored::live_condition;
use std::collections::BTreeSet;

/// So many ids are given to one statement.
const LARGEST_LIST: usize = 10_000;

/// Records and the references between them, on which callers have no rights. Without a table of references nothing becomes of one when its record goes.
struct References {
    records: OwnedTable,
    links: OwnedTable,
}

impl References {
    fn find(home: &Home) -> Result<Option<References>> {
        let records = OwnedTable::granted(home.records, Privilege::Select)?;
        Ok(records.beside("record_links")?.map(|links| References { records, links }))
    }
}

/// Of these records those that others name, whoever may see them. Nobody can name one meanwhile: they are held.
pub(super) fn referred(home: &Home, ids: &[TableId]) -> Result<BTreeSet<TableId>> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let Some(References { records, links }) = References::find(home)? else { return Ok(BTreeSet::new()) };
    let sql = sql!(
        "import/referred.sql",
        links = links.quoted_name(),
        records = records.quoted_name(),
        live = live_condition(home.records)?
    );
    let ask = || spi::query(&sql, &[Parameter::Uuids(ids)], Mode::WriteLatest, |row| row.uuid(1));
    // Of a table that was empty when it was analyzed the server thinks that reading all of it for each record is the cheaper way.
    let found = records.read(|| setting::with(c"enable_seqscan", "off", ask))?;
    Ok(found.into_iter().flatten().collect())
}

/// The records that the import created and linked later, and that stay.
pub(super) fn kept_linked(home: &Home, import: &Import) -> Result<Vec<TableId>> {
    let live = live_condition(home.records)?;
    let sql = sql!("import/kept_linked.sql", rows = home.rows(), records = home.records_name(), live = live);
    let (mut kept, mut memory) = (Vec::new(), Memory::default());
    spi::query(&sql, &[Parameter::Uuid(import.id), Parameter::Uuid(import.table_id)], Mode::Write, |row| {
        work::step();
        memory.take(size_of::<TableId>());
        kept.extend(row.uuid(1));
    })?;
    Ok(kept)
}

/// Lets these records, and those that they name, keep what the import linked in them.
pub(super) fn keep_linked(home: &Home, import: &Import, staying: &[TableId]) -> Result<()> {
    let Some(References { records, links }) = References::find(home)? else { return Ok(()) };
    let sql = sql!(
        "import/keep_linked.sql",
        rows = home.rows(),
        links = links.quoted_name(),
        records = records.quoted_name(),
        live = live_condition(home.records)?
    );
    for some in staying.chunks(LARGEST_LIST) {
        work::step();
        let parameters = [Parameter::Uuid(import.id), Parameter::Uuid(import.table_id), Parameter::Uuids(some)];
        home.rows_as_owner()?.write(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
    }
    Ok(())
}
