//! The streaming API of Mastodon clients: events as they happen, over WebSocket and as server-sent events.

mod access;
mod digest;
mod hub;
mod names;
mod render;
mod sse;
mod tail;
mod websocket;

use actix_cors::Cors;
use actix_web::{HttpResponse, web};
use serde_json::json;

pub use render::{
    RenderAnnouncement, RenderConversation, RenderNotification, RenderReaction, RenderStatus, Renderer, set_renderer,
};

use crate::app::App;

/// Mounts the addresses of streams. They lie within the client API's, so this stands before it.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/v1/streaming").wrap(cors()).route(web::get().to(websocket::open))).service(
        web::scope("/api/v1/streaming")
            .wrap(cors())
            .route("/health", web::get().to(health))
            .route("/{name:.*}", web::get().to(sse::open))
            .default_service(web::to(unknown)),
    );
}

fn cors() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        .allowed_methods(["GET", "OPTIONS"])
        .allow_any_header()
        .max_age(86_400)
}

/// Brings events to those who listen in this process, until it stops.
pub async fn run(app: App) {
    tail::follow(app).await;
}

async fn health() -> &'static str {
    "OK"
}

async fn unknown() -> HttpResponse {
    HttpResponse::NotFound().json(json!({ "error": "There is no such stream" }))
}
