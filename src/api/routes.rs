//! Every address of the client API, in one list.

use actix_cors::Cors;
use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::{ApiError, limits, oauth, v1, v2};
use crate::error::Error;

/// Answers to other origins: a web client on any of them works, also when the answer is an error.
fn cors() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        .allowed_methods(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
        .allow_any_header()
        .expose_headers([
            "Link",
            "X-RateLimit-Reset",
            "X-RateLimit-Limit",
            "X-RateLimit-Remaining",
            "X-Request-Id",
            "Mastodon-Async-Refresh",
        ])
        .max_age(86_400)
}

/// Mounts the API and the OAuth endpoints (the authorisation page is `web`'s).
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::scope("/api/v1")
                .app_data(ids())
                .wrap(from_fn(limits::limit))
                .wrap(cors())
                .configure(first)
                .default_service(web::to(unknown)),
        )
        .service(
            web::scope("/api/v2")
                .app_data(ids())
                .wrap(from_fn(limits::limit))
                .wrap(cors())
                .configure(second)
                .default_service(web::to(unknown)),
        )
        .service(web::scope("/api").wrap(cors()).default_service(web::to(unknown)))
        .service(
            web::resource("/oauth/token")
                .wrap(from_fn(limits::limit))
                .wrap(cors())
                .route(web::post().to(oauth::token::issue)),
        )
        .service(
            web::resource("/oauth/revoke")
                .wrap(from_fn(limits::limit))
                .wrap(cors())
                .route(web::post().to(oauth::revoke::revoke)),
        )
        .service(
            web::resource("/oauth/userinfo")
                .wrap(from_fn(limits::limit))
                .wrap(cors())
                .route(web::get().to(oauth::userinfo::show))
                .route(web::post().to(oauth::userinfo::show)),
        )
        .service(
            web::resource("/.well-known/oauth-authorization-server")
                .wrap(cors())
                .route(web::get().to(oauth::metadata::show)),
        );
}

/// An id that is no number is one that nothing has.
fn ids() -> web::PathConfig {
    web::PathConfig::default().error_handler(|_, _| ApiError::from(Error::NotFound("record")).into())
}

/// JSON on unknown addresses too, whatever `Accept` says.
async fn unknown() -> HttpResponse {
    HttpResponse::NotFound()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({ "error": "There is no such method" }))
}

/// `/api/v1`. More specific addresses stand before those with a parameter.
fn first(config: &mut web::ServiceConfig) {
    config
        .route("/apps", web::post().to(v1::apps::create))
        .route("/apps/verify_credentials", web::get().to(v1::apps::verify_credentials))
        // accounts
        .route("/accounts/verify_credentials", web::get().to(v1::accounts::verify_credentials))
        .route("/accounts/update_credentials", web::patch().to(v1::accounts::update_credentials))
        .route("/accounts/update_credentials", web::put().to(v1::accounts::update_credentials))
        .route("/accounts/relationships", web::get().to(v1::accounts::relationships))
        .route("/accounts/search", web::get().to(v1::accounts::search))
        .route("/accounts/lookup", web::get().to(v1::accounts::lookup))
        .route("/accounts/{id}", web::get().to(v1::accounts::show))
        .route("/accounts/{id}/statuses", web::get().to(v1::accounts::statuses))
        .route("/accounts/{id}/followers", web::get().to(v1::accounts::followers))
        .route("/accounts/{id}/following", web::get().to(v1::accounts::following))
        .route("/accounts/{id}/lists", web::get().to(v1::accounts::lists))
        .route("/accounts/{id}/follow", web::post().to(v1::relations::follow))
        .route("/accounts/{id}/unfollow", web::post().to(v1::relations::unfollow))
        .route("/accounts/{id}/remove_from_followers", web::post().to(v1::relations::remove_from_followers))
        .route("/accounts/{id}/block", web::post().to(v1::relations::block))
        .route("/accounts/{id}/unblock", web::post().to(v1::relations::unblock))
        .route("/accounts/{id}/mute", web::post().to(v1::relations::mute))
        .route("/accounts/{id}/unmute", web::post().to(v1::relations::unmute))
        .route("/blocks", web::get().to(v1::relations::blocks))
        .route("/mutes", web::get().to(v1::relations::mutes))
        .route("/follow_requests", web::get().to(v1::follow_requests::list))
        .route("/follow_requests/{id}/authorize", web::post().to(v1::follow_requests::authorize))
        .route("/follow_requests/{id}/reject", web::post().to(v1::follow_requests::reject))
        .route("/preferences", web::get().to(v1::preferences::show))
        .route("/markers", web::get().to(v1::markers::show))
        .route("/markers", web::post().to(v1::markers::set))
        .route("/lists", web::get().to(v1::lists::list))
        .route("/lists", web::post().to(v1::lists::create))
        .route("/lists/{id}", web::get().to(v1::lists::show))
        .route("/lists/{id}", web::put().to(v1::lists::update))
        .route("/lists/{id}", web::delete().to(v1::lists::delete))
        .route("/lists/{id}/accounts", web::get().to(v1::lists::accounts))
        .route("/lists/{id}/accounts", web::post().to(v1::lists::add_accounts))
        .route("/lists/{id}/accounts", web::delete().to(v1::lists::remove_accounts))
        .route("/tags/{name}", web::get().to(v1::tags::show))
        .route("/conversations", web::get().to(v1::conversations::list))
        .route("/conversations/{id}", web::delete().to(v1::conversations::remove))
        .route("/conversations/{id}/read", web::post().to(v1::conversations::read))
        .route("/custom_emojis", web::get().to(v1::instance::custom_emojis))
        .route("/instance", web::get().to(v1::instance::show))
        .route("/instance/rules", web::get().to(v1::instance::rules))
        .route("/instance/peers", web::get().to(v1::instance::peers))
        // statuses
        .route("/statuses", web::post().to(v1::statuses::create))
        .route("/statuses", web::get().to(v1::statuses::list))
        .route("/statuses/{id}", web::get().to(v1::statuses::show))
        .route("/statuses/{id}", web::put().to(v1::statuses::update))
        .route("/statuses/{id}", web::patch().to(v1::statuses::update))
        .route("/statuses/{id}", web::delete().to(v1::statuses::delete))
        .route("/statuses/{id}/context", web::get().to(v1::statuses::context))
        .route("/statuses/{id}/source", web::get().to(v1::statuses::source))
        .route("/statuses/{id}/history", web::get().to(v1::statuses::history))
        .route("/statuses/{id}/favourited_by", web::get().to(v1::statuses::favourited_by))
        .route("/statuses/{id}/reblogged_by", web::get().to(v1::statuses::reblogged_by))
        .route("/statuses/{id}/favourite", web::post().to(v1::marks::favourite))
        .route("/statuses/{id}/unfavourite", web::post().to(v1::marks::unfavourite))
        .route("/statuses/{id}/reblog", web::post().to(v1::marks::reblog))
        .route("/statuses/{id}/unreblog", web::post().to(v1::marks::unreblog))
        .route("/statuses/{id}/bookmark", web::post().to(v1::marks::bookmark))
        .route("/statuses/{id}/unbookmark", web::post().to(v1::marks::unbookmark))
        .route("/statuses/{id}/mute", web::post().to(v1::marks::mute))
        .route("/statuses/{id}/unmute", web::post().to(v1::marks::unmute))
        .route("/statuses/{id}/pin", web::post().to(v1::marks::pin))
        .route("/statuses/{id}/unpin", web::post().to(v1::marks::unpin))
        .route("/favourites", web::get().to(v1::marks::favourites))
        .route("/bookmarks", web::get().to(v1::marks::bookmarks))
        .route("/polls/{id}", web::get().to(v1::polls::show))
        .route("/polls/{id}/votes", web::post().to(v1::polls::vote))
        .route("/media", web::post().to(v1::media::create))
        .route("/media/{id}", web::get().to(v1::media::show))
        .route("/media/{id}", web::put().to(v1::media::update))
        .route("/media/{id}", web::patch().to(v1::media::update))
        .route("/media/{id}", web::delete().to(v1::media::delete))
        .route("/timelines/home", web::get().to(v1::timelines::home))
        .route("/timelines/public", web::get().to(v1::timelines::public))
        .route("/timelines/tag/{name}", web::get().to(v1::timelines::tag))
        .route("/timelines/list/{id}", web::get().to(v1::timelines::list))
        // notifications
        .route("/notifications", web::get().to(v1::notifications::list))
        .route("/notifications/clear", web::post().to(v1::notifications::clear))
        .route("/notifications/unread_count", web::get().to(v1::notifications::unread_count))
        .route("/notifications/{id}", web::get().to(v1::notifications::show))
        .route("/notifications/{id}/dismiss", web::post().to(v1::notifications::dismiss));
}

/// `/api/v2`.
fn second(config: &mut web::ServiceConfig) {
    config
        .route("/instance", web::get().to(v2::instance::show))
        .route("/search", web::get().to(v2::search::search))
        .route("/media", web::post().to(v1::media::create))
        .route("/filters", web::get().to(v2::filters::list))
        .route("/notifications", web::get().to(v2::notifications::list))
        .route("/notifications/unread_count", web::get().to(v2::notifications::unread_count))
        .route("/notifications/{key}", web::get().to(v2::notifications::show))
        .route("/notifications/{key}/accounts", web::get().to(v2::notifications::accounts))
        .route("/notifications/{key}/dismiss", web::post().to(v2::notifications::dismiss));
}
