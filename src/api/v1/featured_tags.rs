//! `/api/v1/featured_tags`: hashtags on profiles.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::api::auth::{Caller, MaybeCaller};
use crate::api::entities::featured_tag::FeaturedTag;
use crate::api::entities::tag::Tag;
use crate::api::errors::{ApiError, Result};
use crate::api::extract::Input;
use crate::app::App;
use crate::domain::accounts::queries;
use crate::domain::featured_tags;
use crate::domain::tags::views;
use crate::domain::teams::policy::Act;
use crate::ids::{AccountId, FeaturedTagId};

/// The hashtags on the caller's profile, the most used first.
pub async fn list(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    caller.require("read:accounts")?;
    of(&app, caller.me()).await
}

/// The hashtags on the profile of an account. None are known of accounts elsewhere.
pub async fn of_account(app: web::Data<App>, caller: MaybeCaller, id: web::Path<AccountId>) -> Result<HttpResponse> {
    caller.require("read:accounts")?;
    of(&app, *id).await
}

async fn of(app: &App, id: AccountId) -> Result<HttpResponse> {
    let urls = app.urls()?;
    let (owner, featured) = app
        .db
        .read(move |conn| {
            let owner = queries::get(conn, id)?;
            let featured = if owner.is_active() { featured_tags::list(conn, id)? } else { Vec::new() };
            Ok((owner, featured))
        })
        .await?;
    let shown: Vec<FeaturedTag> = featured.iter().map(|row| FeaturedTag::render(row, &owner, &urls)).collect();
    Ok(HttpResponse::Ok().json(shown))
}

/// A hashtag to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    name: String,
}

/// Shows a hashtag on the caller's profile; one that is there already is answered as it is.
pub async fn create(app: web::Data<App>, caller: Caller, input: Input<Form>) -> Result<HttpResponse> {
    caller.require("write:accounts")?;
    caller.may(Act::EditProfile)?;
    let name = input.value.name;
    if name.trim().is_empty() {
        return Err(ApiError::malformed("name is missing or empty"));
    }
    let (by, urls) = (caller.clone(), app.urls()?);
    let featured = app
        .act(move |conn, cx| {
            let featured = featured_tags::feature(conn, cx, by.me(), &name)?;
            by.record(conn, cx, "tag.feature", &featured.tag_name)?;
            Ok(featured)
        })
        .await?;
    Ok(HttpResponse::Ok().json(FeaturedTag::render(&featured, caller.account(), &urls)))
}

/// Takes a hashtag off the caller's profile.
pub async fn delete(app: web::Data<App>, caller: Caller, id: web::Path<FeaturedTagId>) -> Result<HttpResponse> {
    caller.require("write:accounts")?;
    caller.may(Act::EditProfile)?;
    let id = *id;
    app.act(move |conn, cx| {
        featured_tags::unfeature(conn, caller.me(), id)?;
        caller.record(conn, cx, "tag.unfeature", &id)
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

/// Hashtags that the caller uses and does not show yet, the most used first.
pub async fn suggestions(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    caller.require("read:accounts")?;
    let (me, urls, now) = (caller.me(), app.urls()?, app.clock.now());
    let views = app
        .db
        .read(move |conn| {
            let tags = featured_tags::suggestions(conn, me)?;
            views::load(conn, Some(me), tags, now)
        })
        .await?;
    Ok(HttpResponse::Ok().json(views.iter().map(|view| Tag::render(view, &urls)).collect::<Vec<_>>()))
}
