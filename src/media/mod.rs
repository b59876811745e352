//! Pictures: made safe and small on the way in ([`process`], [`cover`]), kept in files with generated names ([`Storage`]).

mod animation;
mod process;
mod storage;

pub use process::{Limits, MAX_EDGE, PREVIEW_EDGE, Processed, TYPES, cover, process};
pub use storage::Storage;
