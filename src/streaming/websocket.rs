//! Streams over WebSocket: one socket, any number of streams, subscribed to and left by messages of the client.

use std::time::Duration;

use actix_web::http::header;
use actix_web::{Error as HttpError, HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Session};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, interval_at, timeout};

use super::access::{self, Refusal, param};
use super::hub::{Hub, Subscription};
use super::names::{Stream, frame};
use crate::app::App;
use crate::error::{Error, Result};

/// How often a client is asked for a sign of life.
const PING: Duration = Duration::from_secs(25);
/// How long sending a frame may take before the client counts as gone.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest message of a client, in bytes.
const LONGEST: usize = 8 * 1024;

/// Opens a socket. Everything that can be refused is refused before the upgrade.
pub async fn open(
    app: web::Data<App>,
    request: HttpRequest,
    body: web::Payload,
) -> std::result::Result<HttpResponse, HttpError> {
    let listener = access::admit(&app, &request).await.map_err(Refusal)?;
    let (tag, list) = (param(&request, "tag"), param(&request, "list"));
    let mut streams = Vec::new();
    if let Some(name) = param(&request, "stream") {
        streams.push(access::stream(&app, &listener, &name, tag.as_deref(), list.as_deref()).await.map_err(Refusal)?);
    }
    let wants_upgrade = request
        .headers()
        .get(header::UPGRADE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.to_ascii_lowercase().contains("websocket"));
    if !wants_upgrade {
        return Err(Refusal(Error::invalid(
            "Upgrade",
            "must be websocket; plain requests are served at /api/v1/streaming/user and the like",
        ))
        .into());
    }
    let subscription = Hub::of(&app).join(&app, listener, streams).await.map_err(Refusal)?;
    // A browser that sent its token as a protocol wants to see it again.
    let token = access::token(&request).unwrap_or_default();
    let (response, session, messages) = actix_ws::handle_with_protocols(&request, body, &[token.as_str()])?;
    let messages = messages.max_frame_size(LONGEST).aggregate_continuations().max_continuation_size(LONGEST);
    actix_web::rt::spawn(serve(App::clone(&app), subscription, session, messages));
    Ok(response)
}

/// Sends and receives until one side ends it.
async fn serve(app: App, mut subscription: Subscription, mut session: Session, mut messages: AggregatedMessageStream) {
    let stopping = app.tasks.stopping();
    tokio::pin!(stopping);
    let mut beat = interval_at(Instant::now() + PING, PING);
    let mut is_alive = true;
    let code = loop {
        tokio::select! {
            () = &mut stopping => break CloseCode::Restart,
            message = subscription.next() => {
                // Too slow, or the token no longer holds.
                let Some(message) = message else { break CloseCode::Policy };
                if !send(&mut session, frame(&message.stream, message.event, &message.payload)).await {
                    break CloseCode::Away;
                }
            }
            received = messages.recv() => {
                is_alive = true;
                match received {
                    Some(Ok(AggregatedMessage::Text(text))) => {
                        if let Err(error) = control(&app, &subscription, &text).await
                            && !send(&mut session, complaint(&error)).await
                        {
                            break CloseCode::Away;
                        }
                    }
                    Some(Ok(AggregatedMessage::Ping(bytes))) => {
                        if !matches!(timeout(PATIENCE, session.pong(&bytes)).await, Ok(Ok(()))) {
                            break CloseCode::Away;
                        }
                    }
                    Some(Ok(AggregatedMessage::Pong(_) | AggregatedMessage::Binary(_))) => {}
                    Some(Ok(AggregatedMessage::Close(_))) | None => break CloseCode::Normal,
                    Some(Err(_)) => break CloseCode::Protocol,
                }
            }
            _ = beat.tick() => {
                if !is_alive || !matches!(timeout(PATIENCE, session.ping(b"")).await, Ok(Ok(()))) {
                    break CloseCode::Away;
                }
                is_alive = false;
            }
        }
    };
    drop(subscription);
    let closed = timeout(PATIENCE, session.close(Some(CloseReason { code, description: None }))).await;
    tracing::debug!(?code, in_order = matches!(closed, Ok(Ok(()))), "a stream has ended");
}

async fn send(session: &mut Session, text: String) -> bool {
    matches!(timeout(PATIENCE, session.text(text)).await, Ok(Ok(())))
}

/// What a client asks for on an open socket.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Control {
    #[serde(rename = "type")]
    what: String,
    stream: String,
    tag: Option<String>,
    list: Option<Value>,
}

impl Control {
    fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|_| Error::invalid("message", "must be JSON with type and stream"))
    }

    /// Ids come as texts and from some clients as numbers.
    fn list(&self) -> Option<String> {
        match self.list.as_ref()? {
            Value::String(id) => Some(id.clone()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        }
    }
}

async fn control(app: &App, subscription: &Subscription, text: &str) -> Result<()> {
    let control = Control::read(text)?;
    let list = control.list();
    match control.what.as_str() {
        "subscribe" => {
            let Some(listener) = subscription.listener() else { return Ok(()) };
            subscription
                .add(access::stream(app, &listener, &control.stream, control.tag.as_deref(), list.as_deref()).await?)
        }
        "unsubscribe" => {
            subscription.remove(&Stream::parse(&control.stream, control.tag.as_deref(), list.as_deref())?);
            Ok(())
        }
        _ => Err(Error::invalid("type", "must be subscribe or unsubscribe")),
    }
}

fn complaint(error: &Error) -> String {
    json!({ "error": error.to_string() }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_a_list_by_text_or_number() {
        assert_eq!(
            Control::read("{\"type\":\"subscribe\",\"stream\":\"list\",\"list\":\"12\"}").unwrap().list().as_deref(),
            Some("12")
        );
        assert_eq!(
            Control::read("{\"type\":\"subscribe\",\"stream\":\"list\",\"list\":12}").unwrap().list().as_deref(),
            Some("12")
        );
        assert!(Control::read("subscribe").is_err());
    }

    #[test]
    fn a_complaint_is_json() {
        assert_eq!(complaint(&Error::NotFound("stream")), "{\"error\":\"stream not found\"}");
    }
}
