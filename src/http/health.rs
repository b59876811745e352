//! `/healthz` (the process answers), `/readyz` (it can do its work) and `/metrics`.
//!
//! The latter two answer this machine, or whoever shows the token. "This machine" means the real client: a request that went through
//! a proxy never counts as local.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::metrics;
use crate::app::App;
use crate::crypto::tokens;
use crate::db::migrate::Schema;
use crate::peer_address;

/// The three addresses.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/healthz", web::get().to(healthz))
        .route("/readyz", web::get().to(readyz))
        .route("/metrics", web::get().to(show_metrics));
}

async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

fn is_allowed(request: &HttpRequest, app: &App) -> bool {
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    let shown = app
        .config
        .server
        .metrics_token
        .as_ref()
        .zip(token)
        .is_some_and(|(expected, given)| tokens::constant_time_eq(expected.expose(), given));
    shown
        || (!peer_address::is_forwarded(request)
            && peer_address::of(request, &app.config.server.trusted_proxies).is_loopback())
}

fn refused() -> HttpResponse {
    HttpResponse::Forbidden()
        .content_type("text/plain; charset=utf-8")
        .body("only for this machine, or with the token of server.metrics_token\n")
}

async fn readyz(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    if !is_allowed(&request, &app) {
        return refused();
    }
    let plain = |mut answer: actix_web::HttpResponseBuilder, text: String| {
        answer.content_type("text/plain; charset=utf-8").body(text)
    };
    if app.tasks.is_stopping() {
        return plain(HttpResponse::ServiceUnavailable(), "stopping\n".into());
    }
    match app.db.schema().await {
        Ok(Schema::Current) => plain(HttpResponse::Ok(), "ready\n".into()),
        Ok(other) => plain(HttpResponse::ServiceUnavailable(), format!("schema: {other:?}\n")),
        Err(error) => plain(HttpResponse::ServiceUnavailable(), format!("{error}\n")),
    }
}

async fn show_metrics(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    if !is_allowed(&request, &app) {
        return refused();
    }
    match app.db.read(crate::jobs::waiting).await {
        Ok(waiting) => {
            for (queue, count) in waiting {
                #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
                ::metrics::gauge!("rapport_queue_waiting", "queue" => queue).set(count as f64);
            }
        }
        Err(error) => tracing::warn!(%error, "the queues cannot be counted"),
    }
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(metrics::render())
}
