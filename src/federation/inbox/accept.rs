//! The inboxes over HTTP: cheap checks first, nothing fetched for nothing, nothing stored that is not proven, an answer only after COMMIT.
//!
//! 202 stored or of no interest · 400 malformed · 401 no proof of the sender · 403 blocked · 408 too slow · 413 too large · 415 not
//! ActivityPub · 429 too many · 503 our own trouble, or a key that could not be had in time: try again.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use aws_lc_rs::digest::{SHA256, digest};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde_json::{Value, json};

use super::store::{self, Received};
use crate::app::App;
use crate::config::FederationMode;
use crate::db::Conn;
use crate::domain::accounts::actions::{is_buried, store_remote};
use crate::domain::accounts::queries as accounts;
use crate::error::{Error, Result};
use crate::federation::delivery::hosts;
use crate::federation::keys::{self, Refusal, Sender};
use crate::federation::memory;
use crate::federation::signatures::{self, Headers, Parsed, Request, SignatureError};
use crate::federation::vocab::{Activity, ActivityKind, MediaType, value};
use crate::ids::InboxItemId;
use crate::net::{RemoteUrl, same_origin};
use crate::peer_address;

/// When to try again after trouble of our own.
const TROUBLE: Duration = Duration::from_secs(30);
/// Bodies beyond this are parsed off the async threads, in bytes.
const LARGE: usize = 64 * 1024;

/// An answer other than 202, decided before the end.
struct Answer {
    status: StatusCode,
    reason: String,
    retry: Option<Duration>,
}

impl Answer {
    fn new(status: StatusCode, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into(), retry: None }
    }

    fn later(status: StatusCode, reason: impl Into<String>, retry: Duration) -> Self {
        Self { status, reason: reason.into(), retry: Some(retry) }
    }

    /// A 202 before the end: there is nothing to do.
    fn nothing() -> Self {
        Self::new(StatusCode::ACCEPTED, "")
    }

    fn respond(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(retry) = self.retry {
            response.insert_header((RETRY_AFTER, retry.as_secs().max(1).to_string()));
        }
        if self.status == StatusCode::ACCEPTED {
            response.finish()
        } else {
            response.json(json!({ "error": self.reason }))
        }
    }
}

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        match error {
            Error::RateLimited { retry } => {
                Self::later(StatusCode::TOO_MANY_REQUESTS, "You send more than this server takes.", retry)
            }
            Error::Busy(_) | Error::Internal(_) | Error::Upstream(_) | Error::Conflict(_) => {
                // A sender must never take our own trouble for a final answer.
                if let Error::Internal(cause) = &error {
                    tracing::error!(error = %format!("{cause:#}"), "an activity could not be accepted");
                }
                Self::later(StatusCode::SERVICE_UNAVAILABLE, "This server cannot take the activity right now.", TROUBLE)
            }
            Error::NotFound(_) | Error::Gone | Error::Unauthorized(_) | Error::Forbidden(_) | Error::Invalid(_) => {
                Self::new(StatusCode::FORBIDDEN, error.to_string())
            }
        }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unproven(why) => Self::new(StatusCode::UNAUTHORIZED, why),
            Refusal::Later(retry) => {
                Self::later(StatusCode::SERVICE_UNAVAILABLE, "Your key could not be read in time.", retry)
            }
            Refusal::Own(error) => error.into(),
        }
    }
}

/// The inbox of one account. Who is meant stands in the activity, so it works like the shared one.
pub async fn personal(app: Data<App>, request: HttpRequest, payload: Payload) -> HttpResponse {
    receive(&app, &request, payload).await
}

/// The inbox for everybody here.
pub async fn shared(app: Data<App>, request: HttpRequest, payload: Payload) -> HttpResponse {
    receive(&app, &request, payload).await
}

async fn receive(app: &App, request: &HttpRequest, payload: Payload) -> HttpResponse {
    match Box::pin(accept(app, request, payload)).await {
        Ok(()) => Answer::nothing().respond(),
        Err(answer) => answer.respond(),
    }
}

async fn accept(app: &App, request: &HttpRequest, payload: Payload) -> Result<(), Answer> {
    if app.config.federation.mode == FederationMode::Off {
        return Err(Answer::new(StatusCode::NOT_FOUND, "This server does not talk to others."));
    }
    let body = read_body(app, request, payload).await?;
    check_type(request.headers())?;
    let document = parse(app, &body).await?;
    let activity = Activity::new(&document);
    let (actor, kind) = check_shape(app, activity)?;
    if app.rules().refuses(&actor.host_key()) {
        return Err(Answer::new(StatusCode::FORBIDDEN, "Your server is blocked here."));
    }
    // What means nothing here costs nothing here.
    if kind == ActivityKind::Other {
        return Err(Answer::nothing());
    }
    let actor_uri = activity.actor().unwrap_or_default();
    let received = Received {
        dedupe_key: store::dedupe_key(&actor_uri, activity, &body),
        activity_uri: activity.id().unwrap_or_default(),
        activity_type: activity.type_name().unwrap_or_default().chars().take(64).collect(),
        body: String::from_utf8(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body).to_vec()).unwrap_or_default(),
        actor_uri,
    };
    let is_farewell =
        kind == ActivityKind::Delete && activity.object_id().as_deref() == Some(received.actor_uri.as_str());
    let parsed = parse_signature(app, request, &body)?;
    let is_remembered = parsed.as_ref().is_ok_and(|parsed| keys::is_remembered(app, parsed));
    // With the key at hand, checking the signature costs less than asking whether this came before; the insert finds copies anyway.
    if is_farewell || !is_remembered {
        check_known(app, &received, is_farewell).await?;
    }
    let sender = authenticate(app, request, parsed, &received.actor_uri).await?;
    check_rates(app, &actor, &received.actor_uri)?;
    check_backlog(app).await?;
    let host = actor.host_key();
    app.act(move |conn, cx| {
        if let Sender::Fresh(remote) = sender {
            if is_buried(conn, &remote.uri)? {
                return Ok(false);
            }
            store_remote(conn, cx, *remote)?;
        }
        hosts::note_inbound(conn, &host)?;
        store::insert(conn, cx.id::<InboxItemId>(), &received, cx.now)
    })
    .await?;
    remember(app, request);
    app.bells.inbox.notify_one();
    Ok(())
}

/// Reads the body within the time and up to the size that are allowed.
async fn read_body(app: &App, request: &HttpRequest, mut payload: Payload) -> Result<Bytes, Answer> {
    let limits = &app.config.limits;
    let too_large =
        || Answer::new(StatusCode::PAYLOAD_TOO_LARGE, format!("An activity may have {} bytes.", limits.body_bytes));
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    if header(CONTENT_LENGTH)
        .and_then(|length| length.trim().parse::<usize>().ok())
        .is_some_and(|length| length > limits.body_bytes)
    {
        return Err(too_large());
    }
    if header(CONTENT_ENCODING)
        .is_some_and(|coding| !coding.trim().is_empty() && !coding.trim().eq_ignore_ascii_case("identity"))
    {
        return Err(Answer::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send the activity uncompressed."));
    }
    let read = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Answer::new(StatusCode::BAD_REQUEST, "The body broke off."))?;
            if chunk.len() > limits.body_bytes.saturating_sub(body.len()) {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    match tokio::time::timeout(limits.request_timeout, read).await {
        Ok(body) => body,
        Err(_) => Err(Answer::new(StatusCode::REQUEST_TIMEOUT, "The body did not come in time.")),
    }
}

fn check_type(headers: &HeaderMap) -> Result<(), Answer> {
    let named =
        headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map_or(MediaType::Other, MediaType::parse);
    if named == MediaType::Other {
        return Err(Answer::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Send application/activity+json or application/ld+json.",
        ));
    }
    Ok(())
}

async fn parse(app: &App, body: &Bytes) -> Result<Value, Answer> {
    let outcome = if body.len() <= LARGE {
        value::parse(body, &app.config.limits)
    } else {
        let (app, body) = (app.clone(), body.clone());
        let parsed = tokio::task::spawn_blocking(move || value::parse(&body, &app.config.limits)).await;
        parsed.map_err(|_| Answer::from(Error::Busy("the server is stopping".into())))?
    };
    outcome.map_err(|why| Answer::new(StatusCode::BAD_REQUEST, format!("The activity cannot be read: {why}.")))
}

/// Checks that the activity has a type, one actor on another server, and an id, if any, on the same origin as the actor.
fn check_shape(app: &App, activity: Activity<'_>) -> Result<(RemoteUrl, ActivityKind), Answer> {
    let wrong = |why: &str| Answer::new(StatusCode::BAD_REQUEST, why);
    if activity.type_name().is_none() {
        return Err(wrong("The activity has no type."));
    }
    if !activity.has_readable_object_type() {
        return Err(wrong("The type of the object is no text."));
    }
    let actor = activity.actor().ok_or_else(|| wrong("The activity needs one actor with a web address as its id."))?;
    let url = RemoteUrl::parse(&actor, app.http.policy())
        .map_err(|why| wrong(&format!("The id of the actor is not accepted: {why}.")))?;
    if app.urls()?.is_ours(url.as_str()) {
        return Err(Answer::new(StatusCode::FORBIDDEN, "Accounts of this server do not write to it from outside."));
    }
    if activity.has_id() {
        let id = activity.id().ok_or_else(|| wrong("The id of the activity is no web address."))?;
        if !same_origin(&id, &actor) {
            // Who speaks in another server's name has not proven to be it.
            let why = "The activity and its actor do not stand on the same server.";
            return Err(Answer::new(StatusCode::UNAUTHORIZED, why));
        }
    }
    Ok((url, activity.kind()))
}

/// Ends early, with 202, for copies of what is there and for farewells of those who were never here: neither is worth a fetch.
async fn check_known(app: &App, received: &Received, is_farewell: bool) -> Result<(), Answer> {
    let (key, actor, kind) =
        (received.dedupe_key.clone(), received.actor_uri.clone(), ActivityKind::from_name(&received.activity_type));
    let is_settled = app
        .db
        .read(move |conn: &mut Conn| {
            if is_farewell && accounts::find_by_uri(conn, &actor)?.is_none() {
                return Ok(true);
            }
            Ok(!kind.may_repeat() && store::exists(conn, &key)?)
        })
        .await?;
    if is_settled { Err(Answer::nothing()) } else { Ok(()) }
}

/// The headers of a request as the signature code takes them.
struct RequestHeaders<'a>(&'a HeaderMap);

impl Headers for RequestHeaders<'_> {
    fn get_all(&self, name: &str) -> Vec<&str> {
        self.0.get_all(name).filter_map(|value| value.to_str().ok()).collect()
    }
}

fn parse_signature(app: &App, request: &HttpRequest, body: &[u8]) -> Result<Result<Parsed, SignatureError>, Answer> {
    let urls = app.urls()?;
    let headers = RequestHeaders(request.headers());
    let signed = Request {
        method: request.method().as_str(),
        path_and_query: request.uri().path_and_query().map_or("/", |path| path.as_str()),
        host: urls.authority(),
        scheme: urls.scheme(),
        headers: &headers,
        body: Some(body),
    };
    Ok(signatures::parse(&signed, app.clock.now()))
}

async fn authenticate(
    app: &App,
    request: &HttpRequest,
    parsed: Result<Parsed, SignatureError>,
    actor: &str,
) -> Result<Sender, Answer> {
    let parsed = parsed.map_err(|why| Answer::new(StatusCode::UNAUTHORIZED, why.to_string()))?;
    if let Some(mark) = mark_of(request)
        && memory::of(app).signatures.contains_key(&mark)
    {
        // Sent twice because our answer was lost, or by somebody who overheard it.
        return Err(Answer::nothing());
    }
    let source = peer_address::of(request, &app.config.server.trusted_proxies);
    Ok(Box::pin(keys::authenticate(app, &parsed, actor, source)).await?)
}

/// What a signature is remembered by.
fn mark_of(request: &HttpRequest) -> Option<[u8; 32]> {
    let mut all = Vec::new();
    for name in ["signature-input", "signature"] {
        for header in request.headers().get_all(name) {
            all.extend_from_slice(header.as_bytes());
            all.push(b'\n');
        }
    }
    digest(&SHA256, &all).as_ref().try_into().ok()
}

fn remember(app: &App, request: &HttpRequest) {
    if let Some(mark) = mark_of(request) {
        memory::of(app).signatures.insert(mark, ());
    }
}

/// Taken only from proven senders: nobody can use up the allowance of somebody else.
fn check_rates(app: &App, actor: &RemoteUrl, actor_uri: &str) -> Result<(), Answer> {
    let limits = &app.config.limits;
    app.rates.take("inbox_per_actor", limits.rate(limits.inbox_per_actor), actor_uri)?;
    app.rates.take("inbox_per_host", limits.rate(limits.inbox_per_host), actor.host_key())?;
    Ok(())
}

async fn check_backlog(app: &App) -> Result<(), Answer> {
    let memory = memory::of(app);
    let (mut is_full, is_recent) = memory.backlog(app.clock.now());
    if !is_recent {
        let limit = i64::try_from(app.config.limits.inbox_backlog).unwrap_or(i64::MAX);
        is_full = app.db.read(move |conn| store::is_longer_than(conn, limit)).await?;
        memory.set_backlog(is_full);
    }
    if is_full {
        return Err(Answer::later(StatusCode::SERVICE_UNAVAILABLE, "Too much waits to be applied here.", TROUBLE));
    }
    Ok(())
}
