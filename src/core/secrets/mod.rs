//! Secrets without a server: the cipher and the file of its keys.
pub mod key_file;
pub mod seal;
