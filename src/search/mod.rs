//! Full-text search over both databases: one way of making tokens, one language of questions, and the tables that hold the tokens.
//!
//! What is found is decided in `domain::search`; here lies only how.

mod expression;
mod fold;
mod index;
pub mod query;
mod stems;
mod tokens;

pub use expression::Expression;
pub use fold::fold;
pub use index::{Column, Condition, Table, begins_with, matches, put, remove};
pub use stems::Language;
pub use tokens::{Document, label, stems as stem_labels, tokens};
