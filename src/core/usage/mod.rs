//! Usage without a server: the arguments of a counter's trigger.
pub mod definition;
