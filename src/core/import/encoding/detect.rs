//! Detection of a file's encoding: byte order mark, valid UTF-8, UTF-16 by its NULs, then statistics.
//!
//! Says what the answer rests on, and which bytes the encoding cannot read.
use super::super::source::{Problem, ProblemClass, Source, read_full};
use super::guess::guess;
use super::{Undecodable, label};
use crate::core::work;
use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use memchr::{memchr, memrchr};

const BLOCK: usize = 64 * 1024;
/// Statistics look at this many bytes of lines that are not plain ASCII.
const SAMPLE: usize = 64 * 1024;
/// Text that is UTF-8 but for one place in so many was UTF-8 before it was damaged: in other encodings few pairs of letters look like one of its characters.
const VALID_TO_INVALID: u64 = 3;

/// So many characters are no accident where a file ends within one more.
const CHARACTERS_BEFORE_CUT: u64 = 3;

/// What the answer rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    Bom,
    /// All bytes that were looked at are valid, and few other texts would be.
    Valid,
    Guessed,
    Given,
}

impl Evidence {
    pub fn name(self) -> &'static str {
        match self {
            Evidence::Bom => "bom",
            Evidence::Valid => "valid",
            Evidence::Guessed => "guessed",
            Evidence::Given => "given",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Detected {
    pub encoding: &'static Encoding,
    pub evidence: Evidence,
    /// Bytes of the byte order mark.
    pub bom_length: u64,
    /// Among the bytes that were looked at.
    pub undecodable: Undecodable,
    /// How many bytes were looked at, from the beginning.
    pub examined: u64,
}

/// The encoding of a file. At most `limit` bytes are looked at; a name that is given is followed.
pub fn detect(source: &mut impl Source, given: Option<&str>, limit: u64) -> Result<Detected, Problem> {
    let mut head = [0; BLOCK];
    let count = read_full(source, 0, &mut head)?;
    let head = &head[..count];
    let bom = Encoding::for_bom(head);
    let (encoding, evidence) = match (given, bom) {
        (Some(name), _) => (label::named(name)?, Evidence::Given),
        (None, _) if head.starts_with(&[0xFF, 0xFE, 0, 0]) || head.starts_with(&[0, 0, 0xFE, 0xFF]) => {
            return Err(Problem::new(
                ProblemClass::Encoding,
                "import.encoding",
                "The file is in UTF-32, which is not read.",
            )
            .hint("Save the file as UTF-8."));
        }
        (None, Some((encoding, _))) => (encoding, Evidence::Bom),
        (None, None) => match utf_16_by_nuls(head) {
            Some(encoding) => (encoding, Evidence::Guessed),
            None => {
                refuse_binary(head)?;
                let survey = Survey::of(source, limit)?;
                match survey.utf_8() {
                    Some(evidence) => (UTF_8, evidence),
                    None => (guess(&survey.sample), Evidence::Guessed),
                }
            }
        },
    };
    let bom_length = bom.filter(|(of_bom, _)| *of_bom == encoding).map_or(0, |(_, length)| length as u64);
    let examined = source.len().min(limit);
    let undecodable = match evidence {
        Evidence::Valid => Undecodable::default(),
        _ => count_undecodable(source, encoding, bom_length, examined)?,
    };
    Ok(Detected { encoding, evidence, bom_length, undecodable, examined })
}

/// UTF-16 without a byte order mark: the high bytes of ASCII characters are zero and lie all on one side. NULs in a text of another encoding lie anywhere,
/// and not beside its line feeds and delimiters.
fn utf_16_by_nuls(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.len() / 2;
    if pairs < 2 || memchr(0, head).is_none() {
        return None;
    }
    work::bytes(head.len());
    let is_mark = |byte: u8| matches!(byte, b'\r' | b',' | b';' | b'\t');
    let mut zeros = [0_usize; 2];
    // All, and those that are half of a character with a zero on either side.
    let (mut feeds, mut marks) = ([0_usize; 3], [0_usize; 3]);
    for pair in head.chunks_exact(2) {
        for side in 0..2 {
            let (byte, is_zero) = (pair[1 - side], pair[side] == 0);
            zeros[side] += usize::from(is_zero);
            for (counts, is_one) in [(&mut feeds, byte == b'\n'), (&mut marks, is_mark(byte))] {
                counts[side] += usize::from(is_one && is_zero);
                counts[2] += usize::from(is_one);
            }
        }
    }
    let side = usize::from(zeros[1] > zeros[0]);
    let is_one_sided = zeros[side] >= 2 && zeros[side] * 50 >= pairs && zeros[1 - side] * 20 <= zeros[side];
    let is_ascii = zeros[side] * 5 >= pairs * 4;
    // Kana in UTF-16 are valid UTF-8, too; kanji are not.
    let is_utf_8 = simdutf8::basic::from_utf8(head).is_ok();
    let are_marks_whole = match is_utf_8 {
        true => (feeds[side] + marks[side]) * 10 >= (feeds[2] + marks[2]) * 9,
        false if feeds[2] == 0 => zeros[side] * 5 >= pairs,
        false => feeds[side] * 2 >= feeds[2],
    };
    let encoding = if side == 0 { UTF_16BE } else { UTF_16LE };
    let (_, has_errors) = encoding.decode_without_bom_handling(&head[..pairs.min(2048) * 2 - 2]);
    (is_one_sided && (is_ascii || are_marks_whole) && !has_errors).then_some(encoding)
}

/// A workbook, an image or a program is no text.
fn refuse_binary(head: &[u8]) -> Result<(), Problem> {
    let is_control = |byte: &u8| *byte < 0x20 && !matches!(*byte, b'\t' | b'\n' | b'\r' | 0x0B | 0x0C | 0x1A | 0x1B);
    let controls = head.iter().filter(|byte| is_control(byte)).count();
    work::bytes(head.len());
    if controls > 16 && controls * 20 > head.len() {
        return Err(Problem::new(
            ProblemClass::Encoding,
            "import.not_text",
            "The file is not a text: it holds many control characters.",
        )
        .hint("Give a CSV or JSON file, or a workbook (xlsx, xlsb, xls, ods)."));
    }
    Ok(())
}

/// What a pass over the bytes found.
struct Survey {
    valid_sequences: u64,
    invalid_places: u64,
    /// A character goes on behind the end of the file.
    is_cut: bool,
    has_escapes: bool,
    /// Lines that are not plain ASCII.
    sample: Vec<u8>,
}

impl Survey {
    fn of(source: &mut impl Source, limit: u64) -> Result<Survey, Problem> {
        let mut survey =
            Survey { valid_sequences: 0, invalid_places: 0, is_cut: false, has_escapes: false, sample: Vec::new() };
        let end = source.len().min(limit);
        let mut buffer = vec![0; BLOCK];
        let (mut offset, mut kept) = (0, 0);
        while offset < end {
            work::step();
            let most = (BLOCK - kept).min(usize::try_from(end - offset).unwrap_or(BLOCK));
            let count = read_full(source, offset, &mut buffer[kept..kept + most])?;
            if count == 0 {
                break;
            }
            offset += count as u64;
            let filled = kept + count;
            let is_last = offset >= end;
            // Cut at a line, so that no character and no line of the sample is cut.
            let whole = match memrchr(b'\n', &buffer[..filled]) {
                _ if is_last => filled,
                Some(at) => at + 1,
                None => filled - cut_character(&buffer[..filled]),
            };
            survey.add(&buffer[..whole], is_last && offset < source.len());
            buffer.copy_within(whole..filled, 0);
            kept = filled - whole;
        }
        Ok(survey)
    }

    fn add(&mut self, bytes: &[u8], may_be_cut: bool) {
        work::bytes(bytes.len());
        self.has_escapes |= memchr(0x1B, bytes).is_some();
        if bytes.is_ascii() && !self.has_escapes {
            return;
        }
        self.take_sample(bytes);
        if simdutf8::basic::from_utf8(bytes).is_ok() {
            self.valid_sequences += lead_bytes(bytes);
            return;
        }
        let mut rest = bytes;
        while let Err(error) = simdutf8::compat::from_utf8(rest) {
            work::step();
            self.valid_sequences += lead_bytes(&rest[..error.valid_up_to()]);
            match error.error_len() {
                Some(length) => {
                    self.invalid_places += 1;
                    rest = &rest[error.valid_up_to() + length..];
                }
                // A character that the limit cut.
                None => {
                    self.is_cut = !may_be_cut;
                    return;
                }
            }
            // More says nothing new: this is no UTF-8.
            if self.invalid_places > 1_000 && self.invalid_places > self.valid_sequences {
                return;
            }
        }
        self.valid_sequences += lead_bytes(rest);
    }

    fn take_sample(&mut self, bytes: &[u8]) {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            work::bytes(line.len());
            let room = SAMPLE - self.sample.len();
            if room == 0 {
                return;
            }
            if !line.is_ascii() || memchr(0x1B, line).is_some() {
                self.sample.extend_from_slice(&line[..line.len().min(room)]);
            }
        }
    }

    /// Whether the file is UTF-8, perhaps with damaged places.
    fn utf_8(&self) -> Option<Evidence> {
        let is_iso_2022_jp = || guess(&self.sample) == encoding_rs::ISO_2022_JP;
        match self.invalid_places {
            0 if self.is_cut => (self.valid_sequences >= CHARACTERS_BEFORE_CUT).then_some(Evidence::Guessed),
            0 if self.valid_sequences == 0 && self.has_escapes && is_iso_2022_jp() => None,
            0 => Some(Evidence::Valid),
            places => (self.valid_sequences >= VALID_TO_INVALID * places).then_some(Evidence::Guessed),
        }
    }
}

/// How many bytes at the end begin a UTF-8 character that goes on behind them.
fn cut_character(bytes: &[u8]) -> usize {
    let tail = bytes.iter().rev().take(3);
    tail.enumerate().find(|(_, byte)| **byte >= 0xC0).map_or(0, |(index, lead)| {
        let length = if *lead >= 0xF0 { 4 } else { 2 + usize::from(*lead >= 0xE0) };
        if index + 1 < length { index + 1 } else { 0 }
    })
}

/// How many characters of several bytes a valid UTF-8 text has.
fn lead_bytes(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte >= 0xC0).count() as u64
}

fn count_undecodable(
    source: &mut impl Source,
    encoding: &'static Encoding,
    start: u64,
    end: u64,
) -> Result<Undecodable, Problem> {
    let mut undecodable = Undecodable::default();
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let is_whole = end == source.len();
    let (mut raw, mut out) = (vec![0; BLOCK], vec![0; 3 * BLOCK + 16]);
    let mut offset = start;
    while offset < end {
        let most = BLOCK.min(usize::try_from(end - offset).unwrap_or(BLOCK));
        let count = read_full(source, offset, &mut raw[..most])?;
        if count == 0 {
            break;
        }
        let (mut input, mut place) = (&raw[..count], offset);
        offset += count as u64;
        loop {
            work::step();
            let is_last = is_whole && offset >= end;
            let (result, read, _) = decoder.decode_to_utf8_without_replacement(input, &mut out, is_last);
            place += read as u64;
            input = &input[read..];
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, behind) => {
                    undecodable.add(place.saturating_sub(u64::from(length) + u64::from(behind)));
                }
            }
        }
    }
    Ok(undecodable)
}
