//! Update: a post was edited, or its poll has new totals.

use activitypub_federation::kinds::activity::UpdateType;
use serde_json::{Value, json};

use super::audience_of;
use crate::time::Time;

/// The id of the Update that tells the state at `at`: one for each state, so that two jobs for one state are one activity.
pub fn id(of: &str, at: Time) -> String {
    format!("{of}#updates/{}", at.0)
}

/// `object`: the whole post as it is now. `updated`, which must grow with every edit, is in it.
pub fn activity(id: &str, actor: &str, object: Value) -> Value {
    let (to, cc) = audience_of(&object);
    json!({ "id": id, "type": UpdateType::Update, "actor": actor, "to": to, "cc": cc, "object": object })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_its_own_id() {
        let (a, b) = (id("https://brand.example/p", Time(1)), id("https://brand.example/p", Time(2)));
        assert_ne!(a, b);
        let update = activity(&a, "https://brand.example/users/brand", json!({ "to": ["x"] }));
        assert_eq!((&update["type"], &update["to"], &update["cc"]), (&json!("Update"), &json!(["x"]), &json!([])));
    }
}
