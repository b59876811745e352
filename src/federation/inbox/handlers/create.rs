//! Create: a new post, or votes in a poll of ours. Posts that concern nobody here are not kept, so that strangers cannot fill the disk.

use serde_json::Value;

use crate::app::App;
use crate::context::Urls;
use crate::db::Conn;
use crate::domain::accounts::{Account, queries as accounts};
use crate::domain::follows;
use crate::domain::posts::incoming::{Incoming, receive};
use crate::domain::posts::{Visibility, polls, queries as posts};
use crate::error::{Error, Result};
use crate::federation::fetch::Budget;
use crate::federation::inbox::dispatch::{self, Effect};
use crate::federation::inbox::store::Item;
use crate::federation::resolve::{self, Surroundings};
use crate::federation::vocab::{Activity, Audience, Object};
use crate::net::same_origin;

/// How many votes one activity may carry.
const MAX_VOTES: usize = 20;

/// Whether an embedded object can be taken as `sender`'s word: it stands on the sender's origin, and the sender is its author. If it
/// names further authors, they are of the same origin.
pub(super) fn may_apply(object: Object<'_>, sender: &str) -> bool {
    let authors = object.authors();
    object.id().is_some_and(|id| same_origin(&id, sender))
        && authors.iter().all(|author| same_origin(author, sender))
        && (authors.is_empty() || authors.iter().any(|author| author == sender))
}

/// Applies a Create.
pub async fn apply(app: &App, item: &Item, activity: Activity<'_>) -> Result<()> {
    let Some(object) = activity.object() else {
        return dispatch::ignore(app, item, "a Create needs an object").await;
    };
    if !object.is_object() || object.get("type").is_none() {
        return by_reference(app, item, activity).await;
    }
    let object = Object::new(object);
    if !may_apply(object, &item.actor_uri) {
        return dispatch::ignore(app, item, "the post is not its sender's").await;
    }
    if object.is_vote() {
        return votes(app, item, activity).await;
    }
    if object.kind().is_none() {
        return dispatch::ignore(app, item, "it is of no type that is shown as a post").await;
    }
    let fallback = activity.audience(app.config.limits.recipients);
    let Some(prepared) = prepare(app, item, object.json().clone(), fallback.clone()).await? else {
        return dispatch::ignore(app, item, "it concerns nobody here").await;
    };
    let mut budget = Budget::new(app);
    if let Some(parent) = prepared.missing_parent {
        budget.depth = budget.depth.saturating_sub(1);
        resolve::store_answered(app, &parent, &mut budget).await?;
    }
    if prepared.is_stale {
        Box::pin(resolve::actor_by_uri(app, &item.actor_uri, &mut budget)).await?;
    }
    let mut incoming = prepared.incoming;
    if prepared.is_direct {
        incoming = Box::pin(resolve::meet_named(app, incoming, object.json(), &fallback, &budget)).await?;
    }
    dispatch::settle(app, item, move |conn, cx, sender| {
        if sender.id != incoming.account.id {
            return Ok(Effect::Nothing("its author was removed meanwhile"));
        }
        receive(conn, cx, incoming).map(|post| Effect::changed(post.is_some()))
    })
    .await
}

/// A post that is wanted here, with what is to be fetched before it is stored.
struct Prepared {
    incoming: Incoming,
    missing_parent: Option<String>,
    /// Whether somebody here will see it in its place.
    is_direct: bool,
    is_stale: bool,
}

/// Reads a post of the sender of `item`; `None` if nobody here is concerned.
async fn prepare(app: &App, item: &Item, object: Value, fallback: Audience) -> Result<Option<Prepared>> {
    let (surroundings, actor, urls, now) =
        (Surroundings::of(app), item.actor_uri.clone(), app.urls()?, app.clock.now());
    app.db
        .read(move |conn| {
            let author = accounts::find_by_uri(conn, &actor)?.ok_or(Error::NotFound("account"))?;
            let incoming = surroundings.read(conn, &object, &fallback, &author)?;
            let addressed = Object::new(&object).audience(surroundings.reading().limits.recipients);
            let concern = concern(conn, &urls, &incoming, if addressed.is_empty() { &fallback } else { &addressed })?;
            if !concern.is_any() {
                return Ok(None);
            }
            // Whatever else is missing is only worth asking for if somebody here will see it in its place.
            let missing_parent = match &incoming.in_reply_to_uri {
                Some(parent)
                    if concern.is_direct && !urls.is_ours(parent) && posts::find_by_uri(conn, parent)?.is_none() =>
                {
                    Some(parent.clone())
                }
                _ => None,
            };
            let is_stale = author.fetched_at.is_none_or(|at| now.since(at).as_secs() > 86_400);
            Ok(Some(Prepared { incoming, missing_parent, is_direct: concern.is_direct, is_stale }))
        })
        .await
}

/// How a post concerns this server.
struct Concern {
    /// Somebody here follows its author, or is named or addressed.
    is_direct: bool,
    /// It answers a post that is known here.
    is_answer: bool,
}

impl Concern {
    fn is_any(&self) -> bool {
        self.is_direct || self.is_answer
    }
}

fn concern(conn: &mut Conn, urls: &Urls, incoming: &Incoming, audience: &Audience) -> Result<Concern> {
    let is_named = incoming.mentions.iter().any(Account::is_local);
    let is_followed =
        |conn: &mut Conn| follows::local_followers(conn, incoming.account.id).map(|followers| !followers.is_empty());
    match incoming.visibility {
        Visibility::Direct => Ok(Concern { is_direct: is_named, is_answer: false }),
        Visibility::Private => Ok(Concern { is_direct: is_named || is_followed(conn)?, is_answer: false }),
        Visibility::Public | Visibility::Unlisted => {
            let is_direct = is_named || audience.all().any(|id| urls.is_ours(id)) || is_followed(conn)?;
            let is_answer = match &incoming.in_reply_to_uri {
                Some(parent) if !is_direct => {
                    posts::find_by_uri(conn, parent)?.is_some_and(|post| post.deleted_at.is_none())
                }
                _ => false,
            };
            Ok(Concern { is_direct, is_answer })
        }
    }
}

/// A Create that only names its object: asked for at its own address, if somebody here follows the sender or is addressed.
async fn by_reference(app: &App, item: &Item, activity: Activity<'_>) -> Result<()> {
    let Some(uri) = activity.object_id().filter(|uri| same_origin(uri, &item.actor_uri)) else {
        return dispatch::ignore(app, item, "the post is not its sender's").await;
    };
    let (actor, urls) = (item.actor_uri.clone(), app.urls()?);
    let is_addressed = activity.audience(app.config.limits.recipients).all().any(|id| urls.is_ours(id));
    let is_followed = app
        .db
        .read(move |conn| match accounts::find_by_uri(conn, &actor)? {
            Some(author) => Ok(!follows::local_followers(conn, author.id)?.is_empty()),
            None => Ok(false),
        })
        .await?;
    if !is_followed && !is_addressed {
        return dispatch::ignore(app, item, "it concerns nobody here").await;
    }
    Box::pin(resolve::post_by_uri(app, &uri, &mut Budget::new(app))).await?;
    dispatch::ignore(app, item, "its object was read at its own address").await
}

/// Votes in a poll of ours, one or several in one activity; never shown as answers.
async fn votes(app: &App, item: &Item, activity: Activity<'_>) -> Result<()> {
    let votes: Vec<(String, String)> = activity
        .objects(MAX_VOTES)
        .map(Object::new)
        .filter(|vote| vote.is_vote() && may_apply(*vote, &item.actor_uri))
        .filter_map(|vote| Some((vote.in_reply_to()?, vote.name()?)))
        .collect();
    dispatch::settle(app, item, move |conn, cx, sender| {
        let mut counted = false;
        for (poll, option) in votes {
            if let Some(post) = posts::find_by_uri(conn, &poll)?.filter(|post| post.deleted_at.is_none()) {
                counted |= polls::receive_vote(conn, cx, sender, &post, &option)?;
            }
        }
        Ok(Effect::changed(counted))
    })
    .await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_post_is_its_authors_word_only() {
        let mal = "https://e.example/users/mal";
        let may = |object: Value| may_apply(Object::new(&object), mal);
        assert!(may(json!({"id": "https://e.example/n/1", "attributedTo": mal})));
        assert!(may(json!({"id": "https://e.example/n/1"})));
        assert!(may(
            json!({"id": "https://e.example/n/1", "attributedTo": [{"type": "Group", "id": "https://e.example/c/x"}, {"type": "Person", "id": mal}]})
        ));
        for forged in [
            json!({"id": "https://e.example/n/1", "attributedTo": "https://e.example/users/eve"}),
            json!({"id": "https://e.example/n/1", "attributedTo": [mal, "https://r.example/users/bob"]}),
            json!({"id": "https://r.example/n/1", "attributedTo": mal}),
            json!({"id": "https://b.example/posts/1", "attributedTo": mal}),
            json!({"id": null, "attributedTo": mal}),
            json!({"id": "/relative", "attributedTo": mal}),
            json!({"id": "https://e.example\\@r.example/n", "attributedTo": mal}),
        ] {
            assert!(!may(forged.clone()), "{forged}");
        }
    }
}
