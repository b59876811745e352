//! `/api/v1/profile`: the caller's account as it is edited.

use actix_web::{HttpResponse, web};

use super::accounts::{ProfileForm, change, own};
use crate::api::auth::Caller;
use crate::api::entities::profile::Profile;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::app::App;
use crate::domain::accounts::actions::{ProfileEdit, edit_profile};
use crate::domain::accounts::queries;
use crate::domain::teams::policy::Act;

/// What was typed for the caller's profile.
pub async fn show(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    caller.require_any(&["profile", "read:accounts"])?;
    answer(&app, &caller).await
}

async fn answer(app: &App, caller: &Caller) -> Result<HttpResponse> {
    let (me, urls) = (caller.me(), app.urls()?);
    let row = app.db.read(move |conn| queries::get(conn, me)).await?;
    Ok(HttpResponse::Ok().json(Profile::render(&row, &urls)))
}

/// Changes the caller's profile; what is left out stays.
pub async fn update(app: web::Data<App>, caller: Caller, input: Input<ProfileForm>) -> Result<HttpResponse> {
    change(&app, &caller, input).await?;
    answer(&app, &caller).await
}

/// Removes the caller's picture; a stand-in is shown from then on.
pub async fn delete_avatar(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    let edit = ProfileEdit { avatar: Some(None), avatar_description: Some(String::new()), ..ProfileEdit::default() };
    let file = caller.account().avatar.clone();
    remove(&app, caller, edit, file).await
}

/// Removes the caller's header; a stand-in is shown from then on.
pub async fn delete_header(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    let edit = ProfileEdit { header: Some(None), header_description: Some(String::new()), ..ProfileEdit::default() };
    let file = caller.account().header.clone();
    remove(&app, caller, edit, file).await
}

async fn remove(app: &App, caller: Caller, edit: ProfileEdit, file: Option<String>) -> Result<HttpResponse> {
    caller.require("write:accounts")?;
    caller.may(Act::EditProfile)?;
    if let Some(file) = file {
        let by = caller.clone();
        app.act(move |conn, cx| {
            edit_profile(conn, cx, by.me(), edit)?;
            by.record(conn, cx, "profile.edit", &by.me())
        })
        .await?;
        super::media::remove(app, &[file]).await;
    }
    own(app, caller).await
}
