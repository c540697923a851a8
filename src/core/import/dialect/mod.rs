//! CSV dialect: delimiter, quotes, line ends, the lines above the header, and whether there is a header.
//!
//! Found on a bounded sample by the consistency of column counts and of the kinds of cells; the runner-up is told.
mod header;
mod score;

pub use super::csv_form::{Dialect, Escape, LineEnd, SAMPLE_BYTES, SAMPLE_ROWS};
use super::source::Problem;
pub use header::find_header;
use score::{Candidate, Scored, score};

#[cfg(test)]
mod tests;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A dialect with the evidence for it.
#[derive(Clone, Debug)]
pub struct Sniffed {
    pub dialect: Dialect,
    /// From 0 to 1: how far the dialect lies ahead of the runner-up.
    pub confidence: f64,
    pub runner_up: Option<Dialect>,
    /// From 0 to 1: how sure it is that `has_header` holds.
    pub header_confidence: f64,
    /// The first line of the file says the delimiter (`sep=;`, as Excel writes it).
    pub is_declared: bool,
}

/// The dialect of a text. `is_whole`: the sample is the whole file, so its last line is not cut.
pub fn sniff(sample: &str, is_whole: bool) -> Result<Sniffed, Problem> {
    let sample = bounded_sample(sample, is_whole);
    let declared = declared_delimiter(sample);
    let mut scored = Vec::new();
    for candidate in candidates(sample, declared) {
        crate::core::work::step();
        scored.push(score(sample, candidate)?);
    }
    // The first of equals: a comma, quotes, no backslash.
    scored.sort_by(|left, right| right.value.total_cmp(&left.value));
    prefer_quotes(&mut scored);
    // Another delimiter makes other columns; another quotation mark rarely does.
    let delimiter = scored[0].candidate.delimiter;
    let other = scored.iter().position(|scored| scored.candidate.delimiter != delimiter && scored.value > 0.0);
    let (best, second) = (scored[0].value, other.map_or(0.0, |index| scored[index].value));
    let confidence = match declared {
        Some(_) => 1.0,
        None if best <= 0.0 => 0.0,
        None => (1.0 - second / best).clamp(0.0, 1.0),
    };
    let line_end = line_end(sample);
    let runner_up = other.map(|index| finish(scored.swap_remove(index), line_end).0);
    let (dialect, header_confidence) = finish(scored.swap_remove(0), line_end);
    Ok(Sniffed { dialect, confidence, runner_up, header_confidence, is_declared: declared.is_some() })
}

/// A quotation mark in the wrong place is a problem of its row: it turns none of the others off that stand where they must.
fn prefer_quotes(scored: &mut [Scored]) {
    let Candidate { delimiter, quote: None, .. } = scored[0].candidate else { return };
    let is_enclosed = |text: &str| text.len() > 1 && text.starts_with('"') && text.ends_with('"');
    let cells = scored[0].rows.iter().flat_map(|row| &row.cells);
    let enclosed = cells.filter(|cell| cell.text().is_some_and(is_enclosed)).count();
    let is_meant = |other: &Scored| {
        let Candidate { quote, .. } = other.candidate;
        quote == Some(b'"') && other.candidate.delimiter == delimiter && (other.quoted > 0 || enclosed > other.problems)
    };
    if let Some(index) = scored.iter().position(is_meant) {
        scored[..=index].rotate_right(1);
    }
}

fn finish(scored: Scored, line_end: LineEnd) -> (Dialect, f64) {
    let head = find_header(&scored.rows, scored.columns);
    let first = scored.rows.get(head.row);
    let dialect = Dialect {
        delimiter: scored.candidate.delimiter,
        quote: scored.candidate.quote,
        escape: scored.candidate.escape,
        line_end,
        preamble: first.map_or(scored.preamble, |row| row.number - 1),
        has_header: head.is_header,
        columns: scored.columns,
    };
    (dialect, head.confidence)
}

/// At most the bytes of a sample, cut at a line end.
fn bounded_sample(sample: &str, is_whole: bool) -> &str {
    let read = crate::core::work::beginning(sample, SAMPLE_BYTES);
    if is_whole && read.len() == sample.len() {
        return read;
    }
    read.rfind(['\n', '\r']).map_or(read, |at| &read[..=at])
}

/// The delimiter that a first line `sep=;` names.
fn declared_delimiter(sample: &str) -> Option<u8> {
    let line = sample.split(['\n', '\r']).next()?.trim_matches('"');
    match line.as_bytes() {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] if !delimiter.is_ascii_alphanumeric() => {
            Some(*delimiter)
        }
        _ => None,
    }
}

fn candidates(sample: &str, declared: Option<u8>) -> Vec<Candidate> {
    let delimiters = declared.map_or(DELIMITERS.to_vec(), |delimiter| vec![delimiter]);
    let preamble = u64::from(declared.is_some());
    let mut candidates = Vec::new();
    for delimiter in delimiters {
        // The comma stays: a file of one column has no delimiter.
        if delimiter != b',' && !sample.as_bytes().contains(&delimiter) {
            continue;
        }
        let candidate = |quote, escape| Candidate { delimiter, quote, escape, preamble };
        candidates.push(candidate(Some(b'"'), Escape::Doubled));
        if sample.contains("\\\"") {
            candidates.push(candidate(Some(b'"'), Escape::Backslash));
        }
        if opens_field(sample, delimiter, '\'') {
            candidates.push(candidate(Some(b'\''), Escape::Doubled));
            if sample.contains("\\'") {
                candidates.push(candidate(Some(b'\''), Escape::Backslash));
            }
        }
        if sample.contains('"') {
            candidates.push(candidate(None, Escape::Doubled));
        }
    }
    candidates
}

/// Whether a quotation mark stands at the beginning of some field.
fn opens_field(sample: &str, delimiter: u8, quote: char) -> bool {
    let is_start = |byte: u8| byte == delimiter || byte == b'\n' || byte == b'\r';
    sample.match_indices(quote).any(|(at, _)| at == 0 || is_start(sample.as_bytes()[at - 1]))
}

fn line_end(sample: &str) -> LineEnd {
    let bytes = sample.as_bytes();
    crate::core::work::bytes(bytes.len());
    let feeds = memchr::memchr_iter(b'\n', bytes).count();
    let (mut pairs, mut returns) = (0, 0);
    for at in memchr::memchr_iter(b'\r', bytes) {
        if bytes.get(at + 1) == Some(&b'\n') { pairs += 1 } else { returns += 1 }
    }
    match (feeds - pairs, pairs, returns) {
        (_, 0, 0) => LineEnd::Lf,
        (0, _, 0) => LineEnd::CrLf,
        (0, 0, _) => LineEnd::Cr,
        _ => LineEnd::Mixed,
    }
}
