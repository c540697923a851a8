//! text and long_text.
use super::options::{Malformed, Options, ordered};
use crate::core::fault::Faults;
use crate::core::jsonb::JsonObjectWriter;
use crate::core::pattern::Pattern;
use crate::core::work;
use memchr::memchr2;

/// What `text` may not hold; `long_text` may.
pub const LINE_BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

#[derive(Debug)]
pub struct Text {
    pub multiline: bool,
    pub min_length: Option<u32>,
    pub max_length: Option<u32>,
    pub pattern: Option<Box<Pattern>>,
    pub choices: Option<Vec<String>>,
    pub keep_empty: bool,
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
        Ok(Text {
            multiline,
            min_length,
            max_length,
            pattern: pattern.map(Box::new),
            choices,
            keep_empty: options.boolean("keep_empty", false)?,
        })
    }

    pub fn check(&self, text: &str, faults: &mut Faults) {
        if self.min_length.is_some() || self.max_length.is_some() {
            self.check_length(text, faults);
        }
        if !self.multiline && has_line_break(text) {
            faults.add("text.line_break", JsonObjectWriter::new(), "must not contain a line break");
        }
        if let Some(pattern) = &self.pattern
            && !pattern.matches(text)
        {
            faults.add(
                "text.pattern",
                JsonObjectWriter::new().text("pattern", &pattern.source),
                "does not have the expected form",
            );
        }
        if let Some(choices) = &self.choices
            && !choices.iter().any(|choice| choice == text)
        {
            faults.add(
                "text.choices",
                JsonObjectWriter::new().list("choices", choices.iter().map(String::as_str)),
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
            faults.add(
                "text.min_length",
                JsonObjectWriter::new().json("min_length", min).json("length", length),
                message,
            );
        }
        if let Some(max) = self.max_length
            && length > max as usize
        {
            let message = format!("must have at most {max} characters, not {length}");
            faults.add(
                "text.max_length",
                JsonObjectWriter::new().json("max_length", max).json("length", length),
                message,
            );
        }
    }
}

fn has_line_break(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr2(b'\n', b'\r', bytes).is_some()
        || (!bytes.is_ascii() && pieces(text).any(|piece| piece.contains(LINE_BREAKS)))
}

/// A text in pieces, between which an interrupt is looked for.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    const PIECE: usize = 64 * 1024;
    let mut rest = text;
    std::iter::from_fn(move || {
        let piece = work::beginning(rest, PIECE);
        work::bytes(piece.len());
        rest = &rest[piece.len()..];
        (!piece.is_empty()).then_some(piece)
    })
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
