//! Every address of the client API, in one list.

use actix_cors::Cors;
use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::{ApiError, limits, oauth, oembed, v1, v2};
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
        .service(
            web::resource("/api/oembed").wrap(from_fn(limits::limit)).wrap(cors()).route(web::get().to(oembed::show)),
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
        .route("/accounts/familiar_followers", web::get().to(v1::accounts::familiar_followers))
        .route("/accounts", web::get().to(v1::accounts::list))
        .route("/accounts/{id}", web::get().to(v1::accounts::show))
        .route("/accounts/{id}/statuses", web::get().to(v1::accounts::statuses))
        .route("/accounts/{id}/followers", web::get().to(v1::accounts::followers))
        .route("/accounts/{id}/following", web::get().to(v1::accounts::following))
        .route("/accounts/{id}/lists", web::get().to(v1::accounts::lists))
        .route("/accounts/{id}/featured_tags", web::get().to(v1::featured_tags::of_account))
        .route("/accounts/{id}/endorsements", web::get().to(v1::endorsements::of_account))
        .route("/accounts/{id}/identity_proofs", web::get().to(v1::accounts::identity_proofs))
        .route("/accounts/{id}/endorse", web::post().to(v1::endorsements::endorse))
        .route("/accounts/{id}/unendorse", web::post().to(v1::endorsements::unendorse))
        .route("/accounts/{id}/pin", web::post().to(v1::endorsements::endorse))
        .route("/accounts/{id}/unpin", web::post().to(v1::endorsements::unendorse))
        .route("/accounts/{id}/note", web::post().to(v1::relations::note))
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
        .route("/domain_blocks", web::get().to(v1::domain_blocks::list))
        .route("/domain_blocks", web::post().to(v1::domain_blocks::create))
        .route("/domain_blocks", web::delete().to(v1::domain_blocks::delete))
        .route("/domain_blocks/preview", web::get().to(v1::domain_blocks::preview))
        .route("/endorsements", web::get().to(v1::endorsements::list))
        .route("/featured_tags", web::get().to(v1::featured_tags::list))
        .route("/featured_tags", web::post().to(v1::featured_tags::create))
        .route("/featured_tags/suggestions", web::get().to(v1::featured_tags::suggestions))
        .route("/featured_tags/{id}", web::delete().to(v1::featured_tags::delete))
        .route("/followed_tags", web::get().to(v1::tags::followed))
        .route("/suggestions", web::get().to(v1::suggestions::list))
        .route("/suggestions/{id}", web::delete().to(v1::suggestions::dismiss))
        .route("/directory", web::get().to(v1::suggestions::directory))
        .route("/profile", web::get().to(v1::profile::show))
        .route("/profile", web::patch().to(v1::profile::update))
        .route("/profile", web::put().to(v1::profile::update))
        .route("/profile/avatar", web::delete().to(v1::profile::delete_avatar))
        .route("/profile/header", web::delete().to(v1::profile::delete_header))
        .route("/preferences", web::get().to(v1::preferences::show))
        .route("/markers", web::get().to(v1::markers::show))
        .route("/markers", web::post().to(v1::markers::set))
        .route("/filters", web::get().to(v1::filters::list))
        .route("/filters", web::post().to(v1::filters::create))
        .route("/filters/{id}", web::get().to(v1::filters::show))
        .route("/filters/{id}", web::put().to(v1::filters::update))
        .route("/filters/{id}", web::patch().to(v1::filters::update))
        .route("/filters/{id}", web::delete().to(v1::filters::delete))
        .route("/lists", web::get().to(v1::lists::list))
        .route("/lists", web::post().to(v1::lists::create))
        .route("/lists/{id}", web::get().to(v1::lists::show))
        .route("/lists/{id}", web::put().to(v1::lists::update))
        .route("/lists/{id}", web::delete().to(v1::lists::delete))
        .route("/lists/{id}/accounts", web::get().to(v1::lists::accounts))
        .route("/lists/{id}/accounts", web::post().to(v1::lists::add_accounts))
        .route("/lists/{id}/accounts", web::delete().to(v1::lists::remove_accounts))
        .route("/tags/{name}", web::get().to(v1::tags::show))
        .route("/tags/{name}/follow", web::post().to(v1::tags::follow))
        .route("/tags/{name}/unfollow", web::post().to(v1::tags::unfollow))
        .route("/tags/{name}/feature", web::post().to(v1::tags::feature))
        .route("/tags/{name}/unfeature", web::post().to(v1::tags::unfeature))
        .route("/conversations", web::get().to(v1::conversations::list))
        .route("/conversations/{id}", web::delete().to(v1::conversations::remove))
        .route("/conversations/{id}/read", web::post().to(v1::conversations::read))
        .route("/custom_emojis", web::get().to(v1::custom_emojis::list))
        .route("/announcements", web::get().to(v1::announcements::list))
        .route("/announcements/{id}/dismiss", web::post().to(v1::announcements::dismiss))
        .route("/announcements/{id}/reactions/{name}", web::put().to(v1::announcements::react))
        .route("/announcements/{id}/reactions/{name}", web::patch().to(v1::announcements::react))
        .route("/announcements/{id}/reactions/{name}", web::delete().to(v1::announcements::unreact))
        .route("/trends", web::get().to(v1::trends::tags))
        .route("/trends/tags", web::get().to(v1::trends::tags))
        .route("/trends/statuses", web::get().to(v1::trends::statuses))
        .route("/trends/links", web::get().to(v1::trends::links))
        .route("/instance", web::get().to(v1::instance::show))
        .route("/instance/rules", web::get().to(v1::instance_texts::rules))
        .route("/instance/extended_description", web::get().to(v1::instance_texts::extended_description))
        .route("/instance/privacy_policy", web::get().to(v1::instance_texts::privacy_policy))
        .route("/instance/terms_of_service", web::get().to(v1::instance_texts::terms_of_service))
        .route("/instance/terms_of_service/{day}", web::get().to(v1::instance_texts::terms_of_day))
        .route("/instance/translation_languages", web::get().to(v1::instance_texts::translation_languages))
        .route("/instance/languages", web::get().to(v1::instance_texts::languages))
        .route("/instance/activity", web::get().to(v1::instance_texts::activity))
        .route("/instance/domain_blocks", web::get().to(v1::instance_texts::domain_blocks))
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
        .route("/statuses/{id}/quotes", web::get().to(v1::quotes::list))
        .route("/statuses/{id}/quotes/{quoting}/revoke", web::post().to(v1::quotes::revoke))
        .route("/statuses/{id}/interaction_policy", web::put().to(v1::quotes::set_policy))
        .route("/statuses/{id}/interaction_policy", web::patch().to(v1::quotes::set_policy))
        .route("/statuses/{id}/translate", web::post().to(v1::translations::create))
        .route("/scheduled_statuses", web::get().to(v1::scheduled_statuses::list))
        .route("/scheduled_statuses/{id}", web::get().to(v1::scheduled_statuses::show))
        .route("/scheduled_statuses/{id}", web::put().to(v1::scheduled_statuses::update))
        .route("/scheduled_statuses/{id}", web::patch().to(v1::scheduled_statuses::update))
        .route("/scheduled_statuses/{id}", web::delete().to(v1::scheduled_statuses::delete))
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
        .route("/timelines/link", web::get().to(v1::timelines::link))
        // notifications
        .route("/notifications", web::get().to(v1::notifications::list))
        .route("/notifications/clear", web::post().to(v1::notifications::clear))
        .route("/notifications/unread_count", web::get().to(v1::notifications::unread_count))
        .route("/notifications/policy", web::get().to(v2::notification_policy::show_v1))
        .route("/notifications/policy", web::put().to(v2::notification_policy::update_v1))
        .route("/notifications/policy", web::patch().to(v2::notification_policy::update_v1))
        .route("/notifications/requests", web::get().to(v1::notification_requests::list))
        .route("/notifications/requests/merged", web::get().to(v1::notification_requests::merged))
        .route("/notifications/requests/accept", web::post().to(v1::notification_requests::accept_all))
        .route("/notifications/requests/dismiss", web::post().to(v1::notification_requests::dismiss_all))
        .route("/notifications/requests/{id}", web::get().to(v1::notification_requests::show))
        .route("/notifications/requests/{id}/accept", web::post().to(v1::notification_requests::accept))
        .route("/notifications/requests/{id}/dismiss", web::post().to(v1::notification_requests::dismiss))
        .route("/push/subscription", web::post().to(v1::push::create))
        .route("/push/subscription", web::get().to(v1::push::show))
        .route("/push/subscription", web::put().to(v1::push::update))
        .route("/push/subscription", web::patch().to(v1::push::update))
        .route("/push/subscription", web::delete().to(v1::push::delete))
        .route("/notifications/{id}", web::get().to(v1::notifications::show))
        .route("/notifications/{id}/dismiss", web::post().to(v1::notifications::dismiss));
}

/// `/api/v2`.
fn second(config: &mut web::ServiceConfig) {
    config
        .route("/instance", web::get().to(v2::instance::show))
        .route("/search", web::get().to(v2::search::search))
        .route("/suggestions", web::get().to(v2::suggestions::list))
        .route("/media", web::post().to(v1::media::create))
        .route("/filters", web::get().to(v2::filters::list))
        .route("/filters", web::post().to(v2::filters::create))
        .route("/filters/keywords/{id}", web::get().to(v2::filters::keywords::show))
        .route("/filters/keywords/{id}", web::put().to(v2::filters::keywords::update))
        .route("/filters/keywords/{id}", web::patch().to(v2::filters::keywords::update))
        .route("/filters/keywords/{id}", web::delete().to(v2::filters::keywords::delete))
        .route("/filters/statuses/{id}", web::get().to(v2::filters::statuses::show))
        .route("/filters/statuses/{id}", web::delete().to(v2::filters::statuses::delete))
        .route("/filters/{id}", web::get().to(v2::filters::show))
        .route("/filters/{id}", web::put().to(v2::filters::update))
        .route("/filters/{id}", web::patch().to(v2::filters::update))
        .route("/filters/{id}", web::delete().to(v2::filters::delete))
        .route("/filters/{id}/keywords", web::get().to(v2::filters::keywords::list))
        .route("/filters/{id}/keywords", web::post().to(v2::filters::keywords::create))
        .route("/filters/{id}/statuses", web::get().to(v2::filters::statuses::list))
        .route("/filters/{id}/statuses", web::post().to(v2::filters::statuses::create))
        .route("/notifications", web::get().to(v2::notifications::list))
        .route("/notifications/unread_count", web::get().to(v2::notifications::unread_count))
        .route("/notifications/policy", web::get().to(v2::notification_policy::show))
        .route("/notifications/policy", web::put().to(v2::notification_policy::update))
        .route("/notifications/policy", web::patch().to(v2::notification_policy::update))
        .route("/notifications/{key}", web::get().to(v2::notifications::show))
        .route("/notifications/{key}/accounts", web::get().to(v2::notifications::accounts))
        .route("/notifications/{key}/dismiss", web::post().to(v2::notifications::dismiss));
}
