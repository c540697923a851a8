//! Regular expressions: JSON Schema's dialect, matched in linear time and in steps that can be interrupted.
use crate::core::work;
use regex::{Regex, RegexBuilder};
use regex_automata::Input;
use regex_automata::hybrid::dfa::DFA;
use regex_automata::nfa::thompson;
use std::borrow::Cow;
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

/// Classes such as `\s` outside of brackets: the translation goes over the whole pattern again for each.
const MOST_ESCAPES: usize = 100;

/// Large classes where the case of letters does not matter: the compiler goes over every character of each.
const MOST_FOLDED: usize = 20;

/// Why a pattern would take long to compile, which nothing interrupts; none where it would not.
pub fn too_costly(source: &str) -> Option<String> {
    if source.len() > SOURCE_BYTES {
        return Some(format!("a pattern has at most {SOURCE_BYTES} bytes"));
    }
    let cost = Cost::of(source);
    if cost.escapes > MOST_ESCAPES {
        return Some(format!("a pattern has at most {MOST_ESCAPES} classes such as \\s and \\d outside of brackets"));
    }
    if cost.is_verbose {
        return Some("a pattern does not have the flag x, which lets blanks and comments stand anywhere".to_owned());
    }
    if cost.ignores_case && cost.large > MOST_FOLDED {
        return Some(format!("a pattern with the flag i has at most {MOST_FOLDED} classes such as [^a] and \\p{{L}}"));
    }
    None
}

/// What of a pattern's source takes long to compile.
#[derive(Default)]
struct Cost {
    escapes: usize,
    ignores_case: bool,
    is_verbose: bool,
    /// Classes that can have more than ASCII's letters.
    large: usize,
}

impl Cost {
    fn of(source: &str) -> Cost {
        let mut cost = Cost::default();
        let mut in_brackets = false;
        let mut chars = source.chars().peekable();
        while let Some(c) = chars.next() {
            work::step();
            match c {
                '\\' => {
                    let escaped = chars.next().unwrap_or_default();
                    let is_class = matches!(escaped, 'd' | 'D' | 's' | 'S' | 'w' | 'W') && !in_brackets;
                    // A control character is translated within brackets, too.
                    cost.escapes += usize::from(is_class || escaped == 'c');
                    cost.large += usize::from(matches!(escaped, 'D' | 'S' | 'W' | 'p' | 'P' | 'u' | 'U' | 'x'));
                }
                '[' => {
                    in_brackets = true;
                    cost.large += usize::from(chars.peek() == Some(&'^'));
                }
                ']' => in_brackets = false,
                '(' if chars.peek() == Some(&'?') => {
                    // Flags end with a colon or a parenthesis; what begins otherwise has none.
                    let rest = chars.clone().skip(1).take_while(|c| c.is_ascii_alphabetic() || *c == '-');
                    for flag in rest.take(16) {
                        work::step();
                        cost.ignores_case |= flag == 'i';
                        cost.is_verbose |= flag == 'x';
                    }
                }
                c => cost.large += usize::from(in_brackets && !c.is_ascii()),
            }
        }
        cost
    }
}

/// [`too_costly`] comes before.
#[expect(clippy::disallowed_methods, reason = "bounded before")]
fn translate(source: &str) -> Result<String, ()> {
    jsonschema_regex::to_rust_regex(source).map(Cow::into_owned)
}

/// The bytes that a pattern compiles to, rounded up; none for one that cannot be used.
pub fn weight(source: &str) -> Option<usize> {
    if too_costly(source).is_some() {
        return None;
    }
    compiled_size(&translate(source).ok()?)
}

fn compiled_size(translated: &str) -> Option<usize> {
    // To compile takes some milliseconds: an interrupt is looked for each time.
    const STEPS: usize = 1_000;
    let fits = |size: &usize| {
        work::steps(STEPS);
        builder(translated).size_limit(*size).build().is_ok()
    };
    [4 << 10, 16 << 10, 64 << 10, 256 << 10, PATTERN_SIZE].into_iter().find(fits)
}

#[expect(clippy::disallowed_methods, reason = "of what was bounded and translated")]
fn builder(translated: &str) -> RegexBuilder {
    RegexBuilder::new(translated)
}

impl Pattern {
    pub fn new(source: &str) -> Result<Pattern, String> {
        if let Some(why) = too_costly(source) {
            return Err(format!("is too long: {why}"));
        }
        let translated = translate(source).map_err(|()| "is not a regular expression".to_owned())?;
        let compiled = builder(&translated).size_limit(PATTERN_SIZE).build().map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                format!("is too large: it compiles to more than {PATTERN_SIZE} bytes")
            }
            _ => "is not a regular expression that runs in linear time (no look-around, no back-references)".to_owned(),
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
    fn what_would_take_long_to_compile_is_refused() {
        let why = |pattern: &str| Pattern::new(pattern).map(|_| ()).unwrap_err();
        let escapes = "is too long: a pattern has at most 100 classes such as \\s and \\d outside of brackets";
        for unit in ["\\s", "\\W", "a\\d+", "\\cA", "[\\cA]", "\\[\\s"] {
            assert_eq!(why(&unit.repeat(101)), escapes, "{unit}");
            assert!(Pattern::new(&unit.repeat(100)).is_ok(), "{unit}");
        }
        let folded = "is too long: a pattern with the flag i has at most 20 classes such as [^a] and \\p{L}";
        for unit in ["[!-\u{10FFFF}]", "[^a]", "\\S", "\\p{L}", "[a-\\x{10FFFF}]", "[\\p{L}x]", "[\\W]"] {
            for flags in ["(?i)", "(?si)", "(?m-s)(?i:a)", "(?P<n>(?i)a)"] {
                assert_eq!(why(&format!("{flags}{}", unit.repeat(21))), folded, "{flags}{unit}");
            }
            assert!(Pattern::new(&format!("(?i){}", unit.repeat(20))).is_ok(), "{unit}");
            assert!(Pattern::new(&unit.repeat(21)).is_ok(), "{unit}");
        }
        let verbose = "is too long: a pattern does not have the flag x, which lets blanks and comments stand anywhere";
        for pattern in ["(?x)( ?i)[^a]", "(?sx:a)", "a(?i-x)b"] {
            assert_eq!(why(pattern), verbose);
        }
        // What is as long and takes no time.
        for pattern in ["[\\s\\d]".repeat(500), format!("(?i){}", "[a-z0-9]+".repeat(200)), "(?:i[^a])".repeat(30)] {
            assert!(Pattern::new(&pattern).is_ok(), "{pattern}");
        }
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
