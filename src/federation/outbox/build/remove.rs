//! Remove: a post is no longer pinned to its author's profile.

use activitypub_federation::kinds::activity::RemoveType;
use serde_json::{Value, json};

use crate::federation::outbox::audience::Addressing;

/// The id of the Remove that ends an Add.
pub fn id(add: &str) -> String {
    format!("{add}/remove")
}

/// `add`: the id of the Add that it ends; the rest as there.
pub fn activity(add: &str, actor: &str, object: &str, featured: &str, audience: Addressing) -> Value {
    let Addressing { to, cc } = audience;
    json!({ "id": id(add), "type": RemoveType::Remove, "actor": actor, "to": to, "cc": cc, "object": object, "target": featured })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pinning_has_its_own_end() {
        let remove = activity(
            "https://brand.example/activities/5",
            "https://brand.example/users/brand",
            "https://brand.example/users/brand/statuses/7",
            "https://brand.example/users/brand/collections/featured",
            Addressing::everybody("https://brand.example/users/brand/followers"),
        );
        assert_eq!(
            (&remove["type"], &remove["id"]),
            (&json!("Remove"), &json!("https://brand.example/activities/5/remove"))
        );
        assert_eq!(remove["target"], "https://brand.example/users/brand/collections/featured");
    }
}
