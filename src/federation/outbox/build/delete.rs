//! Delete: a post or an account is gone.

use activitypub_federation::kinds::activity::DeleteType;
use serde_json::{Value, json};

use crate::federation::outbox::audience::Addressing;

/// The id of the Delete of something.
pub fn id(of: &str) -> String {
    format!("{of}#delete")
}

/// Of a post: `tombstone` is what stands at its id now; the audience is the one the post had.
pub fn post(actor: &str, uri: &str, tombstone: Value, audience: Addressing) -> Value {
    let Addressing { to, cc } = audience;
    json!({ "id": id(uri), "type": DeleteType::Delete, "actor": actor, "to": to, "cc": cc, "object": tombstone })
}

/// Of an account: the object is the actor itself.
pub fn actor(actor: &str, audience: Addressing) -> Value {
    let Addressing { to, cc } = audience;
    json!({ "id": id(actor), "type": DeleteType::Delete, "actor": actor, "to": to, "cc": cc, "object": actor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_deletes_itself_by_its_id() {
        let delete = actor(
            "https://brand.example/users/brand",
            Addressing::everybody("https://brand.example/users/brand/followers"),
        );
        assert_eq!(delete["object"], delete["actor"]);
        assert_eq!(delete["id"], "https://brand.example/users/brand#delete");
    }
}
