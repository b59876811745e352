//! Every address for browsers, in one list.

use actix_web::{Route, guard, web};

use super::{assets, errors, feeds, media, pages};

/// GET, and HEAD with the same answer without its body.
fn shown() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Mounts the pages, and the page for whatever nobody else answers. More specific addresses stand before those with a parameter.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        // files
        .route("/assets/{name}", shown().to(assets::show))
        .route("/favicon.ico", shown().to(assets::favicon))
        .route("/robots.txt", shown().to(assets::robots))
        .route("/media/{key:.*}", shown().to(media::show))
        // the server
        .route("/", shown().to(pages::server::index))
        .route("/about", shown().to(pages::server::about))
        .route("/privacy", shown().to(pages::texts::privacy))
        .route("/terms", shown().to(pages::texts::terms))
        .route("/terms/{day}", shown().to(pages::texts::terms_of_day))
        .route("/tags/{name}", shown().to(pages::tag::show))
        // set-up
        .route("/setup", shown().to(pages::setup::show))
        .route("/setup", web::post().to(pages::setup::create))
        // signing in and out
        .route("/auth/sign_in", shown().to(pages::sign_in::show))
        .route("/auth/sign_in", web::post().to(pages::sign_in::create))
        .route("/auth/two_factor", shown().to(pages::sign_in::show_second_step))
        .route("/auth/two_factor", web::post().to(pages::sign_in::create_second_step))
        .route("/auth/sign_out", shown().to(pages::sign_in::show_sign_out))
        .route("/auth/sign_out", web::post().to(pages::sign_in::sign_out))
        // apps
        .route("/oauth/authorize", shown().to(pages::authorize::show))
        .route("/oauth/authorize", web::post().to(pages::authorize::decide))
        .route("/oauth/authorize/native", shown().to(pages::authorize::show_code))
        // settings
        .route("/settings", shown().to(pages::settings::index))
        .route("/settings/security", shown().to(pages::security::show))
        .route("/settings/security/totp/start", web::post().to(pages::security::start))
        .route("/settings/security/totp/confirm", web::post().to(pages::security::confirm))
        .route("/settings/security/totp/disable", web::post().to(pages::security::disable))
        .route("/settings/apps", shown().to(pages::settings::apps_elsewhere))
        .route("/settings/applications", shown().to(pages::settings::apps))
        .route("/settings/applications/{id}/revoke", web::post().to(pages::settings::revoke_app))
        .route("/settings/sessions", shown().to(pages::settings::sessions))
        .route("/settings/sessions/revoke_others", web::post().to(pages::settings::revoke_other_sessions))
        .route("/settings/sessions/{id}/revoke", web::post().to(pages::settings::revoke_session))
        // between servers
        .route("/follow/{name}", shown().to(pages::follow::account))
        .route("/interact/{id}", shown().to(pages::follow::post))
        .route("/authorize_interaction", shown().to(pages::interaction::show))
        .route("/authorize_interaction", web::post().to(pages::interaction::follow))
        // accounts and posts
        .route("/@{name:[A-Za-z0-9_]+}.atom", shown().to(feeds::atom))
        .route("/@{name:[A-Za-z0-9_]+}.rss", shown().to(feeds::rss))
        .route("/@{name:[A-Za-z0-9_]+}/feed.atom", shown().to(feeds::atom))
        .route("/@{name:[A-Za-z0-9_]+}/feed.rss", shown().to(feeds::rss))
        .route("/@{name}/{id:[0-9]+}/embed", shown().to(pages::embed::show))
        .route("/@{name}/{id:[0-9]+}", shown().to(pages::post::show))
        .route("/@{name}/tagged/{tag}", shown().to(pages::account::show_tagged))
        .route("/@{name}", shown().to(pages::account::show))
        .default_service(web::route().to(errors::nothing_here));
}
