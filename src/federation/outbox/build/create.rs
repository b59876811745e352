//! Create: a post is published.

use activitypub_federation::kinds::activity::CreateType;
use serde_json::{Value, json};

use super::audience_of;

/// The id of the Create of a post.
pub fn id(post_uri: &str) -> String {
    format!("{post_uri}/activity")
}

/// `object`: the whole post; its audience is the activity's too.
pub fn activity(post_uri: &str, actor: &str, object: Value) -> Value {
    let (to, cc) = audience_of(&object);
    let published = object.get("published").cloned().unwrap_or(Value::Null);
    json!({ "id": id(post_uri), "type": CreateType::Create, "actor": actor, "published": published, "to": to, "cc": cc, "object": object })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audience_stands_on_both() {
        let note = json!({ "id": "https://brand.example/users/brand/statuses/7", "type": "Note", "to": ["a"], "cc": [], "published": "2023-11-14T22:13:20.000Z" });
        let create =
            activity("https://brand.example/users/brand/statuses/7", "https://brand.example/users/brand", note.clone());
        assert_eq!(create["id"], "https://brand.example/users/brand/statuses/7/activity");
        assert_eq!(create["type"], "Create");
        assert_eq!((&create["to"], &create["cc"], &create["object"]), (&note["to"], &note["cc"], &note));
        assert_eq!(create["published"], note["published"]);
    }
}
