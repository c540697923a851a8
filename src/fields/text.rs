//! text and long_text.
use super::fault::Faults;
use super::options::{Malformed, Options, ordered};
use crate::jsonb::Members;
use memchr::memchr2;
use regex::{Regex, RegexBuilder};

/// A compiled pattern may take this many bytes; a larger one is refused when the column is defined.
const PATTERN_SIZE: usize = 1 << 20;

/// What `text` may not hold; `long_text` may.
pub const LINE_BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

#[derive(Debug)]
pub struct Text {
    pub multiline: bool,
    pub min_length: Option<u32>,
    pub max_length: Option<u32>,
    pub pattern: Option<Pattern>,
    pub choices: Option<Vec<String>>,
    pub keep_empty: bool,
}

/// A regular expression in JSON Schema's dialect (ECMA-262 without look-around), matched anywhere in linear time.
#[derive(Debug)]
pub struct Pattern {
    pub source: String,
    compiled: Regex,
}

impl Pattern {
    pub fn new(source: &str) -> Result<Pattern, String> {
        let translated =
            jsonschema_regex::to_rust_regex(source).map_err(|()| "is not a regular expression".to_owned())?;
        let compiled =
            RegexBuilder::new(&translated).size_limit(PATTERN_SIZE).build().map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => {
                    format!("is too large: it compiles to more than {PATTERN_SIZE} bytes")
                }
                _ => "is not a regular expression that runs in linear time (no look-around, no back-references)"
                    .to_owned(),
            })?;
        Ok(Pattern { source: source.to_owned(), compiled })
    }

    pub fn matches(&self, text: &str) -> bool {
        self.compiled.is_match(text)
    }
}

impl Text {
    pub fn read(options: &mut Options<'_>, multiline: bool) -> Result<Text, Malformed> {
        let limit = 268_435_455;
        let (min_length, max_length) = ordered(
            options.count("min_length", limit)?,
            options.count("max_length", limit)?,
            ("min_length", "max_length"),
        )?;
        let pattern =
            options.text("pattern")?.map(Pattern::new).transpose().map_err(|why| Malformed::new("pattern", why))?;
        let choices = options.texts("choices")?.map(|list| list.into_iter().map(str::to_owned).collect());
        Ok(Text { multiline, min_length, max_length, pattern, choices, keep_empty: options.boolean("keep_empty")? })
    }

    pub fn check(&self, text: &str, faults: &mut Faults) {
        if self.min_length.is_some() || self.max_length.is_some() {
            self.check_length(text, faults);
        }
        if !self.multiline && has_line_break(text) {
            faults.add("text.line_break", Members::new(), "must not contain a line break");
        }
        if let Some(pattern) = &self.pattern
            && !pattern.matches(text)
        {
            faults.add(
                "text.pattern",
                Members::new().text("pattern", &pattern.source),
                "does not have the expected form",
            );
        }
        if let Some(choices) = &self.choices
            && !choices.iter().any(|choice| choice == text)
        {
            faults.add(
                "text.choices",
                Members::new().list("choices", choices.iter().map(String::as_str)),
                format!("must be one of: {}", choices.join(", ")),
            );
        }
    }

    fn check_length(&self, text: &str, faults: &mut Faults) {
        // No text has more characters than bytes.
        if self.min_length.is_none() && self.max_length.is_some_and(|max| text.len() <= max as usize) {
            return;
        }
        let length = text.chars().count();
        if let Some(min) = self.min_length
            && length < min as usize
        {
            let message = format!("must have at least {min} characters, not {length}");
            faults.add("text.min_length", Members::new().json("min_length", min).json("length", length), message);
        }
        if let Some(max) = self.max_length
            && length > max as usize
        {
            let message = format!("must have at most {max} characters, not {length}");
            faults.add("text.max_length", Members::new().json("max_length", max).json("length", length), message);
        }
    }
}

fn has_line_break(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr2(b'\n', b'\r', bytes).is_some() || (!bytes.is_ascii() && text.contains(LINE_BREAKS))
}

#[cfg(test)]
mod tests {
    use super::{LINE_BREAKS, has_line_break};

    #[test]
    fn line_breaks() {
        for c in (0..0x2_0000).filter_map(char::from_u32) {
            assert_eq!(has_line_break(&format!("a{c}あ")), LINE_BREAKS.contains(&c), "{:x}", c as u32);
            assert_eq!(has_line_break(&c.to_string()), LINE_BREAKS.contains(&c), "{:x}", c as u32);
        }
    }
}
