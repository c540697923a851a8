//! The identity of a transaction in the log: a uuid that tells transactions apart across dump, restore and failover. Pure.
//!
//! The server's number of a transaction begins anew in each cluster, so a log that was restored has one number for several transactions. The uuid is
//! made of the transaction's beginning, its number and the cluster's system identifier: every event of a transaction has the same one without
//! anybody keeping it, and whoever knows a number can tell whether a uuid is that of this cluster's own transaction.
use sha2::{Digest, Sha256};

/// Milliseconds in front, so that the uuids of a log rise; then version and variant of RFC 9562 (8, whose bits are the application's own).
const TIME_BYTES: usize = 6;
const MICROSECONDS: i64 = 1000;

/// The uuid of the transaction with this number, in the cluster with this system identifier, that began so many microseconds after 1970.
pub fn identity(system: u64, number: u64, began: i64) -> [u8; 16] {
    let mut digest = Sha256::new();
    digest.update(system.to_be_bytes());
    digest.update(number.to_be_bytes());
    let digest = digest.finalize();
    let mut id = [0; 16];
    id[..TIME_BYTES].copy_from_slice(&began.div_euclid(MICROSECONDS).to_be_bytes()[2..]);
    id[TIME_BYTES..].copy_from_slice(&digest[..16 - TIME_BYTES]);
    id[6] = 0x80 | id[6] & 0x0F;
    id[8] = 0x80 | id[8] & 0x3F;
    id
}

/// Whether a uuid is that of the transaction with this number in this cluster.
pub fn is_own(id: &[u8; 16], system: u64, number: u64) -> bool {
    identity(system, number, 0)[TIME_BYTES..] == id[TIME_BYTES..]
}

#[cfg(test)]
mod tests {
    use super::{identity, is_own};

    #[test]
    fn a_transaction_is_known_by_number_and_cluster() {
        let began = 1_700_000_000_000_000;
        let id = identity(7, 1000, began);
        assert_eq!(id, identity(7, 1000, began + 999));
        assert_ne!(id, identity(7, 1000, began + 1000));
        assert!(is_own(&id, 7, 1000));
        for (system, number) in [(7, 1001), (8, 1000), (1000, 7)] {
            assert!(!is_own(&id, system, number), "{system} {number}");
            assert_ne!(id, identity(system, number, began));
        }
        assert_eq!((id[6] >> 4, id[8] >> 6), (8, 2));
        assert!(identity(7, 1, began) < identity(7, 1, began + 1000));
    }
}
