//! Input of a request, whatever its form: query string, JSON, urlencoded or multipart, all into the same type.

use std::future::Future;
use std::pin::Pin;

use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{Error, FromRequest, HttpRequest, web};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::errors::ApiError;
use super::lenient;
use crate::app::App;

/// How large a body without files may be, in bytes.
const BODY: usize = 1024 * 1024;
/// How many files one request may carry.
const FILES: usize = 4;

/// A file of a multipart request.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The field it came in, such as `file` or `avatar`.
    pub field: String,
    /// What the client says it is; not to be believed.
    pub content_type: Option<String>,
    /// Its content.
    pub bytes: Bytes,
}

/// The input of a request as `T`: of GET and DELETE without a body from the query string, else from the body with the query string below it.
#[derive(Debug)]
pub struct Input<T> {
    /// The fields.
    pub value: T,
    /// The files, of multipart requests.
    pub files: Vec<Upload>,
}

impl<T> Input<T> {
    /// The file of that field, if it came and is not empty.
    pub fn file(&self, field: &str) -> Option<&Upload> {
        self.files.iter().find(|file| file.field == field && !file.bytes.is_empty())
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Input<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let query = lenient::tree(pairs(request.query_string().as_bytes())).map_err(ApiError::malformed)?;
            let (body, files) = if request.method() == Method::GET {
                (Value::Null, Vec::new())
            } else {
                read_body(&request, payload).await?
            };
            let value = merge(query, body);
            let value = lenient::read(value)
                .map_err(|why| ApiError::malformed(format!("The request cannot be read: {why}")))?;
            Ok(Self { value, files })
        })
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// The body's fields win over the query's.
fn merge(below: Value, above: Value) -> Value {
    match (below, above) {
        (Value::Object(mut below), Value::Object(above)) => {
            below.extend(above);
            Value::Object(below)
        }
        (below, Value::Null) => below,
        (_, above) => above,
    }
}

async fn read_body(request: &HttpRequest, payload: Payload) -> Result<(Value, Vec<Upload>), Error> {
    let kind =
        request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<mime::Mime>().ok());
    match kind.as_ref().map(|kind| (kind.type_().as_str(), kind.subtype().as_str())) {
        Some(("multipart", "form-data")) => read_multipart(request, payload).await,
        Some(("application", "json")) => {
            let bytes = collect(payload, BODY).await?;
            if bytes.is_empty() {
                return Ok((Value::Null, Vec::new()));
            }
            let value = serde_json::from_slice(&bytes)
                .map_err(|why| ApiError::malformed(format!("The body is not JSON: {why}")))?;
            Ok((value, Vec::new()))
        }
        // Some clients send a form without saying so.
        Some(("application", "x-www-form-urlencoded")) | None => {
            let bytes = collect(payload, BODY).await?;
            let value = lenient::tree(pairs(&bytes)).map_err(ApiError::malformed)?;
            Ok((value, Vec::new()))
        }
        Some(_) => {
            let bytes = collect(payload, BODY).await?;
            if bytes.is_empty() {
                Ok((Value::Null, Vec::new()))
            } else {
                Err(ApiError::malformed("The body must be JSON, a form or multipart/form-data").into())
            }
        }
    }
}

async fn collect(mut payload: Payload, limit: usize) -> Result<Bytes, Error> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|why| ApiError::malformed(format!("The body broke off: {why}")))?;
        if bytes.len() + chunk.len() > limit {
            return Err(actix_web::error::ErrorPayloadTooLarge(too_large(limit)));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

fn too_large(limit: usize) -> String {
    format!("{{\"error\":\"The request is larger than {limit} bytes\"}}")
}

async fn read_multipart(request: &HttpRequest, payload: Payload) -> Result<(Value, Vec<Upload>), Error> {
    let limit =
        request.app_data::<web::Data<App>>().map_or(BODY, |app| app.config.media.max_image_bytes.saturating_add(BODY));
    let mut parts = Multipart::new(request.headers(), payload);
    let (mut fields, mut files, mut total) = (Vec::new(), Vec::new(), 0usize);
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|why| ApiError::malformed(format!("The form cannot be read: {why}")))?;
        let name = part.name().unwrap_or_default().chars().take(200).collect::<String>();
        let is_file = part.content_disposition().is_some_and(|disposition| disposition.get_filename().is_some());
        let content_type = part.content_type().map(ToString::to_string);
        let mut bytes = BytesMut::new();
        while let Some(chunk) = part.next().await {
            let chunk = chunk.map_err(|why| ApiError::malformed(format!("The form broke off: {why}")))?;
            total += chunk.len();
            if total > limit {
                return Err(actix_web::error::ErrorPayloadTooLarge(too_large(limit)));
            }
            bytes.extend_from_slice(&chunk);
        }
        if is_file {
            if files.len() >= FILES {
                return Err(ApiError::malformed(format!("More than {FILES} files in one request")).into());
            }
            files.push(Upload { field: name, content_type, bytes: bytes.freeze() });
        } else {
            fields.push((name, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    Ok((lenient::tree(fields).map_err(ApiError::malformed)?, files))
}
