//! `/api/v1/scheduled_statuses`: posts that are to be published later. They are made by `POST /api/v1/statuses`.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::api::auth::Caller;
use crate::api::entities::scheduled_status::ScheduledStatus;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::paging::{self, Cursors, PageQuery};
use crate::api::reading::Reader;
use crate::app::App;
use crate::context::Urls;
use crate::db::Conn;
use crate::domain::media;
use crate::domain::posts::Visibility;
use crate::domain::scheduled_posts::{self as rows, ScheduledPost};
use crate::domain::teams::policy::Act;
use crate::error::{Error, Result as Outcome};
use crate::ids::{MediaId, ScheduledPostId};
use crate::time::Time;

/// A time as clients send it.
pub(super) fn time(text: &str) -> Outcome<Time> {
    Time::parse(text)
        .ok_or_else(|| Error::invalid("scheduled_at", "is not a date with a time, such as 2030-01-31T12:00:00Z"))
}

/// Whether a scheduled post is shown to the caller: direct messages of a brand are not for everybody in its team.
fn shows(reader: Reader, post: &ScheduledPost) -> bool {
    reader.sees_direct() || post.params.0.visibility != Visibility::Direct
}

/// Scheduled posts with their files, in two queries for however many.
pub(super) fn render(conn: &mut Conn, urls: &Urls, posts: &[ScheduledPost]) -> Outcome<Vec<ScheduledStatus>> {
    let ids: Vec<ScheduledPostId> = posts.iter().map(|post| post.id).collect();
    let files: HashMap<MediaId, media::Media> =
        media::list_held(conn, &ids)?.into_iter().map(|file| (file.id, file)).collect();
    Ok(posts.iter().map(|post| ScheduledStatus::render(post, &files, urls)).collect())
}

/// Answers one scheduled post.
pub(super) async fn answer(app: &App, post: ScheduledPost) -> Result<HttpResponse> {
    let urls = app.urls()?;
    let shown = app.db.read(move |conn| render(conn, &urls, &[post])).await?;
    Ok(HttpResponse::Ok().json(shown.into_iter().next()))
}

/// What the caller's account has scheduled.
pub async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (page, me, reader, urls) = (input.value.page(20, 40)?, caller.me(), Reader::from(&caller), app.urls()?);
    let links = urls.clone();
    let (shown, cursors) = app
        .db
        .read(move |conn| {
            let mut posts = rows::list(conn, me, &page)?;
            let cursors = Cursors::of(posts.iter().map(|post| post.id.0));
            posts.retain(|post| shows(reader, post));
            Ok((render(conn, &urls, &posts)?, cursors))
        })
        .await?;
    Ok(paging::answer(&request, &links, &shown, cursors))
}

/// A scheduled post of the caller's account that is shown to the caller.
async fn own(app: &App, caller: &Caller, id: ScheduledPostId) -> Result<ScheduledPost> {
    let (me, reader) = (caller.me(), Reader::from(caller));
    let post = app.db.read(move |conn| rows::get_own(conn, me, id)).await?;
    if shows(reader, &post) { Ok(post) } else { Err(Error::NotFound("scheduled post").into()) }
}

/// Whoever scheduled it may change it; of others in the team, those who may take posts back.
fn may_change(caller: &Caller, post: &ScheduledPost) -> Result<()> {
    if post.user_id == caller.user() { Ok(()) } else { caller.may(Act::Retract) }
}

/// One scheduled post.
pub async fn show(app: web::Data<App>, caller: Caller, id: web::Path<ScheduledPostId>) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let post = own(&app, &caller, *id).await?;
    answer(&app, post).await
}

/// A new time.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TimeForm {
    scheduled_at: Option<String>,
}

/// Gives a scheduled post another time; without one, nothing changes.
pub async fn update(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<ScheduledPostId>,
    input: Input<TimeForm>,
) -> Result<HttpResponse> {
    caller.require("write:statuses")?;
    let post = own(&app, &caller, *id).await?;
    may_change(&caller, &post)?;
    let Some(at) = input.value.scheduled_at.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
        return answer(&app, post).await;
    };
    let (at, id) = (time(at)?, *id);
    let post = app
        .act(move |conn, cx| {
            let post = rows::move_to(conn, cx, caller.me(), id, at)?;
            caller.record(conn, cx, "post.reschedule", &id)?;
            Ok(post)
        })
        .await?;
    answer(&app, post).await
}

/// Drops a scheduled post; its files can be attached again.
pub async fn delete(app: web::Data<App>, caller: Caller, id: web::Path<ScheduledPostId>) -> Result<HttpResponse> {
    caller.require("write:statuses")?;
    let post = own(&app, &caller, *id).await?;
    may_change(&caller, &post)?;
    let id = *id;
    app.act(move |conn, cx| {
        rows::cancel(conn, caller.me(), id)?;
        caller.record(conn, cx, "post.unschedule", &id)
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}
