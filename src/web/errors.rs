//! What can go wrong, as a page in the visitor's language: what happened, what was kept, what to do.

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};

use super::accept;
use super::csp;
use super::frame::Frame;
use super::i18n::Lang;
use super::views::error::ErrorPage;
use super::views::setup::NotSetUpPage;
use super::visitor::Visitor;
use crate::error::Error;

/// What a page's handler gives: an answer, or a refusal that becomes one.
pub type Answer<T = HttpResponse> = Result<T, Failure>;

/// When to come back while the database is busy.
const BUSY: Duration = Duration::from_secs(10);

/// Why a request was refused, with the frame of the page that says so.
pub struct Failure(Box<(Frame, Reason)>);

enum Reason {
    Error(Error),
    SignedOut,
    ExpiredForm,
}

impl Failure {
    /// Refused because of `error`.
    pub fn because(frame: Frame, error: Error) -> Self {
        if let Error::Internal(cause) = &error {
            tracing::error!(cause = format!("{cause:#}"), path = frame.path, "a page failed");
        }
        Self(Box::new((frame, Reason::Error(error))))
    }

    /// Refused until somebody signs in.
    pub fn signed_out(frame: Frame) -> Self {
        Self(Box::new((frame, Reason::SignedOut)))
    }

    /// Refused because the form is not provably ours.
    pub fn expired_form(frame: Frame) -> Self {
        Self(Box::new((frame, Reason::ExpiredForm)))
    }

    fn status(&self) -> StatusCode {
        match &self.0.1 {
            Reason::Error(error) => status_of(error),
            Reason::SignedOut => StatusCode::SEE_OTHER,
            Reason::ExpiredForm => StatusCode::FORBIDDEN,
        }
    }

    fn answer(&self) -> HttpResponse {
        let (frame, reason) = &*self.0;
        let status = self.status();
        match reason {
            Reason::SignedOut => frame.go(&frame.sign_in_path()).finish(),
            Reason::ExpiredForm => refuse(frame, status, &ErrorPage::expired_form(frame.private_page(""))),
            Reason::Error(Error::Busy(_)) if frame.urls.is_none() => {
                let page = frame.private_page(frame.lang.t("not-set-up-title"));
                frame.show_as(status, csp::Forms::Ours, &NotSetUpPage { page })
            }
            Reason::Error(error) => {
                let retry = retry_after(error);
                let mut page =
                    ErrorPage::new(frame.private_page(""), status.as_u16(), retry.map_or(0, |wait| wait.as_secs()));
                if let Some(sentence) = own_words(error).filter(|_| frame.lang == Lang::ENGLISH) {
                    page = page.because(sentence);
                }
                let mut answer = refuse(frame, status, &page);
                if let Some(wait) = retry {
                    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
                }
                answer
            }
        }
    }
}

/// The page, or its first sentence for whoever has no use for a page.
fn refuse(frame: &Frame, status: StatusCode, page: &ErrorPage) -> HttpResponse {
    if accept::takes_pages(&frame.accept) {
        return frame.show_as(status, csp::Forms::Ours, page);
    }
    HttpResponse::build(status)
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, csp::NOTHING))
        .body(format!("{}\n", page.what))
}

fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Gone => StatusCode::GONE,
        Error::Unauthorized(_) | Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::Invalid(_) => StatusCode::BAD_REQUEST,
        Error::Conflict(_) => StatusCode::CONFLICT,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Upstream(_) => StatusCode::BAD_GATEWAY,
        Error::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn retry_after(error: &Error) -> Option<Duration> {
    match error {
        Error::RateLimited { retry } => Some(*retry),
        Error::Busy(_) => Some(BUSY),
        Error::NotFound(_)
        | Error::Gone
        | Error::Unauthorized(_)
        | Error::Forbidden(_)
        | Error::Invalid(_)
        | Error::Conflict(_)
        | Error::Upstream(_)
        | Error::Internal(_) => None,
    }
}

/// The sentence of a refusal that says more than its kind. Those about our own machinery stay in the log.
fn own_words(error: &Error) -> Option<String> {
    match error {
        Error::Forbidden(sentence) | Error::Conflict(sentence) | Error::Upstream(sentence) => Some(sentence.clone()),
        Error::NotFound(_)
        | Error::Gone
        | Error::Unauthorized(_)
        | Error::Invalid(_)
        | Error::RateLimited { .. }
        | Error::Busy(_)
        | Error::Internal(_) => None,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.1 {
            Reason::Error(error) => error.fmt(f),
            Reason::SignedOut => f.write_str("nobody is signed in"),
            Reason::ExpiredForm => f.write_str("the form has expired"),
        }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Failure({self})")
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.answer()
    }
}

/// Whatever nobody else answers.
pub async fn nothing_here(visitor: Visitor) -> Answer {
    Err(visitor.bare().fail(Error::NotFound("page")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(accept: &str) -> Frame {
        Frame {
            accept: accept.into(),
            urls: Some(crate::context::Urls::new("https://brand.example", "brand.example")),
            ..Frame::default()
        }
    }

    #[test]
    fn every_kind_of_error_has_its_status() {
        for (error, status) in [
            (Error::NotFound("post"), 404),
            (Error::Gone, 410),
            (Error::forbidden("no"), 403),
            (Error::invalid("x", "is odd"), 400),
            (Error::Conflict("taken".into()), 409),
            (Error::Upstream("away".into()), 502),
            (Error::bug("oops"), 500),
        ] {
            assert_eq!(frame("text/html").fail(error).error_response().status().as_u16(), status);
        }
    }

    #[test]
    fn who_comes_too_often_is_told_when_to_come_back() {
        let answer = frame("*/*").fail(Error::RateLimited { retry: Duration::from_secs(7) }).error_response();
        assert_eq!(answer.status().as_u16(), 429);
        assert_eq!(answer.headers().get("retry-after").unwrap(), "7");
        let answer = frame("*/*").fail(Error::Busy("secret host is away".into())).error_response();
        assert_eq!(
            (answer.status().as_u16(), answer.headers().get("retry-after").unwrap().to_str().unwrap()),
            (503, "10")
        );
    }

    #[test]
    fn programs_get_a_sentence_and_people_a_page() {
        let kind = |accept: &str| {
            let answer = frame(accept).fail(Error::NotFound("post")).error_response();
            answer.headers().get("content-type").unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(kind("application/activity+json"), "text/plain; charset=utf-8");
        assert_eq!(kind("text/html"), "text/html; charset=utf-8");
    }

    #[test]
    fn who_is_not_signed_in_comes_back_afterwards() {
        let frame = Frame { path: "/settings/security".into(), query: "step=enrol".into(), ..frame("") };
        let answer = frame.must_sign_in().error_response();
        assert_eq!(
            answer.headers().get("location").unwrap(),
            "/auth/sign_in?return_to=%2Fsettings%2Fsecurity%3Fstep%3Denrol"
        );
    }
}
