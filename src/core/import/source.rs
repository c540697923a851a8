//! Sources of bytes, and why a file cannot be read.

/// Bytes that can be read at any place, such as a file in parts in a table; nothing is loaded whole.
pub trait Source {
    fn len(&self) -> u64;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads into the buffer; returns the number of bytes that were read, 0 only at the end.
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize, Problem>;
}

impl Source for &[u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize, Problem> {
        let start = usize::try_from(offset).map_or(<[u8]>::len(self), |start| start.min(<[u8]>::len(self)));
        let count = buffer.len().min(<[u8]>::len(self) - start);
        buffer[..count].copy_from_slice(&self[start..start + count]);
        Ok(count)
    }
}

impl<S: Source + ?Sized> Source for &mut S {
    fn len(&self) -> u64 {
        S::len(self)
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize, Problem> {
        S::read_at(self, offset, buffer)
    }
}

impl<S: Source + ?Sized> Source for Box<S> {
    fn len(&self) -> u64 {
        S::len(self)
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize, Problem> {
        S::read_at(self, offset, buffer)
    }
}

/// Reads until the buffer is full or the source ends.
pub fn read_full(source: &mut impl Source, offset: u64, buffer: &mut [u8]) -> Result<usize, Problem> {
    let mut filled = 0;
    while filled < buffer.len() {
        crate::core::work::step();
        match source.read_at(offset + filled as u64, &mut buffer[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    crate::core::work::bytes(filled);
    Ok(filled)
}

/// The class of SQLSTATE that a problem is raised with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemClass {
    /// 54000
    Limit,
    /// 0A000
    Unsupported,
    /// 22021
    Encoding,
    /// 22023
    Malformed,
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub class: ProblemClass,
    /// import.<word>
    pub code: &'static str,
    pub message: String,
    pub hint: Option<String>,
}

impl Problem {
    pub fn new(class: ProblemClass, code: &'static str, message: impl Into<String>) -> Problem {
        Problem { class, code, message: crate::core::fields::bounded(message.into()), hint: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }
}
