//! `/api/v1/media` and `/api/v2/media`: uploading pictures. They are worked on before the answer, so that it is always ready.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::api::auth::Caller;
use crate::api::entities::media::MediaAttachment;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::app::App;
use crate::domain::media::{self as rows, Description};
use crate::domain::teams::policy::Act;
use crate::error::{Error, Result as Outcome};
use crate::ids::MediaId;
use crate::media::{Limits, process};

/// What is said about a file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MediaForm {
    description: Option<String>,
    focus: Option<String>,
}

impl MediaForm {
    fn read(self) -> Outcome<Description> {
        let focus = self.focus.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(focus).transpose()?;
        Ok(Description { text: self.description, focus })
    }
}

/// A point of interest as clients send it: `x,y`, each -1 to 1.
pub fn focus(text: &str) -> Outcome<(f64, f64)> {
    let point = text.split_once(',').and_then(|(x, y)| Some((x.trim().parse().ok()?, y.trim().parse().ok()?)));
    point
        .filter(|(x, y): &(f64, f64)| x.is_finite() && y.is_finite())
        .ok_or_else(|| Error::invalid("focus", "must be two numbers from -1 to 1"))
}

/// Takes a picture in the field `file`.
pub async fn create(app: web::Data<App>, caller: Caller, input: Input<MediaForm>) -> Result<HttpResponse> {
    caller.require("write:media")?;
    caller.may(Act::Upload)?;
    let limits = &app.config.limits;
    app.rates.take("media", limits.rate(limits.media_per_account), caller.me())?;
    let bytes =
        input.file("file").map(|file| file.bytes.to_vec()).ok_or_else(|| Error::invalid("file", "can't be blank"))?;
    let description = input.value.read()?;
    let media = &app.config.media;
    let picture = process(bytes, Limits { bytes: media.max_image_bytes, pixels: media.max_image_pixels }).await?;
    let file = app.media.put(picture.extension, picture.file.clone()).await?;
    let preview = match app.media.put(picture.preview_extension, picture.preview.clone()).await {
        Ok(preview) => preview,
        Err(error) => {
            remove(&app, &[file]).await;
            return Err(error.into());
        }
    };
    let (keys, most) = ([file.clone(), preview.clone()], limits.alt_text_characters);
    let kept = app
        .act(move |conn, cx| {
            let row = rows::insert(conn, cx, caller.me(), &picture, (file, preview), &description, most)?;
            caller.record(conn, cx, "media.create", &row.id)?;
            Ok(row)
        })
        .await;
    match kept {
        Ok(row) => Ok(HttpResponse::Ok().json(MediaAttachment::render(&row.attachment(), &app.urls()?))),
        Err(error) => {
            remove(&app, &keys).await;
            Err(error.into())
        }
    }
}

/// Removes files that no row names any more. What cannot be removed only takes room.
pub async fn remove(app: &App, keys: &[String]) {
    for key in keys {
        if let Err(error) = app.media.delete(key).await {
            tracing::warn!(key, %error, "a file that is no longer needed was not removed");
        }
    }
}

/// A file of the caller that is not attached yet.
pub async fn show(app: web::Data<App>, caller: Caller, id: web::Path<MediaId>) -> Result<HttpResponse> {
    caller.require_any(&["write:media", "read:statuses"])?;
    let (id, me, urls) = (*id, caller.me(), app.urls()?);
    let row = app.db.read(move |conn| rows::get_own(conn, me, id)).await?;
    Ok(HttpResponse::Ok().json(MediaAttachment::render(&row.attachment(), &urls)))
}

/// Describes a file that is not attached yet.
pub async fn update(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<MediaId>,
    input: Input<MediaForm>,
) -> Result<HttpResponse> {
    caller.require("write:media")?;
    caller.may(Act::Upload)?;
    let (id, urls, description, most) = (*id, app.urls()?, input.value.read()?, app.config.limits.alt_text_characters);
    let row = app
        .act(move |conn, cx| {
            let row = rows::describe(conn, caller.me(), id, &description, most)?;
            caller.record(conn, cx, "media.update", &id)?;
            Ok(row)
        })
        .await?;
    Ok(HttpResponse::Ok().json(MediaAttachment::render(&row.attachment(), &urls)))
}

/// Removes a file that is not attached.
pub async fn delete(app: web::Data<App>, caller: Caller, id: web::Path<MediaId>) -> Result<HttpResponse> {
    caller.require("write:media")?;
    caller.may(Act::Upload)?;
    let id = *id;
    let keys = app
        .act(move |conn, cx| {
            let keys = rows::delete(conn, caller.me(), id)?;
            caller.record(conn, cx, "media.delete", &id)?;
            Ok(keys)
        })
        .await?;
    remove(&app, &keys).await;
    Ok(HttpResponse::Ok().json(json!({})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_two_numbers() {
        assert_eq!(focus("0.5,-0.25").unwrap(), (0.5, -0.25));
        assert_eq!(focus(" 0 , 1 ").unwrap(), (0.0, 1.0));
        for text in ["", "0.5", "a,b", "NaN,0", "1,2,3"] {
            assert!(focus(text).is_err(), "{text}");
        }
    }
}
