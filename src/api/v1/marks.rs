//! What a caller does with posts without writing: favourite, boost, bookmark, mute of a thread, pin.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use crate::api::auth::Caller;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::paging::{self, Cursors, PageQuery};
use crate::api::reading::{self, Reader};
use crate::app::App;
use crate::context::Context;
use crate::db::Conn;
use crate::domain::accounts::Account;
use crate::domain::posts::marks::{self as rows, MarkKind};
use crate::domain::posts::{Post, Visibility, actions};
use crate::domain::teams::policy::Act;
use crate::error::Error;
use crate::ids::PostId;

/// One act on a post: checks, does it, writes it down, answers the post. `verb`: how the record of a brand calls it.
async fn act_on(
    app: &App,
    caller: Caller,
    id: PostId,
    verb: &'static str,
    act: impl FnOnce(&mut Conn, &Context, &Account, PostId) -> crate::error::Result<Post> + Send + 'static,
) -> Result<HttpResponse> {
    let reader = Reader::from(&caller);
    let post = app
        .act(move |conn, cx| {
            reader.get_original(conn, id)?;
            let post = act(conn, cx, caller.account(), id)?;
            caller.record(conn, cx, verb, &post.id)?;
            Ok(post)
        })
        .await?;
    reading::show(app, reader, post).await
}

/// Favourites a post.
pub async fn favourite(app: web::Data<App>, caller: Caller, id: web::Path<PostId>) -> Result<HttpResponse> {
    caller.require("write:favourites")?;
    caller.may(Act::React)?;
    act_on(&app, caller, *id, "post.favourite", rows::favourite).await
}

/// Takes a favourite back.
pub async fn unfavourite(app: web::Data<App>, caller: Caller, id: web::Path<PostId>) -> Result<HttpResponse> {
    caller.require("write:favourites")?;
    caller.may(Act::React)?;
    act_on(&app, caller, *id, "post.unfavourite", rows::unfavourite).await
}

/// How to boost.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct BoostForm {
    visibility: Option<String>,
}

/// Boosts a post; answers the boost with the post in it.
pub async fn reblog(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<PostId>,
    input: Input<BoostForm>,
) -> Result<HttpResponse> {
    caller.require("write:statuses")?;
    caller.may(Act::Publish)?;
    let visibility = match input.value.visibility.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        None => Visibility::Public,
        Some(name) => Visibility::from_name(name)
            .ok_or_else(|| Error::invalid("visibility", "must be public, unlisted or private"))?,
    };
    let limits = &app.config.limits;
    app.rates.take("posts", limits.rate(limits.posts_per_account), caller.me())?;
    let (with, by) = (Some(caller.app()), caller.acted_by());
    act_on(&app, caller, *id, "post.boost", move |conn, cx, account, id| {
        actions::boost(conn, cx, account, id, visibility, with, by)
    })
    .await
}

/// Takes a boost back; answers the post that was boosted.
pub async fn unreblog(app: web::Data<App>, caller: Caller, id: web::Path<PostId>) -> Result<HttpResponse> {
    caller.require("write:statuses")?;
    caller.may(Act::Publish)?;
    let limits = &app.config.limits;
    app.rates.take("deletes", limits.rate(limits.deletes_per_account), caller.me())?;
    act_on(&app, caller, *id, "post.unboost", actions::unboost).await
}

/// Keeps a post for oneself.
pub async fn bookmark(app: web::Data<App>, caller: Caller, id: web::Path<PostId>) -> Result<HttpResponse> {
    caller.require("write:bookmarks")?;
    caller.may(Act::React)?;
    act_on(&app, caller, *id, "post.bookmark", rows::bookmark).await
}

/// Drops a bookmark.
pub async fn unbookmark(app: web::Data<App>, caller: Caller, id: web::Path<PostId>) -> Result<HttpResponse> {
    caller.require("write:bookmarks")?;
    caller.may(Act::React)?;
    act_on(&app, caller, *id, "post.unbookmark", |conn, _, account, id| rows::unbookmark(conn, account, id)).await
}

/// Mutes the thread of a post.
pub async fn mute(app: web::Data<App>, caller: Caller, id: web::Path<PostId>) -> Result<HttpResponse> {
    caller.require("write:mutes")?;
    caller.may(Act::React)?;
    act_on(&app, caller, *id, "post.mute", rows::mute).await
}

/// Lifts the mute of a thread.
pub async fn unmute(app: web::Data<App>, caller: Caller, id: web::Path<PostId>) -> Result<HttpResponse> {
    caller.require("write:mutes")?;
    caller.may(Act::React)?;
    act_on(&app, caller, *id, "post.unmute", |conn, _, account, id| rows::unmute(conn, account, id)).await
}

/// Shows an own post first on the profile.
pub async fn pin(app: web::Data<App>, caller: Caller, id: web::Path<PostId>) -> Result<HttpResponse> {
    caller.require("write:accounts")?;
    caller.may(Act::EditProfile)?;
    act_on(&app, caller, *id, "post.pin", rows::pin).await
}

/// Takes a post off the profile's top.
pub async fn unpin(app: web::Data<App>, caller: Caller, id: web::Path<PostId>) -> Result<HttpResponse> {
    caller.require("write:accounts")?;
    caller.may(Act::EditProfile)?;
    act_on(&app, caller, *id, "post.unpin", rows::unpin).await
}

/// What the caller favourited.
pub async fn favourites(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require("read:favourites")?;
    marked(&app, &request, &caller, &input.value, MarkKind::Favourite).await
}

/// What the caller bookmarked.
pub async fn bookmarks(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require("read:bookmarks")?;
    marked(&app, &request, &caller, &input.value, MarkKind::Bookmark).await
}

async fn marked(
    app: &App,
    request: &HttpRequest,
    caller: &Caller,
    query: &PageQuery,
    kind: MarkKind,
) -> Result<HttpResponse> {
    let (page, reader, me, cx) = (query.page(20, 40)?, Reader::from(caller), caller.me(), app.context()?);
    let urls = cx.urls.clone();
    let (statuses, cursors) = app
        .db
        .read(move |conn| {
            let marked = rows::posts_marked(conn, me, kind, &page)?;
            let cursors = Cursors::of(marked.iter().map(|(mark, _)| mark.0));
            let posts = marked.into_iter().map(|(_, post)| post).collect();
            Ok((reader.statuses(conn, &cx, posts)?, cursors))
        })
        .await?;
    Ok(paging::answer(request, &urls, &statuses, cursors))
}
