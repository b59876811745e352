//! `/api/v1/statuses`: writing, editing, deleting and looking at posts.

mod input;
mod mentions;
mod publishing;

use std::collections::HashSet;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use crate::api::auth::{AnyCaller, Caller, MaybeCaller};
use crate::api::entities::account::Account;
use crate::api::entities::status::{Context, Status, StatusEdit, StatusSource};
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::paging::{self, Cursors, PageQuery};
use crate::api::reading::{self, Reader};
use crate::app::App;
use crate::db::Conn;
use crate::domain::posts::marks::{self, MarkKind};
use crate::domain::posts::{Post, Visibility, actions, edits, queries};
use crate::domain::teams::policy::Act;
use crate::domain::{accounts, follows, media};
use crate::error::Error;
use crate::ids::{AccountId, PostId};

use input::StatusForm;
pub use input::publish_limits;
pub use publishing::create;

/// How many posts can be asked for by their ids at once.
const AT_ONCE: usize = 40;
/// How many posts above and below are shown to somebody signed in.
const THREAD: (usize, usize) = (4096, 4096);
/// The same for strangers.
const THREAD_FOR_STRANGERS: (usize, usize) = (40, 60);

/// A post of the caller that is shown to them; anybody else's is not found.
pub(super) async fn own(app: &App, caller: &Caller, id: PostId) -> Result<Post> {
    let (reader, me) = (Reader::from(caller), caller.me());
    let post = app.db.read(move |conn| reader.get(conn, id)).await?;
    if post.account_id == me { Ok(post) } else { Err(Error::NotFound("post").into()) }
}

/// Replaces a post as a whole; visibility and what it answers stay.
pub async fn update(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<PostId>,
    input: Input<StatusForm>,
) -> Result<HttpResponse> {
    caller.require("write:statuses")?;
    let (id, form, reader, me) = (*id, input.value, Reader::from(&caller), caller.me());
    let before = own(&app, &caller, id).await?;
    caller.may(Act::Retract)?;
    if before.visibility == Visibility::Direct {
        caller.may(Act::WriteDirect)?;
    }
    let limits = &app.config.limits;
    app.rates.take("posts", limits.rate(limits.posts_per_account), me)?;
    mentions::meet(&app, me, form.text()).await;
    let (edit, said, most) = (form.edit()?, form.descriptions(limits.media_per_post)?, limits.alt_text_characters);
    let limits = publish_limits(limits);
    let post = app
        .act(move |conn, cx| {
            for (file, description) in &said {
                match media::describe_attached(conn, id, *file, description, most) {
                    // Uploaded for this edit.
                    Err(Error::NotFound(_)) => media::describe(conn, me, *file, description, most)?,
                    other => other?,
                };
            }
            let post = edits::edit(conn, cx, caller.account(), id, edit, &limits)?;
            caller.record(conn, cx, "post.edit", &id)?;
            Ok(post)
        })
        .await?;
    reading::show(&app, reader, post).await
}

/// How to delete.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeleteForm {
    delete_media: bool,
}

/// Deletes a post or boost and gives it with what was typed, to be written anew; its files can be attached again.
pub async fn delete(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<PostId>,
    input: Input<DeleteForm>,
) -> Result<HttpResponse> {
    caller.require("write:statuses")?;
    let (id, reader, me, with_media) = (*id, Reader::from(&caller), caller.me(), input.value.delete_media);
    let post = own(&app, &caller, id).await?;
    caller.may(if post.boost_of_id.is_some() { Act::Publish } else { Act::Retract })?;
    let limits = &app.config.limits;
    app.rates.take("deletes", limits.rate(limits.deletes_per_account), me)?;
    let (status, files) = app
        .act(move |conn, cx| {
            let post = reader.get(conn, id)?;
            let view = reader.views(conn, vec![post])?.pop().ok_or(Error::NotFound("post"))?;
            actions::delete(conn, cx, caller.account(), id)?;
            caller.record(conn, cx, "post.delete", &id)?;
            let files = if with_media { delete_files(conn, me, &view.post)? } else { Vec::new() };
            Ok((Status::render_source(&view, cx, me), files))
        })
        .await?;
    super::media::remove(&app, &files).await;
    Ok(HttpResponse::Ok().json(status))
}

/// Removes the files of a deleted post; returns the keys of what lies in the storage.
fn delete_files(conn: &mut Conn, me: AccountId, post: &Post) -> crate::error::Result<Vec<String>> {
    let mut keys = Vec::new();
    for file in &post.media.0 {
        match media::delete(conn, me, file.id) {
            Ok(removed) => keys.extend(removed),
            Err(Error::NotFound(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(keys)
}

/// One post.
pub async fn show(app: web::Data<App>, caller: MaybeCaller, id: web::Path<PostId>) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (id, reader, cx) = (*id, Reader::from(&caller), app.context()?);
    let status = app
        .db
        .read(move |conn| {
            let post = reader.get(conn, id)?;
            reader.status(conn, &cx, post)
        })
        .await?;
    Ok(HttpResponse::Ok().json(status))
}

/// Posts by their ids.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ids {
    id: Vec<PostId>,
}

/// Those of these posts that are there, in the order asked for.
pub async fn list(app: web::Data<App>, caller: MaybeCaller, input: Input<Ids>) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (reader, cx) = (Reader::from(&caller), app.context()?);
    let ids: Vec<PostId> = input.value.id.into_iter().take(AT_ONCE).collect();
    let statuses = app
        .db
        .read(move |conn| {
            let posts = queries::list(conn, &ids, reader.me())?;
            reader.statuses(conn, &cx, posts)
        })
        .await?;
    Ok(HttpResponse::Ok().json(statuses))
}

/// What is around a post in its thread, without those whom the caller blocks or mutes.
pub async fn context(app: web::Data<App>, caller: MaybeCaller, id: web::Path<PostId>) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (id, reader, cx) = (*id, Reader::from(&caller), app.context()?);
    let (above, below) = if caller.0.is_some() { THREAD } else { THREAD_FOR_STRANGERS };
    let thread = app
        .db
        .read(move |conn| {
            let post = reader.get_original(conn, id)?;
            let mut ancestors = queries::ancestors(conn, &post, reader.me(), above)?;
            let mut descendants = queries::descendants(conn, &post, reader.me(), below)?;
            let unwanted = unwanted(conn, reader.me(), ancestors.iter().chain(&descendants))?;
            ancestors.retain(|post| !unwanted.contains(&post.account_id));
            descendants.retain(|post| !unwanted.contains(&post.account_id));
            Ok(Context {
                ancestors: reader.statuses(conn, &cx, ancestors)?,
                descendants: reader.statuses(conn, &cx, descendants)?,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(thread))
}

/// Those of the authors whom `me` blocks, mutes or hides with their domain.
fn unwanted<'a>(
    conn: &mut Conn,
    me: Option<AccountId>,
    posts: impl Iterator<Item = &'a Post>,
) -> crate::error::Result<HashSet<AccountId>> {
    let Some(me) = me else { return Ok(HashSet::new()) };
    let authors: HashSet<AccountId> = posts.map(|post| post.account_id).filter(|author| *author != me).collect();
    let authors: Vec<AccountId> = authors.into_iter().collect();
    let standings = follows::relationships(conn, me, &authors)?;
    Ok(standings
        .into_iter()
        .filter(|standing| standing.blocking || standing.muting || standing.domain_blocking)
        .map(|standing| standing.id)
        .collect())
}

/// What was typed.
pub async fn source(app: web::Data<App>, caller: AnyCaller, id: web::Path<PostId>) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (id, reader) = (*id, Reader::from(&MaybeCaller::from(caller)));
    let post = app.db.read(move |conn| reader.get(conn, id)).await?;
    Ok(HttpResponse::Ok().json(StatusSource::render(&post)))
}

/// All states of a post, the first written first.
pub async fn history(app: web::Data<App>, caller: MaybeCaller, id: web::Path<PostId>) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (id, reader, urls) = (*id, Reader::from(&caller), app.urls()?);
    let states = app
        .db
        .read(move |conn| {
            let post = reader.get(conn, id)?;
            let author = accounts::queries::get(conn, post.account_id)?;
            let versions = edits::history(conn, &post)?;
            Ok(versions.iter().map(|version| StatusEdit::render(version, &post, &author, &urls)).collect::<Vec<_>>())
        })
        .await?;
    Ok(HttpResponse::Ok().json(states))
}

/// Who favourited a post.
pub async fn favourited_by(
    app: web::Data<App>,
    request: HttpRequest,
    caller: MaybeCaller,
    id: web::Path<PostId>,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    marked_by(&app, &request, &caller, *id, &input.value, MarkKind::Favourite).await
}

/// Who boosted a post.
pub async fn reblogged_by(
    app: web::Data<App>,
    request: HttpRequest,
    caller: MaybeCaller,
    id: web::Path<PostId>,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    marked_by(&app, &request, &caller, *id, &input.value, MarkKind::Boost).await
}

async fn marked_by(
    app: &App,
    request: &HttpRequest,
    caller: &MaybeCaller,
    id: PostId,
    query: &PageQuery,
    kind: MarkKind,
) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (page, reader, urls) = (query.page(40, 80)?, Reader::from(caller), app.urls()?);
    let rows = app
        .db
        .read(move |conn| {
            let post = reader.get_original(conn, id)?;
            marks::accounts_that(conn, post.id, kind, &page)
        })
        .await?;
    let accounts: Vec<Account> = rows.iter().map(|(_, account)| Account::render(account, &urls)).collect();
    Ok(paging::answer(request, &urls, &accounts, Cursors::of(rows.iter().map(|(mark, _)| mark.0))))
}
