//! Forms that were sent to us, once it is sure that a page of ours sent them.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, ORIGIN};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::csrf;
use super::errors::{Answer, Failure};
use super::visitor::Visitor;
use crate::error::Error;

/// A form from a page of ours: `application/x-www-form-urlencoded`, with the field `csrf`. All fields of `T` have defaults,
/// since a form may lack any of them.
pub struct Submitted<T> {
    /// Who sent it.
    pub visitor: Visitor,
    /// What was filled in.
    pub fields: T,
}

/// A form with nothing to fill in.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Nothing {}

impl<T: DeserializeOwned + 'static> FromRequest for Submitted<T> {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Answer<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visitor = Visitor::of(request);
        let text = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or("null").to_owned());
        let (origin, kind) = (text(ORIGIN), text(CONTENT_TYPE));
        let body = Bytes::from_request(request, payload);
        Box::pin(async move {
            let visitor = visitor?;
            let refuse = |reason: &str| visitor.bare().fail(Error::invalid("form", reason));
            let body = body.await.map_err(|_| refuse("could not be read whole"))?;
            let is_form = kind
                .is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
            if !is_form || body.len() > visitor.app.config.limits.form_bytes {
                return Err(refuse("is of another kind or too long"));
            }
            check(&visitor, origin.as_deref(), &body)?;
            let fields = serde_html_form::from_bytes(&body).map_err(|_| refuse("has fields twice or cut off"))?;
            Ok(Self { visitor, fields })
        })
    }
}

fn check(visitor: &Visitor, origin: Option<&str>, body: &[u8]) -> Answer<()> {
    let urls = visitor.app.urls().ok();
    let field = url::form_urlencoded::parse(body)
        .find(|(name, _)| name == "csrf")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    let ours = csrf::is_our_origin(origin, urls.as_ref(), visitor.host.as_deref())
        && csrf::is_ours(&field, visitor.session.as_deref(), visitor.form_secret.as_deref());
    if ours { Ok(()) } else { Err(visitor.bare().expired_form()) }
}
