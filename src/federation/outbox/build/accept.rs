//! Accept: somebody may follow.

use activitypub_federation::kinds::activity::AcceptType;
use serde_json::{Value, json};

use super::follow;

/// `follow`: the id of the Follow as it came; `follower`: who sent it.
pub fn activity(id: &str, actor: &str, follow: &str, follower: &str) -> Value {
    json!({ "id": id, "type": AcceptType::Accept, "actor": actor, "to": [follower], "cc": [], "object": follow::received(follow, follower, actor) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_follow_is_repeated_byte_for_byte() {
        let accept = activity(
            "https://brand.example/activities/2",
            "https://brand.example/users/brand",
            "https://r.example/é?#1",
            "https://r.example/users/kim",
        );
        assert_eq!(accept["object"]["id"], "https://r.example/é?#1");
        assert_eq!(
            (&accept["object"]["actor"], &accept["object"]["object"]),
            (&json!("https://r.example/users/kim"), &accept["actor"])
        );
    }
}
