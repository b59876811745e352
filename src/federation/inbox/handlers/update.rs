//! Update: an edited post, new counts of a poll, or a changed profile.

use super::create;
use crate::app::App;
use crate::domain::accounts::actions::store_remote;
use crate::domain::accounts::queries as accounts;
use crate::domain::posts::{Post, incoming, queries as posts};
use crate::error::{Error, Result};
use crate::federation::fetch::{self, Budget};
use crate::federation::inbox::dispatch::{self, Effect};
use crate::federation::inbox::store::Item;
use crate::federation::memory;
use crate::federation::resolve::{self, Surroundings};
use crate::federation::vocab::{Activity, Actor, Object};
use crate::ids::AccountId;

/// Whether `sender` may change this profile: it is the sender's own, and still that of an actor.
fn may_apply_to_profile(object: &serde_json::Value, sender: &str) -> bool {
    Actor::new(object).is_some_and(|actor| actor.id().as_deref() == Some(sender))
}

/// Whether an account may change this post: it wrote it, elsewhere.
fn may_apply_to_post(post: &Post, sender: AccountId) -> bool {
    post.account_id == sender && !post.is_local && post.deleted_at.is_none() && post.boost_of_id.is_none()
}

/// Applies an Update.
pub async fn apply(app: &App, item: &Item, activity: Activity<'_>) -> Result<()> {
    let Some(object) = activity.object() else {
        return dispatch::ignore(app, item, "an Update needs an object").await;
    };
    if activity.object_id().as_deref() == Some(item.actor_uri.as_str()) {
        return profile(app, item, object).await;
    }
    if !object.is_object() || object.get("type").is_none() {
        return by_reference(app, item, activity).await;
    }
    post(app, item, activity, object.clone()).await
}

/// The sender's own profile: as embedded, since the sender signed it, or read from its address.
async fn profile(app: &App, item: &Item, object: &serde_json::Value) -> Result<()> {
    let mut budget = Budget::new(app);
    let fetched;
    let object = if object.get("type").is_some() {
        object
    } else {
        fetched = Box::pin(fetch::document(app, &item.actor_uri, &mut budget)).await?.json;
        &fetched
    };
    if !may_apply_to_profile(object, &item.actor_uri) {
        return dispatch::ignore(app, item, "a profile is changed by its owner, and stays one").await;
    }
    let remote = Box::pin(resolve::describe(app, object, &mut budget)).await?;
    let keys: Vec<String> = remote.keys.iter().map(|key| key.key_id.clone()).collect();
    dispatch::settle(app, item, move |conn, cx, _| {
        store_remote(conn, cx, remote)?;
        Ok(Effect::Applied)
    })
    .await?;
    let memory = memory::of(app);
    for key in keys {
        memory.keys.invalidate(&key);
    }
    Ok(())
}

async fn post(app: &App, item: &Item, activity: Activity<'_>, object: serde_json::Value) -> Result<()> {
    let view = Object::new(&object);
    if !create::may_apply(view, &item.actor_uri) {
        return dispatch::ignore(app, item, "the post is not its sender's").await;
    }
    if view.kind().is_none() {
        return dispatch::ignore(app, item, "it is of no type that is shown as a post").await;
    }
    // Without a date of its own, an edit is as new as the activity.
    let updated = view.updated().or_else(|| activity.published()).unwrap_or(item.received_at);
    let fallback = activity.audience(app.config.limits.recipients);
    let (surroundings, actor, uri) = (Surroundings::of(app), item.actor_uri.clone(), view.id().unwrap_or_default());
    let prepared = app
        .db
        .read(move |conn| {
            let author = accounts::find_by_uri(conn, &actor)?.ok_or(Error::NotFound("account"))?;
            let is_theirs = posts::find_by_uri(conn, &uri)?.is_some_and(|post| may_apply_to_post(&post, author.id));
            if is_theirs { surroundings.read(conn, &object, &fallback, &author).map(Some) } else { Ok(None) }
        })
        .await?;
    let Some(changed) = prepared else {
        return dispatch::ignore(app, item, "the sender has no such post here").await;
    };
    dispatch::settle(app, item, move |conn, cx, sender| {
        if sender.id != changed.account.id {
            return Ok(Effect::Nothing("its author was removed meanwhile"));
        }
        incoming::receive_edit(conn, cx, changed, updated).map(Effect::changed)
    })
    .await
}

/// An Update that only names its object: read at its own address if it is known here.
async fn by_reference(app: &App, item: &Item, activity: Activity<'_>) -> Result<()> {
    let Some(uri) = activity.object_id() else {
        return dispatch::ignore(app, item, "an Update needs an object").await;
    };
    let (wanted, actor) = (uri.clone(), item.actor_uri.clone());
    let is_theirs = app
        .db
        .read(move |conn| {
            let Some(author) = accounts::find_by_uri(conn, &actor)? else { return Ok(false) };
            Ok(posts::find_by_uri(conn, &wanted)?.is_some_and(|post| may_apply_to_post(&post, author.id)))
        })
        .await?;
    if !is_theirs {
        return dispatch::ignore(app, item, "the sender has no such post here").await;
    }
    let document = Box::pin(fetch::document(app, &uri, &mut Budget::new(app))).await?;
    post(app, item, activity, document.json).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_profile_is_changed_by_its_owner_and_stays_one() {
        let bob = "https://r.example/users/bob";
        assert!(may_apply_to_profile(&json!({"id": bob, "type": "Person"}), bob));
        assert!(!may_apply_to_profile(&json!({"id": bob, "type": "Note"}), bob));
        assert!(!may_apply_to_profile(&json!({"id": bob, "type": "Person"}), "https://e.example/users/mal"));
        assert!(!may_apply_to_profile(&json!({"id": bob, "type": "Person"}), "https://r.example/users/eve"));
    }
}
