//! Reading of a source's bytes and of little-endian numbers. Nothing here panics on a file that ends too early.
use super::problem::truncated;
use crate::core::import::source::{Problem, Source};
use std::cell::RefCell;
use std::rc::Rc;

/// A source that several streams read in turn.
pub type SharedSource<'a> = Rc<RefCell<dyn Source + 'a>>;

/// Reads as many bytes as the source has from there, up to the buffer's length.
pub fn read_some(source: &SharedSource, offset: u64, buffer: &mut [u8]) -> Result<usize, Problem> {
    let mut count = 0;
    while count < buffer.len() {
        crate::core::work::step();
        match source.borrow_mut().read_at(offset.saturating_add(count as u64), &mut buffer[count..])? {
            0 => break,
            more => count += more,
        }
    }
    Ok(count)
}

/// Fills the buffer, or the file ends too early.
pub fn read_all(source: &SharedSource, offset: u64, buffer: &mut [u8]) -> Result<(), Problem> {
    if read_some(source, offset, buffer)? < buffer.len() { Err(truncated()) } else { Ok(()) }
}

pub fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Problem> {
    let end = at.checked_add(N).ok_or_else(truncated)?;
    let part = bytes.get(at..end).ok_or_else(truncated)?;
    let mut array = [0; N];
    array.copy_from_slice(part);
    Ok(array)
}

pub fn u8_at(bytes: &[u8], at: usize) -> Result<u8, Problem> {
    bytes.get(at).copied().ok_or_else(truncated)
}

pub fn u16_at(bytes: &[u8], at: usize) -> Result<u16, Problem> {
    array(bytes, at).map(u16::from_le_bytes)
}

pub fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Problem> {
    array(bytes, at).map(u32::from_le_bytes)
}

pub fn u64_at(bytes: &[u8], at: usize) -> Result<u64, Problem> {
    array(bytes, at).map(u64::from_le_bytes)
}

pub fn f64_at(bytes: &[u8], at: usize) -> Result<f64, Problem> {
    array(bytes, at).map(f64::from_le_bytes)
}
