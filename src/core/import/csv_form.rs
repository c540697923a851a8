//! How a CSV file is written: its dialect.

/// The rows and bytes of the sample.
pub const SAMPLE_ROWS: usize = 1_000;
pub const SAMPLE_BYTES: usize = 256 * 1024;

/// How a quotation mark within quotes is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    Doubled,
    /// `\"`; a doubled one is read, too.
    Backslash,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    Lf,
    CrLf,
    Cr,
    Mixed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    pub quote: Option<u8>,
    pub escape: Escape,
    pub line_end: LineEnd,
    /// Lines above the header or the first row: titles, blank lines, `sep=;`.
    pub preamble: u64,
    pub has_header: bool,
    /// How many columns most rows have.
    pub columns: usize,
}

impl Default for Dialect {
    /// RFC 4180 with a header.
    fn default() -> Dialect {
        Dialect {
            delimiter: b',',
            quote: Some(b'"'),
            escape: Escape::Doubled,
            line_end: LineEnd::CrLf,
            preamble: 0,
            has_header: true,
            columns: 0,
        }
    }
}
