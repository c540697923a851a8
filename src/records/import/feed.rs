//! The rows of an import, one after the other: from the chunks that they were read into, or straight from a file at hand.
use super::chunks::{self, ROWS, forget_rows, store_chunk};
use super::home::{Home, budget, budget_of, refused};
use super::state::Import;
use crate::core::fields::identifier::hex;
use crate::core::import::file::{EXAMINE_ALL, ImportFile};
use crate::core::import::mapping;
use crate::core::import::options::Reading;
use crate::core::import::stored_row::{self, Room, StoredRow};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;
use sha2::{Digest, Sha256};

/// Rows are stored in chunks of about so many bytes.
const CHUNK_BYTES: usize = 256 << 10;

pub enum Feed<'a> {
    Chunks(ChunkFeed),
    File(Box<ImportFile<'a>>),
}

impl Feed<'_> {
    pub fn next(&mut self) -> Result<Option<StoredRow>> {
        match self {
            Feed::Chunks(feed) => feed.next(),
            Feed::File(file) => file.read().map_err(refused),
        }
    }
}

pub struct ChunkFeed {
    home: Home,
    id: TableId,
    part: i64,
    text: String,
    at: usize,
    /// Of the row that was given last.
    number: u64,
}

impl ChunkFeed {
    /// Begins with the row of that place, counted from 0.
    pub fn from(home: &Home, id: &TableId, row: i64) -> Result<ChunkFeed> {
        let mut feed = ChunkFeed { home: *home, id: *id, part: 0, text: String::new(), at: 0, number: 0 };
        let sql = sql!("import/rows_part.sql", chunks = home.chunks());
        let parameters = [Parameter::Uuid(*id), Parameter::Bigint(row)];
        let found = spi::query(&sql, &parameters, Mode::ReadLatest, |row| Some((row.bigint(1)?, row.bigint(2)?)))?;
        if let Some((part, first)) = found.into_iter().flatten().next() {
            feed.part = part.checked_sub(1).filter(|part| *part >= 0).ok_or_else(disordered)?;
            for _ in 0..stored_row::rows_before(row, first, budget().rows).ok_or_else(disordered)? {
                work::step();
                if feed.line()?.is_none() {
                    break;
                }
            }
        }
        Ok(feed)
    }

    /// Where the next line lies in the text.
    fn line(&mut self) -> Result<Option<std::ops::Range<usize>>> {
        work::step();
        if self.at >= self.text.len() {
            let part = self.part.checked_add(1).ok_or_else(disordered)?;
            let Some(bytes) = chunks::part(&self.home, &self.id, ROWS, part)? else { return Ok(None) };
            self.text = String::from_utf8(bytes).map_err(|_| damaged())?;
            self.part = part;
            self.at = 0;
        }
        let rest = &self.text.as_bytes()[self.at..];
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = self.at..self.at + length;
        self.at += length + 1;
        Ok(Some(line))
    }

    fn next(&mut self) -> Result<Option<StoredRow>> {
        let Some(line) = self.line()? else { return Ok(None) };
        let stored = stored_row::read(&self.text[line]).ok_or_else(damaged)?;
        // Values of JSON that stand in one line have one number.
        if stored.row.number < self.number {
            return Err(disordered());
        }
        self.number = stored.row.number;
        Ok(Some(stored))
    }
}

fn damaged() -> Error {
    Error::prerequisite_state("the stored rows of the import cannot be read").hint("Begin another import of the file.")
}

fn disordered() -> Error {
    Error::invalid_parameter("the stored rows of the import are not in order").hint("Begin another import of the file.")
}

/// By which header a mapping is remembered.
pub fn header_hash(header: &[String]) -> String {
    hex(&Sha256::digest(mapping::key(header).as_bytes()))
}

/// Reads the file into rows, unless that was done with the same options.
pub fn read_into_rows<'a>(
    home: &Home,
    import: &mut Import,
    reading: &Reading,
    open: impl FnOnce() -> Result<Box<dyn crate::core::import::source::Source + 'a>>,
) -> Result<()> {
    let form = reading.form();
    if import.reading.as_deref().and_then(|reading| reading.split_once(' ')).is_some_and(|(_, known)| known == form) {
        return Ok(());
    }
    forget_rows(home, &import.id)?;
    let budget = budget_of(reading);
    let mut file = ImportFile::open(open()?, reading, EXAMINE_ALL, &budget).map_err(refused)?;
    let (mut text, mut part, mut first, mut count) = (String::new(), 1_i64, 0_i64, 0_i64);
    let mut room = Room::new(&budget);
    while let Some(stored) = file.read().map_err(refused)? {
        work::step();
        let begun = text.len();
        stored_row::write(&stored, &mut text);
        room.take(text.len() - begun).map_err(refused)?;
        count += 1;
        if text.len() >= CHUNK_BYTES {
            store_chunk(home, &import.id, ROWS, part, first, text.as_bytes())?;
            text.clear();
            part += 1;
            first = count;
        }
    }
    if !text.is_empty() {
        store_chunk(home, &import.id, ROWS, part, first, text.as_bytes())?;
    }
    note_read(home, import, &format!("{} {form}", file.facts.format), file.names(), count)
}

/// Writes down what the file has. `form` is its format and the options that it was read with.
pub fn note_read(home: &Home, import: &mut Import, form: &str, header: Vec<String>, count: i64) -> Result<()> {
    let sql = sql!("import/read.sql", imports = home.imports());
    let hash = header_hash(&header);
    let parameters = [
        Parameter::Uuid(import.id),
        Parameter::Text(form),
        Parameter::Texts(&header),
        Parameter::Text(&hash),
        Parameter::Bigint(count),
    ];
    spi::execute(&sql, &parameters, Mode::Write)?;
    import.reading = Some(form.to_owned());
    import.header = header;
    import.row_count = Some(count);
    Ok(())
}
