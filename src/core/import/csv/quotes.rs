//! Which fields of a record stand in quotation marks, and whether these are in order.
//!
//! Goes over the same bytes as the parser, which does not tell; only where a record has quotation marks.
use crate::core::work;
use memchr::{memchr, memchr2};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    FieldStart,
    Unquoted,
    Quoted,
    Escaped,
    /// Behind a quotation mark within quotes: the first of two, or the closing one.
    Closing,
}

#[derive(Debug)]
pub struct QuoteScan {
    delimiter: u8,
    quote: u8,
    escape: Option<u8>,
    state: State,
    field: usize,
    quoted: Vec<usize>,
    strays: Vec<usize>,
}

impl QuoteScan {
    pub fn new(delimiter: u8, quote: u8, escape: Option<u8>) -> QuoteScan {
        QuoteScan {
            delimiter,
            quote,
            escape,
            state: State::FieldStart,
            field: 0,
            quoted: Vec::new(),
            strays: Vec::new(),
        }
    }

    /// Begins a record.
    pub fn start(&mut self) {
        self.state = State::FieldStart;
        self.field = 0;
        self.quoted.clear();
        self.strays.clear();
    }

    pub fn scan(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((&byte, behind)) = rest.split_first() {
            work::step();
            let skipped = match self.state {
                State::Unquoted => memchr(self.delimiter, rest),
                State::Quoted => memchr2(self.quote, self.escape.unwrap_or(self.quote), rest),
                _ => Some(0),
            };
            let Some(skipped) = skipped else { return };
            if skipped > 0 {
                rest = &rest[skipped..];
                continue;
            }
            self.pass(byte);
            rest = behind;
        }
    }

    fn pass(&mut self, byte: u8) {
        self.state = match self.state {
            State::FieldStart if byte == self.quote => {
                self.quoted.push(self.field);
                State::Quoted
            }
            State::FieldStart | State::Unquoted if byte == self.delimiter => self.next_field(),
            State::FieldStart | State::Unquoted => State::Unquoted,
            State::Quoted if byte == self.quote => State::Closing,
            State::Quoted if self.escape == Some(byte) => State::Escaped,
            State::Quoted | State::Escaped => State::Quoted,
            State::Closing if byte == self.quote => State::Quoted,
            State::Closing if byte == self.delimiter => self.next_field(),
            State::Closing if matches!(byte, b'\n' | b'\r') => State::Closing,
            State::Closing => {
                self.strays.push(self.field);
                State::Unquoted
            }
        };
    }

    fn next_field(&mut self) -> State {
        self.field += 1;
        State::FieldStart
    }

    pub fn is_quoted(&self, field: usize) -> bool {
        self.quoted.binary_search(&field).is_ok()
    }

    /// The fields that have text behind their closing quotation mark.
    pub fn strays(&self) -> &[usize] {
        &self.strays
    }

    /// Whether the record ends within quotes.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Quoted | State::Escaped)
    }
}
