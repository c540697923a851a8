//! Search that finds what people type: one normaliser and one tokeniser for rows and queries.
mod company;
mod normalize;
mod phone;
mod query;
mod token;
mod variants;
mod vector;

pub use normalize::{Char, VERSION, normalize, normalized};
pub use query::{Term, terms, to_tsquery};
pub use token::{Content, Kind, Token, tokens};
pub use vector::{Builder, Vector, Weight};
