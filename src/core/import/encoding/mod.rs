//! Character encoding of a text file: detection with evidence, and streaming decoding.
//!
//! Every byte is either decoded or counted as undecodable with its place; none is dropped.
mod decode;
mod detect;
mod guess;
mod label;

pub use decode::Decoder;
pub use detect::{Detected, Evidence, detect};

#[cfg(test)]
mod tests;

/// The first places that are kept of undecodable bytes.
const OFFSETS_KEPT: usize = 10;

/// The places of a file that its encoding cannot read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undecodable {
    pub count: u64,
    /// Byte offsets in the file of the first ten.
    pub offsets: Vec<u64>,
}

impl Undecodable {
    fn add(&mut self, offset: u64) {
        self.count += 1;
        if self.offsets.len() < OFFSETS_KEPT {
            self.offsets.push(offset);
        }
    }
}
