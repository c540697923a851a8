//! Number formats: whether a format code shows a date, a time, a duration or a percentage.
use super::problem::malformed;
use crate::core::import::source::Problem;
use crate::core::work;
use std::collections::BTreeMap;

/// What a number format makes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Number,
    /// A whole number with zeros in front, at least so many digits: `00000`.
    Padded(u8),
    Percent,
    Date,
    DateTime,
    Time,
    /// Hours, minutes and seconds that do not wrap at a day, such as `[h]:mm`.
    Duration,
}

const MOST_FORMATS: usize = 65_536;
const MOST_STYLES: usize = 1 << 17;

/// The cell styles of a workbook, as far as they have number formats.
#[derive(Default)]
pub struct Styles {
    custom: BTreeMap<u32, Shape>,
    cells: Vec<u32>,
}

impl Styles {
    pub fn add_format(&mut self, id: u32, code: &str) -> Result<(), Problem> {
        work::bytes(code.len());
        if self.custom.len() >= MOST_FORMATS {
            return Err(malformed("the file is damaged: it has too many number formats"));
        }
        self.custom.insert(id, shape(code));
        Ok(())
    }

    /// Adds the next cell style by the id of its number format.
    pub fn add_cell(&mut self, format: u32) -> Result<(), Problem> {
        if self.cells.len() >= MOST_STYLES {
            return Err(malformed("the file is damaged: it has too many cell styles"));
        }
        self.cells.push(format);
        Ok(())
    }

    /// A style that the workbook does not have is the general one.
    pub fn shape(&self, style: u32) -> Shape {
        let id = usize::try_from(style).ok().and_then(|style| self.cells.get(style)).copied().unwrap_or(0);
        if id == 0 { Shape::Number } else { self.custom.get(&id).copied().unwrap_or_else(|| built_in(id)) }
    }
}

/// Formats that no file spells out. 27 to 36 and 50 to 58 differ between the languages of East Asia: where one language has
/// a date and another a time, the value decides (see [`super::serial`]), so they count as dates.
fn built_in(id: u32) -> Shape {
    match id {
        9 | 10 | 67 | 68 => Shape::Percent,
        14..=17 | 27..=31 | 34..=36 | 50..=58 | 71..=74 | 81 => Shape::Date,
        18..=21 | 32 | 33 | 45 | 47 | 75 | 76 | 78 | 80 => Shape::Time,
        22 | 77 => Shape::DateTime,
        46 | 79 => Shape::Duration,
        _ => Shape::Number,
    }
}

/// The parts of a format code that matter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Date,
    Hour,
    Second,
    /// A month, or minutes next to hours or seconds.
    M,
    Elapsed,
    Percent,
    /// A digit of a number, not of the fractions of a second.
    Digit,
}

/// Reads the first section of a format code: the one for positive numbers.
pub fn shape(code: &str) -> Shape {
    if let Some(width) = padding(code) {
        return Shape::Padded(width);
    }
    let tokens = tokens(code);
    if tokens.contains(&Token::Percent) {
        return Shape::Percent;
    }
    // Letters beside digits are a unit that some programs do not quote.
    if tokens.contains(&Token::Digit) {
        return Shape::Number;
    }
    let mut shown = (false, false);
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Elapsed => return Shape::Duration,
            Token::Percent | Token::Digit => (),
            Token::Date => shown.0 = true,
            Token::Hour | Token::Second => shown.1 = true,
            Token::M => {
                let after_hour = at > 0 && tokens[at - 1] == Token::Hour;
                let before_second = tokens.get(at + 1) == Some(&Token::Second);
                if after_hour || before_second { shown.1 = true } else { shown.0 = true }
            }
        }
    }
    match shown {
        (true, true) => Shape::DateTime,
        (true, false) => Shape::Date,
        (false, true) => Shape::Time,
        (false, false) => Shape::Number,
    }
}

/// The digits of a format that is zeros alone.
fn padding(code: &str) -> Option<u8> {
    let first = code.split(';').next().unwrap_or_default().trim();
    let is_padding = (2..=20).contains(&first.len()) && first.bytes().all(|byte| byte == b'0');
    is_padding.then_some(first.len() as u8)
}

fn tokens(code: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        work::step();
        let after = &rest[c.len_utf8()..];
        if let Some(word) = ["general", "standard", "am/pm", "a/p"].iter().find(|word| starts_with(rest, word)) {
            rest = &rest[word.len()..];
            continue;
        }
        let token = match c {
            ';' => break,
            '"' => {
                rest = after.split_once('"').map_or("", |(_, rest)| rest);
                continue;
            }
            '\\' | '_' | '*' => {
                rest = after.chars().next().map_or("", |skipped| &after[skipped.len_utf8()..]);
                continue;
            }
            '[' => {
                let (inside, after) = after.split_once(']').unwrap_or((after, ""));
                rest = after;
                if is_elapsed(inside) {
                    tokens.push(Token::Elapsed);
                }
                continue;
            }
            'e' | 'E' if after.starts_with(['+', '-']) => None,
            'y' | 'Y' | 'd' | 'D' | 'e' | 'E' | 'g' | 'G' | 'b' | 'B' | 'a' | 'A' | 'r' | 'R' => Some(Token::Date),
            'h' | 'H' => Some(Token::Hour),
            's' | 'S' => Some(Token::Second),
            'm' | 'M' => Some(Token::M),
            '%' => Some(Token::Percent),
            '0' | '#' | '?' if !matches!(tokens.last(), Some(Token::Second | Token::Elapsed)) => Some(Token::Digit),
            _ => None,
        };
        // A run of one letter is one token.
        rest = if token.is_some() { after.trim_start_matches(c) } else { after };
        tokens.extend(token);
    }
    tokens
}

fn starts_with(text: &str, word: &str) -> bool {
    text.as_bytes().get(..word.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(word.as_bytes()))
}

/// `[h]`, `[mm]`, `[ss]`: not a colour, a language or a condition.
fn is_elapsed(inside: &str) -> bool {
    ['h', 'm', 's'].iter().any(|unit| !inside.is_empty() && inside.chars().all(|c| c.eq_ignore_ascii_case(unit)))
}
