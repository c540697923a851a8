//! A file that lies in parts in a table, read at any place; at most two parts are in memory.
use super::home::Home;
use crate::core::fields::identifier::uuid_text;
use crate::core::import::source::{Problem, ProblemClass, Source};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::memory::Scratch;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;

pub const FILE: &str = "file";
pub const ROWS: &str = "rows";

/// The bytes of a part, where it is there.
pub fn part(home: &Home, id: &TableId, kind: &str, part: i64) -> Result<Option<Vec<u8>>> {
    let sql = sql!("import/part.sql", chunks = home.chunks());
    let parameters = [Parameter::Uuid(*id), Parameter::Text(kind), Parameter::Bigint(part)];
    Ok(spi::query(&sql, &parameters, Mode::ReadLatest, |row| row.bytes(1))?.into_iter().flatten().next())
}

/// The file of an import.
pub struct ChunkSource {
    home: Home,
    id: TableId,
    /// Where each part begins, and where the last one ends.
    starts: Vec<u64>,
    kept: [Option<(usize, Vec<u8>)>; 2],
}

impl ChunkSource {
    /// 55000 where a part is missing. `byte_count` is how many bytes have come in.
    pub fn open(home: &Home, id: &TableId, byte_count: i64) -> Result<ChunkSource> {
        let sql = sql!("import/lengths.sql", chunks = home.chunks());
        let parts =
            spi::query(&sql, &[Parameter::Uuid(*id)], Mode::ReadLatest, |row| Some((row.bigint(1)?, row.bigint(2)?)))?;
        let mut starts = vec![0_u64];
        for (place, (part, length)) in parts.into_iter().flatten().enumerate() {
            work::step();
            let expected = place as i64 + 1;
            if part != expected {
                return Err(Error::conflict(format!("part {expected} of the file is missing"))
                    .hint("Give it with append_import, then call again."));
            }
            starts.push(starts[place] + length as u64);
        }
        if starts.len() == 1 && byte_count > 0 {
            let message =
                format!("the file of import {} is not yours to read, or it is not kept any more", uuid_text(id));
            return Err(Error::conflict(message)
                .hint("It is for whoever began the import and for admins, until 7 days after it ended."));
        }
        if starts.len() == 1 {
            return Err(Error::conflict("the file of the import has not come in yet")
                .hint("Give its parts with append_import, from part 1 on."));
        }
        Ok(ChunkSource { home: *home, id: *id, starts, kept: [None, None] })
    }

    fn load(&mut self, place: usize) -> std::result::Result<&[u8], Problem> {
        let is_kept = |kept: &Option<(usize, Vec<u8>)>| kept.as_ref().is_some_and(|(kept, _)| *kept == place);
        if is_kept(&self.kept[1]) {
            self.kept.swap(0, 1);
        } else if !is_kept(&self.kept[0]) {
            let found = part(&self.home, &self.id, FILE, place as i64 + 1).map_err(|error| lost(error.message()))?;
            self.kept[1] = None;
            self.kept.swap(0, 1);
            self.kept[0] = Some((place, found.ok_or_else(|| lost("a part of the file is gone"))?));
        }
        Ok(self.kept[0].as_ref().map_or(&[], |(_, bytes)| bytes))
    }
}

fn lost(message: &str) -> Problem {
    Problem::new(ProblemClass::Malformed, "import.lost_part", message)
}

impl Source for ChunkSource {
    fn len(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> std::result::Result<usize, Problem> {
        if offset >= self.len() || buffer.is_empty() {
            return Ok(0);
        }
        let place = self.starts.partition_point(|start| *start <= offset) - 1;
        let within = (offset - self.starts[place]) as usize;
        let bytes = self.load(place)?;
        let rest = bytes.get(within..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

pub fn store_chunk(home: &Home, id: &TableId, kind: &str, part: i64, first_row: i64, bytes: &[u8]) -> Result<()> {
    let sql = sql!("import/append.sql", chunks = home.chunks(), imports = home.imports());
    let parameters = [
        Parameter::Uuid(*id),
        Parameter::Text(kind),
        Parameter::Bigint(part),
        Parameter::Bigint(first_row),
        Parameter::Bytes(bytes),
    ];
    // A file has many chunks: the server's copy of each is freed with its statement.
    Scratch::new().run(|| spi::execute(&sql, &parameters, Mode::Write).map(|_| ()))
}

/// Forgets the rows that were read from the file before.
pub fn forget_rows(home: &Home, id: &TableId) -> Result<()> {
    let sql = format!(
        "DELETE FROM {} WHERE import_id OPERATOR(pg_catalog.=) $1 AND kind OPERATOR(pg_catalog.=) $2",
        home.chunks()
    );
    spi::execute(&sql, &[Parameter::Uuid(*id), Parameter::Text(ROWS)], Mode::Write).map(|_| ())
}
