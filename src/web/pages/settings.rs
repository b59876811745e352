//! What else may act for somebody: the apps they allowed and the browsers they are signed in with.

use actix_web::web;

use crate::domain::oauth;
use crate::domain::sessions::{self, Session};
use crate::error::Error;
use crate::ids::{SessionId, TokenId};
use crate::web::errors::Answer;
use crate::web::flash::Notice;
use crate::web::forms::{Nothing, Submitted};
use crate::web::i18n::Lang;
use crate::web::views::Stamp;
use crate::web::views::authorize::describe_scopes;
use crate::web::views::settings::{AllowedApp, AppsPage, SessionLine, SessionsPage};
use crate::web::visitor::Visitor;

/// The page of apps.
const APPS: &str = "/settings/applications";
/// The page of browsers.
const SESSIONS: &str = "/settings/sessions";

/// Browsers by what they call themselves; the first that is named counts, since most also name others.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
];
/// Systems in the same way.
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// `GET /settings`.
pub async fn index(visitor: Visitor) -> Answer {
    Ok(visitor.bare().go("/settings/security").finish())
}

/// `GET /settings/apps`, as people may guess it.
pub async fn apps_elsewhere(visitor: Visitor) -> Answer {
    Ok(visitor.bare().go(APPS).finish())
}

/// `GET /settings/applications`.
pub async fn apps(visitor: Visitor) -> Answer {
    let (frame, _, allowed) = visitor.read_signed_in(|conn, me| oauth::list_allowed(conn, me.id())).await?;
    let lang = frame.lang;
    let lines = allowed.into_iter().map(|app| AllowedApp {
        id: app.token.to_string(),
        name: app.app_name,
        website: None,
        acting_as: format!("@{}", app.acting_as),
        scopes: describe_scopes(lang, &app.scopes.names().collect::<Vec<_>>()),
        allowed: Stamp::new(lang, app.created_at),
        used: app.last_used_at.map(|time| Stamp::new(lang, time)),
    });
    Ok(frame.show(&AppsPage { page: frame.private_page(lang.t("apps-title")), apps: lines.collect() }))
}

/// `POST /settings/applications/{id}/revoke`.
pub async fn revoke_app(form: Submitted<Nothing>, id: web::Path<String>) -> Answer {
    let visitor = form.visitor;
    let (frame, me, ()) = visitor.read_signed_in(|_, _| Ok(())).await?;
    let token: TokenId = id.parse().map_err(|_| frame.fail(Error::NotFound("application")))?;
    let user = me.id();
    visitor
        .app
        .act(move |conn, cx| oauth::revoke_own(conn, cx, user, token))
        .await
        .map_err(|error| frame.fail(error))?;
    Ok(frame.go_saying(APPS, Notice::AppEnded))
}

/// `GET /settings/sessions`.
pub async fn sessions(visitor: Visitor) -> Answer {
    let now = visitor.app.clock.now();
    let (frame, me, mut open) = visitor.read_signed_in(move |conn, me| sessions::list(conn, me.id(), now)).await?;
    let current = me.session.id;
    open.sort_by_key(|session| session.id != current);
    let lines = open.into_iter().map(|session| line(session, current, frame.lang));
    Ok(frame
        .show(&SessionsPage { page: frame.private_page(frame.lang.t("sessions-title")), sessions: lines.collect() }))
}

fn line(session: Session, current: SessionId, lang: Lang) -> SessionLine {
    SessionLine {
        id: session.id.to_string(),
        device: device(&session.user_agent, lang),
        address: session.address,
        since: Stamp::new(lang, session.created_at),
        seen: Stamp::new(lang, session.last_seen_at),
        current: session.id == current,
    }
}

/// Browser and system in words; empty if neither is known.
fn device(user_agent: &str, lang: Lang) -> String {
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => lang.t_plain("device-on", &[("browser", &browser), ("system", &system)]),
        (known, other) => known.or(other).unwrap_or_default().to_owned(),
    }
}

/// `POST /settings/sessions/{id}/revoke`.
pub async fn revoke_session(form: Submitted<Nothing>, id: web::Path<String>) -> Answer {
    let visitor = form.visitor;
    let (frame, me, ()) = visitor.read_signed_in(|_, _| Ok(())).await?;
    let session: SessionId = id.parse().map_err(|_| frame.fail(Error::NotFound("session")))?;
    let user = me.id();
    visitor.app.act(move |conn, _| sessions::close(conn, user, session)).await.map_err(|error| frame.fail(error))?;
    Ok(frame.go_saying(SESSIONS, Notice::SessionEnded))
}

/// `POST /settings/sessions/revoke_others`.
pub async fn revoke_other_sessions(form: Submitted<Nothing>) -> Answer {
    let visitor = form.visitor;
    let (frame, me, ()) = visitor.read_signed_in(|_, _| Ok(())).await?;
    let (user, keep) = (me.id(), me.session.id);
    visitor
        .app
        .act(move |conn, _| sessions::close_others(conn, user, Some(keep)))
        .await
        .map_err(|error| frame.fail(error))?;
    Ok(frame.go_saying(SESSIONS, Notice::SessionsEnded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart() {
        for (agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.5.0", ""),
        ] {
            assert_eq!(device(agent, Lang::ENGLISH), name);
        }
    }
}
