//! Add: a post is pinned to its author's profile.

use activitypub_federation::kinds::activity::AddType;
use serde_json::{Value, json};

use crate::federation::outbox::audience::Addressing;

/// `object`: the id of the post; `featured`: the actor's collection of pinned posts, which tells readers what is meant.
pub fn activity(id: &str, actor: &str, object: &str, featured: &str, audience: Addressing) -> Value {
    let Addressing { to, cc } = audience;
    json!({ "id": id, "type": AddType::Add, "actor": actor, "to": to, "cc": cc, "object": object, "target": featured })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_is_the_collection_of_pinned_posts() {
        let add = activity(
            "https://brand.example/activities/5",
            "https://brand.example/users/brand",
            "https://brand.example/users/brand/statuses/7",
            "https://brand.example/users/brand/collections/featured",
            Addressing::everybody("https://brand.example/users/brand/followers"),
        );
        assert_eq!(
            (&add["type"], &add["object"]),
            (&json!("Add"), &json!("https://brand.example/users/brand/statuses/7"))
        );
        assert_eq!(add["target"], "https://brand.example/users/brand/collections/featured");
    }
}
