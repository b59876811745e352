//! From what happened to the activity that tells it and the inboxes it goes to, still without a database row.

use super::audience::{Addressing, Inboxes};
use super::build::{
    accept, actor, add, announce, block, create, delete, follow, like, reject, remove as unpin, undo, update, vote,
};
use super::json_ld::Vocabulary;
use super::{Verb, audience};
use crate::context::Context;
use crate::db::Conn;
use crate::domain::accounts::{self, Account};
use crate::domain::follows::{self, State};
use crate::domain::outgoing::Outgoing;
use crate::domain::posts::polls::{self, Poll};
use crate::domain::posts::{self, Post, Visibility};
use crate::domain::quotes;
use crate::error::{Error, Result};
use crate::federation::mapping::account_out;
use crate::federation::mapping::post_out::{self, Facts, OWN_ANSWERS};
use crate::ids::{AccountId, ActivityId, PostId};
use crate::page::Page;
use crate::time::Time;

/// How many of those an account follows hear of its end.
const FOLLOWED: i64 = 10_000;

/// An activity that is ready to be planned.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its id; the same for the same happening, apart from answers to follows, which may be repeated.
    pub uri: String,
    /// What it does.
    pub verb: Verb,
    /// Who signs it.
    pub actor: AccountId,
    /// The id of what it is about.
    pub object_uri: String,
    /// What must stay in order with it.
    pub order_key: String,
    /// The document.
    pub body: String,
    /// Where it goes, as far as the people concerned tell; each once.
    pub inboxes: Vec<String>,
    /// The activity that need not be sent any more where it was not begun.
    pub cancels: Option<String>,
    /// The post whose state it tells, and when that was edited last.
    pub state_of: Option<(PostId, Option<Time>)>,
}

/// Builds the activity; `None` if there is nothing to tell any more.
pub fn draft(conn: &mut Conn, cx: &Context, what: &Outgoing) -> Result<Option<Draft>> {
    match what {
        Outgoing::CreatePost { post } => publish(conn, cx, *post),
        Outgoing::UpdatePost { post } => edit(conn, cx, *post, None),
        Outgoing::RefreshPost { post, at } => edit(conn, cx, *post, Some(Time(*at))),
        Outgoing::DeletePost { post, reached } => remove(conn, *post, reached),
        Outgoing::Boost { post } => boost(conn, *post, false),
        Outgoing::UndoBoost { post } => boost(conn, *post, true),
        Outgoing::Favourite { account, post, uri } => favourite(conn, *account, *post, uri, false),
        Outgoing::UndoFavourite { account, post, uri } => favourite(conn, *account, *post, uri, true),
        Outgoing::Vote { account, post, option, uri } => choose(conn, *account, *post, option, uri),
        Outgoing::Pin { account, post, uri } => pin(conn, *account, *post, uri, false),
        Outgoing::Unpin { account, post, uri } => pin(conn, *account, *post, uri, true),
        Outgoing::Follow { follow } => {
            match follows::find(conn, *follow)?.filter(|follow| follow.state == State::Pending) {
                Some(follow) => towards(
                    conn,
                    follow.account_id,
                    follow.target_id,
                    "follow",
                    |me, them| follow::activity(&follow.uri, &me.uri, &them.uri),
                    Verb::Follow,
                ),
                None => Ok(None),
            }
        }
        Outgoing::UndoFollow { account, target, uri } => towards(
            conn,
            *account,
            *target,
            "follow",
            |me, them| undo::activity(&me.uri, follow::activity(uri, &me.uri, &them.uri)),
            Verb::Undo,
        ),
        Outgoing::AcceptFollow { account, follower, uri } => {
            let id = cx.urls.activity(cx.id::<ActivityId>().0);
            towards(
                conn,
                *account,
                *follower,
                "answer",
                |me, them| accept::activity(&id, &me.uri, uri, &them.uri),
                Verb::Accept,
            )
        }
        Outgoing::RejectFollow { account, follower, uri } => {
            let id = cx.urls.activity(cx.id::<ActivityId>().0);
            towards(
                conn,
                *account,
                *follower,
                "answer",
                |me, them| reject::activity(&id, &me.uri, uri, &them.uri),
                Verb::Reject,
            )
        }
        Outgoing::Block { account, target, uri } => {
            towards(conn, *account, *target, "block", |me, them| block::activity(uri, &me.uri, &them.uri), Verb::Block)
        }
        Outgoing::UndoBlock { account, target, uri } => towards(
            conn,
            *account,
            *target,
            "block",
            |me, them| undo::activity(&me.uri, block::activity(uri, &me.uri, &them.uri)),
            Verb::Undo,
        ),
        Outgoing::UpdateActor { account } => profile(conn, cx, *account),
        Outgoing::DeleteActor { account } => farewell(conn, *account),
    }
}

/// One account does something to another, which alone is told. `relation`: what earlier and later acts of this kind have in common.
fn towards(
    conn: &mut Conn,
    me: AccountId,
    them: AccountId,
    relation: &str,
    build: impl FnOnce(&Account, &Account) -> serde_json::Value,
    verb: Verb,
) -> Result<Option<Draft>> {
    let (Some(me), Some(them)) = (accounts::queries::find(conn, me)?, accounts::queries::find(conn, them)?) else {
        return Ok(None);
    };
    let mut inboxes = Inboxes::default();
    inboxes.add_own_of(&them);
    let document = build(&me, &them);
    let text = |value: Option<&serde_json::Value>| value.and_then(serde_json::Value::as_str).map(str::to_owned);
    let object_uri = text(document.get("object"))
        .or_else(|| text(document.pointer("/object/id")))
        .unwrap_or_else(|| them.uri.clone());
    Ok(Some(Draft {
        uri: text(document.get("id")).ok_or_else(|| Error::bug("an activity without id"))?,
        verb,
        actor: me.id,
        order_key: format!("{relation} {} {}", me.uri, them.uri),
        cancels: (verb == Verb::Undo).then(|| object_uri.clone()),
        object_uri,
        body: Vocabulary::Plain.write(document)?,
        inboxes: inboxes.into_vec(),
        state_of: None,
    }))
}

/// A post that is there, with its author and its document.
struct Written {
    post: Post,
    author: Account,
    poll: Option<Poll>,
    document: serde_json::Value,
}

fn written(conn: &mut Conn, cx: &Context, id: PostId) -> Result<Option<Written>> {
    let Some(post) = posts::queries::find(conn, id)?
        .filter(|post| post.is_local && post.deleted_at.is_none() && post.boost_of_id.is_none())
    else {
        return Ok(None);
    };
    let Some(author) = accounts::queries::find(conn, post.account_id)?.filter(Account::is_active) else {
        return Ok(None);
    };
    let poll = post.poll_id.map(|poll| polls::find(conn, poll)).transpose()?.flatten();
    let is_thread_ours =
        post.thread_id == post.id || posts::queries::find(conn, post.thread_id)?.is_some_and(|root| root.is_local);
    let answers = posts::queries::list_own_answers(conn, &[id], OWN_ANSWERS)?.remove(&id).unwrap_or_default();
    let quoted = quotes::quoted_uri(conn, &post)?;
    let document = post_out::object(
        Facts {
            post: &post,
            author: &author,
            poll: poll.as_ref(),
            quoted: quoted.as_deref(),
            answers: &answers,
            is_thread_ours,
            now: cx.now,
        },
        &cx.urls,
    );
    Ok(Some(Written { post, author, poll, document }))
}

/// Followers as far as the post is for them, everybody it names, whom it answers, and those who have it otherwise: `reached`.
fn readers(conn: &mut Conn, post: &Post, reached: Vec<String>) -> Result<Vec<String>> {
    let mut inboxes = Inboxes::default();
    if post.visibility != Visibility::Direct {
        inboxes.extend(follows::follower_inboxes(conn, post.account_id)?);
    }
    let mut people = posts::queries::mentioned_in(conn, post.id)?;
    if post.visibility <= Visibility::Unlisted {
        people.extend(post.in_reply_to_account_id);
    }
    for account in accounts::queries::list(conn, &people)? {
        if post.visibility == Visibility::Direct {
            inboxes.add_own_of(&account)
        } else {
            inboxes.add_server_of(&account)
        }
    }
    inboxes.extend(reached);
    Ok(inboxes.into_vec())
}

fn publish(conn: &mut Conn, cx: &Context, id: PostId) -> Result<Option<Draft>> {
    let Some(Written { post, author, document, .. }) = written(conn, cx, id)? else { return Ok(None) };
    let inboxes = readers(conn, &post, Vec::new())?;
    Ok(Some(Draft {
        uri: create::id(&post.uri),
        verb: Verb::Create,
        actor: author.id,
        order_key: post.uri.clone(),
        body: Vocabulary::Posts.write(create::activity(&post.uri, &author.uri, document))?,
        inboxes,
        cancels: None,
        state_of: Some((post.id, post.edited_at)),
        object_uri: post.uri,
    }))
}

/// `refreshed`: when something changed that is no edit.
fn edit(conn: &mut Conn, cx: &Context, id: PostId, refreshed: Option<Time>) -> Result<Option<Draft>> {
    let Some(Written { post, author, poll, mut document }) = written(conn, cx, id)? else { return Ok(None) };
    // The end of a poll is told too, and changes no text.
    let ended = poll.filter(|poll| poll.is_expired(cx.now)).and_then(|poll| poll.expires_at);
    let at = post.edited_at.max(ended).max(refreshed).unwrap_or(post.created_at);
    if let (Some(refreshed), Some(document)) = (refreshed, document.as_object_mut()) {
        // Readers take over only what is newer than what they have.
        document.insert("updated".into(), serde_json::json!(refreshed.max(at).rfc3339()));
    }
    let uri = update::id(&post.uri, at);
    // Whoever reacted to what is for a few need not be among them any more.
    let reached = if post.is_for_everybody() { posts::queries::reached_inboxes(conn, &post)? } else { Vec::new() };
    let inboxes = readers(conn, &post, reached)?;
    Ok(Some(Draft {
        verb: Verb::Update,
        actor: author.id,
        order_key: post.uri.clone(),
        body: Vocabulary::Posts.write(update::activity(&uri, &author.uri, document))?,
        uri,
        inboxes,
        cancels: None,
        state_of: Some((post.id, post.edited_at)),
        object_uri: post.uri,
    }))
}

/// The Delete says no more than the id, so it goes to everybody who had the post.
fn remove(conn: &mut Conn, id: PostId, reached: &[String]) -> Result<Option<Draft>> {
    let Some(post) = posts::queries::find(conn, id)?.filter(|post| post.is_local) else { return Ok(None) };
    let Some(author) = accounts::queries::find(conn, post.account_id)? else { return Ok(None) };
    let inboxes = readers(conn, &post, reached.to_vec())?;
    let document =
        delete::post(&author.uri, &post.uri, post_out::tombstone(&post.uri)?, post_out::addressing(&post, &author));
    Ok(Some(Draft {
        uri: delete::id(&post.uri),
        verb: Verb::Delete,
        actor: author.id,
        order_key: post.uri.clone(),
        body: Vocabulary::Plain.write(document)?,
        inboxes,
        cancels: Some(create::id(&post.uri)),
        state_of: None,
        object_uri: post.uri,
    }))
}

fn boost(conn: &mut Conn, id: PostId, is_taken_back: bool) -> Result<Option<Draft>> {
    let Some(boost) = posts::queries::find(conn, id)?.filter(|post| post.is_local) else { return Ok(None) };
    let Some(original) = boost.boost_of_id.map(|id| posts::queries::find(conn, id)).transpose()?.flatten() else {
        return Ok(None);
    };
    if boost.deleted_at.is_some() != is_taken_back {
        return Ok(None);
    }
    let (Some(me), Some(author)) =
        (accounts::queries::find(conn, boost.account_id)?, accounts::queries::find(conn, original.account_id)?)
    else {
        return Ok(None);
    };
    let mut inboxes = Inboxes::default();
    inboxes.extend(follows::follower_inboxes(conn, me.id)?);
    inboxes.add_server_of(&author);
    let audience = boost_audience(&boost, &me, &author);
    let announce = announce::activity(&boost.uri, &me.uri, &original.uri, boost.created_at, audience);
    let (uri, verb, object_uri, document) = if is_taken_back {
        (undo::id(&boost.uri), Verb::Undo, boost.uri.clone(), undo::activity(&me.uri, announce))
    } else {
        (boost.uri.clone(), Verb::Announce, original.uri, announce)
    };
    Ok(Some(Draft {
        uri,
        verb,
        actor: me.id,
        object_uri,
        cancels: is_taken_back.then(|| boost.uri.clone()),
        order_key: boost.uri,
        body: Vocabulary::Plain.write(document)?,
        inboxes: inboxes.into_vec(),
        state_of: None,
    }))
}

/// Whom a boost is for; oneself is not named.
pub fn boost_audience(boost: &Post, me: &Account, author: &Account) -> Addressing {
    let copied = (author.id != me.id).then_some(author.uri.as_str());
    audience::Addressing::of_boost(boost.visibility, post_out::followers_of(me), copied)
}

fn favourite(conn: &mut Conn, me: AccountId, post: PostId, uri: &str, is_taken_back: bool) -> Result<Option<Draft>> {
    let Some(post) = posts::queries::find(conn, post)? else { return Ok(None) };
    let build = |me: &Account, author: &Account| {
        let like = like::activity(uri, &me.uri, &post.uri, &author.uri);
        if is_taken_back { undo::activity(&me.uri, like) } else { like }
    };
    let verb = if is_taken_back { Verb::Undo } else { Verb::Like };
    let drafted = towards(conn, me, post.account_id, "like", build, verb)?;
    Ok(drafted.map(|draft| Draft { order_key: format!("like {} {}", draft.actor, post.uri), ..draft }))
}

fn choose(conn: &mut Conn, me: AccountId, poll: PostId, option: &str, uri: &str) -> Result<Option<Draft>> {
    let Some(post) = posts::queries::find(conn, poll)? else { return Ok(None) };
    let build = |me: &Account, author: &Account| vote::activity(uri, option, &me.uri, &post.uri, &author.uri);
    towards(conn, me, post.account_id, "vote", build, Verb::Create)
}

/// A post is put among those that its author's profile shows first, or taken from there. `uri`: the id of the Add.
fn pin(conn: &mut Conn, me: AccountId, post: PostId, uri: &str, is_taken_back: bool) -> Result<Option<Draft>> {
    let post = posts::queries::find(conn, post)?
        .filter(|post| post.account_id == me && post.deleted_at.is_none() && post.is_for_everybody());
    let (Some(me), Some(post)) = (accounts::queries::find(conn, me)?.filter(Account::is_active), post) else {
        return Ok(None);
    };
    let Some(featured) = me.featured_url.as_deref() else { return Ok(None) };
    let audience = Addressing::of_post(post.visibility, post_out::followers_of(&me), None);
    let (id, verb, document) = if is_taken_back {
        (unpin::id(uri), Verb::Remove, unpin::activity(uri, &me.uri, &post.uri, featured, audience))
    } else {
        (uri.to_owned(), Verb::Add, add::activity(uri, &me.uri, &post.uri, featured, audience))
    };
    Ok(Some(Draft {
        uri: id,
        verb,
        cancels: is_taken_back.then(|| uri.to_owned()),
        actor: me.id,
        order_key: post.uri.clone(),
        body: Vocabulary::Plain.write(document)?,
        inboxes: follows::follower_inboxes(conn, me.id)?,
        state_of: None,
        object_uri: post.uri,
    }))
}

fn profile(conn: &mut Conn, cx: &Context, id: AccountId) -> Result<Option<Draft>> {
    let Some(account) =
        accounts::queries::find(conn, id)?.filter(|account| account.is_local() && account.deleted_at.is_none())
    else {
        return Ok(None);
    };
    let keys = accounts::queries::public_keys_of(conn, id)?;
    let uri = update::id(&account.uri, account.updated_at);
    let document = account_out::actor(&account, &keys, &cx.urls)?;
    let audience = Addressing::everybody(post_out::followers_of(&account));
    Ok(Some(Draft {
        verb: Verb::Update,
        actor: id,
        order_key: account.uri.clone(),
        body: Vocabulary::Actors.write(actor::activity(&uri, &account.uri, document, audience))?,
        uri,
        inboxes: follows::follower_inboxes(conn, id)?,
        cancels: None,
        state_of: None,
        object_uri: account.uri,
    }))
}

/// The end of an account goes to those who followed it and whom it followed, not to the whole world.
fn farewell(conn: &mut Conn, id: AccountId) -> Result<Option<Draft>> {
    let Some(account) = accounts::queries::find(conn, id)?.filter(Account::is_local) else { return Ok(None) };
    let mut inboxes = Inboxes::default();
    inboxes.extend(follows::follower_inboxes(conn, id)?);
    for (_, followed) in follows::following(conn, id, &Page::first(FOLLOWED))? {
        inboxes.add_server_of(&followed);
    }
    let audience = Addressing::everybody(post_out::followers_of(&account));
    Ok(Some(Draft {
        uri: delete::id(&account.uri),
        verb: Verb::Delete,
        actor: id,
        order_key: account.uri.clone(),
        body: Vocabulary::Plain.write(delete::actor(&account.uri, audience))?,
        inboxes: inboxes.into_vec(),
        cancels: None,
        state_of: None,
        object_uri: account.uri,
    }))
}
