//! Accept: an answer to a Follow of ours.

use crate::app::App;
use crate::db::Conn;
use crate::domain::accounts::queries as accounts;
use crate::domain::follows;
use crate::error::Result;
use crate::federation::inbox::dispatch::{self, Effect};
use crate::federation::inbox::store::Item;
use crate::federation::vocab::{Activity, ActivityKind};
use crate::ids::AccountId;

/// The Follow that an answer is about, as far as the answer tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// Its id, byte for byte.
    uri: Option<String>,
    /// Who is said to have asked.
    follower: Option<String>,
}

impl Asked {
    /// Reads the object of an answer by `sender`; `None` if the sender may not answer it.
    pub(super) fn of(activity: Activity<'_>, sender: &str) -> Option<Self> {
        let asked = Self {
            uri: activity.raw_object_id().map(str::to_owned),
            follower: activity.inner().and_then(Activity::actor),
        };
        (may_apply_answer(activity, sender) && (asked.uri.is_some() || asked.follower.is_some())).then_some(asked)
    }

    /// The id of the Follow.
    pub(super) fn uri(&self) -> Option<&str> {
        self.uri.as_deref()
    }

    /// The account here that asked, if the answer names one.
    pub(super) fn follower(&self, conn: &mut Conn) -> Result<Option<AccountId>> {
        let Some(uri) = &self.follower else { return Ok(None) };
        Ok(accounts::find_by_uri(conn, uri)?.filter(|account| account.is_local()).map(|account| account.id))
    }
}

/// Whether `sender` may answer this: it is a Follow (or only an id, and then ours by that id), and one of the sender. That there is such a
/// follow, sent from here to the sender, is for the domain to see.
pub(super) fn may_apply_answer(activity: Activity<'_>, sender: &str) -> bool {
    match activity.inner() {
        None => activity.raw_object_id().is_some(),
        Some(inner) => inner.kind() == ActivityKind::Follow && inner.object_id().is_none_or(|object| object == sender),
    }
}

/// Applies an Accept.
pub async fn apply(app: &App, item: &Item, activity: Activity<'_>) -> Result<()> {
    let Some(asked) = Asked::of(activity, &item.actor_uri) else {
        return dispatch::ignore(app, item, "only who was asked may accept a Follow").await;
    };
    dispatch::settle(app, item, move |conn, _, sender| {
        let follower = asked.follower(conn)?;
        let known = follows::receive_accept(conn, sender, asked.uri(), follower)?;
        Ok(Effect::changed(known))
    })
    .await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_who_was_asked_may_answer() {
        let answer = |object: serde_json::Value| json!({"type": "Accept", "actor": "https://e.example/users/mal", "object": object});
        let mal = "https://e.example/users/mal";
        let ours = answer(
            json!({"id": "https://b.example/f/1", "type": "Follow", "actor": "https://b.example/users/brand", "object": "https://r.example/users/bob"}),
        );
        assert!(!may_apply_answer(Activity::new(&ours), mal));
        assert!(may_apply_answer(Activity::new(&ours), "https://r.example/users/bob"));
        let other = answer(json!({"id": "https://b.example/f/1", "type": "Like", "object": mal}));
        assert!(!may_apply_answer(Activity::new(&other), mal));
        assert!(
            may_apply_answer(Activity::new(&answer(json!("https://b.example/f/1"))), mal),
            "whose it is decides the stored follow"
        );
        assert!(!may_apply_answer(Activity::new(&answer(json!(null))), mal));
    }
}
