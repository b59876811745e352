//! Create of a vote: one option of a poll of another server was chosen (FEP-9967).

use activitypub_federation::kinds::activity::CreateType;
use activitypub_federation::kinds::object::NoteType;
use serde_json::{Value, json};

use super::create;

/// `vote`: the id of the vote; `option`: its text as the poll has it, by which it is found there; `poll`: the id of the post; `author`:
/// whose it is, who alone is told.
pub fn activity(vote: &str, option: &str, actor: &str, poll: &str, author: &str) -> Value {
    let note = json!({ "id": vote, "type": NoteType::Note, "attributedTo": actor, "to": [author], "cc": [], "inReplyTo": poll, "name": option });
    json!({ "id": create::id(vote), "type": CreateType::Create, "actor": actor, "to": [author], "cc": [], "object": note })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::federation::vocab::Object;

    #[test]
    fn it_is_read_as_a_vote_and_told_to_the_author_only() {
        let create = activity(
            "https://brand.example/users/brand#votes/1",
            "Rye",
            "https://brand.example/users/brand",
            "https://r.example/p",
            "https://r.example/users/kim",
        );
        assert!(Object::new(&create["object"]).is_vote());
        assert_eq!((&create["to"], &create["object"]["to"]), (&json!(["https://r.example/users/kim"]), &create["to"]));
        assert_eq!(
            (&create["object"]["name"], &create["object"]["inReplyTo"]),
            (&json!("Rye"), &json!("https://r.example/p"))
        );
        assert_ne!(create["id"], create["object"]["id"]);
    }
}
