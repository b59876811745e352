//! `/media/{key}`: uploaded files. Their names never change and are never used again, so they may be kept for ever.

use actix_web::http::header;
use actix_web::{HttpResponse, web};

use super::csp;
use crate::app::App;
use crate::error::Error;

/// Answers with a stored file. Whatever is in it, a browser that opens it runs nothing.
pub async fn show(app: web::Data<App>, key: web::Path<String>) -> HttpResponse {
    match app.media.open(&key).await {
        Ok(content) => HttpResponse::Ok()
            .content_type(kind_of(&key))
            .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .insert_header((header::CONTENT_SECURITY_POLICY, csp::FILE))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            // Web clients of other origins draw what they show.
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
            .insert_header(("Cross-Origin-Resource-Policy", "cross-origin"))
            .body(content),
        Err(Error::NotFound(_)) => refuse(HttpResponse::NotFound(), "There is no such file."),
        Err(Error::Busy(_)) => {
            refuse(HttpResponse::ServiceUnavailable(), "The file cannot be read now. Try again in a minute.")
        }
        Err(error) => {
            tracing::error!(%error, key = key.as_str(), "a stored file cannot be read");
            refuse(HttpResponse::InternalServerError(), "The file cannot be read.")
        }
    }
}

fn refuse(mut answer: actix_web::HttpResponseBuilder, sentence: &str) -> HttpResponse {
    answer
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, csp::NOTHING))
        .body(format!("{sentence}\n"))
}

/// The type by the name, which was made here from what the content is.
fn kind_of(key: &str) -> &'static str {
    match key.rsplit_once('.').map(|(_, ending)| ending) {
        Some("jpg") => "image/jpeg",
        Some("png") => "image/png",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        _ => "application/octet-stream",
    }
}
