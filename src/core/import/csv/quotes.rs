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
    strays: Vec<Stray>,
    /// The bytes of the record that were passed, and where its field begins among them.
    passed: usize,
    begin: usize,
}

/// A field that has text behind its closing quotation mark, and where it stands among the bytes of its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    pub field: usize,
    pub begin: usize,
    /// None where the record ends with it.
    pub end: Option<usize>,
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
            passed: 0,
            begin: 0,
        }
    }

    /// Begins a record.
    pub fn start(&mut self) {
        self.state = State::FieldStart;
        self.field = 0;
        self.quoted.clear();
        self.strays.clear();
        self.passed = 0;
        self.begin = 0;
    }

    pub fn scan(&mut self, bytes: &[u8]) {
        self.scan_bytes(bytes);
        self.passed += bytes.len();
    }

    fn scan_bytes(&mut self, bytes: &[u8]) {
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
            self.pass(byte, self.passed + bytes.len() - rest.len());
            rest = behind;
        }
    }

    fn pass(&mut self, byte: u8, at: usize) {
        self.state = match self.state {
            State::FieldStart if byte == self.quote => {
                self.quoted.push(self.field);
                State::Quoted
            }
            State::FieldStart | State::Unquoted if byte == self.delimiter => self.next_field(at),
            State::FieldStart | State::Unquoted => State::Unquoted,
            State::Quoted if byte == self.quote => State::Closing,
            State::Quoted if self.escape == Some(byte) => State::Escaped,
            State::Quoted | State::Escaped => State::Quoted,
            State::Closing if byte == self.quote => State::Quoted,
            State::Closing if byte == self.delimiter => self.next_field(at),
            State::Closing if matches!(byte, b'\n' | b'\r') => State::Closing,
            State::Closing => {
                self.strays.push(Stray { field: self.field, begin: self.begin, end: None });
                State::Unquoted
            }
        };
    }

    fn next_field(&mut self, at: usize) -> State {
        if let Some(stray) = self.strays.last_mut().filter(|stray| stray.field == self.field) {
            stray.end = Some(at);
        }
        self.field += 1;
        self.begin = at + 1;
        State::FieldStart
    }

    pub fn is_quoted(&self, field: usize) -> bool {
        self.quoted.binary_search(&field).is_ok()
    }

    /// The fields that have text behind their closing quotation mark.
    pub fn strays(&self) -> &[Stray] {
        &self.strays
    }

    /// Whether the record ends within quotes.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Quoted | State::Escaped)
    }
}
