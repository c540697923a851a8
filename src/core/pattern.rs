//! Regular expressions: JSON Schema's dialect, matched in linear time and in steps that can be interrupted.
use crate::core::work;
use regex::{Regex, RegexBuilder};
use regex_automata::Input;
use regex_automata::hybrid::dfa::DFA;
use regex_automata::nfa::thompson;
use std::cell::OnceCell;

/// A compiled pattern may take this many bytes; a larger one is refused when the column is defined.
const PATTERN_SIZE: usize = 1 << 20;

/// Nothing interrupts the compiler, which takes memory for the whole pattern before it asks for the size of the result. `\w` is 700 ranges of characters.
pub const SOURCE_BYTES: usize = 8 << 10;

/// A regular expression in JSON Schema's dialect (ECMA-262 without look-around), matched anywhere in linear time.
#[derive(Debug)]
pub struct Pattern {
    pub source: String,
    compiled: Regex,
    translated: String,
    /// Longer texts are matched by `steps`.
    longest: usize,
    steps: OnceCell<Option<DFA>>,
}

/// A match of n bytes with a pattern of m takes n times m steps at worst, and nothing interrupts it: about half a second.
const MATCH_STEPS: usize = 1_500_000_000;

/// The bytes that a pattern compiles to, rounded up; none for one that cannot be used.
pub fn weight(source: &str) -> Option<usize> {
    compiled_size(&jsonschema_regex::to_rust_regex(source).ok()?)
}

fn compiled_size(translated: &str) -> Option<usize> {
    // To compile takes milliseconds: an interrupt is looked for each time.
    const STEPS: usize = 1_000;
    let fits = |size: &usize| {
        work::steps(STEPS);
        RegexBuilder::new(translated).size_limit(*size).build().is_ok()
    };
    [4 << 10, 16 << 10, 64 << 10, 256 << 10, PATTERN_SIZE].into_iter().find(fits)
}

impl Pattern {
    pub fn new(source: &str) -> Result<Pattern, String> {
        if source.len() > SOURCE_BYTES {
            return Err(format!("is too long: a pattern has at most {SOURCE_BYTES} bytes"));
        }
        let translated =
            jsonschema_regex::to_rust_regex(source).map_err(|()| "is not a regular expression".to_owned())?;
        let translated = translated.into_owned();
        let compiled =
            RegexBuilder::new(&translated).size_limit(PATTERN_SIZE).build().map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => {
                    format!("is too large: it compiles to more than {PATTERN_SIZE} bytes")
                }
                _ => "is not a regular expression that runs in linear time (no look-around, no back-references)"
                    .to_owned(),
            })?;
        let longest = MATCH_STEPS / compiled_size(&translated).unwrap_or(PATTERN_SIZE);
        Ok(Pattern { source: source.to_owned(), compiled, translated, longest, steps: OnceCell::new() })
    }

    pub fn matches(&self, text: &str) -> bool {
        work::bytes(text.len());
        if text.len() <= self.longest { self.compiled.is_match(text) } else { self.matches_in_steps(text) }
    }

    /// The same, byte by byte, so that it can be interrupted.
    fn matches_in_steps(&self, text: &str) -> bool {
        let refuse = || -> ! {
            work::refuse(
                &format!(
                    "a text of {} bytes is too long for the pattern \"{}\"",
                    text.len(),
                    work::beginning(&self.source, 100)
                ),
                "Give a shorter text, or a simpler pattern: one without \\b matches texts of any length.",
            )
        };
        let Some(dfa) = self.steps.get_or_init(|| stepwise(&self.translated)) else { refuse() };
        let mut cache = dfa.create_cache();
        let Ok(mut state) = dfa.start_state_forward(&mut cache, &Input::new(text)) else { refuse() };
        for byte in text.bytes() {
            // A step into a state that was not met yet goes over the whole pattern.
            work::steps(16);
            match dfa.next_state(&mut cache, state, byte) {
                Ok(next) if !next.is_quit() => state = next,
                _ => refuse(),
            }
            if state.is_match() || state.is_dead() {
                return state.is_match();
            }
        }
        dfa.next_eoi_state(&mut cache, state).map_or_else(|_| refuse(), |state| state.is_match())
    }
}

fn stepwise(translated: &str) -> Option<DFA> {
    DFA::builder()
        .configure(DFA::config().skip_cache_capacity_check(true).unicode_word_boundary(true))
        .thompson(thompson::Config::new().nfa_size_limit(Some(PATTERN_SIZE)))
        .build(translated)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::{Pattern, SOURCE_BYTES};
    use crate::core::random::Random;
    use crate::core::work::probe::refusal;

    #[test]
    fn step_by_step_is_the_same() {
        let mut random = Random(5);
        let mut matching = 0;
        for source in
            ["^a+b?$", "(a|é)*c", "^[^b]{2,5}$", "\\d{2}", "^(a|b|ab){1,20}c$", "", "é$", "a(?:bc)+|ca", "\\bab"]
        {
            let pattern = Pattern::new(source).unwrap();
            for _ in 0..2_000 {
                let length = random.next() % 9;
                let text = random.text(&["a", "b", "c", "é", "1", "2", "\n", " "], length);
                // A boundary of words is looked for in ASCII alone.
                if source.contains("\\b") && !text.is_ascii() {
                    continue;
                }
                let expected = pattern.compiled.is_match(&text);
                assert_eq!(pattern.matches_in_steps(&text), expected, "{source} {text:?}");
                matching += usize::from(expected);
            }
        }
        assert!(matching > 3_000, "{matching}");
    }

    #[test]
    fn a_long_pattern_is_refused_before_it_is_compiled() {
        for pattern in ["a".repeat(SOURCE_BYTES + 1), "(?:a|b)".repeat(500_000), "\\w".repeat(1_000_000)] {
            assert_eq!(
                Pattern::new(&pattern).map(|_| ()),
                Err("is too long: a pattern has at most 8192 bytes".to_owned())
            );
        }
        assert!(Pattern::new(&"a".repeat(SOURCE_BYTES)).unwrap().matches(&"a".repeat(SOURCE_BYTES)));
    }

    #[test]
    fn long_texts_are_matched_step_by_step() {
        let heavy = Pattern::new("^(a|b|ab){1,100}([a-z]{1,50}){1,50}c$").unwrap();
        assert!(heavy.longest < 100_000, "{}", heavy.longest);
        assert!(!heavy.matches(&"ab".repeat(100_000)));
        assert!(Pattern::new("^[ab]*c$").unwrap().matches(&format!("{}c", "ab".repeat(500_000))));
        // Unicode's boundaries of words cannot be found so: a short text has them, a long one only in ASCII.
        let boundary = Pattern::new("\\bend\\b").unwrap();
        assert!(boundary.matches("é end"));
        assert!(boundary.matches(&format!("{}end", "a ".repeat(500_000))));
        assert!(refusal(|| boundary.matches(&"é ".repeat(500_000))).unwrap().contains("too long for the pattern"));
    }
}
