//! What accounts use: counters with limits, and credits.
mod credits;
pub mod usage;
