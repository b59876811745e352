//! Posts of this server as documents: only those that anybody may see, for whoever asks.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::mapping::post_out::{self, Facts, OWN_ANSWERS};
use super::outbox::build::{announce, create};
use super::outbox::draft::boost_audience;
use crate::app::App;
use crate::context::Context;
use crate::db::Conn;
use crate::domain::accounts::queries as accounts;
use crate::domain::posts::views::{self, PostView};
use crate::domain::posts::visibility::find_visible;
use crate::domain::posts::{Post, Visibility, queries};
use crate::error::{Error, Result};
use crate::ids::PostId;

/// The post of `name` with this id, if anybody may see it. Errors: `Gone` if it was deleted and could be seen before, `NotFound` for all
/// else: what is not there and what is not for everybody look alike.
pub(super) fn find(conn: &mut Conn, name: &str, id: PostId) -> Result<Post> {
    let missing = || Error::NotFound("post");
    let post = queries::find(conn, id)?.filter(|post| post.is_local).ok_or_else(missing)?;
    let author = accounts::find(conn, post.account_id)?
        .filter(|author| author.username_lower == name.to_lowercase())
        .ok_or_else(missing)?;
    if post.deleted_at.is_some() || author.deleted_at.is_some() {
        return Err(if post.visibility <= Visibility::Unlisted { Error::Gone } else { missing() });
    }
    find_visible(conn, id, None)?.ok_or_else(missing)
}

/// The documents of these posts, which anybody may see, in their order: what was written as it is, a boost as its Announce. A constant
/// number of queries.
pub(super) fn objects(conn: &mut Conn, cx: &Context, posts: Vec<Post>) -> Result<Vec<Value>> {
    let roots: Vec<PostId> = posts.iter().filter(|post| post.thread_id != post.id).map(|post| post.thread_id).collect();
    let ours: HashSet<PostId> =
        queries::list(conn, &roots, None)?.into_iter().filter(|root| root.is_local).map(|root| root.id).collect();
    let shown = views::load(conn, None, posts)?;
    let ids: Vec<PostId> = shown.iter().map(|view| view.post.id).collect();
    let answers = queries::list_own_answers(conn, &ids, OWN_ANSWERS)?;
    let write = |view: &PostView| {
        let is_thread_ours = view.post.thread_id == view.post.id || ours.contains(&view.post.thread_id);
        object(cx, view, answers.get(&view.post.id).map_or(&[], Vec::as_slice), is_thread_ours)
    };
    Ok(shown.iter().map(write).collect())
}

fn object(cx: &Context, view: &PostView, answers: &[String], is_thread_ours: bool) -> Value {
    let (post, author) = (&view.post, view.author.as_ref());
    match &view.boost {
        Some(original) => announce::activity(
            &post.uri,
            &author.uri,
            &original.post.uri,
            post.created_at,
            boost_audience(post, author, &original.author),
        ),
        None => post_out::object(
            Facts {
                post,
                author,
                poll: view.poll.as_ref().map(|poll| &poll.poll),
                quoted: view.quoted_uri(),
                answers,
                is_thread_ours,
                now: cx.now,
            },
            &cx.urls,
        ),
    }
}

/// The activity that published what this document shows: a boost is one itself.
pub(super) fn activity(object: Value) -> Value {
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if object.get("type") == Some(&json!("Announce")) {
        return object;
    }
    create::activity(&text("id"), &text("attributedTo"), object)
}

/// The document of one post.
pub async fn of_post(app: &App, name: String, id: PostId) -> Result<Value> {
    let cx = app.context()?;
    app.db
        .read(move |conn| {
            let post = find(conn, &name, id)?;
            objects(conn, &cx, vec![post])?.pop().ok_or(Error::NotFound("post"))
        })
        .await
}

/// The activity that published one post.
pub async fn activity_of_post(app: &App, name: String, id: PostId) -> Result<Value> {
    Ok(activity(of_post(app, name, id).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_was_created_and_an_announce_stands_for_itself() {
        let note = json!({ "id": "https://brand.example/p", "type": "Note", "attributedTo": "https://brand.example/users/brand", "to": ["x"], "cc": [] });
        let created = activity(note.clone());
        assert_eq!(
            (&created["type"], &created["object"], &created["actor"]),
            (&json!("Create"), &note, &note["attributedTo"])
        );
        let announce = json!({ "id": "https://brand.example/b", "type": "Announce" });
        assert_eq!(activity(announce.clone()), announce);
    }
}
