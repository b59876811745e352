//! Follow: a request to follow.

use activitypub_federation::kinds::activity::FollowType;
use serde_json::{Value, json};

/// `id`: that of the follow; its answer repeats it.
pub fn activity(id: &str, actor: &str, target: &str) -> Value {
    json!({ "id": id, "type": FollowType::Follow, "actor": actor, "to": [target], "cc": [], "object": target })
}

/// The follow that somebody sent us, as an answer repeats it: the id byte for byte, and nothing that we did not keep.
pub(super) fn received(id: &str, follower: &str, target: &str) -> Value {
    json!({ "id": id, "type": FollowType::Follow, "actor": follower, "object": target })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_addressed_to_whom_it_asks() {
        let follow = activity(
            "https://brand.example/users/brand#follows/1-2",
            "https://brand.example/users/brand",
            "https://r.example/users/kim",
        );
        assert_eq!(follow["to"], json!([follow["object"]]));
    }
}
