//! Hashes that are stored, or made for every word.

/// FNV-1a, 32 bits: the same in every release, unlike the standard library's.
pub fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u32 {
    bytes.into_iter().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
