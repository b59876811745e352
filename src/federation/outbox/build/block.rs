//! Block: an account of ours wants nothing more from another.

use activitypub_federation::kinds::activity::BlockType;
use serde_json::{Value, json};

/// Told to the blocked account's server alone, which then ends follows both ways.
pub fn activity(id: &str, actor: &str, target: &str) -> Value {
    json!({ "id": id, "type": BlockType::Block, "actor": actor, "to": [target], "cc": [], "object": target })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_to_the_blocked_only() {
        let block = activity(
            "https://brand.example/activities/4",
            "https://brand.example/users/brand",
            "https://r.example/users/kim",
        );
        assert_eq!((&block["to"], &block["cc"]), (&json!(["https://r.example/users/kim"]), &json!([])));
    }
}
