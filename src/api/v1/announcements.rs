//! `/api/v1/announcements`: what those who run the server tell everybody on it, and what the caller makes of it.

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::api::auth::Caller;
use crate::api::entities::announcement::Announcement;
use crate::api::errors::Result;
use crate::app::App;
use crate::domain::announcements;
use crate::domain::teams::policy::Act;
use crate::ids::AnnouncementId;

/// Announcements that are not over, also those that the caller put aside.
pub async fn list(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    let (cx, me) = (app.context()?, caller.me());
    let shown: Vec<Announcement> = app
        .db
        .read(move |conn| {
            let rows = announcements::list_current(conn, cx.now)?;
            let views = announcements::load(conn, &cx, Some(me), rows)?;
            Ok(views.iter().map(|view| Announcement::render(view, &cx.urls)).collect())
        })
        .await?;
    Ok(HttpResponse::Ok().json(shown))
}

/// Puts one aside.
pub async fn dismiss(app: web::Data<App>, caller: Caller, id: web::Path<AnnouncementId>) -> Result<HttpResponse> {
    caller.require("write:accounts")?;
    caller.may(Act::React)?;
    let id = *id;
    app.act(move |conn, cx| {
        announcements::dismiss(conn, caller.me(), id, cx.now)?;
        caller.record(conn, cx, "announcement.dismiss", &id)
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

/// Reacts with a Unicode emoji or a custom one of this server.
pub async fn react(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<(AnnouncementId, String)>,
) -> Result<HttpResponse> {
    caller.require("write:favourites")?;
    caller.may(Act::React)?;
    let (id, name) = path.into_inner();
    app.act(move |conn, cx| {
        announcements::react(conn, cx, caller.me(), id, &name)?;
        caller.record(conn, cx, "announcement.react", &id)
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

/// Takes a reaction back.
pub async fn unreact(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<(AnnouncementId, String)>,
) -> Result<HttpResponse> {
    caller.require("write:favourites")?;
    caller.may(Act::React)?;
    let (id, name) = path.into_inner();
    app.act(move |conn, cx| {
        announcements::unreact(conn, cx, caller.me(), id, &name)?;
        caller.record(conn, cx, "announcement.unreact", &id)
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}
