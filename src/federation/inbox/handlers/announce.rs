//! Announce: a boost, or a group passing on what its members did (FEP-1b12). What is inside is never believed: it is known here, or read at
//! its own address.

use crate::app::App;
use crate::domain::accounts::queries as accounts;
use crate::domain::follows;
use crate::domain::posts::{Post, Visibility, incoming};
use crate::error::{Error, Result};
use crate::federation::fetch::{self, Budget};
use crate::federation::inbox::dispatch::{self, Effect};
use crate::federation::inbox::store::Item;
use crate::federation::resolve::{self, Surroundings};
use crate::federation::vocab::{Activity, ActivityKind, Audience, Object, is_public};

/// Whether a post may be boosted from elsewhere: everybody may see it, or it is the sender's own for its followers. The domain asks once
/// more whether the sender may see it.
fn may_apply(post: &Post, sender: crate::ids::AccountId) -> bool {
    match post.visibility {
        Visibility::Public | Visibility::Unlisted => true,
        Visibility::Private => post.account_id == sender,
        Visibility::Direct => false,
    }
}

/// What is announced.
enum Announced {
    /// A post; `is_passed_on` by a group with the activity that made it.
    Post { uri: String, is_passed_on: bool },
    /// A post was edited.
    Edit { uri: String },
    /// A post was deleted.
    Removal { uri: String },
}

impl Announced {
    fn of(activity: Activity<'_>) -> Option<Self> {
        let Some(inner) = activity.inner() else {
            return Some(Self::Post { uri: activity.object_id()?, is_passed_on: false });
        };
        match inner.kind() {
            ActivityKind::Create => Some(Self::Post { uri: inner.object_id()?, is_passed_on: true }),
            ActivityKind::Update => Some(Self::Edit { uri: inner.object_id()? }),
            ActivityKind::Delete => Some(Self::Removal { uri: inner.object_id()? }),
            ActivityKind::Other if Object::new(inner.json()).kind().is_some() => {
                Some(Self::Post { uri: activity.object_id()?, is_passed_on: false })
            }
            _ => None,
        }
    }
}

/// Applies an Announce.
pub async fn apply(app: &App, item: &Item, activity: Activity<'_>) -> Result<()> {
    let Some(announced) = Announced::of(activity) else {
        return dispatch::ignore(app, item, "what is announced means nothing here").await;
    };
    match announced {
        Announced::Post { uri, is_passed_on } => boost(app, item, activity, &uri, is_passed_on).await,
        Announced::Edit { uri } => edit(app, item, &uri).await,
        Announced::Removal { uri } => removal(app, item, &uri).await,
    }
}

async fn boost(app: &App, item: &Item, activity: Activity<'_>, uri: &str, is_passed_on: bool) -> Result<()> {
    let Some(id) = activity.id().filter(|id| id != uri) else {
        return dispatch::ignore(app, item, "a boost needs an id of its own").await;
    };
    let post = match resolve::known_post(app, uri).await {
        Ok(Some(post)) => post,
        Ok(None) if app.urls()?.is_ours(uri) => return dispatch::ignore(app, item, "the post is not known here").await,
        Ok(None) => {
            if !is_followed(app, item).await? {
                return dispatch::ignore(app, item, "it concerns nobody here").await;
            }
            Box::pin(resolve::post_by_uri(app, uri, &mut Budget::new(app))).await?
        }
        Err(error) => return Err(error),
    };
    // Groups pass every answer on: as boosts they would flood whoever follows the group. They stand in their threads.
    if is_passed_on && post.in_reply_to_uri.is_some() {
        return dispatch::ignore(app, item, "an answer that a group passed on").await;
    }
    // Boosts stand on profiles for everybody, so one that is meant for a few would be widened by being kept.
    let audience = activity.audience(app.config.limits.recipients);
    let is_open = audience.is_empty() || audience.all().any(is_public);
    if !is_open && post.visibility != Visibility::Private {
        return dispatch::ignore(app, item, "the boost is not for everybody").await;
    }
    let published = activity.published().unwrap_or(item.received_at);
    dispatch::settle(app, item, move |conn, cx, sender| {
        if !may_apply(&post, sender.id) {
            return Ok(Effect::Nothing("the post is not for the sender to boost"));
        }
        incoming::receive_boost(conn, cx, sender, post.id, &id, published).map(|boost| Effect::changed(boost.is_some()))
    })
    .await
}

/// Whether somebody here follows the sender; what strangers announce is not fetched.
async fn is_followed(app: &App, item: &Item) -> Result<bool> {
    let actor = item.actor_uri.clone();
    app.db
        .read(move |conn| match accounts::find_by_uri(conn, &actor)? {
            Some(sender) => Ok(!follows::local_followers(conn, sender.id)?.is_empty()),
            None => Ok(false),
        })
        .await
}

/// The known post of another server that was announced as changed, with its author's id.
async fn known_elsewhere(app: &App, uri: &str) -> Result<Option<Post>> {
    match resolve::known_post(app, uri).await {
        Ok(post) => Ok(post.filter(|post| !post.is_local && post.boost_of_id.is_none())),
        Err(Error::Gone) => Ok(None),
        Err(error) => Err(error),
    }
}

/// An edit that a group passed on: the post is read again at its own address.
async fn edit(app: &App, item: &Item, uri: &str) -> Result<()> {
    let Some(post) = known_elsewhere(app, uri).await? else {
        return dispatch::ignore(app, item, "the post is not known here").await;
    };
    let document = Box::pin(fetch::document(app, uri, &mut Budget::new(app))).await?;
    let object = Object::new(&document.json);
    let author_uri = resolve::author_of(object, &document.id)?;
    let Some(updated) = object.updated().filter(|_| document.id == uri && object.kind().is_some()) else {
        return dispatch::ignore(app, item, "the post was not changed at its own address").await;
    };
    let surroundings = Surroundings::of(app);
    let changed = app
        .db
        .read(move |conn| {
            let author = accounts::find(conn, post.account_id)?
                .filter(|author| author.uri == author_uri)
                .ok_or(Error::NotFound("account"))?;
            surroundings.read(conn, &document.json, &Audience::default(), &author)
        })
        .await?;
    dispatch::settle(app, item, move |conn, cx, _| {
        incoming::receive_edit(conn, cx, changed, updated).map(Effect::changed)
    })
    .await
}

/// A removal that a group passed on: it holds if the post is gone at its own address.
async fn removal(app: &App, item: &Item, uri: &str) -> Result<()> {
    let Some(post) = known_elsewhere(app, uri).await? else {
        return dispatch::ignore(app, item, "the post is not known here").await;
    };
    match Box::pin(fetch::document(app, uri, &mut Budget::new(app))).await {
        Err(Error::Gone | Error::NotFound(_)) => {}
        Ok(document) if Object::new(&document.json).is_tombstone() => {}
        Ok(_) => return dispatch::ignore(app, item, "the post still stands at its own address").await,
        Err(error) => return Err(error),
    }
    let uri = uri.to_owned();
    dispatch::settle(app, item, move |conn, cx, _| {
        let Some(author) = accounts::find(conn, post.account_id)? else {
            return Ok(Effect::Nothing("its author was removed meanwhile"));
        };
        incoming::receive_delete(conn, cx, &uri, &author).map(Effect::changed)
    })
    .await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn announced(object: serde_json::Value) -> Option<(&'static str, String)> {
        Announced::of(Activity::new(&json!({"type": "Announce", "object": object}))).map(|announced| match announced {
            Announced::Post { uri, is_passed_on: false } => ("boost", uri),
            Announced::Post { uri, is_passed_on: true } => ("new", uri),
            Announced::Edit { uri } => ("edit", uri),
            Announced::Removal { uri } => ("removal", uri),
        })
    }

    #[test]
    fn only_ids_are_taken_from_what_is_inside() {
        let note = json!({"id": "https://r.example/n/1", "type": "Note", "content": "forged"});
        let uri = "https://r.example/n/1".to_owned();
        assert_eq!(announced(json!(uri)), Some(("boost", uri.clone())));
        assert_eq!(announced(note.clone()), Some(("boost", uri.clone())));
        assert_eq!(
            announced(json!({"id": "https://r.example/c/1", "type": "Create", "object": note})),
            Some(("new", uri.clone()))
        );
        assert_eq!(announced(json!({"type": "Update", "object": note})), Some(("edit", uri.clone())));
        assert_eq!(
            announced(json!({"type": "Delete", "object": {"id": uri, "type": "Tombstone"}})),
            Some(("removal", uri))
        );
        assert_eq!(announced(json!({"type": "Like", "object": "https://r.example/n/1"})), None);
        assert_eq!(announced(json!({"type": "Dislike", "object": "https://r.example/n/1"})), None);
    }
}
