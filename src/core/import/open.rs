//! Opens a text file: encoding, format and dialect are found, or taken as they are given.
use super::budget::Budget;
use super::cell::Rows;
use super::csv::CsvReader;
use super::dialect::{Dialect, SAMPLE_BYTES, Sniffed, sniff};
use super::encoding::{Decoder, Detected, detect};
use super::json::{JsonReader, Shape};
use super::source::{Problem, Source};
use crate::core::work;

/// What the caller knows of the file.
#[derive(Clone, Debug, Default)]
pub struct Given {
    pub encoding: Option<String>,
    pub format: Option<TextFormat>,
    /// For CSV: taken as it is, nothing is sniffed.
    pub dialect: Option<Dialect>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFormat {
    Csv,
    Json,
}

/// What was found out about the file.
#[derive(Clone, Debug)]
pub enum Layout {
    Csv(Sniffed),
    Json(Shape),
}

/// A file whose rows can be read. A CSV file's header, where it has one, is its first row.
pub struct Opened<'a> {
    pub encoding: Detected,
    pub layout: Layout,
    pub rows: Box<dyn Rows + 'a>,
}

/// Opens a text file. At most `examine` bytes are looked at for its encoding.
pub fn open<'a, S: Source + 'a>(
    mut source: S,
    given: &Given,
    examine: u64,
    budget: &Budget,
) -> Result<Opened<'a>, Problem> {
    let encoding = detect(&mut source, given.encoding.as_deref(), examine)?;
    let (sample, is_whole) = sample(&mut source, &encoding, budget)?;
    let is_json = match given.format {
        Some(format) => format == TextFormat::Json,
        None => given.dialect.is_none() && is_json(&sample, is_whole),
    };
    if is_json {
        let reader = JsonReader::open(Decoder::new(source, &encoding, budget)?, budget)?;
        let layout = Layout::Json(reader.shape());
        return Ok(Opened { encoding, layout, rows: Box::new(reader) });
    }
    let sniffed = match &given.dialect {
        Some(dialect) => Sniffed {
            dialect: dialect.clone(),
            confidence: 1.0,
            runner_up: None,
            header_confidence: 1.0,
            is_declared: false,
        },
        None => sniff(&sample, is_whole)?,
    };
    let reader = CsvReader::new(Decoder::new(source, &encoding, budget)?, &sniffed.dialect, budget);
    Ok(Opened { encoding, layout: Layout::Csv(sniffed), rows: Box::new(reader) })
}

/// The beginning of the file as text, and whether it is all of it.
fn sample<S: Source>(source: &mut S, encoding: &Detected, budget: &Budget) -> Result<(String, bool), Problem> {
    let mut decoder = Decoder::new(source, encoding, budget)?;
    let mut sample = String::new();
    while sample.len() < SAMPLE_BYTES {
        if !decoder.advance()? {
            return Ok((sample, true));
        }
        work::push_str(&mut sample, decoder.text());
    }
    Ok((sample, !decoder.advance()?))
}

/// Whether the text begins with a JSON array or object; `[id],name` is CSV.
fn is_json(sample: &str, is_whole: bool) -> bool {
    let start = sample.trim_start();
    if !start.starts_with(['{', '[']) {
        return false;
    }
    work::bytes(start.len());
    let first = serde_json::Deserializer::from_str(start).into_iter::<serde::de::IgnoredAny>().next();
    let behind_bracket = start[1..].trim_start();
    let begins_value = match start.as_bytes()[0] {
        b'{' => behind_bracket.starts_with(['"', '}']),
        _ => behind_bracket.starts_with(['{', '[', ']']),
    };
    match first {
        Some(Ok(_)) => begins_value,
        // The sample ends within the value.
        Some(Err(error)) => error.is_eof() && !is_whole && begins_value,
        None => false,
    }
}
