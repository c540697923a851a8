//! Search that finds what people type: one normaliser and one tokeniser for rows and queries.
mod company;
mod hash;
mod highlight;
mod layout;
mod normalize;
mod phone;
mod query;
mod rank;
mod scope;
mod source;
mod token;
mod variants;
mod vector;

#[cfg(feature = "pgrx")]
pub mod functions;
#[cfg(feature = "pgrx")]
mod trigger;

pub use highlight::{highlight, ranges};
pub use layout::verify;
pub use normalize::{Char, Folding, VERSION, normalize, normalized};
pub use query::{Term, terms, to_tsquery};
pub use rank::Ranking;
pub use scope::{scoped, tag};
pub use source::{Filler, Source, each_text, marker};
pub use token::{Content, Kind, OwnedToken, Token, each_token, tokens};
pub use vector::{Builder, CUT, Vector, Weight};
