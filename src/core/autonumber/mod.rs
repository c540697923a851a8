//! Autonumber columns: sequence numbers that belong to a table's records, `numbering: gapless` (the default) or `fast`.
//!
//! Gapless: a counter's row is locked from its first number until the transaction ends, so a number that is rolled back is given again, and who
//! inserts waits for who did before. Fast: the numbers are shared out among slots ([`series`]); a writer takes the slot with the lowest next number
//! of those that nobody holds, so that writers pass each other. What is rolled back is given again here, too, only later.
//!
//! Numbers are taken in blocks, since one UPDATE a row would be slow, and given to a record before it is known whether the record is stored: it may
//! meet ON CONFLICT, or a later trigger may skip it. At the end of the statement each number that no record got goes back, and so does what is
//! left of a block. A wait that would close a cycle of waiting transactions ends with 40001.
pub mod runs;
pub mod series;
