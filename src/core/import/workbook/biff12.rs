//! Records of the binary workbook format (xlsb), one after the other from a stream.
use super::bytes::{u8_at, u16_at, u32_at};
use super::problem::truncated;
use super::strings::push_utf16;
use super::xml::too_long;
use super::zip::Stream;
use crate::core::import::source::Problem;
use crate::core::work;

pub struct Records<'a> {
    stream: Stream<'a>,
    data: Vec<u8>,
    most: usize,
}

impl<'a> Records<'a> {
    /// `most_text` bounds the text of a record in UTF-8; in the file it has at most twice the bytes.
    pub fn new(stream: Stream<'a>, most_text: usize) -> Self {
        Self { stream, data: Vec::new(), most: most_text }
    }

    /// The next record: its number and its data.
    pub fn next(&mut self) -> Result<Option<(u16, &[u8])>, Problem> {
        work::step();
        let Some(first) = self.byte()? else {
            return Ok(None);
        };
        let mut id = u16::from(first & 0x7F);
        if first & 0x80 != 0 {
            id |= u16::from(self.byte()?.ok_or_else(truncated)? & 0x7F) << 7;
        }
        let mut length = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.byte()?.ok_or_else(truncated)?;
            length |= usize::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        if length > self.most.saturating_mul(2).saturating_add(1024) {
            return Err(too_long(self.most));
        }
        if self.data.len() < length {
            work::reserve(length);
            self.data.resize(length, 0);
        }
        if self.stream.read(&mut self.data[..length])? < length {
            return Err(truncated());
        }
        Ok(Some((id, &self.data[..length])))
    }

    fn byte(&mut self) -> Result<Option<u8>, Problem> {
        let byte = self.stream.fill()?.first().copied();
        self.stream.consume(1);
        Ok(byte)
    }
}

/// A counted text of UTF-16 and where it ends. A count of all ones stands for none.
pub fn wide_string(data: &[u8], at: usize, most: usize) -> Result<(String, usize), Problem> {
    let count = u32_at(data, at)?;
    let count = if count == u32::MAX { 0 } else { count as usize };
    let (start, end) = (at + 4, at.saturating_add(4).saturating_add(count.saturating_mul(2)));
    let bytes = data.get(start..end).ok_or_else(truncated)?;
    let mut text = String::new();
    push_utf16(&mut text, bytes);
    if text.len() > most { Err(too_long(most)) } else { Ok((text, end)) }
}

/// The number of a cell style, of 24 bits.
pub fn style(data: &[u8], at: usize) -> Result<u32, Problem> {
    Ok(u32::from(u16_at(data, at)?) | u32::from(u8_at(data, at + 2)?) << 16)
}
