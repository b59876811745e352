//! What all pages of one answer share, and how a template becomes that answer.

use std::sync::Arc;

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;

use super::cards::Scene;
use super::errors::Failure;
use super::flash::{self, Notice};
use super::i18n::Lang;
use super::return_path;
use super::session::{self, SignedIn};
use super::views::layout::LanguageLink;
use super::views::{Page, ViewerBar};
use super::{csp, csrf};
use crate::context::Urls;
use crate::error::Error;
use crate::time::Time;

/// What is known of a visitor once their request was read: language, server, who is signed in, and the cookies to send.
#[derive(Clone, Default)]
pub struct Frame {
    /// The language of the answer.
    pub lang: Lang,
    /// What the server is called.
    pub site: String,
    /// Our addresses; none before set-up.
    pub urls: Option<Urls>,
    /// Where the source code of this server can be had: an address, or a path here.
    pub source_url: Option<String>,
    /// Who is signed in.
    pub viewer: Option<Arc<SignedIn>>,
    /// Whether cookies are for HTTPS only.
    pub is_secure: bool,
    pub(super) is_form: bool,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) accept: String,
    pub(super) csrf: Option<String>,
    pub(super) form_secret: Option<String>,
    pub(super) notice: Option<Notice>,
    pub(super) cookies: Vec<Cookie<'static>>,
}

impl Frame {
    /// The frame of a page with this title.
    pub fn page(&self, title: impl Into<String>) -> Page {
        Page {
            csrf: self.csrf.clone(),
            viewer: self.viewer.as_ref().map(|me| ViewerBar {
                name: me.account.shown_name().to_owned(),
                handle: format!("@{}", me.account.username),
            }),
            flash: self.notice.map(|notice| notice.say(self.lang)),
            languages: self.languages(),
            bare: self.urls.is_none(),
            source_url: self.source_url.clone(),
            ..Page::new(self.lang, self.site.clone(), title)
        }
    }

    /// Like [`Frame::page`], kept from search engines.
    pub fn private_page(&self, title: impl Into<String>) -> Page {
        Page { noindex: true, ..self.page(title) }
    }

    /// The origin of stored files; empty where it is the page's own.
    pub fn files(&self) -> &str {
        self.urls.as_ref().and_then(Urls::files_elsewhere).unwrap_or_default()
    }

    /// What posts of this page are drawn with, for somebody who reads it at `now`.
    pub fn scene(&self, now: Time) -> Scene<'_> {
        Scene { lang: self.lang, now, files: self.files() }
    }

    /// Makes the forms of this page work for visitors who are not signed in, who get a cookie for it.
    pub fn open_form(&mut self) -> Result<(), Failure> {
        if self.csrf.is_some() {
            return Ok(());
        }
        let secret = match self.form_secret.clone() {
            Some(secret) => secret,
            None => csrf::new_secret().map_err(|error| self.fail(error))?,
        };
        self.csrf = Some(csrf::of_form_cookie(&secret));
        self.cookies.push(session::form_cookie(secret, self.is_secure));
        Ok(())
    }

    /// The answer with a page.
    pub fn show(&self, page: &impl Template) -> HttpResponse {
        self.show_as(StatusCode::OK, csp::Forms::Ours, page)
    }

    /// The answer with a page, with another status or other rules for its forms.
    pub fn show_as(&self, status: StatusCode, forms: csp::Forms, page: &impl Template) -> HttpResponse {
        let html = match page.render() {
            Ok(html) => html,
            Err(error) => {
                tracing::error!(%error, path = self.path, "a page cannot be rendered");
                return HttpResponse::InternalServerError()
                    .content_type("text/plain; charset=utf-8")
                    .body("internal error");
            }
        };
        let is_plain = self.urls.as_ref().is_none_or(|urls| urls.scheme() == "http");
        let is_personal = self.csrf.is_some() || self.notice.is_some() || status != StatusCode::OK;
        let mut answer = HttpResponse::build(status);
        answer
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, csp::page(forms, is_plain, self.files())))
            .insert_header((header::CONTENT_LANGUAGE, self.lang.code()))
            .insert_header((header::VARY, "Accept, Accept-Language, Cookie"))
            .insert_header((
                header::CACHE_CONTROL,
                if is_personal { "private, no-store" } else { "public, max-age=0, must-revalidate" },
            ));
        for cookie in &self.cookies {
            answer.cookie(cookie.clone());
        }
        if self.notice.is_some() {
            answer.cookie(flash::removal(self.is_secure));
        }
        answer.body(html)
    }

    /// The answer with a page that other sites may show in a frame.
    pub fn show_embedded(&self, page: &impl Template) -> HttpResponse {
        let mut answer = self.show(page);
        let is_plain = self.urls.as_ref().is_none_or(|urls| urls.scheme() == "http");
        if let Ok(policy) = HeaderValue::from_str(&csp::embedded(is_plain, self.files())) {
            let headers = answer.headers_mut();
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            // The default would forbid it to browsers that do not know the policy's rule.
            headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("ALLOWALL"));
        }
        answer
    }

    /// Sends the browser on with GET (303).
    pub fn go(&self, to: &str) -> HttpResponseBuilder {
        self.send(StatusCode::SEE_OTHER, to)
    }

    /// Sends the browser on with GET, and says there what came of it.
    pub fn go_saying(&self, to: &str, notice: Notice) -> HttpResponse {
        self.go(to).cookie(notice.cookie(self.is_secure)).finish()
    }

    /// Says that what was asked for is elsewhere for now (302).
    pub fn found(&self, at: &str) -> HttpResponse {
        self.send(StatusCode::FOUND, at).insert_header((header::VARY, "Accept")).finish()
    }

    /// Says that what was asked for has another address (301).
    pub fn moved(&self, to: &str) -> HttpResponse {
        self.send(StatusCode::MOVED_PERMANENTLY, to).finish()
    }

    fn send(&self, status: StatusCode, to: &str) -> HttpResponseBuilder {
        let mut answer = HttpResponse::build(status);
        // An address that cannot stand in a header leads nowhere better than home.
        let to = HeaderValue::from_str(to).unwrap_or_else(|_| HeaderValue::from_static("/"));
        answer.insert_header((header::LOCATION, to)).insert_header((header::CACHE_CONTROL, "private, no-store"));
        for cookie in &self.cookies {
            answer.cookie(cookie.clone());
        }
        answer
    }

    /// The refusal of this request because of `error`.
    pub fn fail(&self, error: Error) -> Failure {
        Failure::because(self.clone(), error)
    }

    /// The refusal of this request until somebody signs in.
    pub fn must_sign_in(&self) -> Failure {
        Failure::signed_out(self.clone())
    }

    /// The refusal of a form that is not provably ours.
    pub fn expired_form(&self) -> Failure {
        Failure::expired_form(self.clone())
    }

    /// This path with its query.
    pub fn path_and_query(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// The sign-in page that leads back here.
    pub fn sign_in_path(&self) -> String {
        return_path::sign_in(&self.path_and_query())
    }

    /// This page in every language; none for answers to forms, which would be lost.
    fn languages(&self) -> Vec<LanguageLink> {
        if self.is_form {
            return Vec::new();
        }
        Lang::ALL.into_iter().map(|lang| LanguageLink { lang, url: self.in_language(lang) }).collect()
    }

    fn in_language(&self, lang: Lang) -> String {
        let kept = url::form_urlencoded::parse(self.query.as_bytes()).filter(|(name, _)| name != "lang");
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .append_pair("lang", lang.code())
            .finish();
        format!("?{query}")
    }
}
