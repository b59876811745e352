//! Update of an actor: a profile changed.

use serde_json::{Value, json};

use super::{update, with};
use crate::federation::outbox::audience::Addressing;

/// `document`: the whole actor as it is now; `id`: see [`update::id`].
pub fn activity(id: &str, actor: &str, document: Value, audience: Addressing) -> Value {
    let Addressing { to, cc } = audience;
    let update = update::activity(id, actor, document);
    with(with(update, "to", json!(to)), "cc", json!(cc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_actor_is_whole_and_the_audience_is_the_followers() {
        let audience = Addressing::everybody("https://brand.example/users/brand/followers");
        let update = activity(
            "https://brand.example/users/brand#updates/1",
            "https://brand.example/users/brand",
            json!({ "type": "Person" }),
            audience,
        );
        assert_eq!((&update["type"], &update["object"]["type"]), (&json!("Update"), &json!("Person")));
        assert_eq!(update["cc"], json!(["https://brand.example/users/brand/followers"]));
    }
}
