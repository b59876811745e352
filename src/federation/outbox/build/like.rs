//! Like: a favourite.

use activitypub_federation::kinds::activity::LikeType;
use serde_json::{Value, json};

/// `object`: the id of the post; `author`: whose it is, who alone is told.
pub fn activity(id: &str, actor: &str, object: &str, author: &str) -> Value {
    json!({ "id": id, "type": LikeType::Like, "actor": actor, "to": [author], "cc": [], "object": object })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_author_is_told() {
        let like = activity(
            "https://brand.example/activities/1",
            "https://brand.example/users/brand",
            "https://r.example/p",
            "https://r.example/users/kim",
        );
        assert_eq!(
            (&like["type"], &like["to"], &like["object"]),
            (&json!("Like"), &json!(["https://r.example/users/kim"]), &json!("https://r.example/p"))
        );
    }
}
