//! Streaming decoder: UTF-8 text in blocks from a source in any encoding.
//!
//! A block ends behind a line end where it has one. Undecodable bytes become U+FFFD and are counted.
use super::super::budget::{Budget, exceeded};
use super::super::source::{Problem, Source, read_full};
use super::{Detected, Undecodable};
use crate::core::work;
use encoding_rs::DecoderResult;
use memchr::{memrchr, memrchr2};

const BLOCK: usize = 64 * 1024;

pub struct Decoder<S> {
    source: S,
    decoder: encoding_rs::Decoder,
    /// The next byte of the source.
    offset: u64,
    end: u64,
    raw: Vec<u8>,
    /// The current block, and behind `cut` the beginning of the next.
    text: String,
    cut: usize,
    /// Where in `text` a U+FFFD stands for undecodable bytes; those of the current block come first.
    replaced: Vec<usize>,
    replaced_in_block: usize,
    undecodable: Undecodable,
    is_finished: bool,
}

impl<S: Source> Decoder<S> {
    /// A decoder of the whole file, behind its byte order mark.
    pub fn new(source: S, detected: &Detected, budget: &Budget) -> Result<Decoder<S>, Problem> {
        let end = source.len();
        if end > budget.file_bytes {
            let message = format!("The file has {end} bytes, more than {}.", budget.file_bytes);
            return Err(exceeded("import.file_too_large", message));
        }
        Ok(Decoder::within(source, detected, detected.bom_length, end))
    }

    /// A decoder of a part of the file. What is cut at its ends counts as undecodable.
    pub fn within(source: S, detected: &Detected, start: u64, end: u64) -> Decoder<S> {
        Decoder {
            source,
            decoder: detected.encoding.new_decoder_without_bom_handling(),
            offset: start,
            end,
            raw: vec![0; BLOCK],
            text: String::new(),
            cut: 0,
            replaced: Vec::new(),
            replaced_in_block: 0,
            undecodable: Undecodable::default(),
            is_finished: false,
        }
    }

    /// Moves to the next block; false at the end of the file.
    pub fn advance(&mut self) -> Result<bool, Problem> {
        self.text.drain(..self.cut);
        self.replaced.drain(..self.replaced_in_block);
        self.replaced.iter_mut().for_each(|place| *place -= self.cut);
        self.cut = 0;
        while self.cut == 0 && !self.is_finished {
            work::step();
            self.read_block()?;
            self.cut = if self.is_finished { self.text.len() } else { end_of_lines(&self.text) };
        }
        self.replaced_in_block = self.replaced.partition_point(|place| *place < self.cut);
        Ok(self.cut > 0)
    }

    /// The current block.
    pub fn text(&self) -> &str {
        &self.text[..self.cut]
    }

    /// Where in the current block a U+FFFD stands for undecodable bytes.
    pub fn replaced(&self) -> &[usize] {
        &self.replaced[..self.replaced_in_block]
    }

    /// The undecodable places that were met so far.
    pub fn undecodable(&self) -> &Undecodable {
        &self.undecodable
    }

    fn read_block(&mut self) -> Result<(), Problem> {
        let most = BLOCK.min(usize::try_from(self.end.saturating_sub(self.offset)).unwrap_or(BLOCK));
        let count = read_full(&mut self.source, self.offset, &mut self.raw[..most])?;
        self.is_finished = self.offset + count as u64 >= self.end || count == 0;
        let (mut input, mut place) = (&self.raw[..count], self.offset);
        self.offset += count as u64;
        loop {
            work::step();
            let most = self.decoder.max_utf8_buffer_length_without_replacement(input.len()).unwrap_or(BLOCK);
            work::reserve(self.text.len() + most);
            self.text.reserve(most);
            let (result, read) =
                self.decoder.decode_to_string_without_replacement(input, &mut self.text, self.is_finished);
            place += read as u64;
            input = &input[read..];
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, behind) => {
                    self.undecodable.add(place.saturating_sub(u64::from(length) + u64::from(behind)));
                    self.replaced.push(self.text.len());
                    self.text.push(char::REPLACEMENT_CHARACTER);
                }
            }
        }
    }
}

/// Where the last line of a text ends; all of the text where no line ends in it.
fn end_of_lines(text: &str) -> usize {
    let bytes = text.as_bytes();
    // A CR at the very end may be the first half of a CR LF.
    let behind = memrchr(b'\n', bytes).or_else(|| memrchr2(b'\r', b'\n', &bytes[..bytes.len().saturating_sub(1)]));
    behind.map_or(bytes.len(), |at| at + 1)
}
