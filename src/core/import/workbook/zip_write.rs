//! Zip archives written as a stream: sizes and checksums follow each entry, as they are not known before.
use super::crc::Crc32;
use super::problem::limit;
use super::sink::Sink;
use crate::core::import::source::Problem;
use crate::core::work;
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress, create_comp_flags_from_zip_params,
};

/// A fast level: the next ones save a tenth of the size for twice the time.
const LEVEL: i32 = 4;
/// Deflate without a header.
const RAW: i32 = -15;
const OUTPUT: usize = 32 << 10;
/// The sizes follow; the name is UTF-8.
const FLAGS: u16 = 0x0808;
const VERSION: u16 = 20;
const DEFLATED: u16 = 8;
/// 1980-01-01 00:00: an archive of the same content has the same bytes.
const TIME: u16 = 0;
const DATE: u16 = 0x21;

struct Entry {
    name: &'static str,
    header: u64,
    crc: Crc32,
    compressed: u64,
    size: u64,
}

pub struct ZipWriter<S> {
    sink: S,
    written: u64,
    entries: Vec<Entry>,
    compressor: Box<CompressorOxide>,
    output: Vec<u8>,
}

impl<S: Sink> ZipWriter<S> {
    pub fn new(sink: S) -> Self {
        let flags = create_comp_flags_from_zip_params(LEVEL, RAW, 0);
        Self {
            sink,
            written: 0,
            entries: Vec::new(),
            compressor: Box::new(CompressorOxide::new(flags)),
            output: vec![0; OUTPUT],
        }
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.written += bytes.len() as u64;
        // Larger archives have other headers.
        if self.written > u64::from(u32::MAX) {
            return Err(too_large());
        }
        self.sink.write(bytes)
    }

    pub fn begin(&mut self, name: &'static str) -> Result<(), Problem> {
        self.compressor.reset();
        self.entries.push(Entry { name, header: self.written, crc: Crc32::new(), compressed: 0, size: 0 });
        let mut header = b"PK\x03\x04".to_vec();
        for field in [VERSION, FLAGS, DEFLATED, TIME, DATE, 0, 0, 0, 0, 0, 0, name.len() as u16, 0] {
            work::step();
            header.extend(field.to_le_bytes());
        }
        header.extend(name.bytes());
        self.put(&header)
    }

    /// Appends to the entry begun last.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        work::bytes(bytes.len());
        if let Some(entry) = self.entries.last_mut() {
            entry.crc.update(bytes);
            entry.size += bytes.len() as u64;
            if entry.size > u64::from(u32::MAX) {
                return Err(too_large());
            }
        }
        self.compress(bytes, TDEFLFlush::None)
    }

    fn compress(&mut self, mut bytes: &[u8], flush: TDEFLFlush) -> Result<(), Problem> {
        loop {
            work::step();
            let (status, read, count) = compress(&mut self.compressor, bytes, &mut self.output, flush);
            bytes = &bytes[read..];
            if let Some(entry) = self.entries.last_mut() {
                entry.compressed += count as u64;
            }
            let output = std::mem::take(&mut self.output);
            let put = self.put(&output[..count]);
            self.output = output;
            put?;
            let is_done = match flush {
                TDEFLFlush::Finish => status != TDEFLStatus::Okay,
                _ => bytes.is_empty(),
            };
            if is_done {
                return Ok(());
            }
        }
    }

    pub fn end(&mut self) -> Result<(), Problem> {
        self.compress(&[], TDEFLFlush::Finish)?;
        let mut descriptor = b"PK\x07\x08".to_vec();
        if let Some(entry) = self.entries.last() {
            descriptor.extend(sizes(entry));
        }
        self.put(&descriptor)
    }

    pub fn finish(mut self) -> Result<S, Problem> {
        let start = self.written;
        let mut directory = Vec::new();
        for entry in &self.entries {
            work::step();
            directory.extend(b"PK\x01\x02");
            for field in [VERSION, VERSION, FLAGS, DEFLATED, TIME, DATE] {
                work::step();
                directory.extend(field.to_le_bytes());
            }
            directory.extend(sizes(entry));
            for field in [entry.name.len() as u16, 0, 0, 0, 0, 0, 0] {
                work::step();
                directory.extend(field.to_le_bytes());
            }
            directory.extend((entry.header as u32).to_le_bytes());
            directory.extend(entry.name.bytes());
        }
        let length = directory.len() as u32;
        let count = self.entries.len() as u16;
        directory.extend(b"PK\x05\x06");
        for field in [0, 0, count, count] {
            work::step();
            directory.extend(field.to_le_bytes());
        }
        directory.extend(length.to_le_bytes());
        directory.extend((start as u32).to_le_bytes());
        directory.extend([0, 0]);
        self.put(&directory)?;
        Ok(self.sink)
    }
}

/// Checksum, compressed size and size: what follows an entry and stands in the directory.
fn sizes(entry: &Entry) -> impl Iterator<Item = u8> {
    [entry.crc.value(), entry.compressed as u32, entry.size as u32].into_iter().flat_map(u32::to_le_bytes)
}

fn too_large() -> Problem {
    limit("the export is larger than an xlsx file can be", "Export as CSV or JSON lines, or fewer records.")
}
