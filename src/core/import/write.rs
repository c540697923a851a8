//! CSV and JSON lines as rowkit writes them.
//!
//! What is written is read back as the same values: an empty text is told from no value, and what was guarded is given back.
use crate::core::jsonb::quote;
use crate::core::work;
use std::borrow::Cow;

#[cfg(test)]
mod tests;

/// How a CSV file is written: RFC 4180 with a comma.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// Begins with a byte order mark, by which Excel knows UTF-8.
    pub bom: bool,
    /// Makes cells harmless that a spreadsheet would take for formulas.
    pub guard: bool,
}

/// Writes CSV into a text that the caller takes piece by piece.
#[derive(Debug)]
pub struct CsvWriter {
    options: CsvOptions,
    out: String,
}

impl CsvWriter {
    pub fn new(options: CsvOptions) -> CsvWriter {
        let out = if options.bom { "\u{FEFF}".to_owned() } else { String::new() };
        CsvWriter { options, out }
    }

    /// Writes one record. No value is an empty field, an empty text is `""`.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = Option<&'a str>>) {
        let start = self.out.len();
        for (index, cell) in cells.into_iter().enumerate() {
            work::step();
            if index > 0 {
                work::push(&mut self.out, ',');
            }
            match cell {
                None => {}
                Some(text) if self.options.guard => self.field(&guard(text)),
                Some(text) => self.field(text),
            }
        }
        // An empty line is no record.
        if self.out.len() == start {
            work::push_str(&mut self.out, "\"\"");
        }
        work::push_str(&mut self.out, "\r\n");
    }

    fn field(&mut self, text: &str) {
        work::bytes(text.len());
        let needs_quotes = text.is_empty() || text.contains([',', '"', '\n', '\r']) || self.would_be_stripped(text);
        if !needs_quotes {
            work::push_str(&mut self.out, text);
            return;
        }
        work::push(&mut self.out, '"');
        for (index, part) in text.split('"').enumerate() {
            if index > 0 {
                work::push_str(&mut self.out, "\"\"");
            }
            work::push_str(&mut self.out, part);
        }
        work::push(&mut self.out, '"');
    }

    /// At the very beginning U+FEFF would be a byte order mark.
    fn would_be_stripped(&self, text: &str) -> bool {
        matches!(&*self.out, "" | "\u{FEFF}") && text.starts_with('\u{FEFF}')
    }

    /// What was written since the last call.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.out)
    }
}

/// Whether a spreadsheet would take the text for a formula. Plain numbers such as -5 or +819012345678 are none.
fn is_formula(text: &str) -> bool {
    let Some(first) = text.chars().next().filter(|first| matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r')) else {
        return false;
    };
    let rest = &text[1..];
    let is_number = matches!(first, '+' | '-')
        && rest.starts_with(|c: char| c.is_ascii_digit())
        && rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    !is_number
}

/// Apostrophes in front do not count: with one more or one fewer the answer is the same, so guarding can be undone.
pub fn needs_guard(text: &str) -> bool {
    is_formula(text.trim_start_matches('\''))
}

/// A text that a spreadsheet shows as it is: an apostrophe stands before what would be a formula, and before a text that begins like a guarded one.
pub fn guard(text: &str) -> Cow<'_, str> {
    if needs_guard(text) {
        work::reserve(text.len() + 1);
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that was guarded.
pub fn undo_guard(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| needs_guard(rest)).unwrap_or(text)
}

/// One line of JSON lines: the columns' names and their values as JSON texts; a column without a value is left out.
pub fn json_line<'a>(members: impl IntoIterator<Item = (&'a str, Option<&'a str>)>, out: &mut String) {
    work::push(out, '{');
    let mut is_first = true;
    for (name, value) in members {
        work::step();
        let Some(value) = value else { continue };
        if !is_first {
            work::push(out, ',');
        }
        is_first = false;
        quote(name, out);
        work::push(out, ':');
        // JSON texts hold line breaks only between tokens.
        work::push_str(out, &value.replace(['\n', '\r'], " "));
    }
    work::push_str(out, "}\n");
}
