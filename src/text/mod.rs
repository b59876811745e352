//! Text in and out: what people type, what other servers send, and what may be shown.
//!
//! [`html`] is the only maker of [`SafeHtml`]; [`compose`](mod@compose) turns typed text into it, [`plain`] goes the other
//! way. [`handles`], [`tags`] and [`language`] normalise names so that two spellings of one thing are equal.

pub mod compose;
pub mod document;
pub mod emoji;
pub mod handles;
pub mod html;
pub mod language;
pub mod links;
pub mod plain;
pub mod tags;
pub mod webpage;

pub use compose::{Composed, MentionTarget, compose, count_characters, find_handles};
pub use handles::Handle;
pub use html::{SafeHtml, escape, sanitize};
pub use plain::{clean_lines, clean_text, excerpt, to_plain};
pub use tags::Hashtag;
