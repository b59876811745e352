//! One builder for each activity: plain functions from facts to JSON without `@context`.
//!
//! Ids: a Create is its post's or vote's id with `/activity`, an Announce the boost's own; a Like, Follow, Block or Add the id given when
//! it was decided; what follows from one of those has its id with an ending. So the same job run twice makes the same activity.

pub mod accept;
pub mod actor;
pub mod add;
pub mod announce;
pub mod block;
pub mod create;
pub mod delete;
pub mod follow;
pub mod like;
pub mod reject;
pub mod remove;
pub mod undo;
pub mod update;
pub mod vote;

use serde_json::{Value, json};

/// Puts `property` at the end of `document`, which is an object.
fn with(mut document: Value, property: &str, value: Value) -> Value {
    if let Some(object) = document.as_object_mut() {
        object.insert(property.to_owned(), value);
    }
    document
}

/// What an object says of its audience, for the activity that carries it.
fn audience_of(object: &Value) -> (Value, Value) {
    let part = |name: &str| object.get(name).cloned().unwrap_or_else(|| json!([]));
    (part("to"), part("cc"))
}
