//! Who asks for a page, and the one read that a page makes.

use std::future::{Ready, ready};
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT, ACCEPT_LANGUAGE, HeaderName, USER_AGENT};
use actix_web::{FromRequest, HttpRequest, web};

use super::csrf;
use super::errors::{Answer, Failure};
use super::flash::{self, Notice};
use super::frame::Frame;
use super::i18n::Lang;
use super::session::{self, SignedIn};
use crate::app::App;
use crate::config::Rate;
use crate::db::{Conn, settings};
use crate::domain::sessions;
use crate::error::{Error, Result};
use crate::peer_address;

/// The longest value that is taken from a query, in bytes.
const MAX_PARAMETER: usize = 4096;

/// Somebody who asks for a page: what their request says, before the database was asked.
/// As an extractor it takes one from the allowance of their address.
#[derive(Clone)]
pub struct Visitor {
    /// The process.
    pub app: App,
    /// Where they are; for IPv6 their /64.
    pub network: IpAddr,
    /// Their whole address.
    pub address: IpAddr,
    /// What their browser calls itself.
    pub user_agent: String,
    /// The `Accept` header.
    pub accept: String,
    /// The `Host` header.
    pub host: Option<String>,
    /// Whether the request went through a proxy.
    pub is_forwarded: bool,
    /// Whether cookies are for HTTPS only.
    pub is_secure: bool,
    /// The proof of a first step of signing in, as it came.
    pub second_step: Option<String>,
    pub(super) session: Option<String>,
    pub(super) form_secret: Option<String>,
    is_form: bool,
    path: String,
    query: String,
    notice: Option<Notice>,
    accept_language: String,
}

impl FromRequest for Visitor {
    type Error = Failure;
    type Future = Ready<Answer<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl Visitor {
    /// The visitor behind a request. Error: too many requests from their network.
    pub fn of(request: &HttpRequest) -> Answer<Self> {
        let Some(app) = request.app_data::<web::Data<App>>() else {
            return Err(Frame::default().fail(Error::bug("pages are served without their state")));
        };
        let visitor = Self::read_request(request, app);
        let limits = &visitor.app.config.limits;
        visitor.take("pages", limits.pages_per_address, visitor.network).map_err(|error| visitor.bare().fail(error))?;
        Ok(visitor)
    }

    fn read_request(request: &HttpRequest, app: &App) -> Self {
        let urls = app.urls().ok();
        let address = peer_address::of(request, &app.config.server.trusted_proxies);
        Self {
            network: network(address),
            address,
            user_agent: header(request, USER_AGENT),
            accept: header(request, ACCEPT),
            host: session::host_of(request),
            is_forwarded: peer_address::is_forwarded(request),
            is_secure: session::are_secure(request, urls.as_ref()),
            second_step: session::cookie(request, super::second_step::COOKIE),
            session: session::token_of(request),
            form_secret: session::cookie(request, csrf::FORM_COOKIE).filter(|secret| csrf::is_secret(secret)),
            is_form: !request.method().is_safe(),
            path: request.path().to_owned(),
            query: request.query_string().to_owned(),
            notice: session::cookie(request, flash::COOKIE).and_then(|name| Notice::parse(&name)),
            accept_language: header(request, ACCEPT_LANGUAGE),
            app: app.clone(),
        }
    }

    /// A value of the query, unless it is empty or absurdly long.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let found = url::form_urlencoded::parse(self.query.as_bytes()).find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty() && value.len() <= MAX_PARAMETER)
    }

    /// The path of the request with its query.
    pub fn path_and_query(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// Takes one from an allowance. Error: [`Error::RateLimited`].
    pub fn take(&self, name: &'static str, rate: Rate, key: impl std::hash::Hash) -> Result<()> {
        self.app.rates.take(name, self.app.config.limits.rate(rate), key).map(drop)
    }

    /// A frame without knowing who asks: for answers that do not ask the database.
    pub fn bare(&self) -> Frame {
        let urls = self.app.urls().ok();
        let asked = self.parameter("lang");
        Frame {
            lang: Lang::negotiate(asked.as_deref(), Some(&self.accept_language)),
            site: urls.as_ref().map_or_else(|| "Rapport".to_owned(), |urls| urls.domain().to_owned()),
            source_url: self.source_url(urls.is_some()),
            urls,
            is_secure: self.is_secure,
            is_form: self.is_form,
            path: if self.is_form { page_of_form(&self.path) } else { self.path.clone() },
            query: self.query.clone(),
            accept: self.accept.clone(),
            form_secret: self.form_secret.clone(),
            ..Frame::default()
        }
    }

    /// The page about this server says whom to ask where no address is known; it needs a server that is set up.
    fn source_url(&self, is_set_up: bool) -> Option<String> {
        let known = self.app.config.source_url().map(str::to_owned);
        known.or_else(|| is_set_up.then(|| "/about#source".to_owned()))
    }

    /// Reads who is signed in and what a page needs, in one go.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Conn, Option<&SignedIn>) -> Result<T> + Send + 'static,
    ) -> Answer<(Frame, T)> {
        let (token, now) = (self.session.clone(), self.app.clock.now());
        let read = self.app.db.read(move |conn| {
            let viewer = match &token {
                Some(token) => session::find(conn, token, now)?,
                None => None,
            };
            let title = settings::find(conn, settings::TITLE)?;
            let outcome = query(conn, viewer.as_ref());
            Ok((viewer, title, outcome))
        });
        let (viewer, title, outcome) = read.await.map_err(|error| self.bare().fail(error))?;
        let frame = self.frame(viewer, title).await;
        match outcome {
            Ok(found) => Ok((frame, found)),
            Err(error) => Err(frame.fail(error)),
        }
    }

    /// Like [`Visitor::read`] for those who are signed in; all others are sent to sign in and come back.
    pub async fn read_signed_in<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Conn, &SignedIn) -> Result<T> + Send + 'static,
    ) -> Answer<(Frame, Arc<SignedIn>, T)> {
        let (frame, found) = self.read(move |conn, viewer| viewer.map(|me| query(conn, me)).transpose()).await?;
        match (frame.viewer.clone(), found) {
            (Some(me), Some(found)) => Ok((frame, me, found)),
            _ => Err(frame.must_sign_in()),
        }
    }

    async fn frame(&self, viewer: Option<SignedIn>, title: Option<String>) -> Frame {
        let mut frame = self.bare();
        if let Some(title) = title.filter(|title| !title.trim().is_empty()) {
            frame.site = title;
        }
        frame.notice = self.notice;
        if let Some(viewer) = viewer {
            let asked = self.parameter("lang").or_else(|| viewer.user.locale.clone());
            frame.lang = Lang::negotiate(asked.as_deref(), Some(&self.accept_language));
            frame.csrf = Some(csrf::of_session(&viewer.token));
            if self.touch(&viewer).await {
                frame.cookies.push(session::keep(viewer.token.clone(), self.is_secure));
            }
            frame.viewer = Some(Arc::new(viewer));
        }
        frame
    }

    /// Writes down once an hour that the session is in use; returns whether it was lengthened. A page does not fail for it.
    async fn touch(&self, viewer: &SignedIn) -> bool {
        if !sessions::wants_touch(&viewer.session, self.app.clock.now()) {
            return false;
        }
        let id = viewer.session.id;
        match self.app.act(move |conn, cx| sessions::touch(conn, cx, id)).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "the use of a session was not written down");
                false
            }
        }
    }
}

/// The page that a form stands on: forms of a page lie below it, such as `/settings/security/totp/start`.
fn page_of_form(path: &str) -> String {
    path.split('/').take(3).collect::<Vec<_>>().join("/")
}

fn header(request: &HttpRequest, name: HeaderName) -> String {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// One home has many IPv6 addresses and one /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => IpAddr::V6((u128::from(six) & (u128::MAX << 64)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_its_page() {
        assert_eq!(page_of_form("/settings/security/totp/start"), "/settings/security");
        assert_eq!(page_of_form("/settings/sessions/5/revoke"), "/settings/sessions");
        assert_eq!(page_of_form("/setup"), "/setup");
    }

    #[test]
    fn a_household_is_one_network() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(network(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1:2::"));
        assert_eq!(network(ip("192.0.2.7")), ip("192.0.2.7"));
    }
}
