//! Streams as server-sent events: one request, one stream.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_util::stream;
use tokio::time::{Interval, interval};

use super::access::{self, Refusal, param};
use super::hub::{Hub, Subscription};
use super::names::sent_event;
use crate::app::App;

/// How often a line without meaning keeps the connection open.
const BEAT: Duration = Duration::from_secs(15);

/// What goes to a client, as long as it listens.
struct Feed {
    subscription: Subscription,
    beat: Interval,
    stopping: Pin<Box<dyn Future<Output = ()>>>,
}

/// The name of the stream at a path: `public/local` is `public:local`.
fn name_of(path: &str, only_media: bool) -> String {
    let name = path.trim_matches('/').replace('/', ":");
    if only_media && name.starts_with("public") { format!("{name}:media") } else { name }
}

/// Opens a stream.
pub async fn open(app: web::Data<App>, request: HttpRequest, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let listener = access::admit(&app, &request).await?;
    let only_media = param(&request, "only_media").is_some_and(|flag| matches!(flag.as_str(), "true" | "1"));
    let (name, tag, list) = (name_of(&path, only_media), param(&request, "tag"), param(&request, "list"));
    let wanted = access::stream(&app, &listener, &name, tag.as_deref(), list.as_deref()).await?;
    let subscription = Hub::of(&app).join(&app, listener, vec![wanted]).await?;
    let feed = Feed { subscription, beat: interval(BEAT), stopping: Box::pin(app.tasks.stopping()) };
    let body = stream::unfold(feed, |mut feed| async move {
        tokio::select! {
            () = &mut feed.stopping => None,
            message = feed.subscription.next() => message.map(|message| (Ok::<_, Infallible>(Bytes::from(sent_event(message.event, &message.payload))), feed)),
            // The first beat is at once, so that the client learns that the stream is open.
            _ = feed.beat.tick() => Some((Ok(Bytes::from_static(b":thump\n")), feed)),
        }
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "private, no-store"))
        // Compression would hold events back until there are enough of them; so would a proxy.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_names() {
        assert_eq!(name_of("user", false), "user");
        assert_eq!(name_of("user/notification", true), "user:notification");
        assert_eq!(name_of("public/local", true), "public:local:media");
        assert_eq!(name_of("hashtag/local", false), "hashtag:local");
    }
}
