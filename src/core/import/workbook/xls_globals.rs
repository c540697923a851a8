//! What all sheets of an xls workbook share.
use super::format::Styles;
use super::serial::Epoch;
use super::strings::Arena;
use crate::core::import::budget::Budget;

pub struct Globals {
    pub stream: Vec<u8>,
    pub styles: Styles,
    pub strings: Arena,
    pub epoch: Epoch,
    pub budget: Budget,
}
