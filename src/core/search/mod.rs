//! Search that finds what people type: one normaliser and one tokeniser for rows and queries.
mod blocks;
mod company;
pub mod hash;
mod highlight;
mod latin;
mod layout;
mod normalize;
mod phone;
mod query;
pub mod rank;
mod scope;
pub mod source;
pub mod token;
mod variants;
pub mod vector;

pub use company::search_key;
pub use highlight::{highlight, ranges};
pub use latin::without_accents;
pub use layout::verify;
pub use normalize::{Char, Folding, VERSION, normalize, normalized};
pub use query::{Term, terms, to_tsquery};
pub use rank::Ranking;
pub use scope::{scoped, tag};
pub use source::{Filler, Source, each_text, marker};
pub use token::{Content, Kind, OwnedToken, Token, each_token, tokens};
pub use vector::{Builder, CUT, Vector, Weight};
