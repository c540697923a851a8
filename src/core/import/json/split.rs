//! Cuts a JSON text into its top-level values without parsing them.
use memchr::memchr2;

/// Where the splitter stands within a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Before the first byte of the value.
    #[default]
    Before,
    Plain,
    Text,
    Escape,
    /// A number or a word outside any array or object.
    Bare,
}

/// Follows one value from block to block.
#[derive(Clone, Copy, Debug, Default)]
pub struct Splitter {
    state: State,
    depth: usize,
    /// Marks outside texts: what a parser makes of the value grows with them.
    pub marks: usize,
}

impl Splitter {
    /// The length of the part of the value that these bytes hold, and whether the value ends there.
    pub fn take(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            crate::core::work::step();
            match self.state {
                State::Before => {
                    self.state = match byte {
                        b'{' | b'[' => State::Plain,
                        b'"' => State::Text,
                        _ => State::Bare,
                    };
                    self.depth = usize::from(self.state == State::Plain);
                    self.marks += 1;
                }
                State::Plain => match byte {
                    b'"' => self.state = State::Text,
                    b'{' | b'[' => (self.depth, self.marks) = (self.depth + 1, self.marks + 1),
                    b',' | b':' => self.marks += 1,
                    b'}' | b']' => {
                        self.depth -= 1;
                        if self.depth == 0 {
                            return (at + 1, true);
                        }
                    }
                    _ => {}
                },
                State::Text => {
                    let Some(skipped) = memchr2(b'"', b'\\', &bytes[at..]) else {
                        crate::core::work::bytes(bytes.len() - at);
                        return (bytes.len(), false);
                    };
                    crate::core::work::bytes(skipped);
                    at += skipped;
                    if bytes[at] == b'\\' {
                        self.state = State::Escape;
                    } else if self.depth == 0 {
                        return (at + 1, true);
                    } else {
                        self.state = State::Plain;
                    }
                }
                State::Escape => self.state = State::Text,
                State::Bare => {
                    if matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r') {
                        return (at, true);
                    }
                }
            }
            at += 1;
        }
        (at, false)
    }
}
