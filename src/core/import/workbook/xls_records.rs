//! Records of BIFF8, the binary workbook format (xls), and texts that go on over several records.
use super::bytes::{u8_at, u16_at};
use super::problem::truncated;
use super::xml::too_long;
use crate::core::import::source::Problem;
use crate::core::work;

/// Numbers of records ([MS-XLS] 2.3).
pub mod record {
    pub const FORMULA: u16 = 0x06;
    pub const END: u16 = 0x0A;
    pub const DATE_MODE: u16 = 0x22;
    pub const FILE_PASS: u16 = 0x2F;
    pub const CONTINUE: u16 = 0x3C;
    pub const COLUMN: u16 = 0x7D;
    pub const SHEET: u16 = 0x85;
    pub const MULTIPLE_RK: u16 = 0xBD;
    pub const RICH_TEXT: u16 = 0xD6;
    pub const CELL_STYLE: u16 = 0xE0;
    pub const MERGED: u16 = 0xE5;
    pub const SHARED_STRINGS: u16 = 0xFC;
    pub const SHARED_TEXT: u16 = 0xFD;
    pub const NUMBER: u16 = 0x203;
    pub const TEXT: u16 = 0x204;
    pub const BOOLEAN_OR_ERROR: u16 = 0x205;
    pub const FORMULA_TEXT: u16 = 0x207;
    pub const ROW: u16 = 0x208;
    pub const RK: u16 = 0x27E;
    pub const FORMAT: u16 = 0x41E;
    pub const BEGIN: u16 = 0x809;
}

/// A record and where it is in the stream.
#[derive(Clone, Copy)]
pub struct Record<'b> {
    pub id: u16,
    pub data: &'b [u8],
    pub at: usize,
    pub end: usize,
}

/// The record at a place of the stream. None at the stream's end, which may be filled up with zeros.
pub fn record_at(stream: &[u8], at: usize) -> Result<Option<Record<'_>>, Problem> {
    work::step();
    let Some(rest) = stream.get(at..).filter(|rest| rest.len() >= 4) else {
        return Ok(None);
    };
    let (id, length) = (u16_at(rest, 0)?, usize::from(u16_at(rest, 2)?));
    if id == 0 && length == 0 {
        return Ok(None);
    }
    let data = rest.get(4..4 + length).ok_or_else(truncated)?;
    Ok(Some(Record { id, data, at, end: at + 4 + length }))
}

/// The data of a record and of the CONTINUE records after it.
pub struct Continued<'b> {
    stream: &'b [u8],
    data: &'b [u8],
    at: usize,
    /// Where the record ends that is being read.
    end: usize,
}

impl<'b> Continued<'b> {
    pub fn new(stream: &'b [u8], record: Record<'b>, at: usize) -> Self {
        Self { stream, data: record.data, at, end: record.end }
    }

    /// Goes on in the next CONTINUE record.
    fn advance(&mut self) -> Result<(), Problem> {
        match record_at(self.stream, self.end)? {
            Some(record) if record.id == record::CONTINUE => {
                (self.data, self.at, self.end) = (record.data, 0, record.end);
                Ok(())
            }
            _ => Err(truncated()),
        }
    }

    /// Whether neither this record nor one that continues it has more.
    pub fn is_at_end(&self) -> Result<bool, Problem> {
        let next = record_at(self.stream, self.end)?;
        Ok(self.at >= self.data.len() && next.is_none_or(|record| record.id != record::CONTINUE))
    }

    fn ready(&mut self) -> Result<(), Problem> {
        while self.at >= self.data.len() {
            work::step();
            self.advance()?;
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, Problem> {
        self.ready()?;
        self.at += 1;
        u8_at(self.data, self.at - 1)
    }

    pub fn u16(&mut self) -> Result<u16, Problem> {
        Ok(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn u32(&mut self) -> Result<u32, Problem> {
        Ok(u32::from(self.u16()?) | u32::from(self.u16()?) << 16)
    }

    fn skip(&mut self, mut count: usize) -> Result<(), Problem> {
        while count > 0 {
            work::step();
            self.ready()?;
            let taken = count.min(self.data.len() - self.at);
            self.at += taken;
            count -= taken;
        }
        Ok(())
    }

    /// A text with a count of 16 bits. Where it goes on in another record, that says anew whether characters take 8 or 16 bits.
    pub fn text(&mut self, most: usize) -> Result<String, Problem> {
        let count = usize::from(self.u16()?);
        self.text_of(count, most)
    }

    fn text_of(&mut self, count: usize, most: usize) -> Result<String, Problem> {
        let flags = self.byte()?;
        let runs = if flags & 8 != 0 { usize::from(self.u16()?) } else { 0 };
        let phonetic = if flags & 4 != 0 { self.u32()? as usize } else { 0 };
        let mut units: Vec<u16> = Vec::with_capacity(count.min(1 << 16));
        let mut is_wide = flags & 1 == 1;
        while units.len() < count {
            work::step();
            if self.at >= self.data.len() {
                self.advance()?;
                is_wide = self.byte()? & 1 == 1;
                continue;
            }
            let rest = &self.data[self.at..];
            let wanted = count - units.len();
            if is_wide {
                let (pairs, odd) = rest.as_chunks::<2>();
                if pairs.is_empty() && !odd.is_empty() {
                    return Err(truncated());
                }
                let taken = pairs.len().min(wanted);
                units.extend(pairs[..taken].iter().map(|pair| u16::from_le_bytes(*pair)));
                self.at += 2 * taken;
            } else {
                let taken = rest.len().min(wanted);
                units.extend(rest[..taken].iter().map(|byte| u16::from(*byte)));
                self.at += taken;
            }
        }
        work::steps(units.len() / 16);
        let text = String::from_utf16_lossy(&units);
        self.skip(4 * runs)?;
        self.skip(phonetic)?;
        if text.len() > most { Err(too_long(most)) } else { Ok(text) }
    }
}

/// A text with a count of 8 bits within one record, such as a sheet's name.
pub fn short_text(stream: &[u8], record: Record<'_>, at: usize) -> Result<String, Problem> {
    let count = usize::from(u8_at(record.data, at)?);
    Continued::new(stream, record, at + 1).text_of(count, 4 * 255)
}
