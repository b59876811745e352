//! `/api/v1/tags` and `/api/v1/followed_tags`: hashtags, and what the caller does with them.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::api::auth::{Caller, MaybeCaller};
use crate::api::entities::tag::Tag;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::paging::{self, Cursors, PageQuery};
use crate::app::App;
use crate::context::Context;
use crate::db::Conn;
use crate::domain::posts::TagName;
use crate::domain::tags::{self, Tag as Row, views};
use crate::domain::teams::policy::Act;
use crate::domain::{featured_tags, tag_follows};
use crate::error::{Error, Result as Outcome};
use crate::ids::TagId;
use crate::text::Hashtag;

/// The hashtag that an address names: by its id, since no hashtag is a number, or in any spelling.
fn named(conn: &mut Conn, name: &str) -> Outcome<Option<Row>> {
    match name.parse::<TagId>() {
        Ok(id) => tags::find_by_id(conn, id),
        Err(_) => tags::find(conn, name),
    }
}

/// Like [`named`]; one that is not known yet is made.
fn named_or_new(conn: &mut Conn, cx: &Context, name: &str) -> Outcome<Row> {
    if let Some(row) = named(conn, name)? {
        return Ok(row);
    }
    let hashtag = Hashtag::parse(name).ok_or(Error::NotFound("tag"))?;
    tags::find_or_create(conn, cx, &[TagName::from(hashtag)])?;
    tags::find(conn, name)?.ok_or(Error::NotFound("tag"))
}

/// A hashtag with the last seven days of its use; one that nobody used yet too.
pub async fn show(app: web::Data<App>, caller: MaybeCaller, name: web::Path<String>) -> Result<HttpResponse> {
    answer(&app, &caller, name.into_inner()).await
}

async fn answer(app: &App, caller: &MaybeCaller, name: String) -> Result<HttpResponse> {
    let (urls, now, me) = (app.urls()?, app.clock.now(), caller.me());
    let tag = app
        .db
        .read(move |conn| {
            if let Some(row) = named(conn, &name)? {
                let view = views::load(conn, me, vec![row], now)?.pop().ok_or(Error::NotFound("tag"))?;
                return Ok(Tag::render(&view, &urls));
            }
            let hashtag = Hashtag::parse(&name).ok_or(Error::NotFound("tag"))?;
            // Nothing has the id 0.
            let days = tags::history(conn, TagId(0), now)?;
            Ok(Tag::unused(&hashtag.normalized, &days, me.is_some(), &urls))
        })
        .await?;
    Ok(HttpResponse::Ok().json(tag))
}

/// Follows a hashtag: public posts with it enter the caller's home timeline.
pub async fn follow(app: web::Data<App>, caller: Caller, name: web::Path<String>) -> Result<HttpResponse> {
    caller.require_any(&["write:follows", "follow"])?;
    caller.may(Act::Relate)?;
    let limits = &app.config.limits;
    app.rates.take("follow", limits.rate(limits.follow_per_account), caller.me())?;
    let (by, wanted) = (caller.clone(), name.clone());
    app.act(move |conn, cx| {
        let row = named_or_new(conn, cx, &wanted)?;
        tag_follows::follow(conn, cx, by.me(), row.id)?;
        by.record(conn, cx, "tag.follow", &row.name)
    })
    .await?;
    answer(&app, &MaybeCaller(Some(caller)), name.into_inner()).await
}

/// Follows a hashtag no longer.
pub async fn unfollow(app: web::Data<App>, caller: Caller, name: web::Path<String>) -> Result<HttpResponse> {
    caller.require_any(&["write:follows", "follow"])?;
    caller.may(Act::Relate)?;
    let (by, wanted) = (caller.clone(), name.clone());
    app.act(move |conn, cx| {
        let Some(row) = named(conn, &wanted)? else { return Ok(()) };
        tag_follows::unfollow(conn, by.me(), row.id)?;
        by.record(conn, cx, "tag.unfollow", &row.name)
    })
    .await?;
    answer(&app, &MaybeCaller(Some(caller)), name.into_inner()).await
}

/// Shows a hashtag on the caller's profile.
pub async fn feature(app: web::Data<App>, caller: Caller, name: web::Path<String>) -> Result<HttpResponse> {
    caller.require("write:accounts")?;
    caller.may(Act::EditProfile)?;
    let (by, wanted) = (caller.clone(), name.clone());
    app.act(move |conn, cx| {
        let row = named_or_new(conn, cx, &wanted)?;
        featured_tags::feature(conn, cx, by.me(), &row.display_name)?;
        by.record(conn, cx, "tag.feature", &row.name)
    })
    .await?;
    answer(&app, &MaybeCaller(Some(caller)), name.into_inner()).await
}

/// Shows a hashtag on the caller's profile no longer.
pub async fn unfeature(app: web::Data<App>, caller: Caller, name: web::Path<String>) -> Result<HttpResponse> {
    caller.require("write:accounts")?;
    caller.may(Act::EditProfile)?;
    let (by, wanted) = (caller.clone(), name.clone());
    app.act(move |conn, cx| {
        let Some(row) = named(conn, &wanted)? else { return Ok(()) };
        featured_tags::unfeature_tag(conn, by.me(), row.id)?;
        by.record(conn, cx, "tag.unfeature", &row.name)
    })
    .await?;
    answer(&app, &MaybeCaller(Some(caller)), name.into_inner()).await
}

/// The hashtags that the caller follows, the latest first.
pub async fn followed(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require_any(&["read:follows", "follow"])?;
    let (page, me, urls, now) = (input.value.page(100, 200)?, caller.me(), app.urls()?, app.clock.now());
    let (views, cursors) = app
        .db
        .read(move |conn| {
            let rows = tag_follows::list(conn, me, &page)?;
            let cursors = Cursors::of(rows.iter().map(|(id, _)| id.0));
            let tags = rows.into_iter().map(|(_, tag)| tag).collect();
            Ok((views::load(conn, Some(me), tags, now)?, cursors))
        })
        .await?;
    let shown: Vec<Tag> = views.iter().map(|view| Tag::render(view, &urls)).collect();
    Ok(paging::answer(&request, &urls, &shown, cursors))
}
