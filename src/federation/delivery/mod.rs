//! From "others must hear of this" to their inboxes, durably: [`plan`] writes rows, [`worker`] claims and sends them, [`hosts`] remembers
//! how each server answers.
//!
//! Promises: whatever was planned survives a crash; each living host gets it at least once and, for one object, in order; duplicates only
//! of what was under way at a crash; a bad host slows nobody else.

pub mod hosts;
pub mod missing;
pub mod plan;
pub mod queue;
pub mod retry;
pub mod send;
pub mod worker;
