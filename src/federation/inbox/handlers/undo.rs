//! Undo: the sender takes back a Follow, Like, Announce, Block or Accept of its own, named by id or told again.

use crate::app::App;
use crate::context::Context;
use crate::db::Conn;
use crate::domain::accounts::{Account, queries as accounts};
use crate::domain::posts::{incoming, queries as posts};
use crate::domain::{blocks, follows};
use crate::error::Result;
use crate::federation::inbox::dispatch::{self, Effect};
use crate::federation::inbox::store::Item;
use crate::federation::vocab::{Activity, ActivityKind, value};
use crate::ids::{AccountId, PostId};
use crate::net::same_origin;

/// Whether `sender` may take this back: it names no other actor, and its id, if any, stands on the sender's origin. Every action below
/// looks among what the sender did only.
fn may_apply(activity: Activity<'_>, sender: &str) -> bool {
    let inner_actor = activity.inner().and_then(|inner| value::get(inner.json(), "actor").map(|_| inner.actor()));
    let is_own = inner_actor.is_none_or(|actor| actor.as_deref() == Some(sender));
    let is_near = activity.object_id().is_none_or(|id| same_origin(&id, sender));
    is_own && is_near && activity.object().is_some()
}

/// What is taken back.
struct Undone {
    kind: ActivityKind,
    /// The id, byte for byte.
    raw_id: Option<String>,
    /// The id in the form in which ids are compared.
    id: Option<String>,
    /// What it was about.
    object: Option<String>,
    /// The same byte for byte.
    raw_object: Option<String>,
}

/// Applies an Undo.
pub async fn apply(app: &App, item: &Item, activity: Activity<'_>) -> Result<()> {
    if !may_apply(activity, &item.actor_uri) {
        return dispatch::ignore(app, item, "nobody takes back what somebody else did").await;
    }
    let inner = activity.inner();
    let undone = Undone {
        kind: inner.map_or(ActivityKind::Other, Activity::kind),
        raw_id: activity.raw_object_id().map(str::to_owned),
        id: activity.object_id(),
        object: inner.and_then(Activity::object_id),
        raw_object: inner.and_then(Activity::raw_object_id).map(str::to_owned),
    };
    dispatch::settle(app, item, move |conn, cx, sender| undone.take_back(conn, cx, sender).map(Effect::changed)).await
}

impl Undone {
    fn take_back(&self, conn: &mut Conn, cx: &Context, sender: &Account) -> Result<bool> {
        let (raw_id, id) = (self.raw_id.as_deref(), self.id.as_deref());
        match self.kind {
            ActivityKind::Follow => {
                let target = self.account(conn)?;
                follows::receive_undo_follow(conn, sender, raw_id, target)
            }
            ActivityKind::Block => {
                let target = self.account(conn)?;
                blocks::receive_undo_block(conn, cx, sender, raw_id, target)
            }
            ActivityKind::Like => {
                let post = self.post(conn)?;
                incoming::receive_undo_favourite(conn, cx, sender, id, post)
            }
            ActivityKind::Announce => {
                let post = self.post(conn)?;
                incoming::receive_undo_boost(conn, cx, sender, id, post)
            }
            // Whoever takes an Accept back no longer wants the follower.
            ActivityKind::Accept => follows::receive_reject(conn, sender, self.raw_object.as_deref(), None),
            ActivityKind::Other => self.by_id_alone(conn, cx, sender),
            ActivityKind::Create
            | ActivityKind::Update
            | ActivityKind::Delete
            | ActivityKind::Reject
            | ActivityKind::Undo
            | ActivityKind::Add
            | ActivityKind::Remove => Ok(false),
        }
    }

    /// Without a type that says what it was, everything of the sender is looked through for the id.
    fn by_id_alone(&self, conn: &mut Conn, cx: &Context, sender: &Account) -> Result<bool> {
        let (raw_id, id) = (self.raw_id.as_deref(), self.id.as_deref());
        if raw_id.is_none() {
            return Ok(false);
        }
        Ok(follows::receive_undo_follow(conn, sender, raw_id, None)?
            || blocks::receive_undo_block(conn, cx, sender, raw_id, None)?
            || (id.is_some()
                && (incoming::receive_undo_favourite(conn, cx, sender, id, None)?
                    || incoming::receive_undo_boost(conn, cx, sender, id, None)?)))
    }

    fn account(&self, conn: &mut Conn) -> Result<Option<AccountId>> {
        let Some(uri) = &self.object else { return Ok(None) };
        Ok(accounts::find_by_uri(conn, uri)?.map(|account| account.id))
    }

    fn post(&self, conn: &mut Conn) -> Result<Option<PostId>> {
        let Some(uri) = &self.object else { return Ok(None) };
        Ok(posts::find_by_uri(conn, uri)?.map(|post| post.id))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nobody_takes_back_what_somebody_else_did() {
        let mal = "https://e.example/users/mal";
        let may = |object: serde_json::Value| {
            may_apply(Activity::new(&json!({"type": "Undo", "actor": mal, "object": object})), mal)
        };
        assert!(may(
            json!({"id": "https://e.example/l/1", "type": "Like", "actor": mal, "object": "https://b.example/p/1"})
        ));
        assert!(may(json!({"type": "Follow", "object": "https://b.example/users/brand"})));
        assert!(may(json!("https://e.example/l/1")));
        assert!(!may(json!("https://r.example/users/bob#like/1")));
        assert!(!may(json!({"id": "https://e.example/l/1", "type": "Like", "actor": "https://r.example/users/bob"})));
        assert!(!may(json!({"id": "https://r.example/l/1", "type": "Like", "actor": mal})));
        assert!(!may(json!({"type": "Like", "actor": [mal, "https://r.example/users/bob"]})));
        assert!(!may(json!(null)));
    }
}
