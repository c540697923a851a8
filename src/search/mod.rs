//! Search that finds what people type: one normaliser and one tokeniser for rows and queries.
mod company;
mod normalize;
mod phone;
mod token;
mod variants;

pub use normalize::{Char, VERSION, normalize, normalized};
pub use token::{Content, Kind, Token, tokens};
