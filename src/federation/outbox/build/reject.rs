//! Reject: somebody may not follow, or not any longer.

use activitypub_federation::kinds::activity::RejectType;
use serde_json::{Value, json};

use super::follow;

/// `follow`: the id of the Follow as it came; `follower`: who sent it.
pub fn activity(id: &str, actor: &str, follow: &str, follower: &str) -> Value {
    json!({ "id": id, "type": RejectType::Reject, "actor": actor, "to": [follower], "cc": [], "object": follow::received(follow, follower, actor) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_the_follow() {
        let reject = activity(
            "https://brand.example/activities/3",
            "https://brand.example/users/brand",
            "https://r.example/f/1",
            "https://r.example/users/kim",
        );
        assert_eq!((&reject["type"], &reject["object"]["id"]), (&json!("Reject"), &json!("https://r.example/f/1")));
    }
}
