//! Where a file goes that is being written.
use crate::core::import::source::Problem;
use crate::core::work;

/// Where an export goes.
pub trait Sink {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Problem>;
}

impl Sink for Vec<u8> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        if self.capacity() - self.len() < bytes.len() {
            work::reserve((2 * self.capacity()).max(self.len() + bytes.len()));
        }
        self.extend_from_slice(bytes);
        Ok(())
    }
}
