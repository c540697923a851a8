//! Zip archives: the central directory, and entries inflated as streams. What entries expand to is counted while they are
//! inflated, whatever sizes the archive declares; checksums are verified at an entry's end.
use super::bytes::{SharedSource, read_all, read_some, u16_at, u32_at, u64_at};
use super::crc::Crc32;
use super::problem::{encrypted, limit, malformed, size, truncated, unsupported};
use crate::core::import::source::Problem;
use crate::core::work;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags::TINFL_FLAG_HAS_MORE_INPUT};
use std::cell::Cell;
use std::rc::Rc;

/// A central directory longer than this is no workbook's.
const MOST_DIRECTORY: u64 = 16 << 20;
const MOST_ENTRIES: usize = 65_535;
const INPUT: usize = 32 << 10;
/// A power of two, and no less than the window of deflate.
const OUTPUT: usize = 64 << 10;

/// How many expanded bytes are left of the budget, for all streams of one reading.
#[derive(Clone)]
pub struct Meter {
    left: Rc<Cell<u64>>,
    whole: u64,
}

impl Meter {
    pub fn new(whole: u64) -> Self {
        Self { left: Rc::new(Cell::new(whole)), whole }
    }

    pub fn take(&self, bytes: usize) -> Result<(), Problem> {
        work::bytes(bytes);
        let left = self.left.get().checked_sub(bytes as u64).ok_or_else(|| {
            limit(
                format!("the file expands to more than {}", size(self.whole)),
                "Split the file, save it as CSV, or raise what limits it: the option limits if it was given, and the setting rowkit.import_expanded_bytes (a superuser).",
            )
        })?;
        self.left.set(left);
        Ok(())
    }
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    encrypted: bool,
    method: u16,
    crc: u32,
    compressed: u64,
    size: u64,
    header: u64,
}

pub struct Archive<'a> {
    source: SharedSource<'a>,
    entries: Vec<Entry>,
}

impl<'a> Archive<'a> {
    pub fn open(source: SharedSource<'a>) -> Result<Self, Problem> {
        let (offset, length) = directory_place(&source)?;
        if length > MOST_DIRECTORY {
            return Err(limit("the file's directory is too long", "Save the workbook again without its pictures."));
        }
        let length = usize::try_from(length).map_err(|_| truncated())?;
        work::reserve(length);
        let mut directory = vec![0; length];
        read_all(&source, offset, &mut directory)?;
        let mut entries = Vec::new();
        let mut rest = directory.as_slice();
        while rest.starts_with(b"PK\x01\x02") {
            work::step();
            if entries.len() == MOST_ENTRIES {
                return Err(limit("the file holds too many parts", "Save the workbook again without its pictures."));
            }
            let (entry, taken) = read_entry(rest)?;
            entries.push(entry);
            rest = rest.get(taken..).ok_or_else(truncated)?;
        }
        Ok(Self { source, entries })
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// Finds an entry by its name; programs differ in upper and lower case.
    fn find(&self, name: &str) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.name == name)
            .or_else(|| self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)))
    }

    /// The stream of an entry, if there is one of that name.
    pub fn stream(&self, name: &str, meter: &Meter) -> Result<Option<Stream<'a>>, Problem> {
        work::steps(self.entries.len() / 16);
        self.find(name).map(|entry| Stream::open(&self.source, entry, meter)).transpose()
    }

    /// The stream of an entry without which the file is damaged.
    pub fn needed(&self, name: &str, meter: &Meter) -> Result<Stream<'a>, Problem> {
        self.stream(name, meter)?.ok_or_else(|| {
            malformed(format!("the file is damaged: its part \"{}\" is missing", work::beginning(name, 100)))
        })
    }
}

/// Offset and length of the central directory.
fn directory_place(source: &SharedSource) -> Result<(u64, u64), Problem> {
    let file_length = source.borrow().len();
    let tail_length = file_length.min(65_557);
    let tail_offset = file_length - tail_length;
    let mut tail = vec![0; tail_length as usize];
    read_all(source, tail_offset, &mut tail)?;
    work::bytes(tail.len());
    let end = tail.windows(4).rposition(|window| window == b"PK\x05\x06").ok_or_else(truncated)?;
    let record = &tail[end..];
    let (length, offset) = (u64::from(u32_at(record, 12)?), u64::from(u32_at(record, 16)?));
    let is_zip64 = length == u64::from(u32::MAX) || offset == u64::from(u32::MAX) || u16_at(record, 10)? == u16::MAX;
    let locator = end.checked_sub(20).and_then(|at| tail.get(at..end)).filter(|bytes| bytes.starts_with(b"PK\x06\x07"));
    if let (true, Some(locator)) = (is_zip64, locator) {
        let mut record = [0; 56];
        read_all(source, u64_at(locator, 8)?, &mut record)?;
        if !record.starts_with(b"PK\x06\x06") {
            return Err(truncated());
        }
        return Ok((u64_at(&record, 48)?, u64_at(&record, 40)?));
    }
    Ok((offset, length))
}

/// One entry of the central directory, and the bytes that it takes there.
fn read_entry(bytes: &[u8]) -> Result<(Entry, usize), Problem> {
    let [name_length, extra_length, comment_length] = [28, 30, 32].map(|at| u16_at(bytes, at).map(usize::from));
    let (name_length, extra_length) = (name_length?, extra_length?);
    let name = bytes.get(46..46 + name_length).ok_or_else(truncated)?;
    let extra = bytes.get(46 + name_length..46 + name_length + extra_length).ok_or_else(truncated)?;
    let mut entry = Entry {
        // Some programs write backslashes.
        name: String::from_utf8_lossy(name).replace('\\', "/"),
        encrypted: u16_at(bytes, 8)? & 1 == 1,
        method: u16_at(bytes, 10)?,
        crc: u32_at(bytes, 16)?,
        compressed: u64::from(u32_at(bytes, 20)?),
        size: u64::from(u32_at(bytes, 24)?),
        header: u64::from(u32_at(bytes, 42)?),
    };
    let mut extra = extra;
    while extra.len() >= 4 {
        work::step();
        let length = usize::from(u16_at(extra, 2)?);
        let field = extra.get(4..4 + length).unwrap_or_default();
        if u16_at(extra, 0)? == 1 {
            let mut at = 0;
            for value in [&mut entry.size, &mut entry.compressed, &mut entry.header] {
                work::step();
                if *value == u64::from(u32::MAX) {
                    *value = u64_at(field, at)?;
                    at += 8;
                }
            }
        }
        extra = extra.get(4 + length..).unwrap_or_default();
    }
    Ok((entry, 46 + name_length + extra_length + comment_length?))
}

/// The expanded bytes of an entry, a piece at a time.
pub struct Stream<'a> {
    source: SharedSource<'a>,
    meter: Meter,
    /// Where the compressed bytes go on, and how many are left.
    offset: u64,
    left: u64,
    input: Vec<u8>,
    input_at: usize,
    /// None for a stored entry.
    inflater: Option<Box<DecompressorOxide>>,
    output: Vec<u8>,
    /// What of the output has not been consumed.
    ready: std::ops::Range<usize>,
    crc: Crc32,
    produced: u64,
    declared: (u32, u64),
    ended: bool,
}

impl<'a> Stream<'a> {
    fn open(source: &SharedSource<'a>, entry: &Entry, meter: &Meter) -> Result<Self, Problem> {
        if entry.encrypted {
            return Err(encrypted());
        }
        let inflater = match entry.method {
            0 => None,
            8 => Some(Box::<DecompressorOxide>::default()),
            method => {
                return Err(unsupported(
                    "import.compression",
                    format!("the file is compressed by an unusual method ({method})"),
                    "Open the file in a spreadsheet program and save it again.",
                ));
            }
        };
        let mut header = [0; 30];
        read_all(source, entry.header, &mut header)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(malformed("the file is damaged: a part is not where its directory says"));
        }
        let skipped = 30 + u64::from(u16_at(&header, 26)?) + u64::from(u16_at(&header, 28)?);
        Ok(Self {
            source: source.clone(),
            meter: meter.clone(),
            offset: entry.header.saturating_add(skipped),
            left: entry.compressed,
            input: Vec::new(),
            input_at: 0,
            inflater,
            output: vec![0; OUTPUT],
            ready: 0..0,
            crc: Crc32::new(),
            produced: 0,
            declared: (entry.crc, entry.size),
            ended: false,
        })
    }

    /// The bytes that come next; none at the end.
    pub fn fill(&mut self) -> Result<&[u8], Problem> {
        while self.ready.is_empty() && !self.ended {
            work::step();
            self.produce()?;
        }
        Ok(&self.output[self.ready.clone()])
    }

    pub fn consume(&mut self, count: usize) {
        self.ready.start = (self.ready.start + count).min(self.ready.end);
    }

    /// Fills a buffer, or as much of it as the entry has.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Problem> {
        let mut count = 0;
        while count < buffer.len() {
            work::step();
            let ready = self.fill()?;
            if ready.is_empty() {
                break;
            }
            let taken = ready.len().min(buffer.len() - count);
            buffer[count..count + taken].copy_from_slice(&ready[..taken]);
            self.consume(taken);
            count += taken;
        }
        Ok(count)
    }

    fn produce(&mut self) -> Result<(), Problem> {
        if self.input_at == self.input.len() && self.left > 0 {
            let wanted = self.left.min(INPUT as u64) as usize;
            self.input.resize(wanted, 0);
            let count = read_some(&self.source, self.offset, &mut self.input)?;
            if count == 0 {
                return Err(truncated());
            }
            self.input.truncate(count);
            self.offset += count as u64;
            self.left -= count as u64;
            self.input_at = 0;
        }
        let input = &self.input[self.input_at..];
        let start = if self.ready.end == OUTPUT { 0 } else { self.ready.end };
        let (read, written) = match &mut self.inflater {
            None => {
                let count = input.len().min(OUTPUT - start);
                self.output[start..start + count].copy_from_slice(&input[..count]);
                self.ended = self.left == 0 && count == input.len();
                (count, count)
            }
            Some(inflater) => {
                let flags = if self.left > 0 { TINFL_FLAG_HAS_MORE_INPUT } else { 0 };
                let (status, read, written) = decompress(inflater, input, &mut self.output, start, flags);
                match status {
                    TINFLStatus::Done => self.ended = true,
                    TINFLStatus::NeedsMoreInput | TINFLStatus::HasMoreOutput => (),
                    _ => return Err(malformed("the file is damaged: a part cannot be decompressed")),
                }
                (read, written)
            }
        };
        self.input_at += read;
        self.ready = start..start + written;
        self.meter.take(written)?;
        self.crc.update(&self.output[self.ready.clone()]);
        self.produced += written as u64;
        if self.ended && (self.crc.value(), self.produced) != self.declared {
            return Err(malformed("the file is damaged: a part's checksum or size is wrong"));
        }
        Ok(())
    }
}
