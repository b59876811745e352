//! Undo: takes a Follow, Like, Announce or Block back.

use activitypub_federation::kinds::activity::UndoType;
use serde_json::{Value, json};

use super::audience_of;

/// The id of the Undo of an activity.
pub fn id(of: &str) -> String {
    format!("{of}/undo")
}

/// `undone`: the activity as it was sent, with its id: some readers match by that, others by what it was about.
pub fn activity(actor: &str, undone: Value) -> Value {
    let (to, cc) = audience_of(&undone);
    let of = undone.get("id").and_then(Value::as_str).unwrap_or(actor);
    json!({ "id": id(of), "type": UndoType::Undo, "actor": actor, "to": to, "cc": cc, "object": undone })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::federation::outbox::build::like;

    #[test]
    fn the_original_is_inside() {
        let like = like::activity(
            "https://brand.example/activities/1",
            "https://brand.example/users/brand",
            "https://r.example/p",
            "https://r.example/users/kim",
        );
        let undo = activity("https://brand.example/users/brand", like.clone());
        assert_eq!((&undo["id"], &undo["object"]), (&json!("https://brand.example/activities/1/undo"), &like));
        assert_eq!(undo["to"], like["to"]);
    }
}
