//! Compound files (OLE2, the container of xls): named streams made of chains of sectors. A chain that is longer than the file
//! has sectors is a cycle.
use super::bytes::{SharedSource, read_all, u16_at, u32_at, u64_at};
use super::problem::{malformed, truncated};
use super::strings::push_utf16;
use crate::core::import::source::Problem;
use crate::core::work;

/// Numbers of sectors from here on are marks, such as the end of a chain.
const FIRST_MARK: u32 = 0xFFFF_FFFA;
const END_OF_CHAIN: u32 = 0xFFFF_FFFE;
const NO_ENTRY: u32 = u32::MAX;
const ENTRY_LENGTH: usize = 128;
const MINI_SECTOR: usize = 64;
const SPARE_ENTRIES: usize = 64 << 10;

struct Entry {
    name: String,
    start: u32,
    size: u64,
}

pub struct Compound<'a> {
    source: SharedSource<'a>,
    sector: usize,
    sectors: usize,
    /// The sector after each sector.
    chain: Vec<u32>,
    /// The same of the small sectors within `mini_start`'s chain, and the size below which streams are there.
    mini_chain_start: u32,
    mini_cutoff: u64,
    root: Entry,
    streams: Vec<Entry>,
}

impl<'a> Compound<'a> {
    pub fn open(source: &SharedSource<'a>) -> Result<Self, Problem> {
        let mut header = [0; 512];
        read_all(source, 0, &mut header)?;
        let shift = u16_at(&header, 30)?;
        if !matches!(shift, 9 | 12) || u16_at(&header, 32)? != 6 {
            return Err(malformed("the file is damaged: its header is wrong"));
        }
        let sector = 1 << shift;
        let sectors = usize::try_from(source.borrow().len().div_ceil(sector as u64)).map_err(|_| truncated())?;
        let mut compound = Self {
            source: source.clone(),
            sector,
            sectors,
            chain: Vec::new(),
            mini_chain_start: u32_at(&header, 60)?,
            mini_cutoff: u64::from(u32_at(&header, 56)?),
            root: Entry { name: String::new(), start: END_OF_CHAIN, size: 0 },
            streams: Vec::new(),
        };
        compound.read_chains(&header)?;
        compound.read_directory(u32_at(&header, 48)?)?;
        Ok(compound)
    }

    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    pub fn has(&self, name: &str) -> bool {
        self.streams.iter().any(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// The bytes of a stream of the root.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, Problem> {
        let entry = self.streams.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)).ok_or_else(truncated)?;
        let size = usize::try_from(entry.size).map_err(|_| truncated())?;
        if size > self.sectors.saturating_mul(self.sector) {
            return Err(truncated());
        }
        let mut bytes = if entry.size >= self.mini_cutoff {
            self.read_chain(entry.start, size)?
        } else {
            self.read_mini(entry.start, size)?
        };
        if bytes.len() < size {
            return Err(truncated());
        }
        bytes.truncate(size);
        Ok(bytes)
    }

    fn read_sector(&self, number: u32, buffer: &mut [u8]) -> Result<(), Problem> {
        work::bytes(buffer.len());
        let offset = (u64::from(number) + 1) * self.sector as u64;
        // The last sector may be cut short.
        buffer.fill(0);
        match super::bytes::read_some(&self.source, offset, buffer)? {
            0 => Err(truncated()),
            _ => Ok(()),
        }
    }

    /// Reads the allocation table, whose own sectors the header and a list of more sectors name.
    fn read_chains(&mut self, header: &[u8]) -> Result<(), Problem> {
        let mut sector = vec![0; self.sector];
        let mut tables: Vec<u32> = Vec::new();
        for at in 0..109 {
            tables.push(u32_at(header, 76 + 4 * at)?);
        }
        let mut next = u32_at(header, 68)?;
        let mut lists = 0;
        while next < FIRST_MARK {
            lists += 1;
            if lists > self.sectors {
                return Err(cyclic());
            }
            self.read_sector(next, &mut sector)?;
            let entries = self.sector / 4 - 1;
            work::reserve(4 * (tables.len() + entries));
            for at in 0..entries {
                tables.push(u32_at(&sector, 4 * at)?);
            }
            next = u32_at(&sector, 4 * entries)?;
        }
        tables.retain(|table| *table < FIRST_MARK);
        let entries = tables.len().saturating_mul(self.sector / 4);
        // Programs make the table longer than the file, but not without bound.
        if entries > self.sectors.saturating_mul(2).saturating_add(SPARE_ENTRIES) {
            return Err(cyclic());
        }
        work::reserve(4 * entries);
        self.chain.reserve_exact(entries);
        for table in tables {
            self.read_sector(table, &mut sector)?;
            for at in 0..self.sector / 4 {
                self.chain.push(u32_at(&sector, 4 * at)?);
            }
        }
        Ok(())
    }

    /// Reads the sectors of a chain, at most as many as the bytes need.
    fn read_chain(&self, start: u32, size: usize) -> Result<Vec<u8>, Problem> {
        let most = size.div_ceil(self.sector);
        work::reserve(most.min(self.sectors) * self.sector);
        let mut bytes = Vec::new();
        let mut seen = vec![false; self.chain.len()];
        let mut number = start;
        for _ in 0..most {
            if number >= FIRST_MARK {
                break;
            }
            let at = number as usize;
            if std::mem::replace(seen.get_mut(at).ok_or_else(truncated)?, true) {
                return Err(cyclic());
            }
            let end = bytes.len();
            bytes.resize(end + self.sector, 0);
            self.read_sector(number, &mut bytes[end..])?;
            number = self.chain[at];
        }
        Ok(bytes)
    }

    /// Reads a small stream, which lies in the root's own.
    fn read_mini(&self, start: u32, size: usize) -> Result<Vec<u8>, Problem> {
        let root_size = usize::try_from(self.root.size).unwrap_or(usize::MAX).min(self.sectors * self.sector);
        let container = self.read_chain(self.root.start, root_size)?;
        let table = self.read_chain(self.mini_chain_start, container.len().div_ceil(MINI_SECTOR) * 4)?;
        let most = size.div_ceil(MINI_SECTOR);
        let mut bytes = Vec::new();
        let mut number = start;
        for _ in 0..most {
            work::step();
            let at = number as usize;
            if number >= FIRST_MARK {
                break;
            }
            let part = container.get(at.saturating_mul(MINI_SECTOR)..).unwrap_or_default();
            bytes.extend_from_slice(part.get(..MINI_SECTOR).ok_or_else(truncated)?);
            number = u32_at(&table, at * 4)?;
        }
        Ok(bytes)
    }

    /// Lists the streams of the root, but not those of embedded objects below it.
    fn read_directory(&mut self, start: u32) -> Result<(), Problem> {
        let most = self.sectors.saturating_mul(self.sector).min(8 << 20);
        let directory = self.read_chain(start, most)?;
        let entries = directory.len() / ENTRY_LENGTH;
        let entry_at =
            |number: u32| directory.get(number as usize * ENTRY_LENGTH..).and_then(|rest| rest.get(..ENTRY_LENGTH));
        let root = entry_at(0).ok_or_else(truncated)?;
        self.root = read_entry(root, self.sector)?;
        let mut pending = vec![u32_at(root, 76)?];
        let mut seen = 0;
        while let Some(number) = pending.pop() {
            work::step();
            if number == NO_ENTRY {
                continue;
            }
            seen += 1;
            if seen > entries {
                return Err(cyclic());
            }
            let bytes = entry_at(number).ok_or_else(truncated)?;
            if bytes[66] == 2 {
                self.streams.push(read_entry(bytes, self.sector)?);
            }
            pending.extend([u32_at(bytes, 68)?, u32_at(bytes, 72)?]);
        }
        Ok(())
    }
}

fn read_entry(bytes: &[u8], sector: usize) -> Result<Entry, Problem> {
    let length = usize::from(u16_at(bytes, 64)?).saturating_sub(2).min(62);
    let mut name = String::new();
    push_utf16(&mut name, &bytes[..length]);
    // Files with short sectors may hold rubbish in the upper half.
    let size = if sector == 512 { u64::from(u32_at(bytes, 120)?) } else { u64_at(bytes, 120)? };
    Ok(Entry { name, start: u32_at(bytes, 116)?, size })
}

fn cyclic() -> Problem {
    malformed("the file is damaged: its sectors form a cycle")
}
